"""RDF files and names: prefixes, formats, line positions. The one place that reads RDF."""

from __future__ import annotations

import io
import re
from array import array
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import IO, cast

import pyoxigraph as ox

from kzld.errors import ReadError
from kzld.rdf import positions
from kzld.rdf.files import decode, name_of, read_bytes
from kzld.rdf.namespaces import CONTEXT_IRI, PREFIXES, Term, value_of
from kzld.rdf.syntax_errors import advise
from kzld.text import one_line, pointer

_OUR_CONTEXT = re.compile(rf'("@context"\s*:[\[\s]*)"{re.escape(CONTEXT_IRI)}"')


SUFFIXES: dict[str, ox.RdfFormat] = {
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
SHEET_SUFFIXES = (".csv", ".tsv")
_WORKBOOKS = (".xlsx", ".xls", ".ods", ".numbers")
FORMATS: dict[str, ox.RdfFormat] = {
    "turtle": ox.RdfFormat.TURTLE,
    "trig": ox.RdfFormat.TRIG,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "nquads": ox.RdfFormat.N_QUADS,
    "rdfxml": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
}
"""The syntaxes by the names that the command has for them."""
_MAX_XML_DEPTH = 1000  # the parser's time grows with the square of the depth
_LINES_ABOVE = 20  # where a subject can stand before its first value


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
    lines = [subjects.get(value_of(quad.subject), 0) for quad in quads]
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
