"""Card and Croissant file of datasets of several corpora, of pictures, and of people whom nobody names."""

from pathlib import Path

import mlcroissant
import pytest
from huggingface_hub import DatasetCard
from published_with import published_of, restricted
from series_faces import Clip, pictures, write_series

from fer_data.core.labels.tasks import SEVEN_CLASSES
from fer_data.params.document import load_params
from fer_data.tables.face_rows import metadata
from fer_data.tables.origin import Origin
from fer_data.tables.schemas import FACE_ROWS, read_table, write_table

ROOT = Path(__file__).parents[2]
CLASSES = [str(name) for name in SEVEN_CLASSES]
NAMED = {"subject_source": "given", "label_scope": "frame", "label_source": "annotated"}
UNNAMED = {"subject_source": "none", "label_scope": "frame", "label_source": "machine"}

pytestmark = [  # both in mlcroissant
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The inplace keyword in DataFrame.reset_index"),
]


def filmed(faces: Path, corpus: str) -> None:
    """State that the faces of a source are of people, in a corpus of this kind."""
    rows, stated = read_table(faces / "rows.parquet", FACE_ROWS), metadata(faces)
    origin = Origin(corpus, rendered=False).metadata()
    write_table(faces / "rows.parquet", [rows], FACE_ROWS, stated | origin)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a published dataset of Aff-Wild2's named people and of ExpW's pictures of nobody known."""
    path = tmp_path_factory.mktemp("two")
    people = [
        Clip(f"{split}{person}", f"{split}{person}", f"{split}{person}", split, [0, 1, 2, 3], details=NAMED)
        for split in ("train", "validation")
        for person in range(2)
    ]
    filmed(write_series(path / "faces/people", people, source="people"), "affwild2")
    shown = [
        Clip(
            **{name: f"b-{getattr(clip, name)}" for name in ("series", "subject", "video", "owner")},
            split=clip.split, labels=clip.labels, details=UNNAMED,
        )
        for clip in pictures("train", [0, 3, 4, 5] * 3)
    ]  # fmt: skip
    filmed(write_series(path / "faces/web", shown, source="web"), "expw")
    whole = restricted(load_params(ROOT / "params.yaml"))
    (source,) = whole.sources.values()
    sources = {
        "people": source,
        "web": source.model_copy(update={"corpus": "expw", "prefix": "b-"}),
    }
    balance = whole.balance.model_copy(update={"strategy": "none"})
    return published_of(
        path / "faces", path / "data", whole.model_copy(update={"sources": sources, "balance": balance})
    )


def test_each_corpus_is_told_apart(folder: Path) -> None:
    """Rows, people, who made the labels, collection and papers of each."""
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert "| people | train | 8 | 2 |" in text
    assert "| web | train | 12 | unknown |" in text
    assert "| web | a program | a picture | unknown: one a picture | 12 |" in text
    assert "- `people` (Aff-Wild2): Videos of people in everyday scenes" in text
    assert "- `web` (ExpW): Pictures that a search engine found" in text
    assert "interpersonal" in text.lower()
    assert "- 12 originals have labels that a program made" in text
    assert "- Nobody says whom the pictures of web show" in text
    assert DatasetCard(text).data.to_dict()["source_datasets"] == [
        "extended|other-affwild2",
        "extended|other-expw",
    ]


def test_no_face_of_restricted_data_stands_beside_the_card(folder: Path) -> None:
    """The picture of counts does; a sheet of faces is for open data alone."""
    assert (folder / "labels.png").exists()
    assert not (folder / "faces.jpg").exists()
    assert "faces.jpg" not in (folder / "README.md").read_text(encoding="utf-8")
    assert "Class `research`" in (folder / "LICENSE.md").read_text(encoding="utf-8")


def test_its_croissant_file_is_read(folder: Path) -> None:
    """All rows, and what is known of both corpora."""
    dataset = mlcroissant.Dataset(jsonld=folder / "croissant.json")
    assert dataset.metadata.ctx.issues.report() == ""
    assert len(list(dataset.records("rows"))) == 28
    assert "people: Videos" in dataset.metadata.data_collection
    assert "web: Pictures" in dataset.metadata.data_collection
    assert len(dataset.metadata.personal_sensitive_information) == 2
