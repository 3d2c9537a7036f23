"""The progress of long work, shown on a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

Progress = Callable[[float], None]
"""A callback that receives the share of the work that is done, from 0 to 1."""
_STEPS = 1000
_PATIENCE = 1.0  # seconds


def no_progress(_share: float) -> None:
    """Ignore the progress."""


@contextmanager
def no_bar(_label: str) -> Iterator[Progress]:
    """Show no bar."""
    yield no_progress


@contextmanager
def bar(label: str) -> Iterator[Progress]:
    """Show a bar on standard error, if that is a terminal and the work takes over a second."""
    if not sys.stderr.isatty():
        yield no_progress
        return
    start, place = time.monotonic(), 0
    with ExitStack() as stack:
        shown: Any = None

        def show(share: float) -> None:
            nonlocal shown, place
            if shown is None and time.monotonic() - start > _PATIENCE:
                import click  # seldom needed

                new = click.progressbar(length=_STEPS, label=label, file=sys.stderr)
                shown = stack.enter_context(new)
            if shown is not None:
                now = round(share * _STEPS)
                shown.update(now - place)
                place = now

        yield show
