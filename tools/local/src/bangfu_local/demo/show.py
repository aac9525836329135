"""What the demonstration prints: a line per stage, bars, small tables; Chinese first, English beside."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.box import SIMPLE
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table


class Show:
    """The screen of a demonstration, and the stopwatch of its stages.

    Args:
        is_quiet: Print nothing, only measure.
    """

    def __init__(self, *, is_quiet: bool) -> None:
        self.console = Console(quiet=is_quiet)
        self.seconds: dict[str, float] = {}

    @contextmanager
    def _timed(self, name: str, title: str) -> Iterator[None]:
        started_at = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - started_at, 2)
        self.console.print(f"[green]✓[/green] {title}  [dim]{self.seconds[name]:.1f} s[/dim]", highlight=False)

    @contextmanager
    def stage(self, name: str, chinese: str, english: str) -> Iterator[None]:
        """Time a stage and tell when it is over."""
        title = f"{chinese} / {english}"
        with self._timed(name, title), self.console.status(title):
            yield

    @contextmanager
    def bars(self, name: str, chinese: str, english: str) -> Iterator[Progress]:
        """Time a stage that shows progress bars of its own."""
        columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        progress = Progress(*columns, console=self.console, transient=True)
        with self._timed(name, f"{chinese} / {english}"), progress:
            yield progress

    def table(self, title: str, headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Print a small table; numbers to the right."""
        table = Table(title=title, title_justify="left", header_style="dim", box=SIMPLE, pad_edge=False)
        for index, heading in enumerate(headings):
            is_number = bool(rows) and isinstance(rows[0][index], int | float)
            # One language above the other: the tables fit into eighty columns.
            table.add_column(heading.replace(" / ", "\n"), justify="right" if is_number else "left", overflow="fold")
        for row in rows:
            table.add_row(*(f"{cell:,}" if isinstance(cell, int | float) else str(cell) for cell in row))
        self.console.print(table)
