"""Read the files behind the paths, folders and patterns that a person names."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from kzld.dataset.dataset import Dataset
from kzld.dataset.package import context
from kzld.dataset.paths import files
from kzld.errors import ReadError
from kzld.rdf.blank_nodes import named_by_line
from kzld.rdf.documents import Document, read_document
from kzld.spreadsheets.rows import read_sheets
from kzld.spreadsheets.sheet import is_sheet

_LARGE: Final = 5_000_000
"""Characters; of a longer file the statements are parsed anew, not kept."""


def read_all(
    paths: Iterable[str | Path],
    unreadable: list[ReadError],
    syntax: ox.RdfFormat | None = ox.RdfFormat.TURTLE,
    dataset: Dataset | None = None,
) -> list[Document]:
    """The documents behind paths, each file once; unreadable files go on a list.

    Args:
        paths: files, folders, patterns such as `facts/*.ttl`, or `-` for standard input.
        unreadable: receives the error of each path that cannot be read.
        syntax: the syntax of standard input; None for a spreadsheet.
        dataset: the things that spreadsheets may name, beside those in the other files; without
            a data set, spreadsheets are refused.
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
            document = read_document(path, context=context(), syntax=syntax or turtle, large=_LARGE)
            documents.append(named_by_line(document))
        except ReadError as error:
            unreadable.append(error)
    if dataset is not None:
        documents += read_sheets(sheets, dataset, documents, unreadable)
    return documents
