"""Kinds of triple stores: the properties of each, and how to recognise it at an address."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pyoxigraph as ox

from kzld.errors import EndpointError
from kzld.rdf.namespaces import XSD
from kzld.stores.client import Client

N_TRIPLES = "application/n-triples"
DONE = (200, 201, 202, 204)
_DECIMAL = ox.NamedNode(XSD + "decimal")
_INTEGER = ox.NamedNode(XSD + "integer")
_WHOLE = re.compile(r"-?[0-9]{10,400}")  # from ten digits on, 32 bits may not be enough
_LARGEST_INT = 2**31 - 1
_ROWS = "application/sparql-results+json"


@dataclass(frozen=True)
class Product:
    """A kind of store.

    Attributes:
        title: its name, as its makers write it.
        query: the path of queries after the store's address.
        update: the path of updates.
        graphs: the path of the Graph Store Protocol.
        tails: paths of other services, which may follow the store's address.
        put_is_whole: a PUT that breaks off anywhere leaves the graph unchanged.
        bulk: a parameter of PUT for a faster load, in memory that does not grow with the
            graph. The store empties the graph first, so it is for empty graphs.
        braces: graphs are sent as TriG in braces, so that half a graph is a syntax error.
        cuts_answers: silently limits an answer to a number of rows.
        widens_integers: returns integers of more than 32 bits as decimals.
        misanswers: refuses some of our questions, or answers them with other rows.
    """

    title: str
    query: str = ""
    update: str = ""
    graphs: str = ""
    tails: tuple[str, ...] = ()
    put_is_whole: bool = False
    bulk: str = ""
    braces: bool = False
    cuts_answers: bool = False
    widens_integers: bool = False
    misanswers: bool = False


# Observed with the versions in docs/stores/tested.md, and checked by tests/test_stores.py.
# If the connection breaks, Fuseki takes the lines of N-Triples so far for the whole graph.
# Oxigraph holds a transaction in memory, about 3 KB a triple. Its bulk loader has no transaction,
# but also loads all triples or none (since 0.5).
# RDF4J 5.0 loses rows of six questions, and takes minutes for `disputed`. Virtuoso 7.2 refuses
# some questions with compiler errors, and returns too many or too few rows for others.
PRODUCTS = {
    "oxigraph": Product(
        "Oxigraph", "/query", "/update", "/store", put_is_whole=True, bulk="no_transaction"
    ),
    "fuseki": Product(
        "Apache Jena Fuseki", "/sparql", "/update", "/data", ("/query", "/get"),
        put_is_whole=True, braces=True,
    ),
    "rdf4j": Product(
        "Eclipse RDF4J", "", "/statements", "/rdf-graphs/service", ("/rdf-graphs",),
        put_is_whole=True, misanswers=True,
    ),
    "virtuoso": Product(
        "Virtuoso", "/sparql", "/sparql-auth", "/sparql-graph-crud-auth", ("/sparql-graph-crud",),
        cuts_answers=True, widens_integers=True, misanswers=True,
    ),
    "generic": Product("a SPARQL 1.1 store"),
}  # fmt: skip


@dataclass(frozen=True)
class Services:
    """The addresses of a store's services.

    Attributes:
        product: the kind of store.
        query: address for queries.
        update: address for updates; empty if none was found.
        graphs: address of the Graph Store Protocol; empty if none was found.
    """

    product: Product
    query: str
    update: str
    graphs: str


def restore_integer(triple: ox.Triple) -> ox.Triple:
    """The triple with an integer as its value, if that is a decimal made of a long integer."""
    value = triple.object
    if (
        isinstance(value, ox.Literal)
        and value.datatype == _DECIMAL
        and _WHOLE.fullmatch(value.value)
        and abs(int(value.value)) > _LARGEST_INT
    ):
        return ox.Triple(
            triple.subject, triple.predicate, ox.Literal(value.value, datatype=_INTEGER)
        )
    return triple


def find_services(client: Client, name: str | None = None) -> Services:
    """The services of the store at a client's address, which may be any of its addresses.

    Args:
        client: the client of the store.
        name: one of `PRODUCTS`; by default the store itself is asked.

    Raises:
        EndpointError: there is no store, or there are several; or no usable answer.
    """
    name = name or recognise(client)
    product = PRODUCTS[name]
    if name == "generic":
        return _probe(client, product)
    base = _without_tail(client.address, product)
    if name == "fuseki" and not urlsplit(base).path:
        base = f"{base}/{_only_name(client, _fuseki_datasets(client, base), 'data set', base)}"
    if name == "rdf4j":
        base, _, repository = base.partition("/repositories")
        repository = repository.strip("/").partition("/")[0]
        base += "/repositories"
        repository = repository or _only_name(client, _rdf4j_ids(client, base), "repository", base)
        base = f"{base}/{repository}"
    return Services(product, base + product.query, base + product.update, base + product.graphs)


def recognise(client: Client) -> str:
    """The kind of store, one of `PRODUCTS`, by the headers and addresses typical of it.

    Raises:
        EndpointError: the store cannot be reached.
    """
    address = _without_query(client.address)
    with client.send(
        "GET", address, params={"query": "ASK {}"}, headers={"Accept": _ROWS}
    ) as reply:
        server = reply.headers.get("Server", "")
        fuseki = "Fuseki-Request-Id" in reply.headers
    for name in ("oxigraph", "virtuoso"):
        if server.lower().startswith(name):
            return name
    if fuseki or _get_text(client, f"{address}/$/ping").startswith("2"):  # a time stamp
        return "fuseki"
    if "/repositories/" in address or _get_text(client, f"{address}/protocol").isdigit():
        return "rdf4j"
    return "generic"


def _without_query(address: str) -> str:
    """The address without query, fragment and last slash."""
    return address.partition("#")[0].partition("?")[0].rstrip("/")


def _without_tail(address: str, product: Product) -> str:
    """The address of the store, without the path of a service."""
    address = _without_query(address)
    tails = (product.query, product.update, product.graphs, *product.tails)
    for tail in sorted(tails, key=len, reverse=True):
        if tail and address.endswith(tail):
            return address.removesuffix(tail)
    return address


def _get_text(client: Client, address: str, accept: str = "*/*") -> str:
    """The text at an address; empty if there is none."""
    try:
        with client.send("GET", address, headers={"Accept": accept}) as reply:
            return client.expect(reply, 200).body().decode(errors="replace").strip()
    except EndpointError:
        return ""


def _fuseki_datasets(client: Client, base: str) -> list[str]:
    found = _json(client, f"{base}/$/datasets", "application/json")
    return [str(item["ds.name"]).strip("/") for item in found.get("datasets", ())]


def _rdf4j_ids(client: Client, base: str) -> list[str]:
    found = _json(client, base, _ROWS)
    return [row["id"]["value"] for row in found.get("results", {}).get("bindings", ())]


def _json(client: Client, address: str, accept: str) -> Any:
    try:
        return json.loads(_get_text(client, address, accept) or "{}")
    except ValueError:
        return {}


def _only_name(client: Client, names: Sequence[str], what: str, base: str) -> str:
    """The name, if there is just one; otherwise an error that says what to add."""
    if len(names) == 1:
        return names[0]
    if not names:
        raise client.error(f"does not say which {what} is meant: add it, as in {base}/NAME")
    raise client.error(
        f"has more than one {what}; choose: {', '.join(f'{base}/{name}' for name in names)}"
    )


def _probe(client: Client, product: Product) -> Services:
    """The services of a store of an unknown kind: those that answer at the usual addresses."""
    query = client.address.partition("#")[0]
    with client.send("GET", query, params={"query": "ASK {}"}, headers={"Accept": _ROWS}) as reply:
        client.expect(reply, 200)
    parent = _without_query(query).rpartition("/")[0]
    update = _first_match(client, (query, f"{parent}/update"), _takes_updates)
    graphs = _first_match(client, (query, f"{parent}/data", f"{parent}/store"), _has_graphs)
    if not update and not graphs:
        raise client.error(
            "takes no changes that could be found: neither SPARQL Update nor the Graph Store "
            "Protocol; if it does, say with --store what it is"
        )
    return Services(product, query, update, graphs)


def _first_match(
    client: Client, addresses: Iterable[str], answers: Callable[[Client, str], bool]
) -> str:
    """The first address that passes a test; empty if none does."""
    return next((address for address in addresses if answers(client, address)), "")


def _takes_updates(client: Client, address: str) -> bool:
    headers = {"Content-Type": "application/sparql-update"}
    with client.send("POST", address, body=b"INSERT DATA {}", headers=headers) as reply:
        return reply.status in DONE


def _has_graphs(client: Client, address: str) -> bool:
    headers = {"Accept": N_TRIPLES}
    with client.send("GET", address, params={"default": ""}, headers=headers) as reply:
        return reply.status in DONE and reply.kind == N_TRIPLES
