"""RDF files parsed with the line of each statement; the formats and their suffixes."""

from __future__ import annotations

import io
import json
import re
import sys
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableSequence, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

import pyoxigraph as ox

from kzld.errors import ReadError
from kzld.rdf import positions
from kzld.rdf.files import decode, name_of, read_bytes
from kzld.rdf.literals import is_rewritten
from kzld.rdf.namespaces import CONTEXT_IRI, Term, node_name
from kzld.rdf.reparsed import Reparsed, has_blank_node
from kzld.rdf.syntax_errors import (
    check_names,
    error_at,
    line_of,
    other_syntax_hint,
    rdf12_error,
    syntax_error,
)
from kzld.text import Phrase, one_line

if TYPE_CHECKING:
    from kzld.rdf.jsonld_account import Slip

_OUR_CONTEXT = re.compile(
    r'("@context"\s*:\s*(?:\[(?:(?:[^\[\]]|\[[^\[\]]*\])*?,)?\s*)?)'
    rf'"{re.escape(CONTEXT_IRI)}"'
)
_MOST_CONTEXTS = 1000  # the packaged context has 8 kB each time


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
SHEET_SUFFIXES = (".csv", ".tsv", ".xlsx", ".xlsm", ".ods")
_OTHER_WORKBOOKS = (".xls", ".numbers")
FORMATS: dict[str, ox.RdfFormat] = {
    "turtle": ox.RdfFormat.TURTLE,
    "trig": ox.RdfFormat.TRIG,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "nquads": ox.RdfFormat.N_QUADS,
    "rdfxml": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
}
"""The syntaxes by their names on the command line."""
_MAX_XML_DEPTH = 1000  # the parser's time grows with the square of the depth
_LINES_ABOVE = 20  # the search for a subject goes back so far from its first value


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere in a file.

    Attributes:
        line: from 1; in a spreadsheet, the number of the row; 0 if unknown.
        column: from 1, in characters or, in a spreadsheet, in columns; 0 if unknown.
        text: the text of the line, or of the cell.
        heading: the heading of a spreadsheet's column; None for other files.
        file_line: in a spreadsheet, the line in a text editor, if it differs from the row.
    """

    line: int
    column: int
    text: str
    heading: str | None = None
    file_line: int = 0


@dataclass(frozen=True, slots=True)
class Fault:
    """A part of a file that cannot be read, although the rest can: a cell, a heading, a key.

    Attributes:
        place: its place.
        subject: the fact or thing that it would say something about; None if there is none.
        problem: the problem.
        remedy: the way to solve it.
        rule: the short name of the rule that it breaks.
        written: the key or value, as it is written; empty for a cell, which is the place's text.
        is_loss: whether the statements of the file lack something because of it.
    """

    place: Place
    subject: ox.NamedNode | ox.BlankNode | None
    problem: Phrase
    remedy: Phrase
    rule: str
    written: str = ""
    is_loss: bool = True

    def __str__(self) -> str:
        """`3:4: organisation “EAUE”: nothing is called that; did you mean body:EAEU?`."""
        about = ""
        if heading := self.place.heading:
            about = f"{heading} “{self.place.text}”: " if self.place.text else f"{heading}: "
        return f"{self.place.line}:{self.place.column}: {about}{self.problem}; {self.remedy}"


@dataclass(frozen=True)
class Document:
    """The triples of one file, with the lines on which they stand.

    Attributes:
        name: the file as the user named it, `<stdin>` for standard input.
        text: the file's text; error messages quote the line at fault.
        quads: the statements, in the order of the file.
        lines: for each statement the line (from 1) on which it ends. In JSON-LD, whose
            parser reads ahead, the line that names the subject; 0 if no line does.
        prefixes: the prefixes that the file declares.
        base: the base IRI of its relative IRIs.
        faults: the parts that cannot be read although the rest can, in the order of the file.
    """

    name: str
    text: str
    quads: Sequence[ox.Quad]
    lines: Sequence[int]
    prefixes: Mapping[str, str] = field(default_factory=dict)
    base: str | None = None
    faults: Sequence[Fault] = ()

    def __iter__(self) -> Iterator[ox.Quad]:
        return iter(self.quads)

    @cached_property
    def incomplete(self) -> set[Term]:
        """The facts and things that may have more statements than could be read."""
        return {fault.subject for fault in self.faults if fault.subject and fault.is_loss}

    def may_have(self, subject: Term, properties: Iterable[str]) -> bool:  # noqa: ARG002
        """Whether a subject may have one of some properties in a part that could not be read."""
        return subject in self.incomplete

    def is_partial(self, subject: Term) -> bool:
        """Whether a part of the description of a subject could not be read."""
        return subject in self.incomplete

    @cached_property
    def misread(self) -> set[str]:
        """The names that stand for something else than was meant, such as `kx:from`."""
        return {fault.written for fault in self.faults if not fault.is_loss}

    def complete(self) -> Document:
        """The document itself, if nothing of the file is lost.

        Raises:
            ReadError: some part of the file makes no statement; the message names the first.
        """
        losses = [fault for fault in self.faults if fault.is_loss]
        if not losses:
            return self
        place, more = losses[0].place, ""
        if len(losses) > 1:
            more = f" ({len(losses) - 1} more; kzld validate {self.name} lists them all)"
        reason = f"{losses[0].problem}; {losses[0].remedy}{more}"
        raise error_at(self.name, place.text, place.line, place.column, one_line(reason))

    def line(self, number: int) -> str:
        """The text of a line, counted from 1; empty past the end."""
        return self._line(number).text

    @cached_property
    def _line(self) -> Callable[[int], positions.Line]:
        """A line by its number, with a cache: findings are often on neighbouring lines."""

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
        return _starts_of_lines(self.text)

    def place(self, statement: int, term: Term) -> Place:
        """The place of a term in a statement, which is given by its number."""
        return self._place(self.lines[statement], term)

    def subject_place(self, subject: Term, statement: int, lacking: str) -> Place:  # noqa: ARG002
        """The place to report that a subject lacks a property, given its first statement.

        The place is the start of the subject: on the line on which the statement ends, or
        a few lines above.
        """
        last = self.lines[statement]
        for line in range(last, max(0, last - _LINES_ABOVE), -1):
            if self._line(line).find(subject):
                return self._place(line, subject)
        return self._place(last, subject)

    def _place(self, number: int, term: Term) -> Place:
        """The place of a term on a line; the start of the line's text if it is not found."""
        text = self.line(number)
        column = self._line(number).find(term) or len(text) - len(text.lstrip()) + 1
        return Place(number, column if text else 0, text)


def _starts_of_lines(text: str) -> array[int]:
    """The offset of each line; a list of the lines would double the memory."""
    starts = array("Q", [0])
    starts.extend(match.end() for match in re.finditer("\n", text))
    return starts


def _line_and_column(text: str, offset: int) -> tuple[int, int]:
    """The line and column, from 1, for an offset in a text."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


@dataclass(frozen=True, kw_only=True)
class JsonDocument(Document):
    """JSON-LD, in which the place of each key and value is known, as its offset in the text.

    Attributes:
        keys: the place of the key of each statement.
        values: the place of the value of each statement.
        nodes: the place of each node that the file describes: of its name, if it has one.
    """

    keys: Sequence[int]
    values: Sequence[int]
    nodes: Mapping[str, int]

    def place(self, statement: int, term: Term) -> Place:
        """The place of the key or value of a statement, which is given by its number."""
        is_key = term == self.quads[statement].predicate
        return self.place_at((self.keys if is_key else self.values)[statement])

    def subject_place(self, subject: Term, statement: int, lacking: str) -> Place:  # noqa: ARG002
        """The place of a node."""
        return self.place_at(self.nodes.get(node_name(subject), self.keys[statement]))

    def place_at(self, offset: int) -> Place:
        """The place at an offset in the text."""
        line = bisect_right(self._starts, offset)
        return Place(line, offset - self._starts[line - 1] + 1, self.line(line))


class _LineFeed(io.RawIOBase):
    """Hand a parser one line at a time, and count the lines.

    The parser asks for more only when it has used up what it has, so when it yields a
    triple, `number` is the line on which that triple ends.
    """

    def __init__(self, data: bytes) -> None:
        self._lines = io.BytesIO(data)
        self._at_start = True
        self.number = 0

    def read(self, size: int = -1) -> bytes:
        part = self._lines.readline(size)  # a long line comes in parts
        self.number += self._at_start and bool(part)
        self._at_start = part.endswith(b"\n")
        return part


def read_document(
    path: str | Path,
    *,
    context: str | None = None,
    syntax: ox.RdfFormat = ox.RdfFormat.TURTLE,
    large: int = sys.maxsize,
) -> Document:
    """Read an RDF file (or `-`: standard input) with the line of each triple.

    Remote documents are never fetched.

    Args:
        path: a file whose suffix says its syntax (`.ttl`, `.trig`, `.nt`, `.nq`, `.rdf`,
            `.xml`, `.owl`, `.jsonld`, `.json`, each also followed by `.gz`).
        context: the packaged JSON-LD context; it replaces the IRI of the context in a file.
        syntax: the syntax of standard input.
        large: from how many characters on its statements are not kept, but parsed anew each
            time that a caller goes through them. JSON-LD is kept whatever its length.

    Raises:
        ReadError: the file is missing, unreadable, too large or not UTF-8, has another
            suffix, no triple or a syntax error.
    """
    if str(path) != "-":
        syntax = format_of(Path(path))
    return parse_document(read_bytes(path), name_of(path), syntax, context=context, large=large)


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
    if suffix.lower() in _OTHER_WORKBOOKS:
        problem = "is a workbook of a spreadsheet program; save it there as .xlsx or .ods"
    raise ReadError(f"{path}: {problem}", file=str(path))


def parse_document(
    data: bytes,
    name: str,
    syntax: ox.RdfFormat,
    *,
    context: str | None = None,
    large: int = sys.maxsize,
) -> Document:
    """Parse the bytes of a file; error messages call it `name`.

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
    is_large = len(text) >= large
    rewritten = False
    kept: dict[int, ox.Quad] = {}  # by their numbers
    lines: MutableSequence[int] = array("L") if is_large else []
    try:
        parser = ox.parse(cast(IO[bytes], feed), format=syntax)
        for quad in parser:
            if is_beyond_rdf11(quad.object):
                raise rdf12_error(name, feed.number, line_of(text, feed.number))
            if not is_large or has_blank_node(quad):
                kept[len(lines)] = quad
            rewritten = rewritten or (is_large and is_rewritten(quad.object))
            lines.append(feed.number)
    except SyntaxError as error:
        number = error.lineno or feed.number
        raise syntax_error(error, name, syntax, number, line_of(text, number), text) from None
    if not lines:
        raise ReadError(f"{name}: contains no triples", file=name)
    parsed: Sequence[ox.Quad] = list(kept.values())
    if is_large:
        parsed = Reparsed(text, syntax, len(lines), kept, is_rewritten=rewritten)
    check_names(parsed, lines, name, text)
    return Document(name, text, parsed, lines, parser.prefixes, parser.base_iri)


def _parse_json(text: str, name: str, context: str | None) -> Document:
    """Parse JSON-LD, with the packaged context instead of its IRI."""
    from kzld.rdf.json_text import DEEPEST, TooDeepError, place_of  # seldom needed
    from kzld.rdf.jsonld_walk import walk

    ours = json.loads(context)["@context"] if context else {}
    on_one_line = json.dumps(ours) if ours else ""  # keeps the line numbers

    try:
        parser, quads = _json_quads(text, on_one_line)
        account = walk(text, ours)
        if account.labels:
            parser, quads = _json_quads(account.with_labels(text), on_one_line)
    except SyntaxError as error:
        if error.lineno is None and (start := place_of(str(error), text)) is not None:
            error.lineno, error.offset = _line_and_column(text, start)
        number = error.lineno or 0
        line = line_of(text, number)
        raise syntax_error(error, name, ox.RdfFormat.JSON_LD, number, line, text) from None
    except TooDeepError as error:
        number, column = _line_and_column(text, error.start)
        problem = f"objects and arrays are nested more than {DEEPEST} deep"
        raise error_at(name, line_of(text, number), number, column, problem) from None
    places = account.places(quads)
    if not quads and not account.slips:
        hint = "" if text.lstrip().startswith("{") else "; in JSON-LD, facts are objects: { … }"
        raise ReadError(f"{name}: contains no triples{hint}", file=name)
    keys, values = [key for key, _ in places], [value for _, value in places]
    starts = _starts_of_lines(text)
    document = JsonDocument(
        name,
        text,
        quads,
        [bisect_right(starts, offset) for offset in values],
        parser.prefixes,
        parser.base_iri,
        keys=keys,
        values=values,
        nodes=account.nodes,
    )
    for quad, number in zip(quads, document.lines, strict=True):
        if is_beyond_rdf11(quad.object):
            raise rdf12_error(name, number, document.line(number))
    return replace(document, faults=[_fault(document, slip) for slip in account.slips])


def _json_quads(text: str, context: str) -> tuple[ox.QuadParser, list[ox.Quad]]:
    """The statements of JSON-LD, with a context, if any, instead of the packaged one's IRI."""
    whole = text
    if context and CONTEXT_IRI in text:
        whole = _OUR_CONTEXT.sub(lambda match: match[1] + context, text, _MOST_CONTEXTS)
    try:
        parser = ox.parse(whole.encode(), format=ox.RdfFormat.JSON_LD)
        return parser, list(parser)
    except SyntaxError as error:
        as_long = "{}".ljust(len(CONTEXT_IRI) + 2)
        if error.lineno is not None and context not in ("", as_long):
            _json_quads(text, as_long)  # raises the error with its place in the file
        raise


def _fault(document: JsonDocument, slip: Slip) -> Fault:
    """The fault for a key or value that does not say what it seems to say."""
    subject = _node(slip.subject) if slip.subject else None
    problem, remedy, rule, is_loss = slip.advice
    place = document.place_at(slip.start)
    length = positions.extent(place.text, place.column)
    written = slip.written or place.text[place.column - 1 :][:length]
    return Fault(place, subject, problem, remedy, rule, written, is_loss)


def _node(name: str) -> ox.NamedNode | ox.BlankNode:
    return ox.BlankNode(name[2:]) if name.startswith("_:") else ox.NamedNode(name)


def is_beyond_rdf11(term: Term) -> bool:
    """Whether a term needs RDF 1.2, which most stores do not support yet."""
    if isinstance(term, ox.Literal):
        return term.direction is not None
    return isinstance(term, ox.Triple)


def _check_xml(text: str, name: str) -> None:
    """Refuse malformed XML, with the place, and XML that would exhaust its reader."""
    from xml.parsers import expat  # seldom needed

    parser, depth = expat.ParserCreate(encoding="UTF-8"), 0

    def refuse(problem: str) -> None:
        line, column = parser.CurrentLineNumber, parser.CurrentColumnNumber + 1
        raise error_at(name, line_of(text, line), line, column, problem)

    def start(*_: object) -> None:
        nonlocal depth
        depth += 1
        if depth > _MAX_XML_DEPTH:
            refuse(f"elements are nested more than {_MAX_XML_DEPTH} deep")

    def end(_name: object) -> None:
        nonlocal depth
        depth -= 1

    def doctype(*_: object) -> None:
        refuse(
            "RDF/XML with a document type is refused (its entities can grow without limit); "
            "remove the <!DOCTYPE …>" + other_syntax_hint(text, ox.RdfFormat.RDF_XML, name)
        )

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        problem = expat.ErrorString(error.code) + other_syntax_hint(
            text, ox.RdfFormat.RDF_XML, name
        )
        where = error.lineno, error.offset + 1
        raise error_at(name, line_of(text, error.lineno), *where, problem) from None
