"""Answers to queries with literals as the data write them.

A query is answered by value: `5` for `05`. The triple patterns of the query tell from which
statements a variable has its values, and so how these are written. A value that the query
computes stays as it is, and so does a value that these statements write in several ways.
"""

from __future__ import annotations

import io
import json
import logging
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

from kzld.errors import SpellingWarning
from kzld.rdf.literals import without_mark
from kzld.rdf.namespaces import Term
from kzld.rdf.store import Store
from kzld.rdf.turtle import literal

# rdflib logs a traceback for each literal of a query that is no value of its datatype.
logging.getLogger("rdflib.term").setLevel(logging.ERROR)
_SHOWN = 3
_SAME_VALUE = ("Aggregate_Sample", "Aggregate_Min", "Aggregate_Max")
_Place = ox.NamedNode | str | None
"""A position in a triple pattern: an IRI, the name of a variable, or any term."""
_Bindings = Mapping[str, Term]


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
    # Only Oxigraph makes such an object. Its parser keeps literals.
    parts = cast(IO[bytes], _Parts(speller.json(answer)))
    return ox.parse_query_results(parts, ox.QueryResultsFormat.JSON)


def prepare() -> None:
    """Load all files that the reading of queries needs."""
    _Origins("ASK {}", {}, None)


class _Origins:
    """The statements from which a query has the values of its variables.

    Attributes:
        template: the triples that a CONSTRUCT query makes, as subject, predicate and object;
            empty if it copies statements. The object is None if the query states it.
        are_known: whether the query could be read.
    """

    def __init__(self, query: str, prefixes: Mapping[str, str], base: str | None) -> None:
        self._patterns: defaultdict[str, list[tuple[_Place, _Place]]] = defaultdict(list)
        self._aliases: dict[str, str] = {}
        self.template: list[tuple[_Place, _Place, str | None]] = []
        self.are_known = False
        # Oxigraph has answered the query; rdflib cannot read all that goes beyond SPARQL 1.1.
        with suppress(Exception), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = translateQuery(parseQuery(query), base, dict(prefixes)).algebra
            traverse(tree, visitPre=self._read)
            self.are_known = True

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

    def json(self, solutions: ox.QuerySolutions) -> Iterator[bytes]:
        """The solutions as JSON, in parts."""
        names = [variable.value for variable in solutions.variables]
        yield b'{"head": {"vars": %s}, "results": {"bindings": [' % json.dumps(names).encode()
        separator = b""
        for solution in solutions:
            bound = zip(names, solution, strict=True)
            row = {name: term for name, term in bound if term is not None}
            cells = {name: _as_json(self._cell(name, term, row)) for name, term in row.items()}
            yield separator + json.dumps(cells).encode()
            separator = b",\n"
        yield b"]}}"
        self._warn()

    def triples(self, triples: Iterable[ox.Triple]) -> Iterator[ox.Triple]:
        """The triples with all spellings of a statement that is in the data."""
        for triple in triples:
            for term in self._objects(triple):
                yield ox.Triple(triple.subject, triple.predicate, term)
        self._warn()

    def _cell(self, name: str, term: Term, row: _Bindings) -> Term:
        if isinstance(term, ox.Triple):
            return ox.Triple(term.subject, term.predicate, self._objects(term)[0])
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

        if not self._origins.are_known:
            self._several[term] = self._look_up(None, None, term)
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
            shown.append(f"and {more} more")
        message = f"the answer has some values in a standard form: {', '.join(shown)}"
        warnings.warn(message, SpellingWarning, stacklevel=2)


def _as_json(term: Term) -> dict[str, Any]:
    """A term as the JSON of query results, https://www.w3.org/TR/sparql12-results-json/."""
    if isinstance(term, ox.Triple):
        parts = {"subject": term.subject, "predicate": term.predicate, "object": term.object}
        return {"type": "triple", "value": {name: _as_json(part) for name, part in parts.items()}}
    if not isinstance(term, ox.Literal):
        return {"type": "uri" if isinstance(term, ox.NamedNode) else "bnode", "value": term.value}
    if not term.language:
        return {"type": "literal", "value": term.value, "datatype": term.datatype.value}
    direction = {"its:dir": term.direction.value} if term.direction else {}
    return {"type": "literal", "value": term.value, "xml:lang": term.language, **direction}


class _Parts(io.RawIOBase):
    """A file whose parts are made when they are read."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts, self._rest = parts, b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        part = self._rest or next(self._parts, b"")
        size = len(part) if size < 0 else size
        self._rest = part[size:]
        return part[:size]
