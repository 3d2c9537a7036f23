"""Real triple stores: loaded by `kzld push`, they answer as the embedded store does.

Which stores are here, and what they need, says tests/stores.py. What was found goes into
docs/stores/tested.md where KZLD_WRITE_TESTED is set; else it must not contradict that page.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import requests
from cases import CASES, Case
from command import COMMAND, Done
from conftest import open_port
from stores import (
    OXIGRAPH,
    PAGES,
    STARTERS,
    NotHereError,
    Store,
    create_repository,
    shown,
    wait_for,
)
from test_readme import run, shown_commands

from kzld.check.validate import validate
from kzld.dataset.package import examples
from kzld.knowledge_graph import KnowledgeGraph, connect, load
from kzld.query.ask import Answer
from kzld.query.sparql import Rows, with_prefixes
from kzld.rdf.namespaces import GRAPHS, MERGED, graph_name
from kzld.stores.client import Client
from kzld.stores.graphs import Contents, GraphStore, Spool, Tally
from kzld.stores.products import PRODUCTS, find_services, restore_integer
from kzld.stores.push import open_store, push

pytestmark = pytest.mark.servers

TESTED = PAGES / "tested.md"
WRITES = bool(os.environ.get("KZLD_WRITE_TESTED"))
# Two of each question; all of them, which takes a minute longer, for the page.
SOME_CASES = [
    case
    for _, of_question in groupby(CASES, key=lambda case: case.question)
    for case in islice(of_question, 2)
]
FOUND: dict[str, dict[str, str]] = {}  # what the tests have seen, by store


def note(store: Store, **found: str) -> None:
    """Keep what a test has seen for the page."""
    FOUND.setdefault(store.name, {"version": store.version}).update(found)


# ---------------------------------------------------------------- the servers, once a session


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Store | NotHereError]]:
    """All servers that are here, the slow ones first; each is on its way up."""
    found: dict[str, Store | NotHereError] = {}
    try:
        for name in ("fuseki", "rdf4j", "virtuoso", "oxigraph"):
            try:
                found[name] = STARTERS[name](tmp_path_factory.mktemp(name))
            except NotHereError as lack:
                found[name] = lack
        yield found
    finally:
        for store in found.values():
            if isinstance(store, Store):
                store.stop()


@pytest.fixture(scope="session", params=STARTERS)
def store(
    request: pytest.FixtureRequest,
    servers: dict[str, Store | NotHereError],
    tmp_path_factory: pytest.TempPathFactory,
) -> Store:
    """An empty store that answers."""
    found = servers[request.param]
    if isinstance(found, NotHereError):
        pytest.skip(str(found))
    found.wait()
    if found.name == "rdf4j":
        create_repository(found, tmp_path_factory.mktemp("repository"))
    return found


def run_push(address: str, *args: str | Path, env: dict[str, str] | None = None) -> Done:
    done = subprocess.run(
        [COMMAND, "push", address, *args],
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def pushed(store: Store) -> Done:
    """What the command says of the first push into an empty store."""
    return run_push(store.address, env=dict(store.credentials))


@pytest.fixture
def loaded(store: Store, pushed: Done, monkeypatch: pytest.MonkeyPatch) -> GraphStore:
    """The store with the data set in it."""
    assert pushed.status == 0, pushed
    for name, value in store.credentials.items():
        monkeypatch.setenv(name, value)
    return open_store(store.address)


@pytest.fixture(scope="session")
def contents(kg: KnowledgeGraph) -> dict[str, Contents]:
    """What each graph consists of, here."""
    kg.dataset.need_shapes()
    found = {}
    for name in GRAPHS:
        tally = Tally(PRODUCTS["generic"])
        for quad in kg.dataset.quads(name):
            tally.add(quad.triple)
        found[name] = tally.contents()
    return found


# ---------------------------------------------------------------- push


def report(contents: dict[str, Contents], fate: str) -> str:
    return "".join(
        f"graph:{name:<8}  {contents[name].triples:>11,} triples  {fate}\n" for name in GRAPHS
    )


def test_first_push(store: Store, pushed: Done, contents: dict[str, Contents]) -> None:
    assert pushed.data() == report(contents, "new")
    note(store, push="each graph new")
    assert f"--endpoint {store.query}" in pushed.stderr


@pytest.mark.usefixtures("loaded")
def test_second_push_changes_nothing(store: Store, contents: dict[str, Contents]) -> None:
    again = run_push(store.query, env=dict(store.credentials))
    assert again.data() == report(contents, "unchanged")
    note(store, push="each graph new, then unchanged")


@pytest.mark.parametrize("name", GRAPHS)
def test_each_graph_comes_back_as_it_is(
    loaded: GraphStore, contents: dict[str, Contents], name: str
) -> None:
    graph = graph_name(name).value
    assert loaded.count(graph) == contents[name].triples
    assert loaded.contents(graph) == contents[name]


def test_the_data_come_back_with_their_fingerprint(loaded: GraphStore, kg: KnowledgeGraph) -> None:
    """That of the catalog, which is of canonical N-Quads."""
    data = graph_name("data")
    triples = loaded.triples(data.value)
    if loaded.product.widens_integers:
        triples = map(restore_integer, triples)
    lines = sorted(f"{triple} {data} .\n".encode() for triple in triples)
    assert hashlib.sha256(b"".join(lines)).hexdigest() == kg.fingerprint


def test_the_store_is_known_by_any_of_its_addresses(store: Store, loaded: GraphStore) -> None:
    for address in (store.address, store.address + "/", store.query, store.graphs):
        found = find_services(Client(address))
        assert (found.product, found.query) == (PRODUCTS[store.name], store.query)
        assert loaded.services == found


# ---------------------------------------------------------------- asked


@pytest.fixture(scope="session")
def there(store: Store, pushed: Done) -> KnowledgeGraph:
    """The data set in the store, as the library asks it."""
    assert pushed.status == 0, pushed
    return connect(store.query)


def ask(kg: KnowledgeGraph, case: Case) -> Answer:
    return kg.ask(case.question, language=case.language, **case.values)


@pytest.fixture(scope="session")
def answers(kg: KnowledgeGraph) -> dict[str, Answer]:
    """The answers of the embedded store, by case."""
    return {case.name: ask(kg, case) for case in CASES}


def sorted_rows(answer: Answer) -> list[str]:
    return sorted(map(repr, answer)) + sorted(map(repr, answer.labels()))


def test_questions_have_the_same_answers(
    store: Store, there: KnowledgeGraph, answers: dict[str, Answer]
) -> None:
    cases = CASES if WRITES else SOME_CASES
    differ = [
        case.name
        for case in cases
        if sorted_rows(ask(there, case)) != sorted_rows(answers[case.name])
    ]
    note(store, questions="the same answers" if not differ else f"{len(differ)} differ")
    assert differ == []


@pytest.mark.parametrize("question", ["disputed", "members", "treaty-status", "who-says"])
def test_answers_have_the_same_sources(
    there: KnowledgeGraph, answers: dict[str, Answer], question: str
) -> None:
    case = next(case for case in CASES if case.question == question and len(answers[case.name]))
    here = [sorted(map(str, row)) for row in answers[case.name].citations()]
    assert sorted([sorted(map(str, row)) for row in ask(there, case).citations()]) == sorted(here)
    assert any(here)


# What a user may write; each gives the same everywhere in any order.
QUERIES = {
    "OPTIONAL": """SELECT ?fact ?from ?until {
        ?fact org:organization body:CSTO ; kz:from ?from OPTIONAL { ?fact kz:until ?until } }""",
    "UNION": """SELECT DISTINCT ?who {
        { ?fact kz:host ?who } UNION { ?fact kz:visitor ?who } ?who a kz:Country }""",
    "MINUS": """SELECT ?fact {
        ?fact a kz:Membership ; org:member country:UZB MINUS { ?fact kz:until ?until } }""",
    "NOT EXISTS": """SELECT ?fact { ?fact org:organization body:EAEU ; kz:from ?from
        FILTER NOT EXISTS { ?fact kz:until ?until } }""",
    "path": "SELECT DISTINCT ?class { ?class rdfs:subClassOf+ kz:Fact }",
    "aggregates": """SELECT ?body (COUNT(?fact) AS ?n) (MIN(STR(?day)) AS ?first) {
        ?fact org:organization ?body ; kz:fromEarliest ?day } GROUP BY ?body
        HAVING(COUNT(?fact) > 3)""",
    "VALUES": """SELECT ?country ?name { VALUES ?country { country:KAZ country:KGZ }
        ?country skos:prefLabel ?name }""",
    "GRAPH": "SELECT ?p ?o { GRAPH graph:data { country:KAZ ?p ?o } }",
    "graphs counted": "SELECT (COUNT(*) AS ?n) { GRAPH graph:derived { ?s ?p ?o } }",
    "sub-select": """SELECT ?fact ?day { { SELECT (MAX(?d) AS ?day) {
        ?f a kz:Visit ; kz:fromEarliest ?d } } ?fact a kz:Visit ; kz:fromEarliest ?day }""",
    "languages": """SELECT ?name { body:EAEU skos:prefLabel ?name FILTER(LANG(?name) = "kk") }""",
    "numbers": """SELECT ?fact ?value { ?fact a kz:Observation ; schema:value ?value
        FILTER(?value > 1000000000) }""",
    "dates": """SELECT ?fact ?day { ?fact a kz:Visit ; kz:fromEarliest ?day
        FILTER(?day >= "2022-01-01"^^xsd:date && ?day < "2023-01-01"^^xsd:date) }""",
    "true": "ASK { country:KAZ org:memberOf body:EAEU }",
    "false": "ASK { country:KAZ org:memberOf body:EU }",
    "CONSTRUCT": "CONSTRUCT WHERE { ?fact org:member country:KAZ ; ?p ?o }",
    "nothing": "SELECT ?o { country:KAZ kz:nothing ?o }",
}  # fmt: skip


def lines(result: object) -> list[str]:
    """Rows or triples, written as N-Triples writes terms, in their own order."""
    if isinstance(result, Rows):
        return sorted("\t".join(map(str, row)) for row in result.rows)
    return sorted(map(str, result)) if isinstance(result, list) else [str(result)]


def test_queries_have_the_same_results(
    store: Store, there: KnowledgeGraph, kg: KnowledgeGraph
) -> None:
    differ = [
        name
        for name, query in QUERIES.items()
        if lines(kg.query(query)) != lines(there.query(query))
    ]
    empty = [name for name, query in QUERIES.items() if not lines(kg.query(query))]
    note(store, queries="the same results" if not differ else f"{len(differ)} differ")
    assert differ == []
    assert empty == ["nothing"]


def test_the_rest_of_the_library_answers_alike(
    store: Store, there: KnowledgeGraph, kg: KnowledgeGraph
) -> None:
    assert there.fingerprint == kg.fingerprint
    note(store, round_trip="the same fingerprint")
    for thing in ("EAEU", "relation:KAZ-capital-astana"):
        assert there.show(thing) == kg.show(thing)
    assert there.show("KAZ", at="1995-01-01", language="fr") == kg.show(
        "KAZ", at="1995-01-01", language="fr"
    )
    for text in ("Tokaiev", "ЕАЭС", "astana"):
        assert there.search(text) == kg.search(text)
    example = examples() / "date-real" / "fail.ttl"
    found = validate(example, base=there.dataset).findings
    assert found == validate(example).findings
    assert found


@pytest.mark.parametrize("name", ["UNION", "aggregates", "dates", "path", "OPTIONAL"])
def test_a_foreign_client_gets_the_same_rows(
    servers: dict[str, Store | NotHereError], kg: KnowledgeGraph, name: str
) -> None:
    """Comunica, which sends Oxigraph queries of its own making and joins what it gets."""
    folder, node = os.environ.get("KZLD_COMUNICA"), shutil.which("node")
    if not folder or not node:
        pytest.skip("needs node, and in KZLD_COMUNICA the folder of @comunica/query-sparql")
    store = servers["oxigraph"]
    assert isinstance(store, Store)
    program = Path(folder, "node_modules", ".bin", "comunica-sparql")
    merged = " ".join(f"FROM {graph_name(graph)}" for graph in MERGED)
    query = with_prefixes(QUERIES[name].replace("{", f"{merged} {{", 1))
    kind = "application/sparql-results+xml"  # its JSON is not just that of the standard
    done = subprocess.run(
        [node, program, f"sparql@{store.query}", "-q", query, "-t", kind],
        capture_output=True, timeout=60, check=True,
    )  # fmt: skip
    found = ox.parse_query_results(done.stdout, format=ox.QueryResultsFormat.XML)
    here = kg.query(QUERIES[name])
    assert isinstance(here, Rows)
    assert isinstance(found, ox.QuerySolutions)
    rows = [[solution[column] for column in here.columns] for solution in found]
    assert lines(Rows(here.columns, rows)) == lines(here)


# ---------------------------------------------------------------- killed, and broken off


class Proxy:
    """Hands requests on to a store, and ends it all when so much of a body has passed.

    Attributes:
        victim: the process that is killed then.
    """

    def __init__(self, target: str, request: bytes, share: float) -> None:
        """Let through this share of the body of a request that begins so.

        With a share of 1 all of it passes, but no answer.
        """
        parts = urllib.parse.urlsplit(target)
        self._target = (parts.hostname or "", parts.port or 80)
        self._request, self._share, self._sent_all = request, share, False
        port = open_port()
        self.address = parts._replace(netloc=f"127.0.0.1:{port}").geturl()
        self.victim: subprocess.Popen[bytes] | None = None
        self._listener = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._target)
                for pump in (self._forth, self._back):
                    threading.Thread(target=pump, args=(client, server), daemon=True).start()

    def _back(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while piece := server.recv(65536):
                if self._sent_all:
                    self._kill(client, server)
                    return
                client.sendall(piece)
            client.shutdown(socket.SHUT_WR)

    def _forth(self, client: socket.socket, server: socket.socket) -> None:
        left: int | None = None
        with suppress(OSError):
            while piece := client.recv(65536):
                if left is None and piece.startswith(self._request):
                    head, _, body = piece.partition(b"\r\n\r\n")
                    length = int(re.findall(rb"Content-Length: (\d+)", head)[0])
                    left = int(length * self._share)
                    server.sendall(head + b"\r\n\r\n")
                    piece = body
                if left is not None:
                    if len(piece) >= left and self._share < 1:
                        server.sendall(piece[: piece.rfind(b"\n", 0, left) + 1])  # whole lines
                        self._kill(client, server)
                        return
                    left -= len(piece)
                    self._sent_all = left <= 0 and self._share >= 1
                server.sendall(piece)
            server.shutdown(socket.SHUT_WR)

    def _kill(self, client: socket.socket, server: socket.socket) -> None:
        if self.victim:
            os.kill(self.victim.pid, signal.SIGKILL)
        server.close()
        client.close()

    def close(self) -> None:
        self._listener.close()


OLD = [ox.Triple(ox.NamedNode(graph_name("old").value), ox.NamedNode("urn:p"), ox.Literal("old"))]


def put_old(loaded: GraphStore, graph: str) -> Contents:
    """Have a graph consist of something old, of ours."""
    with Spool(OLD, loaded.product) as spool:
        loaded.replace(graph, spool)
        return spool.contents


def put_nothing(loaded: GraphStore, graph: str) -> Contents:
    """Have a graph be empty."""
    loaded._drop(graph)
    return Contents(0, f"{0:064x}")


@pytest.mark.parametrize(
    ("before", "request_begins", "share"),
    [
        (put_old, b"PUT ", 0.02),
        (put_old, b"PUT ", 0.5),
        (put_old, b"PUT ", 0.97),
        (put_old, b"PUT ", 1),
        (put_old, b"POST /sparql-auth", 1),
        (put_nothing, b"PUT ", 0.5),
        (put_nothing, b"PUT ", 1),
    ],
)
def test_a_killed_push_leaves_the_old_graph_or_the_new(
    store: Store,
    loaded: GraphStore,
    contents: dict[str, Contents],
    before: Callable[[GraphStore, str], Contents],
    request_begins: bytes,
    share: float,
) -> None:
    if request_begins.startswith(b"POST") and store.name != "virtuoso":
        pytest.skip("the only request that writes is the PUT")
    graph = graph_name("ontology").value
    old, new = before(loaded, graph), contents["ontology"]
    proxy = Proxy(store.query, request_begins, share)
    command = [COMMAND, "push", proxy.address, "--store", store.name, "--graph", "ontology"]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as proxy.victim:
        assert proxy.victim.wait(60) == -signal.SIGKILL
    proxy.close()
    time.sleep(0.5)  # the server may still be at work on what it has got
    left = loaded.contents(graph)
    assert left in ((old, new) if share == 1 else (old,))
    run_push(store.query, "--graph", "ontology").data()
    assert loaded.contents(graph) == new
    assert loaded.count(graph + "#push") == 0


# ---------------------------------------------------------------- refused


def test_a_graph_that_is_not_ours_is_left_alone(store: Store, loaded: GraphStore) -> None:
    graph = graph_name("catalog").value
    theirs = [ox.Triple(ox.NamedNode("urn:a"), ox.NamedNode("urn:b"), ox.BlankNode())]
    with Spool(theirs, loaded.product) as spool:
        loaded.replace(graph, spool)
        put = spool.contents
    assert loaded.contents(graph) == put
    said = run_push(store.query).complaint()
    assert "has 1 triple in graph:catalog" in said
    assert "--force" in said
    assert loaded.contents(graph) == put
    done = run_push(store.query, "--graph", "catalog", "--force").data()
    assert done.endswith("triples  replaced\n")


def test_who_is_not_let_in(servers: dict[str, Store | NotHereError], tmp_path: Path) -> None:
    virtuoso = servers["virtuoso"]
    if isinstance(virtuoso, NotHereError):
        pytest.skip(str(virtuoso))
    virtuoso.wait()
    more = tmp_path / "more.ttl"  # so that there is something to write
    more.write_text("<urn:a> <urn:b> <urn:c> .")
    for env in ({}, {"KZLD_USER": "dba", "KZLD_PASSWORD": "wr0ng"}):
        args = ("--force", "--graph", "data", "--data", more)
        said = run_push(virtuoso.address, *args, env=env).complaint()
        assert said.startswith(f"{virtuoso.address} answered 401 Unauthorized")
        assert "wr0ng" not in said
        assert ("KZLD_USER" in said) == (not env)


@pytest.fixture(scope="module")
def oxigraph(servers: dict[str, Store | NotHereError]) -> Store:
    found = servers["oxigraph"]
    assert isinstance(found, Store)
    found.wait()
    return found


def test_a_server_that_goes_away_is_told_of(oxigraph: Store) -> None:
    put_old(open_store(oxigraph.address), graph_name("ontology").value)
    proxy = Proxy(oxigraph.query, b"PUT ", 0.5)
    said = run_push(proxy.address, "--store", "oxigraph", "--graph", "ontology").complaint()
    proxy.close()
    assert said.startswith(f"{proxy.address} ")
    run_push(oxigraph.query, "--graph", "ontology").data()


def test_a_store_that_only_answers(tmp_path: Path) -> None:
    bind = f"127.0.0.1:{open_port()}"
    where = ["--location", tmp_path / "data"]
    load = [OXIGRAPH, "load", *where, "--file", tmp_path / "none.ttl"]
    (tmp_path / "none.ttl").write_text("")
    subprocess.run(load, check=True, capture_output=True)
    command = [OXIGRAPH, "serve-read-only", *where, "--bind", bind]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            wait_for(f"http://{bind}/query")
            said = run_push(f"http://{bind}").complaint()
        finally:
            server.terminate()
    assert said.startswith(f"http://{bind} answered 4")
    assert said.endswith("it may be read-only")


def test_no_store_at_the_address(oxigraph: Store) -> None:
    said = run_push(oxigraph.address + "/nothing/here").complaint()
    assert said.startswith(f"{oxigraph.address}/nothing/here answered 404 Not Found")
    said = run_push(f"http://127.0.0.1:{open_port()}/").complaint()
    assert said.endswith(" cannot be reached: Connection refused")


def test_unknown_names(oxigraph: Store) -> None:
    said = run_push(oxigraph.address, "--graph", "dta").complaint()
    assert said == "there is no graph 'dta'; did you mean data?"
    assert re.findall(r"'(\w+)'", run_push(oxigraph.address, "--store", "x").complaint()) == [
        "x", *PRODUCTS,
    ]  # fmt: skip
    assert "'oxygraph'" in run_push(oxigraph.address, "--store", "oxygraph").complaint()


# ---------------------------------------------------------------- stores of no known kind


class Rules:
    """A store on loopback that is Oxigraph with some of its services taken away."""

    def __init__(self, target: str, refuse: Callable[[str, str], int]) -> None:
        """Answer requests, by method and path, with a status; with 0 the store answers."""
        self.asked: list[tuple[str, str]] = []

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(handler) -> None:  # noqa: N805
                length = int(handler.headers.get("Content-Length") or 0)
                body = handler.rfile.read(length) if length else None
                path = urllib.parse.urlsplit(handler.path).path
                status = refuse(handler.command, path)
                self.asked.append((handler.command, path))
                kind, answer = "text/plain", b"not here"
                if not status:
                    headers = {
                        name: handler.headers[name]
                        for name in ("Content-Type", "Accept")
                        if name in handler.headers
                    }
                    response = requests.request(
                        handler.command, target + handler.path, data=body, headers=headers,
                        timeout=60,
                    )  # fmt: skip
                    status, answer = response.status_code, response.content
                    kind = response.headers.get("Content-Type", kind)
                handler.send_response(status)
                handler.send_header("Content-Type", kind)
                if status == 503:
                    handler.send_header("Retry-After", "1")
                if status != 204:
                    handler.send_header("Content-Length", str(len(answer)))
                handler.end_headers()
                if status != 204:
                    handler.wfile.write(answer)

            do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        port = open_port()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.address = f"http://127.0.0.1:{port}/query"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def rules(oxigraph: Store) -> Iterator[Callable[[Callable[[str, str], int]], Rules]]:
    started: list[Rules] = []

    def start(refuse: Callable[[str, str], int]) -> Rules:
        started.append(Rules(oxigraph.address, refuse))
        return started[-1]

    yield start
    for server in started:
        server.close()


GENERIC = {
    "both": lambda *_: 0,
    "updates only": lambda _, path: 404 if path == "/store" else 0,
    "graph store only": lambda _, path: 404 if path == "/update" else 0,
}


@pytest.mark.parametrize("case", GENERIC)
def test_any_store_that_keeps_to_the_standards(oxigraph: Store, rules, contents, case) -> None:
    loaded = open_store(oxigraph.address)
    put_old(loaded, graph_name("ontology").value)
    server = rules(GENERIC[case])
    done = run_push(server.address, "--graph", "ontology").data()
    assert done.endswith("triples  replaced\n")
    wrote = {path for method, path in server.asked if method in ("PUT", "POST")} - {"/query"}
    assert wrote == {"/store", "/update"} - {
        "both": set(), "updates only": {"/store"}, "graph store only": {"/update"},
    }[case] | ({"/update"} if case == "graph store only" else set())  # fmt: skip
    assert loaded.contents(graph_name("ontology").value) == contents["ontology"]
    assert loaded.count(graph_name("ontology").value + "#push") == 0
    again = run_push(server.address, "--graph", "ontology").data()
    assert again.endswith("triples  unchanged\n")


def test_a_store_that_takes_no_changes(rules) -> None:
    server = rules(lambda _, path: 0 if path == "/query" else 404)
    said = run_push(server.address, "--graph", "ontology").complaint()
    assert said.startswith(f"{server.address} takes no changes that could be found")
    assert "--store" in said


def test_a_busy_store_is_asked_again(oxigraph: Store, rules) -> None:
    put_old(open_store(oxigraph.address), graph_name("ontology").value)
    busy = iter([503, 429])
    server = rules(lambda method, _: next(busy, 0) if method == "PUT" else 0)
    assert "replaced" in run_push(server.address, "--graph", "ontology").data()
    assert [method for method, _ in server.asked].count("PUT") == 3


def test_a_store_that_loses_triples_is_found_out(oxigraph: Store, rules, kg) -> None:
    """One that says it has taken everything, and has not."""
    loaded = open_store(oxigraph.address)
    graph = graph_name("ontology").value
    put_old(loaded, graph)
    server = rules(lambda method, _: 204 if method == "PUT" else 0)
    said = run_push(server.address, "--store", "oxigraph", "--graph", "ontology").complaint()
    assert "has not kept graph:ontology as it was sent: 1 triple " in said
    said = run_push(server.address, "--graph", "ontology").complaint()
    assert "kept 0 of " in said
    assert said.endswith("; nothing was replaced")
    assert loaded.count(graph) == 1
    [done] = push(kg.dataset, loaded, ["ontology"])
    assert done.changed


# ---------------------------------------------------------------- the pages


def anywhere(text: str) -> str:
    """A text without what differs from run to run: the address, and what was there before."""
    text = re.sub(r"http://(localhost|127\.0\.0\.1):\d+", "http://HOST", text)
    text = re.sub(r"triples  (new|unchanged)", "triples", text)
    return "\n".join(sorted(text.splitlines()))  # output before complaints, or after


@pytest.mark.usefixtures("loaded")
def test_the_page_on_the_store_shows_what_is_printed(store: Store, tmp_path: Path) -> None:
    page = (PAGES / f"{store.name}.md").read_text("utf-8")
    host = "http://" + urllib.parse.urlsplit(store.query).netloc
    commands = shown_commands(page)
    assert len(commands) == 3
    for command, output in commands:
        here = re.sub(r"http://localhost:\d+", host, command)
        assert anywhere(run(here, tmp_path)) == anywhere(output)


def test_the_python_of_the_pages(oxigraph: Store, capsys: pytest.CaptureFixture[str]) -> None:
    seen: dict[str, Any] = {}
    code = shown("README", "python").replace("http://localhost:7878", oxigraph.address)
    exec(code, seen)  # noqa: S102 (our own page)
    printed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert printed == list(GRAPHS)
    assert seen["kg"].show("EAEU") == load().show("EAEU")


HEAD = """# Tested stores

Written by `KZLD_WRITE_TESTED=1 pytest tests/test_stores.py`; each run of the tests is held to it.
Questions are all cases of the named questions in `tests/answers`, compared with the embedded
store; queries are general ones, sent as they are; round trip is the data read back.

| Store | Version | Push | Count | Questions | Queries | Round trip |
|---|---|---|---|---|---|---|
"""


def test_the_page_says_what_was_found(
    loaded: GraphStore, store: Store, contents: dict[str, Contents]
) -> None:
    """The last for each store: each column was noted by the test that proves it."""
    counts = [loaded.count(graph_name(name).value) for name in GRAPHS]
    assert counts == [contents[name].triples for name in GRAPHS]
    found = FOUND.get(store.name, {})
    if not {"push", "questions", "queries", "round_trip"} <= found.keys():
        pytest.skip("only some of the tests have run")
    answered = "read from it, answered here" if loaded.product.misanswers else "answered by it"
    cells = [
        loaded.product.title, store.version, found["push"], "equal",
        f"{found['questions']} ({answered})", found["queries"], found["round_trip"],
    ]  # fmt: skip
    line = f"| {' | '.join(cells)} |\n"
    others = [
        written
        for written in (TESTED.read_text("utf-8") if TESTED.exists() else "").splitlines(True)[8:]
        if not written.startswith(f"| {cells[0]} |")
    ]
    page = HEAD + "".join(sorted([*others, line]))
    if WRITES:
        TESTED.write_text(page, "utf-8")
    [written] = [
        x for x in TESTED.read_text("utf-8").splitlines(True) if x.startswith(f"| {cells[0]} |")
    ]
    # Another version may be here; what it does may not differ.
    assert written.split(" | ")[2:] == line.split(" | ")[2:]
