"""What a person should know of a video file, or of the crops that stand in for it."""

from collections.abc import Mapping, Sequence

from fer_data.assignment.crop_fallback import stands_in
from fer_data.assignment.requests import SubjectRequest, VideoRequest
from fer_data.assignment.states import Decoded
from fer_data.media.frame_findings import damage_findings
from fer_data.media.video import Damage
from fer_data.shell.files.findings import Finding, Severity

__all__ = ["media_findings"]


def media_findings(
    request: VideoRequest, decoded: Decoded, damaged: Mapping[str, Sequence[int]]
) -> list[Finding]:
    """Return the findings on a missing or damaged video; `damaged` numbers the crops that cannot be read, from 0."""
    if decoded.error is not None or request.path is not None:
        damage = decoded.damage or Damage(stopped=decoded.error)
        return damage_findings(decoded.shows(), damage, request.video_id)
    found = [_stand_in(request, subject) for subject in request.shown if subject.crops]
    found += [_damaged(request, name, numbers) for name, numbers in damaged.items()]
    if not stands_in(request):
        message = "The corpus has no file for this video: its rows end as no_video."
        return [Finding("no-video", Severity.WARNING, message, video_id=request.video_id)]
    for subject in request.shown:
        if not subject.crops:
            message = "Neither a video nor crops of this subject are there: its rows end as no_video."
            found.append(_finding("no-video", Severity.WARNING, message, (request, subject.subject_id)))
    return found


def _stand_in(request: VideoRequest, subject: SubjectRequest) -> Finding:
    count = len(subject.crops.frames) if subject.crops else 0
    how = "as they were given" if request.unaltered else "as they are aligned, brought to align.size"
    message = (
        f"The corpus has no file for this video: {count} of the organisers' crops stand in for it, {how}; rows "
        "without a crop end as no_face."
    )
    return _finding("crops-stand-in", Severity.INFO, message, (request, subject.subject_id))


def _damaged(request: VideoRequest, subject_id: str, numbers: Sequence[int]) -> Finding:
    message = (
        f"{len(numbers)} of the organisers' crops cannot be read, first {numbers[0] + 1:05d}: their rows end as "
        "decode_error. Get them again from the archive."
    )
    return _finding("unreadable-crops", Severity.ERROR, message, (request, subject_id))


def _finding(rule: str, severity: Severity, message: str, where: tuple[VideoRequest, str]) -> Finding:
    request, subject_id = where
    return Finding(rule, severity, message, subject_id=subject_id, video_id=request.video_id)
