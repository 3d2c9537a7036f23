"""Read a CSV file as rows of cells, as any spreadsheet program writes it."""

from __future__ import annotations

import csv
import io
import re

from kzld.errors import ReadError
from kzld.rdf.files import decode
from kzld.spreadsheets.table import Table, checked, table_error

_DELIMITERS = ",;\t|"
_SEPARATOR_LINE = re.compile(r"sep=([,;|\t])\r?\n", re.IGNORECASE)
_BLANKS = "\ufeff\u200b"


def parse_csv(data: bytes, name: str) -> Table:
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
        raise table_error(name, problem, before + line) from None
    return checked(table)


def _delimiter(text: str) -> str:
    """The character that separates the headings."""

    def count(delimiter: str) -> int:
        try:
            lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
            return len(next(lines, []))
        except csv.Error:
            return 0

    return max(_DELIMITERS, key=count)
