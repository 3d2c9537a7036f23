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
        text: `2022-06-20`, `2022-06`, `2022`, `today`, or a date in another form that
            `date_forms.readings` reads, such as `20 June 2022` or `20.06.2022`.

    Raises:
        KzldError: the text is no date, can mean several, or is not in the calendar.
    """
    if text == "today":
        now = datetime.now().astimezone().date()
        return now, now
    for datatype in DATATYPES:
        if found := days(text, datatype):
            return found
    if re.fullmatch(r"\d{4}(-\d\d){0,2}", text):
        raise KzldError(f"{text} is not a date of the calendar")
    from kzld.rdf.date_forms import readings  # it builds on this module

    # A mere number may be a day of a spreadsheet; nobody types that.
    meant = [] if text.isdecimal() else readings(text)
    if len(meant) > 1:
        raise KzldError(f"{text!r} can mean {' or '.join(meant)}; write the one that you mean")
    if meant:
        return parse(meant[0])
    raise KzldError(f"{text!r} is not a date; write 2022-06-20, 2022-06 or 2022")


def parse_day(text: str) -> date:
    """A single day that a person typed: `2022-06-20`, `20 June 2022` or `today`.

    Raises:
        KzldError: the text is not a date, or is a month or a year without a day.
    """
    first, last = parse(text)
    if first != last:
        raise KzldError(f"{text} is not one day; write it in full, such as {first} or {last}")
    return first


def years_later(day: str, years: int) -> str:
    """The same day of a later year; 28 February for a 29 February that it does not have.

    Args:
        day: such as `2022-06-20`.
        years: how many; beyond the year 9999 the answer is its last day.
    """
    year, rest = int(day[:4]) + years, day[4:]
    if year > date.max.year:
        return date.max.isoformat()
    if rest == "-02-29" and not calendar.isleap(year):
        rest = "-02-28"
    return f"{year:04}{rest}"
