"""What a parser found wrong, in words that help: the likely slip, and what to write instead."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from difflib import get_close_matches

_DATE = re.compile(r"(?<![\"'\w:/-])\d{4}-\d\d(-\d\d)?(?![\w\"'])")
_QUOTES = "“”„«»‘’‚`´"
_PREFIX = re.compile(r"The prefix ([\w.-]*): has not been declared")
_ODD_CHARACTER = re.compile(r"'([^'])' is not allowed at the beginning of a prefix name")
_LONGEST_REASON = 200


def advise(reason: str, line: str, column: int, prefixes: Mapping[str, str]) -> str:
    """A parser's reason, and with it what to do where that can be told.

    Args:
        reason: the parser's words, without the place.
        line: the line at fault.
        column: where on it, from 1.
        prefixes: the project's.
    """
    if len(reason) > _LONGEST_REASON:  # it quotes the file
        reason = reason[:_LONGEST_REASON] + "…"
    for slip in _SLIPS:
        if advice := slip(reason, line, column, prefixes):
            return advice
    # Of a sentence the capital goes; that of a name or of an abbreviation stays.
    return reason if reason[1:2].isupper() else reason[:1].lower() + reason[1:]


def _merge_conflict(_: str, line: str, __: int, ___: Mapping[str, str]) -> str:
    left_over = re.match(r"<{7}|={7}$|>{7}", line)
    return "a merge conflict that is not resolved; keep one side" if left_over else ""


def _bare_date(_: str, line: str, column: int, __: Mapping[str, str]) -> str:
    for match in _DATE.finditer(line):
        if match.start() < column <= match.end() + 1:
            datatype = "date" if match[1] else "gYearMonth"
            return f'a date without quotes; write "{match[0]}"^^xsd:{datatype}'
    return ""


def _unknown_prefix(reason: str, _: str, __: int, prefixes: Mapping[str, str]) -> str:
    match = _PREFIX.search(reason)
    if match is None:
        return ""
    name, problem = match[1], f"the prefix {match[1]}: has not been declared"
    if name in prefixes:
        return f"{problem}; add the line: @prefix {name}: <{prefixes[name]}> ."
    near = get_close_matches(name, prefixes, n=1)
    return f"{problem}; did you mean {near[0]}:?" if near else problem


def _odd_character(reason: str, _: str, __: int, ___: Mapping[str, str]) -> str:
    match = _ODD_CHARACTER.search(reason)
    if match is None:
        return ""
    if match[1] in _QUOTES:
        return f'{match[1]} is not a quotation mark of the syntax; write "'
    name = unicodedata.name(match[1], f"U+{ord(match[1]):04X}").lower()
    return f"unexpected {name}" if match[1].isspace() else f"unexpected '{match[1]}' ({name})"


def _relative(reason: str, _: str, __: int, ___: Mapping[str, str]) -> str:
    if "No scheme found in an absolute IRI" not in reason:
        return ""
    return "a relative IRI, and nothing says relative to what; write it whole, or with a prefix"


def _unfinished(reason: str, _: str, __: int, ___: Mapping[str, str]) -> str:
    if reason.lower().startswith("unexpected end"):
        return "the file ends too early; a closing quote, bracket or “.” is missing"
    if "dot is expected at the end of statements" in reason:
        return "a “.” or “;” is missing before this"
    return ""


_SLIPS: tuple[Callable[[str, str, int, Mapping[str, str]], str], ...] = (
    _merge_conflict, _unknown_prefix, _odd_character, _relative, _bare_date, _unfinished,
)  # fmt: skip
