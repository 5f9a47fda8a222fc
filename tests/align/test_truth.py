"""The rendered sample through `ingest` and `align`, held against what the renderer knows."""

from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from video_corpora import align_corpus, source_params

from fer_data.ingest import ingest
from fer_data.params.document import load_params
from fer_data.sample import sample
from fer_data.tables.schemas import FACE_ROWS, read_table

pytestmark = pytest.mark.slow

Row = dict[str, Any]
MIN_VISIBLE = 0.5


@pytest.fixture(scope="module")
def faces_and_truth(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Row], list[Row]]:
    """Return the rows of `align` and the renderer's truth for a sample of 24 people."""
    folder = tmp_path_factory.mktemp("sample")
    params = load_params().sample.model_copy(update={"train_subjects": 16, "other_subjects": 8})
    sample(folder / "root", params)
    ingest(folder / "root", folder / "catalog", source_params())
    align_corpus(folder, folder, workers=2, store=str(folder / "store"))
    rows = read_table(folder / "faces" / "rows.parquet", FACE_ROWS).to_pylist()
    return rows, pq.read_table(folder / "root" / "truth.parquet").to_pylist()


def centre(box: list[float]) -> np.ndarray:
    """Return the middle of a box."""
    return np.array([box[0] + box[2], box[1] + box[3]]) / 2


def test_the_annotated_person_is_found_where_a_face_is_shown(
    faces_and_truth: tuple[list[Row], list[Row]],
) -> None:
    """At least 99 % of the rows whose frame shows the person's face have a crop."""
    rows, truth = faces_and_truth
    shown = {
        (person["subject_id"], person["frame_index"])
        for person in truth
        if person["visible"] and person["visible_fraction"] >= MIN_VISIBLE
    }
    states = [
        r["state"]
        for r in rows
        if (r["subject_id"], r["frame_index"]) in shown and r["state"] in ("kept", "no_face")
    ]
    assert len(states) > 300
    assert states.count("kept") / len(states) >= 0.99


def test_every_kept_row_shows_the_right_person(faces_and_truth: tuple[list[Row], list[Row]]) -> None:
    """In every frame the crop is of the annotated person, in videos of two people as well."""
    rows, truth = faces_and_truth
    people: dict[tuple[str, int], list[Row]] = {}
    for person in truth:
        if person["visible"]:
            people.setdefault((person["video_id"], person["frame_index"]), []).append(person)
    kept = [row for row in rows if row["state"] == "kept"]
    assert {"left", "right"} <= {row["side"] for row in kept}
    for row in kept:
        near = min(
            people[row["video_id"], row["frame_index"]],
            key=lambda person: float(np.abs(centre(person["box"]) - centre(row["box"])).sum()),
        )
        assert near["subject_id"] == row["subject_id"], row["row_id"]


def test_landmarks_come_in_the_order_of_the_truth(faces_and_truth: tuple[list[Row], list[Row]]) -> None:
    """Each landmark is nearest to the true one of its name, on average within a quarter of the eye distance."""
    rows, truth = faces_and_truth
    known = {(p["subject_id"], p["frame_index"]): np.array(p["landmarks"]) for p in truth}
    errors = []
    for row in rows:
        if row["state"] == "kept":
            points = known[row["subject_id"], row["frame_index"]]
            eyes = np.linalg.norm(points[1] - points[0])
            errors.append(np.linalg.norm(np.array(row["landmarks"]) - points, axis=1) / max(eyes, 1))
    assert (np.median(errors, axis=0) < 0.25).all()
