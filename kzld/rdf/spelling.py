"""Answers to queries with literals as the data write them.

A query is answered by value: `5` for `05`. The triple patterns of the query tell from which
statements a variable has its values, and so how these are written. A value that the query
computes stays as it is, and so does a value that these statements write in several ways.
"""

from __future__ import annotations

import io
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cached_property, partial
from typing import IO, Any, cast

import pyoxigraph as ox
from rdflib.plugins.sparql.algebra import translateQuery, traverse
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import Literal, URIRef, Variable

from kzld.errors import SeveralSpellingsWarning
from kzld.rdf.literals import without_mark
from kzld.rdf.namespaces import Term
from kzld.rdf.store import Store
from kzld.rdf.turtle import literal

_SHOWN = 3
_SAME_VALUE = ("Aggregate_Sample", "Aggregate_Min", "Aggregate_Max")
_Place = ox.NamedNode | str | None
"""A position in a triple pattern: an IRI, the name of a variable, or any term."""
_Bindings = Mapping[str, Term | None]


def as_written(
    answer: Any, store: Store, query: str, prefixes: Mapping[str, str], base: str | None
) -> Any:
    """The solutions or triples of an answer, with literals as the statements write them.

    Warns, when the answer ends, of values that are written in several ways.

    Args:
        answer: the answer of `Store.evaluate`.
        store: the store.
        query: the query.
        prefixes: the prefixes that the query need not declare.
        base: the base IRI of its relative IRIs.
    """
    speller = _Speller(store, partial(_Origins, query, prefixes, base))
    if not isinstance(answer, ox.QuerySolutions):
        return speller.triples(answer)
    # Only a parser makes such an object, and only the store's own is rewritten.
    lines = cast(IO[bytes], _Lines(speller.table(answer)))
    return ox.parse_query_results(lines, ox.QueryResultsFormat.TSV)


def prepare() -> None:
    """Load all files that the reading of queries needs."""
    _Origins("ASK {}", {}, None)


class _Origins:
    """The statements from which a query has the values of its variables.

    Attributes:
        template: the triples that a CONSTRUCT query makes, as subject, predicate and object;
            empty if it copies statements. The object is None if the query states it.
    """

    def __init__(self, query: str, prefixes: Mapping[str, str], base: str | None) -> None:
        self._patterns: defaultdict[str, list[tuple[_Place, _Place]]] = defaultdict(list)
        self._aliases: dict[str, str] = {}
        self.template: list[tuple[_Place, _Place, str | None]] = []
        # Oxigraph has answered the query. What rdflib cannot read stays as Oxigraph writes it.
        with suppress(Exception):
            tree = translateQuery(parseQuery(query), base, dict(prefixes)).algebra
            traverse(tree, visitPre=self._read)

    def _read(self, node: Any) -> None:
        if not isinstance(node, CompValue):
            return
        for subject, predicate, value in (node.name == "BGP" and node.triples) or ():
            is_path = not isinstance(predicate, (URIRef, Variable))
            if isinstance(value, Variable):
                place = (None, None) if is_path else (_place(subject), _place(predicate))
                self._patterns[str(value)].append(place)
            if is_path and isinstance(subject, Variable):  # the path may be an inverse one
                self._patterns[str(subject)].append((None, None))
        if node.name == "Extend" and isinstance(node.expr, Variable):
            self._aliases[str(node.var)] = str(node.expr)
        if node.name in _SAME_VALUE and isinstance(node.vars, Variable):
            self._aliases[str(node.res)] = str(node.vars)
        for subject, predicate, value in node.template or ():
            name = None if isinstance(value, (Literal, URIRef)) else str(value)
            self.template.append((_place(subject), _place(predicate), name))

    def of(self, variable: str) -> list[tuple[_Place, _Place]]:
        """The subject and predicate of each pattern from which a variable has its values."""
        seen = set[str]()
        while not self._patterns.get(variable) and variable not in seen:
            seen.add(variable)
            variable = self._aliases.get(variable, variable)
        return self._patterns.get(variable, [])


def _place(node: Any) -> _Place:
    if isinstance(node, URIRef):
        return ox.NamedNode(node)
    return str(node) if isinstance(node, Variable) else None


class _Speller:
    """Spells the values of one answer; it reads the query when it meets the first such value."""

    def __init__(self, store: Store, read_origins: Callable[[], _Origins]) -> None:
        self._store, self._read_origins = store, read_origins
        self._values = store.rewritten_values()
        self._found: dict[tuple[Term | None, Term | None, Term], list[Term]] = {}
        self._several: dict[Term, list[Term]] = {}

    @cached_property
    def _origins(self) -> _Origins:
        return self._read_origins()

    def table(self, solutions: ox.QuerySolutions) -> Iterator[bytes]:
        """The lines of the solutions in TSV, in which the parser keeps the literals."""
        names = [variable.value for variable in solutions.variables]
        yield "\t".join(f"?{name}" for name in names).encode() + b"\n"
        for solution in solutions:
            row = dict(zip(names, solution, strict=True))
            terms = (self._cell(name, term, row) for name, term in row.items())
            yield "\t".join("" if term is None else str(term) for term in terms).encode() + b"\n"
        self._warn()

    def triples(self, triples: Iterable[ox.Triple]) -> Iterator[ox.Triple]:
        """The triples with all spellings of a statement that is in the data."""
        for triple in triples:
            for term in self._objects(triple):
                yield ox.Triple(triple.subject, triple.predicate, term)
        self._warn()

    def _cell(self, name: str, term: Term | None, row: _Bindings) -> Term | None:
        if term not in self._values:
            return term
        return self._one(term, self._spellings(name, term, row))

    def _objects(self, triple: ox.Triple) -> list[Term]:
        """The object of a triple, in all spellings of its statement in the data."""
        value = triple.object
        if isinstance(value, ox.Triple):  # about which a fact is, in RDF 1.2
            terms = self._objects(value) if value.object in self._values else [value.object]
            return [ox.Triple(value.subject, value.predicate, term) for term in terms]
        if value not in self._values:
            return [value]
        stated = self._look_up(triple.subject, triple.predicate, value)
        return stated or [self._of_template(triple)]

    def _of_template(self, triple: ox.Triple) -> Term:
        """The object of a triple that is not in the data, but whose value may be."""
        found: list[Term] = []
        for subject, predicate, name in self._origins.template:
            fits = predicate == triple.predicate or not isinstance(predicate, ox.NamedNode)
            if fits and (subject == triple.subject or not isinstance(subject, ox.NamedNode)):
                if name is None:
                    return without_mark(triple.object)
                bound = {str(subject): triple.subject, str(predicate): triple.predicate}
                found += self._spellings(name, triple.object, bound)
        return self._one(triple.object, found)

    def _spellings(self, name: str, term: Term, bound: _Bindings) -> list[Term]:
        """The spellings of a variable's value in the statements from which it may come."""

        def term_at(place: _Place) -> Term | None:
            return bound.get(place) if isinstance(place, str) else place

        return [
            found
            for subject, predicate in self._origins.of(name)
            for found in self._look_up(term_at(subject), term_at(predicate), term)
        ]

    def _look_up(self, subject: Term | None, predicate: Term | None, term: Term) -> list[Term]:
        """The spellings of a literal in the statements with a subject and a predicate."""
        key = (subject, predicate, term)
        if key not in self._found:
            about = subject if isinstance(subject, (ox.NamedNode, ox.BlankNode)) else None
            by = predicate if isinstance(predicate, ox.NamedNode) else None
            self._found[key] = self._store.spellings(about, by, term)
        return self._found[key]

    def _one(self, term: Term, spellings: Iterable[Term]) -> Term:
        """The only spelling; else the term, as it is computed or has several spellings."""
        found = list(dict.fromkeys(spellings))
        if len(found) > 1:
            self._several[term] = found
        return found[0] if len(found) == 1 else without_mark(term)

    def _warn(self) -> None:
        if not self._several:
            return
        shown = [
            f"{literal(term)} for {' and '.join(sorted(map(literal, found)))}"
            for term, found in list(self._several.items())[:_SHOWN]
        ]
        if more := len(self._several) - len(shown):
            shown.append(f"and so on for {more} more")
        message = f"the data write a value in several ways; the answer has {', '.join(shown)}"
        warnings.warn(message, SeveralSpellingsWarning, stacklevel=2)


class _Lines(io.RawIOBase):
    """A file of lines that are made when they are read."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines, self._rest = lines, b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        line = self._rest or next(self._lines, b"")
        size = len(line) if size < 0 else size
        self._rest = line[size:]
        return line[:size]
