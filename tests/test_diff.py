"""What changed between two states of the data is told in words, and nothing else is."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pyoxigraph as ox
import pytest
from conftest import Kzld
from hypothesis import HealthCheck, given, settings
from test_roundtrip import datasets, literals
from tiers import some

from kzld.dataset.dataset import Dataset
from kzld.knowledge_graph import KnowledgeGraph
from kzld.publish.diff import Difference, State, compare, read
from kzld.publish.export import write
from kzld.rdf.namespaces import RDF, graph_name

HEAD = """
@prefix body: <https://w3id.org/kzld/id/body/> .
@prefix country: <https://w3id.org/kzld/id/country/> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix kz: <https://w3id.org/kzld/ontology#> .
@prefix membership: <https://w3id.org/kzld/id/membership/> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix passage: <https://w3id.org/kzld/id/passage/> .
@prefix person: <https://w3id.org/kzld/id/person/> .
@prefix role: <https://w3id.org/kzld/concept/role/> .
@prefix schema: <https://schema.org/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix source: <https://w3id.org/kzld/id/source/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
country:KAZ a kz:Country ; skos:prefLabel "Kazakhstan"@en .
body:X a org:Organization ; skos:prefLabel "Club X"@en .
source:s a kz:Source ; dct:title "A title"@en ; dct:issued "2020-05"^^xsd:gYearMonth .
source:t a kz:Source ; dct:title "Another title"@en .
passage:s.p1 a kz:Passage ; kz:source source:s ; kz:locator "page 1"@en .
"""
FACT = """
membership:m a kz:Membership ; org:member country:KAZ ; org:organization body:X ;
  org:role role:member ; kz:from "2001"^^xsd:gYear ; kz:lastKnown "2020-05-01"^^xsd:date ;
  kz:supportedBy source:s ; skos:note "One word."@en .
"""
MEMBER = "Kazakhstan: member, Club X"


def difference(tmp_path: Path, old: str, new: str) -> Difference:
    for name, text in (("old.ttl", old), ("new.ttl", new)):
        (tmp_path / name).write_text(HEAD + text, "utf-8")
    return compare(read(str(tmp_path / "old.ttl")), read(str(tmp_path / "new.ttl")))


UNTIL = 'kz:until "2024"^^xsd:gYear'


@pytest.mark.parametrize(
    ("before", "after", "kind", "changes"),
    [
        ("One word.", "Two words.", "reworded", [("note (en)", ["One word."], ["Two words."])]),
        ('"2001"^^xsd:gYear', '"2002"^^xsd:gYear', "corrected", [("from", ["2001"], ["2002"])]),
        ("role:member", "role:observer", "corrected", [("role", ["member"], ["observer"])]),
        (
            'kz:lastKnown "2020-05-01"^^xsd:date',
            UNTIL,
            "ended",
            [("until", [], ["2024"]), ("last known to hold on", ["2020-05-01"], [])],
        ),
        (
            "kz:supportedBy source:s ",
            "kz:supportedBy source:t , passage:s.p1 ",
            "re-sourced",
            [
                (
                    "supported by",
                    ["“A title”, 2020-05"],
                    ["“A title”, 2020-05, page 1", "“Another title”"],
                )
            ],
        ),
        (
            "kz:supportedBy",
            "kz:rank kz:deprecated ; kz:supportedBy",
            "re-ranked",
            [("rank", [], ["deprecated"])],
        ),
    ],
)
def test_what_happened_to_a_fact_is_called_what_it_is(
    tmp_path: Path,
    before: str,
    after: str,
    kind: str,
    changes: list[tuple[str, list[str], list[str]]],
) -> None:
    assert before in FACT
    found = difference(tmp_path, FACT, FACT.replace(before, after)).items["facts"]
    [item] = found.pop(kind)
    assert (item.name, item.label, found) == ("membership:m", item.label, {})
    assert [(c.property, list(c.before), list(c.after)) for c in item.changes] == changes


def test_facts_come_and_go(tmp_path: Path) -> None:
    added = difference(tmp_path, "", FACT).items
    assert {g: list(kinds) for g, kinds in added.items()} == {"facts": ["added"]}
    [item] = added["facts"]["added"]
    assert (item.name, item.label, item.changes) == ("membership:m", MEMBER, ())
    [gone] = difference(tmp_path, FACT, "").items["facts"]["removed"]
    assert gone == item


def test_things_are_renamed_replaced_and_changed(tmp_path: Path) -> None:
    old = """
    person:a a foaf:Person ; skos:prefLabel "A"@en .
    person:b a foaf:Person .
    person:c a foaf:Person .
    """
    new = """
    person:a a foaf:Person ; skos:prefLabel "Aa"@en .
    person:b a foaf:Person ; dct:isReplacedBy person:a .
    person:c a foaf:Person ; schema:sameAs <http://example.org/c> .
    """
    found = difference(tmp_path, old, new).items
    assert {kind: [i.name for i in items] for kind, items in found["things"].items()} == {
        "replaced": ["person:b"],
        "renamed": ["person:a"],
        "changed": ["person:c"],
    }


def test_sources_and_passages_are_groups_of_their_own(tmp_path: Path) -> None:
    new = """
    source:n a kz:Source ; dct:title "New"@en .
    passage:n.p a kz:Passage ; kz:source source:n .
    """
    found = difference(tmp_path, "", new).items
    assert {g: [i.label for i in kinds["added"]] for g, kinds in found.items()} == {
        "sources": ["“New”"],
        "passages": ["“New”"],
    }


def test_blank_nodes_make_no_noise(tmp_path: Path) -> None:
    old = "person:a a foaf:Person ; kz:x [ kz:y [ kz:z 1 ] ; kz:y 2 ] , [ kz:z 3 ] ."
    same = "person:a a foaf:Person ; kz:x [ kz:z 3 ] , [ kz:y 2 , [ kz:z 1 ] ] ."
    assert not difference(tmp_path, old, same)
    [item] = difference(tmp_path, old, old.replace("kz:z 1", "kz:z 9")).items["things"]["changed"]
    assert (item.name, len(item.changes)) == ("person:a", 1)


def test_a_nameless_fact_is_told_from_another_by_what_it_says(tmp_path: Path) -> None:
    nameless = FACT.replace("membership:m a", "[] a")
    assert not difference(tmp_path, nameless, nameless)
    found = difference(tmp_path, nameless, nameless.replace("2001", "2002")).items["facts"]
    assert {kind: [i.name for i in items] for kind, items in found.items()} == {
        "added": ["(nameless)"],
        "removed": ["(nameless)"],
    }


def test_nameless_nodes_that_name_each_other_come_to_an_end(tmp_path: Path) -> None:
    loop = "_:a kz:x _:b . _:b kz:x _:a . person:a a foaf:Person ; kz:x _:a ."
    assert not difference(tmp_path, loop, loop)


# ---------------------------------------------------------------- the same in other clothes


@pytest.mark.whole
@pytest.mark.parametrize("form", some(["nquads", "turtle", "jsonld"], ["nquads"]))
def test_an_export_is_not_different_from_what_was_exported(
    kg: KnowledgeGraph, form: str, tmp_path: Path
) -> None:
    """Nor where it has all graphs in one: what is derived and the ontology are recognised."""
    suffix = {"nquads": "nq", "turtle": "ttl"}.get(form, form)
    path = tmp_path / f"all.{suffix}"
    with path.open("wb") as file:
        write(kg.dataset, form, file)
    assert compare(read(str(path)), State("packaged", "", kg.dataset)).items == {}


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(dataset=datasets(literals()))
def test_nothing_differs_from_itself_in_another_order(dataset: Dataset) -> None:
    again = Dataset()
    again.store.extend(sorted(dataset.store, key=hash))
    assert compare(State("a", "", dataset), State("b", "", again)).items == {}


@pytest.mark.fuzz
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(old=datasets(literals()), new=datasets(literals()))
def test_the_way_back_tells_the_same_the_other_way_round(old: Dataset, new: Dataset) -> None:
    there = compare(State("a", "", old), State("b", "", new)).items
    back = compare(State("b", "", new), State("a", "", old)).items

    def names(items: dict, kind: str) -> dict:
        return {
            group: [i.name for i in found[kind]] for group, found in items.items() if kind in found
        }

    assert names(there, "added") == names(back, "removed")
    assert names(there, "removed") == names(back, "added")


def test_a_kind_of_fact_may_be_known_to_one_state_only() -> None:
    fact = ox.NamedNode("https://w3id.org/kzld/id/source/example")
    kind = ox.NamedNode("https://w3id.org/kzld/ontology#Fact")
    stated = Dataset()
    stated.store.add(ox.Quad(fact, ox.NamedNode(RDF + "type"), kind, graph_name("data")))
    there = compare(State("a", "", Dataset()), State("b", "", stated)).items
    back = compare(State("b", "", stated), State("a", "", Dataset())).items
    assert list(there) == list(back) == ["facts"]


# ---------------------------------------------------------------- the command


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "old.ttl").write_text(HEAD + FACT, "utf-8")
    (tmp_path / "new.ttl").write_text(HEAD + FACT.replace('"2001"', '"2002"'), "utf-8")
    return tmp_path


@pytest.mark.usefixtures("files")
def test_text_says_from_what_to_what(kzld: Kzld) -> None:
    assert kzld("diff", "old.ttl", "new.ttl").data() == (
        "old.ttl → new.ttl\n"
        "facts: 1 corrected\n"
        "\n"
        "facts corrected\n"
        f"* membership:m  {MEMBER}\n"
        "    from: 2001 → 2002\n"
    )


@pytest.mark.usefixtures("files")
def test_json_has_the_same_for_programs(kzld: Kzld) -> None:
    found = json.loads(kzld("diff", "old.ttl", "new.ttl", "-f", "json").data())
    [item] = found["items"]["facts"]["corrected"]
    change = {"property": "from", "before": ["2001"], "after": ["2002"]}
    assert item == {"name": "membership:m", "label": MEMBER, "changes": [change]}


@pytest.mark.usefixtures("files")
def test_the_exit_status_is_that_of_git(kzld: Kzld) -> None:
    assert kzld("diff", "old.ttl", "new.ttl").status == 0
    assert kzld("diff", "old.ttl", "new.ttl", "--exit-code").status == 1
    same = kzld("diff", "old.ttl", "old.ttl", "--exit-code")
    assert same.data() == "old.ttl → old.ttl\nNo difference in facts, things or sources.\n"


@pytest.mark.whole
def test_without_new_it_is_the_packaged_data(
    kzld: Kzld, kg: KnowledgeGraph, tmp_path: Path
) -> None:
    file = io.BytesIO()
    write(kg.dataset, "nquads", file)
    lines = [
        line for line in file.getvalue().splitlines(True) if b"/membership/KAZ-EAEU>" not in line
    ]
    (tmp_path / "old.nq").write_bytes(b"".join(lines))
    said = kzld("diff", "old.nq").data().splitlines()
    assert said[0].startswith("old.nq (20")
    assert "+ membership:KAZ-EAEU  Kazakhstan: founding member, Eurasian Economic Union" in said


def test_folders_are_read_as_wholes(kzld: Kzld, tmp_path: Path) -> None:
    for folder in ("one", "two/data/facts"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "one" / "a.ttl").write_text(HEAD, "utf-8")
    (tmp_path / "one" / "b.ttl").write_text(HEAD + FACT, "utf-8")
    (tmp_path / "two" / "broken.ttl").write_text("not read")
    (tmp_path / "two/data/facts/all.ttl").write_text(HEAD + FACT, "utf-8")
    version = '<https://w3id.org/kzld/dataset> <http://www.w3.org/ns/dcat#version> "7" .'
    (tmp_path / "two/data/catalog.ttl").write_text(version, "utf-8")
    said = kzld("diff", "one", "two").data()
    assert said == "one → two (7)\nNo difference in facts, things or sources.\n"


@pytest.mark.parametrize("place", ["gone.ttl", "empty", "table.csv"])
def test_what_cannot_be_compared_is_one_line(kzld: Kzld, tmp_path: Path, place: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "table.csv").write_text("a,b\n")
    assert kzld("diff", place).complaint().startswith(f"{place}: ")


def test_names_in_markdown_are_not_taken_for_markdown(kzld: Kzld, tmp_path: Path) -> None:
    (tmp_path / "old.ttl").write_text(HEAD, "utf-8")
    new = 'person:x a foaf:Person ; skos:prefLabel "A_b_ [c](d) <e>"@en .'
    (tmp_path / "new.ttl").write_text(HEAD + new, "utf-8")
    said = kzld("diff", "old.ttl", "new.ttl", "-f", "markdown").data()
    assert r"- A\_b\_ \[c\](d) \<e\> (`person:x`)" in said.splitlines()


def test_packaged_data_do_not_differ_from_themselves() -> None:
    assert not compare(read("packaged"), read("packaged"))
