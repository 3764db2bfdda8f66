"""Progress: one line on standard error while somebody watches: what is going on, how much of it is done, what time is left."""

from __future__ import annotations

from rich.console import Console as Page
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TaskID, TextColumn
from rich.table import Column
from rich.text import Text

from homelab.cli.figures import minutes

BAR = 20
"""Columns of the bar."""
SILENT = 2.0
"""Seconds of work of unknown length before its seconds are shown."""
SECONDS = 120
"""Waits that are as long or longer are told in minutes."""
TIMES_A_SECOND = 8


class Left(ProgressColumn):
    """How many of how many, and the time that is left at this pace."""

    def render(self, task: Task) -> Text:
        """`3 of 17, 12 s left`; the seconds that passed where nobody knows how much there is."""
        if task.total is None:
            passed = task.elapsed or 0.0
            return Text(duration(passed) if passed > SILENT else "", style="dim")
        rest = task.time_remaining
        left = f", {duration(rest)} left" if rest else ""
        return Text(f"{task.completed:.0f} of {task.total:.0f}{left}", style="dim")


class Work:
    """A line that says what is going on, until it is ended; nothing of it stays."""

    def __init__(self, *, colour: bool, page: Page | None = None) -> None:
        """Begin to show. `page` is where; by default standard error."""
        shown = page or Page(stderr=True, no_color=not colour, highlight=False)
        self.progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis")),
            BarColumn(min(BAR, shown.width // 6)),
            Left(table_column=Column(no_wrap=True)),
            console=shown,
            transient=True,
            refresh_per_second=TIMES_A_SECOND,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self.task: TaskID | None = None
        self.size = 0
        self.progress.start()

    def tell(self, what: str, done: int, of: int) -> None:
        """What is going on now; work of another size begins to count anew."""
        if self.task is None or of != self.size:
            if self.task is not None:
                self.progress.remove_task(self.task)
            self.task, self.size = self.progress.add_task(what, total=of or None), of
        self.progress.update(self.task, description=what, completed=done)

    def end(self) -> None:
        """Take the line back."""
        self.progress.stop()


def duration(seconds: float) -> str:
    """Seconds as people wait: `8 s`, `3 min`."""
    return f"{seconds:.0f} s" if seconds < SECONDS else minutes(seconds / 60)
