"""Load the data set into a triple store: each named graph whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

from kzld.dataset.dataset import Dataset
from kzld.errors import KzldError, choose
from kzld.progress import Progress, no_bar
from kzld.rdf.namespaces import GRAPHS, graph_name
from kzld.stores.client import Client
from kzld.stores.graphs import Contents, GraphStore, Spool
from kzld.stores.products import PRODUCTS, find_services

Bar = Callable[[str], AbstractContextManager[Progress]]

_RETRIES = 5
_SENT = 0.6  # the share of sending in the work on a graph; the rest is to read it back


@dataclass(frozen=True)
class Pushed:
    """The result of loading a graph.

    Attributes:
        graph: its short name, such as `data`.
        before: the number of triples that the store had in it before.
        contents: its contents now.
        changed: whether anything was written.
    """

    graph: str
    before: int
    contents: Contents
    changed: bool


def open_store(endpoint: str, *, store: str | None = None, timeout: float = 600.0) -> GraphStore:
    """The store at an address, to read and replace its graphs.

    Args:
        endpoint: any address of the store: of the server, of its queries, of a data set or
            repository.
        store: the kind of store, one of `products.PRODUCTS`; by default the store is asked.
        timeout: seconds to wait for each answer.

    Raises:
        KzldError: there is no such kind of store.
        EndpointError: there is no store, or it gives no usable answer.
    """
    choose("store", store or "generic", PRODUCTS)
    client = Client(endpoint, timeout=timeout, retries=_RETRIES)
    return GraphStore(client, find_services(client, store))


def push(
    dataset: Dataset,
    store: GraphStore,
    graphs: Iterable[str] = GRAPHS,
    *,
    force: bool = False,
    bar: Bar = no_bar,
) -> Iterator[Pushed]:
    """Load named graphs into a store, one after the other, unless they are up to date.

    Args:
        dataset: the data set.
        store: the store.
        graphs: names in `namespaces.GRAPHS`.
        force: replace a graph even if the store holds other data in it.
        bar: shows the progress of a graph.

    Yields:
        The result for each graph.

    Raises:
        KzldError: no such graph; or a graph holds other data, and nothing was written.
        EndpointError: the store refuses, gives no usable answer, or has not kept a graph as
            it was sent.
    """
    names = list(dict.fromkeys(graphs))
    for name in names:
        choose("graph", name, GRAPHS)
    if "shapes" in names:
        dataset.need_shapes()
    before = {name: store.count(graph_name(name).value) for name in names}
    if not force:
        for name in filter(before.get, names):
            _check_ours(store, name, before[name])
    for name in names:
        with bar(f"graph:{name}") as progress:
            done = _push_graph(dataset, store, name, before[name], progress)
        yield done


def _check_ours(store: GraphStore, name: str, count: int) -> None:
    if not store.is_about_us(graph_name(name).value):
        raise KzldError(
            f"{store.client.address} has {_triples(count)} in graph:{name} that are not of this "
            f"data set; nothing was written (--force replaces them)"
        )


def _push_graph(
    dataset: Dataset, store: GraphStore, name: str, before: int, progress: Progress
) -> Pushed:
    graph = graph_name(name).value
    with Spool((quad.triple for quad in dataset.quads(name)), store.product) as spool:
        expected = spool.contents
        store.client.limit = max(store.client.limit, 10 * spool.size)
        store.clean_up(graph)
        if before == expected.triples and store.contents(graph) == expected:
            return Pushed(name, before, expected, changed=False)
        spool.progress = lambda share: progress(_SENT * share)
        store.replace(graph, spool)
    share = (1 - _SENT) / (expected.triples or 1)
    found = store.contents(graph, lambda count: progress(min(1.0, _SENT + share * count)))
    if found != expected:
        raise store.client.error(
            f"has not kept graph:{name} as it was sent: "
            f"{_triples(found.triples)} with fingerprint {found.fingerprint[:12]}, "
            f"not {_triples(expected.triples)} with {expected.fingerprint[:12]}"
        )
    return Pushed(name, before, expected, changed=True)


def _triples(count: int) -> str:
    return f"{count:,} triple{'' if count == 1 else 's'}"
