"""Merge the statements of files into a data set, and take them out again.

A file that gives a thing or fact a type describes it: its description replaces the one that is
there. Statements about a thing without a type are added to those that are there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

import pyoxigraph as ox

from kzld.rdf.namespaces import RDF_TYPE, Term, graph_name
from kzld.rdf.reparsed import Reparsed
from kzld.rdf.store import Store

CONTRIBUTION = graph_name("contribution")
"""The graph of the statements that a contribution adds."""
REPLACED = graph_name("replaced")
"""The graph of the statements that a contribution removes."""
_STATED = (graph_name("data"), graph_name("ontology"))
_DERIVED = graph_name("derived")
_AT_ONCE = 10_000  # statements
_DESCRIBED_ANEW = f"""
SELECT DISTINCT ?subject {{
  VALUES ?graph {{ {" ".join(map(str, _STATED))} }}
  GRAPH ?graph {{ ?subject a ?class }}
  GRAPH {CONTRIBUTION} {{ ?subject a ?type }}
}}
"""


def merge(store: Store, files: Sequence[Iterable[ox.Quad]]) -> list[ox.Quad]:
    """Merge the statements of files into the data and ontology of a store.

    New statements come into the graph `CONTRIBUTION`, statements that are replaced move into
    the graph `REPLACED`.

    Returns:
        The statements to give back to `take_out`.
    """
    large = [file for file in files if isinstance(file, Reparsed)]
    small = [file for file in files if not isinstance(file, Reparsed)]
    for file in large:
        file.load(store, CONTRIBUTION)
    replaced = list(_replaced(store, small, any_large=bool(large)))
    for quad in replaced:
        store.remove(quad)
    away = (_in(REPLACED, quad) for quad in replaced if quad.graph_name != _DERIVED)
    store.extend(away)
    if large:
        _remove_stated(store)
    others = chain((file.blank.values() for file in large), small)
    new = (_in(CONTRIBUTION, quad) for quad in _new(store, chain.from_iterable(others)))
    # A bulk load holds all statements in memory at once and, on disk, writes files.
    while some := list(islice(new, _AT_ONCE)):
        store.extend(some)
    return replaced


def take_out(store: Store, replaced: Iterable[ox.Quad]) -> None:
    """Undo `merge`, which returned the replaced statements."""
    store.remove_graph(CONTRIBUTION)
    store.remove_graph(REPLACED)
    store.extend(replaced)


def _replaced(
    store: Store, small: Sequence[Iterable[ox.Quad]], *, any_large: bool
) -> Iterator[ox.Quad]:
    """The statements that new descriptions lack, and all that is derived from the old ones."""
    described: set[Term] = {
        quad.subject for file in small for quad in file if quad.predicate == RDF_TYPE
    }
    if any_large:  # the statements of large files are in the store already
        rows = store.evaluate(_DESCRIBED_ANEW)
        assert isinstance(rows, ox.QuerySolutions)  # noqa: S101 (a SELECT)
        described |= {row["subject"] for row in rows}
    kept = {quad.triple for file in small for quad in file if quad.subject in described}
    for subject in described:
        if not isinstance(subject, ox.NamedNode):
            continue
        for quad in store.quads_for_pattern(subject, None, None):
            is_kept = quad.triple in kept or _in(CONTRIBUTION, quad) in store
            if quad.graph_name == _DERIVED or (quad.graph_name in _STATED and not is_kept):
                yield quad


def _remove_stated(store: Store) -> None:
    """Remove the statements that are in data or ontology from the contribution."""
    for name in _STATED:
        for quad in store.quads_for_pattern(None, None, None, name):
            store.remove(_in(CONTRIBUTION, quad))


def _new(store: Store, statements: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
    """The statements that are in neither data nor ontology."""
    subject, known = None, False
    for quad in statements:
        if quad.subject != subject:  # most subjects have all their statements together
            subject = quad.subject
            known = next(store.quads_for_pattern(subject, None, None), None) is not None
        if not known or not any(_in(graph, quad) in store for graph in _STATED):
            yield quad


def _in(graph: ox.NamedNode, quad: ox.Quad) -> ox.Quad:
    """A statement in a graph."""
    return ox.Quad(quad.subject, quad.predicate, quad.object, graph)
