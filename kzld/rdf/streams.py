"""RDF files read statement by statement: a large file need not fit in memory."""

from __future__ import annotations

import codecs
import gzip
import io
import os
import zlib
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import IO, cast

import pyoxigraph as ox

from kzld.errors import ReadError
from kzld.progress import Progress, no_progress
from kzld.rdf.documents import format_of, is_beyond_rdf11, read_document
from kzld.rdf.files import GZIP_FREE, MAX_GZIP_RATIO, open_file
from kzld.rdf.syntax_errors import (
    foreign_character,
    foreign_to_iris,
    rdf12_error,
    syntax_error,
)

_LARGE = 20_000_000  # bytes
_LARGE_PACKED = 2_000_000
_LONGEST = 10_000  # characters of a line in an error message
_IN_ONE_PASS = (
    ox.RdfFormat.TURTLE,
    ox.RdfFormat.TRIG,
    ox.RdfFormat.N_TRIPLES,
    ox.RdfFormat.N_QUADS,
)


def statements(
    path: str | Path, *, context: str | None = None, progress: Progress = no_progress
) -> Iterable[ox.Quad]:
    """The statements of an RDF file; a large file is read while the caller iterates.

    `read_document` reads a small file, and a file in RDF/XML or JSON-LD, which must be
    checked as a whole.

    Args:
        path: a file, or `-` for standard input.
        context: the packaged JSON-LD context.
        progress: receives the share of the file that is read.

    Raises:
        ReadError: as `read_document`, or a part of the file makes no statement; for a large
            file, during the iteration.
    """
    if str(path) == "-" or not _is_large(Path(path)):
        return read_document(path, context=context).complete()
    syntax = format_of(Path(path))
    if syntax not in _IN_ONE_PASS:
        return read_document(path, context=context).complete()
    return _stream(Path(path), syntax, progress)


def _is_large(path: Path) -> bool:
    try:
        return path.stat().st_size > (_LARGE_PACKED if path.suffix == ".gz" else _LARGE)
    except (OSError, ValueError):  # reading the file reports the problem
        return False


def _stream(path: Path, syntax: ox.RdfFormat, progress: Progress) -> Iterator[ox.Quad]:
    name, found = str(path), False
    try:
        with _Feed(path, progress) as feed:
            for quad in ox.parse(cast(IO[bytes], feed), format=syntax):
                if is_beyond_rdf11(quad.object):
                    raise rdf12_error(name, 0, "")
                if character := foreign_character(quad):
                    raise ReadError(f"{name}: {foreign_to_iris(character)}", file=name)
                found = True
                yield quad
    except SyntaxError as error:
        number = error.lineno or 0
        start, line = _line(path, 1), _line(path, number)
        raise syntax_error(error, name, syntax, number, line, start) from None
    except EOFError:
        raise ReadError(f"{name}: is a gzip file that is cut short", file=name) from None
    except (OSError, zlib.error) as error:
        reason = getattr(error, "strerror", None)
        problem = f"cannot be read ({reason.lower()})" if reason else "is damaged"
        raise ReadError(f"{name}: {problem}", file=name) from None
    if not found:
        raise ReadError(f"{name}: contains no triples", file=name)


class _Feed(io.RawIOBase):
    """A file, unpacked if its name ends in `.gz`, that reports how far it has been read."""

    def __init__(self, path: Path, progress: Progress) -> None:
        self._name, self._progress = str(path), progress
        self._file = open_file(path)
        self._size = os.fstat(self._file.fileno()).st_size
        self._zipped = path.suffix == ".gz"
        self._text = gzip.GzipFile(fileobj=self._file) if self._zipped else self._file
        self._room = max(GZIP_FREE, MAX_GZIP_RATIO * self._size)
        self._at_start = True

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        part = self.read(len(buffer))
        buffer[: len(part)] = part
        return len(part)

    def read(self, size: int = -1) -> bytes:
        part = self._text.read(size)
        self._progress(min(1.0, self._file.tell() / self._size))
        self._room -= len(part)
        if self._zipped and self._room < 0:
            problem = f"unpacks to more than {MAX_GZIP_RATIO} times its size, and is not read"
            raise ReadError(f"{self._name}: {problem}", file=self._name)
        if self._at_start:
            self._at_start = False
            part = part.removeprefix(codecs.BOM_UTF8) or self._text.read(size)
        return part

    def close(self) -> None:
        self._file.close()
        super().close()


def _line(path: Path, number: int) -> str:
    """A line of a file, counted from 1, cut at `_LONGEST` characters."""
    with _Feed(path, no_progress) as feed:
        lines = io.BufferedReader(cast(io.RawIOBase, feed))
        found = next(islice(lines, number - 1, None), b"") if number else b""
    return found[:_LONGEST].decode(errors="replace").rstrip("\r\n")
