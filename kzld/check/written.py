"""Remedies in the syntax of a file: with its prefixes, and for JSON-LD as JSON."""

from __future__ import annotations

import json
import re
from itertools import groupby

import pyoxigraph as ox

from kzld.rdf.documents import Document, JsonDocument
from kzld.rdf.namespaces import PREFIXES, Term

_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"(?:@[\w-]+|\^\^\S+)?|\S+')
_LITERAL = re.compile(r'("(?:\\.|[^"\\])*")(?:@([\w-]+)|\^\^(\S+))?')
_NAME = re.compile(r"([A-Za-z][\w-]*):([\w./-]+)", re.ASCII)


def written(turtle: str, document: Document, instead_of: Term | None = None) -> str:
    """A remedy as it is written in a document.

    Args:
        turtle: a term; properties with their values, parted by `;`; or a statement with its
            full stop. In Turtle, with the project's prefixes.
        document: the document.
        instead_of: the term that it replaces, if any.
    """
    tokens = [_respelt(token, document) for token in _TOKEN.findall(turtle)]
    if not isinstance(document, JsonDocument):
        return " ".join(tokens)
    if len(tokens) == 1:
        if isinstance(instead_of, ox.BlankNode):
            return f'"@id": "{tokens[0]}"'
        is_name = _NAME.fullmatch(tokens[0]) and not isinstance(instead_of, ox.Literal)
        return tokens[0] if is_name else _json(tokens[0])
    if tokens[-1] == ".":
        subject, predicate, value, _ = tokens
        return f'{{"@id": "{subject}", {_member(predicate, value)}}}'
    pairs = [list(pair) for is_end, pair in groupby(tokens, ";".__eq__) if not is_end]
    return ", ".join(_member(predicate, value) for predicate, value in pairs)


def _member(predicate: str, value: str) -> str:
    if predicate == "a":
        return f'"@type": "{value}"'
    return f'"{predicate}": {_json(value)}'


def _json(token: str) -> str:
    """A literal or a name as a value in JSON-LD."""
    if _NAME.fullmatch(token):
        return f'{{"@id": "{token}"}}'
    match = _LITERAL.fullmatch(token)
    if match is None:
        return token
    text, language, datatype = match.groups()
    text = json.dumps(next(ox.parse(f"_:a <x:a> {text} .", ox.RdfFormat.TURTLE)).object.value)
    if language:
        return f'{{"@value": {text}, "@language": "{language}"}}'
    return f'{{"@value": {text}, "@type": "{datatype}"}}' if datatype else text


def _respelt(token: str, document: Document) -> str:
    """A prefixed name, or a literal with its datatype, with the prefixes of a document."""
    literal, mark, datatype = token.rpartition("^^") if token.startswith('"') else ("", "", token)
    match = _NAME.fullmatch(datatype)
    if match is None or match[1] not in PREFIXES:
        return token
    namespace, name = PREFIXES[match[1]], match[2]
    if document.prefixes.get(match[1]) == namespace:
        return token
    for prefix, start in document.prefixes.items():
        if start == namespace and prefix:
            return f"{literal}{mark}{prefix}:{name}"
    if isinstance(document, JsonDocument):
        for prefix, start in document.prefixes.items():
            if namespace.startswith(start):
                rest = namespace.removeprefix(start)
                return f"{literal}{mark}{prefix}:{rest}{name}"
    return token
