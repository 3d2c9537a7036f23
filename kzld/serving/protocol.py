"""HTTP: the SPARQL 1.1 Protocol (https://www.w3.org/TR/sparql11-protocol/), and pages."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from kzld.rdf.namespaces import LANGUAGES
from kzld.serving.answers import (
    FORMATS,
    Description,
    Home,
    Job,
    Query,
    Reply,
    Resource,
    refusal,
)
from kzld.serving.pages import View
from kzld.serving.workers import BusyError, OverdueError, Pool, WorkerLostError

_FORM, _DIRECT = "application/x-www-form-urlencoded", "application/sparql-query"
_UPDATE = "application/sparql-update"
_DESCRIBED = re.compile(r"(id|concept|graph)/.|(ontology|shapes|context|dataset|catalog)\b")
_UTF8 = re.compile(r"\s*charset=\"?utf-?8\"?\s*;?\s*", re.IGNORECASE)
_HOST = re.compile(r"[\w.-]+(:\d+)?|\[[0-9A-Fa-f:.]+\](:\d+)?", re.ASCII)
_LONGEST_NAME = 200
_SOON = 0.05  # seconds; a longer query is watched for the client's disconnection
_BODY_TIME = 10.0  # seconds, or the timeout if that is less
_SEND_TIME = 30.0
_PIECE = 1 << 18
_RETRY = "5"
_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Vary": "Accept",
}
_SAFE_PAGE = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
}


@dataclass(frozen=True, slots=True)
class Sizes:
    """The largest sizes, in bytes.

    Attributes:
        query: of a query and the other parameters of its request.
        answer: of an answer.
    """

    query: int = 1_000_000
    answer: int = 50_000_000


class _RefusedError(Exception):
    """A request that is refused.

    Attributes:
        reply: the refusal.
    """

    def __init__(self, status: int, message: str, **headers: str) -> None:
        self.reply = refusal(status, message, **headers)


def application(pool: Pool, sizes: Sizes) -> Starlette:
    """The ASGI application.

    Args:
        pool: the workers that answer.
        sizes: the largest sizes of queries and answers.
    """
    service = _Service(pool, sizes)
    reading = ["GET", "HEAD", "OPTIONS"]
    return Starlette(
        routes=[
            Route("/sparql", service.answer_by(service.operation), methods=[*reading, "POST"]),
            Route("/sparql/", service.answer_by(service.operation), methods=[*reading, "POST"]),
            Route("/", service.answer_by(service.home), methods=reading),
            Route("/{path:path}", service.answer_by(service.resource), methods=reading),
        ],
        middleware=[
            Middleware(
                CORSMiddleware,
                allow_origins=["*"],
                allow_methods=["GET", "HEAD", "POST", "OPTIONS"],
                allow_headers=["*"],
                expose_headers=["Link", "Retry-After"],
                max_age=86400,
            )
        ],
        exception_handlers={405: _not_allowed},
    )


async def _not_allowed(request: Request, _error: Exception) -> Response:
    allowed = "GET, HEAD, OPTIONS" + (", POST" if request.url.path.startswith("/sparql") else "")
    return _response(
        refusal(405, f"{request.method} is not answered here; use {allowed}", Allow=allowed)
    )


class _Service:
    def __init__(self, pool: Pool, sizes: Sizes) -> None:
        self._pool, self._sizes = pool, sizes

    def answer_by(
        self, reading: Callable[[Request], Awaitable[Job]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """An endpoint that reads a request as a job and lets a worker do it."""

        async def endpoint(request: Request) -> Response:
            if request.method == "OPTIONS":
                allowed = "GET, HEAD, POST, OPTIONS"
                return Response(status_code=204, headers={"Allow": allowed})
            try:
                return _response(await self._reply(request, await reading(request)))
            except _RefusedError as error:
                return _response(error.reply)
            except BusyError as error:
                message = f"{error}; try again in a moment"
                return _response(refusal(503, message, **{"Retry-After": _RETRY}))
            except OverdueError:
                seconds = f"{self._pool.limits.timeout:g} seconds"
                return _response(refusal(504, f"no answer within {seconds}; the query was stopped"))
            except WorkerLostError:
                memory = f"{self._pool.limits.memory} MB"
                message = f"stopped: this took more than {memory} of memory, or is nested too deep"
                return _response(refusal(500, message))

        return endpoint

    async def _reply(self, request: Request, job: Job) -> Reply:
        """The reply to a job; if the client disconnects before, the job is stopped."""
        running = asyncio.ensure_future(self._pool.run(job))
        try:
            await asyncio.wait([running], timeout=_SOON)
            if not running.done():
                gone = asyncio.ensure_future(_disconnected(request))
                try:
                    await asyncio.wait([running, gone], return_when=asyncio.FIRST_COMPLETED)
                finally:
                    gone.cancel()
            if not running.done():
                raise _RefusedError(499, "the client has gone")
            reply: Reply = running.result()
            return reply
        finally:
            running.cancel()

    async def operation(self, request: Request) -> Job:
        """Read a query operation, or a request for the service description."""
        asked = _parameters(_decode(request.scope["query_string"]))
        body: Mapping[str, list[str]] = {}
        if request.method == "POST":
            kind, _, charset = request.headers.get("content-type", "").partition(";")
            kind = kind.strip().lower()
            if kind == _UPDATE:
                raise _RefusedError(403, "updates are refused: the data set is read-only")
            if kind not in (_FORM, _DIRECT):
                raise _RefusedError(415, f"send a query as {_DIRECT} or {_FORM}")
            if charset.strip() and not _UTF8.fullmatch(charset):
                raise _RefusedError(415, "send a query in UTF-8")
            text = await self._body(request)
            body = _parameters(text) if kind == _FORM else {"query": [text]}
        for name in ("update", "using-graph-uri", "using-named-graph-uri"):
            if name in asked or name in body:
                raise _RefusedError(403, "updates are refused: the data set is read-only")
        values = {name: asked.get(name, []) + body.get(name, []) for name in {*asked, *body}}
        queries = values.get("query", [])
        accept = _accept(request, values)
        base = _address(request, request.url.path)
        if not queries and request.method != "POST":
            if _prefers_pages(request):
                return Home(_view(request), "", base)
            return Description(accept, base)
        if len(queries) != 1:
            raise _RefusedError(400, f"send one query; there were {len(queries)}")
        graphs = values.get("default-graph-uri", []), values.get("named-graph-uri", [])
        return Query(queries[0], accept, graphs if any(graphs) else None, base)

    async def _body(self, request: Request) -> str:
        """The text of a request's body, within the limits of size and time."""
        too_large = f"a query may have {self._sizes.query} bytes"
        announced = request.headers.get("content-length", "0")
        if int(announced) > self._sizes.query:  # the parser has checked that it is a number
            raise _RefusedError(413, too_large, Connection="close")
        data = bytearray()
        seconds = min(_BODY_TIME, self._pool.limits.timeout)
        try:
            async with asyncio.timeout(seconds):
                async for part in request.stream():
                    data += part
                    if len(data) > self._sizes.query:
                        raise _RefusedError(413, too_large, Connection="close")
        except TimeoutError:
            message = f"the query did not arrive within {seconds:g} seconds"
            raise _RefusedError(408, message, Connection="close") from None
        except ClientDisconnect:
            raise _RefusedError(499, "the client has gone") from None
        return _decode(bytes(data))

    async def home(self, request: Request) -> Job:
        """Read a request for the first page, or for a search by name."""
        name = request.query_params.get("find", "")[:_LONGEST_NAME].strip()
        return Home(_view(request), name, _address(request, "/sparql"))

    async def resource(self, request: Request) -> Job:
        """Read a request for a thing, the ontology or the shapes."""
        path = request.path_params["path"].removesuffix("/")
        if not _DESCRIBED.match(path):
            raise _RefusedError(404, "there is nothing here; begin at /")
        return Resource(path, request.headers.get("accept", ""), _view(request))


def _address(request: Request, path: str) -> str:
    """The client's address for a path of this server."""
    host = request.headers.get("host", "localhost")
    if not _HOST.fullmatch(host):
        raise _RefusedError(400, "the Host of the request is none")
    return f"{request.url.scheme}://{host}{path}"


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _decode(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise _RefusedError(400, "the query is not in UTF-8") from None


def _parameters(text: str) -> dict[str, list[str]]:
    """The values of the parameters of a form or of an address, by name."""
    try:
        return parse_qs(text, keep_blank_values=True, errors="strict", max_num_fields=1000)
    except UnicodeDecodeError:
        raise _RefusedError(400, "the query is not in UTF-8") from None
    except ValueError:
        raise _RefusedError(400, "there are more than 1000 parameters") from None


def _accept(request: Request, values: Mapping[str, list[str]]) -> str:
    """The media types that the client accepts, from the header or the parameter `format`."""
    if form := values.get("format", [""])[-1]:
        if form not in FORMATS:
            raise _RefusedError(400, f"there is no format {form!r}; use {', '.join(FORMATS)}")
        return FORMATS[form]
    return ", ".join(request.headers.getlist("accept"))


def _prefers_pages(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _view(request: Request) -> View:
    asked = request.query_params
    language = asked.get("lang", "en")
    if language not in LANGUAGES:
        raise _RefusedError(400, f"there is no language {language!r}; use {', '.join(LANGUAGES)}")
    return View(language, asked.get("at", "").strip(), "all" in asked)


def _response(reply: Reply) -> Response:
    page = _SAFE_PAGE if reply.media_type == "text/html" else {}
    headers = {**_SAFE, **page, **reply.headers}
    return _TimedResponse(reply.body, reply.status, headers, reply.media_type)


class _TimedResponse(Response):
    """A response with a time limit for each piece, against clients that read slowly."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        start = {"type": "http.response.start", "status": self.status_code}
        await send({**start, "headers": self.raw_headers})
        body, size = memoryview(self.body), len(self.body)
        for place in range(0, size or 1, _PIECE):
            piece = {"type": "http.response.body", "body": bytes(body[place : place + _PIECE])}
            try:
                async with asyncio.timeout(_SEND_TIME):
                    await send({**piece, "more_body": place + _PIECE < size})
            except TimeoutError:
                return  # the server closes a connection with half an answer
