"""Text for people: translated, made safe to show, folded to the terminal, laid out in tables."""

from __future__ import annotations

import io
import os
import re
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Self

_MIN_WIDTH = 40
_GAP = 1  # prettytable adds the place of the missing vertical rule
_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f]"
    r"|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"  # these change the direction of the text
    r"|[\ud800-\udfff]"  # Python's form of a byte in a file name that is not UTF-8
)
_BEFORE = 60  # columns of an excerpt before the marked place
_SHOWN = 76  # columns of an excerpt


def translated(english: str, language: str) -> str:
    """A text of the interface in a language; in English if it has no translation."""
    return english if language == "en" else translations().get(language, {}).get(english, english)


class Phrase(str):
    """A text in English that can be said in another language.

    Args:
        pattern: the text, with `{}` for each value; a key of texts.toml.
        values: the values; phrases and labels among them are said in the other language too.
    """

    __slots__ = ("_pattern", "_values")
    _pattern: str
    _values: tuple[object, ...]

    def __new__(cls, pattern: str, *values: object) -> Self:
        """Fill in the values."""
        phrase = super().__new__(cls, pattern.format(*values))
        phrase._pattern, phrase._values = pattern, values
        return phrase

    def said_in(self, language: str) -> str:
        """The text in a language; in English if it has no translation."""
        values = (v.said_in(language) if isinstance(v, Phrase | Label) else v for v in self._values)
        return translated(self._pattern, language).format(*values)


class Label(str):
    """The name of something in English, with those in other languages."""

    __slots__ = ("_others",)
    _others: Mapping[str, str]

    def __new__(cls, english: str, others: Mapping[str, str]) -> Self:
        """Keep the other names, by language."""
        label = super().__new__(cls, english)
        label._others = others
        return label

    def said_in(self, language: str) -> str:
        """The name in a language; in English if there is none."""
        return self._others.get(language, str(self))


def either(choices: Sequence[str]) -> str:
    """`a or b or c`; a phrase if there are several."""
    *others, last = choices
    return Phrase("{} or {}", either(others), last) if others else last


@cache
def translations() -> Mapping[str, Mapping[str, str]]:
    """The translations of the interface's English texts, by language."""
    import tomllib  # takes some milliseconds, which English does not need

    return tomllib.loads(Path(__file__).with_name("texts.toml").read_text("utf-8"))


def safe(text: str) -> str:
    """The text with its control characters spelled out, so that it cannot command a terminal."""
    return _CONTROL.sub(_escape, text)


def one_line(text: str) -> str:
    """The text made safe and without line breaks, so that it cannot fake a line of output."""
    return safe(text.replace("\n", "\\n").replace("\t", " "))


def _escape(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")


def escaped(text: str) -> str:
    """JSON or Turtle with its control characters written as escapes of strings."""
    return _CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def with_article(noun: str) -> str:
    """`an event`, `a country`."""
    return f"{'an' if noun[:1] in 'aeio' else 'a'} {noun}"  # as in "a unit"


def columns(text: str) -> int:
    """The number of terminal columns that a text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF")
        for c in text
    )


def excerpt(line: str, column: int, length: int = 1) -> tuple[str, str]:
    """The part of a line around a column (from 1), and a line with a mark to print below it."""
    start, place = max(0, column - _BEFORE), column - 1
    end = min(place + length, start + _SHOWN)
    before, marked, after = (
        safe(part.replace("\t", " "))
        for part in (line[start:place], line[place:end], line[end : start + _SHOWN])
    )
    return before + marked + after, " " * columns(before) + "^" * max(1, columns(marked))


def pointer(line: str, column: int) -> str:
    """The part of a line around a column, and a mark below the column.

    The bar keeps the line from being taken for a command by a program that shows it.
    """
    shown, mark = excerpt(line, column)
    return f"  | {shown}\n  | {mark}"


def width() -> int | None:
    """The columns of the terminal; None if the output goes to a file or a pipe."""
    if not sys.stdout.isatty():
        return None
    import shutil

    return max(_MIN_WIDTH, shutil.get_terminal_size().columns)


def has_colour() -> bool:
    """Whether the output goes to a terminal and the user accepts colours (NO_COLOR)."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return sys.stdout.isatty() and not plain


def as_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, markdown: bool = False
) -> str:
    """Rows under their headings; cells are folded so that the lines fit the terminal."""
    if not columns:  # `SELECT * {}`
        return ""
    from prettytable import HRuleStyle, PrettyTable, TableStyle, VRuleStyle

    headings = [column.replace("_", " ") for column in columns]
    bar = "\\|" if markdown else "|"
    cells = [[_one_line(cell).replace("|", bar) for cell in row] for row in rows]
    shown = PrettyTable(headings)
    shown.add_rows(cells)
    if markdown:
        shown.set_style(TableStyle.MARKDOWN)
        shown.align = "l"
        return f"{shown.get_string()}\n"
    shown.align = "l"
    for heading, *column in zip(headings, *cells, strict=True):
        if _has_large_numbers(column):
            shown.align[heading] = "r"
    shown.hrules, shown.vrules = HRuleStyle.HEADER, VRuleStyle.NONE
    shown.left_padding_width, shown.right_padding_width = 0, _GAP
    if edge := width():
        natural = [max(map(len, column)) for column in zip(headings, *cells, strict=True)]
        limits = _share(natural, list(map(len, headings)), edge - (_GAP + 1) * len(natural))
        shown.use_header_width = False  # a heading may have to be cut
        shown._max_width = dict(zip(headings, limits, strict=True))  # noqa: SLF001
        shown._min_width = {h: min(len(h), shown._max_width[h]) for h in headings}  # noqa: SLF001
    # Without vertical rules every line still begins with a space for one.
    return "".join(f"{line[1:].rstrip()}\n" for line in shown.get_string().split("\n"))


def _has_large_numbers(column: Sequence[str]) -> bool:
    """Whether a column has only numbers, some with separators: they are compared by length."""
    numbers = all(re.fullmatch(r"-?[\d,.]*", cell) for cell in column)
    return numbers and any("," in cell for cell in column)


def _share(natural: Sequence[int], least: Sequence[int], room: int) -> list[int]:
    """Column widths that fit the room: those of the headings, then equal shares of the rest."""
    if (needed := sum(least)) > room:
        least = [max(1, size * room // needed) for size in least]
    limits = list(least)
    room -= sum(least)
    ahead = sorted(range(len(natural)), key=lambda column: natural[column] - least[column])
    for place, column in enumerate(ahead):
        more = max(0, min(natural[column] - least[column], room // (len(ahead) - place)))
        limits[column] += more
        room -= more
    return limits


def _one_line(cell: str) -> str:
    return safe(" ".join(cell.split()))


def delimited(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, delimiter: str = ","
) -> str:
    """Rows as CSV or TSV, with a heading line."""
    import csv

    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


def fold(text: str, *, indent: str = "", first: str | None = None) -> str:
    """A paragraph folded to the terminal, all lines but the first indented."""
    text = one_line(text)
    edge = width()
    start = indent if first is None else first
    if edge is None:
        return start + text
    import textwrap

    return textwrap.fill(
        text,
        edge,
        initial_indent=start,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def counted(count: int, noun: str) -> str:
    """`1 fact`, `2 facts`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
