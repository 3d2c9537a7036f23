"""The data set as files: every format writes the same bytes for the same facts."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from kzld import turtle
from kzld.dataset import GRAPHS, Dataset, context, graph_name
from kzld.errors import KzldError, did_you_mean, nearest
from kzld.jsonld import Compactor
from kzld.rdf import PREFIXES, write_atomically


def _turtle(dataset: Dataset, graphs: Sequence[str]) -> bytes:
    return turtle.write(quad for name in graphs for quad in dataset.quads(name)).encode()


def _trig(dataset: Dataset, graphs: Sequence[str]) -> bytes:
    used = {"graph"}
    parts = []
    quads = turtle.with_lasting_names(quad for name in graphs for quad in dataset.quads(name))
    for name in graphs:
        members = [quad for quad in quads if quad.graph_name == graph_name(name)]
        blocks = "\n".join(turtle.blocks(members, used, {}))
        parts.append(f"graph:{name} {{\n{blocks}}}\n")
    return "\n".join((turtle.prefix_lines(used), *parts)).encode()


def _ntriples(dataset: Dataset, graphs: Sequence[str]) -> bytes:
    return dataset.ntriples(graphs)


def _nquads(dataset: Dataset, graphs: Sequence[str]) -> bytes:
    return dataset.nquads(graphs)


def _jsonld(dataset: Dataset, graphs: Sequence[str]) -> bytes:
    by_name = {graph_name(name).value: dataset.quads(name) for name in graphs}
    return Compactor(context()).document(by_name).encode()


def _rdfxml(dataset: Dataset, graphs: Sequence[str]) -> bytes:
    triples = {
        ox.Triple(q.subject, q.predicate, q.object) for n in graphs for q in dataset.quads(n)
    }
    return (
        ox.serialize(sorted(triples, key=str), format=ox.RdfFormat.RDF_XML, prefixes=PREFIXES)
        or b""
    )


_FACTS: Final = """
SELECT ?fact ?kind ?summary ?date ?from ?until ?last_known ?rank
  (GROUP_CONCAT(DISTINCT STR(?address); separator=" ") AS ?sources)
WHERE {
  GRAPH graph:data { ?fact kz:supportedBy ?evidence ; a ?kind }
  ?evidence kz:source? ?source . ?source a kz:Source .
  OPTIONAL { ?source schema:url ?published }
  OPTIONAL { ?source kz:readAt ?copy }
  BIND(COALESCE(?published, ?copy) AS ?address)
  OPTIONAL { ?fact rdfs:label|skos:prefLabel ?summary . FILTER(LANG(?summary) = "en") }
  OPTIONAL { ?fact kz:date ?date }
  OPTIONAL { ?fact kz:from ?from }
  OPTIONAL { ?fact kz:until ?until }
  OPTIONAL { ?fact kz:lastKnown ?last_known }
  OPTIONAL { ?fact kz:rank ?rank }
}
GROUP BY ?fact ?kind ?summary ?date ?from ?until ?last_known ?rank
ORDER BY ?fact
"""


def _csv(dataset: Dataset, _: Sequence[str]) -> bytes:
    """One row a fact: what it says, when, and the addresses of its sources."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    columns = ("fact", "kind", "summary", "date", "from", "until", "last_known", "rank", "sources")
    writer.writerow(columns)
    for row in dataset.select(_FACTS):
        fact, kind, *rest = (row[column] for column in columns)
        addresses = " ".join(sorted(getattr(rest.pop(), "value", "").split()))
        cells = [getattr(fact, "value", ""), dataset.label(kind), *map(dataset.label, rest)]
        writer.writerow([*cells, addresses])
    return table.getvalue().encode()


FORMATS: Final[dict[str, Callable[[Dataset, Sequence[str]], bytes]]] = {
    "turtle": _turtle,
    "trig": _trig,
    "ntriples": _ntriples,
    "nquads": _nquads,
    "jsonld": _jsonld,
    "rdfxml": _rdfxml,
    "csv": _csv,
}


def export(dataset: Dataset, form: str, graphs: Iterable[str] = GRAPHS) -> bytes:
    """The data set, or some of its graphs, in a format.

    Args:
        dataset: what to write.
        form: one of `FORMATS`. The formats without graphs merge them; `csv` is a table
            of the facts, whatever the graphs.
        graphs: names of `dataset.GRAPHS`.

    Raises:
        KzldError: no such format or graph.
    """
    names = list(dict.fromkeys(graphs))
    for name in names:
        _known("graph", name, GRAPHS)
    _known("format", form, FORMATS)
    if "shapes" in names:
        dataset.need_shapes()
    return FORMATS[form](dataset, names)


def _known(what: str, name: str, known: Iterable[str]) -> None:
    if name not in (names := list(known)):
        hint = did_you_mean(nearest(name, names, limit=1), f"there are {', '.join(names)}")
        raise KzldError(f"there is no {what} {name!r}; {hint}")


def save(data: bytes, path: Path) -> None:
    """Write an export to a file, compressed where its name ends in `.gz`; whole or not at all.

    Raises:
        ReadError: the file cannot be written.
    """
    if path.suffix == ".gz":
        data = gzip.compress(data, mtime=0)
    write_atomically(path, data)
