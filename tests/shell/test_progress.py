"""Long work is visible in a log and on a terminal, and short work leaves no trace there."""

import os
import pty
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from dvc_runs import run_python

from fer_data.shell.progress import SECONDS, Log, Progress, progress, say, where

ROOT = Path(__file__).parents[2]


class Clock:
    """A clock that goes on when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Return a clock that stands still."""
    return Clock()


@pytest.fixture
def lines() -> list[str]:
    """Return where the lines of a log end up."""
    return []


@pytest.fixture
def wait(clock: Clock, log: Log) -> Callable[[float], None]:
    """Return what lets seconds pass, one by one, with a look at the clock after each."""

    def pass_seconds(seconds: float) -> None:
        for _ in range(int(seconds)):
            clock.now += 1
            log.tick()

    return pass_seconds


@pytest.fixture
def log(clock: Clock, lines: list[str]) -> Log:
    """Return a log with a clock of its own."""
    return Log(lines.append, clock)


Wait = Callable[[float], None]


def test_a_line_comes_every_30_seconds_and_a_last_one_at_the_end(
    log: Log, lines: list[str], wait: Wait
) -> None:
    """It says what, how far, how fast and how long still; nothing in the first 30 s."""
    work = Progress("align", 4000, "frames")
    log.begin(work)
    wait(10)
    work.advance(300)
    wait(19)
    assert lines == []
    wait(1)
    assert lines == ["align: 300 of 4,000 frames (7.5 %), 10.0 frames/s, 6 min 10 s left"]
    work.advance(900)
    wait(29)
    assert len(lines) == 1
    wait(1)
    assert lines[1] == "align: 1,200 of 4,000 frames (30.0 %), 20.0 frames/s, 2 min 20 s left"
    work.advance(2800)
    wait(10)
    log.end(work, whole=True)
    assert lines[2:] == ["align: 4,000 frames done in 1 min 10 s, 57.1 frames/s"]


@pytest.mark.parametrize("seconds", [0, SECONDS - 1])
def test_short_work_says_nothing(log: Log, lines: list[str], wait: Wait, seconds: float) -> None:
    """A log of short runs stays clean, their last line included."""
    work = Progress("align", 4, "frames")
    log.begin(work)
    wait(seconds)
    work.advance(4)
    log.end(work, whole=True)
    assert lines == []


def test_many_short_pieces_are_long_work_too(log: Log, lines: list[str], wait: Wait) -> None:
    """Where one follows upon another the 30 s go on; after a pause they begin anew."""
    for px in (8, 16, 32, 64):
        work = Progress(f"evaluate {px} px", 10, "images")
        log.begin(work)
        work.advance(10)
        wait(10)
        log.end(work, whole=True)
    assert lines == [
        "evaluate 32 px: 10 of 10 images (100.0 %), 1.0 images/s",
        "evaluate 32 px: 10 images done in 10 s, 1.0 images/s",
    ]
    wait(60)
    log.begin(Progress("export", 1, "files"))
    wait(29)
    assert len(lines) == 2
    wait(1)
    assert lines[2:] == ["export: 0 of 1 files (0.0 %), 30 s so far"]


def test_a_pause_of_30_seconds_begins_anew(log: Log, lines: list[str], wait: Wait) -> None:
    """After just as much of a pause nothing is due at once."""
    work = Progress("a", 1, "files")
    log.begin(work)
    log.end(work, whole=True)
    wait(30)
    log.begin(Progress("b", 1, "files"))
    wait(29)
    assert lines == []


def test_a_rate_looks_back_over_ten_lines(log: Log, lines: list[str], wait: Wait) -> None:
    """Neither the last 30 s alone nor what was long ago decides how long it will still take."""
    work = Progress("train", None, "images")
    log.begin(work)
    work.advance(30_000)
    rates = []
    for images in [0] * 9 + [600, 0]:
        work.advance(images)
        wait(30)
        rates.append(lines[-1].rpartition(", ")[2])
    assert rates[:2] == ["1,000 images/s", "500 images/s"]
    assert rates[9:] == ["102 images/s", "2.0 images/s"]


def test_what_earlier_runs_did_says_nothing_of_the_rate(log: Log, lines: list[str], wait: Wait) -> None:
    """A resumed training does not seem to end in no time."""
    work = Progress("train", None, "images")
    log.begin(work)
    work.resume(5000, 8000)
    work.advance(300, "loss 1.25")
    wait(30)
    assert lines == ["train: 5,300 of 8,000 images (66.2 %), 10.0 images/s, 4 min 30 s left; loss 1.25"]
    log.end(work, whole=False)
    assert len(lines) == 1


def test_the_last_line_tells_what_earlier_runs_did(log: Log, lines: list[str], wait: Wait) -> None:
    """So that amount, time and rate of one line fit each other."""
    work = Progress("align", 1900, "frames", 900, 900)
    log.begin(work)
    wait(30)
    work.advance(1000)
    wait(20)
    log.end(work, whole=True)
    assert lines[-1] == "align: 1,900 frames done (900 of them earlier) in 50 s, 20.0 frames/s"


def test_work_inside_work_shares_a_line(log: Log, lines: list[str], wait: Wait) -> None:
    """The log has one line every 30 s, whatever there is to tell."""
    outer, inner = Progress("predict", 3, "files"), Progress("a.mp4", None, "frames")
    log.begin(outer)
    log.begin(inner)
    inner.advance(60)
    wait(30)
    log.end(inner, whole=True)
    outer.advance(3)
    log.end(outer, whole=True)
    assert lines == [
        "predict: 0 of 3 files (0.0 %), 30 s so far; a.mp4: 60 frames, 2.0 frames/s",
        "predict: 3 files done in 30 s, 6.0 files/min",
    ]


def test_a_name_steers_no_terminal(log: Log, lines: list[str], wait: Wait) -> None:
    """Names of files come from elsewhere."""
    work = Progress("predict \x1b[2J", None, "frames")
    log.begin(work)
    work.advance(0, "a\nb")
    wait(30)
    assert lines == ["predict \\x1b[2J: 0 frames, 30 s so far; a\\nb"]


def test_work_is_told_of_where_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    """`where` says how far all is while it goes on, whatever is shown; short work writes nothing."""
    assert where() == ""
    with progress("align", 10, "frames") as outer, progress("a.mp4", None, "bytes") as inner:
        outer.advance(4)
        inner.advance(2_500_000)
        assert where() == "align at 4 of 10 frames (40.0 %), a.mp4 at 2.5 MB"
        say("a remark\n")
    assert where() == ""
    assert capsys.readouterr().err == "a remark\\n\n"


SHOWN = """
    from fer_data.shell.progress import progress, say
    with progress("align", 10, "frames") as work:
        work.advance(4, "loss \\x1b[2J")
        say("a remark")
        work.advance(6)
"""


def test_a_terminal_has_a_bar() -> None:
    """There it is drawn, ends whole, and what is said stands above it."""
    ours, theirs = pty.openpty()
    code = textwrap.dedent(SHOWN)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "120"}
    with subprocess.Popen([sys.executable, "-c", code], stderr=theirs, env=environment) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                piece = os.read(ours, 4096)
            except OSError:
                break
            if not piece:
                break
            shown += piece
        assert process.wait() == 0
    os.close(ours)
    text = shown.decode()
    assert "a remark" in text
    assert "10 of 10 frames (100.0 %)" in text
    assert "\x1b[2J" not in text


@pytest.mark.parametrize("term", ["dumb", "xterm"])
def test_a_log_has_no_bar(term: str, tmp_path: Path) -> None:
    """Neither does a terminal that cannot draw one; nothing is drawn in the first 30 s."""
    done = run_python(tmp_path, "-c", textwrap.dedent(SHOWN), TERM=term)
    assert (done.returncode, done.stderr) == (0, "a remark\n")


def test_a_worker_process_shows_nothing(tmp_path: Path) -> None:
    """Its parent tells of the work."""
    code = """
        from multiprocessing import get_context
        from fer_data.shell.progress import progress, where

        def work():
            with progress("inner", 1, "frames"):
                print(repr(where()), flush=True)

        if __name__ == "__main__":
            process = get_context("fork").Process(target=work)
            process.start()
            process.join()
    """
    done = run_python(tmp_path, "-c", textwrap.dedent(code))
    assert (done.returncode, done.stdout, done.stderr) == (0, "''\n", "")
