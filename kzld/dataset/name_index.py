"""An index of names: it finds the things that a text names exactly or nearly."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, product
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kzld.dataset.name_table import (
    CODE,
    LABEL,
    NOTATION,
    PROPERTIES,
    RECORD,
    SUPERCLASS,
    TERM,
    THING,
    TITLE,
    Condition,
    NameTable,
    at_address,
    bare_address,
    below_address,
    fold,
    in_namespaces,
    in_script_of,
    is_short,
    of_kinds,
    of_rank,
    of_sorts,
    rank_of,
    with_code,
    with_folded_name,
    with_iri,
    with_name,
)
from kzld.rdf.namespaces import (
    BASE,
    PREFIXES,
    RDF,
    RECORD_KINDS,
    SCHEMES,
    THING_KINDS,
    XSD,
    display,
    expand,
    namespace_of,
)

if TYPE_CHECKING:
    from kzld.dataset.dataset import Dataset

CLASSES = (PREFIXES["owl"] + "Class", PREFIXES["rdfs"] + "Class")
PROPERTY_KINDS = (
    PREFIXES["rdf"] + "Property",
    *(PREFIXES["owl"] + f"{sort}Property" for sort in ("Object", "Datatype", "Annotation")),
)
_CODE_PREFIXES = (*THING_KINDS, *RECORD_KINDS, *SCHEMES)
_NEAR = 0.5  # of the letters of a text
_NEAR_WORD = 0.65  # of the letters of a word
_NEAR_IN_OTHERS = 72.0  # score; of other vocabularies, the index has only the terms in use
_HAS_ALL_WORDS = 90.0
_OF_WORDS = 0.8  # weight of the words; the rest is the weight of the name as a whole
_ALL = 0.999  # of the letters, allowing for rounding
_SUGGESTED = 4
_MUCH = 15.0
_MUCH_FOR_CODES = 3.0
_SHORT, _TOO_SHORT = 5, 2  # letters
_NEAR_CODE = 55.0  # score
_NEAR_WORDS = 70.0


_AT_ADDRESS = """
SELECT DISTINCT ?source { VALUES ?address { %s } ?source schema:url|kz:readAt ?address }
"""


@dataclass(frozen=True, slots=True)
class Match:
    """A thing found by its name.

    Attributes:
        thing: the IRI of the thing.
        name: the name that matched.
        score: how near the name is, 0 to 100.
    """

    thing: ox.NamedNode
    name: str
    score: float


@dataclass(frozen=True, slots=True)
class Found:
    """The things that a text names.

    Attributes:
        things: the things of the requested kinds, by the first way of naming that finds any.
        misfits: the things of other kinds, if an earlier way found only such things.
    """

    things: list[ox.NamedNode] = field(default_factory=list)
    misfits: list[ox.NamedNode] = field(default_factory=list)


_Way = Callable[[NameTable], Condition | None]
"""Gives the condition of one way of naming; None if no name in the table can meet it."""


class NameIndex:
    """The names of things: codes, labels in any language, notations, addresses of sources.

    An index is a stack of tables; further statements go into a new table on top. A data set
    without an index file gets its rows when they are first needed: for a code or an IRI the
    rows of a few things, otherwise all rows.
    """

    def __init__(self, tables: Iterable[NameTable] = (), dataset: Dataset | None = None) -> None:
        """Make an index from tables, or from a data set that fills it when needed."""
        self._tables = [*tables] or [NameTable()]
        self._dataset = dataset  # None once all its rows are here

    @classmethod
    def build(cls, dataset: Dataset, path: Path | None = None) -> NameIndex:
        """An index of all names in a data set, in memory or in a new file."""
        if path is None:
            index = cls(dataset=dataset)
            index.complete()
            return index
        NameTable.write(dataset.with_properties(PROPERTIES), path)
        return cls.open(path)

    @classmethod
    def open(cls, path: Path) -> NameIndex:
        """The index that `build` wrote into a file; the file is never changed."""
        return cls([NameTable(path)])

    def beside(self, quads: Iterable[ox.Quad] = ()) -> NameIndex:
        """A new index that also has the names in further statements."""
        self.complete()
        index = NameIndex([*self._tables, NameTable()])
        index.add(quads)
        return index

    def add(self, quads: Iterable[ox.Quad]) -> None:
        """Add the names in further statements."""
        self.complete()
        if self._tables[-1].is_file:
            self._tables.append(NameTable())
        *lower, top = self._tables
        new = top.add(quads)
        # Each table is searched on its own. If a thing has a name in one table and its kind in
        # another, the kind must be in both.
        for iri in new if lower else ():
            if not top.kinds(iri):
                kinds = {kind for table in lower for kind in table.kinds(iri)}
                top.add(_type_quads(iri, kinds))

    def complete(self) -> None:
        """Load the names of all things, unless they are loaded."""
        if self._dataset is not None:
            table = NameTable()
            table.add(self._dataset.with_properties(PROPERTIES))
            self._tables, self._dataset = [table], None

    def _load(self, iris: Iterable[str]) -> None:
        """Load the names of some things, unless they are loaded."""
        if self._dataset is None:
            return
        store, things = self._dataset.store, [ox.NamedNode(iri) for iri in iris]
        self._dataset.prefetch(things)
        quads = chain(
            store.quads_for_pattern(None, ox.NamedNode(SUPERCLASS), None),
            *(store.quads_for_pattern(thing, None, None) for thing in things),
        )
        graphs = self._dataset.default_graphs
        self._tables[0].add(quad for quad in quads if quad.graph_name in graphs)

    def __contains__(self, thing: object) -> bool:
        """Whether a thing is described."""
        iri = getattr(thing, "value", "")
        self._load([iri])
        return any(table.find(with_iri(iri)) for table in self._tables)

    def find(
        self,
        text: str,
        kinds: Sequence[str] = (),
        *,
        namespaces: Sequence[str] = (),
        by_words: bool = False,
    ) -> Found:
        """The things that a text names, by the first way of naming that finds any.

        The ways are: IRI or prefixed name, address of a source, beginning of an address, code,
        code in another case, label or notation, label that folds alike and, on request, words
        of a label.

        Args:
            text: an IRI, prefixed name, address, code or name.
            kinds: IRIs of classes or concept schemes; a thing must belong to one of them; empty
                for any thing, concept or fact.
            namespaces: the namespaces that its IRI may be in; empty for any.
            by_words: whether some words of a label are enough.
        """
        misfits: list[ox.NamedNode] = []
        for way in self._ways(text, by_words=by_words):
            if found := self._find_things(way, self._condition(kinds, namespaces)):
                return Found(found, misfits)
            misfits = misfits or (self._find_things(way, self._condition((), ())) if kinds else [])
        return Found([], misfits)

    def _ways(self, text: str, *, by_words: bool) -> Iterator[_Way]:
        if iri := expand(text):
            self._load([iri])
            yield lambda _table: with_iri(iri)
            self._load_address(text)
            yield lambda _table: at_address(text)
            self.complete()
            yield lambda _table: below_address(text)
            return
        if self._dataset and re.fullmatch(r"[\w.-]+", text, re.ASCII):
            spellings = dict.fromkeys((text, text.upper(), text.lower()))
            self._load(PREFIXES[p] + code for p in _CODE_PREFIXES for code in spellings)
            yield lambda _table: with_code(text)
            yield lambda _table: with_code(text, any_case=True)
        self.complete()
        yield lambda _table: with_code(text)
        yield lambda _table: with_code(text, any_case=True)
        yield lambda _table: with_name(text)
        if not (words := fold(text).split()):
            return
        yield lambda _table: with_folded_name(text)
        if by_words and (text.isascii() or not is_short(text)):
            # A surname means the person, not the events whose names mention it.
            yield lambda table: table.with_words(words, THING)
            yield lambda table: table.with_words(words, RECORD)

    def _load_address(self, address: str) -> None:
        """Load the sources at a web address, unless they are loaded."""
        if self._dataset is None:
            return
        bare, any_uri = bare_address(address), ox.NamedNode(XSD + "anyURI")
        spellings = product(("https://", "http://"), ("", "www."), (bare,), ("", "/"))
        literals = [ox.Literal("".join(parts), datatype=any_uri) for parts in spellings]
        found = self._dataset.select(_AT_ADDRESS % " ".join(map(str, literals)))
        self._load(row["source"].value for row in found)

    def _find_things(self, way: _Way, asked: Condition) -> list[ox.NamedNode]:
        """The things that a way of naming finds, those with the shortest names first."""
        found: dict[str, int] = {}
        for table in self._tables:
            if condition := way(table):
                for iri, length in table.find(condition & asked).items():
                    found[iri] = min(length, found.get(iri, length))
        in_order = sorted(found, key=lambda iri: (found[iri], iri))
        return [ox.NamedNode(iri) for iri in in_order]

    def _condition(self, kinds: Sequence[str], namespaces: Sequence[str]) -> Condition:
        """The condition of kinds and namespaces; without either, all ranks but terms.

        Titles count only with kinds or namespaces: most names are in the title of some source.
        """
        if not kinds and not namespaces:
            return of_rank(RECORD) & of_sorts(LABEL, NOTATION, CODE)
        asked = in_namespaces(namespaces) if namespaces else of_rank(TERM)
        return asked & of_kinds(self._with_subclasses(kinds)) if kinds else asked

    def _with_subclasses(self, kinds: Sequence[str]) -> list[str]:
        pairs = [pair for table in self._tables for pair in table.superclasses]
        found, ahead = set(kinds), list(kinds)
        while ahead:
            above = ahead.pop()
            below = {name for name, superclass in pairs if superclass == above} - found
            found |= below
            ahead += below
        return sorted(found)

    def kinds(self, thing: ox.NamedNode) -> list[str]:
        """The most specific classes of a thing."""
        self._load([thing.value])
        stated = {kind for table in self._tables for kind in table.kinds(thing.value)}
        above = {
            superclass
            for table in self._tables
            for name, superclass in table.superclasses
            if name in stated and superclass != name
        }
        return sorted(kind for kind in stated - above if rank_of(kind) == TERM)

    def label(self, thing: ox.NamedNode) -> str:
        """A label of a thing; without a label, its prefixed name."""
        labels = (table.label(thing.value) for table in self._tables)
        return next(filter(None, labels), display(thing))

    def near(
        self,
        text: str,
        kinds: Sequence[str] = (),
        *,
        namespaces: Sequence[str] = (),
        codes: bool = False,
        limit: int = 10,
    ) -> list[Match]:
        """The things whose names are near a text, best first.

        Accents, script, small misspellings and the order of words are ignored. Names that have
        all the words come before names that only have similar words.

        Args:
            text: a name, a part of a name, or a code.
            kinds: classes or concept schemes; a thing must belong to one of them; empty for any.
            namespaces: the namespaces of the things; empty for any.
            codes: whether the code in the IRI of a thing counts as a name.
            limit: the number of things at most.
        """
        self.complete()
        wanted = fold(text)
        condition = self._condition(kinds, namespaces)
        if not codes:
            condition &= of_sorts(LABEL, NOTATION)
        if not text.isascii():
            # A Cyrillic code would fold like an unrelated Latin code.
            condition &= of_sorts(LABEL, TITLE)
            if is_short(text):
                condition &= in_script_of(text)
        best: dict[str, tuple[float, float, str]] = {}  # two scores and the name, by IRI
        for table in self._tables if wanted else ():
            words = list(dict.fromkeys(wanted.split()))
            for iri, name, folded, share in table.near(words, condition, _NEAR_WORD, _NEAR):
                as_written = _likeness(text.casefold(), name.casefold())
                found = _score(share, _likeness(wanted, folded)), as_written, name
                best[iri] = max(found, best.get(iri, found))
        matches = [Match(ox.NamedNode(iri), name, score) for iri, (score, _, name) in best.items()]
        return sorted(matches, key=lambda match: (-match.score, match.thing.value))[:limit]

    def suggest(
        self, text: str, kinds: Sequence[str] = (), *, namespaces: Sequence[str] = ()
    ) -> list[ox.NamedNode]:
        """A few things that a misspelt text may mean, best first.

        For an IRI or prefixed name they are in its namespace, unless only other namespaces have
        things of the requested kinds.

        Args:
            text: an IRI, prefixed name, code or name.
            kinds: classes or concept schemes; a thing must belong to one of them; empty for any.
            namespaces: the namespaces of the things, for the code of a thing; only things that
                are about as near as the nearest are suggested.
        """
        iri = None if namespaces else expand(text)
        namespace = namespace_of(iri) if iri else ""  # `urn:x` is in none
        own = [namespace] if namespace else namespaces
        name = iri.removeprefix(namespace) if iri else text
        found = self.near(name, kinds, namespaces=own, codes=True, limit=_SUGGESTED)
        if iri and not iri.startswith(BASE):
            found = [match for match in found if match.score >= _NEAR_IN_OTHERS]
        elif iri and kinds and not found:
            found = self.near(name, kinds, codes=True, limit=_SUGGESTED)
        if namespaces:
            found = [match for match in found if _may_be_meant(name, match)]
        # If one is much nearer, the others are noise.
        much = _MUCH_FOR_CODES if namespaces else _MUCH
        near = [match for match in found if match.score >= found[0].score - much]
        return [match.thing for match in near if match.thing.value != iri]


def _may_be_meant(code: str, match: Match) -> bool:
    """Whether a name is near enough to the code of a thing.

    In two letters, a wrong one may stand for any other. An abbreviation is not like one in
    another script. Of several words, one that is right says little.
    """
    words = fold(code).split()
    if len(code) <= _SHORT and code.isascii() != match.name.isascii():
        return False
    if len(code) <= _TOO_SHORT:
        return match.score >= _HAS_ALL_WORDS
    return match.score >= (_NEAR_CODE if len(words) == 1 else _NEAR_WORDS)


def _score(share: float, likeness: float) -> float:
    """How near a name is, 0 to 100.

    Args:
        share: the share of the letters of the words that the name has, 0 to 1.
        likeness: the likeness of the names as a whole, 0 to 1.
    """
    if share > _ALL:
        return _HAS_ALL_WORDS + (100 - _HAS_ALL_WORDS) * likeness
    return _HAS_ALL_WORDS * (_OF_WORDS * share + (1 - _OF_WORDS) * likeness)


def _likeness(wanted: str, name: str) -> float:
    from rapidfuzz.distance import OSA

    return OSA.normalized_similarity(wanted, name)


def _type_quads(iri: str, kinds: Iterable[str]) -> Iterator[ox.Quad]:
    type_ = ox.NamedNode(RDF + "type")
    return (ox.Quad(ox.NamedNode(iri), type_, ox.NamedNode(kind)) for kind in kinds)
