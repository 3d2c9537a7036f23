"""Dates as precise as their source gives them, and the days that they can mean."""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime
from functools import cache

from kzld.errors import KzldError
from kzld.rdf.namespaces import XSD

DATATYPES = {
    XSD + "date": re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII),
    XSD + "gYearMonth": re.compile(r"(\d{4})-(\d\d)", re.ASCII),
    XSD + "gYear": re.compile(r"(\d{4})", re.ASCII),
}
"""The datatypes of a date and their lexical forms: no time zone, years 0001 to 9999."""


@cache
def days(lexical: str, datatype: str) -> tuple[date, date] | None:
    """The first and the last day that a date literal can mean.

    Args:
        lexical: such as `2022-06-20`, `2022-06` or `2022`.
        datatype: the IRI of xsd:date, xsd:gYearMonth or xsd:gYear.

    Returns:
        Both ends, inclusive; None if the literal is not a date of the calendar.
    """
    form = DATATYPES.get(datatype)
    match = form.fullmatch(lexical) if form else None
    if match is None:
        return None
    year, month, day = (int(part) for part in (*match.groups(), "1", "1")[:3])
    try:
        first = date(year, month, day)
    except ValueError:  # month 0 or 13, 30 February, year 0
        return None
    if datatype == XSD + "gYear":
        return first, date(year, 12, 31)
    if datatype == XSD + "gYearMonth":
        return first, date(year, month, calendar.monthrange(year, month)[1])
    return first, first


def parse(text: str) -> tuple[date, date]:
    """The first and the last day of a date that a person typed.

    Args:
        text: `2022-06-20`, `2022-06`, `2022` or `today`.

    Raises:
        KzldError: the text has another form, or is not in the calendar.
    """
    if text == "today":
        now = datetime.now().astimezone().date()
        return now, now
    for datatype in DATATYPES:
        if found := days(text, datatype):
            return found
    if re.fullmatch(r"\d{4}(-\d\d){0,2}", text):
        raise KzldError(f"{text} is not a date of the calendar")
    raise KzldError(f"{text!r} is not a date; write 2022-06-20, 2022-06 or 2022")


def parse_day(text: str) -> date:
    """A single day that a person typed: `2022-06-20` or `today`.

    Raises:
        KzldError: the text is not a date, or is a month or a year without a day.
    """
    first, last = parse(text)
    if first != last:
        raise KzldError(f"{text} is not one day; write it in full, such as {first} or {last}")
    return first
