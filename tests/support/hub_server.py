"""A Hugging Face Hub on 127.0.0.1: the calls that `push` and `datasets.load_dataset` make, and faults of a real one.

Files go by LFS, as they did before Xet, whose storage nobody can stand in for: run clients with `HF_HUB_DISABLE_XET=1`.
"""

import base64
import hashlib
import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from warm_python import WarmPython

__all__ = ["TOKEN", "Hub", "HubServer", "Repo", "running_hub", "running_server"]

TOKEN = "hf_of_the_owner"
ATTRIBUTES = b"*.parquet filter=lfs diff=lfs merge=lfs -text\n"
_REPO = r"(?P<kind>datasets|models)/(?P<repo>[^/]+/[^/]+)"


@dataclass
class Repo:
    """A repository: commits by id, each with its message and files, and the tags."""

    private: bool
    commits: dict[str, tuple[str, dict[str, bytes]]] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    head: str = ""

    def commit(self, message: str, files: dict[str, bytes]) -> str:
        """Add a commit on the last one, and return its id."""
        body = json.dumps(
            [self.head, message, sorted((n, hashlib.sha256(b).hexdigest()) for n, b in files.items())]
        )
        self.head = hashlib.sha1(body.encode(), usedforsecurity=False).hexdigest()
        self.commits[self.head] = (message, files)
        return self.head

    def files(self, revision: str = "main") -> dict[str, bytes]:
        """Return the files of a commit, a tag or the last commit."""
        return self.commits[self.revision(revision)][1]

    def revision(self, name: str) -> str:
        """Return the id of a commit by it, by a tag or by `main`."""
        return self.head if name == "main" else self.tags.get(name, name)


@dataclass
class Hub:
    """What the server holds, what it was asked, and what it does wrong.

    Attributes:
        repos: by kind and name.
        blobs: what was uploaded, by SHA-256.
        uploads: SHA-256 of every upload, in their order; those that were cut off are not in it.
        requests: method and path of every request.
        drop_uploads: how many of the next uploads are cut off; with `upload_first` that many go well before.
        public_after: repositories become public after so many uploads.
        public_on_commit: they become public with the next commit.
        creates_public: `private` is not heard when one is made.
        full: the storage has no room.
        slow: seconds that each upload takes.
        clients: what starts programs that know its address.
    """

    address: str = ""
    repos: dict[tuple[str, str], Repo] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    uploads: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    readers: set[str] = field(default_factory=set)
    drop_uploads: int = 0
    upload_first: int = 0
    public_after: int | None = None
    public_on_commit: bool = False
    creates_public: bool = False
    full: bool = False
    slow: float = 0.0
    clients: WarmPython | None = None
    lock: Lock = field(default_factory=Lock)

    def repo(self, name: str, kind: str = "datasets") -> Repo:
        """Return a repository that is there."""
        return self.repos[kind, name]

    def add(
        self, name: str, *, private: bool, kind: str = "datasets", files: dict[str, bytes] | None = None
    ) -> Repo:
        """Make a repository, as somebody did on the web."""
        made = self.repos[kind, name] = Repo(private)
        made.commit("initial commit", {".gitattributes": ATTRIBUTES, **(files or {})})
        return made


class HubServer(ThreadingHTTPServer):
    """Answers for one Hub after another at one address, which clients may have read when they were imported."""

    def __init__(self) -> None:
        """Listen at a port that is free."""
        super().__init__(("127.0.0.1", 0), _Handler)
        self.hub = Hub()

    @property
    def address(self) -> str:
        """Return where it listens."""
        return f"http://127.0.0.1:{self.server_port}"

    def begin(self) -> Hub:
        """Return an empty Hub, which answers from now on; a request that is still under way stays with the last."""
        self.hub = Hub(self.address)
        return self.hub


@contextmanager
def running_server() -> Iterator[HubServer]:
    """Yield a server that ends with the block."""
    with HubServer() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def running_hub() -> Iterator[Hub]:
    """Yield a Hub that answers at its `address`, and ends with the block."""
    with running_server() as server:
        yield server.begin()


class _RefusedError(Exception):
    def __init__(self, status: int, said: str, code: str = "") -> None:
        super().__init__(said)
        self.status, self.said, self.code = status, said, code


class _Handler(BaseHTTPRequestHandler):
    server: HubServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or a body waits for the receipt of its headers, 40 ms each time

    def setup(self) -> None:
        super().setup()
        self.hub = self.server.hub

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._answer()

    do_HEAD = do_POST = do_PUT = do_GET  # noqa: N815 - as http.server has them

    def _answer(self) -> None:
        self.url = urlsplit(self.path)
        self.hub.requests.append(f"{self.command} {self.url.path}")
        body = (
            self.rfile.read(int(self.headers.get("Content-Length") or 0)) if self._sized() else self._chunks()
        )
        try:
            self._route(body)
        except _RefusedError as error:
            self._send(
                error.status,
                {"error": error.said},
                {"X-Error-Message": error.said, "X-Error-Code": error.code},
            )
        except _DroppedError:
            self.close_connection = True
            self.connection.close()

    def _route(self, body: bytes) -> None:
        for pattern, method, action in _ROUTES:
            found = re.fullmatch(pattern, unquote(self.url.path))
            if found and method == self.command.replace("HEAD", "GET"):
                action(self, body, **found.groupdict())
                return
        raise _RefusedError(404, "no such page")

    def _sized(self) -> bool:
        return self.headers.get("Transfer-Encoding") != "chunked"

    def _chunks(self) -> bytes:
        found = b""
        while size := int(self.rfile.readline(), 16):
            found += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return found

    def _send(self, status: int, document: Any, headers: dict[str, str] | None = None) -> None:
        data = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def _found(self, kind: str, repo: str, *, write: bool = False) -> Repo:
        """Return a repository that the token may see, as the Hub answers: what it may not see is not there."""
        sent = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        if sent and sent not in {TOKEN, *self.hub.readers}:
            raise _RefusedError(401, "Invalid credentials in Authorization header")
        found = self.hub.repos.get((kind, repo))
        if found is None or (found.private and sent != TOKEN):
            raise _RefusedError(404 if sent else 401, "Repository not found", "RepoNotFound")
        if write and sent != TOKEN:
            raise _RefusedError(403, "you don't have the rights to write to it")
        return found

    def _info(self, _: bytes, kind: str, repo: str, revision: str | None = None) -> None:
        found = self._found(kind, repo)
        sha = found.revision(revision or "main")
        if sha not in found.commits:
            raise _RefusedError(404, "no such revision", "RevisionNotFound")
        siblings = [{"rfilename": name} for name in found.files(sha)]
        answer = {
            "id": repo,
            "private": found.private,
            "sha": sha,
            "siblings": siblings,
            "tags": [],
            "downloads": 0,
        }
        self._send(200, answer)

    def _create(self, body: bytes) -> None:
        asked = json.loads(body)
        sent = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        if sent != TOKEN:
            raise _RefusedError(403 if sent in self.hub.readers else 401, "you may not create one")
        name, kind = f"{asked['organization']}/{asked['name']}", f"{asked.get('type', 'model')}s"
        if (kind, name) in self.hub.repos:
            raise _RefusedError(409, "You already created this repo")
        private = asked.get("visibility") == "private" or asked.get("private") is True
        self.hub.add(name, private=private and not self.hub.creates_public, kind=kind)
        self._send(200, {"url": f"{self.hub.address}/{kind}/{name}".replace("/models/", "/")})

    def _preupload(self, body: bytes, kind: str, repo: str, revision: str) -> None:
        held = self._found(kind, repo, write=True).files(revision)
        files = [
            {
                "path": file["path"],
                "uploadMode": "lfs"
                if file["path"].endswith((".parquet", ".safetensors", ".png"))
                else "regular",
                "shouldIgnore": False,
                "oid": _oid(held[file["path"]], file["path"]) if file["path"] in held else None,
            }
            for file in json.loads(body)["files"]
        ]
        self._send(200, {"files": files})

    def _batch(self, body: bytes, kind: str, repo: str) -> None:
        self._found((kind or "models").rstrip("/"), repo, write=True)
        objects = []
        for one in json.loads(body)["objects"]:
            href = {"upload": {"href": f"{self.hub.address}/lfs/{one['oid']}"}}
            objects.append(one if one["oid"] in self.hub.blobs else {**one, "actions": href})
        self._send(200, {"transfer": "basic", "objects": objects})

    def _upload(self, body: bytes, oid: str) -> None:
        hub = self.hub
        time.sleep(hub.slow)
        with hub.lock:
            if hub.full:
                raise _RefusedError(413, "storage limit reached")
            if hub.drop_uploads and not hub.upload_first:
                hub.drop_uploads -= 1
                raise _DroppedError
            hub.upload_first = max(0, hub.upload_first - 1)
            if hashlib.sha256(body).hexdigest() != oid:
                raise _RefusedError(400, "other content than its hash says")
            hub.blobs[oid] = body
            hub.uploads.append(oid)
            if hub.public_after is not None and len(hub.uploads) >= hub.public_after:
                for repo in hub.repos.values():
                    repo.private = False
        self._send(200, {})

    def _commit(self, body: bytes, kind: str, repo: str, revision: str) -> None:
        found = self._found(kind, repo, write=True)
        header, *operations = [json.loads(line) for line in body.splitlines()]
        if header["value"].get("parentCommit") not in (None, found.head):
            raise _RefusedError(412, "A commit has happened since")
        files = dict(found.files(revision))
        for operation in operations:
            value = operation["value"]
            match operation["key"]:
                case "file":
                    files[value["path"]] = base64.b64decode(value["content"])
                case "lfsFile":
                    files[value["path"]] = self.hub.blobs[value["oid"]]
                case "deletedFile":
                    del files[value["path"]]
        oid = found.commit(header["value"]["summary"], files)
        found.private = found.private and not self.hub.public_on_commit
        self._send(
            200, {"success": True, "commitOid": oid, "commitUrl": f"{self.hub.address}/{repo}/commit/{oid}"}
        )

    def _tree(self, _: bytes, kind: str, repo: str, revision: str, folder: str | None = None) -> None:
        files = self._found(kind, repo).files(revision)
        inside = f"{folder}/" if folder else ""
        known = {name for name in files if name.startswith(inside)}
        if folder and not known:
            raise _RefusedError(404, "no such folder", "EntryNotFound")
        deep = parse_qs(self.url.query).get("recursive", ["false"])[0].lower() in {"true", "1"}
        names = sorted(name for name in known if deep or "/" not in name.removeprefix(inside))
        folders = sorted({name.removeprefix(inside).split("/")[0] for name in known - set(names)})
        entries = [
            {"type": "directory", "path": inside + name, "oid": "0" * 40, "size": 0} for name in folders
        ]
        self._send(200, [*entries, *(_entry(name, files[name]) for name in names)])

    def _paths(self, body: bytes, kind: str, repo: str, revision: str) -> None:
        files = self._found(kind, repo).files(revision)
        asked = json.loads(body)["paths"]
        self._send(200, [_entry(name, files[name]) for name in asked if name in files])

    def _resolve(self, _: bytes, kind: str, repo: str, revision: str, name: str) -> None:
        found = self._found((kind or "models").rstrip("/"), repo)
        files = found.files(revision)
        if name not in files:
            raise _RefusedError(404, "no such file", "EntryNotFound")
        oid = _oid(files[name], name)
        data, status, more = files[name], 200, {}
        if (asked := re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "")) is not None:
            first, last = int(asked[1]), int(asked[2] or len(data) - 1)
            more = {"Content-Range": f"bytes {first}-{min(last, len(data) - 1)}/{len(data)}"}
            data, status = data[first : last + 1], 206
        self._send(
            status,
            data,
            {"ETag": f'"{oid}"', "X-Repo-Commit": found.revision(revision), "Accept-Ranges": "bytes", **more},
        )

    def _tag(self, body: bytes, kind: str, repo: str, revision: str) -> None:
        found, name = self._found(kind, repo, write=True), json.loads(body)["tag"]
        if name in found.tags:
            raise _RefusedError(409, "Tag reference exists already")
        found.tags[name] = found.revision(revision)
        self._send(200, {})

    def _refs(self, _: bytes, kind: str, repo: str) -> None:
        found = self._found(kind, repo)
        tags = [{"name": n, "ref": f"refs/tags/{n}", "targetCommit": c} for n, c in found.tags.items()]
        branches = [{"name": "main", "ref": "refs/heads/main", "targetCommit": found.head}]
        self._send(200, {"tags": tags, "branches": branches, "converts": []})

    def _yaml(self, body: bytes) -> None:
        if not json.loads(body)["content"].startswith("---\n"):
            raise _RefusedError(400, "no front matter")
        self._send(200, {"errors": [], "warnings": []})


class _DroppedError(Exception):
    pass


def _oid(data: bytes, name: str) -> str:
    if name.endswith((".parquet", ".safetensors", ".png")):
        return hashlib.sha256(data).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _entry(name: str, data: bytes) -> dict[str, Any]:
    entry = {"type": "file", "path": name, "size": len(data), "oid": _oid(data, name)[:40]}
    if len(_oid(data, name)) == 64:
        entry["lfs"] = {"oid": _oid(data, name), "size": len(data), "pointerSize": 134}
    return entry


_ROUTES = [
    (r"/api/repos/create", "POST", _Handler._create),
    (r"/api/validate-yaml", "POST", _Handler._yaml),
    (rf"/api/{_REPO}", "GET", _Handler._info),
    (rf"/api/{_REPO}/revision/(?P<revision>[^/]+)", "GET", _Handler._info),
    (rf"/api/{_REPO}/preupload/(?P<revision>[^/]+)", "POST", _Handler._preupload),
    (rf"/api/{_REPO}/commit/(?P<revision>[^/]+)", "POST", _Handler._commit),
    (rf"/api/{_REPO}/tree/(?P<revision>[^/]+)(?:/(?P<folder>.+))?", "GET", _Handler._tree),
    (rf"/api/{_REPO}/paths-info/(?P<revision>[^/]+)", "POST", _Handler._paths),
    (rf"/api/{_REPO}/tag/(?P<revision>[^/]+)", "POST", _Handler._tag),
    (rf"/api/{_REPO}/refs", "GET", _Handler._refs),
    (r"/(?P<kind>datasets/|)(?P<repo>[^/]+/[^/]+)\.git/info/lfs/objects/batch", "POST", _Handler._batch),
    (r"/lfs/(?P<oid>[0-9a-f]{64})", "PUT", _Handler._upload),
    (
        r"/(?P<kind>datasets/|)(?P<repo>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<name>.+)",
        "GET",
        _Handler._resolve,
    ),
]
