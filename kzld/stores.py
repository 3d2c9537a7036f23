"""Other people's triple stores, asked over the SPARQL 1.1 Protocol."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import Any, Final

import pyoxigraph as ox

from kzld.errors import QueryError
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
        timeout: seconds to wait for the server.

    Raises:
        QueryError: the endpoint cannot be reached, refuses, or answers something else.
    """
    if not endpoint.startswith(("http://", "https://")):
        raise QueryError(f"{endpoint} is not the address of an endpoint; it begins with http(s)://")
    request = urllib.request.Request(  # noqa: S310 (scheme checked above)
        endpoint,
        data=with_prefixes(query).encode(),
        headers={"Content-Type": "application/sparql-query", "Accept": _ACCEPT},
    )
    try:
        with urllib.request.urlopen(request, timeout=timeout) as response:  # noqa: S310
            kind, body = response.headers.get_content_type(), response.read()
    except urllib.error.HTTPError as error:
        detail = error.read(2000).decode(errors="replace").strip().split("\n")[0][:300]
        raise QueryError(f"{endpoint} answered {error.code} {error.reason}: {detail}") from None
    except TimeoutError:
        raise QueryError(f"{endpoint} did not answer within {timeout:g} seconds") from None
    except (urllib.error.URLError, OSError) as error:
        reason = getattr(error, "reason", None) or error
        raise QueryError(f"{endpoint} cannot be reached: {reason}") from None
    try:
        if kind in _GRAPHS:
            return [quad.triple for quad in ox.parse(body, format=_GRAPHS[kind])]
        return ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON)
    except (SyntaxError, ValueError) as error:
        raise QueryError(f"{endpoint} sent no SPARQL result ({kind}): {error}") from None
