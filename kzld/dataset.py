"""The data set: the packaged graphs in an embedded store, with what is derived from them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox

from kzld import dates
from kzld.rdf import BASE, KZ, PREFIXES, RDF, RDFS, SKOS, XSD, Document, Term, shorten

PACKAGE: Final = Path(__file__).parent
CATALOG_FILES: Final = ("catalog.ttl", "statistics.ttl")
GRAPHS: Final = ("data", "ontology", "shapes", "derived", "catalog")
MERGED: Final = ("data", "ontology", "derived", "catalog")
"""What a query without GRAPH sees: all but the shapes."""
LANGUAGES: Final = ("en", "fr", "ru", "kk")

_XSD_DATE: Final = ox.NamedNode(XSD + "date")
_TIME: Final = {
    KZ + name: name for name in ("from", "until", "date", "firstKnown", "lastKnown")
}  # fmt: skip
_RDF_OBJECT: Final = ox.NamedNode(RDF + "object")
_LABELS: Final = (SKOS + "prefLabel", RDFS + "label", "http://purl.org/dc/terms/title")


Times = dict[ox.NamedNode, dict[str, tuple[str, str]]]
Graphs = list[ox.NamedNode | ox.BlankNode | ox.DefaultGraph]


def graph_name(name: str) -> ox.NamedNode:
    """The IRI of one of the data set's graphs: data, ontology, shapes, derived, catalog."""
    return ox.NamedNode(PREFIXES["graph"] + name)


def fact_language(language: str) -> str:
    """The language of the texts of facts, which are in English and French."""
    return "fr" if language == "fr" else "en"


def package_file(*parts: str) -> Path:
    """A file or folder of the data set: in an installed wheel or in a checkout."""
    installed = PACKAGE / "package_data"
    root = installed if installed.is_dir() else PACKAGE.parent
    return root.joinpath(*parts)


def examples() -> Path:
    """The folder with a good and a bad example for each rule."""
    installed = package_file("examples")
    return installed if installed.is_dir() else package_file("tests", "rules")


def context() -> str:
    """The packaged JSON-LD context document, as text."""
    return package_file("ontology", "context.jsonld").read_text("utf-8")


@cache
def _label_rules() -> list[tuple[str, str]]:
    """The queries that name facts, each with the class of facts that it names."""
    found = []
    for path in sorted((PACKAGE / "rules").glob("label-*.rq")):
        text = path.read_text("utf-8")
        kind = text.partition("?fact a kz:")[2].split()[0]
        found.append((KZ + kind, text))
    return found


@dataclass
class Dataset:
    """Named graphs in an embedded store, and the reading of them.

    Attributes:
        store: an in-memory pyoxigraph store; its graphs are those of `GRAPHS`.
    """

    store: ox.Store = field(default_factory=ox.Store)

    @property
    def default_graphs(self) -> Graphs:
        """What a query without GRAPH sees: all but the shapes."""
        return [graph_name(name) for name in MERGED]

    def query(self, sparql: str) -> Any:
        """The raw result of a query of our own, with the project's prefixes bound."""
        return self.store.query(sparql, prefixes=PREFIXES, default_graph=self.default_graphs)

    def select(self, query: str) -> list[ox.QuerySolution]:
        """The solutions of a SELECT query of our own, with the project's prefixes bound."""
        found = self.query(query)
        return list(found) if isinstance(found, ox.QuerySolutions) else []

    def know(self, things: Iterable[Term | None]) -> None:
        """Have what is said of things at hand in `store`, where it is not there anyway."""

    def quads(self, graph: str) -> Iterator[ox.Quad]:
        """The statements of one graph, in no order."""
        return self.store.quads_for_pattern(None, None, None, graph_name(graph))

    def objects(self, subject: ox.NamedNode, predicate: str) -> list[Term]:
        """The values of a property, over all graphs, each once."""
        self.know([subject])
        found = self.store.quads_for_pattern(subject, ox.NamedNode(predicate), None)
        return list(dict.fromkeys(quad.object for quad in found))

    def types(self, subject: ox.NamedNode) -> set[str]:
        """The IRIs of the classes of a thing, derived ones among them."""
        return {o.value for o in self.objects(subject, RDF + "type") if isinstance(o, ox.NamedNode)}

    def label(self, term: Term | None, language: str = "en") -> str:
        """A term as people call it: its label in the language, else in the next best one.

        A literal is its own text; what has no label is shown as prefixed name or IRI. A fact
        that was not there when labels were derived gets its label from the rules now.
        """
        if not isinstance(term, ox.NamedNode):
            return "" if term is None else getattr(term, "value", str(term))
        by_language: dict[str, str] = {}
        for predicate in _LABELS:
            for value in self.objects(term, predicate):
                if isinstance(value, ox.Literal):
                    by_language.setdefault(value.language or "", value.value)
        if not by_language and term.value.startswith(BASE + "id/"):
            by_language = self._derived_labels(term)
        for choice in (language, *LANGUAGES, *sorted(by_language)):
            if choice in by_language:
                return by_language[choice]
        return shorten(term.value) or term.value

    def _derived_labels(self, fact: ox.NamedNode) -> dict[str, str]:
        """By language, the labels that the rules give to a fact."""
        stated: Graphs = [graph_name(name) for name in ("data", "ontology", "contribution")]
        bound: dict[ox.Variable, Term] = {ox.Variable("fact"): fact}
        labels = {}
        classes = self.types(fact)
        for rule in (text for kind, text in _label_rules() if kind in classes):
            triples = self.store.query(
                rule, prefixes=PREFIXES, default_graph=stated, substitutions=bound
            )
            for triple in triples if isinstance(triples, ox.QueryTriples) else ():
                if isinstance(triple.object, ox.Literal):
                    labels[triple.object.language or ""] = triple.object.value
        return labels

    def nquads(self, graphs: Iterable[str]) -> bytes:
        """Graphs as N-Quads in canonical form: sorted lines, for there are no blank nodes.

        Follows RDF Dataset Canonicalization (RDFC-1.0); blank nodes, should a user's file
        have brought some, get canonical labels.
        """
        names = list(graphs)
        lines = []
        for name in names:
            end = f" {graph_name(name)} .\n".encode()
            lines += [line[:-3] + end for line in self._ntriples(name)]
        if not any(line.startswith(b"_:") or b"> _:" in line for line in lines):
            return b"".join(sorted(lines))
        quads = ox.Dataset(quad for name in names for quad in self.quads(name))
        quads.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
        canonical = ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b""
        return b"".join(sorted(canonical.splitlines(keepends=True)))

    def ntriples(self, graphs: Iterable[str]) -> bytes:
        """Graphs merged, as sorted N-Triples."""
        return b"".join(sorted({line for name in graphs for line in self._ntriples(name)}))

    def _ntriples(self, graph: str) -> list[bytes]:
        lines = self.store.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=graph_name(graph)) or b""
        return lines.splitlines(keepends=True)

    @contextmanager
    def contribution(self, statements: Iterable[ox.Quad]) -> Iterator[None]:
        """Have statements beside the data, in a graph of their own, for as long as it is open.

        What data or ontology say already is left out: it is nothing new.
        """
        graph = graph_name("contribution")
        self.store.bulk_extend(
            ox.Quad(quad.subject, quad.predicate, quad.object, graph)
            for quad in self._unsaid(statements)
        )
        try:
            yield
        finally:
            self.store.remove_graph(graph)

    def _unsaid(self, statements: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
        """Those statements that neither data nor ontology make."""
        graphs = [graph_name("data"), graph_name("ontology")]
        subject, known = None, False
        for quad in statements:
            if quad.subject != subject:  # as a rule, all about one subject stands together
                subject = quad.subject
                known = next(self.store.quads_for_pattern(subject, None, None), None) is not None
            if not known or not any(
                ox.Quad(quad.subject, quad.predicate, quad.object, graph) in self.store
                for graph in graphs
            ):
                yield quad

    def need_shapes(self) -> None:
        """Load the shapes, which most questions can do without."""
        if next(self.quads("shapes"), None) is None:
            _load_folder(self.store, "shapes", "shapes")

    @cached_property
    def names(self) -> dict[str, list[str]]:
        """What data and ontology describe: local names by namespace."""
        return by_namespace(quad for graph in ("data", "ontology") for quad in self.quads(graph))

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the canonical N-Quads of the data graph, in hexadecimal."""
        import hashlib

        return hashlib.sha256(self.nquads(["data"])).hexdigest()


def by_namespace(statements: Iterable[ox.Quad]) -> dict[str, list[str]]:
    """The local names of the subjects of statements, by namespace."""
    subjects = {quad.subject for quad in statements}
    found: dict[str, list[str]] = defaultdict(list)
    for subject in subjects:
        if isinstance(subject, ox.NamedNode):
            namespace = namespace_of(subject.value)
            found[namespace].append(subject.value.removeprefix(namespace))
    return dict(found)


def namespace_of(iri: str) -> str:
    """An IRI up to its last `/` or `#`."""
    return iri[: max(iri.rfind("/"), iri.rfind("#")) + 1]


def load(
    documents: Iterable[Document] = (), *, packaged: bool = True, derived: bool = True
) -> Dataset:
    """The packaged data set, with further documents as part of its data graph.

    Args:
        documents: files read with `rdf.read_document`; all their graphs join the data.
        packaged: whether the packaged facts are there (the ontology always is).
        derived: whether to derive what the rules do; checking can do without.
    """
    dataset = Dataset()
    _load_folder(dataset.store, "ontology", "ontology")
    if packaged:
        _load_folder(dataset.store, "data", "data")
    data = graph_name("data")
    for document in documents:
        dataset.store.bulk_extend(
            ox.Quad(q.subject, q.predicate, q.object, data) for q in document.quads
        )
    if derived:
        derive(dataset)
    return dataset


def _load_folder(store: ox.Store, folder: str, graph: str) -> None:
    for path in sorted(package_file(folder).rglob("*.ttl")):
        target = "catalog" if path.name in CATALOG_FILES else graph
        store.load(path=str(path), format=ox.RdfFormat.TURTLE, to_graph=graph_name(target))


def derive(dataset: Dataset) -> None:
    """Fill the derived graph: day bounds, and what the rules in `rules/*.rq` construct."""
    store, derived = dataset.store, graph_name("derived")
    stated: Graphs = [graph_name("data"), graph_name("ontology")]
    store.extend(ox.Quad(s, p, o, derived) for s, p, o in _day_bounds(dataset))
    for rule in sorted((PACKAGE / "rules").glob("*.rq")):
        triples = store.query(rule.read_text("utf-8"), prefixes=PREFIXES, default_graph=stated)
        assert isinstance(triples, ox.QueryTriples)  # noqa: S101 (rules are CONSTRUCTs)
        store.extend(ox.Quad(t.subject, t.predicate, t.object, derived) for t in triples)


def _day_bounds(dataset: Dataset) -> Iterator[tuple[ox.NamedNode, ox.NamedNode, ox.Literal]]:
    """The days that the bounds of each fact can mean, as the ontology defines them."""
    times = _times(dataset)
    ends = _ends_of_open_terms(dataset, times)
    for fact, known in times.items():
        start = known.get("from") or known.get("firstKnown") or known.get("date")
        end = known.get("until") or known.get("date")
        bounds = {}
        if start:
            bounds[_FROM_EARLIEST], bounds[_FROM_LATEST] = start
        if end:
            bounds[_UNTIL_EARLIEST], bounds[_UNTIL_LATEST] = end
        elif last_known := known.get("lastKnown"):
            bounds[_UNTIL_EARLIEST] = last_known[0]
            if fact in ends:
                bounds[_UNTIL_LATEST] = ends[fact]
        for bound, day in bounds.items():
            yield fact, bound, ox.Literal(day, datatype=_XSD_DATE)


def _ends_of_open_terms(dataset: Dataset, times: Times) -> dict[ox.NamedNode, str]:
    """The last day of terms whose end no source gives, where a successor in the post is known.

    One person at a time holds a post: a term ends at the latest when the next one begins.
    """
    terms: dict[Term, list[tuple[str, str, ox.NamedNode]]] = defaultdict(list)
    for quad in dataset.store.quads_for_pattern(None, _POST, None, graph_name("data")):
        term = quad.subject
        if isinstance(term, ox.NamedNode) and not dataset.objects(term, KZ + "rank"):
            known = times.get(term, {})
            if start := known.get("from") or known.get("firstKnown"):
                terms[quad.object].append((*start, term))
    ends = {}
    for in_order in map(sorted, terms.values()):
        for (_, _, term), (_, next_start, _) in pairwise(in_order):
            if "until" not in times[term]:
                ends[term] = next_start
    return ends


def _times(dataset: Dataset) -> Times:
    """The first and last day of each time property of each fact.

    A relation whose object is a date, such as a birth, is of that date.
    """
    data = graph_name("data")
    times: Times = defaultdict(dict)
    for predicate, name in _TIME.items():
        for quad in dataset.store.quads_for_pattern(None, ox.NamedNode(predicate), None, data):
            if isinstance(quad.subject, ox.NamedNode) and (found := _days(quad.object)):
                times[quad.subject][name] = found
    for quad in dataset.store.quads_for_pattern(None, _RDF_OBJECT, None, data):
        fact, found = quad.subject, _days(quad.object)
        if found and isinstance(fact, ox.NamedNode) and fact not in times:
            times[fact]["date"] = found
    return times


_POST: Final = ox.NamedNode(KZ + "post")
_FROM_EARLIEST: Final = ox.NamedNode(KZ + "fromEarliest")
_FROM_LATEST: Final = ox.NamedNode(KZ + "fromLatest")
_UNTIL_EARLIEST: Final = ox.NamedNode(KZ + "untilEarliest")
_UNTIL_LATEST: Final = ox.NamedNode(KZ + "untilLatest")


def _days(term: Term) -> tuple[str, str] | None:
    if not isinstance(term, ox.Literal):
        return None
    found = dates.days(term.value, term.datatype.value)
    return (found[0].isoformat(), found[1].isoformat()) if found else None
