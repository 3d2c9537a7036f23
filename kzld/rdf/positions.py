"""The columns of the terms on a line of a file."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from functools import cached_property
from urllib.parse import urljoin

import pyoxigraph as ox

_LONGEST_LINE = 100_000  # longer lines are not searched
_TOKEN = re.compile(
    r"<(?P<iri>[^\x00-\x20<>\"{}|^`]*)>"
    r"|(?P<quote>\"\"\"|'''|\"|')(?P<text>(?:\\.|(?!(?P=quote))[^\\])*)(?P=quote)"
    r"(?:@(?P<language>[A-Za-z0-9-]+)|\^\^(?:<[^\x00-\x20<>]*>|[^\s;,<>\"'()\[\]]+))?"
    r"|(?P<comment>(?<![^\s;,.])\#.*)"
    r"|(?P<bare>[^\s;,<>\"'()\[\]{}]+)"
)
"""An IRI, a literal, a comment or a name in Turtle, its relatives, or JSON."""
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


class Line:
    """A line of a file, with the columns of the terms on it.

    Args:
        text: the text of the line.
        prefixes: the prefixes that the file declares.
        base: the base IRI of its relative IRIs.
    """

    def __init__(self, text: str, prefixes: Mapping[str, str], base: str | None) -> None:
        self.text = text
        self._prefixes, self._base = prefixes, base

    def find(self, term: object) -> int:
        """The column of a term, from 1; 0 if it is not there, or is no IRI or literal."""
        if not isinstance(term, ox.NamedNode | ox.Literal) or len(self.text) > _LONGEST_LINE:
            return 0
        keys = [("", term.value)]
        if isinstance(term, ox.Literal):
            keys = [
                ("@", term.value),
                (f"@{(term.language or '').lower()}", term.value),
                ("=", term.value),
            ]
        found = [self._columns[key] for key in keys if key in self._columns]
        return min(found) if found else self.text.find(term.value) + 1

    @cached_property
    def _columns(self) -> dict[tuple[str, str], int]:
        """The first column of each term: IRIs, texts by their `@language`, bare literals (`=`).

        Computed once: many findings may be on one line.
        """
        columns: dict[tuple[str, str], int] = {}
        for token in _TOKEN.finditer(self.text):
            for key in self._meanings(token):
                columns.setdefault(key, token.start() + 1)
        return columns

    def _meanings(self, token: re.Match[str]) -> Iterator[tuple[str, str]]:
        iri, text, bare = token["iri"], token["text"], token["bare"]
        if text is not None:
            yield f"@{(token['language'] or '').lower()}", unescape(text)
        if bare is not None and (name := bare.rstrip(".")):  # empty for a full stop alone
            yield "=", name
            yield "", _expand(name, self._prefixes) or ""
        if (name := iri if iri is not None else text) is not None:
            yield "", resolve(name, self._prefixes, self._base)


def extent(line: str, start: int) -> int:
    """The length of the token that begins at a column; 1 if none does."""
    token = _TOKEN.match(line[start - 1 : start + 999])
    if token is None or token["comment"]:
        return 1
    return max(1, len(token[0].rstrip(".") if token["bare"] else token[0]))


def _expand(name: str, prefixes: Mapping[str, str]) -> str | None:
    if name == "a":
        return "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
    prefix, colon, local = name.partition(":")
    if not colon or prefix not in prefixes:
        return None
    return prefixes[prefix] + re.sub(r"\\(.)", r"\1", local)


def resolve(name: str, prefixes: Mapping[str, str], base: str | None) -> str:
    """The absolute IRI for an absolute, prefixed or relative IRI in a file."""
    name = unescape(name)
    if (expanded := _expand(name, prefixes)) is not None:
        return expanded
    try:
        return urljoin(base, name) if base else name
    except ValueError:  # Python cannot parse the IRI
        return name


def unescape(text: str) -> str:
    """A Turtle or JSON string with its escapes replaced by their characters."""
    if "\\" not in text:
        return text

    def character(match: re.Match[str]) -> str:
        code = int(match[1] or match[2] or "0", 16)
        if match[3]:
            return _ESCAPED.get(match[3], match[3])
        return chr(code) if code <= sys.maxunicode else match[0]

    return _ESCAPE.sub(character, text)
