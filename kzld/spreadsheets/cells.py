"""What a person typed into a cell, as RDF: names, dates, numbers, addresses, texts.

Whatever is not plain is refused with what to write instead; nothing is guessed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

import pyoxigraph as ox

from kzld.dataset.dataset import Dataset
from kzld.dataset.names import fold
from kzld.errors import CellError
from kzld.rdf import dates
from kzld.rdf.namespaces import BASE, KZ, PREFIXES, RDF, SKOS, XSD, display, expand
from kzld.text import with_article

_KINDS: Final = (RDF + "type", SKOS + "inScheme")
_NAMES: Final = (
    *(SKOS + name for name in ("prefLabel", "altLabel", "notation")),
    PREFIXES["dct"] + "title",
)
_ADDRESSES: Final = (PREFIXES["schema"] + "url", KZ + "readAt")
_PROPERTIES: Final = {
    RDF + "Property",
    *(PREFIXES["owl"] + name for name in ("ObjectProperty", "DatatypeProperty")),
}
_UNKNOWN: Final = "dangling-reference"
_NEAR: Final = 75.0
_CANDIDATES: Final = 4
_MAX_SUGGESTED: Final = 50  # who has so many unknown names needs something else than hints
_SEARCH: Final = "`kzld search TEXT` finds things by their names"
_OLDEST: Final = 1000
# Spreadsheets count days from here; 20000 to 80000 are the years 1954 to 2119.
_DAY_ZERO: Final = date(1899, 12, 30)
_DAY_NUMBER: Final = re.compile(r"[2-7]\d{4}", re.ASCII)
_VALUE: Final = re.compile(r"\s*((?:https?://(?:[^\s;]|;(?!<|https?://)(?=[^;\s]*[=/]))*)?[^;]*)")


def split(cell: str) -> list[str]:
    """The values of a cell, parted by semicolons, but not by one within a web address.

    That is one before a part with `=` or `/`, as in `https://a.example/b;c=1`.
    """
    return list(dict.fromkeys(part.strip() for part in _VALUE.findall(cell) if part.strip()))


def read_date(text: str, _: str = "") -> ox.Literal:
    """A date at its precision: `2015`, `2015-05` or `2015-05-29`.

    Raises:
        CellError: it is none of these, not in the calendar or before the year 1000.
    """
    if re.fullmatch(r"0*\d{1,3}(-\d\d?){0,2}", text, re.ASCII):
        raise CellError(
            f"dates before the year {_OLDEST} are not taken",
            "check the year against the source; say in the note what is older",
            "date-datatype",
        )
    for datatype, form in dates.DATATYPES.items():
        if form.fullmatch(text):
            if dates.days(text, datatype) is None:
                raise CellError(
                    "there is no such day or month in the calendar",
                    "check it against the source; the order is year, month, day",
                    "date-real",
                )
            return ox.Literal(text, datatype=ox.NamedNode(datatype))
    raise CellError("not a date as it is written here", _date_remedy(text), "date-datatype")


def _date_remedy(text: str) -> str:
    """What to write instead of a date in another style: each reading that the calendar has."""
    real = dates.readings(text)
    if _DAY_NUMBER.fullmatch(text):
        real = [(_DAY_ZERO + timedelta(days=int(text))).isoformat()]
    written = " or ".join(real) or "2015-05-29, 2015-05 or 2015"
    return f"write {written}; in a spreadsheet program, format the column as Text before typing"


def read_number(text: str, rule: str) -> ox.Literal:
    """A whole or decimal number: `3000` or `-0.5`.

    Raises:
        CellError: it is none, or has thousands separators, a decimal comma or a unit.
    """
    if re.fullmatch(r"[+-]?\d+", text, re.ASCII):
        return ox.Literal(text, datatype=ox.NamedNode(XSD + "integer"))
    if re.fullmatch(r"[+-]?\d*\.\d+", text, re.ASCII):
        return ox.Literal(text, datatype=ox.NamedNode(XSD + "decimal"))
    raise CellError("not a number as machines read it", _number_remedy(text), rule)


def _number_remedy(text: str) -> str:
    """What to write instead of a number in another style: each reading that it has."""
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
        CellError: it does not begin with https:// or http://, or contains blanks.
    """
    if not re.fullmatch(r"https?://[^\s<>\"]+", text):
        raise CellError("not a web address", "write it in full: https://…", rule)
    return ox.Literal(text, datatype=ox.NamedNode(XSD + "anyURI"))


def read_code(text: str, _: str = "") -> ox.Literal:
    """A text that is no language's: a code."""
    return ox.Literal(text)


def read_link(text: str, rule: str) -> ox.NamedNode:
    """The IRI of the same thing in another data set: `wd:Q232` or an address.

    Raises:
        CellError: it is none.
    """
    iri = expand(text)
    if iri is None:
        raise CellError("not a link", "write it in full (https://…) or as wd:Q232", rule)
    return ox.NamedNode(iri)


class Names:
    """What everything is called: codes, labels in any language, addresses of sources."""

    def __init__(self, dataset: Dataset) -> None:
        self._codes: dict[str, list[ox.NamedNode]] = defaultdict(list)
        self._labels: dict[str, list[ox.NamedNode]] = defaultdict(list)
        self._folded: dict[str, list[ox.NamedNode]] | None = None
        self._addresses: dict[str, list[ox.NamedNode]] = defaultdict(list)
        self._types: dict[ox.NamedNode, set[str]] = defaultdict(set)
        self._shown: dict[ox.NamedNode, str] = {}
        self._choices_of: dict[tuple[str, ...], dict[str, list[ox.NamedNode]]] = {}
        self._suggested: dict[tuple[str, tuple[str, ...]], str] = {}
        self._dataset = dataset
        subclass = ox.NamedNode(PREFIXES["rdfs"] + "subClassOf")
        self._above: dict[str, set[str]] = defaultdict(set)
        for quad in dataset.store.quads_for_pattern(None, subclass, None):
            self._above[_value(quad.subject)].add(_value(quad.object))
        for predicate in (*_KINDS, *_NAMES, *_ADDRESSES):
            self.add(dataset.store.quads_for_pattern(None, ox.NamedNode(predicate), None))

    def add(self, quads: Iterable[ox.Quad]) -> None:
        """Take up what statements say of the names and types of things."""
        self._choices_of.clear()
        for quad in quads:
            thing, predicate, value = quad.subject, quad.predicate.value, _value(quad.object)
            if not isinstance(thing, ox.NamedNode):
                continue
            if predicate in _KINDS:
                self._add_kind(thing, value)
            elif predicate in _NAMES:
                _append(self._labels[value.casefold()], thing)
                self._shown.setdefault(thing, value)
                if self._folded is not None:
                    _append(self._folded[fold(value)], thing)
            elif predicate in _ADDRESSES:
                _append(self._addresses[_bare(value)], thing)

    def _add_kind(self, thing: ox.NamedNode, class_: str) -> None:
        if thing not in self._types:
            _append(self._codes[re.split(r"[/#]", thing.value)[-1]], thing)
        ahead = [class_]
        while ahead:
            name = ahead.pop()
            if name not in self._types[thing]:
                self._types[thing].add(name)
                ahead += self._above[name]

    def __contains__(self, thing: object) -> bool:
        return thing in self._types

    def find(self, text: str, classes: tuple[str, ...], rule: str = _UNKNOWN) -> ox.NamedNode:
        """The one thing that a text names: an IRI, prefixed name, code, label or, of a source,
        address.

        Args:
            text: what was typed.
            classes: classes or concept schemes, one of which the thing must be of.
            rule: what a thing of another class breaks.

        Raises:
            CellError: nothing, several things, or only things of other classes are called
                that; the message lists the candidates.
        """  # noqa: D205
        misfits: list[ox.NamedNode] = []
        for found in self._ways(text):
            fitting = [thing for thing in found if self._fits(thing, classes)]
            if len(fitting) == 1:
                return fitting[0]
            if fitting:
                candidates = self._listed(sorted(fitting, key=_value))
                raise CellError(f"could be {candidates}", "write one of these codes", _UNKNOWN)
            misfits += found
        if misfits:
            wanted = " or ".join(self._label(name) for name in classes)
            what = f"{self._listed(misfits[:1])} is {self._kinds(misfits[0])}"
            raise CellError(f"{what}, which does not go here", f"name one of: {wanted}", rule)
        raise CellError("nothing is called that", self._suggestion(text, classes), _UNKNOWN)

    def find_property(self, text: str) -> ox.NamedNode:
        """The property that a text names, as `find`."""
        return self.find(text, tuple(_PROPERTIES), "relation-predicate-declared")

    def code(self, thing: ox.NamedNode, classes: tuple[str, ...]) -> str:
        """The shortest text that `find` reads as a thing."""
        local = re.split(r"[/#]", thing.value)[-1]
        for text in (local, display(thing)):
            try:
                if self.find(text, classes) == thing:
                    return text
            except CellError:
                continue
        return display(thing)

    def _ways(self, text: str) -> Iterable[list[ox.NamedNode]]:
        """The things that a text names, by one way of naming after the other."""
        if iri := expand(text):
            thing = ox.NamedNode(iri)
            yield [thing] if thing in self else []
            yield self._addresses.get(_bare(text), [])
            return
        yield self._codes.get(text, [])
        other = dict.fromkeys((text.upper(), text.lower()))
        yield [thing for code in other for thing in self._codes.get(code, [])]
        yield self._labels.get(text.casefold(), [])
        wanted = fold(text)
        yield self._by_folded_label().get(wanted, []) if wanted else []

    def _by_folded_label(self) -> dict[str, list[ox.NamedNode]]:
        if self._folded is None:
            self._folded = defaultdict(list)
            for name, things in self._labels.items():
                for thing in things:
                    _append(self._folded[fold(name)], thing)
        return self._folded

    def _fits(self, thing: ox.NamedNode, classes: tuple[str, ...]) -> bool:
        return not classes or not self._types[thing].isdisjoint(classes)

    def _label(self, name: str) -> str:
        return self._dataset.label(ox.NamedNode(name))

    def _kinds(self, thing: ox.NamedNode) -> str:
        """`a country`: what a thing is, by the label of its most particular class."""
        types = {name for name in self._types[thing] if self._label(name) != name}
        own = types.difference(*(self._above[name] for name in types))
        labels = sorted(self._label(name) for name in own)
        return " and ".join(map(with_article, labels)) or "something else"

    def _suggestion(self, text: str, classes: tuple[str, ...]) -> str:
        """A remedy for an unknown name, sought once for each."""
        if (text, classes) not in self._suggested:
            if len(self._suggested) >= _MAX_SUGGESTED:
                return _SEARCH
            self._suggested[text, classes] = self._nearest(text, classes)
        return self._suggested[text, classes]

    def _nearest(self, text: str, classes: tuple[str, ...]) -> str:
        """A remedy for an unknown name: those that come nearest."""
        from rapidfuzz import fuzz, process
        from rapidfuzz.distance import OSA

        if re.match(r"https?://", text) and not text.startswith(BASE):
            return "describe the source with this address first (`kzld new source --csv`)"
        wanted = fold(text.partition(":")[2] if expand(text) else text)
        fitting = self._choices(classes)
        found = process.extract(
            wanted, fitting.keys(), scorer=fuzz.WRatio, limit=20, score_cutoff=_NEAR
        )
        found.sort(  # a surname alone is nearer to its bearers than to another like it
            key=lambda match: (
                wanted not in match[0].split(),
                -OSA.normalized_similarity(wanted, match[0]),
            )
        )
        near = list(dict.fromkeys(thing for name, _, _ in found for thing in fitting[name]))
        if near:
            return f"did you mean {self._listed(near[:_CANDIDATES])}?"
        return _SEARCH

    def _choices(self, classes: tuple[str, ...]) -> dict[str, list[ox.NamedNode]]:
        """The things of some classes by their folded labels and codes."""
        if classes not in self._choices_of:
            names: dict[str, list[ox.NamedNode]] = defaultdict(list)
            known = [*self._by_folded_label().items(), *self._codes.items()]
            for name, things in known:
                fitting = [thing for thing in things if self._fits(thing, classes)]
                if fitting:
                    names[fold(name)] += fitting
            self._choices_of[classes] = names
        return self._choices_of[classes]

    def _listed(self, things: Iterable[ox.NamedNode]) -> str:
        return ", ".join(self._named(thing) for thing in things)

    def _named(self, thing: ox.NamedNode) -> str:
        """`body:EAEU (Eurasian Economic Union)`."""
        name, label = display(thing), self._dataset.label(thing)
        label = label if label != name else self._shown.get(thing, name)
        return name if label == name else f"{name} ({label})"


def _append(things: list[ox.NamedNode], thing: ox.NamedNode) -> None:
    if thing not in things:
        things.append(thing)


def _value(term: object) -> str:
    return str(getattr(term, "value", term))


def _bare(address: str) -> str:
    """A web address without what differs between copies of one: scheme, www., ending."""
    bare = re.sub(r"^https?://(www\.)?", "", address.strip(), flags=re.IGNORECASE)
    return bare.partition("#")[0].rstrip("/")
