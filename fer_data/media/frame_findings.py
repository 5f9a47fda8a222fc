"""What a person should know of a video's frames: `align` and `check --decode` say it in the same words."""

from dataclasses import replace

from fer_data.core.frames.line_frames import Footage, LineFrames, Remark
from fer_data.media.video import Damage
from fer_data.shell.files.findings import Finding, Severity

__all__ = ["damage_findings", "damage_text", "hole_findings", "line_findings"]


def damage_findings(
    footage: Footage, damage: Damage, video_id: str, file: str | None = None
) -> list[Finding]:
    """Return a finding where frames are lost to damage, one where decoding stopped, and those on the frames' form."""
    found = []
    if len(footage.lost):
        fate = "Their rows end as decode_error, the others keep their frame."
        found.append(f"{damage_text(footage, damage)} {fate} Replace the file if you can.")
    if damage.stopped is not None:
        found.append(
            f"{damage.stopped} Frames from there on end as decode_error; replace the file if you can."
        )
    return [
        *(Finding("decode-error", Severity.ERROR, text, file, video_id=video_id) for text in found),
        *(Finding(r.rule, Severity(r.severity), r.message, file, video_id=video_id) for r in damage.remarks),
    ]


def damage_text(footage: Footage, damage: Damage) -> str:
    """Return in one or two sentences which frames are lost to damage, and why; there must be some."""
    first = int(footage.lost[0])
    causes = []
    if damage.packets:
        causes.append(f"{damage.packets} packet(s) cannot be decoded ({damage.first})")
    if damage.corrupt:
        causes.append(f"{damage.corrupt} frame(s) are corrupt, late, or rest on a damaged keyframe")
    where = (
        f"frame {first + 1}"
        if footage.ticks is None
        else f"frame {first + 1} ({footage.seconds(first):.3f} s)"
    )
    traces = (
        f" {damage.traces} frame(s) behind damage, up to the next keyframe, may show traces of it."
        if damage.traces
        else ""
    )
    return f"{len(footage.lost)} of {footage.slots} frames are damaged, first {where}: {', '.join(causes)}.{traces}"


def line_findings(frames: LineFrames, *, trusted: bool, where: Finding) -> list[Finding]:
    """Return the findings on a subject's lines; `where` says the subject, the video and the file.

    Rows of a test subject are trusted: they are never quarantined, and what would be is a warning.
    """
    if trusted:
        return [_finding(_without_quarantine(remark), where) for remark in frames.remarks]
    return [_finding(remark, where) for remark in frames.remarks]


def hole_findings(frames: LineFrames, *, trusted: bool, where: Finding) -> list[Finding]:
    """Return those of `line_findings` that the times of the packets tell before anything is decoded."""
    return [one for one in line_findings(frames, trusted=trusted, where=where) if one.rule == "frame-holes"]


def _without_quarantine(remark: Remark) -> Remark:
    if remark.rule != "frames-quarantined":
        return remark
    message = f"{remark.message.split(':')[0]}: test rows are not quarantined, those beyond the video end as no_frame."
    return Remark("frames-differ", "warning", message)


def _finding(remark: Remark, where: Finding) -> Finding:
    return replace(where, rule=remark.rule, severity=Severity(remark.severity), message=remark.message)
