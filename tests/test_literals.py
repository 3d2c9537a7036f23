"""Literals are kept as the files write them, in checks, exports and answers."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable
from io import BytesIO
from itertools import product
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from command import Done, loaded
from graphs import typed

from kzld.check import inputs
from kzld.check.findings import Finding
from kzld.check.validate import validate
from kzld.cli.answers import query_result
from kzld.dataset.dataset import Dataset
from kzld.dataset.load import load
from kzld.dataset.package import package_file
from kzld.dataset.paths import files
from kzld.errors import SpellingWarning
from kzld.knowledge_graph import KnowledgeGraph
from kzld.publish.diff import State, compare
from kzld.publish.export import SUFFIXES, export, write
from kzld.query.sparql import Rows, python_value, run
from kzld.rdf import streams
from kzld.rdf.documents import read_document
from kzld.rdf.literals import is_number, is_rewritten
from kzld.rdf.namespaces import PREFIXES, XSD, graph_name
from kzld.rdf.store import Store
from kzld.rdf.streams import statements
from kzld.stores.graphs import Tally
from kzld.stores.products import PRODUCTS

Kzld = Callable[..., Done]
HEAD = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items())
HEAD += "@prefix ex: <http://example.org/> .\n"
NODE, PROPERTY, DATA = ox.NamedNode("http://e/s"), ox.NamedNode("http://e/p"), graph_name("data")

# In Turtle: a form that the store would rewrite, and its own form of the same value.
REWRITTEN = {
    "05": "5",
    "+5": "5",
    "-0": "0",
    '"7"^^xsd:int': "7",
    '"-7"^^xsd:long': "-7",
    '"7"^^xsd:unsignedShort': "7",
    '"007"^^xsd:positiveInteger': "7",
    "1.50": "1.5",
    ".5": "0.5",
    "-0.0": '"0"^^xsd:decimal',
    "1E0": '"1"^^xsd:double',
    '"1.5E1"^^xsd:float': '"15"^^xsd:float',
    '"1"^^xsd:boolean': "true",
    '"0"^^xsd:boolean': "false",
    '"2022-06-20+00:00"^^xsd:date': '"2022-06-20Z"^^xsd:date',
    '"2022-06-20T24:00:00"^^xsd:dateTime': '"2022-06-21T00:00:00"^^xsd:dateTime',
    '"2022-06-20T10:00:00.50"^^xsd:dateTime': '"2022-06-20T10:00:00.5"^^xsd:dateTime',
    '"2022-06-20T10:00:00Z"^^xsd:dateTimeStamp': '"2022-06-20T10:00:00Z"^^xsd:dateTime',
    '"24:00:00"^^xsd:time': '"00:00:00"^^xsd:time',
    '"2022+00:00"^^xsd:gYear': '"2022Z"^^xsd:gYear',
    '"2022-06-00:00"^^xsd:gYearMonth': '"2022-06Z"^^xsd:gYearMonth',
    '"--06+00:00"^^xsd:gMonth': '"--06Z"^^xsd:gMonth',
    '"P12M"^^xsd:duration': '"P1Y"^^xsd:duration',
    '"PT24H"^^xsd:dayTimeDuration': '"P1D"^^xsd:dayTimeDuration',
    '"P12M"^^xsd:yearMonthDuration': '"P1Y"^^xsd:yearMonthDuration',
}
# Texts that Oxigraph takes for values of their datatype; by XML Schema they are none.
NO_VALUES = [
    '"300"^^xsd:byte',
    '"-1"^^xsd:nonNegativeInteger',
    '"0"^^xsd:positiveInteger',
    '"65536"^^xsd:unsignedShort',
    '"2147483648"^^xsd:int',
    '"infinity"^^xsd:double',
    '"nan"^^xsd:float',
    '"2022-06-20T10:00:00"^^xsd:dateTimeStamp',
]
KEPT = [
    "5", "-5", "1.5", "true", '"abc"^^xsd:int', '"2022-06-20"^^xsd:date',
    '"2022-02-30"^^xsd:date', '"2022"^^xsd:gYear', '"INF"^^xsd:double', "9" * 30,
    '"05"', '"05"@en', '"1"^^xsd:anyURI', '"05"^^ex:number',
]  # fmt: skip
AWKWARD = [*REWRITTEN, *NO_VALUES, *KEPT]


def parsed(*turtle: str) -> list[ox.Quad]:
    text = HEAD + "\n".join(turtle)
    return list(ox.parse(text.encode(), format=ox.RdfFormat.TURTLE))


def literal(turtle: str) -> ox.Literal:
    [quad] = parsed(f"ex:s ex:p {turtle} .")
    assert isinstance(quad.object, ox.Literal)
    return quad.object


BLANK = "a blank node"


def ours(quads: Iterable[ox.Quad]) -> set[tuple[str, ...]]:
    """The statements with properties of `ex:`; all blank nodes have one name."""

    def shown(term: object) -> str:
        return BLANK if isinstance(term, ox.BlankNode) else str(term)

    triples = [(shown(q.subject), shown(q.predicate), shown(q.object)) for q in quads]
    found = [triple for triple in triples if triple[1].startswith("<http://example.org/")]
    assert len(found) == len(set(found))
    return set(found)


LINES = [
    *(f"ex:n{number} ex:p {text} ." for number, text in enumerate(AWKWARD)),
    *(f"ex:both{n} ex:p {text} , {own} ." for n, (text, own) in enumerate(REWRITTEN.items())),
    "ex:list ex:p [ ex:q 05 , 5 , 1.50 ] .",
]
STATED = parsed(*LINES)


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    """All literals: each at a thing of its own, and some values in two spellings."""
    half = len(STATED) // 2
    return load([STATED[:half], STATED[half:], STATED[:1]], packaged=False, derived=False)


# ---------------------------------------------------------------- the store


@pytest.mark.parametrize("text", [*REWRITTEN, *NO_VALUES])
def test_what_oxigraph_would_rewrite_is_known(text: str) -> None:
    assert is_rewritten(literal(text))


@pytest.mark.parametrize("text", [*KEPT, *REWRITTEN.values()])
def test_what_oxigraph_keeps_is_known(text: str) -> None:
    assert not is_rewritten(literal(text))


DIGITS = ["", "0", "00", "1", "05", "10", "-", "-0", "-1", "+1", "9" * 12, "9" * 17, "9" * 18]
NUMBERS = [
    *(whole + part for whole, part in product(DIGITS, ["", ".", ".0", ".5", ".50", ".05", "e1"])),
    *("1E0", "1.5E-7", "123456789.12345678", "0.1234567890123", "0.1", "16777217", "INF", "x"),
]
TIMES = [
    day + zone
    for day, zone in product(
        ["2022", "2022-06", "2022-06-20", "2022-02-30", "2022-13", "0000", "-0044", "02022"]
        + [f"2022-06-20T{time}" for time in ("10:00:00", "24:00:00", "23:60:00", "10:00:00.50")]
        + ["12:00:00", "--06", "--06-20", "---20", "P1D", "PT36H", "P14M", "-P0D"],
        ["", "Z", "+00:00", "-00:00", "+05:00", "+15:00"],
    )
]
NUMERIC = (
    "integer decimal double float boolean int byte long short unsignedByte unsignedLong "
    "nonNegativeInteger negativeInteger positiveInteger nonPositiveInteger"
).split()
DATED = (
    "date dateTime dateTimeStamp time gYear gYearMonth gMonth gMonthDay gDay duration "
    "dayTimeDuration yearMonthDuration"
).split()
OTHERS = "string anyURI token normalizedString language hexBinary base64Binary QName".split()


@pytest.mark.parametrize("datatype", [*NUMERIC, *DATED, *OTHERS])
def test_no_literal_is_overlooked(datatype: str) -> None:
    """The patterns that spare a question to Oxigraph agree with Oxigraph."""
    asked = ox.Store()
    for text in (*NUMBERS, *TIMES):
        term = typed(text, datatype)
        asked.add(ox.Quad(NODE, PROPERTY, term))
        [quad] = asked
        assert is_rewritten(term) == (quad.object != term), term
        asked.clear()


def store_of(*terms: ox.Literal) -> Store:
    store = Store()
    store.extend(ox.Quad(NODE, PROPERTY, term, DATA) for term in terms)
    return store


def terms_in(store: Store) -> list[ox.Literal]:
    return sorted((quad.object for quad in store), key=str)  # type: ignore[misc]


@pytest.mark.parametrize("text", AWKWARD)
def test_store_gives_back_what_it_got(text: str) -> None:
    term = literal(text)
    store = store_of(term)
    quad = ox.Quad(NODE, PROPERTY, term, DATA)
    assert terms_in(store) == [term]
    assert quad in store
    assert [*store.quads_for_pattern(None, None, term)] == [quad]
    assert [*store.quads_for_pattern(NODE, PROPERTY, None, DATA)] == [quad]
    store.remove(quad)
    assert not len(store)


@pytest.mark.parametrize(("text", "own"), REWRITTEN.items())
def test_two_spellings_are_two_statements(text: str, own: str) -> None:
    first, second = literal(text), literal(own)
    for order in ([first, second], [second, first], [first, second, first, second]):
        store = store_of(*order)
        assert terms_in(store) == sorted([first, second], key=str)
        assert len(store) == 2
        store.remove(ox.Quad(NODE, PROPERTY, first, DATA))
        assert terms_in(store) == [second]
        assert not store.has_written
        store.add(ox.Quad(NODE, PROPERTY, first, DATA))
        store.remove(ox.Quad(NODE, PROPERTY, second, DATA))
        assert terms_in(store) == [first]
        store.remove(ox.Quad(NODE, PROPERTY, second, DATA))  # is not there
        assert terms_in(store) == [first]
    only = store_of(first)
    assert ox.Quad(NODE, PROPERTY, second, DATA) not in only
    assert [*only.quads_for_pattern(NODE, PROPERTY, second)] == []


def test_a_removed_graph_is_forgotten() -> None:
    store = store_of(literal("05"))
    store.remove_graph(DATA)
    assert (len(store), store.has_written) == (0, False)


# ---------------------------------------------------------------- the packaged data


@pytest.mark.data
@pytest.mark.parametrize("part", ["data", "ontology", "shapes"])
def test_packaged_literals_are_in_the_form_of_the_store(part: str) -> None:
    """The ready store has only these: write `5` for `05`, and `5` for `"5"^^xsd:int`."""
    rewritten = [
        f"{path}: {quad.object}"
        for path in files([package_file(part)], [])
        if path.endswith(".ttl")
        for quad in read_document(path)
        if is_rewritten(quad.object)
    ]
    assert rewritten == []


# ---------------------------------------------------------------- files out and in

SYNTAXES = {
    "turtle": ox.RdfFormat.TURTLE,
    "trig": ox.RdfFormat.TRIG,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "nquads": ox.RdfFormat.N_QUADS,
    "rdfxml": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
}


@pytest.mark.parametrize("form", SYNTAXES)
def test_export_writes_what_the_files_say(dataset: Dataset, form: str) -> None:
    found = ox.parse(export(dataset, form, ["data"]), format=SYNTAXES[form])
    assert ours(found) == ours(STATED)


@pytest.mark.parametrize("form", [form for form in SYNTAXES if form != "trig"])
def test_files_of_each_syntax_are_kept(tmp_path: Path, form: str) -> None:
    suffix = next(suffix for suffix, name in SUFFIXES.items() if name == form)
    file = tmp_path / f"facts{suffix}"
    ox.serialize((quad.triple for quad in STATED), str(file), SYNTAXES[form])
    for read in (read_document(file), statements(file)):
        assert ours(load([read], packaged=False, derived=False).quads("data")) == ours(STATED)


def test_a_file_that_is_read_piece_by_piece_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "_LARGE", 1)
    file = tmp_path / "facts.ttl"
    file.write_text(HEAD + "\n".join(LINES), "utf-8")
    dataset = load([statements(file)], packaged=False, derived=False)
    assert ours(dataset.quads("data")) == ours(STATED)


def test_format_keeps_literals(kzld: Kzld) -> None:
    text = HEAD + "\n".join(LINES)
    assert ours(parsed(kzld("fmt", "-", stdin=text).data())) == ours(STATED)


def test_cards_nested_json_and_tables_have_numbers_as_written() -> None:
    meeting = 'meeting:x a kz:Meeting ; kz:number 007 ; kz:date "2022-06-20"^^xsd:date .'
    dataset = load([parsed(meeting)], packaged=False)
    written, table = BytesIO(), BytesIO()
    write(dataset, "jsonld", written, nested=True)
    [node] = [n for n in json.loads(written.getvalue())["graph"] if n["id"] == "meeting/x"]
    assert node["kz:number"] == {"@value": "007", "@type": "xsd:integer"}
    write(dataset, "csv", table, kind="meeting")
    [row] = list(csv.DictReader(table.getvalue().decode().splitlines()))
    assert "007" in row.values()
    assert ("number", "007") in KnowledgeGraph(dataset).show("meeting:x").properties


def test_derived_statements_copy_literals_as_written() -> None:
    relation = 'rdf:subject ex:s ; rdf:predicate ex:p ; rdf:object "1955+00:00"^^xsd:gYear .'
    dataset = load([parsed(f"relation:x a kz:Relation ; {relation}")], packaged=False)
    file = BytesIO()
    write(dataset, "nquads", file, rdf12=True)
    lines = file.getvalue().decode().splitlines()
    assert sum('"1955+00:00"^^' in line for line in lines) == 3  # said, derived, quoted
    assert not any('"1955Z"^^' in line for line in lines)


def test_comparison_shows_another_spelling() -> None:
    old, new = (
        State("", "", load([parsed(f"ex:s ex:p {text} .")], packaged=False, derived=False))
        for text in ("5 , 1.50", "05 , 1.50")
    )
    [[item]] = compare(old, new).items["things"].values()
    [change] = item.changes
    assert (change.before, change.after) == (("5",), ("05",))


def test_a_store_that_keeps_only_values_has_what_was_sent() -> None:
    contents = []
    for texts in (REWRITTEN.keys(), REWRITTEN.values()):
        tally = Tally(PRODUCTS["oxigraph"])
        for number, text in enumerate(texts):
            tally.add(ox.Triple(ox.NamedNode(f"http://e/{number}"), PROPERTY, literal(text)))
        contents.append(tally.contents())
    assert contents[0] == contents[1]


# ---------------------------------------------------------------- answers


def shown(dataset: Dataset, query: str, form: str) -> str:
    answer = query_result(run(dataset, f"PREFIX ex: <http://example.org/> {query}"), form)
    return answer if isinstance(answer, str) else answer.decode()


@pytest.mark.parametrize("form", ["json", "xml", "tsv"])
def test_answers_have_literals_as_written(dataset: Dataset, form: str) -> None:
    query = "SELECT ?s ?v { ?s ex:p ?v FILTER(STRSTARTS(STR(?s), STR(ex:n))) }"
    syntax = {"json": ox.QueryResultsFormat.JSON, "xml": ox.QueryResultsFormat.XML}.get(form)
    rows = ox.parse_query_results(shown(dataset, query, form), syntax or ox.QueryResultsFormat.TSV)
    assert isinstance(rows, ox.QuerySolutions)
    assert {(row["s"].value, row["v"]) for row in rows} == {
        (f"http://example.org/n{n}", literal(text)) for n, text in enumerate(AWKWARD)
    }


@pytest.mark.parametrize("form", ["csv", "table", "markdown"])
def test_answers_for_people_have_literals_as_written(dataset: Dataset, form: str) -> None:
    query = "SELECT ?s ?v { ?s ex:p ?v FILTER(STRSTARTS(STR(?s), STR(ex:n))) }"
    cells = re.split(r"[\s|,]+", shown(dataset, query, form))
    assert {literal(text).value for text in REWRITTEN} <= set(cells)
    assert "2022-06-21T00:00:00" not in cells


@pytest.mark.parametrize("form", ["turtle", "ntriples", "jsonld"])
@pytest.mark.parametrize(
    "query",
    [
        "DESCRIBE ?s { ?s ex:p ?v FILTER(STRSTARTS(STR(?s), STR(ex:))) }",
        "CONSTRUCT { ?s ?p ?v } { ?s ?p ?v FILTER(?p IN (ex:p, ex:q)) }",
        "CONSTRUCT { ?s ex:p ?v . ?v ex:q ?w } { ?s ex:p ?v OPTIONAL { ?v ex:q ?w } }",
    ],
)
def test_graphs_have_literals_as_written(dataset: Dataset, query: str, form: str) -> None:
    found = ox.parse(shown(dataset, query, form).encode(), format=SYNTAXES[form])
    assert ours(found) == ours(STATED)


def test_a_graph_of_the_statements_with_literals(dataset: Dataset) -> None:
    found = ox.parse(
        shown(dataset, "CONSTRUCT WHERE { ?s ex:p ?v }", "turtle"), ox.RdfFormat.TURTLE
    )
    assert ours(found) == {triple for triple in ours(STATED) if triple[0] != BLANK}


def answer(dataset: Dataset, query: str) -> list[str]:
    rows = KnowledgeGraph(dataset).query(f"PREFIX ex: <http://example.org/> {query}")
    assert isinstance(rows, Rows)
    return sorted(" ".join(map(str, row)) for row in rows.rows)


OWN_5 = str(literal("5"))
WRITTEN_5 = str(literal("05"))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT ?v { ex:n0 ex:p ?v }", WRITTEN_5),
        ("SELECT ?s ?v { ?s ex:p ?v FILTER(?s = ex:n0) }", f"<http://example.org/n0> {WRITTEN_5}"),
        ("SELECT ?v { ex:n0 ?any ?v }", WRITTEN_5),
        ("SELECT (?v AS ?w) { ex:n0 ex:p ?v }", WRITTEN_5),
        ("SELECT ?w { ex:n0 ex:p ?v BIND(?v AS ?w) }", WRITTEN_5),
        ("SELECT (MAX(?v) AS ?m) { ex:n0 ex:p ?v }", WRITTEN_5),
        ("SELECT ?v (COUNT(*) AS ?n) { ex:n0 ex:p ?v } GROUP BY ?v", f"{WRITTEN_5} {literal('1')}"),
        ("SELECT ?v { { SELECT ?v { ex:n0 ex:p ?v } } }", WRITTEN_5),
        ("SELECT ?v { OPTIONAL { ex:n0 ex:p ?v } FILTER(?v = 5) }", WRITTEN_5),
        ("SELECT ?v { GRAPH graph:data { ex:n0 ex:p ?v } }", WRITTEN_5),
        ("SELECT ?v { ex:n0 ex:p 5 , ?v }", WRITTEN_5),
        # The query computes these values.
        ("SELECT (?v + 0 AS ?w) { ex:n0 ex:p ?v }", OWN_5),
        ("SELECT (5 AS ?w) { ex:n0 ex:p ?v }", OWN_5),
        ("SELECT ?w { ex:n0 ex:p ?v VALUES ?w { 5 } }", OWN_5),
        ("SELECT (STRLEN('abcde') AS ?w) { ex:n0 ex:p ?v }", OWN_5),
        ("SELECT (SUM(?v) AS ?w) { ex:n0 ex:p ?v }", OWN_5),
    ],
)
def test_only_values_of_the_data_are_spelt_as_in_the_data(
    dataset: Dataset, query: str, expected: str
) -> None:
    assert answer(dataset, query) == [expected]


def test_a_constructed_graph_tells_data_and_constants_apart(dataset: Dataset) -> None:
    query = "PREFIX ex: <http://example.org/> CONSTRUCT { ex:x ex:a ?v ; ex:b 5 } { ex:n0 ex:p ?v }"
    triples = KnowledgeGraph(dataset).query(query)
    assert isinstance(triples, list)
    found = {triple.predicate.value[-1]: str(triple.object) for triple in triples}
    assert found == {"a": WRITTEN_5, "b": OWN_5}


def test_a_value_outside_of_its_datatype_is_no_number(dataset: Dataset) -> None:
    place, written = f"ex:n{AWKWARD.index(NO_VALUES[0])}", str(literal(NO_VALUES[0]))
    assert answer(dataset, f"SELECT ?v {{ {place} ex:p ?v FILTER(?v > 0) }}") == []
    query = f"SELECT ?v (isNumeric(?v) AS ?is) {{ {place} ex:p ?v }}"
    assert answer(dataset, query) == [f"{written} {literal('false')}"]
    query = f"SELECT (IF(true, ?v, 0) AS ?w) {{ {place} ex:p ?v }}"
    assert answer(dataset, query) == [written]


def test_a_value_with_several_spellings_is_told(dataset: Dataset) -> None:
    with pytest.warns(SpellingWarning, match="in a standard form: 5 for 05 and 5$"):
        assert answer(dataset, "SELECT ?v { ex:both0 ex:p ?v }") == [OWN_5]


def test_a_query_that_cannot_be_followed_is_told(dataset: Dataset) -> None:
    query = "SELECT ?v { ex:n0 ex:p ?v FILTER(isTRIPLE(TRIPLE(ex:n0, ex:p, ?v))) }"
    with pytest.warns(SpellingWarning, match="in a standard form: 5 for "):
        assert answer(dataset, query) == [OWN_5]


def test_other_terms_of_an_answer_stay_as_they_are(dataset: Dataset) -> None:
    query = """SELECT ?iri ?text ?tagged ?none ?both ?triple {
      ex:n0 ex:p ?v BIND(ex:a AS ?iri) BIND("a\\t\\n\\"\\\\\u0001é" AS ?text)
      BIND("Қ"@kk-Cyrl AS ?tagged) BIND(STRLANGDIR("a", "en", "ltr") AS ?both)
      BIND(TRIPLE(ex:n0, ex:p, ?v) AS ?triple)
    }"""
    text = shown(dataset, query, "json")
    [row] = ox.parse_query_results(text.encode(), ox.QueryResultsFormat.JSON)
    assert list(row) == [
        ox.NamedNode("http://example.org/a"),
        ox.Literal('a\t\n"\\\u0001é'),
        ox.Literal("Қ", language="kk-cyrl"),
        None,
        ox.Literal("a", language="en", direction=ox.BaseDirection.LTR),
        ox.Triple(
            ox.NamedNode("http://example.org/n0"),
            ox.NamedNode("http://example.org/p"),
            literal("05"),
        ),
    ]


@pytest.mark.whole
def test_the_command_tells_packaged_spellings_apart(kzld: Kzld, tmp_path: Path) -> None:
    """The packaged data number meetings, too."""
    (tmp_path / "facts.ttl").write_text(f"{HEAD}meeting:x kz:number 05 .", "utf-8")
    asked = ("query", "-f", "csv", "--data", "facts.ttl")
    rows = kzld(*asked, "SELECT ?m ?n { ?m kz:number ?n FILTER(?n = 5) }")
    written = [line.rpartition(",")[2] for line in rows.data().split()[1:]]
    assert written.count("05") == 1
    assert written.count("5") == len(written) - 1 > 0
    assert rows.stderr == ""
    told = kzld(*asked, "SELECT DISTINCT ?n { ?m kz:number ?n FILTER(?n = 5) }")
    assert told.data().split() == ["n", "5"]
    assert told.stderr == (
        "Warning: the answer has some values in a standard form: 5 for 05 and 5\n"
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("05", 5),
        ('"7"^^xsd:int', 7),
        ("1.50", 1.5),
        ('"1"^^xsd:boolean', True),
        ('"0"^^xsd:boolean', False),
        ('"yes"^^xsd:boolean', "yes"),
        ('"300"^^xsd:byte', "300"),
        ('"2022-06-20+00:00"^^xsd:date', "2022-06-20+00:00"),
    ],
)
def test_python_values(text: str, value: object) -> None:
    found = python_value(literal(text))
    assert (found, type(found)) == (value, type(value))


# ---------------------------------------------------------------- checks

PLACES = {
    "kz:number": "meeting:x a kz:Meeting ; kz:number",
    "wgs:lat": "place:x a kz:Place ; wgs:lat",
    "schema:value": "observation:x a kz:Observation ; schema:value",
    "kz:date": "event:x a kz:Event ; kz:date",
}
WRONG = [
    *(("kz:number", text) for text in NO_VALUES),
    ("kz:number", '"5"^^xsd:int'),
    ("kz:number", '"1"^^xsd:unsignedByte'),
    ("kz:number", '"abc"^^xsd:int'),
    ("kz:number", '"5"^^xsd:nonNegativeInteger'),
    ("kz:number", "5.0"),
    ("kz:number", "1E0"),
    ("kz:number", "00"),
    ("wgs:lat", '"51"^^xsd:long'),
    ("wgs:lat", "5.1E1"),
    ("wgs:lat", "90.50"),
    *(("schema:value", text) for text in NO_VALUES),
    ("kz:date", '"2022-06-20+00:00"^^xsd:date'),
    ("kz:date", '"2022+00:00"^^xsd:gYear'),
    ("kz:date", '"2022-06-20T24:00:00"^^xsd:dateTime'),
    ("kz:date", '"2022-02-30"^^xsd:date'),
    ("kz:date", '"02022"^^xsd:integer'),
]
RIGHT = [
    ("kz:number", "05"),
    ("kz:number", "+5"),
    ("wgs:lat", "51.50"),
    ("wgs:lat", '"051"^^xsd:decimal'),
    ("schema:value", "05"),
    ("schema:value", "1.50"),
    ("schema:value", "1E0"),
    ("schema:value", '"+300"^^xsd:int'),
    ("schema:value", '"-7"^^xsd:negativeInteger'),
]
BY_PATH = {
    "kz:number": {"meeting-number"},
    "wgs:lat": {"latitude-range"},
    "schema:value": {"observation-number"},
    "kz:date": {"date-datatype", "date-real"},
}


def found_at(folder: Path, path: str, text: str, **options: str) -> list[Finding]:
    file = folder / "facts.ttl"
    file.write_text(f"{HEAD}{PLACES[path]} {text} .\n", "utf-8")
    report = validate(file, base=loaded(), **options)  # type: ignore[arg-type]
    return [finding for finding in report.findings if finding.rule in BY_PATH[path]]


@pytest.mark.parametrize(("path", "text"), WRONG)
def test_a_wrong_literal_is_found_and_shown_as_written(
    tmp_path: Path, path: str, text: str
) -> None:
    term = literal(text)
    [finding] = found_at(tmp_path, path, text)
    assert finding.result.value == term
    assert finding.value == term.value
    assert f'"{term.value}"' in finding.message
    assert finding.source[finding.column - 1 :].startswith(text)


@pytest.mark.parametrize(("path", "text"), RIGHT)
def test_another_spelling_is_no_fault(tmp_path: Path, path: str, text: str) -> None:
    assert found_at(tmp_path, path, text) == []


def test_two_spellings_are_two_values(tmp_path: Path) -> None:
    [finding] = found_at(tmp_path, "kz:number", "05 , 5")
    assert finding.result.component == "MaxCountConstraintComponent"
    assert '"05" and "5"' in finding.message


def test_another_spelling_of_a_packaged_value_is_told_apart(tmp_path: Path) -> None:
    [row, *_] = loaded().rows("SELECT ?m ?n { ?m kz:number ?n FILTER(?n > 1 && ?n < 10) }")
    file = tmp_path / "facts.ttl"
    file.write_text(f"{HEAD}{row['m']} kz:number 0{row['n'].value} .\n", "utf-8")
    [finding] = [f for f in validate(file, base=loaded()).findings if f.rule == "meeting-number"]
    assert finding.line == len(HEAD.splitlines()) + 1
    file.write_text(f"{HEAD}{row['m']} kz:number {row['n'].value} .\n", "utf-8")
    assert validate(file, base=loaded()).findings == []


@pytest.mark.parametrize("written", ["base", "contribution"])
def test_files_to_check_with_are_kept_as_well(tmp_path: Path, written: str) -> None:
    base, file = tmp_path / "base.ttl", tmp_path / "facts.ttl"
    numbers = {"base": ("007", "8"), "contribution": ("7", "008")}[written]
    base.write_text(f"{HEAD}meeting:x a kz:Meeting ; kz:number {numbers[0]} .", "utf-8")
    file.write_text(f"{HEAD}meeting:x kz:number {numbers[1]} .", "utf-8")
    [finding] = [f for f in validate(file, base=[base]).findings if f.rule == "meeting-number"]
    assert all(f'"{number}"' in finding.message for number in numbers)


def test_large_files_are_kept_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "facts.ttl"
    lines = [f"{PLACES[path]} {text} ." for path, text in (*WRONG, *RIGHT)]
    lines = [line.replace(":x ", f":x{n} ") for n, line in enumerate(lines)]
    lines.append("meeting:y kz:number 05 , 5 . meeting:z kz:number 6 . meeting:z kz:number 006 .")
    file.write_text(HEAD + "\n".join(lines), "utf-8")

    def told() -> list[tuple[object, ...]]:
        found = validate(file, base=loaded()).findings
        return [(f.line, f.column, f.rule, f.message, f.value) for f in found]

    small = told()
    monkeypatch.setattr(inputs, "_LARGE", 1)
    assert told() == small
    assert {rule for _, _, rule, *_ in small} >= set().union(*BY_PATH.values())


def test_numbers_are_those_of_xml_schema() -> None:
    digits = "9" * 5000  # more than Python reads as an int
    assert is_number(digits, XSD + "positiveInteger")
    assert not is_number(digits, XSD + "long")
    for bits, name in ((8, "byte"), (16, "short"), (32, "int"), (64, "long")):
        most = 2 ** (bits - 1) - 1
        assert is_number(str(most), XSD + name)
        assert is_number(f"-{most + 1}", XSD + name)
        assert not is_number(str(most + 1), XSD + name)
        assert not is_number(f"-{most + 2}", XSD + name)
        unsigned = f"{XSD}unsigned{name.title()}"
        assert is_number(str(2 * most + 1), unsigned)
        assert not is_number(str(2 * most + 2), unsigned)
        assert not is_number("-1", unsigned)
    assert not is_number("٥", XSD + "integer")
    assert not is_number("1 ", XSD + "byte")


# ---------------------------------------------------------------- referees


@pytest.mark.engines
def test_rdflib_reads_the_same_literals_from_an_export(dataset: Dataset) -> None:
    """Given as N-Triples, as rdflib's parser for Turtle makes 5 of 05."""
    lines = ox.serialize((quad.triple for quad in STATED), format=ox.RdfFormat.N_TRIPLES)
    rdflib.NORMALIZE_LITERALS = False
    try:
        theirs = rdflib.Graph().parse(data=lines, format="nt")
        again = rdflib.Graph().parse(data=export(dataset, "ntriples", ["data"]), format="nt")
    finally:
        rdflib.NORMALIZE_LITERALS = True

    def written(graph: rdflib.Graph) -> set[tuple[str, ...]]:
        found = graph.subject_objects(rdflib.URIRef("http://example.org/p"))
        literals = ((s, o) for s, o in found if isinstance(o, rdflib.Literal))
        return {(str(s), str(o), str(o.datatype), str(o.language)) for s, o in literals}

    assert written(again) == written(theirs)
    assert len(written(theirs)) > len(AWKWARD)


@pytest.mark.engines
def test_pyshacl_finds_the_same_about_literals(tmp_path: Path) -> None:
    """Except one thing: for rdflib a literal is numeric by its datatype, whatever its text."""
    cases = [case for case in (*WRONG, *RIGHT) if case not in product(["schema:value"], NO_VALUES)]
    lines = [
        PLACES[path].replace(":x", f":x{n}", 1) + f" {t} ." for n, (path, t) in enumerate(cases)
    ]
    file = tmp_path / "facts.ttl"
    file.write_text(HEAD + "\n".join(lines), "utf-8")

    def told(engine: str) -> set[tuple[object, ...]]:
        found = validate(file, base=(), engine=engine).findings
        return {(f.line, f.column, f.rule, f.value) for f in found}

    assert told("fast") == told("pyshacl")
