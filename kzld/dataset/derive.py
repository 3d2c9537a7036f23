"""The derived graph: the days that dates can mean, and the statements that rules construct."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import groupby, pairwise
from pathlib import Path

import pyoxigraph as ox

from kzld.progress import Progress, no_progress
from kzld.rdf import dates
from kzld.rdf.namespaces import KZ, PREFIXES, RDF, XSD, Graphs, Term, graph_name, named
from kzld.rdf.store import Store

_RULES = Path(__file__).with_name("rules")
_XSD_DATE = ox.NamedNode(XSD + "date")
Times = dict[str, tuple[str, str]]
# Ordered, so that the rows of one fact, or of one post, are consecutive.
_TIMES_OF_FACTS = """
SELECT ?fact ?time ?value WHERE {
  VALUES ?time { kz:from kz:firstKnown kz:date kz:until kz:lastKnown rdf:object }
  GRAPH graph:data { ?fact ?time ?value FILTER NOT EXISTS { ?fact a kz:Claim } }
} ORDER BY ?fact
"""
_TIMES_OF_TERMS = """
SELECT ?post ?fact ?time ?value WHERE {
  VALUES ?time { kz:from kz:firstKnown kz:until }
  GRAPH graph:data { ?fact kz:post ?post ; ?time ?value FILTER NOT EXISTS { ?fact kz:rank ?rank } }
} ORDER BY ?post ?fact
"""
_SHORT = {
    ox.NamedNode(namespace + name): name
    for namespace, name in (
        *((KZ, name) for name in ("from", "firstKnown", "date", "until", "lastKnown")),
        (RDF, "object"),
    )
}
# For how many years a state is presumed to last: by its role, and otherwise for any fact.
_HORIZONS = """
SELECT ?fact (MIN(?years) AS ?horizon) WHERE {
  GRAPH graph:data { ?fact org:role ?role }
  GRAPH graph:ontology { ?role kzs:presumedFor ?years }
} GROUP BY ?fact
"""
_USUAL_HORIZON = "SELECT ?years WHERE { GRAPH graph:ontology { kz:Fact kzs:presumedFor ?years } }"
FROM_EARLIEST = ox.NamedNode(KZ + "fromEarliest")
FROM_LATEST = ox.NamedNode(KZ + "fromLatest")
UNTIL_EARLIEST = ox.NamedNode(KZ + "untilEarliest")
_UNTIL_LATEST = ox.NamedNode(KZ + "untilLatest")
_PRESUMED_UNTIL = ox.NamedNode(KZ + "presumedUntil")
_VALID = named("dct:valid")


@cache
def label_rules() -> list[tuple[str, str]]:
    """The queries that label facts, each with the class of its facts."""
    found = []
    for path in sorted(_RULES.glob("label-*.rq")):
        text = path.read_text("utf-8")
        kind = text.partition("?fact a kz:")[2].split()[0]
        found.append((KZ + kind, text))
    return found


def derive(store: Store, progress: Progress = no_progress) -> None:
    """Fill the derived graph of a store: day bounds, and the statements of `rules/*.rq`.

    The graph says, with dct:valid, for which day its undated statements hold: that of the newest
    evidence in the data. The clock has no part in it, so that the same data give the same graph.
    """
    derived = graph_name("derived")
    stated: Graphs = [graph_name("data"), graph_name("ontology")]
    newest = ""

    def bounds() -> Iterator[ox.Quad]:
        nonlocal newest
        for fact, bound, day in day_bounds(store):
            if bound in (FROM_EARLIEST, UNTIL_EARLIEST):
                newest = max(newest, day.value)
            yield ox.Quad(fact, bound, day, derived)

    store.bulk_extend(bounds())
    if newest:
        store.bulk_extend([ox.Quad(derived, _VALID, _day(newest), derived)])
    rules = sorted(_RULES.glob("*.rq"))
    for place, rule in enumerate(rules, start=1):
        progress(place / (len(rules) + 1))
        triples = store.query(rule.read_text("utf-8"), prefixes=PREFIXES, default_graph=stated)
        store.bulk_extend(ox.Quad(t.subject, t.predicate, t.object, derived) for t in triples)


def day_bounds(store: Store) -> Iterator[tuple[ox.NamedNode, ox.NamedNode, ox.Literal]]:
    """The earliest and latest days of the bounds of each fact, as the ontology defines them."""
    ends = _ends_of_open_terms(store)
    horizon = _horizons(store)
    for fact, known in _times(_rows(store, _TIMES_OF_FACTS)):
        born = known.get("object") if len(known) == 1 else None  # a relation with a date
        start = known.get("from") or known.get("date") or born
        end = known.get("until") or born  # an act has its day, and no end
        bounds = {}
        if start:
            bounds[FROM_EARLIEST], bounds[FROM_LATEST] = start
        elif first_known := known.get("firstKnown"):
            bounds[FROM_LATEST] = first_known[1]
        if end:
            bounds[UNTIL_EARLIEST], bounds[_UNTIL_LATEST] = end
        elif last_known := known.get("lastKnown"):
            bounds[UNTIL_EARLIEST] = last_known[0]
            if years := horizon(fact):
                bounds[_PRESUMED_UNTIL] = dates.years_later(last_known[0], years)
            if fact in ends:
                bounds[_UNTIL_LATEST] = ends[fact]
        for bound, day in bounds.items():
            yield fact, bound, _day(day)


def _ends_of_open_terms(store: Store) -> dict[ox.NamedNode, str]:
    """The last possible day of terms without a sourced end but with a known successor.

    One person at a time holds a post: a term ends at the latest when the next one begins.
    """
    ends = {}
    for _, rows in groupby(_rows(store, _TIMES_OF_TERMS), key=lambda row: row["post"]):
        terms = ((_start(known), fact, known) for fact, known in _times(rows))
        in_order = sorted(
            (*start, fact.value, fact, known) for start, fact, known in terms if start
        )
        for (_, _, _, term, known), (_, next_start, *_) in pairwise(in_order):
            if "until" not in known:
                ends[term] = next_start
    return ends


def _horizons(store: Store) -> Callable[[ox.NamedNode], int]:
    """For how many years each open state is presumed to last; 0 for no limit."""
    usual = max((int(row["years"].value) for row in _rows(store, _USUAL_HORIZON)), default=0)
    own = {row["fact"]: int(row["horizon"].value) for row in _rows(store, _HORIZONS)}
    return lambda fact: own.get(fact, usual)


def _times(rows: Iterable[ox.QuerySolution]) -> Iterator[tuple[ox.NamedNode, Times]]:
    """Each fact with the first and last days of its time properties, by their short names."""
    for fact, stated in groupby(rows, key=lambda row: row["fact"]):
        known = ((row["time"], _days(row["value"])) for row in stated)
        times = {_SHORT[time]: days for time, days in known if days}
        if times and isinstance(fact, ox.NamedNode):
            yield fact, times


def _start(times: Times) -> tuple[str, str] | None:
    """The beginning of a term, or else its first evidence: enough to put terms in order."""
    return times.get("from") or times.get("firstKnown")


def _rows(store: Store, query: str) -> ox.QuerySolutions:
    found = store.evaluate(query, prefixes=PREFIXES)
    assert isinstance(found, ox.QuerySolutions)  # noqa: S101 (a SELECT)
    return found


def _days(term: Term) -> tuple[str, str] | None:
    return _day_texts(term.value, term.datatype.value) if isinstance(term, ox.Literal) else None


@cache
def _day_texts(lexical: str, datatype: str) -> tuple[str, str] | None:
    found = dates.days(lexical, datatype)
    return (found[0].isoformat(), found[1].isoformat()) if found else None


@cache
def _day(text: str) -> ox.Literal:
    return ox.Literal(text, datatype=_XSD_DATE)
