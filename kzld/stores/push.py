"""The data set into somebody's triple store: each named graph whole, or as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final

from kzld.dataset.dataset import Dataset
from kzld.errors import KzldError, choose
from kzld.progress import Progress, no_bar
from kzld.rdf.namespaces import GRAPHS, graph_name
from kzld.stores.client import Client
from kzld.stores.graphs import Contents, GraphStore, Spool
from kzld.stores.products import PRODUCTS, find_services

Bar = Callable[[str], AbstractContextManager[Progress]]

_RETRIES: Final = 5
_SENT: Final = 0.6  # of the work on a graph, the rest being to read it back


@dataclass(frozen=True)
class Pushed:
    """What became of a graph.

    Attributes:
        graph: its short name, such as `data`.
        before: how many triples the store had in it.
        contents: what it consists of now.
        changed: whether anything was written.
    """

    graph: str
    before: int
    contents: Contents
    changed: bool


def open_store(endpoint: str, *, store: str | None = None, timeout: float = 600.0) -> GraphStore:
    """The store at an address, ready for its graphs to be read and replaced.

    Args:
        endpoint: any address of it: of the server, for queries, of a data set or repository.
        store: what kind of store it is, one of `products.PRODUCTS`; else it is asked.
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
    """Bring named graphs into a store, one after the other; what is there already stays.

    Args:
        dataset: whose graphs.
        store: where to.
        graphs: names of `dataset.GRAPHS`.
        force: replace graphs even if what the store has in them is not of this data set.
        bar: shows how far the work on a graph has come.

    Yields:
        What became of each graph, when it is done.

    Raises:
        KzldError: no such graph; or a graph holds something else, and nothing was written.
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
        wanted = spool.contents
        store.client.limit = max(store.client.limit, 10 * spool.size)
        store.clean_up(graph)
        if before == wanted.triples and store.contents(graph) == wanted:
            return Pushed(name, before, wanted, changed=False)
        spool.progress = lambda share: progress(_SENT * share)
        store.replace(graph, spool)
    share = (1 - _SENT) / (wanted.triples or 1)
    found = store.contents(graph, lambda count: progress(min(1.0, _SENT + share * count)))
    if found != wanted:
        raise store.client.error(
            f"has not kept graph:{name} as it was sent: "
            f"{_triples(found.triples)} with fingerprint {found.fingerprint[:12]}, "
            f"not {_triples(wanted.triples)} with {wanted.fingerprint[:12]}"
        )
    return Pushed(name, before, wanted, changed=True)


def _triples(count: int) -> str:
    return f"{count:,} triple{'' if count == 1 else 's'}"
