"""Other people's triple stores, asked over the SPARQL 1.1 Protocol."""

from __future__ import annotations

from collections import deque
from typing import Any, Final

import pyoxigraph as ox

from kzld.http import Client
from kzld.sparql import with_prefixes

_ACCEPT: Final = "application/sparql-results+json, application/n-triples;q=0.9, text/turtle;q=0.8"
_GRAPHS: Final = {
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "text/turtle": ox.RdfFormat.TURTLE,
}


def query_endpoint(endpoint: str, query: str, *, timeout: float = 60.0) -> Any:
    """The raw result of a query asked of a SPARQL endpoint.

    Args:
        endpoint: its address, `http://…` or `https://…`.
        query: SPARQL 1.1; the project's prefixes need no declaration.
        timeout: seconds to wait for the whole answer.

    Raises:
        EndpointError: the endpoint cannot be reached, refuses, or answers something else.
    """
    client = Client(endpoint, timeout=timeout)
    headers = {"Content-Type": "application/sparql-query", "Accept": _ACCEPT}
    with client.send(
        "POST", endpoint, body=with_prefixes(query).encode(), headers=headers
    ) as reply:
        body, kind = client.expect(reply, 200).body(), reply.kind
    try:
        if kind in _GRAPHS:
            return [quad.triple for quad in ox.parse(body, format=_GRAPHS[kind])]
        result = _parse(body)
        if isinstance(result, ox.QuerySolutions):  # lazy: once through, so that errors show here
            deque(result, maxlen=0)
        return _parse(body)
    except (SyntaxError, ValueError) as error:
        raise client.error(f"sent no SPARQL result ({kind}): {error}") from None


def _parse(body: bytes) -> ox.QuerySolutions | ox.QueryBoolean:
    return ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON)
