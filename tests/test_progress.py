"""A bar is shown on a terminal only, and only of work that lasts; output stays as it is."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from contextlib import suppress

import pytest

from kzld.check.rules import shapes_of, stated
from kzld.dataset.load import load
from kzld.shacl.engine import Engine

WORK = """
from kzld import progress
progress._PATIENCE = {patience}
with progress.bar("Checking") as tell:
    for place in range(5):
        tell(place / 4)
print("done")
"""


def on_terminal(patience: float) -> tuple[bytes, bytes]:
    """What work writes to standard output, and to a terminal that is its standard error."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", WORK.format(patience=patience)]
    output = subprocess.run(command, stdout=subprocess.PIPE, stderr=theirs, check=True).stdout
    os.close(theirs)
    shown = b""
    with suppress(OSError):  # the end of what a terminal has got
        while part := os.read(ours, 1024):
            shown += part
    os.close(ours)
    return output, shown


@pytest.mark.process
def test_work_that_lasts_shows_how_far_it_has_come() -> None:
    output, shown = on_terminal(patience=-1)
    assert output == b"done\n"
    assert b"Checking" in shown
    assert b"50%" in shown
    assert b"100%" in shown


@pytest.mark.process
def test_quick_work_shows_nothing() -> None:
    assert on_terminal(patience=1000) == (b"done\n", b"")


@pytest.mark.process
def test_what_is_no_terminal_gets_no_bar() -> None:
    command = [sys.executable, "-c", WORK.format(patience=-1)]
    done = subprocess.run(command, capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"done\n", b"")


def test_a_check_tells_how_far_it_has_come() -> None:
    told: list[float] = []
    dataset = load(packaged=False, derived=False)
    Engine(shapes_of(dataset), told.append).validate(stated(dataset))
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0, 1)
    assert len(told) > 10
