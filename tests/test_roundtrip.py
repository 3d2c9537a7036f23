"""Every export format says the same, to our parser and to parsers that others wrote."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

import pyoxigraph as ox
import pytest
import rdflib
from graphs import (
    CLASSES,
    PROPERTIES,
    RDF_TYPE,
    THINGS,
    blank_nodes,
    canonical,
    graphs,
    literals,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyld import jsonld

from kzld.dataset.dataset import Dataset
from kzld.dataset.load import load
from kzld.dataset.package import package_file
from kzld.publish.export import export
from kzld.rdf.documents import read_document
from kzld.rdf.namespaces import GRAPHS, RDFS, XSD, graph_name

WITH_GRAPHS = {
    "trig": ox.RdfFormat.TRIG,
    "nquads": ox.RdfFormat.N_QUADS,
    "jsonld": ox.RdfFormat.JSON_LD,
}
MERGED = {
    "turtle": ox.RdfFormat.TURTLE,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "rdfxml": ox.RdfFormat.RDF_XML,
}
FORMATS = MERGED | WITH_GRAPHS
RDFLIB = {
    "turtle": "turtle",
    "ntriples": "nt",
    "rdfxml": "xml",
    "trig": "trig",
    "nquads": "nquads",
    "jsonld": "json-ld",
}
Quads = list[ox.Quad]

# rdflib uses parts of itself that it has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

# ---------------------------------------------------------------- other people's parsers


def with_pyoxigraph(data: bytes, form: str) -> Quads:
    return list(ox.parse(data, format=FORMATS[form]))


def with_rdflib(data: bytes, form: str) -> Quads:
    dataset = rdflib.Dataset()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rdflib, "NORMALIZE_LITERALS", False)  # so that it keeps 01, as files have it
        dataset.parse(data=data, format=RDFLIB[form])
    return [
        ox.Quad(*map(term, quad[:3]), graph_of(quad[3]))
        for quad in dataset.quads((None, None, None, None))
    ]


def as_read(parse, quads: Iterable[ox.Quad]) -> Quads:
    """rdflib's parser for Turtle and TriG makes 1 of a bare 01: its literals compare by value."""
    return [*map(by_value, quads)] if parse is with_rdflib else list(quads)


def by_value(quad: ox.Quad) -> ox.Quad:
    number = quad.object
    if not isinstance(number, ox.Literal) or not is_bare_number(number):
        return quad
    kind = int if number.datatype.value == XSD + "integer" else Decimal
    value = ox.Literal(str(kind(number.value)), datatype=number.datatype)
    return ox.Quad(quad.subject, quad.predicate, value, quad.graph_name)


def is_bare_number(term: ox.Literal) -> bool:
    forms = {XSD + "integer": r"[+-]?\d+", XSD + "decimal": r"[+-]?\d*\.\d+"}
    return bool(re.fullmatch(forms.get(term.datatype.value, "(?!)"), term.value, re.ASCII))


def graph_of(name: rdflib.term.Node | None) -> ox.NamedNode | ox.DefaultGraph:
    default = name is None or str(name) == "urn:x-rdflib:default" or isinstance(name, rdflib.BNode)
    return ox.DefaultGraph() if default else ox.NamedNode(str(name))


def term(node: rdflib.term.Node) -> ox.NamedNode | ox.BlankNode | ox.Literal:
    if isinstance(node, rdflib.URIRef):
        return ox.NamedNode(str(node))
    if isinstance(node, rdflib.BNode):
        return ox.BlankNode(str(node).replace("-", "_"))
    if node.language:
        return ox.Literal(str(node), language=node.language)
    return ox.Literal(
        str(node), datatype=ox.NamedNode(str(node.datatype)) if node.datatype else None
    )


def with_pyld(data: bytes, form: str) -> Quads:
    assert form == "jsonld"
    nquads = jsonld.to_rdf(json.loads(data), {"format": "application/n-quads"})
    return list(ox.parse(nquads.encode(), format=ox.RdfFormat.N_QUADS))


PARSERS = [with_pyoxigraph, pytest.param(with_rdflib, marks=pytest.mark.engines)]
SMALL = "catalog"  # the graph that rdflib reads in the quick tests, too
PACKAGED = [
    pytest.param(
        parse,
        form,
        name,
        marks=[pytest.mark.engines] if parse is with_rdflib and name != SMALL else [],
        id=f"{parse.__name__}-{form}-{name}",
    )
    for parse in (with_pyoxigraph, with_rdflib)
    for form in FORMATS
    for name in GRAPHS
]


@pytest.fixture(autouse=True, scope="module")
def _literals_as_written() -> Iterator[None]:
    """rdflib would rewrite 01 as 1, and log a traceback for 2022-02-30."""
    rdflib.NORMALIZE_LITERALS = False
    logging.getLogger("rdflib.term").setLevel(logging.ERROR)
    yield
    rdflib.NORMALIZE_LITERALS = True


def merged(quads: Quads) -> set[str]:
    return canonical(quad.triple for quad in quads)


# ---------------------------------------------------------------- the packaged data


@pytest.fixture(scope="module")
def packaged() -> Dataset:
    dataset = load()
    dataset.need_shapes()
    return dataset


ORIGINAL: dict[str, set[str]] = {}


def original(packaged: Dataset, name: str = "") -> set[str]:
    """A graph of the packaged data in canonical form, or all of them; made once."""
    if name not in ORIGINAL:
        quads = packaged.quads(name) if name else ()
        ORIGINAL[name] = merged(list(quads)) if name else canonical(packaged.store)
    return ORIGINAL[name]


@pytest.mark.whole
@pytest.mark.parametrize(("parse", "form", "name"), PACKAGED)
def test_a_packaged_graph_is_the_same_in_every_format(packaged, parse, form, name) -> None:
    assert merged(parse(export(packaged, form, [name]), form)) == original(packaged, name)


@pytest.mark.whole
@pytest.mark.parametrize("form", WITH_GRAPHS)
@pytest.mark.parametrize("parse", PARSERS)
def test_the_whole_data_set_keeps_its_graphs(packaged, parse, form) -> None:
    quads = parse(export(packaged, form), form)
    assert canonical(quads) == original(packaged)


@pytest.mark.engines
def test_pyld_reads_the_jsonld_as_we_do(packaged) -> None:
    data = export(packaged, "jsonld", ["data", "catalog"])
    expected = [q for name in ("data", "catalog") for q in packaged.quads(name)]
    assert canonical(with_pyld(data, "jsonld")) == canonical(expected)


@pytest.mark.whole
@pytest.mark.parametrize("form", FORMATS)
def test_the_same_facts_are_the_same_bytes(packaged, form) -> None:
    again = Dataset()
    again.store.extend(sorted(packaged.store, key=hash))
    assert export(packaged, form) == export(again, form)


@pytest.mark.whole
@pytest.mark.parametrize("folder", ["data", "ontology", "shapes"])
def test_the_store_keeps_every_literal_as_the_file_has_it(packaged, folder) -> None:
    """Oxigraph stores numbers by value: 51.10 would come out as 51.1, with another fingerprint."""
    written = {
        str(quad.triple)
        for path in package_file(folder).rglob("*.ttl")
        if path.name not in ("catalog.ttl", "statistics.ttl", "built-ins.ttl")
        for quad in read_document(path).quads
    }
    kept = {str(quad.triple) for quad in packaged.quads(folder)}
    assert written <= kept
    made = (line.split()[1] for line in kept - written)  # the ontology gets them when it is loaded
    assert {*made} <= {f"<{RDFS}label>", f"<{RDFS}comment>"}


# ---------------------------------------------------------------- any data

xml_text = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=9
)


def datasets(values: st.SearchStrategy[ox.Literal]) -> st.SearchStrategy[Dataset]:
    """Small data sets in our vocabulary, most of them against its rules."""
    things = st.sampled_from(THINGS) | blank_nodes
    facts = graphs(things, st.sampled_from(PROPERTIES), things | values, sizes=(1, 9))
    types = graphs(things, st.just(RDF_TYPE), st.sampled_from(CLASSES) | values, sizes=(1, 4))
    return st.dictionaries(
        st.sampled_from(GRAPHS), st.builds(list.__add__, facts, types), min_size=1, max_size=3
    ).map(dataset_of)


def dataset_of(graphs: dict[str, list[ox.Triple]]) -> Dataset:
    dataset = Dataset()
    for name, triples in graphs.items():
        dataset.store.extend(ox.Quad(*triple, graph_name(name)) for triple in triples)
    return dataset


def exported(dataset: Dataset, form: str) -> bytes:
    return export(dataset, form, graph_names(dataset))


def graph_names(dataset: Dataset) -> list[str]:
    return [name for name in GRAPHS if any(dataset.quads(name))]


some = settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("form", ["turtle", "ntriples"])
@pytest.mark.parametrize("parse", PARSERS)
@some
@given(dataset=datasets(literals()))
def test_any_data_are_the_same_without_graphs(parse, form, dataset: Dataset) -> None:
    quads = as_read(parse, parse(exported(dataset, form), form))
    assert merged(quads) == merged(as_read(parse, dataset.store))


@pytest.mark.parametrize("parse", PARSERS)
@some
@given(dataset=datasets(literals(xml_text)))
def test_any_data_that_xml_can_hold_are_the_same_in_rdfxml(parse, dataset: Dataset) -> None:
    assert merged(parse(exported(dataset, "rdfxml"), "rdfxml")) == merged(list(dataset.store))


@pytest.mark.parametrize("form", WITH_GRAPHS)
@pytest.mark.parametrize("parse", PARSERS)
@some
@given(dataset=datasets(literals()))
def test_any_data_keep_their_graphs(parse, form, dataset: Dataset) -> None:
    quads = as_read(parse, parse(exported(dataset, form), form))
    expected = as_read(parse, dataset.store)
    if form == "jsonld" and len(graph_names(dataset)) == 1:  # one graph alone needs no name
        assert canonical(quads) == merged(expected)
    else:
        assert canonical(quads) == canonical(expected)


@pytest.mark.engines
@some
@given(dataset=datasets(literals(datatypes=["integer", "decimal", "boolean", "date", "gYear"])))
def test_pyld_reads_any_jsonld_as_we_do(dataset: Dataset) -> None:
    """Doubles apart, which pyld rewrites, and which our vocabulary does not have."""
    data = exported(dataset, "jsonld")
    assert canonical(with_pyld(data, "jsonld")) == canonical(with_pyoxigraph(data, "jsonld"))
