"""Damaged contributions: clean, or findings, or one clear error, and never anything else."""

from __future__ import annotations

import gzip
import json
import re
import tempfile
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner
from command import loaded
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from test_hostile import CONTROL, FOLDER

from kzld.check.explain import rules
from kzld.check.findings import SEVERITIES
from kzld.check.reports import github, sarif, shacl
from kzld.check.reports import json as for_programs
from kzld.check.reports.terminal import as_text
from kzld.check.validate import validate
from kzld.cli import cli
from kzld.dataset.dataset import Dataset
from kzld.dataset.package import package_file
from kzld.rdf.documents import SUFFIXES
from kzld.rdf.namespaces import PREFIXES

CONTRIBUTIONS = sorted(package_file("tests", "rules").glob("*/*.ttl"))
SYNTAXES = (".ttl", ".ttl", ".trig", ".nt", ".nq", ".rdf", ".jsonld")  # mostly, people write Turtle
TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|<[^>]*>|[\w:.@-]+|\s+|.', re.DOTALL)
NASTY = [
    *'. ; , [ ] ( ) { } < > << >> ^^ @ # " \'\'\' """ \\ a true 1 -1.5e9 _:b [] () <> <#>'.split(
        " "
    ),
    *"\x00 \x1b[2J \x9b31m \u202e \ufeff \ud800 \U0001f1f0 \r \n \x85 %00 ${x} &amp; ]]>".split(
        " "
    ),
    *".. : kz: => @prefix @base PREFIX BASE GRAPH @context @id @type @graph @reverse @list".split(),
    *"kz:Fact kz:Membership kz:from kz:until kz:contradicts kz:disputedBy kz:rank rdf:type".split(),
    *"owl:sameAs rdfs:subClassOf rdf:first rdf:about skos:prefLabel country:kaz body:EAUE".split(),
    *'"" "x"@en "x"@ "2015"^^xsd:gYear "2015-02-30"^^xsd:date "x"^^xsd:date "1"^^<x>'.split(),
    *['"99999999999999999999"^^xsd:gYear', "http://[::1", "x" * 5000, "(" * 300, "[" * 300],
]
"""What breaks parsers, terminals and assumptions, to be put anywhere."""

pytestmark = pytest.mark.fuzz

bounded = settings(
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],  # an example that fails is small enough
    suppress_health_check=list(HealthCheck),
)


def written(path: Path, suffix: str) -> bytes:
    """A contribution in a syntax."""
    if suffix == ".ttl":
        return path.read_bytes()
    quads = ox.parse(path.read_bytes(), format=ox.RdfFormat.TURTLE)
    triples = [quad.triple for quad in quads]
    return ox.serialize(triples, format=SUFFIXES[suffix], prefixes=PREFIXES) or b""


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, bytes]:
    """A file's suffix and content: a good or bad example of a rule, changed here and there."""
    suffix = draw(st.sampled_from(SYNTAXES))
    data = written(draw(st.sampled_from(CONTRIBUTIONS)), suffix)
    if draw(st.booleans()):
        tokens = TOKEN.findall(data.decode())
        for _ in range(draw(st.integers(1, 4))):
            at, other = (draw(st.integers(0, len(tokens) - 1)) for _ in range(2))
            new = draw(st.sampled_from(([], [tokens[other]], [draw(st.sampled_from(NASTY))])))
            tokens[at : at + draw(st.integers(0, 3))] = new or [" "]
        data = "".join(tokens).encode("utf-8", "surrogatepass")
    else:
        for _ in range(draw(st.integers(1, 3))):
            at = draw(st.integers(0, len(data)))
            new = draw(st.binary(max_size=4))
            data = data[:at] + new + data[at + draw(st.integers(0, 6)) :]
        data = data[: draw(st.sampled_from((None, None, len(data) // 2)))]
    if draw(st.integers(0, 9)) == 0:
        packed = gzip.compress(data)
        return f"{suffix}.gz", packed[: draw(st.sampled_from((None, len(packed) - 3)))]
    return suffix, data


@pytest.fixture(scope="module")
def base() -> Dataset:
    return loaded()


@settings(bounded, max_examples=80)
@given(file=damaged())
def test_damaged_contributions(base: Dataset, file: tuple[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"x{file[0]}")
        path.write_bytes(file[1])
        report = validate(path, base=base)
    for error in report.unreadable:
        said = str(error).split("\n")
        assert said[0].startswith(str(path))
        assert len(said) in (1, 3)
    assert len(report.unreadable) <= 1
    assert not (report.unreadable and report.findings)
    for finding in report.findings:
        assert finding.file == str(path)
        assert finding.severity in SEVERITIES
        assert finding.rule in rules()
        assert 0 <= finding.column <= len(finding.source) + 1
        assert finding.message
    shown = "".join(map(as_text, report.findings)) + "".join(map(str, report.unreadable))
    for text in (shown, github.as_annotations(report, notes=True)):
        assert not CONTROL.search(text)
    assert json.loads(for_programs.as_json(report))["facts"] == report.facts
    assert json.loads(sarif.as_sarif(report))["runs"]
    assert list(ox.parse(shacl.as_turtle(report), format=ox.RdfFormat.TURTLE))


@settings(bounded, max_examples=25)
@given(file=damaged(), form=st.sampled_from(("text", "json", "github", "sarif", "turtle")))
def test_status_says_which_it_was(file: tuple[str, bytes], form: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"x{file[0]}")
        path.write_bytes(file[1])
        done = CliRunner().invoke(cli, ["validate", "--data-only", "-f", form, str(path)])
    assert done.exit_code in (0, 1, 2), done.exception
    assert done.exception is None or isinstance(done.exception, SystemExit)
    assert not CONTROL.search(done.output)
    complaints = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert len(complaints) == (done.exit_code == 2)
    if form == "text":
        assert (": error " in done.stdout) == (done.exit_code == 1)


@settings(bounded, max_examples=25)
@given(
    name=st.sampled_from(sorted(path.name for path in FOLDER.iterdir())),
    suffix=st.sampled_from(sorted(SUFFIXES)),
    packed=st.booleans(),
)
def test_hostile_files_under_another_name(
    base: Dataset, name: str, suffix: str, packed: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"x{suffix}{'.gz' if packed else ''}")
        path.write_bytes((FOLDER / name).read_bytes())
        report = validate(path, base=base)
    assert all(len(str(error).split("\n")) in (1, 3) for error in report.unreadable)
