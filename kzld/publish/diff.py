"""The differences between two states of the data, fact by fact."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import pyoxigraph as ox

from kzld.dataset.dataset import Dataset
from kzld.dataset.load import load
from kzld.dataset.package import context
from kzld.dataset.paths import files
from kzld.errors import ReadError
from kzld.publish.export import subjects
from kzld.rdf.documents import SHEET_SUFFIXES
from kzld.rdf.namespaces import (
    BASE,
    KZ,
    PREFIXES,
    RDF_TYPE,
    SKOS,
    Term,
    display,
    graph_name,
    value_of,
)
from kzld.rdf.order import reading_order, term_order
from kzld.rdf.streams import statements

PACKAGED = "packaged"
"""The place that stands for the packaged data."""
Group = Literal["facts", "claims", "things", "sources", "passages"]
GROUPS: tuple[Group, ...] = ("facts", "claims", "things", "sources", "passages")
KINDS: tuple[str, ...] = (
    "added", "removed", "ended", "corrected", "re-ranked", "re-sourced", "reworded",
    "replaced", "renamed", "changed",
)  # fmt: skip
"""The kinds of change. An item with several kinds is listed under the first of them."""
_OF_FACTS = {  # the kind of change by the property that changed; others: "corrected"
    **dict.fromkeys((KZ + "rank", KZ + "contradicts"), "re-ranked"),
    **dict.fromkeys(
        (KZ + "supportedBy", KZ + "disputedBy", KZ + "firstKnown", KZ + "lastKnown"), "re-sourced"
    ),
    **dict.fromkeys(
        (SKOS + "note", SKOS + "prefLabel", SKOS + "altLabel", KZ + "content"), "reworded"
    ),
}
_OF_THINGS = {
    PREFIXES["dct"] + "isReplacedBy": "replaced",
    **dict.fromkeys((SKOS + "prefLabel", SKOS + "altLabel"), "renamed"),
}
_OTHER_GROUPS: dict[str, Group] = {
    KZ + "Claim": "claims",
    KZ + "Source": "sources",
    KZ + "Passage": "passages",
}
_UNTIL = KZ + "until"
_DATA = graph_name("data")
_VERSION = ox.NamedNode(PREFIXES["dcat"] + "version")
_KINDS_OF_FACT = "SELECT ?kind WHERE { ?kind rdfs:subClassOf* kz:Fact }"
_NAMELESS = "urn:kzld:nameless:"
_DEEPEST = 20  # levels of nested blank nodes that are compared


@dataclass(frozen=True, slots=True)
class Change:
    """A property with other values than before.

    Attributes:
        property: the label of the property.
        before: its values in the old state, as labels or texts.
        after: its values in the new state.
    """

    property: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """A fact or thing that changed.

    Attributes:
        name: its prefixed name or IRI.
        label: its label.
        changes: the properties that changed; empty if the item was added or removed.
    """

    name: str
    label: str
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """The changed items by group and kind of change, all in a fixed order.

    Attributes:
        old: the name of the old state.
        new: the name of the new state.
        items: by group, then by one of `KINDS`; empty lists are left out.
    """

    old: str
    new: str
    items: dict[Group, dict[str, list[Item]]]

    def __bool__(self) -> bool:
        return bool(self.items)


@dataclass
class State:
    """The data at one time.

    Attributes:
        name: the place as the user typed it.
        version: the version in the data; empty if they have none.
        dataset: all statements, with derived ones if a file does not keep them apart.
    """

    name: str
    version: str
    dataset: Dataset = field(repr=False)

    def __str__(self) -> str:
        return f"{self.name} ({self.version})" if self.version else self.name


def read(place: str) -> State:
    """Read a state of the data.

    Args:
        place: `packaged`, an RDF file (also `.gz`), or a folder: of such files, of a
            release, or of a checkout of the project.

    Raises:
        ReadError: the place cannot be read.
    """
    if place == PACKAGED:
        dataset = load()
        [row] = dataset.rows("SELECT ?v { ?set a dcat:Dataset ; dcat:version ?v }")
        return State("packaged data", display(row["v"]), dataset)
    versions: set[str] = set()
    read_files = [_data_of(file, versions) for file in _files(place)]
    dataset = load(read_files, packaged=False)
    _name_blank_nodes(dataset)
    return State(place, versions.pop() if len(versions) == 1 else "", dataset)


def _files(place: str) -> list[str]:
    folder = Path(place)
    if not folder.is_dir():
        if place != "-" and not folder.exists():  # perhaps a misspelt folder, not a file
            raise ReadError(f"{place}: no such file or folder", file=place)
        return [place]
    if found := sorted(folder.glob("kzld-*.nq.gz")):
        return [str(found[-1])]
    if (folder / "data" / "catalog.ttl").is_file():
        folder = folder / "data"
    unreadable: list[ReadError] = []
    inside = [file for file in files([folder], unreadable) if not file.endswith(SHEET_SUFFIXES)]
    if unreadable:
        raise unreadable[0]
    catalog = folder / "catalog.ttl"  # has the version
    return [*inside, str(catalog)] if catalog.is_file() else inside


def _data_of(file: str, versions: set[str]) -> Iterator[ox.Quad]:
    """The data statements of a file; a version in it is added to `versions`.

    Of our named graphs, only `graph:data` counts. In a file without named graphs, other
    statements are recognised later.
    """
    for quad in statements(file, context=context()):
        if quad.predicate == _VERSION and quad.subject == ox.NamedNode(BASE + "dataset"):
            versions.add(display(quad.object))
        graph = value_of(quad.graph_name)
        if graph == _DATA.value or not graph.startswith(PREFIXES["graph"]):
            yield quad


def _name_blank_nodes(dataset: Dataset) -> None:
    """Name blank nodes by a hash of their statements, so that they can be compared."""
    found = [
        quad
        for quad in (dataset.quads("data") if _has_blank_nodes(dataset) else ())
        if isinstance(quad.subject, ox.BlankNode) or isinstance(quad.object, ox.BlankNode)
    ]
    names: dict[ox.BlankNode, ox.NamedNode] = {}

    def named(term: Any, depth: int = 0) -> Any:
        if not isinstance(term, ox.BlankNode):
            return term
        if term not in names:
            about = () if depth > _DEEPEST else dataset.store.quads_for_pattern(term, None, None)
            lines = sorted(f"{q.predicate} {named(q.object, depth + 1)}" for q in about)
            digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
            names[term] = ox.NamedNode(_NAMELESS + digest)
        return names[term]

    renamed = [ox.Quad(named(q.subject), q.predicate, named(q.object), _DATA) for q in found]
    for quad in found:
        dataset.store.remove(quad)
    dataset.store.extend(renamed)


def _has_blank_nodes(dataset: Dataset) -> bool:
    query = "ASK { GRAPH graph:data { ?s ?p ?o FILTER(ISBLANK(?s) || ISBLANK(?o)) } }"
    return bool(dataset.query(query))


def compare(old: State, new: State, *, language: str = "en") -> Difference:
    """Compare two states of the data.

    Args:
        old: the earlier state.
        new: the later state.
        language: the language of labels, where there are any in it.
    """
    return _Comparison(old.dataset, new.dataset, language).difference(str(old), str(new))


Subject = ox.NamedNode | ox.BlankNode | ox.Triple
Pairs = Iterator[tuple[list[ox.Triple], list[ox.Triple]]]


class _Comparison:
    def __init__(self, old: Dataset, new: Dataset, language: str) -> None:
        self._old, self._new, self._language = old, new, language
        # From both states, so that the reverse comparison agrees: one may lack a class.
        self._facts = {row["kind"] for state in (old, new) for row in state.rows(_KINDS_OF_FACT)}

    def difference(self, old: str, new: str) -> Difference:
        found: dict[Group, dict[str, list[Item]]] = defaultdict(lambda: defaultdict(list))
        for before, after in self._pairs():
            subject = (after or before)[0].subject
            group = self._group(after or before)
            if group is None or not self._is_data(subject):
                continue
            changes, kind = self._changes(before, after, group)
            if kind:
                name, label = self._name(subject), self._label(subject)
                found[group][kind].append(Item(name, label, changes))
        ordered: dict[Group, dict[str, list[Item]]] = {
            group: {kind: found[group][kind] for kind in KINDS if kind in found[group]}
            for group in GROUPS
            if group in found
        }
        return Difference(old, new, ordered)

    def _pairs(self) -> Pairs:
        """The old and the new triples of each subject that differs."""
        olds, news = subjects(self._old, ["data"]), subjects(self._new, ["data"])
        before, after = next(olds, None), next(news, None)
        while before or after:
            first, second = _key(before), _key(after)
            if first == second:
                if set(before or ()) != set(after or ()):
                    yield before or [], after or []
                before, after = next(olds, None), next(news, None)
            elif after is None or (before is not None and first < second):
                yield before or [], []
                before = next(olds, None)
            else:
                yield [], after
                after = next(news, None)

    def _is_data(self, subject: Subject) -> bool:
        """Whether a subject is data, not a term, shape, concept or part of the catalogue.

        A file without named graphs may mix these with its data.
        """
        iri = value_of(subject)
        if iri.startswith(BASE):
            return iri.startswith(BASE + "id/")
        return not any(
            next(state.store.quads_for_pattern(subject, None, None, graph_name(graph)), None)
            for state in (self._old, self._new)
            for graph in ("ontology", "catalog")
        )

    def _group(self, triples: Iterable[ox.Triple]) -> Group | None:
        types = {t.object for t in triples if t.predicate == RDF_TYPE}
        if types & self._facts:
            return "facts"
        if any(value_of(t.subject).startswith(_NAMELESS) for t in triples):
            return None  # a blank node is part of the item that refers to it
        for class_, group in _OTHER_GROUPS.items():
            if ox.NamedNode(class_) in types:
                return group
        return "things"

    def _changes(
        self, before: list[ox.Triple], after: list[ox.Triple], group: Group
    ) -> tuple[tuple[Change, ...], str]:
        """The changed properties, and the kind of change; empty if all of them are derived."""
        if not before or not after:
            return (), "added" if after else "removed"
        lost = set(before) - set(after) - self._derived(self._old, before[0].subject)
        won = set(after) - set(before) - self._derived(self._new, after[0].subject)
        by_property: dict[tuple[str, str], tuple[list[Term], list[Term]]] = defaultdict(
            lambda: ([], [])
        )
        for place, triples in enumerate((lost, won)):
            for triple in triples:
                language = getattr(triple.object, "language", None) or ""
                by_property[triple.predicate.value, language][place].append(triple.object)
        order = sorted(by_property, key=lambda key: (reading_order(key[0]), key[1]))
        changes = tuple(
            Change(self._property(*key), *map(self._texts, by_property[key])) for key in order
        )
        kinds = {self._kind(name, by_property[name, language], group) for name, language in order}
        return changes, next((kind for kind in KINDS if kind in kinds), "")

    @staticmethod
    def _kind(name: str, values: tuple[list[Term], list[Term]], group: Group) -> str:
        if group == "facts":
            if name == _UNTIL and not values[0]:
                return "ended"
            return _OF_FACTS.get(name, "corrected")
        return _OF_THINGS.get(name, "changed") if group == "things" else "changed"

    @staticmethod
    def _derived(dataset: Dataset, subject: Subject) -> set[ox.Triple]:
        found = dataset.store.quads_for_pattern(subject, None, None, graph_name("derived"))
        return {quad.triple for quad in found}

    def _property(self, name: str, language: str) -> str:
        label = self._new.label(ox.NamedNode(name), self._language)
        return f"{label} ({language})" if language else label

    def _texts(self, values: list[Term]) -> tuple[str, ...]:
        return tuple(self._label(value) for value in sorted(values, key=term_order))

    @staticmethod
    def _name(subject: Term) -> str:
        return "(nameless)" if display(subject).startswith(_NAMELESS) else display(subject)

    def _label(self, term: Term) -> str:
        """The label of a thing in the first data set that has one; a source's citation."""
        if not isinstance(term, ox.NamedNode):
            return display(term)
        if term.value.startswith(_NAMELESS):
            return "(nameless)"
        for dataset in self._datasets():
            if citation := self._citation(dataset, term):
                return citation
            if (label := dataset.label(term, self._language)) != display(term):
                return label
        return display(term)

    def _datasets(self) -> Iterator[Dataset]:
        """The data sets to search for labels; a single file seldom has those of all its things."""
        yield self._new
        yield self._old
        yield self._packaged

    @cached_property
    def _packaged(self) -> Dataset:
        return load()

    def _citation(self, dataset: Dataset, term: ox.NamedNode) -> str:
        """`Publisher, “title”, date, place` of a source or passage; empty for other things."""
        [*sources] = dataset.objects(term, KZ + "source") or [term]
        source = sources[0]
        if not isinstance(source, ox.NamedNode) or KZ + "Source" not in dataset.types(source):
            return ""
        publishers = dataset.objects(source, PREFIXES["dct"] + "publisher")
        title = dataset.label(source, self._language)
        issued = dataset.objects(source, PREFIXES["dct"] + "issued")
        places = [
            place.value
            for place in dataset.objects(term, KZ + "locator")
            if isinstance(place, ox.Literal) and place.language == self._language
        ]
        labels = [dataset.label(one, self._language) for one in publishers[:1]]
        return ", ".join([*labels, f"“{title}”", *map(display, issued[:1]), *places[:1]])


def _key(triples: list[ox.Triple] | None) -> str:
    return value_of(triples[0].subject) if triples else ""
