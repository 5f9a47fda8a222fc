"""Send a published dataset or a model to a repository of the Hub, and look before each step who can see it.

::

    licences -> repository: who sees it, what is in it -> staging, read back -> made, if it is not there
             -> visibility -> a group of files is sent  (no commit shows them yet)  ... and again for the next group
             -> visibility -> ONE commit of all: a reader finds the old version or the new one, never half of one
             -> visibility -> tag, VERSIONS.json
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from fer_data.errors import HubError, LicenceError
from fer_data.push.hub import Addition, HubRepo, RemoteFile, RepoState, check_name
from fer_data.push.material import Material, check_public, material_of
from fer_data.push.records import is_released, record_push
from fer_data.push.remote import RECORDS, check_held, leaving, same_content
from fer_data.push.staging import StagedFile, staged
from fer_data.shell.progress import progress

__all__ = ["PushReport", "push"]

_WAS_MADE_PUBLIC = "The Hub made it public, although a private one was asked for. Nothing was sent."
_BEFORE_COMMIT = "It became public meanwhile. No commit shows what was sent."
_AFTER_COMMIT = "It became public meanwhile, and everyone can see what was committed."

_GROUP_BYTES, _GROUP_FILES = 500_000_000, 64
"""Sent between two looks at who can see the repository; Ctrl-C waits for what is under way."""


@dataclass(frozen=True, slots=True)
class PushReport:
    """What a push did.

    Attributes:
        repo: where to.
        address: where people find it.
        kind: `dataset` or `model`.
        title: what was pushed, in words.
        sha256: of its content.
        licence: the class of its licence.
        private: whether only its owner and who they let in can see the repository, when it was looked at last.
        revision: the commit that holds it now; None where none was made.
        sent: names of the files that were sent, or were there already of an earlier try.
        kept: names of those that the repository had before, with the same content.
        removed: names of those of the version before that went.
        tag: what the commit is called there; None for a draft, a model, or a version that is not released.
        released: whether VERSIONS.json has this version with this content; None for a model.
        exposed: why the push was stopped, or must be looked after: others can see the repository; None: they cannot.
    """

    repo: str
    address: str
    kind: str
    title: str
    sha256: str
    licence: str
    private: bool
    revision: str | None = None
    sent: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    tag: str | None = None
    released: bool | None = None
    exposed: str | None = None


def push(path: Path, repo: str, *, public: bool = False) -> PushReport:
    """Push a published dataset or a model to `OWNER/NAME`, which is made if it is not there: private, unless `public`.

    Raises:
        LicenceError: it is restricted, and the repository is or would be public.
        HubError: the Hub refuses or cannot be reached, or the repository holds something else.
        DatasetError: the dataset is damaged or was taken back, or what is staged differs from it.
        OutputError: there is no room, or no right, to stage it.
    """
    check_name(repo)
    material = material_of(path)
    released = is_released(material) if material.kind == "dataset" else None
    if public:
        check_public(material)
    hub = HubRepo(repo, material.kind)
    state = hub.state()
    remote = {} if state is None else _held(material, hub, state, public=public)
    report = PushReport(
        repo,
        hub.address,
        material.kind,
        material.title,
        material.sha256,
        material.licence["kind"],
        not public,
    )
    with staged(material, repo) as files:
        report = _sent(
            hub, _Plan.of(files.files, remote, material), replace(report, released=released), state
        )
        if report.exposed is None:
            files.remove()
    if not released or report.revision is None:
        return report
    record_push(material, repo, report.revision, private=report.private)
    return (
        report
        if material.is_draft or report.exposed is not None
        else replace(report, tag=_tagged(hub, material, report.revision))
    )


def _held(material: Material, hub: HubRepo, state: RepoState, *, public: bool) -> dict[str, RemoteFile]:
    """Return the files of a repository, once it may be pushed to by who can see it and what it holds."""
    _check_visibility(material, hub, state, public=public)
    if state.revision is None:
        return {}
    files = hub.files(state.revision)
    check_held(material, hub, files, state.revision)
    return files


def _check_visibility(material: Material, hub: HubRepo, state: RepoState, *, public: bool) -> None:
    """Refuse a repository that more people see than they may, or fewer than was asked for."""
    if not state.private and material.restricted:
        raise LicenceError(
            f"REPO ({hub.repo}) is public, and {material.folder} is restricted: "
            f"{material.licence['reasons'][0]} Nothing was sent. Name a private repository, or make this one "
            f"private at {hub.address}/settings."
        )
    if not state.private and not public:
        raise HubError(
            f"REPO ({hub.repo}) is public, and --public was not given. Nothing was sent. Give it, name "
            f"another repository, or make this one private at {hub.address}/settings."
        )
    if state.private and public:
        raise HubError(
            f"REPO ({hub.repo}) is there and private; --public only says how a new one is made. Leave it out, or make "
            f"the repository public yourself at {hub.address}/settings."
        )


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a push does: files that are sent, those that the repository has already, and those that go."""

    new: Mapping[str, StagedFile]
    kept: tuple[str, ...]
    removed: tuple[str, ...]

    @classmethod
    def of(
        cls, files: Mapping[str, StagedFile], remote: Mapping[str, RemoteFile], material: Material
    ) -> "_Plan":
        """Compare; a card that somebody changed on the Hub stays as long as the data behind it are the same."""
        kept = {name for name, file in files.items() if same_content(file, remote.get(name))}
        if RECORDS[material.kind] in kept:
            kept |= {"README.md"} & set(remote)
        new = {name: file for name, file in files.items() if name not in kept}
        return cls(new, tuple(sorted(kept)), tuple(leaving(remote, files)))

    def groups(self) -> Iterator[dict[str, StagedFile]]:
        """Yield the files that are sent, a few at a time."""
        group: dict[str, StagedFile] = {}
        for name, file in self.new.items():
            size = sum(one.size for one in group.values()) + file.size
            if group and (len(group) == _GROUP_FILES or size > _GROUP_BYTES):
                yield group
                group = {}
            group[name] = file
        if group:
            yield group


def _sent(hub: HubRepo, plan: _Plan, report: PushReport, state: RepoState | None) -> PushReport:
    """Send what is new and commit it; stop as soon as others can see a repository that was to be private."""
    private = report.private
    if state is None:
        hub.create(private=private)
        state = _looked(hub)
        if private and not state.private:
            return replace(report, private=False, exposed=_WAS_MADE_PUBLIC)
    report, additions = replace(report, kept=plan.kept), list[Addition]()
    if not plan.new and not plan.removed:
        return replace(report, private=state.private, revision=state.revision)
    with progress("push, sending", sum(file.size for file in plan.new.values()), "bytes") as work:
        for group in plan.groups():
            if private and not _looked(hub).private:
                return replace(report, private=False, exposed=_BEFORE_COMMIT)
            additions += hub.upload({name: file.path for name, file in group.items()})
            report = replace(report, sent=(*report.sent, *group))
            work.advance(sum(file.size for file in group.values()))
    if private and not _looked(hub).private:
        return replace(report, private=False, exposed=_BEFORE_COMMIT)
    message = f"{report.title}: {report.sha256}"
    revision = hub.commit(additions, plan.removed, message, parent=state.revision)
    report = replace(report, revision=revision, removed=plan.removed, private=_looked(hub).private)
    return replace(report, exposed=_AFTER_COMMIT) if private and not report.private else report


def _looked(hub: HubRepo) -> RepoState:
    """Return what the repository is now.

    Raises:
        HubError: it is gone.
    """
    state = hub.state()
    if state is None:
        raise HubError(
            f"{hub.repo} is gone, or its name was changed, while it was pushed to. Look at {hub.address}."
        )
    return state


def _tagged(hub: HubRepo, material: Material, revision: str) -> str:
    """Give the commit the tag of its version, unless there is one."""
    tag = f"v{material.version}"
    if tag not in hub.tags():
        hub.tag(tag, revision)
    return tag
