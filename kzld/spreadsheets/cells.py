"""The values in cells, as RDF: names, dates, numbers, addresses, texts.

An unclear value is refused, with a remedy; nothing is guessed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import pyoxigraph as ox

from kzld.dataset.dataset import Dataset
from kzld.dataset.kinds import Column
from kzld.dataset.name_index import PROPERTY_KINDS, Found
from kzld.dataset.name_table import bare_address, fold
from kzld.dataset.names import SEARCH, list_things
from kzld.errors import CellError
from kzld.rdf import date_forms, dates
from kzld.rdf.namespaces import BASE, KZ, PREFIXES, XSD, display, expand
from kzld.text import with_article

_UNKNOWN = "dangling-reference"
_PUBLISHER = ox.NamedNode(PREFIXES["dct"] + "publisher")
_SOURCES_LISTED = 6
_ALIKE = "ABCEHIKMOPTXaceiopxy", "АВСЕНІКМОРТХасеіорху"
_TO_LATIN, _TO_CYRILLIC = str.maketrans(*_ALIKE[::-1]), str.maketrans(*_ALIKE)
_MAX_SUGGESTED = 50  # with more unknown names, single hints do not help
_OLDEST = 1000
_DATE_RULE = "date-datatype"
_VALUE = re.compile(r"\s*((?:https?://(?:[^\s;]|;(?!<|https?://)(?=[^;\s]*[=/]))*)?[^;]*)")


class Period(NamedTuple):
    """The headings for the beginning, the end and the last known day of a fact."""

    start: str
    end: str
    known: str


def split(cell: str) -> list[str]:
    """The values of a cell, separated by semicolons, but not by a semicolon in a web address.

    A semicolon belongs to the address if the next part has `=` or `/`: `https://a.example/b;c=1`.
    """
    return list(dict.fromkeys(part.strip() for part in _VALUE.findall(cell) if part.strip()))


def parts(column: Column, cell: str) -> list[str]:
    """The values in a cell of a column."""
    cell = unguarded(cell)
    if column.takes == "link":
        links = [part for value in split(cell) for part in value.split()]
        return links if all(map(expand, links)) else split(cell)
    return split(cell) if column.many else [cell]


def unguarded(cell: str) -> str:
    """A text without the apostrophe that keeps a spreadsheet from taking it for a formula."""
    return cell[1:] if re.match(r"'[=+\-@\t\r]", cell) else cell


def read_date(text: str, period: Period | None = None) -> ox.Literal:
    """A date at its precision: `2015`, `2015-05`, `2015-05-29`, or another form with one meaning.

    Args:
        text: the text of the cell.
        period: the headings for its time, if the fact can last.

    Raises:
        CellError: the text has no meaning as a date or several, is not in the calendar, or is
            before the year 1000; the remedy has the dates that it may mean.
    """
    found = date_forms.readings(text)
    if (not found and re.fullmatch(r"\d{1,3}", text)) or re.match(r"0\d{3}\b|\d{3}-", text):
        raise CellError(
            f"dates before the year {_OLDEST} are not taken",
            "check the year against the source; say in the note what is older",
            _DATE_RULE,
        )
    if len(found) > 1:
        raise _unclear_date(text, found)
    for datatype in dates.DATATYPES:
        if found and dates.days(found[0], datatype):
            return ox.Literal(found[0], datatype=ox.NamedNode(datatype))
    raise _no_date(text, period)


def _unclear_date(text: str, found: Sequence[str]) -> CellError:
    """The error for a date with several meanings."""
    remedy = "write the one that is meant"
    if date_forms.has_zone(text):
        remedy += "; it is another day in Kazakhstan than in the time zone of the cell"
    return CellError(f"could be {' or '.join(found)}", remedy, _DATE_RULE)


def _no_date(text: str, period: Period | None) -> CellError:
    """The error for a text that is no day, month or year; its remedy has the dates in it."""
    if date_forms.is_still(text):
        remedy = "leave it empty"
        if period:
            remedy += f", and write under “{period.known}” the date of the newest source that says so"
        return CellError("not a date", remedy, _DATE_RULE)
    if found := date_forms.span(text):
        remedy = _remedy_for_span(text, *found, period)
        return CellError("not a day, a month or a year", remedy, _DATE_RULE)
    if not re.search(r"\d{4}", text):
        remedy = "write the year with four digits, then the month and the day: year-month-day"
        empty = "" if re.search(r"\d", text) else "; if the source gives no date, leave it empty"
        return CellError("not a date with its year", remedy + empty, _DATE_RULE)
    has_day = date_forms.readings(re.sub(r"\b(29|30|31)\b", "1", text))
    if not has_day and not re.fullmatch(r"\d+([-./ ]\d+)*", text):
        remedy = "write only the year, or year-month, or year-month-day, and the rest in the note"
        return CellError("not a date as it is written here", remedy, _DATE_RULE)
    turned = date_forms.readings(re.sub(r"^(\d{4})-(\d\d?)-(\d\d?)$", r"\3/\2/\1", text))
    return CellError(
        "there is no such day or month in the calendar",
        f"write {turned[0]} if the month came last"
        if turned
        else "check it against the source; the order is year, month, day",
        "date-real",
    )


def _remedy_for_span(text: str, first: str, last: str, period: Period | None) -> str:
    """The remedy for a text that says less than a date, with its first and last date."""
    if first == last:
        return f"write {first}, and “{text}” in the note"
    year = f"{first[:4]}, and " if last.startswith(first[:4]) else ""
    both = ""
    if period:
        both = f", or these two as “{period.start}” and “{period.end}” of what lasted so long"
    return (
        f"write the date from {first} to {last} that the source gives{both}; "
        f"if the source says no more, write {year}“{text}” in the note"
    )


def read_number(text: str, rule: str) -> ox.Literal:
    """A whole or decimal number: `3000` or `-0.5`.

    Raises:
        CellError: the text is no number, or has thousands separators, a decimal comma or a unit.
    """
    if re.fullmatch(r"[+-]?\d+", text, re.ASCII):
        return ox.Literal(text, datatype=ox.NamedNode(XSD + "integer"))
    if re.fullmatch(r"[+-]?\d*\.\d+", text, re.ASCII):
        return ox.Literal(text, datatype=ox.NamedNode(XSD + "decimal"))
    raise CellError("not a number as machines read it", _number_remedy(text), rule)


def _number_remedy(text: str) -> str:
    """The remedy for a number in another style: each reading of it."""
    plain = re.sub(r"[\s'’_]", "", text)
    whole, point = plain.replace(",", ""), plain.replace(",", ".")
    if re.fullmatch(r"[+-]?\d{1,3},\d{3}", plain, re.ASCII):  # a comma can mean either
        return f"write {whole} or {point}"
    if re.fullmatch(r"[+-]?\d+|[+-]?\d{1,3}(,\d{3})+", plain, re.ASCII):
        return f"write {whole}, without thousands separators"
    if re.fullmatch(r"[+-]?\d+,\d+", plain, re.ASCII):
        return f"write {point}, with a decimal point"
    return "write the bare number, such as 3000 or 0.5, and the unit in its own column"


def read_address(text: str, rule: str) -> ox.Literal:
    """A web address.

    Raises:
        CellError: the text does not begin with https:// or http://, or contains blanks.
    """
    if not re.fullmatch(r"https?://[^\s<>\"]+", text):
        raise CellError("not a web address", "write it in full: https://…", rule)
    return ox.Literal(text, datatype=ox.NamedNode(XSD + "anyURI"))


def read_code(text: str, _rule: str = "") -> ox.Literal:
    """A code: a text without a language."""
    return ox.Literal(text)


def read_link(text: str, rule: str) -> ox.NamedNode:
    """The IRI of the same thing in another data set: `wd:Q232` or an address.

    Raises:
        CellError: the text is neither.
    """
    iri = expand(text)
    if iri is None:
        raise CellError("not a link", "write it in full (https://…) or as wd:Q232", rule)
    return ox.NamedNode(iri)


class Names:
    """The things that the names in cells mean, with those in the rows of the same run."""

    def __init__(self, dataset: Dataset, quads: Iterable[ox.Quad] = ()) -> None:
        self._dataset = dataset
        self._index = dataset.name_index.beside(quads)
        self._found: dict[str, dict[tuple[str, tuple[str, ...]], Found]] = defaultdict(dict)
        self._suggestions: dict[tuple[str, tuple[str, ...]], str] = {}

    def add(self, quads: Iterable[ox.Quad]) -> None:
        """Add the names and kinds of things in the statements of a row."""
        quads = list(quads)
        self._index.add(quads)
        for quad in quads:
            for term in (quad.subject, quad.object):
                self._found.pop(_key(display(term)), None)

    def __contains__(self, thing: object) -> bool:
        return thing in self._index

    def find(self, text: str, classes: tuple[str, ...], rule: str = _UNKNOWN) -> ox.NamedNode:
        """The one thing that a text names; see `NameIndex.find`.

        Args:
            text: the text of the cell.
            classes: classes or concept schemes; the thing must belong to one of them.
            rule: the rule that a thing of another class breaks.

        Raises:
            CellError: the text names nothing, several things, or only things of other
                classes; the message lists the candidates.
        """
        found = self._find(text, classes)
        if len(found.things) == 1:
            return found.things[0]
        if found.things:
            candidates = self._list(sorted(found.things, key=display))
            raise CellError(f"could be {candidates}", "write one of these codes", _UNKNOWN)
        if KZ + "Source" in classes and (sources := self._published_by(found.misfits)):
            if len(sources) == 1:
                return sources[0]
            candidates = list_things(self._dataset, sources, _SOURCES_LISTED, self._index)
            problem = f"has published {len(sources)} sources that are known"
            raise CellError(problem, f"write one of these codes: {candidates}", _UNKNOWN)
        if found.misfits:
            wanted = " or ".join(self._label(name) for name in classes)
            what = f"{self._list(found.misfits[:1])} is {self._kinds(found.misfits[0])}"
            raise CellError(f"{what}, which does not go here", f"name one of: {wanted}", rule)
        raise CellError("nothing is called that", self._suggestion(text, classes), _UNKNOWN)

    def _published_by(self, bodies: Iterable[ox.NamedNode]) -> list[ox.NamedNode]:
        """The sources that some bodies have published, in order."""
        quads = (
            quad
            for body in bodies
            for quad in self._dataset.store.quads_for_pattern(None, _PUBLISHER, body)
        )
        found = {quad.subject for quad in quads if isinstance(quad.subject, ox.NamedNode)}
        return sorted(found, key=lambda source: source.value)

    def find_property(self, text: str) -> ox.NamedNode:
        """The property that a text names; see `find`."""
        return self.find(text, PROPERTY_KINDS, "relation-predicate-declared")

    def code(self, thing: ox.NamedNode, classes: tuple[str, ...]) -> str:
        """The shortest text that `find` reads as a thing."""
        local = re.split(r"[/#]", thing.value)[-1]
        for text in (local, display(thing)):
            if self._find(text, classes).things == [thing]:
                return text
        return display(thing)

    def _find(self, text: str, classes: tuple[str, ...]) -> Found:
        """The things that a text names, cached, as most names are in many rows."""
        found = self._found[_key(text)]
        if (text, classes) not in found:
            found[text, classes] = self._index.find(text, classes)
        return found[text, classes]

    def _label(self, name: str) -> str:
        return self._dataset.label(ox.NamedNode(name))

    def _kinds(self, thing: ox.NamedNode) -> str:
        """The kind of a thing, by the label of its most specific class: `a country`."""
        labels = sorted(map(self._label, self._index.kinds(thing)))
        return " and ".join(map(with_article, labels)) or "something else"

    def _suggestion(self, text: str, classes: tuple[str, ...]) -> str:
        """The remedy for an unknown name, cached."""
        if (text, classes) not in self._suggestions:
            if len(self._suggestions) >= _MAX_SUGGESTED:
                return SEARCH
            self._suggestions[text, classes] = self._nearest(text, classes)
        return self._suggestions[text, classes]

    def _nearest(self, text: str, classes: tuple[str, ...]) -> str:
        if re.match(r"https?://", text) and not text.startswith(BASE):
            return "describe the source with this address first (`kzld new source --csv`)"
        if mixed := self._in_one_script(text, classes):
            return f"did you mean {self._list(mixed)}? this mixes Latin and Cyrillic letters"
        near = self._index.suggest(text, classes)
        return f"did you mean {self._list(near)}?" if near else SEARCH

    def _in_one_script(self, text: str, classes: tuple[str, ...]) -> list[ox.NamedNode]:
        """The things that a text with letters of two scripts names in one of them."""
        if not (re.search("[A-Za-z]", text) and re.search("[\u0400-\u04ff]", text)):
            return []
        spellings = (text.translate(table) for table in (_TO_LATIN, _TO_CYRILLIC))
        return next(filter(None, (self._find(one, classes).things for one in spellings)), [])

    def _list(self, things: Sequence[ox.NamedNode]) -> str:
        return list_things(self._dataset, things, names=self._index)


def _key(text: str) -> str:
    """A key of a text; all spellings of one name of a thing have the same key."""
    iri = expand(text)
    return fold(re.split(r"[/#]", bare_address(iri))[-1] if iri else text)
