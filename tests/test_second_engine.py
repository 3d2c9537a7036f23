"""The questions mean the same to another SPARQL engine: rdflib, over the merged graph.

No question uses GRAPH, so the merged graph is all that a query of theirs sees, and no question
is left out: rdflib 7.6 is right for all, as they keep off its known faults, and quick for all
while the graph holds few votes. It joins two subqueries by comparing each row with each; over
all 2,769 votes one question about them takes it many minutes. It compares dates with strings
(here both sides are xsd:date), fails to sort by the STR of an unbound variable and to sum an
unbound one (here COALESCE stands before), and joins slowly where a pattern follows a UNION (here
the day is asked for first).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from typing import Any

import pyoxigraph as ox
import pytest
from cases import CASES, Case

from kzld.dataset.load import load
from kzld.knowledge_graph import KnowledgeGraph
from kzld.query.ask import questions
from kzld.rdf.namespaces import Term, named

Row = tuple[tuple[str, str], ...]
# One of each question, that rdflib answers soon; the others it is asked with the other engines.
QUICK = {
    "agreement-history/epca",
    "agreements/charters-in-2003",
    "career/rahmon-long-after-last-known",
    "chronology/csto-withdrawal",
    "delegations/the-nineteenth",
    "disputed/about-the-demonstrations",
    "from-source/kazinform",
    "indicator/length",
    "meetings/cooperation-council",
    "members/sco-of-one-role",
    "memberships/belarus-of-one-role",
    "names/all-names-of-a-party",
    "neighbours/tokayev-and-mgimo-in-french",
    "office-holders/kazakhstans-president-at-the-meeting",
    "overlap/government-during-a-visit-in-french",
    "place-names/all-names-of-the-capital",
    "shared-memberships/russia-uzbekistan",
    "signatories/epca",
    "statements/colonna-on-energy-in-french",
    "succession/of-posts-in-french",
    "timeline/the-base-in-french",
    "trade/kyrgyz-statistics-of-2023",
    "treaty-status/non-proliferation",
    "visits/between-two-visits",
    "votes/on-the-council-of-europe-in-french",
    "voting-agreement/three-in-the-council",
    "who-met-whom/macron",
    "who-says/titles-in-other-languages",
}


def row_of(terms: list[tuple[str, Any]], lists: Collection[str]) -> Row:
    """Names and values; what a question groups in a list is a set, in no order."""
    parting = {"fact": " ", **dict.fromkeys(lists, "; ")}

    def in_order(name: str, value: str) -> str:
        mark = parting.get(name)
        return mark.join(sorted(value.partition("^^")[0].split(mark))) if mark else value

    return tuple((name, in_order(name, value)) for name, value in terms if value)


def text(term: Term | None) -> str:
    """A term in full, datatype and language too, but a plain string the same as xsd:string."""
    if isinstance(term, ox.Literal):
        return f"{term.value}^^{term.language or term.datatype.value}"
    return "" if term is None else term.value


def rdflib_text(term: Any) -> str:
    if term is None:
        return ""
    if type(term).__name__ == "Literal":
        kind = term.language or term.datatype or "http://www.w3.org/2001/XMLSchema#string"
        return f"{term}^^{kind}"
    return str(term)


@pytest.fixture(scope="module")
def few_votes() -> KnowledgeGraph:
    """The data with the votes behind the shorter expected answers, and a few others."""
    kg = KnowledgeGraph(load(in_memory=True))
    cases = (case for case in CASES if case.question in ("votes", "voting-agreement"))
    answers = [kg.ask(case.question, **case.values).facts for case in cases]
    behind = [{fact for facts in rows for fact in facts} for rows in answers]
    kept = {fact for facts in behind if len(facts) < 200 for fact in facts}
    store = kg.dataset.store
    kept |= {quad.object for quad in store.quads_for_pattern(None, named("kz:vote"), None)}
    found = store.quads_for_pattern(None, named("rdf:type"), named("kz:Vote"))
    votes = sorted((quad.subject for quad in found), key=str)
    for vote in set(votes) - kept - set(votes[::100]):
        for quad in list(store.quads_for_pattern(vote, None, None)):
            store.remove(quad)
    return kg


def test_no_question_names_a_graph() -> None:
    assert not [name for name, q in questions().items() if re.search(r"\bGRAPH\b", q.sparql)]


def test_the_quick_cases_are_one_of_each_question() -> None:
    names = [case.name for case in CASES if case.name in QUICK]
    assert sorted(name.partition("/")[0] for name in names) == sorted(questions())


@pytest.mark.engines
@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, marks=[] if case.name in QUICK else [pytest.mark.engines], id=case.name)
        for case in CASES
    ],
)
def test_rdflib_gives_the_same_rows(few_votes: KnowledgeGraph, case: Case) -> None:
    kg = few_votes
    sparql = kg.ask(case.question, language=case.language, **case.values).sparql
    ours = kg.dataset.store.query(sparql, prefixes={}, default_graph=kg.dataset.default_graphs)
    names = [variable.value for variable in ours.variables]
    lists = questions()[case.question].lists
    expected = Counter(row_of([(n, text(row[n])) for n in names], lists) for row in ours)
    theirs = kg.graph.query(sparql)
    found = Counter(row_of([(n, rdflib_text(row.get(n))) for n in names], lists) for row in theirs)
    assert len(expected) >= bool(case.rows)
    assert found == expected
