"""Read and decode the pictures of a shard, and find the faces that its rows are about."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fer_data.align.pictures.shards import PictureRecipe, Shard, boxes_of
from fer_data.align.pictures.sheets import DoubtSheet
from fer_data.assignment.crop_fallback import log_given
from fer_data.core.arrays import Float32, Image, Mask
from fer_data.core.labels.rows import RowState
from fer_data.core.tracks.appearance import THUMBNAIL_PX, thumbnail_matrix
from fer_data.core.vision.face_quality import measure_crop
from fer_data.core.vision.faces import Faces
from fer_data.core.vision.geometry import warp_crop
from fer_data.core.vision.perceptual_hash import perceptual_hash
from fer_data.core.vision.picture_faces import PictureChoice, choose_faces
from fer_data.core.vision.regions import join_faces
from fer_data.corpora.oddity_counts import OddityCounts
from fer_data.corpora.picture_files import is_missing, picture_bytes
from fer_data.detectors import Detector
from fer_data.errors import CorpusError, MediaError, ReadingError
from fer_data.media.video import Frame
from fer_data.params.align import AlignParams
from fer_data.pictures.images import decode, encode_jpeg
from fer_data.shell.files.findings import Finding, Severity
from fer_data.tracking.face_finder import OpenFaceFinder, find_faces, open_face_finder
from fer_data.tracking.face_store import Crop, FaceStore
from fer_data.tracking.recorder import crop_matrix
from fer_data.tracking.refinement import redetect, refine

__all__ = ["Looked", "look"]

_MIN_SIDE_PX = 16
_NO_TRACK = -1


@dataclass(slots=True, eq=False)
class Looked:
    """What looking at the pictures of a shard gave, row by row.

    Attributes:
        states: (n,) what follows from the files alone; an empty text where a face is wanted.
        faces: (n,) index of each row's face in the log, -1 for none.
        doubtful: (n,) whether another face could be meant.
        sheet: shows some of these.
        oddities: of files.
        decoded: pictures.
        detected: faces in them.
    """

    states: NDArray[np.object_]
    faces: NDArray[np.intp]
    doubtful: Mask
    sheet: DoubtSheet = field(default_factory=DoubtSheet)
    oddities: OddityCounts = field(default_factory=OddityCounts)
    decoded: int = 0
    detected: int = 0
    _hashes: list[int | None] = field(default_factory=list)

    def lose(self, rows: NDArray[np.intp], state: RowState, finding: Finding) -> None:
        """Give rows that need a face the state in which they end without their picture."""
        self.states[rows[self.states[rows] == ""]] = str(state)
        self.oddities.add(finding)

    def note(self, row: int, crop: Image) -> None:
        """Take it that the face of a row was added to the log with this crop."""
        self.faces[row] = len(self._hashes)
        self._hashes.append(perceptual_hash(crop))

    def hashes(self, faces: NDArray[np.intp]) -> pa.Array:
        """Return the perceptual hash of the crops of faces by their index in the log, null for -1."""
        return pa.array(self._hashes, pa.int64()).take(pa.array(faces, mask=faces < 0))


@dataclass(frozen=True, slots=True, eq=False)
class _Picture:
    """A picture that was decoded, and the rows about it."""

    rows: NDArray[np.intp]
    path: str
    image: Image
    data: bytes


def look(
    shard: Shard,
    recipe: PictureRecipe,
    detector: Detector | None,
    log: FaceStore,
    *,
    report: Callable[[int], None],
    open_finder: OpenFaceFinder = open_face_finder,
) -> Looked:
    """Add the face of each row that wants one to the log, cropped, and return what was seen.

    Without a detector pictures are crops that were given, and are taken as they are.

    Raises:
        DetectorError: the geometry needs landmarks and the detector gives none.
    """
    looked, gone = _unlooked(shard), np.asarray(shard.rows["withdrawn"].to_numpy(), np.bool_)
    wanted = ~gone if recipe.params.rows == "all" else shard.rows["needed"].to_numpy()
    report(int((~wanted).sum()))
    pictures = _pictures(shard, wanted, recipe.root, looked, report=report)
    if detector is None:
        for picture in pictures:
            for row in picture.rows[wanted[picture.rows]].tolist():
                log_given(row, picture.image, picture.data, log)
                looked.note(row, picture.image)
        return looked
    boxes = boxes_of(shard.rows)
    for picture, faces in _searched(pictures, recipe.params, detector, open_finder):
        looked.detected += len(faces)
        found, choice = _choose(picture, faces, boxes[picture.rows], params=recipe.params, detector=detector)
        choice = _without(choice, gone[picture.rows])
        _log_faces(picture, found, choice, recipe.params, into=(looked, log))
        if choice.doubtful.any():
            looked.doubtful[picture.rows] = choice.doubtful
            if not gone[picture.rows].any():
                looked.sheet.add(picture.image, picture.path, found, choice=choice, boxes=boxes[picture.rows])
    return looked


def _unlooked(shard: Shard) -> Looked:
    """Return what is known before any picture is read."""
    states = np.where(shard.rows["needed"].to_numpy(), "", str(RowState.UNLABELLED)).astype(object)
    states[shard.rows["withdrawn"].to_numpy()] = str(RowState.WITHDRAWN)
    return Looked(states, np.full(len(shard), -1, np.intp), np.zeros(len(shard), np.bool_))


def _pictures(
    shard: Shard, wanted: Mask, root: Path, looked: Looked, *, report: Callable[[int], None]
) -> Iterator[_Picture]:
    """Yield the pictures that rows want, each once with all its rows; those that cannot be read are lost.

    Rows of people who withdrew are among these, so that nobody else gets their face.
    """
    paths = shard.rows["path"].to_pylist()
    meant = np.flatnonzero(wanted | shard.rows["withdrawn"].to_numpy()).tolist()
    for path, group in groupby(meant, key=lambda row: paths[row]):
        rows = np.array(list(group), np.intp)
        if not wanted[rows].any():
            continue
        if (read := _read(root, path)) is None or isinstance(read, Finding):
            state = RowState.NO_VIDEO if read is None else RowState.DECODE_ERROR
            looked.lose(rows, state, read or Finding("missing-picture", Severity.ERROR, _MISSING, path))
        else:
            looked.decoded += 1
            yield _Picture(rows, path, *read)
        report(int(wanted[rows].sum()))


_MISSING = "There is no such file; its rows end as no_video. Restore the pictures, or correct the list."


def _read(root: Path, path: str) -> tuple[Image, bytes] | Finding | None:
    """Return a picture and its bytes; what is wrong with it; None where there is none."""
    try:
        data = picture_bytes(root, path)
        image = decode(data)
    except ReadingError as error:
        return None if is_missing(error) else Finding(error.rule, Severity.ERROR, error.text, path)
    except CorpusError as error:
        return Finding(error.rule, Severity.ERROR, error.text, path)
    except MediaError as error:
        return Finding("unreadable-picture", Severity.ERROR, f"{error} Its rows end as decode_error.", path)
    if min(image.shape[:2]) < _MIN_SIDE_PX:
        text = f"It has {image.shape[1]} x {image.shape[0]} px, too few for a face: {_MIN_SIDE_PX} at least."
        return Finding("unreadable-picture", Severity.ERROR, f"{text} Its rows end as decode_error.", path)
    return image, data


def _searched(
    pictures: Iterable[_Picture], params: AlignParams, detector: Detector, open_finder: OpenFaceFinder
) -> Iterator[tuple[_Picture, Faces]]:
    """Yield each picture with its faces, in order; engine torch takes some at once, as of a video."""
    if params.engine != "torch":
        for picture in pictures:
            frames = iter([Frame(0, 0.0, picture.image)])
            for batch in find_faces(frames, params, detector, people=1, open_finder=open_finder):
                yield picture, batch.faces[0]
        return
    open_ones: dict[int, _Picture] = {}

    def frames_of() -> Iterator[Frame]:
        for index, picture in enumerate(pictures):
            open_ones[index] = picture
            yield Frame(index, 0.0, picture.image)

    for batch in find_faces(frames_of(), params, detector, people=1, open_finder=open_finder):
        for frame, faces in zip(batch.frames, batch.faces, strict=True):
            yield open_ones.pop(frame.index), faces


def _choose(
    picture: _Picture, faces: Faces, boxes: Float32, *, params: AlignParams, detector: Detector
) -> tuple[Faces, PictureChoice]:
    """Return the faces of a picture and which of them its rows are about.

    Where the corpus has a box and no face was found in it, it is looked into once more, enlarged: a small face in a
    large picture is seen there alone.
    """
    size_wh = picture.image.shape[1], picture.image.shape[0]
    choice = choose_faces(faces, boxes, size_wh)
    for box in boxes[(choice.faces < 0) & ~np.isnan(boxes).any(1)]:
        inside = np.clip(box, 0, np.array([*size_wh, *size_wh], np.float32))
        if (inside[2:] - inside[:2]).min() < 1:
            continue
        region = Faces(inside[None], np.ones(1, np.float32), np.full((1, 5, 2), np.nan, np.float32))
        (seen,) = redetect(detector, picture.image, region, params.detection)
        found = choose_faces(seen, inside[None], size_wh).faces
        if found[0] >= 0:
            near = refine(detector, picture.image, seen.take(found), params.detection)
            faces = join_faces(faces, near)
    return faces, choose_faces(faces, boxes, size_wh)


def _without(choice: PictureChoice, gone: Mask) -> PictureChoice:
    """Return a choice in which the rows of people who withdrew have no face."""
    return PictureChoice(np.where(gone, -1, choice.faces), choice.doubtful & ~gone)


def _log_faces(
    picture: _Picture,
    faces: Faces,
    choice: PictureChoice,
    params: AlignParams,
    *,
    into: tuple[Looked, FaceStore],
) -> None:
    """Add the chosen faces to the log, cropped and measured."""
    looked, log = into
    size_wh = picture.image.shape[1], picture.image.shape[0]
    for row, face in zip(picture.rows.tolist(), choice.faces.tolist(), strict=True):
        if face < 0:
            continue
        box, marks = faces.boxes[face], faces.landmarks[face]
        matrix = crop_matrix(box, marks, params)
        crop = warp_crop(picture.image, matrix, params.size)
        made = Crop(encode_jpeg(crop, params.jpeg_quality), measure_crop(crop, marks, matrix, size_wh))
        thumbnail = warp_crop(picture.image, thumbnail_matrix(box), THUMBNAIL_PX)
        log.add((row, _NO_TRACK, float(faces.scores[face])), (box, marks), thumbnail, made)
        looked.note(row, crop)
