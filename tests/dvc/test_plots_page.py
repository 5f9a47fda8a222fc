"""`dvc plots show` draws this repository's plots in a real browser, without a network."""

import csv
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from browser import NARROW, opened_page, serious_faults
from dvc_runs import begin_project, run_warm_in

from fer_data.dvc.plots_page import PAGE, plots_page, set_up_plots_page
from fer_data.errors import ParamsError

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[2]
CLASSES = ("Neutral", "<b>Anger</b>")
TABLES: Mapping[str, list[dict[str, object]]] = {
    "reports/labels/128.csv": [
        {"label": name, "split": split, "kind": kind, "rows": rows}
        for name, split, kind, rows in (
            (CLASSES[0], "train", "own", 9),
            (CLASSES[1], "train", "own", 2),
            (CLASSES[1], "train", "copies", 7),
            (CLASSES[0], "validation", "own", 4),
        )
    ],
    "plots/train.csv": [
        {
            "epoch": n,
            "train_loss": 2 / n,
            "development_loss": 1.5,
            "development_score": n / 9,
            "learning_rate": 1 / n,
        }
        for n in (1, 2)
    ],
    "reports/evaluation/confusion.csv": [
        {"actual": actual, "predicted": predicted} for actual in CLASSES for predicted in CLASSES
    ],
    "reports/evaluation/f1_by_class.csv": [{"class": name, "f1": 0.5} for name in CLASSES],
    "reports/evaluation/f1_by_resolution.csv": [
        {"resolution_px": px, "macro_f1": px / 200} for px in (16, 128)
    ],
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a DVC project with our plots and tables for each, and the page set up in it."""
    folder = tmp_path_factory.mktemp("plots")
    begin_project(folder)
    document = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))
    (folder / "dvc.yaml").write_text(json.dumps({"plots": document["plots"]}), encoding="utf-8")
    (folder / "params.yaml").write_text(json.dumps({"train": {"resolution": 128}}), encoding="utf-8")
    shutil.copytree(ROOT / ".dvc/plots", folder / ".dvc/plots", ignore=shutil.ignore_patterns("*.html"))
    for name, rows in TABLES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    set_up_plots_page(folder)
    return folder


def test_every_plot_is_drawn_without_a_request_or_an_error(project: Path, browser: "Browser") -> None:
    """All of dvc.yaml, by plain `dvc plots show`; a class' name becomes no markup; a telephone scrolls a plot alone."""
    shown = run_warm_in(project, "dvc", "plots", "show")
    assert shown.returncode == 0, shown.stdout
    names = [
        next(iter(plot))
        for plot in yaml.safe_load((project / "dvc.yaml").read_text(encoding="utf-8"))["plots"]
    ]
    with opened_page(browser, project / "dvc_plots/index.html", width=NARROW) as page:
        page.wait_for_function(f"document.querySelectorAll('main canvas').length === {len(names)}")
        assert page.locator("main > div").count() == len(names)
        assert page.locator("b").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert serious_faults(page) == []


def test_it_is_a_setting_of_the_clone_alone(project: Path) -> None:
    """So another clone, without the file, draws as DVC does by itself; git sees neither."""
    assert "offline.html" in (project / ".dvc/config.local").read_text(encoding="utf-8")
    assert "html_template" not in (ROOT / ".dvc/config").read_text(encoding="utf-8")
    assert f"/.dvc/{PAGE}" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert not [
        word for word in ("http://", "https://cdn", "src=") if word in plots_page().split("<script>")[0]
    ]


def test_a_page_of_the_users_own_stays(tmp_path: Path) -> None:
    """Setting up again renews our file; another page goes on to be used."""
    (tmp_path / ".dvc").mkdir()
    done = f"wrote {tmp_path / '.dvc' / PAGE}: `dvc plots` draws without a network"
    assert [set_up_plots_page(tmp_path), set_up_plots_page(tmp_path)] == [done, done]
    (tmp_path / ".dvc/config.local").unlink()
    (tmp_path / ".dvc/config").write_text("[plots]\n    html_template = plots/mine.html\n", encoding="utf-8")
    assert "goes on with your own page, plots/mine.html" in set_up_plots_page(tmp_path)
    assert not (tmp_path / ".dvc/config.local").exists()


def test_a_folder_without_dvc_is_refused(tmp_path: Path) -> None:
    """In one line, and nothing is written."""
    with pytest.raises(ParamsError, match=r"is no DVC project: it has no \.dvc/"):
        set_up_plots_page(tmp_path)
    assert not list(tmp_path.iterdir())
