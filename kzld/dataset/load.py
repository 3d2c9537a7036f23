"""The data set loaded: from the ready store, or from its files into memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import pyoxigraph as ox

from kzld.dataset import ready_store
from kzld.dataset.dataset import Dataset
from kzld.dataset.derive import derive
from kzld.dataset.name_index import NameIndex
from kzld.dataset.package import CATALOG_FILE, package_file
from kzld.dataset.statistics import statistics
from kzld.progress import Progress, no_progress
from kzld.rdf.documents import read_document
from kzld.rdf.namespaces import graph_name


def load(
    files: Sequence[Iterable[ox.Quad]] = (),
    *,
    packaged: bool = True,
    derived: bool = True,
    in_memory: bool = False,
    progress: Progress = no_progress,
) -> Dataset:
    """The packaged data set, with the statements of further files as part of its data graph.

    The packaged data set alone comes from the ready store, where there is one; it is then
    read-only.

    Args:
        files: the statements of each, read with `rdf.read_document` or, a large file without
            keeping it in memory, `streams.statements`; all their graphs join the data.
        packaged: whether the packaged facts are there (the ontology always is).
        derived: whether what the rules derive is needed; checking can do without it.
        in_memory: whether the ready store will not do. In memory heavy queries take a half to a
            fifth of the time, and forked processes share what is loaded.
        progress: is told what share of the deriving is done.
    """
    ready = ready_store.find(_fill) if packaged and derived else None
    if ready and not files and not in_memory:
        try:
            return Dataset(ready.open(), is_read_only=True, names_file=ready.names)
        except (OSError, RuntimeError):  # damaged after all
            ready = None
    dataset = Dataset()
    _load_folder(dataset.store, "ontology")
    if packaged:
        _load_folder(dataset.store, "data")
    if packaged and derived:
        _add_statistics(dataset, ready)
    data = graph_name("data")
    for file in files:
        dataset.store.bulk_extend(ox.Quad(q.subject, q.predicate, q.object, data) for q in file)
    if derived:
        derive(dataset.store, progress)
    return dataset


def load_for_few() -> Dataset:
    """The packaged data set, ready to have a few statements added to it.

    It is a copy of the ready store, which is at hand in milliseconds, but five times as slow
    as memory for rules that look at everything. What is derived may be there or not.
    """
    if ready := ready_store.find(_fill):
        with suppress(OSError, RuntimeError):  # damaged after all, or no room for a copy
            return Dataset(ready.open_copy(), names_file=ready.names)
    return load(derived=False)


def _load_folder(store: ox.Store, folder: str) -> None:
    """Load a folder of the package into the graph of its name."""
    for path in sorted(package_file(folder).rglob("*.ttl")):
        graph = "catalog" if path.name == CATALOG_FILE else folder
        try:
            store.load(path=str(path), format=ox.RdfFormat.TURTLE, to_graph=graph_name(graph))
        except SyntaxError:
            read_document(path)  # says where, in one line
            raise


def _add_statistics(dataset: Dataset, ready: ready_store.ReadyStore | None = None) -> None:
    """Add the figures of the packaged data to the catalogue: they are no part of a checkout."""
    catalog = graph_name("catalog")
    installed = package_file("statistics.ttl")
    if ready:
        dataset.store.extend(ready.open().quads_for_pattern(None, None, None, catalog))
    elif installed.is_file():
        dataset.store.load(path=str(installed), format=ox.RdfFormat.TURTLE, to_graph=catalog)
    else:
        figures = list(statistics(dataset))
        dataset.store.extend(ox.Quad(t.subject, t.predicate, t.object, catalog) for t in figures)


def _fill(folder: Path) -> None:
    """Put all graphs of the packaged data set and their index of names into a folder."""
    dataset = Dataset()
    for name in ("ontology", "data", "shapes"):
        _load_folder(dataset.store, name)
    derive(dataset.store)
    _add_statistics(dataset)
    store = ox.Store(str(folder / ready_store.STORE))
    store.bulk_extend(dataset.store)
    store.flush()
    NameIndex.build(dataset, folder / ready_store.NAMES)
