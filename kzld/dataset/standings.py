"""How facts stand: whether sources contest them, and what these hold instead."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import pyoxigraph as ox

from kzld.dataset.dataset import Dataset
from kzld.rdf.namespaces import PREFIXES, Term, fact_language, named, value_of

Word = Literal["stands", "disputed", "superseded"]

# From better to worse; what stands needs no explanation.
MEANINGS: dict[Word, str] = {
    "disputed": "it stands, but a source says otherwise",
    "superseded": "kept for the record, as better sources say otherwise",
}

_VOTES = frozenset(map(named, ("kz:votedFor", "kz:votedAgainst", "kz:abstained", "kz:didNotVote")))
_TALLIES = frozenset(
    map(named, ("kz:tallyFor", "kz:tallyAgainst", "kz:tallyAbstaining", "kz:tallyNotVoting"))
)
_STANDINGS = """
SELECT DISTINCT ?fact ?side ?property ?value ?evidence WHERE {
  VALUES ?fact { %s }
  {
    ?fact kz:disputedBy ?evidence . BIND("denied" AS ?side)
  } UNION {
    ?claim rdf:subject ?fact ; a kz:Claim ; rdf:predicate ?stated ; rdf:object ?value .
    OPTIONAL { ?claim kz:supportedBy ?evidence }
    # The object of a relation is the value of its own predicate.
    OPTIONAL { ?fact rdf:predicate ?related }
    BIND(IF(?stated = rdf:object, ?related, ?stated) AS ?property)
    BIND("claimed" AS ?side)
  } UNION {
    ?fact kz:contradicts ?value . OPTIONAL { ?value kz:supportedBy ?evidence }
    BIND("another fact" AS ?side)
  } UNION {
    ?fact kz:rank kz:deprecated . BIND("superseded" AS ?side)
  }
}
ORDER BY ?fact ?side STR(?property) STR(?value)
"""
# Asked by itself: joined to the optional evidence above, an engine compares each with all sources.
_PUBLISHERS = """
SELECT DISTINCT ?evidence ?publisher WHERE {
  VALUES ?evidence { %s }
  ?evidence kz:source?/dct:publisher/skos:prefLabel ?publisher .
  FILTER(LANG(?publisher) = "%s")
}
ORDER BY ?publisher
"""


@dataclass(frozen=True, slots=True)
class Rival:
    """What sources hold instead of a fact.

    Attributes:
        property: the label of the property that has another value; empty for another fact, or
            where the sources only deny the fact.
        value: the other value, or the label of the other fact as far as it differs; empty for a
            mere denial.
        publishers: who holds it.
        stated: the property that has another value, as an IRI, and that value, if any.
    """

    property: str
    value: str
    publishers: tuple[str, ...]
    stated: tuple[Term | None, Term | None] = field(default=(None, None), compare=False)

    def __str__(self) -> str:
        """`until = 2022-09-17 (Novaya Gazeta Europe)`."""
        said = f"{self.property} = {self.value}" if self.property else self.value
        who = "; ".join(self.publishers)
        if not said:
            return f"contested by {who}"
        return f"{said} ({who})" if who else said


@dataclass(frozen=True, slots=True)
class Standing:
    """How a fact stands.

    Attributes:
        word: `stands`, `disputed` (it stands, and is contested) or `superseded`.
        rivals: what sources hold instead.
    """

    word: Word
    rivals: tuple[Rival, ...] = ()


def standings(
    dataset: Dataset, facts: Iterable[ox.NamedNode], *, language: str = "en"
) -> dict[ox.NamedNode, Standing]:
    """How each fact stands.

    Args:
        dataset: the data set.
        facts: IRIs of facts.
        language: the language of labels and publishers' names, where there are any in it.
    """
    wanted = list(dict.fromkeys(facts))
    rivals: dict[Term, dict[tuple[str, Term | None, Term | None], list[str]]] = {}
    superseded = set()
    rows = list(dataset.select(_STANDINGS % " ".join(map(str, wanted))))
    names = _publishers(dataset, {row["evidence"] for row in rows}, fact_language(language))
    dataset.prefetch(row[name] for row in rows for name in ("fact", "property", "value"))
    for row in rows:
        if value_of(row["side"]) == "superseded":
            superseded.add(row["fact"])
            continue
        rival = (value_of(row["side"]), row["property"], row["value"])
        publishers = rivals.setdefault(row["fact"], {}).setdefault(rival, [])
        publishers += [who for who in names[row["evidence"]] if who not in publishers]

    def said(fact: ox.NamedNode, value: Term | None) -> str:
        """A value or other fact, without what its label shares with that of the fact."""
        head = dataset.label(fact, language).partition(": ")[0] + ": "
        return dataset.label(value, language).removeprefix(head) if value else ""

    def standing(fact: ox.NamedNode) -> Standing:
        word: Word = "disputed" if fact in rivals else "stands"
        return Standing(
            "superseded" if fact in superseded else word,
            tuple(
                Rival(
                    dataset.label(property_, language) if property_ else "",
                    said(fact, value),
                    tuple(sorted(publishers)),
                    (property_, value),
                )
                for (_, property_, value), publishers in rivals.get(fact, {}).items()
            ),
        )

    return {fact: standing(fact) for fact in wanted}


def _publishers(
    dataset: Dataset, evidence: Iterable[Term | None], language: str
) -> Mapping[Term | None, list[str]]:
    """The names of those that published each source, or the source of each passage."""
    names: dict[Term | None, list[str]] = defaultdict(list)
    wanted = " ".join(sorted(str(one) for one in evidence if one))
    for row in dataset.select(_PUBLISHERS % (wanted, language)) if wanted else ():
        names[row["evidence"]].append(value_of(row["publisher"]))
    return names


def for_row(fact: ox.NamedNode, standing: Standing, row: Collection[Term | None]) -> Standing:
    """The standing of a fact for a row: if it is a vote of states, without what is said of others.

    How a third state voted, or how many did, does not bear on the votes of those in the row.
    """
    is_of_states = any(value_of(term).startswith(PREFIXES["country"]) for term in row)
    if not (is_of_states and fact.value.startswith(PREFIXES["vote"])):
        return standing
    rivals = tuple(rival for rival in standing.rivals if not _is_of_others(rival, row))
    is_clear = standing.word == "disputed" and standing.rivals and not rivals
    return Standing("stands" if is_clear else standing.word, rivals)


def _is_of_others(rival: Rival, row: Collection[Term | None]) -> bool:
    property_, value = rival.stated
    if property_ in _VOTES:
        return value not in row
    return property_ in _TALLIES or value_of(value).startswith(PREFIXES["observation"])


def together(several: Iterable[Standing]) -> Standing:
    """The standing of several facts as one: the worst word, and all rivals."""
    found = list(several)
    words = {standing.word for standing in found}
    worst: Word = next((word for word in reversed(MEANINGS) if word in words), "stands")
    return Standing(worst, tuple(dict.fromkeys(r for standing in found for r in standing.rivals)))
