"""The packaged facts as a whole: nothing lost, nothing twice, no gap that nobody declared."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import yaml
from anyascii import anyascii
from rapidfuzz import fuzz

from kzld.dataset.package import package_file
from kzld.query.ask import questions
from kzld.rdf.documents import read_document

pytestmark = pytest.mark.data

FOLDER = Path(__file__).parent / "data"
MINIMUM: dict[str, dict[str, int]] = yaml.safe_load((FOLDER / "minimum.yaml").read_text("utf-8"))
CONTINUITY: dict[str, Any] = yaml.safe_load((FOLDER / "continuity.yaml").read_text("utf-8"))
DISTINCT: dict[str, str] = yaml.safe_load((FOLDER / "distinct.yaml").read_text("utf-8")) or {}


def rows(kg, sparql: str) -> list[list[str]]:
    return [["" if v is None else str(v) for v in row.values()] for row in kg.query(sparql)]


def name(iri: str) -> str:
    return re.sub(r"^https://w3id.org/kzld/id/([\w-]+)/", r"\1:", iri)


# ---------------------------------------------------------------- against silent loss


@pytest.mark.parametrize("kind", MINIMUM["classes"])
def test_there_are_at_least_as_many_of_each_class(kg, kind: str) -> None:
    [[count]] = rows(kg, f"SELECT (COUNT(?x) AS ?n) {{ GRAPH graph:data {{ ?x a {kind} }} }}")
    assert int(count) >= MINIMUM["classes"][kind]


def test_every_class_in_the_data_has_a_minimum(kg) -> None:
    found = rows(kg, "SELECT DISTINCT ?kind { GRAPH graph:data { ?x a ?kind } }")
    names = {re.sub(r".*[#/]", "", kind) for [kind] in found}
    assert names == {kind.partition(":")[2] for kind in MINIMUM["classes"]}


@pytest.mark.parametrize("question", questions())
def test_each_question_has_at_least_as_many_rows(kg, question: str) -> None:
    example = questions()[question].example.split()
    values: dict[str, list[str]] = defaultdict(list)
    for flag, value in zip(example[::2], example[1::2], strict=True):
        values[flag.removeprefix("--")].append(value)
    given = {key: value if len(value) > 1 else value[0] for key, value in values.items()}
    assert len(kg.ask(question, **given)) >= MINIMUM["questions"][question]


# ---------------------------------------------------------------- nothing twice


def alike(labels: dict[str, set[str]], score: float) -> Iterator[tuple[str, str]]:
    """Pairs of things that have names which differ in a few letters only."""
    plain = {thing: {plainly(label) for label in found} for thing, found in labels.items()}
    for one, other in combinations(sorted(plain), 2):
        if any(
            fuzz.token_sort_ratio(a, b, score_cutoff=score)
            for a in plain[one]
            for b in plain[other]
            if min(len(a), len(b)) > 3 and re.findall(r"\d+", a) == re.findall(r"\d+", b)
        ):
            yield one, other


def plainly(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", anyascii(text).lower()).strip()


def undeclared(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """The pairs that `distinct.yaml` does not name, with its reason."""
    found = (" ".join(sorted(map(name, pair))) for pair in pairs)
    return sorted(pair for pair in found if pair not in DISTINCT)


def rivals(kg) -> set[tuple[str, str]]:
    """Facts that contradict each other: said to be two versions of one thing."""
    pairs = rows(kg, "SELECT ?one ?other { ?one kz:contradicts ?other }")
    return {(one, other) for one, other in pairs}


@pytest.mark.parametrize(
    "kind",
    "foaf:Person org:Organization org:Post kz:Place kz:Country kz:Agreement kz:Initiative "
    "kz:MeetingSeries".split(),
)
def test_no_thing_is_there_twice_under_like_names(kg, kind: str) -> None:
    labels: dict[str, set[str]] = defaultdict(set)
    for thing, label in rows(
        kg,
        f"""SELECT ?thing ?label {{ ?thing a {kind} ; skos:prefLabel|skos:altLabel ?label
        FILTER(LANG(?label) = "en") }}""",
    ):
        labels[thing].add(label)
    assert undeclared(alike(labels, 90)) == []


def test_no_event_is_there_twice_on_one_day_under_like_names(kg) -> None:
    by_day: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for event, day, label in rows(
        kg,
        """SELECT ?event ?day ?label { ?event a kz:Event ; kz:fromEarliest ?day ;
        skos:prefLabel ?label FILTER(LANG(?label) = "en") }""",
    ):
        by_day[day][event].add(label)
    pairs = {pair for labels in by_day.values() for pair in alike(labels, 75)}
    partners = relations_with(kg)  # events of one kind, each with another state
    others = {
        (one, other)
        for one, other in pairs
        if {one, other} <= partners.keys() and partners[one] != partners[other]
    }
    assert undeclared(pairs - others - rivals(kg)) == []


def relations_with(kg) -> dict[str, str]:
    """The state with which Kazakhstan establishes relations, by event."""
    return dict(
        rows(
            kg,
            """SELECT ?event ?state { ?event kz:topic topic:diplomatic-relations ;
            kz:participant country:KAZ , ?state . ?state a kz:Country
            FILTER(?state != country:KAZ) }""",
        )
    )


def test_no_document_is_there_twice(kg) -> None:
    """By address (of the publisher or of a copy), and by title, publisher and date."""
    found: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for source, url in rows(kg, "SELECT ?s ?url { ?s a kz:Source ; schema:url|kz:readAt ?url }"):
        found[(re.sub(r"^https?://(www\.)?|/$", "", url),)].add(source)
    for source, *key in rows(
        kg,
        """SELECT ?s ?publisher ?title ?issued { ?s a kz:Source ; dct:title ?title ;
        dct:publisher ?publisher ; dct:issued ?issued }""",
    ):
        found[(key[0], plainly(key[1]), key[2])].add(source)
    pairs = (pair for same in found.values() for pair in combinations(sorted(same), 2))
    assert undeclared(set(pairs)) == []


def test_no_statement_is_there_twice(kg) -> None:
    """What one speaker said on one day, in words that are much alike."""
    said: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for statement, speaker, day, content in rows(
        kg,
        """SELECT ?s ?speaker ?day ?content { ?s kz:speaker ?speaker ; kz:date ?day ;
        kz:content ?content FILTER(LANG(?content) = "en") }""",
    ):
        said[speaker, day][statement].add(content)
    pairs = {pair for texts in said.values() for pair in alike(texts, 75)}
    assert undeclared(pairs - rivals(kg)) == []


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("kz:TreatyAction", "kz:agreement kz:action kz:party kz:date"),
        ("kz:Relation", "rdf:subject rdf:predicate rdf:object"),
        ("kz:Visit", "kz:visitor kz:host kz:fromEarliest"),
        ("kz:Meeting", "kz:series kz:fromEarliest"),
    ],
)
def test_no_fact_is_there_twice_under_other_dates_or_names(kg, kind: str, key: str) -> None:
    """Facts that agree in all that tells them apart, whatever else they say."""
    found: dict[tuple[str, ...], set[str]] = defaultdict(set)
    pattern = " ; ".join(f"{name} ?v{place}" for place, name in enumerate(key.split()))
    values = " ".join(f"?v{place}" for place in range(len(key.split())))
    for fact, *values_found in rows(kg, f"SELECT ?fact {values} {{ ?fact a {kind} ; {pattern} }}"):
        found[tuple(values_found)].add(fact)
    pairs = {pair for same in found.values() for pair in combinations(sorted(same), 2)}
    assert undeclared(pairs - rivals(kg)) == []


def test_no_observation_is_there_twice(kg) -> None:
    """One value of one indicator, of the same things in the same year."""
    things: dict[str, set[str]] = defaultdict(set)
    for fact, thing in rows(
        kg, "SELECT ?fact ?thing { ?fact schema:observationAbout|kz:counterpart|kz:place ?thing }"
    ):
        things[fact].add(thing)
    found: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for fact, indicator, value, day in rows(
        kg,
        """SELECT ?fact ?indicator ?value ?day { ?fact kz:indicator ?indicator ;
        schema:value ?value ; kz:fromEarliest ?day }""",
    ):
        found[indicator, value, day[:4], *sorted(things[fact])].add(fact)
    pairs = {pair for same in found.values() for pair in combinations(sorted(same), 2)}
    assert undeclared(pairs - rivals(kg)) == []


def test_what_is_declared_distinct_is_in_the_data(kg) -> None:
    known = {name(iri) for [iri] in rows(kg, "SELECT DISTINCT ?x { GRAPH graph:data { ?x a ?c } }")}
    assert {part for pair in DISTINCT for part in pair.split()} <= known


# ---------------------------------------------------------------- where to look for it


@pytest.mark.parametrize("path", sorted(package_file("data").rglob("*.ttl")), ids=str)
def test_what_a_file_holds_follows_from_its_path(path: Path) -> None:
    """`facts/visit.ttl` holds visits; so does each file of a folder `facts/visit/`."""
    folder, _, name = path.relative_to(package_file("data")).as_posix().partition("/")
    kind = name.partition("/")[0].removesuffix(".ttl")
    expected = {"sources": {"source", "passage"}, "things": {kind, "body"}}.get(folder, {kind})
    if folder in ("facts", "sources", "things"):
        assert {n.partition(":")[0] for n in map(name_of, read_document(path).quads)} <= expected


def name_of(quad: ox.Quad) -> str:
    return name(quad.subject.value)


# ---------------------------------------------------------------- no gap, no overlap


@pytest.mark.parametrize("post", CONTINUITY)
def test_an_office_has_a_holder_on_every_day(kg, post: str) -> None:
    """Each holder follows the one before within a day; what does not is declared, with why."""
    rule = CONTINUITY[post]
    terms = rows(
        kg,
        f"""SELECT ?first ?last ?fact {{ ?fact kz:post {post} .
        {{ ?fact kz:fromEarliest ?first }}
        UNION {{ ?fact kz:firstKnown ?seen ; kz:fromLatest ?first }}
        OPTIONAL {{ ?fact kz:untilLatest ?last }}
        FILTER NOT EXISTS {{ ?fact kz:rank kz:deprecated }} }} ORDER BY ?first ?last""",
    )
    assert terms
    assert terms[0][0] <= rule["since"]
    assert terms[-1][1] == ""
    breaks = []
    for (_, last, before), (first, _, after) in pairwise(terms):
        if not last or not 0 <= days_between(last, first) <= 1:
            breaks.append(f"{name(before)} {name(after)}")
    assert breaks == list(rule.get("declared") or {})


def days_between(one: str, other: str) -> int:
    from datetime import date

    return (date.fromisoformat(other) - date.fromisoformat(one)).days


# ---------------------------------------------------------------- nothing false is derived


FRESH = """
  GRAPH graph:derived { graph:derived dct:valid ?day . ?fact kz:presumedUntil ?limit }
  FILTER(?limit >= ?day)
"""


def test_no_shortcut_rests_on_evidence_that_is_older_than_its_horizon(kg) -> None:
    for shortcut, fact in {
        "?member org:memberOf ?thing": "org:member ?member ; org:organization ?thing",
        "?member org:holds ?thing": "org:member ?member ; kz:post ?thing",
    }.items():
        stale = rows(
            kg,
            f"""SELECT ?member ?thing {{ {shortcut} FILTER NOT EXISTS {{
            ?fact {fact} . {FRESH} }} }}""",
        )
        assert stale == []
        assert len(rows(kg, f"SELECT ?member ?thing {{ {shortcut} }}")) > 20


def test_only_members_have_the_shortcut_of_a_member(kg) -> None:
    assert kg.query("ASK { country:KAZ org:memberOf body:EAEU }") is True
    roles = rows(
        kg,
        """SELECT DISTINCT ?role { ?member org:memberOf ?body .
        ?fact org:member ?member ; org:organization ?body ; org:role ?role .
        FILTER NOT EXISTS { ?other org:member ?member ; org:organization ?body ; org:role ?right
          FILTER(?right IN (role:member, role:founding-member)) } }""",
    )
    assert roles == []


@pytest.mark.parametrize(
    ("who", "school"),
    [
        ("nursultan-nazarbayev", "karaganda-metallurgical-combine-institute"),
        ("kassym-jomart-tokayev", "sun-diplomatic-academy"),
    ],
)
def test_who_studied_somewhere_is_an_alumnus_and_no_member(kg, who: str, school: str) -> None:
    assert kg.query(f"ASK {{ person:{who} org:memberOf body:{school} }}") is False
    assert kg.query(f"ASK {{ person:{who} schema:alumniOf body:{school} }}") is True


def test_no_beginning_follows_from_the_first_evidence(kg) -> None:
    query = "SELECT ?fact { ?fact kz:firstKnown ?day ; kz:fromEarliest ?beginning }"
    assert rows(kg, query) == []


def test_undated_statements_hold_on_the_day_of_the_newest_evidence(kg) -> None:
    [[day]] = rows(kg, "SELECT ?day { GRAPH graph:derived { graph:derived dct:valid ?day } }")
    [[newest]] = rows(
        kg, "SELECT (MAX(?day) AS ?newest) { ?fact kz:untilEarliest|kz:fromEarliest ?day }"
    )
    assert day == newest


@pytest.mark.parametrize(
    ("organization", "at", "possible"),
    [("venice-commission", "2005-01-01", "Armenia Azerbaijan Georgia Moldova Ukraine")],
)
def test_members_known_later_are_possible_before(
    kg, organization: str, at: str, possible: str
) -> None:
    answer = kg.ask("members", organization=organization, at=at)
    found = {row["member"] for row in answer if row["status"] == "possible"}
    assert set(possible.split()) <= found


def test_what_ends_by_its_nature_is_only_last_known_long_after(kg) -> None:
    found = {
        (row["role"], row["last_known"]): row["status"]
        for row in kg.ask("career", person="Tokayev", at="2022-06-20")
    }
    assert found["student", "1992"] == "last known"
    assert found["secretary-general", "2013-05-03"] == "last known"
    lines = kg.show("body:conference-on-disarmament", at="2022-06-20").lines
    assert [(line.when, line.status, line.last_known) for line in lines] == [
        ("≤ 2011-05-24 –", "last known", "2013-05-03")
    ]


def test_a_thing_is_found_by_each_of_its_dated_names(kg) -> None:
    """Search reads labels alone."""
    not_found = kg.query(
        "SELECT ?fact ?name { ?fact schema:about ?thing ; schema:name ?name "
        "FILTER NOT EXISTS { ?thing skos:prefLabel|skos:altLabel ?name } }"
    )
    assert [(str(row.fact), str(row.name)) for row in not_found] == []
