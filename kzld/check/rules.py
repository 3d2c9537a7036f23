"""The rules of the data set: its shapes, and the graphs that they check."""

from __future__ import annotations

from kzld.dataset.dataset import Dataset
from kzld.rdf.namespaces import SHAPES, graph_name
from kzld.shacl.shapes import Shapes
from kzld.shacl.view import View

CONTRIBUTION = "contribution"
"""The graph that is checked together with data and ontology, see `Dataset.contribution`."""


def shapes_of(dataset: Dataset) -> Shapes:
    """The shapes of a data set."""
    dataset.need_shapes()
    return Shapes(dataset.quads("shapes"), namespace=SHAPES, remedy=SHAPES + "remedy")


def stated(dataset: Dataset) -> View:
    """The graphs that the rules check: data and ontology."""
    return View(dataset.store, [graph_name("data"), graph_name("ontology")])


def contributed(dataset: Dataset) -> View:
    """The graph of the contribution."""
    return View(dataset.store, [graph_name(CONTRIBUTION)])
