"""Jena's `shacl validate`: an independent referee of the shapes.

It needs Java 17 and a folder of jars, which Maven fetches as `jena.pom.xml` says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from kzld.dataset.dataset import Dataset
from kzld.rdf.namespaces import RDF, SH, SHAPES, Term
from kzld.shacl.results import Result

_TYPE: Final = ox.NamedNode(RDF + "type")
_RESULT: Final = ox.NamedNode(SH + "ValidationResult")


def command(jars: Path, shapes: Path, data: Path) -> list[str]:
    """The command line that validates; its report goes to standard output, as Turtle."""
    words = ["validate", "--shapes", str(shapes), "--data", str(data)]
    return ["java", "-cp", f"{jars}/*", "shacl.shacl", *words]


def write_shapes(dataset: Dataset, path: Path) -> None:
    """Write the shapes as Jena reads them: it takes no SPARQL constraint with two messages."""
    dataset.need_shapes()
    kept = (
        quad.triple for quad in dataset.quads("shapes") if quad.predicate.value != SH + "message"
    )
    ox.serialize(kept, path, format=ox.RdfFormat.N_TRIPLES)


def write_data(dataset: Dataset, path: Path) -> None:
    """Write data and ontology, which the shapes are for, into one file."""
    path.write_bytes(dataset.ntriples(["data", "ontology"]))


def results(report: bytes) -> set[Result]:
    """The results that a report tells; see `without_blank_nodes`."""
    about: dict[Term, dict[str, Term]] = defaultdict(dict)
    for quad in ox.parse(report, format=ox.RdfFormat.TURTLE):
        about[quad.subject][quad.predicate.value] = quad.object
    return without_blank_nodes(
        _result(said) for said in about.values() if said.get(_TYPE.value) == _RESULT
    )


def without_blank_nodes(found: Iterable[Result]) -> set[Result]:
    """Results whose blank nodes have lost the names that every reader gives anew."""

    def nameless(term: Term) -> Term:
        return ox.BlankNode("any") if isinstance(term, ox.BlankNode) else term

    return {
        replace(r, focus=nameless(r.focus), value=None if r.value is None else nameless(r.value))
        for r in found
    }


def _result(said: dict[str, Term]) -> Result:
    path = said.get(SH + "resultPath")
    component = _iri(said[SH + "sourceConstraintComponent"]).removeprefix(SH)
    if component == "UniqueLangConstraintComponent":
        said.pop(SH + "value", None)  # Jena names a text; the specification asks for none
    return Result(
        rule=_iri(said[SH + "sourceShape"]).removeprefix(SHAPES),
        component=component,
        focus=said[SH + "focusNode"],
        path=path if isinstance(path, ox.NamedNode) else None,
        value=said.get(SH + "value"),
    )


def _iri(term: Term) -> str:
    return str(getattr(term, "value", term))
