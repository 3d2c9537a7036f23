"""`kzld add`: facts, new or edited, into the files of a checkout."""

from __future__ import annotations

import fnmatch
import os
import re
import shutil
import signal
import subprocess
import time
from collections import Counter
from functools import cache
from itertools import zip_longest
from pathlib import Path

import pyoxigraph as ox
import pytest
from command import COMMAND, Done
from conftest import Kzld
from test_readme import ROOT, blocks
from tiers import every, some

from kzld.dataset.package import checkout as checkout_of
from kzld.dataset.package import package_file
from kzld.dataset.placement import Shelves, homes, read_shelves
from kzld.errors import ReadError
from kzld.rdf.documents import parse_document, read_document
from kzld.rdf.files import write_all
from kzld.rdf.namespaces import PREFIXES, Term, display, expand, named
from kzld.rdf.turtle import format_document

HEAD = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
ORGANISATIONS = "data/facts/membership/organisations-eurasia.ttl"
FACT = f"""{HEAD}
membership:AUT-EAEU-example a kz:Membership ; org:member country:AUT ; org:organization body:EAEU ;
    org:role role:observer ; kz:from "2016"^^xsd:gYear ; kz:until "2016-05"^^xsd:gYearMonth ;
    kz:supportedBy passage:legrandcontinent-2022-06-20.b5 .
"""
SOURCE = f"""{HEAD}
source:example-2026 a kz:Source ; kz:kind source-kind:press ; dct:title "An example"@en ;
    dct:publisher body:example-press ; dct:issued "2026-01-10"^^xsd:date ;
    schema:inLanguage "en" ; schema:url "https://example.org/2026"^^xsd:anyURI .
passage:example-2026.b1 a kz:Passage ; kz:source source:example-2026 ;
    kz:locator "bullet 1"@en , "puce 1"@fr .
body:example-press a org:Organization ; org:classification body-kind:press ;
    kz:country country:KAZ ;
    skos:prefLabel "Example Press"@en , "Presse exemplaire"@fr .
"""
LEFT_OUT = {
    "facts": [
        *("ballot.*", "delegation.*", "event.*", "meeting", "observation", "statement.*"),
        *("treaty-action", "visit", "vote"),
    ],
    "things": ["evidence.*", "resolution"],
    "sources": ["[adfghi-kmnp-s].*", "undl-*"],
}
"""Facts and sources that the copies lack, to be read faster."""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of a part of the checkout; the tests' own files are above it."""
    root = tmp_path / "checkout"
    for folder in ("data", "ontology", "shapes"):
        shutil.copytree(package_file(folder), root / folder, ignore=left_out)
    return root


def left_out(folder: str, names: list[str]) -> set[str]:
    patterns = LEFT_OUT.get(Path(folder).name, [])
    return {name for pattern in patterns for name in fnmatch.filter(names, pattern)}


def add(kzld: Kzld, root: Path, text: str, *options: str, name: str = "mine.ttl") -> Done:
    """Add a file, named as the user does who stands in the checkout."""
    (root.parent / name).write_text(text, "utf-8")
    return kzld("add", *options, f"../{name}", cwd=root)


def texts(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): path.read_text("utf-8")
        for path in root.rglob("*")
        if path.is_file()
    }


def block(text: str, subject: str) -> str:
    """The block of a subject in a formatted file, with the comments above it."""
    [found] = re.findall(rf"(?m)(?:^#.*\n)*^{re.escape(subject)} a (?:.+\n)+", text)
    assert isinstance(found, str)
    return found


def changed(before: dict[str, str], after: dict[str, str]) -> list[str]:
    return sorted(name for name in before | after if before.get(name) != after.get(name))


# ---------------------------------------------------------------- new facts, things and sources


def test_a_new_fact_goes_among_those_like_it(kzld: Kzld, checkout: Path) -> None:
    before = texts(checkout)
    done = add(kzld, checkout, FACT)
    assert (done.status, done.stdout) == (0, "")
    assert re.search(
        rf"(?m)^{ORGANISATIONS}: 1 fact added "
        r"\(like all \d+ others of body:EAEU\)$",
        done.stderr,
    )
    after = texts(checkout)
    assert changed(before, after) == [ORGANISATIONS]
    new = block(after[ORGANISATIONS], "membership:AUT-EAEU-example")
    assert after[ORGANISATIONS].replace(f"\n{new}", "") == before[ORGANISATIONS]
    assert format_document(read_document(checkout / ORGANISATIONS)) == after[ORGANISATIONS]


def test_a_source_its_passage_and_its_publisher(kzld: Kzld, checkout: Path) -> None:
    before = texts(checkout)
    (checkout.parent / "sources.ttl").write_text(SOURCE, "utf-8")
    fact = FACT.replace("passage:legrandcontinent-2022-06-20.b5", "passage:example-2026.b1")
    done = add(kzld, checkout, fact, "../sources.ttl")
    assert done.status == 0, done
    assert changed(before, texts(checkout)) == [
        ORGANISATIONS, "data/sources/e.ttl", "data/things/publisher/d-i.ttl"
    ]  # fmt: skip
    assert "data/sources/e.ttl: 1 source added, 1 passage added\n" in done.stderr
    assert "data/things/publisher/d-i.ttl: 1 thing added\n" in done.stderr


@pytest.mark.whole
def test_a_body_with_members_is_no_mere_publisher(kzld: Kzld, checkout: Path) -> None:
    fact = FACT.replace("body:EAEU", "body:example-press").replace(
        "passage:legrandcontinent-2022-06-20.b5", "source:example-2026"
    )
    done = add(kzld, checkout, fact + SOURCE.removeprefix(HEAD))
    assert done.status == 0, done
    assert "data/things/body/a-h.ttl: 1 thing added\n" in done.stderr


def test_a_spreadsheet(kzld: Kzld, checkout: Path) -> None:
    rows = (
        "type,member,organisation,role,from,until,supported by\n"
        "membership,AUT,EAEU,observer,2016,2016-05,legrandcontinent-2022-06-20.b5\n"
        "membership,Куба,EAEU,observer,2016,2016-06,legrandcontinent-2022-06-20.b5\n"
    )
    done = add(kzld, checkout, rows, name="mine.csv")
    assert done.status == 0, done
    assert f"{ORGANISATIONS}: 2 facts added" in done.stderr
    before = texts(checkout)
    again = kzld("add", "-", "--input-format", "csv", stdin=rows, cwd=checkout)
    assert again.status == 0, again
    assert "Nothing changes" in again.stderr
    assert texts(checkout) == before


def test_a_first_fact_of_a_kind_makes_its_file(kzld: Kzld, checkout: Path) -> None:
    name = f"""{HEAD}
name:example a kz:Name ; schema:about place:almaty ; schema:name "Example"@en ;
    kz:from "1800"^^xsd:gYear ; kz:until "1801"^^xsd:gYear ;
    kz:supportedBy passage:legrandcontinent-2022-06-20.b5 ."""
    (checkout / "data/facts/name.ttl").unlink()
    assert add(kzld, checkout, name).status == 0
    text = (checkout / "data/facts/name.ttl").read_text("utf-8")
    assert text.startswith("@prefix kz: ")
    assert block(text, "name:example")


def test_a_new_concept(kzld: Kzld, checkout: Path) -> None:
    concept = f"""{HEAD}
topic:example a skos:Concept ; skos:prefLabel "example"@en , "exemple"@fr ;
    skos:definition "An example."@en , "Un exemple."@fr ;
    skos:inScheme concept:topic ; skos:topConceptOf concept:topic ."""
    done = add(kzld, checkout, concept)
    assert done.status == 0, done
    assert "ontology/concepts/topic.ttl: 1 term added\n" in done.stderr


# ---------------------------------------------------------------- edits


def test_an_edit_replaces_its_block_and_no_other(kzld: Kzld, checkout: Path) -> None:
    name = "membership:BLR-CSTO"
    before = texts(checkout)
    old = block(before[ORGANISATIONS], name)
    assert old.startswith("# S20")
    mine = "".join(line for line in old.splitlines(keepends=True) if line[0] != "#").replace(
        'kz:lastKnown "2025-11-27"', 'kz:until "2026-11-01"'
    )
    done = add(kzld, checkout, HEAD + mine)
    assert done.status == 0, done
    assert (
        f"{ORGANISATIONS}: 1 fact changed\n"
        f"  {name}: until 2026-11-01 (was open); last known to hold on 2025-11-27 removed\n"
    ) in done.stderr
    after = texts(checkout)
    assert changed(before, after) == [ORGANISATIONS]
    assert after[ORGANISATIONS] == before[ORGANISATIONS].replace(
        old, old.replace('kz:lastKnown "2025-11-27"', 'kz:until "2026-11-01"')
    )


def test_values_that_an_edit_leaves_out_are_shown(kzld: Kzld, checkout: Path) -> None:
    text = (checkout / "data/things/person/k-m.ttl").read_text("utf-8")
    mine = block(text, "person:kassym-jomart-tokayev")
    label = re.search(r'"[^"]+"@kk', mine)
    assert label
    mine = re.sub(r',\n        "[^"]+"@kk', "", mine)  # the label, and the family name with it
    done = add(kzld, checkout, HEAD + mine)
    assert done.status == 0, done
    assert "; family name (kk) Тоқаев removed\n" in done.stderr
    assert f"label (kk) {label[0].split('@')[0][1:-1]} removed; " in done.stderr


def test_a_row_with_an_id_is_an_edit(kzld: Kzld, checkout: Path) -> None:
    rows = (
        "id,type,member,organisation,role,from,until,supported by\n"
        "KAZ-EAEU,membership,KAZ,EAEU,founding member,2015-01-01,2026-11-01,baq-2025-12-21\n"
    )
    done = add(kzld, checkout, rows, name="mine.csv")
    assert done.status == 0, done
    assert f"{ORGANISATIONS}: 1 fact changed\n" in done.stderr
    assert "note (en) removed" in done.stderr


def test_statements_without_a_type_are_added(kzld: Kzld, checkout: Path) -> None:
    before = texts(checkout)
    done = add(kzld, checkout, f'{HEAD}country:KAZ skos:altLabel "Qazaqstan example"@en .')
    assert done.status == 0, done
    after = texts(checkout)
    assert changed(before, after) == ["data/things/country.ttl"]
    old, new = (block(t["data/things/country.ttl"], "country:KAZ") for t in (before, after))
    assert set(old.split()) < set(new.split())


@pytest.mark.whole
def test_the_same_again_changes_nothing(kzld: Kzld, checkout: Path) -> None:
    add(kzld, checkout, FACT)
    before = texts(checkout)
    done = add(kzld, checkout, FACT)
    assert done.status == 0
    assert done.stderr.endswith("Nothing changes: the files say all of this already.\n")
    assert texts(checkout) == before


@pytest.mark.whole
def test_a_file_in_another_style_is_said_to_be_restyled(kzld: Kzld, checkout: Path) -> None:
    place = checkout / ORGANISATIONS
    place.write_text(place.read_text("utf-8").replace("    org:role", "  org:role"), "utf-8")
    assert "  It was not in the canonical style, and now is.\n" in add(kzld, checkout, FACT).stderr


# ---------------------------------------------------------------- nothing is written


WRONG = [
    (FACT.replace("body:EAEU", "body:EAUE"), 1, "mine.ttl:"),
    (FACT.replace("membership:AUT-EAEU-example", "_:b"), 1, "blank-subject"),
    (FACT.replace(" .\n", " ;;. ]\n"), 2, "mine.ttl:"),
    (FACT.replace("a kz:Membership ;", ""), 1, "untyped"),
]


@pytest.mark.parametrize(("text", "status", "said"), some(WRONG, [WRONG[0], WRONG[2]]))
def test_errors_leave_the_files_as_they_are(
    kzld: Kzld, checkout: Path, text: str, status: int, said: str
) -> None:
    before = texts(checkout)
    done = add(kzld, checkout, text)
    assert done.status == status
    assert said in done.stdout + done.stderr
    assert done.stderr.endswith("Nothing was written.\n")
    assert texts(checkout) == before


@pytest.mark.whole
def test_a_dry_run_shows_the_same(kzld: Kzld, checkout: Path) -> None:
    before = texts(checkout)
    dry = add(kzld, checkout, FACT, "--dry-run", "--diff")
    assert texts(checkout) == before
    assert dry.stdout.startswith(f"--- a/{ORGANISATIONS}\n+++ b/{ORGANISATIONS}\n@@ ")
    assert "\n+membership:AUT-EAEU-example a kz:Membership ;\n" in dry.stdout
    wet = add(kzld, checkout, FACT, "--diff")
    assert dry.stdout == wet.stdout
    assert dry.stderr.splitlines()[1:] == [
        *wet.stderr.splitlines()[1:], "Nothing was written (--dry-run)."
    ]  # fmt: skip


@pytest.mark.whole
def test_in_french(kzld: Kzld, checkout: Path) -> None:
    done = add(kzld, checkout, FACT, "--dry-run", "--lang", "fr")
    _, line, end = done.stderr.splitlines()
    pattern = r" : ajout de 1 fait \(comme les \d+ autres de body:EAEU\)"
    assert re.fullmatch(ORGANISATIONS + pattern, line)
    assert end == "Rien n’a été écrit (--dry-run)."


def test_a_comment_is_not_lost_in_silence(kzld: Kzld, checkout: Path) -> None:
    done = add(kzld, checkout, FACT.replace("org:role", "# perhaps\n org:role"), "--dry-run")
    assert "mine.ttl: its comments are not taken over; " in done.stderr


@pytest.mark.whole
def test_elsewhere(kzld: Kzld, checkout: Path) -> None:
    done = kzld("add", "x.ttl", cwd=checkout.parent)
    assert "is in no checkout of the project" in done.complaint()
    inside = checkout / "data" / "facts"
    done = kzld("add", "visit.ttl", cwd=inside)
    assert done.complaint().startswith("visit.ttl: is a file of the checkout itself")
    done = add(kzld, checkout, FACT)
    assert done.status == 0
    assert checkout_of(inside) == checkout


@pytest.mark.whole
def test_step_three_of_contributing(kzld: Kzld, checkout: Path) -> None:
    """The fact of step 1, mended as step 2 says, is where the table says."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    mended = blocks(text, "turtle")[0].replace("body:EAUE", "body:EAEU")
    known = 'kz:lastKnown "2022-06-20"^^xsd:date ;\n    '
    (checkout / "my-facts.ttl").write_text(mended.replace("kz:supp", f"{known}kz:supp"))
    [step] = blocks(text, "sh")
    done = kzld(*step.split()[1:], cwd=checkout)
    assert done.status == 0, done
    assert block((checkout / ORGANISATIONS).read_text("utf-8"), "membership:CUB-EAEU-example")


# ---------------------------------------------------------------- all files, or none


def test_a_failure_in_the_middle_is_undone(tmp_path: Path) -> None:
    first, second, third = (tmp_path / name for name in "abc")
    first.write_text("old")
    third.mkdir()  # cannot be replaced by a file
    with pytest.raises(ReadError, match=r"c: cannot be written .*; nothing was changed"):
        write_all({first: b"new", second: b"new", third: b"new"})
    assert first.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "c"]


@pytest.mark.process
@pytest.mark.whole
def test_a_killed_run_leaves_each_file_old_or_new(checkout: Path) -> None:
    mine = checkout.parent / "mine.ttl"
    mine.write_text(
        FACT.replace("passage:legrandcontinent-2022-06-20.b5", "passage:example-2026.b1")
        + SOURCE.removeprefix(HEAD)
    )
    before = texts(checkout)
    command = [COMMAND, "add", mine]
    subprocess.run(command, cwd=checkout, check=True, capture_output=True)
    after = texts(checkout)
    start = time.monotonic()
    for step in range(40):
        for name, text in before.items():
            (checkout / name).write_text(text, "utf-8")
        run = subprocess.Popen(command, cwd=checkout, stderr=subprocess.DEVNULL)
        time.sleep(0.2 + step * 0.02)
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
        for name, text in texts(checkout).items():
            assert ".kzld-" in name or text in (before.get(name), after[name]), (name, step)
    assert start
    subprocess.run(command, cwd=checkout, check=True, capture_output=True)
    assert texts(checkout) == after


@pytest.mark.process
@pytest.mark.whole
def test_of_runs_at_once_none_undoes_another(checkout: Path) -> None:
    running = []
    for country in ("AUT", "BEL", "CUB", "DNK", "EST"):
        mine = checkout.parent / f"{country}.ttl"
        mine.write_text(FACT.replace("AUT", country))
        running.append(
            subprocess.Popen([COMMAND, "add", mine], cwd=checkout, stderr=subprocess.PIPE)
        )
    said = [run.communicate()[1].decode() for run in running]
    text = (checkout / ORGANISATIONS).read_text("utf-8")
    for run, lines in zip(running, said, strict=True):
        country = Path(str(run.args[-1])).stem  # type: ignore[index]
        assert (run.returncode == 0) == (f"membership:{country}-EAEU-example a " in text), lines
        assert run.returncode == 0 or "was changed in the meantime" in lines
    assert any(run.returncode == 0 for run in running)


# ---------------------------------------------------------------- every packaged file


@cache
def shelves() -> Shelves:
    return read_shelves(package_file())


def without(*subjects: Term) -> Shelves:
    about, files = dict(shelves().about), dict(shelves().files)
    for subject in subjects:
        del about[subject], files[subject]
    return Shelves(about, files)


SUBJECTS = sorted(
    (
        subject
        for subject, [file] in shelves().files.items()
        if file.startswith(("data", "ontology/concepts"))
        and not display(subject).startswith(("concept:", "kz:"))
    ),
    key=str,
)
INDICATORS = Counter(
    triple.object
    for about in shelves().about.values()
    for triple in about
    if triple.predicate == named("kz:indicator")
)


def rounds() -> list[list[Term]]:
    """All subjects, in rounds that take at most one from each file: its like are still there."""
    of_file: dict[str, list[Term]] = {}
    for subject in SUBJECTS:
        of_file.setdefault(shelves().files[subject][0], []).append(subject)
    return [[one for one in found if one] for found in zip_longest(*of_file.values())]


@pytest.mark.whole
@pytest.mark.parametrize("start", range(20))
def test_what_is_taken_out_returns_to_its_file(start: int) -> None:
    for taken in rounds()[start::20]:
        about = {subject: shelves().about[subject] for subject in taken}
        found = homes(about, without(*taken))
        assert len(found) == len(taken) > 0
        for subject, home in found.items():
            file = shelves().files[subject][0]
            if any(INDICATORS[triple.object] == 1 for triple in about[subject]):
                assert home.file.startswith("data/facts/observation/")  # nothing tells its topic
            else:
                assert home.file == file, display(subject)


@pytest.mark.parametrize("file", every(6, dict.fromkeys(shelves().files[s][0] for s in SUBJECTS)))
def test_a_file_is_the_same_byte_for_byte(file: str) -> None:
    """One block of it is taken out and put back."""
    text = package_file(file).read_text("utf-8")
    blocks = re.findall(r"(?m)(?<=\n\n)\w[\w-]*:\S+ a (?:.+\n)+", text)
    if len(blocks) < 2:  # nothing would be left, or it holds only names that were replaced
        return
    taken = blocks[len(blocks) // 2]
    subject = ox.NamedNode(expand(taken.split()[0]) or "")
    rest = parse_document(text.replace(f"\n{taken}", "").encode(), file, ox.RdfFormat.TURTLE)
    statements = [*(quad.triple for quad in rest), *shelves().about[subject]]
    assert format_document(rest, statements) == text


def test_a_name_that_was_replaced_has_its_home_with_its_like() -> None:
    old = next(s for s, found in shelves().files.items() if found == ["data/replaced.ttl"])
    assert isinstance(old, ox.NamedNode)
    [home] = homes({old: shelves().about[old]}, without(old)).values()
    assert home.file == "data/replaced.ttl"
