"""One repository of the Hugging Face Hub: what is asked of it, in our words and with our errors.

`huggingface_hub` finds the token itself (`HF_TOKEN`, or what `hf auth login` stored) and tries a dropped connection
again; no token is ever read, passed on or printed here.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from logging import ERROR
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from huggingface_hub import (
    CommitOperationAdd,
    CommitOperationDelete,
    HfApi,
    constants,
    get_token,
    hf_hub_download,
)
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, OfflineModeIsEnabled
from huggingface_hub.hf_api import RepoFile
from huggingface_hub.utils import (  # type: ignore[attr-defined]  # public, but not in an `__all__`
    disable_progress_bars,
    validate_repo_id,
)
from huggingface_hub.utils.logging import set_verbosity

from fer_data.errors import HubError, ParamsError

__all__ = ["Addition", "HubRepo", "RemoteFile", "RepoState", "check_name"]

Addition = CommitOperationAdd
"""A file that was sent, as a commit takes it."""

_TRANSPORT: type[BaseException] = HfHubHTTPError.__bases__[0]
"""What the client's HTTP library raises, whichever it is: huggingface_hub changed it twice."""

_TOKEN = re.compile(r"[\x21-\x7e]+")
_AGAIN = "Run the command again: it goes on where it stopped."


@dataclass(frozen=True, slots=True)
class RepoState:
    """What a repository is at a moment: who can see it, and its last commit (None: it has none)."""

    private: bool
    revision: str | None


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of a repository: the hash that git knows it by, and of a large one its SHA-256, else None."""

    size: int
    blob: str
    sha256: str | None


def check_name(repo: str) -> None:
    """Refuse what no repository can be called.

    Raises:
        ParamsError: it lacks its owner, or breaks a rule of the Hub.
    """
    try:
        validate_repo_id(repo)
        valid = all(repo.partition("/"))
    except HFValidationError:
        valid = False
    if not valid:
        raise ParamsError(
            f"REPO ({repo}) must be OWNER/NAME, such as my-lab/faces-128: letters, digits, '-', '_' and '.', "
            "at most 96, without '--', '..' or '.git' at its end. Name another."
        )


class HubRepo:
    """A repository on the Hub, which may not be there yet.

    Args:
        repo: `OWNER/NAME`.
        kind: what it holds.

    Raises:
        HubError: nobody is logged in here.
    """

    def __init__(self, repo: str, kind: Literal["dataset", "model"]) -> None:
        token = get_token()
        if token is not None and _TOKEN.fullmatch(token) is None:
            raise HubError(
                "The token of the Hugging Face Hub that is set here has blanks or letters that no token has. Run "
                "`hf auth login`, or set HF_TOKEN anew."
            )
        if token is None:
            raise HubError(
                "No token of the Hugging Face Hub is set here. Run `hf auth login`, or set HF_TOKEN, with a "
                f"token that may write to {repo}."
            )
        set_verbosity(ERROR)  # else it prints addresses that files were to be sent to
        disable_progress_bars()
        self.repo, self.kind = repo, kind
        self._api = HfApi(token=True)  # also where HF_HUB_DISABLE_IMPLICIT_TOKEN is set

    @property
    def address(self) -> str:
        """Return where people find it."""
        folder = "datasets/" if self.kind == "dataset" else ""
        return f"{constants.ENDPOINT}/{folder}{self.repo}"

    def state(self) -> RepoState | None:
        """Return what it is now; None: it is not there, or this token may not see it.

        Raises:
            HubError: the Hub cannot be asked, or calls it by another name now.
        """
        try:
            with self._asking():
                info = self._api.repo_info(self.repo, repo_type=self.kind)
        except _MissingError:
            return None
        if info.id.lower() != self.repo.lower():
            raise HubError(f"REPO ({self.repo}) is called {info.id} now. Name it so.")
        return RepoState(info.private is True, info.sha)

    def create(self, *, private: bool) -> None:
        """Make the repository.

        Raises:
            HubError: this token may not.
        """
        try:
            with self._asking():
                self._api.create_repo(self.repo, repo_type=self.kind, private=private)
        except _ConflictError as error:
            raise HubError(
                f"{self.repo} is there, but the token that is set here may not see it. Use one that may, "
                "with `hf auth login` or HF_TOKEN, or name another repository."
            ) from error

    def files(self, revision: str) -> dict[str, RemoteFile]:
        """Return the files of a commit, by name."""
        with self._asking():
            tree = self._api.list_repo_tree(self.repo, repo_type=self.kind, revision=revision, recursive=True)
            return {
                entry.path: RemoteFile(entry.size, entry.blob_id, entry.lfs.sha256 if entry.lfs else None)
                for entry in tree
                if isinstance(entry, RepoFile)
            }

    def read(self, name: str, revision: str) -> bytes:
        """Return a small file of a commit; none of it stays on this machine."""
        with TemporaryDirectory() as folder:
            with self._asking():
                path = hf_hub_download(
                    self.repo, name, repo_type=self.kind, revision=revision, local_dir=folder, token=True
                )
            return Path(path).read_bytes()

    def upload(self, files: Mapping[str, Path]) -> list[Addition]:
        """Send files that the Hub lacks, which no commit shows yet; return what a commit takes of them."""
        additions = [CommitOperationAdd(name, str(path)) for name, path in files.items()]
        with self._asking():
            self._api.preupload_lfs_files(self.repo, additions, repo_type=self.kind, free_memory=False)
        return additions

    def commit(
        self, additions: Sequence[Addition], gone: Sequence[str], message: str, *, parent: str | None
    ) -> str:
        """Make one commit of files that were sent, and of those that go, and return its revision.

        Raises:
            HubError: somebody else changed the repository since `parent`.
        """
        operations: list[Addition | CommitOperationDelete] = [*additions, *map(CommitOperationDelete, gone)]
        with self._asking():
            made = self._api.create_commit(
                self.repo, operations, commit_message=message, repo_type=self.kind, parent_commit=parent
            )
        return str(made.oid)

    def tags(self) -> dict[str, str]:
        """Return the commit of each tag."""
        with self._asking():
            refs = self._api.list_repo_refs(self.repo, repo_type=self.kind)
        return {tag.name: tag.target_commit for tag in refs.tags}

    def tag(self, name: str, revision: str) -> None:
        """Name a commit."""
        with self._asking():
            self._api.create_tag(self.repo, tag=name, revision=revision, repo_type=self.kind)

    @contextmanager
    def _asking(self) -> Iterator[None]:
        try:
            yield
        except HfHubHTTPError as error:
            raise self._refused(error) from error
        except (OfflineModeIsEnabled, _TRANSPORT) as error:
            raise HubError(f"{constants.ENDPOINT} cannot be reached: {_said(error)}. {_AGAIN}") from error
        except (RuntimeError, ValueError) as error:
            cause = error.__cause__
            if isinstance(cause, HfHubHTTPError):
                raise self._refused(cause) from error
            raise HubError(f"{self.repo}: an upload ended: {_said(cause or error)}. {_AGAIN}") from error

    def _refused(self, error: HfHubHTTPError) -> HubError:
        code = error.response.status_code
        said = (error.server_message or "").strip().rstrip(".") or f"HTTP {code}"
        match code:
            case 404:
                return _MissingError(f"{self.repo} is not there, or this token may not see it ({said}).")
            case 401:
                return HubError(
                    f"The Hub does not know the token that is set here ({said}). Run `hf auth login`, or set "
                    "HF_TOKEN anew."
                )
            case 403:
                return HubError(
                    f"The token that is set here may not write to {self.repo} ({said}). Use one that may, "
                    "with `hf auth login` or HF_TOKEN, or name a repository of your own."
                )
            case 409 | 412:
                return _ConflictError(
                    f"{self.repo} was changed by somebody else meanwhile ({said}). {_AGAIN}"
                )
        return HubError(f"{self.repo}: the Hub refuses ({said}, HTTP {code}). {_AGAIN}")


class _MissingError(HubError):
    """A repository, revision or file that is not there."""


class _ConflictError(HubError):
    """A repository that is there already, or that somebody else changed."""


def _said(error: BaseException) -> str:
    return " ".join(str(error).split())[:300].rstrip(".") or type(error).__name__
