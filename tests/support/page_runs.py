"""A page's blocks run as a reader runs them: in order, in one shell, on a finished project."""

import re
import subprocess
from pathlib import Path

from clones import STORE
from dvc_runs import dvc_environment
from pages import Page

__all__ = ["World", "run_page"]

_ELSEWHERE = re.compile(r"(?<![\w.}$/-])/(?=(?:data|mnt|scratch)/)")
"""A path of the machine that a page is about: it lies below the test's own folder."""

_REMOTE = "git@example.org:us/our-faces.git"
_BEGIN = """set -euo pipefail
trap 'echo "== failed: line $LINENO of the script" >&2' ERR
fer-data() { command fer-data "$@" || [ $? -eq 1 ]; }  # 1: findings, which a page may be about
cd "$PROJECT"
"""


class World:
    """A folder with all that a page names beside the project: a home, other disks, a git server."""

    def __init__(self, folder: Path, project: Path) -> None:
        """Take a folder of the test's own, and the project that lies in it."""
        self.folder, self.project = folder, project
        (folder / "home").mkdir()
        for name in ("data", "mnt/group", "mnt/lab", "scratch", "git"):
            (folder / name).mkdir(parents=True)
        settings = "[user]\n\tname = A Reader\n\temail = reader@example.org\n[init]\n\tdefaultBranch = main\n"
        (folder / "home/.gitconfig").write_text(settings, encoding="utf-8")

    def here(self, text: str) -> str:
        """Return a block with the places of its machine put into this folder."""
        text = text.replace(_REMOTE, str(self.folder / "git/our-faces.git"))
        return _ELSEWHERE.sub(lambda _: f"{self.folder}/", text)

    def environment(self) -> dict[str, str]:
        """Return the variables of a reader's shell."""
        return dvc_environment() | {
            "HOME": str(self.folder / "home"),
            "PROJECT": str(self.project),
            "FER_DATA_STORE": str(self.project / STORE),
            "GIT_CONFIG_NOSYSTEM": "1",
            "PYTHONPATH": str(self.project),
            "COLUMNS": "100",
            "MPLBACKEND": "agg",
        }


def run_page(page: Page, world: World) -> "subprocess.CompletedProcess[str]":
    """Run what a page's reader would run, to the first failure, and return all that was said."""
    script = [_BEGIN]
    for block in (found for found in page.blocks if found.runs):
        code = world.here(block.code)
        script.append(f"echo '== {block.where}'")
        script.append(world.here(block.marks.get("given", "")))
        if block.language == "python":
            file = world.folder / f"block_{block.line}.py"
            file.write_text(code, encoding="utf-8")
            code = f"python '{file}'"
        script.append(code)
    path = world.folder / "page.sh"
    path.write_text("\n".join(script), encoding="utf-8")
    both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "stdin": subprocess.DEVNULL, "text": True}
    return subprocess.run(["bash", str(path)], env=world.environment(), check=False, **both)
