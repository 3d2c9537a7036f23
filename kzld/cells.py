"""What a person typed into a cell, as RDF: names, dates, numbers, addresses, texts.

Whatever is not plain is refused with what to write instead; nothing is guessed.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

import pyoxigraph as ox

from kzld import dates
from kzld.rdf import XSD, expand

_FORMULA: Final = re.compile(r"=.*|#(REF|N/A|NAME|VALUE|DIV/0|NUM|NULL|SPILL)[!?]?|##+", re.DOTALL)
_OLDEST: Final = 1000
# A semicolon within an address parts nothing: one before `=` or `/`, as in `https://a.example/b;c=1`.
_VALUE: Final = re.compile(r"\s*((?:https?://(?:[^\s;]|;(?!<|https?://)(?=[^;\s]*[=/]))*)?[^;]*)")
# Spreadsheets count days from here; 20000 to 80000 are the years 1954 to 2119.
_DAY_ZERO: Final = date(1899, 12, 30)
_DAY_NUMBER: Final = re.compile(r"[2-7]\d{4}", re.ASCII)


class CellError(Exception):
    """A cell that cannot be read.

    Attributes:
        problem: what is wrong.
        remedy: what to write instead.
        rule: the short name of the rule that it breaks.
    """

    def __init__(self, problem: str, remedy: str, rule: str) -> None:
        super().__init__(f"{problem}; {remedy}")
        self.problem, self.remedy, self.rule = problem, remedy, rule


def split(cell: str) -> list[str]:
    """The values of a cell, parted by semicolons."""
    return list(dict.fromkeys(part.strip() for part in _VALUE.findall(cell) if part.strip()))


def check_value(text: str, rule: str) -> None:
    """Refuse a formula.

    Raises:
        CellError: it is one, or what a spreadsheet program shows where one failed.
    """
    if _FORMULA.fullmatch(text):
        remedy = "write the value itself; in a spreadsheet program, paste it as values only"
        raise CellError("a formula or its failure, not a value", remedy, rule)


def read_date(text: str, _: str = "") -> ox.Literal:
    """A date at its precision: `2015`, `2015-05` or `2015-05-29`.

    Raises:
        CellError: it is none of these, not in the calendar or before the year 1000.
    """
    if re.fullmatch(r"0*\d{1,3}(-\d\d?){0,2}", text, re.ASCII):
        raise CellError(
            f"dates before the year {_OLDEST} are not taken",
            "check the year against the source; say in the note what is older",
            "date-datatype",
        )
    for datatype, form in dates.DATATYPES.items():
        if form.fullmatch(text):
            if dates.days(text, datatype) is None:
                raise CellError(
                    "there is no such day or month in the calendar",
                    "check it against the source; the order is year, month, day",
                    "date-real",
                )
            return ox.Literal(text, datatype=ox.NamedNode(datatype))
    raise CellError("not a date as it is written here", _date_remedy(text), "date-datatype")


def _date_remedy(text: str) -> str:
    """What to write instead of a date in another style: each reading that the calendar has."""
    readings: list[str] = []
    if match := re.fullmatch(r"(\d\d?)[/. -](\d\d?)[/. -](\d{4})", text, re.ASCII):
        day, month, year = match.groups()
        readings = [f"{year}-{month:0>2}-{day:0>2}", f"{year}-{day:0>2}-{month:0>2}"]
    elif match := re.fullmatch(
        r"(\d{4})[/. -](\d\d?)(?:[/. -](\d\d?))?(?:T.*| .*)?", text, re.ASCII
    ):
        readings = ["-".join(f"{part:0>2}" for part in match.groups() if part)]
    elif match := re.fullmatch(r"(\d\d?)[/. -](\d{4})", text, re.ASCII):
        readings = [f"{match[2]}-{match[1]:0>2}"]
    elif _DAY_NUMBER.fullmatch(text):
        readings = [(_DAY_ZERO + timedelta(days=int(text))).isoformat()]
    real = [r for r in dict.fromkeys(readings) if any(dates.days(r, d) for d in dates.DATATYPES)]
    written = " or ".join(real) or "2015-05-29, 2015-05 or 2015"
    return f"write {written}; in a spreadsheet program, format the column as Text before typing"


def read_number(text: str, rule: str) -> ox.Literal:
    """A whole or decimal number: `3000` or `-0.5`.

    Raises:
        CellError: it is none, or has thousands separators, a decimal comma or a unit.
    """
    if re.fullmatch(r"[+-]?\d+", text, re.ASCII):
        return ox.Literal(text, datatype=ox.NamedNode(XSD + "integer"))
    if re.fullmatch(r"[+-]?\d*\.\d+", text, re.ASCII):
        return ox.Literal(text, datatype=ox.NamedNode(XSD + "decimal"))
    raise CellError("not a number as machines read it", _number_remedy(text), rule)


def _number_remedy(text: str) -> str:
    """What to write instead of a number in another style: each reading that it has."""
    plain = re.sub(r"[\s'’_]", "", text)
    whole, point = plain.replace(",", ""), plain.replace(",", ".")
    if re.fullmatch(r"[+-]?\d{1,3},\d{3}", plain, re.ASCII):  # a comma can mean either
        return f"write {whole} or {point}"
    if re.fullmatch(r"[+-]?\d+|[+-]?\d{1,3}(,\d{3})+", plain, re.ASCII):
        return f"write {whole}, without thousands separators"
    if re.fullmatch(r"[+-]?\d+,\d+", plain, re.ASCII):
        return f"write {point}, with a decimal point"
    return "write the bare number, such as 3000 or 0.5, and the unit in its own column"


def read_address(text: str, rule: str) -> ox.Literal:
    """A web address.

    Raises:
        CellError: it does not begin with https:// or http://, or contains blanks.
    """
    if not re.fullmatch(r"https?://[^\s<>\"]+", text):
        raise CellError("not a web address", "write it in full: https://…", rule)
    return ox.Literal(text, datatype=ox.NamedNode(XSD + "anyURI"))


def read_code(text: str, _: str = "") -> ox.Literal:
    """A text that is no language's: a code."""
    return ox.Literal(text)


def read_link(text: str, rule: str) -> ox.NamedNode:
    """The IRI of the same thing in another data set: `wd:Q232` or an address.

    Raises:
        CellError: it is none.
    """
    iri = expand(text)
    if iri is None:
        raise CellError("not a link", "write it in full (https://…) or as wd:Q232", rule)
    return ox.NamedNode(iri)
