"""Working files and folders beside what they will become; those of killed runs are removed.

A process locks what it works on. The system takes the lock away when the process ends, however
it ends, so what can be locked is a remain. Unlike the number of a process, a lock cannot be
mistaken for that of a later process, or of one in another container that shares the folder.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_PREFIX = ".kzld-"
_ABANDONED_AFTER = 24 * 3600  # seconds since the last change, where nothing can be locked


def working_file(folder: Path) -> AbstractContextManager[Path]:
    """An empty file to fill and rename; it is removed at the end if it is still there.

    Raises:
        OSError: the folder is missing, not writable or full.
    """
    return _claimed(folder, is_folder=False)


def working_folder(folder: Path) -> AbstractContextManager[Path]:
    """An empty folder to fill and rename; it is removed at the end if it is still there.

    Raises:
        OSError: the folder is missing, not writable or full.
    """
    return _claimed(folder, is_folder=True)


@contextmanager
def _claimed(folder: Path, *, is_folder: bool) -> Iterator[Path]:
    remove_remains(folder)
    path, lock = _claim(folder, is_folder=is_folder)
    try:
        yield path
    finally:
        _remove(path)
        _let_go(lock)


def claimed_folder(folder: Path) -> Path:
    """An empty folder for this process until it ends; the caller removes it.

    Raises:
        OSError: the folder is missing, not writable or full.
    """
    remove_remains(folder)
    return _claim(folder, is_folder=True)[0]


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Let one process at a time change the files of a folder, where folders can be locked."""
    lock = None
    if fcntl is not None:
        with suppress(OSError):
            lock = os.open(folder, os.O_RDONLY)
            fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield
    finally:
        _let_go(lock)


def remove_remains(folder: Path) -> None:
    """Remove the working files and folders whose processes have ended."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(_PREFIX):
                _remove_if_left(Path(entry.path))


def _claim(folder: Path, *, is_folder: bool) -> tuple[Path, int | None]:
    """A new file or folder, and the descriptor of its lock; None where nothing can be locked."""
    while True:
        if is_folder:
            path = Path(tempfile.mkdtemp(dir=folder, prefix=_PREFIX))
        else:
            descriptor, name = tempfile.mkstemp(dir=folder, prefix=_PREFIX)
            os.close(descriptor)
            path = Path(name)
        lock = None
        with suppress(OSError):  # also if another process is looking at it now
            lock = _lock(path)
        if path.exists():  # else another process took it for a remain before it was locked
            return path, lock
        _let_go(lock)


def _lock(path: Path) -> int | None:
    """The descriptor of a lock; None where nothing can be locked.

    Raises:
        BlockingIOError: another process has locked it.
        FileNotFoundError: it is gone.
    """
    if fcntl is None:
        return None
    # A network file system wants a descriptor to write with.
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        if isinstance(error, BlockingIOError):
            raise
        return None
    return descriptor


def _let_go(lock: int | None) -> None:
    if lock is not None:
        os.close(lock)


def _remove_if_left(path: Path) -> None:
    with suppress(OSError):  # locked by a process that works on it, or gone, or not ours
        lock = _lock(path)
        try:
            if lock is None and time.time() - path.stat().st_mtime < _ABANDONED_AFTER:
                return
            _remove(path)
        finally:
            _let_go(lock)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
