"""What was given, in a few figures."""

import pyarrow.compute as pc

from fer_data.view.material import Material
from fer_data.view.section import Section, card, cards

__all__ = ["overview"]


def overview(material: Material) -> Section | None:
    """Return the headline figures of rows, people and videos; None of an evaluation alone."""
    if not material.row_tables:
        return None
    rows = material.rows(["subject_id", "video_id", *(["state"] if material.has_states else [])])
    shown = [
        card(len(rows), "annotated rows"),
        card(pc.count_distinct(rows["subject_id"]).as_py(), "people"),
        card(pc.count_distinct(rows["video_id"]).as_py(), "videos"),
    ]
    if material.has_states:
        kept = pc.sum(pc.equal(rows["state"], "kept")).as_py() or 0
        shown.append(card(f"{kept / max(len(rows), 1):.1%}", "of the rows kept", note=f"{kept:,} rows"))
    return Section("overview", "Overview", cards(*shown))
