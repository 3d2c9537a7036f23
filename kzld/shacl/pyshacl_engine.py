"""pySHACL: it checks the fast engine, and runs the shapes that this does not cover; slow."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from functools import cache
from typing import Any

import pyoxigraph as ox
import pyshacl
from rdflib import Graph
from rdflib.namespace import SH
from rdflib.plugins.sparql import prepareQuery
from rdflib.query import Result as Answer
from rdflib.term import BNode, Node, URIRef
from rdflib.term import Literal as RdflibLiteral

from kzld.errors import KzldError
from kzld.rdf.namespaces import Term
from kzld.shacl.engine import Engine
from kzld.shacl.results import Cause, Result
from kzld.shacl.shapes import Shapes
from kzld.shacl.view import Change, View


def run(view: View, shapes: Shapes, only: Collection[Term] | None = None) -> set[Result]:
    """Validate some graphs with pySHACL.

    Args:
        view: the graphs.
        shapes: the shapes.
        only: the shapes to run; None for all.
    """
    return _run(view, shapes, only=only)


def added(
    change: Change, shapes: Shapes, only: Collection[Term] | None = None
) -> dict[Result, Cause]:
    """The results that a change adds, as `Engine.added`, but found by pySHACL.

    pySHACL checks the nodes that may be affected, before and after the change. It checks all
    nodes if `Engine` does not cover a shape, and so cannot tell the affected nodes.
    """
    engine = Engine(shapes)
    nodes = None if shapes.uncovered else engine.affected(change)
    after, before = (_run(view, shapes, nodes, only) for view in (change.after, change.before))
    return engine.causes(after - before, change)


def _run(
    view: View,
    shapes: Shapes,
    nodes: set[Term] | None = None,
    only: Collection[Term] | None = None,
) -> set[Result]:
    """Validate all nodes or some of them, with all shapes or some of them."""
    if nodes is not None and not nodes:
        return set()
    shapes_graph = _graph(shapes.graph.quads)
    shapes_graph.remove((None, SH.message, None))  # pySHACL fails on a backslash in a value
    named: list[str | URIRef] = [
        URIRef(node.value) for node in nodes or () if isinstance(node, ox.NamedNode)
    ]
    focus = (
        named if nodes is not None and len(named) == len(nodes) else None
    )  # pySHACL takes only IRIs
    _, report, _ = pyshacl.validate(
        _graph(view.quads()),
        shacl_graph=shapes_graph,
        advanced=False,
        inference="none",
        inplace=True,
        focus_nodes=focus,
        use_shapes=None if only is None else [str(_node(shape)) for shape in only],
    )
    if not isinstance(report, Graph):
        raise KzldError(f"the shapes cannot be run: {report}")
    return results(report, shapes.namespace)


def results(report: Graph, namespace: str) -> set[Result]:
    """The results in a validation report; the names of rules have no namespace."""
    return {_result(report, node, namespace) for node in report.objects(None, SH.result)}


_prepared = cache(prepareQuery)
# rdflib logs a traceback for each invalid literal; the rules find them.
logging.getLogger("rdflib.term").setLevel(logging.ERROR)


class _Graph(Graph):
    """A graph that parses a query once; pySHACL repeats each query for every focus node."""

    def query(self, query_object: Any, *args: Any, **options: Any) -> Answer:
        return super().query(_prepared(query_object), *args, **options)


def _graph(quads: Iterable[ox.Quad]) -> Graph:
    graph = _Graph()
    for quad in quads:
        graph.add((_node(quad.subject), _node(quad.predicate), _node(quad.object)))
    return graph


def _node(term: Term) -> Node:
    """A term for rdflib; its default would rewrite literals (`2022-06-20Z` loses its Z)."""
    if isinstance(term, ox.NamedNode):
        return URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return BNode(term.value)
    if isinstance(term, ox.Literal):
        datatype = None if term.language else URIRef(term.datatype.value)
        return RdflibLiteral(term.value, term.language, datatype, normalize=False)
    raise TypeError(f"not a term of RDF 1.1: {term}")


def _result(report: Graph, node: Node, namespace: str) -> Result:
    source = str(report.value(node, SH.sourceShape))
    component = str(report.value(node, SH.sourceConstraintComponent))
    path = report.value(node, SH.resultPath)
    focus = _term(report.value(node, SH.focusNode))
    assert focus is not None  # noqa: S101 (every result has one)
    return Result(
        rule=source.removeprefix(namespace),
        component=component.removeprefix(str(SH)),
        focus=focus,
        path=ox.NamedNode(str(path)) if isinstance(path, URIRef) else None,
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
