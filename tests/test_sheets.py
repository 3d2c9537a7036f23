"""Spreadsheets: what a row says becomes just that in RDF, or is refused with what to write."""

# ruff: noqa: E501 (tables of long messages)
from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections import defaultdict
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

import pyoxigraph as ox
import pytest
from command import loaded
from conftest import Kzld
from hypothesis import given, settings
from hypothesis import strategies as st
from tiers import every, some

import kzld
from kzld.check.explain import explain_rule
from kzld.check.findings import Finding
from kzld.check.rules import packaged_shapes
from kzld.check.sheet_findings import SheetWording
from kzld.dataset.dataset import Dataset
from kzld.dataset.kinds import Kind, find_kind, kinds
from kzld.dataset.load import load
from kzld.errors import CellError, KzldError, ReadError
from kzld.publish.csvw import write_kind
from kzld.rdf import dates
from kzld.rdf.documents import parse_document
from kzld.rdf.namespaces import (
    FACT_KINDS,
    KZ,
    PREFIXES,
    RDF,
    RECORD_KINDS,
    SHAPES,
    THING_KINDS,
    expand,
)
from kzld.spreadsheets.cells import Names, read_date, read_number, split
from kzld.spreadsheets.rows import parse_sheets
from kzld.spreadsheets.sheet import Sheet
from kzld.spreadsheets.templates import Templates, row_of
from kzld.text import delimited

KINDS = (*RECORD_KINDS, *THING_KINDS)
EACH_KIND = every(4, zip(KINDS, cycle(["en", "fr", "ru", "kk"]), strict=False))
BRIEF = "legrandcontinent-2022-06-20"
BRIEF_URL = "https://legrandcontinent.eu/fr/2022/06/20/conseil-de-cooperation-entre-lunion-et-le-kazakhstan/"
MEMBERSHIP = ["type", "member", "organisation", "role", "from", "until", "supported by"]
DATASET = loaded()
MODEL = kinds(DATASET)


def parse_sheet(data: bytes, name: str, dataset: Dataset, *, kind: str | None = None) -> Sheet:
    """The sheet of a file with one."""
    (sheet,) = parse_sheets(data, name, dataset, kind=kind)
    return sheet


def read(*rows: list[str] | str, kind: str | None = None, dataset: Dataset = DATASET) -> Sheet:
    """The sheet of rows, each a list of cells or a line with commas."""
    lines = [row.split(",") if isinstance(row, str) else row for row in rows]
    text = delimited(lines[0], lines[1:])
    return parse_sheet(text.encode(), "my.csv", dataset, kind=kind)


def membership(**cells: str) -> Sheet:
    """The sheet of one sound membership, but for some cells."""
    sound = {
        "member": "KAZ", "organisation": "EU", "role": "observer",
        "from": "2015", "last known to hold on": "2022-06-20", "supported by": BRIEF,
    }  # fmt: skip
    row = sound | {name.replace("_", " "): cell for name, cell in cells.items()}
    return read(list(row), list(row.values()), kind="membership")


def stated(sheet: Sheet, name: str) -> set[str]:
    """The values of a property in a sheet, as Turtle has them, with our prefixes undone."""
    return {str(quad.object) for quad in sheet.quads if quad.predicate.value == expand(name)}


def subjects(sheet: Sheet) -> list[str]:
    return [subject.value.removeprefix("https://w3id.org/kzld/id/") for subject in sheet.rows]


def faults(sheet: Sheet) -> list[str]:
    return [str(fault) for fault in sheet.faults]


# ---------------------------------------------------------------- the model


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_has_a_column_for_all_that_the_data_says_of_it(name: str) -> None:
    kind = MODEL[name]
    used = {
        row["p"]
        for row in DATASET.select(
            f"SELECT DISTINCT ?p {{ GRAPH graph:data {{ ?x a {kind.type} ; ?p ?v }} }}"
        )
    }
    known = {column.property for column in kind.columns}
    assert used - {ox.NamedNode(RDF + "type")} <= known


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("language", ["en", "fr", "ru", "kk"])
def test_headings_of_a_kind_differ(name: str, language: str) -> None:
    headings = [column.heading(DATASET, language) for column in MODEL[name].columns]
    assert len(set(headings)) == len(headings)


def test_what_must_be_given_is_what_the_shapes_ask_for() -> None:
    required = {c.heading(DATASET) for c in MODEL["statement"].columns if c.required}
    assert required == {"kind", "said by", "content (en)", "content (fr)", "date", "supported by"}
    required = {c.heading(DATASET) for c in MODEL["person"].columns if c.required}
    assert required == {"label (en)", "label (fr)"}
    required = {c.heading(DATASET) for c in MODEL["source"].columns if c.required}
    assert required == {"title", "kind", "published by", "language"}


def test_a_kind_has_no_column_that_a_rule_forbids() -> None:
    def properties(kind: str) -> set[str]:
        return {column.property.value.removeprefix(KZ) for column in MODEL[kind].columns}

    assert "date" not in properties("membership") | properties("name")
    assert not properties("statement") & {"from", "until", "firstKnown", "lastKnown"}
    assert not properties("event") & {"firstKnown", "lastKnown", "fromEarliest", "support"}
    assert "capital" not in properties("country")


def test_the_dates_are_those_of_the_rule_about_dates() -> None:
    DATASET.need_shapes()
    select = DATASET.objects(
        ox.NamedNode(SHAPES + "date-datatype-select"), PREFIXES["sh"] + "select"
    )
    listed = re.search(r"\?path IN \(([^)]*)\)", select[0].value)
    assert listed
    asked = {expand(name) for name in listed[1].split(", ")} - {RDF + "object"}
    taken = {c.property.value for k in MODEL.values() for c in k.columns if c.takes == "date"}
    assert taken == asked


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("membership", "membership"),
        ("Place name", "name"),
        ("PlaceName", "name"),
        ("kz:PlaceName", "name"),
        ("kz:Name", "name"),
        ("place-name", "name"),
        ("appartenance", "membership"),
        ("organisation", "body"),
        ("человек", "person"),
    ],
)
def test_a_kind_is_found_by_any_of_its_names(said: str, name: str) -> None:
    assert find_kind(DATASET, MODEL, said).name == name


# ---------------------------------------------------------------- templates


@cache
def templates(language: str = "en") -> Templates:
    return Templates(DATASET, language)


@cache
def checked_templates(form: str, language: str) -> dict[str, list[Finding]]:
    """What is wrong with the template of each kind, by kind; checked together to save time."""
    made = templates(language)
    write = made.turtle if form == "ttl" else made.spreadsheet
    with TemporaryDirectory() as folder:
        paths = {name: Path(folder, f"{name}.{form}") for name in KINDS}
        for name, path in paths.items():
            path.write_text(write(MODEL[name]), "utf-8-sig" if form == "csv" else "utf-8")
        report = kzld.validate(*paths.values(), base=loaded())
    assert not report.unreadable
    assert report.facts == len(FACT_KINDS)
    return {
        name: [finding for finding in report.findings if finding.file == str(path)]
        for name, path in paths.items()
    }


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("form", ["ttl", "csv"])
@pytest.mark.parametrize("name", KINDS)
def test_a_template_passes_as_it_stands(name: str, form: str, language: str) -> None:
    findings = checked_templates(form, language)[name]
    assert not [finding for finding in findings if finding.severity != "note"]


@pytest.mark.parametrize("name", KINDS)
def test_template_and_spreadsheet_say_the_same(name: str) -> None:
    made, kind = templates(), MODEL[name]
    document = parse_document(made.turtle(kind).encode(), "t.ttl", ox.RdfFormat.TURTLE)
    sheet = parse_sheet(made.spreadsheet(kind).encode(), "my.csv", DATASET)
    assert {(q.predicate, q.object) for q in sheet.quads} == {
        (q.predicate, q.object) for q in document.quads
    }


@pytest.mark.parametrize("name", KINDS)
def test_what_a_template_offers_can_be_used(name: str) -> None:
    """Without its first # each optional line is Turtle, once something stands for the dots."""
    text = templates().turtle(MODEL[name])
    offered = re.sub(r"^    # (\w+:\w+ .* ;)$", r"    \1", text, flags=re.MULTILINE)
    filled = re.sub(r"\b(\w[\w-]*:\w*)…", r"\1x", offered)
    document = parse_document(filled.encode(), "t.ttl", ox.RdfFormat.TURTLE)
    properties = {quad.predicate.value for quad in document.quads}
    shown = {c.property.value for c in MODEL[name].columns if f"{c.heading(DATASET)}" in text}
    assert shown <= properties | {c.property.value for c in MODEL[name].columns if c.many}
    assert len(properties) >= 2


@pytest.mark.parametrize("name", KINDS)
def test_columns_are_explained(name: str) -> None:
    for language in ("en", "fr"):
        shown = templates(language).columns(MODEL[name])
        for column in MODEL[name].columns:
            assert column.heading(DATASET, language) in shown
    assert name != "membership" or "founding-member" in shown


def test_a_fault_is_always_of_a_rule_that_can_be_explained() -> None:
    rules = {column.rule for kind in MODEL.values() for column in kind.columns} - {""}
    assert all(map(explain_rule, rules))
    links = read(["label (en)", "same as"], ["Ann", "no link"], kind="person")
    assert [fault.rule for fault in links.faults] == ["dangling-reference"]


def test_every_example_has_its_kind() -> None:
    listed = templates().list_kinds()
    assert all(re.search(rf"^{name} +\S.*  \S.*\.$", listed, re.MULTILINE) for name in KINDS)


# ---------------------------------------------------------------- round trips


@cache
def described() -> dict[ox.NamedNode, list[ox.Quad]]:
    about: dict[ox.NamedNode, list[ox.Quad]] = defaultdict(list)
    for quad in DATASET.quads("data"):
        assert isinstance(quad.subject, ox.NamedNode)
        about[quad.subject].append(quad)
    return about


def packaged(kind: Kind) -> dict[ox.NamedNode, list[ox.Quad]]:
    type_ = ox.NamedNode(RDF + "type")
    return {
        thing: quads
        for thing, quads in described().items()
        if any((quad.predicate, quad.object) == (type_, kind.type) for quad in quads)
    }


@pytest.mark.whole
@pytest.mark.parametrize(("name", "language"), EACH_KIND)
def test_packaged_facts_go_through_a_spreadsheet_unchanged(name: str, language: str) -> None:
    kind, names = MODEL[name], Names(DATASET)
    facts = packaged(kind)
    rows = {fact: row_of(names, kind, quads) for fact, quads in facts.items()}
    columns = list(dict.fromkeys(column for row in rows.values() for column in row))
    header = ["type", "id", *(column.heading(DATASET, language) for column in columns)]
    body = [
        [name, fact.value.rpartition("/")[2], *(row.get(column, "") for column in columns)]
        for fact, row in rows.items()
    ]
    assert body
    sheet = parse_sheet(delimited(header, body).encode(), "my.csv", DATASET)
    assert not sheet.faults
    assert {(q.subject, q.predicate, q.object) for q in sheet.quads} == {
        (q.subject, q.predicate, q.object) for quads in facts.values() for q in quads
    }


@cache
def exported(name: str) -> tuple[list[str], list[list[str]]]:
    """The headings and rows of an exported table."""
    file = io.BytesIO()
    write_kind(DATASET, MODEL[name], file)
    headings, *rows = csv.reader(io.StringIO(file.getvalue().decode("utf-8-sig"), newline=""))
    return headings, rows


@pytest.mark.parametrize("name", some(KINDS, ["delegation", "initiative", "name", "relation"]))
def test_an_exported_table_comes_back_unchanged(name: str) -> None:
    headings, rows = exported(name)
    sheet = parse_sheet(delimited(headings, rows).encode("utf-8-sig"), "my.csv", DATASET)
    assert not sheet.faults
    assert set(sheet.rows) == set(packaged(MODEL[name]))
    assert {(q.subject, q.predicate, q.object) for q in sheet.quads} == {
        (q.subject, q.predicate, q.object)
        for quads in packaged(MODEL[name]).values()
        for q in quads
    }


def edited(name: str, **cells: str) -> Sheet:
    """The first row of an exported table with some cells changed, without the column id if new."""
    headings, (row, *_) = exported(name)
    changed = dict(zip(headings, row, strict=True)) | {
        heading.replace("_IRI", " (IRI)").replace("_en", " (en)").replace("_", " "): cell
        for heading, cell in cells.items()
    }
    assert list(changed) == headings
    return parse_sheet(delimited(headings, [list(changed.values())]).encode(), "my.csv", DATASET)


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        ({"member": "Russia"}, "member “Russia”: does not agree with “member (IRI)”; make both say the same, or empty one of them"),
        ({"member_IRI": "https://w3id.org/kzld/id/country/RUS"}, "member “Afghanistan”: does not agree with"),
        ({"supported_by": "TASS"}, "supported by “TASS”: does not agree with “supported by (IRI)”; change only “supported by (IRI)”, and leave this cell as it was or empty"),
        ({"label_en": "Changed"}, "label (en) “Changed”: this is computed, and cannot be changed; write “Afghanistan: member, "),
        ({"id": "my-own"}, "label (en) “Afghanistan: member, Conference on Interaction and Confidence-Building Measures in Asia”: a membership has no such column"),
    ],
)  # fmt: skip
def test_a_change_beside_the_iris_of_an_export_is_not_lost(
    cells: dict[str, str], fault: str
) -> None:
    assert any(fault in found for found in faults(edited("membership", **cells)))


@pytest.mark.parametrize(
    "cells",
    [
        {"member": "RUS", "member_IRI": ""},
        {"member": "Россия", "member_IRI": "country:RUS"},
    ],
)
def test_either_the_label_or_the_iri_of_an_export_may_be_changed(cells: dict[str, str]) -> None:
    sheet = edited("membership", **cells)
    assert not sheet.faults
    assert stated(sheet, "org:member") == {"<https://w3id.org/kzld/id/country/RUS>"}


def test_a_text_that_would_be_a_formula_is_read_without_its_guard() -> None:
    sheet = membership(**{"note (en)": "'=1+1"})
    assert stated(sheet, "skos:note") == {'"=1+1"@en'}


CODES = {
    "member": ["country:KAZ", "country:RUS", "body:EU", "person:kassym-jomart-tokayev"],
    "organisation": ["body:EAEU", "body:CSTO", "body:MGIMO"],
    "role": ["role:member", "role:observer", "role:student"],
}
days = st.dates(date(1000, 1, 1), date(2100, 1, 1)).map(date.isoformat)
moments = st.one_of(days, days.map(lambda day: day[:7]), days.map(lambda day: day[:4]))
texts = st.text(st.characters(exclude_categories=["C"]), min_size=1).map(
    lambda text: " ".join(text.split())
).filter(lambda text: text[:1] not in ("", "=", "#"))  # fmt: skip


def spellings(iri: str) -> st.SearchStrategy[str]:
    """The ways in which people name a thing."""
    thing = ox.NamedNode(str(expand(iri)))
    ways = [iri, thing.value, f"<{thing.value}>", iri.partition(":")[2]]
    ways += [DATASET.label(thing, language) for language in ("en", "fr", "ru", "kk")]
    return st.sampled_from(ways)


@st.composite
def membership_rows(draw: st.DrawFn) -> tuple[list[str], set[tuple[str, str]]]:
    """A row, and the property and value that each of its cells stands for."""
    cells, said = [], set()
    for heading, name in zip(CODES, ("member", "organization", "role"), strict=True):
        code = draw(st.sampled_from(CODES[heading]))
        cells.append(draw(spellings(code)))
        said.add((f"org:{name}", f"<{expand(code)}>"))
    for name in ("from", "until"):
        moment = draw(moments)
        datatype = {4: "gYear", 7: "gYearMonth", 10: "date"}[len(moment)]
        cells.append(moment)
        said.add((f"kz:{name}", f'"{moment}"^^<{PREFIXES["xsd"]}{datatype}>'))
    sources = draw(st.lists(st.sampled_from([f"{BRIEF}.b2", f"{BRIEF}.b5", BRIEF_URL]), min_size=1))
    cells.append(draw(st.sampled_from(["; ", ";", " ; "])).join(sources))
    for source in sources:
        kind, local = ("source", BRIEF) if source == BRIEF_URL else ("passage", source)
        said.add(("kz:supportedBy", f"<{expand(f'{kind}:{local}')}>"))
    note = draw(texts)
    cells.append(note)
    said.add(("skos:note", str(ox.Literal(note, language="en"))))
    return cells, said


@settings(deadline=None, max_examples=25)
@given(
    st.lists(membership_rows(), min_size=1, max_size=5),
    st.sampled_from(",;\t"),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.integers(0, 3),
)
def test_a_sheet_says_in_turtle_what_its_cells_say(
    rows: list[tuple[list[str], set[tuple[str, str]]]],
    delimiter: str,
    ending: str,
    mark: bool,
    spare: int,
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=ending)
    header = ["member *", "Organisation", "role", "from", "until", "supported by", "note (en)"]
    writer.writerow(header + [""] * spare)
    writer.writerows([*cells, *[""] * spare] for cells, _ in rows)
    writer.writerows([[""] * (len(header) + spare)] * spare)
    data = text.getvalue().encode("utf-8-sig" if mark else "utf-8")
    sheet = parse_sheet(data, "my.csv", DATASET)
    assert not sheet.faults
    found: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for quad, row in zip(sheet.quads, sheet.lines, strict=True):
        found[row].add((quad.predicate.value, str(quad.object)))
    for number, (_, said) in enumerate(rows, start=2):
        wanted = {(str(expand(name)), value) for name, value in said}
        assert found[number] == wanted | {(RDF + "type", f"<{KZ}Membership>")}
    assert len(set(sheet.rows)) == len(rows)


@given(st.text())
@settings(deadline=None)
def test_any_text_is_a_date_of_the_calendar_or_is_refused(text: str) -> None:
    try:
        literal = read_date(text)
    except CellError as error:
        known = any(dates.days(text, datatype) for datatype in dates.DATATYPES)
        assert not known or text < "1000"
        assert error.remedy  # noqa: PT017
    else:
        assert dates.days(literal.value, literal.datatype.value)


@given(moments)
def test_a_date_in_our_form_stays_as_it_is(moment: str) -> None:
    assert read_date(moment).value == moment


@pytest.mark.parametrize(
    "typed", ["29/05/2015", "29.5.15", "2015-5-29", "42153", "42153.0", "29 мая 2015 г.", "29 mai 2015",
              "2015 жылғы 29 мамыр", "29-May-15", "20150529", "29.05.2015 0:00:00"]
)  # fmt: skip
def test_a_date_in_another_form_is_read_if_it_has_one_meaning(typed: str) -> None:
    sheet = membership(**{"from": typed})
    assert not sheet.faults
    assert stated(sheet, "kz:from") == {f'"2015-05-29"^^<{PREFIXES["xsd"]}date>'}


@given(st.lists(st.text(st.characters(exclude_characters=";"), min_size=1).map(str.strip)))
def test_values_are_parted_by_semicolons(values: list[str]) -> None:
    plain = [v for v in values if v and "http" not in v]
    assert split(";".join(plain)) == list(dict.fromkeys(plain))


def test_a_semicolon_within_an_address_parts_nothing() -> None:
    first, second = "https://a.example/x;y=1", "http://b.example/;"
    assert split(f"{first}; {second} ;code") == [first, "http://b.example/", "code"]
    assert split(f"{first};{second}") == [first, second.rstrip(";")]
    assert split(f"{second}code;{second}") == ["http://b.example/", "code"]


@given(st.integers(), st.integers(0, 999))
def test_numbers_keep_their_value(whole: int, thousandths: int) -> None:
    assert read_number(str(whole), "x").value == str(whole)
    decimal = f"{whole}.{thousandths:03}"
    assert read_number(decimal, "x") == ox.Literal(
        decimal, datatype=ox.NamedNode(PREFIXES["xsd"] + "decimal")
    )


@pytest.mark.parametrize("heading", ["Country", "Pays", "Страна", "Государство", "Ел"])
def test_a_country_is_a_member_in_a_sheet_of_memberships(heading: str) -> None:
    sheet = read([heading, "organisation", "role"], ["KAZ", "CICA", "member"])
    assert [q.predicate.value for q in sheet.quads if "country/KAZ" in str(q.object)] == [
        "http://www.w3.org/ns/org#member"
    ]


@pytest.mark.parametrize(
    ("typed", "remedy"),
    [
        ("3,000", "write 3000 or 3.000"),
        ("3 000", "write 3000, without thousands separators"),
        ("3\u202f000\u00a0000", "write 3000000, without"),
        ("1,234,567", "write 1234567, without"),
        ("0,5", "write 0.5, with a decimal point"),
        ("about 3000", "write the bare number"),
        ("3000 persons", "write the bare number"),
    ],
)
def test_a_number_in_another_style_is_refused_with_the_number_to_write(
    typed: str, remedy: str
) -> None:
    with pytest.raises(CellError, match=remedy):
        read_number(typed, "observation-number")


# ---------------------------------------------------------------- cells


@pytest.mark.parametrize(
    "typed",
    ["EAEU", "eaeu", "body:EAEU", "https://w3id.org/kzld/id/body/EAEU", "Eurasian Economic Union",
     "eurasian economic union", "Union économique eurasiatique", "union economique eurasiatique",
     "UEE", "ЕАЭС", "Евразийский экономический союз", " EAEU\u00a0"],
)  # fmt: skip
def test_a_thing_is_found_by_any_of_its_names(typed: str) -> None:
    sheet = membership(organisation=typed)
    assert not sheet.faults
    assert stated(sheet, "org:organization") == {"<https://w3id.org/kzld/id/body/EAEU>"}


@pytest.mark.parametrize(
    "typed",
    [BRIEF, f"source:{BRIEF}", BRIEF_URL, BRIEF_URL.rstrip("/"), BRIEF_URL.replace("https", "http"),
     f"{BRIEF_URL}#bullet", BRIEF_URL.replace("://", "://www."),
     "Conseil de coopération entre l'Union et le Kazakhstan"],
)  # fmt: skip
def test_a_source_is_found_by_code_address_or_title(typed: str) -> None:
    sheet = membership(supported_by=typed)
    assert not sheet.faults
    assert stated(sheet, "kz:supportedBy") == {f"<https://w3id.org/kzld/id/source/{BRIEF}>"}


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        ({"organisation": "EAUE"}, "2:2: organisation “EAUE”: nothing is called that; did you mean body:EAEU (Eurasian Economic Union)?"),
        ({"member": "Tokayev"}, "2:1: member “Tokayev”: nothing is called that; did you mean person:kassym-jomart-tokayev (Kassym-Jomart Tokayev)"),
        ({"organisation": "Kazakhstan"}, "2:2: organisation “Kazakhstan”: country:KAZ (Kazakhstan) is a country, which does not go here; name one of: organisation"),
        ({"organisation": "ЕU"}, "did you mean body:EU (European Union)? This mixes Latin and Cyrillic letters"),
        ({"role": "president"}, "2:3: role “president”: nothing is called that; "),
        ({"supported_by": f"{BRIEF}; nowhere-1999"}, "2:6: supported by “legrandcontinent-2022-06-20; nowhere-1999”: “nowhere-1999”: nothing is called that; "),
        ({"supported_by": "https://example.org/new"}, "nothing is called that; describe the source with this address first (`kzld new source --csv`)"),
        ({"from": "03/04/2015"}, "2:4: from “03/04/2015”: could be 2015-04-03 or 2015-03-04; write the one that is meant"),
        ({"from": "2021-12-31T18:00:00.000Z"}, "could be 2021-12-31 or 2022-01-01; write the one that is meant; it is another day in Kazakhstan"),
        ({"from": "c. 2015"}, "not a day, a month or a year; write 2015, and “c. 2015” in the note"),
        ({"from": "Q2 2015"}, "write the date from 2015-04 to 2015-06 that the source gives, or these two as “from” and “until” of what lasted so long; if the source says no more, write 2015, and “Q2 2015” in the note"),
        ({"from": "1990-е"}, "write the date from 1990 to 1999 that the source gives, "),
        ({"from": "June 22"}, "not a date with its year; write the year with four digits, "),
        ({"from": "soon"}, "if the source gives no date, leave it empty"),
        ({"from": "2015 in Oral; 2016 in Almaty"}, "not a date as it is written here; write only the year, "),
        ({"from": "2015-13-06"}, "write 2015-06-13 if the month came last"),
        ({"from": "31 июня 2015"}, "there is no such day or month in the calendar; check it against the source"),
        ({"from": "2015-02-29"}, "there is no such day or month in the calendar; "),
        ({"from": "987"}, "dates before the year 1000 are not taken; "),
        ({"from": "0987-05"}, "dates before the year 1000 are not taken; "),
        ({"id": "KAZ EU"}, "no name for a membership; write letters and digits joined by hyphens: KAZ-EU"),
        ({"id": "body:EU"}, "no name for a membership; "),
        ({"member": "KAZ; CUB"}, "these are several; write a row for each"),
        ({"member": "Kazakhstan and Cuba"}, "these are several; write a row for each"),
        ({"voter": "KAZ"}, "7: voter “KAZ”: a membership has no such column; leave the cell empty"),
        ({"note": "x"}, "7: note “x”: the heading does not say the language; write “note (en)”"),
        ({"note (ru)": "x"}, "7: note (ru) “x”: a membership does not have this in that language; it has it in: en, fr"),
        ({"organization": "EU"}, "1:7: heading “organization”: this column means the same as “organisation”; keep one of them"),
        ({"orgnaisation": "EU"}, "1:7: heading “orgnaisation”: no column is called that; did you mean organisation"),
        ({"note (en)": "=1+1"}, "2:7: note (en) “=1+1”: a formula or its failure, not a value; write the value itself; "),
        ({"organisation": "#N/A"}, "2:2: organisation “#N/A”: a formula or its failure, not a value; "),
        ({"организацыя": "EU"}, "1:7: heading “организацыя”: no column is called that; did you mean организация"),
        ({"": "EU"}, "2:7: no heading “EU”: there is no heading above this cell; "),
    ],
)  # fmt: skip
def test_a_cell_that_cannot_be_read_is_refused_with_the_remedy(
    cells: dict[str, str], fault: str
) -> None:
    found = faults(membership(**cells))
    assert len(found) == 1
    assert fault in found[0]
    assert "\n" not in found[0]


@pytest.mark.parametrize(
    ("typed", "code"),
    [("ЕС", "body/EU"), ("ЕО", "body/EU"), ("СЕ", "body/council-of-europe"), ("ОТГ", "body/OTS"),
     ("КР", "country/KGZ"), ("РК", "country/KAZ"), ("РФ", "country/RUS"), ("США", "country/USA"),
     ("KR", "country/KOR"), ("ТАСС", "body/TASS")],
)  # fmt: skip
def test_an_abbreviation_is_read_in_its_own_script(typed: str, code: str) -> None:
    sheet = read("label (en),about", ["x", typed], kind="event")
    assert stated(sheet, "schema:about") == {f"<https://w3id.org/kzld/id/{code}>"}


@pytest.mark.parametrize("typed", ["РТ", "ЕУ", "ИТ", "RK"])
def test_a_short_name_is_no_name_in_another_script(typed: str) -> None:
    """RT is a broadcaster; РТ is not."""
    (fault,) = faults(read("label (en),about", ["x", typed], kind="event"))
    assert "nothing is called that" in fault
    assert "body:rt" not in fault


def test_a_publisher_stands_for_its_only_source() -> None:
    sheet = membership(supported_by="Le Grand Continent")
    assert stated(sheet, "kz:supportedBy") == {f"<https://w3id.org/kzld/id/source/{BRIEF}>"}
    (fault,) = faults(membership(supported_by="Tengrinews"))
    assert re.search(
        r"has published \d+ sources that are known; write one of these codes: source:", fault
    )


def test_a_name_that_several_bear_is_refused_with_all_of_them() -> None:
    turtle = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
    turtle += 'person:a a foaf:Person ; skos:prefLabel "Ivan Ivanov"@en .\n'
    turtle += 'person:b a foaf:Person ; skos:prefLabel "Ivan Ivanov"@en .\n'
    document = parse_document(turtle.encode(), "t.ttl", ox.RdfFormat.TURTLE)
    sheet = read("member", "ivan ivanov", kind="membership", dataset=load([document]))
    assert "could be person:a (Ivan Ivanov), person:b (Ivan Ivanov); write one" in faults(sheet)[0]


def test_all_faults_are_found_in_one_run_in_order() -> None:
    sheet = read(
        "member,organisation,role,from,zzz",
        "KAZ,nowhere,observer,1/2/3000,",
        "nobody,EU,observer,2015,",
        kind="membership",
    )
    assert [(f.place.line, f.place.column) for f in sheet.faults] == [
        (1, 5),
        (2, 2),
        (2, 4),
        (3, 1),
    ]


def test_rows_may_be_of_several_kinds_and_name_each_other() -> None:
    sheet = read(
        "type,label (en),label (fr),title,published by,published on,kind,language,web address,"
        "member,organisation,role,from,until,supported by".split(","),
        ["membership", *[""] * 8, "Ann Other", "Other Body", "member", "2001", "2002", "https://a.example/1"],
        ["person", "Ann Other", "Ann Autre", *[""] * 12],
        ["organisation", "Other Body", "Autre organisme", *[""] * 12],
        ["source", "", "", "A; B", "Other Body", "2002-05", "press", "fr", "https://a.example/1", *[""] * 6],
    )  # fmt: skip
    assert not sheet.faults
    assert subjects(sheet) == [
        "membership/other-other-body-2001", "person/ann-other", "body/other-body",
        "source/other-body-2002-05",
    ]  # fmt: skip
    assert stated(sheet, "dct:title") == {'"A; B"@fr'}
    assert stated(sheet, "org:member") == {"<https://w3id.org/kzld/id/person/ann-other>"}


# ---------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("cells", "name"),
    [
        ({}, "membership/KAZ-EU"),
        ({"id": "my-own"}, "membership/my-own"),
        ({"id": "membership:my-own"}, "membership/my-own"),
        ({"organisation": "EAEU"}, "membership/KAZ-EAEU-2015"),  # KAZ-EAEU is there already
        ({"member": "Kassym-Jomart Tokayev"}, "membership/tokayev-EU-2015"),
        (
            {"member": "kassym-jomart-tokayev", "post": "kaz-president", "from": "2031-03-20"},
            "membership/tokayev-kaz-president-2031",
        ),
    ],
)
def test_a_membership_is_named_by_the_conventions(cells: dict[str, str], name: str) -> None:
    assert subjects(membership(**cells)) == [name]


@pytest.mark.parametrize(
    ("kind", "cells", "name"),
    [
        ("meeting", {"series": "eu-kaz-cooperation-council", "number": "99"}, "meeting/eu-kaz-cooperation-council-99"),
        ("delegation", {"meeting": "eu-kaz-cooperation-council-19", "party": "RUS"}, "delegation/eu-kaz-cooperation-council-19-RUS"),
        ("treaty-action", {"agreement": "eu-kaz-epca", "action": "signed", "party": "RUS"}, "treaty-action/eu-kaz-epca-signed-RUS"),
        ("statement", {"said by": "catherine-colonna", "date": "2022-06-21"}, "statement/colonna-2022-06-21"),
        ("observation", {"indicator": "csto-troops-deployed", "observation about": "KAZ", "date": "1999"}, "observation/csto-troops-deployed-KAZ-1999"),
        ("relation", {"subject": "EAEU", "predicate": "founded on", "object": "2014"}, "relation/EAEU-founding-date"),
        ("name", {"name of": "astana", "name (en)": "Tsarskoye Selo", "from": "1801-05"}, "name/astana-tsarskoye-selo-1801"),
        ("visit", {"visitor": "catherine-colonna", "place": "astana", "date": "2023-11"}, "visit/colonna-astana-2023-11"),
        ("event", {"label (en)": "Fall of “the Wall” (1989)"}, "event/fall-of-the-wall-1989"),
        ("person", {"label (en)": "Nûr Sûltan Ó’Neill"}, "person/nur-sultan-oneill"),
        ("country", {"label (en)": "Nowhere", "code": "XN; XNO; 999"}, "country/XNO"),
        ("source", {"published by": "TASS", "published on": "1999-01-02"}, "source/TASS-1999-01-02"),
        ("passage", {"in source": BRIEF, "locator (en)": "bullet 99"}, f"passage/{BRIEF}.bullet-99"),
    ],
)  # fmt: skip
def test_other_kinds_are_named_by_the_conventions(
    kind: str, cells: dict[str, str], name: str
) -> None:
    assert subjects(read(list(cells), list(cells.values()), kind=kind)) == [name]


def test_names_are_never_shared_and_stay_the_same() -> None:
    rows = ["KAZ,EU,2015", "KAZ,EU,2015", "KAZ,EU,2016", "KAZ,EU,2015"]
    first = subjects(read("member,organisation,from", *rows, kind="membership"))
    assert first == [f"membership/KAZ-EU{end}" for end in ("", "-2015", "-2016", "-2015-2")]
    longer = subjects(read("member,organisation,from", *rows, "RUS,EU,2015", kind="membership"))
    assert longer[:4] == first
    known = {subject.value for kind in MODEL.values() for subject in packaged(kind)}
    assert known.isdisjoint(f"https://w3id.org/kzld/id/{name}" for name in longer)


def test_a_name_is_given_once() -> None:
    sheet = read("id,member", "a,KAZ", "a,RUS", kind="membership")
    assert faults(sheet) == ["3:1: id “a”: row 2 has this name already; choose another"]


@pytest.mark.parametrize(
    ("kind", "cells", "missing"),
    [
        ("membership", {"member": "", "organisation": "", "role": "member"},
         ["2:1: member: the cell is empty; fill in “member”",
          "2:2: organisation: the cell is empty; fill in “organisation”"]),
        ("membership", {"member": "KAZ", "role": "member"},
         ["2:1: member “KAZ”: there is no column “organisation”; add a column “organisation”"]),
        ("membership", {"участник": "KAZ", "роль": "член"},
         ["there is no column “организация”; add a column “организация”"]),
        ("visit", {"visitor": "catherine-colonna", "host": "", "date": "2023-11"},
         ["2:2: host: the cell is empty; fill in “host”"]),
        ("person", {"label (en)": "?!"},
         ["2:1: label (en) “?!”: no name can be made of the row; give it a name in a column “id”"]),
    ],
)  # fmt: skip
def test_a_half_filled_row_gets_no_name_and_asks_for_each_cell_once(
    kind: str, cells: dict[str, str], missing: list[str]
) -> None:
    sheet = read(list(cells), list(cells.values()), kind=kind)
    assert subjects(sheet) == [f"{kind}/row-2"]
    found = [fault for fault in faults(sheet) if "nothing is called" not in fault]
    assert len(found) == len(missing)
    assert all(part in fault for part, fault in zip(missing, found, strict=True))


def test_a_half_filled_row_is_checked_and_nothing_is_named_after_it(tmp_path: Path) -> None:
    findings = checked(
        tmp_path,
        "type,member,organisation,role,from,until,last known to hold on,supported by,about,label (en)",
        "membership,KAZ,,,2015,,,,,",
        "event,,,,2015,2016,,,KAZ,A fair",
    )
    source = "Fill in “supported by” with the passage, or else the source, that says so."
    assert [(f.line, f.heading, f.remedy) for f in findings if f.severity == "error"] == [
        (2, "organisation", "Fill in “organisation”."),
        (2, "role", "Fill in “role” with a code from the list “roles”, such as member."),
        (2, "until", "Fill in “until”, or “last known to hold on” with the date of the newest source that still reports it."),
        (2, "supported by", source),
        (3, "supported by", source),
        (3, "label (en)", "Add a column “label (fr)”."),
    ]  # fmt: skip
    assert {f.focus for f in findings if f.line == 2} == {"row 2"}


# ---------------------------------------------------------------- the kind of a row


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("member,organisation,role", "membership"),
        ("membre *,organisation *,rôle *,note (fr)", "membership"),
        ("участник,организация,роль", "membership"),
        ("org:member,org:organization,org:role,kz:supportedBy", "membership"),
        ("member,post", "membership"),
        ("meeting,party,headed by", "delegation"),
        ("voter,vote,choice", "ballot"),
        ("in source,locator (en),locator (fr)", "passage"),
        (
            "Member (required),ORGANIZATION:,Role *,Start date,Source,Notes [EN],comment_fr",
            "membership",
        ),
        ("membre *,organisme,rôle,début,fin,référence", "membership"),
        (
            "член *,организация *,роль *,с,по,последний раз известно,источник *,примечание (англ.)",
            "membership",
        ),
        ("мүше,ұйым,рөл,басталуы,дереккөз", "membership"),
        ("title,kind,published by,language", "source"),
        ("title (ru),kind,published by,language", "source"),
        ("subject,predicate,object", "relation"),
        ("label (en),series,number", "meeting"),
    ],
)
def test_the_headings_tell_the_kind(header: str, kind: str) -> None:
    cells = ["x"] * (header.count(",") + 1)
    sheet = read(header, cells)
    assert {str(q.object) for q in sheet.quads if q.predicate.value == RDF + "type"} == {
        str(MODEL[kind].type)
    }


@pytest.mark.parametrize(
    ("predicate", "text", "value"),
    [
        ("date", "14/11/2021", '"2021-11-14"^^<http://www.w3.org/2001/XMLSchema#date>'),
        ("value", "2021", '"2021"^^<http://www.w3.org/2001/XMLSchema#integer>'),
        ("place", "Minsk", "<https://w3id.org/kzld/id/place/minsk>"),
    ],
)
def test_a_claim_gives_a_date_a_number_or_a_thing(predicate: str, text: str, value: str) -> None:
    sheet = read(
        "type,subject,predicate,object,supported by",
        f"claim,event:turkic-council-renamed-2021,{predicate},{text},legrandcontinent-2022-06-20",
    )
    assert [str(q.object) for q in sheet.quads if q.predicate.value == RDF + "object"] == [value]
    assert {q.subject.value.rpartition("/")[0] for q in sheet.quads} == {
        "https://w3id.org/kzld/id/claim"
    }


def test_a_kind_that_the_headings_leave_open_is_asked_for() -> None:
    with pytest.raises(ReadError, match=r"my\.csv:1: what are the rows\? the columns fit .*event"):
        read("label (en),label (fr),date,supported by,place", "a,b,2015,c,astana")
    [fault] = heading_faults("организацыя,участник\nЕАЭС,KAZ\n")
    assert fault.startswith("1:1: heading “организацыя”: no column is called that; did you mean")
    with pytest.raises(
        ReadError, match=r"no kind has all these columns .membership does not have “voter”.; add a "
    ):
        read("member,voter", "KAZ,KAZ")
    with pytest.raises(KzldError, match="there is no kind 'memberhip'; did you mean membership"):
        read("member", "KAZ", kind="memberhip")


def test_the_iri_of_a_row_tells_its_kind() -> None:
    header = "type,id,label (en),label (fr),date"
    for kind in ("event", "vote", "visit"):
        name = f"{kind}:something-new"
        for thing in (name, expand(name)):
            assert subjects(read(header, f",{thing},x,y,2015")) == [f"{kind}/something-new"]
            row = f"{thing},x,y,2015"
            assert subjects(read(header.removeprefix("type,"), row)) == [f"{kind}/something-new"]


def test_a_row_of_an_unknown_kind_is_a_fault() -> None:
    sheet = read("type,member", "memberhip,KAZ", ",KAZ", "membership,KAZ")
    assert faults(sheet)[0].startswith("2:1: type “memberhip”: there is no such kind; did you mean")
    assert faults(sheet)[1].startswith("3:1: type: what is the row?; write one of membership, ")
    assert len(sheet.rows) == 1


# ---------------------------------------------------------------- files


SOUND = "member,organisation,role\nKAZ,EU,observer\n"


@pytest.mark.parametrize(
    "data",
    [
        SOUND.encode(),
        SOUND.encode("utf-8-sig"),
        SOUND.replace("\n", "\r\n").encode(),
        SOUND.replace(",", ";").encode(),
        SOUND.replace(",", "\t").encode(),
        SOUND.replace(",", "|").encode(),
        ("sep=;\r\n" + SOUND.replace(",", ";")).encode("utf-8-sig"),
        SOUND.replace("\n", ",,\n").encode() + b",,,,\n\n",
        SOUND.replace("EU", '" EU\n"').encode(),
        SOUND.replace("role", '"role *"').encode(),
        SOUND.rstrip("\n").encode(),
    ],
)
def test_habits_of_spreadsheet_programs_are_read_alike(data: bytes) -> None:
    sheet = parse_sheet(data, "my.csv", DATASET)
    assert not sheet.faults
    assert len(sheet.quads) == 4
    assert subjects(sheet) == ["membership/KAZ-EU"]


def heading_faults(text: str) -> list[str]:
    sheet = parse_sheet(text.encode(), "my.csv", DATASET)
    assert not sheet.quads
    return list(map(str, sheet.faults))


def test_all_headings_that_mean_nothing_are_found_at_once() -> None:
    nothing = "`kzld new KIND --columns` lists those of a kind; remove a column of no fact"
    assert heading_faults("memer *,orgnisation,x\nKAZ,EU,1\n") == [
        "1:1: heading “memer *”: no column is called that; did you mean member? If not, remove the column",
        "1:2: heading “orgnisation”: no column is called that; did you mean organisation? If not, remove the column",
        f"1:3: heading “x”: no column is called that; {nothing}",
    ]
    assert heading_faults("sep=\r\nmember\r\nKAZ\r\n")[0].startswith(
        "1:1: heading “sep=”: no column is called that"
    )


@pytest.mark.whole
def test_cells_that_cannot_be_read_are_told_in_french(kzld: Kzld, tmp_path: Path) -> None:
    text = "type,member,organisation,from,voter\nmembership,KAZ,KAZ,05/06/2015,x\n"
    (tmp_path / "my.csv").write_text(text, "utf-8")
    told = kzld("validate", "my.csv", "--lang", "fr").stdout
    for message in (
        "country:KAZ (Kazakhstan) est de la classe « pays », qui ne convient pas ici.",
        "Peut être 2015-06-05 ou 2015-05-06.",
        "Écrivez celle dont il s’agit.",
        "Le genre « appartenance » n’a pas cette colonne.",
    ):
        assert message in told


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("1,234.5", "write 1234.5, without thousands separators"),
        ("1.234,5", "write 1234.5, without thousands separators"),
        ("1.234.567", "write 1234567, without thousands separators"),
        ("\u22125", "write -5, "),
        ("12%", "write the bare number, such as 3000 or 0.5, and the unit in its own column"),
    ],
)
def test_a_number_in_another_style_has_its_reading(text: str, remedy: str) -> None:
    with pytest.raises(CellError, match=remedy):
        read_number(text, "observation-value")


def test_rows_with_an_unreadable_cell_are_not_told_to_be_alike(kzld: Kzld, tmp_path: Path) -> None:
    head = "member,organisation,role,from,last known to hold on,supported by\n"
    rows = [f"{m},OTS,member,2015,2022,{BRIEF}\n" for m in ("nobody", "nowhere")]
    (tmp_path / "my.csv").write_text(head + "".join(rows), "utf-8")
    report = kzld("validate", "my.csv").stdout
    assert report.count("error dangling-reference") == 2
    assert "duplicate-fact" not in report


@pytest.mark.parametrize("title", ["Members of CICA", ",,Members of CICA", "member\n\n"])
def test_a_title_above_the_headings_is_told_from_them(title: str) -> None:
    row = f"{title}\n".count("\n") + 1
    [fault] = heading_faults(f"{title}\nmember,organisation,role\nKAZ,CICA,member\n")
    assert fault.endswith(f": this is a title, not a heading; remove the rows above row {row}")


@pytest.mark.parametrize(
    ("heading", "language"),
    [("notes in French", "fr"), ("Notes en français", "fr"), ("примечание на французском", "fr")],
)
def test_a_heading_names_its_language_in_words(heading: str, language: str) -> None:
    [note] = [
        quad.object
        for quad in read(["type", "member", heading], ["membership", "KAZ", "Essai"]).quads
        if quad.predicate.value.endswith("note")
    ]
    assert getattr(note, "language", "") == language


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "my.csv: is empty"),
        (b"\xef\xbb\xbf\n\n", "my.csv: is empty"),
        (b"member,role\n", "my.csv: has headings but no rows"),
        (b"\nmember,role\nKAZ,member\n", "my.csv:1: the first row must hold the headings"),
        (
            "membre,rôle\n".encode("cp1252"),
            "my.csv:1: not UTF-8 (byte 0xf4); save the file as UTF-8",
        ),
        (SOUND.encode("utf-16"), "my.csv: is UTF-16 or UTF-32; save the file as UTF-8"),
        (b"member\nKAZ\0\n", "my.csv:2: has a null byte"),
        (
            b"fact,kind,summary,date,sources\nmembership:CUB-CICA,membership,,,\n",
            "my.csv:1: is the overview of all facts, of which nothing can be read back; `kzld export --kind KIND`",
        ),
        (b'member,role\n"KAZ,member\n', "my.csv:2: not CSV (unexpected end of data)"),
        (b"member\n" + b"x" * 200_000, "my.csv:2: not CSV (field larger than field limit"),
        (b"PK\x03\x04\x14\x00\xff", "my.csv: is no Excel or OpenDocument workbook; save it as"),
    ],
)
def test_what_is_no_spreadsheet_is_refused_in_one_line(data: bytes, problem: str) -> None:
    with pytest.raises(ReadError) as caught:
        parse_sheet(data, "my.csv", DATASET)
    assert str(caught.value).startswith(problem)
    assert "\n" not in str(caught.value)


@pytest.mark.fuzz
@given(st.binary())
@settings(deadline=None, max_examples=20)
def test_any_bytes_are_a_sheet_or_one_clear_line(noise: bytes) -> None:
    for data in (noise, SOUND.encode() + noise, b"type,member\nperson," + noise):
        try:
            sheet = parse_sheet(data, "my.csv", DATASET)
        except ReadError as error:
            assert str(error).startswith("my.csv")  # noqa: PT017
        else:
            assert sheet.quads or sheet.faults


def test_rows_are_counted_as_the_spreadsheet_shows_them() -> None:
    text = 'member,organisation,role,note (en)\nKAZ,EU,observer,"two\nlines"\n\nRUS,nowhere,observer,\n'
    (fault,) = parse_sheet(text.encode(), "my.csv", DATASET).faults
    assert (fault.place.line, fault.place.column) == (4, 2)


# ---------------------------------------------------------------- validate, convert


def checked(tmp_path: Path, *rows: str) -> list[Finding]:
    path = tmp_path / "my.csv"
    path.write_text("\n".join(rows) + "\n", "utf-8")
    return kzld.validate(path, base=loaded()).findings


HEADER = "type,member,organisation,role,from,until,last known to hold on,supported by,note (en)"


def test_findings_point_at_row_and_column_and_show_the_cell(tmp_path: Path) -> None:
    (finding,) = checked(tmp_path, HEADER, f"membership,KAZ,EU,observer,2015,2014,,{BRIEF},")
    assert (finding.rule, finding.line, finding.column) == ("date-order", 2, 6)
    assert (finding.heading, finding.source) == ("until", "2014")
    (finding,) = checked(tmp_path, HEADER, "membership,KAZ,EU,observer,2015,2016,,,")
    assert (finding.rule, finding.line, finding.column) == ("fact-supported", 2, 8)
    assert (finding.heading, finding.source) == ("supported by", "")


def test_a_fault_is_a_finding_of_a_rule_that_can_be_explained(tmp_path: Path) -> None:
    row = f"membership,KAZ,EAUE,observer,03/04/2015,,2022-06-20,{BRIEF},"
    findings = checked(tmp_path, HEADER, row)
    assert [(f.rule, f.line, f.column) for f in findings] == [
        ("dangling-reference", 2, 3), ("date-datatype", 2, 5),
    ]  # fmt: skip
    for finding in findings:
        assert explain_rule(finding.rule)


RUSSIAN = "тип,участник,организация,роль,с,по,последний раз известно,источник"


@pytest.mark.parametrize(
    ("language", "remedy"),
    [
        ("en", "Fill in “по”, or “последний раз известно” with the date of the newest source that still reports it."),
        ("fr", "Remplissez « по », ou « последний раз известно » avec la date de la source la plus récente qui le rapporte encore."),
    ],
)  # fmt: skip
def test_findings_name_the_headings_of_the_sheet(
    tmp_path: Path, language: str, remedy: str
) -> None:
    path = tmp_path / "my.csv"
    path.write_text(f"{RUSSIAN}\nчленство,KAZ,EU,observer,2015,,,\n", "utf-8")
    found = kzld.validate(path, base=loaded(), language=language).findings
    assert [(f.column, f.remedy.partition(". ")[0].rstrip(".")) for f in found][:1] == [
        (6, remedy.rstrip("."))
    ]


def test_a_period_is_asked_for_by_the_headings_of_the_sheet() -> None:
    (fault,) = faults(read("тип,участник,организация,с,роль", "членство,KAZ,EU,Q2 2015,observer"))
    assert (
        "write the date from 2015-04 to 2015-06 that the source gives, or these two as “с” and “по”"
        in fault
    )
    (fault,) = faults(read("type,said by,date", "statement,KAZ,2015-2016"))
    assert fault.endswith(
        "write the date from 2015 to 2016 that the source gives; if the source says no more, write “2015-2016” in the note"
    )


@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_finding_in_a_sheet_names_a_property_in_turtle(tmp_path: Path, language: str) -> None:
    """The remedy of each rule, as if it were found in a sheet, has headings and labels."""
    (tmp_path / "my.csv").write_text(f"{HEADER}\nmembership,KAZ,EU,,2015,2014,,,\n", "utf-8")
    sheet = parse_sheet((tmp_path / "my.csv").read_bytes(), "my.csv", DATASET)
    (finding, *_) = kzld.validate(tmp_path / "my.csv", base=loaded()).findings
    wording = SheetWording(sheet, DATASET, language)
    for rule in packaged_shapes().rules.values():
        text = f"{rule.message[language]} {rule.remedy[language]}"
        said = wording.reword(replace(finding, remedy=text), []).remedy
        names = re.findall(
            r"\b(?:kz|org|skos|dct|schema|rdf|foaf|prov|kzs):[A-Za-z]\w*|@[a-z]{2}\b|\^\^", said
        )
        assert not names, said


def test_a_misspelt_heading_is_said_once_and_not_again_for_each_row(tmp_path: Path) -> None:
    row = f"membership,KAZ,EU,observer,2015,2016,,{BRIEF},"
    findings = checked(tmp_path, HEADER.replace("organisation", "orgnaisation"), row, row)
    assert {(f.rule, f.line) for f in findings} == {("unknown-property", 1)}


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ("text", ("my.csv:3:2: error dangling-reference\n  row 3: Nothing is called that.\n"
                 "  3 | organisation: EAUE\n    |               ^^^^\n  help: Did you mean body:EAEU")),
        ("json", '"line": 3,\n      "column": 2,\n      "rule": "dangling-reference"'),
        ("json", '"source": "EAUE",\n      "heading": "organisation"'),
        # In the file the row begins on line 4: the cell above it has a line break.
        ("github", "::error file=my.csv,line=4,title=dangling-reference::row 3, organisation “EAUE”: "),
        ("sarif", '"region": {\n                  "startLine": 4,\n                  "snippet": {\n                    "text": "EAUE"'),
        ("turtle", 'kzs:column 2 ;\n    kzs:file "my.csv" ;\n    kzs:line 3 .'),
    ],
)  # fmt: skip
def test_each_form_of_report_says_which_cell(
    form: str, shown: str, kzld: Kzld, tmp_path: Path
) -> None:
    sound = f'KAZ,EU,observer,2015,2016,{BRIEF},"two\nlines"\n'
    (tmp_path / "my.csv").write_text(
        "member *,organisation *,role,from,until,supported by,note (en)\n"
        f"{sound}KAZ,EAUE,observer,2015,2016,{BRIEF},\n"
    )
    done = kzld("validate", "-f", form, "my.csv")
    assert done.status == 1
    assert shown in done.stdout


def test_a_spreadsheet_may_come_from_standard_input(kzld: Kzld) -> None:
    sheet = kzld("new", "membership", "--csv").stdout
    done = kzld("validate", "-", "--input-format", "csv", stdin=sheet)
    assert (done.status, done.stdout) == (0, "")
    assert "in 1 fact" in done.stderr


def test_existing_facts_are_found(tmp_path: Path) -> None:
    findings = checked(
        tmp_path, HEADER, f"membership,KAZ,EAEU,founding member,2015-01-01,,2022-06-20,{BRIEF},"
    )
    assert {f.rule for f in findings} & {"membership-overlap", "duplicate-fact"}
    assert {f.line for f in findings} == {2}


def test_names_of_other_files_count(tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text("type,label (en),label (fr)\nperson,Ann Other,Ann Autre\n", "utf-8")
    facts = tmp_path / "facts.csv"
    facts.write_text(f"{HEADER}\nmembership,Ann Other,EU,member,2015,2016,,{BRIEF},\n", "utf-8")
    report = kzld.validate(people, facts, base=loaded())
    assert not [f for f in report.findings if f.severity == "error"]


def test_convert_makes_canonical_turtle_that_validate_accepts(kzld: Kzld, tmp_path: Path) -> None:
    sheet = kzld("new", "membership", "--csv")
    (tmp_path / "my.csv").write_text(sheet.data(), "utf-8")
    done = kzld("convert", "my.csv", "-o", "my.ttl")
    assert (done.status, done.stdout) == (0, "")
    assert "1 row; check it: kzld validate my.ttl" in done.stderr
    assert kzld("fmt", "--check", "my.ttl").status == 0
    assert kzld("validate", "my.ttl").status == 0
    assert kzld("convert", "-", stdin=sheet.stdout).data() == (tmp_path / "my.ttl").read_text(
        "utf-8"
    )


def test_convert_keeps_a_file_that_is_there(kzld: Kzld, tmp_path: Path) -> None:
    (tmp_path / "my.csv").write_text(kzld("new", "membership", "--csv").data(), "utf-8")
    (tmp_path / "my.ttl").write_text("by hand")
    refused = kzld("convert", "my.csv", "-o", "my.ttl").complaint()
    assert "my.ttl exists already; --force overwrites it" in refused
    assert (tmp_path / "my.ttl").read_text("utf-8") == "by hand"
    assert kzld("convert", "my.csv", "-o", "my.ttl", "--force").status == 0
    assert "a kz:Membership" in (tmp_path / "my.ttl").read_text("utf-8")


def test_convert_lists_every_bad_cell_and_writes_nothing(kzld: Kzld, tmp_path: Path) -> None:
    (tmp_path / "my.csv").write_text("member,organisation,role\nKAZ,EAUE,observr\nKAZ,EU,member\n")
    (tmp_path / "my.ttl").write_text("untouched")
    done = kzld("convert", "my.csv", "-o", "my.ttl", "--force")
    assert (done.status, done.stdout) == (1, "")
    lines = done.stderr.splitlines()
    assert [line.split(" ")[0] for line in lines] == ["my.csv:2:2:", "my.csv:2:3:", "2"]
    assert lines[2] == "2 cells cannot be read; nothing was written"
    assert (tmp_path / "my.ttl").read_text() == "untouched"


def test_convert_takes_the_kind_and_further_names(kzld: Kzld, tmp_path: Path) -> None:
    (tmp_path / "my.csv").write_text("label (en),label (fr),date\nA fair,Une foire,2015\n")
    assert "what are the rows?" in kzld("convert", "my.csv").complaint()
    assert "event:a-fair a kz:Event" in kzld("convert", "my.csv", "--kind", "event").data()
    (tmp_path / "my.ttl").write_bytes(kzld("convert", "my.csv", "--kind", "event").stdout.encode())
    (tmp_path / "more.csv").write_text("type,label (en),label (fr),part of\nevent,B,C,a fair\n")
    done = kzld("convert", "more.csv", "--data", "my.ttl")
    assert "dct:isPartOf event:a-fair" in done.data()


def test_control_characters_of_cells_do_not_reach_the_terminal(kzld: Kzld, tmp_path: Path) -> None:
    (tmp_path / "my.csv").write_text("member,organisation\n\x1b[31mred,\x1b]0;title\x07\n")
    for command in (("convert", "my.csv"), ("validate", "my.csv")):
        done = kzld(*command)
        assert done.status == 1
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", done.stdout + done.stderr)


def test_unusable_requests_are_one_line(kzld: Kzld, tmp_path: Path) -> None:
    assert (
        "there is no kind 'memberhip'; did you mean membership"
        in kzld("new", "memberhip").complaint()
    )
    assert "exclude each other" in kzld("new", "membership", "--csv", "--columns").complaint()
    assert kzld("convert", "no.csv").complaint() == "no.csv: no such file"
    assert "the suffix .ttl" in kzld("convert", "my.csv", "-o", "my.csv").complaint()
    assert "kzld convert my.csv -o my.ttl" in kzld("show", "KAZ", "--data", "my.csv").complaint()
    assert "kzld convert my.csv" in kzld("validate", "x.ttl", "--base", "my.csv").complaint()
    (tmp_path / "my.csv").write_bytes("membre;rôle\nKAZ;membre\n".encode("cp1252"))
    assert "my.csv:1: not UTF-8" in kzld("convert", "my.csv").complaint()
    assert "my.csv:1: not UTF-8" in kzld("validate", "my.csv").complaint()


# ---------------------------------------------------------------- inputs


BROKEN = f'{HEADER}\nmembership,KAZ,EU,observer,2015,2016,,{BRIEF},"two\nlines"\n\nmembership,KAZ,EU,observer,2015,2014,,{BRIEF},\n'


def test_sheets_are_read_wherever_files_are(kzld: Kzld, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "my.csv").write_text(BROKEN, "utf-8")
    (tmp_path / "my.csv.gz").write_bytes(gzip.compress(BROKEN.encode()))
    wanted = [("date-order", 4, 6)]
    for args, stdin in (
        (("a",), None), (("a/*.csv",), None), (("my.csv.gz",), None),
        (("-", "--input-format", "csv"), BROKEN),
    ):  # fmt: skip
        done = kzld("validate", "-f", "json", *args, stdin=stdin)
        found = json.loads(done.stdout)["findings"]
        assert done.status == 1
        assert [(f["rule"], f["line"], f["column"]) for f in found] == wanted
        assert (found[0]["heading"], found[0]["source"]) == ("until", "2014")


def test_rows_name_rows_of_other_sheets_in_whatever_order(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        f"{HEADER}\nmembership,Анна Другая,EU,member,2015,2016,,{BRIEF},\n", "utf-8"
    )
    (tmp_path / "b.csv").write_text(
        "type;label (en);label (fr);label (ru)\nperson;Ann Other;Ann Autre;Анна Другая\n", "utf-8"
    )
    report = kzld.validate(tmp_path, base=loaded())
    assert report.facts == 1
    assert not [f for f in report.findings if f.severity == "error"]


def test_columns_do_not_depend_on_the_data_at_hand() -> None:
    assert kinds(load([], packaged=False, derived=False)) == MODEL


def test_a_row_of_another_kind_is_said_with_its_article() -> None:
    assert faults(read("type,label (en),member", "event,Fair,KAZ")) == [
        "2:3: member “KAZ”: an event has no such column; leave the cell empty"
    ]
