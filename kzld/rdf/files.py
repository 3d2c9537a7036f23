"""Files read and written whole or not at all: text, gzip, folders."""

from __future__ import annotations

import codecs
import gzip
import io
import os
import shutil
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, cast

from kzld.errors import KzldError, ReadError, reason

MAX_GZIP_RATIO = 100  # RDF seldom shrinks to less than a thirtieth
GZIP_FREE = 10_000_000  # bytes that a file may unpack to, whatever the ratio
_MAX_SIZE = 1_000_000_000  # larger data belong in a triple store
GZIP_MAGIC = b"\x1f\x8b"
_PACKING = 6  # the level of gzip; higher levels take twice the time to save 2 %


def name_of(path: str | Path) -> str:
    """The name of a file in messages: its path; `<stdin>` for `-`, standard input."""
    return "<stdin>" if str(path) == "-" else str(path)


def read_bytes(path: str | Path) -> bytes:
    """The bytes of a file, unpacked if it is a gzip file; `-` is standard input.

    Raises:
        ReadError: the file is missing, unreadable or too large.
    """
    if str(path) == "-":
        return _read_all(sys.stdin.buffer, name_of(path))
    path = Path(path)
    try:
        with open_file(path) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                problem = "is a device or a pipe, not a file; standard input is read as -"
                raise ReadError(f"{path}: {problem}", file=str(path))
            return _read_all(file, str(path), zipped=path.suffix == ".gz")
    except FileNotFoundError:
        raise ReadError(f"{path}: no such file", file=str(path)) from None
    except OSError as error:
        raise ReadError(f"{path}: cannot be read ({reason(error)})", file=str(path)) from None
    except ValueError:  # a null byte
        raise ReadError(f"{path}: is not a file name", file=str(path)) from None


def open_file(path: Path) -> IO[bytes]:
    """Open a file; opening a pipe does not wait for a writer, so that it can be refused."""
    return os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb")


def _read_all(file: IO[bytes], name: str, *, zipped: bool = False) -> bytes:
    """The bytes of a file, unpacked if it is a gzip file; at most `_MAX_SIZE` of them."""
    known = os.fstat(file.fileno())
    data = b"" if known.st_size > _MAX_SIZE else _read_some(file, _MAX_SIZE)
    if max(known.st_size, len(data)) > _MAX_SIZE:
        problem = f"is larger than {_MAX_SIZE // 10**9} GB; check it in parts"
        raise ReadError(f"{name}: {problem}, or load it into a triple store", file=name)
    if zipped or data.startswith(GZIP_MAGIC):
        return _unzip(data, name)
    return data


def _read_some(file: IO[bytes], limit: int) -> bytes:
    """The bytes of a file; of a larger file, a little more than the limit."""
    parts, size = [], 0
    while size <= limit and (part := file.read(1 << 20)):
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def _unzip(data: bytes, name: str) -> bytes:
    import gzip  # seldom needed
    import zlib

    if not data.startswith(GZIP_MAGIC):
        raise ReadError(f"{name}: is not a gzip file", file=name)
    room = min(_MAX_SIZE, max(GZIP_FREE, MAX_GZIP_RATIO * len(data)))
    try:
        unpacked = _read_some(cast(IO[bytes], gzip.GzipFile(fileobj=io.BytesIO(data))), room)
    except EOFError:
        raise ReadError(f"{name}: is a gzip file that is cut short", file=name) from None
    except (OSError, zlib.error):
        raise ReadError(f"{name}: is a gzip file that is damaged", file=name) from None
    if len(unpacked) > room:
        problem = f"unpacks to more than {MAX_GZIP_RATIO} times its size, and is not read"
        raise ReadError(f"{name}: {problem}", file=name)
    if unpacked.startswith(GZIP_MAGIC):
        raise ReadError(f"{name}: is packed twice; unpack it once", file=name)
    return unpacked


def decode(data: bytes, name: str) -> str:
    """The text of a file in UTF-8, without its byte-order mark.

    Raises:
        ReadError: it is in another encoding, or no text.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)):
        raise ReadError(f"{name}: is UTF-16 or UTF-32; save the file as UTF-8", file=name)
    if (null := data.find(b"\0")) >= 0:
        line = data.count(b"\n", 0, null) + 1
        problem = "has a null byte, so it is no text, or not in UTF-8"
        raise ReadError(f"{name}:{line}: {problem}", file=name, line=line)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problem = f"not UTF-8 (byte 0x{data[error.start]:02x}); save the file as UTF-8"
        raise ReadError(f"{name}:{line}: {problem}", file=name, line=line) from None


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; see `open_atomically`."""
    with open_atomically(path) as file:
        file.write(data)


@contextmanager
def open_atomically(path: Path) -> Iterator[IO[bytes]]:
    """A file to write whole or not at all: a temporary file beside it, renamed at the end.

    A device or a pipe (`/dev/stdout`) is written to directly, never replaced.

    Raises:
        ReadError: the folder is missing, not writable or full; the old file stays.
    """
    from kzld.rdf.working import working_file  # slow to import, and seldom needed

    try:
        if path.exists() and not path.is_file():
            with path.open("wb") as file:
                yield file
            return
        target = path.resolve()
        with working_file(target.parent) as temporary:
            with temporary.open("wb") as new:
                yield new
                new.flush()
                os.fsync(new.fileno())
            temporary.chmod(_mode(target))
            temporary.replace(target)
    except OSError as error:
        raise _unwritable(path, error) from None


def write_all(files: Mapping[Path, bytes]) -> None:
    """Write several files: all of them or, if one of them cannot be written, none.

    A run that is killed leaves each file whole, old or new; they are renamed in order.

    Raises:
        ReadError: a folder is missing, not writable or full; all files are as before.
    """
    from kzld.rdf.working import working_file

    new: dict[Path, Path] = {}
    old: dict[Path, Path] = {}
    with ExitStack() as stack:
        for path, data in files.items():
            target = path.resolve()
            try:
                new[target] = stack.enter_context(working_file(target.parent))
                _write_through(new[target], data)
                new[target].chmod(_mode(target))
                if target.exists():
                    old[target] = stack.enter_context(working_file(target.parent))
                    shutil.copy2(target, old[target])
            except OSError as error:
                raise _unwritable(path, error) from None
        _rename_all(new, old)


def _rename_all(new: Mapping[Path, Path], old: Mapping[Path, Path]) -> None:
    """Put new files into place; after a failure, put all old ones back."""
    begun = []
    try:
        for target, temporary in new.items():
            begun.append(target)
            temporary.replace(target)
    except BaseException as error:  # also Ctrl-C
        for target in begun:
            if target in old:
                old[target].replace(target)
            else:
                target.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise _unwritable(begun[-1], error) from None
        raise


def _write_through(path: Path, data: bytes) -> None:
    """Write a file, and wait until it is on the disk."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _mode(target: Path) -> int:
    """The permissions that a written file keeps or, if it is new, gets."""
    return target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()


def _unwritable(path: Path, error: OSError) -> ReadError:
    return ReadError(f"{path}: cannot be written ({reason(error)}); nothing was changed")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@contextmanager
def open_for_export(path: Path) -> Iterator[IO[bytes]]:
    """A file to export to, packed if its name ends in `.gz`; written whole or not at all.

    Raises:
        ReadError: the file cannot be written.
    """
    with open_atomically(path) as file, gzip_if_named(path, file) as maybe_packed:
        yield maybe_packed


@contextmanager
def gzip_if_named(path: Path, file: IO[bytes]) -> Iterator[IO[bytes]]:
    """A writer that packs for a path that ends in `.gz`; for other paths the file itself."""
    if path.suffix != ".gz":
        yield file
        return
    with gzip.GzipFile("", "wb", _PACKING, file, mtime=0) as zipped:  # no name, no time
        yield cast(IO[bytes], zipped)


@contextmanager
def new_folder(path: Path, replacing: Iterable[str] = ()) -> Iterator[Path]:
    """A folder to fill whole or not at all: a temporary folder, renamed at the end.

    Args:
        path: the final path of the folder.
        replacing: the names of the files that an existing folder may hold; they are deleted.

    Raises:
        KzldError: the folder holds other files, or cannot be written; nothing was changed.
    """
    from kzld.rdf.working import working_folder

    target = path.resolve()
    try:
        there = sorted(one.name for one in target.iterdir()) if target.exists() else []
        if other := sorted(set(there) - set(replacing)):
            raise KzldError(f"{path}: holds other files ({other[0]} …); name a new folder")
        with working_folder(target.parent) as temporary:
            new = temporary / "new"
            new.mkdir()
            yield new
            if there:
                target.rename(temporary / "old")
            new.rename(target)
    except OSError as error:
        raise KzldError(
            f"{path}: cannot be written ({reason(error)}); nothing was changed"
        ) from None
