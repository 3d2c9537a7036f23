"""Named graphs in other people's triple stores: counted, read back, replaced whole.

Follows the SPARQL 1.1 Graph Store HTTP Protocol, and SPARQL 1.1 Update where a store lacks
it; what is peculiar to a kind of store is in `products`.
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
from kzld.rdf.namespaces import BASE
from kzld.stores.client import Client, Reply
from kzld.stores.products import DONE, N_TRIPLES, Product, Services, narrowed

_ROWS = "application/sparql-results+json"
_READ_ONLY = (
    HTTPStatus.FORBIDDEN,
    HTTPStatus.METHOD_NOT_ALLOWED,
    HTTPStatus.NOT_IMPLEMENTED,
)
_ALL = "?s ?p ?o"
_BATCH = 5_000  # triples in a request, where a store takes INSERT DATA only


@dataclass(frozen=True)
class Contents:
    """What a graph consists of, short enough to compare.

    Attributes:
        triples: how many.
        fingerprint: the sum, modulo 2^256, of the SHA-256 of each triple as canonical
            N-Triples, in hexadecimal: the same in whatever order the triples come. Blank
            nodes count by the labels that RDFC-1.0 gives them.
    """

    triples: int
    fingerprint: str


@dataclass
class Tally:
    """Adds up the contents of a graph, keeping no triple but those with blank nodes.

    Attributes:
        product: the kind of store that has, or will have, the graph.
        triples: how many came.
    """

    product: Product
    triples: int = 0
    _sum: int = 0
    _blank: list[ox.Triple] = field(default_factory=list)

    def add(self, triple: ox.Triple) -> None:
        """Count a triple."""
        self.triples += 1
        if self.product.widens_integers:
            triple = narrowed(triple)
        if isinstance(triple.subject, ox.BlankNode) or isinstance(triple.object, ox.BlankNode):
            self._blank.append(triple)
        else:
            self._sum += _hash(triple)

    def contents(self) -> Contents:
        """What came."""
        blank = ox.Dataset(ox.Quad(*triple) for triple in self._blank)
        blank.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
        total = self._sum + sum(_hash(quad.triple) for quad in blank)
        return Contents(self.triples, f"{total % 2**256:064x}")


def _hash(triple: ox.Triple) -> int:
    return int.from_bytes(sha256(str(triple).encode()).digest())


class Spool(BufferedRandom):
    """A graph in a temporary file, to be sent; the file is gone when the process is.

    Attributes:
        contents: of the graph.
        size: in bytes.
        progress: is told what share of the file was read.
    """

    def __init__(self, triples: Iterable[ox.Triple], product: Product) -> None:
        """Write the triples as N-Triples, or what the kind of store takes for them."""
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
        """Read on, and tell how far."""
        self.progress(self.tell() / (self.size or 1))
        return super().read(size)


@dataclass(frozen=True)
class GraphStore:
    """The named graphs of a store.

    Attributes:
        client: to talk with it.
        services: where it takes requests.
    """

    client: Client
    services: Services

    @property
    def product(self) -> Product:
        """What kind of store it is."""
        return self.services.product

    def count(self, graph: str) -> int:
        """The number of triples in a graph.

        Raises:
            EndpointError: no usable answer.
        """
        [row] = self._select(f"(COUNT(*) AS ?n) {{ GRAPH <{graph}> {{ {_ALL} }} }}")
        try:
            return int(getattr(row["n"], "value", ""))
        except ValueError:
            raise self.client.error(f"sent no number of triples but {row['n']}") from None

    def is_about_us(self, graph: str) -> bool:
        """Whether a graph says anything of a thing or term in this data set's namespace.

        Raises:
            EndpointError: no usable answer.
        """
        ours = f'FILTER(STRSTARTS(STR(?s), "{BASE}"))'
        return bool(self._select(f"?s {{ GRAPH <{graph}> {{ {_ALL} }} {ours} }} LIMIT 1"))

    def contents(self, graph: str, progress: Callable[[int], None] = lambda _: None) -> Contents:
        """What a graph consists of, as the store gives it back.

        Args:
            graph: its IRI.
            progress: is told now and then how many triples have come.

        Raises:
            EndpointError: no usable answer, or one that is cut off.
        """
        tally = Tally(self.product)
        for triple in self.triples(graph):
            tally.add(triple)
            if tally.triples % _BATCH == 0:
                progress(tally.triples)
        return tally.contents()

    def triples(self, graph: str) -> Iterator[ox.Triple]:
        """The triples of a graph, as they come.

        Raises:
            EndpointError: no usable answer, or one that is cut off.
        """
        if not self.services.graphs or self.product.cuts_answers:
            yield from self._pages(graph)
            return
        with self._at_graph("GET", graph, headers={"Accept": N_TRIPLES}) as reply:
            if reply.status != HTTPStatus.NOT_FOUND:
                yield from self._parsed(self.client.expect(reply, *DONE))

    def _pages(self, graph: str) -> Iterator[ox.Triple]:
        """The triples of a graph by queries, each for what the ones before left out.

        They are not sorted: no store needs that to go on where it stopped, and some refuse
        to sort so many. Should one not go on just there, the fingerprint will tell.
        """
        wanted, seen = self.count(graph), 0
        pattern = f"CONSTRUCT {{ {_ALL} }} WHERE {{ GRAPH <{graph}> {{ {_ALL} }} }}"
        while seen < wanted:
            before = seen
            query = f"{pattern} LIMIT {wanted - seen} OFFSET {seen}"
            with self._query(query, N_TRIPLES) as reply:
                for triple in self._parsed(self.client.expect(reply, *DONE)):
                    seen += 1
                    yield triple
            if seen == before:
                raise self.client.error(f"sent {seen:,} of {wanted:,} triples of <{graph}>")

    def replace(self, graph: str, spool: Spool) -> None:
        """Let a graph consist of what a spool holds; it stays as it was if that breaks off.

        Where a single request cannot do that, the triples come to a graph beside it first.

        Raises:
            EndpointError: the store refuses, or did not keep everything.
        """
        beside = _beside(graph)
        self._drop(beside)  # a small request first: who is not let in hears of it
        if self.services.graphs and (self.product.put_is_whole or not self.services.update):
            self._put(graph, spool, bulk=bool(self.product.bulk) and not self.count(graph))
            return
        try:
            (self._put if self.services.graphs else self._insert)(beside, spool)
            if (kept := self.count(beside)) != spool.contents.triples:
                raise self.client.error(
                    f"kept {kept:,} of {spool.contents.triples:,} triples; nothing was replaced"
                )
            # MOVE would say so in a word, but Fuseki 5.6, for one, leaves triples behind.
            self._update(
                f"DROP SILENT GRAPH <{graph}> ; "
                f"INSERT {{ GRAPH <{graph}> {{ {_ALL} }} }} "
                f"WHERE {{ GRAPH <{beside}> {{ {_ALL} }} }} ; "
                f"DROP SILENT GRAPH <{beside}>"
            )
        except KzldError:
            with suppress(KzldError):
                self._drop(beside)
            raise

    def clean_up(self, graph: str) -> None:
        """Remove what an attempt to replace a graph left beside it when it was killed.

        Raises:
            EndpointError: the store refuses.
        """
        if self.count(_beside(graph)):
            self._drop(_beside(graph))

    def _put(self, graph: str, spool: Spool, *, bulk: bool = False) -> None:
        kind = "application/trig" if self.product.braces else N_TRIPLES
        params = {"graph": graph} | ({self.product.bulk: ""} if bulk else {})
        with self.client.send(
            "PUT", self.services.graphs, body=spool, params=params, headers={"Content-Type": kind}
        ) as reply:
            self._done(reply)

    def _at_graph(
        self, method: str, graph: str, headers: dict[str, str]
    ) -> AbstractContextManager[Reply]:
        params = {"graph": graph}
        return self.client.send(method, self.services.graphs, params=params, headers=headers)

    def _drop(self, graph: str) -> None:
        """Remove a graph, if it is there."""
        if not self.services.graphs:
            self._update(f"DROP SILENT GRAPH <{graph}>")
            return
        with self._at_graph("DELETE", graph, headers={}) as reply:
            if reply.status != HTTPStatus.NOT_FOUND:
                self._done(reply)

    def _insert(self, graph: str, spool: Spool) -> None:
        """Add triples batch by batch; those with blank nodes, which last a request, at once."""
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
            self._done(reply)

    def _done(self, reply: Reply) -> None:
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

    def _parsed(self, reply: Reply) -> Iterator[ox.Triple]:
        try:
            stream = cast("IO[bytes]", _Stream(reply.pieces()))
            for quad in ox.parse(stream, format=ox.RdfFormat.N_TRIPLES):
                yield quad.triple
        except (SyntaxError, ValueError) as error:
            raise self.client.error(f"sent no N-Triples ({reply.kind}): {error}") from None


def _beside(graph: str) -> str:
    return graph + "#push"


class _Stream:
    """Pieces of bytes as a file that can be read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest = pieces, b""

    def read(self, size: int = -1) -> bytes:
        self._rest = self._rest or next(self._pieces, b"")
        size = len(self._rest) if size < 0 else size
        piece, self._rest = self._rest[:size], self._rest[size:]
        return piece
