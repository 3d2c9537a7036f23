"""A table: the cells of a spreadsheet, whatever the file that it comes from."""

from __future__ import annotations

from dataclasses import dataclass

from kzld.errors import ReadError
from kzld.rdf.documents import Place

REQUIRED = "*"
"""The end of the heading of a required column."""
_MAX_SHOWN = 200
_LETTERS = 26


@dataclass(frozen=True, slots=True)
class Table:
    """The cells of a table, without empty rows.

    Attributes:
        name: the name of the file in messages, with that of the sheet if there are several.
        text: the text of the file; empty for a workbook.
        rows: the rows by their number, as a spreadsheet shows it; row 1 has the headings.
        lines: the line of the file on which each row begins.
        sheet: the name of the sheet in a workbook; empty for CSV.
        left_out: the names of the sheets of the workbook that are hidden.
    """

    name: str
    text: str
    rows: dict[int, list[str]]
    lines: dict[int, int]
    sheet: str = ""
    left_out: tuple[str, ...] = ()

    def cell(self, row: int, column: int) -> str:
        """The text of a cell; columns count from 1."""
        cells = self.rows[row]
        return cells[column - 1] if column <= len(cells) else ""

    def heading(self, column: int) -> str:
        """The heading of a column, without the mark of a required column."""
        return self.cell(1, column).rstrip(f"{REQUIRED} ")

    def headings(self) -> dict[int, str]:
        """The headings that are not empty, by the number of their column."""
        numbers = range(1, len(self.rows[1]) + 1)
        return {number: text for number in numbers if (text := self.heading(number))}

    def place(self, row: int, column: int) -> Place:
        """The place of a cell, with its heading; in a workbook also as `People!B3`."""
        heading = "heading" if row == 1 else _shorten(self.heading(column)) or "no heading"
        if self.sheet:
            heading = f"{self.sheet}!{_letters(column)}{row} {heading}"
        return Place(row, column, _shorten(self.cell(row, column)), heading, self.lines[row])


def checked(table: Table) -> Table:
    """The table, if it has headings and rows.

    Raises:
        ReadError: it has none.
    """
    if not table.rows:
        raise table_error(table.name, "is empty")
    if 1 not in table.rows:
        raise table_error(table.name, "the first row must hold the headings; it is empty", 1)
    if len(table.rows) == 1:
        raise table_error(table.name, "has headings but no rows")
    return table


def table_error(name: str, problem: str, line: int = 0) -> ReadError:
    """The error for a spreadsheet that cannot be used."""
    where = f"{name}:{line}" if line else name
    return ReadError(f"{where}: {problem}", file=name, line=line)


def _letters(column: int) -> str:
    """The letters of a column: A, B, …, Z, AA."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, _LETTERS)
        letters = chr(ord("A") + rest) + letters
    return letters


def _shorten(cell: str) -> str:
    """The text of a cell on one line, shortened if it is long."""
    line = " ".join(cell.split())
    return line if len(line) <= _MAX_SHOWN else f"{line[:_MAX_SHOWN]}…"
