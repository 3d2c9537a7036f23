"""What a person names on the command line, as files: folders and patterns are spelled out."""

from __future__ import annotations

import glob
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from kzld.dataset.dataset import CATALOG_FILES, Dataset, context
from kzld.errors import ReadError
from kzld.rdf.documents import SHEET_SUFFIXES, Document, read_document
from kzld.spreadsheets.rows import is_sheet, read_sheets

FOLDER_SUFFIXES: Final = (".ttl", ".trig", ".nt", ".nq", ".rdf", ".owl", ".jsonld", *SHEET_SUFFIXES)
"""What is read of a folder: `.json` and `.xml` there are mostly something else."""
_NOT_FACTS: Final = (*CATALOG_FILES, "context.jsonld")


def read_all(
    paths: Iterable[str | Path],
    unreadable: list[ReadError],
    syntax: ox.RdfFormat | None = ox.RdfFormat.TURTLE,
    dataset: Dataset | None = None,
) -> list[Document]:
    """The documents behind paths, each file once; what cannot be read is put on a list.

    Args:
        paths: files, folders, patterns such as `facts/*.ttl`, or `-` for standard input.
        unreadable: takes the error of each path that cannot be read.
        syntax: of standard input; None for CSV.
        dataset: what spreadsheets may name, beside the other files; without it they are refused.
    """

    def has_cells(path: str) -> bool:
        return syntax is None if path == "-" else is_sheet(path)

    sheets, documents = [], []
    for path in files(paths, unreadable):
        if dataset is not None and has_cells(path):
            sheets.append(path)
            continue
        try:
            turtle = ox.RdfFormat.TURTLE
            documents.append(read_document(path, context=context(), syntax=syntax or turtle))
        except ReadError as error:
            unreadable.append(error)
    if dataset is not None:
        documents += read_sheets(sheets, dataset, documents, unreadable)
    return documents


def files(paths: Iterable[str | Path], unreadable: list[ReadError]) -> list[str]:
    """The files that paths stand for, each once, in the order of the paths."""
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
    except OSError:  # such as a name that is too long; reading says so
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
    """A file, or what is read of a folder: no hidden files, nor what describes the data set."""
    if not Path(place).is_dir():
        return [place]
    return sorted(
        str(path)
        for path in Path(place).rglob("*")
        if not any(part.startswith(".") for part in path.relative_to(place).parts)
        and path.name.lower().removesuffix(".gz").endswith(FOLDER_SUFFIXES)
        and path.name not in _NOT_FACTS
        and not path.is_dir()
    )
