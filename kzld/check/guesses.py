"""Guesses for names of nothing: misspelt, in another case, or in letters of another script."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import islice

import pyoxigraph as ox

from kzld.check.letters import is_disguised, with_latin_letters
from kzld.dataset.dataset import Dataset
from kzld.dataset.name_index import CLASSES, PROPERTY_KINDS
from kzld.rdf.namespaces import BASE, graph_name, namespace_of, shorten, value_of
from kzld.shacl.results import Result

UNKNOWN_PROPERTY = {"unknown-property", "undeclared-property"}
_UNKNOWN_CLASS = {"unknown-class", "undeclared-class"}
_UNDECLARED = {"undeclared-class", "undeclared-property"}
_MOST = 3  # of the names for one guess
_MOST_MEANT = 9  # so many things with a word in their names are no guess
_MOST_GUESSES = 200  # of misspelt names in a run; with more, a whole namespace is wrong
_LONGEST = 300  # letters; a longer name is no slip
_DERIVED = graph_name("derived")
_NEAR_TERM = 60.0  # score
_LOOKED_AT = 20_000  # values of a property
_COUNTED = 1_000  # facts that name a thing


class Guesses:
    """The known names nearest to unknown names, each guessed once."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._found: dict[tuple[str, str], list[str]] = {}
        self._spaces: dict[tuple[str, str], list[str]] = {}  # by kind and property
        self._forms: dict[tuple[str, str], set[bool]] = {}  # by property and kind

    def names(self, result: Result) -> list[str]:
        """The names to propose for a result about an unknown name, as prefixed names.

        The best known comes first, of those that fit equally well.
        """
        unknown = result.path if result.rule in UNKNOWN_PROPERTY else result.value
        if not isinstance(unknown, ox.NamedNode) or len(unknown.value) > _LONGEST:
            return []
        if not (unknown.value.startswith(BASE) or result.rule in _UNDECLARED):
            return []
        if self._dataset.types(unknown):
            return []
        key = (unknown.value, "" if result.path is None else result.path.value)
        if key not in self._found and len(self._found) < _MOST_GUESSES:
            guessed = self._guess(unknown.value, result)
            names = (shorten(thing.value) for thing in guessed if thing != result.focus)
            self._found[key] = list(islice(filter(None, names), _MOST))
        return self._found.get(key, [])

    def _guess(self, iri: str, result: Result) -> list[ox.NamedNode]:
        namespace = namespace_of(iri)
        written = iri.removeprefix(namespace) if namespace else iri.partition(":")[2]
        for name in _readings(written):
            if result.rule in UNKNOWN_PROPERTY:
                found = self._term(namespace, name, PROPERTY_KINDS, result)
            elif result.rule in _UNKNOWN_CLASS:
                found = self._term(namespace, name, CLASSES, result)
            else:
                found = self._thing(namespace, name, self._fitting(result))
            if found:
                return found
        return []

    def _term(
        self, namespace: str, name: str, kinds: Sequence[str], result: Result
    ) -> list[ox.NamedNode]:
        """The classes or properties that a name may mean, best first.

        Args:
            namespace: the namespace that was written.
            name: the rest of what was written.
            kinds: the classes of such terms.
            result: the result about the name.
        """
        index = self._dataset.names_in([namespace])
        own = [namespace] if namespace else []  # none for a prefix without a meaning in JSON-LD
        called = index.find(name, kinds, namespaces=own).things
        if same := [t for t in called if t.value.lower() == f"{namespace}{name}".lower()]:
            return same
        near = index.near(name, kinds, namespaces=own, codes=True)
        for things in (
            self._best_known_first(called),
            self._best_known_first(index.find(name, kinds).things),
            [match.thing for match in near if match.score >= _NEAR_TERM],
        ):
            if fitting := [thing for thing in things if self._fits(thing, result)]:
                return fitting[:1]
        return index.suggest(namespace + name, kinds)[:1]

    def _fits(self, term: ox.NamedNode, result: Result) -> bool:
        """Whether facts or things of the same kind have a property, with such values."""
        if result.path is None or result.rule not in UNKNOWN_PROPERTY:
            return True
        kind = namespace_of(value_of(result.focus))
        if (term.value, kind) not in self._forms:
            quads = self._dataset.store.quads_for_pattern(None, term, None)
            self._forms[term.value, kind] = {
                isinstance(quad.object, ox.Literal)
                for quad in islice(quads, _LOOKED_AT)
                if namespace_of(value_of(quad.subject)) == kind and quad.graph_name != _DERIVED
            }
        return isinstance(result.value, ox.Literal) in self._forms[term.value, kind]

    def _thing(self, namespace: str, name: str, fitting: list[str]) -> list[ox.NamedNode]:
        """The things that a name may mean, best first.

        Args:
            namespace: the namespace that was written.
            name: the rest of what was written.
            fitting: the namespaces of the things that can stand there; empty for any.
        """
        own = [namespace] if namespace in fitting or not fitting else []
        others = [space for space in fitting if space != namespace]
        index = self._dataset.names_in([*own, *others])
        for namespaces in filter(None, (own, others)):
            if found := index.find(name, namespaces=namespaces).things:
                return self._best_known_first(found)
        found = index.find(name, namespaces=own or others, by_words=True).things
        if 0 < len(found) <= _MOST_MEANT:
            return self._best_known_first(found)
        return self._best_known_first(index.suggest(name, namespaces=own or others))

    def _fitting(self, result: Result) -> list[str]:
        """The namespaces of the values that a property has in facts or things of one kind."""
        if result.path is None or not isinstance(result.focus, ox.NamedNode):
            return []
        kind, path = namespace_of(result.focus.value), result.path
        if (kind, path.value) not in self._spaces:
            quads = self._dataset.store.quads_for_pattern(None, path, None)
            found = Counter(
                namespace_of(quad.object.value)
                for quad in islice(quads, _LOOKED_AT)
                if isinstance(quad.object, ox.NamedNode)
                and isinstance(quad.subject, ox.NamedNode)
                and namespace_of(quad.subject.value) == kind
                and self._dataset.types(quad.object)
            )
            self._spaces[kind, path.value] = [space for space, _ in found.most_common()]
        return self._spaces[kind, path.value]

    def _best_known_first(self, things: list[ox.NamedNode]) -> list[ox.NamedNode]:
        """The things in the order of the number of statements that name them."""
        if len(things) < 2:  # noqa: PLR2004
            return things
        store = self._dataset.store
        self._dataset.prefetch(things)

        def count(thing: ox.NamedNode) -> int:
            return sum(1 for _ in islice(store.quads_for_pattern(None, None, thing), _COUNTED))

        return sorted(things, key=count, reverse=True)


def _readings(name: str) -> list[str]:
    """A name as it is meant, if it is in letters of another script or of several."""
    if not is_disguised(name):
        return [name]
    plain = with_latin_letters(name)
    return [plain, name] if re.search("[A-Za-z]", name) else [name, plain]
