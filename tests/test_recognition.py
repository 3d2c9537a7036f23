"""Files of which nothing, or not all, is of this data set: misspelt namespaces, other classes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kzld.check.findings import Report
from kzld.check.validate import validate
from kzld.dataset.package import package_file
from kzld.rdf.namespaces import BASE, KZ, PREFIXES

GOOD = package_file("tests", "rules", "namespace", "pass.ttl").read_text("utf-8").replace(
    f"<{KZ}Membership>", "kz:Membership"
)  # fmt: skip


def checked(folder: Path, text: str, name: str = "my.ttl") -> Report:
    (folder / name).write_text(text, "utf-8")
    report = validate(folder / name)
    assert not report.unreadable
    return report


@pytest.mark.parametrize(
    ("prefix", "namespace"),
    [
        ("kz", "http://w3id.org/kzld/ontology#"),
        ("kz", "https://w3id.org/kzld/ontology"),
        ("kz", "https://w3id.org/kzld/Ontology#"),
        ("kz", "https://www.w3id.org/kzld/ontology#"),
        ("kz", "https://w3id.org/kzld/ontology/"),
        ("kz", "https://w3id.org/kzdl/ontology#"),
        ("kz", "https://kzld.org/ontology#"),
        ("kz", "https://w3id.org/kzld/"),
        ("kz", "http://example.org/kz#"),
        ("country", "https://w3id.org/kzld/id/country"),
        ("country", "https://w3id.org/kzld/id/countries/"),
        ("country", "https://w3id.org/kzld/country/"),
        ("membership", "https://w3id.org/kzld/id/memberships/"),
        ("role", "https://w3id.org/kzld/id/role/"),
        ("source", "http://w3id.org/kzld/id/source/"),
        ("org", "https://www.w3.org/ns/org#"),
        ("org", "http://www.w3.org/ns/org/"),
        ("xsd", "http://www.w3.org/2001/XMLSchema"),
        ("xsd", "https://www.w3.org/2001/XMLSchema#"),
    ],
)
def test_a_misspelt_namespace_is_named_with_the_right_one(
    prefix: str, namespace: str, tmp_path: Path
) -> None:
    text = re.sub(rf"@prefix {prefix}: <[^>]*>", f"@prefix {prefix}: <{namespace}>", GOOD)
    [finding] = checked(tmp_path, text).findings
    assert (finding.rule, finding.severity) == ("namespace", "error")
    assert finding.source.startswith(f"@prefix {prefix}: ")
    assert finding.source[finding.column - 1 :].startswith(namespace)
    assert finding.remedy == f"Write {PREFIXES[prefix]} instead of {namespace}"


@pytest.mark.parametrize(
    ("term", "prefix"),
    [
        ("id/KAZ", "country"),
        ("kassym-jomart-tokayev", "person"),
        ("until", "kz"),
    ],
)
def test_a_name_without_its_kind_is_given_the_namespace_that_has_it(
    term: str, prefix: str, tmp_path: Path
) -> None:
    statement = f"<{BASE}{term}> 1" if prefix == "kz" else f"<{KZ}supportedBy> <{BASE}{term}>"
    text = f"<{BASE}id/membership/a> a <{KZ}Membership> ; {statement} ."
    [finding] = [one for one in checked(tmp_path, text).findings if one.rule == "namespace"]
    assert finding.remedy.startswith(f"Write {PREFIXES[prefix]} ")
    assert finding.source[finding.column - 1 :].startswith(f"{BASE}{term}>")


@pytest.mark.parametrize("name", ["id/foo/KAZ", "id/nobody-has-this", "nobody-has-this"])
def test_no_namespace_is_named_by_chance(name: str, tmp_path: Path) -> None:
    text = f"<{BASE}{name}> a <{KZ}Country> ; <{BASE}id/what> 1 ."
    report = checked(tmp_path, text)
    assert "namespace" not in {finding.rule for finding in report.findings}
    assert {"iri-scheme", "unknown-property"} <= {finding.rule for finding in report.findings}


@pytest.mark.parametrize("suffix", [".nt", ".rdf", ".jsonld"])
def test_so_it_is_in_other_syntaxes(suffix: str, tmp_path: Path) -> None:
    wrong = "http://w3id.org/kzld/ontology#"
    text = {
        ".nt": f'<{BASE}id/membership/a> <{wrong}from> "2015" .\n',
        ".rdf": (
            '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"\n'
            f'  xmlns:kz="{wrong}">\n<kz:Membership rdf:about="{BASE}id/membership/a"/></rdf:RDF>'
        ),
        ".jsonld": (
            f'{{"@context": {{"kz": "{wrong}"}},\n'
            f'"@id": "{BASE}id/membership/a", "@type": "kz:Membership"}}'
        ),
    }
    findings = checked(tmp_path, text[suffix], f"my{suffix}").findings
    [finding] = [finding for finding in findings if finding.rule == "namespace"]
    assert finding.remedy == f"Write {KZ} instead of {wrong}"
    assert finding.source[finding.column - 1 :].startswith(wrong)


def test_an_address_that_is_only_like_a_namespace_is_no_fault(tmp_path: Path) -> None:
    also = f"<{PREFIXES['rdfs']}seeAlso> <http://w3id.org/kzld> ; kz:supportedBy"
    text = GOOD.replace("kz:supportedBy", also)
    assert "namespace" not in {finding.rule for finding in checked(tmp_path, text).findings}


@pytest.mark.parametrize(
    "statement",
    [
        "<http://e/a> a <http://e/B> .",
        "<http://e/a> <http://e/in> <https://w3id.org/kzld/id/country/KAZ> .",
        "<http://www.wikidata.org/entity/Q1> <http://www.wikidata.org/prop/P39> 5 .",
        "[] <http://e/in> 5 .",
    ],
)
def test_a_file_without_anything_of_ours_is_an_error(statement: str, tmp_path: Path) -> None:
    [finding] = checked(tmp_path, f"# comment\n{statement}\n").findings
    assert (finding.rule, finding.severity, finding.line) == ("foreign-file", "error", 2)


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("membership:x a org:Membership .", "general-class"),
        ("relation:x a rdf:Statement .", "general-class"),
        ("observation:x a schema:Observation .", "general-class"),
        ("membership:x a kz:Fact .", "general-class"),
        ("person:x a foaf:Agent .", "general-class"),
        ("person:x a schema:Person .", "general-class"),
        ("<http://e/x> a org:Membership .", "general-class"),
        ("<http://e/x> a kz:Fact .", "general-class"),
        ("membership:x rdfs:label 'x'@en .", "untyped"),
        ("person:x foaf:name 'x' .", "untyped"),
        ("membership:x schema:value 5 .", "untyped"),
        ("person:kassym-jomart-tokaev foaf:name 'x' .", "untyped"),
    ],
)
def test_a_thing_of_ours_needs_a_class_of_ours(statement: str, rule: str, tmp_path: Path) -> None:
    used = ("membership", "relation", "observation", "person", "org", "rdf", "rdfs", "schema",
            "foaf", "kz")  # fmt: skip
    prefixes = "".join(f"@prefix {name}: <{PREFIXES[name]}> .\n" for name in used)
    report = checked(tmp_path, f"{prefixes}{statement}\n")
    found = {finding.rule for finding in report.findings if finding.severity == "error"}
    assert rule in found
    assert {finding.line for finding in report.findings} == {len(used) + 1}
