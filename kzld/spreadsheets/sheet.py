"""A spreadsheet as a document: its statements, each with its cell, and its faults."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from kzld.rdf.documents import SHEET_SUFFIXES, Document, Place
from kzld.rdf.namespaces import Term
from kzld.spreadsheets.table import Table


@dataclass(frozen=True, kw_only=True)
class Sheet(Document):
    """A spreadsheet as a document; its lines are the rows that the spreadsheet shows.

    Attributes:
        table: the cells.
        columns: the column of each statement.
        rows: the row of each fact or thing.
        headings: the column of each property.
        texts: the column of each property and language; the language is empty for other values.
        language: the language of the headings.
        unread: for each fact or thing the properties whose cells could not be read or were
            empty where a value is needed; without an entry, it may be any.
        unnamed: the facts and things for which no name could be made.
    """

    table: Table
    columns: list[int]
    rows: dict[ox.NamedNode, int]
    headings: dict[str, int]
    texts: dict[tuple[str, str], int]
    language: str
    unread: dict[ox.NamedNode, set[str]]
    unnamed: set[ox.NamedNode]

    def may_have(self, subject: Term, properties: Iterable[str]) -> bool:
        """Whether a row may have one of some properties in a cell that could not be read."""
        if not isinstance(subject, ox.NamedNode) or subject not in self.rows:
            return False
        return subject not in self.unread or not self.unread[subject].isdisjoint(properties)

    def is_partial(self, subject: Term) -> bool:
        """Whether a cell of a row could not be read, or may stand below a wrong heading."""
        return super().is_partial(subject) or self.may_have(subject, ())

    def place(self, statement: int, term: Term) -> Place:  # noqa: ARG002 (a cell is one term)
        """The cell of a statement, by the number of the statement."""
        return self.table.place(self.lines[statement], self.columns[statement])

    def subject_place(self, subject: Term, statement: int, lacking: str) -> Place:  # noqa: ARG002
        """The cell for a property that a fact or thing lacks; else the first cell of its row."""
        return self.table.place(self.lines[statement], self.headings.get(lacking, 1))


def is_sheet(path: str | Path) -> bool:
    """Whether a file is a spreadsheet, by its suffix."""
    return Path(str(path).removesuffix(".gz")).suffix.lower() in SHEET_SUFFIXES
