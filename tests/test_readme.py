"""What README and CONTRIBUTING show is what a reader gets."""

import ast
import re
from pathlib import Path

import pytest
from command import call_line

from kzld.rdf.date_forms import readings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def shown_commands(text: str) -> list[tuple[str, str]]:
    """Each `$ command` of the console blocks with the output shown below it."""
    shown = []
    for block in blocks(text, "console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            shown.append((command, output.rstrip()))
    return shown


def run(command: str, folder: Path) -> str:
    done = call_line(command, folder)
    return (done.stdout + done.stderr).rstrip()


@pytest.mark.parametrize(("command", "output"), shown_commands(README))
def test_readme_shows_what_is_printed(command: str, output: str) -> None:
    assert run(command, ROOT) == output


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "CONTRIBUTING.fr.md"])
def test_contributing_shows_what_is_printed(tmp_path: Path, name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    [(command, output)] = shown_commands(text)
    (tmp_path / command.split()[-1]).write_text(blocks(text, "turtle")[0], "utf-8")
    assert untimed(run(command, tmp_path)) == untimed(output)


def test_the_page_on_spreadsheets_shows_what_is_printed(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "spreadsheets.md").read_text("utf-8")
    [rows] = blocks(text, "csv")
    (check, findings), (convert, turtle) = shown_commands(text)
    sheet = tmp_path / "my-facts.csv"
    sheet.write_text(rows, "utf-8")
    assert untimed(run(check, tmp_path)) == untimed(findings)
    sheet.write_text(rows.replace("EAUE", "EAEU").replace("05/06/2015", "2015-06-05"), "utf-8")
    assert "0 errors" in run(check, tmp_path)
    assert run(convert, tmp_path) == turtle


def test_the_page_on_spreadsheets_says_how_dates_are_read() -> None:
    text = (ROOT / "docs" / "spreadsheets.md").read_text("utf-8")
    section = text.partition("## Dates")[2].partition("## ")[0]
    rows = re.findall(r"^\| (`.*) \| (\d.*?)\?? \|$", section, re.MULTILINE)
    forms = [
        (f, meaning.split(" or ")) for cell, meaning in rows for f in re.findall("`(.*?)`", cell)
    ]
    assert len(forms) > 15
    for form, meaning in forms:
        assert readings(form) == meaning


CLUB = """
@prefix body: <https://w3id.org/kzld/id/body/> .
@prefix country: <https://w3id.org/kzld/id/country/> .
@prefix kz: <https://w3id.org/kzld/ontology#> .
@prefix membership: <https://w3id.org/kzld/id/membership/> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix role: <https://w3id.org/kzld/concept/role/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
body:club a org:Organization ; skos:prefLabel "Club"@en .
country:KAZ a kz:Country ; skos:prefLabel "Kazakhstan"@en .
country:KGZ a kz:Country ; skos:prefLabel "Kyrgyzstan"@en .
membership:KAZ-club a kz:Membership ; org:member country:KAZ ; org:organization body:club ;
    org:role role:member ; kz:from "2001"^^xsd:gYear .
membership:KGZ-club a kz:Membership ; org:member country:KGZ ; org:organization body:club ;
    org:role role:member ; kz:lastKnown "2024-05-01"^^xsd:date .
"""


@pytest.mark.whole
def test_the_page_on_exports_shows_what_is_printed(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "exporting.md").read_text("utf-8")
    [(command, output)] = shown_commands(text)
    (tmp_path / "old.ttl").write_text(CLUB, "utf-8")
    new = CLUB.replace('"2001"^^xsd:gYear', '"2001-06"^^xsd:gYearMonth')
    new = new.replace('kz:lastKnown "2024-05-01"^^xsd:date', 'kz:until "2025"^^xsd:gYear')
    (tmp_path / "new.ttl").write_text(new, "utf-8")
    assert run(command, tmp_path) == output
    check_python(blocks(text, "python"), 1)


def untimed(text: str) -> str:
    return re.sub(r"\(\d+\.\d\d s\)$", "(… s)", text)


def test_contributing_in_french_names_the_same_places() -> None:
    french, english = ((ROOT / f"CONTRIBUTING{x}.md").read_text("utf-8") for x in (".fr", ""))
    step = blocks(french, "sh")[0].replace("mes-faits", "my-facts")
    assert step == blocks(english, "sh")[0]
    assert set(re.findall(r"`(?:data|facts|things)/\S+`", french)) <= set(
        re.findall(r"`(?:data|facts|things)/\S+`", english)
    )


@pytest.mark.whole
def test_python_example(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    check_python(blocks(README, "python"), 2)


def check_python(sources: list[str], values: int) -> None:
    """The block runs, and each value in a comment behind an expression is its value."""
    [source] = sources
    names: dict[str, object] = {}
    exec(source, names)  # noqa: S102 (our own page)
    checked = 0
    for line in source.splitlines():
        code, hash_sign, comment = line.partition("  # ")
        try:
            expected = ast.literal_eval(comment.strip())
        except (SyntaxError, ValueError):
            continue
        if hash_sign:
            assert eval(code, names) == expected  # noqa: S307
            checked += 1
    assert checked == values


def test_set_up_commands_are_what_ci_runs() -> None:
    ci = (ROOT / ".ci" / "run").read_text("utf-8")
    commands = [block.strip() for block in blocks(README, "sh")]
    assert len(commands) == 2
    for command in commands:
        assert command in ci.splitlines()
