"""The fast engine finds exactly what other engines find: in the data, in fixtures, in any data.

pyrudof judges the whole packaged data. pySHACL judges what pyrudof cannot run (blank nodes as
focus nodes), and asks each SPARQL constraint anew for every node. So the fixtures are checked
together, each with nodes of its own, beside only those packaged nodes that they speak of.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox
import pytest
from command import loaded
from graphs import (
    CLASSES,
    FORMS,
    PROPERTIES,
    RDF_TYPE,
    THINGS,
    blank_nodes,
    graphs,
    literals,
    name,
    typed,
)
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kzld.check.rules import shapes_of, stated
from kzld.dataset.dataset import Dataset
from kzld.dataset.load import load
from kzld.dataset.package import package_file
from kzld.rdf.documents import read_document
from kzld.rdf.namespaces import PREFIXES, SH, XSD, graph_name
from kzld.shacl import pyshacl_engine
from kzld.shacl.engine import Engine
from kzld.shacl.results import Result

DATA = graph_name("data")
SH_NODE_SHAPE = ox.NamedNode(SH + "NodeShape")
PASS = sorted(package_file("tests", "rules").glob("*/pass*.ttl"))
FAIL = sorted(package_file("tests", "rules").glob("*/fail*.ttl"))
SHAPES = shapes_of(load(packaged=False))
OF_FILES = read_document(package_file("shapes", "files.ttl")).quads  # rules without a target
RULES = set(SHAPES.rules) - {
    q.subject.value.removeprefix(PREFIXES["kzs"]) for q in OF_FILES if q.object == SH_NODE_SHAPE
}


def fast(dataset: Dataset) -> set[Result]:
    return Engine(SHAPES).validate(stated(dataset))


def differences(dataset: Dataset) -> set[tuple[str, Result]]:
    ours, theirs = fast(dataset), pyshacl_engine.run(stated(dataset), SHAPES)
    different = {("fast", r) for r in ours - theirs} | {("pySHACL", r) for r in theirs - ours}
    return {(engine, r) for engine, r in different if not known_fault(r)}


def known_fault(result: Result) -> bool:
    """rdflib puts dates and numbers in an order; SHACL has each such pair be a violation."""
    return (
        result.component in ("MinInclusiveConstraintComponent", "MaxInclusiveConstraintComponent")
        and isinstance(result.value, ox.Literal)
        and result.value.datatype.value not in (XSD + "integer", XSD + "decimal", XSD + "double")
    )


@pytest.fixture(scope="module")
def packaged() -> Dataset:
    return loaded()


# ---------------------------------------------------------------- fixtures


def with_nodes_of_their_own(path: Path, packaged: Dataset) -> list[ox.Quad]:
    """A fixture whose new nodes no other fixture has."""
    quads = read_document(path).quads
    new = {
        quad.subject
        for quad in quads
        if isinstance(quad.subject, ox.NamedNode)
        and not any(packaged.store.quads_for_pattern(quad.subject, None, None))
    }
    ending = f"-{path.parent.name}-{path.stem}"

    def renamed(term: ox.NamedNode) -> ox.NamedNode:
        if term not in new or "/country/" in term.value:  # codes have three letters
            return term
        if "/passage/" in term.value:  # which begin with the name of their source
            return ox.NamedNode(term.value.replace(".", f"{ending}.", 1))
        return ox.NamedNode(term.value + ending)

    return [ox.Quad(renamed(q.subject), q.predicate, renamed(q.object)) for q in quads]


def with_what_they_name(quads: Iterable[ox.Quad], packaged: Dataset) -> Dataset:
    """Statements with the packaged descriptions of all that they name, near or far."""
    dataset = Dataset()
    dataset.store.extend(packaged.quads("ontology"))
    ahead = [ox.Quad(*quad.triple, DATA) for quad in quads]
    while ahead:
        quad = ahead.pop()
        if quad not in dataset.store:
            dataset.store.add(quad)
            if isinstance(quad.object, ox.NamedNode):
                ahead += packaged.store.quads_for_pattern(quad.object, None, None, DATA)
    return dataset


def of_pyrudof(dataset: Dataset) -> set[tuple[str, str, str]]:
    """The results of pyrudof: focus node, shape and constraint component of each."""
    pyrudof = pytest.importorskip("pyrudof", reason="pip install -e '.[referee]'")
    rudof = pyrudof.Rudof(pyrudof.RudofConfig())
    shapes = ox.serialize((q.triple for q in SHAPES.graph.quads), format=ox.RdfFormat.N_TRIPLES)
    rudof.read_shacl((shapes or b"").decode(), pyrudof.ShaclFormat.NTriples)
    data = dataset.ntriples(["data", "ontology"])
    rudof.read_data(data.decode(), pyrudof.RDFFormat.NTriples)
    return {
        (entry.focus_node, entry.source_shape, entry.constraint_component)
        for entry in rudof.validate_shacl()
    }


@pytest.mark.engines
def test_pyrudof_agrees_on_the_whole_packaged_data(packaged: Dataset) -> None:
    ours = {
        (r.focus.value, SHAPES.rules[r.rule].iri.value, SH + r.component) for r in fast(packaged)
    }
    assert len(ours) > 1000
    assert ours == of_pyrudof(packaged)


@pytest.mark.engines
def test_the_engines_agree_on_the_fixtures_that_keep_the_rules(packaged: Dataset) -> None:
    quads = [quad for path in PASS for quad in read_document(path).quads]
    assert differences(with_what_they_name(quads, packaged)) == set()


@pytest.mark.engines
def test_the_engines_agree_on_the_fixtures_that_break_the_rules(packaged: Dataset) -> None:
    quads = [quad for path in FAIL for quad in with_nodes_of_their_own(path, packaged)]
    dataset = with_what_they_name(quads, packaged)
    assert {result.rule for result in fast(dataset)} == RULES
    assert differences(dataset) == set()


# ---------------------------------------------------------------- any data

DAYS = ["2022", "2021-02", "2022-06", "2022-06-20", "2022-02-30", "2023-01-01", "2999-01-01"]
by_length = {4: "gYear", 7: "gYearMonth", 10: "date"}
days = st.sampled_from(DAYS).map(lambda text: typed(text, by_length[len(text)]))
numbers = st.sampled_from(["-91", "-90", "0", "19", "90.5", "181"]).map(
    lambda text: typed(text, "decimal" if "." in text else "integer")
)
# Ill-typed forms that Python, and so rdflib, reads as numbers have a test of their own.
forms = [form for form in FORMS if form not in ("1e3", "1 ")]
things = st.sampled_from(THINGS) | blank_nodes
values = things | days | numbers | literals(forms=forms)
any_facts = st.builds(
    lambda *parts: [triple for part in parts for triple in part],
    graphs(things, st.sampled_from(PROPERTIES), values, sizes=(90, 120)),
    graphs(things, st.just(RDF_TYPE), st.sampled_from(CLASSES), sizes=(20, 30)),
    graphs(things, st.just(RDF_TYPE), values, sizes=(0, 5)),
)


@pytest.mark.fuzz
@pytest.mark.engines
@settings(
    max_examples=6,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(facts=any_facts)
def test_the_engines_agree_on_any_data(packaged: Dataset, facts: list[ox.Triple]) -> None:
    dataset = Dataset()
    for quad in packaged.quads("ontology"):
        in_scheme = quad.subject.value.startswith(PREFIXES["concept"])
        if quad.subject in THINGS or not in_scheme:
            dataset.store.add(quad)
    dataset.store.extend(ox.Quad(*triple, DATA) for triple in facts)
    assert differences(dataset) == set()


# ---------------------------------------------------------------- where rdflib is not the measure


def results(subject: str, predicate: str, value: ox.Literal, kind: str) -> set[tuple[str, str]]:
    """What the fast engine finds about one value of a thing: rule and component."""
    dataset = load(packaged=False)
    dataset.store.add(ox.Quad(name(subject), RDF_TYPE, name(kind), DATA))
    dataset.store.add(ox.Quad(name(subject), name(predicate), value, DATA))
    return {(r.rule, r.component) for r in fast(dataset) if r.value == value}


@pytest.mark.parametrize("text", ["1e3", "1 ", "1_000", "١", "NaN", "INF", "0x1", "1.5.2", "", "-"])
def test_what_python_reads_as_a_number_may_be_none_in_xml_schema(text: str) -> None:
    number = results("meeting:x", "kz:number", typed(text, "integer"), "kz:Meeting")
    assert ("meeting-number", "DatatypeConstraintComponent") in number
    latitude = results("place:x", "wgs:lat", typed(text, "decimal"), "kz:Place")
    assert ("latitude-range", "DatatypeConstraintComponent") in latitude


@pytest.mark.parametrize(
    "value", [ox.Literal("51"), typed("2022-06-20", "date"), typed("x", "decimal")]
)
def test_what_is_no_number_is_in_no_range(value: ox.Literal) -> None:
    found = results("place:x", "wgs:lat", value, "kz:Place")
    for bound in ("Min", "Max"):
        assert ("latitude-range", f"{bound}InclusiveConstraintComponent") in found


def test_a_pattern_does_not_end_before_a_line_break() -> None:
    found = results("country:KAZ", "skos:notation", ox.Literal("KAZ\n"), "kz:Country")
    assert found == {("country-notation", "PatternConstraintComponent")}
    assert results("country:KAZ", "skos:notation", ox.Literal("KAZ"), "kz:Country") == set()
