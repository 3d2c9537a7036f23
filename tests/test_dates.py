"""Dates of three precisions mean the days that the calendar says, and nothing else is a date."""

from __future__ import annotations

import calendar
from datetime import date, datetime, timedelta

import graphs  # noqa: F401 (settles how hypothesis runs)
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kzld.errors import KzldError
from kzld.rdf import dates
from kzld.rdf.date_forms import is_still, readings, span
from kzld.rdf.namespaces import XSD

DATE, MONTH, YEAR = XSD + "date", XSD + "gYearMonth", XSD + "gYear"
TYPES = (DATE, MONTH, YEAR)
NOW = datetime.now().astimezone()

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


@pytest.mark.parametrize("text", ["", "yesterday", "31 June 2022", "in spring", "44197"])
@pytest.mark.parametrize("read", [dates.parse, dates.parse_day])
def test_what_is_no_date_is_refused_with_the_forms_that_are(read, text: str) -> None:
    with pytest.raises(KzldError, match="write 2022-06-20, 2022-06 or 2022"):
        read(text)


@given(st.one_of(years.map("{:04}".format), st.dates().map(lambda day: day.isoformat()[:7])))
def test_a_month_or_a_year_is_not_one_day(text: str) -> None:
    with pytest.raises(KzldError, match=f"{text} is not one day.*{text}-"):
        dates.parse_day(text)


FORMS = [
    # one meaning
    ("29/05/2015", "2015-05-29"),
    ("05.06.2015", "2015-06-05"),
    ("12.31.2021", "2021-12-31"),
    ("12.11.2021 0:00:00", "2021-11-12"),
    ("1.6.22", "2022-06-01"),
    ("13/06/22", "2022-06-13"),
    ("1.6.91", "1991-06-01"),
    ("31-12-99", "1999-12-31"),
    ("2015/5", "2015-05"),
    ("5.2015", "2015-05"),
    ("2015-5-9", "2015-05-09"),
    ("2015 05 29", "2015-05-29"),
    ("20220601", "2022-06-01"),
    ("202206", "2022-06"),
    ("44197", "2021-01-01"),
    ("44197.75", "2021-01-01"),
    ("44197,75", "2021-01-01"),
    ("2022-06-00", "2022-06"),
    ("1.VI.2022", "2022-06-01"),
    # moments
    ("2015-05-29T10:00:00", "2015-05-29"),
    ("2015-05-29T10:00:00Z", "2015-05-29"),
    ("2021-12-31T17:59:00Z", "2021-12-31"),
    ("2021-12-31T18:00:00.000Z", "2021-12-31 2022-01-01"),
    ("2025-12-31T18:00:00Z", "2025-12-31"),
    ("2025-12-31T19:00:00Z", "2025-12-31 2026-01-01"),
    ("2022-06-01T00:00:00+06:00", "2022-06-01"),
    ("2022-06-01T20:00:00-05:00", "2022-06-01 2022-06-02"),
    ("9999-12-31T23:00:00Z", "9999-12-31"),
    ("20220601T000000Z", "2022-06-01"),
    ("2022-06-01+05:00", "2022-06-01"),
    ("6/13/2022 3:15 PM", "2022-06-13"),
    ("Wed Jun 01 2022 00:00:00 GMT+0600 (East Kazakhstan Time)", "2022-06-01"),
    ("+2022-06-01T00:00:00Z/11", "2022-06-01"),
    ("+2022-06-01T00:00:00Z/10", "2022-06"),
    ("+2022-00-00T00:00:00Z/9", "2022"),
    # words
    (" in 2015 ", "2015"),
    ("2015 г.", "2015"),
    ("June 2022", "2022-06"),
    ("June 1st, 2022", "2022-06-01"),
    ("juin 2022", "2022-06"),
    ("1er juin 2022", "2022-06-01"),
    ("mercredi 1 JUIN 2022", "2022-06-01"),
    ("déc. 2021", "2021-12"),
    ("aout 2021", "2021-08"),
    ("1 июня 2022 г.", "2022-06-01"),
    ("в июне 2022 года", "2022-06"),
    ("1 июня 2022 г., 10:00", "2022-06-01"),
    ("2022 жылғы 1 маусым", "2022-06-01"),
    ("2022 жылдың 1 маусымы", "2022-06-01"),
    ("янв.22", "2022-01"),
    ("Jun-22", "2022-06"),
    ("01-Jun-22", "2022-06-01"),
    # signs
    ("1\u00a0июня\u202f2022", "2022-06-01"),
    ("\u200e2022\u201006\u201001\u200f", "2022-06-01"),
    ("２０２２-０６-０１", "2022-06-01"),
    ("٢٠٢٢-٠٦-٠١", "2022-06-01"),
    ("2022年6月1日", "2022-06-01"),
    ("'2022-06-01", "2022-06-01"),
    # several meanings
    ("05/06/2015", "2015-06-05 2015-05-06"),
    ("01/06/22", "2022-06-01 2022-01-06"),
    ("062015", "2015-06 2015-06-20"),
    ("05-06-15", "2015-06-05 2015-05-06 2005-06-15"),
    ("22-06-01", "2001-06-22 2022-06-01"),
    ("01062022", "2022-06-01 2022-01-06"),
    ("jui 2021", "2021-06 2021-07"),
    ("2022 or 2023", "2022 2023"),
    # none
    ("31.02.2015", ""),
    ("2022-13-06", ""),
    ("1990-1991", ""),
    ("2022-06-01T25:00", ""),
    ("June 22", ""),
    ("22-Jun", ""),
    ("06/22", ""),
    ("+2020-00-00T00:00:00Z/8", ""),
    ("2022-06-01 in Astana", ""),
    ("soon", ""),
    ("", ""),
    ("1" * 5000, ""),
]
SPANS = [
    ("c. 2015", "2015 2015"),
    ("2015?", "2015 2015"),
    ("[2015-06]", "2015-06 2015-06"),
    ("около 2015 г.", "2015 2015"),
    ("début juin 2022", "2022-06 2022-06"),
    ("весна 2022", "2022 2022"),
    ("1. Juni 2022", ""),  # not without its day
    ("29 Febuary 2015", ""),
    ("Febuary 2015", ""),
    ("29.O5.2015", ""),
    ("28(15) мая 1915", ""),
    ("May 29, 2015 at 3:00 PM", ""),
    ("V.2015", ""),
    ("2015-W22", ""),
    ("week 5 2015", ""),
    ("S1 2022", "2022-01 2022-06"),
    ("about the 1st of June 2022", "2022-06-01 2022-06-01"),
    ("2022 in Astana, 2023 in Almaty", ""),
    ("Q2 2022", "2022-04 2022-06"),
    ("II квартал 2022 г.", "2022-04 2022-06"),
    ("3e trimestre 2022", "2022-07 2022-09"),
    ("H2 2022", "2022-07 2022-12"),
    ("1990s", "1990 1999"),
    ("années 1990", "1990 1999"),
    ("1990-е годы", "1990 1999"),
    ("199x", "1990 1999"),
    ("2015-2016", "2015 2016"),
    ("2015/16", "2015 2016"),
    ("2022-06-01/2022-06-05", "2022-06-01 2022-06-05"),
    ("с 29.05.2015 по 02.06.2015", "2015-05-29 2015-06-02"),
    ("1–3 June 2022", "2022-06-01 2022-06-03"),
    ("май-июнь 2022", "2022-05 2022-06"),
    ("between 2015 and 2016", "2015 2016"),
    ("2015—2016 гг.", "2015 2016"),
    ("2015 à 2016", "2015 2016"),
    ("01.05–03.05.2022", "2022-05-01 2022-05-03"),
    ("2016-2015", ""),
    ("soon", ""),
    ("2015", ""),
]


@pytest.mark.parametrize(("text", "expected"), FORMS)
def test_a_date_in_another_form_has_all_its_readings(text: str, expected: str) -> None:
    assert readings(text) == expected.split()


@pytest.mark.parametrize(("text", "expected"), SPANS)
def test_a_text_that_says_less_than_a_date_is_a_span(text: str, expected: str) -> None:
    assert " ".join(span(text) or ()) == expected


@pytest.mark.parametrize(
    "text",
    [
        "present", "to date", "until now", "jusqu’à présent", "en cours", "à ce jour",
        "по наст. время", "н. в.", "до настоящего времени", "осы уақытқа дейін",
    ],
)  # fmt: skip
def test_words_for_the_present_say_that_something_goes_on(text: str) -> None:
    assert is_still(text)
    assert not is_still(f"{text} 2015")
    assert readings(text) == []


def test_a_short_year_in_the_future_may_be_a_century_earlier() -> None:
    assert readings("1.6.29") == (
        ["1929-06-01", "2029-06-01"] if NOW.year < 2029 else ["2029-06-01"]
    )
    assert readings(f"1.6.{NOW:%y}")[-1] == f"{NOW:%Y}-06-01"


@given(st.dates(min_value=date(1000, 1, 1)))
def test_a_date_is_never_another_day(day: date) -> None:
    """However the day is written, it is among the readings."""
    month = calendar.month_name[day.month]
    for form in (
        f"{day.day}.{day.month}.{day:%Y}", f"{day:%d/%m/%Y}", f"{day:%m/%d/%Y}", f"{day:%Y%m%d}",
        f"{day.day} {month} {day:%Y}", f"{month} {day.day}, {day:%Y}", f"{day:%Y/%m/%d} 12:00",
    ):  # fmt: skip
        assert day.isoformat() in readings(form)


@given(st.text(st.sampled_from("0123456789-/. TZ:?июняQcsмарт")))
def test_any_text_is_read_as_dates_of_the_calendar(text: str) -> None:
    for one in (*readings(text), *(span(text) or ())):
        assert any(dates.days(one, datatype) for datatype in TYPES)


@pytest.mark.parametrize(
    "text",
    ["20 June 2022", "20.06.2022", "20 juin 2022", "20 июня 2022 г.", "2022 жылғы 20 маусым"],
)
def test_a_day_is_typed_as_people_write_it(text: str) -> None:
    assert dates.parse_day(text) == date(2022, 6, 20)


def test_a_month_is_typed_as_people_write_it() -> None:
    assert dates.parse("June 2022") == (date(2022, 6, 1), date(2022, 6, 30))


def test_a_day_that_can_be_two_is_refused_with_both() -> None:
    message = "can mean 2015-06-05 or 2015-05-06; write the one that you mean"
    with pytest.raises(KzldError, match=message):
        dates.parse_day("5/6/2015")
