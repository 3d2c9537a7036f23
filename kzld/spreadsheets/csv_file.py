"""Read a CSV file as rows of cells, as any spreadsheet program writes it."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass

from kzld.errors import ReadError
from kzld.rdf.documents import Place
from kzld.rdf.files import decode

REQUIRED = "*"
"""The end of the heading of a required column."""
_DELIMITERS = ",;\t|"
_SEPARATOR_LINE = re.compile(r"sep=([,;|\t])\r?\n", re.IGNORECASE)
_BLANKS = "\ufeff\u200b"
_MAX_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Table:
    """The cells of a CSV file, without empty rows.

    Attributes:
        name: the name of the file in messages.
        text: the text of the file.
        rows: the rows by their number, as a spreadsheet shows it; row 1 has the headings.
        lines: the line of the file on which each row begins.
    """

    name: str
    text: str
    rows: dict[int, list[str]]
    lines: dict[int, int]

    def cell(self, row: int, column: int) -> str:
        """The text of a cell; columns count from 1."""
        cells = self.rows[row]
        return cells[column - 1] if column <= len(cells) else ""

    def heading(self, column: int) -> str:
        """The heading of a column, without the mark of a required column."""
        return self.cell(1, column).rstrip(f"{REQUIRED} ")

    def place(self, row: int, column: int) -> Place:
        """The place of a cell, with its heading."""
        heading = "heading" if row == 1 else _shorten(self.heading(column)) or "no heading"
        return Place(row, column, _shorten(self.cell(row, column)), heading, self.lines[row])


def parse_table(data: bytes, name: str) -> Table:
    """The rows of a CSV file in UTF-8, with commas, semicolons, tabs or bars as separators.

    Args:
        data: the bytes of the file.
        name: the name of the file in messages.

    Raises:
        ReadError: the file is not UTF-8, not CSV, or has no headings or no rows.
    """
    try:
        text = decode(data, name)
    except ReadError as error:
        hint = "(in a spreadsheet program: “CSV UTF-8”)"
        raise ReadError(f"{error} {hint}", file=name, line=error.line) from None
    separator = _SEPARATOR_LINE.match(text)
    body = text[separator.end() :] if separator else text
    delimiter = separator[1] if separator else _delimiter(body)
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter, strict=True)
    before = 1 if separator else 0
    table, line = Table(name, text, {}, {}), 1
    try:
        for number, row in enumerate(reader, start=1):
            cells = [cell.strip().strip(_BLANKS).strip() for cell in row]
            if any(cells):
                table.rows[number], table.lines[number] = cells, before + line
            line = reader.line_num + 1
    except csv.Error as error:
        problem = f"not CSV ({error}); is a quotation mark left open?"
        raise csv_error(name, problem, before + line) from None
    if not table.rows:
        raise csv_error(name, "is empty")
    if 1 not in table.rows:
        raise csv_error(name, "the first row must hold the headings; it is empty", 1)
    if len(table.rows) == 1:
        raise csv_error(name, "has headings but no rows")
    return table


def csv_error(name: str, problem: str, line: int = 0) -> ReadError:
    """The error for a CSV file that cannot be used."""
    where = f"{name}:{line}" if line else name
    return ReadError(f"{where}: {problem}", file=name, line=line)


def _delimiter(text: str) -> str:
    """The character that separates the headings."""

    def count(delimiter: str) -> int:
        try:
            lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
            return len(next(lines, []))
        except csv.Error:
            return 0

    return max(_DELIMITERS, key=count)


def _shorten(cell: str) -> str:
    """The text of a cell on one line, shortened if it is long."""
    line = " ".join(cell.split())
    return line if len(line) <= _MAX_SHOWN else f"{line[:_MAX_SHOWN]}…"
