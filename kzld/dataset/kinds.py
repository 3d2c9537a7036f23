"""The properties of each kind of fact and thing, read from the ontology and the shapes.

Spreadsheets and templates are generated from them, so that they always fit the rules.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from weakref import WeakKeyDictionary

import pyoxigraph as ox

from kzld.dataset.dataset import Dataset
from kzld.dataset.name_index import CLASSES
from kzld.dataset.name_table import fold
from kzld.errors import choose, unknown
from kzld.rdf.namespaces import (
    KZ,
    PREFIXES,
    RDF,
    RDFS,
    RECORD_KINDS,
    REPLACED_BY,
    SH,
    SHAPES,
    SKOS,
    THING_KINDS,
    XSD,
    value_of,
)
from kzld.rdf.order import reading_order

Takes = Literal["thing", "date", "text", "number", "address", "code", "object", "property", "link"]

_DATES = (
    *(KZ + name for name in ("date", "from", "until", "firstKnown", "lastKnown")),
    *(PREFIXES["dct"] + name for name in ("issued", "valid")),
    PREFIXES["pav"] + "retrievedOn",
)
_TAKES: dict[str, Takes] = {  # where neither ontology nor shapes tell directly
    **dict.fromkeys(_DATES, "date"),
    PREFIXES["dct"] + "identifier": "code",
    RDF + "object": "object",
    RDF + "predicate": "property",
    **{PREFIXES["schema"] + name: "number" for name in ("value", "maxValue")},
    PREFIXES["schema"] + "sameAs": "link",
}
_RULES = {"date": "date-datatype", "link": "dangling-reference"}  # if no shape has a rule
_NEVER = {  # the dates that a rule in SPARQL forbids for its targets
    "act-no-period": (KZ + "from", KZ + "until", KZ + "firstKnown", KZ + "lastKnown"),
    "event-end": (KZ + "firstKnown", KZ + "lastKnown"),
}
_EITHER = {  # the properties of which a rule requires one
    "event-date": (KZ + "date", KZ + "from"),
    "state-start": (KZ + "from", KZ + "firstKnown"),
    "open-state-last-known": (KZ + "until", KZ + "lastKnown"),
}
_LABELS = {"label-english": "en", "label-french": "fr"}
_LABELLED_BY_ANOTHER = (KZ + "Vote",)  # a vote has the label of its resolution
_NUMBERS = (XSD + "integer", XSD + "decimal")
_OPTIONAL = {  # further properties of a class, which no shape mentions
    KZ + "Event": (KZ + "place", PREFIXES["schema"] + "about"),
    KZ + "Resolution": (SKOS + "notation", PREFIXES["schema"] + "about"),
    KZ + "TreatyAction": (KZ + "place",),
    KZ + "Statement": (PREFIXES["schema"] + "about",),
    KZ + "Observation": (KZ + "place", PREFIXES["schema"] + "maxValue", PREFIXES["dct"] + "valid"),
    KZ + "Source": (PREFIXES["pav"] + "retrievedOn",),
    KZ + "Place": (PREFIXES["schema"] + "sameAs",),
    PREFIXES["foaf"] + "Agent": (PREFIXES["schema"] + "sameAs",),
    PREFIXES["org"] + "Organization": (KZ + "place",),
    PREFIXES["org"] + "Post": (PREFIXES["schema"] + "sameAs",),
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a spreadsheet: one property of a kind, and for a text one language.

    Attributes:
        property: the property.
        language: the language of the texts; empty for none, `*` for any.
        required: whether every fact or thing of the kind must have it.
        alternatives: the properties of which one is required, this one among them.
        many: whether it may have several values.
        takes: the sort of its values.
        classes: the classes or concept schemes of the values; empty for any.
        rule: the short name of the rule about the values; empty if there is none.
    """

    property: ox.NamedNode
    language: str
    required: bool
    alternatives: tuple[ox.NamedNode, ...]
    many: bool
    takes: Takes
    classes: tuple[str, ...]
    rule: str

    def heading(self, dataset: Dataset, language: str = "en") -> str:
        """The heading of the column: the label of the property, with the language of texts."""
        label = dataset.label(self.property, language)
        return f"{label} ({self.language})" if self.language not in ("", "*") else label


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fact or thing.

    Attributes:
        name: the name in its IRIs: `membership`, `treaty-action`, `person`.
        type: its class.
        namespace: the beginning of its IRIs.
        columns: its properties, in reading order.
    """

    name: str
    type: ox.NamedNode
    namespace: str
    columns: tuple[Column, ...]


# To work them out takes longer than to read a small sheet.
_kinds_of: WeakKeyDictionary[Dataset, dict[str, Kind]] = WeakKeyDictionary()


def kinds(dataset: Dataset) -> dict[str, Kind]:
    """Every kind of fact, claim and thing by name, facts first."""
    if dataset not in _kinds_of:
        model = _Model(dataset)
        _kinds_of[dataset] = {name: model.kind(name) for name in (*RECORD_KINDS, *THING_KINDS)}
    return _kinds_of[dataset]


def find_kind(dataset: Dataset, known: dict[str, Kind], text: str) -> Kind:
    """The kind with a name, or whose class, or an old one that it replaces, has a name or label.

    Raises:
        UnknownNameError: there is none; the message suggests the nearest.
    """
    name = fold(text).replace(" ", "-")
    if name in known:
        return known[name]
    of_class = {kind.type: kind for kind in known.values()}
    for class_ in dataset.names.find(text.strip(), CLASSES).things:
        for meant_now in (class_, *dataset.objects(class_, REPLACED_BY.value)):
            if isinstance(meant_now, ox.NamedNode) and meant_now in of_class:
                return of_class[meant_now]
    meant = dataset.names.suggest(text.strip(), CLASSES)
    near = [of_class[class_].name for class_ in meant if class_ in of_class]
    if near:
        raise unknown("kind", text, near, "")
    return known[choose("kind", text, known)]


class _Model:
    """The ontology and the shapes, by subject and predicate."""

    def __init__(self, dataset: Dataset) -> None:
        dataset.need_shapes()
        self._by_namespace = dataset.classes_by_namespace
        self._about: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        told = (quad for name in ("ontology", "shapes") for quad in dataset.quads(name))
        # In an order of ours: of several shapes about a property the first one counts.
        for quad in sorted(told, key=str):
            if isinstance(quad.subject, ox.NamedNode):
                values = self._about[quad.subject.value][quad.predicate.value]
                values.append(value_of(quad.object))
        self._derived = set(self._about[SHAPES + "derived-by-hand"][SH + "targetSubjectsOf"])

    def kind(self, name: str) -> Kind:
        """The kind with a name."""
        class_ = self._by_namespace[PREFIXES[name]]
        return Kind(name, class_, PREFIXES[name], tuple(self._columns(class_.value)))

    def _columns(self, class_: str) -> Iterator[Column]:
        """The columns of a class, in reading order."""
        classes = self._ancestors(class_)
        rules = {  # the rules for the class, by name, with their properties
            node.removeprefix(SHAPES): self._about[node]
            for node in list(self._about)
            if node.startswith(SHAPES) and classes & set(self._about[node][SH + "targetClass"])
        }
        if class_ in _LABELLED_BY_ANOTHER:
            rules = {name: about for name, about in rules.items() if name not in _LABELS}
        shapes: dict[str, list[str]] = defaultdict(list)  # the property shapes, by path
        for about in rules.values():
            for shape in about[SH + "property"]:
                shapes[self._about[shape][SH + "path"][0]].append(shape)
        for path in sorted(self._properties(classes, rules, set(shapes)), key=reading_order):
            about_path = shapes[path] or self._shapes_of(path)
            if "0" not in self._all(about_path, SH + "maxCount"):
                yield from self._property_columns(path, about_path, bool(shapes[path]), rules)

    def _ancestors(self, class_: str) -> set[str]:
        found, ahead = {class_}, [class_]
        while ahead:
            above = set(self._about[ahead.pop()][RDFS + "subClassOf"]) - found
            found |= above
            ahead += above
        return found

    def _properties(
        self, classes: set[str], rules: dict[str, dict[str, list[str]]], paths: set[str]
    ) -> set[str]:
        """The properties in the shapes of a class, in `_OPTIONAL`, and the ontology's for facts."""
        found = paths.union(*(_OPTIONAL.get(name, ()) for name in classes))
        if KZ + "Fact" in classes:
            for name, about in list(self._about.items()):
                if classes & set(about[RDFS + "domain"]):
                    found.add(name)
        if rules.keys() & _LABELS.keys():
            found.add(SKOS + "prefLabel")
        never = {path for rule in rules.keys() & _NEVER.keys() for path in _NEVER[rule]}
        return found - self._derived - never - {RDF + "type"}

    def _shapes_of(self, path: str) -> list[str]:
        """The property shapes of a property that apply to all its subjects."""
        return [
            shape
            for node in list(self._about)
            if path in self._about[node][SH + "targetSubjectsOf"]
            for shape in self._about[node][SH + "property"]
            if path in self._about[shape][SH + "path"]
        ]

    def _all(self, nodes: list[str], predicate: str) -> list[str]:
        return [value for node in nodes for value in self._about[node][predicate]]

    def _property_columns(
        self, path: str, shapes: list[str], own: bool, rules: dict[str, dict[str, list[str]]]
    ) -> Iterator[Column]:
        takes = self._takes(path, shapes)
        asking = [s for s in shapes if own and SH + "Violation" in self._about[s][SH + "severity"]]
        least = max((int(n) for n in self._all(asking, SH + "minCount")), default=0)
        unique = bool(self._all(shapes, SH + "uniqueLang"))
        asking_one = [_EITHER[rule] for rule in rules.keys() & _EITHER.keys()]
        either = {name for paths in asking_one if path in paths for name in paths}
        labels = {_LABELS[rule] for rule in rules.keys() & _LABELS.keys()}
        for language in self._languages(shapes) if takes == "text" else [""]:
            required = least > 0
            if takes == "text" and language != "*":
                required = least > 1  # one for each language
            if path == SKOS + "prefLabel":
                required = language in labels
            yield Column(
                property=ox.NamedNode(path),
                language=language,
                required=required,
                alternatives=tuple(map(ox.NamedNode, sorted(either, key=reading_order))),
                many=not (
                    unique
                    or language == "*"
                    or path in _DATES
                    or "1" in self._all(shapes, SH + "maxCount")
                ),
                takes=takes,
                classes=self._classes(path, shapes),
                rule=next((shape.removeprefix(SHAPES) for shape in shapes), _RULES.get(takes, "")),
            )

    def _takes(self, path: str, shapes: list[str]) -> Takes:
        if path in _TAKES:
            return _TAKES[path]
        types = {*self._all(shapes, SH + "datatype"), *self._about[path][RDFS + "range"]}
        if RDF + "langString" in types or self._all(shapes, SH + "languageIn"):
            return "text"
        if types & set(_NUMBERS):
            return "number"
        if XSD + "anyURI" in types:
            return "address"
        pointed = self._all(shapes, SH + "class") or any(
            "/id/" in p for p in self._patterns(shapes)
        )
        is_object = PREFIXES["owl"] + "ObjectProperty" in self._about[path][RDF + "type"]
        iri = SH + "IRI" in self._all(shapes, SH + "nodeKind")
        return "thing" if pointed or is_object or iri or self._range(path) else "code"

    def _patterns(self, shapes: list[str]) -> list[str]:
        return [text.replace("\\", "") for text in self._all(shapes, SH + "pattern")]

    def _classes(self, path: str, shapes: list[str]) -> tuple[str, ...]:
        """The concept scheme or the classes that a shape or, failing that, the ontology asks."""
        for pattern in self._patterns(shapes):
            if scheme := re.fullmatch(r"\^(https://w3id.org/kzld/concept/[\w-]+)/", pattern):
                return (scheme[1],)
            if names := re.fullmatch(r"\^https://w3id.org/kzld/id/\(([\w|-]+)\)/", pattern):
                return tuple(
                    self._by_namespace[PREFIXES[name]].value for name in names[1].split("|")
                )
        asked = set(self._all(shapes, SH + "class"))
        narrowest = asked.difference(*(self._ancestors(name) - {name} for name in asked))
        return tuple(sorted(narrowest)) or self._range(path)

    def _range(self, path: str) -> tuple[str, ...]:
        return tuple(name for name in self._about[path][RDFS + "range"] if not name.startswith(XSD))

    def _languages(self, shapes: list[str]) -> list[str]:
        """The languages that a shape allows, in order; `*` if it allows any."""
        lists = self._all(shapes, SH + "languageIn")
        if not lists:
            return ["*"]
        found, head = [], lists[0]
        while head != RDF + "nil":
            found += self._about[head][RDF + "first"]
            head = self._about[head][RDF + "rest"][0]
        return found
