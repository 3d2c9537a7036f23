"""Time `kzld serve` beside `oxigraph serve-read-only`: the same data, the same queries.

Both servers run, and are asked in turn (A B A B …), each by 1, 8 and 64 clients that send the
next query when they have the answer to the last. Then light queries are asked while heavy
ones are, too. The answers to the light queries are compared first.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import shlex
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from statistics import median
from typing import Final

import httptools
import pyoxigraph as ox
import uvloop
from prettytable import PrettyTable

from kzld.dataset import dataset
from kzld.publish import export
from kzld.query import ask, sparql

CLIENTS: Final = (1, 8, 64)
LIGHT_SECONDS: Final = 0.02  # what takes longer in process is not in the mix of light queries
HEAVY: Final = "SELECT (COUNT(*) AS ?n) { ?a a kz:Fact . ?b a kz:Fact . ?c a kz:Fact }"
HEAVY_CLIENTS: Final = 16
_BIN: Final = Path(sys.executable).parent


# ---------------------------------------------------------------- what is asked


def light_queries() -> list[str]:
    """The queries of the named questions with their examples, those that are answered fast."""
    data = dataset.load()
    found = []
    for question in ask.questions().values():
        words = shlex.split(question.example)
        given: dict[str, list[str]] = {}
        for name, value in zip(words[::2], words[1::2], strict=True):
            given.setdefault(name.removeprefix("--").replace("-", "_"), []).append(value)
        repeated = {p.variable for p in question.parameters if p.repeated}
        values = {n: found if n in repeated else found[0] for n, found in given.items()}
        query = sparql.with_prefixes(ask.ask(data, question.name, values).sparql)
        start = time.perf_counter()
        sparql.answer(data, query)
        if time.perf_counter() - start < LIGHT_SECONDS:
            found.append(query)
    return found


class Client(asyncio.Protocol):
    """A connection that is kept, on which one request follows the other."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._body: list[bytes] = []
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what to write to."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Parse what comes."""
        self._parser.feed_data(data)

    def connection_lost(self, error: Exception | None) -> None:
        """Tell who waits."""
        if self._answer and not self._answer.done():
            self._answer.set_exception(error or ConnectionError())

    def on_body(self, body: bytes) -> None:
        """Keep a part of the answer; called by the parser."""
        self._body.append(body)

    def on_message_complete(self) -> None:
        """Hand over the answer; called by the parser."""
        status, body = self._parser.get_status_code(), b"".join(self._body)
        self._parser, self._body = httptools.HttpResponseParser(self), []
        if self._answer and not self._answer.done():
            self._answer.set_result((status, body))

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """The status and the body of the answer."""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()


# ---------------------------------------------------------------- who is asked


@dataclass
class Contestant:
    """A server, and what was measured of it.

    Attributes:
        name: what the table calls it.
        path: of its endpoint.
        command: what starts it at an address.
    """

    name: str
    path: str
    command: Callable[[str, int], Sequence[str | Path]]
    latencies: dict[str, list[list[float]]] = field(default_factory=dict)
    rates: dict[str, list[float]] = field(default_factory=dict)
    used: dict[str, list[float]] = field(default_factory=dict)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Have it run until the end of the block."""
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port: int = probe.getsockname()[1]
        command = self.command("127.0.0.1", self.port)
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with subprocess.Popen(command, **silent) as self.process:
            try:
                for _ in range(200):
                    with suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                        break
                    time.sleep(0.1)
                time.sleep(2)
                yield
            finally:
                self.process.kill()

    def request(self, query: str) -> bytes:
        """What is sent to ask a query."""
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            "Content-Type: application/sparql-query\r\n"
            "Accept: application/sparql-results+json\r\n"
            f"Content-Length: {len(query.encode())}\r\n\r\n"
        )
        return (head + query).encode()

    async def client(self) -> Client:
        """A new connection."""
        loop = asyncio.get_running_loop()
        _, client = await loop.create_connection(Client, "127.0.0.1", self.port)
        return client

    def seconds(self) -> float:
        """The processor time that its processes have used."""
        times: dict[int, tuple[int, float]] = {}
        for path in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                fields = path.read_text().rpartition(") ")[2].split()
                # Its own, and that of its children that have ended.
                used = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
                times[int(path.parent.name)] = int(fields[1]), used
        family = {self.process.pid}
        for _ in range(3):
            family |= {pid for pid, (parent, _) in times.items() if parent in family}
        return sum(times[pid][1] for pid in family if pid in times)


# ---------------------------------------------------------------- the measurement


async def load(
    server: Contestant, case: str, queries: Sequence[str], clients: int, seconds: float
) -> None:
    """Ask with so many clients for so long; note times and rates."""
    requests = [server.request(query) for query in queries]
    latencies: list[float] = []
    end = time.perf_counter() + seconds
    used = server.seconds()

    async def go_on(number: int) -> None:
        client = await server.client()
        for request in itertools.cycle(requests[number % len(requests) :] + requests):
            start = time.perf_counter()
            if start > end:
                break
            status, body = await client.ask(request)
            if status != HTTPStatus.OK:
                raise SystemExit(f"{server.name} answered {status}: {body[:200]!r}")
            latencies.append(time.perf_counter() - start)
        client.close()

    await asyncio.gather(*(go_on(number) for number in range(clients)))
    server.latencies.setdefault(case, []).append(latencies)
    server.rates.setdefault(case, []).append(len(latencies) / seconds)
    spent = (server.seconds() - used) / len(latencies)
    server.used.setdefault(case, []).append(spent)


async def storm(server: Contestant, case: str, queries: Sequence[str], seconds: float) -> None:
    """Ask light queries with eight clients while others ask heavy ones without pause."""
    request = server.request(sparql.with_prefixes(HEAVY))

    async def rage() -> None:
        while True:
            client = await server.client()
            try:
                while True:
                    await client.ask(request)
            except OSError:
                continue
            finally:
                client.close()

    raging = [asyncio.ensure_future(rage()) for _ in range(HEAVY_CLIENTS)]
    await asyncio.sleep(5)
    await load(server, case, queries, 8, seconds)
    for task in raging:
        task.cancel()
    await asyncio.gather(*raging, return_exceptions=True)
    await asyncio.sleep(1)


async def compare_answers(servers: Sequence[Contestant], queries: Sequence[str]) -> int:
    """How many queries the servers answer differently."""
    different = 0
    for query in queries:
        found = []
        for server in servers:
            client = await server.client()
            status, body = await client.ask(server.request(query))
            client.close()
            result = ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON)
            rows = sorted("\t".join(map(_comparable, row)) for row in result)
            found.append((status, rows))
        if found[0] != found[1]:
            different += 1
            print(f"Different answers to: {query}", file=sys.stderr)
    return different


def _comparable(term: object) -> str:
    """A term as text; what GROUP_CONCAT joins is in no order."""
    return "; ".join(sorted(str(term).strip('"').split("; ")))


def report(servers: Sequence[Contestant]) -> str:
    """A table of the medians, and of ratios that are above 1 where kzld is better."""
    table = PrettyTable(
        ["case", "server", "requests/s", "ratio", "p50 ms", "p99 ms", "ratio ", "CPU ms/request"]
    )
    table.align = "r"
    table.align["case"] = table.align["server"] = "l"
    ours = servers[0]
    for case in ours.rates:
        figures = {}
        for server in servers:
            cut = [sorted(run) for run in server.latencies[case]]
            p50, p99 = (median(r[int(len(r) * part)] for r in cut) * 1e3 for part in (0.5, 0.99))
            figures[server.name] = median(server.rates[case]), p50, p99, median(server.used[case])
        (rate, _, p99, _), (their_rate, _, their_p99, _) = figures.values()
        ratios = {ours.name: (f"{rate / their_rate:.2f}", f"{their_p99 / p99:.2f}")}
        for server in servers:
            rate, p50, p99, used = figures[server.name]
            first, second = ratios.get(server.name, ("", ""))
            table.add_row(
                [
                    case,
                    server.name,
                    f"{rate:.0f}",
                    first,
                    f"{p50:.2f}",
                    f"{p99:.2f}",
                    second,
                    f"{used * 1e3:.2f}",
                ]
            )
    return str(table)


async def measure(servers: Sequence[Contestant], runs: int, seconds: float) -> int:
    """All cases; prints the table."""
    queries = light_queries()
    print(f"{len(queries)} light queries", file=sys.stderr)
    with ExitStack() as both:
        for server in servers:
            both.enter_context(server.running())
        different = await compare_answers(servers, queries)
        for _, clients in itertools.product(range(runs), CLIENTS):
            for server in servers:
                await load(server, f"{clients} clients", queries, clients, seconds)
    # A server for each run: what was asked and is not waited for may go on, and disturb.
    for _, server in itertools.product(range(runs), servers):
        with server.running():
            await storm(server, f"8 clients, {HEAVY_CLIENTS} heavy ones", queries, 2 * seconds)
    print(report(servers))
    return bool(different)


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5, help="of each run")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kzld-bench-") as name:
        folder, store = Path(name), Path(name, "store")
        graphs = [graph for graph in dataset.GRAPHS if graph != "shapes"]
        (folder / "kzld.nq").write_bytes(export.export(dataset.load(), "nquads", graphs))
        command = [_BIN / "oxigraph", "load", "--location", store, "--file", folder / "kzld.nq"]
        subprocess.run(command, check=True, capture_output=True)
        # No --timeout-s: with it every query leaves a thread behind for that long, and at some
        # hundred queries a second they become too many and it answers 500.
        oxigraph = [_BIN / "oxigraph", "serve-read-only", "--location", store]
        oxigraph += ["--union-default-graph", "--bind"]
        kzld = [sys.executable, "-m", "kzld", "serve"]
        servers = (
            Contestant("kzld", "/sparql", lambda h, p: [*kzld, "--host", h, "--port", str(p)]),
            Contestant("oxigraph", "/query", lambda h, p: [*oxigraph, f"{h}:{p}"]),
        )
        return uvloop.run(measure(servers, options.runs, options.seconds))


if __name__ == "__main__":
    raise SystemExit(main())
