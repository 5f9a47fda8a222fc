"""Every command on a page for people works: it is read against the real command lines, and run in the slow tier."""

import os

import pytest
from command_lines import faults_of, span_faults, words_of
from pages import LISTING, ROOT, Page, all_pages, not_run, read_page

PAGES = all_pages()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_are_ones_that_the_programs_know(page: Page) -> None:
    """An option that was renamed, or never was, fails here; also in a block that no test runs."""
    said = []
    for block in page.blocks:
        if block.shell:
            texts = [block.marks.get("given", ""), block.code]
            commands = [words for text in texts for words in words_of(text)]
            said += [f"{block.where}: {words}: {fault}" for words in commands if (fault := faults_of(words))]
        elif block.language == "python":
            compile(block.code, block.where, "exec")
    said += [f"{page.name}: `{span}`: {fault}" for span in page.spans if (fault := span_faults(span))]
    assert said == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_marks_stand_before_a_block_and_say_something(page: Page) -> None:
    """A mark that nobody reads would leave out what it does not name."""
    assert page.faults == ()


def test_what_no_test_runs_is_listed_in_one_place() -> None:
    """A reader sees at a glance what stands on a page and is proved by nobody."""
    path = ROOT / "docs" / LISTING
    if os.environ.get("SNAPSHOTS") == "renew":
        path.write_text(not_run(PAGES), encoding="utf-8")
    assert path.read_text(encoding="utf-8") == not_run(PAGES), "make snapshots"


MARKED = """
<!-- not run: needs a GPU, and a big one -->

```sh
nvidia-smi
```

<!-- given: true -->
<!-- not run: because -->
```sh
fer-data stats x
```

<!-- note: hidden -->
Text.

   ```console
   $ fer-data stats \\
       data/faces
   counts
   ```
"""


def test_marks_belong_to_the_next_block() -> None:
    """Several may stand before one; other comments than ours are an error, and so are reasons that are none."""
    page = read_page("x.md", MARKED)
    assert [sorted(block.marks) for block in page.blocks] == [["not run"], ["given", "not run"], []]
    assert [block.runs for block in page.blocks] == [False, False, True]
    assert page.blocks[2].code == "fer-data stats \\\n    data/faces\n"
    assert [fault.split(": ", 1)[1].split(".")[0].split(",")[0] for fault in page.faults] == [
        "'because' is no reason",
        "unknown mark 'note'",
        "a mark stands before no block",
    ]
