"""Dates of three precisions mean the days that the calendar says, and nothing else is a date."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

import graphs  # noqa: F401 (settles how hypothesis runs)
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kzld.errors import KzldError
from kzld.rdf import dates
from kzld.rdf.namespaces import XSD

DATE, MONTH, YEAR = XSD + "date", XSD + "gYearMonth", XSD + "gYear"
TYPES = (DATE, MONTH, YEAR)

years = st.integers(1, 9999)
months = st.integers(1, 12)


@given(st.dates())
def test_a_day_means_itself(day: date) -> None:
    assert dates.days(day.isoformat(), DATE) == (day, day)
    assert dates.parse_day(day.isoformat()) == day


@given(years, months)
def test_a_month_means_its_first_to_its_last_day(year: int, month: int) -> None:
    first, last = dates.days(f"{year:04}-{month:02}", MONTH)
    assert (first.year, first.month, first.day) == (year, month, 1)
    assert (last.year, last.month) == (year, month)
    assert last.day == calendar.monthrange(year, month)[1]


@given(years)
def test_a_year_means_its_first_to_its_last_day(year: int) -> None:
    first, last = dates.days(f"{year:04}", YEAR)
    assert (first, last) == (date(year, 1, 1), date(year, 12, 31))
    assert (last - first).days + 1 == 365 + calendar.isleap(year)


@given(years)
def test_29_february_is_a_day_of_leap_years_alone(year: int) -> None:
    found = dates.days(f"{year:04}-02-29", DATE)
    assert (found is not None) == calendar.isleap(year)


@given(st.dates())
def test_a_coarser_date_holds_the_finer_one(day: date) -> None:
    text = day.isoformat()
    (first_of_year, last_of_year), (first_of_month, last_of_month), _ = (
        dates.parse(text[:length]) for length in (4, 7, 10)
    )
    assert first_of_year <= first_of_month <= day <= last_of_month <= last_of_year


@given(st.integers(0, 9999), st.integers(0, 99), st.integers(0, 99))
def test_a_day_outside_the_calendar_is_refused(year: int, month: int, day: int) -> None:
    in_calendar = year > 0 and 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]
    assert (dates.days(f"{year:04}-{month:02}-{day:02}", DATE) is not None) == in_calendar


@pytest.mark.parametrize("text", ["2022-00", "2022-13", "0000-01"])
def test_a_month_outside_the_calendar_is_refused(text: str) -> None:
    assert dates.days(text, MONTH) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "0000",
        "22",
        "-2022",
        "-0001",
        "+2022",
        "12022",
        "02022",
        "2022Z",
        "2022+05:00",
        " 2022",
        "2022 ",
        "2022\n",
        "٢٠٢٢",
        "２０２２",
        "2022-6",
        "2022-06Z",
        "2022-06-",
        "2022-6-20",
        "2022-06-20Z",
        "2022-06-20+05:00",
        "2022-06-20T00:00:00",
        "-2022-06-20",
        "12022-06-20",
        "2022/06/20",
        "20220620",
        "29/08/2017",
        "2022-06-20\n",
        "2022-06-٢٠",
    ],
)
def test_a_malformed_date_is_refused_by_every_datatype(text: str) -> None:
    assert [dates.days(text, datatype) for datatype in TYPES] == [None, None, None]


@given(st.text())
def test_only_ascii_digits_and_hyphens_make_a_date(text: str) -> None:
    if any(dates.days(text, datatype) for datatype in TYPES):
        assert set(text) <= set("0123456789-")


@given(st.dates(), st.sampled_from(TYPES))
def test_each_datatype_has_its_own_precision(day: date, datatype: str) -> None:
    length = {DATE: 10, MONTH: 7, YEAR: 4}[datatype]
    text = day.isoformat()
    assert dates.days(text[:length], datatype) is not None
    assert all(dates.days(text[:other], datatype) is None for other in {4, 7, 10} - {length})


@pytest.mark.parametrize("datatype", [XSD + "dateTime", XSD + "string", "", "date"])
def test_other_datatypes_are_no_dates(datatype: str) -> None:
    assert dates.days("2022-06-20", datatype) is None


def test_today_is_one_day_of_now() -> None:
    first, last = dates.parse("today")
    assert first == last == dates.parse_day("today")
    assert abs(first - date.today()) <= timedelta(days=1)  # noqa: DTZ011 (midnight may pass)


@pytest.mark.parametrize("text", ["2022-02-30", "2022-13", "0000", "1900-02-29"])
@pytest.mark.parametrize("read", [dates.parse, dates.parse_day])
def test_an_impossible_date_is_told_from_what_is_none(read, text: str) -> None:
    with pytest.raises(KzldError, match=f"{text} is not a date of the calendar"):
        read(text)


@pytest.mark.parametrize("text", ["", "yesterday", "20 June 2022", "2022-6-20", "2022-06-20Z"])
@pytest.mark.parametrize("read", [dates.parse, dates.parse_day])
def test_what_is_no_date_is_refused_with_the_forms_that_are(read, text: str) -> None:
    with pytest.raises(KzldError, match="write 2022-06-20, 2022-06 or 2022"):
        read(text)


@given(st.one_of(years.map("{:04}".format), st.dates().map(lambda day: day.isoformat()[:7])))
def test_a_month_or_a_year_is_not_one_day(text: str) -> None:
    with pytest.raises(KzldError, match=f"{text} is not one day.*{text}-"):
        dates.parse_day(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("29/05/2015", ["2015-05-29"]),
        ("05.06.2015", ["2015-06-05", "2015-05-06"]),
        ("31.02.2015", []),
        ("2015/5", ["2015-05"]),
        ("5.2015", ["2015-05"]),
        ("2015-05-29T10:00:00Z", ["2015-05-29"]),
        ("2015-05-29Z", ["2015-05-29"]),
        ("29 May 2015", ["2015-05-29"]),
        ("May 29, 2015", ["2015-05-29"]),
        ("1er août 2015", ["2015-08-01"]),
        ("29 мая 2015 г.", ["2015-05-29"]),
        ("Sept. 2015", ["2015-09"]),
        ("31 June 2015", []),
        ("29 Foo 2015", []),
        (" in 2015 ", ["2015"]),
        ("2015", ["2015"]),
        ("1990-1991", []),
        ("soon", []),
        ("", []),
    ],
)
def test_readings_of_other_styles(text: str, expected: list[str]) -> None:
    assert dates.readings(text) == expected
