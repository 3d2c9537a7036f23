"""Other people's triple stores, asked over the SPARQL 1.1 Protocol."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from typing import Any, Final

import pyoxigraph as ox

from kzld.http import Client
from kzld.sparql import with_prefixes

_ACCEPT: Final = "application/sparql-results+json, application/n-triples;q=0.9, text/turtle;q=0.8"
_GRAPHS: Final = {
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "text/plain": ox.RdfFormat.N_TRIPLES,  # its older name
    "text/turtle": ox.RdfFormat.TURTLE,
}
_OLD_LITERAL: Final = re.compile(rb'("type"\s*:\s*)"typed-literal"')


def query_endpoint(
    client: Client, query: str, *, default: Sequence[str] = (), named: Sequence[str] = ()
) -> Any:
    """The raw result of a query asked of a SPARQL endpoint.

    Args:
        client: of the endpoint.
        query: SPARQL 1.1; the project's prefixes need no declaration.
        default: IRIs of the graphs that a pattern outside GRAPH sees, merged; what the
            endpoint makes its default graph if there are none.
        named: IRIs of the graphs that GRAPH sees.

    Raises:
        EndpointError: the endpoint cannot be reached, refuses, or answers something else.
    """
    headers = {"Content-Type": "application/sparql-query", "Accept": _ACCEPT}
    params = {"default-graph-uri": list(default), "named-graph-uri": list(named)}
    body = with_prefixes(query).encode()
    with client.send("POST", client.address, body=body, params=params, headers=headers) as reply:
        answer = client.expect(reply, 200).body()
    try:
        if reply.kind in _GRAPHS:
            return [quad.triple for quad in ox.parse(answer, format=_GRAPHS[reply.kind])]
        # Results as of before SPARQL 1.1 have a kind of literal of their own.
        answer = _OLD_LITERAL.sub(rb'\1"literal"', answer)
        result = _parse(answer)
        if isinstance(result, ox.QuerySolutions):  # lazy: once through, so that errors show here
            deque(result, maxlen=0)
        return _parse(answer)
    except (SyntaxError, ValueError) as error:
        raise client.error(f"sent no SPARQL result ({reply.kind}): {error}") from None


def _parse(body: bytes) -> ox.QuerySolutions | ox.QueryBoolean:
    return ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON)
