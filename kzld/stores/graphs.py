"""Named graphs in other people's triple stores: counted, read back, replaced whole.

Follows the SPARQL 1.1 Graph Store HTTP Protocol, and SPARQL 1.1 Update if a store lacks it.
The peculiarities of the kinds of stores are in `products`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from http import HTTPStatus
from io import BufferedRandom
from typing import IO, cast
from urllib.parse import urlencode

import pyoxigraph as ox

from kzld.errors import EndpointError, KzldError
from kzld.progress import Progress, no_progress
from kzld.rdf.literals import is_rewritten, rewritten
from kzld.rdf.namespaces import BASE, value_of
from kzld.stores.client import Client, Reply
from kzld.stores.products import DONE, N_TRIPLES, Product, Services, restore_integer

_ROWS = "application/sparql-results+json"
_READ_ONLY = (
    HTTPStatus.FORBIDDEN,
    HTTPStatus.METHOD_NOT_ALLOWED,
    HTTPStatus.NOT_IMPLEMENTED,
)
_ALL = "?s ?p ?o"
_BATCH = 5_000  # triples in a request, if a store accepts only INSERT DATA


@dataclass(frozen=True)
class Contents:
    """The contents of a graph in a form to compare.

    Attributes:
        triples: the number of triples.
        fingerprint: the sum, modulo 2^256, of the SHA-256 of each triple as canonical
            N-Triples, in hexadecimal. It does not depend on the order of the triples, nor on
            the spelling of values. Blank nodes have their labels of RDFC-1.0.
    """

    triples: int
    fingerprint: str


@dataclass
class Tally:
    """Computes the contents of a graph; keeps only the triples with blank nodes in memory.

    Attributes:
        product: the kind of store that has, or will have, the graph.
        triples: the number of triples so far.
    """

    product: Product
    triples: int = 0
    _sum: int = 0
    _blank: list[ox.Triple] = field(default_factory=list)

    def add(self, triple: ox.Triple) -> None:
        """Count a triple."""
        self.triples += 1
        if self.product.widens_integers:
            triple = restore_integer(triple)
        if is_rewritten(triple.object):  # many stores keep only values
            triple = ox.Triple(triple.subject, triple.predicate, rewritten(triple.object))
        if isinstance(triple.subject, ox.BlankNode) or isinstance(triple.object, ox.BlankNode):
            self._blank.append(triple)
        else:
            self._sum += _hash(triple)

    def contents(self) -> Contents:
        """The contents of the triples so far."""
        blank = ox.Dataset(ox.Quad(*triple) for triple in self._blank)
        blank.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
        total = self._sum + sum(_hash(quad.triple) for quad in blank)
        return Contents(self.triples, f"{total % 2**256:064x}")


def _hash(triple: ox.Triple) -> int:
    return int.from_bytes(sha256(str(triple).encode()).digest())


class Spool(BufferedRandom):
    """A graph in a temporary file, to be sent; the file ends with the process.

    Attributes:
        contents: the contents of the graph.
        size: the size in bytes.
        progress: receives the share of the file that was read.
    """

    def __init__(self, triples: Iterable[ox.Triple], product: Product) -> None:
        """Write the triples as N-Triples, in the braces of TriG if the kind of store needs them."""
        super().__init__(tempfile.TemporaryFile(buffering=0))  # noqa: SIM115 (closed with this)
        self.progress: Progress = no_progress
        tally = Tally(product)
        opening, closing = (b"{\n", b"}\n") if product.braces else (b"", b"")
        self.write(opening)
        for triple in triples:
            self.write(f"{triple} .\n".encode())
            tally.add(triple)
        self.write(closing)
        self.size = self.tell()
        self.seek(0)
        self.contents = tally.contents()

    def read(self, size: int | None = -1, /) -> bytes:
        """Read on, and report the progress."""
        self.progress(self.tell() / (self.size or 1))
        return super().read(size)


@dataclass(frozen=True)
class GraphStore:
    """The named graphs of a store.

    Attributes:
        client: the HTTP client of the store.
        services: the addresses of its services.
    """

    client: Client
    services: Services

    @property
    def product(self) -> Product:
        """The kind of store."""
        return self.services.product

    def count(self, graph: str) -> int:
        """The number of triples in a graph.

        Raises:
            EndpointError: no usable answer.
        """
        [row] = self._select(f"(COUNT(*) AS ?n) {{ GRAPH <{graph}> {{ {_ALL} }} }}")
        try:
            return int(value_of(row["n"]))
        except ValueError:
            raise self.client.error(f"sent no number of triples but {row['n']}") from None

    def is_about_us(self, graph: str) -> bool:
        """Whether a graph has a subject in this data set's namespace.

        Raises:
            EndpointError: no usable answer.
        """
        ours = f'FILTER(STRSTARTS(STR(?s), "{BASE}"))'
        return bool(self._select(f"?s {{ GRAPH <{graph}> {{ {_ALL} }} {ours} }} LIMIT 1"))

    def contents(
        self, graph: str, progress: Callable[[int], None] = lambda _triples: None
    ) -> Contents:
        """The contents of a graph, read back from the store.

        Args:
            graph: the IRI of the graph.
            progress: receives the number of triples so far.

        Raises:
            EndpointError: no usable answer, or an incomplete one.
        """
        tally = Tally(self.product)
        for triple in self.triples(graph):
            tally.add(triple)
            if tally.triples % _BATCH == 0:
                progress(tally.triples)
        return tally.contents()

    def triples(self, graph: str) -> Iterator[ox.Triple]:
        """The triples of a graph, in the order of the store.

        Raises:
            EndpointError: no usable answer, or an incomplete one.
        """
        if not self.services.graphs or self.product.cuts_answers:
            yield from self._pages(graph)
            return
        with self._at_graph("GET", graph, headers={"Accept": N_TRIPLES}) as reply:
            if reply.status != HTTPStatus.NOT_FOUND:
                yield from self._parse(self.client.expect(reply, *DONE))

    def _pages(self, graph: str) -> Iterator[ox.Triple]:
        """The triples of a graph by several queries, each for the rest that is missing.

        The queries do not sort: no store needs that to continue where it stopped, and some
        refuse to sort so many rows. If a store skips or repeats rows, the fingerprint differs.
        """
        wanted, seen = self.count(graph), 0
        pattern = f"CONSTRUCT {{ {_ALL} }} WHERE {{ GRAPH <{graph}> {{ {_ALL} }} }}"
        while seen < wanted:
            before = seen
            query = f"{pattern} LIMIT {wanted - seen} OFFSET {seen}"
            with self._query(query, N_TRIPLES) as reply:
                for triple in self._parse(self.client.expect(reply, *DONE)):
                    seen += 1
                    yield triple
            if seen == before:
                raise self.client.error(f"sent {seen:,} of {wanted:,} triples of <{graph}>")

    def replace(self, graph: str, spool: Spool) -> None:
        """Replace a graph by the triples of a spool; if that breaks off, the graph stays.

        If a single request cannot do that, the triples first go to a temporary graph.

        Raises:
            EndpointError: the store refuses, or did not keep everything.
        """
        temporary = _temporary_graph(graph)
        self._drop(temporary)  # a small request first, to fail early without permission
        if self.services.graphs and (self.product.put_is_whole or not self.services.update):
            self._put(graph, spool, bulk=bool(self.product.bulk) and not self.count(graph))
            return
        try:
            (self._put if self.services.graphs else self._insert)(temporary, spool)
            if (kept := self.count(temporary)) != spool.contents.triples:
                raise self.client.error(
                    f"kept {kept:,} of {spool.contents.triples:,} triples; nothing was replaced"
                )
            # MOVE would do it in a word, but Fuseki 5.6, for one, leaves triples behind.
            self._update(
                f"DROP SILENT GRAPH <{graph}> ; "
                f"INSERT {{ GRAPH <{graph}> {{ {_ALL} }} }} "
                f"WHERE {{ GRAPH <{temporary}> {{ {_ALL} }} }} ; "
                f"DROP SILENT GRAPH <{temporary}>"
            )
        except KzldError:
            with suppress(KzldError):
                self._drop(temporary)
            raise

    def clean_up(self, graph: str) -> None:
        """Remove the temporary graph that a killed attempt to replace a graph left.

        Raises:
            EndpointError: the store refuses.
        """
        if self.count(_temporary_graph(graph)):
            self._drop(_temporary_graph(graph))

    def _put(self, graph: str, spool: Spool, *, bulk: bool = False) -> None:
        kind = "application/trig" if self.product.braces else N_TRIPLES
        params = {"graph": graph} | ({self.product.bulk: ""} if bulk else {})
        with self.client.send(
            "PUT", self.services.graphs, body=spool, params=params, headers={"Content-Type": kind}
        ) as reply:
            self._check_done(reply)

    def _at_graph(
        self, method: str, graph: str, headers: dict[str, str]
    ) -> AbstractContextManager[Reply]:
        params = {"graph": graph}
        return self.client.send(method, self.services.graphs, params=params, headers=headers)

    def _drop(self, graph: str) -> None:
        """Remove a graph, if it exists."""
        if not self.services.graphs:
            self._update(f"DROP SILENT GRAPH <{graph}>")
            return
        with self._at_graph("DELETE", graph, headers={}) as reply:
            if reply.status != HTTPStatus.NOT_FOUND:
                self._check_done(reply)

    def _insert(self, graph: str, spool: Spool) -> None:
        """Add triples in batches; all blank nodes go in one request, beyond which none lasts."""
        blank: list[bytes] = []
        batch: list[bytes] = []
        for line in iter(spool.readline, b""):
            (blank if line.startswith(b"_:") or b"> _:" in line else batch).append(line)
            if len(batch) == _BATCH:
                self._insert_data(graph, batch)
                batch = []
        self._insert_data(graph, batch)
        self._insert_data(graph, blank)

    def _insert_data(self, graph: str, lines: list[bytes]) -> None:
        if lines:
            self._update(f"INSERT DATA {{ GRAPH <{graph}> {{\n{b''.join(lines).decode()}}} }}")

    def _update(self, update: str) -> None:
        headers = {"Content-Type": "application/sparql-update"}
        body = update.encode()
        with self.client.send("POST", self.services.update, body=body, headers=headers) as reply:
            self._check_done(reply)

    def _check_done(self, reply: Reply) -> None:
        try:
            self.client.expect(reply, *DONE)
        except EndpointError as error:
            if error.status in _READ_ONLY:
                raise EndpointError(f"{error}; it may be read-only", status=error.status) from None
            raise

    def _query(self, query: str, accept: str) -> AbstractContextManager[Reply]:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": accept}
        body = urlencode({"query": query}).encode()
        return self.client.send("POST", self.services.query, body=body, headers=headers)

    def _select(self, query: str) -> list[ox.QuerySolution]:
        with self._query(f"SELECT {query}", _ROWS) as reply:
            body = self.client.expect(reply, *DONE).body()
        try:
            found = ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON)
            return list(found) if isinstance(found, ox.QuerySolutions) else []
        except (SyntaxError, ValueError) as error:
            raise self.client.error(f"sent no SPARQL result ({reply.kind}): {error}") from None

    def _parse(self, reply: Reply) -> Iterator[ox.Triple]:
        try:
            stream = cast("IO[bytes]", _Stream(reply.pieces()))
            for quad in ox.parse(stream, format=ox.RdfFormat.N_TRIPLES):
                yield quad.triple
        except (SyntaxError, ValueError) as error:
            raise self.client.error(f"sent no N-Triples ({reply.kind}): {error}") from None


def _temporary_graph(graph: str) -> str:
    return graph + "#push"


class _Stream:
    """A readable file over pieces of bytes."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest = pieces, b""

    def read(self, size: int = -1) -> bytes:
        self._rest = self._rest or next(self._pieces, b"")
        size = len(self._rest) if size < 0 else size
        piece, self._rest = self._rest[:size], self._rest[size:]
        return piece
