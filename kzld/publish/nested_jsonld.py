"""JSON-LD in which a fact contains the main properties of the things that it names.

A thing as a value is an object with its labels; evidence has the title, date and address of
its source. These properties are repeated, not added, so the statements stay the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

import pyoxigraph as ox

from kzld.dataset.dataset import Dataset
from kzld.dataset.package import context
from kzld.rdf.jsonld import Compactor, Node
from kzld.rdf.namespaces import KZ, PREFIXES, RDF_TYPE, RDFS, SKOS, graph_name

_DEPTH = 3  # a fact names a passage, which is in a source, which has a publisher
_REPEATED = [
    ox.NamedNode(iri)
    for iri in (
        SKOS + "prefLabel", RDFS + "label", KZ + "locator", KZ + "source",
        PREFIXES["dct"] + "title", PREFIXES["dct"] + "publisher", PREFIXES["dct"] + "issued",
        PREFIXES["schema"] + "url", KZ + "readAt",
    )
]  # fmt: skip
_KINDS_OF_FACT = "SELECT ?kind WHERE { ?kind rdfs:subClassOf* kz:Fact }"
_REMEMBERED = 10_000

Subjects = Callable[[], Iterable[list[ox.Triple]]]


def nested_nodes(dataset: Dataset, graphs: Sequence[str], subjects: Subjects) -> Iterator[Node]:
    """The facts, each with the things that it names inside, then all other nodes unnested.

    Args:
        dataset: the data set, to look things up.
        graphs: the names of the graphs to write.
        subjects: returns the triples of these graphs, subject by subject, at each call.
    """
    facts = {row["kind"] for row in dataset.rows(_KINDS_OF_FACT)}

    def is_fact(triples: list[ox.Triple]) -> bool:
        return any(t.predicate == RDF_TYPE and t.object in facts for t in triples)

    yield from map(_nesting_compactor(dataset, graphs, _DEPTH).node, filter(is_fact, subjects()))
    flat = Compactor(context())
    yield from (flat.node(triples) for triples in subjects() if not is_fact(triples))


def _nesting_compactor(dataset: Dataset, graphs: Sequence[str], depth: int) -> Compactor:
    """A compactor that nests the nodes that a node names, so many levels deep."""
    if not depth:
        return Compactor(context())
    inner = _nesting_compactor(dataset, graphs, depth - 1)

    @lru_cache(_REMEMBERED)
    def copy(iri: str) -> Node | None:
        triples = list(_repeated_triples(dataset, graphs, ox.NamedNode(iri)))
        return inner.node(triples) if triples else None

    return Compactor(context(), copy)


def _repeated_triples(
    dataset: Dataset, graphs: Sequence[str], thing: ox.NamedNode
) -> Iterator[ox.Triple]:
    for graph in graphs:
        properties = _REPEATED if graph == "derived" else [RDF_TYPE, *_REPEATED]  # declared types
        for name in properties:
            for quad in dataset.store.quads_for_pattern(thing, name, None, graph_name(graph)):
                yield quad.triple
