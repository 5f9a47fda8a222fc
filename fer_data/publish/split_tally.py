"""What is counted of one split of a dataset while it is written."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fer_data.core.arrays import Int64
from fer_data.publish.batches import PublishedBatch
from fer_data.publish.block_batches import SplitPart
from fer_data.publish.card_tables import CardSplit, LabelKind
from fer_data.publish.crop_origin import CropOrigin, origin_of
from fer_data.publish.face_sample import FaceSample
from fer_data.publish.hf_writer import SplitWriter
from fer_data.publish.label_counts import LabelTally
from fer_data.published.content import ContentHash
from fer_data.published.features import NO_LABEL
from fer_data.tables.distinct import DistinctNames
from fer_data.tables.footage import all_single
from fer_data.tables.people import named_people

__all__ = ["SplitTally"]

_KINDS = ["label_source", "label_scope", "subject_source"]


@dataclass(eq=False)
class SplitTally:
    """One split while it is written."""

    writer: SplitWriter
    content: ContentHash
    faces: FaceSample
    originals: Counter[int] = field(default_factory=Counter)
    copies: Counter[int] = field(default_factory=Counter)
    origin: CropOrigin = field(default_factory=CropOrigin)
    videos: DistinctNames = field(default_factory=DistinctNames)
    corpora: Counter[str] = field(default_factory=Counter)
    classes: dict[str, Counter[int]] = field(default_factory=dict)
    kinds: Counter[LabelKind] = field(default_factory=Counter)
    people: dict[str, DistinctNames] = field(default_factory=dict)
    single: dict[str, bool] = field(default_factory=dict)
    labels: LabelTally = field(default_factory=LabelTally)

    def meet(self, part: SplitPart, resolution: int) -> None:
        """Count whom and what originals show, where their crops come from, and their labels."""
        rows, corpus = part.rows, part.corpus
        self.origin += origin_of(rows, resolution)
        self.videos.add(rows["video_id"])
        self.single[corpus] = self.single.get(corpus, True) and all_single(rows)
        self.people.setdefault(corpus, DistinctNames()).add(named_people(rows))
        self.labels.add(part.columns)
        for kind, count in _kinds(part.columns).items():
            self.kinds[LabelKind(corpus, *kind)] += count

    def add(self, published: PublishedBatch) -> None:
        """Write, hash and count published rows."""
        self.writer.write_stamped(published.batch, published.metadata)
        self.content.update(published.content)
        corpus = published.batch["corpus"][0].as_py()  # a batch is of one series
        self.corpora[corpus] += len(published.batch)
        labels = published.batch["expression"].to_numpy()
        copied = pc.not_equal(published.batch["parent_id"], "").to_numpy(zero_copy_only=False)
        own = _counted(labels[~copied])
        self.copies.update(_counted(labels[copied]))
        self.originals.update(own)
        self.classes.setdefault(corpus, Counter()).update(own)
        self.faces.add(published.batch, copied)

    def card(self, name: str, classes: int, num_bytes: int) -> CardSplit:
        """Return the counts of what was added."""
        return CardSplit(
            name,
            originals=[self.originals[label] for label in range(classes)],
            copies=[self.copies[label] for label in range(classes)],
            unlabelled=self.originals[NO_LABEL],
            subjects=sum(map(len, self.people.values())),
            videos=len(self.videos),
            num_bytes=num_bytes,
            corpora={name: (rows, len(self.people[name])) for name, rows in self.corpora.items()},
            classes={
                name: [found[label] for label in range(classes)] for name, found in self.classes.items()
            },
            kinds=dict(self.kinds),
            single=dict(self.single),
            labels=self.labels.counts(),
        )


def _counted(labels: Int64) -> dict[int, int]:
    """Return how often each label occurs."""
    names, counts = np.unique(labels, return_counts=True)
    return dict(zip(names.tolist(), counts.tolist(), strict=True))


def _kinds(rows: pa.RecordBatch) -> dict[tuple[str, ...], int]:
    """Return how many rows there are of each source and scope of labels, and source of subjects."""
    columns = [pc.dictionary_encode(rows[name], null_encoding="encode") for name in _KINDS]
    codes = np.stack([column.indices.to_numpy() for column in columns], axis=1)
    _, firsts, counts = np.unique(codes, axis=0, return_index=True, return_counts=True)
    found = sorted(zip(firsts.tolist(), counts.tolist(), strict=True))
    return {tuple(rows[name][first].as_py() for name in _KINDS): count for first, count in found}
