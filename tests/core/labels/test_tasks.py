"""One module names the tasks, their columns, label order and "no label"."""

from fer_data.core.labels.tasks import LABELS, TASKS, label_columns, split_column
from fer_data.features import published_features
from fer_data.tables import FACE_ROWS, ROWS


def test_each_task_has_labels() -> None:
    """A task without an entry is a task without columns."""
    assert tuple(LABELS) == TASKS


def test_label_columns_are_those_of_the_tables_and_of_published_datasets() -> None:
    """Tables and datasets take their columns of labels from this module, in its order."""
    for names in (ROWS.names, FACE_ROWS.names, list(published_features([]))):
        assert [name for name in names if name in label_columns()] == list(label_columns())
    for schema in (ROWS, FACE_ROWS):
        assert [name for name in schema.names if name.startswith("split_")] == list(map(split_column, TASKS))
