"""Each rule has files that keep it and files that break it, and does just what they say."""

from __future__ import annotations

import re
from pathlib import Path

import pyoxigraph as ox
import pytest

from kzld.dataset import Dataset, graph_name, load, package_file
from kzld.errors import KzldError
from kzld.rdf import RDF, RDFS, SH, SHAPES
from kzld.shacl import Shapes
from kzld.validation import Finding, validate

FOLDER = package_file("tests", "rules")
PASS = sorted(FOLDER.glob("*/pass*.ttl"))
FAIL = sorted(FOLDER.glob("*/fail*.ttl"))
RULES = Shapes(load(packaged=False)).rules

each_pass = pytest.mark.parametrize(
    "path", PASS, ids=lambda path: f"{path.parent.name}-{path.stem}"
)
each_fail = pytest.mark.parametrize(
    "path", FAIL, ids=lambda path: f"{path.parent.name}-{path.stem}"
)
each_rule = pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.name)


@pytest.fixture(scope="module")
def base() -> Dataset:
    return load()


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


def test_the_packaged_data_break_no_rule() -> None:
    report = validate()
    assert report.conforms, described([f for f in report.findings if f.severity == "error"])
    assert report.facts > 100


# ---------------------------------------------------------------- shapes that nobody runs


def iri(name: str) -> ox.NamedNode:
    prefix, _, local = name.partition(":")
    return ox.NamedNode({"kzs": SHAPES, "sh": SH, "rdf": RDF, "rdfs": RDFS}[prefix] + local)


@pytest.fixture
def shapes() -> Dataset:
    dataset = load(packaged=False)
    dataset.need_shapes()
    return dataset


TEXT = ox.Literal("SELECT $this WHERE { $this $PATH ?value }")


@pytest.mark.parametrize(
    ("node", "predicate", "value", "part"),
    [
        ("kzs:Fact", "sh:or", iri("rdf:nil"), "kzs:Fact uses sh:or"),
        ("kzs:Fact", "sh:node", iri("kzs:Event"), "kzs:Fact uses sh:node"),
        ("kzs:Fact", "sh:closed", ox.Literal(value=True), "kzs:Fact uses sh:closed"),
        ("kzs:Fact", "sh:targetNode", iri("kzs:x"), "kzs:Fact uses sh:targetNode"),
        ("kzs:Fact", "sh:deactivated", ox.Literal(value=True), "kzs:Fact uses sh:deactivated"),
        ("kzs:Fact", "rdf:type", iri("rdfs:Class"), "kzs:Fact uses a class"),
        ("kzs:fact-note", "sh:lessThan", iri("kzs:x"), "kzs:fact-note uses sh:lessThan"),
        ("kzs:fact-note", "sh:flags", ox.Literal("i"), "kzs:fact-note uses sh:flags"),
        ("kzs:fact-note", "sh:property", iri("kzs:Event"), "kzs:fact-note uses a property shape"),
        ("kzs:fact-note", "sh:path", ox.BlankNode(), "kzs:fact-note uses a path"),
        ("kzs:fact-note", "sh:path", iri("kzs:languages-of-facts"), "kzs:fact-note uses a path"),
        ("kzs:fact-note", "sh:datatype", iri("rdf:HTML"), "kzs:fact-note uses sh:datatype"),
        ("kzs:a-path", "sh:inversePath", iri("kzs:x"), "kzs:a-path uses sh:inversePath"),
        ("kzs:term-overlap-select", "sh:select", TEXT, r"kzs:term-overlap-select uses \$PATH"),
        ("kzs:term-overlap-select", "sh:deactivated", ox.Literal(value=True), "sh:deactivated"),
    ],
)
def test_a_shape_that_the_engine_cannot_run_is_refused(
    shapes: Dataset, node: str, predicate: str, value: ox.Literal, part: str
) -> None:
    shapes.store.add(ox.Quad(iri(node), iri(predicate), value, graph_name("shapes")))
    with pytest.raises(KzldError, match=f"{part}.*not covered"):
        Shapes(shapes)
