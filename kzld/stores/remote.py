"""The data set in a triple store: the same questions, asked over SPARQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import IO, Any

import pyoxigraph as ox

from kzld.dataset.dataset import Dataset
from kzld.dataset.load import load
from kzld.query.sparql import names_its_graphs
from kzld.rdf.namespaces import GRAPHS, MERGED, Term, graph_name
from kzld.stores.client import Client
from kzld.stores.graphs import GraphStore
from kzld.stores.products import PRODUCTS, Product, Services, recognise, restore_integer
from kzld.stores.queries import query_endpoint

_BATCH = 300  # things in one request; some stores fail on longer lists
_HELD = f"ASK {{ GRAPH {graph_name('derived')} {{ ?fact ?bound ?day }} }}"
_WITH_PROPERTIES = """
SELECT ?thing ?property ?value { VALUES ?property { %s } ?thing ?property ?value }
"""
_ABOUT = """
SELECT ?graph ?thing ?property ?value WHERE {
  VALUES ?thing { %s }
  GRAPH ?graph { ?thing ?property ?value }
}
"""


@dataclass
class Remote(Dataset):
    """A data set in a SPARQL endpoint, loaded there by `push`.

    Questions go to the endpoint. Statements about single things, such as their labels, are
    fetched in batches when they are first needed, and kept in `store`. If the kind of store
    is known to answer some questions wrongly, all data are fetched once and asked here.

    Attributes:
        client: the client of the endpoint.
    """

    client: Client = field(kw_only=True)
    _fetched: set[Term] = field(default_factory=set)
    _whole: bool = False

    @property
    def address(self) -> str:
        """The web address of the endpoint."""
        return self.client.address

    def local(self) -> Dataset:
        """A local data set with the same facts and the packaged ontology."""
        return load([self.quads("data")], packaged=False, derived=False)

    def query(self, sparql: str) -> Any:
        """The raw result of one of our queries, over the same graphs as offline."""
        if not self._product.misanswers:
            return self.run_user_query(sparql)
        self._fetch_all()
        return super().query(sparql)

    def run_user_query(self, sparql: str) -> Any:
        """The endpoint's raw result; a query without FROM sees the same graphs as offline."""
        if names_its_graphs(sparql):
            return query_endpoint(self.client, sparql)
        merged = [graph_name(name).value for name in MERGED]
        named = [graph_name(name).value for name in GRAPHS]
        return query_endpoint(self.client, sparql, default=merged, named=named)

    def prefetch(self, things: Iterable[Term | None]) -> None:
        """Fetch the statements about things that are not here yet, in batches."""
        if self._product.misanswers:
            self._fetch_all()
            return
        wanted = {thing for thing in things if isinstance(thing, ox.NamedNode)} - self._fetched
        self._fetched |= wanted
        waiting = iter(sorted(map(str, wanted)))
        while batch := list(islice(waiting, _BATCH)):
            self.store.extend(
                ox.Quad(row["thing"], row["property"], row["value"], row["graph"])
                for row in self.select(_ABOUT % " ".join(batch))
            )

    def quads(self, graph: str) -> Iterator[ox.Quad]:
        """The statements of one graph, in the order of the endpoint.

        Raises:
            EndpointError: no usable answer, or an incomplete one.
        """
        name = graph_name(graph)
        reader = GraphStore(self.client, Services(self._product, self.client.address, "", ""))
        for triple in reader.triples(name.value):
            if self._product.widens_integers:
                triple = restore_integer(triple)  # noqa: PLW2901
            yield ox.Quad(triple.subject, triple.predicate, triple.object, name)

    def with_properties(self, properties: Iterable[str]) -> Iterator[ox.Quad]:
        """The statements that have one of some properties, the derived ones among them."""
        names = " ".join(str(ox.NamedNode(iri)) for iri in properties)
        for row in self.rows(_WITH_PROPERTIES % names):
            if not isinstance(row["thing"], ox.BlankNode):
                yield ox.Quad(row["thing"], row["property"], row["value"])

    @cached_property
    def _product(self) -> Product:
        return PRODUCTS[recognise(self.client)]

    def _fetch_all(self) -> None:
        """Fetch all graphs but the shapes, once."""
        if not self._whole:
            for graph in MERGED:
                self.store.bulk_extend(self.quads(graph))
            self._whole = True

    def _write(self, graph: str, file: IO[bytes]) -> None:
        triples = (quad.triple for quad in self.quads(graph))
        ox.serialize(triples, file, format=ox.RdfFormat.N_TRIPLES)

    def need_shapes(self) -> None:
        """Do nothing: the store has the shapes, or lacks them."""


def connect(endpoint: str, *, timeout: float = 60.0) -> Remote:
    """Connect to the data set in a triple store.

    Args:
        endpoint: the address of its SPARQL endpoint, `http://…` or `https://…`.
        timeout: seconds to wait for each answer.

    Raises:
        EndpointError: the store cannot be reached, or holds no kzld data.
    """
    remote = Remote(client=Client(endpoint, timeout=timeout))
    if not holds_data(remote.client):
        raise remote.client.error("holds no kzld data; load it there with `kzld push`")
    return remote


def holds_data(client: Client) -> bool:
    """Whether an endpoint has the graphs of the data set, including the derived one."""
    held = query_endpoint(client, _HELD)
    return isinstance(held, ox.QueryBoolean) and bool(held)


def query(endpoint: str, sparql: str, *, timeout: float = 60.0) -> Any:
    """The raw result of a query to any SPARQL endpoint.

    If the endpoint holds the data set, a query without FROM sees the same graphs as
    offline; otherwise the endpoint's default graph.

    Raises:
        EndpointError: the endpoint cannot be reached, refuses, or gives no SPARQL result.
    """
    client = Client(endpoint, timeout=timeout)
    return (
        Remote(client=client).run_user_query(sparql)
        if holds_data(client)
        else query_endpoint(client, sparql)
    )
