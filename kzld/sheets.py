"""Facts in a spreadsheet: CSV read as RDF, each statement with the cell that says it.

A row is a fact or thing. Its kind is in the column `type`, or follows from the headings,
which are labels of properties in any language. `kzld new KIND --csv` makes such a sheet.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from kzld.cells import (
    CellError,
    Names,
    read_address,
    read_code,
    read_date,
    read_link,
    read_number,
    split,
)
from kzld.dataset import LANGUAGES, Dataset
from kzld.errors import UnknownNameError, did_you_mean, nearest
from kzld.kinds import Column, Kind, find_kind, kinds
from kzld.names import fold
from kzld.naming import Namer, is_slug, naming_order, slugify
from kzld.rdf import (
    PREFIXES,
    RDF,
    SHEET_SUFFIXES,
    Document,
    Place,
    Term,
    display,
    expand,
    name_of,
    read_bytes,
)
from kzld.table import REQUIRED, Table, refused, table_of, text_of

TYPE: Final = "type"
ID: Final = "id"

_LANGUAGE: Final = re.compile(r"(.*\S)\s*\(\s*([A-Za-z]{2,3}(?:-[A-Za-z0-9]+)*)\s*\)")
_READERS: Final[dict[str, Callable[[str, str], ox.NamedNode | ox.Literal]]] = {
    "date": read_date,
    "number": read_number,
    "address": read_address,
    "link": read_link,
    "code": read_code,
}
_NO_HEADING: Final = (
    "there is no heading above this cell",
    "add one, or put the text that was cut in two by a comma into quotes",
    "unknown-property",
)
_NO_VALUE: Final = (
    "a formula or its failure, not a value",
    "write the value itself; in a spreadsheet program, paste it as values only",
)
_FORMULA: Final = re.compile(r"=|#(REF|N/A|NAME|VALUE|DIV/0|NUM|NULL|SPILL)[!?]?")
_UNKNOWN: Final = "dangling-reference"
_TYPE: Final = ox.NamedNode(RDF + "type")
_LANGUAGE_OF_SOURCE: Final = ox.NamedNode(PREFIXES["schema"] + "inLanguage")


@dataclass(frozen=True, slots=True)
class Fault:
    """A cell that cannot be read, or a heading that means nothing.

    Attributes:
        place: where it is.
        subject: the fact or thing of the row; None for a heading.
        problem: what is wrong.
        remedy: what to write instead.
        rule: the short name of the rule that it breaks.
    """

    place: Place
    subject: ox.NamedNode | None
    problem: str
    remedy: str
    rule: str

    def __str__(self) -> str:
        """`3:4: organisation “EAUE”: nothing is called that; did you mean body:EAEU?`."""
        heading, cell = self.place.heading, self.place.text
        about = f"{heading} “{cell}”" if cell else heading
        return f"{self.place.line}:{self.place.column}: {about}: {self.problem}; {self.remedy}"


@dataclass(frozen=True, kw_only=True)
class Sheet(Document):
    """A spreadsheet as a document; its lines are the rows that the spreadsheet shows.

    Attributes:
        table: the cells.
        columns: the column of each statement.
        rows: the row of each fact or thing.
        headings: the column of each property.
        faults: what cannot be read.
    """

    table: Table
    columns: list[int]
    rows: dict[ox.NamedNode, int]
    headings: dict[str, int]
    faults: list[Fault]

    @cached_property
    def incomplete(self) -> set[Term]:
        """Facts and things that may say more than could be read."""
        faulty = {fault.place.line for fault in self.faults}
        return {subject for subject, row in self.rows.items() if not faulty.isdisjoint((1, row))}

    def place(self, statement: int, term: Term) -> Place:  # noqa: ARG002 (a cell is one term)
        """The cell of a statement, given by its number."""
        return self.table.place(self.lines[statement], self.columns[statement])

    def subject_place(self, statement: int, lacking: str) -> Place:
        """The cell for what a fact or thing lacks, else the first of its row."""
        return self.table.place(self.lines[statement], self.headings.get(lacking, 1))


def is_sheet(path: str | Path) -> bool:
    """Whether a file is a spreadsheet, by its suffix."""
    return Path(str(path).removesuffix(".gz")).suffix.lower() in SHEET_SUFFIXES


def read_sheet(
    path: str | Path,
    dataset: Dataset,
    *,
    documents: Iterable[Document] = (),
    kind: str | None = None,
) -> Sheet:
    """Read a CSV file; `-` is standard input.

    For the arguments and errors see `parse_sheet`.
    """
    return parse_sheet(read_bytes(path), name_of(path), dataset, documents=documents, kind=kind)


def parse_sheet(
    data: bytes,
    name: str,
    dataset: Dataset,
    *,
    documents: Iterable[Document] = (),
    kind: str | None = None,
) -> Sheet:
    """Parse the bytes of a CSV file: parted by commas, semicolons or tabs, in UTF-8.

    Args:
        data: the file.
        name: what messages call it.
        dataset: where names are looked up.
        documents: further files whose names count.
        kind: what each row is that does not say it.

    Raises:
        ReadError: not UTF-8, not CSV, without rows, or of no known kind. What is wrong with
            single cells is in `Sheet.faults`.
        UnknownNameError: there is no such kind.
    """
    text = text_of(data, name)
    return _Reader(dataset, documents, name, text, table_of(text, name), kind).sheet()


@dataclass(frozen=True, slots=True)
class _Heading:
    """What a heading can mean: properties (more than one where a label is shared), a language."""

    text: str
    properties: frozenset[str]
    language: str


@dataclass
class _Row:
    """A row on its way to become statements."""

    number: int
    kind: Kind
    cells: list[tuple[int, Column, str]]  # number of the column, its meaning, what stands there
    subject: ox.NamedNode


class _Reader:
    """Reads one table. Names are given before cells are read, so that rows can name rows."""

    def __init__(
        self,
        dataset: Dataset,
        documents: Iterable[Document],
        name: str,
        text: str,
        table: Table,
        kind: str | None,
    ) -> None:
        self._dataset, self._name, self._text, self._table = dataset, name, text, table
        self._kinds = kinds(dataset)
        self._given = find_kind(dataset, self._kinds, kind) if kind else None
        self._names = Names(dataset)
        for document in documents:
            self._names.add(document.quads)
        self._columns: dict[str, int] = {}  # of properties, TYPE and ID: the first that means it
        self._spelled = {TYPE: TYPE, ID: ID}  # headings by their folded text
        self._faults: list[Fault] = []
        self._quads: dict[tuple[Term, str, Term], tuple[int, int]] = {}
        self._namer = Namer(self._names)
        self._said_kinds: dict[str, Kind] = {}

    def sheet(self) -> Sheet:
        """The whole sheet."""
        self._headings = self._read_headings()
        for number, heading in self._headings.items():
            for iri in heading.properties:
                self._columns.setdefault(iri, number)
        rows = self._read_rows()
        for row in sorted(rows, key=lambda row: naming_order(row.kind)):
            self._name_row(row)
        for row in rows:
            self._read_cells(row)
            self._check_name(row)
        quads = [ox.Quad(s, ox.NamedNode(p), o) for s, p, o in self._quads]  # type: ignore[arg-type]
        return Sheet(
            name=self._name,
            text=self._text,
            quads=quads,
            lines=[row for row, _ in self._quads.values()],
            table=self._table,
            columns=[column for _, column in self._quads.values()],
            rows={row.subject: row.number for row in rows},
            headings=self._columns,
            faults=sorted(self._faults, key=lambda f: (f.place.line, f.place.column)),
        )

    # ------------------------------------------------------------ headings

    def _read_headings(self) -> dict[int, _Heading]:
        """What each column says, by its number; those that say nothing are faults."""
        known = self._known_headings()
        headings: dict[int, _Heading] = {}
        seen: dict[tuple[frozenset[str], str], str] = {}
        for number, text in enumerate(self._table.rows[1], start=1):
            if not text:
                self._check_empty(number)
                continue
            heading = self._heading(text, known)
            if heading is None:
                near = [self._spelled[name] for name in nearest(fold(text), known)]
                hint = did_you_mean(near, "`kzld new KIND --columns` lists those of a kind")
                self._fault(1, number, None, "no column is called that", hint, "unknown-property")
            elif (key := (heading.properties, heading.language)) in seen:
                problem = f"this column means the same as “{seen[key]}”"
                self._fault(1, number, None, problem, "keep one of them", "unknown-property")
            else:
                seen[key] = text
                headings[number] = heading
        return headings

    def _known_headings(self) -> dict[str, frozenset[str]]:
        """The properties that a heading can mean, by its folded text."""
        known: dict[str, set[str]] = defaultdict(set)
        for kind in self._kinds.values():
            for column in kind.columns:
                iri = column.property
                labels = [self._dataset.label(iri, language) for language in LANGUAGES]
                for name in (*labels, display(iri), re.split(r"[/#]", iri.value)[-1]):
                    known[fold(name)].add(iri.value)
                    self._spelled.setdefault(fold(name), name)
        known[fold(TYPE)], known[fold(ID)] = {TYPE}, {ID}
        return {name: frozenset(iris) for name, iris in known.items()}

    @staticmethod
    def _heading(text: str, known: dict[str, frozenset[str]]) -> _Heading | None:
        bare = text.rstrip(f"{REQUIRED} ")
        language = ""
        if (match := _LANGUAGE.fullmatch(bare)) and fold(bare) not in known:
            bare, language = match[1], match[2]
        iri = expand(bare)
        properties = known.get(fold(bare)) or (frozenset([iri]) if iri else None)
        if properties is None or (iri and not any(iri in iris for iris in known.values())):
            return None
        return _Heading(text, properties, language)

    def _check_empty(self, column: int) -> None:
        for number in self._table.rows:
            if self._table.cell(number, column):
                self._fault(number, column, None, *_NO_HEADING)

    # ------------------------------------------------------------ rows

    def _read_rows(self) -> list[_Row]:
        rows = []
        typed = self._columns.get(TYPE)
        usual = self._given or (None if typed else self._kind_of_headings())
        for number, cells in self._table.rows.items():
            if number == 1:
                continue
            for column in range(len(self._table.rows[1]) + 1, len(cells) + 1):
                if self._table.cell(number, column):
                    self._fault(number, column, None, *_NO_HEADING)
            kind = (self._kind_of_row(number, typed) if typed else None) or usual
            if kind is not None:
                rows.append(self._row(number, kind))
        return rows

    def _kind_of_row(self, number: int, typed: int) -> Kind | None:
        """What the column of types says that a row is; None if it does not, and none is given."""
        said = self._table.cell(number, typed)
        try:
            if said:
                return self._said_kind(said)
        except UnknownNameError as error:
            hint = did_you_mean(error.candidates, f"there are {', '.join(self._kinds)}")
            self._fault(number, typed, None, "there is no such kind", hint, "untyped")
            return None
        if self._given is None:
            hint = f"write one of {', '.join(self._kinds)}"
            self._fault(number, typed, None, "what is the row?", hint, "untyped")
        return None

    def _said_kind(self, said: str) -> Kind:
        if said not in self._said_kinds:
            self._said_kinds[said] = find_kind(self._dataset, self._kinds, said)
        return self._said_kinds[said]

    def _kind_of_headings(self) -> Kind:
        """The one kind that has all these columns, and needs no others.

        Raises:
            ReadError: there is none, or more than one.
        """
        headings = [h for h in self._headings.values() if not {ID, TYPE} & h.properties]
        alone = len(self._table.rows[1]) == 1
        parted = "; columns are parted by commas, semicolons or tabs" if alone else ""
        fitting = [
            kind
            for kind in self._kinds.values()
            if all(_column(kind, heading) for heading in headings)
        ]
        if not headings:
            known = "`kzld new KIND --csv` prints those of a kind"
            raise refused(self._name, f"no column has a heading that is known; {known}{parted}", 1)
        said = frozenset[str]().union(*(heading.properties for heading in headings))
        complete = [
            kind
            for kind in fitting
            if all(c.property.value in said for c in kind.columns if c.required)
        ]
        found = complete or fitting
        if len(found) == 1:
            return found[0]
        fits = (
            f"the columns fit {' or '.join(kind.name for kind in found)}"
            if found
            else ("no kind has all these columns")
        )
        remedy = "add a column “type” with the kind of each row"
        raise refused(self._name, f"what are the rows? {fits}; {remedy}", 1)

    def _row(self, number: int, kind: Kind) -> _Row:
        subject = ox.NamedNode(f"{kind.namespace}row-{number}")
        row = _Row(number, kind, [], subject)
        for place, heading in self._headings.items():
            cell = self._table.cell(number, place)
            if not cell or {TYPE, ID} & heading.properties:
                continue
            column = _column(kind, heading)
            if column is not None:
                row.cells.append((place, column, cell))
                continue
            label = self._dataset.label(kind.type)
            shared = [c for c in kind.columns if c.property.value in heading.properties]
            if shared and heading.language:
                problem = f"a {label} does not have this in that language"
                remedy = f"it has it in: {', '.join(c.language for c in shared)}"
            elif shared:
                problem = "the heading does not say the language"
                remedy = f"write “{heading.text} ({shared[0].language})”"
            else:
                problem, remedy = f"a {label} has no such column", "leave the cell empty"
            self._fault(number, place, subject, problem, remedy, "property-domain")
        return row

    def _fault(
        self,
        row: int,
        column: int,
        subject: ox.NamedNode | None,
        problem: str,
        remedy: str,
        rule: str,
    ) -> None:
        place = self._table.place(row, column)
        self._faults.append(Fault(place, subject, problem, remedy, rule))

    # ------------------------------------------------------------ names

    def _name_row(self, row: _Row) -> None:
        """Give a row its IRI, and let other rows find it by its names."""
        place = self._columns.get(ID)
        said = self._table.cell(row.number, place) if place else ""
        if place and said:
            name = self._said_name(row, place, said)
        else:
            name = self._namer.make(row.kind, lambda name: self._values(row, name))
        row.subject = name or row.subject
        self._namer.taken[row.subject] = row.number
        quads = [ox.Quad(row.subject, _TYPE, row.kind.type)]
        for _, column, cell in row.cells:
            if column.takes in ("text", "code", "address"):
                values = split(cell) if column.many else [cell]
                quads += [ox.Quad(row.subject, column.property, ox.Literal(v)) for v in values]
        self._names.add(quads)

    def _check_name(self, row: _Row) -> None:
        """Say that a row has no name, unless a cell that cannot be read is why."""
        if not row.subject.value.endswith(f"/row-{row.number}"):
            return
        if not any(fault.place.line == row.number for fault in self._faults):
            after = next((c for c in row.kind.columns if c.required), row.kind.columns[0])
            remedy = f"fill in “{after.heading(self._dataset)}”, or give it a name in a column “id”"
            problem = "no name can be made of the row"
            place = self._columns.get(ID, 1)
            self._fault(row.number, place, row.subject, problem, remedy, "iri-scheme")

    def _said_name(self, row: _Row, place: int, said: str) -> ox.NamedNode | None:
        """The IRI that the column `id` says."""
        iri = expand(said) if ":" in said else row.kind.namespace + said
        slug = iri.removeprefix(row.kind.namespace) if iri else ""
        if iri is None or slug == iri or not is_slug(slug):
            name = slugify(said, keep_case=True) or "a-name"
            remedy = f"write letters and digits joined by hyphens: {name}"
            problem = f"no name for a {row.kind.name}"
            self._fault(row.number, place, row.subject, problem, remedy, "iri-scheme")
            return None
        thing = ox.NamedNode(iri)
        if thing in self._namer.taken:
            problem = f"row {self._namer.taken[thing]} has this name already"
            self._fault(row.number, place, row.subject, problem, "choose another", "iri-scheme")
            return None
        return thing

    def _values(self, row: _Row, name: str) -> Iterator[ox.NamedNode | ox.Literal]:
        """The values of a property that can be read."""
        iri = expand(name)
        for _, column, cell in row.cells:
            if column.property.value == iri:
                for part in _parts(column, cell):
                    with suppress(CellError):
                        yield self._value(row, column, part)

    # ------------------------------------------------------------ cells

    def _read_cells(self, row: _Row) -> None:
        self._state(row, self._columns.get(TYPE, 1), RDF + "type", row.kind.type)
        for place, column, cell in row.cells:
            if _FORMULA.match(cell):
                self._fault(row.number, place, row.subject, *_NO_VALUE, column.rule or _UNKNOWN)
                continue
            for part in _parts(column, cell):
                try:
                    value = self._value(row, column, part)
                except CellError as error:
                    problem = error.problem if part == cell else f"“{part}”: {error.problem}"
                    self._fault(row.number, place, row.subject, problem, error.remedy, error.rule)
                else:
                    self._state(row, place, column.property.value, value)

    def _state(self, row: _Row, place: int, predicate: str, value: Term) -> None:
        self._quads.setdefault((row.subject, predicate, value), (row.number, place))

    def _value(self, row: _Row, column: Column, text: str) -> ox.NamedNode | ox.Literal:
        if column.takes == "thing":
            return self._names.find(text, column.classes, column.rule or _UNKNOWN)
        if column.takes == "property":
            return self._names.find_property(text)
        if column.takes == "object":
            return read_date(text) if text[0].isdigit() else self._names.find(text, ())
        if column.takes == "text":
            return ox.Literal(text, language=column.language or self._language_of(row))
        return _READERS[column.takes](text, column.rule)

    def _language_of(self, row: _Row) -> str:
        """The language of the source that a row describes."""
        said = [c for _, column, c in row.cells if column.property == _LANGUAGE_OF_SOURCE]
        if len(said) == 1 and re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]+)*", said[0]):
            return said[0]
        raise CellError(
            "in which language?", "fill in the column for it, or write “title (fr)”", "source-title"
        )


def _column(kind: Kind, heading: _Heading) -> Column | None:
    """The column of a kind that a heading means."""
    for column in kind.columns:
        if column.property.value in heading.properties:
            if column.language == "*":
                return replace(column, language=heading.language)
            if column.language == heading.language:
                return column
    return None


def _parts(column: Column, cell: str) -> list[str]:
    """The values in a cell of a column."""
    return split(cell) if column.many else [cell]


def row_of(names: Names, kind: Kind, quads: Iterable[ox.Quad]) -> dict[Column, str]:
    """The cells of a fact or thing: what `parse_sheet` reads as just these statements.

    Args:
        names: what things are called.
        kind: what it is.
        quads: what is stated of it.
    """
    stated: dict[str, list[Term]] = defaultdict(list)
    for quad in quads:
        stated[quad.predicate.value].append(quad.object)
    cells: dict[Column, list[str]] = {}
    for column in kind.columns:
        for value in stated[column.property.value]:
            if isinstance(value, ox.NamedNode):
                text = (
                    display(value) if column.takes == "link" else names.code(value, column.classes)
                )
                cells.setdefault(column, []).append(text)
            elif isinstance(value, ox.Literal):
                language = value.language or ""
                if column.language in (language, "*"):
                    cells.setdefault(replace(column, language=language), []).append(value.value)
    return {column: "; ".join(sorted(values)) for column, values in cells.items()}
