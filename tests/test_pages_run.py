"""What a page tells its reader to do works: its blocks run in order, in one shell, on a finished project."""

from pathlib import Path

import pytest
from clones import copy_into
from page_runs import World, run_page
from pages import Page, all_pages

pytestmark = pytest.mark.slow

PAGES = [page for page in all_pages() if any(block.runs for block in page.blocks)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_blocks_of_a_page_run(page: Page, finished_project: Path, tmp_path: Path) -> None:
    """Without a network, a GPU, an account or a licence; what needs one is marked, and listed on a page of its own."""
    project = copy_into(tmp_path / "world/fer-data", finished_project)
    done = run_page(page, World(project.parent, project))
    assert done.returncode == 0, done.stdout[-4000:]
