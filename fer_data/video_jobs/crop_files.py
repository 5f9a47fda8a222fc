"""Which of the organisers' crops `align` looks at, and the hash of their bytes."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fer_data.assignment.crop_fallback import stands_in
from fer_data.assignment.requests import CropFiles, SubjectRequest, VideoRequest
from fer_data.corpora.crops import crop_frames
from fer_data.errors import ReadingError
from fer_data.shell.files.reading import CROP_BYTES, read_regular

__all__ = ["MAX_COMPARED", "with_crops"]

MAX_COMPARED = 96
"""Crops of a subject that are held against a video, spread evenly over those that a row may use."""


def with_crops(
    requests: Sequence[VideoRequest], folders: Mapping[str, Path], *, every_row: bool
) -> list[VideoRequest]:
    """Return the requests with the organisers' crops of each subject that has a folder of them.

    Beside a video a sample of them is looked at, without one all that a row may use; `every_row` says that rows
    without a label are used too. Where no video is used at all the crops are kept as they are.
    """
    found = [_with_crops(request, folders, every_row=every_row) for request in requests]
    alone = any(map(stands_in, found)) and not any(_uses_video(r, every_row=every_row) for r in requests)
    return [replace(request, unaltered=alone) for request in found]


def _uses_video(request: VideoRequest, *, every_row: bool) -> bool:
    return request.path is not None and (every_row or any(s.needed.any() for s in request.subjects))


def _with_crops(request: VideoRequest, folders: Mapping[str, Path], *, every_row: bool) -> VideoRequest:
    subjects = tuple(
        replace(
            subject,
            crops=_crop_files(
                subject, folders[subject.series_id], beside_video=request.path is not None, every=every_row
            ),
        )
        if subject.series_id in folders
        else subject
        for subject in request.subjects
    )
    count = sum(len(s.crops.frames) for s in subjects if s.crops) if request.path is None else 0
    return replace(request, subjects=subjects, num_packets=request.num_packets or count)


def _crop_files(subject: SubjectRequest, folder: Path, *, beside_video: bool, every: bool) -> CropFiles:
    files = crop_frames(folder)
    wanted = subject.frames if every else subject.frames[subject.needed]
    numbered = np.fromiter(files, np.int32, len(files))
    frames = np.intersect1d(numbered, wanted).astype(np.int32)
    if beside_video:
        frames = _spread(frames, MAX_COMPARED)
    digest = hashlib.sha256()
    for frame in frames.tolist():
        digest.update(f"{frame}\n".encode() + hashlib.sha256(_content(files[frame])).digest())
    return CropFiles(folder, frames, int(numbered.max(initial=-1)), digest.hexdigest())


def _spread(frames: NDArray[np.int32], count: int) -> NDArray[np.int32]:
    if len(frames) <= count:
        return frames
    return np.asarray(frames[np.linspace(0, len(frames) - 1, count).round().astype(int)])


def _content(path: Path) -> bytes:
    """Return a file's bytes; one that cannot be read counts as empty, and becomes a finding where it is used."""
    try:
        return read_regular(path, CROP_BYTES)
    except ReadingError:
        return b""
