"""The headings of spreadsheets, and the properties that they mean."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import pyoxigraph as ox

from kzld.dataset.dataset import Dataset
from kzld.dataset.kinds import Column, Kind, find_kind, kinds
from kzld.dataset.name_table import fold
from kzld.errors import nearest
from kzld.rdf.documents import Document
from kzld.rdf.namespaces import LANGUAGES, Term, display, expand, graph_name
from kzld.spreadsheets.cells import Names
from kzld.spreadsheets.new_iris import Namer

TYPE = "type"
ID = "id"
_LANGUAGE = re.compile(r"(.*\S)\s*\(\s*([A-Za-z]{2,3}(?:-[A-Za-z0-9]+)*)\s*\)")


class Known:
    """The meanings of headings and names; all sheets of a run share them."""

    def __init__(self, dataset: Dataset, documents: Iterable[Document] = ()) -> None:
        self._dataset = dataset
        self.kinds = kinds(dataset)
        self.headings: dict[str, frozenset[str]] = {}  # the properties meant, by folded heading
        self._spellings: dict[str, str] = {}
        self._learn_headings()
        self.names = Names(dataset, (quad for document in documents for quad in document.quads))
        self.namer = Namer(self.names)
        self._kinds_by_name: dict[str, Kind] = {}

    def label(self, thing: ox.NamedNode) -> str:
        """The name of a thing in messages."""
        return self._dataset.label(thing)

    def describes(self, thing: ox.NamedNode, statements: set[tuple[str, Term]]) -> bool:
        """Whether the data set has exactly these statements about a thing."""
        found = self._dataset.store.quads_for_pattern(thing, None, None, graph_name("data"))
        return {(quad.predicate.value, quad.object) for quad in found} == statements

    def heading(self, column: Column) -> str:
        """The name of a column in messages."""
        return column.heading(self._dataset)

    def kind(self, text: str) -> Kind:
        """The kind that a text names.

        Raises:
            UnknownNameError: there is no such kind.
        """
        if text not in self._kinds_by_name:
            self._kinds_by_name[text] = find_kind(self._dataset, self.kinds, text)
        return self._kinds_by_name[text]

    def read_heading(self, text: str) -> Heading | None:
        """The properties and the language that a heading means; None if it means nothing."""
        bare, language = text, ""
        if (match := _LANGUAGE.fullmatch(text)) and fold(text) not in self.headings:
            bare, language = match[1], match[2]
        iri = expand(bare)
        properties = self.headings.get(fold(bare)) or frozenset({iri} if iri else ())
        if not properties or (iri and not any(iri in iris for iris in self.headings.values())):
            return None
        return Heading(text, properties, language)

    def near_headings(self, text: str) -> list[str]:
        """The headings nearest to a misspelt heading, one for each property."""
        near: dict[frozenset[str], str] = {}
        for name in nearest(fold(text), self.headings):
            near.setdefault(self.headings[name], self._spellings[name])
        return list(near.values())

    def _learn_headings(self) -> None:
        columns = (column for kind in self.kinds.values() for column in kind.columns)
        for iri in dict.fromkeys(column.property for column in columns):
            labels = (self._dataset.label(iri, language) for language in LANGUAGES)
            for name in (*labels, display(iri), re.split(r"[/#]", iri.value)[-1]):
                self._learn_heading(name, iri.value)
        self._learn_heading(TYPE)
        self._learn_heading(ID)

    def _learn_heading(self, name: str, iri: str = "") -> None:
        """Add a meaning to a heading: a property or, without one, the heading itself."""
        folded = fold(name)
        others = self.headings.get(folded, frozenset()) if iri else frozenset()
        self.headings[folded] = others | {iri or name}
        self._spellings.setdefault(folded, name)


@dataclass(frozen=True, slots=True)
class Heading:
    """The meaning of a heading: a language, and properties; several if they share a label."""

    text: str
    properties: frozenset[str]
    language: str
