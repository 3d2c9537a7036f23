"""Read the sheets of an Excel workbook, with openpyxl.

Dates are as precise as their cells show them: one shown as `Jan 22` is a month.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from kzld.errors import ReadError

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

_NOT_A_PART = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')  # texts, colours, fillers in a format
_TIME = re.compile(r"[hs]+|am/pm|a/p", re.IGNORECASE)


def read_xlsx(data: bytes, name: str) -> Iterator[tuple[str, dict[int, list[str]] | None]]:
    """The sheets of an Excel workbook: the name, and the texts by row; None for a hidden sheet.

    Formulas count with the value that the program has saved; without one, they stay formulas.
    All cells of a merged range have the value of its first column.

    Args:
        data: the bytes of the file.
        name: the name of the file in messages.

    Raises:
        ReadError: the file is damaged, or openpyxl is not installed.
    """
    workbook = _load(data, name)
    sheets = [s for s in workbook.worksheets if s.sheet_state == "visible"]
    has_formulas = any(cell.data_type == "f" for sheet in sheets for cell in _cells(sheet))
    computed = _load(data, name, values=True) if has_formulas else workbook
    for sheet in workbook.worksheets:
        yield sheet.title, _rows(sheet, computed[sheet.title]) if sheet in sheets else None


def _load(data: bytes, name: str, *, values: bool = False) -> Workbook:
    try:
        import openpyxl
    except ModuleNotFoundError:
        problem = 'openpyxl, which reads workbooks, is not installed; pip install "kzld[excel]"'
        raise ReadError(f"{name}: {problem}", file=name) from None
    try:
        with warnings.catch_warnings(action="ignore"):  # of features that no cell depends on
            return openpyxl.load_workbook(io.BytesIO(data), data_only=values)
    except Exception:  # noqa: BLE001 (a damaged file makes it raise whatever its parts raise)
        problem = "is no workbook that can be read; is it damaged, or locked with a password?"
        raise ReadError(f"{name}: {problem}", file=name) from None


def _cells(sheet: Worksheet) -> list[Cell]:
    """The cells with content; `iter_rows` would make all up to the last formatted one."""
    from openpyxl.cell.cell import MergedCell

    cells = sheet._cells.values()  # noqa: SLF001
    return [cell for cell in cells if not isinstance(cell, MergedCell) and cell.value is not None]


def _rows(sheet: Worksheet, computed: Worksheet) -> dict[int, list[str]]:
    """The texts of the cells, by row."""
    texts: dict[tuple[int, int], str] = {}
    for cell in _cells(sheet):
        value = computed.cell(cell.row, cell.column).value if cell.data_type == "f" else cell.value
        if value is None:  # a formula that no program has computed
            value = cell.value if isinstance(cell.value, str) else "=…"
        texts[cell.row, cell.column] = _text(value, cell.number_format)
    for merged in sheet.merged_cells.ranges:
        text = texts.get((merged.min_row, merged.min_col), "")
        for row in range(merged.min_row, merged.max_row + 1) if text else ():
            texts[row, merged.min_col] = text
    rows: dict[int, list[str]] = {}
    for (row, column), text in sorted(texts.items()):
        cells = rows.setdefault(row, [])
        cells += [""] * (column - 1 - len(cells)) + [text]
    return rows


def _text(value: Any, shown_as: str) -> str:
    """The value of a cell as a text, a date as precise as its format shows it."""
    if isinstance(value, datetime):
        return _date(value, shown_as)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{number(value * 100)}%" if shown_as.endswith("%") else number(value)
    return str(value).strip()


def number(value: float) -> str:
    """A number without exponent and without digits that a spreadsheet does not keep."""
    text = f"{value:.15g}"
    return f"{value:.15f}".rstrip("0").rstrip(".") if "e" in text else text


def _date(value: datetime, shown_as: str) -> str:
    parts = _TIME.sub("", _NOT_A_PART.sub("", shown_as.partition(";")[0])).lower()
    if "y" not in parts and "d" in parts:  # the program has made the year up
        return f"{value.day}.{value.month}."
    if "y" in parts and "d" not in parts:
        return f"{value:%Y-%m}" if "m" in parts else f"{value:%Y}"
    is_day = (value.hour, value.minute, value.second) == (0, 0, 0)
    return value.date().isoformat() if is_day else value.isoformat(timespec="seconds")
