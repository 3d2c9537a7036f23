"""The function of a worker: from a job to a reply, from the data set alone."""

from __future__ import annotations

import io
import resource
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

import mimeparse
import pyoxigraph as ox

from kzld.dataset.dataset import Dataset
from kzld.dataset.package import context
from kzld.errors import KzldError, ServiceRefusedError, UnknownNameError
from kzld.query import sparql
from kzld.rdf.jsonld import Compactor
from kzld.rdf.namespaces import GRAPHS, PREFIXES, graph_name
from kzld.rdf.turtle import write
from kzld.serving import pages

HTML = "text/html"
_JSON, _XML, _CSV = "application/sparql-results+json", "application/sparql-results+xml", "text/csv"
_TSV, _TURTLE, _NTRIPLES = "text/tab-separated-values", "text/turtle", "application/n-triples"
_RDFXML, _JSONLD = "application/rdf+xml", "application/ld+json"
_ROWS = {
    _JSON: ox.QueryResultsFormat.JSON,
    "application/json": ox.QueryResultsFormat.JSON,
    _XML: ox.QueryResultsFormat.XML,
    "application/xml": ox.QueryResultsFormat.XML,
    "text/xml": ox.QueryResultsFormat.XML,
    _CSV: ox.QueryResultsFormat.CSV,
    _TSV: ox.QueryResultsFormat.TSV,
}
_GRAPHS = (_TURTLE, _NTRIPLES, _RDFXML, _JSONLD)
FORMATS = {
    "json": _JSON, "xml": _XML, "csv": _CSV, "tsv": _TSV, "html": HTML,
    "turtle": _TURTLE, "ntriples": _NTRIPLES, "rdfxml": _RDFXML, "jsonld": _JSONLD,
}  # fmt: skip
"""The media types of answers by their names in the parameter `format`."""
SUFFIXES = {
    ".html": HTML, ".ttl": _TURTLE, ".nt": _NTRIPLES, ".rdf": _RDFXML, ".jsonld": _JSONLD,
}  # fmt: skip
"""The media types of a thing's description, by the suffix of its path."""
_SHORTEST_TRIPLE = 20  # bytes, in any format


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer in the terms of HTTP."""

    status: int
    media_type: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Query:
    """A query operation of the SPARQL Protocol.

    Attributes:
        text: SPARQL 1.1.
        accept: the media types that the client accepts, as in the HTTP header.
        graphs: IRIs of default graphs and of named graphs, if the request names any.
        base: the address of the endpoint.
    """

    text: str
    accept: str
    graphs: tuple[Sequence[str], Sequence[str]] | None
    base: str


@dataclass(frozen=True, slots=True)
class Description:
    """A request for the service description.

    Attributes:
        accept: as in `Query`.
        base: the address of the endpoint.
    """

    accept: str
    base: str


@dataclass(frozen=True, slots=True)
class Resource:
    """A request for a thing, a graph, the ontology or the shapes.

    Attributes:
        path: its IRI without the project's base, perhaps with a suffix for the format.
        accept: as in `Query`.
        view: the options of its page.
    """

    path: str
    accept: str
    view: pages.View


@dataclass(frozen=True, slots=True)
class Home:
    """A request for the first page, or for a search.

    Attributes:
        view: the options of the page.
        name: the name to search for; empty for the first page.
        base: the address of the endpoint.
    """

    view: pages.View
    name: str
    base: str


Job = Query | Description | Resource | Home


class _NotAcceptableError(Exception):
    """The client accepts none of the media types that are offered."""


class _TooLargeError(Exception):
    """The answer is larger than the limit."""


class Answering:
    """Replies to jobs.

    Args:
        dataset: the data set; its shapes are loaded.
        most: the largest size of an answer, in bytes.
    """

    def __init__(self, dataset: Dataset, *, most: int) -> None:
        dataset.need_shapes()
        self._dataset, self._most = dataset, most
        # These load files: while a query runs, none can be opened.
        for writer in _WRITERS.values():
            writer(set())
        if dataset.store.has_written:
            from kzld.rdf import spelling  # imports rdflib, and is seldom needed

            spelling.prepare()

    def __call__(self, job: Job) -> Reply:
        """The reply to a job; errors also become replies."""
        try:
            reply = self._reply(job)
            if len(reply.body) > self._most:
                raise _TooLargeError  # noqa: TRY301
        except UnknownNameError as error:
            reply = self._not_found(job, error)
        except Exception as error:  # noqa: BLE001 (a fault must not end the worker)
            reply = self._refused(job, error)
        return reply

    def _refused(self, job: Job, error: Exception) -> Reply:
        """The refusal for an error."""
        if isinstance(error, _NotAcceptableError):
            return refusal(406, f"there is no {accepted_types(job)}; there are {error}")
        if isinstance(error, (_TooLargeError, MemoryError)):
            size = f"{self._most / 1e6:g} MB"
            return refusal(400, f"the answer is larger than {size}; ask for less, as with LIMIT")
        if isinstance(error, ServiceRefusedError):
            return refusal(400, "SERVICE is refused: this endpoint asks no other server")
        if isinstance(error, KzldError):
            return refusal(400, str(error))
        return refusal(500, f"a fault of the server: {type(error).__name__}: {error}")

    def _reply(self, job: Job) -> Reply:
        if isinstance(job, Query):
            with _no_open_files():
                return self._query(job)
        if isinstance(job, Resource):
            return self._resource(job)
        if isinstance(job, Description):
            return _description(job.base, _negotiate(job.accept, _GRAPHS))
        if job.name:
            return _page(pages.found(self._dataset, job.name, job.view))
        return _page(pages.home(self._dataset, job.view, job.base))

    def _query(self, job: Query) -> Reply:
        result = sparql.run(self._dataset, job.text, graphs=job.graphs, base=job.base)
        if not isinstance(result, (ox.QuerySolutions, ox.QueryBoolean)):
            kind = _negotiate(job.accept, (HTML, *_GRAPHS))
            triples = self._collect(result)
            if kind == HTML:
                return _page(pages.graph(job.text, write(triples)))
            return _in_format(triples, kind)
        kind = _negotiate(job.accept, (HTML, *_ROWS))
        with sparql.translate_errors():
            if kind == HTML:
                return _page(pages.rows(job.text, result))
            sink = _Bounded(self._most)
            result.serialize(output=sink, format=_ROWS[kind])
            return Reply(200, kind, sink.getvalue())

    def _collect(self, result: Iterable[ox.Triple]) -> set[ox.Triple]:
        triples: set[ox.Triple] = set()
        with sparql.translate_errors():
            for triple in result:
                triples.add(triple)
                if len(triples) > self._most // _SHORTEST_TRIPLE:
                    raise _TooLargeError
        return triples

    def _resource(self, job: Resource) -> Reply:
        path, accept = job.path, job.accept
        for suffix, kind in SUFFIXES.items():
            if path.endswith(suffix):
                path, accept = path.removesuffix(suffix), kind
        if path == "context" and accept == _JSONLD:
            return Reply(200, _JSONLD, context().encode())
        folder, _, name = path.rpartition("/")
        if folder == "graph" and name in GRAPHS:
            kind = _negotiate(accept, _GRAPHS)
            return _in_format(set(map(_triple, self._dataset.quads(name))), kind)
        kind = _negotiate(accept, (HTML, *_GRAPHS))
        links = {"Link": f'</{path}.ttl>; rel="alternate"; type="{_TURTLE}"'}
        if path in ("ontology", "shapes"):
            if kind == HTML:
                return _page(pages.vocabulary(self._dataset, path, job.view), links)
            return _in_format(set(map(_triple, self._dataset.quads(path))), kind)
        thing = pages.thing_at(self._dataset, path)
        if kind == HTML:
            return _page(pages.card(self._dataset, thing, job.view), links)
        return _in_format(self._about(thing), kind)

    def _about(self, thing: ox.NamedNode) -> set[ox.Triple]:
        """The statements about a thing, and those of the data graph that name it."""
        store = self._dataset.store
        of_it = store.quads_for_pattern(thing, None, None)
        naming_it = store.quads_for_pattern(None, None, thing, graph_name("data"))
        return set(map(_triple, chain(of_it, naming_it)))

    def _not_found(self, job: Job, error: UnknownNameError) -> Reply:
        try:
            if _negotiate(accepted_types(job), (HTML, "text/plain")) == HTML:
                page = pages.not_found(self._dataset, str(error), error.candidates)
                return Reply(404, HTML, page.encode())
        except _NotAcceptableError:
            pass
        return refusal(404, str(error))


def refusal(status: int, message: str, **headers: str) -> Reply:
    """A refusal with its reason as plain text."""
    return Reply(status, "text/plain", f"{message}\n".encode(), headers)


def accepted_types(job: Job) -> str:
    """The media types that the client of a job accepts."""
    return HTML if isinstance(job, Home) else job.accept


@contextmanager
def _no_open_files() -> Iterator[None]:
    """Forbid this process to open files and connections, whatever a query asks for."""
    few, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (few, most))


class _Bounded(io.BytesIO):
    """A file in memory that refuses to grow past a size."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def write(self, data: Any, /) -> int:
        if self.tell() + len(data) > self._most:
            raise _TooLargeError
        return super().write(data)


@lru_cache(maxsize=1000)
def _negotiate(accept: str, offered: tuple[str, ...]) -> str:
    """The client's preferred media type; of equals the first that is not a page.

    Raises:
        _NotAcceptableError: the client accepts none of them.
    """
    # The library takes the last of equals. A page is only for clients that ask for one.
    in_order = [kind for kind in offered if kind == HTML]
    in_order += [kind for kind in reversed(offered) if kind != HTML]
    try:
        best: str = mimeparse.best_match(in_order, accept or "*/*")
    except ValueError:  # no media types
        best = ""
    if not best:
        raise _NotAcceptableError(", ".join(offered))
    return best


def _triple(quad: ox.Quad) -> ox.Triple:
    return ox.Triple(quad.subject, quad.predicate, quad.object)


def _page(html: str, headers: dict[str, str] | None = None) -> Reply:
    return Reply(200, HTML, html.encode(), headers or {})


def _in_format(triples: set[ox.Triple], kind: str) -> Reply:
    return Reply(200, kind, _WRITERS[kind](triples))


def _turtle(triples: set[ox.Triple]) -> bytes:
    return write(triples).encode()


def _ntriples(triples: set[ox.Triple]) -> bytes:
    lines = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""
    return b"".join(sorted(lines.splitlines(keepends=True)))


def _rdfxml(triples: set[ox.Triple]) -> bytes:
    in_order = sorted(triples, key=str)
    return ox.serialize(in_order, format=ox.RdfFormat.RDF_XML, prefixes=PREFIXES) or b""


def _jsonld(triples: set[ox.Triple]) -> bytes:
    return _compactor().document(triples).encode()


@cache
def _compactor() -> Compactor:
    return Compactor(context())


_WRITERS: dict[str, Callable[[set[ox.Triple]], bytes]] = {
    _TURTLE: _turtle,
    _NTRIPLES: _ntriples,
    _RDFXML: _rdfxml,
    _JSONLD: _jsonld,
}


def _description(base: str, kind: str) -> Reply:
    """The features of the endpoint, in the terms of SPARQL 1.1 Service Description."""
    text = Path(__file__).with_name("service.ttl").read_bytes()
    try:
        parser = ox.parse(text, format=ox.RdfFormat.TURTLE, base_iri=base)
        triples = [_triple(quad) for quad in parser]
    except ValueError:
        raise KzldError("the address of this request is no IRI") from None
    if kind != _TURTLE:
        return _in_format(set(triples), kind)
    body = ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=parser.prefixes) or b""
    return Reply(200, kind, body)
