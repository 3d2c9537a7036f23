"""Large files are checked like small ones, by ways that take less time and memory."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest
from tiers import every

from kzld.check import inputs
from kzld.check.findings import Report
from kzld.check.validate import validate
from kzld.dataset.load import load
from kzld.rdf.documents import parse_document
from kzld.rdf.reparsed import has_blank_node
from kzld.shacl import engine
from kzld.shacl.beside import beside

FIXTURES = sorted(Path(__file__).with_name("rules").glob("*/fail.ttl"))
DATASET = load(derived=False)
BLANK = b"<x:a> <x:p> [ <x:q> _:b ] . _:b <x:q> [] , 1 . <x:a> <x:p> 2 ."


def _told(report: Report) -> list[tuple[object, ...]]:
    """What a report says, without the names that the parser gives to blank nodes."""
    return [(f.file, f.line, f.column, f.rule, f.severity, f.remedy) for f in report.findings]


def _same(few: Report, many: Report) -> bool:
    figures = [(report.facts, report.triples) for report in (few, many)]
    return _told(few) == _told(many) and figures[0] == figures[1]


@pytest.mark.parametrize("path", every(20, FIXTURES), ids=lambda path: path.parent.name)
def test_large_file_has_the_same_findings(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = validate(path, base=DATASET)
    monkeypatch.setattr(inputs, "_LARGE", 1)
    assert _same(few, validate(path, base=DATASET))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="forks on Linux only")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_second_process_has_the_same_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_is_small", lambda *_: False)
    alone = validate(*FIXTURES, base=())
    assert alone.findings
    monkeypatch.setattr(engine, "_LARGE", 0)
    monkeypatch.setattr(engine, "can_fork", lambda: True)
    assert _same(alone, validate(*FIXTURES, base=()))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="forks on Linux only")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_work_of_a_fork_that_dies_is_done_here() -> None:
    here = os.getpid()
    with beside(lambda: os.getpid() == here or os._exit(1)) as result:
        assert result() is True


def test_blank_nodes_are_the_same_each_time() -> None:
    document = parse_document(BLANK, "x", ox.RdfFormat.TURTLE, large=1)
    assert list(document.quads) == list(document.quads)
    assert len(document.quads) == len(document.lines) == 5
    assert document.quads[4].object.value == "2"
    assert document.quads[4:] == [document.quads[4]]


@pytest.mark.parametrize("syntax", [ox.RdfFormat.TURTLE, ox.RdfFormat.TRIG])
def test_store_has_the_statements_of_the_file(syntax: ox.RdfFormat) -> None:
    document = parse_document(BLANK, "x", syntax, large=1)
    dataset = load(packaged=False, derived=False)
    with dataset.contribution(document.quads):
        found = {quad.triple for quad in dataset.quads("contribution")}
    assert found == {quad.triple for quad in document.quads}
    assert any(has_blank_node(quad) for quad in document.quads)


def test_what_is_there_already_is_nothing_new() -> None:
    known = next(quad for quad in DATASET.quads("data") if not has_blank_node(quad))
    text = f"{known.triple} .\n<x:a> <x:p> 1 .".encode()
    document = parse_document(text, "x", ox.RdfFormat.TURTLE, large=1)
    with DATASET.contribution(document.quads):
        [new] = DATASET.quads("contribution")
    assert new.subject == ox.NamedNode("x:a")
