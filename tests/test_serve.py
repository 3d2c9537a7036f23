"""`kzld serve`: SPARQL 1.1 Protocol, pages, limits that hold, and an end in good order."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from conftest import Kzld, Shell, Trap
from serving import (
    ENDLESS,
    LIGHT,
    Answer,
    Asked,
    Server,
    at_rest,
    below,
    serving,
    target,
    wait_until,
)
from test_readme import ROOT, shown_commands

from kzld.dataset.package import context
from kzld.knowledge_graph import KnowledgeGraph
from kzld.rdf.namespaces import BASE, PREFIXES
from kzld.serving.answers import _no_open_files

GRAPH = PREFIXES["graph"]
HOSTILE = """
@prefix body: <https://w3id.org/kzld/id/body/> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix schema: <https://schema.org/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
body:hostile a org:Organization ;
    skos:prefLabel "<script>alert(1)</script> & \\"quoted\\""@en ;
    schema:url "javascript:alert(1)"^^xsd:anyURI .
<https://w3id.org/kzld/id/body/a"onclick='x'b> a org:Organization ;
    skos:prefLabel "Bad"@en .
body:spelt schema:value 05 , "300"^^xsd:byte .
""".replace("<https://w3id.org/kzld/id/body/a\"onclick='x'b>", "body:a%22b")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server as it comes, with a thing whose texts are an attack."""
    hostile = tmp_path_factory.mktemp("data") / "hostile.ttl"
    hostile.write_text(HOSTILE)
    with serving("--data", hostile) as running:
        yield running


@pytest.fixture(scope="module")
def strict() -> Iterator[Server]:
    """A server with narrow limits."""
    limits = {"timeout": 2, "max-answer": 0.1, "max-query": 0.01, "queue": 3}
    options = [word for name, value in limits.items() for word in (f"--{name}", str(value))]
    with serving(*options, "--heavy", "1") as running:
        yield running


# ---------------------------------------------------------------- the W3C tests of the protocol


@dataclass(frozen=True)
class Operation:
    """A query operation as the W3C tests have them: how it is sent, and what is expected.

    The three graphs of the tests are here three of ours, each with a triple of its own.
    """

    name: str
    expected: Callable[[Answer], bool]
    method: str = "POST"
    url: tuple[tuple[str, str], ...] = ()
    kind: str | None = None
    body: bytes | None = None


def says(value: bool) -> Callable[[Answer], bool]:
    return lambda answer: answer.status == 200 and json.loads(answer.body)["boolean"] is value


def is_of(*kinds: str) -> Callable[[Answer], bool]:
    return lambda answer: answer.status == 200 and answer.kind in kinds


def is_refused(answer: Answer) -> bool:
    return 400 <= answer.status < 500


DIRECT, FORM = "application/sparql-query", "application/x-www-form-urlencoded"
TABLES = (
    "application/sparql-results+json",
    "application/sparql-results+xml",
    "text/csv",
    "text/tab-separated-values",
)
GRAPHS = ("text/turtle", "application/n-triples", "application/rdf+xml", "application/ld+json")
IN_DATA = "membership:KAZ-EAEU a kz:Membership"
IN_ONTOLOGY = "kz:Membership a owl:Class"
IN_CATALOG = "<https://w3id.org/kzld/catalog> a dcat:Catalog"
BOTH = f"ASK {{ {IN_DATA} . {IN_ONTOLOGY} }}".encode()
NAMED = f"ASK {{ GRAPH ?a {{ {IN_DATA} }} GRAPH ?b {{ {IN_ONTOLOGY} }} }}"
DEFAULTS = (
    ("default-graph-uri", GRAPH + "data"),
    ("default-graph-uri", GRAPH + "ontology"),
)
NAMEDS = (("named-graph-uri", GRAPH + "data"), ("named-graph-uri", GRAPH + "ontology"))
FULL = f"ASK {{ {IN_CATALOG} {NAMED.removeprefix('ASK {')}".encode()
NOWHERE = (("default-graph-uri", "http://example.org/nothing"),)
W3C = [
    Operation("POST of a form", says(True), url=NOWHERE, kind=FORM, body=b"query=ASK%20%7B%7D"),
    Operation(
        "default graphs by GET",
        says(True),
        "GET",
        (("query", BOTH.decode()), *DEFAULTS),
    ),
    Operation("default graphs by POST", says(True), url=DEFAULTS, kind=DIRECT, body=BOTH),
    Operation("named graphs by POST", says(True), url=NAMEDS, kind=DIRECT, body=NAMED.encode()),
    Operation("named graphs by GET", says(True), "GET", (("query", NAMED), *NAMEDS)),
    Operation(
        "default and named graphs",
        says(True),
        url=(("default-graph-uri", GRAPH + "catalog"), *NAMEDS),
        kind=DIRECT,
        body=FULL,
    ),
    Operation(
        "the request's graphs win over the query's",
        says(True),
        url=NAMEDS,
        kind=DIRECT,
        body=NAMED.replace("ASK", "ASK FROM graph:catalog").encode(),
    ),
    Operation("GET", says(True), "GET", (("query", "ASK {}"), *NOWHERE)),
    Operation(
        "format of SELECT",
        is_of(*TABLES),
        url=NOWHERE,
        kind=DIRECT,
        body=b"SELECT (1 AS ?value) {}",
    ),
    Operation("format of ASK", is_of(*TABLES[:2]), url=NOWHERE, kind=DIRECT, body=b"ASK {}"),
    Operation(
        "format of DESCRIBE",
        is_of(*GRAPHS),
        url=NOWHERE,
        kind=DIRECT,
        body=b"DESCRIBE <http://example.org/>",
    ),
    Operation(
        "format of CONSTRUCT, relative IRIs",
        is_of(*GRAPHS),
        url=NOWHERE,
        kind=DIRECT,
        body=b"CONSTRUCT { <s> <p> 1 } WHERE {}",
    ),
    Operation("POST of a query", says(True), kind=DIRECT, body=b"ASK {}"),
    Operation("PUT", is_refused, "PUT", (("query", "ASK {}"), *NOWHERE), FORM),
    Operation("two queries", is_refused, "GET", (("query", "ASK {}"), ("query", "SELECT * {}"))),
    Operation("another media type", is_refused, kind="text/plain", body=b"ASK {}"),
    Operation("a form that is not called one", is_refused, body=b"query=ASK%20%7B%7D"),
    Operation("a query that is not called one", is_refused, body=b"ASK {}"),
    Operation(
        "UTF-16", is_refused, kind=f"{DIRECT}; charset=UTF-16", body="ASK {}".encode("utf-16")
    ),
    Operation("UTF-16, not said", is_refused, kind=DIRECT, body="ASK {}".encode("utf-16")),
    Operation("no SPARQL", is_refused, "GET", (("query", "ASK {"),)),
    # The updates of the tests are all refused, the good ones and the bad.
    Operation("update by GET", is_refused, "GET", (("update", "CLEAR ALL"),)),
    Operation("update in a form", is_refused, kind=FORM, body=b"update=CLEAR+ALL"),
    Operation("update", is_refused, kind="application/sparql-update", body=b"CLEAR ALL"),
    Operation("two updates", is_refused, kind=FORM, body=b"update=CLEAR+ALL&update=CLEAR+NAMED"),
    Operation("update as a query", is_refused, kind=DIRECT, body=b"CLEAR ALL"),
    Operation(
        "update with graphs",
        is_refused,
        url=(("using-graph-uri", GRAPH + "data"),),
        kind="application/sparql-update",
        body=b"DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
    ),
]


@pytest.mark.parametrize("operation", W3C, ids=lambda operation: operation.name)
def test_protocol(server: Server, operation: Operation) -> None:
    headers = {"content_type": operation.kind} if operation.kind else {}
    where = target(*operation.url) if operation.url else "/sparql"
    answer = server.send(operation.method, where, operation.body, **headers)
    assert operation.expected(answer), answer
    if answer.status >= 400:
        assert re.fullmatch(r"[^\n]+\n(  \| .*\n){0,2}", answer.text)


def test_the_graphs_of_a_request_are_all_that_there_is(server: Server) -> None:
    """The cases above hold because of the graphs that they name."""
    for graphs, query in ((DEFAULTS[:1], BOTH.decode()), (NAMEDS[:1], NAMED), (NAMEDS, LIGHT)):
        assert says(False)(server.get(target(("query", query), *graphs)))


# ---------------------------------------------------------------- formats


QUERY = "SELECT ?name ?from { ?f org:member country:KAZ ; kz:from ?from ; rdfs:label ?name }"


def rows(result: Any) -> list[list[str]]:
    return sorted([str(row[name]) for name in result.variables] for row in result)


@pytest.mark.parametrize("kind", TABLES)
def test_rows_are_those_of_the_library(server: Server, kg: KnowledgeGraph, kind: str) -> None:
    answer = server.query(QUERY, accept=kind)
    assert (answer.status, answer.kind) == (200, kind)
    expected = kg.dataset.store.query(
        QUERY, prefixes=PREFIXES, default_graph=kg.dataset.default_graphs
    )
    if kind == "text/csv":
        found = sorted(list(csv.reader(io.StringIO(answer.text)))[1:])
        assert found == sorted([row["name"].value, row["from"].value] for row in expected)
    else:
        form = {
            TABLES[0]: ox.QueryResultsFormat.JSON,
            TABLES[1]: ox.QueryResultsFormat.XML,
            TABLES[3]: ox.QueryResultsFormat.TSV,
        }[kind]
        found = rows(ox.parse_query_results(answer.body, format=form))
        assert found == rows(expected)
    assert len(found) > 50


@pytest.mark.parametrize("kind", GRAPHS)
def test_graphs_are_those_of_the_library(server: Server, kg: KnowledgeGraph, kind: str) -> None:
    query = "CONSTRUCT WHERE { ?fact org:member country:KAZ ; ?p ?o }"
    answer = server.query(query, accept=kind)
    assert (answer.status, answer.kind) == (200, kind)
    form = ox.RdfFormat.from_media_type(kind)
    assert form is not None
    assert {quad.triple for quad in ox.parse(answer.body, format=form)} == set(kg.query(query))


def test_literals_are_as_the_file_writes_them(server: Server) -> None:
    for query, form in (
        ("SELECT ?v { body:spelt schema:value ?v } ORDER BY ?v", "text/tab-separated-values"),
        ("CONSTRUCT { body:a schema:name ?v } { body:spelt schema:value ?v }", "text/turtle"),
        ("DESCRIBE body:spelt", "text/turtle"),
    ):
        text = server.query(query, accept=form).text
        assert re.search(r"\b05\b", text), text
        assert re.search(r'"300"\^\^(xsd:|<http://www.w3.org/2001/XMLSchema#)byte', text), text


def test_json_ld_is_compacted(server: Server) -> None:
    answer = server.query("DESCRIBE membership:KAZ-EAEU", accept="application/ld+json")
    [node] = json.loads(answer.body)["graph"]
    assert node["member"] == "country/KAZ"


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", TABLES[0]),
        ("", TABLES[0]),
        ("text/csv;q=0.5, application/sparql-results+xml", TABLES[1]),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("application/json", "application/json"),
        ("text/csv;q=0.1, image/png", "text/csv"),
    ],
)
def test_the_format_is_what_the_client_likes_best(server: Server, accept: str, kind: str) -> None:
    answer = server.query(QUERY, accept=accept)
    assert (answer.status, answer.kind) == (200, kind)
    assert "Accept" in answer.headers["vary"]


@pytest.mark.parametrize("accept", ["image/png", "text/turtle", "nonsense", "a/b/c;;q=x,,", "\xff"])
def test_a_format_that_there_is_not(server: Server, accept: str) -> None:
    answer = server.query(QUERY, accept=accept)
    assert answer.status == 406
    assert "there are text/html, application/sparql-results+json" in answer.text
    assert answer.text.count("\n") == 1


def test_the_format_as_a_parameter(server: Server) -> None:
    assert server.get(target(("query", QUERY), ("format", "csv"))).kind == "text/csv"
    refused = server.get(target(("query", QUERY), ("format", "pdf")))
    assert (refused.status, refused.text[:22]) == (400, "there is no format 'pd")


def test_truth_as_text(server: Server) -> None:
    assert server.query(LIGHT, accept="text/csv").text == "true"


def test_a_bad_query_is_pointed_at(server: Server) -> None:
    answer = server.query("SELECT * {\n ?s ?p }")
    assert (answer.status, answer.kind) == (400, "text/plain")
    assert answer.text == "query:2:8: unexpected '}'\n  |  ?s ?p }\n  |        ^\n"


def test_the_shapes_are_seen_where_they_are_named(server: Server) -> None:
    assert says(False)(server.query("ASK { ?shape a sh:NodeShape }"))
    assert says(True)(server.query("ASK { GRAPH graph:shapes { ?shape a sh:NodeShape } }"))


# ---------------------------------------------------------------- HTTP


def test_head_has_the_head_of_get(server: Server) -> None:
    for path in (target(("query", LIGHT)), "/", "/id/country/KAZ"):
        head, get = server.send("HEAD", path), server.get(path)
        assert (head.status, head.body) == (200, b"")
        assert head.headers["content-length"] == str(len(get.body))


def test_a_method_that_is_not_answered(server: Server) -> None:
    for path, allowed in (("/sparql", "GET, HEAD, OPTIONS, POST"), ("/id/a/b", "GET, HEAD, OPTI")):
        answer = server.send("DELETE", path)
        assert answer.status == 405
        assert answer.headers["allow"].startswith(allowed)
        assert answer.text.startswith("DELETE is not answered here; use GET")


def test_scripts_of_other_sites_may_ask(server: Server) -> None:
    asked = {"origin": "https://example.org", "access_control_request_method": "POST"}
    asked["access_control_request_headers"] = "content-type"
    answer = server.send("OPTIONS", "/sparql", **asked)
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "content-type" in answer.headers["access-control-allow-headers"]
    assert server.query(LIGHT, origin="https://a").headers["access-control-allow-origin"] == "*"
    assert "GET" in server.send("OPTIONS", "/sparql").headers["allow"]


def test_service_description(server: Server) -> None:
    sd = "http://www.w3.org/ns/sparql-service-description#"
    answers = {kind: server.get("/sparql", accept=kind) for kind in GRAPHS}
    for kind, answer in answers.items():
        form = ox.RdfFormat.from_media_type(kind)
        assert form is not None
        triples = {quad.triple for quad in ox.parse(answer.body, format=form)}
        said = {(t.predicate.value, t.object.value) for t in triples}
        assert (sd + "endpoint", f"{server.url}/sparql") in said
        assert (sd + "supportedLanguage", sd + "SPARQL11Query") in said
        names = {value for predicate, value in said if predicate == sd + "name"}
        assert names == {
            GRAPH + name for name in ("data", "ontology", "shapes", "derived", "catalog")
        }
    assert server.get("/sparql", accept="text/html").kind == "text/html"


def test_kzld_asks_it(kzld: Kzld, server: Server) -> None:
    query = "SELECT ?body { country:KAZ org:memberOf ?body } ORDER BY ?body"
    here = kzld("query", query).data()
    assert kzld("query", query, "--endpoint", f"{server.url}/sparql").data() == here
    graph = "DESCRIBE membership:KAZ-EAEU"
    there = kzld("query", graph, "--endpoint", f"{server.url}/sparql").data()
    assert there == kzld("query", graph).data()


# ---------------------------------------------------------------- what IRIs lead to


@pytest.mark.parametrize("path", ["id/membership/KAZ-EAEU", "concept/role/member", "ontology"])
@pytest.mark.parametrize(
    ("kind", "suffix"), list(zip(GRAPHS, (".ttl", ".nt", ".rdf", ".jsonld"), strict=True))
)
def test_an_iri_leads_to_what_is_known(server: Server, path: str, kind: str, suffix: str) -> None:
    answer = server.get(f"/{path}", accept=kind)
    assert (answer.status, answer.kind) == (200, kind)
    form = ox.RdfFormat.from_media_type(kind)
    assert form is not None
    assert any(q.subject == ox.NamedNode(BASE + path) for q in ox.parse(answer.body, format=form))
    assert server.get(f"/{path}{suffix}").body == answer.body


def test_a_thing_comes_with_what_names_it(server: Server) -> None:
    text = server.get("/id/body/EAEU").text
    assert "membership:KAZ-EAEU" in text
    assert "body:EAEU a org:Organization" in text


def test_terms_rules_and_graphs(server: Server) -> None:
    assert "kz:Membership a owl:Class" in server.get("/ontology").text
    assert "kzs:membership-role" in server.get("/shapes.ttl").text
    assert "dcat:Catalog" in server.get("/graph/catalog").text
    assert server.get("/context.jsonld").text == context()
    page = server.get("/ontology.html").text
    assert '<h2 id="Membership">membership</h2>' in page
    assert '<h2 id="membership-role">' in server.get("/shapes", accept="text/html").text


def test_card(server: Server) -> None:
    page = server.get("/id/body/EAEU", accept="text/html,*/*;q=0.1").text
    assert "<h1>Eurasian Economic Union</h1>" in page
    assert '<a href="/id/membership/KAZ-EAEU">' in page
    assert '<a href="#source-1">[1]</a>' in page
    assert '<li id="source-1"><a href="/id/' in page
    assert "<script" not in page
    fact = server.get("/id/membership/KAZ-EAEU.html").text
    assert '<a href="/id/country/KAZ">Kazakhstan</a>' in fact


def test_a_page_lists_names_with_their_periods_and_is_headed_by_that_of_its_day(
    server: Server,
) -> None:
    page = server.get("/id/body/OTS.html?at=2015-01-01").text
    assert "<h1>Turkic Council</h1>" in page
    assert "Turkic Council (2009-10-03 – 2021-11-12) · Organization of Turkic States" in page
    assert "<h1>Organization of Turkic States</h1>" in server.get("/id/body/OTS.html").text


def test_card_of_a_day_in_a_language(server: Server) -> None:
    page = server.get("/id/body/EAEU.html?at=2014-06-20&lang=fr").text
    assert '<html lang="fr">' in page
    assert "<h1>Union économique eurasiatique</h1>" in page
    assert "KGZ-EAEU" not in page
    assert 'href="/id/body-kind/' not in page
    later = server.get("/id/body/EAEU.html?at=2022-06-20&lang=fr").text
    assert '<a href="/id/membership/KGZ-EAEU?lang=fr&amp;at=2022-06-20">' in later


def test_pages_speak_the_language(server: Server) -> None:
    assert "<h2>Faits</h2>" in server.get("/id/body/EAEU.html?lang=fr").text
    assert "<h2>Факты</h2>" in server.get("/id/body/EAEU.html?lang=ru").text
    assert "Rien ne porte un nom semblable." in server.get("/?find=qqqqqq&lang=fr").text
    assert "<h1>Règles</h1>" in server.get("/shapes.html?lang=fr").text
    home = server.get("/?lang=ru").text
    assert 'href="/id/country/KAZ?lang=ru">Казахстан</a>' in home
    assert '<a href="/?lang=fr" hreflang="fr">fr</a>' in home
    assert "hreflang" not in server.get("/?find=eaeu&lang=ru").text


def test_pages_without_texts_in_a_language_say_so(server: Server) -> None:
    page = server.get("/id/body/EAEU.html?lang=kk").text
    assert ('<html lang="en">' in page, '<main lang="kk">' in page) == (True, True)


def test_card_of_an_impossible_day_or_language(server: Server) -> None:
    for asked in ("at=2022-02-30", "lang=xx", "at=%00"):
        answer = server.get(f"/id/body/EAEU.html?{asked}")
        assert (answer.status, answer.text.count("\n")) == (400, 1), answer


def test_the_earlier_facts_are_a_click_away(server: Server) -> None:
    page = server.get("/id/country/KAZ.html").text
    [more] = re.findall(r'<a href="(\S+)">All facts \(\d+\)</a>', page)
    assert server.get(more, accept="text/html").text.count("<tr>") > page.count("<tr>") + 100


@pytest.mark.whole
def test_links_of_pages_lead_somewhere(server: Server) -> None:
    """Every link of a few pages to this server is answered; a sample of each kind."""
    found: dict[str, str] = {}
    for path in ("/", "/id/membership/KAZ-EAEU", "/id/country/KAZ", "/ontology", "/?find=tokaev"):
        page = server.get(path, accept="text/html").text
        for link in re.findall(r'(?:href|action)="(/[^"]*)"', page):
            found.setdefault("/".join(link.split("/")[:3]).partition("?")[0], link)
    assert len(found) > 8
    for link in found.values():
        answer = server.get(link.replace("&amp;", "&"), accept="text/html")
        assert answer.status == 200, link


@pytest.mark.whole
def test_nothing_of_that_name(server: Server) -> None:
    answer = server.get("/id/country/KZA")
    assert (answer.status, answer.kind) == (404, "text/plain")
    assert "did you mean " in answer.text
    page = server.get("/id/country/KZA", accept="text/html")
    assert (page.status, page.kind) == (404, "text/html")
    assert '<a href="/id/country/KAZ">Kazakhstan</a>' in page.text
    for path in ("/nothing", "/favicon.ico", "/id", "/id/%00", "/id/a/b%3Cc%3E", "/..%2f..%2fetc"):
        assert server.get(path).status == 404, path


def test_first_page(server: Server) -> None:
    page = server.get("/").text
    assert "facts from" in page
    assert f"kzld query --endpoint {server.url}/sparql" in page
    assert "Тоқаев" in server.get("/?find=Tokaev").text or "Tokayev" in page
    assert "Nothing is called anything like it" in server.get("/?find=qqqqqq").text


def test_answer_as_a_page(server: Server) -> None:
    page = server.get(target(("query", QUERY + " LIMIT 3"), ("format", "html"))).text
    assert "3 rows." in page
    graph = server.get(target(("query", "DESCRIBE body:EAEU"), ("format", "html"))).text
    assert "<pre>@prefix body:" in graph
    everything = target(("query", "SELECT * { ?s ?p ?o }"), ("format", "html"))
    assert "The first 1000 rows." in server.get(everything).text


def test_what_is_not_ours_is_escaped(server: Server) -> None:
    pages = [
        "/id/body/hostile",
        "/id/body/a%2522b",
        "/id/body/EAEU?at=%22%3E%3Cscript%3E",
        "/?find=%3Cscript%3Ealert(1)%3C/script%3E",
        "/id/country/%3Cscript%3E",
        target(("query", 'SELECT ("<script>" AS ?a) (<javascript:alert(1)> AS ?b) {}')),
        target(("query", 'CONSTRUCT { <a:a> <a:b> "</pre><script>" } {}')),
    ]
    for path in pages:
        answer = server.get(path, accept="text/html")
        assert answer.headers["x-content-type-options"] == "nosniff"
        if answer.kind == "text/html":
            assert "<script" not in answer.text, path
            assert 'href="javascript:' not in answer.text, path
            assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp;" in server.get(pages[0] + ".html").text


# ---------------------------------------------------------------- limits


@pytest.mark.servers
def test_a_query_is_stopped_in_time(strict: Server) -> None:
    start = time.monotonic()
    answer = strict.query(ENDLESS)
    assert (answer.status, answer.text) == (
        504,
        "no answer within 2 seconds; the query was stopped\n",
    )
    assert time.monotonic() - start < 10
    wait_until(lambda: at_rest(strict))
    used = sum(process.seconds for process in below(strict.process.pid))
    time.sleep(0.5)
    later = sum(process.seconds for process in below(strict.process.pid))
    assert later - used < 0.2


@pytest.mark.servers
def test_a_client_that_goes_away_takes_its_query_along(server: Server) -> None:
    with pytest.raises(TimeoutError):
        server.query(ENDLESS, timeout=1)
    wait_until(lambda: at_rest(server))


@pytest.mark.servers
def test_light_queries_are_answered_in_a_storm_of_heavy_ones(server: Server) -> None:
    asked = f"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Type: {DIRECT}\r\n"
    asked += f"Content-Length: {len(ENDLESS)}\r\n\r\n{ENDLESS}"
    with ExitStack() as storm:
        for _ in range(8):
            heavy = storm.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            heavy.sendall(asked.encode())
        start = time.monotonic()
        for _ in range(20):
            assert says(True)(server.query(LIGHT))
        assert "Eurasian" in server.get("/id/body/EAEU", accept="text/html").text
        assert time.monotonic() - start < 20
        wait_until(lambda: any(process.state == "T" for process in below(server.process.pid)))
    wait_until(lambda: at_rest(server))


@pytest.mark.servers
def test_too_many_heavy_queries_are_turned_away(strict: Server) -> None:
    storm = [Asked(strict, ENDLESS) for _ in range(10)]
    answers = [asked.result() for asked in storm]
    assert {answer.status for answer in answers} == {503, 504}
    turned_away = next(answer for answer in answers if answer.status == 503)
    assert turned_away.headers["retry-after"].isdigit()
    assert turned_away.text == "too many queries are running; try again in a moment\n"
    wait_until(lambda: at_rest(strict))


@pytest.mark.servers
def test_too_much_memory(server: Server) -> None:
    answer = server.query("SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?f")
    assert answer.status == 500
    assert answer.text.startswith("stopped: this took more than 500 MB of memory")
    assert says(True)(server.query(LIGHT))


@pytest.mark.servers
def test_too_large_an_answer(strict: Server) -> None:
    for query in ("SELECT * { ?s ?p ?o }", "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }"):
        answer = strict.query(query)
        assert (answer.status, answer.text) == (
            400,
            "the answer is larger than 0.1 MB; ask for less, as with LIMIT\n",
        )


@pytest.mark.servers
def test_too_long_a_query(strict: Server) -> None:
    answer = strict.query("ASK {}" + " " * 10_000)
    assert (answer.status, answer.text) == (413, "a query may have 10000 bytes\n")
    assert strict.get(target(("query", "ASK {}" + " " * 90_000))).status == 400


def talk(server: Server, data: bytes, *, end: bool = False) -> bytes:
    """What comes back to bytes that need not be HTTP."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(data)
        if end:
            return b""
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
        return answer


HALF = (
    f"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Type: {DIRECT}\r\nContent-Length: 99\r\n\r\nASK"
)


@pytest.mark.servers
def test_half_a_query(strict: Server) -> None:
    talk(strict, HALF.encode(), end=True)
    answer = talk(strict, HALF.encode())
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert answer.endswith(b"the query did not arrive within 2 seconds\n")
    assert says(True)(strict.query(LIGHT))


@pytest.mark.servers
def test_a_query_without_an_end(strict: Server) -> None:
    head = HALF.replace("Content-Length: 99", "Transfer-Encoding: chunked").encode()
    answer = talk(strict, head.removesuffix(b"ASK") + b"ffff\r\n" + b" " * 0xFFFF)
    assert answer.startswith(b"HTTP/1.1 413 ")


@pytest.mark.servers
@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: <script>\r\nConnection: close\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
        b"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
        b"GET /sparql?query=%FF HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        b"GET /sparql?" + b"a=1&" * 2000 + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    ],
    ids=["no HTTP", "host", "bytes", "long header", "length", "not UTF-8", "parameters"],
)
def test_requests_that_are_none(server: Server, data: bytes) -> None:
    assert talk(server, data).startswith(b"HTTP/1.1 400 ")
    assert says(True)(server.query(LIGHT))


@pytest.mark.servers
@pytest.mark.parametrize("nest", ["{", "(", "?s ?p [ "])
def test_deep_nesting(server: Server, nest: str) -> None:
    close = {"{": "}", "(": ")", "?s ?p [ ": "]"}[nest]
    answer = server.query(f"ASK {{ {nest * 50_000}{close * 50_000} }}")
    assert 400 <= answer.status <= 504
    assert answer.text.count("\n") <= 3
    assert says(True)(server.query(LIGHT))


# ---------------------------------------------------------------- nothing goes out


def test_no_query_reaches_another_server(server: Server, trap: Trap) -> None:
    service = f"SERVICE <{trap.url}> {{ ?s ?p ?o }}"
    silent = service.replace("SERVICE", "service SILENT")
    bound = service.replace(f"<{trap.url}>", "?x")
    for query in (
        f"ASK {{ {service} }}",
        f"ASK {{ {{ SELECT * {{ OPTIONAL {{ {silent} }} }} }} }}",
        f"CONSTRUCT {{ ?s ?p ?o }} {{ BIND(<{trap.url}> AS ?x) {bound} }}",
    ):
        answer = server.query(query)
        said = "SERVICE is refused: this endpoint asks no other server\n"
        assert (answer.status, answer.text) == (400, said)
    assert server.query(f"ASK {{ \\u0053ERVICE <{trap.url}> {{ ?s ?p ?o }} }}").status == 400
    assert says(False)(server.query(f"ASK FROM <{trap.url}> {{ ?s ?p ?o }}"))
    assert says(False)(server.query(f"ASK FROM NAMED <{trap.url}> {{ GRAPH ?g {{ ?s ?p ?o }} }}"))
    graph = ("default-graph-uri", trap.url)
    assert says(False)(server.get(target(("query", "ASK { ?s ?p ?o }"), graph)))
    assert server.query(f"LOAD <{trap.url}>").status == 400
    assert trap.hits == 0


def test_a_query_could_not_even_open_a_connection() -> None:
    with _no_open_files(), pytest.raises(OSError, match="Too many open files"):
        socket.socket()
    socket.socket().close()


# ---------------------------------------------------------------- start and end

SOME_TIME = "SELECT (COUNT(*) AS ?n) { ?a a kz:Membership . ?b a kz:Fact }"


@pytest.mark.servers
def test_an_end_in_good_order() -> None:
    """A query gets some seconds to end; one that takes longer is stopped; no process is left."""
    with serving("--heavy", "2") as running:
        endless, some_time = Asked(running, ENDLESS), Asked(running, SOME_TIME)
        wait_until(lambda: sum(process.state == "R" for process in below(running.process.pid)) > 1)
        known = below(running.process.pid)
        assert running.stop() == ""
        assert some_time.result().status == 200
        assert endless.result().text == "the server is about to end; try again in a moment\n"
        wait_until(lambda: not any(alive(process.pid) for process in known))


@pytest.mark.servers
def test_ctrl_c_ends_it() -> None:
    with serving() as running:
        assert running.stop(signal.SIGINT) == ""


@pytest.mark.servers
def test_no_process_outlives_a_server_that_was_killed() -> None:
    with serving() as running:
        asked = Asked(running, ENDLESS)
        wait_until(lambda: len(below(running.process.pid)) > 1)
        wait_until(lambda: any(process.state == "R" for process in below(running.process.pid)))
        known = below(running.process.pid)
        running.process.kill()
        wait_until(lambda: not any(alive(process.pid) for process in known))
        asked.join(10)


@pytest.mark.servers
def test_without_the_process_that_starts_workers_it_ends() -> None:
    with serving() as running:
        [forking] = [p for p in below(running.process.pid) if parent(p.pid) == running.process.pid]
        os.kill(forking.pid, signal.SIGKILL)
        _, said = running.process.communicate(timeout=30)
        assert running.process.returncode == 2
        assert said == (
            "Error: the process that starts the workers was ended; start the server again\n"
        )


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(") ")[2].split()[1])


def alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text("utf-8").rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


@pytest.mark.servers
def test_a_port_in_use(kzld: Kzld, server: Server) -> None:
    said = kzld("serve", "--port", str(server.port)).complaint()
    assert said == (
        f"cannot listen at 127.0.0.1 port {server.port}: address already in use; try --port"
    )


@pytest.mark.process
def test_without_the_extra(process: Kzld, tmp_path: Path) -> None:
    (tmp_path / "starlette.py").write_text("raise ModuleNotFoundError(name='starlette')")
    path = f"{tmp_path}{os.pathsep}{os.environ['PYTHONPATH']}"
    said = process("serve", env={"PYTHONPATH": path}).complaint()
    assert said == 'starlette is not installed; pip install "kzld[serve]"'


@pytest.mark.servers
def test_a_log_where_it_is_wanted() -> None:
    with serving("--log") as running:
        running.query(LIGHT)
        said = running.stop()
    assert re.fullmatch(r'\S+ \S+ 127\.0\.0\.1:\d+ - "POST /sparql HTTP/1\.1" 200\n', said), said


# ---------------------------------------------------------------- what is written about it


@pytest.mark.servers
def test_the_page_on_serving_shows_what_is_printed(server: Server, shell: Shell) -> None:
    shown = shown_commands((ROOT / "docs" / "serving.md").read_text("utf-8"))
    assert len(shown) > 3
    for command, output in shown:
        line = command.replace("http://127.0.0.1:8000", server.url)
        if line.startswith("curl") and not shutil.which("curl"):
            continue
        printed = shell(line).data().rstrip().replace("\r\n", "\n")
        assert printed.replace(server.url, "http://127.0.0.1:8000") == output
