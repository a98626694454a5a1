"""A progress bar on stderr for whatever takes over two seconds; none where stderr is no terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress

PATIENCE = 2.0  # seconds before the bar appears


@contextmanager
def bar(title: str) -> Iterator[Callable[[float], None]]:
    """progress(fraction), to be called as the work goes on."""
    began = time.monotonic()
    progress = Progress(console=Console(stderr=True), transient=True)
    task = progress.add_task(title, total=1.0)
    shown = False

    def report(fraction: float) -> None:
        nonlocal shown
        progress.update(task, completed=fraction)
        if not shown and time.monotonic() - began > PATIENCE and progress.console.is_terminal:
            progress.start()
            shown = True

    try:
        yield report
    finally:
        if shown:
            progress.stop()
