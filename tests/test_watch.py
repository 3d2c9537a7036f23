"""`kzld validate --watch`, as a process, with files that are saved as editors save them."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Queue

import pytest
from command import COMMAND
from conftest import Kzld

from kzld.dataset.package import package_file

pytestmark = pytest.mark.servers

EXAMPLES = package_file("tests", "rules", "membership-organization")
BAD = (EXAMPLES / "fail.ttl").read_text("utf-8")
GOOD = (EXAMPLES / "pass.ttl").read_text("utf-8")
FINDING = "error membership-organization"
PATIENCE = 30  # seconds; a limit for machines that pause, not a measurement


class Watcher:
    """A running command, and what it says line by line."""

    def __init__(self, folder: Path, *args: str) -> None:
        self.process = subprocess.Popen(
            [COMMAND, "validate", "--watch", *args],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # What a shell starts in the background ignores Ctrl-C, and so would this process.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        )
        self._lines: Queue[str] = Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self._lines.put(line)
        self._lines.put("")

    def report(self) -> str:
        """All up to and with the next summary (or the error in its place)."""
        text = ""
        while line := self._lines.get(timeout=PATIENCE):
            text += line
            if line.endswith(" s)\n") or line.startswith("Error: "):
                break
        return text

    def stop(self) -> str:
        """Press Ctrl-C; what is said after that."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(PATIENCE)
        text = ""
        while line := self._lines.get(timeout=PATIENCE):
            text += line
        return text


Watch = Callable[..., Watcher]


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    started: list[Watcher] = []

    def start(*args: str) -> Watcher:
        started.append(Watcher(tmp_path, *args))
        return started[-1]

    yield start
    for watcher in started:
        watcher.process.kill()
        watcher.process.wait()


def test_each_save_is_checked_until_ctrl_c(watch: Watch, tmp_path: Path) -> None:
    file = tmp_path / "facts.ttl"
    file.write_text(BAD, "utf-8")
    watcher = watch("facts.ttl")
    first = watcher.report()
    assert FINDING in first
    assert first.startswith("---- ")
    file.write_text(GOOD, "utf-8")
    second = watcher.report()
    assert "0 errors" in second
    assert FINDING not in second
    assert watcher.stop() == ""
    assert watcher.process.returncode == 0


def test_a_file_that_is_replaced_broken_removed_and_back(watch: Watch, tmp_path: Path) -> None:
    """Editors write a second file and rename it; and nobody writes only what is well formed."""
    file = tmp_path / "facts.ttl"
    file.write_text(GOOD, "utf-8")
    watcher = watch("facts.ttl")
    assert "0 errors" in watcher.report()
    (tmp_path / "new").write_text(BAD, "utf-8")
    (tmp_path / "new").replace(file)
    assert FINDING in watcher.report()
    file.write_text(BAD[:-20], "utf-8")
    assert "Error: facts.ttl:" in watcher.report()
    file.unlink()
    assert watcher.report().endswith("Error: facts.ttl: no such file\n")
    file.write_text(BAD, "utf-8")
    assert FINDING in watcher.report()
    assert watcher.stop() == ""
    assert watcher.process.returncode == 0


def test_a_new_file_in_a_folder_is_seen(watch: Watch, tmp_path: Path) -> None:
    (tmp_path / "facts").mkdir()
    (tmp_path / "facts" / "a.ttl").write_text(GOOD, "utf-8")
    watcher = watch("facts")
    assert "0 errors" in watcher.report()
    (tmp_path / "facts" / "b.ttl").write_text(BAD, "utf-8")
    assert "facts/b.ttl:" in watcher.report()


@pytest.mark.parametrize("args", [(), ("-",)], ids=str)
def test_what_cannot_be_watched_is_refused(kzld: Kzld, args: tuple[str, ...]) -> None:
    said = kzld("validate", "--watch", *args).complaint()
    assert said == "--watch needs files or folders to look at"
