"""Run the command, in this process with data that are loaded once, or as a process.

In this process, standard input, output and error are files or a terminal, as in a process of
its own. File descriptors are replaced, so processes that the command starts use them, too.
"""

from __future__ import annotations

import fcntl
import os
import pty
import shlex
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from kzld import knowledge_graph, progress
from kzld.check import scope
from kzld.cli import loading, run
from kzld.dataset.dataset import Dataset
from kzld.dataset.load import load
from kzld.publish import diff

COMMAND = Path(sys.executable).with_name("kzld")


@dataclass(frozen=True)
class Done:
    """The result of a run of the command: its status and its output."""

    status: int
    stdout: str
    stderr: str

    def complaint(self) -> str:
        """The message of a failed run: one line, perhaps with the line at fault and a mark."""
        assert (self.status, self.stdout) == (2, ""), self
        lines = self.stderr.splitlines()
        assert lines[0].startswith("Error: "), self.stderr
        assert len(lines) == 1 or (len(lines) == 3 and lines[2].strip(" |^") == ""), self.stderr
        return self.stderr.removeprefix("Error: ").removesuffix("\n")

    def data(self) -> str:
        """The output of a successful run."""
        assert self.status == 0, self
        return self.stdout


LOADERS = (
    (loading, "load_packaged"),
    (knowledge_graph, "_load"),
    (scope, "load"),
    (scope, "load_for_few"),
    (diff, "load"),
)
"""The functions that load the data set, as module and name."""


@cache
def loaded(*, packaged: bool = True) -> Dataset:
    """The data set without further files, in memory; tests must not change it.

    A check adds the contribution in a graph of its own, and removes it again.
    """
    if not packaged:
        return load(packaged=False)
    dataset = load()
    return _copied(dataset, Dataset(names_file=dataset.names_file))


def copy_in_memory(dataset: Dataset) -> Dataset:
    """A copy in memory; it is twice as fast as the ready store, and can be changed."""
    return _copied(dataset, Dataset())


def _copied(dataset: Dataset, copy: Dataset) -> Dataset:
    copy.store.bulk_extend(dataset.store)
    return copy


def _load_once(files: Sequence[Any] = (), *, packaged: bool = True, **others: Any) -> Dataset:
    return load(files, packaged=packaged, **others) if files else loaded(packaged=packaged)


@contextmanager
def loading_once() -> Iterator[None]:
    """Let all calls of the command share the packaged data, loaded once."""
    with ExitStack() as stack:
        for module, name in LOADERS:
            stack.enter_context(patch.object(module, name, _load_once))
        yield


@contextmanager
def in_folder(cwd: Path, variables: Mapping[str, str]) -> Iterator[None]:
    """Change the working folder and the environment, as for a process."""
    place, environment = Path.cwd(), dict(os.environ)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    os.chdir(cwd)
    os.environ |= variables
    try:
        yield
    finally:
        os.chdir(place)
        os.environ.clear()
        os.environ |= environment
        for number, handler in handlers.items():
            signal.signal(number, handler)


@contextmanager
def standard_streams(*files: int) -> Iterator[None]:
    """Replace standard input, output and error by files, for Python and for the process."""
    streams = sys.stdin, sys.stdout, sys.stderr
    for stream in streams[1:]:
        stream.flush()
    kept = [os.dup(number) for number in range(3)]
    for number, file in enumerate(files):
        os.dup2(file, number)
    ours = (
        open(os.dup(0), encoding="utf-8"),  # noqa: PTH123, SIM115 (not a path)
        open(os.dup(1), "w", encoding="utf-8"),  # noqa: PTH123, SIM115
        open(os.dup(2), "w", encoding="utf-8", errors="backslashreplace"),  # noqa: PTH123, SIM115
    )
    sys.stdin, sys.stdout, sys.stderr = ours
    try:
        yield
    finally:
        sys.stdin, sys.stdout, sys.stderr = streams
        for stream in ours:
            with suppress(OSError):
                stream.close()
        for number, file in enumerate(kept):
            os.dup2(file, number)
            os.close(file)


def call(
    *args: str | Path,
    stdin: str | bytes | None,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    stdout: int | None = None,
) -> Done:
    """Call the command in this process; its output goes to an open file, if there is one."""
    words = [os.fspath(arg) for arg in args]
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out:
        given.write(stdin.encode() if isinstance(stdin, str) else stdin or b"")
        given.seek(0)
        with tempfile.TemporaryFile() as err:
            output = out.fileno() if stdout is None else stdout
            files = (given.fileno(), output, err.fileno())
            with in_folder(cwd, env or {}), loading_once(), standard_streams(*files):
                status = run(words)
            out.seek(0)
            err.seek(0)
            return Done(status, out.read().decode(), err.read().decode())


_ABOUT_TERMINALS = ("COLUMNS", "LINES", "NO_COLOR")


def call_in_terminal(columns: int, *args: str | Path, cwd: Path, **variables: str) -> list[str]:
    """Call the command in a terminal with some columns; return the lines in the terminal."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    shown: list[bytes] = []

    def read() -> None:
        with suppress(OSError):  # the end, on Linux
            while piece := os.read(ours, 65536):
                shown.append(piece)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        with in_folder(cwd, {"TERM": "xterm", **variables}):
            for name in set(_ABOUT_TERMINALS) - set(variables):
                os.environ.pop(name, None)
            # A bar, which a busy machine would show now and then, has tests of its own.
            patient = patch.object(progress, "_PATIENCE", 10**9)
            with patient, loading_once(), standard_streams(theirs, theirs, theirs):
                run([os.fspath(arg) for arg in args])
    finally:
        os.close(theirs)
        reader.join()
        os.close(ours)
    return b"".join(shown).decode().replace("\r\n", "\n").splitlines()


def call_line(line: str, cwd: Path) -> Done:
    """Run a line from our pages as a shell does, but call `kzld` in this process.

    Pipes, `<` and `>` are supported; other lines need a shell.
    """
    words = shlex.shlex(line, posix=True, punctuation_chars=True)
    words.whitespace_split = True
    tokens = list(words)
    data, errors, status = b"", "", 0
    while tokens:
        end = tokens.index("|") if "|" in tokens else len(tokens)
        part, tokens = tokens[:end], tokens[end + 1 :]
        sign = next((word for word in part if word in ("<", ">")), None)
        file = cwd / part.pop() if sign else None
        if sign and part.pop() != sign:
            raise ValueError(f"a shell is needed for: {line}")
        if file and sign == "<":
            data = file.read_bytes()
        if part[0] == "kzld":
            done = call(*part[1:], stdin=data, cwd=cwd)
            status = status or done.status
            data, errors = done.stdout.encode(), errors + done.stderr
        elif part[0] == "echo":
            data = " ".join([*part[1:], "\n"]).encode()
        else:
            data = subprocess.run(part, input=data, capture_output=True, check=True).stdout
        if file and sign == ">":
            file.write_bytes(data)
            data = b""
    return Done(status, data.decode(), errors)


def start(
    command: Iterable[str | Path],
    cwd: Path,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
) -> Done:
    """Run a command as a process, with `kzld` on the path."""
    path = f"{COMMAND.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        list(command),
        input=stdin,
        env={**os.environ, "PATH": path, **(env or {})},
        cwd=cwd,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())
