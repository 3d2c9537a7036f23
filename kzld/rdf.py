"""RDF files and names: prefixes, formats, line positions. The one place that reads RDF."""

from __future__ import annotations

import io
import os
import re
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Final, cast

import pyoxigraph as ox

from kzld.errors import ReadError

BASE: Final = "https://w3id.org/kzld/"
KZ: Final = BASE + "ontology#"
SHAPES: Final = BASE + "shapes#"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"
RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS: Final = "http://www.w3.org/2000/01/rdf-schema#"
SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
SH: Final = "http://www.w3.org/ns/shacl#"
CONTEXT_IRI: Final = BASE + "context.jsonld"

THING_KINDS: Final = (
    "country", "person", "place", "body", "post", "agreement", "initiative", "series",
    "source", "passage",
)  # fmt: skip
FACT_KINDS: Final = (
    "membership", "event", "meeting", "delegation", "treaty-action", "statement",
    "place-name", "observation", "relation", "visit", "vote", "ballot",
)  # fmt: skip
SCHEMES: Final = (
    "role", "topic", "statement-kind", "action", "source-kind", "body-kind", "indicator", "unit",
    "visit-kind", "choice", "support",
)  # fmt: skip

PREFIXES: Final[dict[str, str]] = {
    "kz": KZ,
    "kzs": SHAPES,
    "concept": BASE + "concept/",
    "graph": BASE + "graph/",
    **{scheme: f"{BASE}concept/{scheme}/" for scheme in SCHEMES},
    **{kind: f"{BASE}id/{kind}/" for kind in (*THING_KINDS, *FACT_KINDS)},
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": RDF,
    "rdfs": RDFS,
    "schema": "https://schema.org/",
    "sh": SH,
    "skos": SKOS,
    "spdx": "http://spdx.org/rdf/terms#",
    "vann": "http://purl.org/vocab/vann/",
    "void": "http://rdfs.org/ns/void#",
    "wd": "http://www.wikidata.org/entity/",
    "wgs": "http://www.w3.org/2003/01/geo/wgs84_pos#",
    "xsd": XSD,
}
"""The prefixes of the project: bound in every query, written by every export."""

SUFFIXES: Final[dict[str, ox.RdfFormat]] = {
    ".ttl": ox.RdfFormat.TURTLE,
    ".trig": ox.RdfFormat.TRIG,
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".nq": ox.RdfFormat.N_QUADS,
    ".rdf": ox.RdfFormat.RDF_XML,
    ".xml": ox.RdfFormat.RDF_XML,
    ".owl": ox.RdfFormat.RDF_XML,
    ".jsonld": ox.RdfFormat.JSON_LD,
    ".json": ox.RdfFormat.JSON_LD,
}
_LINE_BASED: Final = (
    ox.RdfFormat.TURTLE,
    ox.RdfFormat.TRIG,
    ox.RdfFormat.N_TRIPLES,
    ox.RdfFormat.N_QUADS,
    ox.RdfFormat.RDF_XML,
)
_MAX_XML_DEPTH: Final = 1000  # the parser's time grows with the square of the depth
_MAX_GZIP_RATIO: Final = 100  # RDF seldom shrinks to less than a thirtieth
_GZIP_FREE: Final = 10_000_000
# Longest namespace first, so that `concept/role/` wins over `concept/`.
_NAMESPACES: Final = sorted(((ns, p) for p, ns in PREFIXES.items()), key=lambda x: -len(x[0]))
_LOCAL_NAME: Final = re.compile(r"\w(?:[\w.-]*[\w-])?", re.ASCII)

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


def shorten(iri: str) -> str | None:
    """The prefixed name of an IRI (`country:KAZ`), or None where no prefix of ours fits."""
    for namespace, prefix in _NAMESPACES:
        if iri.startswith(namespace) and _LOCAL_NAME.fullmatch(iri, len(namespace)):
            return f"{prefix}:{iri[len(namespace) :]}"
    return None


def expand(name: str) -> str | None:
    """The IRI of a prefixed name or of an IRI in or out of angle brackets, else None."""
    name = name.removeprefix("<").removesuffix(">")
    prefix, colon, local = name.partition(":")
    iri = PREFIXES[prefix] + local if colon and prefix in PREFIXES else name
    if not re.match(r"https?:|urn:", iri):
        return None
    try:
        return ox.NamedNode(iri).value
    except ValueError:  # white space, control characters …
        return None


def display(term: Term | None) -> str:
    """A term as people read it: a prefixed name, or the text of a literal."""
    if term is None:
        return ""
    if isinstance(term, ox.NamedNode):
        return shorten(term.value) or term.value
    return term.value if isinstance(term, ox.Literal) else str(term)


@dataclass(frozen=True)
class Document:
    """The triples of one file, with the lines on which they stand.

    Attributes:
        name: the file as the user named it, `<stdin>` for standard input.
        text: the file's text, for showing the line at fault.
        quads: the statements, in the order of the file.
        lines: for each statement the line (from 1) on which it ends; empty for
            JSON-LD, whose parser reads ahead.
    """

    name: str
    text: str
    quads: list[ox.Quad]
    lines: list[int]

    def line(self, number: int) -> str:
        """The text of a line, counted from 1; empty past the end."""
        lines = self._text_lines
        return lines[number - 1].rstrip("\r") if 0 < number <= len(lines) else ""

    @cached_property
    def _text_lines(self) -> list[str]:
        return self.text.split("\n")


class _LineFeed(io.RawIOBase):
    """Hands a parser one line at a time, and so knows which line it has come to.

    The parser asks for more only when it has used up what it has, so when it yields a
    triple, `number` is the line on which that triple ends.
    """

    def __init__(self, data: bytes) -> None:
        self._lines = io.BytesIO(data)
        self._at_start = True
        self.number = 0

    def read(self, size: int = -1) -> bytes:
        part = self._lines.readline(size)  # of a long line no more than there is room for
        self.number += self._at_start and bool(part)
        self._at_start = part.endswith(b"\n")
        return part


def read_document(path: str | Path, *, context: str | None = None) -> Document:
    """Read an RDF file (or `-`: Turtle on standard input) with the line of each triple.

    Args:
        path: a file whose suffix says its syntax (`.ttl`, `.trig`, `.nt`, `.nq`, `.rdf`,
            `.xml`, `.owl`, `.jsonld`, `.json`), also with `.gz` behind it.
        context: the packaged JSON-LD context, used where a file refers to it by its IRI.

    Raises:
        ReadError: the file is missing, unreadable, not UTF-8, of another suffix, has no
            triple or a syntax error. No remote document is ever fetched.
    """
    if str(path) == "-":
        return parse_document(sys.stdin.buffer.read(), "<stdin>", ox.RdfFormat.TURTLE)
    path = Path(path)
    syntax = format_of(path)
    try:
        data = path.read_bytes()
        if path.suffix == ".gz":
            data = _unzip(data)
    except FileNotFoundError:
        raise ReadError(f"{path}: no such file") from None
    except (OSError, EOFError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise ReadError(f"{path}: cannot be read ({reason})") from None
    return parse_document(data, str(path), syntax, context=context)


def _unzip(data: bytes) -> bytes:
    import gzip  # seldom needed
    import zlib

    room = max(_GZIP_FREE, _MAX_GZIP_RATIO * len(data))
    try:
        unpacked = gzip.GzipFile(fileobj=io.BytesIO(data)).read(room + 1)
    except zlib.error as error:
        raise OSError(f"not a sound gzip file: {error}") from None
    if len(unpacked) > room:
        raise OSError(f"it unpacks to more than {_MAX_GZIP_RATIO} times its size")
    return unpacked


def format_of(path: Path) -> ox.RdfFormat:
    """The RDF syntax that a file's suffix stands for.

    Raises:
        ReadError: the suffix is not one of `SUFFIXES`.
    """
    suffix = Path(path.stem).suffix if path.suffix == ".gz" else path.suffix
    syntax = SUFFIXES.get(suffix.lower())
    if syntax is None:
        known = ", ".join(SUFFIXES)
        raise ReadError(f"{path}: the suffix {suffix or '(none)'} is not an RDF one; use {known}")
    return syntax


def parse_document(
    data: bytes, name: str, syntax: ox.RdfFormat, *, context: str | None = None
) -> Document:
    """Parse the bytes of a file; `name` is what error messages call it.

    Raises:
        ReadError: as `read_document`.
    """
    text = _decode(data, name)
    if not text.strip():
        raise ReadError(f"{name}: is empty")
    if syntax == ox.RdfFormat.RDF_XML:
        _check_xml(text, name)
    if syntax == ox.RdfFormat.JSON_LD and context is not None and CONTEXT_IRI in text:
        text = text.replace(f'"{CONTEXT_IRI}"', context, 1)
    feed = _LineFeed(text.encode())
    source = cast(IO[bytes], feed) if syntax in _LINE_BASED else text.encode()
    quads, lines = [], []
    try:
        for quad in ox.parse(source, format=syntax):
            quads.append(quad)
            lines.append(feed.number)
    except SyntaxError as error:
        raise ReadError(_describe(error, name, text, syntax, feed.number)) from None
    if not quads:
        raise ReadError(f"{name}: contains no triples")
    return Document(name, text, quads, lines if syntax in _LINE_BASED else [])


def _check_xml(text: str, name: str) -> None:
    """Refuse what is not XML, saying where, and XML made to exhaust its reader."""
    from xml.parsers import expat  # seldom needed

    parser, depth = expat.ParserCreate(encoding="UTF-8"), 0

    def refuse(problem: str) -> None:
        line, column = parser.CurrentLineNumber, parser.CurrentColumnNumber + 1
        raise ReadError(_pointed(name, text, line, column, problem))

    def start(*_: object) -> None:
        nonlocal depth
        depth += 1
        if depth > _MAX_XML_DEPTH:
            refuse(f"elements are nested more than {_MAX_XML_DEPTH} deep")

    def end(_: object) -> None:
        nonlocal depth
        depth -= 1

    def doctype(*_: object) -> None:
        refuse(
            "RDF/XML with a document type is refused (its entities can grow without limit); "
            "remove the <!DOCTYPE …>" + _suspicion(text, ox.RdfFormat.RDF_XML)
        )

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        problem = expat.ErrorString(error.code) + _suspicion(text, ox.RdfFormat.RDF_XML)
        where = error.lineno, error.offset + 1
        raise ReadError(_pointed(name, text, *where, problem)) from None


def _decode(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ReadError(
            f"{name}:{line}: not UTF-8 (byte 0x{data[error.start]:02x}); save the file as UTF-8"
        ) from None


def _describe(
    error: SyntaxError, name: str, text: str, syntax: ox.RdfFormat, line_read: int
) -> str:
    """What a parser found wrong, and where."""
    reason = re.sub(r"^Parser error at .*?: | \(line \d+\)$", "", str(error))
    if "LoadDocumentCallback" in reason:
        return f"{name}: refers to a remote JSON-LD context, which is never fetched; embed it"
    reason = reason[:1].lower() + reason[1:]
    reason += _suspicion(text, syntax)
    if error.lineno is None or error.offset is None:
        return _pointed(name, text, line_read, 0, reason) if line_read else f"{name}: {reason}"
    return _pointed(name, text, error.lineno, error.offset, reason)


def _pointed(name: str, text: str, number: int, column: int, reason: str) -> str:
    """`file:line:column: reason`, the line at fault and a mark under the column.

    Column 0 is where the text of the line begins.
    """
    line = "".join(text.split("\n")[number - 1 : number]).rstrip("\r")
    column = column or len(line) - len(line.lstrip()) + 1
    return f"{name}:{number}:{column}: {reason}\n{pointer(line, column)}"


def pointer(line: str, column: int, *, indent: str = "  ") -> str:
    """A line, or the part of it around a column (from 1), and below it a mark there."""
    start = max(0, column - 60)
    shown = line[start : start + 76].replace("\t", " ")
    return f"{indent}{shown}\n{indent}{' ' * (column - 1 - start)}^"


def _suspicion(text: str, syntax: ox.RdfFormat) -> str:
    """A remark for a file that looks like another syntax than its suffix says, else nothing."""
    start = text[:1000].lstrip()[:200].lower()
    looks = {
        "JSON-LD": ("{", "[{"),
        "HTML": ("<!doctype html", "<html"),
        "RDF/XML": ("<?xml", "<rdf:rdf"),
        "Turtle": ("@prefix", "prefix", "@base"),
    }
    likely = next((kind for kind, signs in looks.items() if start.startswith(signs)), None)
    if likely in (None, syntax.name) or (likely, syntax) == ("Turtle", ox.RdfFormat.TRIG):
        return ""
    return f" (this looks like {likely}, not {syntax.name}: is the suffix right?)"


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file whole or not at all: a temporary file beside it, renamed at the end.

    A device or a pipe (`/dev/stdout`) is written to as it is, never replaced.

    Raises:
        ReadError: the folder is missing, not writable or full; the old file stays.
    """
    import tempfile  # slow to import, and seldom needed

    temporary = None
    target = path.resolve()
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(data)
            return
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".kzld-", delete=False) as file:
            temporary = Path(file.name)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(mode)
        temporary.replace(target)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        reason = (error.strerror or str(error)).lower()
        raise ReadError(f"{path}: cannot be written ({reason}); nothing was changed") from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
