"""Read the facts in a spreadsheet as RDF, each statement with its cell.

A row is a fact or thing. Its kind is in the column `type`, or follows from the headings.
Headings are labels of properties in any language. `kzld new KIND --csv` makes such a sheet.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property

import pyoxigraph as ox

from kzld.dataset.dataset import Dataset
from kzld.dataset.kinds import Column, Kind
from kzld.errors import CellError, ReadError, UnknownNameError
from kzld.rdf.documents import Document, Fault
from kzld.rdf.files import name_of, read_bytes
from kzld.rdf.namespaces import KZ, PREFIXES, RDF, RDF_TYPE, Term, display, expand
from kzld.spreadsheets.cells import (
    Period,
    parts,
    read_address,
    read_code,
    read_date,
    read_link,
    read_number,
    read_object,
    unguarded,
)
from kzld.spreadsheets.echoes import COMPUTED, IRI, LANGUAGE, Echoes
from kzld.spreadsheets.headings import ID, TYPE, Heading, Known, read_headings
from kzld.spreadsheets.new_iris import Value, is_slug, naming_order, needed, slugify
from kzld.spreadsheets.sheet import Sheet
from kzld.spreadsheets.table import Table, table_error
from kzld.spreadsheets.tables import parse_tables
from kzld.text import Phrase, either, with_article

_READERS: dict[str, Callable[[str, str], Value]] = {
    "number": read_number,
    "address": read_address,
    "link": read_link,
    "code": read_code,
}
_What = tuple[Phrase, Phrase, str]  # the problem, the remedy and the rule of a fault
_NO_HEADING = (
    Phrase("there is no heading above this cell"),
    Phrase("add one, or put the text that was cut in two by a comma into quotes"),
    "unknown-property",
)
_NO_VALUE = (
    Phrase("a formula or its failure, not a value"),
    Phrase("write the value itself; in a spreadsheet program, paste it as values only"),
)
_LISTED = re.compile(r"\s*[;,&+]\s*|\s+(?:and|et|и|және)\s+")
_FORMULA = re.compile(r"=|#(REF|N/A|NAME|VALUE|DIV/0|NUM|NULL|SPILL)[!?]?|##+$")
_UNKNOWN = "dangling-reference"
_LANGUAGE_OF_SOURCE = ox.NamedNode(PREFIXES["schema"] + "inLanguage")


def parse_sheets(
    data: bytes, name: str, dataset: Dataset, *, kind: str | None = None
) -> list[Sheet]:
    """Parse the bytes of a CSV file in UTF-8 or of a workbook, whose sheets may name each other.

    Args:
        data: the bytes of the file.
        name: the name of the file in messages.
        dataset: the data set in which names are looked up.
        kind: the kind of the rows that do not name theirs.

    Raises:
        ReadError: the file cannot be read, has no rows, or nothing tells their kind. The
            faults of single cells are in `Sheet.faults`.
        UnknownNameError: there is no such kind.
    """
    known = Known(dataset)
    return _sheets([_Reader(known, table, kind) for table in parse_tables(data, name)])


def read_sheets(
    paths: Sequence[str],
    dataset: Dataset,
    documents: Iterable[Document] = (),
    unreadable: list[ReadError] | None = None,
    *,
    kind: str | None = None,
) -> list[Sheet]:
    """Read CSV files and workbooks; their rows may name each other, and things in documents.

    Args:
        paths: the files; `-` is standard input.
        dataset: the data set in which names are looked up.
        documents: further documents in which names are looked up.
        unreadable: receives the error of each file that cannot be read; without it, the first
            is raised.
        kind: the kind of the rows that do not name theirs.

    Raises:
        ReadError: a file cannot be read, see `parse_sheets`.
        UnknownNameError: there is no such kind.
    """
    if not paths:
        return []
    known = Known(dataset, documents)
    readers = []
    for path in paths:
        try:
            tables = parse_tables(read_bytes(path), name_of(path))
            readers += [_Reader(known, table, kind) for table in tables]
        except ReadError as error:
            if unreadable is None:
                raise
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
    misfits: list[tuple[int, Heading]]  # cells that rows of this kind do not have
    echoes: list[tuple[int, Heading, Column]]  # cells that repeat those of IRIs
    subject: ox.NamedNode  # at first one with the number of the row
    is_named: bool = False
    unread: set[str] = field(default_factory=set)  # the properties of cells that cannot be read
    language: str = ""  # of texts whose heading has none, if a column gives it


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
        self._headings, faults = read_headings(known, table)
        self._faults.extend(faults)
        self._columns: dict[str, int] = {}  # the first column of each property, TYPE and ID
        self._texts: dict[tuple[str, str], int] = {}  # the same of each property and language
        for number, heading in self._headings.items():
            for iri in heading.properties:
                self._columns.setdefault(iri, number)
                self._texts.setdefault((iri, heading.language), number)
        self._iris = {  # the column of the IRIs of each property, where labels have another
            iri: number
            for number, heading in self._headings.items()
            if heading.form == IRI
            for iri in heading.properties
        }
        self._language = known.language_of(heading.text for heading in self._headings.values())
        self._shifted: set[int] = set()  # rows whose cells may stand below wrong headings
        self.rows = self._read_rows()

    def sheet(self) -> Sheet:
        """The sheet, with all its cells read."""
        for row in self.rows:
            self._read_cells(row)
            self._check_misfits(row)
            self._check_echoes(row)
            self._check_name(row)
        is_headed = not any(fault.place.line == 1 for fault in self._faults)
        return Sheet(
            name=self._table.name,
            text=self._table.text,
            quads=[ox.Quad(s, ox.NamedNode(p), o) for s, p, o in self._quads],
            lines=[row for row, _ in self._quads.values()],
            table=self._table,
            columns=[column for _, column in self._quads.values()],
            rows={row.subject: row.number for row in self.rows},
            headings=self._columns,
            texts=self._texts,
            language=self._language,
            unread={
                row.subject: row.unread
                for row in self.rows
                if is_headed and row.number not in self._shifted
            },
            unnamed={row.subject for row in self.rows if not row.is_named},
            faults=sorted(self._faults, key=lambda f: (f.place.line, f.place.column)),
        )

    def _fault(self, row: int, column: int, subject: ox.NamedNode | None, what: _What) -> None:
        """Record the fault of a cell: the problem, the remedy, the rule."""
        self._faults.append(Fault(self._table.place(row, column), subject, *what))

    def _read_rows(self) -> list[_Row]:
        typed = self._columns.get(TYPE)
        fitting = [] if typed else self._known.kinds_with(self._headings.values())
        usual = fitting[0] if len(fitting) == 1 else None
        rows: list[_Row] = []
        is_headed = bool(self._headings) or not self._faults
        for number, cells in self._table.rows.items():
            if number == 1 or not is_headed:
                continue
            for column in range(1, len(cells) + 1):
                if self._table.cell(number, column) and not self._table.heading(column):
                    self._shifted.add(number)
                    self._fault(number, column, None, _NO_HEADING)
            told = self._default_kind or self._kind_of_id(number)
            kind = self._kind_of_row(number, typed) if typed else told or usual
            if kind is None and not typed and not self._faults:  # a heading can be the cause
                raise self._unclear_kind(fitting)
            if kind is not None:
                rows.append(self._row(number, kind))
        return rows

    def _kind_of_row(self, number: int, typed: int) -> Kind | None:
        """The kind of a row, from the column of types or else the IRI; None after a fault."""
        text = self._table.cell(number, typed)
        if not text and (known := self._default_kind or self._kind_of_id(number)):
            return known
        kinds = ", ".join(self._known.kinds)
        problem, hint = Phrase("what is the row?"), Phrase("write one of {}", kinds)
        try:
            if text:
                return self._known.kind(text)
        except UnknownNameError as error:
            problem, hint = Phrase("there is no such kind"), Phrase("there are {}", kinds)
            if error.candidates:
                hint = Phrase("did you mean {}?", either(error.candidates))
        self._fault(number, typed, None, (problem, hint, "untyped"))
        return None

    def _kind_of_id(self, number: int) -> Kind | None:
        """The kind of a row whose column `id` has an IRI or a prefixed name."""
        text = self._table.cell(number, self._columns[ID]) if ID in self._columns else ""
        return self._known.kind_of(text)

    def _unclear_kind(self, fitting: Sequence[Kind]) -> ReadError:
        """The error for headings that fit no kind or several."""
        fits = self._known.misfits(self._headings.values())
        if fitting:
            fits = f"the columns fit {' or '.join(kind.name for kind in fitting)}"
        remedy = "add a column “type” with the kind of each row"
        if self._table.sheet:
            remedy += ", or hide the sheet if it has no facts"
        return table_error(self._table.name, f"what are the rows? {fits}; {remedy}", 1)

    def _row(self, number: int, kind: Kind) -> _Row:
        row = _Row(number, kind, [], [], [], ox.NamedNode(f"{kind.namespace}row-{number}"))
        for place, heading in self._headings.items():
            cell = self._table.cell(number, place)
            if not cell or {TYPE, ID} & heading.properties:
                continue
            column = heading.column(kind)
            if heading.form == LANGUAGE:
                row.language = cell
            elif column is None:
                row.misfits.append((place, heading))
            elif heading.form != IRI and self._iri_cell(number, column):
                row.echoes.append((place, heading, column))
            else:
                listed = "; ".join(cell.split()) if heading.form else cell
                row.cells.append((place, column, listed))
        return row

    def _iri_cell(self, number: int, column: Column) -> str:
        """The cell of a row with the IRIs of a property; empty if there is none."""
        place = self._iris.get(column.property.value)
        return self._table.cell(number, place) if place else ""

    def _misfit(self, kind: Kind, heading: Heading) -> tuple[Phrase, Phrase]:
        """The problem and the remedy for a heading that a kind has no column for."""
        what = self._known.kind_label(kind.type)
        others = [c.language for c in kind.columns if c.property.value in heading.properties]
        if others and heading.language:
            problem = Phrase("{} does not have this in that language", what)
            return problem, Phrase("it has it in: {}", ", ".join(others))
        if others:
            remedy = Phrase("write “{}”", f"{heading.text} ({others[0]})")
            return Phrase("the heading does not say the language"), remedy
        return Phrase("{} has no such column", what), Phrase("leave the cell empty")

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
                values = parts(column, cell)
                quads += [ox.Quad(row.subject, column.property, ox.Literal(v)) for v in values]
        self._known.names.add(quads)

    def _read_id(self, row: _Row, place: int, text: str) -> ox.NamedNode | None:
        """The IRI in the column `id`; None after a fault."""
        iri = expand(text) if ":" in text else row.kind.namespace + text
        slug = iri.removeprefix(row.kind.namespace) if iri else ""
        thing = ox.NamedNode(row.kind.namespace + slug) if is_slug(slug) else None
        if thing is None or thing.value != iri:
            name = slugify(text, keep_case=True) or "a-name"
            problem = Phrase("no name for {}", with_article(row.kind.name))
            remedy = Phrase("write letters and digits joined by hyphens: {}", name)
        elif thing in self._taken:
            problem = Phrase("row {} has this name already", self._taken[thing])
            remedy = Phrase("choose another")
        else:
            return thing
        self._fault(row.number, place, row.subject, (problem, remedy, "iri-scheme"))
        return None

    def _check_name(self, row: _Row) -> None:
        """Record the cells that a name needs and that are empty, unless a heading is the cause."""
        has_id = ID in self._columns and self._table.cell(row.number, self._columns[ID])
        if row.is_named or has_id or any(fault.place.line == 1 for fault in self._faults):
            return
        given = {column.property.value for _, column, _ in row.cells}
        missing = [names for names in needed(row.kind) if given.isdisjoint(names)]
        for names in missing:
            self._ask_for(row, names)
        if not missing and not any(fault.place.line == row.number for fault in self._faults):
            problem = Phrase("no name can be made of the row")
            what = problem, Phrase("give it a name in a column “id”"), "iri-scheme"
            self._fault(row.number, self._columns.get(ID, 1), row.subject, what)

    def _ask_for(self, row: _Row, names: Sequence[str]) -> None:
        """Record that a row has none of some properties, at the cell that should be filled."""
        columns = [c for c in row.kind.columns if c.property.value in names]
        column = min(columns, key=lambda c: (c.property.value not in self._columns, not c.required))
        place, heading = self._columns.get(column.property.value, 0), self._heading(column)
        if place:
            problem, remedy = Phrase("the cell is empty"), Phrase("fill in “{}”", heading)
        else:
            problem = Phrase("there is no column “{}”", heading)
            remedy = Phrase("add a column “{}”", heading)
        if not column.required:
            remedy = Phrase("{}, or give the row a name in a column “id”", remedy)
        row.unread |= set(names)
        what = problem, remedy, column.rule or _UNKNOWN
        self._fault(row.number, place or 1, row.subject, what)

    def _read_cells(self, row: _Row) -> None:
        self._state(row, self._columns.get(TYPE, 1), RDF + "type", row.kind.type)
        for place, column, cell in row.cells:
            if _FORMULA.match(cell):
                what = *_NO_VALUE, column.rule or _UNKNOWN
                row.unread.add(column.property.value)
                self._fault(row.number, place, row.subject, what)
                continue
            for part in parts(column, cell):
                try:
                    value = self._value(row, column, part)
                except CellError as error:
                    problem = error.problem
                    if part != cell:
                        problem = Phrase("“{}”: {}", part, problem)
                    what = problem, error.remedy, error.rule
                    row.unread.add(column.property.value)
                    self._fault(row.number, place, row.subject, what)
                else:
                    self._state(row, place, column.property.value, value)

    def _check_misfits(self, row: _Row) -> None:
        """Record cells that the kind does not have, unless they are what an export adds."""
        for place, heading in row.misfits:
            text = unguarded(self._table.cell(row.number, place))
            expected = [
                self._echoes.computed(row.subject, iri, heading.language, heading.form)
                for iri in sorted(COMPUTED & heading.properties)
            ]
            if not expected or None in expected:
                what = (*self._misfit(row.kind, heading), "property-domain")
            elif text in expected or expected == [""]:
                continue
            else:
                problem = Phrase("this is computed, and cannot be changed")
                remedy = Phrase("write “{}”, or remove the column", expected[0])
                what = problem, remedy, "derived-by-hand"
            row.unread |= heading.properties
            self._fault(row.number, place, row.subject, what)

    def _check_echoes(self, row: _Row) -> None:
        """Record cells beside IRIs that do not agree with them."""
        for place, heading, column in row.echoes:
            text = unguarded(self._table.cell(row.number, place))
            values = self._values(row, display(column.property))
            shown = self._echoes.beside(row.subject, column.property, heading.form, values)
            if text == shown:
                continue
            found = self._found(row, column, text)  # slow, and seldom needed
            if set(found) == set(values) or not (shown or found):
                continue
            other = self._table.heading(self._iris[column.property.value])
            problem = Phrase("does not agree with “{}”", other)
            remedy = Phrase("make both say the same, or empty one of them")
            if self._echoes.is_cited(column.property):
                as_it_was = "change only “{}”, and leave this cell as it was or empty"
                remedy = Phrase(as_it_was, other)
            what = problem, remedy, column.rule or _UNKNOWN
            self._fault(row.number, place, row.subject, what)

    @cached_property
    def _echoes(self) -> Echoes:
        return self._known.echoes(row.subject for row in self.rows)

    def _found(self, row: _Row, column: Column, cell: str) -> list[Value]:
        """The values in a cell that can be read."""
        values = []
        for part in parts(column, cell):
            with suppress(CellError):
                values.append(self._value(row, column, part))
        return values

    def _state(self, row: _Row, place: int, predicate: str, value: Value) -> None:
        self._quads.setdefault((row.subject, predicate, value), (row.number, place))

    def _values(self, row: _Row, name: str) -> list[Value]:
        """The readable values of a property in a row."""
        iri = expand(name) or name
        cells = [(column, cell) for _, column, cell in row.cells if column.property.value == iri]
        return [value for column, cell in cells for value in self._found(row, column, cell)]

    def _statements(self, row: _Row) -> set[tuple[str, Term]]:
        """The property and value of each statement of a row that can be read."""
        found: set[tuple[str, Term]] = {(RDF + "type", row.kind.type)}
        for name in {column.property.value for _, column, _ in row.cells}:
            found |= {(name, value) for value in self._values(row, name)}
        return found

    def _value(self, row: _Row, column: Column, text: str) -> Value:
        rule = column.rule or _UNKNOWN
        if column.takes == "thing":
            return self._thing(text, column, rule)
        if column.takes == "property":
            return self._known.names.find_property(text)
        if column.takes == "object":
            return read_object(text, self._known.names, self._values(row, "rdf:predicate"))
        if column.takes == "date":
            return read_date(text, self._period(row.kind))
        if column.takes == "text":
            return ox.Literal(text, language=column.language or self._language_of(row))
        return _READERS[column.takes](text, rule)

    def _thing(self, text: str, column: Column, rule: str) -> ox.NamedNode:
        """The thing that a cell names."""
        names = self._known.names
        try:
            return names.find(text, column.classes, rule)
        except CellError:
            several: list[ox.NamedNode] = []
            with suppress(CellError):
                several = [names.find(part, column.classes) for part in _LISTED.split(text) if part]
            if len(several) < 2:  # noqa: PLR2004
                raise
            signs, rows = Phrase("put semicolons between them"), Phrase("write a row for each")
            remedy = signs if column.many else rows
            raise CellError(Phrase("these are several"), remedy, rule) from None

    def _period(self, kind: Kind) -> Period | None:
        """The headings for the time of facts of a kind, if they can last."""
        found = {c.property.value: self._heading(c) for c in kind.columns}
        names = [KZ + name for name in ("from", "until", "lastKnown")]
        return Period(*map(found.__getitem__, names)) if found.keys() >= set(names) else None

    def _heading(self, column: Column) -> str:
        """The heading of a column in the sheet or, if it has none, that of a template."""
        place = self._columns.get(column.property.value)
        return self._table.heading(place) if place else self._known.heading(column, self._language)

    def _language_of(self, row: _Row) -> str:
        """The language of texts without one, or else of the source that a row describes."""
        if row.language:
            return row.language
        codes = [c for _, column, c in row.cells if column.property == _LANGUAGE_OF_SOURCE]
        if len(codes) == 1 and re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]+)*", codes[0]):
            return codes[0]
        remedy = Phrase("fill in the column for it, or write “title (fr)”")
        raise CellError(Phrase("in which language?"), remedy, "source-title")
