"""An external merge sort of lines, and temporary files."""

from __future__ import annotations

import heapq
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import groupby
from typing import IO

from kzld.errors import KzldError, reason

_IN_MEMORY = 1 << 26
"""Bytes of lines; with Python's overhead they take about twice that."""


class SortedLines:
    """Lines in the order of their bytes, each once: an external merge sort.

    Up to a size they are sorted in memory, beyond it in runs in temporary files, which have
    no name and so are gone with the process, however it ends. Callers write to it like to a
    file.

    Attributes:
        arrange: turns each line into the line to sort, which ends in a line feed.
        have_blank_nodes: whether any line of N-Triples among them has a blank node.
    """

    def __init__(self, on_progress: Callable[[int], object] = lambda _lines: None) -> None:
        """Start with no lines; `on_progress` receives the number of lines written so far."""
        self.arrange: Callable[[bytes], bytes] | None = None
        self.have_blank_nodes = False
        self._on_progress, self._count = on_progress, 0
        self._parts: list[bytes] = []
        self._size = 0
        self._lines: list[bytes] = []
        self._runs: list[IO[bytes]] = []

    def write(self, data: bytes) -> int:
        """Add lines; the last may be incomplete, and the next call completes it."""
        self._parts.append(data)
        self._size += len(data)
        self._count += data.count(b"\n")
        self._on_progress(self._count)
        if self._size > _IN_MEMORY:
            self._take()
            self._spill()
        return len(data)

    def flush(self) -> None:
        """Arrange the lines written so far, so that the caller may change `arrange`."""
        self._take()

    def __iter__(self) -> Iterator[bytes]:
        self._take()
        if not self._runs:
            yield from sorted(set(self._lines))
            return
        self._spill()
        for line, _ in groupby(heapq.merge(*self._runs)):
            yield line

    def _take(self) -> None:
        """Split the written data into lines; an incomplete last line waits for its rest."""
        data = b"".join(self._parts)
        end = data.rfind(b"\n") + 1
        self._parts = [data[end:]] if end < len(data) else []
        lines = data[:end].splitlines(keepends=True)
        if b"_:" in data and not self.have_blank_nodes:
            self.have_blank_nodes = any(line.startswith(b"_:") or b"> _:" in line for line in lines)
        self._lines += map(self.arrange, lines) if self.arrange else lines

    def _spill(self) -> None:
        with translate_full_disk():
            run: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (gone with its last reader)
            run.writelines(sorted(set(self._lines)))
            run.seek(0)
        self._runs.append(run)
        self._lines, self._size = [], 0


@contextmanager
def temporary_file() -> Iterator[IO[bytes]]:
    """A temporary file without a name; write to it within `translate_full_disk`."""
    with translate_full_disk():
        file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed below)
    try:
        yield file
    finally:
        with suppress(OSError):  # a full disk was reported already
            file.close()


@contextmanager
def translate_full_disk() -> Iterator[None]:
    """Report a full disk in a clear line.

    Raises:
        KzldError: there is no room for temporary files.
    """
    try:
        yield
    except OSError as error:
        advice = "name a folder with more room in the variable TMPDIR"
        raise KzldError(f"no room for temporary files ({reason(error)}); {advice}") from None
