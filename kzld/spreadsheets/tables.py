"""The tables in a file: a CSV file has one, a workbook one for each sheet."""

from __future__ import annotations

import io
import zipfile

from kzld.errors import ReadError
from kzld.spreadsheets.csv_file import parse_csv
from kzld.spreadsheets.table import Table, checked, table_error

_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_MAX_UNPACKED = 100_000_000  # bytes


def parse_tables(data: bytes, name: str) -> list[Table]:
    """The tables in the bytes of a file; its content tells CSV, Excel and OpenDocument apart.

    Left out are hidden and empty sheets and, if others have more, those with headings only.

    Args:
        data: the bytes of the file.
        name: the name of the file in messages.

    Raises:
        ReadError: the file cannot be read, or a sheet has no headings or no rows.
    """
    if data.startswith(_OLD_EXCEL):
        problem = "is a workbook of an old program, or locked with a password; save it as .xlsx"
        raise table_error(name, problem)
    if not data.startswith(_ZIP):
        return [parse_csv(data, name)]
    found = _sheets(data, name)
    hidden = tuple(sheet for sheet, rows in found.items() if rows is None)
    sheets = {sheet: rows for sheet, rows in found.items() if rows}
    if not sheets:
        raise table_error(name, "has no sheet with cells that is not hidden")
    if any(max(rows) > 1 for rows in sheets.values()):
        sheets = {sheet: rows for sheet, rows in sheets.items() if max(rows) > 1}
    names = {sheet: f"{name}#{sheet}" if len(sheets) > 1 else name for sheet in sheets}
    return [
        checked(Table(names[sheet], "", rows, {row: row for row in rows}, sheet, hidden))
        for sheet, rows in sheets.items()
    ]


def _sheets(data: bytes, name: str) -> dict[str, dict[int, list[str]] | None]:
    """The rows of each sheet of a workbook, by number; None for a hidden sheet."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            files = {part.filename: part.file_size for part in parts.infolist()}
    except zipfile.BadZipFile:
        files = {}
    if sum(files.values()) > _MAX_UNPACKED:
        problem = f"unpacks to more than {_MAX_UNPACKED // 10**6} MB, and is not read"
        raise ReadError(f"{name}: {problem}", file=name)
    if "xl/workbook.xml" in files:
        from kzld.spreadsheets.xlsx_file import read_xlsx

        found = read_xlsx(data, name)
    elif "content.xml" in files:
        from kzld.spreadsheets.ods_file import read_ods

        found = read_ods(data, name)
    else:
        problem = "is no Excel or OpenDocument workbook; save it as .xlsx, .ods or “CSV UTF-8”"
        raise table_error(name, problem)
    return {
        sheet: rows and {number: cells for number, cells in rows.items() if any(cells)}
        for sheet, rows in found
    }
