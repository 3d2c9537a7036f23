"""What to write instead: it can be pasted, and then the finding is gone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from command import loaded
from mender import follow, is_computed

from kzld.check.findings import Finding
from kzld.check.validate import validate
from kzld.dataset.dataset import Dataset
from kzld.dataset.package import package_file
from kzld.rdf.namespaces import PREFIXES

RULES = package_file("tests", "rules")
FAIL = sorted(RULES.glob("*/fail*"))
BARE_IRI = re.compile(r"https?://(w3id\.org|www\.w3\.org|purl\.org|schema\.org)/[^\s\"]")
ABOUT_IRIS = {"foreign-file", "lost-value", "namespace"}

# The replacements that a fixture must be answered with.
EXPECTED = {
    "act-no-period/fail-2": "Write kz:date",
    "body-kind/fail-2": "Write body-kind:international-organisation",
    "date-datatype/fail": 'Write "2015"^^xsd:gYear',
    "date-datatype/fail-3": 'Write "2015-01-01"^^xsd:date',
    "date-datatype/fail-4": 'Write "2015"^^xsd:gYear',
    "date-order/fail": 'Perhaps: kz:from "1916"^^xsd:gYear ; kz:until "1930"^^xsd:gYear',
    "event-end/fail": 'Perhaps: kz:until "2022-06-19"^^xsd:date',
    "same-as-iri/fail-2": "Write wd:Q112233445",
    "general-class/fail": "Write kz:Membership",
    "iri-scheme/fail": "Write membership:KAZ-example-forum",
    "iri-scheme/fail-2": "Write membership:KAZ-example-forum",
    "last-known-sourced/fail": 'Perhaps: kz:lastKnown "2022-06-20"^^xsd:date',
    "latitude-range/fail-2": "Write 51.1333",
    "meeting-number/fail": "Write 7",
    "membership-role/fail-2": "Write role:member",
    "observation-number/fail-2": "Perhaps: 120",
    "observation-unit/fail-2": "Write unit:person",
    "open-state-last-known/fail": 'Perhaps: kz:lastKnown "2022-06-20"^^xsd:date',
    "passage-slug/fail": "Write passage:csto-charter-2002.b9",
    "post-of-body/fail": "Perhaps: org:organization body:example-forum",
    "source-account/fail": "Write body:TASS",
    "source-language/fail-2": 'Write "fr"',
    "source-title/fail": 'Write "Exemple d’article"@fr',
    "source-url/fail": 'Write "https://legrandcontinent.eu/fr/2021/05/04/exemple/"^^xsd:anyURI',
    "treaty-action-action/fail-2": "Write action:signed",
    "unknown-class/fail": "Did you mean kz:Membership?",
    "unknown-property/fail": "Did you mean kz:lastKnown?",
    "untyped/fail": "Write a kz:Membership",
}


@pytest.fixture(scope="module")
def base() -> Dataset:
    return loaded()


def findings(path: Path, base: Dataset) -> list[Finding]:
    return validate(path, base=base).findings


@pytest.mark.parametrize("name", EXPECTED)
def test_the_replacement_is_computed(name: str, base: Dataset) -> None:
    rule, stem = name.split("/")
    found = findings(RULES / rule / f"{stem}.ttl", base)
    assert any(f.remedy.endswith(EXPECTED[name]) for f in found if f.rule == rule), found


MISSPELT = """
{prefixes}
membership:test a kz:Membership ;
    org:member country:kaz ;
    org:organisation body:EAEU ;
    org:role "founding member" ;
    kz:From 2015 ;
    kz:until "2014"^^xsd:date ;
    kz:supportedBy passage:legrandcontinent-2022-06-20.b5 .
"""


def test_one_remedy_for_each_slip(base: Dataset, tmp_path: Path) -> None:
    """What is misspelt is not also said to be missing."""
    prefixes = "".join(f"@prefix {p}: <{iri}> .\n" for p, iri in PREFIXES.items())
    (tmp_path / "x.ttl").write_text(MISSPELT.format(prefixes=prefixes), "utf-8")
    assert [finding.remedy for finding in findings(tmp_path / "x.ttl", base)] == [
        "Did you mean country:KAZ?",
        "Did you mean org:organization?",
        "Write role:founding-member",
        "Did you mean kz:from?",
        'Write "2014"^^xsd:gYear',
    ]


COPY = """
{prefixes}
membership:kazakhstan-in-eaeu a kz:Membership ;
    org:member country:KAZ ;
    org:organization body:EAEU ;
    org:role role:founding-member ;
    kz:from "2015-01-01"^^xsd:date ;
    kz:lastKnown "2025-12-21"^^xsd:date ;
    kz:supportedBy source:baq-2025-12-21 .
"""


def test_a_fact_that_is_there_already_is_not_said_to_overlap_with_it(
    base: Dataset, tmp_path: Path
) -> None:
    prefixes = "".join(f"@prefix {p}: <{iri}> .\n" for p, iri in PREFIXES.items())
    for name in ("kazakhstan-in-eaeu", "EAEU-kazakhstan"):  # after and before the other’s name
        text = COPY.format(prefixes=prefixes).replace("kazakhstan-in-eaeu", name)
        (tmp_path / "x.ttl").write_text(text, "utf-8")
        [finding] = findings(tmp_path / "x.ttl", base)
        assert (finding.rule, finding.focus) == ("duplicate-fact", f"membership:{name}")
        assert "(membership:KAZ-EAEU)" in finding.message


UNDATED = """
{prefixes}
membership:test a kz:Membership ;
    org:member country:KAZ ;
    org:organization body:OTS ;
    org:role role:observer ;
    kz:from "05/06/2005"^^xsd:date ;
    kz:lastKnown "2025-12-41"^^xsd:date ;
    kz:supportedBy passage:legrandcontinent-2022-06-20.b5 .
"""


def test_what_is_no_date_is_not_compared_and_every_reading_is_offered(
    base: Dataset, tmp_path: Path
) -> None:
    prefixes = "".join(f"@prefix {p}: <{iri}> .\n" for p, iri in PREFIXES.items())
    (tmp_path / "x.ttl").write_text(UNDATED.format(prefixes=prefixes), "utf-8")
    datatype, real = findings(tmp_path / "x.ttl", base)
    assert (datatype.rule, real.rule) == ("date-datatype", "date-real")
    assert datatype.remedy.startswith("A date looks like ")
    assert datatype.remedy.endswith('Perhaps: "2005-06-05"^^xsd:date, "2005-05-06"^^xsd:date')


PREFIX_LINES = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items())
FACT = """
membership:KAZ-example a kz:Membership ;
    org:member {member} ;
    org:organization {body} ;
    org:role {role} ;
    kz:from {start} ;
    kz:lastKnown "2025-12-21"^^xsd:date ;
    kz:supportedBy {source} .
"""
GOOD = {
    "member": "country:KAZ",
    "body": "body:OSCE",
    "role": "role:observer",
    "start": '"2015"^^xsd:gYear',
    "source": "source:baq-2025-12-21",
}
LE_GRAND_CONTINENT = (
    "legrandcontinent.eu/fr/2022/06/20/conseil-de-cooperation-entre-lunion-et-le-kazakhstan"
)

# What is written in a place of the fact, and the end of the remedy.
SLIPS = [
    # Codes and abbreviations come before letters that are alike.
    ("member", "country:UK", "Did you mean country:GBR?"),
    ("member", "country:KZ", "Did you mean country:KAZ?"),
    ("member", "country:PRC", "Did you mean country:CHN?"),
    ("member", "country:kazakhstan", "Did you mean country:KAZ?"),
    ("member", "country:Россия", "Did you mean country:RUS?"),
    ("member", "country:KZA", "Did you mean country:KAZ or country:KNA?"),
    ("body", "body:european-union", "Did you mean body:EU?"),
    ("role", "role:membr", "Did you mean role:member?"),
    # Several of one name: the best known first.
    ("member", "country:korea", "Did you mean country:KOR or country:PRK?"),
    ("member", "person:nazarbayev", "Did you mean person:nursultan-nazarbayev?"),
    ("member", "person:dariga", "Did you mean person:dariga-nazarbayeva?"),
    # What is near is not always near enough.
    ("member", "country:XYZ", "in the same contribution."),
    ("member", "country:QQ", "in the same contribution."),
    ("member", "person:vladimir-xyz", "in the same contribution."),
    # Things of a class that the property does not take are not proposed.
    ("body", "country:EAEU", "Did you mean body:EAEU?"),
    ("member", "body:kazakhstan", "Did you mean country:KAZ?"),
    # Letters of another script.
    ("member", "country:КAZ", "Did you mean country:KAZ?"),
    ("member", "country:ΚΑΖ", "Did you mean country:KAZ?"),
    ("member", "country:ＫＡＺ", "Did you mean country:KAZ?"),
    ("body", "body:ЕU", "Did you mean body:EU?"),
    ("body", "body:ЕAЕU", "Did you mean body:EAEU?"),
    ("body", "body:ЕС", "Did you mean body:EU?"),
    ("member", "person:kassym-jоmart-tokаyev", "Did you mean person:kassym-jomart-tokayev?"),
    ("member", "person:vladimir-putin\u200d", "Did you mean person:vladimir-putin?"),
    ("member", "person:e\u0301mmanuel-macron", "Did you mean person:emmanuel-macron?"),
    # Sources by address, title, publisher and code.
    ("source", f"<https://{LE_GRAND_CONTINENT}/>", "Write source:legrandcontinent-2022-06-20"),
    ("source", f'"http://www.{LE_GRAND_CONTINENT}#a"', "Write source:legrandcontinent-2022-06-20"),
    (
        "source",
        f"<https://web.archive.org/web/20230101000000/https://{LE_GRAND_CONTINENT}/?utm_source=a>",
        "Write source:legrandcontinent-2022-06-20",
    ),
    ("source", '"Le Grand Continent"', "Write source:legrandcontinent-2022-06-20"),
    ("source", "body:legrandcontinent", "Write source:legrandcontinent-2022-06-20"),
    ("source", "<https://baq.kz>", "Write source:baq-iijima"),
    (
        "source",
        '"legrandcontinent-2022-06-20.b5"',
        "Write passage:legrandcontinent-2022-06-20.b5",
    ),
    ("source", "<https://nowhere.example/a>", "kzld new source shows how a new one is described."),
    (
        "source",
        "passage:legrandcontinent-2022-06-20.b55",
        "Did you mean passage:legrandcontinent-2022-06-20.b5?",
    ),
    (
        "source",
        "passage:legrandcontinent-2022-06-20",
        "Did you mean source:legrandcontinent-2022-06-20?",
    ),
    # Texts and records elsewhere.
    ("role", '"observer"', "Write role:observer"),
    ("member", "wd:Q232", "Write country:KAZ"),
    ("start", "2015", 'Write "2015"^^xsd:gYear'),
]


def unfinished(path: Path, base: Dataset) -> list[Finding]:
    """The findings in a file, which must be readable."""
    report = validate(path, base=base)
    assert not report.unreadable, report.unreadable
    return report.findings


@pytest.mark.parametrize(("place", "written", "remedy"), SLIPS)
def test_a_remedy_for_each_slip_that_holds(
    place: str, written: str, remedy: str, base: Dataset, tmp_path: Path
) -> None:
    path = tmp_path / "slip.ttl"
    path.write_text(PREFIX_LINES + FACT.format(**{**GOOD, place: written}), "utf-8")
    [finding] = unfinished(path, base)
    assert finding.remedy.endswith(remedy)
    if is_computed(finding.remedy):
        left = {finding.rule for finding in follow(path, lambda path: unfinished(path, base))}
        assert not left & {finding.rule, "dangling-reference"}


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("country:КAZ", "country:КAZ (the К is a Cyrillic letter)"),
        ("country:KΑZ", "country:KΑZ (the Α is a Greek letter)"),
        ("country:KAＺ", "country:KAＺ (the Ｚ is a full-width letter)"),
        (
            "country:KA\u0301Z",
            "country:KA\u0301Z (the accent of A\u0301 is a character of its own)",
        ),
        ("country:KA\u200cZ", "(it has a character that does not show (U+200C))"),
        ("country:KÁZ", "country:KÁZ (names have no Á)"),
    ],
)
def test_letters_that_only_look_right_are_named(
    written: str, said: str, base: Dataset, tmp_path: Path
) -> None:
    path = tmp_path / "letters.ttl"
    path.write_text(PREFIX_LINES + FACT.format(**{**GOOD, "member": written}), "utf-8")
    [finding] = unfinished(path, base)
    assert finding.message.endswith(f"{said}.")
    assert finding.remedy == "Did you mean country:KAZ?"


JSON_LD = """{
  "@context": {
    "kz": "https://w3id.org/kzld/ontology#",
    "org": "http://www.w3.org/ns/org#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "id": "https://w3id.org/kzld/id/"
  },
  "@graph": [{
    "@type": "kz:Membership",
    "org:member": {"@id": "id:country/КAZ"},
    "org:organization": {"@id": "id:body/OS\\u00adCE"},
    "org:role": "observer",
    "kz:from": {"@value": "2015-05", "@type": "xsd:date"},
    "kz:lastKnown": "2025-12-21",
    "kz:supportedBy": "Le Grand Continent"
  }]
}"""


def test_remedies_for_json_are_json_with_its_prefixes(base: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "slips.jsonld"
    path.write_text(JSON_LD, "utf-8")
    remedies = {finding.rule: finding.remedy for finding in unfinished(path, base)}
    assert remedies["blank-subject"].endswith('Perhaps: "@id": "id:membership/KAZ-OSCE-2015"')
    assert remedies["fact-evidence"] == 'Write {"@id": "id:source/legrandcontinent-2022-06-20"}'
    assert remedies["membership-role"] == 'Write {"@id": "role:observer"}'
    assert not follow(path, lambda path: unfinished(path, base))


@pytest.mark.whole
@pytest.mark.parametrize("language", ["en", "fr"])
def test_who_follows_remedies_comes_to_an_end(language: str, base: Dataset, tmp_path: Path) -> None:
    """Each file of the rules is mended, or the findings that are left say nothing to write."""

    def check(path: Path) -> list[Finding]:
        report = validate(path, base=base, language=language)
        assert not report.unreadable, (path, report.unreadable)
        return report.findings

    mended = 0
    for path in FAIL:
        copy = tmp_path / f"{path.parent.name}-{path.name}"
        # Prefixes of a file come after those of the project, and so count.
        lines = PREFIX_LINES if path.suffix == ".ttl" else ""
        copy.write_text(lines + path.read_text("utf-8"), "utf-8")
        if any(is_computed(finding.remedy) for finding in check(copy)):
            left = {finding.rule for finding in follow(copy, check)}
            mended += path.parent.name not in left
    assert mended >= 45


@pytest.mark.parametrize(
    ("rule", "old", "new", "remedy"),
    [
        ("meeting-number", '"7th"', '"300"^^xsd:byte', "Write 300"),
        ("meeting-number", '"7th"', '"5"^^xsd:int', "Write 5"),
        ("meeting-number", '"7th"', "5.0", "Write 5"),
        ("meeting-number", '"7th"', '"-3"', ": kz:number 17"),
        ("latitude-range", "151.13", '"51,13"', "Write 51.13"),
        ("latitude-range", "151.13", "51", "Write 51.0"),
        ("latitude-range", "151.13", '"91.0"', "that they are not swapped."),
        ("observation-number", '"120"', '"1.234,5"', "Perhaps: 1234.5"),
        ("observation-number", '"120"', '"1.5 million"', "put the unit in kz:unit"),
        ("date-datatype", '"2015"', '"12 May 2015"', 'Write "2015-05-12"^^xsd:date'),
        ("date-datatype", '"2015"', '"2015-05-12Z"^^xsd:date', 'Write "2015-05-12"^^xsd:date'),
    ],
)
def test_numbers_and_dates_are_written_as_they_should_be(
    rule: str, old: str, new: str, remedy: str, base: Dataset, tmp_path: Path
) -> None:
    path = tmp_path / "value.ttl"
    text = (RULES / rule / "fail.ttl").read_text("utf-8")
    assert old in text
    path.write_text(PREFIX_LINES + text.replace(old, new), "utf-8")
    [finding] = unfinished(path, base)
    assert finding.remedy.endswith(remedy)
    if is_computed(finding.remedy):
        assert not follow(path, lambda path: unfinished(path, base))


def test_no_remedy_ends_in_a_full_stop_behind_what_is_copied(base: Dataset) -> None:
    for rule in ("namespace", "lost-value", "ballot-vote", "source-language"):
        for path in RULES.glob(f"{rule}/fail*"):
            for finding in findings(path, base):
                assert not re.search(r"[:/#\"]\S+\.$", finding.remedy), finding.remedy


@pytest.mark.whole
@pytest.mark.parametrize("language", ["en", "fr"])
def test_each_problem_once_and_in_names(language: str, base: Dataset) -> None:
    for path in FAIL:
        found = validate(path, base=base, language=language).findings
        places = [(f.rule, f.focus, f.path, f.value) for f in found]
        assert len(set(places)) == len(places), path
        for finding in found:
            said = f"{finding.message} {finding.remedy}"
            assert finding.line
            assert finding.column
            assert finding.source
            if finding.rule in ABOUT_IRIS:
                continue
            assert not BARE_IRI.search(said.replace(finding.value or "\0", "")), said
            assert not re.search(r"\ba [aeio]\w+ *\.$", finding.message), said
