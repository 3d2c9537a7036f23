"""What to write instead: it can be pasted, and then the finding is gone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from command import loaded

from kzld.check.findings import Finding
from kzld.check.validate import validate
from kzld.dataset.dataset import Dataset
from kzld.dataset.package import package_file
from kzld.rdf.namespaces import PREFIXES
from kzld.rdf.positions import extent

RULES = package_file("tests", "rules")
FAIL = sorted(RULES.glob("*/fail*.ttl"))
ELSEWHERE = {"act-no-period", "contradicts-both-ways", "iri-scheme", "passage-slug", "untyped"}
BARE_IRI = re.compile(r"https?://(w3id\.org|www\.w3\.org|purl\.org|schema\.org)/[^\s\"]")

# The replacements that a fixture must be answered with.
EXPECTED = {
    "act-no-period/fail": 'Write kz:date "2020"^^xsd:gYear',
    "body-kind/fail-2": "Write body-kind:international-organisation",
    "date-datatype/fail": 'Write "2015"^^xsd:gYear',
    "date-datatype/fail-3": 'Write "2015-01-01"^^xsd:date',
    "date-datatype/fail-4": 'Write "2015"^^xsd:gYear',
    "date-order/fail": 'Perhaps: kz:from "1916"^^xsd:gYear ; kz:until "1930"^^xsd:gYear',
    "exact-match-iri/fail-2": "Write wd:Q112233445",
    "iri-scheme/fail": "Write membership:KAZ-example-forum",
    "iri-scheme/fail-2": "Write membership:KAZ-example-forum",
    "last-known-sourced/fail": 'Perhaps: kz:lastKnown "2022-06-20"^^xsd:date',
    "latitude-range/fail-2": "Write 51.1333",
    "meeting-number/fail": "Write 7",
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


@pytest.mark.whole
def test_pasted_over_what_is_marked_it_mends_the_fact(base: Dataset, tmp_path: Path) -> None:
    pasted = 0
    for path in FAIL:
        for finding in findings(path, base):
            instead = re.fullmatch(r"Write (\S.*)|Did you mean (\S+)\?", finding.remedy)
            marked = finding.source[finding.column - 1 :]
            # Others say what to write somewhere else: a further property, another name.
            if not instead or finding.result.value is None or finding.rule in ELSEWHERE:
                continue
            lines = path.read_text("utf-8").split("\n")
            rest = marked[extent(finding.source, finding.column) :]
            before = finding.source[: finding.column - 1]
            lines[finding.line - 1] = before + (instead[1] or instead[2]) + rest
            mended = tmp_path / "mended.ttl"
            prefixes = "".join(f"@prefix {p}: <{iri}> .\n" for p, iri in PREFIXES.items())
            mended.write_text(prefixes + "\n".join(lines), "utf-8")
            assert finding.rule not in {f.rule for f in findings(mended, base)}, path
            pasted += 1
    assert pasted >= 15


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
            assert not BARE_IRI.search(said.replace(finding.value or "\0", "")), said
            assert not re.search(r"\ba [aeio]\w+ *\.$", finding.message), said
