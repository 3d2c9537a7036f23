"""Names for the blank nodes of a file: the lines on which they stand."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import replace

import pyoxigraph as ox

from kzld.rdf.documents import Document, Fault, JsonDocument
from kzld.rdf.namespaces import Term, node_name
from kzld.rdf.reparsed import Reparsed, has_blank_node

_AT_LINE = re.compile(r"_:line(\d+)(?:-(\d+))?")


def named_by_line(document: Document) -> Document:
    """The document with its blank nodes named by their lines: `_:line3`, `_:line3-2`.

    A parser gives them other names each time. The names also differ between files: `display`
    leaves out the part that tells the file.
    """
    quads = document.quads
    blank = quads.blank if isinstance(quads, Reparsed) else list(filter(has_blank_node, quads))
    if not blank and not document.faults:
        return document
    names = _Names(document)
    if isinstance(quads, Reparsed):
        for number, quad in quads.blank.items():
            names.quad(quad, number)
        return replace(document, quads=quads.renamed(names.of))
    renamed = [names.quad(quad, number) for number, quad in enumerate(quads)]
    faults = [replace(fault, subject=names.subject(fault)) for fault in document.faults]
    return names.places_in(replace(document, quads=renamed, faults=faults))


def line_of(name: str) -> str | None:
    """The line in a name that a blank node has by its line, with its number if it is not 1.

    None for any other name.
    """
    match = _AT_LINE.fullmatch(name)
    return match and (f"{match[1]} ({match[2]})" if match[2] else match[1])


class _Names:
    """The names of the blank nodes of a document."""

    def __init__(self, document: Document) -> None:
        self._document = document
        digest = hashlib.sha256(document.name.encode("utf-8", "surrogateescape")).hexdigest()
        self._file = f"f{digest[:12]}"
        self._names: dict[Term, ox.BlankNode] = {}
        self._on_line: Counter[int] = Counter()

    def quad(self, quad: ox.Quad, number: int) -> ox.Quad:
        """A statement with the names of its blank nodes, given its number."""
        subject, value = (self._name(term, number) for term in (quad.subject, quad.object))
        if subject is quad.subject and value is quad.object:
            return quad
        return ox.Quad(subject, quad.predicate, value, quad.graph_name)  # type: ignore[arg-type]

    def subject(self, fault: Fault) -> ox.NamedNode | ox.BlankNode | None:
        """The name of the subject of a fault; None for a blank node without any statement."""
        subject = fault.subject
        return self._names.get(subject) if isinstance(subject, ox.BlankNode) else subject

    def of(self, term: Term) -> Term:
        """The name of a term; the same for a term that is no blank node."""
        return self._names.get(term, term) if isinstance(term, ox.BlankNode) else term

    def _name(self, term: Term, statement: int) -> Term:
        if isinstance(term, ox.BlankNode) and term not in self._names:
            line = self._line(term, statement)
            self._on_line[line] += 1
            more = f"-{self._on_line[line]}" if self._on_line[line] > 1 else ""
            self._names[term] = ox.BlankNode(f"{self._file}.line{line}{more}")
        return self.of(term)

    def _line(self, node: ox.BlankNode, statement: int) -> int:
        if isinstance(self._document, JsonDocument):
            return self._document.subject_place(node, statement, "").line
        return self._document.lines[statement]

    def places_in(self, document: Document) -> Document:
        """The document, with the places of its nodes by their names."""
        if not isinstance(document, JsonDocument):
            return document
        names = {node_name(old): node_name(new) for old, new in self._names.items()}
        nodes = {names.get(name, name): place for name, place in document.nodes.items()}
        return replace(document, nodes=nodes)
