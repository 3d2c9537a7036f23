"""pySHACL over the packaged shapes: slow, and the judge of the fast engine."""

from __future__ import annotations

import pyoxigraph as ox
import pyshacl
from rdflib import Graph
from rdflib.namespace import RDF as RDFLIB_RDF
from rdflib.namespace import SH
from rdflib.term import BNode, Node, URIRef
from rdflib.term import Literal as RdflibLiteral

from kzld.dataset import Dataset
from kzld.rdf import SHAPES, Term
from kzld.shacl import Result


def run(dataset: Dataset) -> set[Result]:
    """Validate data and ontology of a data set with pySHACL."""
    data, shapes = _graph(dataset, "data", "ontology"), _graph(dataset, "shapes")
    _, report, _ = pyshacl.validate(
        data, shacl_graph=shapes, advanced=False, inference="none", inplace=True
    )
    if not isinstance(report, Graph):
        raise TypeError(f"pySHACL gave no report: {report}")
    return {_result(report, node) for node in report.subjects(RDFLIB_RDF.type, SH.ValidationResult)}


def _graph(dataset: Dataset, *names: str) -> Graph:
    graph = Graph()
    for name in names:
        triples = (ox.Triple(q.subject, q.predicate, q.object) for q in dataset.quads(name))
        lines = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES)
        graph.parse(data=lines or b"", format="nt")
    return graph


def _result(report: Graph, node: Node) -> Result:
    source = str(report.value(node, SH.sourceShape))
    component = str(report.value(node, SH.sourceConstraintComponent))
    path = report.value(node, SH.resultPath)
    focus = _term(report.value(node, SH.focusNode))
    assert focus is not None  # noqa: S101 (every result has one)
    return Result(
        rule=source.removeprefix(SHAPES),
        component=component.removeprefix(str(SH)),
        focus=focus,
        path=ox.NamedNode(str(path)) if path is not None else None,
        value=_term(report.value(node, SH.value)),
    )


def _term(node: Node | None) -> Term | None:
    if isinstance(node, URIRef):
        return ox.NamedNode(str(node))
    if isinstance(node, BNode):
        return ox.BlankNode(str(node))
    if isinstance(node, RdflibLiteral):
        if node.language:
            return ox.Literal(str(node), language=node.language)
        datatype = ox.NamedNode(str(node.datatype)) if node.datatype else None
        return ox.Literal(str(node), datatype=datatype)
    return None
