"""What people call things: from a code or label to its IRI, and search that forgives."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import pyoxigraph as ox

from kzld.dataset.dataset import Dataset
from kzld.errors import UnknownNameError
from kzld.rdf.namespaces import (
    BASE,
    FACT_KINDS,
    PREFIXES,
    RDF,
    SCHEMES,
    SKOS,
    THING_KINDS,
    XSD,
    expand,
    shorten,
)

_CODE_PREFIXES = (*THING_KINDS, *FACT_KINDS, *SCHEMES)
_GOOD_MATCH = 75.0
_HAS_ALL_WORDS = 90.0
_SHORTEST_WORD = 4
_MOST_LISTED = 6
_MOST_MEANT = 20  # more than that is a guess
_NAMES = """
SELECT ?thing ?name WHERE {
  ?thing skos:prefLabel|skos:altLabel|skos:notation ?name .
  FILTER(STRSTARTS(STR(?thing), "https://w3id.org/kzld/id/")
      || STRSTARTS(STR(?thing), "https://w3id.org/kzld/concept/"))
}
"""


@dataclass(frozen=True, slots=True)
class Match:
    """A thing found by its name.

    Attributes:
        thing: its IRI.
        name: the label that matched.
        score: how near it is, 0 to 100.
    """

    thing: ox.NamedNode
    name: str
    score: float


def fold(text: str) -> str:
    """A text without accents, case and script: `Тоқаев` and `Tokaev` fold alike."""
    from anyascii import anyascii  # slow to import, and seldom needed

    return re.sub(r"\W+", " ", anyascii(text).casefold()).strip()


def search(dataset: Dataset, text: str, *, limit: int = 10) -> list[Match]:
    """Things and concepts whose label comes near a text, in any language, best first.

    Args:
        dataset: where to look.
        text: a name or part of one; accents, script and small misspellings are forgiven.
        limit: how many things at most.
    """
    from rapidfuzz import fuzz, process

    names = _names(dataset)
    wanted = fold(text)
    if not wanted:
        return []
    folded = [fold(name) for _, name in names]
    best: dict[ox.NamedNode, Match] = {}
    found = process.extract(
        wanted, folded, scorer=fuzz.WRatio, limit=None, score_cutoff=_GOOD_MATCH
    )
    for _, score, index in found:
        thing, name = names[index]
        # A code of two or three letters is somewhere in most words.
        is_code = len(folded[index]) < _SHORTEST_WORD and folded[index] != wanted
        if thing not in best and not is_code:
            # An exact name comes before one that merely contains it, and that before a like one.
            closeness = (score + fuzz.ratio(wanted, folded[index])) / 2
            if set(wanted.split()) <= set(folded[index].split()):
                closeness = _HAS_ALL_WORDS + closeness * (100 - _HAS_ALL_WORDS) / 100
            best[thing] = Match(thing, name, closeness)
    return sorted(best.values(), key=lambda match: (-match.score, match.thing.value))[:limit]


def resolve(dataset: Dataset, text: str, kinds: Collection[str] = ()) -> ox.NamedNode:
    """The thing that a person means by an IRI, a prefixed name, a code or a label.

    Args:
        dataset: where to look.
        text: `https://…` (an IRI, or where a source can be read), `country:KAZ`, `KAZ` or
            `Kazakhstan` (any language).
        kinds: IRIs of classes or concept schemes, one of which the thing must be of;
            empty for anything.

    Raises:
        UnknownNameError: nothing, or more than one thing, is called that; the message
            lists the candidates.
    """
    if iri := expand(text):
        thing = ox.NamedNode(iri)
        if _known(dataset, thing):
            return _of_kind(dataset, thing, kinds, text)
        if sources := _by_address(dataset, iri):
            return _of_kind(dataset, sources[0], kinds, text)
    else:
        of_other_kinds: list[ox.NamedNode] = []
        for way in (_by_code, _by_label, _by_words):
            found = way(dataset, text)
            fitting = [thing for thing in found if _fits(dataset, thing, kinds)]
            if way is _by_words:
                # A person is meant by their surname, not the events whose names mention it.
                fitting = [thing for thing in fitting if not _is_fact(thing)] or fitting
            if len(fitting) == 1:
                return fitting[0]
            if fitting and not of_other_kinds:
                raise UnknownNameError(
                    f"{text!r} could be {_listed(dataset, fitting)}; say which",
                    [shorten(thing.value) or thing.value for thing in fitting],
                )
            of_other_kinds = of_other_kinds or found
        if of_other_kinds:
            return _of_kind(dataset, of_other_kinds[0], kinds, text, instead=fitting)
    raise _unknown(dataset, text, kinds)


def _known(dataset: Dataset, thing: ox.NamedNode) -> bool:
    dataset.prefetch([thing])
    return next(dataset.store.quads_for_pattern(thing, None, None), None) is not None


def _fits(dataset: Dataset, thing: ox.NamedNode, kinds: Collection[str]) -> bool:
    if not kinds:
        return True
    schemes = {getattr(o, "value", "") for o in dataset.objects(thing, SKOS + "inScheme")}
    return not (dataset.types(thing) | schemes).isdisjoint(kinds)


def _of_kind(
    dataset: Dataset,
    thing: ox.NamedNode,
    kinds: Collection[str],
    text: str,
    instead: Sequence[ox.NamedNode] = (),
) -> ox.NamedNode:
    if _fits(dataset, thing, kinds):
        return thing
    wanted = " or ".join(dataset.label(ox.NamedNode(kind)) for kind in kinds)
    actual = kind_label(dataset, thing)
    few = 0 < len(instead) <= _MOST_MEANT
    hint = f"; did you mean {_listed(dataset, instead)}?" if few else ""
    raise UnknownNameError(
        f"{text!r} is not of the kind asked for: {wanted} (it is: {actual}){hint}",
        [shorten(t.value) or t.value for t in instead] if few else [],
    )


def kind_label(dataset: Dataset, thing: ox.NamedNode, language: str = "en") -> str:
    """What a thing is, in a word or two: the label of the class it was declared with."""
    dataset.prefetch([thing])
    data = dataset.store.quads_for_pattern(thing, ox.NamedNode(RDF + "type"), None)
    declared = [q.object for q in data if not str(q.graph_name).endswith("derived>")]
    return ", ".join(sorted(dataset.label(term, language) for term in declared)) or "unknown"


def _by_code(dataset: Dataset, text: str) -> list[ox.NamedNode]:
    if not re.fullmatch(r"[\w.-]+", text, re.ASCII):
        return []
    spellings = dict.fromkeys((text, text.upper(), text.lower()))
    things = [ox.NamedNode(PREFIXES[p] + code) for p in _CODE_PREFIXES for code in spellings]
    dataset.prefetch(things)
    return [thing for thing in things if _known(dataset, thing)]


def _by_address(dataset: Dataset, address: str) -> list[ox.NamedNode]:
    """The sources that can be read at a web address."""
    literal = ox.Literal(address, datatype=ox.NamedNode(XSD + "anyURI"))
    found = dataset.select(f"SELECT DISTINCT ?source {{ ?source schema:url|kz:readAt {literal} }}")
    return [row["source"] for row in found if isinstance(row["source"], ox.NamedNode)]


def _by_label(dataset: Dataset, text: str) -> list[ox.NamedNode]:
    names = _names(dataset)
    exact = dict.fromkeys(t for t, name in names if name.casefold() == text.casefold())
    if exact or not (wanted := fold(text)):
        return list(exact)
    return list(dict.fromkeys(t for t, name in names if fold(name) == wanted))


def _by_words(dataset: Dataset, text: str) -> list[ox.NamedNode]:
    """The things with all the words of a text in their label: `Tokayev`, `council of europe`."""
    wanted = set(fold(text).split())
    names = _names(dataset) if wanted else []
    return list(dict.fromkeys(t for t, name in names if wanted <= set(fold(name).split())))


def _is_fact(thing: ox.NamedNode) -> bool:
    return thing.value.removeprefix(BASE + "id/").partition("/")[0] in FACT_KINDS


def _names(dataset: Dataset) -> list[tuple[ox.NamedNode, str]]:
    """All things with their names, in an order that does not depend on the store."""
    names = [
        (row["thing"], row["name"].value)
        for row in dataset.select(_NAMES)
        if isinstance(row["thing"], ox.NamedNode) and isinstance(row["name"], ox.Literal)
    ]
    return sorted(names, key=lambda pair: (pair[0].value, pair[1]))


def _unknown(dataset: Dataset, text: str, kinds: Collection[str]) -> UnknownNameError:
    from rapidfuzz import fuzz

    name = text.partition(":")[2] if expand(text) else text
    slugs, wanted = _slugs(dataset), fold(name)
    called = [(t, slug) for slug in get_close_matches(name, slugs, n=9) for t in slugs[slug]]
    called += [(match.thing, match.name) for match in search(dataset, name, limit=50)]
    called.sort(key=lambda pair: -fuzz.ratio(wanted, fold(pair[1])))
    found = dict.fromkeys(thing for thing, _ in called)
    dataset.prefetch(found)
    near = [thing for thing in found if _fits(dataset, thing, kinds)][:4]
    hint = f"; did you mean {_listed(dataset, near)}?" if near else ""
    hint = hint or "; `kzld search TEXT` finds things by their names"
    return UnknownNameError(
        f"nothing is called {text!r}{hint}", [shorten(t.value) or t.value for t in near]
    )


def _slugs(dataset: Dataset) -> dict[str, list[ox.NamedNode]]:
    """The codes of all that is described, with what they stand for."""
    slugs: dict[str, list[ox.NamedNode]] = {}
    described = {row["thing"] for row in dataset.select("SELECT ?thing { ?thing a ?class }")}
    for thing in sorted(described, key=str):
        if isinstance(thing, ox.NamedNode) and thing.value.startswith(BASE):
            slugs.setdefault(thing.value.rpartition("/")[2], []).append(thing)
    return slugs


def _listed(dataset: Dataset, things: Sequence[ox.NamedNode]) -> str:
    """Names with labels, the shortest first: they say least beside what was asked for."""
    in_order = sorted(things, key=lambda thing: len(dataset.label(thing)))[:_MOST_LISTED]
    shown = [f"{shorten(t.value) or t.value} ({dataset.label(t)})" for t in in_order]
    more = len(things) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
