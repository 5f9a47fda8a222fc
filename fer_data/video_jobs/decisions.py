"""Each assignment of tracks to a person: a record with its margin, a line of a table, findings where doubtful."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from fer_data.assignment.assign import Assignments, taken_faces
from fer_data.assignment.by_hand import ByHand
from fer_data.assignment.reference_crops import Evidence
from fer_data.core.tracks.assignment import TrackChoice
from fer_data.core.tracks.crop_verdict import Verdict
from fer_data.shell.files.atomic import atomic_file
from fer_data.shell.files.findings import Finding, Severity
from fer_data.tracking.face_store import FaceTable
from fer_data.video_jobs.doubts import doubts_about
from fer_data.video_jobs.selection import SubjectRows

__all__ = ["DECISIONS_FILE", "Decision", "decision_findings", "decision_of", "write_decisions"]

DECISIONS_FILE = "decisions.csv"
_LOOK = (
    "Look at reports/assignment/NAME/{video}.jpg; `fer-data decide {video}` settles it, align.identity may."
)


@dataclass(frozen=True, slots=True)
class Decision:
    """The tracks assigned to one annotated person, and the confidence.

    Attributes:
        video_id: the video.
        subject_id: the person.
        side: `only`, `left` or `right`, by the name.
        track_ids: the tracks taken, ascending; none where nobody was.
        margin: how far the second-best answer was, in [0, 1].
        reason: what decided, in a few words.
        doubtful: a face was wanted, and something in `doubts` says that a person should look.
        doubts: why, in a few words: a margin below 0.2, nobody found, rows without a face though one is in view, many
            short tracks. Nothing where lines written by hand are about every row that is needed.
        crops_verdict: what the organisers' crops made of it, a `Verdict`; null where they were not asked.
        crops_side: side whose person the crops show, `other` for somebody else; null where unclear.
        crops_frame_offset: decoded frame less the number of the crop that shows it (counted from the first of each);
            null where that is open.
        crops_offset_sureness: in [0, 1]: share of the crops for the best offset rather than the next, less the others.
        crops_compared: crops that were held against the video.
        crops_matches: those that show the person taken.
        crops_others: those that show somebody else of the video.
        crops_similarity: median over the matches, in [-1, 1].
    """

    video_id: str
    subject_id: str
    side: str
    track_ids: tuple[int, ...]
    margin: float
    reason: str
    doubtful: bool
    doubts: str = ""
    crops_verdict: str | None = None
    crops_side: str | None = None
    crops_frame_offset: int | None = None
    crops_offset_sureness: float | None = None
    crops_compared: int | None = None
    crops_matches: int | None = None
    crops_others: int | None = None
    crops_similarity: float | None = None


def decision_of(video_id: str, rows: SubjectRows, decided: Assignments, faces: FaceTable) -> Decision:
    """Return the record of one subject's decision."""
    name = rows.subject.subject_id
    settled, evidence = decided.settled[name], decided.evidence.get(name)
    by_hand = decided.by_hand.get(name)
    whole = by_hand is not None and _settles_all(by_hand, rows)
    choice = _as_settled(settled.choice, by_hand, faces, whole=whole)
    mine, taken = decided.taken(name, faces)
    doubts = () if whole else doubts_about(rows, choice, faces, mine=mine, taken=taken)
    return Decision(
        video_id=video_id,
        subject_id=name,
        side=choice.side,
        track_ids=tuple(track for track in choice.track_ids if track >= 0),
        margin=round(choice.margin, 4),
        reason=choice.reason,
        doubtful=bool(doubts),
        doubts="; ".join(doubts),
        crops_verdict=str(settled.verdict) if settled.verdict else None,
        crops_side=settled.shows,
        **(_numbers(evidence) if evidence else {}),
    )


def _settles_all(by_hand: ByHand, rows: SubjectRows) -> bool:
    """Say whether lines are about every frame of a person's needed rows."""
    frames = rows.slots[rows.subject.needed]
    return bool(by_hand.lines) and bool(by_hand.about(frames[frames >= 0]).all())


def _as_settled(choice: TrackChoice, by_hand: ByHand | None, faces: FaceTable, *, whole: bool) -> TrackChoice:
    """Return the choice as lines written by hand leave it: sure where they are about the `whole` that is needed."""
    if by_hand is None:
        return choice
    tracks = np.unique(faces.track_ids[taken_faces(choice, faces, by_hand)]).tolist()
    if not by_hand.lines:
        return replace(choice, track_ids=tuple(tracks))
    reason = f"by hand ({len(by_hand.lines)} line(s) of decisions)"
    margin = 1.0 if whole else choice.margin
    return replace(choice, track_ids=tuple(tracks), margin=margin, reason=reason)


def _numbers(evidence: Evidence) -> dict[str, Any]:
    owner, offset = evidence.owner, evidence.offset
    return {
        "crops_frame_offset": offset.frames,
        "crops_offset_sureness": round(offset.confidence, 4),
        "crops_compared": evidence.compared,
        "crops_matches": owner.matches,
        "crops_others": owner.others,
        "crops_similarity": round(owner.similarity, 4),
    }


def decision_findings(
    decision: Decision, evidence: Evidence | None, *, placed: bool = False
) -> list[Finding]:
    """Return what a person should know of a decision: doubt, and what the organisers' crops say against it.

    An offset of the crops is none where the rows behind missing frames were `placed`.
    """
    found = [_doubt(decision)] if decision.doubtful else []
    if decision.crops_verdict not in (None, Verdict.AGREED):
        found.append(_disagreement(decision))
    if evidence is None:
        return found
    if evidence.offset.frames and not placed:
        found.append(_shifted(decision, evidence.offset.frames))
    if evidence.unreadable:
        first = evidence.unreadable[0] + 1
        count = len(evidence.unreadable)
        message = f"{count} of the organisers' crops cannot be read, first {first:05d}; they say nothing."
        found.append(_finding(decision, "unreadable-crops", Severity.WARNING, message))
    return found


def _disagreement(decision: Decision) -> Finding:
    """Return the finding that the crops say something else than the whole video, or nothing."""
    match decision.crops_verdict:
        case Verdict.OVERRULED:
            rule, severity = "crops-overrule", Severity.WARNING
            message = (
                f"The organisers' crops show {decision.crops_side}, not {decision.side} by place in the picture: "
                f"{decision.crops_matches} of {decision.crops_compared} say so, {decision.crops_others} show others. "
                f"The crops are followed. Look at reports/assignment/NAME/crops/{decision.video_id}.jpg."
            )
        case Verdict.SWAPPED:
            rule, severity = "crops-overrule", Severity.WARNING
            message = (
                f"The organisers' crops of the other person show who was {decision.side} by place in the picture; "
                f"this subject gets who was not. {_LOOK.format(video=decision.video_id)}"
            )
        case Verdict.CORRECTED:
            rule, severity = "crops-correct", Severity.INFO
            message = "By the organisers' crops some tracks change hands; the crops are followed."
        case _:
            rule, severity = "crops-unclear", Severity.INFO
            message = (
                f"Too few of {decision.crops_compared} of the organisers' crops look like a face of this video to say "
                "whose they are. What the whole video says stands."
            )
    return _finding(decision, rule, severity, message)


def _doubt(decision: Decision) -> Finding:
    rule = "doubtful-assignment" if decision.track_ids else "nobody-assigned"
    message = f"{decision.doubts}. {_LOOK.format(video=decision.video_id)}"
    return _finding(decision, rule, Severity.WARNING, message[0].upper() + message[1:])


def _shifted(decision: Decision, frames: int) -> Finding:
    message = (
        f"Crop N of the organisers shows decoded frame N{frames:+d}: the labels, numbered like the crops, may belong "
        f"{abs(frames)} frame(s) {'later' if frames > 0 else 'earlier'} in this copy of the video. "
        "Nothing is moved; compare the video with the organisers' copy."
    )
    return _finding(decision, "crops-frame-offset", Severity.WARNING, message)


def _finding(decision: Decision, rule: str, severity: Severity, message: str) -> Finding:
    return Finding(rule, severity, message, subject_id=decision.subject_id, video_id=decision.video_id)


def write_decisions(path: Path, decisions: Iterable[Decision]) -> None:
    """Write one line a subject as CSV, atomically; tracks are parted by blanks, null is an empty field."""
    with atomic_file(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        names = [field.name for field in fields(Decision)]
        writer.writerow(names)
        for decision in decisions:
            writer.writerow([_cell(getattr(decision, name)) for name in names])


def _cell(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
