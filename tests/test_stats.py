"""`fer-data stats`."""

import json
from pathlib import Path

import av
import numpy as np
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from fer_data.commands.app import app
from fer_data.core.expressions import SEVEN_CLASSES
from fer_data.core.imbalance import effective_number
from fer_data.errors import CorpusError, DatasetError
from fer_data.images import decode
from fer_data.stats import SplitStats, stats
from fer_data.tables import ROWS, write_table

PARAMS = Path(__file__).parents[1] / "params.yaml"


def split_of(folder: Path, name: str) -> SplitStats:
    """Return the stats of one split."""
    return next(split for split in stats(folder, PARAMS).splits if split.name == name)


def write_corpus(root: Path, labels: dict[str, list[int]]) -> None:
    """Write a corpus in ABAW2's layout: one label file and one grey video a subject."""
    for place, values in labels.items():
        path = root / "annotations" / "EXPR_Set" / f"{place}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join([",".join(SEVEN_CLASSES), *map(str, values)]) + "\n", encoding="utf-8")
        (root / "batch1").mkdir(exist_ok=True)
        with av.open(str(root / "batch1" / f"{path.stem}.mp4"), "w") as video:
            stream = video.add_stream("h264", rate=25)
            stream.width = stream.height = 64
            for value in range(len(values)):
                grey = np.full((64, 64, 3), 40 * value, np.uint8)
                video.mux(
                    stream.encode(av.VideoFrame.from_ndarray(grey, format="rgb24").reformat(format="yuv420p"))
                )
            video.mux(stream.encode())


@pytest.fixture
def catalog(faces: Path, tmp_path: Path) -> Path:
    """Return a catalog with the rows of the small faces folder."""
    table = pq.read_table(faces / "rows.parquet")
    metadata = {"classes": table.schema.metadata[b"classes"].decode()}
    write_table(tmp_path / "catalog" / "rows.parquet", [table.select(ROWS.names)], ROWS, metadata)
    return tmp_path / "catalog"


def test_published_counts_originals_and_copies_apart(published: Path) -> None:
    """Copies stand beside the frames, in train alone, and both imbalance ratios are given."""
    train = split_of(published, "train")
    assert [row.frames for row in train.classes] == [28, 4, 6, 6, 4, 2, 2]
    assert [row.copies for row in train.classes] == [0, 16, 22, 22, 16, 8, 8]
    assert (train.imbalance_ratio, train.imbalance_ratio_with_copies) == (14.0, 2.8)
    assert split_of(published, "validation").copies == 0


def test_classes_count_people_and_videos(published: Path) -> None:
    """Two people of one video are two people and one video."""
    train = split_of(published, "train")
    assert (train.subjects, train.videos) == (5, 4)
    neutral = train.classes[0]
    assert (neutral.subjects, neutral.videos) == (4, 3)
    assert neutral.share == pytest.approx(28 / 52)
    assert neutral.effective_number == pytest.approx(effective_number(28))


def test_faces_count_kept_rows(faces: Path) -> None:
    """What has no crop, or was left out for quality, is not counted."""
    assert stats(faces).kind == "faces"
    assert split_of(faces, "train").frames == 52
    assert split_of(faces, "validation").frames == 6


def test_a_catalog_counts_every_annotated_frame(catalog: Path) -> None:
    """Before alignment nothing is lost: the label lines are counted, those without a label apart."""
    assert stats(catalog).kind == "catalog"
    train, validation, test = (split_of(catalog, name) for name in ("train", "validation", "test"))
    assert (train.frames, train.unlabelled) == (53, 1)
    assert (validation.frames, validation.subjects) == (10, 2)
    assert (test.frames, test.unlabelled) == (0, 5)


def test_a_raw_corpus_counts_its_label_files(tmp_path: Path) -> None:
    """Label files are read as section `source` of the params file says, but at the path given."""
    write_corpus(tmp_path / "corpus", {"Train_Set/a": [0, 0, 3, -1], "Validation_Set/b": [6, 6, 6, 1]})
    found = stats(tmp_path / "corpus", PARAMS)
    assert found.kind == "corpus"
    train, validation = found.splits
    assert ([row.frames for row in train.classes], train.unlabelled) == ([2, 0, 0, 1, 0, 0, 0], 1)
    assert [row.frames for row in validation.classes] == [0, 1, 0, 0, 0, 0, 3]


@pytest.mark.parametrize("kind", ["missing", "file", "several"])
def test_a_wrong_path_says_what_was_expected(published: Path, tmp_path: Path, kind: str) -> None:
    """A missing folder, a file, or the folder above the datasets is refused with the way out."""
    path = {"missing": tmp_path / "nothing", "file": PARAMS, "several": published.parent}[kind]
    with pytest.raises(
        DatasetError, match="Name that, or another" if kind == "several" else "must be a corpus, a catalog"
    ):
        stats(path)


def test_a_folder_of_anything_is_no_corpus(tmp_path: Path) -> None:
    """A folder without labels is refused."""
    with pytest.raises(
        CorpusError, match="must be a corpus, a catalog, aligned faces or a published dataset"
    ):
        stats(tmp_path, PARAMS)


def test_the_table_shows_every_class(published: Path) -> None:
    """Classes, ratios and what the numbers mean are printed in 80 columns."""
    done = CliRunner().invoke(app, ["stats", str(published)], env={"COLUMNS": "80"})
    assert done.exit_code == 0
    for text in ("Happiness", "14.00 : 1", "with augmented copies 2.80 : 1", "Cui et al. 2019", "+22"):
        assert text in done.stdout


def test_json_is_for_programs(published: Path) -> None:
    """`--json` prints one document with the same counts."""
    done = CliRunner().invoke(app, ["stats", str(published), "--json"])
    document = json.loads(done.stdout)
    assert document["kind"] == "published"
    assert document["splits"][0]["classes"][3]["frames"] == 6


def test_the_plot_is_a_picture(published: Path, tmp_path: Path) -> None:
    """`--plot` writes a PNG, equal at every run."""
    pictures = []
    for name in ("one.png", "two.png"):
        done = CliRunner().invoke(app, ["stats", str(published), "--plot", str(tmp_path / name)])
        assert done.exit_code == 0
        pictures.append((tmp_path / name).read_bytes())
    assert pictures[0] == pictures[1]
    assert decode(pictures[0]).std() > 20
