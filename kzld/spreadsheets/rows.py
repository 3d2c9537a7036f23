"""Read the facts in a CSV file as RDF, each statement with its cell.

A row is a fact or thing. Its kind is in the column `type`, or follows from the headings.
Headings are labels of properties in any language. `kzld new KIND --csv` makes such a sheet.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyoxigraph as ox

from kzld.dataset.dataset import Dataset
from kzld.dataset.kinds import Column, Kind
from kzld.errors import CellError, ReadError, UnknownNameError, did_you_mean
from kzld.rdf.documents import Document, Fault
from kzld.rdf.files import name_of, read_bytes
from kzld.rdf.namespaces import PREFIXES, RDF, RDF_TYPE, Term, display, expand
from kzld.spreadsheets.cells import (
    Names,
    read_address,
    read_code,
    read_date,
    read_link,
    read_number,
    split,
)
from kzld.spreadsheets.csv_file import Table, csv_error, parse_table
from kzld.spreadsheets.headings import ID, TYPE, Heading, Known
from kzld.spreadsheets.new_iris import Value, is_slug, naming_order, slugify
from kzld.spreadsheets.sheet import Sheet
from kzld.text import with_article

_READERS: dict[str, Callable[[str, str], Value]] = {
    "date": read_date,
    "number": read_number,
    "address": read_address,
    "link": read_link,
    "code": read_code,
}
_NO_HEADING = (
    "there is no heading above this cell",
    "add one, or put the text that was cut in two by a comma into quotes",
    "unknown-property",
)
_NO_VALUE = (
    "a formula or its failure, not a value",
    "write the value itself; in a spreadsheet program, paste it as values only",
)
_FORMULA = re.compile(r"=|#(REF|N/A|NAME|VALUE|DIV/0|NUM|NULL|SPILL)[!?]?|##+$")
_UNKNOWN = "dangling-reference"
_LANGUAGE_OF_SOURCE = ox.NamedNode(PREFIXES["schema"] + "inLanguage")


def read_sheet(path: str | Path, dataset: Dataset, *, kind: str | None = None) -> Sheet:
    """Read a CSV file; `-` is standard input.

    For the arguments and errors see `parse_sheet`.
    """
    return parse_sheet(read_bytes(path), name_of(path), dataset, kind=kind)


def parse_sheet(data: bytes, name: str, dataset: Dataset, *, kind: str | None = None) -> Sheet:
    """Parse the bytes of a CSV file in UTF-8, with commas, semicolons, tabs or bars.

    Args:
        data: the bytes of the file.
        name: the name of the file in messages.
        dataset: the data set in which names are looked up.
        kind: the kind of the rows that do not name theirs.

    Raises:
        ReadError: the file is not UTF-8, not CSV, has no rows, or nothing tells their kind.
            The faults of single cells are in `Sheet.faults`.
        UnknownNameError: there is no such kind.
    """
    (sheet,) = _sheets([_Reader(Known(dataset), parse_table(data, name), kind)])
    return sheet


def read_sheets(
    paths: Sequence[str],
    dataset: Dataset,
    documents: Iterable[Document],
    unreadable: list[ReadError],
) -> list[Sheet]:
    """Read CSV files; their rows may name each other, and things in further documents.

    Args:
        paths: the files; `-` is standard input.
        dataset: the data set in which names are looked up.
        documents: further documents in which names are looked up.
        unreadable: receives the error of each file that cannot be read.
    """
    if not paths:
        return []
    known = Known(dataset, documents)
    readers = []
    for path in paths:
        try:
            readers.append(_Reader(known, parse_table(read_bytes(path), name_of(path))))
        except ReadError as error:
            unreadable.append(error)
    return _sheets(readers)


def _sheets(readers: list[_Reader]) -> list[Sheet]:
    """The sheets of tables. All rows get names before cells are read: cells can name rows."""
    rows = [(reader, row) for reader in readers for row in reader.rows]
    for reader, row in sorted(rows, key=lambda pair: naming_order(pair[1].kind)):
        reader.name_row(row)
    return [reader.sheet() for reader in readers]


@dataclass
class _Row:
    """A row being parsed."""

    number: int
    kind: Kind
    cells: list[tuple[int, Column, str]]  # number of the column, its meaning, the text of the cell
    subject: ox.NamedNode  # at first one with the number of the row
    is_named: bool = False


class _Reader:
    """Reads one table: its headings and rows at once, its cells after all rows have names.

    Raises:
        ReadError: nothing tells the kind of the rows.
        UnknownNameError: there is no such kind.
    """

    def __init__(self, known: Known, table: Table, kind: str | None = None) -> None:
        self._known, self._table = known, table
        self._default_kind = known.kind(kind) if kind else None
        self._faults: list[Fault] = []
        self._quads: dict[tuple[ox.NamedNode, str, Value], tuple[int, int]] = {}
        self._taken: dict[ox.NamedNode, int] = {}
        self._headings = self._read_headings()
        self._columns: dict[str, int] = {}  # the first column of each property, TYPE and ID
        for number, heading in self._headings.items():
            for iri in heading.properties:
                self._columns.setdefault(iri, number)
        self.rows = self._read_rows()

    def sheet(self) -> Sheet:
        """The sheet, with all its cells read."""
        for row in self.rows:
            self._read_cells(row)
            self._check_name(row)
        return Sheet(
            name=self._table.name,
            text=self._table.text,
            quads=[ox.Quad(s, ox.NamedNode(p), o) for s, p, o in self._quads],
            lines=[row for row, _ in self._quads.values()],
            table=self._table,
            columns=[column for _, column in self._quads.values()],
            rows={row.subject: row.number for row in self.rows},
            headings=self._columns,
            faults=sorted(self._faults, key=lambda f: (f.place.line, f.place.column)),
        )

    def _fault(
        self, row: int, column: int, subject: ox.NamedNode | None, what: tuple[str, str, str]
    ) -> None:
        """Record the fault of a cell: the problem, the remedy, the rule."""
        self._faults.append(Fault(self._table.place(row, column), subject, *what))

    def _read_headings(self) -> dict[int, Heading]:
        """The headings by the number of their column; a heading that means nothing is a fault."""
        headings: dict[int, Heading] = {}
        seen: dict[tuple[frozenset[str], str], str] = {}
        for number in range(1, len(self._table.rows[1]) + 1):
            text = self._table.heading(number)
            if not text:
                continue
            heading = self._known.read_heading(text)
            if heading is None:
                near = self._known.near_headings(text)
                hint = did_you_mean(near, "`kzld new KIND --columns` lists those of a kind")
                self._fault(1, number, None, ("no column is called that", hint, "unknown-property"))
            elif (key := (heading.properties, heading.language)) in seen:
                problem = f"this column means the same as “{seen[key]}”"
                self._fault(1, number, None, (problem, "keep one of them", "unknown-property"))
            else:
                seen[key] = text
                headings[number] = heading
        return headings

    def _read_rows(self) -> list[_Row]:
        typed = self._columns.get(TYPE)
        usual = self._default_kind or (None if typed else self._kind_of_headings())
        rows = []
        for number, cells in self._table.rows.items():
            if number == 1:
                continue
            for column in range(1, len(cells) + 1):
                if self._table.cell(number, column) and not self._table.heading(column):
                    self._fault(number, column, None, _NO_HEADING)
            kind = self._kind_of_row(number, typed) if typed else usual
            if kind is not None:
                rows.append(self._row(number, kind))
        return rows

    def _kind_of_row(self, number: int, typed: int) -> Kind | None:
        """The kind of a row, from the column of types or from the caller; None after a fault."""
        text = self._table.cell(number, typed)
        if not text and self._default_kind:
            return self._default_kind
        problem, hint = "what is the row?", f"write one of {', '.join(self._known.kinds)}"
        try:
            if text:
                return self._known.kind(text)
        except UnknownNameError as error:
            problem = "there is no such kind"
            hint = did_you_mean(error.candidates, f"there are {', '.join(self._known.kinds)}")
        self._fault(number, typed, None, (problem, hint, "untyped"))
        return None

    def _kind_of_headings(self) -> Kind:
        """The kind that has all these columns; if several have them, the one that needs no others.

        Raises:
            ReadError: there is no such kind, or more than one.
        """
        headings = [h for h in self._headings.values() if ID not in h.properties]
        given = frozenset[str]().union(*(heading.properties for heading in headings))
        fitting = [
            kind
            for kind in self._known.kinds.values()
            if headings and all(_column(kind, heading) for heading in headings)
        ]
        complete = [
            kind
            for kind in fitting
            if all(c.property.value in given for c in kind.columns if c.required)
        ]
        found = complete or fitting
        if len(found) == 1:
            return found[0]
        if self._faults:  # the cause is a heading that means nothing
            raise ReadError(f"{self._table.name}:{self._faults[0]}", file=self._table.name, line=1)
        names = " or ".join(kind.name for kind in found)
        fits = f"the columns fit {names}" if found else "no kind has all these columns"
        remedy = "add a column “type” with the kind of each row"
        raise csv_error(self._table.name, f"what are the rows? {fits}; {remedy}", 1)

    def _row(self, number: int, kind: Kind) -> _Row:
        row = _Row(number, kind, [], ox.NamedNode(f"{kind.namespace}row-{number}"))
        for place, heading in self._headings.items():
            cell = self._table.cell(number, place)
            if not cell or {TYPE, ID} & heading.properties:
                continue
            if column := _column(kind, heading):
                row.cells.append((place, column, cell))
            else:
                misfit = (*self._misfit(kind, heading), "property-domain")
                self._fault(number, place, row.subject, misfit)
        return row

    def _misfit(self, kind: Kind, heading: Heading) -> tuple[str, str]:
        """The problem and the remedy for a heading that a kind has no column for."""
        what = with_article(self._known.label(kind.type))
        others = [c.language for c in kind.columns if c.property.value in heading.properties]
        if others and heading.language:
            problem = f"{what} does not have this in that language"
            return problem, f"it has it in: {', '.join(others)}"
        if others:
            remedy = f"write “{heading.text} ({others[0]})”"
            return "the heading does not say the language", remedy
        return f"{what} has no such column", "leave the cell empty"

    def name_row(self, row: _Row) -> None:
        """Give a row its IRI, and add its names, so that other rows can refer to it."""
        place = self._columns.get(ID)
        text = self._table.cell(row.number, place) if place else ""
        if place and text:
            name = self._read_id(row, place, text)
        else:
            name = self._known.namer.make(
                row.kind,
                lambda name: self._values(row, name),
                lambda known: self._known.describes(known, self._statements(row)),
            )
        row.subject, row.is_named = name or row.subject, name is not None
        self._taken[row.subject] = row.number
        quads = [ox.Quad(row.subject, RDF_TYPE, row.kind.type)]
        for _, column, cell in row.cells:
            if column.takes in ("text", "code", "address"):
                values = _parts(column, cell)
                quads += [ox.Quad(row.subject, column.property, ox.Literal(v)) for v in values]
        self._known.names.add(quads)

    def _read_id(self, row: _Row, place: int, text: str) -> ox.NamedNode | None:
        """The IRI in the column `id`; None after a fault."""
        iri = expand(text) if ":" in text else row.kind.namespace + text
        slug = iri.removeprefix(row.kind.namespace) if iri else ""
        thing = ox.NamedNode(row.kind.namespace + slug) if is_slug(slug) else None
        if thing is None or thing.value != iri:
            name = slugify(text, keep_case=True) or "a-name"
            remedy = f"write letters and digits joined by hyphens: {name}"
            what = f"no name for {with_article(row.kind.name)}", remedy, "iri-scheme"
        elif thing in self._taken:
            problem = f"row {self._taken[thing]} has this name already"
            what = problem, "choose another", "iri-scheme"
        else:
            return thing
        self._fault(row.number, place, row.subject, what)
        return None

    def _check_name(self, row: _Row) -> None:
        """Record that a row has no name, unless a fault of the row or a heading is the cause."""
        if row.is_named or any(fault.place.line in (1, row.number) for fault in self._faults):
            return
        after = next((c for c in row.kind.columns if c.required), row.kind.columns[0])
        heading = self._known.heading(after)
        remedy = f"fill in “{heading}”, or give it a name in a column “id”"
        what = "no name can be made of the row", remedy, "iri-scheme"
        self._fault(row.number, self._columns.get(ID, 1), row.subject, what)

    def _read_cells(self, row: _Row) -> None:
        self._state(row, self._columns.get(TYPE, 1), RDF + "type", row.kind.type)
        for place, column, cell in row.cells:
            if _FORMULA.match(cell):
                what = *_NO_VALUE, column.rule or _UNKNOWN
                self._fault(row.number, place, row.subject, what)
                continue
            for part in _parts(column, cell):
                try:
                    value = self._value(row, column, part)
                except CellError as error:
                    problem = error.problem if part == cell else f"“{part}”: {error.problem}"
                    what = problem, error.remedy, error.rule
                    self._fault(row.number, place, row.subject, what)
                else:
                    self._state(row, place, column.property.value, value)

    def _state(self, row: _Row, place: int, predicate: str, value: Value) -> None:
        self._quads.setdefault((row.subject, predicate, value), (row.number, place))

    def _values(self, row: _Row, name: str) -> list[Value]:
        """The readable values of a property in a row."""
        values, iri = [], expand(name)
        for _, column, cell in row.cells:
            if column.property.value == iri:
                for part in _parts(column, cell):
                    try:
                        values.append(self._value(row, column, part))
                    except CellError:
                        continue
        return values

    def _statements(self, row: _Row) -> set[tuple[str, Term]]:
        """The property and value of each statement of a row that can be read."""
        found: set[tuple[str, Term]] = {(RDF + "type", row.kind.type)}
        for name in {column.property.value for _, column, _ in row.cells}:
            found |= {(name, value) for value in self._values(row, name)}
        return found

    def _value(self, row: _Row, column: Column, text: str) -> Value:
        rule = column.rule or _UNKNOWN
        if column.takes == "thing":
            return self._known.names.find(text, column.classes, rule)
        if column.takes == "property":
            return self._known.names.find_property(text)
        if column.takes == "object":
            return read_date(text) if text[0].isdigit() else self._known.names.find(text, ())
        if column.takes == "text":
            return ox.Literal(text, language=column.language or self._language_of(row))
        return _READERS[column.takes](text, rule)

    def _language_of(self, row: _Row) -> str:
        """The language of the source that a row describes."""
        codes = [c for _, column, c in row.cells if column.property == _LANGUAGE_OF_SOURCE]
        if len(codes) == 1 and re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]+)*", codes[0]):
            return codes[0]
        raise CellError(
            "in which language?", "fill in the column for it, or write “title (fr)”", "source-title"
        )


def _column(kind: Kind, heading: Heading) -> Column | None:
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
    """The cells of a fact or thing: `parse_sheet` reads exactly these statements from them.

    Args:
        names: the names of things.
        kind: the kind of the fact or thing.
        quads: the statements about it.
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
