# ruff: noqa: PLR2004 (counts of digits)
"""Dates as people and programs write them, and the days, months or years that they can mean.

A form with one meaning is read. A form with several has all of them as readings. A form that
says less than a date, such as a quarter, is a span.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from kzld.rdf.dates import DATATYPES, days

_LONGEST = 100  # a longer text is no date
_DASHES = re.compile("[\u2010-\u2015\u2212]")
# Spreadsheets count days from this date; days of five digits are the years 1927 to 2173.
_DAY_ZERO = date(1899, 12, 30)
_SERIAL_DAY = re.compile(r"([1-9]\d{4})(?:[.,]\d+)?")
_TIME_VALUE = re.compile(r"\+?(\d{4}-\d\d-\d\d)T00:00:00Z(?:/(\d+))?")  # Wikidata’s
_PRECISIONS = {"11": 10, "10": 7, "9": 4}  # Wikidata’s for a day, month, year: letters to keep
_MOMENT = re.compile(
    r"(?P<day>.*\d.*?)(?:T(?=\d{4})|(?:T|,? )(?=\d\d?:))"
    r"(?P<hour>[01]?\d|2[0-3]):?(?P<minute>[0-5]\d)(?::?[0-5]\d(?:[.,]\d+)?)?"
    r"(?: ?(?P<half>[ap])\.?m\.?)?"
    r" ?(?P<zone>Z|(?:UTC|GMT)?[+-]\d\d:?(?:\d\d)?|UTC|GMT)?(?: \(.*\))?",
    re.IGNORECASE,
)
_ZONED_DAY = re.compile(r"(\d{4}(?:-\d\d){0,2})(?:Z|[+-]\d\d:\d\d)")
# The hours by which Almaty and Astana are ahead of UTC, from a day on; summers until 2004.
_AHEAD = ((date(2024, 3, 1), (5,)), (date(2004, 10, 31), (6,)), (date(1, 1, 1), (6, 7)))
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")
_CENTURY_TURN = 30  # spreadsheet programs take 29 for 2029, and 30 for 1930
_PART = re.compile(r"\d+|[^\W\d_]+|\S")
_NUMBERS = re.compile(r"\d+(?:(?: ?[./-] ?| )\d+)*")
_LEAST_MONTH = 3  # letters of a month’s abbreviation
_LIKE_MONTH = 0.9  # of the letters of a misspelt month, at least


def readings(text: str) -> list[str]:
    """The dates, such as `2015-05-29`, `2015-05` or `2015`, that a text in another form can mean.

    - Day, month and year with dots stand in this order; with slashes, dashes or spaces the
      month may also come first.
    - A year of two digits is one from 1930 to 2029; if that is in the future, it may also be a
      century earlier.
    - A moment in a time zone can mean the day there or the day in Kazakhstan.

    Args:
        text: such as `29/05/2015`, `5/6/2015` (two readings), `2015/05`, `янв.22`,
            `2022 жылғы 1 маусым`, `44197` (a spreadsheet's day) or `2015-05-29T10:00:00`.
    """
    plain = _plain(text)
    if len(plain) > _LONGEST:
        return []
    return [one for one in dict.fromkeys(_read(plain)) if any(days(one, d) for d in DATATYPES)]


def span(text: str) -> tuple[str, str] | None:
    """The first and the last date in a text that says less than a date, or more than one.

    They are equal if the text is one date with an addition, such as `c. 2015` or `2015?`.
    None if the text has no such dates.

    Args:
        text: such as `Q2 2022`, `1990s`, `2015-2016` or `1–3 June 2022`.
    """
    plain = _plain(text).casefold()
    if len(plain) > _LONGEST or readings(text):
        return None
    return _decade(plain) or _part_of_year(plain) or _range(plain) or _with_addition(plain)


def is_still(text: str) -> bool:
    """Whether a text says that something still goes on: `present`, `по н. в.`, `en cours`."""
    words = [_bare(word) for word in re.findall(r"\w+", _plain(text))]
    bare = " ".join(word for word in words if word not in _words()["to"])
    return bare in _words()["still"]


def has_zone(text: str) -> bool:
    """Whether a text is a moment in a time zone."""
    found = _MOMENT.fullmatch(_plain(text))
    return bool(found and found["zone"])


def _plain(text: str) -> str:
    """A text with ASCII digits, simple dashes and single spaces, without invisible characters."""
    letters = (
        str(unicodedata.decimal(c, c))
        for c in unicodedata.normalize("NFKC", text)
        if unicodedata.category(c) != "Cf"
    )
    return " ".join(_DASHES.sub("-", "".join(letters)).split()).strip("'’ ")


def _read(text: str) -> Iterator[str]:
    """The readings of a plain text, perhaps some that are not in the calendar."""
    if value := _TIME_VALUE.fullmatch(text) if text.startswith("+") or "Z/" in text else None:
        yield _without_zeros(value[1][: _PRECISIONS.get(value[2] or "11", 0)])
    elif moment := _MOMENT.fullmatch(text):
        for day in _read(moment["day"].rstrip(",")):
            yield from _days_of_moment(day, moment) if moment["zone"] else (day,)
    elif zoned := _ZONED_DAY.fullmatch(text):
        yield zoned[1]
    elif serial := _SERIAL_DAY.fullmatch(text):
        yield (_DAY_ZERO + timedelta(days=int(serial[1]))).isoformat()
    else:
        yield from _read_numbers(text) if _NUMBERS.fullmatch(text) else _read_words(text)


def _days_of_moment(day: str, moment: re.Match[str]) -> Iterator[str]:
    """The day of a moment in its time zone, and in Kazakhstan."""
    yield day
    if not days(day, next(iter(DATATYPES))):
        return
    hour, minute = int(moment["hour"]), int(moment["minute"])
    if moment["half"]:
        hour = hour % 12 + (12 if moment["half"] in "pP" else 0)
    offset = re.search(r"([+-])(\d\d):?(\d\d)?$", moment["zone"])
    sign, hours, minutes = offset.groups() if offset else ("+", "0", "0")
    ahead = timedelta(hours=int(hours), minutes=int(minutes or 0)) * (-1 if sign == "-" else 1)
    there = date.fromisoformat(day)
    for kazakh in next(hours for since, hours in _AHEAD if there >= since):
        past = timedelta(hours=hour + kazakh, minutes=minute) - ahead  # since the day began
        with suppress(OverflowError):  # a day beyond the years 1 to 9999
            yield (there + timedelta(days=past.days)).isoformat()


def _read_numbers(text: str) -> Iterator[str]:
    """The readings of numbers: `1.6.2022`, `2022/06`, `20220601`."""
    parts, signs = re.findall(r"\d+", text), {sign.strip() for sign in re.findall(r"\D+", text)}
    sizes = [len(part) for part in parts]
    if len(signs) > 1 or any(size not in (1, 2, 4) for size in sizes[1:]):
        return
    if len(parts) == 1:
        yield from _read_digits(text)
    elif sizes[0] == 4 and max(sizes[1:]) <= 2 and len(parts) <= 3:
        yield _without_zeros(_joined(*parts))
    elif max(sizes[:-1]) <= 2 and sizes[-1] == 4 and len(parts) == 2:
        yield _joined(parts[1], parts[0])
    elif max(sizes[:-1]) <= 2 and len(parts) == 3 and sizes[-1] != 1:
        first, second, third = parts
        yield from _in_orders(first, second, third, signs.pop())


def _read_digits(text: str) -> Iterator[str]:
    """The readings of digits without separators: `2022`, `202206`, `062022`, `01062022`."""
    if len(text) == 4:
        yield text
    if len(text) == 8:
        found = _real([_joined(text[:4], text[4:6], text[6:])])
        yield from found or _in_orders(text[:2], text[2:4], text[4:], "/")
    if len(text) == 6:
        yield _joined(text[:4], text[4:])
        if text[2:4] in ("19", "20"):
            yield _joined(text[2:], text[:2])
        yield from _in_orders(text[:2], text[2:4], text[4:], "-")


def _in_orders(first: str, second: str, third: str, sign: str) -> Iterator[str]:
    """The readings of three numbers of which the last, or perhaps the first, is the year."""
    years = _years(third)
    day_first = _real(_joined(year, second, first) for year in years)
    month_first = _real(_joined(year, first, second) for year in years)
    # No country writes the month first with dots.
    found = day_first or month_first if sign == "." else day_first + month_first
    yield from found
    if len(third) == len(first) == 2 and (sign == "-" or not found):
        yield from (_joined(year, second, third) for year in _years(first))


def _years(digits: str) -> list[str]:
    """The years that two or four digits can mean."""
    if len(digits) != 2:
        return [digits]
    year = 2000 + int(digits) if int(digits) < _CENTURY_TURN else 1900 + int(digits)
    return [str(year - 100), str(year)] if year > datetime.now().astimezone().year else [str(year)]


def _joined(year: str, *parts: str) -> str:
    return "-".join((year, *(f"{part:0>2}" for part in parts)))


def _without_zeros(text: str) -> str:
    """A date without a month and day, or a day, of zero, which stand for unknown ones."""
    return re.sub("(-00)+$", "", text)


def _real(found: Iterable[str]) -> list[str]:
    """The dates that are in the calendar."""
    return [one for one in found if any(days(one, datatype) for datatype in DATATYPES)]


def _read_words(text: str) -> Iterator[str]:
    """The readings of a text with words: `June 2022`, `1er juin 2022`, `01-Jun-22`."""
    halves = re.split(rf" (?:{'|'.join(_words()['or'])}) ", text.casefold())
    if len(halves) == 2:
        for half in halves:
            yield from _read(half)
        return
    parts = _PART.findall(re.sub("[年月]", "-", text).replace("日", ""))
    kept = [part for part in parts if _bare(part) not in _words()["idle"]]
    months = [(place, m) for place, part in enumerate(kept) if (m := _months(part, kept))]
    numbers = [part for part in kept if part.isdigit()]
    others = {p for p in kept if not p.isdigit() and p not in (kept[place] for place, _ in months)}
    if not others <= set(".,-/'’()"):
        return
    if not months and numbers:
        rest = "".join(kept).strip(".,-/'’() ")
        if rest != text and _NUMBERS.fullmatch(rest):
            yield from _read_numbers(rest)
    elif len(months) == 1:
        (place, found), before = months[0], [p for p in kept[: months[0][0]] if p.isdigit()]
        for month in found:
            sign = next(iter(kept[place + 1 :]), "")
            yield from _with_month(month, numbers, len(before), sign)


def _with_month(month: int, numbers: Sequence[str], before: int, sign: str) -> Iterator[str]:
    """The readings of a month in letters with numbers.

    Args:
        month: the month.
        numbers: the numbers, in order.
        before: how many of them stand before the month.
        sign: the first sign or number after the month.
    """
    years = [number for number in numbers if len(number) == 4]
    short = [number for number in numbers if len(number) <= 2]
    if len(years) + len(short) < len(numbers) or len(years) > 1 or len(short) > 2:
        return
    if not years and len(short) == 2:
        day, year = short
        yield from (_joined(one, str(month), day) for one in _years(f"{year:0>2}"))
    elif not years and len(short) == 1 and not before and len(short[0]) == 2:
        # “June 22” may be a day, “Jun-22” and “янв.22” are the months of spreadsheets.
        if sign in (".", "-", "'", "’", "/") or int(short[0]) > calendar.monthrange(2000, month)[1]:
            yield from (_joined(year, str(month)) for year in _years(short[0]))
    elif years and len(short) <= 1:
        yield _joined(years[0], str(month), *short)


def _months(part: str, among: Sequence[str]) -> list[int]:
    """The months that a word can mean; a Roman number is one between two other numbers."""
    word = _bare(part)
    if word in _ROMAN and sum(other.isdigit() for other in among) == 2:
        return [_ROMAN.index(word) + 1]
    names = _words()["months"]
    if len(word) < _LEAST_MONTH or not word.isalpha():
        return []
    exact = [number for number, forms in enumerate(names, start=1) if word in forms]
    return exact or [
        number
        for number, forms in enumerate(names, start=1)
        if any(form.startswith(word) for form in forms)
        or any(word == form + end for form in forms for end in _words()["month_endings"])
    ]


@cache
def _words() -> dict[str, Any]:
    """The words in dates, without case and accents."""
    import tomllib  # takes some milliseconds, which dates in our form do not need

    found = tomllib.loads(Path(__file__).with_name("date_words.toml").read_text("utf-8"))
    months = [[_bare(name) for name in forms] for forms in found.pop("months")]
    return {"months": months, **{name: [_bare(w) for w in ws] for name, ws in found.items()}}


def _bare(word: str) -> str:
    """A word without case and accents."""
    letters = unicodedata.normalize("NFD", word.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _decade(text: str) -> tuple[str, str] | None:
    """`1990s`, `1990-е`, `années 1990`, `199x`: the first and the last year."""
    if found := re.search(r"\b(\d{3})x\b", text):
        return f"{found[1]}0", f"{found[1]}9"
    words = [_bare(part) for part in _PART.findall(text)]
    years = [word for word in words if re.fullmatch(r"\d{3}0", word)]
    if len(years) == 1 and not set(_words()["decade"]).isdisjoint(words):
        return years[0], f"{years[0][:3]}9"
    return None


def _part_of_year(text: str) -> tuple[str, str] | None:
    """`Q2 2022`, `II квартал 2022 г.`: the first and the last month."""
    words = [_bare(part) for part in _PART.findall(text)]
    years = [word for word in words if re.fullmatch(r"\d{4}", word)]
    counts = [int(w) for w in words if re.fullmatch("[1-4]", w)]
    counts += [_ROMAN.index(word) + 1 for word in words if word in _ROMAN[:4]]
    for name, months in (("quarter", 3), ("half", 6)):
        if len(years) == len(counts) == 1 and not set(_words()[name]).isdisjoint(words):
            last = counts[0] * months
            if last <= len(_words()["months"]):
                return f"{years[0]}-{last - months + 1:02}", f"{years[0]}-{last:02}"
    return None


def _range(text: str) -> tuple[str, str] | None:
    """`2015-2016`, `2015/16`, `29.05.2015–02.06.2015`, `1–3 June 2022`, `май-июнь 2022`."""
    if years := re.fullmatch(r"(\d\d)(\d\d) ?[-/] ?(\d\d)\D*", text):
        return (years[1] + years[2], years[1] + years[3]) if years[2] < years[3] else None
    before, after, between = ("|".join(_words()[name]) for name in ("from", "years", "to"))
    text = re.sub(rf"^(?:{before}) | (?:{after})\.?$", "", _bare(text))
    for sign in re.finditer(rf" (?:{between}) | ?[-/] ?", text):
        start, end = text[: sign.start()], text[sign.end() :]
        last = readings(end)
        # The first part may leave to the second what both share: “1” to “3 June 2022”.
        shared = re.sub(r"^\d+\b", "", end, count=1), *re.findall(r"\b\d{4}\b", end)
        ways = (f"{start}{joint}{rest}" for rest in ("", *shared) for joint in (" ", "."))
        first = next(filter(None, map(readings, ways)), [])
        if len(first) == len(last) == 1 and first[0] < last[0]:
            return first[0], last[0]
    return None


def _with_addition(text: str) -> tuple[str, str] | None:
    """`c. 2015`, `2015?`, `early June 2022`: the date without the addition.

    None if it would lack a number or month of the text: `2015-W22`, `May 3 at 15:00`.
    """
    runs: list[list[str]] = [[]]  # a word that is left out parts what stands before and after it
    left_out = False
    for part in _PART.findall(text):
        if part in ".-/" or part.isdigit() or _months(part, ()) or _bare(part) in _words()["idle"]:
            runs[-1].append(part)
        else:
            left_out |= _bare(part) in _ROMAN or _is_like_month(_bare(part))
            runs.append([])
    numbered = [run for run in runs if any(part.isdigit() for part in run)]
    if left_out or len(numbered) != 1:
        return None
    plain = re.sub(r" ?([.-/]) ?", r"\1", " ".join(numbered[0])).strip(".-/ ")
    found = [] if re.fullmatch(r"\d+ \d+", plain) else readings(plain)  # `week 5 2015`
    return (found[0], found[0]) if len(found) == 1 else None


def _is_like_month(word: str) -> bool:
    """Whether a word seems to be a misspelt month."""
    from difflib import SequenceMatcher  # seldom needed

    names = (name for forms in _words()["months"] for name in forms)
    return any(SequenceMatcher(None, word, name).ratio() > _LIKE_MONTH for name in names)
