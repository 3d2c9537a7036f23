"""The shapes that the engine does not cover and leaves to pySHACL."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pyoxigraph as ox

from kzld.rdf.namespaces import PREFIXES, RDF, SH, Term
from kzld.shacl.components import CONSTRAINTS, text_of
from kzld.shacl.shapes_graph import ShapesGraph

TARGETS = ("targetClass", "targetSubjectsOf", "targetObjectsOf")
NOT_CONSTRAINTS = {
    *TARGETS, "property", "path", "message", "severity",
    "sparql", "select", "prefixes", "declare", "prefix", "namespace",
}  # fmt: skip
_PREBOUND = re.compile(r"[$?](PATH|shapesGraph|currentShape)\b")
_CLASSES = {PREFIXES["rdfs"] + "Class", PREFIXES["owl"] + "Class"}
_WITH_A_SHAPE = tuple(SH + name for name in ("property", "node", "not", "qualifiedValueShape"))
_WITH_SHAPES = tuple(SH + name for name in ("and", "or", "xone"))


def uncovered(graph: ShapesGraph) -> set[Term]:
    """The shapes that have a part that the engine does not run, and the shapes in their parts."""
    shapes = _shapes(graph)
    beyond = {node for node in graph.nodes() if any(_uncovered_features(graph, node))}
    parts = map(graph.parts, shapes)
    return shapes & set[Term]().union(*(those for those in parts if those & beyond))


def _shapes(graph: ShapesGraph) -> set[Term]:
    """The nodes that are shapes by their description, or because another shape names them.

    A blank node counts only by its description: pySHACL finds it through its parent.
    """
    found = {node for node in graph.nodes() if _is_described_as_shape(graph, node)}
    named = {
        value
        for node in graph.nodes()
        for value in _shapes_named_by(graph, node)
        if isinstance(value, ox.NamedNode)
    }
    return found | named.intersection(graph.nodes())


def _shapes_named_by(graph: ShapesGraph, node: Term) -> Iterator[Term]:
    """The shapes that a node names in its parameters, also as members of lists."""
    for parameter in _WITH_A_SHAPE:
        yield from graph.objects(node, parameter)
    for parameter in _WITH_SHAPES:
        for head in graph.objects(node, parameter):
            yield from graph.list_of(head)


def _is_described_as_shape(graph: ShapesGraph, node: Term) -> bool:
    """Whether a node is a shape by its type, targets or path."""
    types = set(map(text_of, graph.objects(node, RDF + "type")))
    return (
        not types.isdisjoint((SH + "NodeShape", SH + "PropertyShape"))
        or bool(graph.objects(node, SH + "path"))
        or any(predicate.startswith(SH + "target") for predicate in graph.about(node))
    )


def _uncovered_features(graph: ShapesGraph, node: Term) -> Iterator[str]:
    """The SHACL features of a node that the engine does not support."""
    for predicate, values in graph.about(node).items():
        if predicate.startswith(SH):
            yield from _uncovered_parameters(graph, predicate.removeprefix(SH), values)
    for path in graph.objects(node, SH + "path"):
        if not isinstance(path, ox.NamedNode) or graph.objects(path, RDF + "first"):
            yield "a path of several steps"
        if graph.objects(node, SH + "property"):
            yield "a property shape within a property shape"
    for select in graph.objects(node, SH + "select"):
        yield from (match[0] for match in _PREBOUND.finditer(text_of(select)))
    types = set(map(text_of, graph.objects(node, RDF + "type")))
    if SH + "NodeShape" in types and not types.isdisjoint(_CLASSES):
        yield "a class that is its own target"


def _uncovered_parameters(graph: ShapesGraph, parameter: str, values: list[Term]) -> Iterator[str]:
    """The parameter, if the engine does not know it or its constraint cannot take a value."""
    if parameter in NOT_CONSTRAINTS:
        return
    if parameter not in CONSTRAINTS:
        yield f"sh:{parameter}"
        return
    for value in values:
        try:
            CONSTRAINTS[parameter](value, graph.list_of)
        except ValueError:
            yield f"sh:{parameter} {value}"
