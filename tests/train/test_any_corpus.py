"""Training and scoring on corpora that differ: other classes, splits, kinds of labels and of subjects."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from conftest import PARAMS
from published_with import published_of
from series_faces import Clip, pictures, write_series
from sklearn.metrics import accuracy_score, f1_score, recall_score
from typer.testing import CliRunner

from fer_data.commands.app import app
from fer_data.compare import compare_predictions
from fer_data.core.labels.tasks import SEVEN_CLASSES
from fer_data.core.metrics.units import LOWER_BOUND
from fer_data.embed import embed
from fer_data.embed.probe import ProbeOptions, probe
from fer_data.errors import DatasetError
from fer_data.params.document import load_params
from fer_data.params.evaluate import EvaluateParams
from fer_data.params.train import TrainParams
from fer_data.predict.dataset import DatasetOptions, predict_dataset
from fer_data.predictions.rows import read_rows
from train.evaluate import evaluate
from train.evaluation.corpora import MEAN
from train.evaluation.report import headlines, print_scores
from train.finetune import finetune

CLASSES = [str(name) for name in SEVEN_CLASSES]
pytestmark = pytest.mark.usefixtures("plain_cards")
FIVE = [name for name in CLASSES if name not in {"Fear", "Disgust"}]
NAMED = {"subject_source": "given", "label_scope": "frame", "label_source": "annotated"}
UNNAMED = {"subject_source": "none", "label_scope": "frame", "label_source": "voted"}


class Run(NamedTuple):
    """A dataset with a model of it and its scores."""

    dataset: Path
    report: Path
    trained: dict[str, Any]
    scores: dict[str, Any]

    @property
    def side(self) -> dict[str, Any]:
        """Return the scores at the side that is scored."""
        return dict(self.scores["resolutions"]["32"])


def people(split: str, count: int, labels: list[int | None]) -> list[Clip]:
    """Return people with two clips each."""
    return [
        Clip(
            f"{split}{person}_{clip}",
            f"{split}{person}",
            f"{split}{person}_{clip}",
            split,
            labels,
            details=NAMED,
        )
        for person in range(count)
        for clip in range(2)
    ]


def unnamed(split: str, labels: list[int]) -> list[Clip]:
    """Return pictures of nobody knows whom, on which three of four raters agreed."""
    found = []
    for clip in pictures(split, labels):
        votes = [0] * len(CLASSES)
        votes[clip.labels[0] or 0] += 3
        votes[4] += 1
        others = dict.fromkeys(("votes_outside", "votes_unknown", "votes_no_face"), 0)
        more = {**UNNAMED, "expression_votes": votes, "raters": 4, **others}
        names = {name: f"b-{getattr(clip, name)}" for name in ("series", "subject", "video", "owner")}
        found.append(Clip(**names, split=clip.split, labels=clip.labels, details=more))
    return found


def run(folder: Path, sources: dict[str, str], params: TrainParams, evaluation: EvaluateParams) -> Run:
    """Publish the faces of sources, by name their kind of corpus, train on them and score."""
    whole = load_params(PARAMS)
    (source,) = whole.sources.values()
    listed = {
        name: source.model_copy(update={"corpus": kind, "prefix": f"{name[0]}-" if index else ""})
        for index, (name, kind) in enumerate(sources.items())
    }
    balance = whole.balance.model_copy(update={"strategy": "none"})
    changed = whole.model_copy(update={"sources": listed, "balance": balance})
    dataset = published_of(folder / "faces", folder / "data", changed)
    trained = finetune(
        dataset, folder / "model", folder / "train.csv", params.model_copy(update={"epochs": 1})
    )
    scores = evaluate(
        folder / "model", dataset.parent, folder / "report", evaluate=evaluation, resolutions=[32]
    )
    return Run(dataset, folder / "report", trained, scores)


@pytest.fixture(scope="module")
def two(params: TrainParams, evaluation: EvaluateParams, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a corpus of named people with validation, and pictures of five classes with train and test alone."""
    folder = tmp_path_factory.mktemp("two")
    named = people("train", 4, [0, 1, 2, 3, 4, 5, 6]) + people("validation", 6, [0, 1, 2, 3])
    write_series(folder / "faces/people", named, source="people")
    place = [CLASSES.index(name) for name in FIVE]
    shown = unnamed("test", place * 2) + unnamed("train", place * 6)
    write_series(folder / "faces/basic", shown, source="basic", classes=FIVE)
    voted = params.model_copy(update={"soft_labels": True})
    return run(folder, {"people": "videos", "basic": "rafdb"}, voted, evaluation)


@pytest.fixture(scope="module")
def segments(
    params: TrainParams, evaluation: EvaluateParams, tmp_path_factory: pytest.TempPathFactory
) -> Run:
    """Return a corpus whose labels are about segments, with one that a program labelled."""
    folder = tmp_path_factory.mktemp("segments")
    clips = []
    for number in range(14):
        split, name = ("train" if number < 8 else "validation"), f"c{number:02d}"
        detail = {"label_scope": "segment", "segment_id": name, "label_source": "annotated"}
        if number == 13:
            detail["label_source"] = "machine"
        clips.append(Clip(name, name, name, split, [number % 7] * 3, details={**NAMED, **detail}))
    write_series(folder / "faces/only", clips, source="only")
    return run(folder, {"only": "videos"}, params, evaluation)


def rows_of(run: Run, corpus: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return labels, answers and logits of the rows of a corpus, from the table of predictions."""
    table = read_rows(run.report)
    mine = np.array(table["corpus"].to_pylist()) == corpus
    actual, said = (table[name].to_numpy()[mine].astype(int) for name in ("expression", "predicted"))
    return actual, said, np.array(table["logits"].to_pylist())[mine]


def test_each_corpus_is_scored_on_validation_or_else_on_test(two: Run) -> None:
    """A corpus without validation rows is scored on its labelled test rows, and every report says so."""
    assert two.scores["split"] == "validation and test"
    found = {name: (one["split"], one["rows"]) for name, one in two.side["corpora"].items()}
    assert found == {"people": ("validation", 48), "basic": ("test", 10)}


def test_open_scores_let_every_class_be_answered_and_closed_ones_those_of_the_corpus(two: Run) -> None:
    """Both are over the classes that the corpus can give."""
    one = two.side["corpora"]["basic"]
    actual, said, logits = rows_of(two, "basic")
    places = [CLASSES.index(name) for name in FIVE]
    closed = np.array(places)[logits[:, places].argmax(axis=1)]
    for key, answers in (("open", said), ("closed", closed)):
        macro_f1 = f1_score(actual, answers, labels=places, average="macro", zero_division=0)
        assert one[key]["macro_f1"] == pytest.approx(macro_f1)
        assert one[key]["accuracy"] == pytest.approx(accuracy_score(actual, answers))
    assert one["macro_f1"] == one["open"]["macro_f1"]
    assert one["lacks"] == ["Disgust", "Fear"]
    whole = two.side["corpora"]["people"]
    assert whole["open"] == whole["closed"]
    assert "lacks" not in whole


def test_the_customary_figures_are_those_of_the_kind_of_corpus(two: Run) -> None:
    """RAF-DB's are accuracy and mean recall, of answers within its seven classes."""
    actual, said, _ = rows_of(two, "basic")
    assert two.side["corpora"]["basic"]["customary"] == {
        "RAF-DB accuracy": {"score": pytest.approx(accuracy_score(actual, said)), "rows": 10},
        "RAF-DB mean class accuracy": {
            "score": pytest.approx(
                recall_score(actual, said, labels=np.unique(actual), average="macro", zero_division=0)
            ),
            "rows": 10,
        },
    }
    assert "customary" not in two.side["corpora"]["people"]


def test_people_are_drawn_whole_and_pictures_of_nobody_known_are_a_lower_bound(two: Run) -> None:
    """Six people have twelve videos; of pictures the interval is said to be too narrow, and so is the mean's."""
    intervals = {name: one["intervals"] for name, one in two.side["corpora"].items()}
    assert (intervals["people"]["drawn"], intervals["people"]["people"]) == (["people"], 6)
    assert (intervals["basic"]["drawn"], intervals["basic"]["pictures"]) == (["pictures"], 10)
    assert "lower_bound" not in intervals["people"]
    assert intervals["basic"]["lower_bound"] is intervals["basic"]["lower_bound"] is True
    mean = two.side[MEAN]
    assert mean["macro_f1"] == pytest.approx(
        np.mean([one["macro_f1"] for one in two.side["corpora"].values()])
    )
    ends = mean["intervals"]["macro_f1"]
    assert mean["intervals"]["lower_bound"] is True
    assert ends["low"] <= mean["macro_f1"] + 0.1
    assert (headlines(two.scores)["macro_f1_low"], headlines(two.scores)["macro_f1_high"]) == (
        ends["low"], ends["high"]
    )  # fmt: skip
    assert two.side["smoothing"]["gain"]["macro_f1"]["p_value"] is None


def test_what_is_printed_says_split_bound_and_figures(two: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """A reader of the terminal is told what a reader of `scores.json` is."""
    print_scores(two.scores)
    text = " ".join(capsys.readouterr().out.split())
    for said in (
        "10 rows of test",
        "48 rows of validation",
        "RAF-DB mean class accuracy",
        "macro F1, closed",
    ):
        assert said in text
    assert LOWER_BOUND[:60] in text


def test_a_comparison_over_pictures_of_nobody_known_has_no_p_value(two: Run) -> None:
    """Predictions carry whose they are."""
    table = read_rows(two.report)
    at = compare_predictions(table, table, draws=100, seed=7)["32"]
    assert (at["drawn"], at["units"], at["lower_bound"]) == (["people", "pictures"], 16, True)
    assert at["pooled_corpora"] == ["basic", "people"]
    assert at["accuracy"]["p_value"] is None
    assert at["accuracy"]["interval"] == {"low": 0.0, "high": 0.0}
    people_alone = table.filter(np.array(table["corpus"].to_pylist()) == "people")
    alone = compare_predictions(people_alone, people_alone, draws=100, seed=7)["32"]
    assert (alone["drawn"], alone["people"]) == (["people"], 6)
    assert alone["accuracy"]["p_value"] == 1.0


def test_training_says_what_chose_the_checkpoint_and_what_it_aimed_at(two: Run) -> None:
    """Development rows of pictures are cut by groups of them; votes were the aim where there are some."""
    assert two.trained["development_note"].startswith("basic does not say whom a picture shows")
    card = (two.report.parent / "model/README.md").read_text("utf-8")
    assert "one person may be on both sides" in card
    assert 0 < two.trained["soft_labels"]["rows"] <= 30
    assert f"{two.trained['soft_labels']['rows']} of the rows learnt from aimed at the raters' votes" in card


def test_a_segment_is_scored_once_by_its_mean_logits(segments: Run) -> None:
    """Six validation segments of three rows each; the one that a program labelled is left out and counted."""
    at = segments.side
    assert at["segments"] == {"segments": 5, "rows": 15, "rows_with_a_crop": 15}
    assert at["corpora"]["only"]["rows"] == 5
    assert at["corpora"]["only"]["machine_labels"] == 3
    assert at["rows"] == {"model": 5, "nearest": 0, "most_frequent": 0}
    assert at["intervals"]["people"] == 5
    table = read_rows(segments.report)
    assert len(table) == 5
    assert table["label_scope"].to_pylist() == ["segment"] * 5
    actual, said = (table[name].to_numpy().astype(int) for name in ("expression", "predicted"))
    assert at["accuracy"] == pytest.approx(accuracy_score(actual, said))
    assert segments.scores["split"] == "validation"


def test_predictions_of_pictures_say_whose_they_are(two: Run, tmp_path: Path) -> None:
    """So that `compare` draws people or pictures of them too."""
    predict_dataset(two.dataset, two.report.parent / "model", tmp_path / "said", options=options("test"))
    table = read_rows(tmp_path / "said")
    assert set(table["subject_source"].to_pylist()) == {"none"}
    found = compare_predictions(table, table, draws=100, seed=7)["32"]
    assert (found["drawn"], found["pictures"], found["accuracy"]["p_value"]) == (["pictures"], 10, None)


def test_a_printed_comparison_over_pictures_says_lower_bound_and_no_p(two: Run) -> None:
    """There is no column of p-values to be read as one."""
    shown = CliRunner().invoke(app, ["compare", str(two.report), str(two.report), "--draws", "100"])
    text = " ".join(shown.stdout.split())
    assert "lower bound of the uncertainty" in text
    assert "over people and pictures, 100 paired draws" in text
    assert "two-sided p-values" not in text
    assert "are pooled" in text


def test_predictions_of_single_rows_have_no_label_of_a_segment(segments: Run, tmp_path: Path) -> None:
    """It would be scored once a frame, and that of a program at all."""
    predict_dataset(
        segments.dataset, segments.report.parent / "model", tmp_path / "said", options=options("validation")
    )
    table = read_rows(tmp_path / "said")
    assert set(table["expression"].to_pylist()) == {-1}
    with pytest.raises(DatasetError, match="hold no annotated row"):
        compare_predictions(table, table, draws=100, seed=7)


def options(split: str) -> DatasetOptions:
    """Return how a split is predicted."""
    return DatasetOptions(split, "cpu", 16, 1.0, 0)


def test_probes_draw_what_the_corpora_name(two: Run, tmp_path: Path) -> None:
    """Folds by person are refused where nobody says whom a picture shows."""
    embed(two.dataset, two.report.parent / "model", tmp_path / "all.parquet", device="cpu", batch_size=16)
    with pytest.raises(DatasetError, match=r"do not say whom they show.*--folds 0"):
        probe(tmp_path / "all.parquet", ProbeOptions(2, 100, 7))
    found = probe(tmp_path / "all.parquet", ProbeOptions(0, 100, 7))
    assert (found["drawn"], found["people"]) == (["people"], 6)


def test_a_corpus_of_pictures_with_train_and_test_alone_goes_the_whole_way(
    params: TrainParams, evaluation: EvaluateParams, tmp_path: Path
) -> None:
    """The dataset has no validation split at all."""
    place = [CLASSES.index(name) for name in FIVE]
    shown = unnamed("test", place * 2) + unnamed("train", place * 6)
    write_series(tmp_path / "faces/basic", shown, source="basic", classes=FIVE)
    alone = run(tmp_path, {"basic": "pictures"}, params, evaluation)
    assert alone.scores["split"] == "test"
    assert headlines(alone.scores)["macro_f1"] == alone.side["corpora"]["basic"]["open"]["macro_f1"]
