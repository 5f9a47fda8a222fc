"""Bars of long work on a terminal."""

from rich.console import Console
from rich.progress import BarColumn, ProgressColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress
from rich.text import Text

from fer_data.shell.progress import Progress
from fer_data.shell.progress_text import amount_text, rate_text
from fer_data.shell.shown import printable

__all__ = ["Bars"]


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(rate_text(task.speed, task.fields["unit"]) if task.speed else "")


class _Amount(ProgressColumn):
    def render(self, task: Task) -> Text:
        total = None if task.total is None else int(task.total)
        return Text(amount_text(int(task.completed), task.fields["unit"], total))


class Bars:
    """One bar for each piece of work; that of the outermost stays on the screen."""

    def __init__(self) -> None:
        self._bars = RichProgress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            _Amount(),
            _Rate(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}", markup=False),
            console=Console(stderr=True),
            redirect_stdout=False,  # what a command prints may go into a pipe
        )
        self._tasks: dict[int, TaskID] = {}

    def begin(self, work: Progress) -> None:
        """See `fer_data.shell.progress.Display`."""
        if not self._tasks:
            self._bars.start()
        self._tasks[id(work)] = self._bars.add_task(
            printable(work.what),
            total=work.total,
            completed=work.done,
            unit=work.unit,
            note=printable(work.note),
        )

    def change(self, work: Progress) -> None:
        """See `fer_data.shell.progress.Display`."""
        task = self._tasks.get(id(work))
        if task is not None:
            self._bars.update(task, completed=work.done, total=work.total, note=printable(work.note))

    def end(self, work: Progress, *, whole: bool) -> None:
        """See `fer_data.shell.progress.Display`."""
        task = self._tasks.pop(id(work))
        if whole and work.total is None:
            self._bars.update(task, total=work.done)
        if self._tasks:
            self._bars.remove_task(task)
        else:
            self._bars.stop()

    def say(self, text: str) -> None:
        """See `fer_data.shell.progress.Display`."""
        self._bars.console.print(text, markup=False, highlight=False, soft_wrap=True)
