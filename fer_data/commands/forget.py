"""`fer-data forget`: a participant withdraws, or a corpus' licence ends."""

import os
import shlex
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fer_data.commands.as_json import AsJson, print_json
from fer_data.commands.writing import SourceName
from fer_data.shell.shown import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fer_data.dvc.tracked import TrackedFiles
    from fer_data.forget import Forgetting
    from fer_data.forget.stage import Plan

__all__ = ["forget"]

_SHOWN = 12


def forget(
    subjects: Annotated[
        list[str] | None,
        typer.Argument(help="People, by their names in the corpus, without the source's prefix."),
    ] = None,
    corpus: Annotated[
        str | None, typer.Option("--corpus", help="Everybody of this source instead, as when a licence ends.")
    ] = None,
    source: SourceName = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="List everything that holds them, with sizes, and change nothing."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Exclude people of a source, rebuild the data without them, and remove them from checkout, cache and resume store.

    Videos are not decoded again where the resume store has them. Git's history, remotes, the Hub, other clones and
    models are named, with what to do about them. An interrupted run goes on when the same command is given again.
    """
    from fer_data.errors import ParamsError
    from fer_data.forget import plan_forgetting

    if bool(subjects) == bool(corpus) or (corpus and source not in (None, corpus)):
        raise ParamsError("Give SUBJECT... and --source NAME, or --corpus NAME for all of one source.")
    found = plan_forgetting(Path.cwd(), corpus or source, subjects or [])
    found.see_history()
    if not as_json:
        _print(_planned(found))
    if dry_run:
        if as_json:
            print_json(_document(found, found.plan, done=False))
        return
    _ask(yes=yes, as_json=as_json)
    found.rebuild()
    found.remove()
    left = found.prove()
    if as_json:
        print_json(_document(found, left, done=True))
    else:
        _print([*_proof(found, left), *_to_do(found)])
    if left.hits:
        raise typer.Exit(1)


def _ask(*, yes: bool, as_json: bool) -> None:
    from fer_data.errors import ParamsError

    if yes:
        return
    import sys

    if as_json or not sys.stdin.isatty():
        raise ParamsError("--yes is missing: nobody is here to be asked. See what goes with --dry-run first.")
    if not typer.confirm("Exclude them, rebuild, and remove all of this for good?"):
        raise typer.Exit(2)


def _print(lines: "Iterable[str]") -> None:
    for line in lines:
        typer.echo(printable(line))


def _size(count: int) -> str:
    return (
        f"{count / 1e9:.2f} GB"
        if count >= 1e9
        else f"{count / 1e6:.2f} MB"
        if count >= 1e5
        else f"{count:,} bytes"
    )


def _planned(found: "Forgetting") -> "Iterator[str]":
    """Yield what holds the people, with sizes, and what would be done."""
    from fer_data.forget.stage import uncommitted_params

    plan, people = found.plan, found.people
    whom = (
        f"all {len(people.subjects):,} subjects" if people.everybody else ", ".join(sorted(people.subjects))
    )
    yield f"{whom} of sources.{people.source}: {plan.searched:,} files searched, {plan.hits:,} hold them"
    yield from _list(
        "DVC's cache", [(str(one.path), one.how, one.size) for one in plan.objects.values()], found.root
    )
    yield from _list("DVC's run cache", [(str(one.path), one.how, one.size) for one in plan.runs], found.root)
    store = [(f"{e.about.get('video_id', e.key[:12])} ({e.about.get('kind', 'result')})", h.how, e.size_bytes)
             for e, h in plan.entries]  # fmt: skip
    yield from _list(f"resume store ({found.places.store})", store, found.root)
    for title, places in (("outs of stages", plan.outs), ("outputs of commands", plan.outputs)):
        rows = [
            (str(path), f"{len(held)} files: {held[0].how}", sum(f.size for f in held))
            for path, held in places.items()
        ]
        yield from _list(title, rows, found.root)
    yield from _list("yours, not removed", [(str(f.path), f.how, f.size) for f in plan.others], found.root)
    for one in found.hand_files:
        yield f"{one.path.name}: {_lines(one.removed)} removed, {_lines(one.kept)} kept (who else is in the video)"
    if found.other_names:
        yield f"note: dataset.same_person has other names of theirs, which stay: {_names(found)}."
    for link in found.places.linked():
        yield f"note: {link.relative_to(found.root)} is a link to {link.resolve()}, which is not searched."
    yield from (f"note: {line}" for line in _other_projects(found))
    if uncommitted_params(found.root):
        yield "note: params.yaml has changes that are not committed; the rebuild follows them too."
    if not found.places.own_cache and plan.objects:
        yield from _foreign_cache(found)


def _other_projects(found: "Forgetting") -> "Iterator[str]":
    """Yield which other projects and repositories in the checkout hold them, and what to do there."""
    from fer_data.dvc.tracked import is_project

    inside = Counter(found.places.other_project(one.path) for one in found.plan.others)
    for folder, count in inside.items():
        if folder is None:
            continue
        name = folder.relative_to(found.root)
        kind, remedy = "repository", "remove them there yourself"
        if is_project(folder):
            kind, remedy = "project", "run the same command there"
        yield f"{name} is a {kind} of its own, of which nothing is removed: {count:,} of its files hold them; {remedy}"


def _names(found: "Forgetting") -> str:
    more = f" and {len(found.other_names) - _SHOWN:,} more" if len(found.other_names) > _SHOWN else ""
    return ", ".join(found.other_names[:_SHOWN]) + more


def _lines(numbers: "Iterable[int]") -> str:
    listed = list(numbers)
    return f"lines {', '.join(map(str, listed))}" if listed else "no line"


def _list(title: str, rows: "list[tuple[str, str, int]]", root: Path) -> "Iterator[str]":
    if not rows:
        return
    yield f"{title}: {len(rows):,}, {_size(sum(size for *_, size in rows))}"
    for path, how, size in rows[:_SHOWN]:
        yield f"  {path.removeprefix(f'{root}/')}  {how}  {_size(size)}"
    if len(rows) > _SHOWN:
        yield f"  and {len(rows) - _SHOWN:,} more (--json lists them)"


def _foreign_cache(found: "Forgetting") -> "Iterator[str]":
    yield (
        f"note: DVC's cache ({found.places.cache}) lies outside the project, and others may use it: its "
        f"{len(found.plan.objects):,} objects stay. When nobody else needs them, remove them yourself:"
    )
    yield from (
        f"  rm -f {shlex.quote(str(one.path))}" for one in (*found.plan.objects.values(), *found.plan.runs)
    )


def _proof(found: "Forgetting", left: "Plan") -> "Iterator[str]":
    """Yield what the last search found."""
    yield f"removed: {_removed(found)}"
    yield f"searched {left.searched:,} files, {left.hits:,} hits"
    held = [
        *left.objects.values(),
        *left.runs,
        *(f for h in (*left.outs.values(), *left.outputs.values()) for f in h),
    ]
    yield from _list("still there", [(str(f.path), f.how, f.size) for f in (*held, *left.others)], found.root)
    yield from (f"  {e.about.get('video_id')} in the resume store: {h.how}" for e, h in left.entries)
    yield "named so that they stay excluded: params.yaml, dvc.lock, and the run cache of such runs"
    if found.linked:
        yield (
            f"note: {len(found.linked)} removed objects live on under another name on this file system, by a hard link "
            f"that nobody here knows: `find / -xdev -samefile` on a copy, or look where you linked them."
        )


def _removed(found: "Forgetting") -> str:
    plan, own = found.plan, found.places.own_cache
    objects = list(plan.objects.values()) if own else []
    counts = {
        "cache objects": len(objects),
        "runs": len(plan.runs) if own else 0,
        "store entries": len(plan.entries),
        "outs": len(plan.outs),
        "outputs": len(plan.outputs),
    }
    size = sum(one.size for one in objects) + sum(entry.size_bytes for entry, _ in plan.entries)
    return f"{', '.join(f'{count:,} {name}' for name, count in counts.items() if count) or 'nothing'}; {_size(size)}"


def _to_do(found: "Forgetting") -> "Iterator[str]":
    """Yield what a person must do, with commands."""
    yield "what is left to do:"
    yield "  dvc repro    # trains and evaluates without them"
    if found.revisions is not None:
        yield from _commits(found)
    if found.other_names:
        yield f"  the same people, by dataset.same_person: {_names(found)}; whoever withdrew does so under every name"
    for corpus in found.places.corpora:
        yield f"  raw corpus {corpus}: remove their videos, labels and pictures there yourself"
    for model in found.plan.models:
        place = model.parent if model.name == "model.json" else model
        yield f"  model trained on them: {place}; train anew, then remove it"
    for link in found.places.linked():
        name = link.relative_to(found.root)
        yield f"  {name} is a link to {link.resolve()}, which was not searched: look there yourself"
    yield from (f"  {line}" for line in _other_projects(found))
    yield from _versions(found)
    yield from _remotes(found)
    yield from (
        f"  the Hub: {push.repo} ({'private' if push.private else 'public'}) has {version}, {push.resolution} px, "
        f"commit {push.revision[:12]}: delete the repository, since its older commits keep it"
        for version, push in found.pushes
    )
    yield "  other clones: git pull, then the same command there; the Hub: delete what was pushed of these versions"
    yield from _history(found)


def _commits(found: "Forgetting") -> "Iterator[str]":
    """Yield the commands that commit what is changed, in each repository that has some of it."""
    root = found.root
    written: dict[Path, list[str]] = {root: ["params.yaml", "dvc.lock", "metrics", "plots"]}
    for path in (Path(os.path.abspath(one.path)) for one in found.hand_files if one.removed):  # noqa: PTH100 - a link stays one
        if not _is_committed_from(root, path):
            yield f"  {path} lies outside of the repository, and is without their lines: commit that where it is kept"
            continue
        for folder, name in _within(found.places.tracked, path):
            if name not in written.setdefault(folder, []):
                written[folder].append(name)
    for folder, names in sorted(written.items(), key=lambda one: len(one[0].parts), reverse=True):
        at = "" if folder == root else f" -C {shlex.quote(os.path.relpath(folder, root))}"
        why = (
            "params.yaml and dvc.lock name them: keep it so" if folder == root else "before the project's own"
        )
        yield f"  git{at} add -A {shlex.join(names)}; git{at} commit    # {why}"


def _is_committed_from(root: Path, path: Path) -> bool:
    """Say whether a file lies below a folder, or beside it in the same repository."""
    from fer_data.dvc.git import repository_of

    return path.is_relative_to(root) or repository_of(path.parent) == repository_of(root)


def _within(tracked: "TrackedFiles", path: Path) -> "Iterator[tuple[Path, str]]":
    """Yield the repository of a file with its name there, and each around it that names a commit of the one within."""
    while True:
        folder = tracked.repository(path) if path.is_relative_to(tracked.root) else tracked.root
        yield folder, os.path.relpath(path, folder)
        if folder == tracked.root or not tracked.has(folder):
            return
        path = folder


def _versions(found: "Forgetting") -> "Iterator[str]":
    """Yield which versions and revisions held them and are no longer whole."""
    for one in found.plan.tainted:
        what = f"{one.name} {one.version}, {one.resolution} px ({one.dataset_sha256[:12]})"
        yield f"  {what} held {one.rows:,} rows of theirs, copies included"
    revisions = found.revisions or []
    for revision in revisions[:_SHOWN]:
        tags = f" ({', '.join(revision.tags)})" if revision.tags else ""
        commit, outs = revision.commit[:12], len(revision.outs)
        yield f"  git revision {commit}{tags} can no longer be checked out: {outs} outs lack files"
    if len(revisions) > _SHOWN:
        yield f"  and {len(revisions) - _SHOWN:,} more revisions (--json lists them)"


def _remotes(found: "Forgetting") -> "Iterator[str]":
    from fer_data.forget.stage import OBJECTS_FILE

    for remote in found.remotes:
        name = shlex.quote(remote.name)
        yield f"  DVC remote {remote.name} ({remote.url}): remove the objects that {OBJECTS_FILE} lists, or keep alone"
        yield f"    what this checkout has: dvc push --remote {name} && dvc gc --workspace --cloud --remote {name}"


def _history(found: "Forgetting") -> "Iterator[str]":
    traces = found.traces
    if traces is None:
        yield "  no git here: nothing to say of its history"
    elif traces.files:
        listed = ", ".join(f"{path} ({count})" for path, count in list(traces.files.items())[:_SHOWN])
        yield f"  git history names them in {traces.commits} commits: {listed}. It is left as it is."
    if traces is not None and traces.unsearched:
        yield (
            f"  git history was searched for {traces.searched} of their names, and not for {traces.unsearched:,} more: "
            "`git log --all -G NAME` searches for one"
        )
    for one in found.plan.tracked:
        yield f"  tracked by git: {one.path.relative_to(found.root)} {one.how}; change it yourself"


def _document(found: "Forgetting", left: "Plan", *, done: bool) -> dict[str, Any]:
    plan = found.plan
    files = [f for held in (*plan.outs.values(), *plan.outputs.values()) for f in held]
    return {
        "source": found.people.source,
        "subjects": len(found.people.subjects),
        "everybody": found.people.everybody,
        "done": done,
        "searched": left.searched,
        "hits": left.hits,
        "cache_objects": [
            {"md5": md5, "how": one.how, "bytes": one.size} for md5, one in plan.objects.items()
        ],
        "runs": len(plan.runs),
        "store_entries": [{"key": e.key, "how": h.how, "bytes": e.size_bytes} for e, h in plan.entries],
        "files": [{"path": str(f.path), "how": f.how, "bytes": f.size} for f in files],
        "others": [{"path": str(f.path), "how": f.how, "bytes": f.size} for f in plan.others],
        "tracked": [str(f.path) for f in plan.tracked],
        "datasets": [one.dataset_sha256 for one in plan.tainted],
        "models": [str(path) for path in plan.models],
        "revisions": None if found.revisions is None else [one.commit for one in found.revisions],
        "pushed": [{"version": version, **push.model_dump()} for version, push in found.pushes],
        "remotes": [one.name for one in found.remotes],
        "other_names": list(found.other_names),
        "linked": [str(path) for path in found.places.linked()],
        "cache_outside": not found.places.own_cache,
    }
