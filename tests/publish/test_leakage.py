"""People who are confirmed under several names: the column, the counts and the gate."""

import json
from dataclasses import replace
from pathlib import Path

import datasets
import pytest
from published_with import publish

from experiments.kfold import fold_of_subjects
from fer_data import split_by_person
from fer_data.errors import DatasetError
from fer_data.params.document import Params, load_params
from fer_data.publish import PublishInputs, headlines
from fer_data.published.content import column_bytes
from fer_data.published.row_facts import held_together

PARAMS = load_params(Path(__file__).parents[2] / "params.yaml")


def with_pairs(inputs: PublishInputs, folder: Path, *pairs: str) -> PublishInputs:
    """Return the inputs with confirmed pairs."""
    path = folder / "same.csv"
    path.write_text("\n".join(["subject_a,subject_b,note", *pairs]) + "\n", encoding="utf-8")
    return replace(inputs, same_person=path)


def gate(value: str) -> Params:
    """Return the parameters with the gate at `report` or `fail`."""
    return PARAMS.model_copy(update={"publish": PARAMS.publish.model_copy(update={"leakage": value})})


def contents(split: datasets.Dataset) -> dict[str, bytes]:
    """Return every value of a split but `person_id`, in bytes."""
    table = split.with_format("arrow").remove_columns("person_id")[:].combine_chunks()
    pictures = {"image": b"".join(table["image"].combine_chunks().field("bytes").to_pylist())}
    (batch,) = table.remove_column(table.schema.get_field_index("image")).to_batches()
    return {name: bytes(values) for name, values in column_bytes(batch).items()} | pictures


def test_person_id_is_the_subject_where_nobody_is_confirmed(published: Path) -> None:
    """The column is there in every split, and provenance counts nobody."""
    for split in datasets.load_from_disk(str(published)).values():
        assert list(split["person_id"]) == list(split["subject_id"])
    record = json.loads((published / "provenance.json").read_text(encoding="utf-8"))
    assert record["leakage"] == {
        "gate": "report", "confirmed_pairs": 0, "confirmed_people": 0, "pairs_in_two_splits": 0,
        "people_in_two_splits": 0, "across": [],
    }  # fmt: skip
    assert "People under several names" not in (published / "README.md").read_text(encoding="utf-8")


def test_a_confirmed_person_in_two_splits_is_reported(
    publish_inputs: PublishInputs, published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Column, provenance, figures, card and a warning say so; rows, labels and pixels are those without the pair."""
    inputs = with_pairs(publish_inputs, tmp_path, "b,a,", "v,d,the same scar")
    summary = publish(inputs, tmp_path / "32", resolution=32, params=PARAMS)
    assert headlines(summary)["people_in_two_splits"] == 1
    said = capsys.readouterr().err
    assert said.startswith("warning: 1 person is in two splits: d (train) = v (validation). Take all names")
    record = json.loads((tmp_path / "32/provenance.json").read_text(encoding="utf-8"))["leakage"]
    assert (record["confirmed_pairs"], record["pairs_in_two_splits"]) == (2, 1)
    assert record["across"] == [{"person_id": "d", "subjects": {"d": {"train": 4}, "v": {"validation": 6}}}]
    text = (tmp_path / "32/README.md").read_text(encoding="utf-8")
    assert "**1 of these people are in two splits**" in text
    before, after = (datasets.load_from_disk(str(path)) for path in (published, tmp_path / "32"))
    for name, split in after.items():
        assert contents(split) == contents(before[name])
    persons = dict(zip(after["train"]["subject_id"], after["train"]["person_id"], strict=True))
    assert persons == {"a": "a", "b": "a", "c_left": "c_left", "c_right": "c_right", "d": "d"}
    assert set(after["validation"]["person_id"]) == {"d"}


def test_cuts_and_folds_keep_a_confirmed_person_whole(publish_inputs: PublishInputs, tmp_path: Path) -> None:
    """Development rows, `split_by_person` and folds go by `person_id`."""
    publish(with_pairs(publish_inputs, tmp_path, "b,a,"), tmp_path / "32", resolution=32, params=PARAMS)
    train = datasets.load_from_disk(str(tmp_path / "32"))["train"]
    units = held_together(train.with_format("arrow"))
    assert set(units[[name in "ab" for name in train["subject_id"]]]) == {"a"}
    for seed in range(6):
        parts = split_by_person(train, fractions={"train": 0.5, "rest": 0.5}, seed=seed)
        assert len([name for name, part in parts.items() if {"a", "b"} & set(part["subject_id"])]) == 1
        fold = fold_of_subjects(tmp_path / "32", folds=3, seed=seed)
        assert fold["a"] == fold["b"]


def test_the_gate_stops_publish_before_anything_is_written(
    publish_inputs: PublishInputs, tmp_path: Path
) -> None:
    """It names who, where and what to do; a person with both names in one split passes."""
    inputs = with_pairs(publish_inputs, tmp_path, "v,d,")
    with pytest.raises(
        DatasetError, match=r"publish.leakage \(fail\) .* d \(train\) = v \(validation\)\. Take all"
    ):
        publish(inputs, tmp_path / "32", resolution=32, params=gate("fail"))
    assert not (tmp_path / "32").exists()
    publish(with_pairs(publish_inputs, tmp_path, "a,b,"), tmp_path / "32", resolution=32, params=gate("fail"))


def test_a_line_about_somebody_who_is_excluded_is_said_and_stops_nothing(
    publish_inputs: PublishInputs, published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The warning names the line and not the person, at `fail` as well; the dataset is the one without the line."""
    inputs = replace(with_pairs(publish_inputs, tmp_path, "a,0ann,"), excluded={"": ["0ann"]})
    publish(inputs, tmp_path / "32", resolution=32, params=gate("fail"))
    said = capsys.readouterr().err
    assert (
        "same.csv, line 2) names people who are excluded. Whoever withdrew does so under every name" in said
    )
    assert "0ann" not in said
    for name, split in datasets.load_from_disk(str(tmp_path / "32")).items():
        assert list(split["person_id"]) == list(split["subject_id"])
        assert contents(split) == contents(datasets.load_from_disk(str(published))[name])
    for path in (tmp_path / "32").rglob("*.json"):
        assert "0ann" not in path.read_text(encoding="utf-8")


def test_a_dataset_without_persons_says_so(published: Path) -> None:
    """One of an earlier version has no `person_id`."""
    train = datasets.load_from_disk(str(published))["train"].remove_columns("person_id")
    with pytest.raises(DatasetError, match=r"splitting by person needs person_id.* publish it again"):
        split_by_person(train, fractions={"train": 1.0}, seed=7)
    assert set(held_together(train.with_format("arrow"))) == set(train["subject_id"])
