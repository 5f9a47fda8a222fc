"""Checks, hooks, CI, forms and citation agree with each other."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
FORMS = [ROOT / ".github/ISSUE_TEMPLATE" / f"{name}.yml" for name in ("bug", "corpus", "data")]


def recipe(target: str) -> list[str]:
    """Return the commands of a target of the Makefile."""
    found = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)
    assert found is not None, f"the Makefile has no target {target}"
    return [line.strip() for line in found[1].splitlines()]


def targets() -> set[str]:
    """Return the targets that may be asked for by name."""
    found = re.search(r"^\.PHONY:((?:.*\\\n)*.*)", MAKEFILE, re.MULTILINE)
    assert found is not None
    return set(found[1].replace("\\", "").split())


def test_every_target_is_listed_by_make_help() -> None:
    """Nobody has to open the Makefile to see what it can do."""
    command = ["make", "--no-print-directory", "help"]  # below `make test` it names folders, too
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {line.split()[1] for line in shown.splitlines()} == targets()


def test_make_keeps_what_python_compiles(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container that forbids it would have each of the demo's processes compile torch anew."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    command = ["make", "--no-print-directory", "--silent", "--eval", "show: ; @printenv", "show"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "PYTHONDONTWRITEBYTECODE" not in shown


def test_ci_runs_targets_of_the_makefile() -> None:
    """What CI does can be done by hand, under the same names."""
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")
    assert re.findall(r"^make (\S+)", script, re.MULTILINE) == [
        "test",
        "lint",
        "types",
        "test-pipeline",
        "docs",
        "test-slow",
    ]
    assert set(re.findall(r"^make (\S+)", script, re.MULTILINE)) < targets()


def test_hooks_run_the_linters_of_ci() -> None:
    """A commit that the hooks let pass is one that `make lint types` lets pass; none of them is fetched."""
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    assert [repo["repo"] for repo in hooks] == ["local"]
    entries = [hook["entry"] for hook in hooks[0]["hooks"]]
    assert {hook["language"] for hook in hooks[0]["hooks"]} == {"system"}
    hooked = {entry.removeprefix(".venv/bin/").removesuffix(" --force-exclude") for entry in entries}
    run = {line.removesuffix(" .").removesuffix(" --check") for line in recipe("lint") + recipe("types")}
    assert hooked == run


def test_the_citation_is_that_of_the_package() -> None:
    """Version, licence and authors are those of pyproject.toml; a DOI is not made up."""
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert citation["version"] == project["version"]
    assert citation["license"] == project["license"]
    assert citation["authors"] == project["authors"]
    assert citation["keywords"] == project["keywords"]
    assert "doi" not in citation


@pytest.mark.parametrize("form", FORMS, ids=lambda path: path.stem)
def test_every_form_warns_of_restricted_material(form: Path) -> None:
    """Whoever opens an issue is told first what must not be in it, and each field has a name of its own."""
    asked = yaml.safe_load(form.read_text(encoding="utf-8"))
    assert {"name", "description", "body"} <= set(asked)
    first, *fields = asked["body"]
    assert first["type"] == "markdown"
    assert re.search(r"\*\*(Paste no|Never paste)", first["attributes"]["value"])
    names = [field["id"] for field in fields]
    assert len(names) == len(set(names))
    assert all(field["attributes"]["label"] for field in fields)


def test_the_form_for_faults_asks_for_what_finds_them() -> None:
    """Command, parameters, version and machine, all of them required."""
    asked = yaml.safe_load((ROOT / ".github/ISSUE_TEMPLATE/bug.yml").read_text(encoding="utf-8"))
    required = {field["id"] for field in asked["body"][1:] if field["validations"]["required"]}
    assert {"command", "params", "version", "doctor"} <= required
