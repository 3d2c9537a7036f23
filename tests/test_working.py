"""Working files: each is its process's while it runs, and is removed after it was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command import COMMAND

from kzld.rdf import working
from kzld.rdf.files import new_folder, write_all, write_atomically
from kzld.rdf.working import claimed_folder, remove_remains, working_file, working_folder

LONG_AGO = time.time() - 40 * 24 * 3600
KILLED = """
import os, signal, sys
from pathlib import Path
from kzld.rdf.files import new_folder, open_atomically
from kzld.rdf.working import claimed_folder
what, path = sys.argv[1], Path(sys.argv[2], "x")
if what == "claimed":
    claimed_folder(path)
else:
    held = {"file": open_atomically, "folder": new_folder}[what](path)
    held.__enter__()
os.kill(os.getpid(), signal.SIGKILL)
"""


def remains(folder: Path) -> list[Path]:
    return sorted(folder.glob(".kzld-*"))


def python(script: str, *args: object) -> int:
    return subprocess.run([sys.executable, "-c", script, *map(str, args)], check=False).returncode


@pytest.mark.process
@pytest.mark.parametrize("what", ["file", "folder", "claimed"])
def test_what_a_killed_process_leaves_is_removed_by_the_next(tmp_path: Path, what: str) -> None:
    place = tmp_path / "x" if what == "claimed" else tmp_path
    place.mkdir(exist_ok=True)
    assert python(KILLED, what, tmp_path) == -signal.SIGKILL
    assert len(remains(place)) == 1
    write_atomically(place / "y", b"y")
    assert [path.name for path in place.iterdir()] == ["y"]


@pytest.mark.process
def test_what_a_running_process_works_on_stays(tmp_path: Path) -> None:
    script = (
        "import sys, pathlib, kzld.rdf.working as w; w.remove_remains(pathlib.Path(sys.argv[1]))"
    )
    mine = claimed_folder(tmp_path)
    with working_file(tmp_path) as file, working_folder(tmp_path) as folder:
        os.utime(folder, (LONG_AGO, LONG_AGO))  # a process may be slow
        assert python(script, tmp_path) == 0
        assert remains(tmp_path) == sorted([mine, file, folder])
    assert remains(tmp_path) == [mine]


def test_this_process_does_not_take_its_own_for_remains(tmp_path: Path) -> None:
    with working_file(tmp_path) as file:
        remove_remains(tmp_path)
        assert file.exists()


@pytest.mark.parametrize("age", [0, 40 * 24 * 3600])
def test_where_nothing_can_be_locked_age_decides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, age: float
) -> None:
    """As on Windows, or on some network file systems."""
    monkeypatch.setattr(working, "fcntl", None)
    (tmp_path / ".kzld-old").write_text("x")
    os.utime(tmp_path / ".kzld-old", (time.time() - age,) * 2)
    write_atomically(tmp_path / "new", b"y")
    assert (tmp_path / ".kzld-old").exists() == (age == 0)


def test_other_hidden_files_are_not_touched(tmp_path: Path) -> None:
    (tmp_path / ".kzld").write_text("x")
    write_all({tmp_path / "a": b"a"})
    with new_folder(tmp_path / "b") as folder:
        (folder / "c").write_text("c")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".kzld", "a", "b"]


@pytest.mark.process
@pytest.mark.whole
@pytest.mark.parametrize(
    "arguments", [("export", "-o", "out.nq"), ("export", "-o", "out/", "-f", "csv")], ids=str
)
def test_killed_runs(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Real runs, killed at all times; the next one leaves nothing but what it is for."""
    for step in range(25):
        run = subprocess.Popen([COMMAND, *arguments], cwd=tmp_path, stderr=subprocess.DEVNULL)
        time.sleep(0.05 + step * 0.04)
        run.kill()
        run.wait()
        assert len(remains(tmp_path)) <= 1  # the others were removed
    subprocess.run([COMMAND, *arguments], cwd=tmp_path, check=True, capture_output=True)
    assert [path.name for path in tmp_path.iterdir()] == ["out" if "csv" in arguments else "out.nq"]
