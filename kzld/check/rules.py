"""The rules of the data set: its shapes, and the graphs that they check."""

from __future__ import annotations

from functools import cache

import pyoxigraph as ox

from kzld.dataset.dataset import Dataset
from kzld.dataset.package import package_file
from kzld.rdf.namespaces import SHAPES, graph_name
from kzld.shacl.shapes import Shapes
from kzld.shacl.view import View

CONTRIBUTION = "contribution"
"""The graph that is checked together with data and ontology, see `Dataset.contribution`."""


def shapes_of(dataset: Dataset) -> Shapes:
    """The shapes that a data set brings with it, else those of the package."""
    is_ready = dataset.names_file is not None
    if is_ready or next(dataset.quads("shapes"), None) is None:
        return packaged_shapes()
    return Shapes(dataset.quads("shapes"), namespace=SHAPES, remedy=SHAPES + "remedy")


@cache
def packaged_shapes() -> Shapes:
    """The shapes of the package, read from their files: a store on disk is slower."""
    files = sorted(package_file("shapes").rglob("*.ttl"))
    quads = (quad for file in files for quad in ox.parse(path=file, format=ox.RdfFormat.TURTLE))
    return Shapes(quads, namespace=SHAPES, remedy=SHAPES + "remedy")


def stated(dataset: Dataset) -> View:
    """The graphs that the rules check: data and ontology."""
    return View(dataset.store, [graph_name("data"), graph_name("ontology")])


def contributed(dataset: Dataset) -> View:
    """The graph of the contribution."""
    return View(dataset.store, [graph_name(CONTRIBUTION)])
