"""Every claim of the seed brief is in the data set, with its time and its citation."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest
import yaml
from command import copy_in_memory, loaded

import kzld
from kzld.rdf.namespaces import KZ, PREFIXES

pytestmark = pytest.mark.data

CLAIMS = yaml.safe_load(Path(__file__).with_name("claims.yaml").read_text("utf-8"))
BRIEF = PREFIXES["passage"] + "legrandcontinent-2022-06-20."
TIMES = {
    KZ + name
    for name in (
        *("from", "until", "date", "firstKnown", "lastKnown"),
        *("fromEarliest", "fromLatest", "untilEarliest", "untilLatest"),
    )
}
every_claim = pytest.mark.parametrize("claim", CLAIMS)


@pytest.fixture(scope="module")
def timeless():
    changed = copy_in_memory(loaded())
    for quad in list(changed.store):
        if quad.predicate.value in TIMES:
            changed.store.remove(quad)
    return kzld.KnowledgeGraph(changed)


@cache
def own() -> kzld.KnowledgeGraph:
    """A data set to change, and to put back as it was."""
    return kzld.KnowledgeGraph(copy_in_memory(loaded()))


def holds_without(passages: Iterable[str], claim: str) -> bool:
    """Whether the claim is in the data set in which no fact cites these passages."""
    store = own().dataset.store
    cited = [q for p in passages for q in store.quads_for_pattern(None, None, ox.NamedNode(p))]
    for quad in cited:
        store.remove(quad)
    try:
        return own().query(CLAIMS[claim]["query"])
    finally:
        store.extend(cited)


def passages_of_the_brief(kg: kzld.KnowledgeGraph) -> dict[str, str]:
    rows = kg.query(
        "SELECT ?locator ?passage { ?passage kz:source source:legrandcontinent-2022-06-20 ; "
        'kz:locator ?locator FILTER(LANG(?locator) = "en") }'
    )
    return {row["locator"]: row["passage"] for row in rows}


def test_the_claims_are_s01_to_s45() -> None:
    assert list(CLAIMS) == [f"S{number:02}" for number in range(1, 46)]


def test_the_passages_of_the_brief_are_its_bullets_and_notes(kg) -> None:
    places = "b1 b1n1 b2 b2n2 b3 b3n3 b4 b4n5 b4n6 b5 b6 b6n7".split()
    assert sorted(passages_of_the_brief(kg).values()) == [BRIEF + place for place in places]


@every_claim
def test_the_data_set_holds_the_claim(kg, claim: str) -> None:
    assert kg.query(CLAIMS[claim]["query"]) is True, CLAIMS[claim]["claim"]


@every_claim
def test_the_claim_needs_the_brief(kg, claim: str) -> None:
    assert holds_without(passages_of_the_brief(kg).values(), claim) is False


@every_claim
def test_the_claim_is_cited_at_its_bullet_or_note(kg, claim: str) -> None:
    passage = passages_of_the_brief(kg)[CLAIMS[claim]["locator"]]
    assert holds_without([passage], claim) is False


@every_claim
def test_the_claim_has_a_time(timeless, claim: str) -> None:
    assert timeless.query(CLAIMS[claim]["query"]) is False
