"""Canonical Turtle: one way to write a graph, so that a diff shows facts, not white space.

Prefixes, subjects and values are sorted; predicates follow a reading order (what, who,
when, according to whom). Comments stay: a comment within or before a block is written
above it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

import pyoxigraph as ox

from kzld.rdf.documents import Document
from kzld.rdf.namespaces import PREFIXES, RDF, XSD, Term, shorten
from kzld.rdf.order import reading_order, term_order

_WIDTH = 100
_NOT_A_COMMENT = re.compile(
    r'<[^\x00-\x20<>"{}|^`]*>'  # an IRI, perhaps with \u escapes
    r'|"""(?:[^"\\]|\\.|"(?!""))*"""' + r"|'''(?:[^'\\]|\\.|'(?!''))*'''"
    r'|"(?:[^"\\\n]|\\.)*"' + r"|'(?:[^'\\\n]|\\.)*'"
    r"|\\.|(?P<comment>#[^\r\n]*)",  # an escape in a prefixed name, such as \# or \'
    re.DOTALL,
)
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_UNSAFE_IN_QUOTES = re.compile(r'[\\"\x00-\x1f\x7f]')
_UNSAFE_IN_LONG_QUOTES = re.compile(r'[\\\x00-\x09\x0b-\x1f\x7f]|"""|"\Z')


def format_document(
    document: Document, statements: Iterable[ox.Triple | ox.Quad] | None = None
) -> str:
    """The canonical text of a Turtle file with its comments; formatting is idempotent.

    Args:
        document: read from Turtle by `read_document`.
        statements: other statements for the file than it has now; a comment stays above the
            block of its subject.
    """
    header, comments, tail = _comments(document)
    written = document.quads if statements is None else statements
    return write(written, header=header, comments=comments, tail=tail)


def has_comments(document: Document) -> bool:
    """Whether a Turtle file has comments."""
    return any(match["comment"] for match in _NOT_A_COMMENT.finditer(document.text))


def write(
    triples: Iterable[ox.Triple | ox.Quad],
    *,
    header: Iterable[str] = (),
    comments: Mapping[Term, list[str]] | None = None,
    tail: Iterable[str] = (),
) -> str:
    """Triples as canonical Turtle, with those of the project's prefixes that they use.

    Args:
        triples: statements; the graph names of quads are ignored.
        header: comment lines for the top of the file.
        comments: by subject, the comment lines above its block.
        tail: comment lines for the end of the file.
    """
    used: set[str] = set()
    merged = (ox.Quad(t.subject, t.predicate, t.object) for t in triples)
    parts = blocks(with_canonical_blank_nodes(merged), used, comments or {})
    top, end = "".join(f"{line}\n" for line in header), "".join(f"{line}\n" for line in tail)
    return "\n".join(part for part in (top, prefix_lines(used), *parts, end) if part)


def prefix_lines(used: Iterable[str]) -> str:
    """The declarations of some of the project's prefixes."""
    return "".join(f"@prefix {prefix}: <{PREFIXES[prefix]}> .\n" for prefix in sorted(used))


def blocks(
    triples: Iterable[ox.Quad], used: set[str], comments: Mapping[Term, list[str]]
) -> list[str]:
    """The block of each subject, in order; the prefixes in use are added to `used`."""
    about: dict[Term, list[ox.Quad]] = defaultdict(list)
    for triple in triples:
        about[triple.subject].append(triple)
    return [
        "".join(f"{line}\n" for line in comments.get(subject, ()))
        + block(subject, about[subject], used)
        for subject in sorted(about, key=term_order)
    ]


def block(subject: Term, triples: Iterable[ox.Quad | ox.Triple], used: set[str]) -> str:
    """The block of one subject; the prefixes in use are added to `used`."""
    properties: dict[str, set[Term]] = defaultdict(set)
    for triple in triples:
        properties[triple.predicate.value].add(triple.object)
    return _block(subject, properties, used)


def with_canonical_blank_nodes(quads: Iterable[ox.Quad]) -> list[ox.Quad]:
    """Statements with canonical blank nodes: a parser gives them new labels each time."""
    statements = list(quads)
    if not any(isinstance(t, ox.BlankNode) for s in statements for t in (s.subject, s.object)):
        return statements
    dataset = ox.Dataset(statements)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return list(dataset)


def _block(subject: Term, properties: Mapping[str, set[Term]], used: set[str]) -> str:
    lines = []
    for predicate in sorted(properties, key=reading_order):
        values = [_term(value, used) for value in sorted(properties[predicate], key=term_order)]
        name = "a" if predicate == RDF + "type" else _iri(predicate, used)
        on_one_line = f"{name} {' , '.join(values)}"
        tagged = len(values) > 1 and any(value.startswith('"') for value in values)
        if len(values) == 1 or (len(on_one_line) < _WIDTH and not tagged):
            lines.append(on_one_line)
        else:
            lines.append(f"{name}\n        " + " ,\n        ".join(values))
    return f"{_term(subject, used)} " + " ;\n    ".join(lines) + " .\n"


def _term(term: Term, used: set[str]) -> str:
    if isinstance(term, ox.NamedNode):
        return _iri(term.value, used)
    if isinstance(term, ox.Triple):
        parts = (_term(part, used) for part in (term.subject, term.predicate, term.object))
        return f"<<( {' '.join(parts)} )>>"
    return _literal(term, used) if isinstance(term, ox.Literal) else str(term)


def literal(term: Term) -> str:
    """A literal as Turtle with the project's prefixes, such as `05` or `"5"^^xsd:int`."""
    return _term(term, set())


def _literal(term: ox.Literal, used: set[str]) -> str:
    if term.language:
        return f"{_quote(term.value)}@{term.language}"
    datatype = term.datatype.value
    if datatype == XSD + "string":
        return _quote(term.value)
    if _is_bare(term.value, datatype):
        return term.value
    return f"{_quote(term.value)}^^{_iri(datatype, used)}"


def _is_bare(value: str, datatype: str) -> bool:
    """Whether the value without quotes is a Turtle literal of this datatype."""
    forms = {"integer": r"[+-]?\d+", "decimal": r"[+-]?\d*\.\d+", "boolean": "true|false"}
    form = forms.get(datatype.removeprefix(XSD))
    return bool(form and re.fullmatch(form, value, re.ASCII))


def _iri(iri: str, used: set[str]) -> str:
    name = shorten(iri)
    if name is None:
        return str(ox.NamedNode(iri))
    used.add(name.partition(":")[0])
    return name


def _quote(text: str) -> str:
    """A Turtle string; a text of several lines keeps its line breaks, in long quotes."""

    def escape(match: re.Match[str]) -> str:
        return "".join(_ESCAPES.get(c, f"\\u{ord(c):04X}") for c in match[0])

    if "\n" in text:
        return f'"""{_UNSAFE_IN_LONG_QUOTES.sub(escape, text)}"""'
    return f'"{_UNSAFE_IN_QUOTES.sub(escape, text)}"'


def _comments(document: Document) -> tuple[list[str], dict[Term, list[str]], list[str]]:
    """The comments of a file: at its top, by the subject they belong to, at its end."""
    header: list[str] = []
    by_subject: dict[Term, list[str]] = defaultdict(list)
    tail: list[str] = []
    top = _top(document.text)
    position, line, quad = 0, 1, 0
    for match in _NOT_A_COMMENT.finditer(document.text):
        comment = match["comment"]
        if comment is None:
            continue
        line += document.text.count("\n", position, match.start())
        position = match.start()
        while quad < len(document.lines) and (
            document.lines[quad] < line
            or isinstance(document.quads[quad].subject, ox.BlankNode)  # renamed when written
        ):
            quad += 1
        if match.start() < top:
            header.append(comment.rstrip())
        elif quad < len(document.quads):
            by_subject[document.quads[quad].subject].append(comment.rstrip())
        else:
            tail.append(comment.rstrip())
    return header, by_subject, tail


def _top(text: str) -> int:
    """The offset at which the top of a file ends.

    That is before its prefixes or, without prefixes, at a blank line above the first block.
    """
    start = re.search(r"^\s*(@?(prefix|base)\s|[^#\s])", text, re.MULTILINE | re.IGNORECASE)
    if start is None or start[2]:
        return start.start(1) if start else len(text)
    return text.rfind("\n\n", 0, start.start(1)) + 1
