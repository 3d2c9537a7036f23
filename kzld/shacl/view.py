"""Some graphs of a store, merged: what the rules see."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

import pyoxigraph as ox

from kzld.dataset.dataset import Dataset
from kzld.rdf.namespaces import PREFIXES, RDF, RDFS, Term, graph_name
from kzld.shacl.dependencies import Look

_RDF_TYPE: Final = ox.NamedNode(RDF + "type")
_SUBCLASS: Final = ox.NamedNode(RDFS + "subClassOf")
_BATCH: Final = 500
_About = dict[str, dict[Term, None]]
"""Properties with their values, each once, in order."""
_NO_VALUES: Final[dict[Term, None]] = {}


class View:
    """Some graphs of a data set, merged: what the rules see."""

    def __init__(self, dataset: Dataset, names: Iterable[str]) -> None:
        self._store = dataset.store
        self._graphs: list[ox.NamedNode | ox.BlankNode | ox.DefaultGraph] = [
            graph_name(name) for name in names
        ]
        self.plans: dict[tuple[object, ...], Any] = {}
        self._above: dict[Term, frozenset[str]] = {}
        self._classes: dict[frozenset[Term], frozenset[str]] = {}
        self._classes_of: dict[Term, frozenset[str]] = {}

    def _quads(
        self, subject: Term | None, predicate: ox.NamedNode | None, value: Term | None
    ) -> Iterator[ox.Quad]:
        if isinstance(subject, ox.Literal):
            return
        for graph in self._graphs:
            yield from self._store.quads_for_pattern(subject, predicate, value, graph)

    def has(
        self, subject: Term | None, predicate: ox.NamedNode | str | None, value: Term | None
    ) -> bool:
        """Whether there is such a statement; None stands for any term."""
        if isinstance(predicate, str):
            predicate = ox.NamedNode(predicate)
        return next(self._quads(subject, predicate, value), None) is not None

    def mentions(self, node: Term) -> bool:
        """Whether a statement is about a node, or has it as value."""
        return self.has(node, None, None) or self.has(None, None, node)

    def subjects(self, predicates: Iterable[str] | None = None) -> set[Term]:
        """All subjects, or those of some properties."""
        if predicates is None:
            return {quad.subject for quad in self._quads(None, None, None)}
        names = [ox.NamedNode(name) for name in predicates]
        return {quad.subject for name in names for quad in self._quads(None, name, None)}

    def objects(self, predicate: str) -> set[Term]:
        """All values of a property."""
        return {quad.object for quad in self._quads(None, ox.NamedNode(predicate), None)}

    def about(self, node: Term) -> _About:
        """The values of each property of a node, each once, in order."""
        about: _About = {}
        for quad in self._quads(node, None, None):
            about.setdefault(quad.predicate.value, {})[quad.object] = None
        return about

    def classes(self, node: Term) -> frozenset[str]:
        """The classes of a node, and those that they are part of."""
        found = self._classes_of.get(node)
        if found is None:
            types = (quad.object for quad in self._quads(node, _RDF_TYPE, None))
            found = self._classes_of[node] = self.classes_among(
                {_RDF_TYPE.value: dict.fromkeys(types)}
            )
        return found

    def classes_among(self, about: _About) -> frozenset[str]:
        """The classes that a description gives, and those that they are part of."""
        types = frozenset(about.get(_RDF_TYPE.value, _NO_VALUES))
        found = self._classes.get(types)
        if found is None:
            found = frozenset[str]().union(*map(self._superclasses, types))
            self._classes[types] = found
        return found

    def _superclasses(self, name: Term) -> frozenset[str]:
        """A class and all that it is part of."""
        found, ahead = set(), [name]
        while ahead:
            at = ahead.pop()
            if isinstance(at, ox.NamedNode) and at.value not in found:
                found.add(at.value)
                ahead += (quad.object for quad in self._quads(at, _SUBCLASS, None))
        return frozenset(found)

    def subclasses(self, name: str) -> set[str]:
        """A class and all its sub-classes."""
        found, ahead = set(), [ox.NamedNode(name)]
        while ahead:
            at = ahead.pop()
            if at.value not in found:
                found.add(at.value)
                below = (quad.subject for quad in self._quads(None, _SUBCLASS, at))
                ahead += (node for node in below if isinstance(node, ox.NamedNode))
        return found

    def query(
        self, text: str, bound: dict[ox.Variable, Term] | None = None
    ) -> list[ox.QuerySolution]:
        """The solutions of a SELECT query, with some variables bound."""
        found = self._store.query(
            text,
            prefixes=PREFIXES,
            default_graph=self._graphs,
            substitutions=bound,
        )
        return list(found) if isinstance(found, ox.QuerySolutions) else []

    def ask(
        self, text: str, start: int, look: Look, nodes: Iterable[Term]
    ) -> Iterator[ox.QuerySolution]:
        """The solutions of a query in which a variable is one of some nodes.

        Args:
            text: the query.
            start: where in it the variable can be bound.
            look: the variable.
            nodes: IRIs and blank nodes; the latter, which VALUES cannot name, one by one.
        """
        names = [node for node in nodes if isinstance(node, ox.NamedNode)]
        for first in range(0, len(names), _BATCH):
            batch = " ".join(map(str, names[first : first + _BATCH]))
            values = f" VALUES ?{look.variable} {{ {batch} }} "
            yield from self.query(text[:start] + values + text[start:])
        for node in nodes:
            if isinstance(node, ox.BlankNode):
                named = _selecting(text, look.variable)
                yield from self.query(named, {ox.Variable(look.variable): node})


def _selecting(text: str, variable: str) -> str:
    """A query with a variable among those selected: only they can be bound to a blank node."""
    head, where, body = text.partition("WHERE")
    if re.search(rf"[?$]{variable}\b", head):
        return text
    return f"{head} ?{variable} {where}{body}"
