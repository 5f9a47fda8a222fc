"""`fer-data stats`."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from corpus_trees import EIGHT, SEVEN, source, source_of_kind, write_text
from typer.testing import CliRunner

from fer_data.commands.app import app
from fer_data.commands.stats_tables import gates_line, task_parts, within_videos_parts
from fer_data.core.labels.tasks import DIMENSIONS, SEVEN_CLASSES
from fer_data.core.metrics.circumplex import BINS, QUADRANTS, Spread
from fer_data.core.metrics.design_effect import DesignEffect
from fer_data.core.sampling.imbalance import effective_number
from fer_data.errors import CorpusError, DatasetError, ParamsError
from fer_data.ingest import ingest
from fer_data.pictures.images import decode
from fer_data.stats import Stats, stats
from fer_data.stats.classes import ClassSplit
from fer_data.stats.tallies import UnitSplit, UnitStats, ValueSplit
from fer_data.tables.schemas import ROWS, write_table
from fer_data.terminal.show import show_parts
from fer_data.terminal.table import TextTable

if TYPE_CHECKING:
    from fer_data.publish import PublishInputs

PARAMS = Path(__file__).parents[2] / "params.yaml"


def split_of(folder: Path, name: str) -> ClassSplit:
    """Return the stats of one split."""
    return next(split for split in stats(folder, PARAMS).splits["expression"] if split.name == name)


def write_corpus(root: Path, labels: dict[str, list[int]]) -> None:
    """Write a corpus in ABAW2's layout: one label file and one grey video a subject."""
    for index, values in labels.items():
        path = root / "annotations" / "EXPR_Set" / f"{index}.txt"
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


def test_faces_count_what_the_quality_gates_took(faces: Path) -> None:
    """Rows of state low_quality are one number of aligned faces, in JSON and in the line below the tables."""
    arguments = ["stats", str(faces), "--params", str(PARAMS)]
    assert json.loads(CliRunner().invoke(app, [*arguments, "--json"]).stdout)["low_quality"] == 1
    assert (
        "quality gates (align.quality) left out 1 training row (state low_quality)."
        in CliRunner().invoke(app, arguments).stdout
    )


@pytest.mark.parametrize(
    ("rows", "said"), [(0, "left out no training row."), (1_200, "left out 1,200 training rows (state")]
)
def test_the_line_of_the_gates_counts_in_words(rows: int, said: str) -> None:
    """None are said as such, and many with a separator."""
    assert said in gates_line(rows)


def test_what_is_not_aligned_has_no_count_of_the_gates(catalog: Path, published: Path) -> None:
    """A catalog and a published dataset know nothing of rows that were left out, and say no number."""
    assert stats(catalog, PARAMS).low_quality is None
    assert stats(published, PARAMS).low_quality is None


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
    train, validation = found.splits["expression"]
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


def write_task_corpus(root: Path) -> None:
    """Write a corpus whose label files are those of valence and arousal and of action units, and grey videos."""
    write_corpus(root, {"Train_Set/a": [0, 0, 3, -1], "Validation_Set/b": [6, 6, 6, 1]})
    texts = {
        "VA_Set/Train_Set/a": "valence,arousal\n0.5,0.5\n-0.5,0.1\n0,0.3\n-5,-5\n",
        "VA_Set/Validation_Set/b": "valence,arousal\n-0.2,-0.4\n0.2,-0.4\n0.2,-0.4\n0.2,-0.4\n",
        "AU_Set/Train_Set/a": "AU1,AU12\n1,0\n0,0\n0,0\n-1,-1\n",
        "AU_Set/Validation_Set/b": "AU1,AU12\n1,0\n1,0\n0,0\n0,0\n",
    }
    for name, text in texts.items():
        path = root / "annotations" / f"{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a corpus with labels of every task; tests must not write to it."""
    root = tmp_path_factory.mktemp("tasks") / "corpus"
    write_task_corpus(root)
    return root


def test_action_units_of_a_corpus(corpus: Path) -> None:
    """Annotated frames, those that show the unit, and the videos of both; what is not annotated stands apart."""
    found = stats(corpus, PARAMS, "action_units")
    assert (found.tasks, found.splits["expression"], found.splits["valence_arousal"]) == (
        ("action_units",),
        [],
        [],
    )
    train, validation = found.splits["action_units"]
    assert (train.name, train.frames, train.unlabelled, train.videos, train.subjects) == ("train", 3, 1, 1, 1)
    first, second = train.units
    assert (first.name, first.frames, first.positives, first.imbalance_ratio) == ("AU01", 3, 1, 2.0)
    assert first.share == pytest.approx(1 / 3)
    assert (second.name, second.positives, second.imbalance_ratio, second.positive_videos) == (
        "AU12",
        0,
        None,
        0,
    )
    assert [unit.imbalance_ratio for unit in validation.units] == [1.0, None]


def test_valence_and_arousal_of_a_corpus(corpus: Path) -> None:
    """Mean, deviation, percentiles and quadrants; a value of exactly zero is in none of them."""
    found = stats(corpus, PARAMS, "valence_arousal")
    train, validation = found.splits["valence_arousal"]
    assert (train.frames, train.unlabelled, train.videos, train.subjects) == (3, 1, 1, 1)
    assert train.spreads["valence"] is not None
    assert (train.spreads["valence"].mean, train.spreads["valence"].median) == (0.0, 0.0)
    assert train.spreads["valence"].standard_deviation == pytest.approx(np.std([0.5, -0.5, 0]))
    assert train.spreads["valence"].percentile_5 == pytest.approx(-0.45)
    assert sum(train.spreads["valence"].histogram) == 3
    assert list(train.quadrant_shares.values()) == pytest.approx([1 / 3, 1 / 3, 0, 0, 1 / 3])
    assert list(validation.quadrant_shares.values()) == pytest.approx([0, 0, 0.25, 0.75, 0])


def test_several_tasks_are_shown_together(corpus: Path) -> None:
    """`multi_task` counts all three, each by its own splits."""
    found = stats(corpus, PARAMS, "multi_task")
    assert found.splits["expression"] == stats(corpus, PARAMS).splits["expression"]
    assert found.splits["action_units"] == stats(corpus, PARAMS, "action_units").splits["action_units"]
    assert (
        found.splits["valence_arousal"] == stats(corpus, PARAMS, "valence_arousal").splits["valence_arousal"]
    )


def test_a_corpus_needs_no_params_file(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no params.yaml lies a corpus is read as the organisers sent it; one that is named must be there."""
    monkeypatch.chdir(tmp_path)
    assert stats(corpus) == stats(corpus, PARAMS)
    with pytest.raises(ParamsError, match=r"none\.yaml does not exist"):
        stats(corpus, Path("none.yaml"))


def test_the_task_is_that_of_the_params_file(
    faces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without one, a table is counted by every task that it has a split of."""
    params = tmp_path / "params.yaml"
    text = PARAMS.read_text(encoding="utf-8")
    params.write_text(re.sub(r"task: expression\b", "task: action_units", text), encoding="utf-8")
    assert stats(faces, params).tasks == ("action_units",)
    monkeypatch.chdir(faces)
    assert stats(faces).tasks == ("expression", "valence_arousal", "action_units")


def test_a_published_dataset_is_counted_by_its_own_task(
    publish_inputs: "PublishInputs", published: Path, tmp_path: Path
) -> None:
    """Its provenance says the task, whatever params.yaml says; other labels that it kept are shown on demand."""
    from published_with import publish

    from fer_data.params.document import load_params

    params = load_params(PARAMS)
    both = params.model_copy(
        update={"dataset": params.dataset.model_copy(update={"task": "valence_arousal"})}
    )
    publish(publish_inputs, tmp_path / "32", resolution=32, params=both)
    found = stats(tmp_path / "32", PARAMS)
    assert found.tasks == ("valence_arousal",)
    train, validation = found.splits["valence_arousal"]
    assert (train.frames, train.copies, validation.frames, validation.copies) == (12, 4 * 4, 12, 0)
    assert train.quadrant_shares["positive_passive"] == 1.0
    units = stats(published, PARAMS, "action_units").splits["action_units"][0]
    assert (units.frames, units.copies, units.subjects) == (12, 16, 1)
    assert {unit.positives for unit in units.units} == {12}


def test_an_unknown_task_is_refused(faces: Path) -> None:
    """The tasks there are."""
    with pytest.raises(ParamsError, match=r"Unknown task 'va' \(--task\)\. Did you mean 'valence_arousal'\?"):
        stats(faces, PARAMS, "va")


def large() -> Stats:
    """Return stats of more frames and videos than any corpus of today has."""
    many = 2_800_000
    spread = Spread(-0.1234, 0.5, -0.9999, -0.001, 0.9999, [many // BINS] * BINS)
    unit = UnitStats("AU23", many, 1_234, 0.0004, 2_268.0, 9_999, 9_998, 9_997)
    shares = dict.fromkeys(QUADRANTS, 0.2)
    within = DesignEffect(-0.001, 12_345.6, many / 12_345.6)
    spreads = dict.fromkeys(DIMENSIONS, spread)
    return Stats(
        kind="corpus",
        counts="annotated frames",
        tasks=("valence_arousal", "action_units"),
        beta=0.9999,
        splits={
            "valence_arousal": [
                ValueSplit(
                    "validation", many, 0, 0, 9_999, 9_999, spreads, shares, dict.fromkeys(DIMENSIONS, within)
                )
            ],
            "action_units": [UnitSplit("validation", [unit], many, 5, 0, 9_999, 9_999, {"AU23": within})],
        },
    )


def test_tables_are_whole_in_80_columns(capsys: pytest.CaptureFixture[str]) -> None:
    """No number is cut, even with millions of frames and thousands of videos."""
    found = large()
    for task in found.tasks:
        show_parts([*task_parts(found, task, "corpus"), *within_videos_parts(found, task)])
    text = capsys.readouterr().out
    assert "…" not in text
    assert "-0.00" not in text
    for shown in (
        "2,800,000",
        "9,999",
        "9,998 of 9,999",
        "2,268.0",
        "-0.12",
        "-1.00",
        "12,345.6",
        "V or A = 0",
        "20.0%",
    ):
        assert shown in text


def test_the_command_shows_every_task(corpus: Path, tmp_path: Path) -> None:
    """JSON with the documented keys, and a picture; tests/snapshots/stats-tasks.txt are its tables."""
    words = ["stats", str(corpus), "--task", "multi_task", "--params", str(PARAMS)]
    found = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    assert found["action_units"][0]["units"][0]["name"] == "AU01"
    keys = {"kind", "counts", "tasks", "beta", "splits", "valence_arousal", "action_units", "low_quality"}
    keys |= {"corpora", "means"}
    assert set(found) == keys
    documented = (Path(__file__).parents[2] / "docs" / "json.md").read_text(encoding="utf-8")
    keys = set(found) | set(found["action_units"][0]) | set(found["valence_arousal"][0])
    keys |= set(found["action_units"][0]["units"][0]) | set(found["valence_arousal"][0]["valence"])
    assert not {key for key in keys | set(QUADRANTS) if f"`{key}`" not in documented}
    assert CliRunner().invoke(app, [*words, "--plot", str(tmp_path / "p.png")]).exit_code == 0
    assert decode((tmp_path / "p.png").read_bytes()).shape[0] > 1500


def test_a_task_without_splits_is_said(catalog: Path, tmp_path: Path) -> None:
    """A catalog of expressions alone has no action units: a line, exit code 0, and a picture that says so."""
    table = pq.read_table(catalog / "rows.parquet")
    index = table.schema.get_field_index("split_action_units")
    table = table.set_column(index, ROWS.field(index), pa.nulls(len(table), pa.string()))
    write_table(catalog / "rows.parquet", [table], ROWS, {"classes": json.dumps(SEVEN_CLASSES)})
    words = ["stats", str(catalog), "--task", "action_units", "--params", str(PARAMS)]
    done = CliRunner().invoke(app, [*words, "--plot", str(tmp_path / "p.png")])
    assert done.exit_code == 0
    assert "no row has a split for action_units" in done.stdout


def test_a_corpus_without_the_task_is_refused(tmp_path: Path) -> None:
    """The message says what is not annotated."""
    write_corpus(tmp_path / "corpus", {"Train_Set/a": [0, 1]})
    with pytest.raises(CorpusError, match="action_units"):
        stats(tmp_path / "corpus", PARAMS, "action_units")


def test_a_plot_of_another_format_is_refused(published: Path, tmp_path: Path) -> None:
    """A PNG under another name would mislead."""
    done = CliRunner().invoke(app, ["stats", str(published), "--plot", str(tmp_path / "x.jpg")])
    assert isinstance(done.exception, ParamsError)
    assert "must end in .png" in str(done.exception)
    assert list(tmp_path.iterdir()) == []


def test_sources_with_other_classes_are_counted_by_name(tmp_path: Path) -> None:
    """Before a list is chosen they differ, and a person looks here to choose one; words without a class are counted."""
    for name, header, labels in (("a", EIGHT, [7, 7, 0, -1]), ("b", SEVEN, [0, 1, 1])):
        root = tmp_path / f"corpus_{name}"
        write_text(root / "EXPR_Set/Train_Set/v.txt", header, labels)
        classes = ["Other", "Neutral"] if name == "a" else ["Neutral"]
        ingest(root, tmp_path / "catalog" / name, source(root, name=name, classes=classes, prefix=f"{name}-"))
    found = stats(tmp_path / "catalog")
    (whole,) = found.splits["expression"]
    assert isinstance(whole, ClassSplit)
    assert [(one.name, one.frames) for one in whole.classes] == [("Neutral", 2), ("Other", 2)]
    assert (whole.unlabelled, whole.given) == (3, {"Anger": 2})
    shown = CliRunner().invoke(app, ["stats", str(tmp_path / "catalog")]).output
    assert "2 frames without an expression. Of these the corpus says Anger 2." in " ".join(shown.split())


def test_pictures_of_people_whom_nobody_names_are_no_count_of_people(tmp_path: Path) -> None:
    """How many there are is unknown, which the line below the table says."""
    none = dict.fromkeys(("valence", "arousal", "split", "subject", "box"))
    table = {**none, "file": "t.csv", "path": "p", "label": "l"}
    root = tmp_path / "root"
    root.mkdir()
    (root / "t.csv").write_text("p,l,who\n1.jpg,x,a\n2.jpg,y,a\n3.jpg,y,b\n")
    for named in (None, "who"):
        source = source_of_kind(root, "pictures", aligned=False, table={**table, "subject": named})
        catalog = tmp_path / f"catalog-{named}"
        ingest(root, catalog, source)
        shown, *_ = task_parts(stats(catalog), "expression", "c")
        assert isinstance(shown, TextTable)
        assert ("unknown where a corpus names nobody" in shown.note) is (named is None)


@pytest.mark.parametrize("task", ["expression", "valence_arousal"])
def test_single_pictures_are_no_frames_of_videos(
    tmp_path: Path, task: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """They are counted once, under their own name."""
    root = tmp_path / "root"
    root.mkdir()
    (root / "t.csv").write_text("p,l,v,a\n1.jpg,x,0.5,0.5\n2.jpg,y,0,0\n")
    table = {**dict.fromkeys(("split", "subject", "box")), "file": "t.csv", "path": "p", "label": "l"}
    table |= {"valence": "v", "arousal": "a"}
    ingest(root, tmp_path / "catalog", source_of_kind(root, "pictures", aligned=False, table=table))
    show_parts(task_parts(stats(tmp_path / "catalog"), task, "c"))
    shown = capsys.readouterr().out
    assert "pictures" in shown
    assert not re.search("video|frame", shown)
