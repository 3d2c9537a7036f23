"""The Python library as its users call it."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from cases import graph_of_turtle

import kzld
from kzld.dataset.citations import citations
from kzld.dataset.dataset import Dataset
from kzld.dataset.load import load
from kzld.dataset.names import resolve
from kzld.dataset.package import package_file
from kzld.dataset.statistics import statistics
from kzld.rdf.documents import read_document
from kzld.rdf.namespaces import KZ, PREFIXES, graph_name, named, shorten

FACT = """
@prefix body: <https://w3id.org/kzld/id/body/> .
@prefix country: <https://w3id.org/kzld/id/country/> .
@prefix kz: <https://w3id.org/kzld/ontology#> .
@prefix membership: <https://w3id.org/kzld/id/membership/> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix role: <https://w3id.org/kzld/concept/role/> .
@prefix source: <https://w3id.org/kzld/id/source/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

membership:UKR-SCO a kz:Membership ;
    org:member country:UKR ;
    org:organization body:SCO ;
    org:role role:onlooker ;
    kz:from "1900"^^xsd:gYear ;
    kz:until "1899"^^xsd:gYear ;
    kz:supportedBy source:sco-about .
"""


@pytest.fixture
def my_facts(tmp_path: Path) -> Path:
    path = tmp_path / "my-facts.ttl"
    path.write_text(FACT, "utf-8")
    return path


def run_python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


# Queries


def test_a_select_needs_no_prefixes_and_gives_python_values(kg) -> None:
    rows = kg.query(
        "SELECT ?number ?date ?place { ?m kz:series series:eu-kaz-cooperation-council ; "
        "kz:number ?number ; kz:date ?date OPTIONAL { ?m kz:place ?place } } ORDER BY ?number"
    )
    assert rows.columns == ["number", "date", "place"]
    assert next(iter(rows)) == {"number": 13, "date": date(2013, 7, 24), "place": None}
    assert len(rows) == 10


def test_a_year_stays_the_text_that_it_is(kg) -> None:
    [row] = kg.query("SELECT ?from { membership:tokayev-mgimo-1970 kz:from ?from }")
    assert row == {"from": "1970"}


def test_an_ask_is_a_truth_value(kg) -> None:
    assert kg.query("ASK { country:KAZ org:memberOf body:EAEU }") is True
    assert kg.query("ASK { country:UZB org:memberOf body:CSTO }") is False


def test_a_construct_gives_triples(kg) -> None:
    triples = kg.query("CONSTRUCT { country:KAZ foaf:knows ?c } { ?c a kz:Country }")
    countries = list(kg.query("SELECT ?c { ?c a kz:Country }"))
    assert len(triples) == len(countries)
    assert {triple.predicate.value for triple in triples} == {PREFIXES["foaf"] + "knows"}


def test_rows_become_a_data_frame(kg) -> None:
    frame = kg.query("SELECT ?c ?code { ?c a kz:Country ; skos:notation ?code }").to_pandas()
    assert list(frame.columns) == ["c", "code"]
    assert "KAZ" in set(frame["code"])
    assert PREFIXES["country"] + "KAZ" in set(frame["c"])


def test_no_rows_become_a_data_frame_with_its_columns(kg) -> None:
    frame = kg.query("SELECT ?a ?b { country:KAZ foaf:knows ?a, ?b }").to_pandas()
    assert (list(frame.columns), len(frame)) == (["a", "b"], 0)


def test_the_shapes_are_seen_only_when_asked_for(kg) -> None:
    assert kg.query("ASK { ?shape a sh:NodeShape }") is False
    assert kg.query("ASK { GRAPH graph:shapes { ?shape a sh:NodeShape } }") is True


@pytest.mark.parametrize("graph", ["data", "ontology", "shapes", "derived", "catalog"])
def test_every_graph_has_its_name(kg, graph: str) -> None:
    assert kg.query(f"ASK {{ GRAPH graph:{graph} {{ ?s ?p ?o }} }}") is True


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("SELECT * WHERE { ?s ?p }", "query:1:"),
        ("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", "--allow-service"),
        ("INSERT DATA { country:KAZ a kz:Country }", "query:1:"),
    ],
)
def test_what_is_not_a_query_is_refused_in_words(kg, query: str, reason: str) -> None:
    with pytest.raises(kzld.QueryError, match=reason):
        kg.query(query)


# Questions


def test_an_answer_iterates_as_labels_with_their_iris(kg) -> None:
    first = next(iter(kg.ask("members", organization="EAEU", at="2022-06-20")))
    assert first == {
        "member": "Belarus",
        "member_id": PREFIXES["country"] + "BLR",
        "role": "founding member",
        "role_id": PREFIXES["role"] + "founding-member",
        "first_known": None,
        "from": "2015-01-01",
        "until": None,
        "last_known": "2025-12-21",
        "status": "certain",
        "standing": "stands",
        "otherwise": [],
        "fact": PREFIXES["membership"] + "BLR-EAEU",
    }


def test_an_answer_becomes_a_data_frame(kg) -> None:
    frame = kg.ask("shared-memberships", country=["KAZ", "RUS"], at=date(2022, 6, 20)).to_pandas()
    assert list(frame.columns) == [
        "organization", "organization_id", "since", "until", "last_known", "status",
        "standing", "otherwise", "fact",
    ]  # fmt: skip
    since = dict(zip(frame["organization"], frame["since"], strict=True))
    assert since["Shanghai Cooperation Organisation"] == "2001-06-15"
    assert since["Eurasian Economic Union"] == "2015-01-01"
    assert frame["until"].isna().all()


def test_an_empty_answer_becomes_a_data_frame(kg) -> None:
    frame = kg.ask("members", organization="EAEU", at="1999-01-01").to_pandas()
    assert len(frame) == 0
    full = kg.ask("members", organization="EAEU", at="2022-06-20").to_pandas()
    assert list(frame.columns) == list(full.columns)


def test_a_date_may_be_an_object_or_text(kg) -> None:
    by_object = kg.ask("memberships", country="KAZ", at=date(2010, 1, 1))
    assert by_object.labels() == kg.ask("memberships", country="KAZ", at="2010-01-01").labels()
    assert len(by_object) > 10


def test_things_are_called_as_they_were_on_the_day(kg) -> None:
    answer = kg.ask("members", organization="OTS", at="2015-01-01")
    assert answer.heading == "2015-01-01: Turkic Council (now Organization of Turkic States)"
    assert kg.ask("names", of="OTS", at="2015-01-01").heading == ""
    assert kg.ask("members", organization="OTS").heading == ""
    assert kg.ask("members", organization="OTS", at="2023-01-01").heading == ""
    bodies = [row["organization"] for row in kg.ask("memberships", country="KAZ", at="2015-01-01")]
    assert "Turkic Council" in bodies
    assert "Organization of Turkic States" not in bodies
    then = kg.ask("timeline", entity="OTS", at="2015-01-01", language="fr").labels()
    assert "Kazakhstan : membre fondateur, Conseil turcique" in [row[4] for row in then]
    [holder] = kg.ask("office-holders", post="ots-secretary-general", at="2020-01-01").labels()
    assert holder[2] == "Secretary General of the Turkic Council"


def test_of_names_that_the_dates_leave_open_the_older_counts(kg) -> None:
    for day, name in (
        ("2005-01-01", "Communist "),
        ("2018-01-01", "Communist "),
        ("2022-01-01", ""),
    ):
        answer = kg.ask("timeline", entity="peoples-party-of-kazakhstan", at=day)
        assert answer.names.label(answer.about[0]) == f"{name}People’s Party of Kazakhstan"
    answer = kg.ask("timeline", entity="astana", at="1992-07-15")
    assert answer.names.label(answer.about[0]) == "Tselinograd"


def test_a_card_has_the_names_with_their_periods(kg) -> None:
    card = kg.show("OTS", at="2015-01-01")
    assert card.label == "Turkic Council"
    assert card.dated_names == [
        ("Turkic Council", "2009-10-03 – 2021-11-12"),
        ("Organization of Turkic States", "2021-11-12 –"),
    ]
    assert kg.show("EAEU").dated_names == []


def test_an_old_iri_names_what_replaces_it(kg) -> None:
    old = "https://w3id.org/kzld/id/place-name/astana-akmola-1992"
    assert kg.show(old).name == kg.show("place-name:astana-akmola-1992").name
    assert kg.show(old).name == "name:astana-akmola-1992"


def test_people_come_in_the_order_of_their_family_names(kg) -> None:
    def in_order(*names: str) -> list[str]:
        people = [ox.NamedNode(PREFIXES["person"] + name) for name in names]
        people.sort(key=kg.dataset.sort_name)
        return [person.value.rpartition("/")[2] for person in people]

    people = ["xi-jinping", "ursula-von-der-leyen", "emmanuel-macron", "jean-yves-le-drian"]
    assert in_order(*people) == [people[3], people[1], people[2], people[0]]


def test_an_acting_term_says_so(kg) -> None:
    labels = {
        language: kg.dataset.label(
            ox.NamedNode(PREFIXES["membership"] + "smailov-kaz-acting-prime-minister-2022"),
            language,
        )
        for language in ("en", "fr")
    }
    assert labels == {
        "en": "Alikhan Smailov: Prime Minister of Kazakhstan (acting prime minister)",
        "fr": "Alikhan Smaïlov : premier ministre du Kazakhstan (Premier ministre par intérim)",
    }


def test_the_answer_gives_its_query_for_any_engine(kg) -> None:
    sparql = kg.ask("members", organization="EAEU", at="2022-06-20").sparql
    assert "PREFIX kz: <https://w3id.org/kzld/ontology#>" in sparql
    assert "VALUES (?organization ?at ?language) { (<https://w3id.org/kzld/id/body/EAEU> " in sparql
    assert "# @" not in sparql


def test_a_value_is_bound_never_pasted(kg) -> None:
    with pytest.raises(kzld.UnknownNameError):
        kg.ask("members", organization='EAEU> } . ?s ?p ?o . FILTER("')


@pytest.mark.parametrize(
    ("question", "values", "reason"),
    [
        ("member", {}, "no question 'member'; did you mean members"),
        ("members", {}, "needs --organization"),
        ("members", {"organisation": "EAEU"}, "did you mean organization"),
        ("members", {"organization": "EAEU", "at": "2022-06"}, "not one day"),
        ("members", {"organization": "EAEU", "at": "2022-02-30"}, "not a date of the calendar"),
        ("members", {"organization": "EAEU", "at": "yesterday"}, "is not a date"),
        ("members", {"organization": "KAZ"}, "not of the kind asked for"),
        ("shared-memberships", {"country": "KAZ"}, "two different values"),
        ("timeline", {"entity": "KAZ", "from": "2022-13"}, "not a date of the calendar"),
    ],
)
def test_a_bad_request_says_what_is_wrong(kg, question: str, values: dict, reason: str) -> None:
    with pytest.raises(kzld.KzldError, match=reason):
        kg.ask(question, **values)


def test_naming_one_country_twice_is_not_two_countries(kg) -> None:
    with pytest.raises(kzld.KzldError):
        kg.ask("shared-memberships", country=["KAZ", "Kazakhstan"])


# The graph


@pytest.mark.engines
def test_the_graph_is_an_rdflib_graph_with_the_prefixes(kg) -> None:
    assert isinstance(kg.graph, rdflib.Graph)
    bound = {prefix: str(namespace) for prefix, namespace in kg.graph.namespaces()}
    assert PREFIXES.items() <= bound.items()
    [[count]] = kg.graph.query("SELECT (COUNT(?f) AS ?n) { ?f a kz:Fact }")
    [row] = kg.query("SELECT (COUNT(?f) AS ?n) { ?f a kz:Fact }")
    assert int(count) == row["n"]


@pytest.mark.engines
def test_the_graph_keeps_the_precision_of_dates(kg) -> None:
    kz, xsd = rdflib.Namespace(KZ), rdflib.XSD
    membership = rdflib.Namespace(PREFIXES["membership"])
    studies = kg.graph.value(membership["tokayev-mgimo-1970"], kz["from"])
    left = kg.graph.value(membership["abdrakhmanov-kaz-foreign-minister-2016"], kz.until)
    assert studies.n3() == f'"1970"^^<{xsd.gYear}>'
    assert left.n3() == f'"2018-12"^^<{xsd.gYearMonth}>'


@pytest.mark.whole
def test_the_graph_has_no_blank_nodes(kg) -> None:
    assert not [t for triple in kg.graph for t in triple if isinstance(t, rdflib.BNode)]


# Files


def test_a_file_joins_the_data_and_is_derived_from(my_facts: Path) -> None:
    joined = kzld.load(my_facts)
    assert "Ukraine" in [row["member"] for row in joined.ask("members", organization="SCO")]
    assert "Ukraine" not in [
        row["member"] for row in kzld.load().ask("members", organization="SCO")
    ]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(kzld.ReadError, match=r"nowhere\.ttl"):
        kzld.load(tmp_path / "nowhere.ttl")


def test_validate_tells_file_line_rule_and_remedy(my_facts: Path) -> None:
    report = kzld.validate(my_facts)
    assert not report.conforms
    found = {finding.rule: finding for finding in report.findings}
    order = found["date-order"]
    assert (order.file, order.severity) == (str(my_facts), "error")
    assert order.focus == "membership:UKR-SCO"
    assert order.remedy
    assert "role:onlooker" in {finding.value for finding in report.findings}


@pytest.mark.whole
def test_the_packaged_data_conforms() -> None:
    report = kzld.validate()
    assert report.conforms, [f"{f.file}:{f.line}: {f.message}" for f in report.findings]
    assert report.facts >= 170


@pytest.mark.process
@pytest.mark.parametrize("before", ["kzld.Finding", "kzld.Report", "import kzld.check.validate"])
def test_validate_is_a_function_whatever_was_used_before(before: str) -> None:
    assert run_python(f"import kzld; {before}; print(callable(kzld.validate))") == "True"


@pytest.mark.process
def test_importing_is_light() -> None:
    heavy = "rdflib", "pyshacl", "pandas", "rapidfuzz", "anyascii", "sqlite3"
    code = f"import sys, kzld; kzld.load(); print([m for m in {heavy} if m in sys.modules])"
    assert run_python(code) == "[]"


# Names


@pytest.mark.parametrize(
    "text",
    [
        "https://w3id.org/kzld/id/country/KAZ", "<https://w3id.org/kzld/id/country/KAZ>",
        "country:KAZ", "KAZ", "kaz", "Kaz", "KZ", "kz", "398", "Kazakhstan", "KAZAKHSTAN",
        "République du Kazakhstan", "republique du kazakhstan", "Казахстан", "казахстан",
        "Қазақстан", "Republic of Kazakhstan",
    ],
)  # fmt: skip
def test_a_country_by_all_its_names(kg, text: str) -> None:
    assert resolve(kg.dataset, text, [KZ + "Country"]).value == PREFIXES["country"] + "KAZ"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("EAEU", "body:EAEU"),
        ("eaeu", "body:EAEU"),
        ("UEE", "body:EAEU"),
        ("ЕАЭС", "body:EAEU"),
        ("Еуразиялық экономикалық одақ", "body:EAEU"),
        ("Union économique eurasiatique", "body:EAEU"),
        ("Nur-Sultan", "place:astana"),
        ("Нұр-Сұлтан", "place:astana"),
        ("Alma-Ata", "place:almaty"),
        ("EPCA", "agreement:eu-kaz-epca"),
        ("apcr", "agreement:eu-kaz-epca"),
        ("New silk roads", "initiative:belt-and-road"),
        ("Rinkevics", "person:edgars-rinkevics"),
        ("Colonna", "person:catherine-colonna"),
        ("Tokayev", "person:kassym-jomart-tokayev"),
        ("Tokaïev", "person:kassym-jomart-tokayev"),
        ("Тоқаев", "person:kassym-jomart-tokayev"),
        ("sanctions", "topic:sanctions"),
        ("founding member", "role:founding-member"),
        ("eu-kaz-cooperation-council-19", "meeting:eu-kaz-cooperation-council-19"),
        ("membership:KAZ-EAEU", "membership:KAZ-EAEU"),
        ("legrandcontinent-2022-06-20", "source:legrandcontinent-2022-06-20"),
    ],
)
def test_things_by_code_and_label_in_every_language(kg, text: str, name: str) -> None:
    assert shorten(resolve(kg.dataset, text).value) == name


def test_a_kind_settles_what_a_name_leaves_open(kg) -> None:
    person, post = PREFIXES["foaf"] + "Person", PREFIXES["org"] + "Post"
    tokayev = resolve(kg.dataset, "Tokayev", [person])
    assert shorten(tokayev.value) == "person:kassym-jomart-tokayev"
    president = resolve(kg.dataset, "President of the Republic of Kazakhstan", [post])
    assert shorten(president.value) == "post:kaz-president"


def test_a_source_is_found_by_the_address_where_it_can_be_read(kg) -> None:
    address = (
        "https://legrandcontinent.eu/fr/2022/06/20/"
        "conseil-de-cooperation-entre-lunion-et-le-kazakhstan/"
    )
    assert resolve(kg.dataset, address).value.endswith("/source/legrandcontinent-2022-06-20")


def test_a_period_that_ends_before_it_begins_is_refused(kg) -> None:
    with pytest.raises(kzld.KzldError, match=r"--from .2022-06-01. is after --to .2022-01-31."):
        kg.ask("timeline", entity="CSTO", **{"from": "2022-06", "to": "2022-01"})


def test_an_ambiguous_name_lists_the_candidates(kg) -> None:
    with pytest.raises(kzld.UnknownNameError, match="say which") as raised:
        resolve(kg.dataset, "Ministry of Foreign Affairs")
    assert {"body:kaz-mfa", "body:sun-mfa"} <= set(raised.value.candidates)
    assert "body:qat-mfa (Ministry of Foreign Affairs of Qatar)" in str(raised.value)


def test_a_thing_of_another_kind_is_refused(kg) -> None:
    with pytest.raises(kzld.UnknownNameError, match=r"country.*it is: person"):
        resolve(kg.dataset, "Catherine Colonna", [KZ + "Country"])


@pytest.mark.parametrize(
    ("text", "nearest"),
    [("Kazakstan", "country:KAZ"), ("Mirzijoyev", "person:shavkat-mirziyoyev")],
)
def test_an_unknown_name_suggests_the_nearest(kg, text: str, nearest: str) -> None:
    with pytest.raises(kzld.UnknownNameError, match="did you mean") as raised:
        resolve(kg.dataset, text, [KZ + "Country", PREFIXES["foaf"] + "Person"])
    assert raised.value.candidates[0] == nearest


@pytest.mark.parametrize("text", ["country:XYZ", "https://example.org/x", "qqqq", "", "???"])
def test_what_nothing_is_called_is_an_error(kg, text: str) -> None:
    with pytest.raises(kzld.UnknownNameError, match="nothing is called"):
        resolve(kg.dataset, text)


# Search


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Kassym-Jomart Tokayev", "person:kassym-jomart-tokayev"),
        ("Tokaïev", "person:kassym-jomart-tokayev"),
        ("tokaiev", "person:kassym-jomart-tokayev"),
        ("Тоқаев", "person:kassym-jomart-tokayev"),
        ("Токаев", "person:kassym-jomart-tokayev"),
        ("rinkevics", "person:edgars-rinkevics"),
        ("szijjarto", "person:peter-szijjarto"),
        ("Mirzioiev", "person:shavkat-mirziyoyev"),
        ("Kirgizstan", "country:KGZ"),
        ("Tadjikistan", "country:TJK"),
        ("kazahstan", "country:KAZ"),
        ("Нур-Султан", "place:astana"),
        ("eurasian economic union", "body:EAEU"),
        ("Shangai Cooperation Organization", "body:SCO"),
        ("corruption", "topic:corruption"),
    ],
)
def test_search_forgives_accents_script_and_spelling(kg, text: str, name: str) -> None:
    found = [shorten(match.thing.value) for match in kg.search(text)]
    assert found[:1] == [name]


def test_search_is_in_order_and_limited(kg) -> None:
    found = kg.search("Kazakhstan", limit=5)
    scores = [match.score for match in found]
    assert len(found) == 5
    assert scores == sorted(scores, reverse=True)
    assert len({match.thing for match in found}) == 5


@pytest.mark.parametrize("text", ["", "  ", "!?", "zzzzqqqq"])
def test_search_may_find_nothing(kg, text: str) -> None:
    assert kg.search(text) == []


# Cards


def test_a_card_tells_names_and_kind(kg) -> None:
    card = kg.show("EAEU")
    assert (card.name, card.label, card.kind) == (
        "body:EAEU",
        "Eurasian Economic Union",
        "organisation",
    )
    assert ("fr", "Union économique eurasiatique") in card.names
    assert ("ru", "ЕАЭС") in card.names


def test_a_card_speaks_french(kg) -> None:
    card = kg.show("KAZ", language="fr")
    assert (card.label, card.kind) == ("Kazakhstan", "pays")
    texts = [line.what for line in card.lines]
    assert "Kazakhstan – capitale – Astana" in texts
    assert "Indépendance du Kazakhstan" in texts


def test_a_card_shows_disputed_facts_with_both_sides(kg) -> None:
    lines = {shorten(line.fact.value): line for line in kg.show("place:astana").lines}
    capital = lines["relation:KAZ-capital-astana"]
    assert (capital.when, capital.standing) == ("1997-12-10 –", "disputed")
    assert "Le Grand Continent" in [c.publisher for c in capital.citations if c.side == "against"]
    stands = lines["name:astana-nur-sultan-2019"]
    assert (stands.when, stands.standing) == ("2019-03-23 – 2022-09-19", "disputed")
    rivals = [c.publisher for c in stands.citations if c.side == "says otherwise"]
    assert rivals == ["Novaya Gazeta Europe"]


def test_a_card_shows_superseded_facts_with_both_sides(kg) -> None:
    lines = {shorten(line.fact.value): line for line in kg.show("body:CIS").lines}
    assert lines["membership:UKR-CIS"].standing == "disputed"
    other = lines["membership:UKR-CIS-founding-member"]
    assert (other.when, other.standing) == ("1991-12-08 –", "superseded")
    assert "Central Intelligence Agency" in [
        c.publisher for c in other.citations if c.side == "for"
    ]


def test_the_card_of_a_fact_shows_the_other_values_with_their_sources(kg) -> None:
    renaming = kg.show("event:turkic-council-renamed-2021")
    fact, claim = renaming.lines
    assert fact.standing == "disputed"
    assert (shorten(claim.fact.value), claim.what, claim.standing) == (
        "claim:turkic-council-renamed-2021-11-14",
        "date = 2021-11-14",
        "claimed",
    )
    assert [(c.side, c.publisher) for c in claim.citations] == [("for", "Kazinform")]
    [region] = kg.show("relation:ARM-western-asia").lines[1:]
    assert region.what == "located in = Central Asia"


def test_the_card_of_a_claim_shows_its_fact_and_its_source(kg) -> None:
    card = kg.show("claim:turkic-council-renamed-2021-11-14")
    renamed = "Turkic Council renamed Organization of Turkic States"
    assert (card.kind, card.label) == ("claim", f"{renamed}: date = 2021-11-14")
    assert ("subject", renamed) in card.properties
    [line] = card.lines
    assert [c.publisher for c in line.citations] == ["Kazinform"]


def test_a_name_that_was_replaced_leads_to_the_new_one(kg) -> None:
    for name in ("event:turkic-council-renamed-2021-11-14", "relation:ARM-central-asia"):
        assert kg.show(name).name in (
            "event:turkic-council-renamed-2021",
            "relation:ARM-western-asia",
        )


def test_a_card_is_in_order_of_time(kg) -> None:
    starts = [line.when.removeprefix("≤ ")[:4] for line in kg.show("place:astana").lines]
    assert starts == sorted(starts)


def test_a_card_at_a_date_holds_what_held_or_had_happened(kg) -> None:
    lines = {shorten(line.fact.value): line for line in kg.show("astana", at="2022-06-20").lines}
    assert lines["name:astana-nur-sultan-2019"].status == "certain"
    assert lines["relation:KAZ-capital-astana"].status == "certain"
    assert lines["treaty-action:eu-kaz-epca-signed"].status == "certain"
    assert "name:astana-astana-1998" not in lines
    assert "name:astana-astana-2022" not in lines


def test_a_card_of_a_person_at_a_date_knows_the_birth(kg) -> None:
    texts = [line.what for line in kg.show("person:catherine-colonna", at="2022-06-20").lines]
    assert "Catherine Colonna – born on – 1956-04-16" in texts


def test_a_card_of_a_fact_has_its_sources_and_its_standing(kg) -> None:
    card = kg.show("relation:KAZ-capital-astana")
    assert (card.label, card.kind) == ("Kazakhstan – capital – Astana", "relation")
    [own] = card.lines
    assert own.standing == "disputed"
    assert {c.side for c in own.citations} == {"for", "against"}


@pytest.mark.parametrize("entity", ["topic:sanctions", "source:legrandcontinent-2022-06-20"])
def test_concepts_and_sources_have_cards(kg, entity: str) -> None:
    assert kg.show(entity).name == entity


# The fingerprint


def test_the_catalog_states_the_fingerprint(kg) -> None:
    [row] = kg.query("SELECT ?sum { GRAPH graph:catalog { ?c spdx:checksumValue ?sum } }")
    assert row["sum"] == Dataset(kg.dataset.store).fingerprint  # computed anew


def test_the_catalog_states_the_figures_of_the_data(kg) -> None:
    stated = {quad.triple for quad in kg.dataset.quads("catalog")}
    assert set(statistics(kg.dataset)) <= stated
    assert not package_file("data", "statistics.ttl").exists(), "figures are no file of the tree"


def test_the_fingerprint_is_of_the_sorted_lines_of_the_data(kg) -> None:
    import hashlib

    graph = ox.NamedNode(PREFIXES["graph"] + "data")
    quads = kg.dataset.store.quads_for_pattern(None, None, None, graph)
    lines = sorted(f"{quad} .\n" for quad in quads)
    assert hashlib.sha256("".join(lines).encode()).hexdigest() == kg.fingerprint


@pytest.mark.whole
def test_the_fingerprint_sees_every_change(kg, my_facts: Path) -> None:
    assert kzld.load().fingerprint == kg.fingerprint
    assert kzld.load(my_facts).fingerprint != kg.fingerprint


def test_the_nearest_name_comes_first(kg) -> None:
    with pytest.raises(kzld.UnknownNameError) as caught:
        kg.show("Kazakstan")
    assert caught.value.candidates[0] == "country:KAZ"


def test_a_vote_has_the_label_of_its_resolution(kg: kzld.KnowledgeGraph) -> None:
    vote, ballot = named("vote:UNGA-ES-11-1"), named("ballot:UNGA-ES-11-1-KAZ")
    label = kg.dataset.label(vote)
    assert label == "UN General Assembly resolution ES-11/1, Aggression against Ukraine"
    assert kg.dataset.label(ballot) == f"Kazakhstan: abstained, {label}"
    assert kg.dataset.label(vote, "fr").startswith("Résolution ES-11/1 de l’Assemblée générale")


VOTE = """
vote:example a kz:Vote ; schema:about resolution:A-RES-ES-11-1 ; kz:outcome outcome:adopted ;
    kz:tallyFor 136 ; kz:tallyAgainst 1 ; kz:tallyAbstaining 5 ; kz:tallyNotVoting 37 ;
    kz:votedFor country:ARM , country:BLR , country:CHN , country:DEU , country:FRA ,
        country:GBR , country:KGZ , country:TUR , country:UKR , country:USA ;
    kz:votedAgainst country:IRN ; kz:abstained country:RUS , country:UZB ;
    kz:didNotVote country:KAZ , country:TJK ;
    kz:date "2022-08-25"^^xsd:date ; kz:supportedBy source:un-ga12407 ."""


def test_a_vote_of_fifteen_states_takes_few_statements(tmp_path: Path) -> None:
    """Thousands of votes are to come: what is derived of them counts, too."""
    prefixes = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
    file = tmp_path / "vote.ttl"
    file.write_text(prefixes + VOTE, "utf-8")
    data = load([read_document(file).quads])
    found = [q for q in data.store if q.subject == named("vote:example")]
    assert {q.graph_name for q in found} == {graph_name("data"), graph_name("derived")}
    assert len(found) <= 31


def test_a_citation_says_what_finds_a_source_again() -> None:
    """One citation for a place, though it has two authors and two identifiers."""
    graph = graph_of_turtle("""
    person:a a foaf:Person ; skos:prefLabel "Ada Author"@en , "Ada Author"@fr .
    person:b a foaf:Person ; skos:prefLabel "Ben Author"@en , "Ben Author"@fr .
    body:p a org:Organization ; skos:prefLabel "The Press"@en , "La Presse"@fr .
    source:original a kz:Source ; dct:title "Titre"@fr ; dct:publisher body:p .
    source:s a kz:Source ; dct:title "Title"@en ; dct:publisher body:p ;
        schema:author person:a , person:b ; dct:issued "2020"^^xsd:gYear ;
        dct:identifier "doi:10.1234/x" , "celex:32009D0880" ;
        schema:translationOfWork source:original ; pav:retrievedOn "2026-11-01"^^xsd:date ;
        schema:archivedAt "https://web.archive.org/x"^^xsd:anyURI .
    event:e a kz:Event ; skos:prefLabel "Event"@en , "Événement"@fr ;
        kz:date "2020"^^xsd:gYear ; kz:supportedBy source:s .
    """)
    fact = ox.NamedNode("https://w3id.org/kzld/id/event/e")
    [citation] = citations(graph.dataset, [fact])[fact]
    assert str(citation) == (
        "Ada Author; Ben Author, The Press, “Title”, translation of “Titre”, 2020, "
        "celex:32009D0880; doi:10.1234/x, read 2026-11-01"
    )
    assert citation.address == "https://web.archive.org/x"
