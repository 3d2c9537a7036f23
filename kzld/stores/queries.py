"""Queries to other people's triple stores over the SPARQL 1.1 Protocol."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import pyoxigraph as ox

from kzld.query.sparql import gives_triples, with_prefixes
from kzld.rdf.namespaces import XSD
from kzld.stores.client import Client

_ROWS = "application/sparql-results+json"
_TRIPLES = "application/n-triples, text/turtle;q=0.8"
_GRAPHS = {
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "text/plain": ox.RdfFormat.N_TRIPLES,  # its older name
    "text/turtle": ox.RdfFormat.TURTLE,
}
_OLD_LITERAL = b'"typed-literal"'
_TRUTH = b"__ASK_RETVAL"
_LONG_INTEGER = re.compile(r"-?[0-9]{10,}")  # of more than 32 bits
_MOST_ROWS = "X-SPARQL-MaxRows"  # Virtuoso's, if it limits the rows


def query_endpoint(
    client: Client, query: str, *, default: Sequence[str] = (), named: Sequence[str] = ()
) -> Any:
    """The raw result of a query to a SPARQL endpoint.

    Args:
        client: the client of the endpoint.
        query: SPARQL 1.1; the project's prefixes need no declaration.
        default: IRIs of the graphs that a pattern outside GRAPH sees, merged; if there are
            none, the endpoint chooses its default graph.
        named: IRIs of the graphs that GRAPH sees.

    Raises:
        EndpointError: the endpoint cannot be reached, refuses, or gives no SPARQL result.
    """
    # The query is sent as a form, because Virtuoso 7 does not answer a query in the body.
    # Only one kind of answer is accepted, or Virtuoso would return triples as rows.
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": _TRIPLES if gives_triples(query) else _ROWS,
    }
    form = {"query": with_prefixes(query), "default-graph-uri": default, "named-graph-uri": named}
    body = urlencode(form, doseq=True).encode()
    with client.send("POST", client.address, body=body, headers=headers) as reply:
        answer = client.expect(reply, 200).body()
    try:
        if reply.kind in _GRAPHS:
            triples = (quad.triple for quad in ox.parse(answer, format=_GRAPHS[reply.kind]))
            return list(dict.fromkeys(triples))  # RDF4J may repeat a triple
        if _OLD_LITERAL in answer or _TRUTH in answer:
            answer = _to_standard(answer)
        rows = _count(_parse(answer))  # the parser is lazy: a first pass finds the errors
    except (SyntaxError, ValueError) as error:
        raise client.error(f"sent no SPARQL result ({reply.kind}): {error}") from None
    if str(rows) == reply.headers.get(_MOST_ROWS):
        raise client.error(f"gives no more than {rows:,} rows; its ResultSetMaxRows can be raised")
    return _parse(answer)


def _parse(body: bytes) -> ox.QuerySolutions | ox.QueryBoolean:
    return ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON)


def _count(result: ox.QuerySolutions | ox.QueryBoolean) -> int:
    return sum(1 for _ in result) if isinstance(result, ox.QuerySolutions) else 1


def _to_standard(body: bytes) -> bytes:
    """Turn Virtuoso's results into those of SPARQL 1.1.

    Virtuoso has another name for typed literals, turns long integers into decimals, and
    answers ASK with a row.
    """
    results = json.loads(body)
    rows = results.get("results", {}).get("bindings", ())
    if results["head"].get("vars") == [_TRUTH.decode()]:
        return json.dumps({"head": {}, "boolean": bool(rows)}).encode()
    for row in rows:
        for term in row.values():
            if term.get("type") == "typed-literal":
                term["type"] = "literal"
                if term["datatype"] == XSD + "decimal" and _LONG_INTEGER.fullmatch(term["value"]):
                    term["datatype"] = XSD + "integer"
    return json.dumps(results).encode()
