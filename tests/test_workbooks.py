# ruff: noqa: DTZ001, E501 (cells have no time zone; tables of long messages)
"""Workbooks: a cell means the text that the spreadsheet program shows, and nothing is lost."""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import openpyxl
import pytest
from command import loaded
from conftest import Kzld

import kzld
from kzld.errors import ReadError
from kzld.rdf.namespaces import BASE, expand
from kzld.spreadsheets.rows import parse_sheets
from kzld.spreadsheets.sheet import Sheet

DATASET = loaded()
BRIEF = "legrandcontinent-2022-06-20"
HEADINGS = "type,member *,organisation *,role,from,until,supported by,note (en)".split(",")
SOUND = ["membership", "KAZ", "EU", "observer", "2015", "2016", BRIEF, ""]
SCHEMA = "urn:oasis:names:tc:opendocument:xmlns"
Cell = Any  # a value; a value and the format or text that shows it


def xlsx(sheets: dict[str, list[list[Cell]]], hidden: Sequence[str] = ()) -> bytes:
    """An Excel workbook; a cell that is a pair has a value and a number format."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        sheet.sheet_state = "hidden" if name in hidden else "visible"
        for row in rows:
            sheet.append([cell[0] if isinstance(cell, tuple) else cell for cell in row])
            for place, cell in enumerate(row, start=1):
                if isinstance(cell, tuple):
                    sheet.cell(sheet.max_row, place).number_format = cell[1]
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def ods(sheets: dict[str, str], hidden: Sequence[str] = ()) -> bytes:
    """An OpenDocument spreadsheet with the XML of the rows of each sheet."""
    spaces = " ".join(f'xmlns:{n}="{SCHEMA}:{n}:1.0"' for n in ("office", "table", "text", "style"))
    styles = (
        '<style:style style:name="h"><style:table-properties table:display="false"/></style:style>'
    )
    tables = "".join(
        f'<table:table table:name="{name}"{" table:style-name=" + chr(34) + "h" + chr(34) if name in hidden else ""}>{rows}</table:table>'
        for name, rows in sheets.items()
    )
    content = (
        f"<office:document-content {spaces}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as parts:
        parts.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        parts.writestr("content.xml", content)
    return file.getvalue()


def ods_row(*cells: str, repeated: int = 1) -> str:
    shown = "".join(c if c.startswith("<") else ods_cell(c) for c in cells)
    return f'<table:table-row table:number-rows-repeated="{repeated}">{shown}</table:table-row>'


def ods_cell(text: str, attributes: str = "") -> str:
    return f"<table:table-cell {attributes}><text:p>{text}</text:p></table:table-cell>"


def ods_date(value: str, shown: str) -> str:
    return ods_cell(shown, f'office:value-type="date" office:date-value="{value}"')


def membership(**cells: Cell) -> list[Cell]:
    """A sound row with some cells changed."""
    names = [heading.strip(" *") for heading in HEADINGS]
    changed = {name.replace("_", " "): cell for name, cell in cells.items()}
    return [changed.get(name, value) for name, value in zip(names, SOUND, strict=True)]


def read(data: bytes, name: str = "my.xlsx") -> list[Sheet]:
    return parse_sheets(data, name, DATASET)


def stated(sheet: Sheet, name: str) -> list[str]:
    return [q.object.value for q in sheet.quads if q.predicate.value == expand(name)]


def faults(*sheets: Sheet) -> list[str]:
    return [f"{sheet.name}:{fault}" for sheet in sheets for fault in sheet.faults]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ((date(2015, 6, 1), "yyyy-mm-dd"), "2015-06-01"),
        ((datetime(2015, 6, 1, 10, 30), "dd.mm.yyyy hh:mm"), "2015-06-01"),
        ((date(2015, 6, 1), "[$-419]d mmmm yyyy;@"), "2015-06-01"),
        ((date(2015, 6, 1), "mmm\\ yy"), "2015-06"),
        ((date(2015, 6, 1), '[$-419]mmmm yyyy\\ "года";@'), "2015-06"),
        ((date(2015, 6, 1), "yyyy"), "2015"),
        (2015, "2015"),
        (2015.0, "2015"),
        (42156, "2015-06-01"),
        ("1 июня 2015 г.", "2015-06-01"),
    ],
)  # fmt: skip
def test_a_date_is_as_precise_as_excel_shows_it(cell: Cell, value: str) -> None:
    (sheet,) = read(xlsx({"Facts": [HEADINGS, membership(**{"from": cell})]}))
    assert not sheet.faults
    assert stated(sheet, "kz:from") == [value]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (ods_date("2015-06-01", "01.06.2015"), "2015-06-01"),
        (ods_date("2015-06-01", "06/01/15"), "2015-06-01"),
        (ods_date("2015-06-01T10:30:00", "01.06.15 10:30"), "2015-06-01"),
        (ods_date("2015-06-01", "июн 15"), "2015-06"),
        (ods_date("2015-06-15", "июн 15"), "2015-06"),
        (ods_date("2015-06-15", "15 Jun 15"), "2015-06-15"),
        (ods_date("2015-06-15", "Montag, 15. Juni 2015"), "2015-06-15"),
        (ods_date("2015-06-01", "июнь 2015"), "2015-06"),
        (ods_date("2015-06-01", "Jun-15"), "2015-06"),
        (ods_date("2015-06-01", "2015"), "2015"),
        (ods_cell("2,015", 'office:value-type="float" office:value="2015"'), "2015"),
    ],
)
def test_a_date_is_as_precise_as_libreoffice_shows_it(cell: str, value: str) -> None:
    rows = ods_row(*HEADINGS) + ods_row(*membership(**{"from": cell}))
    (sheet,) = read(ods({"Facts": rows}), "my.ods")
    assert not sheet.faults
    assert stated(sheet, "kz:from") == [value]


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        ((date(2015, 6, 1), "d\\-mmm"), "2:5: Facts!E2 from “1.6.”: not a date with its year"),
        ("=2010+5", "from “=2010+5”: a formula or its failure, not a value"),
        ("#REF!", "from “#REF!”: a formula or its failure"),
    ],
)
def test_a_cell_of_excel_without_a_value_is_asked_for(cell: Cell, fault: str) -> None:
    (found,) = faults(*read(xlsx({"Facts": [HEADINGS, membership(**{"from": cell})]})))
    assert fault in found


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        (ods_date("2015-06-01", "1. Jun"), "Facts!E2 from “1. Jun”: not a date with its year"),
        (ods_date("2015-06-15", "15. Jun"), "Facts!E2 from “15. Jun”: not a date with its year"),
        (ods_date("2015-06-15", "06/15"), "Facts!E2 from “06/15”: not a date with its year"),
        ('<table:table-cell table:formula="of:=2010+5"/>', "a formula or its failure"),
    ],
)
def test_a_cell_of_libreoffice_without_a_value_is_asked_for(cell: str, fault: str) -> None:
    rows = ods_row(*HEADINGS) + ods_row(*membership(**{"from": cell}))
    (found,) = faults(*read(ods({"Facts": rows}), "my.ods"))
    assert fault in found


def test_a_formula_counts_with_the_value_that_is_saved() -> None:
    data = xlsx({"Facts": [HEADINGS, membership(until="=2010+6")]})
    computed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(computed, "w") as new:
        for part in old.namelist():
            text = old.read(part)
            new.writestr(part, text.replace(b"<f>2010+6</f><v />", b"<f>2010+6</f><v>2016</v>")
                         .replace(b"<f>2010+6</f><v></v>", b"<f>2010+6</f><v>2016</v>"))  # fmt: skip
    (sheet,) = read(computed.getvalue())
    assert (faults(sheet), stated(sheet, "kz:until")) == ([], ["2016"])


@pytest.mark.parametrize(
    ("value", "text"), [(0.1 + 0.2, "0.3"), (3000.0, "3000"), (1e-7, "0.0000001"), (1e21, "1" + 21 * "0")]
)  # fmt: skip
def test_a_number_has_no_exponent_and_no_noise(value: float, text: str) -> None:
    rows = [["type", "label (en)", "number"], ["meeting", "x", value]]
    (sheet,) = read(xlsx({"Facts": rows}))
    assert stated(sheet, "kz:number") == [text]


def test_a_percentage_is_not_taken_for_its_hundredth() -> None:
    rows = [["type", "label (en)", "number"], ["meeting", "x", (0.05, "0%")]]
    (found,) = faults(*read(xlsx({"Facts": rows})))
    assert "number “5%”: not a number" in found


def test_merged_cells_count_in_each_row() -> None:
    workbook = openpyxl.load_workbook(io.BytesIO(xlsx({"Facts": [HEADINGS, SOUND, SOUND]})))
    workbook["Facts"].merge_cells("B2:B3")
    file = io.BytesIO()
    workbook.save(file)
    (sheet,) = read(file.getvalue())
    assert stated(sheet, "org:member") == [f"{BASE}id/country/KAZ"] * 2
    spanned = ods_cell("KAZ", 'table:number-rows-spanned="2"')
    rows = ods_row(*HEADINGS) + ods_row("membership", spanned, *SOUND[2:])
    rows += ods_row("membership", "<table:covered-table-cell/>", *SOUND[2:])
    (sheet,) = read(ods({"Facts": rows}), "my.ods")
    assert stated(sheet, "org:member") == [f"{BASE}id/country/KAZ"] * 2


@pytest.mark.parametrize("form", ["xlsx", "ods"])
def test_all_sheets_that_are_shown_are_read_together(form: str) -> None:
    people = [["type", "label (en)", "label (fr)"], ["person", "Ann Other", "Ann Autre"]]
    facts = [HEADINGS, membership(member="Ann Other"), membership(organisation="EAUE")]
    if form == "xlsx":
        sheets = {"Facts": facts, "People": people, "Lists": [["junk"], ["x"]], "Empty": []}
        found = read(xlsx(sheets, hidden=["Lists"]))
    else:
        rows = {"Facts": facts, "People": people, "Lists": [["junk"], ["x"]], "Empty": []}
        text = {name: "".join(ods_row(*row) for row in table) for name, table in rows.items()}
        text["Facts"] += ods_row("", repeated=1_000_000)
        found = read(ods(text, hidden=["Lists"]), "my.ods")
    assert [sheet.name for sheet in found] == [f"my.{form}#Facts", f"my.{form}#People"]
    assert stated(found[0], "org:member")[0] == f"{BASE}id/person/ann-other"
    assert faults(*found) == [
        f"my.{form}#Facts:3:3: Facts!C3 organisation “EAUE”: nothing is called that; did you mean body:EAEU (Eurasian Economic Union)?"
    ]


def test_convert_says_which_sheets_are_not_read(kzld: Kzld, tmp_path: Path) -> None:
    data = xlsx({"Facts": [HEADINGS, SOUND], "Lists": [["x"]]}, hidden=["Lists"])
    (tmp_path / "my.xlsx").write_bytes(data)
    assert "my.xlsx: hidden sheets are not read: Lists" in kzld("convert", "my.xlsx").stderr


def test_findings_name_the_sheet_and_the_cell(kzld: Kzld, tmp_path: Path) -> None:
    row = membership(**{"from": 2015, "until": 2014})
    (tmp_path / "my.xlsx").write_bytes(xlsx({"Mes faits": [HEADINGS, row]}))
    done = kzld("validate", "my.xlsx")
    assert done.status == 1
    assert "my.xlsx:2:6: error date-order" in done.stdout
    assert "2 | Mes faits!F2 until: 2014" in done.stdout


def test_a_workbook_is_converted_and_not_looked_for_in_a_folder(kzld: Kzld, tmp_path: Path) -> None:
    (tmp_path / "my.xlsx").write_bytes(xlsx({"Facts": [HEADINGS, SOUND]}))
    (tmp_path / "my.csv").write_text(f"{','.join(HEADINGS)}\n{','.join(SOUND)}\n", "utf-8")
    assert kzld("convert", "my.xlsx").data() == kzld("convert", "my.csv").data()
    assert kzld("convert", "-", stdin=(tmp_path / "my.xlsx").read_bytes()).status == 0
    (tmp_path / "~$my.xlsx").write_bytes(b"Excel has the workbook open")
    assert "in 1 fact, 7 triples" in kzld("validate", ".").stderr
    assert "in 1 fact, 7 triples" in kzld("validate", "my.xlsx").stderr


@pytest.mark.parametrize(
    ("name", "data", "problem"),
    [
        ("my.xlsx", b"PK\x03\x04\x14\x00\xff", "is no Excel or OpenDocument workbook; "),
        ("my.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1", "is a workbook of an old program, or locked with a password; save it as .xlsx"),
        ("my.xlsx", xlsx({"A": []}), "has no sheet with cells that is not hidden"),
        ("my.xlsx", xlsx({"A": [["x"]], "B": [["y"]]}, hidden=["B"]), "has headings but no rows"),
        ("my.xlsx", xlsx({"A": [["member"], ["KAZ"]], "B": [["notes"], ["hello"]]}), "my.xlsx#B:1: what are the rows? no kind has all these columns; add a column “type” with the kind of each row, or hide the sheet if it has no facts"),
        ("my.ods", ods({"A": "<table:x"}), "is no workbook that can be read; "),
        ("my.ods", ods({"A": ""}).replace(b"content.xml", b"contents.xm"), "is no Excel or OpenDocument"),
    ],
)  # fmt: skip
def test_a_workbook_that_cannot_be_read_is_one_line(
    kzld: Kzld, tmp_path: Path, name: str, data: bytes, problem: str
) -> None:
    (tmp_path / name).write_bytes(data)
    assert problem in kzld("convert", name).complaint()
    assert problem in kzld("validate", name).stderr


def test_an_old_workbook_is_answered_with_what_to_do(kzld: Kzld, tmp_path: Path) -> None:
    (tmp_path / "my.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    assert kzld("validate", "my.xls").complaint() == (
        "my.xls: is a workbook of a spreadsheet program; save it there as .xlsx or .ods"
    )


def test_a_damaged_workbook_is_never_a_traceback() -> None:
    data = xlsx({"Facts": [HEADINGS, SOUND]})
    for place in range(0, len(data), 499):
        damaged = data[:place] + b"\xff" + data[place + 1 :]
        try:
            read(damaged)
        except ReadError as error:
            assert str(error).startswith("my.xlsx")  # noqa: PT017


def test_without_openpyxl_one_line_says_how_to_install_it(tmp_path: Path) -> None:
    (tmp_path / "my.xlsx").write_bytes(xlsx({"Facts": [HEADINGS, SOUND]}))
    with patch.dict(sys.modules, {"openpyxl": None}):
        (error,) = kzld.validate(tmp_path / "my.xlsx", base=DATASET).unreadable
    assert 'openpyxl, which reads workbooks, is not installed; pip install "kzld[excel]"' in str(
        error
    )
