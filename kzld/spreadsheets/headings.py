"""The columns of spreadsheets: the properties that their headings mean."""

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
from kzld.rdf.namespaces import LANGUAGES, display, expand
from kzld.spreadsheets.cells import Names
from kzld.spreadsheets.new_iris import Namer

TYPE = "type"
ID = "id"
_LANGUAGE = re.compile(r"(.*\S)\s*\(\s*([A-Za-z]{2,3}(?:-[A-Za-z0-9]+)*)\s*\)")


class Known:
    """What headings and cells can mean; the sheets of one run share it."""

    def __init__(self, dataset: Dataset, documents: Iterable[Document] = ()) -> None:
        self._dataset = dataset
        self.kinds = kinds(dataset)
        self.headings: dict[str, frozenset[str]] = {}  # the properties meant, by folded heading
        self._spelt: dict[str, str] = {}
        self._learn_headings()
        self.names = Names(dataset, (quad for document in documents for quad in document.quads))
        self.namer = Namer(self.names)
        self._said_kinds: dict[str, Kind] = {}

    def label(self, thing: ox.NamedNode) -> str:
        """What messages call a thing."""
        return self._dataset.label(thing)

    def heading(self, column: Column) -> str:
        """What messages call a column."""
        return column.heading(self._dataset)

    def kind(self, said: str) -> Kind:
        """The kind that a person means.

        Raises:
            UnknownNameError: there is none.
        """
        if said not in self._said_kinds:
            self._said_kinds[said] = find_kind(self._dataset, self.kinds, said)
        return self._said_kinds[said]

    def read_heading(self, text: str) -> Heading | None:
        """The properties and the language that a heading means; None where it means nothing."""
        bare, language = text, ""
        if (match := _LANGUAGE.fullmatch(text)) and fold(text) not in self.headings:
            bare, language = match[1], match[2]
        iri = expand(bare)
        properties = self.headings.get(fold(bare)) or frozenset({iri} if iri else ())
        if not properties or (iri and not any(iri in iris for iris in self.headings.values())):
            return None
        return Heading(text, properties, language)

    def near_headings(self, text: str) -> list[str]:
        """The headings that a misspelt one most resembles, one for each property."""
        near: dict[frozenset[str], str] = {}
        for name in nearest(fold(text), self.headings):
            near.setdefault(self.headings[name], self._spelt[name])
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
        """Let a heading mean a property, too; without one it means itself alone."""
        folded = fold(name)
        others = self.headings.get(folded, frozenset()) if iri else frozenset()
        self.headings[folded] = others | {iri or name}
        self._spelt.setdefault(folded, name)


@dataclass(frozen=True, slots=True)
class Heading:
    """What a heading can mean: properties (more than one where a label is shared), a language."""

    text: str
    properties: frozenset[str]
    language: str
