"""Read the sheets of an OpenDocument spreadsheet (.ods), as LibreOffice writes it.

Dates are as precise as their cells show them: one shown as `Jan 22` is a month.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from kzld.errors import ReadError
from kzld.rdf.date_forms import readings
from kzld.spreadsheets.xlsx_file import number

_NAMESPACE = "urn:oasis:names:tc:opendocument:xmlns:"
_TABLE, _OFFICE, _TEXT, _STYLE = (
    f"{{{_NAMESPACE}{name}:1.0}}" for name in ("table", "office", "text", "style")
)
_CELLS = (_TABLE + "table-cell", _TABLE + "covered-table-cell")
_MOST_COLUMNS = 1000  # a style repeated to the edge of the sheet is no content


def read_ods(data: bytes, name: str) -> Iterator[tuple[str, dict[int, list[str]] | None]]:
    """The sheets of an OpenDocument spreadsheet: the name, and the texts by row.

    A hidden sheet has None.

    Formulas count with the value that the program has saved; without one, they stay formulas.
    All cells of a merged range have the value of its first column.

    Args:
        data: the bytes of the file.
        name: the name of the file in messages.

    Raises:
        ReadError: the file is damaged.
    """
    root = _content(data)
    if root is None:
        problem = "is no workbook that can be read; is it damaged, or locked with a password?"
        raise ReadError(f"{name}: {problem}", file=name)
    hidden = {
        style.get(_STYLE + "name")
        for style in root.iter(_STYLE + "style")
        for properties in style.iter(_STYLE + "table-properties")
        if properties.get(_TABLE + "display") == "false"
    }
    for table in root.iter(_TABLE + "table"):
        is_hidden = table.get(_TABLE + "style-name") in hidden
        yield table.get(_TABLE + "name", ""), None if is_hidden else _rows(table)


def _content(data: bytes) -> ET.Element | None:
    """The content of a file; None if it is damaged."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            content = parts.read("content.xml")
        if b"<!DOCTYPE" in content:  # its entities could grow without limit
            return None
        return ET.fromstring(content)  # noqa: S314 (it has no document type)
    except (KeyError, zipfile.BadZipFile, zlib.error, ET.ParseError, RuntimeError, OSError):
        return None


def _rows(table: ET.Element) -> dict[int, list[str]]:
    """The texts of the cells, by row; a merged cell counts in each of its rows."""
    rows: dict[int, list[str]] = {}
    merged: dict[int, tuple[int, str]] = {}  # the last row and the text of merged cells, by column
    line = 1
    for row in table.iter(_TABLE + "table-row"):
        cells: list[str] = []
        for cell in row:
            if cell.tag not in _CELLS:
                continue
            text = _text(cell) if cell.tag == _CELLS[0] else ""
            if text and (height := int(cell.get(_TABLE + "number-rows-spanned", "1"))) > 1:
                merged[len(cells)] = line + height - 1, text
            last, above = merged.get(len(cells), (0, ""))
            repeated = int(cell.get(_TABLE + "number-columns-repeated", "1"))
            cells += [text or (above if line <= last else "")] * min(repeated, _MOST_COLUMNS)
        repeated = int(row.get(_TABLE + "number-rows-repeated", "1"))
        if any(cells):
            rows |= {line + offset: cells for offset in range(min(repeated, _MOST_COLUMNS))}
        line += repeated
    return rows


def _text(cell: ET.Element) -> str:
    """The value of a cell as a text, a date as precise as the cell shows it."""
    shown = "\n".join("".join(p.itertext()) for p in cell.findall(_TEXT + "p")).strip()
    formula = cell.get(_TABLE + "formula", "")
    kind = cell.get(_OFFICE + "value-type", "")
    value = cell.get(_OFFICE + "value", "")
    if formula and not shown and not value:
        return f"={formula}"
    if kind == "date":
        return _date(cell.get(_OFFICE + "date-value", ""), shown)
    if kind == "percentage":
        return f"{number(float(value) * 100)}%"
    return number(float(value)) if kind in ("float", "currency") and value else shown


def _date(value: str, shown: str) -> str:
    """A date at the precision at which it is shown; as it is shown if this has no year."""
    day, found = value[:10], readings(shown)
    for length in (len("2022-01"), len("2022")):
        if day[:length] in found:
            return day[:length]
    parts = re.findall(r"\d+|[^\W\d_]{3,}", re.sub(r"\d+:\d+.*", "", shown))
    if len(parts) == len(("Jan", "22")) and parts[1] in (day[:4], day[2:4]):
        return day[: len("2022-01")] if parts[0].isalpha() else shown
    has_year = len(parts) >= len(("1", "1", "22")) and {day[:4], day[2:4]}.intersection(parts)
    return value.removesuffix("T00:00:00") if has_year else shown
