"""Syntax errors in words that help: the likely slip, and its correction."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import NamedTuple

_DATE = re.compile(r"(?<![\"'\w:/-])\d{4}-\d\d(-\d\d)?(?![\w\"'])")
_QUOTES = "“”„«»‘’‚`´"
_PREFIX = re.compile(r"The prefix ([\w.-]*): has not been declared")
_ODD_CHARACTER = re.compile(r"'([^'])' is not allowed at the beginning of a prefix name")
_LONGEST_REASON = 200


class _Fault(NamedTuple):
    """A syntax error; the fields are the arguments of `advise`."""

    reason: str
    line: str
    column: int
    prefixes: Mapping[str, str]


def advise(reason: str, line: str, column: int, prefixes: Mapping[str, str]) -> str:
    """The parser's reason, or for a known slip a better one with a remedy.

    Args:
        reason: the parser's words, without the place.
        line: the line at fault.
        column: the column at fault, from 1.
        prefixes: the project's prefixes.
    """
    if len(reason) > _LONGEST_REASON:  # it quotes the file
        reason = reason[:_LONGEST_REASON] + "…"
    fault = _Fault(reason, line, column, prefixes)
    for slip in _SLIPS:
        if advice := slip(fault):
            return advice
    # A sentence loses its capital letter; a name or an abbreviation keeps it.
    return reason if reason[1:2].isupper() else reason[:1].lower() + reason[1:]


def _merge_conflict(fault: _Fault) -> str:
    left_over = re.match(r"<{7}|={7}$|>{7}", fault.line)
    return "a merge conflict that is not resolved; keep one side" if left_over else ""


def _bare_date(fault: _Fault) -> str:
    for match in _DATE.finditer(fault.line):
        if match.start() < fault.column <= match.end() + 1:
            datatype = "date" if match[1] else "gYearMonth"
            return f'a date without quotes; write "{match[0]}"^^xsd:{datatype}'
    return ""


def _unknown_prefix(fault: _Fault) -> str:
    match = _PREFIX.search(fault.reason)
    if match is None:
        return ""
    name, problem = match[1], f"the prefix {match[1]}: has not been declared"
    if name in fault.prefixes:
        return f"{problem}; add the line: @prefix {name}: <{fault.prefixes[name]}> ."
    near = get_close_matches(name, fault.prefixes, n=1)
    return f"{problem}; did you mean {near[0]}:?" if near else problem


def _odd_character(fault: _Fault) -> str:
    match = _ODD_CHARACTER.search(fault.reason)
    if match is None:
        return ""
    if match[1] in _QUOTES:
        return f'{match[1]} is not a quotation mark of the syntax; write "'
    name = unicodedata.name(match[1], f"U+{ord(match[1]):04X}").lower()
    if unicodedata.category(match[1]) == "Cf":
        return f"a character that does not show ({name}); remove it"
    return f"unexpected {name}" if match[1].isspace() else f"unexpected '{match[1]}' ({name})"


def _relative(fault: _Fault) -> str:
    if "No scheme found in an absolute IRI" not in fault.reason:
        return ""
    return "a relative IRI, and nothing says relative to what; write it whole, or with a prefix"


def _unfinished(fault: _Fault) -> str:
    if fault.reason.lower().startswith("unexpected end"):
        return "the file ends too early; a closing quote, bracket or “.” is missing"
    if "dot is expected at the end of statements" in fault.reason:
        return "a “.” or “;” is missing before this"
    return ""


_SLIPS: tuple[Callable[[_Fault], str], ...] = (
    _merge_conflict, _unknown_prefix, _odd_character, _relative, _bare_date, _unfinished,
)  # fmt: skip
