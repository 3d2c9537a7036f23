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
from kzld.text import Label, Phrase, either, with_article

_UNKNOWN = "dangling-reference"
_PUBLISHER = ox.NamedNode(PREFIXES["dct"] + "publisher")
_SOURCES_LISTED = 6
_ALIKE = "ABCEHIKMOPTXaceiopxy", "АВСЕНІКМОРТХасеіорху"
_TO_LATIN, _TO_CYRILLIC = str.maketrans(*_ALIKE[::-1]), str.maketrans(*_ALIKE)
_MAX_SUGGESTED = 50  # with more unknown names, single hints do not help
_OLDEST = 1000
_DATE_RULE = "date-datatype"
_COUNTED = ox.NamedNode(PREFIXES["schema"] + "value")
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
            Phrase("dates before the year {} are not taken", _OLDEST),
            Phrase("check the year against the source; say in the note what is older"),
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
    remedy = Phrase("write the one that is meant")
    if date_forms.has_zone(text):
        other_day = "{}; it is another day in Kazakhstan than in the time zone of the cell"
        remedy = Phrase(other_day, remedy)
    return CellError(Phrase("could be {}", either(found)), remedy, _DATE_RULE)


def _no_date(text: str, period: Period | None) -> CellError:
    """The error for a text that is no day, month or year; its remedy has the dates in it."""
    if date_forms.is_still(text):
        remedy = Phrase("leave it empty")
        if period:
            newest = "{}, and write under “{}” the date of the newest source that says so"
            remedy = Phrase(newest, remedy, period.known)
        return CellError(Phrase("not a date"), remedy, _DATE_RULE)
    if found := date_forms.span(text):
        remedy = _remedy_for_span(text, *found, period)
        return CellError(Phrase("not a day, a month or a year"), remedy, _DATE_RULE)
    if not re.search(r"\d{4}", text):
        remedy = Phrase(
            "write the year with four digits, then the month and the day: year-month-day"
        )
        if not re.search(r"\d", text):
            remedy = Phrase("{}; if the source gives no date, leave it empty", remedy)
        return CellError(Phrase("not a date with its year"), remedy, _DATE_RULE)
    has_day = date_forms.readings(re.sub(r"\b(29|30|31)\b", "1", text))
    if not has_day and not re.fullmatch(r"\d+([-./ ]\d+)*", text):
        remedy = Phrase(
            "write only the year, or year-month, or year-month-day, and the rest in the note"
        )
        return CellError(Phrase("not a date as it is written here"), remedy, _DATE_RULE)
    turned = date_forms.readings(re.sub(r"^(\d{4})-(\d\d?)-(\d\d?)$", r"\3/\2/\1", text))
    return CellError(
        Phrase("there is no such day or month in the calendar"),
        Phrase("write {} if the month came last", turned[0])
        if turned
        else Phrase("check it against the source; the order is year, month, day"),
        "date-real",
    )


def _remedy_for_span(text: str, first: str, last: str, period: Period | None) -> Phrase:
    """The remedy for a text that says less than a date, with its first and last date."""
    if first == last:
        return Phrase("write {}, and “{}” in the note", first, text)
    remedy = Phrase("write the date from {} to {} that the source gives", first, last)
    if period:
        both = "{}, or these two as “{}” and “{}” of what lasted so long"
        remedy = Phrase(both, remedy, period.start, period.end)
    if last.startswith(first[:4]):
        year = "{}; if the source says no more, write {}, and “{}” in the note"
        return Phrase(year, remedy, first[:4], text)
    return Phrase("{}; if the source says no more, write “{}” in the note", remedy, text)


def read_number(text: str, rule: str) -> ox.Literal:
    """A whole or decimal number: `3000` or `-0.5`.

    Raises:
        CellError: the text is no number, or has thousands separators, a decimal comma or a unit.
    """
    if re.fullmatch(r"[+-]?\d+", text, re.ASCII):
        return ox.Literal(text, datatype=ox.NamedNode(XSD + "integer"))
    if re.fullmatch(r"[+-]?\d*\.\d+", text, re.ASCII):
        return ox.Literal(text, datatype=ox.NamedNode(XSD + "decimal"))
    raise CellError(Phrase("not a number as machines read it"), _number_remedy(text), rule)


def read_object(
    text: str, names: Names, predicates: Iterable[ox.NamedNode | ox.Literal]
) -> ox.NamedNode | ox.Literal:
    """The object of a triple: a number if it is a value, else a date or a thing with a name.

    Args:
        text: the text of the cell.
        names: the names of things.
        predicates: the predicate of the triple, if it can be read.

    Raises:
        CellError: the text cannot be read so.
    """
    if _COUNTED in predicates:
        return read_number(text, "claim-value")
    return (
        read_date(text) if text[0].isdigit() or date_forms.readings(text) else names.find(text, ())
    )


def _number_remedy(text: str) -> Phrase:
    """The remedy for a number in another style: each reading of it."""
    plain = re.sub(r"[\s'’_]", "", text).replace("\u2212", "-")
    whole, point = plain.replace(",", ""), plain.replace(",", ".")
    if re.fullmatch(r"[+-]?\d{1,3},\d{3}", plain, re.ASCII):  # a comma can mean either
        return Phrase("write {} or {}", whole, point)
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+\.\d+", plain, re.ASCII):
        return Phrase("write {}, without thousands separators", whole)
    if re.fullmatch(r"[+-]?\d{1,3}(\.\d{3})+(,\d+)?|[+-]?\d{1,3}(\.\d{3}){2,}", plain, re.ASCII):
        continental = plain.replace(".", "").replace(",", ".")
        return Phrase("write {}, without thousands separators", continental)
    if re.fullmatch(r"[+-]?\d+(\.\d+)?|[+-]?\d{1,3}(,\d{3})+", plain, re.ASCII):
        return Phrase("write {}, without thousands separators", whole)
    if re.fullmatch(r"[+-]?\d+,\d+", plain, re.ASCII):
        return Phrase("write {}, with a decimal point", point)
    return Phrase("write the bare number, such as 3000 or 0.5, and the unit in its own column")


def read_address(text: str, rule: str) -> ox.Literal:
    """A web address.

    Raises:
        CellError: the text does not begin with https:// or http://, or contains blanks.
    """
    if not re.fullmatch(r"https?://[^\s<>\"]+", text):
        raise CellError(Phrase("not a web address"), Phrase("write it in full: https://…"), rule)
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
        remedy = Phrase("write it in full (https://…) or as wd:Q232")
        if re.fullmatch(r"Q\d+", text, re.ASCII):
            remedy = Phrase("write {}", f"wd:{text}")
        raise CellError(Phrase("not a link"), remedy, rule)
    return ox.NamedNode(iri)


class Names:
    """The things that the names in cells mean, with those in the rows of the same run."""

    def __init__(self, dataset: Dataset, quads: Iterable[ox.Quad] = ()) -> None:
        self._dataset = dataset
        self._index = dataset.name_index.beside(quads)
        self._found: dict[str, dict[tuple[str, tuple[str, ...]], Found]] = defaultdict(dict)
        self._suggestions: dict[tuple[str, tuple[str, ...]], Phrase] = {}

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
            remedy = Phrase("write one of these codes")
            raise CellError(Phrase("could be {}", candidates), remedy, _UNKNOWN)
        if KZ + "Source" in classes and (sources := self._published_by(found.misfits)):
            if len(sources) == 1:
                return sources[0]
            candidates = list_things(self._dataset, sources, _SOURCES_LISTED, self._index)
            problem = Phrase("has published {} sources that are known", len(sources))
            remedy = Phrase("write one of these codes: {}", candidates)
            raise CellError(problem, remedy, _UNKNOWN)
        if found.misfits:
            wanted = either([self._label(name) for name in classes])
            what = self._list(found.misfits[:1]), self._kinds(found.misfits[0])
            problem = Phrase("{} is {}, which does not go here", *what)
            raise CellError(problem, Phrase("name one of: {}", wanted), rule)
        problem = Phrase("nothing is called that")
        raise CellError(problem, self._suggestion(text, classes), _UNKNOWN)

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

    def _kinds(self, thing: ox.NamedNode) -> Label:
        """The kind of a thing, by the label of its most specific class: `a country`."""
        return kind_label(map(ox.NamedNode, self._index.kinds(thing)), self._dataset)

    def _suggestion(self, text: str, classes: tuple[str, ...]) -> Phrase:
        """The remedy for an unknown name, cached."""
        if (text, classes) not in self._suggestions:
            if len(self._suggestions) >= _MAX_SUGGESTED:
                return Phrase(SEARCH)
            self._suggestions[text, classes] = self._nearest(text, classes)
        return self._suggestions[text, classes]

    def _nearest(self, text: str, classes: tuple[str, ...]) -> Phrase:
        if re.match(r"https?://", text) and not text.startswith(BASE):
            return Phrase("describe the source with this address first (`kzld new source --csv`)")
        if mixed := self._in_one_script(text, classes):
            meant = self._list(mixed)
            return Phrase("did you mean {}? This mixes Latin and Cyrillic letters", meant)
        near = self._index.suggest(text, classes)
        return Phrase("did you mean {}?", self._list(near)) if near else Phrase(SEARCH)

    def _in_one_script(self, text: str, classes: tuple[str, ...]) -> list[ox.NamedNode]:
        """The things that a text with letters of two scripts names in one of them."""
        if not (re.search("[A-Za-z]", text) and re.search("[\u0400-\u04ff]", text)):
            return []
        spellings = (text.translate(table) for table in (_TO_LATIN, _TO_CYRILLIC))
        return next(filter(None, (self._find(one, classes).things for one in spellings)), [])

    def _list(self, things: Sequence[ox.NamedNode]) -> str:
        return list_things(self._dataset, things, names=self._index)


def kind_label(classes: Iterable[ox.NamedNode], dataset: Dataset) -> Label:
    """The name of something of some classes: `a country`; in French without an article."""
    known = list(classes)
    english = sorted(dataset.label(one, "en") for one in known)
    french = " et ".join(sorted(dataset.label(one, "fr") for one in known))
    text = " and ".join(map(with_article, english)) or "something else"
    return Label(text, {"fr": french} if french else {})


def _key(text: str) -> str:
    """A key of a text; all spellings of one name of a thing have the same key."""
    iri = expand(text)
    return fold(re.split(r"[/#]", bare_address(iri))[-1] if iri else text)
