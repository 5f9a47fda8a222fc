"""Aff-Wild2 through the Protocol of adapters."""

from pathlib import Path

from corpus_trees import EIGHT, source, write_text, write_video

from fer_data.corpora.adapter import refuse
from fer_data.corpora.adapters import ADAPTERS, adapter_of
from fer_data.params.source import SourceSection
from fer_data.shell.sections.kinds import kinds

TRAIN = "annotations/EXPR_Set/Train_Set"


def test_every_kind_that_params_know_has_an_adapter_of_its_name() -> None:
    """The value of `sources.NAME.corpus` finds the adapter that says it of itself."""
    assert set(ADAPTERS) <= set(kinds(SourceSection))
    assert all(name == adapter.kind.name for name, adapter in ADAPTERS.items())


def test_rows_say_what_the_label_lines_say(tmp_path: Path) -> None:
    """A line is a row: its frame, the name of its class, and None where nothing is annotated."""
    write_text(tmp_path / TRAIN / "a.txt", EIGHT, [4, -1, 7])
    write_video(tmp_path / "videos/a.mp4", 3)

    read_as = source(tmp_path)
    opened = adapter_of(read_as).open(tmp_path, read_as, refuse)

    (rows,) = opened.rows()
    assert [row.labels.expression for row in rows] == ["Happiness", None, "Other"]
    assert [(row.frame_index, row.person, row.path, row.split) for row in rows] == [
        (index, "a", "videos/a.mp4", "train") for index in range(3)
    ]
    assert opened.videos == {"a": "videos/a.mp4"}
    assert opened.found == {"expression train": 1}
    assert opened.classes[-1] == "Other"
