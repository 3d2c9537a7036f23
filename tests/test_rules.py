"""Each rule has files that keep it and files that break it, and does just what they say."""

from __future__ import annotations

import re
from pathlib import Path

import pyoxigraph as ox
import pytest
from command import loaded

from kzld.check.findings import Finding
from kzld.check.rules import shapes_of, stated
from kzld.check.validate import validate
from kzld.dataset.dataset import Dataset
from kzld.dataset.load import load
from kzld.dataset.package import package_file
from kzld.errors import KzldError
from kzld.rdf.namespaces import PREFIXES, SH, SHAPES, graph_name
from kzld.shacl.engine import Engine

FOLDER = package_file("tests", "rules")
PASS = sorted(FOLDER.glob("*/pass*.*"))
FAIL = sorted(FOLDER.glob("*/fail*.*"))
RULES = shapes_of(load(packaged=False)).rules

each_pass = pytest.mark.parametrize(
    "path", PASS, ids=lambda path: f"{path.parent.name}-{path.stem}"
)
each_fail = pytest.mark.parametrize(
    "path", FAIL, ids=lambda path: f"{path.parent.name}-{path.stem}"
)
each_rule = pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.name)


@pytest.fixture(scope="module")
def base() -> Dataset:
    return loaded()


def also(path: Path) -> set[str]:
    """The further rules that a file cannot but break, as its first line says."""
    first, _, _ = path.read_text("utf-8").partition("\n")
    return set(first.removeprefix("# also:").split()) if first.startswith("# also:") else set()


def described(findings: list[Finding]) -> str:
    return "\n".join(f"{finding.line}: {finding.rule}: {finding.message}" for finding in findings)


# ---------------------------------------------------------------- the files


def test_every_rule_has_files_that_keep_and_break_it() -> None:
    assert {path.parent.name for path in PASS} == set(RULES)
    assert {path.parent.name for path in FAIL} == set(RULES)


def test_every_folder_is_of_a_rule_and_holds_nothing_else() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(RULES)
    assert {path for path in FOLDER.rglob("*") if path.is_file()} == {*PASS, *FAIL}


@each_pass
def test_a_file_that_keeps_the_rules_triggers_none(path: Path, base: Dataset) -> None:
    assert described(validate(path, base=base).findings) == ""


@each_fail
def test_a_file_that_breaks_a_rule_triggers_it_alone_and_says_where(
    path: Path, base: Dataset
) -> None:
    findings = validate(path, base=base).findings
    assert {f.rule for f in findings} == {path.parent.name} | also(path), described(findings)
    lines = path.read_text("utf-8").split("\n")
    for finding in findings:
        assert finding.file == str(path)
        assert finding.line > 0
        assert finding.source == lines[finding.line - 1]
        assert finding.source[finding.column - 1 :].strip()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_finding_says_what_is_wrong_and_how_to_mend_it(language: str, base: Dataset) -> None:
    findings = validate(*FAIL, base=base, language=language).findings
    # Together, some of the files supply what others lack.
    assert len({finding.rule for finding in findings}) > 0.8 * len(RULES)
    for finding in findings:
        assert finding.message.strip()
        assert finding.remedy.strip()
        assert not re.search(r"[{}]|\?value", finding.message)


# ---------------------------------------------------------------- the rules


@each_rule
def test_a_rule_speaks_both_languages(rule) -> None:
    for texts in (rule.title, rule.why, rule.message, rule.remedy):
        assert set(texts) == {"en", "fr"}
        assert all(text == text.strip() and text for text in texts.values())
    assert rule.message["en"] != rule.message["fr"]


@pytest.mark.data
@pytest.mark.whole
def test_the_packaged_data_break_no_rule() -> None:
    report = validate()
    assert report.conforms, described([f for f in report.findings if f.severity == "error"])
    assert report.facts > 100


# ---------------------------------------------------------------- shapes beyond the fast engine


BEYOND = {
    "or": "sh:or ( [ sh:class kz:Vote ] [ sh:class kz:Visit ] )",
    "and": "sh:and ( [ sh:class kz:Vote ] )",
    "not": "sh:not [ sh:class kz:Series ]",
    "xone": "sh:xone ( [ sh:class kz:Vote ] [ sh:class kz:Visit ] )",
    "node": "sh:node [ sh:class kz:Vote ]",
    "closed": "sh:closed true ; sh:ignoredProperties ( rdf:type )",
    "in": "sh:in ( kz:a kz:b )",
    "target-node": "sh:targetNode kz:bad ; sh:path kz:note ; sh:maxCount 0",
    "class-of-its-own": "a rdfs:Class ; sh:class kz:Vote",
    "equals": "sh:path kz:number ; sh:equals kz:date",
    "disjoint": "sh:path kz:topic ; sh:disjoint kz:place",
    "less-than": "sh:path kz:number ; sh:lessThan kz:other",
    "less-than-or-equals": "sh:path kz:number ; sh:lessThanOrEquals kz:other",
    "min-length": "sh:path kz:note ; sh:minLength 5",
    "max-length": "sh:path kz:note ; sh:maxLength 1",
    "min-exclusive": "sh:path kz:number ; sh:minExclusive 7",
    "max-exclusive": "sh:path kz:number ; sh:maxExclusive 7",
    "flags": 'sh:path kz:note ; sh:pattern "^X" ; sh:flags "i"',
    "qualified": "sh:path kz:topic ; sh:qualifiedValueShape [ sh:class kz:Vote ] ; "
    "sh:qualifiedMinCount 1",
    "inverse-path": "sh:path [ sh:inversePath kz:topic ] ; sh:minCount 1",
    "sequence-path": "sh:path ( kz:topic kz:place ) ; sh:minCount 1",
    "alternative-path": "sh:path [ sh:alternativePath ( kz:note kz:topic ) ] ; sh:maxCount 1",
    "zero-or-more-path": "sh:path [ sh:zeroOrMorePath kz:topic ] ; sh:maxCount 1",
    "one-or-more-path": "sh:path [ sh:oneOrMorePath kz:topic ] ; sh:minCount 2",
    "zero-or-one-path": "sh:path [ sh:zeroOrOnePath kz:topic ] ; sh:maxCount 1",
    "datatype": "sh:path kz:number ; sh:datatype xsd:float",
    "date-range": "sh:path kz:date ; sh:minInclusive '2030-01-01'^^xsd:date",
    "path-in-query": "sh:path kz:note ; sh:sparql kzs:t-select",
}
"""A shape for each part of SHACL that the fast engine does not run; `BAD` breaks each."""
BAD = """
kz:bad a kz:Series , kzs:t-class-of-its-own ;
    kz:topic kz:there ; kz:place kz:there ; kz:number 7 ; kz:other 6 ;
    kz:note "abc" ; kz:date "2022-06-20"^^xsd:date .
"""
SELECT = """
kzs:t-select a sh:SPARQLConstraint ; sh:prefixes kzs:prefixes ;
    sh:select "SELECT $this ?value WHERE { $this $PATH ?value }" .
"""


def with_shapes(turtle: str) -> Dataset:
    """The ontology and our shapes, with others."""
    dataset = load(packaged=False, derived=False)
    dataset.need_shapes()
    for quad in parsed(turtle):
        dataset.store.add(ox.Quad(*quad.triple, graph_name("shapes")))
    return dataset


def parsed(turtle: str) -> list[ox.Quad]:
    prefixes = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
    return list(ox.parse(prefixes + turtle, format=ox.RdfFormat.TURTLE))


def shape(part: str) -> str:
    """A shape of kz:Series that asks for something beyond the engine."""
    kind = "PropertyShape" if "sh:path" in BEYOND[part] else "NodeShape"
    target = "" if part in ("target-node", "class-of-its-own") else "; sh:targetClass kz:Series"
    return f"kzs:t-{part} a sh:{kind} ; {BEYOND[part]} {target} ."


@pytest.mark.parametrize("part", BEYOND)
def test_a_shape_beyond_the_engine_is_not_passed_over(part: str) -> None:
    shapes = shapes_of(with_shapes(shape(part) + SELECT))
    assert shapes.uncovered == {ox.NamedNode(f"{SHAPES}t-{part}")}


def test_a_shape_beyond_the_engine_is_left_to_pyshacl(tmp_path: Path) -> None:
    base = with_shapes("\n".join(map(shape, BEYOND)) + SELECT)
    (tmp_path / "bad.nt").write_bytes(
        ox.serialize((q.triple for q in parsed(BAD)), format=ox.RdfFormat.N_TRIPLES) or b""
    )
    found = {finding.rule for finding in validate(tmp_path / "bad.nt", base=base).findings}
    assert {f"t-{part}" for part in BEYOND} - found == set()
    assert "unknown-property" in found  # of the fast engine


FACT = {
    *("Fact", "contradicts-fact", "fact-disputed-by", "fact-evidence", "fact-note"),
    *("fact-supported", "Claim", "claim-about", "claim-property", "claim-supported", "claim-value"),
    *("Post", "post-in-body"),
}


@pytest.mark.parametrize(
    ("described", "shapes"),
    [
        ("kzs:fact-note sh:flags 'i' .", FACT),
        ("kzs:fact-note sh:property kzs:event-end .", {*FACT, "event-end"}),
        ("kzs:fact-note sh:path kzs:languages-of-facts .", FACT),
        ("kzs:term-overlap sh:deactivated true .", {"term-overlap"}),
        ("kzs:term-overlap-select sh:deactivated true .", {"term-overlap"}),
        ("kzs:term-overlap-select sh:select '$shapesGraph' .", {"term-overlap"}),
    ],
)
def test_with_it_go_the_shapes_that_it_is_part_of(described: str, shapes: set[str]) -> None:
    found = shapes_of(with_shapes(described))
    assert {_name(node) for node in found.uncovered} == shapes
    assert {*found.rules} >= set(RULES)


def found_by(shapes: str, tmp_path: Path) -> dict[str, str]:
    """The rules of a name beginning with t that `BAD` breaks, with their severities."""
    path = tmp_path / "bad.nt"
    path.write_bytes(
        ox.serialize((q.triple for q in parsed(BAD)), format=ox.RdfFormat.N_TRIPLES) or b""
    )
    findings = validate(path, base=with_shapes(shapes)).findings
    return {f.rule: f.severity for f in findings if f.rule.startswith("t-")}


def test_a_nested_shape_without_a_type_is_not_passed_over(tmp_path: Path) -> None:
    outer = "kzs:t-outer a sh:NodeShape ; sh:targetClass kz:Series ; sh:node kzs:t-inner ."
    inner = "kzs:t-inner sh:nodeKind sh:Literal ."
    assert found_by(outer + inner, tmp_path) == {"t-outer": "error"}


def test_unique_lang_false_asks_for_nothing() -> None:
    text = """kzs:t a sh:PropertyShape ; sh:targetClass kz:Series ; sh:path kz:note ;
        sh:uniqueLang %s ."""
    dataset = with_shapes(text % "false")
    assert not shapes_of(dataset).uncovered
    twice = "kz:twice a kz:Series ; kz:note 'a'@en , 'b'@en ."
    for quad in parsed(twice):
        dataset.store.add(ox.Quad(*quad.triple, graph_name("data")))
    assert "t" not in {r.rule for r in Engine(shapes_of(dataset)).validate(stated(dataset))}


@pytest.mark.parametrize(
    ("severity", "word"), [("sh:Info", "note"), ("sh:Violation", "error"), ("kzs:grave", "error")]
)
def test_a_severity_of_ones_own_is_an_error(severity: str, word: str, tmp_path: Path) -> None:
    shape = f"""kzs:t-own a sh:NodeShape ; sh:targetClass kz:Series ; sh:nodeKind sh:Literal ;
        sh:severity {severity} ."""
    assert found_by(shape, tmp_path) == {"t-own": word}


@pytest.mark.parametrize(
    "parameter",
    [
        "sh:minCount 'many'",
        "sh:maxInclusive '2030-01-01'^^xsd:date",
        "sh:minInclusive '5'",
        "sh:nodeKind sh:Any",
        "sh:pattern '('",
        "sh:languageIn kzs:no-list",
    ],
)
def test_a_parameter_that_the_engine_cannot_take_is_not_passed_over(parameter: str) -> None:
    shape = f"kzs:t a sh:PropertyShape ; sh:targetClass kz:Series ; sh:path kz:note ; {parameter} ."
    assert {_name(node) for node in shapes_of(with_shapes(shape)).uncovered} == {"t"}


def test_a_query_has_a_message_only_where_it_says_more_than_its_shape() -> None:
    graph = shapes_of(load(packaged=False, derived=False)).graph
    messages = {node: set(graph.objects(node, SH + "message")) for node in graph.nodes()}
    for shape in graph.nodes():
        for query in graph.objects(shape, SH + "sparql"):
            assert messages[shape]
            assert messages[query] != messages[shape], query


def test_our_shapes_are_all_covered() -> None:
    assert shapes_of(load(packaged=False)).uncovered == set()


def test_a_shape_without_a_name_is_refused() -> None:
    with pytest.raises(KzldError, match="without an IRI"):
        shapes_of(with_shapes("[] a sh:NodeShape ; sh:targetClass kz:Vote ; sh:nodeKind sh:IRI ."))


def _name(node: object) -> str:
    return str(getattr(node, "value", node)).removeprefix(SHAPES)
