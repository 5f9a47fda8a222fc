"""What VERSIONS.json says of each version: no time, no path, and no name of a person."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from fer_data.shell.files.sealed import PRINTABLE
from fer_data.versions.numbers import VERSION_PATTERN, is_draft, version_order

__all__ = [
    "Change",
    "Push",
    "ReleasedResolution",
    "SplitCounts",
    "VersionEntry",
    "Versions",
    "Withdrawal",
    "changed_values",
    "flat_values",
]


_FEWEST = 10
"""Of a count that is shown of restricted data."""


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


Name = Annotated[str, Field(pattern=PRINTABLE, max_length=200)]
DatasetName = Annotated[str, Field(pattern="^[a-z0-9][a-z0-9-]*$", max_length=100)]
Number = Annotated[str, Field(pattern=VERSION_PATTERN, max_length=100)]
Count = Annotated[int, Field(ge=0, le=(1 << 63) - 1)]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Revision = Annotated[str, Field(pattern="^[0-9a-f]{7,64}$")]
Side = Annotated[str, Field(pattern="^[1-9][0-9]{0,3}$")]
SplitName = Literal["train", "validation", "test"]


class SplitCounts(_Record):
    """What a split of a published dataset holds; `classes` counts originals alone.

    None stands for 1 to 9 where the licence is restricted: so few may be recognised, and git is often public.
    """

    rows: Count | None
    copies: Count | None
    subjects: Count | None
    videos: Count | None
    classes: dict[Name, Count | None]

    def masked(self) -> "SplitCounts":
        """Return the counts without those under 10.

        >>> SplitCounts(rows=12, copies=0, subjects=9, videos=10, classes={"Fear": 1}).masked()
        SplitCounts(rows=12, copies=0, subjects=None, videos=10, classes={'Fear': None})
        """
        masked = {name: _masked(count) for name, count in self.classes.items()}
        others = {name: _masked(getattr(self, name)) for name in ("rows", "copies", "subjects", "videos")}
        return SplitCounts(**others, classes=masked)


def _masked(count: int | None) -> int | None:
    return None if count is None or 0 < count < _FEWEST else count


class ReleasedResolution(_Record):
    """One resolution of a version: the hash of its values and pixels, the bytes of its shards, what is in it."""

    dataset_sha256: Sha256
    bytes: Count
    splits: dict[SplitName, SplitCounts]


class Change(_Record):
    """A value that differs from the version before; what was not there before, or is gone, is left out."""

    old: JsonValue = None
    new: JsonValue = None


class Withdrawal(_Record):
    """People of a source that a version holds and that were taken back since, so that it must not be checked out.

    Neither names nor hashes of names: those of a corpus are few and known, so a hash would give them away for ever.

    Attributes:
        source: its name in `sources`.
        people: how many of its subjects.
        rows: how many rows of the version at each resolution, augmented copies included.
        reason: `withdrawal` of the people, or `licence` of the whole corpus that has ended.
    """

    source: Name
    people: Annotated[int, Field(ge=1, le=1 << 40)]
    rows: Count
    reason: Literal["withdrawal", "licence"]


class Push(_Record):
    """One upload of a version: to which repository, the revision that it made there, and who can see it."""

    repo: Name
    resolution: Annotated[int, Field(ge=1, le=4096)]
    revision: Revision
    private: bool


class VersionEntry(_Record):
    """A version of a dataset.

    Attributes:
        name: of the dataset, as `publish.name`.
        version: as `publish.version`.
        git_revision: that its data, params and code stand in; None: that of the commit which brought this entry.
        fer_data: the version of the package that published it.
        resolutions: by the side in px.
        since: the release that `params_changed` and `code_changed` compare with; None for the first.
        params: all that made the data, by their full names; of `excluded` subjects only how many.
        params_changed: those that differ.
        code: the hash of each stage's code.
        code_changed: the stages whose code differs.
        withdrawn: what was taken back since.
        pushed: where it was uploaded to.
    """

    name: DatasetName
    version: Number
    git_revision: Revision | None
    fer_data: Name
    resolutions: Annotated[dict[Side, ReleasedResolution], Field(min_length=1)]
    since: Number | None
    params: dict[str, JsonValue]
    params_changed: dict[str, Change]
    code: dict[Name, Sha256]
    code_changed: list[Name]
    withdrawn: list[Withdrawal]
    pushed: list[Push]

    @property
    def is_draft(self) -> bool:
        """Say whether it may be written over."""
        return is_draft(self.version)

    @property
    def content(self) -> dict[str, str]:
        """Return the hash of each resolution, which is what a version must keep."""
        return {side: one.dataset_sha256 for side, one in self.resolutions.items()}


@dataclass(frozen=True, slots=True)
class Versions:
    """All versions of a project, by name and in their order."""

    entries: tuple[VersionEntry, ...] = ()

    def get(self, name: str, version: str) -> VersionEntry | None:
        """Return a version of a dataset, or None; `0.01.0` and `0.1.0` are one."""
        wanted = version_order(version)
        found = (one for one in self.of(name) if version_order(one.version) == wanted)
        return next(found, None)

    def of(self, name: str) -> tuple[VersionEntry, ...]:
        """Return the versions of a dataset, the lowest first."""
        return tuple(one for one in self.entries if one.name == name)

    def last_release(self, name: str) -> VersionEntry | None:
        """Return the highest version of a dataset that is no draft, or None."""
        return next((one for one in reversed(self.of(name)) if not one.is_draft), None)

    def with_entry(self, entry: VersionEntry) -> "Versions":
        """Return these versions with one added, or in place of the same version of the same name."""
        same = self.get(entry.name, entry.version)
        return Versions(_ordered([*(one for one in self.entries if one is not same), entry]))


def _ordered(entries: Iterable[VersionEntry]) -> tuple[VersionEntry, ...]:
    return tuple(sorted(entries, key=lambda one: (one.name, version_order(one.version))))


def changed_values(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Change]:
    """Return what differs between two flat maps, by key.

    >>> changed_values({"a": 1, "b": 2}, {"a": 1, "b": 3, "c": None})
    {'b': Change(old=2, new=3), 'c': Change(old=None, new=None)}
    """
    differing = sorted(
        key for key in {*old, *new} if (key in old) != (key in new) or not _equal(old[key], new[key])
    )
    sides = (("old", old), ("new", new))
    return {
        key: Change(**{side: values[key] for side, values in sides if key in values}) for key in differing
    }


def _equal(one: object, other: object) -> bool:
    """Compare as JSON does: `1`, `1.0` and `true` are three values, since params.yaml has them so."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def flat_values(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of nested maps by their full names; lists are values.

    Who is excluded is nobody's business for ever, how many are is.

    >>> flat_values({"sources": {"own": {"excluded": ["ann", "bob"], "crops": None}}, "maps": {}})
    {'sources.own.excluded': 2, 'sources.own.crops': None, 'maps': {}}
    """
    return dict(_leaves(document, ""))


def _leaves(values: Mapping[str, Any], above: str) -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{above}{key}.")
        elif above.startswith("sources.") and key == "excluded" and isinstance(value, list):
            yield f"{above}{key}", len(value)
        else:
            yield f"{above}{key}", value
