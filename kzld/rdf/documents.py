"""RDF files and names: prefixes, formats, line positions. The one place that reads RDF."""

from __future__ import annotations

import codecs
import io
import os
import re
import stat
import sys
from array import array
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import IO, Final, cast

import pyoxigraph as ox

from kzld.errors import ReadError
from kzld.rdf import positions
from kzld.rdf.syntax_errors import advise
from kzld.text import one_line, pointer

BASE: Final = "https://w3id.org/kzld/"
KZ: Final = BASE + "ontology#"
SHAPES: Final = BASE + "shapes#"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"
RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS: Final = "http://www.w3.org/2000/01/rdf-schema#"
SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
SH: Final = "http://www.w3.org/ns/shacl#"
CONTEXT_IRI: Final = BASE + "context.jsonld"
_OUR_CONTEXT: Final = re.compile(rf'("@context"\s*:[\[\s]*)"{re.escape(CONTEXT_IRI)}"')

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
SHEET_SUFFIXES: Final = (".csv", ".tsv")
_WORKBOOKS: Final = (".xlsx", ".xls", ".ods", ".numbers")
FORMATS: Final[dict[str, ox.RdfFormat]] = {
    "turtle": ox.RdfFormat.TURTLE,
    "trig": ox.RdfFormat.TRIG,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "nquads": ox.RdfFormat.N_QUADS,
    "rdfxml": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
}
"""The syntaxes by the names that the command has for them."""
_MAX_XML_DEPTH: Final = 1000  # the parser's time grows with the square of the depth
MAX_GZIP_RATIO: Final = 100  # RDF seldom shrinks to less than a thirtieth
GZIP_FREE: Final = 10_000_000
_MAX_SIZE: Final = 1_000_000_000  # past that a triple store is the tool
_LINES_ABOVE: Final = 20  # where a subject can stand before its first value
GZIP_MAGIC: Final = b"\x1f\x8b"
_BY_NAMESPACE: Final = {namespace: prefix for prefix, namespace in PREFIXES.items()}
_LOCAL_NAME: Final = re.compile(r"\w(?:[\w.-]*[\w-])?", re.ASCII)

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


def shorten(iri: str) -> str | None:
    """The prefixed name of an IRI (`country:KAZ`), or None where no prefix of ours fits."""
    start = max(iri.rfind("/"), iri.rfind("#")) + 1  # all our namespaces end in one of these
    prefix = _BY_NAMESPACE.get(iri[:start])
    if prefix and _LOCAL_NAME.fullmatch(iri, start):
        return f"{prefix}:{iri[start:]}"
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


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere in a file.

    Attributes:
        line: from 1; of a spreadsheet, the row as it shows it; 0 where unknown.
        column: from 1, in characters or, of a spreadsheet, in columns; 0 where unknown.
        text: of the line, or of the cell.
        heading: of the column of a spreadsheet; None where the file is none.
        file_line: of a spreadsheet, the line that a text editor shows, where it is not the row.
    """

    line: int
    column: int
    text: str
    heading: str | None = None
    file_line: int = 0


@dataclass(frozen=True)
class Document:
    """The triples of one file, with the lines on which they stand.

    Attributes:
        name: the file as the user named it, `<stdin>` for standard input.
        text: the file's text, for showing the line at fault.
        quads: the statements, in the order of the file.
        lines: for each statement the line (from 1) on which it ends. In JSON-LD, whose
            parser reads ahead, the line that names the subject; 0 where none does.
        prefixes: what the file abbreviates IRIs with.
        base: what its relative IRIs are relative to.
    """

    name: str
    text: str
    quads: list[ox.Quad]
    lines: list[int]
    prefixes: Mapping[str, str] = field(default_factory=dict)
    base: str | None = None

    def __iter__(self) -> Iterator[ox.Quad]:
        return iter(self.quads)

    def line(self, number: int) -> str:
        """The text of a line, counted from 1; empty past the end."""
        return self._line(number).text

    @cached_property
    def _line(self) -> Callable[[int], positions.Line]:
        """A line by its number; the last few are kept, for findings are often neighbours."""

        def cut_out(number: int) -> positions.Line:
            text = ""
            if 0 < number <= len(self._starts):
                start = self._starts[number - 1]
                end = self.text.find("\n", start)
                text = self.text[start : end if end >= 0 else None].rstrip("\r")
            return positions.Line(text, self.prefixes, self.base)

        return lru_cache(maxsize=2 * _LINES_ABOVE)(cut_out)

    @cached_property
    def _starts(self) -> array[int]:
        """Where each line starts; a list of the lines would take the file's size again."""
        starts = array("Q", [0])
        starts.extend(match.end() for match in re.finditer("\n", self.text))
        return starts

    def place(self, statement: int, term: Term) -> Place:
        """Where a statement, given by its number, has one of its terms."""
        return self._place(self.lines[statement], term)

    def subject_place(self, statement: int, lacking: str) -> Place:  # noqa: ARG002 (see `Sheet`)
        """Where to say that the subject of its first statement lacks a property.

        That is where it begins: on the line on which the statement ends, or somewhat above.
        """
        subject, last = self.quads[statement].subject, self.lines[statement]
        for line in range(last, max(0, last - _LINES_ABOVE), -1):
            if self._line(line).find(subject):
                return self._place(line, subject)
        return self._place(last, subject)

    def _place(self, number: int, term: Term) -> Place:
        """Where a term stands on a line; where the line's text begins if it does not."""
        text = self.line(number)
        column = self._line(number).find(term) or len(text) - len(text.lstrip()) + 1
        return Place(number, column if text else 0, text)


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


def read_document(
    path: str | Path, *, context: str | None = None, syntax: ox.RdfFormat = ox.RdfFormat.TURTLE
) -> Document:
    """Read an RDF file (or `-`: standard input) with the line of each triple.

    Args:
        path: a file whose suffix says its syntax (`.ttl`, `.trig`, `.nt`, `.nq`, `.rdf`,
            `.xml`, `.owl`, `.jsonld`, `.json`), also with `.gz` behind it.
        context: the packaged JSON-LD context, used where a file refers to it by its IRI.
        syntax: of standard input.

    Raises:
        ReadError: the file is missing, unreadable, too large, not UTF-8, of another suffix,
            has no triple or a syntax error. No remote document is ever fetched.
    """
    if str(path) != "-":
        syntax = format_of(Path(path))
    return parse_document(read_bytes(path), name_of(path), syntax, context=context)


def name_of(path: str | Path) -> str:
    """What messages call a file: the path; `<stdin>` for standard input, which is `-`."""
    return "<stdin>" if str(path) == "-" else str(path)


def read_bytes(path: str | Path) -> bytes:
    """What a file holds, unpacked if it is packed; `-` is standard input.

    Raises:
        ReadError: the file is missing, unreadable or too large.
    """
    if str(path) == "-":
        return _read_all(sys.stdin.buffer, name_of(path))
    path = Path(path)
    try:
        with open_file(path) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                problem = "is a device or a pipe, not a file; standard input is read as -"
                raise ReadError(f"{path}: {problem}", file=str(path))
            return _read_all(file, str(path), zipped=path.suffix == ".gz")
    except FileNotFoundError:
        raise ReadError(f"{path}: no such file", file=str(path)) from None
    except OSError as error:
        raise ReadError(f"{path}: cannot be read ({_reason(error)})", file=str(path)) from None
    except ValueError:  # a null byte
        raise ReadError(f"{path}: is not a file name", file=str(path)) from None


def open_file(path: Path) -> IO[bytes]:
    """Open a file; a pipe, too, without waiting for a writer, so that it can be refused."""
    return os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb")


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _read_all(file: IO[bytes], name: str, *, zipped: bool = False) -> bytes:
    """What a file holds, unpacked if it is packed, and no more than `_MAX_SIZE` of it."""
    known = os.fstat(file.fileno())
    data = b"" if known.st_size > _MAX_SIZE else _read_some(file, _MAX_SIZE)
    if max(known.st_size, len(data)) > _MAX_SIZE:
        problem = f"is larger than {_MAX_SIZE // 10**9} GB; check it in parts"
        raise ReadError(f"{name}: {problem}, or load it into a triple store", file=name)
    if zipped or data.startswith(GZIP_MAGIC):
        return _unzip(data, name)
    return data


def _read_some(file: IO[bytes], limit: int) -> bytes:
    """What a file holds, and where that is more than the limit a little more than the limit."""
    parts, size = [], 0
    while size <= limit and (part := file.read(1 << 20)):
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def _unzip(data: bytes, name: str) -> bytes:
    import gzip  # seldom needed
    import zlib

    if not data.startswith(GZIP_MAGIC):
        raise ReadError(f"{name}: is not a gzip file", file=name)
    room = min(_MAX_SIZE, max(GZIP_FREE, MAX_GZIP_RATIO * len(data)))
    try:
        unpacked = _read_some(cast(IO[bytes], gzip.GzipFile(fileobj=io.BytesIO(data))), room)
    except EOFError:
        raise ReadError(f"{name}: is a gzip file that is cut short", file=name) from None
    except (OSError, zlib.error):
        raise ReadError(f"{name}: is a gzip file that is damaged", file=name) from None
    if len(unpacked) > room:
        problem = f"unpacks to more than {MAX_GZIP_RATIO} times its size, and is not read"
        raise ReadError(f"{name}: {problem}", file=name)
    if unpacked.startswith(GZIP_MAGIC):
        raise ReadError(f"{name}: is packed twice; unpack it once", file=name)
    return unpacked


def format_of(path: Path) -> ox.RdfFormat:
    """The RDF syntax that a file's suffix stands for.

    Raises:
        ReadError: the suffix is not one of `SUFFIXES`.
    """
    suffix = Path(path.stem).suffix if path.suffix == ".gz" else path.suffix
    if syntax := SUFFIXES.get(suffix.lower()):
        return syntax
    known = ", ".join(SUFFIXES)
    problem = f"the suffix {suffix or '(none)'} is not an RDF one; use {known}"
    if suffix.lower() in SHEET_SUFFIXES:
        problem = f"is a spreadsheet; make Turtle of it: kzld convert {path} -o {path.stem}.ttl"
    if suffix.lower() in _WORKBOOKS:
        problem = "is a workbook of a spreadsheet program; save it there as “CSV UTF-8”"
    raise ReadError(f"{path}: {problem}", file=str(path))


def parse_document(
    data: bytes, name: str, syntax: ox.RdfFormat, *, context: str | None = None
) -> Document:
    """Parse the bytes of a file; `name` is what error messages call it.

    Raises:
        ReadError: as `read_document`.
    """
    text = decode(data, name)
    if not text.strip():
        raise ReadError(f"{name}: is empty", file=name)
    if syntax == ox.RdfFormat.RDF_XML:
        _check_xml(text, name)
    if syntax == ox.RdfFormat.JSON_LD:
        return _parse_json(text, name, context)
    feed = _LineFeed(text.encode())
    quads, lines = [], []
    try:
        parser = ox.parse(cast(IO[bytes], feed), format=syntax)
        for quad in parser:
            if is_beyond_rdf11(quad.object):
                raise refused(name, feed.number, _line_of(text, feed.number))
            quads.append(quad)
            lines.append(feed.number)
    except SyntaxError as error:
        number = error.lineno or feed.number
        raise described(error, name, syntax, number, _line_of(text, number), text) from None
    if not quads:
        raise ReadError(f"{name}: contains no triples", file=name)
    return Document(name, text, quads, lines, parser.prefixes, parser.base_iri)


def _parse_json(text: str, name: str, context: str | None) -> Document:
    """Parse JSON-LD, with the packaged context in the place of its IRI."""
    whole = text
    if context is not None and CONTEXT_IRI in text:
        import json  # seldom needed

        on_one_line = json.dumps(json.loads(context)["@context"])  # so lines stay what they are
        whole = _OUR_CONTEXT.sub(lambda match: match[1] + on_one_line, text, count=1)
    syntax = ox.RdfFormat.JSON_LD
    try:
        parser = ox.parse(whole.encode(), format=syntax)
        quads = list(parser)
    except SyntaxError as error:
        number = error.lineno or 0
        raise described(error, name, syntax, number, _line_of(text, number), text) from None
    if not quads:
        raise ReadError(f"{name}: contains no triples", file=name)
    subjects = positions.json_subjects(text, parser.prefixes, parser.base_iri)
    lines = [subjects.get(getattr(quad.subject, "value", ""), 0) for quad in quads]
    for quad, line in zip(quads, lines, strict=True):
        if is_beyond_rdf11(quad.object):
            raise refused(name, line, _line_of(text, line))
    return Document(name, text, quads, lines, parser.prefixes, parser.base_iri)


def is_beyond_rdf11(term: Term) -> bool:
    """Whether a term is one of RDF 1.2, which most stores do not take yet."""
    if isinstance(term, ox.Literal):
        return term.direction is not None
    return isinstance(term, ox.Triple)


def refused(name: str, number: int, line: str) -> ReadError:
    """The error of a file that has what `is_beyond_rdf11`, on a line if its number is known."""
    problem = (
        "triple terms and base directions are RDF 1.2; the data set is plain RDF 1.1, "
        "in which facts are nodes of their own"
    )
    return _pointed(name, line, number, 0, problem) if number else ReadError(f"{name}: {problem}")


def _check_xml(text: str, name: str) -> None:
    """Refuse what is not XML, saying where, and XML made to exhaust its reader."""
    from xml.parsers import expat  # seldom needed

    parser, depth = expat.ParserCreate(encoding="UTF-8"), 0

    def refuse(problem: str) -> None:
        line, column = parser.CurrentLineNumber, parser.CurrentColumnNumber + 1
        raise _pointed(name, _line_of(text, line), line, column, problem)

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
            "remove the <!DOCTYPE …>" + _suspicion(text, ox.RdfFormat.RDF_XML, name)
        )

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        problem = expat.ErrorString(error.code) + _suspicion(text, ox.RdfFormat.RDF_XML, name)
        where = error.lineno, error.offset + 1
        raise _pointed(name, _line_of(text, error.lineno), *where, problem) from None


def decode(data: bytes, name: str) -> str:
    """The text of a file in UTF-8, without its byte-order mark.

    Raises:
        ReadError: it is in another encoding, or no text.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)):
        raise ReadError(f"{name}: is UTF-16 or UTF-32; save the file as UTF-8", file=name)
    if (null := data.find(b"\0")) >= 0:
        line = data.count(b"\n", 0, null) + 1
        problem = "has a null byte, so it is no text, or not in UTF-8"
        raise ReadError(f"{name}:{line}: {problem}", file=name, line=line)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problem = f"not UTF-8 (byte 0x{data[error.start]:02x}); save the file as UTF-8"
        raise ReadError(f"{name}:{line}: {problem}", file=name, line=line) from None


def described(
    error: SyntaxError, name: str, syntax: ox.RdfFormat, number: int, line: str, start: str
) -> ReadError:
    """What a parser found wrong, and where.

    Args:
        error: as the parser raised it.
        name: of the file.
        syntax: that the parser expected.
        number: of the line at fault, 0 where unknown.
        line: its text.
        start: of the file's text, or the whole.
    """
    reason = re.sub(r"^Parser error (at|between) [^:]*: | \(line \d+\)$", "", str(error))
    reason = one_line(reason)  # it may quote the file
    if "LoadDocumentCallback" in reason:
        problem = "refers to a remote JSON-LD context, which is never fetched; embed it"
        return ReadError(f"{name}: {problem}", file=name)
    column = error.offset or 0
    reason = advise(reason, line, column, PREFIXES) + _suspicion(start, syntax, name)
    if not number:
        return ReadError(f"{name}: {reason}", file=name)
    return _pointed(name, line, number, column, reason)


def _line_of(text: str, number: int) -> str:
    """A line of a text, counted from 1; empty where there is none."""
    return "".join(text.split("\n")[number - 1 : number]).rstrip("\r") if number else ""


def _pointed(name: str, line: str, number: int, column: int, reason: str) -> ReadError:
    """`file:line:column: reason`, the line at fault and a mark under the column.

    Column 0 is where the text of the line begins.
    """
    column = column or len(line) - len(line.lstrip()) + 1
    message = f"{name}:{number}:{column}: {reason}\n{pointer(line, column)}"
    return ReadError(message, file=name, line=number, column=column)


def _suspicion(text: str, syntax: ox.RdfFormat, name: str) -> str:
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
    remedy = "is the suffix right?"
    if name == "<stdin>":
        remedy = "say what it is with --input-format"
    return f" (this looks like {likely}, not {syntax.name}: {remedy})"


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; see `opened_atomically`."""
    with opened_atomically(path) as file:
        file.write(data)


@contextmanager
def opened_atomically(path: Path) -> Iterator[IO[bytes]]:
    """A file to write whole or not at all: a temporary one beside it, renamed at the end.

    A device or a pipe (`/dev/stdout`) is written to as it is, never replaced.

    Raises:
        ReadError: the folder is missing, not writable or full; the old file stays.
    """
    import tempfile  # slow to import, and seldom needed

    temporary = None
    target = path.resolve()
    try:
        if path.exists() and not path.is_file():
            with path.open("wb") as file:
                yield file
            return
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".kzld-", delete=False) as new:
            temporary = Path(new.name)
            yield cast(IO[bytes], new)
            new.flush()
            os.fsync(new.fileno())
        temporary.chmod(mode)
        temporary.replace(target)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ReadError(f"{path}: cannot be written ({reason}); nothing was changed") from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
