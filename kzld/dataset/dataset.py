"""The data set: the packaged and the derived graphs in an embedded store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import chain
from pathlib import Path
from typing import IO, Any, Protocol, cast

import pyoxigraph as ox

from kzld.dataset import contribution
from kzld.dataset.derive import label_rules
from kzld.dataset.name_index import CLASSES, PROPERTY_KINDS, NameIndex
from kzld.dataset.name_table import PROPERTIES, SUPERCLASS
from kzld.dataset.package import package_file
from kzld.progress import Progress, no_progress
from kzld.rdf.namespaces import (
    BASE,
    GRAPHS,
    KZ,
    MERGED,
    PREFIXES,
    RDF,
    RDFS,
    SKOS,
    Graphs,
    Term,
    graph_name,
    in_language,
    named,
    namespace_of,
    shorten,
    value_of,
)
from kzld.rdf.reparsed import has_blank_node
from kzld.rdf.sorting import SortedLines
from kzld.rdf.store import Store

_REPORTED_EACH = 10_000  # lines; seldom enough to cost nothing
_STATED = ("data", "ontology", "catalog")
_ABOUT, _VOTES = PREFIXES["schema"] + "about", PREFIXES["vote"]
_LABELS = (SKOS + "prefLabel", RDFS + "label", "http://purl.org/dc/terms/title")
_FAMILY_NAME = PREFIXES["foaf"] + "familyName"


class Arrange(Protocol):
    """Makes a line to sort from a line of N-Triples and the name of its graph."""

    def __call__(self, line: bytes, /, graph: str) -> bytes:  # noqa: D102
        ...


@dataclass(eq=False)
class Dataset:
    """Named graphs in an embedded store, with methods to read them.

    Attributes:
        store: a store; its graphs are those of `GRAPHS`.
        is_read_only: whether the store is the ready store, which has all packaged graphs.
        names_file: the file with the index of names, if the ready store has one.
    """

    store: Store = field(default_factory=Store)
    is_read_only: bool = False
    names_file: Path | None = None
    _has_contribution: bool = field(default=False, init=False, repr=False)

    @property
    def default_graphs(self) -> Graphs:
        """The graphs that a query without GRAPH reads: all but the shapes."""
        return [graph_name(name) for name in MERGED]

    def query(self, sparql: str) -> Any:
        """The raw result of one of our own queries, with the project's prefixes bound."""
        return self.store.query(sparql, prefixes=PREFIXES, default_graph=self.default_graphs)

    def run_user_query(self, sparql: str) -> Any:
        """The raw result of a user's query, unchanged from the store that has the data set."""
        return self.query(sparql)

    def select(self, query: str) -> list[ox.QuerySolution]:
        """The solutions of one of our own SELECT queries, with the project's prefixes bound."""
        return list(self.rows(query))

    def rows(self, query: str) -> Iterator[ox.QuerySolution]:
        """The solutions as `select`, but one by one, as there may be many."""
        found = self.query(query)
        return iter(found if isinstance(found, ox.QuerySolutions) else ())

    @property
    def address(self) -> str:
        """The web address of the data set; empty if it is on this machine."""
        return ""

    def local(self) -> Dataset:
        """The data set with all statements on this machine: itself, unless it is remote."""
        return self

    def prefetch(self, things: Iterable[Term | None]) -> None:
        """Fetch statements about things; a no-op unless the data set is remote."""

    def quads(self, graph: str) -> Iterator[ox.Quad]:
        """The statements of one graph, in no order."""
        return self.store.quads_for_pattern(None, None, None, graph_name(graph))

    def with_properties(self, properties: Iterable[str]) -> Iterator[ox.Quad]:
        """The statements with some properties in data, ontology and catalog."""
        for name in _STATED:
            for iri in properties:
                yield from self.store.quads_for_pattern(
                    None, ox.NamedNode(iri), None, graph_name(name)
                )

    def objects(self, subject: ox.NamedNode | ox.BlankNode, predicate: str) -> list[Term]:
        """The values of a property in all graphs, each once, without those that are replaced."""
        if isinstance(subject, ox.NamedNode):
            self.prefetch([subject])
        found = self.store.quads_for_pattern(subject, ox.NamedNode(predicate), None)
        stated = (quad for quad in found if quad.graph_name != contribution.REPLACED)
        return list(dict.fromkeys(quad.object for quad in stated))

    def types(self, subject: ox.NamedNode) -> set[str]:
        """The IRIs of the classes of a thing, with derived classes."""
        return {o.value for o in self.objects(subject, RDF + "type") if isinstance(o, ox.NamedNode)}

    def texts(self, subject: ox.NamedNode, predicates: Iterable[str]) -> dict[str, ox.Literal]:
        """The texts of properties, by language; the first property with a text counts."""
        found: dict[str, ox.Literal] = {}
        for predicate in predicates:
            for term in self.objects(subject, predicate):
                if isinstance(term, ox.Literal):
                    found.setdefault(term.language or "", term)
        return found

    def label(self, term: Term | None, language: str = "en") -> str:
        """The label of a term in a language or, if it has none, in the next best language.

        A literal is its own label; a thing without a label has its prefixed name or IRI. If a
        fact was added after labels were derived, the rules derive its label now. A vote without
        a label has that of its resolution: stored for each vote, labels would fill the graph.
        """
        if not isinstance(term, ox.NamedNode):
            return str(term) if isinstance(term, ox.Triple) else value_of(term)
        labels = self.texts(term, _LABELS)
        if not labels and term.value.startswith(BASE + "id/"):
            labels = self._derived_labels(term) or self._labels_of_resolution(term)
        label = in_language(labels, language)
        return label.value if label else shorten(term.value) or term.value

    def sort_name(self, term: Term | None, language: str = "en") -> str:
        """The text by which a term is sorted: of a person the family name, and then the label.

        Particles in small letters do not count: von der Leyen comes under L.
        """
        label = self.label(term, language)
        if not isinstance(term, ox.NamedNode) or not term.value.startswith(PREFIXES["person"]):
            return label
        family = in_language(self.texts(term, (_FAMILY_NAME,)), language)
        words = family.value.split() if family else []
        while len(words) > 1 and words[0].islower():
            del words[0]
        return " ".join([*words, label])

    def _derived_labels(self, fact: ox.NamedNode) -> dict[str, ox.Literal]:
        """The labels that the rules derive for a fact, by language."""
        stated: Graphs = [graph_name(name) for name in ("data", "ontology", "contribution")]
        bound: dict[ox.Variable, Term] = {ox.Variable("fact"): fact}
        labels = {}
        classes = self.types(fact)
        for rule in (text for kind, text in label_rules() if kind in classes):
            triples = self.store.evaluate(
                rule, prefixes=PREFIXES, default_graph=stated, substitutions=bound
            )
            for triple in triples if isinstance(triples, ox.QueryTriples) else ():
                if isinstance(triple.object, ox.Literal):
                    labels[triple.object.language or ""] = triple.object
        return labels

    def _labels_of_resolution(self, vote: ox.NamedNode) -> dict[str, ox.Literal]:
        """The labels of the resolution that a vote is on, by language."""
        for subject in self.objects(vote, _ABOUT) if vote.value.startswith(_VOTES) else ():
            if isinstance(subject, ox.NamedNode) and KZ + "Resolution" in self.types(subject):
                return self.texts(subject, _LABELS)
        return {}

    def nquads(self, graphs: Iterable[str]) -> bytes:
        """Graphs as N-Quads in canonical form: sorted lines.

        Follows RDF Dataset Canonicalization (RDFC-1.0). Blank nodes, which only a user's file
        can have, get canonical labels.
        """
        return b"".join(self.lines(graphs, as_nquad))

    def ntriples(self, graphs: Iterable[str]) -> bytes:
        """Graphs merged, as sorted N-Triples."""
        return b"".join(self.lines(graphs))

    def lines(
        self,
        graphs: Iterable[str],
        arrange: Arrange | None = None,
        *,
        also: Callable[[str], Iterable[ox.Triple]] = lambda _graph: (),
        progress: Progress = no_progress,
    ) -> Iterator[bytes]:
        """The statements of graphs as sorted lines, each once, in bounded memory.

        Args:
            graphs: names of graphs of the data set.
            arrange: makes another line from a line of N-Triples and the name of its graph;
                without it, the line stays as it is.
            also: gives further statements, without blank nodes, by the name of a graph.
            progress: receives the share of the work that is done.
        """
        names = list(graphs)
        total = 0 if progress is no_progress else 2 * sum(map(self.count, names))

        def on_progress(done: int) -> None:
            if total:
                progress(min(1.0, done / total))

        def sort(write: Callable[[str, IO[bytes]], object]) -> SortedLines:
            lines = SortedLines(on_progress)
            for name in names:
                lines.arrange = partial(arrange, graph=name) if arrange else None
                write(name, cast(IO[bytes], lines))
                ox.serialize(also(name), cast(IO[bytes], lines), format=ox.RdfFormat.N_TRIPLES)
                lines.flush()
            return lines

        lines = sort(self._write)
        if lines.have_blank_nodes:
            lines = sort(self._with_canonical_blank_nodes(names))
        for place, line in enumerate(lines):
            yield line
            if place % _REPORTED_EACH == 0:
                on_progress(total // 2 + place)

    def _write(self, graph: str, file: IO[bytes]) -> None:
        self.store.dump_graph(graph_name(graph), file)

    def _with_canonical_blank_nodes(
        self, graphs: Iterable[str]
    ) -> Callable[[str, IO[bytes]], object]:
        """A writer of graphs with canonical labels for blank nodes, the same in all graphs.

        The labels depend only on the statements with blank nodes. Only these are in memory.
        """
        canonical = ox.Dataset(
            quad for name in graphs for quad in self.quads(name) if has_blank_node(quad)
        )
        canonical.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)

        def write(graph: str, file: IO[bytes]) -> None:
            others = (quad for quad in self.quads(graph) if not has_blank_node(quad))
            quads = chain(others, canonical.quads_for_graph_name(graph_name(graph)))
            ox.serialize((q.triple for q in quads), file, format=ox.RdfFormat.N_TRIPLES)

        return write

    def count(self, graph: str) -> int:
        """The number of statements in a graph."""
        query = f"SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH {graph_name(graph)} {{ ?s ?p ?o }} }}"
        [row] = self.select(query)
        return int(value_of(row["n"]))

    @contextmanager
    def contribution(self, *files: Iterable[ox.Quad]) -> Iterator[None]:
        """Merge the statements of files into data and ontology while the context is open.

        A description of a thing, which has a type, replaces the one that is there; see the
        module `contribution`.
        """
        replaced = contribution.merge(self.store, files)
        self._has_contribution = True
        try:
            yield
        finally:
            contribution.take_out(self.store, replaced)
            self._has_contribution = False
            for cached in ("_contributed_names", "_unread"):
                self.__dict__.pop(cached, None)

    def need_shapes(self) -> None:
        """Load the shapes, unless they are loaded; most uses do not need them."""
        if next(self.quads("shapes"), None) is None:
            shapes = graph_name("shapes")
            for path in sorted(package_file("shapes").rglob("*.ttl")):
                self.store.load_file(str(path), ox.RdfFormat.TURTLE, shapes)

    @cached_property
    def classes_by_namespace(self) -> dict[str, ox.NamedNode]:
        """By namespace, the class whose instances have their IRIs in it."""
        space = named("kzs:iriPrefix")
        return {
            value_of(quad.object): quad.subject
            for quad in self.quads("ontology")
            if quad.predicate == space and isinstance(quad.subject, ox.NamedNode)
        }

    @cached_property
    def name_index(self) -> NameIndex:
        """The index of names in data, ontology and catalog."""
        return NameIndex.open(self.names_file) if self.names_file else NameIndex(dataset=self)

    @property
    def names(self) -> NameIndex:
        """The index of names, with the names in a contribution while there is one."""
        return self.names_in([*self._unread]) if self._has_contribution else self.name_index

    def names_in(self, namespaces: Iterable[str]) -> NameIndex:
        """The index of names, with the names of a contribution in some namespaces.

        It also has the classes and properties of a contribution. To read all names of a
        large contribution takes as long as to check it.
        """
        if not self._has_contribution:
            return self.name_index
        for namespace in namespaces:
            if things := self._unread.pop(namespace, None):
                self._contributed_names.add(self._about(things))
        return self._contributed_names

    @cached_property
    def _contributed_names(self) -> NameIndex:
        kinds = map(ox.NamedNode, (*CLASSES, *PROPERTY_KINDS))
        typed = (quad.subject for kind in kinds for quad in self._having(RDF + "type", kind))
        terms = {thing for thing in typed if isinstance(thing, ox.NamedNode)}
        return self.name_index.beside(chain(self._having(SUPERCLASS), self._about(terms)))

    @cached_property
    def _unread(self) -> dict[str, dict[ox.NamedNode, None]]:
        """By namespace, the things of a contribution whose names are not in the index yet."""
        things: defaultdict[str, dict[ox.NamedNode, None]] = defaultdict(dict)
        for iri in PROPERTIES:
            for quad in self._having(iri):
                if isinstance(quad.subject, ox.NamedNode):
                    things[namespace_of(quad.subject.value)][quad.subject] = None
        return things

    def _having(self, predicate: str, value: Term | None = None) -> Iterator[ox.Quad]:
        """The statements of a contribution with a property."""
        return self.store.quads_for_pattern(
            None, ox.NamedNode(predicate), value, contribution.CONTRIBUTION
        )

    def _about(self, things: Iterable[ox.NamedNode]) -> Iterator[ox.Quad]:
        """The statements of a contribution about some things."""
        for thing in things:
            yield from self.store.quads_for_pattern(thing, None, None, contribution.CONTRIBUTION)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the canonical N-Quads of the data graph, in hexadecimal."""
        import hashlib

        if self.is_read_only:  # the catalogue has it
            [row] = self.select("SELECT ?sum { [] spdx:checksumValue ?sum }")
            return self.label(row["sum"])
        digest = hashlib.sha256()
        for line in self.lines(["data"], as_nquad):
            digest.update(line)
        return digest.hexdigest()


_GRAPH_ENDS = {name: f"{graph_name(name)} .\n".encode() for name in GRAPHS}


def as_nquad(line: bytes, graph: str) -> bytes:
    """A line of N-Triples as one of N-Quads."""
    return line[:-2] + _GRAPH_ENDS[graph]
