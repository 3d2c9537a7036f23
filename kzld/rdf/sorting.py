"""What does not fit in memory: temporary files, and lines sorted by way of them."""

from __future__ import annotations

import heapq
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import groupby
from typing import IO

from kzld.errors import KzldError, reason

_IN_MEMORY = 1 << 26
"""Bytes; with what Python adds to each line, about twice that."""


class SortedLines:
    """Lines in the order of their bytes, each once: an external merge sort.

    Up to a size they are sorted in memory, beyond it in runs in temporary files, which have
    no name and so are gone with the process, however it ends. Written to like a file.

    Attributes:
        arrange: what to make of each line before it is sorted; it ends in a line feed.
        have_blank_nodes: whether any line of N-Triples among them has one.
    """

    def __init__(self, on_progress: Callable[[int], object] = lambda _: None) -> None:
        """Start with no lines; `told` hears now and then how many were written."""
        self.arrange: Callable[[bytes], bytes] | None = None
        self.have_blank_nodes = False
        self._on_progress, self._count = on_progress, 0
        self._parts: list[bytes] = []
        self._size = 0
        self._lines: list[bytes] = []
        self._runs: list[IO[bytes]] = []

    def write(self, data: bytes) -> int:
        """Add lines, or parts of lines that the next data go on with."""
        self._parts.append(data)
        self._size += len(data)
        self._count += data.count(b"\n")
        self._on_progress(self._count)
        if self._size > _IN_MEMORY:
            self._take()
            self._spill()
        return len(data)

    def flush(self) -> None:
        """End a part: what follows is arranged as `arrange` says by then."""
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
        """Turn what was written into lines; the beginning of one is left for later."""
        data = b"".join(self._parts)
        end = data.rfind(b"\n") + 1
        self._parts = [data[end:]] if end < len(data) else []
        lines = data[:end].splitlines(keepends=True)
        if b"_:" in data and not self.have_blank_nodes:
            self.have_blank_nodes = any(line.startswith(b"_:") or b"> _:" in line for line in lines)
        self._lines += map(self.arrange, lines) if self.arrange else lines

    def _spill(self) -> None:
        with room_checked():
            run: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (gone with its last reader)
            run.writelines(sorted(set(self._lines)))
            run.seek(0)
        self._runs.append(run)
        self._lines, self._size = [], 0


@contextmanager
def temporary_file() -> Iterator[IO[bytes]]:
    """A file without a name, in the folder for temporary files; write within `room_checked`."""
    with room_checked():
        file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed below)
    try:
        yield file
    finally:
        with suppress(OSError):  # of a full disk that was told of already
            file.close()


@contextmanager
def room_checked() -> Iterator[None]:
    """Say in a clear line that there is no room for temporary files.

    Raises:
        KzldError: there is none.
    """
    try:
        yield
    except OSError as error:
        advice = "name a folder with more room in the variable TMPDIR"
        raise KzldError(f"no room for temporary files ({reason(error)}); {advice}") from None
