"""JSON-LD compacted with the packaged context, so that it reads like hand-written JSON.

Follows the compaction of JSON-LD 1.1 (https://www.w3.org/TR/json-ld11-api/) as far as our
context goes: type-coerced terms, language maps, sets, ids relative to `@base`.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import pyoxigraph as ox

from kzld.rdf.namespaces import RDF, XSD, Term, node_name
from kzld.rdf.order import reading_order, term_order

_MARGIN = "\n  "
_encode = json.JSONEncoder(ensure_ascii=False).encode
# Readers would parse a number with more digits as a float.
_NATIVE = {XSD + "integer": r"0|-?[1-9]\d{0,14}", XSD + "boolean": "true|false"}


Node = dict[str, Any]


class Compactor:
    """Writes triples as JSON objects under a JSON-LD context.

    Args:
        context: the text of a context document, `{"@context": {…}}`.
        nest: returns the object to write instead of an IRI as a value, or None.
    """

    def __init__(
        self, context: str, nest: Callable[[str], Node | None] = lambda _iri: None
    ) -> None:
        self._nest = nest
        self.context: dict[str, Any] = json.loads(context)["@context"]
        self._base: str = self.context["@base"]
        texts = {key: value for key, value in self.context.items() if isinstance(value, str)}
        self._prefixes = {k: v for k, v in texts.items() if v.endswith(("#", "/")) and k[0] != "@"}
        self._classes: dict[str, str] = {}
        # The term for a property and the kind of its values: "@id", "@language" or a datatype.
        self._terms: dict[tuple[str, str], str] = {}
        self._sets: set[str] = set()
        for term, value in self.context.items():
            if isinstance(value, dict):
                self._define(term, value)
            elif term not in self._prefixes and term[0] != "@" and value[0] != "@":
                iri = self._expand(value)
                self._terms[iri, ""] = term
                self._classes[iri] = term

    def _define(self, term: str, definition: Mapping[str, Any]) -> None:
        containers = definition.get("@container", [])
        containers = [containers] if isinstance(containers, str) else containers
        kind = "@language" if "@language" in containers else definition.get("@type", "")
        kind = kind if kind.startswith("@") else self._expand(kind)
        self._terms[self._expand(definition["@id"]), kind] = term
        if "@set" in containers:
            self._sets.add(term)

    def _expand(self, name: str) -> str:
        prefix, _, local = name.partition(":")
        return self._prefixes[prefix] + local if prefix in self._prefixes else name

    def document(self, triples: Iterable[ox.Triple]) -> str:
        """The text of a document with one graph."""
        about: dict[str, list[ox.Triple]] = defaultdict(list)
        for triple in triples:
            about[node_name(triple.subject)].append(triple)
        nodes = (self.node(about[subject]) for subject in sorted(about))
        return "".join(self.pieces(nodes))

    def pieces(self, nodes: Iterable[Node]) -> Iterator[str]:
        """The text of a document with one graph, piece by piece."""
        yield self._head()
        yield from _array(nodes, 2)
        yield "\n}\n"

    def pieces_by_graph(self, graphs: Iterable[tuple[str, Iterable[Node]]]) -> Iterator[str]:
        """The text of a document with several graphs, each with its IRI, piece by piece."""
        yield self._head() + "["
        separator = ""
        for name, nodes in graphs:
            yield f'{separator}\n    {{\n      "id": {_encode(name)},\n      "graph": '
            yield from _array(nodes, 6)
            yield "\n    }"
            separator = ","
        yield "\n  ]\n}\n" if separator else "]\n}\n"

    def _head(self) -> str:
        return f'{{\n  "@context": {_indent(self.context, _MARGIN)},\n  "graph": '

    def node(self, triples: Iterable[ox.Triple]) -> Node:
        """The JSON object for the one subject of all the triples."""
        properties: dict[str, list[Term]] = defaultdict(list)
        name = ""
        for triple in sorted(triples, key=lambda triple: term_order(triple.object)):
            name = node_name(triple.subject)
            properties[triple.predicate.value].append(triple.object)
        return self._node(name, properties)

    def _node(self, subject: str, properties: Mapping[str, list[Term]]) -> dict[str, Any]:
        node: dict[str, Any] = {"id": self._id(subject)}
        classes = [t for t in properties.get(RDF + "type", ()) if not isinstance(t, ox.Literal)]
        if classes:
            names = [self._class(term) for term in classes]
            node["type"] = names[0] if len(names) == 1 else names
        for predicate in sorted(properties, key=reading_order):
            for value in properties[predicate]:
                if predicate != RDF + "type" or isinstance(value, ox.Literal):
                    self._add(node, predicate, value)
        return node

    def _add(self, node: dict[str, Any], predicate: str, value: Term) -> None:
        """Put a value under the term that fits it, or under the property's compact IRI."""
        key, shown = self._terms.get((predicate, _kind(value))), self._plain(value)
        if key is None:
            key = self._compact(predicate)
            shown = self._full(value)
        elif isinstance(value, ox.Literal) and value.language:
            self._append(node.setdefault(key, {}), value.language, shown, key in self._sets)
            return
        self._append(node, key, shown, key in self._sets)

    @staticmethod
    def _append(target: dict[str, Any], key: str, value: Any, as_set: bool) -> None:
        if key not in target:
            target[key] = [value] if as_set else value
        elif isinstance(target[key], list):
            target[key].append(value)
        else:
            target[key] = [target[key], value]

    def _plain(self, value: Term) -> Any:
        if isinstance(value, ox.NamedNode):
            return self._nest(value.value) or self._id(value.value)
        if isinstance(value, ox.Literal):
            native = _NATIVE.get(value.datatype.value)
            return json.loads(value.value) if native and _is(native, value.value) else value.value
        return str(value)

    def _full(self, value: Term) -> Any:
        if not isinstance(value, ox.Literal):
            shown = self._plain(value)
            return shown if isinstance(shown, dict) else {"id": shown}
        if value.language:
            return {"@value": value.value, "@language": value.language}
        plain = self._plain(value)
        if value.datatype.value == XSD + "string" or not isinstance(plain, str):
            return plain
        return {"@value": value.value, "@type": self._compact(value.datatype.value)}

    def _class(self, term: Term) -> str:
        iri = term.value if isinstance(term, ox.NamedNode) else str(term)
        return self._classes.get(iri) or self._compact(iri)

    def _id(self, iri: str) -> str:
        local = iri.removeprefix(self._base)
        return local if local != iri and _is(r"[\w/.-]+", local) else self._compact(iri)

    def _compact(self, iri: str) -> str:
        for prefix, namespace in self._prefixes.items():
            local = iri.removeprefix(namespace)
            if local != iri and local and not local.startswith("//"):
                return f"{prefix}:{local}"
        return iri


def _array(nodes: Iterable[Node], indent: int) -> Iterator[str]:
    """The text of an array, piece by piece, indented by so many spaces."""
    margin, start = "\n" + " " * (indent + 2), "["
    for node in nodes:
        yield start + margin + _indent(node, margin)
        start = ","
    yield "[]" if start == "[" else "\n" + " " * indent + "]"


def _indent(value: Any, margin: str) -> str:
    """A JSON value with the layout of `json.dumps(indent=2)`, which would create more garbage.

    Args:
        value: a JSON value.
        margin: a line break and the spaces before the value's line.
    """
    inner = margin + "  "
    if isinstance(value, dict) and value:
        pairs = (f"{_encode(key)}: {_indent(one, inner)}" for key, one in value.items())
        return "{" + inner + f",{inner}".join(pairs) + margin + "}"
    if isinstance(value, list) and value:
        return "[" + inner + f",{inner}".join(_indent(one, inner) for one in value) + margin + "]"
    return _encode(value)


def _kind(value: Term) -> str:
    """The kind of a value, which selects the term of its property: see `Compactor._terms`."""
    if not isinstance(value, ox.Literal):
        return "@id"
    if value.language:
        return "@language"
    datatype = value.datatype.value
    native = _NATIVE.get(datatype)
    plain = datatype == XSD + "string" or (native and _is(native, value.value))
    return "" if plain else datatype


def _is(pattern: str, text: str) -> bool:
    return re.fullmatch(pattern, text, re.ASCII) is not None
