"""The data set, or the store, that a command's options name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pyoxigraph import Quad

from kzld import knowledge_graph
from kzld.dataset.dataset import Dataset
from kzld.dataset.load import load as load_packaged
from kzld.dataset.package import context
from kzld.errors import KzldError
from kzld.knowledge_graph import KnowledgeGraph
from kzld.progress import bar
from kzld.rdf.streams import statements

TIMEOUT = 60.0  # seconds to wait for an endpoint, by default


def load_dataset(data: Sequence[str] = (), *, in_memory: bool = False) -> Dataset:
    """The packaged data set, with the files of `--data`; shows progress on a terminal."""
    if not data:
        return load_packaged(in_memory=in_memory)
    with bar("Deriving") as progress:
        return load_packaged([*map(_statements, data)], progress=progress)


def _statements(path: str) -> Iterator[Quad]:
    with bar(f"Reading {path}") as progress:
        yield from statements(path, context=context(), progress=progress)


def load(
    data: Sequence[str] = (), endpoint: str | None = None, timeout: float | None = None
) -> KnowledgeGraph:
    """The knowledge graph to ask: the packaged data with the files of `--data`, or a store."""
    if endpoint is None:
        if timeout:
            raise KzldError("--timeout is for --endpoint; without it no server is asked")
        return knowledge_graph.load(*data)
    if data:
        raise KzldError("--data and --endpoint exclude each other")
    return knowledge_graph.connect(endpoint, timeout=timeout or TIMEOUT)
