"""Where things stand in the text of a file: a term on its line, the subjects of JSON-LD."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import urljoin

import pyoxigraph as ox

_LONGEST_LINE: Final = 100_000  # nobody looks for a column past that
_TOKEN: Final = re.compile(
    r"<(?P<iri>[^<>\"{}|^`\s]*)>"
    r"|(?P<quote>\"\"\"|'''|\"|')(?P<text>(?:\\.|(?!(?P=quote))[^\\])*)(?P=quote)"
    r"(?:@(?P<language>[A-Za-z0-9-]+)|\^\^(?:<[^<>\s]*>|[^\s;,<>\"'()\[\]]+))?"
    r"|(?P<comment>(?<![^\s;,.])\#.*)"
    r"|(?P<bare>[^\s;,<>\"'()\[\]{}]+)"
)
"""An IRI, a literal, a comment or a name, as Turtle and its kin (and JSON) write them."""
_ESCAPE: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_ESCAPED: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_ID: Final = re.compile(r'(\{\s*)?"(?:@id|id)"\s*:\s*"((?:[^"\\]|\\.)*)"(\s*\})?')


def find(line: str, term: object, prefixes: Mapping[str, str], base: str | None) -> int:
    """Where a term stands on a line, counted from 1; 0 if it does not.

    Args:
        line: the text of the line.
        term: an IRI or a literal; any other stands nowhere.
        prefixes: what the file abbreviates IRIs with.
        base: what its relative IRIs are relative to.
    """
    if len(line) > _LONGEST_LINE or not isinstance(term, ox.NamedNode | ox.Literal):
        return 0
    for token in _TOKEN.finditer(line):
        if _means(token, term, prefixes, base):
            return token.start() + 1
    return line.find(term.value) + 1


def extent(line: str, start: int) -> int:
    """How many characters the token takes that begins at a column; 1 where there is none."""
    token = _TOKEN.match(line[start - 1 : start + 999])
    if token is None or token["comment"]:
        return 1
    return max(1, len(token[0].rstrip(".") if token["bare"] else token[0]))


def _means(
    token: re.Match[str],
    term: ox.NamedNode | ox.Literal,
    prefixes: Mapping[str, str],
    base: str | None,
) -> bool:
    iri, text, bare = token["iri"], token["text"], token["bare"]
    if isinstance(term, ox.Literal):
        if text is not None:
            same_language = token["language"] in (None, term.language)
            return same_language and unescape(text) == term.value
        return bare is not None and bare.rstrip(".") == term.value
    if bare is not None:
        return _expand(bare.rstrip("."), prefixes) == term.value
    name = iri if iri is not None else text
    return name is not None and resolve(name, prefixes, base) == term.value


def _expand(name: str, prefixes: Mapping[str, str]) -> str | None:
    if name == "a":
        return "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
    prefix, colon, local = name.partition(":")
    if not colon or prefix not in prefixes:
        return None
    return prefixes[prefix] + re.sub(r"\\(.)", r"\1", local)


def resolve(name: str, prefixes: Mapping[str, str], base: str | None) -> str:
    """The IRI that a file means by a full, prefixed or relative one."""
    name = unescape(name)
    if (expanded := _expand(name, prefixes)) is not None:
        return expanded
    try:
        return urljoin(base, name) if base else name
    except ValueError:  # no IRI that Python can take apart
        return name


def unescape(text: str) -> str:
    """The characters that the escapes of a Turtle or JSON string stand for."""
    if "\\" not in text:
        return text

    def character(match: re.Match[str]) -> str:
        code = int(match[1] or match[2] or "0", 16)
        if match[3]:
            return _ESCAPED.get(match[3], match[3])
        return chr(code) if code <= sys.maxunicode else match[0]

    return _ESCAPE.sub(character, text)


def json_subjects(text: str, prefixes: Mapping[str, str], base: str | None) -> dict[str, int]:
    """The line of each `"@id"` of a JSON-LD text whose object says more of it than its name."""
    lines: dict[str, int] = {}
    for name, line in _json_ids(text):
        lines.setdefault(resolve(name, prefixes, base), line)
    return lines


def _json_ids(text: str) -> Iterator[tuple[str, int]]:
    position, line = 0, 1
    for match in _ID.finditer(text):
        only_a_reference = match[1] and match[3]
        line += text.count("\n", position, match.start(2))
        position = match.start(2)
        if not only_a_reference:
            yield match[2], line
