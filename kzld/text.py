"""Text that is safe to show: no control characters, a mark under the place that is meant."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_CONTROL: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f]"
    r"|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"  # these turn the order of what is read
    r"|[\ud800-\udfff]"  # what stands for a byte of a file name that is not UTF-8
)
_BEFORE: Final = 60  # columns shown before the place that is meant
_SHOWN: Final = 76


def safe(text: str) -> str:
    """A text that cannot command the terminal: control characters are spelled out."""
    return _CONTROL.sub(_spelled_out, text)


def one_line(text: str) -> str:
    """A safe text without line breaks, so that no part of it can pose as a line of output."""
    return safe(text.replace("\n", "\\n").replace("\t", " "))


def _spelled_out(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")


def escaped(text: str) -> str:
    """JSON or Turtle whose control characters, if any, are written as escapes of strings."""
    return _CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def with_article(noun: str) -> str:
    """`an event`, `a country`."""
    return f"{'an' if noun[:1] in 'aeio' else 'a'} {noun}"  # as in "a unit"


def columns(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF")
        for c in text
    )


def excerpt(line: str, column: int, length: int = 1) -> tuple[str, str]:
    """The part of a line around a column (from 1), and a mark to stand below it."""
    start, place = max(0, column - _BEFORE), column - 1
    end = min(place + length, start + _SHOWN)
    before, marked, after = (
        safe(part.replace("\t", " "))
        for part in (line[start:place], line[place:end], line[end : start + _SHOWN])
    )
    return before + marked + after, " " * columns(before) + "^" * max(1, columns(marked))


def pointer(line: str, column: int) -> str:
    """A line, or the part of it around a column, and below it a mark there.

    The bar keeps the line from being taken for a command by a program that shows it.
    """
    shown, mark = excerpt(line, column)
    return f"  | {shown}\n  | {mark}"
