"""The data set as files: every format writes the same bytes for the same facts.

The statements come as a sorted stream, so that memory does not grow with their number.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import IO

import pyoxigraph as ox

from kzld.dataset.dataset import Arrange, Dataset, as_nquad
from kzld.dataset.kinds import find_kind, kinds
from kzld.dataset.package import context
from kzld.errors import KzldError, choose
from kzld.progress import Progress, no_progress
from kzld.publish import csvw
from kzld.publish.nested_jsonld import nested_nodes
from kzld.rdf import turtle
from kzld.rdf.files import new_folder
from kzld.rdf.jsonld import Compactor
from kzld.rdf.namespaces import GRAPHS, PREFIXES, Graphs, graph_name
from kzld.rdf.sorting import temporary_file, translate_full_disk

SUFFIXES = {
    ".ttl": "turtle",
    ".trig": "trig",
    ".nt": "ntriples",
    ".nq": "nquads",
    ".jsonld": "jsonld",
    ".rdf": "rdfxml",
    ".csv": "csv",
}
"""The formats by the suffix of the file to write; `.gz` may follow it."""
_LINES_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class _Source:
    """The graphs to write, the options of `write`, and its progress."""

    dataset: Dataset
    graphs: list[str]
    progress: Progress
    rdf12: bool = False
    nested: bool = False
    kind: str | None = None

    def lines(self, *, named: bool) -> Iterator[bytes]:
        """Sorted N-Quads, or N-Triples."""
        return self._sorted_lines(as_nquad if named else None)

    def subjects(self) -> Iterator[list[ox.Triple]]:
        """The statements about each subject, in order; the graphs are merged."""
        for _, subjects in self._by_graph(dict.fromkeys(self.graphs, b"0")):
            yield from subjects

    def graphs_and_subjects(self) -> Iterator[tuple[str, Iterator[list[ox.Triple]]]]:
        """The same for each graph that is not empty, with the graph's name."""
        places = {name: b"%d" % place for place, name in enumerate(self.graphs)}
        for place, subjects in self._by_graph(places):
            yield self.graphs[int(place)], subjects

    def _by_graph(
        self, places: dict[str, bytes]
    ) -> Iterator[tuple[bytes, Iterator[list[ox.Triple]]]]:
        def arrange(line: bytes, /, graph: str) -> bytes:
            """Separate the sort keys by null bytes; as they stand, <a/b> would precede <a>."""
            is_iri = line.startswith(b"<")
            subject, rest = line[1:].split(b"> ", 1) if is_iri else line.split(b" ", 1)
            return b"\0".join((places[graph], subject, rest))

        parts = (line.split(b"\0", 2) for line in self._sorted_lines(arrange))
        for place, in_graph in groupby(parts, key=lambda part: part[0]):
            yield place, (_triples(about) for _, about in groupby(in_graph, lambda part: part[1]))

    def _sorted_lines(self, arrange: Arrange | None) -> Iterator[bytes]:
        return self.dataset.lines(
            self.graphs, arrange, also=self._reifications, progress=self.progress
        )

    def _reifications(self, graph: str) -> Iterable[ox.Triple]:
        """The additional statements of RDF 1.2, which belong to the derived graph."""
        if not self.rdf12 or graph != "derived":
            return ()
        query = (Path(__file__).with_name("views") / "reified.rq").read_text("utf-8")
        stated: Graphs = [graph_name("data"), graph_name("ontology")]
        triples: Iterable[ox.Triple] = self.dataset.store.query(
            query, prefixes=PREFIXES, default_graph=stated
        )
        return triples


def _triples(parts: Iterable[Sequence[bytes]]) -> list[ox.Triple]:
    lines = (
        (subject if subject.startswith(b"_:") else b"<%s>" % subject) + b" " + rest
        for _, subject, rest in parts
    )
    return [quad.triple for quad in ox.parse(b"".join(lines), format=ox.RdfFormat.N_TRIPLES)]


def _turtle(source: _Source, file: IO[bytes]) -> None:
    used: set[str] = set()
    _with_prefixes(_blocks(source.subjects(), used), used, file)


def _trig(source: _Source, file: IO[bytes]) -> None:
    used = {"graph"}

    def graphs() -> Iterator[str]:
        separator = ""
        for name, subjects in source.graphs_and_subjects():
            yield f"{separator}graph:{name} {{\n"
            separator = "\n"
            yield from _blocks(subjects, used)
            yield "}\n"

    _with_prefixes(graphs(), used, file)


def _blocks(subjects: Iterable[list[ox.Triple]], used: set[str]) -> Iterator[str]:
    """The block of each subject, with an empty line between two."""
    for place, triples in enumerate(subjects):
        yield ("\n" if place else "") + turtle.block(triples[0].subject, triples, used)


def _with_prefixes(body: Iterable[str], used: set[str], file: IO[bytes]) -> None:
    """Write a text below its prefixes, which are known only at its end."""
    with temporary_file() as below:
        with translate_full_disk():
            below.writelines(piece.encode() for piece in body)
            below.seek(0)
        if used:
            file.write(f"{turtle.prefix_lines(used)}\n".encode())
        shutil.copyfileobj(below, file)


def _ntriples(source: _Source, file: IO[bytes]) -> None:
    file.writelines(source.lines(named=False))


def _nquads(source: _Source, file: IO[bytes]) -> None:
    file.writelines(source.lines(named=True))


def _jsonld(source: _Source, file: IO[bytes]) -> None:
    compactor = Compactor(context())
    if source.nested:
        pieces = compactor.pieces(nested_nodes(source.dataset, source.graphs, source.subjects))
    elif len(source.graphs) == 1:  # a single graph needs no name
        pieces = compactor.pieces(map(compactor.node, source.subjects()))
    else:
        pieces = compactor.pieces_by_graph(
            (graph_name(name).value, map(compactor.node, subjects))
            for name, subjects in source.graphs_and_subjects()
        )
    file.writelines(piece.encode() for piece in pieces)


def _rdfxml(source: _Source, file: IO[bytes]) -> None:
    def triples() -> Iterator[ox.Triple]:
        lines = source.lines(named=False)
        while some := b"".join(islice(lines, _LINES_AT_ONCE)):
            for quad in ox.parse(some, format=ox.RdfFormat.N_TRIPLES):
                yield quad.triple

    ox.serialize(triples(), file, format=ox.RdfFormat.RDF_XML, prefixes=PREFIXES)


def _csv(source: _Source, file: IO[bytes]) -> None:
    if source.kind:
        dataset = source.dataset
        kind = find_kind(dataset, kinds(dataset), source.kind)
        csvw.write_kind(dataset, kind, file, source.progress)
    else:
        csvw.write_all_facts(source.dataset, file)


FORMATS: dict[str, Callable[[_Source, IO[bytes]], None]] = {
    "turtle": _turtle,
    "trig": _trig,
    "ntriples": _ntriples,
    "nquads": _nquads,
    "jsonld": _jsonld,
    "rdfxml": _rdfxml,
    "csv": _csv,
}
WITH_TRIPLE_TERMS = ("turtle", "trig", "ntriples", "nquads")


def export(dataset: Dataset, form: str, graphs: Iterable[str] = GRAPHS) -> bytes:
    """Return the data set, or some of its graphs, in a format; see `write`."""
    file = io.BytesIO()
    write(dataset, form, file, graphs)
    return file.getvalue()


def write(
    dataset: Dataset,
    form: str,
    file: IO[bytes],
    graphs: Iterable[str] = GRAPHS,
    *,
    rdf12: bool = False,
    nested: bool = False,
    kind: str | None = None,
    progress: Progress = no_progress,
) -> None:
    """Write the data set, or some of its graphs, in a format.

    Args:
        dataset: the data set.
        form: one of `FORMATS`. The formats without named graphs merge the graphs; `csv` is
            a table of all facts and requires all graphs.
        file: the file to write to.
        graphs: names in `namespaces.GRAPHS`.
        rdf12: add, in RDF 1.2, the plain triple that a fact is about.
        nested: write facts first, with the things that they name inside them (JSON-LD only;
            the graphs are then merged). The statements stay the same.
        kind: write the table of one kind (`csv` only), such as `membership`.
        progress: receives the share of the work that is done.

    Raises:
        KzldError: no such format or graph, or an option that the format does not have.
    """
    check(form, graphs, rdf12=rdf12, nested=nested, kind=kind)
    names = list(dict.fromkeys(graphs))
    if "shapes" in names:
        dataset.need_shapes()
    FORMATS[form](_Source(dataset, names, progress, rdf12, nested, kind), file)


def check(
    form: str,
    graphs: Iterable[str] = GRAPHS,
    *,
    rdf12: bool = False,
    nested: bool = False,
    kind: str | None = None,
) -> None:
    """Check the arguments of `write`, before anything is loaded.

    Raises:
        KzldError: no such format or graph, or an option that the format does not have.
    """
    for name in graphs:
        choose("graph", name, GRAPHS)
    choose("format", form, FORMATS)
    if form == "csv" and set(graphs) != set(GRAPHS):
        raise KzldError("csv is a table of facts, whatever the graph; leave out --graph")
    if rdf12 and form not in WITH_TRIPLE_TERMS:
        known = ", ".join(WITH_TRIPLE_TERMS)
        raise KzldError(f"{form} has no triple terms of RDF 1.2; these formats have: {known}")
    if rdf12 and "derived" not in graphs:
        raise KzldError("the triple terms of RDF 1.2 are in the graph derived; add --graph derived")
    if nested and form != "jsonld":
        raise KzldError(f"{form} is never nested; --nested is for jsonld")
    if kind and form != "csv":
        raise KzldError(f"{form} has no table of a kind; --kind is for csv")


def subjects(dataset: Dataset, graphs: Iterable[str]) -> Iterator[list[ox.Triple]]:
    """The triples of each subject in the merged graphs, by IRI, in bounded memory."""
    return _Source(dataset, list(graphs), no_progress).subjects()


def write_tables(dataset: Dataset, folder: Path, progress: Progress = no_progress) -> list[str]:
    """Write a table for each kind of fact and thing into a folder, with their CSVW description.

    The folder is created or, if it holds only such tables, replaced as a whole.

    Returns:
        The names of the files.

    Raises:
        KzldError: the folder holds other files, or cannot be written.
    """
    found = dict(csvw.files(dataset))
    with new_folder(folder, replacing=found) as new:
        for place, (name, write_table) in enumerate(found.items()):
            progress(place / len(found))
            with (new / name).open("wb") as file:
                write_table(file)
    return list(found)
