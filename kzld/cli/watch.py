"""Wait for files to change, by polling: it needs no library and works on every file system."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from kzld.dataset.paths import files

_INTERVAL = 0.1  # seconds between two polls
_REST = 0.02  # an editor may be in the middle of saving

_Stamps = dict[str, tuple[int, int, int] | None]


def changes(paths: Sequence[str]) -> Iterator[datetime]:
    """Yield the time now, and then at each change of the files behind paths.

    A change counts when the files no longer change. New files in a folder or under a pattern
    also count, and files that are replaced or deleted.
    """
    last: _Stamps | None = None
    while True:
        now = _stamps(paths)
        if now == last:
            time.sleep(_INTERVAL)
            continue
        time.sleep(_REST)
        if now == _stamps(paths):
            last = now
            yield datetime.now().astimezone()


def _stamps(paths: Sequence[str]) -> _Stamps:
    return {path: _stamp(path) for path in files(paths, [])}


def _stamp(path: str) -> tuple[int, int, int] | None:
    try:
        found = Path(path).stat()
    except OSError:  # deleted, but it may come back
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
