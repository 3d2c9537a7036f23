"""What `kzld validate` reads: syntaxes, folders, patterns, standard input, gzip; and the lines."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import string
from itertools import groupby
from pathlib import Path

import pyoxigraph as ox
import pytest
from conftest import Kzld
from hypothesis import given
from hypothesis import strategies as st

from kzld.check.validate import validate
from kzld.dataset.package import context, package_file
from kzld.dataset.paths import FOLDER_SUFFIXES
from kzld.rdf.documents import FORMATS, SUFFIXES, parse_document, read_document
from kzld.rdf.jsonld import Compactor
from kzld.rdf.namespaces import PREFIXES
from kzld.rdf.positions import Line, extent, unescape

RULES = package_file("tests", "rules")
BAD = RULES / "membership-organization" / "fail.ttl"
GOOD = RULES / "membership-organization" / "pass.ttl"
TURTLE = BAD.read_text("utf-8")
QUADS = list(ox.parse(TURTLE, format=ox.RdfFormat.TURTLE))
FOCUS = "https://w3id.org/kzld/id/membership/KAZ-example-forum"
COUNTRY = "https://w3id.org/kzld/id/country/KGZ"


def written(syntax: ox.RdfFormat) -> str:
    statements = QUADS if syntax.supports_datasets else [quad.triple for quad in QUADS]
    return (ox.serialize(statements, format=syntax) or b"").decode()


def in_a_graph() -> str:
    prefixes, _, facts = TURTLE.partition("\n\n")
    return f"{prefixes}\n\n<g:g> {{\n{facts}}}\n"


def with_our_context() -> str:
    """JSON-LD that names the packaged context by its IRI."""
    compactor = Compactor(context())
    about = groupby(sorted(QUADS, key=lambda quad: str(quad.subject)), lambda quad: quad.subject)
    nodes = [compactor.node([quad.triple for quad in quads]) for _, quads in about]
    document = json.loads("".join(compactor.pieces_by_graph([("g:g", nodes)])))
    document["@context"] = "https://w3id.org/kzld/context.jsonld"
    return json.dumps(document, indent=1)


SYNTAXES = {
    "facts.ttl": TURTLE,
    "facts.trig": in_a_graph(),
    "facts.nt": written(ox.RdfFormat.N_TRIPLES),
    "facts.nq": written(ox.RdfFormat.N_QUADS),
    "facts.rdf": written(ox.RdfFormat.RDF_XML),
    "facts.jsonld": written(ox.RdfFormat.JSON_LD).replace("{", "\n{"),
    "ours.jsonld": with_our_context(),
}


@pytest.mark.parametrize("name", SYNTAXES)
def test_every_syntax_gives_the_same_finding(kzld: Kzld, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(SYNTAXES[name], "utf-8")
    done = kzld("validate", name, "-f", "json")
    assert done.status == 1
    [finding] = json.loads(done.stdout)["findings"]
    assert (finding["file"], finding["rule"]) == (name, "membership-organization")
    assert finding["focus"] == "membership:KAZ-example-forum"
    assert finding["value"] == "country:KGZ"
    at_fault = finding["source"][finding["column"] - 1 :]
    spellings = ("country:KGZ", f"<{COUNTRY}>", f'"{COUNTRY}"', '"country/KGZ"')
    assert at_fault.startswith(spellings)


@pytest.mark.parametrize("name", SYNTAXES)
def test_missing_property_is_shown_at_the_subject(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(SYNTAXES[name].replace("supportedBy", "disputedBy"), "utf-8")
    findings = [f for f in validate(path).findings if f.rule == "fact-supported"]
    assert [f.column > 0 and f.line > 0 for f in findings] == [True]
    assert re.search("membership[:/]KAZ-example-forum", findings[0].source)


def test_subject_on_a_line_of_its_own_is_found(tmp_path: Path) -> None:
    facts = TURTLE.replace("forum a kz:Mem", "forum\n\n  # a comment\n\n    a kz:Mem")
    facts = facts.replace("kz:supportedBy", "kz:disputedBy")
    (tmp_path / "x.ttl").write_text(facts, "utf-8")
    [finding] = [f for f in validate(tmp_path / "x.ttl").findings if f.rule == "fact-supported"]
    assert finding.source == "membership:KAZ-example-forum"


def test_names_are_found_however_a_file_abbreviates_them(tmp_path: Path) -> None:
    facts = (
        TURTLE.replace("@prefix country:", "@prefix c:")
        .replace("country:", "c:")
        .replace("@prefix org:", "@base <https://w3id.org/kzld/id/> .\n@prefix org:")
    )
    for spelling in ("c:KGZ", "<country/KGZ>", f"<{COUNTRY}>", "<country/\\u004BGZ>"):
        (tmp_path / "x.ttl").write_text(facts.replace("c:KGZ", spelling), "utf-8")
        [finding] = validate(tmp_path / "x.ttl").findings
        assert finding.source[finding.column - 1 :] == f"{spelling} ;"


# ---------------------------------------------------------------- lines, in general

words = st.text(string.ascii_letters + "é中 ", max_size=8)
subjects = st.sampled_from([ox.NamedNode(PREFIXES["kz"] + c) for c in "abc"])
values = st.one_of(
    subjects,
    words.map(ox.Literal),
    words.map(lambda text: ox.Literal(text, language="fr")),
    st.integers(0, 10**6).map(ox.Literal),
)
statements = st.lists(st.tuples(subjects, values), min_size=1, max_size=20, unique=True)


def spelled(term: ox.NamedNode | ox.Literal) -> str:
    if isinstance(term, ox.NamedNode):
        return "kz:" + term.value.removeprefix(PREFIXES["kz"])
    return str(term)


@given(statements, st.data())
def test_every_triple_of_turtle_has_its_line(triples, data) -> None:
    """However the white space falls: the line is that on which the object stands."""
    space = st.sampled_from([" ", "\n", "\n\n", " # x\n  ", "\t"])
    text, line, expected = f"@prefix kz: <{PREFIXES['kz']}> .\n", 2, []
    for subject, value in triples:
        gaps = [data.draw(space) for _ in range(4)]
        text += f"{spelled(subject)}{gaps[0]}kz:p{gaps[1]}"
        line += gaps[0].count("\n") + gaps[1].count("\n")
        expected.append(line)
        text += f"{spelled(value)}{gaps[2]}.{gaps[3]}"
        line += gaps[2].count("\n") + gaps[3].count("\n")
    document = parse_document(text.encode(), "x", ox.RdfFormat.TURTLE)
    assert [(q.subject, q.object) for q in document.quads] == triples
    for quad, at, wanted in zip(document.quads, document.lines, expected, strict=True):
        # The parser may need the sign behind the object to know that it has ended.
        assert wanted <= at
        shown = document.line(wanted)
        column = Line(shown, document.prefixes, document.base).find(quad.object)
        assert column
        if at == wanted:
            found = shown[column - 1 : column - 1 + extent(shown, column)]
            assert found in (spelled(quad.object), quad.object.value)


@given(statements)
def test_every_line_of_ntriples_is_a_triple(triples) -> None:
    quads = [ox.Quad(subject, ox.NamedNode("a:b"), value) for subject, value in triples]
    data = ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b""
    for syntax in (ox.RdfFormat.N_TRIPLES, ox.RdfFormat.N_QUADS):
        document = parse_document(data, "x", syntax)
        assert document.lines == list(range(1, len(quads) + 1))


@given(st.text())
def test_finding_a_term_on_any_line_is_safe(line: str) -> None:
    for term in (ox.NamedNode("a:b"), ox.Literal("x"), ox.BlankNode("x")):
        column = Line(line, PREFIXES, "http://[").find(term)
        assert 0 <= column <= len(line)
        assert extent(line, column or 1) >= 1


@given(st.text())
def test_escapes_are_undone(text: str) -> None:
    try:
        written = json.dumps(text)
        json.loads(written).encode()
    except UnicodeEncodeError:
        return
    if all(ord(character) < 0x10000 for character in text):
        assert unescape(written[1:-1]) == text


# ---------------------------------------------------------------- where from


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("packed", [False, True])
def test_standard_input_in_every_syntax(kzld: Kzld, form: str, packed: bool) -> None:
    suffix = next(s for s, syntax in SUFFIXES.items() if syntax == FORMATS[form])
    data = SYNTAXES[f"facts{suffix}"].encode()
    stdin = gzip.compress(data) if packed else data
    done = kzld("validate", "-", "--input-format", form, "-f", "json", stdin=stdin)
    [finding] = json.loads(done.stdout)["findings"]
    assert (finding["file"], finding["value"]) == ("<stdin>", "country:KGZ")


def test_wrong_syntax_of_standard_input_is_suspected(kzld: Kzld) -> None:
    said = kzld("validate", "-", stdin='{"@id": "a:a"}').complaint()
    assert "looks like JSON-LD, not Turtle: say what it is with --input-format)" in said


@pytest.mark.parametrize("name", SYNTAXES)
def test_every_syntax_may_be_packed(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.gz").write_bytes(gzip.compress(SYNTAXES[name].encode()))
    (tmp_path / name).write_text(SYNTAXES[name], "utf-8")
    packed, plain = (read_document(tmp_path / n, context=context()) for n in (f"{name}.gz", name))
    assert packed.lines == plain.lines
    assert len(packed.quads) == len(QUADS)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("a/one.ttl", "a/deep/two.ttl", "b/three.ttl", ".hidden/four.ttl", "b/.five.ttl"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(BAD, path)
    (tmp_path / "a" / "package.json").write_text("{}")
    (tmp_path / "a" / "notes.txt").write_text("x")
    (tmp_path / "a" / "folder.ttl").mkdir()
    (tmp_path / "a" / "six.nt.gz").write_bytes(gzip.compress(SYNTAXES["facts.nt"].encode()))
    return tmp_path


@pytest.mark.parametrize(
    ("args", "read"),
    [
        (["."], ["a/deep/two.ttl", "a/one.ttl", "a/six.nt.gz", "b/three.ttl"]),
        (["a"], ["a/deep/two.ttl", "a/one.ttl", "a/six.nt.gz"]),
        (["*/*.ttl"], ["a/one.ttl", "b/three.ttl"]),
        (["**/t*.ttl"], ["a/deep/two.ttl", "b/three.ttl"]),
        (["[bc]"], ["b/three.ttl"]),
        (["b", "b/three.ttl", "b/*"], ["b/three.ttl"]),
        ([".hidden"], [".hidden/four.ttl"]),
    ],
    ids=" ".join,
)
def test_folders_and_patterns(
    tree: Path, monkeypatch: pytest.MonkeyPatch, args: list[str], read: list[str]
) -> None:
    monkeypatch.chdir(tree)
    report = validate(*args)
    assert report.unreadable == []
    assert report.triples == len(read) * len(QUADS)
    assert {finding.file for finding in report.findings} <= set(read)


def test_file_whose_name_looks_like_a_pattern(tmp_path: Path) -> None:
    shutil.copy(BAD, tmp_path / "facts[1].ttl")
    [finding] = validate(tmp_path / "facts[1].ttl").findings
    assert finding.file == str(tmp_path / "facts[1].ttl")


def test_paths_that_lead_nowhere_do_not_hide_the_others(kzld: Kzld, tree: Path) -> None:
    (tree / "empty").mkdir()
    done = kzld("validate", "no/*.ttl", "empty", "b", "no.ttl")
    assert done.status == 2
    assert "b/three.ttl:" in done.stdout
    assert [line for line in done.stderr.splitlines() if line.startswith("Error")] == [
        "Error: no/*.ttl: no file matches",
        f"Error: empty: the folder holds no file of facts ({', '.join(FOLDER_SUFFIXES)}, also .gz)",
        "Error: no.ttl: no such file",
    ]
