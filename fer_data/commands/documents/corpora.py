"""Documents about corpora, published datasets and this machine."""

from typing import Literal

from pydantic import JsonValue

from fer_data.commands.documents.form import Data, Document, Finding, Licence

__all__ = [
    "Change", "Check", "Conversion", "Estimate", "Forgetting", "Lack", "ParamsCheck", "Pushed", "Released", "Stored",
    "Verified",
]  # fmt: skip


class Lack(Document):
    """One thing that `doctor` looked at."""

    subject: str
    status: Literal["ok", "warning", "missing"]
    detail: str


class Estimate(Document):
    """What aligning a corpus costs here."""

    videos: int
    frames: int
    wanted_rows: int
    crops: int
    gigabytes: float
    observed_gigabytes: float
    identity_hours: float
    hours: float
    frames_per_second: float
    workers: int
    tasks: int
    longest_task_hours: float
    probed_videos: int
    probed_frames: int
    decode_share: float
    detect_share: float
    other_share: float


class Stored(Document):
    """An entry of the resume store."""

    key: str
    about: dict[str, str]
    size_bytes: int
    age_seconds: float
    in_use: str | None


class Split(Document):
    """What a corpus folder holds of one split of a task."""

    task: str
    split: str
    subjects: int
    videos: int
    expected_videos: int | None
    missing_videos: list[str]
    verdict: str


class Total(Document):
    """What was counted of a corpus."""

    part: str
    found: int
    expected: int | None
    verdict: str


class ParamsCheck(Document):
    """What is wrong with a params file alone."""

    errors: int
    findings: list[Finding]


class Check(ParamsCheck):
    """What is wrong with a corpus."""

    parts: list[Split]
    videos: int
    subjects: int
    label_lines: int
    decoded_frames: int | None
    corpus: str
    totals: list[Total]
    unverified: bool
    pictures: int


class Damage(Document):
    """One file that is not what was recorded."""

    file: str
    problem: str
    where: Literal["workspace", "cache", "both", "record"]
    remedy: Literal["checkout", "commit", "rebuild", "git", "remove", "copy"]
    rows: list[str]
    stage: str | None
    out: str | None
    cache_object: str | None


class Verified(Document):
    """What was hashed again."""

    path: str
    files: int
    bytes: int
    differences: list[Damage]
    root: str | None
    commands: list[str]


class SplitCounts(Document):
    """What a split of a version holds; null: 1 to 9, which a restricted licence does not show."""

    rows: int | None
    copies: int | None
    subjects: int | None
    videos: int | None
    classes: dict[str, int | None]


class Resolution(Document):
    """One resolution of a version."""

    dataset_sha256: str
    bytes: int
    splits: dict[str, SplitCounts]


class Change(Document):
    """What a value was and is; a side that was not there is absent."""

    old: JsonValue = None
    new: JsonValue = None


class Withdrawal(Document):
    """People who were taken back since."""

    source: str
    people: int
    rows: int
    reason: Literal["withdrawal", "licence"]


class Push(Document):
    """One upload of a version."""

    repo: str
    resolution: int
    revision: str
    private: bool


class Released(Document):
    """A version as VERSIONS.json has it, and what shares it."""

    outcome: Literal["released", "drafted", "unchanged"]
    name: str
    version: str
    git_revision: str | None
    fer_data: str
    resolutions: dict[str, Resolution]
    since: str | None
    params: dict[str, JsonValue]
    params_changed: dict[str, Change]
    code: dict[str, str]
    code_changed: list[str]
    withdrawn: list[Withdrawal]
    pushed: list[Push]
    same_as: list[str]
    resolutions_changed: list[int]
    uncommitted: list[str]
    commands: list[str]
    notes: list[str]


class Held(Document):
    """A file that holds people."""

    path: str
    how: str
    bytes: int


class CacheObject(Document):
    """An object of DVC's cache that holds people."""

    md5: str
    how: str
    bytes: int


class StoreEntry(Document):
    """An entry of the resume store that holds people."""

    key: str
    how: str
    bytes: int


class PushedVersion(Push):
    """A version that held people, and where it was uploaded to."""

    version: str


class Forgetting(Document):
    """What holds people who withdraw, and what is left of them."""

    source: str
    subjects: int
    everybody: bool
    done: bool
    searched: int
    hits: int
    cache_objects: list[CacheObject]
    runs: int
    store_entries: list[StoreEntry]
    files: list[Held]
    others: list[Held]
    tracked: list[str]
    datasets: list[str]
    models: list[str]
    revisions: list[str] | None
    pushed: list[PushedVersion]
    remotes: list[str]
    other_names: list[str]
    linked: list[str]
    cache_outside: bool


class Pushed(Document):
    """What went to the Hub."""

    repo: str
    address: str
    kind: Literal["dataset", "model"]
    title: str
    sha256: str
    licence: Literal["open", "research"]
    private: bool
    revision: str | None
    sent: list[str]
    kept: list[str]
    removed: list[str]
    tag: str | None
    released: bool | None
    exposed: str | None


class ConvertedFile(Document):
    """A file of another container."""

    split: str
    rows: int
    size: int
    sha256: str


class Conversion(Document):
    """A dataset in another container."""

    output: str
    to: Literal["parquet", "webdataset"]
    data: Data
    licence: Licence
    files: dict[str, ConvertedFile]
