"""The rules of the data set: its shapes, and the graphs that they check."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from weakref import WeakKeyDictionary

import pyoxigraph as ox

from kzld.dataset.contribution import CONTRIBUTION, REPLACED
from kzld.dataset.dataset import Dataset
from kzld.dataset.package import package_file
from kzld.rdf.namespaces import SHAPES, graph_name
from kzld.shacl.shapes import Shapes
from kzld.shacl.view import Change, View

# To read them takes longer than to check a small file.
_shapes_of: WeakKeyDictionary[Dataset, Shapes] = WeakKeyDictionary()


def shapes_of(dataset: Dataset) -> Shapes:
    """The shapes that a data set brings with it, else those of the package."""
    if dataset not in _shapes_of:
        is_ready = dataset.names_file is not None
        own = [] if is_ready else [*dataset.quads("shapes")]
        _shapes_of[dataset] = _read(own) if own else packaged_shapes()
    return _shapes_of[dataset]


@cache
def packaged_shapes() -> Shapes:
    """The shapes of the package, read from their files: a store on disk is slower."""
    files = sorted(package_file("shapes").rglob("*.ttl"))
    quads = (quad for file in files for quad in ox.parse(path=file, format=ox.RdfFormat.TURTLE))
    return _read(quads)


def _read(quads: Iterable[ox.Quad]) -> Shapes:
    return Shapes(quads, namespace=SHAPES, remedy=SHAPES + "remedy")


def stated(dataset: Dataset) -> View:
    """The graphs that the rules check: data and ontology, without a contribution."""
    return View(dataset.store, [graph_name("data"), graph_name("ontology")])


def change_of(dataset: Dataset) -> Change:
    """The change that the contribution makes, while the data set has one."""
    added, removed = (View(dataset.store, [graph]) for graph in (CONTRIBUTION, REPLACED))
    rest = stated(dataset)
    return Change(rest.with_graphs_of(removed), rest.with_graphs_of(added), added, removed)
