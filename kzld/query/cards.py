"""The card of a thing or fact: its properties, and its facts in order of time with sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

import pyoxigraph as ox

from kzld.dataset.citations import Citation, citations
from kzld.dataset.dataset import Dataset
from kzld.dataset.names import kind_label, resolve
from kzld.dataset.standings import Standing, standings
from kzld.query.ask import Answer, ask, names_on
from kzld.rdf import dates
from kzld.rdf.namespaces import (
    KZ,
    PREFIXES,
    RDF,
    RDFS,
    SKOS,
    THING_KINDS,
    Term,
    display,
    graph_name,
    in_language,
    language_rank,
)
from kzld.rdf.turtle import write

_NAMES = (SKOS + "prefLabel", SKOS + "altLabel", SKOS + "notation", RDFS + "label")
_STATED = ("data", "ontology")
_NEWEST = 50  # more facts would hide the purpose of a card
_TRIPLE = {RDF + "subject", RDF + "predicate", RDF + "object"}
_LEFT_OUT = {
    *_NAMES, RDF + "type", SKOS + "topConceptOf", KZ + "supportedBy", KZ + "disputedBy",
    KZ + "fromEarliest", KZ + "fromLatest", KZ + "untilEarliest", KZ + "untilLatest",
    KZ + "support",
    *_TRIPLE,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A fact on a card.

    Attributes:
        fact: its IRI.
        when: its dates, as the sources give them, with `≤` before the first evidence of a state
            without a known beginning; on the card of a source, the place in it.
        what: its summary.
        standing: empty, `disputed`, or `superseded` by a better-founded fact; `claimed` for
            another value of the fact; on the card of a source, `against` for a fact that the
            source disputes, `says otherwise` for another value that it gives.
        status: `certain`, `presumed`, `possible` or `last known`, if the card is for a date.
        last_known: the day of the newest evidence, if the status is `last known`.
        support: the quality of its sourcing, such as `one source` or `sources differ`.
        citations: its sources, for and against.
    """

    fact: ox.NamedNode
    when: str
    what: str
    standing: str
    status: str
    last_known: str
    support: str
    citations: list[Citation]


@dataclass(frozen=True, slots=True)
class Card:
    """A summary of a thing, a concept or a fact.

    Attributes:
        name: its prefixed name.
        label: its label in the requested language.
        kind: the label of its kind.
        names: its other names, by language.
        dated_names: the official names that it bore, each with its period.
        properties: its own properties: label of the property, and values.
        lines: the facts about it, in order of time; for a fact, also the fact itself and the
            claims of other values of it; for a claim, the claim itself.
        earlier: the number of earlier facts that were left out of `lines`.
    """

    name: str
    label: str
    kind: str
    names: list[tuple[str, str]]
    dated_names: list[tuple[str, str]]
    properties: list[tuple[str, str]]
    lines: list[Line]
    earlier: int = 0

    def newest(self, *, everything: bool = False) -> tuple[list[Line], int]:
        """The newest facts, or all, in order of time, and the number of those left out."""
        shown = self.lines if everything else self.lines[-_NEWEST:]
        return shown, len(self.lines) - len(shown) + self.earlier


def card(
    dataset: Dataset,
    entity: str,
    *,
    at: str | date | None = None,
    language: str = "en",
    everything: bool = True,
) -> Card:
    """The card of an entity.

    Args:
        dataset: the data set.
        entity: IRI, prefixed name, code or label.
        at: a day; limits the facts to those that held or had happened by then.
        language: `en`, `fr`, `ru` or `kk`, or the next best one for texts without it.
        everything: whether it has all facts; else the newest, which are quicker to find.

    Raises:
        UnknownNameError: nothing, or more than one thing, has that name.
        KzldError: the day is impossible.
    """
    thing = resolve(dataset, entity)
    types = dataset.types(thing)
    dated_names = _dated_names(dataset, thing, language) if _may_have_names(thing) else []
    is_record = bool(types & {KZ + "Fact", KZ + "Claim"})
    about = _facts_of_source if KZ + "Source" in types else _facts_about
    found = about(dataset, thing, at, language)
    kept = found if everything else _newest(found)
    lines = _source_lines if KZ + "Source" in types else _lines
    return Card(
        name=display(thing),
        label=names_on(dataset, _day(at), language).label(thing),
        kind=kind_label(dataset, thing, language),
        names=_names(dataset, thing, language),
        dated_names=dated_names,
        properties=[
            *names_in_a_row(dataset, dated_names, language),
            *_properties(dataset, thing, language),
        ],
        lines=[
            *([_own_line(dataset, thing, language)] if is_record else []),
            *(_claimed_lines(dataset, thing, language) if is_record else []),
            *lines(dataset, kept, language),
        ],
        earlier=len(found) - len(kept),
    )


def description(dataset: Dataset, entity: str) -> str:
    """The statements about an entity as the data have them, without derived ones, as Turtle.

    Args:
        dataset: the data set.
        entity: IRI, prefixed name, code or label.

    Raises:
        UnknownNameError: nothing, or more than one thing, has that name.
    """
    thing = resolve(dataset, entity)
    dataset.prefetch([thing])
    return write(
        quad
        for graph in _STATED
        for quad in dataset.store.quads_for_pattern(thing, None, None, graph_name(graph))
    )


def _names(dataset: Dataset, thing: ox.NamedNode, language: str) -> list[tuple[str, str]]:
    """The labels in the other languages, then other names and codes."""
    shown = []
    for predicate in _NAMES[:-1]:
        for term in dataset.objects(thing, predicate):
            if isinstance(term, ox.Literal):
                tag = term.language or ""
                if not (predicate == _NAMES[0] and tag == language):
                    shown.append((_NAMES.index(predicate), language_rank(tag), tag, term.value))
    return list(dict.fromkeys((tag, value) for _, _, tag, value in sorted(shown)))


def _may_have_names(thing: ox.NamedNode) -> bool:
    return thing.value.startswith(tuple(PREFIXES[kind] for kind in THING_KINDS))


def names_in_a_row(
    dataset: Dataset, dated_names: list[tuple[str, str]], language: str
) -> list[tuple[str, str]]:
    """Dated names as a property of the thing, unless there are none."""
    if not dated_names:
        return []
    shown = " · ".join(f"{name} ({when})" for name, when in dated_names)
    return [(dataset.label(ox.NamedNode(KZ + "Name"), language), shown)]


def _dated_names(dataset: Dataset, thing: ox.NamedNode, language: str) -> list[tuple[str, str]]:
    """The official names that a thing bore: name and period, in order of time."""
    found = ask(dataset, "names", {"of": thing.value}, language=language)
    rows = (dict(zip(found.columns, row, strict=True)) for row in found.labels())
    return [(cells["name"], _when(cells, cells["from"])) for cells in rows]


def _when(cells: Mapping[str, str], start: str) -> str:
    """The period of a fact, with `≤` before the first evidence if its beginning is unknown."""
    begun = start or (cells["first_known"] and f"≤ {cells['first_known']}")
    return period(begun, cells["until"], open_state=bool(cells["last_known"]))


def _day(at: str | date | None) -> str:
    """A day as a text; empty for none."""
    return (dates.parse_day(at) if isinstance(at, str) else at).isoformat() if at else ""


def _properties(dataset: Dataset, thing: ox.NamedNode, language: str) -> list[tuple[str, str]]:
    """The properties of a thing: label of the property, and labels of its values."""
    return [
        (name, ", ".join(dataset.label(term, language) for term in terms))
        for name, terms in statements(dataset, thing, language)
    ]


def statements(
    dataset: Dataset, thing: ox.NamedNode, language: str
) -> list[tuple[str, list[Term]]]:
    """The properties of a thing: label of the property, and its values sorted by label.

    A text in several languages appears in the requested one, or the next best.
    """
    values: dict[str, list[Term]] = {}
    dataset.prefetch([thing])
    # The label of a relation says its triple; that of a claim has no links.
    left_out = _LEFT_OUT - _TRIPLE if KZ + "Claim" in dataset.types(thing) else _LEFT_OUT
    for graph in _STATED:
        for quad in dataset.store.quads_for_pattern(thing, None, None, graph_name(graph)):
            if quad.predicate.value not in left_out:
                values.setdefault(quad.predicate.value, []).append(quad.object)
    dataset.prefetch(ox.NamedNode(predicate) for predicate in values)
    dataset.prefetch(term for terms in values.values() for term in terms)
    shown = []
    for predicate, terms in values.items():
        kept = _in_one_language(terms, language)
        kept.sort(key=lambda term: dataset.sort_name(term, language))
        shown.append((dataset.label(ox.NamedNode(predicate), language), kept))
    return sorted(shown, key=lambda named: (named[0], dataset.label(named[1][0], language)))


def _in_one_language(terms: Iterable[Term], language: str) -> list[Term]:
    """The terms, with the texts reduced to one, in the language or the next best."""
    texts: dict[str, ox.Literal] = {}
    others: list[Term] = []
    for term in terms:
        if isinstance(term, ox.Literal) and term.language:
            texts.setdefault(term.language, term)
        else:
            others.append(term)
    text = in_language(texts, language)
    return [*others, text] if text else others


def _own_line(dataset: Dataset, fact: ox.NamedNode, language: str) -> Line:
    """The fact or claim itself, on its own card; its dates are among the properties."""
    standing = _mark(standings(dataset, [fact], language=language)[fact])
    cited = citations(dataset, [fact], language=language)[fact]
    support = _support(dataset, fact, language)
    return Line(fact, "", dataset.label(fact, language), standing, "", "", support, cited)


def _claims(dataset: Dataset, fact: ox.NamedNode) -> list[ox.NamedNode]:
    """The claims about a fact, in order."""
    found = dataset.store.quads_for_pattern(None, ox.NamedNode(RDF + "subject"), fact)
    claims = (quad.subject for quad in found)
    return sorted({one for one in claims if isinstance(one, ox.NamedNode)}, key=str)


def _claimed_lines(dataset: Dataset, fact: ox.NamedNode, language: str) -> list[Line]:
    """The other values of a fact that sources claim: `date = 2021-11-14`."""
    claims = _claims(dataset, fact)
    cited = citations(dataset, claims, language=language) if claims else {}
    lines = []
    for claim in claims:
        properties = dataset.objects(claim, RDF + "predicate")
        if properties == [ox.NamedNode(RDF + "object")]:  # of a relation, which has a predicate
            properties = dataset.objects(fact, RDF + "predicate")
        terms = (properties, dataset.objects(claim, RDF + "object"))
        what = " = ".join(", ".join(dataset.label(t, language) for t in some) for some in terms)
        lines.append(Line(claim, "", what, "claimed", "", "", "", cited[claim]))
    return lines


def _facts_about(
    dataset: Dataset, thing: ox.NamedNode, at: str | date | None, language: str
) -> Answer:
    return ask(dataset, "timeline", {"entity": thing.value, "at": at}, language=language)


def _facts_of_source(
    dataset: Dataset, source: ox.NamedNode, at: str | date | None, language: str
) -> Answer:
    return ask(dataset, "from-source", {"source": source.value, "at": at}, language=language)


def _newest(found: Answer) -> Answer:
    """The last rows, as many as a card shows."""
    last = slice(-_NEWEST, None)
    return replace(
        found, rows=found.rows[last], facts=found.facts[last], evidence=found.evidence[last]
    )


def _lines(dataset: Dataset, found: Answer, language: str) -> list[Line]:
    cited = citations(dataset, (facts[0] for facts in found.facts), language=language)
    dataset.prefetch(facts[0] for facts in found.facts)
    lines = []
    rows = zip(found.facts, found.labels(), map(_mark, found.standings), strict=True)
    for [fact], row, standing in rows:
        cells = dict(zip(found.columns, row, strict=True))
        when = _when(cells, cells["date"])
        support = _support(dataset, fact, language)
        known = _status(cells)
        lines.append(Line(fact, when, cells["what"], standing, *known, support, cited[fact]))
    return lines


def _source_lines(_dataset: Dataset, found: Answer, _language: str) -> list[Line]:
    """The facts that a source supports or disputes, place by place."""
    lines = []
    marks = map(_mark, found.standings)
    rows = zip(found.facts, found.labels(), marks, found.citations(), strict=True)
    for [fact], row, mark, cited in rows:
        cells = dict(zip(found.columns, row, strict=True))
        standing = mark if cells["side"] == "for" else cells["side"]
        known = _status(cells)
        lines.append(Line(fact, cells["locator"], cells["claim"], standing, *known, "", cited))
    return lines


def _mark(standing: Standing) -> str:
    """The word for a standing, where there is something to say."""
    return "" if standing.word == "stands" else standing.word


def _status(cells: Mapping[str, str]) -> tuple[str, str]:
    """The status of a fact on a day, and the day on which it was last known if this is it."""
    status = cells.get("status", "")
    return status, cells["last_known"] if status == "last known" else ""


def _support(dataset: Dataset, fact: ox.NamedNode, language: str) -> str:
    return ", ".join(
        dataset.label(term, language) for term in dataset.objects(fact, KZ + "support")
    )


def period(start: str, end: str, *, open_state: bool) -> str:
    """A readable period: `2015-01-01 –`, `1970 – 1975`, `2022-06-20`, `≤ 2011 –`."""
    if end:
        return f"{start} – {end}" if start else f"– {end}"
    return f"{start} –" if open_state else start
