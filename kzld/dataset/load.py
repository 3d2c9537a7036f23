"""Load the data set: from the ready store, or from its files into memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import pyoxigraph as ox

from kzld.dataset import ready_store
from kzld.dataset.dataset import Dataset
from kzld.dataset.derive import derive
from kzld.dataset.name_index import NameIndex
from kzld.dataset.package import graph_of, package_file
from kzld.dataset.statistics import statistics
from kzld.progress import Progress, no_progress
from kzld.rdf.documents import read_document
from kzld.rdf.namespaces import display, graph_name, named
from kzld.rdf.store import Store


def load(
    files: Sequence[Iterable[ox.Quad]] = (),
    *,
    packaged: bool = True,
    derived: bool = True,
    in_memory: bool = False,
    progress: Progress = no_progress,
) -> Dataset:
    """The packaged data set, with the statements of further files in its data graph.

    Without further files, the data set comes from the ready store, if there is one, and is then
    read-only.

    Args:
        files: the statements of each file, read with `rdf.read_document`, or with
            `streams.statements` to keep a large file out of memory; all graphs join the data.
        packaged: whether to load the packaged facts; the ontology is always loaded.
        derived: whether to derive statements; a check does not need them.
        in_memory: whether to load into memory in any case. Heavy queries then take a half to a
            fifth of the time, and forked processes share the data.
        progress: receives the share of the deriving that is done.
    """
    ready = ready_store.find(_fill) if packaged and derived else None
    if ready and not files and not in_memory:
        try:
            return Dataset(Store(ready.open()), is_read_only=True, names_file=ready.names)
        except (OSError, RuntimeError):  # it is damaged
            ready = None
    dataset = Dataset()
    _load_ontology(dataset.store)
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
    """The packaged data set, for adding a few statements to it.

    It is a copy of the ready store, if there is one. The copy opens in milliseconds, but is five
    times slower than memory for rules that look at all facts. It may have derived statements.
    """
    if ready := ready_store.find(_fill):
        with suppress(OSError, RuntimeError):  # it is damaged, or there is no room for a copy
            return Dataset(Store(ready.open_copy()), names_file=ready.names)
    return load(derived=False)


def _load_folder(store: Store, folder: str) -> None:
    """Load a folder of the package into the graph of its name."""
    for path in sorted(package_file(folder).rglob("*.ttl")):
        graph = graph_name(graph_of(path, folder))
        try:
            store.load_file(str(path), ox.RdfFormat.TURTLE, graph)
        except SyntaxError:
            read_document(path)  # its error has the place, in one line
            raise


def _load_ontology(store: Store) -> None:
    """Load the ontology, with the labels and definitions of RDFS, which most tools read.

    They want one rdfs:label of a term, in English, that no other term has.
    """
    _load_folder(store, "ontology")
    graph = graph_name("ontology")
    label, comment = named("rdfs:label"), named("rdfs:comment")
    alike: dict[str, list[ox.Quad]] = defaultdict(list)
    for quad in store.quads_for_pattern(None, named("skos:prefLabel"), None, graph):
        if isinstance(quad.object, ox.Literal) and quad.object.language == "en":
            alike[quad.object.value].append(quad)
    for text, quads in alike.items():
        for quad in quads:
            unique = text if len(quads) == 1 else f"{text} ({display(quad.subject)})"
            store.add(ox.Quad(quad.subject, label, ox.Literal(unique, language="en"), graph))
    defined = [*store.quads_for_pattern(None, named("skos:definition"), None, graph)]
    store.extend(ox.Quad(quad.subject, comment, quad.object, graph) for quad in defined)


def _add_statistics(dataset: Dataset, ready: ready_store.ReadyStore | None = None) -> None:
    """Add the figures of the packaged data to the catalogue; a checkout does not have them."""
    catalog = graph_name("catalog")
    installed = package_file("statistics.ttl")
    if ready:
        dataset.store.extend(ready.open().quads_for_pattern(None, None, None, catalog))
    elif installed.is_file():
        dataset.store.load_file(str(installed), ox.RdfFormat.TURTLE, catalog)
    else:
        figures = list(statistics(dataset))
        dataset.store.extend(ox.Quad(t.subject, t.predicate, t.object, catalog) for t in figures)


def _fill(folder: Path) -> None:
    """Put all graphs of the packaged data set and their index of names into a folder."""
    from concurrent.futures import ThreadPoolExecutor  # seldom needed

    dataset = Dataset()
    _load_ontology(dataset.store)
    for name in ("data", "shapes"):
        _load_folder(dataset.store, name)
    derive(dataset.store)
    _add_statistics(dataset)
    # Oxigraph writes outside of Python's lock, so the names can be indexed at the same time.
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(_write_store, dataset, folder)
        NameIndex.build(dataset, folder / ready_store.NAMES)
        writing.result()


def _write_store(dataset: Dataset, folder: Path) -> None:
    """Write a data set into a new store on disk, by way of a file: memory would take it twice."""
    quads = folder / "quads.nq"
    dataset.store.dump(str(quads))
    store = ox.Store(str(folder / ready_store.STORE))
    store.bulk_load(path=str(quads), format=ox.RdfFormat.N_QUADS)
    store.flush()
    quads.unlink()
