"""The headings of spreadsheets, and the properties that they mean."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import pyoxigraph as ox

from kzld.dataset.dataset import Dataset
from kzld.dataset.kinds import Column, Kind, find_kind, kinds
from kzld.dataset.name_table import fold
from kzld.errors import nearest
from kzld.rdf.documents import Document, Fault
from kzld.rdf.namespaces import CLAIM_KIND, LANGUAGES, Term, display, expand, graph_name
from kzld.spreadsheets.cells import Names, kind_label
from kzld.spreadsheets.echoes import ADDRESS, COMPUTED, IRI, LANGUAGE, Echoes
from kzld.spreadsheets.new_iris import Namer
from kzld.spreadsheets.table import Table, table_error
from kzld.text import Label, Phrase, either

TYPE = "type"
ID = "id"
_LANGUAGE = re.compile(r"(.*\S)\s*\(\s*([A-Za-z]{2,3}(?:-[A-Za-z0-9]+)*)\s*\)")
_FORM = re.compile(rf"(.*\S)\s*\(({IRI}|{ADDRESS}|{LANGUAGE})\)", re.IGNORECASE)
_IN = re.compile(r"\W+(?:in|en|на)$", re.IGNORECASE)
_MOST_ABOVE = 10  # rows in which headings below a title are looked for
_OVERVIEW = {"fact", "kind", "summary", "sources"}
_NO_OVERVIEW = (
    "is the overview of all facts, of which nothing can be read back; "
    "`kzld export --kind KIND` and `kzld export -f csv -o FOLDER/` write the tables of the kinds"
)
_LAST_WORD = re.compile(r"(.*\w)[\W_]+(\w[\w-]*)[\W_]*")


class Known:
    """The meanings of headings and names; all sheets of a run share them."""

    def __init__(self, dataset: Dataset, documents: Iterable[Document] = ()) -> None:
        self._dataset = dataset
        self.kinds = kinds(dataset)
        self.headings: dict[str, frozenset[str]] = {}  # the properties meant, by folded heading
        self._labels: dict[str, set[str]] = defaultdict(set)  # folded, by language
        self._spellings: dict[str, str] = {}
        self._languages: dict[str, str] = {}  # codes by the folded name of the language
        self._learn_headings()
        self.names = Names(dataset, (quad for document in documents for quad in document.quads))
        self.namer = Namer(self.names)
        self._kinds_by_name: dict[str, Kind] = {}

    def kind_label(self, class_: ox.NamedNode) -> Label:
        """The name of a kind in messages: `a membership`."""
        return kind_label([class_], self._dataset)

    def describes(self, thing: ox.NamedNode, statements: set[tuple[str, Term]]) -> bool:
        """Whether the data set has exactly these statements about a thing."""
        found = self._dataset.store.quads_for_pattern(thing, None, None, graph_name("data"))
        return {(quad.predicate.value, quad.object) for quad in found} == statements

    def heading(self, column: Column, language: str) -> str:
        """The heading of a column in a language."""
        return column.heading(self._dataset, language)

    def echoes(self, facts: Iterable[ox.NamedNode]) -> Echoes:
        """What an export writes beside the IRIs in the rows of some facts."""
        return Echoes(self._dataset, facts)

    def language_of(self, headings: Iterable[str]) -> str:
        """The language in which most headings are labels; English if none is."""
        names = {fold(self._without_language(heading)[0]) for heading in headings}
        return max(LANGUAGES, key=lambda language: len(names & self._labels[language]))

    def kind(self, text: str) -> Kind:
        """The kind that a text names.

        Raises:
            UnknownNameError: there is no such kind.
        """
        if text not in self._kinds_by_name:
            self._kinds_by_name[text] = find_kind(self._dataset, self.kinds, text)
        return self._kinds_by_name[text]

    def kind_of(self, name: str) -> Kind | None:
        """The kind of a fact or thing with an IRI or prefixed name; None for another text."""
        iri = (":" in name and expand(name)) or ""
        return next((kind for kind in self.kinds.values() if iri.startswith(kind.namespace)), None)

    def kinds_with(self, headings: Iterable[Heading]) -> list[Kind]:
        """The kinds that have all these columns; if possible, those that need no others."""
        asked = [heading for heading in headings if ID not in heading.properties]
        given = frozenset[str]().union(*(heading.properties for heading in asked))
        fitting = [
            kind
            for kind in self.kinds.values()
            if asked and all(h.column(kind) or h.properties & COMPUTED for h in asked)
        ]
        complete = [
            kind
            for kind in fitting
            if all(c.property.value in given for c in kind.columns if c.required)
        ]
        found = complete or fitting
        # A claim has no columns that a relation has not: it says its type.
        return [kind for kind in found if kind.name != CLAIM_KIND] or found

    def misfits(self, headings: Iterable[Heading]) -> str:
        """The headings that even the kind with most of them does not have, in words."""
        given = [heading for heading in headings if ID not in heading.properties]
        lacking = {
            kind.name: [heading.text for heading in given if not heading.column(kind)]
            for kind in self.kinds.values()
        }
        best = min(lacking, key=lambda name: len(lacking[name]))
        if len(lacking[best]) == len(given):
            return "no kind has all these columns"
        columns = " and ".join(f"“{text}”" for text in lacking[best])
        return f"no kind has all these columns ({best} does not have {columns})"

    def read_heading(self, text: str) -> Heading | None:
        """The properties and the language that a heading means; None if it means nothing."""
        if form := _FORM.fullmatch(text):
            heading = self.read_heading(form[1])
            return replace(heading, text=text, form=form[2].casefold()) if heading else None
        bare, language = self._without_language(text)
        iri = expand(bare)
        properties = self.headings.get(fold(bare)) or frozenset({iri} if iri else ())
        if not properties or (iri and not any(iri in iris for iris in self.headings.values())):
            return None
        return Heading(text, properties, language)

    def _without_language(self, text: str) -> tuple[str, str]:
        """A heading without its language, and this: `note (en)`, `note_en`, `note in English`."""
        if fold(text) in self.headings:
            return text, ""
        if (last := _LAST_WORD.fullmatch(text)) and fold(last[2]) in self._marks:
            return self._without_language(last[1])
        if last and fold(last[2]) in self._languages:
            bare = _IN.sub("", last[1])
            if fold(bare) in self.headings:
                return bare, self._languages[fold(last[2])]
        match = _LANGUAGE.fullmatch(text)
        return (match[1], match[2]) if match else (text, "")

    def near_headings(self, text: str) -> list[str]:
        """The headings nearest to a misspelt heading, one for each property."""
        near: dict[frozenset[str], str] = {}
        for name in nearest(fold(text), self.headings):
            near.setdefault(self.headings[name], self._spellings[name])
        return list(near.values())

    def _learn_headings(self) -> None:
        columns = (column for kind in self.kinds.values() for column in kind.columns)
        known = dict.fromkeys(column.property for column in columns)
        for iri in (*known, *map(ox.NamedNode, sorted(COMPUTED))):
            labels = {language: self._dataset.label(iri, language) for language in LANGUAGES}
            for language, label in labels.items():
                self._labels[language].add(fold(label))
            for name in (*labels.values(), display(iri), re.split(r"[/#]", iri.value)[-1]):
                self._learn_heading(name, iri.value)
        self._learn_heading(TYPE)
        self._learn_heading(ID)
        other = tomllib.loads(Path(__file__).with_name("headings.toml").read_text("utf-8"))
        self._marks = frozenset(map(fold, other.pop("required")))
        for code, names in other.pop("languages").items():
            self._languages |= {fold(name): code for name in (code, *names)}
        for property_, names in other.items():
            for name in names:
                self._learn_heading(name, expand(property_) or property_)

    def _learn_heading(self, name: str, iri: str = "") -> None:
        """Add a meaning to a heading: a property, TYPE or ID; by default the heading itself."""
        folded = fold(name)
        others = self.headings.get(folded, frozenset()) if iri else frozenset()
        self.headings[folded] = others | {iri or name}
        self._spellings.setdefault(folded, name)


@dataclass(frozen=True, slots=True)
class Heading:
    """The meaning of a heading.

    Attributes:
        text: the heading.
        properties: the properties; several if they share a label.
        language: the language of the texts; empty for other values.
        form: `IRI`, `ADDRESS` or `LANGUAGE` for a column that an export adds, else empty.
    """

    text: str
    properties: frozenset[str]
    language: str
    form: str = ""

    def column(self, kind: Kind) -> Column | None:
        """The column of a kind that the heading means."""
        for column in kind.columns:
            if column.property.value in self.properties:
                if column.language == "*":
                    return replace(column, language=self.language)
                if column.language == self.language:
                    return column
        return None


def read_headings(known: Known, table: Table) -> tuple[dict[int, Heading], list[Fault]]:
    """The headings of a table by the number of their column, and those that mean nothing.

    Raises:
        ReadError: the table is the overview of an export.
    """
    texts = table.headings()
    if _OVERVIEW.issubset(texts.values()):
        raise table_error(table.name, _NO_OVERVIEW, 1)
    read = {number: known.read_heading(text) for number, text in texts.items()}
    if below := _headings_below(known, table, sum(map(bool, read.values()))):
        problem = Phrase("this is a title, not a heading")
        remedy = Phrase("remove the rows above row {}", below)
        return {}, [_fault(table, min(texts), problem, remedy)]
    headings: dict[int, Heading] = {}
    faults: list[Fault] = []
    seen: dict[tuple[frozenset[str], str, str], str] = {}
    for number, heading in read.items():
        if heading is None:
            is_no_table = bool(table.sheet) and not any(read.values())
            hint = _hint(known, texts[number], is_no_table=is_no_table)
            faults.append(_fault(table, number, Phrase("no column is called that"), hint))
        elif (key := (heading.properties, heading.language, heading.form)) in seen:
            problem = Phrase("this column means the same as “{}”", seen[key])
            faults.append(_fault(table, number, problem, Phrase("keep one of them")))
        else:
            seen[key] = texts[number]
            headings[number] = heading
    return headings, faults


def _fault(table: Table, column: int, problem: Phrase, remedy: Phrase) -> Fault:
    return Fault(table.place(1, column), None, problem, remedy, "unknown-property")


def _headings_below(known: Known, table: Table, first: int) -> int:
    """The row of the headings if it stands below a title; else 0.

    Args:
        known: the meanings of headings.
        table: the table.
        first: how many headings in the first row have a meaning.
    """
    for number, cells in list(table.rows.items())[1:_MOST_ABOVE]:
        texts = [cell for cell in cells if cell]
        if len(texts) > first + 1 and all(map(known.read_heading, texts)):
            return number
    return 0


def _hint(known: Known, text: str, *, is_no_table: bool) -> Phrase:
    """The remedy for a heading that means nothing."""
    if near := known.near_headings(text):
        return Phrase("did you mean {}? If not, remove the column", either(near))
    if is_no_table:
        return Phrase("write headings in the first row, or hide the sheet if it has no facts")
    return Phrase("`kzld new KIND --columns` lists those of a kind; remove a column of no fact")
