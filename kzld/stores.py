"""Other people's triple stores, asked over the SPARQL 1.1 Protocol."""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
from collections import deque
from typing import Any, Final

import pyoxigraph as ox

from kzld.errors import QueryError
from kzld.sparql import with_prefixes

_ACCEPT: Final = "application/sparql-results+json, application/n-triples;q=0.9, text/turtle;q=0.8"
_GRAPHS: Final = {
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "text/turtle": ox.RdfFormat.TURTLE,
}


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A query goes where the user said; sent on, it would arrive without its text."""

    def redirect_request(self, *_: object) -> None:
        return None


def query_endpoint(endpoint: str, query: str, *, timeout: float = 60.0) -> Any:
    """The raw result of a query asked of a SPARQL endpoint.

    Args:
        endpoint: its address, `http://…` or `https://…`.
        query: SPARQL 1.1; the project's prefixes need no declaration.
        timeout: seconds to wait for the whole answer.

    Raises:
        QueryError: the endpoint cannot be reached, refuses, or answers something else.
    """
    if not endpoint.startswith(("http://", "https://")):
        raise QueryError(f"{endpoint} is not the address of an endpoint; it begins with http(s)://")
    headers = {"Content-Type": "application/sparql-query", "Accept": _ACCEPT}
    deadline = time.monotonic() + timeout
    try:
        request = urllib.request.Request(  # noqa: S310 (scheme checked above)
            endpoint, data=with_prefixes(query).encode(), headers=headers
        )
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=timeout) as response:
            kind, body = response.headers.get_content_type(), _read(response, deadline)
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise QueryError(f"{endpoint} {_failure(error, timeout)}") from None
    try:
        if kind in _GRAPHS:
            return [quad.triple for quad in ox.parse(body, format=_GRAPHS[kind])]
        result = _parse(body)
        if isinstance(result, ox.QuerySolutions):  # lazy: once through, so that errors show here
            deque(result, maxlen=0)
        return _parse(body)
    except (SyntaxError, ValueError) as error:
        raise QueryError(f"{endpoint} sent no SPARQL result ({kind}): {error}") from None


def _read(response: http.client.HTTPResponse, deadline: float) -> bytes:
    """The whole body, in time: the timeout of a socket is for each piece of it."""
    body = bytearray()
    while piece := response.read1(1 << 16):
        body += piece
        if time.monotonic() > deadline:
            raise TimeoutError
    if response.length:  # fewer bytes than announced
        raise http.client.IncompleteRead(bytes(body), response.length)
    return bytes(body)


def _failure(error: Exception, timeout: float) -> str:
    """What went wrong, in a line that goes on from the address of the endpoint."""
    reason = getattr(error, "reason", error)
    said = " ".join(str(reason).split())
    if isinstance(error, urllib.error.HTTPError):
        moved = error.headers.get("Location")
        return f"answered {error.code} {said}{f': ask {moved}' if moved else _detail(error)}"
    if isinstance(reason, TimeoutError):
        return f"did not answer within {timeout:g} seconds"
    if isinstance(error, http.client.HTTPException) and not isinstance(
        error, http.client.InvalidURL
    ):
        return f"sent no whole HTTP answer: {said}"
    return f"cannot be reached: {said}"


def _detail(error: urllib.error.HTTPError) -> str:
    """What the server says about its refusal, in a line; it need not say anything."""
    try:
        said = error.read(2000).decode(errors="replace").strip()
    except (OSError, http.client.HTTPException):
        return ""
    return f": {said.splitlines()[0][:300]}" if said else ""


def _parse(body: bytes) -> ox.QuerySolutions | ox.QueryBoolean:
    return ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON)
