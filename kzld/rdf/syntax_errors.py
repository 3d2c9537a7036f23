"""Syntax errors in words that help: the likely slip, and its correction."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import NamedTuple

import pyoxigraph as ox

from kzld.errors import ReadError
from kzld.rdf.namespaces import PREFIXES
from kzld.text import one_line, pointer

_DATE = re.compile(r"(?<![\"'\w:/-])\d{4}-\d\d(-\d\d)?(?![\w\"'])")
_QUOTES = "“”„«»‘’‚`´"
_PREFIX = re.compile(r"The prefix ([\w.-]*): has not been declared")
_ODD_CHARACTER = re.compile(r"'([^'])' is not allowed at the beginning of a prefix name")
_LONGEST_REASON = 200
_NOT_IN_IRIS = re.compile("[\U000e0000-\U000e0fff]")
"""Characters that names in Turtle may have, but not the IRIs for which these stand.

See PN_CHARS_BASE of https://www.w3.org/TR/turtle/ and ucschar of RFC 3987.
"""


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


def rdf12_error(name: str, number: int, line: str) -> ReadError:
    """The error for a term of RDF 1.2 in a file; with its line, unless the number is 0."""
    problem = (
        "triple terms and base directions are RDF 1.2; the data set is plain RDF 1.1, "
        "in which facts are nodes of their own"
    )
    return error_at(name, line, number, 0, problem) if number else ReadError(f"{name}: {problem}")


def syntax_error(
    error: SyntaxError, name: str, syntax: ox.RdfFormat, number: int, line: str, start: str
) -> ReadError:
    """The error for a syntax error in a file, with its place.

    Args:
        error: the parser's error.
        name: the name of the file.
        syntax: the syntax that the parser expected.
        number: the number of the line at fault, 0 if unknown.
        line: the text of that line.
        start: the file's text, or its beginning.
    """
    reason = re.sub(r"^Parser error (at|between) [^:]*: | \(line \d+\)$", "", str(error))
    reason = one_line(reason)  # it may quote the file
    if "LoadDocumentCallback" in reason:
        problem = "refers to a remote JSON-LD context, which is never fetched; embed it"
        return ReadError(f"{name}: {problem}", file=name)
    column = error.offset or 0
    reason = advise(reason, line, column, PREFIXES) + other_syntax_hint(start, syntax, name)
    if not number:
        return ReadError(f"{name}: {reason}", file=name)
    return error_at(name, line, number, column, reason)


def line_of(text: str, number: int) -> str:
    """A line of a text, counted from 1; empty if there is no such line."""
    return "".join(text.split("\n")[number - 1 : number]).rstrip("\r") if number else ""


def check_names(quads: Iterable[ox.Quad], lines: Sequence[int], name: str, text: str) -> None:
    """Refuse prefixed names with characters that no IRI has; the parser lets them pass.

    Args:
        quads: the statements of a file.
        lines: the number of the line of each statement.
        name: the name of the file.
        text: its text.

    Raises:
        ReadError: a name in a statement has such a character.
    """
    if not _NOT_IN_IRIS.search(text):
        return
    for quad, number in zip(quads, lines, strict=True):
        if character := foreign_character(quad):
            line = line_of(text, number)
            column = line.find(character) + 1
            raise error_at(name, line, number, column, foreign_to_iris(character))


def foreign_character(quad: ox.Quad) -> str:
    """The first character in the names of a statement that no IRI has; empty if there is none."""
    for term in (quad.subject, quad.predicate, quad.object):
        if isinstance(term, ox.NamedNode) and (found := _NOT_IN_IRIS.search(term.value)):
            return found[0]
    return ""


def foreign_to_iris(character: str) -> str:
    """What is wrong with a name that has the character."""
    return f"U+{ord(character):04X}, an invisible character, cannot be in an IRI"


def error_at(name: str, line: str, number: int, column: int, reason: str) -> ReadError:
    """`file:line:column: reason`, the line at fault and a mark under the column.

    Column 0 stands for the start of the line's text.
    """
    column = column or len(line) - len(line.lstrip()) + 1
    message = f"{name}:{number}:{column}: {reason}\n{pointer(line, column)}"
    return ReadError(message, file=name, line=number, column=column)


def other_syntax_hint(text: str, syntax: ox.RdfFormat, name: str) -> str:
    """A hint that a file looks like another syntax than its suffix says; may be empty."""
    start = text[:1000].lstrip()[:200].lower()
    looks = {
        "JSON-LD": ("{", "[{"),
        "HTML": ("<!doctype html", "<html"),
        "RDF/XML": ("<?xml", "<rdf:rdf"),
        "Turtle": ("@prefix", "prefix", "@base"),
    }
    likely = next((kind for kind, signs in looks.items() if start.startswith(signs)), None)
    if likely in (None, syntax.name) or (likely, syntax) == ("Turtle", ox.RdfFormat.TRIG):
        return ""
    remedy = "is the suffix right?"
    if name == "<stdin>":
        remedy = "say what it is with --input-format"
    return f" (this looks like {likely}, not {syntax.name}: {remedy})"
