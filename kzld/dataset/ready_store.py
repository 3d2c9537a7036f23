"""The ready store: the packaged and the derived graphs in a cache folder.

It is made once for each state of the files. After that it is opened read-only, which takes
milliseconds at any size. It is a copy that may be deleted at any time: if it cannot be made,
read or trusted, the caller loads the files into memory instead.

    CACHE/KEY/store/       the store, as Oxigraph keeps it
    CACHE/KEY/names        the index of names
    CACHE/KEY/contents     the size and time of each of these files, to detect damage
    CACHE/known/PACKAGE    the state of the files of one installation, and their key
"""

from __future__ import annotations

import atexit
import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from kzld import __version__
from kzld.dataset.package import PACKAGE, package_file
from kzld.rdf.working import claimed_folder, working_folder

STORE, NAMES = "store", "names"
_VARIABLE = "KZLD_CACHE"
_OFF = "off"
_UNUSED_FOR = 30 * 24 * 3600  # seconds after which a store is removed
_SELDOM = 24 * 3600  # seconds between two records of use
_KEPT = 8  # stores at most: in a checkout each edit makes one
_TRIES = 5
_TICK = 2_000_000_000  # nanoseconds within which two edits of a file can have the same time
_KEY = re.compile(r"[0-9a-f]{32}")

_folders_of_copies: dict[tuple[Path, int], Path] = {}


@dataclass(frozen=True)
class ReadyStore:
    """A ready store that exists and is undamaged.

    Attributes:
        folder: the folder of the store.
    """

    folder: Path

    @property
    def names(self) -> Path:
        """The file with the index of names."""
        return self.folder / NAMES

    def open(self) -> ox.Store:
        """Open the store read-only.

        Raises:
            OSError, RuntimeError: the store cannot be read.
        """
        return ox.Store.read_only(str(self.folder / STORE))

    def open_copy(self) -> ox.Store:
        """Open a copy to add statements to; it is removed when the process ends.

        The copy shares the files of statements with the ready store, as hard links: Oxigraph
        writes new files and never changes old ones. It does change its logs: they are copied.

        Raises:
            OSError, RuntimeError: the file system has no hard links, or no room.
        """
        copy = Path(tempfile.mkdtemp(dir=_folder_of_copies(self.folder.parent, os.getpid())))
        for file in (self.folder / STORE).iterdir():
            share = os.link if file.suffix == ".sst" else shutil.copyfile
            share(file, copy / file.name)
        return ox.Store(str(copy))


def _folder_of_copies(cache_folder: Path, process: int) -> Path:
    """The folder in which a process has its copies; a forked process has one of its own."""
    if (cache_folder, process) not in _folders_of_copies:
        _folders_of_copies[cache_folder, process] = claimed_folder(cache_folder)
    return _folders_of_copies[cache_folder, process]


def remove_copies() -> None:
    """Remove the copies that this process opened; called when it ends."""
    for (_, process), folder in _folders_of_copies.items():
        if process == os.getpid():  # a forked process keeps the copies of its parent
            for _ in range(_TRIES):  # a store is open and may be writing a file
                shutil.rmtree(folder, ignore_errors=True)
                if not folder.exists():
                    break
    _folders_of_copies.clear()


atexit.register(remove_copies)


def find(fill: Callable[[Path], None]) -> ReadyStore | None:
    """The ready store of the packaged files; it is made if it does not exist.

    Args:
        fill: puts the store and the index of names into a new folder.

    Returns:
        The store; None if there can be no store, for whatever reason.
    """
    try:
        folder = place()
        if folder is None:
            return None
        if not _is_whole(folder):
            _make(folder, fill)
        _note_use(folder)
    # Whatever is amiss (no home folder, no room, no permission, a foreign file, a fault of
    # SQLite), the caller loads the files, which shows an error of theirs.
    except Exception:  # noqa: BLE001
        return None
    return ReadyStore(folder)


def place() -> Path | None:
    """The folder of the ready store for the present files; it may not exist yet.

    Returns:
        The folder; None if there is no cache.

    Raises:
        OSError: a file of the data set cannot be read.
    """
    cache = cache_folder()
    return cache / _key(cache) if cache else None


def cache_folder() -> Path | None:
    """The folder of all ready stores: `KZLD_CACHE`, or `kzld` in the user's cache folder.

    Returns:
        The folder, which may not exist; None if `KZLD_CACHE` is `off`, or without a home folder.
    """
    named = os.environ.get(_VARIABLE, "")
    if named == _OFF:
        return None
    if named:
        return Path(named).resolve()
    from platformdirs import user_cache_path

    folder = user_cache_path("kzld", appauthor=False)
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 (Path.expanduser raises without a home)
    # Without a home the folder is `~/.cache`, in whatever folder the command is run.
    return folder if folder.is_absolute() and home.is_dir() else None


# The key comes from the contents of the files, and the versions of the programs that read them.


def _key(cache: Path) -> str:
    """The key of the present files; files with known sizes and times are not read."""
    installation = hashlib.sha256(str(PACKAGE).encode()).hexdigest()[:16]
    noted = cache / "known" / installation
    files = sorted(_files())
    state, newest = _state(files)
    with suppress(OSError):
        known, _, key = noted.read_text("ascii").partition(" ")
        if known == state:
            return key
    key = _content_key(files)
    # A second edit within this time may not change size and time, so the state is not recorded.
    if time.time_ns() - newest > _TICK:
        with suppress(OSError):
            noted.parent.mkdir(parents=True, exist_ok=True)
            partial = noted.with_name(f"{installation}.{os.getpid()}")
            partial.write_text(f"{state} {key}", "ascii")
            partial.replace(noted)
    return key


def _files() -> Iterator[str]:
    """The files that the store depends on: the graphs, and the code that derives from them."""
    for folder in ("data", "ontology", "shapes"):
        yield from _below(str(package_file(folder)), ".ttl")
    yield from _below(str(PACKAGE / "dataset"), (".py", ".rq"))
    yield from _below(str(PACKAGE / "rdf"), ".py")


def _below(folder: str, suffix: str | tuple[str, ...]) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(suffix):
                yield entry.path
            elif entry.is_dir() and not entry.name.startswith((".", "__")):
                yield from _below(entry.path, suffix)


def _state(files: Iterable[str]) -> tuple[str, int]:
    """A digest of the sizes and times of files, and the newest time in nanoseconds."""
    digest, newest = hashlib.sha256(_versions()), 0
    for file in files:
        found = os.stat(file)  # noqa: PTH116 (faster than Path.stat)
        digest.update(f"{file}\0{found.st_size} {found.st_mtime_ns} {found.st_ctime_ns}\n".encode())
        newest = max(newest, found.st_mtime_ns, found.st_ctime_ns)
    return digest.hexdigest(), newest


def _content_key(files: Iterable[str]) -> str:
    digest = hashlib.sha256(_versions())
    for file in files:
        content = Path(file).read_bytes()
        digest.update(f"{Path(file).name}\0{len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()[:32]


def _versions() -> bytes:
    return f"kzld {__version__} pyoxigraph {ox.__version__}\n".encode()


def _make(folder: Path, fill: Callable[[Path], None]) -> None:
    """Make a store in a working folder, then rename it, as another process may be faster."""
    cache = folder.parent
    cache.mkdir(parents=True, exist_ok=True)
    _remove_unused(cache, but=folder)
    with working_folder(cache) as new:
        fill(new)
        (new / "contents").write_text(_contents(new), "utf-8")
        if folder.exists() and not _is_whole(folder):
            shutil.rmtree(folder)
        try:
            new.rename(folder)
        except OSError:
            if not _is_whole(folder):
                raise


def _is_whole(folder: Path) -> bool:
    """Whether a store exists and its files are unchanged."""
    try:
        return (folder / "contents").read_text("utf-8") == _contents(folder)
    except (OSError, ValueError):
        return False


def _contents(folder: Path) -> str:
    with os.scandir(folder / STORE) as entries:
        files = sorted(entry.path for entry in entries)
    return "".join(map(_content, [*files, str(folder / NAMES)]))


def _content(file: str) -> str:
    found = os.stat(file)  # noqa: PTH116 (faster than Path.stat)
    return f"{os.path.basename(file)} {found.st_size} {found.st_mtime_ns}\n"  # noqa: PTH119


def _note_use(folder: Path) -> None:
    """Set the time of a store's folder to the present, which marks the store as used."""
    with suppress(OSError):
        if time.time() - folder.stat().st_mtime > _SELDOM:
            os.utime(folder)


def _remove_unused(cache: Path, *, but: Path) -> None:
    """Remove stores that were unused for long or are too many."""
    stores = [
        (time.time() - place.stat().st_mtime, place)
        for place in cache.iterdir()
        if _KEY.fullmatch(place.name) and place != but
    ]
    for rank, (age, place) in enumerate(sorted(stores), start=1):
        if rank >= _KEPT or age > _UNUSED_FOR:
            shutil.rmtree(place, ignore_errors=True)
