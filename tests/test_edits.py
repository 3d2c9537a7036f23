"""Edits and deletions: a fact that is described anew, and data that are checked as a whole."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from conftest import Kzld
from tiers import some

from kzld.check.findings import Report
from kzld.check.validate import validate
from kzld.dataset.package import package_file

DATA = package_file("data")
ORGANISATIONS = DATA / "facts" / "membership" / "organisations-eurasia.ttl"
PERSONS = DATA / "things" / "person" / "k-m.ttl"


def described(file: Path, subject: str) -> str:
    """The prefixes of a file, and its block about a subject."""
    text = file.read_text("utf-8")
    head, _, _ = text.partition("\n\n")
    [block] = re.findall(rf"^{subject} a .*? \.$", text, re.MULTILINE | re.DOTALL)
    return f"{head}\n\n{block}\n"


def edited(folder: Path, text: str, *changes: tuple[str, str]) -> Report:
    """The report on a text in which parts are replaced, as a contribution."""
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (folder / "my.ttl").write_text(text, "utf-8")
    return validate(folder / "my.ttl")


def said(report: Report) -> list[tuple[str, str]]:
    return [(edit.subject, edit.text) for edit in report.edits]


EAEU = 'kz:lastKnown "2026-01-01"^^xsd:date'
SOURCE = DATA / "sources" / "l.ttl"
BRIEF = "source:legrandcontinent-2022-06-20"


@pytest.mark.parametrize(
    ("file", "subject", "old", "new", "words"),
    [
        (ORGANISATIONS, "membership:KAZ-EAEU", EAEU, 'kz:until "2026-11-01"^^xsd:date',
         "until 2026-11-01 (was open); last known to hold on 2026-01-01 removed"),
        (ORGANISATIONS, "membership:KAZ-EAEU", '"2015-01-01"', '"2015-01-02"',
         "from 2015-01-02 (was 2015-01-01)"),
        (ORGANISATIONS, "membership:KAZ-EAEU", "role:founding-member", "role:member",
         "role member (was founding member)"),
        (ORGANISATIONS, "membership:KAZ-EAEU", EAEU, 'kz:lastKnown "2026-01"^^xsd:gYearMonth',
         "last known to hold on 2026-01 (was 2026-01-01)"),
        (PERSONS, "person:kassym-jomart-tokayev", '"Kassym-Jomart Tokayev"@en',
         '"Kassym-Jomart K. Tokayev"@en',
         "label (en) Kassym-Jomart K. Tokayev (was Kassym-Jomart Tokayev)"),
        (SOURCE, BRIEF, '"2022-06-20"^^xsd:date', '"2022-06"^^xsd:gYearMonth',
         "published on 2022-06 (was 2022-06-20)"),
    ],
)  # fmt: skip
def test_an_edit_is_no_error_and_is_said(
    file: Path, subject: str, old: str, new: str, words: str, tmp_path: Path
) -> None:
    report = edited(tmp_path, described(file, subject), (old, new))
    assert [f.message for f in report.findings if f.severity == "error"] == []
    assert said(report) == [(subject, words)]


def test_a_description_that_is_the_same_changes_nothing(tmp_path: Path) -> None:
    report = edited(tmp_path, described(ORGANISATIONS, "membership:KAZ-EAEU"))
    assert (report.findings, report.edits) == ([], [])


@pytest.mark.parametrize("thing", ["membership:KAZ-EAEU", "EAEU", "role:member", BRIEF])
def test_what_show_gives_can_be_edited(thing: str, kzld: Kzld, tmp_path: Path) -> None:
    (tmp_path / "my.ttl").write_text(kzld("show", thing, "-f", "turtle").data(), "utf-8")
    report = validate(tmp_path / "my.ttl")
    assert report.triples > 3
    assert (report.findings, report.edits) == ([], [])


def test_a_description_replaces_all_of_the_old_one(tmp_path: Path) -> None:
    text = described(ORGANISATIONS, "membership:KAZ-EAEU")
    report = edited(tmp_path, text, ("    org:role role:founding-member ;\n", ""))
    assert [(f.rule, f.line > 0) for f in report.findings] == [("membership-role", True)]
    assert said(report) == [("membership:KAZ-EAEU", "role founding member removed")]


def test_two_descriptions_that_differ_undo_no_removal_in_silence(tmp_path: Path) -> None:
    text = described(ORGANISATIONS, "membership:KAZ-EAEU")
    one, two = tmp_path / "one.ttl", tmp_path / "two.ttl"
    one.write_text(text.replace("        source:commonspace-2015-eaeu ,\n", ""), "utf-8")
    two.write_text(re.sub(r'"Open: [^"]*"', '"Open."', text), "utf-8")
    found = validate(one, two)
    [finding] = [f for f in found.findings if f.rule == "described-twice"]
    assert (finding.file, finding.focus) == (str(two), "membership:KAZ-EAEU")
    assert finding.message.startswith(f"{one}:{finding.line} describes it in another way")
    two.write_text(one.read_text("utf-8"), "utf-8")
    assert validate(one, two).findings == validate(two).findings == []


def test_a_change_of_the_datatype_alone_is_shown(tmp_path: Path) -> None:
    report = edited(
        tmp_path,
        described(ORGANISATIONS, "membership:KAZ-EAEU"),
        ('"2015-01-01"^^xsd:date', '"2015-01-01"'),
    )
    assert said(report) == [
        ("membership:KAZ-EAEU", 'from "2015-01-01" (was "2015-01-01"^^xsd:date)')
    ]


def test_a_thing_has_only_its_new_class(tmp_path: Path) -> None:
    text = described(PERSONS, "person:kassym-jomart-tokayev")
    report = edited(tmp_path, text, ("a foaf:Person", "a kz:Place"), ("@prefix foaf:", KZ_FOAF))
    [said_of, *_] = [f.message for f in report.findings if f.rule == "visit-visitor"]
    assert said_of.endswith("(person:kassym-jomart-tokayev) is a place.")


def test_statements_without_a_type_are_added(tmp_path: Path) -> None:
    head, *_ = PERSONS.read_text("utf-8").split("\n\n")
    text = f'{head}\n\nperson:kassym-jomart-tokayev skos:altLabel "K. K. Tokayev"@en .\n'
    report = edited(tmp_path, text)
    assert report.conforms
    assert said(report) == [
        ("person:kassym-jomart-tokayev", "also called (en) K. K. Tokayev added")
    ]


def test_an_edit_is_found_wrong_for_the_facts_that_it_breaks(tmp_path: Path) -> None:
    text = described(PERSONS, "person:kassym-jomart-tokayev")
    report = edited(tmp_path, text, ("a foaf:Person", "a kz:Place"), ("@prefix foaf:", KZ_FOAF))
    assert {"visit-visitor", "statement-speaker"} <= {f.rule for f in report.findings}
    assert {f.file for f in report.findings} == {str(tmp_path / "my.ttl")}
    assert all(f.line for f in report.findings)


KZ_FOAF = "@prefix kz: <https://w3id.org/kzld/ontology#> .\n@prefix foaf:"


def test_a_contradiction_that_one_side_drops_is_found(tmp_path: Path) -> None:
    text = ORGANISATIONS.read_text("utf-8")
    [block, *_] = [b for b in re.split(r"\n\n(?=\w)", text) if "kz:contradicts" in b]
    subject = block.split()[0]
    dropped = re.sub(
        r" ;\n\s+kz:contradicts [^;.]*?(?= ;\n| \.\n)", "", described(ORGANISATIONS, subject)
    )
    assert "kz:contradicts" not in dropped
    report = edited(tmp_path, dropped)
    assert "contradicts-both-ways" in {f.rule for f in report.findings}


def test_reports_say_what_changes(kzld: Kzld, tmp_path: Path) -> None:
    edited(
        tmp_path,
        described(ORGANISATIONS, "membership:KAZ-EAEU"),
        (EAEU, 'kz:until "2026"^^xsd:gYear'),
    )
    for form in ("text", "github"):
        done = kzld("validate", "my.ttl", "-f", form)
        first = done.stderr.splitlines()[0]
        assert (
            first
            == "changes 1 fact: until 2026 (was open); last known to hold on 2026-01-01 removed"
        )
    assert '"property": "kz:until"' in kzld("validate", "my.ttl", "-f", "json").stdout
    french = kzld("validate", "my.ttl", "--lang", "fr").stderr
    assert french.startswith("modifie 1 fait : jusqu’à 2026 (n’avait pas de fin)")


def test_documentation_shows_the_report_of_an_edit(kzld: Kzld, tmp_path: Path) -> None:
    text = described(ORGANISATIONS, "membership:KAZ-EAEU")
    edited(tmp_path, text, (EAEU, 'kz:until "2026-11-01"^^xsd:date'))
    said = re.sub(r"\(\d.\d\d s\)", "(0.12 s)", kzld("validate", "my.ttl").stderr)
    assert said in package_file("docs", "checking.md").read_text("utf-8")


# ---------------------------------------------------------------- a part of the data


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A small checkout: the ontology and rules, with a few facts."""
    root = tmp_path / "checkout"
    for part in ("ontology", "shapes"):
        shutil.copytree(package_file(part), root / part)
    (root / "data" / "facts").mkdir(parents=True)
    shutil.copy(DATA / "catalog.ttl", root / "data")
    for part in ("things", "sources"):
        shutil.copytree(DATA / part, root / "data" / part)
    for kind in ("evidence", "resolution"):  # they name facts that are not there
        shutil.rmtree(root / "data" / "things" / kind)
    shutil.copy(DATA / "facts" / "name.ttl", root / "data" / "facts")
    return root


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def test_without_a_path_a_checkout_is_checked_whatever_is_installed(
    kzld: Kzld, checkout: Path
) -> None:
    done = kzld("validate", cwd=checkout / "data" / "facts")
    assert done.status == 0
    assert done.stderr.startswith(f"Checking the data of the checkout {checkout.resolve()}.\n")
    assert " in 23 facts, " in done.stderr


@pytest.mark.parametrize(
    "path",
    some(
        ["", "data/things/place.ttl", "data", ".", "data/facts/name.ttl"],
        kept=["data/things/place.ttl"],
    ),
)
def test_a_deletion_is_found_where_the_thing_is_named(
    path: str, kzld: Kzld, checkout: Path
) -> None:
    replace(checkout / "data" / "things" / "place.ttl", "place:astana a", "place:astana-2 a")
    done = kzld("validate", *path.split(), cwd=checkout)
    assert done.status == 1
    where = r"^data/facts/name.ttl:\d+:\d+: error dangling-reference$"
    assert re.search(where, done.stdout, re.MULTILINE)


@pytest.mark.whole
def test_so_it_is_from_outside_of_the_checkout(kzld: Kzld, checkout: Path) -> None:
    replace(checkout / "data" / "things" / "place.ttl", "place:astana a", "place:astana-2 a")
    for path in ("checkout/data/things/place.ttl", "checkout"):
        done = kzld("validate", path, cwd=checkout.parent)
        assert (done.status, "error dangling-reference" in done.stdout) == (1, True), path


@pytest.mark.whole
def test_a_checkout_has_its_own_rules(kzld: Kzld, checkout: Path) -> None:
    for file in (checkout / "shapes").glob("*.ttl"):
        text = file.read_text("utf-8")
        file.write_text(
            text.replace("Nothing describes what is named here", "No such thing"), "utf-8"
        )
    replace(checkout / "data" / "things" / "place.ttl", "place:astana a", "place:astana-2 a")
    assert "No such thing" in kzld("validate", cwd=checkout).stdout


def test_a_source_of_an_earlier_commit_is_known(kzld: Kzld, checkout: Path, tmp_path: Path) -> None:
    source = described(SOURCE, BRIEF).replace(BRIEF, "source:new-2022").replace(
        "/fr/2022/06/20/", "/fr/2022/06/21/"
    )  # fmt: skip
    source = re.sub(r'dct:title "[^"]*"', 'dct:title "New"', source)
    (checkout / "data" / "sources" / "n.ttl").write_text(source, "utf-8")
    fact = described(DATA / "facts" / "name.ttl", "name:astana-akmola-1992")
    fact = re.sub(
        r"kz:supportedBy.*?(?= ;\n|\.\n)", "kz:supportedBy source:new-2022", fact, flags=re.DOTALL
    )
    mine = tmp_path / "my.ttl"
    mine.write_text(fact, "utf-8")
    assert "dangling-reference" not in kzld("validate", str(mine), cwd=checkout).stdout
    assert "dangling-reference" in kzld("validate", "my.ttl").stdout


@pytest.mark.whole
@pytest.mark.parametrize(
    "base", some(["facts", "facts/a.ttl", "./facts/*.ttl", "{folder}/facts"], kept=["facts"])
)
def test_a_file_of_the_base_is_not_compared_with_itself(
    base: str, tmp_path: Path, kzld: Kzld
) -> None:
    facts = tmp_path / "facts"
    facts.mkdir()
    text = described(ORGANISATIONS, "membership:KAZ-EAEU")
    (facts / "a.ttl").write_text(text.replace("role:founding-member", "role:founder"), "utf-8")
    for part in ("things", "sources"):
        shutil.copytree(DATA / part, facts / part)
    done = kzld("validate", "--base", base.format(folder=tmp_path), "facts/a.ttl")
    assert (done.status, "role:founder" in done.stdout) == (1, True)


def test_a_file_of_the_data_that_cannot_be_read_is_all_that_is_said(
    kzld: Kzld, checkout: Path
) -> None:
    (checkout / "data" / "things" / "place.ttl").write_text("place:astana a", "utf-8")
    done = kzld("validate", cwd=checkout)
    assert (done.status, done.stdout) == (2, "")
    assert done.stderr.count("Error:") == 1
    assert "data/things/place.ttl:1:1" in done.stderr
