"""Pushing to a Hub on this machine: who may see it, what goes up, and what a bad day leaves behind."""

import fcntl
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import datasets
import mlcroissant
import pyarrow.parquet as pq
import pytest
from hub_server import TOKEN, Hub, HubServer, running_server
from published_with import publish, restricted
from warm_python import WarmPython

from fer_data.errors import OutputError
from fer_data.model.files import Model, save_model
from fer_data.model.input_contract import InputContract
from fer_data.model.senet import SENet50
from fer_data.params.document import load_params
from fer_data.publish import PublishInputs
from fer_data.push.staging import check_room
from fer_data.shell.files.sealed import sealed
from fer_data.versions.file import VERSIONS_FILE, read_versions, write_versions
from fer_data.versions.records import Push, VersionEntry, Versions

ROOT = Path(__file__).parents[2]
REPO = "lab/faces-32"
QUICK = """
import sys
import huggingface_hub.utils._http as http
http.time.sleep = lambda _: None
import fer_data.push.pushing as pushing
pushing._GROUP_FILES = int(sys.argv.pop(1))
from fer_data.commands.app import main
main()
"""
"""The command, without waiting before it tries again, and with groups of so many files."""


MODULES = (
    "cv2", "datasets", "fer_data.commands.app", "fer_data.commands.documents", "fer_data.params.document",
    "fer_data.push.pushing", "huggingface_hub.hf_api", "pyarrow.parquet", "safetensors", "yaml",
)  # fmt: skip
"""What the command works with."""


@pytest.fixture(scope="module")
def server() -> Iterator[HubServer]:
    """Yield where the Hubs of all tests answer: huggingface_hub reads the address when it is imported."""
    with running_server() as running:
        yield running


@pytest.fixture(scope="module")
def warm(server: HubServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WarmPython]:
    """Yield what starts programs that have imported huggingface_hub, and all variables but a token."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "HUGGING"))}
    home = str(tmp_path_factory.mktemp("hf-home"))
    own = {"HF_ENDPOINT": server.address, "HF_HUB_DISABLE_XET": "1", "HF_HOME": home}
    python = WarmPython(MODULES, kept | own)
    yield python
    python.close()


@pytest.fixture
def hub(server: HubServer, warm: WarmPython) -> Hub:
    """Return a Hub of its own for every test."""
    begun = server.begin()
    begun.clients = warm
    return begun


@pytest.fixture(scope="session")
def closed(publish_inputs: PublishInputs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a published dataset that is restricted; tests must not write to it."""
    output = tmp_path_factory.mktemp("closed") / "32"
    publish(publish_inputs, output, resolution=32, params=restricted(load_params(ROOT / "params.yaml")))
    return output


def command(hub: Hub, *arguments: object, token: str | None, group: int) -> tuple[list[str], dict[str, str]]:
    """Return the words behind `python` of a push, and its variables."""
    assert hub.clients is not None
    environment = hub.clients.variables | ({} if token is None else {"HF_TOKEN": token})
    return ["-c", QUICK, str(group), "push", *map(str, arguments)], environment


def push(
    hub: Hub, *arguments: object, token: str | None = TOKEN, group: int = 64
) -> subprocess.CompletedProcess[str]:
    """Run `fer-data push` to its end."""
    words, environment = command(hub, *arguments, token=token, group=group)
    assert hub.clients is not None
    return hub.clients.run(*words, env=environment)


def push_anew(hub: Hub, *arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run it as a user does, in a Python that begins with it."""
    words, environment = command(hub, *arguments, token=TOKEN, group=64)
    line = [sys.executable, *words]
    return subprocess.run(
        line, env=environment, check=False, capture_output=True, text=True, cwd=ROOT, **options
    )


def refused(done: subprocess.CompletedProcess[str], said: str) -> str:
    """Hold what a refusal is: exit code 2, one line, no token in it; return the line."""
    assert (done.returncode, done.stdout) == (2, ""), done
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert TOKEN not in line
    assert re.search(said, line), line
    return line


def copy_of(folder: Path, tmp_path: Path) -> Path:
    """Return a copy that a test may write beside."""
    return Path(shutil.copytree(folder, tmp_path / "published" / folder.name))


def uploads(hub: Hub) -> list[str]:
    """Return the requests that sent something."""
    return [one for one in hub.requests if one.startswith("PUT") or "/commit/" in one]


def test_a_push_makes_a_private_repository_that_the_hub_can_show(
    hub: Hub, published: Path, tmp_path: Path
) -> None:
    """Parquet of every split, the documents, one commit that names version and hash; nothing stays here."""
    dataset = copy_of(published, tmp_path)
    before = {path: path.read_bytes() for path in dataset.rglob("*") if path.is_file()}
    done = push_anew(hub, dataset, REPO)
    assert done.returncode == 0, done.stderr
    repo, stated = hub.repo(REPO), json.loads((dataset / "provenance.json").read_text("utf-8"))
    assert repo.private
    assert sorted(repo.files()) == [
        ".gitattributes", "LICENSE.md", "README.md", "balance.json", "croissant.json",
        *(f"data/{split}-00000-of-00001.parquet" for split in ("test", "train", "validation")),
        "faces.jpg", "labels.png", "provenance.json", "rows.parquet",
    ]  # fmt: skip
    message, _ = repo.commits[repo.head]
    assert message == f"fer-data-sample 0.1.0, 32 px: {stated['dataset_sha256']}"
    assert len(repo.commits) == 2  # the Hub's own first one, and ours
    assert not repo.tags
    assert "not released" in done.stdout
    assert {path: path.read_bytes() for path in dataset.rglob("*") if path.is_file()} == before
    assert [path.name for path in dataset.parent.iterdir()] == ["32"]


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")  # in mlcroissant
@pytest.mark.filterwarnings("ignore:The inplace keyword in DataFrame.reset_index")
def test_the_repository_describes_its_parquet(hub: Hub, published: Path, tmp_path: Path) -> None:
    """What mlcroissant reads by its Croissant file is what was pushed, pictures and every row of the task included."""
    assert push(hub, copy_of(published, tmp_path), REPO).returncode == 0
    for name, data in hub.repo(REPO).files().items():
        (tmp_path / "repo" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "repo" / name).write_bytes(data)
    described = mlcroissant.Dataset(jsonld=tmp_path / "repo/croissant.json")
    assert described.metadata.ctx.issues.report() == ""
    table = pq.read_table(tmp_path / "repo/data/validation-00000-of-00001.parquet")
    pictures = [record["validation/image"].fp.getvalue() for record in described.records("validation")]
    assert pictures == [image["bytes"] for image in table["image"].to_pylist()]
    assert len(list(described.records("rows"))) == len(pq.read_table(tmp_path / "repo/rows.parquet"))


READ = """
import json, sys
import datasets
pushed, known = datasets.load_dataset(sys.argv[1]), datasets.load_from_disk(sys.argv[2])
assert list(pushed) == list(known)
for split in known:
    assert pushed[split].features == known[split].features
    pairs = zip(pushed[split].with_format("arrow").iter(64), known[split].with_format("arrow").iter(64), strict=True)
    for mine, other in pairs:
        assert repr(mine.to_pylist()) == repr(other.to_pylist())
print(sum(map(len, pushed.values())))
"""


def test_datasets_loads_the_repository_as_the_folder(hub: Hub, published: Path, tmp_path: Path) -> None:
    """Another process reads every row, value, picture and feature of `load_from_disk` by the name of the repository."""
    assert push(hub, copy_of(published, tmp_path), REPO).returncode == 0
    assert hub.clients is not None
    read = hub.clients.run("-c", READ, REPO, str(published), env=hub.clients.variables | {"HF_TOKEN": TOKEN})
    assert read.returncode == 0, read.stderr
    assert int(read.stdout) == sum(map(len, datasets.load_from_disk(str(published)).values()))


def test_the_card_names_the_repository(hub: Hub, published: Path, tmp_path: Path) -> None:
    """Its program loads what was pushed, and its front matter names the Parquet files."""
    assert push(hub, copy_of(published, tmp_path), REPO).returncode == 0
    card = hub.repo(REPO).files()["README.md"].decode()
    assert f'load_dataset("{REPO}")' in card
    assert "load_from_disk(" not in card
    assert "open_dataset" not in card
    assert "path: data/train-*.parquet" in card
    assert ".arrow" not in card.split("---")[1]


def test_a_public_repository_gets_nothing_restricted(hub: Hub, closed: Path, tmp_path: Path) -> None:
    """One that is there is refused before anything is staged or sent."""
    dataset = copy_of(closed, tmp_path)
    hub.add(REPO, private=False)
    refused(
        push(hub, dataset, REPO), r"REPO \(lab/faces-32\) is public, and \S+ is restricted: .* Name a private"
    )
    assert uploads(hub) == []
    assert [path.name for path in dataset.parent.iterdir()] == ["32"]


def test_restricted_data_cannot_be_asked_to_be_public(hub: Hub, closed: Path) -> None:
    """The Hub is not even asked."""
    refused(push(hub, closed, REPO, "--public"), "is restricted and must not be public: .*without --public")
    assert hub.requests == []


def test_open_data_are_public_only_when_asked(hub: Hub, published: Path, tmp_path: Path) -> None:
    """A new repository by `--public`; one that is there and public wants the word, and a private one stays it."""
    dataset = copy_of(published, tmp_path)
    assert push(hub, dataset, "lab/open", "--public").returncode == 0
    assert not hub.repo("lab/open").private
    hub.add("lab/seen", private=False)
    refused(push(hub, dataset, "lab/seen"), "is public, and --public was not given")
    hub.add("lab/unseen", private=True)
    refused(push(hub, dataset, "lab/unseen", "--public"), "is there and private")


def test_a_repository_that_becomes_public_stops_the_push(hub: Hub, closed: Path, tmp_path: Path) -> None:
    """Between two groups: exit code 1, no commit, the names of what was sent; made private again it goes on."""
    dataset = copy_of(closed, tmp_path)
    hub.public_after = 2
    done = push(hub, dataset, REPO, group=1)
    assert done.returncode == 1
    assert "is PUBLIC. It became public meanwhile. No commit shows what was sent." in done.stdout
    sent = re.findall(r"^  (data/\S+)$", done.stdout, re.MULTILINE)
    assert sent == ["data/train-00000-of-00001.parquet", "data/validation-00000-of-00001.parquet"]
    assert f"/datasets/{REPO}/settings" in done.stdout
    assert list(hub.repo(REPO).files()) == [".gitattributes"]
    hub.public_after, hub.repo(REPO).private = None, True
    before = list(hub.uploads)
    assert push(hub, dataset, REPO, group=1).returncode == 0
    assert not set(before) & set(hub.uploads[len(before) :])


def test_a_repository_that_becomes_public_with_the_commit_is_told(
    hub: Hub, closed: Path, tmp_path: Path
) -> None:
    """After the last commit it is looked at once more; the commit and its files are named."""
    dataset, hub.public_on_commit = copy_of(closed, tmp_path), True
    versions = released(dataset)
    done = push(hub, dataset, REPO, "--json")
    report = json.loads(done.stdout)
    assert done.returncode == 1
    assert report["exposed"].startswith("It became public meanwhile, and everyone can see")
    assert (report["private"], report["revision"]) == (False, hub.repo(REPO).head)
    assert "provenance.json" in report["sent"]
    (pushed,) = read_versions(versions).entries[0].pushed
    assert (pushed.revision, pushed.private) == (hub.repo(REPO).head, False)
    assert hub.repo(REPO).tags == {}


def test_a_hub_that_makes_it_public_all_the_same_gets_nothing(hub: Hub, closed: Path, tmp_path: Path) -> None:
    """What was asked for is not believed: the new repository is looked at."""
    hub.creates_public = True
    done = push(hub, copy_of(closed, tmp_path), REPO)
    assert done.returncode == 1
    assert "Nothing was sent" in done.stdout
    assert uploads(hub) == []


def test_a_dropped_connection_is_tried_again(hub: Hub, published: Path, tmp_path: Path) -> None:
    """Once costs nothing."""
    hub.drop_uploads, hub.upload_first = 1, 1
    done = push(hub, copy_of(published, tmp_path), REPO)
    assert done.returncode == 0, done.stderr


def test_a_stopped_upload_goes_on(hub: Hub, published: Path, tmp_path: Path) -> None:
    """What the Hub has is not sent again, what is staged is not written again, and no half of it is ever seen."""
    dataset = copy_of(published, tmp_path)
    hub.drop_uploads, hub.upload_first = 6, 2
    refused(
        push(hub, dataset, REPO, group=1), r"REPO \(lab/faces-32\): an upload ended: .*Run the command again"
    )
    staged = dataset.parent / ".32.push.tmp"
    first = list(hub.uploads)
    assert len(first) == 2
    assert len(list((staged / "repo" / "data").iterdir())) == 3
    assert json.loads((staged / "staged.json").read_text("utf-8"))["checked"] is True
    assert list(hub.repo(REPO).files()) == [".gitattributes"]
    hub.drop_uploads = 0
    assert push(hub, dataset, REPO, group=1).returncode == 0
    assert not set(first) & set(hub.uploads[2:])
    assert len(hub.repo(REPO).files()) == 12
    assert not staged.exists()


def test_staged_parquet_is_kept_by_its_hash(hub: Hub, published: Path, tmp_path: Path) -> None:
    """After a stop a whole file stays as it is, and a damaged one is written anew."""
    dataset = copy_of(published, tmp_path)
    hub.drop_uploads = 6
    refused(push(hub, dataset, REPO, group=1), "an upload ended")
    data = dataset.parent / ".32.push.tmp" / "repo" / "data"
    whole, damaged = data / "train-00000-of-00001.parquet", data / "test-00000-of-00001.parquet"
    intact, written = damaged.read_bytes(), whole.stat().st_mtime_ns
    damaged.write_bytes(intact[:-9] + b"x" + intact[-8:])
    hub.drop_uploads = 6
    refused(push(hub, dataset, REPO, group=1), "an upload ended")
    assert whole.stat().st_mtime_ns == written
    assert damaged.read_bytes() == intact


def test_a_second_push_sends_nothing(hub: Hub, published: Path, tmp_path: Path) -> None:
    """All is there; a card that was changed on the Hub stays as it is."""
    dataset = copy_of(published, tmp_path)
    assert push(hub, dataset, REPO).returncode == 0
    repo = hub.repo(REPO)
    repo.commit("by hand", {**repo.files(), "README.md": b"---\nlicense: other\n---\nMine.\n"})
    before, head = list(hub.uploads), repo.head
    done = push(hub, dataset, REPO)
    assert (done.returncode, hub.uploads, repo.head) == (0, before, head)
    assert "were there already" in done.stdout


@pytest.mark.parametrize(
    ("token", "said"),
    [
        (None, "No token of the Hugging Face Hub is set here. Run `hf auth login`, or set HF_TOKEN"),
        ("hf_wrong", "The Hub does not know the token that is set here"),
        ("hf_wrong two", "has blanks or letters that no token has"),
    ],
    ids=["none", "wrong", "broken"],
)
def test_without_the_right_token_nothing_is_staged(
    hub: Hub, published: Path, tmp_path: Path, token: str | None, said: str
) -> None:
    """The token itself is never printed."""
    dataset = copy_of(published, tmp_path)
    assert "hf_wrong" not in refused(push(hub, dataset, REPO, token=token), said)
    assert [path.name for path in dataset.parent.iterdir() if path.name.startswith(".")] == []


def test_a_token_that_may_only_read_is_refused(hub: Hub, published: Path, tmp_path: Path) -> None:
    """It may not make a repository, nor see that a private one is there."""
    hub.readers.add("hf_reader")
    dataset = copy_of(published, tmp_path)
    refused(push(hub, dataset, REPO, token="hf_reader"), "may not write to lab/faces-32")


@pytest.mark.parametrize(
    "repo", ["faces", "lab/a/b", "lab/", "/faces", "lab/fa ces", "lab/a--b", "-lab/a", "lab/x.git", "../a"]
)
def test_a_name_that_no_repository_has_is_refused(hub: Hub, published: Path, repo: str) -> None:
    """Before the Hub is asked."""
    refused(push(hub, published, "--", repo), r"REPO \(.*\) must be OWNER/NAME")
    assert hub.requests == []


def test_a_full_storage_of_the_hub_is_named(hub: Hub, published: Path, tmp_path: Path) -> None:
    """In its own words, with its code."""
    hub.full = True
    refused(
        push(hub, copy_of(published, tmp_path), REPO), r"the Hub refuses \(storage limit reached, HTTP 413\)"
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["ctrl-c", "killed"])
def test_a_push_that_is_stopped_goes_on(hub: Hub, published: Path, tmp_path: Path, number: int) -> None:
    """While files are sent: Ctrl-C says what stays, and even after a kill the next run ends well."""
    dataset, hub.slow = copy_of(published, tmp_path), 0.5
    words, environment = command(hub, dataset, REPO, token=TOKEN, group=1)
    assert hub.clients is not None
    with hub.clients.started(*words, env=environment) as running:
        for _ in range(6000):
            if uploads(hub) or running.poll() is not None:
                break
            time.sleep(0.01)
        running.send_signal(number)
        _, errors = running.communicate()
    assert list(hub.repo(REPO).files()) == [".gitattributes"]
    if number == signal.SIGINT:
        assert running.returncode == 130
        assert re.fullmatch(
            r"interrupted: push, .* What is staged stays in \S+ and .* from there\.\n", errors
        )
    hub.slow = 0
    assert push(hub, dataset, REPO).returncode == 0
    assert len(hub.repo(REPO).files()) == 12
    assert not (dataset.parent / ".32.push.tmp").exists()


def test_a_full_disk_is_told_before_and_while_files_are_staged(
    hub: Hub, published: Path, tmp_path: Path
) -> None:
    """One line; what is whole stays for the next try, and nothing half-written is taken for it."""
    dataset = copy_of(published, tmp_path)
    small = 20_000
    assert (dataset / "train" / "data-00000-of-00001.arrow").stat().st_size > small

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (small, small))

    refused(push_anew(hub, dataset, REPO, preexec_fn=limit), "Make room or allow it, then run it again")
    assert list((dataset.parent / ".32.push.tmp" / "repo").rglob("*.parquet")) == []
    assert uploads(hub) == []
    assert push(hub, dataset, REPO).returncode == 0


def test_too_little_room_is_told_at_once(tmp_path: Path) -> None:
    """Before hours of writing."""
    with pytest.raises(
        OutputError, match=r"GB free; 1,000,000\.00 GB are needed. Make room there, or push a copy"
    ):
        check_room(tmp_path, 10**15)


def restated(dataset: Path, **changes: Any) -> Path:
    """Change what the provenance of a copy says, and seal it again."""
    path = dataset / "provenance.json"
    path.write_text(json.dumps(sealed({**json.loads(path.read_text("utf-8")), **changes})), encoding="utf-8")
    return dataset


@pytest.mark.parametrize(
    ("there", "said"),
    [
        ({"README.md": b"---\n---\nMine.\n"}, "holds README.md, which `fer-data push` did not put there"),
        ({"provenance.json": b"{"}, "holds a provenance.json that cannot be read"),
        ({"name": "other"}, "holds other 0.1.0 at 32 px, not fer-data-sample at 32 px"),
        ({"resolution": 64}, "holds fer-data-sample 0.1.0 at 64 px, not"),
        ({"version": "0.2.0"}, "holds fer-data-sample 0.2.0 at 32 px, which is newer than 0.1.0"),
        ({}, "holds fer-data-sample 0.1.0 at 32 px with other content"),
    ],
    ids=["a user's", "no record", "another", "another size", "newer", "same version"],
)
def test_what_is_there_is_never_replaced_unasked(
    hub: Hub, published: Path, tmp_path: Path, there: dict[str, Any], said: str
) -> None:
    """Only an older version of the same dataset is."""
    files = there
    if not any("." in name for name in there):
        stated = {"name": "fer-data-sample", "version": "0.1.0", "resolution": 32, "dataset_sha256": "0" * 64}
        files = {"provenance.json": json.dumps({**stated, **there}).encode()}
    hub.add(REPO, private=True, files=files)
    refused(push(hub, copy_of(published, tmp_path), REPO), said)
    assert uploads(hub) == []


def test_a_newer_version_takes_the_place_of_an_older(hub: Hub, published: Path, tmp_path: Path) -> None:
    """In one commit, in which shards that are gone go; a user's own files stay."""
    old = {"name": "fer-data-sample", "version": "0.0.9", "resolution": 32, "dataset_sha256": "0" * 64}
    files = {
        "provenance.json": json.dumps(old).encode(),
        "data/train-00000-of-00002.parquet": b"old",
        "data/train-00001-of-00002.parquet": b"old",
        "notes.md": b"mine",
    }
    hub.add(REPO, private=True, files=files)
    done = push(hub, copy_of(published, tmp_path), REPO, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["removed"] == [f"data/train-0000{i}-of-00002.parquet" for i in (0, 1)]
    now = hub.repo(REPO).files()
    assert now["notes.md"] == b"mine"
    assert [name for name in now if "of-00002" in name] == []
    assert "data/train-00000-of-00001.parquet" in now


def test_a_change_by_somebody_else_is_not_lost(hub: Hub, published: Path, tmp_path: Path) -> None:
    """The commit is made on what was looked at, and on nothing else."""
    dataset = copy_of(published, tmp_path)
    hub.drop_uploads, hub.upload_first = 6, 1
    refused(push(hub, dataset, REPO, group=1), "an upload ended")
    hub.drop_uploads = 0
    hub.repo(REPO).commit("theirs", {"theirs.md": b"x"})
    refused(push(hub, dataset, REPO), "holds theirs.md")


def test_a_draft_is_private_alone(hub: Hub, published: Path, tmp_path: Path) -> None:
    """Its content may change under the same number."""
    dataset = restated(copy_of(published, tmp_path), version="0.2.0.dev1")
    refused(push(hub, dataset, REPO, "--public"), r"is a draft \(0.2.0.dev1\) and must not be public")
    assert push(hub, dataset, REPO).returncode == 0


def released(dataset: Path, **changes: Any) -> Path:
    """Make the folder above a dataset a project that released its version, and return its VERSIONS.json."""
    stated = json.loads((dataset / "provenance.json").read_text("utf-8"))
    one = {"dataset_sha256": stated["dataset_sha256"], "bytes": 1, "splits": {}}
    entry = {
        "name": stated["name"], "version": stated["version"], "git_revision": None, "fer_data": "0.1.0",
        "resolutions": {"32": one}, "since": None, "params": {}, "params_changed": {}, "code": {},
        "code_changed": [], "withdrawn": [], "pushed": [], **changes,
    }  # fmt: skip
    project = dataset.parents[1]
    (project / "dvc.yaml").write_text("stages: {}\n", encoding="utf-8")
    write_versions(project / VERSIONS_FILE, Versions().with_entry(VersionEntry.model_validate(entry)))
    return project / VERSIONS_FILE


def test_a_released_version_is_tagged_and_noted_down(hub: Hub, published: Path, tmp_path: Path) -> None:
    """Its commit gets `v0.1.0`, and VERSIONS.json says where it is; once, however often it is pushed."""
    dataset = copy_of(published, tmp_path)
    versions = released(dataset)
    for _ in range(2):
        done = push(hub, dataset, REPO)
        assert done.returncode == 0, done.stderr
    repo = hub.repo(REPO)
    assert repo.tags == {"v0.1.0": repo.head}
    (entry,) = read_versions(versions).entries
    assert entry.pushed == [Push(repo=REPO, resolution=32, revision=repo.head, private=True)]
    assert "tag v0.1.0" in done.stdout


def test_a_version_that_was_taken_back_is_not_pushed(hub: Hub, published: Path, tmp_path: Path) -> None:
    """People who left are in it."""
    dataset = copy_of(published, tmp_path)
    gone = {"source": "sample", "people": 2, "rows": 9, "reason": "withdrawal"}
    released(dataset, withdrawn=[gone])
    refused(push(hub, dataset, REPO), "is version 0.1.0, from which 2 people were taken back since")
    assert hub.requests == []


def test_other_content_than_was_released_is_not_pushed(hub: Hub, published: Path, tmp_path: Path) -> None:
    """A version is one content."""
    dataset = copy_of(published, tmp_path)
    released(dataset, resolutions={"32": {"dataset_sha256": "0" * 64, "bytes": 1, "splits": {}}})
    refused(
        push(hub, dataset, REPO),
        "is version 0.1.0 with other content at 32 px than the one that was released",
    )


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a stored model that states no licence, as earlier versions did; tests must not write to it."""
    network = SENet50(2, base_width=16).eval()
    folder = tmp_path_factory.mktemp("models") / "senet50"
    data = {"name": "faces", "version": "0.1.0", "resolution": 128}
    save_model(
        folder, Model(network, ("Neutral", "Anger"), InputContract(64, "similarity", 0.2), {"data": data})
    )
    return folder


def test_a_model_is_pushed_under_the_same_rules(hub: Hub, model: Path, tmp_path: Path) -> None:
    """To a repository for models; without a licence it is restricted."""
    folder = copy_of(model, tmp_path)
    refused(
        push(hub, folder, "lab/net", "--public"), "is restricted and must not be public: It states no licence"
    )
    done = push(hub, folder, "lab/net")
    assert done.returncode == 0, done.stderr
    files = hub.repo("lab/net", "models").files()
    assert files["model.safetensors"] == (model / "model.safetensors").read_bytes()
    assert sorted(files) == [".gitattributes", "model.json", "model.safetensors"]
    assert push(hub, folder, "lab/net").returncode == 0


def test_weights_that_were_altered_are_not_pushed(hub: Hub, model: Path, tmp_path: Path) -> None:
    """`model.json` states their hash."""
    folder = copy_of(model, tmp_path)
    with (folder / "model.safetensors").open("ab") as file:
        file.write(b"x")
    refused(push(hub, folder, "lab/net"), "was altered or damaged: model.json states another hash")
    assert uploads(hub) == []


def test_damage_is_found_before_anything_is_sent(hub: Hub, published: Path, tmp_path: Path) -> None:
    """Content that is not what provenance states never leaves, whoever sealed it."""
    dataset = copy_of(published, tmp_path)
    stated = json.loads((dataset / "provenance.json").read_text("utf-8"))
    restated(dataset, splits={**stated["splits"], "train": "0" * 64})
    refused(push(hub, dataset, REPO), "split train holds other values or pixels than provenance.json states")
    assert uploads(hub) == []
    assert ("datasets", REPO) not in hub.repos


def test_two_pushes_of_a_folder_do_not_mix(hub: Hub, published: Path, tmp_path: Path) -> None:
    """The second is told to wait."""
    dataset = copy_of(published, tmp_path)
    staging = dataset.parent / ".32.push.tmp"
    staging.mkdir()
    with (staging / "lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        refused(push(hub, dataset, REPO), "is used by another push of the same folder")


def test_a_link_in_the_place_of_the_staging_folder_is_not_followed(
    hub: Hub, published: Path, tmp_path: Path
) -> None:
    """What it leads to is not touched."""
    dataset = copy_of(published, tmp_path)
    (tmp_path / "precious").mkdir()
    (dataset.parent / ".32.push.tmp").symlink_to(tmp_path / "precious")
    refused(push(hub, dataset, REPO), "where files are staged, cannot be written: a link or a file is there")
    assert list((tmp_path / "precious").iterdir()) == []


@pytest.mark.parametrize("what", ["missing", "file", "empty"])
def test_what_is_no_dataset_is_refused(hub: Hub, tmp_path: Path, what: str) -> None:
    """With what it is, and what to name."""
    path = tmp_path / "x"
    if what == "file":
        path.write_text("x", encoding="utf-8")
    elif what == "empty":
        path.mkdir()
    refused(push(hub, path, REPO), r"PATH \(\S+\) must be a published dataset, but")
