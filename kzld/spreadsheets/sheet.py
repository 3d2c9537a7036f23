"""A spreadsheet as a document: its statements, each with its cell, and its faults."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyoxigraph as ox

from kzld.rdf.documents import SHEET_SUFFIXES, Document, Place
from kzld.rdf.namespaces import Term
from kzld.spreadsheets.csv_file import Table


@dataclass(frozen=True, kw_only=True)
class Sheet(Document):
    """A spreadsheet as a document; its lines are the rows that the spreadsheet shows.

    Attributes:
        table: the cells.
        columns: the column of each statement.
        rows: the row of each fact or thing.
        headings: the column of each property.
    """

    table: Table
    columns: list[int]
    rows: dict[ox.NamedNode, int]
    headings: dict[str, int]

    @cached_property
    def incomplete(self) -> set[Term]:
        """The facts and things of rows with a fault; all of them if a heading has one."""
        faulty = {fault.place.line for fault in self.faults}
        return {subject for subject, row in self.rows.items() if not faulty.isdisjoint((1, row))}

    def place(self, statement: int, term: Term) -> Place:  # noqa: ARG002 (a cell is one term)
        """The cell of a statement, by the number of the statement."""
        return self.table.place(self.lines[statement], self.columns[statement])

    def subject_place(self, subject: Term, statement: int, lacking: str) -> Place:  # noqa: ARG002
        """The cell for a property that a fact or thing lacks; else the first cell of its row."""
        return self.table.place(self.lines[statement], self.headings.get(lacking, 1))


def is_sheet(path: str | Path) -> bool:
    """Whether a file is a spreadsheet, by its suffix."""
    return Path(str(path).removesuffix(".gz")).suffix.lower() in SHEET_SUFFIXES
