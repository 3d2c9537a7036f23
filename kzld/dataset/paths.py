"""The files behind paths on the command line, which may be folders and patterns."""

from __future__ import annotations

import glob
from collections.abc import Iterable
from pathlib import Path

from kzld.dataset.package import CATALOG_FILES
from kzld.errors import ReadError

FOLDER_SUFFIXES = (".ttl", ".trig", ".nt", ".nq", ".rdf", ".owl", ".jsonld", ".csv", ".tsv")
"""The suffixes to read in a folder; there, `.json`, `.xml` and workbooks are mostly not facts."""
_HIDDEN = (".", "~$")  # the latter are Excel's, of workbooks that are open
_NOT_FACTS = (*CATALOG_FILES, "context.jsonld")


def files(paths: Iterable[str | Path], unreadable: list[ReadError]) -> list[str]:
    """The files behind paths, each once, in order; errors are added to `unreadable`."""
    found: dict[str, None] = {}
    for path in paths:
        try:
            found |= dict.fromkeys(_expand(str(path)))
        except ReadError as error:
            unreadable.append(error)
    return list(found)


def _expand(path: str) -> list[str]:
    try:
        if path == "-" or not glob.has_magic(path) or Path(path).exists():
            return _files_in_folder(path) if Path(path).is_dir() else [path]
    except OSError:  # such as a name that is too long; reading reports it
        return [path]
    matches = sorted(glob.glob(path, recursive=True))  # noqa: PTH207 (absolute, too)
    found = [file for match in matches for file in _files_at(match)]
    if not found:
        raise ReadError(f"{path}: no file matches")
    return found


def _files_in_folder(folder: str) -> list[str]:
    found = _files_at(folder)
    if not found:
        known = ", ".join(FOLDER_SUFFIXES)
        raise ReadError(f"{folder}: the folder holds no file of facts ({known}, also .gz)")
    return found


def _files_at(place: str) -> list[str]:
    """The file, or the files of facts in a folder, without hidden ones and the catalogue."""
    if not Path(place).is_dir():
        return [place]
    return sorted(
        str(path)
        for path in Path(place).rglob("*")
        if not any(part.startswith(_HIDDEN) for part in path.relative_to(place).parts)
        and path.name.lower().removesuffix(".gz").endswith(FOLDER_SUFFIXES)
        and path.name not in _NOT_FACTS
        and not path.is_dir()
    )
