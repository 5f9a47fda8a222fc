"""Draw sources one after another, and write the gallery of a folder: who may read it, and whether it shows faces."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fer_data.errors import MediaError
from fer_data.model.files import Model
from fer_data.predict.drawing import Drawn, write_annotated
from fer_data.predict.gallery import Gallery, still_frame
from fer_data.predict.gallery_page import FACES_PAGE, PAGE, gallery_page
from fer_data.predict.recognise import SourceFaces
from fer_data.predict.sources import Source
from fer_data.predict.timeline import curves_of, draw_timelines
from fer_data.published.licences import stated_model_licence
from fer_data.shell.files.atomic import atomic_file
from fer_data.shell.files.private import write_private
from fer_data.tables.origin import TRUTH_FILE, origin_of

__all__ = ["Drawer", "truth_root"]

_OWN = "The licence of the videos and pictures is not known: show them to nobody who may not see them."
_FOLDERS_ABOVE = 2
"""That the renderer's truth may lie above the folder that is predicted."""


@dataclass(frozen=True, slots=True, eq=False)
class Drawer:
    """Draws into a folder.

    Attributes:
        folder: of the predictions.
        model: that answered.
        names: of drawings, by the source's.
        smoothing_frames: as asked for.
        gallery: collects what the page of a folder shows; null: there is none.
    """

    folder: Path
    model: Model
    names: Mapping[str, str]
    smoothing_frames: int
    gallery: Gallery | None

    def draw(self, position: int, source: Source, found: SourceFaces) -> SourceFaces:
        """Draw a source that shows something; one that cannot be drawn keeps its predictions and says why."""
        drawn, drawings = None, list[str]()
        if found.decoded_frames:
            try:
                drawn, drawings = self._drawn(position, source, found)
            except MediaError as error:
                said = f"{found.name} is not drawn: {error}"
                found = replace(found, error=" ".join(filter(None, [found.error, said])))
        if self.gallery is not None:
            self.gallery.add(position, found, drawn, drawings=drawings, is_video=source.is_video)
        return found

    def _drawn(self, position: int, source: Source, found: SourceFaces) -> tuple[Drawn | None, list[str]]:
        name = self.names[source.name]
        path = self.folder / "annotated" / f"{name}{'.mp4' if source.is_video else '.jpg'}"
        path.parent.mkdir(parents=True, exist_ok=True)
        frame = None if self.gallery is None else still_frame(found)
        still = None if frame is None or self.gallery is None else (frame, self.gallery.wants_still(position))
        drawn = write_annotated(
            source, found, self.model, path, smoothing_frames=self.smoothing_frames, still=still
        )
        written = [path]
        for suffix, curves in curves_of(found).items() if source.is_video else ():
            written.append(self.folder / "timelines" / f"{name}{suffix}")
            draw_timelines(found, curves, written[-1], self.model.note)
        return drawn, [str(one.relative_to(self.folder)) for one in written]

    def write_gallery(self, source: Path, results: Sequence[SourceFaces], *, faces: bool) -> list[str]:
        """Write the page of a folder and with `faces` a second one that shows them, and return their names.

        The first one shows faces where all are rendered. What is not open is for nobody else to read.
        """
        if self.gallery is None:
            return []
        rendered = _is_rendered(source, results)
        reasons = [*stated_model_licence(self.model.description)["reasons"], *([] if rendered else [_OWN])]
        pages = {PAGE: rendered} | ({FACES_PAGE: True} if faces else {})
        for name, shown in pages.items():
            text = gallery_page(
                self.gallery,
                self.model,
                title=source.resolve().name,
                reasons=reasons,
                faces=shown,
                smoothing_frames=self.smoothing_frames,
            )
            with atomic_file(self.folder / name) as temporary:
                write_private(temporary, text, restricted=bool(reasons))
        return list(pages)


def truth_root(source: Path) -> Path | None:
    """Return the folder with the renderer's truth that a folder is or lies in; None where there is none."""
    above = [source, *source.absolute().parents[:_FOLDERS_ABOVE]]
    return next((folder for folder in above if (folder / TRUTH_FILE).is_file()), None)


def _is_rendered(source: Path, results: Sequence[SourceFaces]) -> bool:
    """Say whether all that was predicted is known to be rendered: no person is in it."""
    root = truth_root(source)
    frames = {found.name: max(found.decoded_frames, len(found.pts_seconds)) for found in results}
    return root is not None and origin_of(root, "files", frames).rendered
