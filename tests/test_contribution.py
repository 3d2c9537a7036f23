"""What is found of a contribution is what is wrong with it and not without it, all of it.

The measure is the plain definition: the results for all statements together, less those for
the rest. It is put to contributions that touch what is there already in every way: they
take its place, fill its gaps, double it, contradict it, and change the ontology.
"""

from __future__ import annotations

import random
from contextlib import suppress
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest
from command import loaded
from graphs import CLASSES, PROPERTIES, RDF_TYPE, THINGS, blank_nodes, graphs, name
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_differential import days, numbers
from tiers import every

from kzld.check.rules import change_of, shapes_of, stated
from kzld.check.validate import validate
from kzld.dataset.dataset import Dataset
from kzld.dataset.load import load
from kzld.dataset.package import package_file
from kzld.errors import KzldError
from kzld.rdf.documents import read_document
from kzld.rdf.namespaces import PREFIXES, graph_name
from kzld.shacl.dependencies import reach
from kzld.shacl.engine import Engine
from kzld.shacl.results import Result

DATA = graph_name("data")
FIXTURES = sorted(package_file("tests", "rules").glob("*/*.ttl"))
SHAPES = shapes_of(load(packaged=False, derived=False))
ENGINE = Engine(SHAPES)
SELECTS = [(shape.rule.name, select) for shape in SHAPES.covered for select in shape.selects]

# ---------------------------------------------------------------- the measure


def check(dataset: Dataset, contribution: list[ox.Quad], before: set[Result]) -> set[Result]:
    """Hold what is found to the measure."""
    with dataset.contribution(contribution):
        change = change_of(dataset)
        found = ENGINE.added(change)
        wanted = ENGINE.validate(change.after) - before
        changed = change.subjects()
    assert set(found) == wanted
    assert {cause.node for cause in found.values()} <= changed
    return set(found)


@cache
def world() -> list[ox.Quad]:
    """Nodes that keep and break every rule, and the packaged ones that they name."""
    packaged = loaded()
    ahead = [q for path in FIXTURES for q in read_document(path).quads]
    found: dict[ox.Quad, None] = {}
    while ahead:
        quad = ahead.pop()
        if quad not in found:
            found[quad] = None
            if isinstance(quad.object, ox.NamedNode):
                described = packaged.store.quads_for_pattern(quad.object, None, None, DATA)
                ahead += [ox.Quad(q.subject, q.predicate, q.object) for q in described]
    return sorted(found, key=str)


@cache
def ontology() -> list[ox.Quad]:
    return list(load(packaged=False, derived=False).quads("ontology"))


def dataset_of(statements: list[ox.Quad]) -> Dataset:
    dataset = Dataset()
    dataset.store.bulk_extend(ontology())
    dataset.store.bulk_extend(ox.Quad(q.subject, q.predicate, q.object, DATA) for q in statements)
    return dataset


# ---------------------------------------------------------------- contributions

ONTOLOGICAL = [
    ox.Quad(name("kz:Membership"), name("rdfs:subClassOf"), name("kz:Event")),
    ox.Quad(name("kz:Unknown"), name("rdfs:subClassOf"), name("kz:Statement")),
    ox.Quad(name("kz:Unknown"), RDF_TYPE, name("owl:Class")),
    ox.Quad(name("kz:unknown"), RDF_TYPE, name("owl:ObjectProperty")),
    ox.Quad(name("kz:unknown"), name("rdfs:domain"), name("kz:Vote")),
    ox.Quad(name("kz:capital"), name("rdfs:range"), name("kz:Vote")),
    ox.Quad(name("foaf:Person"), name("kzs:iriPrefix"), ox.Literal("https://example.org/")),
]
seeds = st.integers(0, 2**32)
loose = graphs(
    st.sampled_from(THINGS) | blank_nodes,
    st.sampled_from([*PROPERTIES, RDF_TYPE]),
    st.sampled_from([*THINGS, *CLASSES]) | blank_nodes | days | numbers,
    sizes=(0, 12),
)


def part_of(statements: list[ox.Quad], chance: random.Random, subjects: int) -> list[ox.Quad]:
    """Some of what is said about some subjects."""
    chosen = set(chance.sample(sorted({q.subject for q in statements}, key=str), subjects))
    share = chance.choice((0.2, 0.5, 1))
    return [q for q in statements if q.subject in chosen and chance.random() < share]


def edited(statements: list[ox.Quad], chance: random.Random, subjects: int) -> list[ox.Quad]:
    """New descriptions of subjects, with some statements left out and some moved between them."""
    told = part_of(statements, chance, subjects)
    typed = [q for q in statements if q.predicate == RDF_TYPE]
    values = [(q.predicate, q.object) for q in told]
    chance.shuffle(values)
    moved = [
        ox.Quad(quad.subject, *value) if chance.random() < 0.1 else quad
        for quad, value in zip(told, values, strict=True)
    ]
    described = {q.subject for q in told}
    kept = [q for q in typed if q.subject in described and chance.random() < 0.9]
    return [*moved, *kept]


def doubles(statements: list[ox.Quad], chance: random.Random) -> list[ox.Quad]:
    """The same under names that come before or after, with a statement or two left out."""
    kept = [q for q in statements if chance.random() < 0.9]

    def renamed(node: ox.NamedNode | ox.BlankNode) -> ox.NamedNode | ox.BlankNode:
        if isinstance(node, ox.BlankNode):
            return ox.BlankNode(f"{node.value}2")
        head, _, local = node.value.rpartition("/")
        return ox.NamedNode(f"{head}/{place}{local}" if place else f"{head}/{local}-2")

    place = chance.choice(("0", "zz-", ""))
    return [ox.Quad(renamed(q.subject), q.predicate, q.object) for q in kept]


@pytest.mark.fuzz
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=seeds, loose=loose, classes=st.lists(st.sampled_from(ONTOLOGICAL), max_size=1))
def test_a_contribution_is_answered_for_what_it_causes(
    seed: int, loose: list[ox.Triple], classes: list[ox.Quad]
) -> None:
    chance = random.Random(seed)  # noqa: S311
    moved = part_of(world(), chance, chance.choice((0, 1, 3, 12)))
    copied = doubles(part_of(world(), chance, chance.choice((0, 1, 3))), chance)
    restated = edited(world(), chance, chance.choice((0, 1, 3)))
    out = set(moved)
    dataset = dataset_of([q for q in world() if q not in out])
    spoken = [ox.Quad(t.subject, t.predicate, t.object) for t in loose]
    rare = classes if chance.random() < 0.3 else []
    check(dataset, [*moved, *copied, *restated, *spoken, *rare], ENGINE.validate(stated(dataset)))


@pytest.mark.fuzz
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=seeds, loose=loose)
def test_so_it_is_over_the_packaged_data(seed: int, loose: list[ox.Triple]) -> None:
    dataset, statements, before = packaged()
    chance = random.Random(seed)  # noqa: S311
    copied = doubles(part_of(statements, chance, 8), chance)
    spoken = [ox.Quad(t.subject, t.predicate, t.object) for t in loose]
    check(dataset, [*copied, *edited(statements, chance, 8), *spoken], before)


@cache
def packaged() -> tuple[Dataset, list[ox.Quad], set[Result]]:
    dataset = load(derived=False)
    statements = sorted(dataset.quads("data"), key=str)
    return dataset, statements, ENGINE.validate(stated(dataset))


@pytest.mark.parametrize(
    "path", every(15, FIXTURES), ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_so_it_is_for_each_fixture(path: Path) -> None:
    dataset, before = named_by_fixtures()
    check(dataset, read_document(path).quads, before)


@cache
def named_by_fixtures() -> tuple[Dataset, set[Result]]:
    """The packaged nodes that fixtures name; asking about all the rest each time takes long."""
    own = {quad for path in FIXTURES for quad in read_document(path).quads}
    dataset = dataset_of([quad for quad in world() if quad not in own])
    return dataset, ENGINE.validate(stated(dataset))


@pytest.mark.whole
def test_a_contribution_leaves_nothing_behind() -> None:
    dataset, _, before = packaged()
    size = len(dataset.store)
    held = dataset.contribution(read_document(FIXTURES[0]).quads)
    with suppress(ZeroDivisionError), held:
        assert len(dataset.store) > size
        raise ZeroDivisionError
    assert len(dataset.store) == size
    assert ENGINE.validate(stated(dataset)) == before


# ---------------------------------------------------------------- existing facts, whose line


PREFIXES_USED = """
@prefix kz: <https://w3id.org/kzld/ontology#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix statement: <https://w3id.org/kzld/id/statement/> .
@prefix membership: <https://w3id.org/kzld/id/membership/> .
@prefix source: <https://w3id.org/kzld/id/source/> .
@prefix topic: <https://w3id.org/kzld/concept/topic/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
BASE = """
statement:b kz:contradicts statement:c .
membership:m a kz:Membership ; kz:supportedBy source:s ; kz:lastKnown "2022-01-01"^^xsd:date .
"""


def found_beside(base: str, contribution: str, folder: Path) -> set[tuple[str, str, int]]:
    """Rule, focus and line of the findings of a contribution to a small base."""
    for file, text in (("base.ttl", base), ("new.ttl", contribution)):
        (folder / file).write_text(PREFIXES_USED.strip() + text, "utf-8")
    report = validate(folder / "new.ttl", base=[folder / "base.ttl"])
    assert not report.unreadable
    return {(finding.rule, finding.focus, finding.line) for finding in report.findings}


def test_a_fact_that_exists_is_found_wrong_at_the_line_that_makes_it_so(tmp_path: Path) -> None:
    text = """
statement:c
    kz:topic topic:energy ;
    kz:supportedBy source:s .
"""
    found = found_beside(BASE, text, tmp_path)
    assert ("contradicts-both-ways", "statement:b", 10) in found


def test_so_it_is_where_the_rule_has_no_name_for_the_node_that_does_it(tmp_path: Path) -> None:
    found = found_beside(BASE, '\nsource:s dct:issued "2021" .', tmp_path)
    assert ("last-known-sourced", "membership:m", 8) in found


def test_what_is_there_already_is_no_news(tmp_path: Path) -> None:
    assert found_beside(BASE, BASE, tmp_path) == set()


def test_alone_a_file_must_describe_what_it_names() -> None:
    [good, *_] = [path for path in FIXTURES if path.parent.name == "term-overlap"]
    dangling = {f.rule for f in validate(good, base=()).findings}
    assert "dangling-reference" in dangling
    assert "dangling-reference" not in {f.rule for f in validate(good).findings}


def test_other_data_is_asked_for_with_a_file_to_check() -> None:
    with pytest.raises(KzldError, match="no file to check"):
        validate(base=())


@pytest.mark.engines
@pytest.mark.parametrize(
    "name",
    [
        "contradicts-both-ways",
        *(
            pytest.param(rule, marks=pytest.mark.engines)
            for rule in ("term-overlap", "blank-subject")
        ),
    ],
)
def test_the_arbiter_finds_the_same(name: str) -> None:
    [path, *_] = [path for path in FIXTURES if path.match(f"{name}/fail.ttl")]
    others = [path for path in FIXTURES if path.match("term-overlap/pass.ttl")]
    fast, slow = (validate(path, base=others, engine=engine) for engine in ("fast", "pyshacl"))
    assert fast.findings
    assert fast == slow


# ---------------------------------------------------------------- what rules look at


@pytest.mark.parametrize(("rule", "select"), SELECTS, ids=lambda value: str(value)[:30])
def test_every_rule_of_ours_is_understood(rule: str, select) -> None:
    assert select.reach.looks is not None, f"{rule} is asked about all nodes each time"


WHERE = "SELECT $this ?value WHERE { "


@pytest.mark.parametrize(
    ("pattern", "seen"),
    [
        ("$this kz:post ?value .", set()),
        ("$this kz:post ?value . ?value org:postIn ?body", {"value"}),
        ("$this kz:post ?value ; kz:from ?from , ?until .", set()),
        ("$this kz:a/kz:b ?value", {"hop1"}),
        ("$this (kz:a/kz:b)|kz:c ?value", {"hop1"}),
        ("$this kz:post ?value FILTER NOT EXISTS { ?value kz:post ?x }", set()),
        ("$this kz:post ?value FILTER EXISTS { ?value kz:post ?x }", {"value"}),
        ("$this kz:post ?value FILTER(?x || EXISTS { ?value kz:post ?x })", {"value"}),
        (
            "$this kz:a ?b FILTER NOT EXISTS { $this kz:c ?d FILTER NOT EXISTS { ?d kz:e ?f } }",
            {"d"},
        ),
        ("$this ?path ?value . ?path rdfs:domain ?class", {"path"}),
        ("{ $this kz:a ?value } UNION { ?value kz:a $this }", {"value"}),
        ("{ $this kz:a ?value } UNION { $this kz:b ?x . ?x kz:c ?value }", {"x"}),
        ("$this kz:a ?b . ?b kz:c ?value } GROUP BY $this HAVING (COUNT(?value) > 1) {", {"b"}),
        ('$this kz:a "} ?x kz:b ?y {" ; kz:c <urn:{> .', set()),
    ],
)
def test_what_a_rule_looks_at(pattern: str, seen: set[str]) -> None:
    looks = reach(f"{WHERE}{pattern} }}", PREFIXES).looks
    assert looks is not None
    assert {look.variable for look in looks} == seen


@pytest.mark.parametrize(
    ("pattern", "by_form"),
    [
        ("$this kz:a ?value", True),
        ("$this ?path ?value . ?path rdfs:domain ?class", True),
        ("$this a ?value FILTER NOT EXISTS { $this a/rdfs:subClassOf* ?kind }", True),
        ("$this kz:a ?value FILTER(isLiteral(?value) && LANG(?value) = 'en')", True),
        ("$this kz:a ?value FILTER NOT EXISTS { $this kz:b|kz:c ?other }", True),
        ("$this kz:a ?value FILTER(STR(?value) = 'en')", False),
        ("$this kz:a ?value FILTER(?value = 5)", False),
        ("$this kz:a ?value . ?value kz:b ?other", False),
        ("$this kz:a ?value ; kz:b ?value", False),
        ("$this kz:a kz:b ; kz:c ?value", False),
        ("$this kz:a ?value FILTER(isIRI($this))", False),
        ("$this kz:a ?value . ?value kz:b $this", False),
        ("$this kz:a/kz:b ?value", False),
        ("$this kz:a ?value FILTER NOT EXISTS { $this kz:b ?other . ?x kz:c ?other }", False),
    ],
)
def test_which_rules_are_the_same_for_all_nodes_of_a_form(pattern: str, by_form: bool) -> None:
    text = f"{WHERE}{pattern} }}".replace("'", '"')
    assert reach(text, PREFIXES).by_form is by_form


@pytest.mark.parametrize(
    ("pattern", "iris"),
    [
        ("$this kz:a ?value FILTER(isIRI(?value))", {"value"}),
        (
            "$this kz:a ?value FILTER(isIRI($this) && STR(?value) > '' && isURI(?value))",
            {"this", "value"},
        ),
        ("{ { $this kz:a ?value FILTER(isIRI(?value)) } } ?value kz:b ?x", {"value"}),
        ("$this kz:a ?value FILTER(!isIRI(?value))", set()),
        ("$this kz:a ?value FILTER(isIRI(?value) || ?value = 5)", set()),
        ("$this kz:a ?value FILTER(isIRI(?value) && ?value = 5 || ?value = 6)", set()),
        ("$this kz:a ?value FILTER(isIRI(?value) = false)", set()),
        ("$this kz:a ?value FILTER(!(isIRI(?value)))", set()),
        ("{ $this kz:a ?value FILTER(isIRI(?value)) } UNION { $this kz:b ?value }", set()),
        ("{ $this kz:b ?value } UNION { $this kz:a ?value FILTER(isIRI(?value)) }", set()),
        ("$this kz:a ?value FILTER NOT EXISTS { ?value kz:b ?x FILTER(isIRI(?value)) }", set()),
    ],
)
def test_which_variables_of_a_rule_can_be_no_blank_nodes(pattern: str, iris: set[str]) -> None:
    assert reach(f"{WHERE}{pattern} }}".replace("'", '"'), PREFIXES).iris == iris


@pytest.mark.parametrize(
    "pattern",
    [
        "{ $this kz:a ?value } UNION ?value kz:a $this",
        "$this kz:a ?b OPTIONAL { ?b kz:a ?value }",
        "$this kz:a ?b MINUS { ?b kz:a ?value }",
        "$this kz:a* ?value",
        "?value ^kz:a $this",
        "kz:x kz:a ?value . $this kz:b ?value",
        "GRAPH ?g { $this kz:a ?value }",
        "{ SELECT ?value WHERE { ?x kz:a ?value } } $this kz:a ?value",
        "VALUES ?value { kz:a } $this kz:b ?value",
        "$this kz:a [ kz:b ?value ]",
        "$this kz:a ?b . ?elsewhere kz:c ?value",
        "$this kz:a ?value } GROUP BY ?value {",
    ],
)
def test_what_is_not_understood_is_asked_about_everywhere(pattern: str) -> None:
    assert reach(f"{WHERE}{pattern} }}", PREFIXES).looks is None


def test_a_rule_not_understood_still_finds_all() -> None:
    dataset = dataset_of([])
    dataset.need_shapes()
    text = """SELECT $this ?value WHERE {
        ?value kz:addressee $this . OPTIONAL { $this kz:speaker ?speaker }
    }"""
    select = name("kzs:contradicts-both-ways-select")
    shapes, query = graph_name("shapes"), ox.NamedNode("http://www.w3.org/ns/shacl#select")
    [old] = dataset.store.quads_for_pattern(select, query, None, shapes)
    dataset.store.remove(old)
    dataset.store.add(ox.Quad(select, query, ox.Literal(text), shapes))
    a, b, c = (name(f"statement:{letter}") for letter in "abc")
    dataset.store.add(ox.Quad(a, name("kz:contradicts"), c, DATA))
    with dataset.contribution([ox.Quad(b, name("kz:addressee"), a)]):
        found = Engine(shapes_of(dataset)).added(change_of(dataset))
    assert {(r.rule, r.focus, r.value) for r in found} >= {("contradicts-both-ways", a, b)}
