"""The computed part of the data set's description: fingerprint, period, VoID statistics."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from urllib.parse import urlsplit

import pyoxigraph as ox

from kzld.dataset.dataset import Dataset
from kzld.dataset.derive import FROM_EARLIEST, FROM_LATEST, UNTIL_EARLIEST, day_bounds
from kzld.rdf.namespaces import BASE, RDF_TYPE, named, shorten, typed

DATASET = ox.NamedNode(BASE + "dataset")

Triples = Iterator[ox.Triple]


def statistics(dataset: Dataset) -> Triples:
    """The figures of a data set for its catalogue, computed from its data graph.

    They are the fingerprint, the period of the facts, and the counts, partitions by class
    and property, and linksets of VoID (https://www.w3.org/TR/void/#statistics). The IRI of
    each node is that of the data set with a fragment.
    """
    for part in (_fingerprint, _period, _counts, _links):
        yield from part(dataset)


def _fingerprint(dataset: Dataset) -> Triples:
    node = _node("fingerprint")
    yield _triple(DATASET, "spdx:checksum", node)
    yield _triple(node, "rdf:type", named("spdx:Checksum"))
    yield _triple(node, "spdx:algorithm", named("spdx:checksumAlgorithm_sha256"))
    yield _triple(node, "spdx:checksumValue", typed(dataset.fingerprint, "hexBinary"))


def _period(dataset: Dataset) -> Triples:
    """The first and the last day of the facts, computed without the derived graph."""
    node, days = _node("period"), defaultdict(list)
    for _, bound, day in day_bounds(dataset.store):
        days[bound].append(day.value)
    yield _triple(DATASET, "dct:temporal", node)
    yield _triple(node, "rdf:type", named("dct:PeriodOfTime"))
    first = min(days[FROM_EARLIEST] + days[FROM_LATEST])  # of first evidence only the latter
    yield _triple(node, "dcat:startDate", typed(first, "date"))
    yield _triple(
        node, "dcat:endDate", typed(max(days[FROM_EARLIEST] + days[UNTIL_EARLIEST]), "date")
    )


def _counts(dataset: Dataset) -> Triples:
    """Counts over the whole data graph, and a partition for each class and property."""
    quads = list(dataset.quads("data"))
    properties = Counter(quad.predicate for quad in quads)
    classes = Counter(quad.object for quad in quads if quad.predicate == RDF_TYPE)
    counts = {
        "void:triples": len(quads),
        "void:entities": sum(classes.values()),
        "void:distinctSubjects": len({quad.subject for quad in quads}),
        "void:distinctObjects": len({quad.object for quad in quads}),
        "void:properties": len(properties),
        "void:classes": len(classes),
    }
    yield from (_triple(DATASET, name, _number(count)) for name, count in counts.items())
    for kind, term, unit, found in (
        ("class", "void:class", "void:entities", classes),
        ("property", "void:property", "void:triples", properties),
    ):
        for value, count in found.items():
            assert isinstance(value, ox.NamedNode)  # noqa: S101 (our data have no other)
            node = _node(f"{kind}-{(shorten(value.value) or value.value).replace(':', '-')}")
            yield _triple(DATASET, f"void:{kind}Partition", node)
            yield _triple(node, term, value)
            yield _triple(node, unit, _number(count))


def _links(dataset: Dataset) -> Triples:
    """A linkset for each site with matches of our things."""
    targets: dict[str, int] = defaultdict(int)
    same = named("schema:sameAs")
    for quad in dataset.quads("data"):
        if quad.predicate == same and isinstance(quad.object, ox.NamedNode):
            targets[urlsplit(quad.object.value).netloc] += 1
    for host, count in targets.items():
        node = _node(f"links-{host}")
        yield _triple(DATASET, "void:subset", node)
        yield _triple(node, "rdf:type", named("void:Linkset"))
        yield _triple(node, "void:linkPredicate", same)
        yield _triple(node, "void:subjectsTarget", DATASET)
        yield _triple(node, "void:objectsTarget", ox.NamedNode(f"https://{host}/"))
        yield _triple(node, "void:triples", _number(count))


def _triple(subject: ox.NamedNode, predicate: str, value: ox.NamedNode | ox.Literal) -> ox.Triple:
    return ox.Triple(subject, named(predicate), value)


def _node(fragment: str) -> ox.NamedNode:
    return ox.NamedNode(f"{DATASET.value}#{fragment}")


def _number(count: int) -> ox.Literal:
    return typed(str(count), "integer")
