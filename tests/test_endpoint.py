"""Queries to other people's stores: a real server answers alike; a bad one gets a clear line."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from conftest import Kzld, allow, open_port
from serving import ENDLESS
from stores import STARTERS

from kzld.knowledge_graph import KnowledgeGraph
from kzld.publish.export import export
from kzld.rdf.namespaces import GRAPHS

PATIENCE = 60  # seconds; a limit for machines that are busy, not a measurement
OXIGRAPH = Path(sys.executable).with_name("oxigraph")

# ---------------------------------------------------------------- a real server


@pytest.fixture(scope="module")
def endpoint(kg: KnowledgeGraph, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Oxigraph's server with what a query without GRAPH sees."""
    folder = tmp_path_factory.mktemp("store")
    graphs = [name for name in GRAPHS if name != "shapes"]
    (folder / "kzld.trig").write_bytes(export(kg.dataset, "trig", graphs))
    where = ["--location", folder / "store"]
    load = [OXIGRAPH, "load", *where, "--file", folder / "kzld.trig"]
    subprocess.run(load, check=True, capture_output=True)
    address = f"127.0.0.1:{open_port()}"
    serve = [OXIGRAPH, "serve-read-only", *where, "--bind", address, "--union-default-graph"]
    with subprocess.Popen(serve, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            for _ in range(100):
                try:
                    urllib.request.urlopen(f"http://{address}/", timeout=5).close()
                    break
                except OSError:
                    time.sleep(0.1)
            yield f"http://{address}/query"
        finally:
            server.terminate()


PERIODS = """SELECT ?fact ?from ?until {
  ?fact a kz:Membership ; kz:from ?from
  OPTIONAL { ?fact kz:until ?until }
} ORDER BY ?fact"""
QUERIES = [
    "SELECT ?body { country:KAZ org:memberOf ?body } ORDER BY ?body",
    "SELECT ?name { GRAPH graph:data { country:KAZ skos:prefLabel ?name } } ORDER BY ?name",
    "PREFIX kz: <http://other/> SELECT * { ?fact a kz:Membership }",
    "ASK { country:KAZ org:memberOf body:EAEU }",
    PERIODS,
]


@pytest.mark.servers
@pytest.mark.parametrize(
    ("query", "form"),
    [(query, "json") for query in QUERIES]
    + [(PERIODS, form) for form in ("table", "csv", "tsv", "xml", "markdown")],
)
def test_endpoint_gives_the_same_rows(kzld: Kzld, endpoint: str, query: str, form: str) -> None:
    here = kzld("query", query, "-f", form).data()
    assert kzld("query", query, "-f", form, "--endpoint", endpoint).data() == here
    assert here


@pytest.mark.servers
@pytest.mark.parametrize("form", ["turtle", "ntriples", "jsonld"])
def test_endpoint_gives_the_same_graph(kzld: Kzld, endpoint: str, form: str) -> None:
    query = "CONSTRUCT WHERE { ?fact org:member country:KAZ ; ?p ?o }"
    here = kzld("query", "-", "-f", form, stdin=query).data()
    assert kzld("query", "-", "-f", form, "--endpoint", endpoint, stdin=query).data() == here
    assert "country" in here


def test_question_printed_for_an_endpoint(kzld: Kzld, endpoint: str) -> None:
    """What `ask --sparql` prints declares its prefixes: any SPARQL engine understands it."""
    sparql = kzld("ask", "members", "--organization", "EAEU", "--at", "2022-06-20", "--sparql")
    query = urllib.request.Request(  # noqa: S310 (our own server)
        endpoint, sparql.data().encode(), {"Content-Type": "application/sparql-query"}
    )
    query.add_header("Accept", "text/csv")
    with urllib.request.urlopen(query) as answer:  # noqa: S310
        there = answer.read().decode()
    assert there == kzld("query", "-", "-f", "csv", stdin=sparql.data()).data()
    assert there.count("\n") == 9


def test_what_the_server_says_of_a_bad_query(kzld: Kzld, endpoint: str) -> None:
    said = kzld("query", "SELECT *", "--endpoint", endpoint).complaint()
    assert said.startswith(f"{endpoint} answered 400 Bad Request: error at 1:9")


def test_endpoint_at_a_wrong_path(kzld: Kzld, endpoint: str) -> None:
    said = kzld("query", "ASK {}", "--endpoint", endpoint + "/none").complaint()
    assert said.startswith(f"{endpoint}/none answered 404 Not Found")


@pytest.mark.servers
def test_endpoint_in_time(kzld: Kzld, endpoint: str) -> None:
    start = time.monotonic()
    said = kzld("query", ENDLESS, "--endpoint", endpoint, "--timeout", "1").complaint()
    assert said == f"{endpoint} did not answer within 1 seconds"
    assert time.monotonic() - start < PATIENCE


# ---------------------------------------------------------------- bad servers

Talk = Callable[[socket.socket], None]


@pytest.fixture
def server() -> Iterator[Callable[[Talk], str]]:
    """Start a server that says what a function says; the address of an endpoint there."""
    listening = []

    def start(talk: Talk) -> str:
        listener = socket.create_server(("127.0.0.1", 0))  # nobody else can take the port
        listening.append(listener)
        port = listener.getsockname()[1]
        allow(port)

        def run() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:  # closed
                    return
                with connection:
                    request = b""
                    while not complete(request):
                        request += connection.recv(65536)
                    with suppress(BrokenPipeError, ConnectionResetError):
                        talk(connection)

        threading.Thread(target=run, daemon=True).start()
        return f"http://127.0.0.1:{port}/sparql"

    yield start
    for listener in listening:
        listener.close()


def complete(request: bytes) -> bool:
    head, _, body = request.partition(b"\r\n\r\n")
    length = re.search(rb"Content-Length: (\d+)", head)
    return length is not None and len(body) >= int(length[1])


def says(data: bytes) -> Talk:
    return lambda connection: connection.sendall(data)


def http(body: str, kind: str = "application/sparql-results+json", status: str = "200 OK") -> bytes:
    length = len(body.encode())
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
    return (head + body).encode()


ROW = '{"head":{"vars":["a"]},"results":{"bindings":[{"a":{"type":"uri","value":"a:a"}}'
ANSWERS = {
    "404": (http("no such data set", "text/plain", "404 Not Found"), "answered 404 Not Found: no"),
    "500": (http("", status="500 Oh"), "answered 500 Oh"),
    "500 page": (http("<html>\n<p>Oh</p>", "text/html", "500 Oh"), "answered 500 Oh: <html>"),
    "503 cut": (http("x" * 99, status="503 Busy")[:-9], "answered 503 Busy"),
    "401": (http("", status="401 Unauthorized"), "answered 401 Unauthorized"),
    "302": (b"HTTP/1.1 302 Found\r\nLocation: http://x/\r\n\r\n", "answered 302 Found: ask http"),
    "page": (http("<html></html>", "text/html"), "sent no SPARQL result (text/html): "),
    "nothing": (http(""), "sent no SPARQL result (application/sparql-results+json): "),
    "object": (http("{}"), "sent no SPARQL result"),
    "half": (http(ROW), "sent no SPARQL result"),
    "late fault": (http(f"{ROW},{{5]]}}"), "sent no SPARQL result"),
    "turtle": (http("<a:a> <a:b>", "text/turtle"), "sent no SPARQL result (text/turtle): "),
    "cut": (http(ROW + "]}}")[:-9], "sent no whole HTTP answer: IncompleteRead(74 bytes read, 9"),
    "cut chunk": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{",
        "sent no whole HTTP answer: ",
    ),
    "silence": (b"", "sent no whole HTTP answer: Remote end closed connection without response"),
    "no HTTP": (b"SSH-2.0-OpenSSH_9.2\r\n", "sent no whole HTTP answer: SSH-2.0-OpenSSH_9.2"),
    "left out": (
        http(ROW + "]}}").replace(b"\r\n", b"\r\nX-SPARQL-MaxRows: 1\r\n", 1),
        "gives no more than 1 rows; its ResultSetMaxRows can be raised",
    ),
    "escape": (http("\x1b[2Jbad", "text/plain", "400 Bad"), "answered 400 Bad: \\x1b[2Jbad"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_bad_answer(kzld: Kzld, server: Callable[[Talk], str], name: str) -> None:
    answer, message = ANSWERS[name]
    address = server(says(answer))
    said = kzld("query", "SELECT * { ?s ?p ?o }", "--endpoint", address).complaint()
    assert said.startswith(f"{address} {message}")


def test_results_of_an_older_form(kzld: Kzld, server: Callable[[Talk], str]) -> None:
    """Virtuoso's literals: of a type of their own, and decimals where they were integers."""
    xsd = "http://www.w3.org/2001/XMLSchema#"
    values = [("decimal", "12000000000"), ("decimal", "12000000000.5"), ("decimal", "5")]
    cells = ",".join(
        f'{{"a":{{"type":"typed-literal","datatype":"{xsd}{kind}","value":"{value}"}}}}'
        for kind, value in values
    )
    body = f'{{"head":{{"vars":["a"]}},"results":{{"bindings":[{cells}]}}}}'
    address = server(says(http(body)))
    shown = kzld("query", "SELECT * { }", "-f", "tsv", "--endpoint", address).data()
    assert shown.split() == ["?a", "12000000000", "12000000000.5", f'"5"^^<{xsd}decimal>']


def test_nobody_there(kzld: Kzld) -> None:
    address = f"http://127.0.0.1:{open_port()}/"
    said = kzld("query", "ASK {}", "--endpoint", address).complaint()
    assert said.startswith(f"{address} cannot be reached: ")
    assert "refused" in said


@pytest.mark.parametrize("address", ["http://", "http://[::1", "http://127.0.0.1:x/", "https:///q"])
def test_no_address(kzld: Kzld, address: str) -> None:
    said = kzld("query", "ASK {}", "--endpoint", address).complaint()
    assert said.startswith(f"{address} cannot be reached: ")


def drip(connection: socket.socket) -> None:
    connection.sendall(http(" " * 999)[:-999])
    for _ in range(2000):
        time.sleep(0.1)
        connection.sendall(b" ")


@pytest.mark.servers
@pytest.mark.parametrize("talk", [lambda _: time.sleep(200), drip], ids=["mute", "drip"])
def test_slow_server(kzld: Kzld, server: Callable[[Talk], str], talk: Talk) -> None:
    address = server(talk)
    start = time.monotonic()
    said = kzld("query", "ASK {}", "--endpoint", address, "--timeout", "0.5").complaint()
    assert said == f"{address} did not answer within 0.5 seconds"
    assert time.monotonic() - start < PATIENCE


# ---------------------------------------------------------------- a store that we have loaded


@pytest.mark.whole
def test_the_command_loads_a_store_and_asks_it(kzld: Kzld, tmp_path: Path) -> None:
    """In short what tests/test_stores.py asks of each store."""
    store = STARTERS["oxigraph"](tmp_path)
    try:
        store.wait()
        done = kzld("push", store.address)
        assert done.status == 0, done
        question = ("ask", "members", "--organization", "EAEU", "--at", "2022-06-20", "--sources")
        there = kzld(*question, "--endpoint", store.query).data()
        assert there == kzld(*question).data()
    finally:
        store.stop()
