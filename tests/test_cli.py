"""The command: what its help shows works, every format is what it says, nothing overflows."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import click
import openpyxl
import pyoxigraph as ox
import pytest
from command import call
from conftest import Kzld, Shell, Terminal
from tiers import some
from wcwidth import wcswidth

from kzld.check.explain import explain_rule, list_rules
from kzld.cli import cli
from kzld.knowledge_graph import KnowledgeGraph
from kzld.query.ask import questions
from kzld.rdf.namespaces import GRAPHS, PREFIXES, graph_name

ROOT = Path(__file__).parent.parent
RULES = ROOT / "tests" / "rules"
GOOD = RULES / "membership-organization" / "pass.ttl"
BAD = RULES / "membership-organization" / "fail.ttl"

# ---------------------------------------------------------------- help


def commands(group: click.Group = cli, path: str = "kzld") -> Iterator[tuple[str, click.Command]]:
    """Every command and question by what is typed to reach it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")


COMMANDS = dict(commands())
EXAMPLES = [
    line.strip()
    for command in COMMANDS.values()
    for line in (command.help or "").splitlines()
    if re.match(r" *(kzld|echo .* kzld) ", line)
]
# Those that end, and need no store: tests/test_stores.py has what goes to one.
LONG = re.compile(
    r"kzld (export (--release|--nested|-o|-f csv)|diff kzld|fmt --check|validate -f|add|catalog)"
)
ENDING = [line for line in EXAMPLES if not re.search(r"kzld serve|http://localhost:", line)]
QUICK = [line for line in ENDING if not LONG.search(line)]


@pytest.mark.parametrize("path", COMMANDS)
def test_help_says_what_a_command_does_and_shows_it(path: str) -> None:
    title, _, rest = (COMMANDS[path].help or "").partition("\n")
    assert title.endswith(".")
    assert path in rest


@pytest.mark.parametrize("path", COMMANDS)
def test_help_explains_every_option(path: str) -> None:
    for option in COMMANDS[path].params:
        if isinstance(option, click.Option):
            assert re.fullmatch(r"\w.{9,}\.", option.help or ""), option.name


def test_help_is_shown(kzld: Kzld) -> None:
    for option in ("-h", "--help"):
        shown = kzld("ask", "members", option).data()
        assert "--organization NAME  " in shown
        assert "kzld ask members --organization EAEU" in shown
    overall = kzld("--help").data()
    for path, command in COMMANDS.items():
        if path.count(" ") == 1:
            start = (command.help or "").split()[0]
            assert re.search(rf"^  {path.split()[1]} +{start}", overall, re.MULTILINE)


def test_readme_of_the_terminal_is_not_wide(kzld: Kzld) -> None:
    for path in ("query", "ask members", "export"):
        lines = kzld(*path.split(), "--help").data().splitlines()
        assert max(map(len, lines)) <= 80


def test_every_command_has_an_example() -> None:
    shown = " ".join(EXAMPLES)
    assert all(f"{path} " in shown for path in COMMANDS)


@pytest.fixture(scope="module")
def files_of_examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the examples of the help name."""
    folder = tmp_path_factory.mktemp("examples")
    (folder / "kzld-2026.11.1").mkdir()
    for name in ("my-facts.ttl", "my-sources.ttl", "new.ttl", "kzld-2026.11.1/facts.ttl"):
        shutil.copy(GOOD, folder / name)
    (folder / "old.nq.gz").write_bytes(gzip.compress(b"<a:a> <a:b> <a:c> ."))
    sheet = call("new", "membership", "--csv", stdin=None, cwd=folder).data()
    (folder / "my-facts.csv").write_text(sheet, "utf-8")
    workbook = openpyxl.Workbook()
    for row in csv.reader(io.StringIO(sheet.removeprefix("\ufeff"))):
        workbook.active.append(row)
    workbook.save(folder / "my-facts.xlsx")
    (folder / "question.rq").write_text("SELECT ?body { country:KAZ org:memberOf ?body }")
    return folder


@pytest.mark.parametrize(
    "example", some(ENDING, [line for line in ENDING if not LONG.search(line)])
)
def test_example_of_the_help_works_elsewhere(
    line: Shell, tmp_path: Path, files_of_examples: Path, example: str
) -> None:
    shutil.copytree(files_of_examples, tmp_path, dirs_exist_ok=True)
    for folder in ("data", "ontology", "shapes"):
        if "kzld add" in example:  # which writes into it
            shutil.copytree(ROOT / folder, tmp_path / folder)
        else:
            (tmp_path / folder).symlink_to(ROOT / folder)
    done = line(example)
    assert done.status == 0, done
    writes_elsewhere = re.search(r"-o|>|fmt|validate|add", example)
    assert done.stdout or writes_elsewhere


def test_overview(kzld: Kzld, kg: KnowledgeGraph) -> None:
    shown = kzld().data()
    assert shown.startswith(f"kzld {version('kzld')}, data 20")
    assert f"sha256:{kg.dataset.fingerprint}\n" in shown
    facts = kg.query("SELECT DISTINCT ?fact { ?fact a kz:Fact }")
    assert f"{len(facts)} facts" in shown  # type: ignore[arg-type]


def test_what_the_overview_proposes_works(kzld: Kzld, line: Shell) -> None:
    proposed = re.findall(r"^  (kzld .*)", kzld().data(), re.MULTILINE)
    assert len(proposed) >= 5
    for one in proposed:
        assert line(one).data(), one


def test_version(kzld: Kzld) -> None:
    assert kzld("--version").data() == f"kzld {version('kzld')}\n"


@pytest.mark.process
def test_the_module_and_the_installed_command_are_the_command(kzld: Kzld, process: Kzld) -> None:
    module = process("search", "KAZ", command=(sys.executable, "-m", "kzld"))
    assert module.data() == process("search", "KAZ").data() == kzld("search", "KAZ").data()


# ---------------------------------------------------------------- formats of query

SELECT = r"""SELECT ?thing ?text {
  VALUES (?thing ?text) {
    (country:KAZ "a, \"b\" | c\td \\") (UNDEF "екі\nжол"@kk) (body:EAEU 5) (<a:b> true)
    (UNDEF UNDEF)
  }
}"""
CONSTRUCT = "CONSTRUCT WHERE { country:KAZ ?p ?o }"


def rows(data: bytes | str, syntax: ox.QueryResultsFormat) -> list[list[object]]:
    found = ox.parse_query_results(data, format=syntax)
    assert isinstance(found, ox.QuerySolutions)
    assert [variable.value for variable in found.variables] == ["thing", "text"]
    return [[row["thing"], row["text"]] for row in found]


@pytest.mark.parametrize(
    ("form", "syntax"),
    [
        ("json", ox.QueryResultsFormat.JSON),
        ("xml", ox.QueryResultsFormat.XML),
        ("tsv", ox.QueryResultsFormat.TSV),
    ],
)
def test_select_in_standard_formats(
    kzld: Kzld, kg: KnowledgeGraph, form: str, syntax: ox.QueryResultsFormat
) -> None:
    answer = kg.query(SELECT)
    assert rows(kzld("query", SELECT, "-f", form).data(), syntax) == answer.rows  # type: ignore[union-attr]
    truth = ox.parse_query_results(kzld("query", "ASK {}", "-f", form).data(), format=syntax)
    assert bool(truth) is True


def test_select_as_csv(kzld: Kzld) -> None:
    found = list(csv.reader(io.StringIO(kzld("query", SELECT, "-f", "csv").data())))
    country, body = PREFIXES["country"], PREFIXES["body"]
    assert found == [
        ["thing", "text"],
        [f"{country}KAZ", 'a, "b" | c\td \\'],
        ["", "екі\nжол"],
        [f"{body}EAEU", "5"],
        ["a:b", "true"],
        ["", ""],
    ]


def test_select_as_table(kzld: Kzld) -> None:
    assert kzld("query", SELECT).data().splitlines() == [
        "thing        text",
        "-----------------------------",
        'country:KAZ  a, "b" | c d \\',
        "             екі жол",
        "body:EAEU    5",
        "a:b          true",
        "",
    ]


def cells_of_markdown(text: str) -> list[list[str]]:
    """The cells of a table of GitHub Flavored Markdown: rows, without the delimiter row."""
    lines = text.split("\n\n", maxsplit=1)[0].splitlines()
    split = [re.split(r"(?<!\\)\|", line) for line in lines]
    assert all(row[0] == row[-1] == "" for row in split)
    cells = [[cell.strip() for cell in row[1:-1]] for row in split]
    assert all(re.fullmatch(":?-+:?", cell) for cell in cells[1])
    assert len({len(row) for row in cells}) == 1
    return [cells[0], *cells[2:]]


def test_select_as_markdown(kzld: Kzld) -> None:
    found = cells_of_markdown(kzld("query", SELECT, "-f", "markdown").data())
    assert found[:3] == [["thing", "text"], ["country:KAZ", 'a, "b" \\| c d \\'], ["", "екі жол"]]


@pytest.mark.parametrize("form", ["table", "csv", "tsv", "markdown"])
def test_ask_as_a_word(kzld: Kzld, form: str) -> None:
    assert kzld("query", "ASK {}", "-f", form).data() == "true\n"
    assert kzld("query", "ASK { ?x a <a:b> }", "-f", form).data() == "false\n"


@pytest.mark.parametrize(
    ("form", "syntax"),
    [
        ("turtle", ox.RdfFormat.TURTLE),
        ("ntriples", ox.RdfFormat.N_TRIPLES),
        ("jsonld", ox.RdfFormat.JSON_LD),
    ],
)
def test_construct(kzld: Kzld, kg: KnowledgeGraph, form: str, syntax: ox.RdfFormat) -> None:
    written = kzld("query", CONSTRUCT, "-f", form).data()
    expected = kg.query(CONSTRUCT)
    assert {quad.triple for quad in ox.parse(written, format=syntax)} == set(expected)  # type: ignore[arg-type]


def test_usual_format_of_a_graph_is_turtle(kzld: Kzld) -> None:
    assert kzld("query", CONSTRUCT).data() == kzld("query", CONSTRUCT, "-f", "turtle").data()


@pytest.mark.parametrize("form", ["table", "csv", "json", "markdown"])
def test_no_columns(kzld: Kzld, form: str) -> None:
    assert kzld("query", "SELECT * {}", "-f", form).status == 0


def test_no_rows(kzld: Kzld) -> None:
    assert kzld("query", "SELECT * { ?x a <a:b> }").data() == "x\n---\n"


def test_query_from_file_and_standard_input(kzld: Kzld, tmp_path: Path) -> None:
    (tmp_path / "q.rq").write_bytes(b"\xef\xbb\xbf" + SELECT.encode())
    direct = kzld("query", SELECT).data()
    assert kzld("query", "-q", "q.rq").data() == direct
    assert kzld("query", "-", stdin=SELECT).data() == direct


def test_data_is_added(kzld: Kzld, tmp_path: Path) -> None:
    (tmp_path / "one.nt").write_text("<a:a> <a:b> <a:c> .")
    (tmp_path / "two.ttl.gz").write_bytes(gzip.compress(b"<a:c> <a:b> country:KAZ ."))
    query = "ASK { <a:a> <a:b>/<a:b> country:KAZ }"
    assert (
        "two.ttl.gz:1:13: the prefix country:"
        in kzld("query", query, "--data", "two.ttl.gz").complaint()
    )
    kaz = f"<{PREFIXES['country']}KAZ>"
    (tmp_path / "two.ttl.gz").write_bytes(gzip.compress(f"<a:c> <a:b> {kaz} .".encode()))
    added = kzld("query", query, "--data", "one.nt", "--data", "two.ttl.gz").data()
    assert added == "true\n"


# ---------------------------------------------------------------- formats of ask, search, show

ASKED = ("ask", "members", "--organization", "EAEU")


def test_ask_formats_say_the_same(kzld: Kzld, kg: KnowledgeGraph) -> None:
    answer = kg.ask("members", organization="EAEU")
    columns, labels = answer.table()
    assert columns[-2:] == ["standing", "others say"]
    headings = [column.replace("_", " ") for column in columns]
    shown = {form: kzld(*ASKED, "-f", form).data() for form in ("table", "csv", "tsv", "json")}

    table, meanings = shown["table"].split("\n\n")
    assert meanings == "disputed: it stands, but a source says otherwise\n"
    heading, rule, *lines = table.splitlines()
    assert re.split("  +", heading) == headings
    assert set(rule) == {"-"}
    starts = [heading.index(column) for column in headings]
    ends = [*starts[1:], None]
    assert [[line[a:b].strip() for a, b in zip(starts, ends, strict=True)] for line in lines] == (
        labels
    )

    written = [*columns[:-1], "otherwise"]
    for form, delimiter in (("csv", ","), ("tsv", "\t")):
        found = list(csv.DictReader(io.StringIO(shown[form]), delimiter=delimiter))
        assert [[row[column] for column in written] for row in found] == labels
        assert all(row["member_id"].startswith(PREFIXES["country"]) for row in found)
        assert all(row["fact"].startswith(PREFIXES["membership"]) for row in found)

    records = json.loads(shown["json"])
    rows = [[row[column] or "" for column in written] for row in records]
    assert [[*row, "; ".join(others)] for *row, others in rows] == labels
    assert cells_of_markdown(kzld(*ASKED, "-f", "markdown").data()) == [
        headings,
        *labels,
    ]


def test_ask_cites_sources_in_every_format(kzld: Kzld, kg: KnowledgeGraph) -> None:
    said = kg.ask("members", organization="EAEU").citations()
    urls = {citation.address for row in said for citation in row}
    for form in ("table", "markdown", "csv", "tsv", "json"):
        shown = kzld(*ASKED, "--sources", "-f", form).data()
        assert set(re.findall(r"https?://[^\s>\"]+", shown)) >= urls
    records = json.loads(shown)
    assert [len(row["sources"]) for row in records] == [len(row) for row in said]


def test_numbers_of_sources_stand_below_the_table(kzld: Kzld) -> None:
    table, _, notes = kzld(*ASKED, "--sources").data().split("\n\n")
    used = {number for line in table.splitlines()[2:] for number in re.findall(r"\b\d\b", line)}
    assert used <= set(re.findall(r"^\[(\d+)\]", notes, re.MULTILINE))


def test_ask_prints_a_query_that_query_answers(kzld: Kzld) -> None:
    printed = kzld(*ASKED, "--at", "2022-06-20", "--sparql").data()
    found = json.loads(kzld("query", "-", "-f", "json", stdin=printed).data())
    asked = json.loads(kzld(*ASKED, "--at", "2022-06-20", "-f", "json").data())
    assert len(found["results"]["bindings"]) == len(asked) == 8


def test_no_rows_is_said(kzld: Kzld) -> None:
    done = kzld(*ASKED, "--at", "1991-12-16")
    assert (done.status, done.stdout) == (0, "")
    assert done.stderr.startswith("No rows: ")


def test_search_formats(kzld: Kzld) -> None:
    found = json.loads(kzld("search", "Тоқаев", "-f", "json").data())
    assert found[0]["name"] == "person:kassym-jomart-tokayev"
    table = [list(found[0]), *[list(row.values()) for row in found]]
    for form, delimiter in (("csv", ","), ("tsv", "\t")):
        text = kzld("search", "Тоқаев", "-f", form).data()
        assert list(csv.reader(io.StringIO(text), delimiter=delimiter)) == table
    assert cells_of_markdown(kzld("search", "Тоқаев", "-f", "markdown").data()) == table
    assert kzld("search", "Тоқаев").data().splitlines()[2].split()[0] == found[0]["name"]
    nothing = kzld("search", "qqqqqqq")
    assert (nothing.status, nothing.stdout) == (0, "")


def test_show_as_json(kzld: Kzld) -> None:
    card = json.loads(kzld("show", "EAEU", "-f", "json").data())
    assert card["name"] == "body:EAEU"
    assert all(line["citations"] for line in card["lines"])
    text = kzld("show", "EAEU").data()
    assert all(line["what"] in text for line in card["lines"])


# ---------------------------------------------------------------- the edge of the terminal


def overlong(lines: list[str], columns: int) -> list[str]:
    """Lines past the edge; a word that must stay whole, such as a URL, may pass it."""
    shown = [click.unstyle(line) for line in lines]
    return [line for line in shown if wcswidth(line) > columns and " " in line.strip()]


@pytest.mark.parametrize("columns", some([60, 80, 120], [60]))
@pytest.mark.parametrize("name", questions())
def test_answer_fits_the_terminal(terminal: Terminal, name: str, columns: int) -> None:
    lines = terminal(columns, "ask", name, *shlex.split(questions()[name].example), "--sources")
    rule = lines.index(next(line for line in lines if set(line) == {"-"}))
    table = lines[: lines.index("")]
    assert len(table) > rule == 1
    assert max(map(wcswidth, table)) <= columns
    assert overlong(lines, columns) == []


@pytest.mark.parametrize("name", questions())
def test_answer_names_things_by_label(kzld: Kzld, name: str) -> None:
    table = kzld("ask", name, *shlex.split(questions()[name].example)).data()
    assert not re.search(rf"://|\b({'|'.join(PREFIXES)}):\w", table)


@pytest.mark.parametrize(
    "args",
    [
        ("show", "EAEU"),
        ("show", "kassym-jomart-tokayev", "--lang", "kk"),
        ("explain",),
        ("search", "Kazakhstan", "--limit", "30"),
        ("query", "SELECT * { ?source a kz:Source ; schema:url ?url ; dct:title ?t } LIMIT 40"),
        ("ask", "members", "--help"),
        ("validate", "wide.ttl"),
    ],
    ids=lambda args: args[0],
)
def test_output_fits_the_terminal(
    terminal: Terminal, tmp_path: Path, args: tuple[str, ...]
) -> None:
    facts = BAD.read_text("utf-8").replace(" ;\n    org:organization", f" ; {'#' * 99}\n org:role")
    (tmp_path / "wide.ttl").write_text(facts, "utf-8")
    lines = terminal(60, *args)
    assert len(lines) > 3
    # The lines of a file are shown as they are, as far as 80 columns.
    assert overlong(lines, 80 if args[0] == "validate" else 60) == []


# ---------------------------------------------------------------- validate


def test_validate_passes(kzld: Kzld) -> None:
    done = kzld("validate", GOOD)
    assert (done.status, done.stdout) == (0, "")
    assert done.stderr.startswith("0 errors in 1 fact")


@pytest.mark.whole
def test_packaged_data_is_valid(kzld: Kzld) -> None:
    done = kzld("validate")
    assert (done.status, done.stdout) == (0, "")


def test_finding_has_file_line_column_and_a_mark(kzld: Kzld, tmp_path: Path) -> None:
    shutil.copy(BAD, tmp_path / "facts.ttl")
    done = kzld("validate", "facts.ttl")
    place, _, shown, mark, remedy = done.stdout.splitlines()[:5]
    assert done.status == 1
    assert done.stderr.startswith("1 error in 1 fact")
    found = re.fullmatch(r"facts\.ttl:(\d+):(\d+): error membership-organization", place)
    assert found
    line = BAD.read_text("utf-8").splitlines()[int(found[1]) - 1]
    assert line[int(found[2]) - 1 :].startswith("country:KGZ")
    assert shown == f"  {found[1]} | {line}"
    assert shown[mark.index("^") : mark.rindex("^") + 1] == "country:KGZ"
    assert remedy.strip() == "help: Give one org:organization with a body:."


def test_findings_as_json(kzld: Kzld) -> None:
    done = kzld("validate", BAD, "-f", "json")
    report = json.loads(done.stdout)
    assert (done.status, done.stderr) == (1, "")
    assert (report["conforms"], report["unreadable"], report["facts"]) == (False, [], 1)
    [finding] = report["findings"]
    assert finding["file"] == str(BAD)
    assert (finding["rule"], finding["severity"]) == ("membership-organization", "error")
    assert (finding["path"], finding["value"]) == ("org:organization", "country:KGZ")
    assert finding["line"] > 0
    assert finding["column"] > 0


def test_findings_as_github_annotations(kzld: Kzld, tmp_path: Path) -> None:
    shutil.copy(BAD, tmp_path / "a,b:c.ttl")
    done = kzld("validate", "a,b:c.ttl", "-f", "github")
    assert done.status == 1
    command, place, message = re.fullmatch(r"::(\w+) (.*?)::(.*)\n", done.stdout).groups()  # type: ignore[union-attr]
    assert command == "error"
    assert re.fullmatch(
        r"file=a%2Cb%3Ac\.ttl,line=\d+,col=\d+,endColumn=\d+,title=membership-organization", place
    )
    assert message.startswith("membership:KAZ-example-forum: The membership must be in")


def test_validate_in_french(kzld: Kzld) -> None:
    english, french = (kzld("validate", BAD, "--lang", lang).stdout for lang in ("en", "fr"))
    assert english != french
    assert english.splitlines()[0].replace(" error ", " erreur ") == french.splitlines()[0]


def test_validate_standard_input(kzld: Kzld) -> None:
    done = kzld("validate", "-", stdin=BAD.read_bytes())
    assert done.status == 1
    assert re.match(r"<stdin>:\d+:\d+: error membership-organization\n", done.stdout)


def test_validate_folder(kzld: Kzld, tmp_path: Path) -> None:
    (tmp_path / "facts" / "deep").mkdir(parents=True)
    shutil.copy(BAD, tmp_path / "facts" / "deep" / "bad.ttl")
    (tmp_path / "facts" / "notes.txt").write_text("not RDF")
    done = kzld("validate", "facts")
    assert done.status == 1
    assert done.stdout.startswith("facts/deep/bad.ttl:")


@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_a_broken_file_does_not_hide_findings(kzld: Kzld, tmp_path: Path, form: str) -> None:
    shutil.copy(BAD, tmp_path / "bad.ttl")
    (tmp_path / "broken.ttl").write_text("<a:a> <a:b> .")
    done = kzld("validate", "no.ttl", "broken.ttl", "bad.ttl", "-f", form)
    assert done.status == 2
    assert "membership-organization" in done.stdout
    assert "Error: no.ttl: no such file\n" in done.stderr
    assert "Error: broken.ttl:1:13: " in done.stderr
    if form == "json":
        assert len(json.loads(done.stdout)["unreadable"]) == 2


def test_a_warning_is_no_violation(kzld: Kzld, tmp_path: Path) -> None:
    [rule, *_] = [name for name, severity, _ in list_rules() if severity == "warning"]
    shutil.copy(RULES / rule / "fail.ttl", tmp_path / "facts.ttl")
    done = kzld("validate", "facts.ttl")
    assert done.status == 0
    assert f"warning {rule}" in done.stdout


def test_rdf_xml_findings_have_lines(kzld: Kzld, tmp_path: Path) -> None:
    quads = ox.parse(BAD.read_bytes(), format=ox.RdfFormat.TURTLE)
    written = ox.serialize([q.triple for q in quads], format=ox.RdfFormat.RDF_XML)
    (tmp_path / "facts.rdf").write_bytes(written or b"")
    [finding] = json.loads(kzld("validate", "facts.rdf", "-f", "json").stdout)["findings"]
    assert finding["value"] == "country:KGZ"
    assert "country/KGZ" in finding["source"]


# ---------------------------------------------------------------- explain

RULE_NAMES = [name for name, _, _ in list_rules()]


def test_explain_lists_every_rule(kzld: Kzld) -> None:
    listed = {line.split()[0] for line in kzld("explain").data().splitlines()[2:]}
    assert listed == set(RULE_NAMES) == {path.name for path in RULES.iterdir() if path.is_dir()}


@pytest.mark.parametrize("name", RULE_NAMES)
def test_explanation_has_both_examples(name: str) -> None:
    head, _, examples = explain_rule(name).partition("\nBad:\n")
    wrong, _, right = examples.partition("\nGood:\n")
    assert head.startswith(f"{name} (")
    assert len(head.strip().split("\n")) >= 4
    assert wrong.strip()
    assert right.strip()
    assert wrong != right


def test_explain_by_any_name(kzld: Kzld) -> None:
    plain = kzld("explain", "membership-organization").data()
    assert kzld("explain", "kzs:membership-organization").data() == plain
    assert kzld("explain", f"{PREFIXES['kzs']}membership-organization").data() == plain
    french = kzld("explain", "membership-organization", "--lang", "fr").data()
    assert french.count("\nMauvais :\n") == french.count("\nBon :\n") == 1


# ---------------------------------------------------------------- fmt

UNTIDY = """# Of this file.
@prefix a: <http://a/> .
@prefix person: <https://w3id.org/kzld/id/person/> .

person:z   a:y "x" .   # Of z.
# Of m.
person:m a:b 1, 2 .
# At the end.
"""
TIDY = """# Of this file.

@prefix person: <https://w3id.org/kzld/id/person/> .

# Of m.
person:m <http://a/b> 1 , 2 .

# Of z.
person:z <http://a/y> "x" .

# At the end.
"""


def test_fmt_in_place(kzld: Kzld, tmp_path: Path) -> None:
    path = tmp_path / "facts.ttl"
    path.write_text(UNTIDY)
    path.chmod(0o640)
    done = kzld("fmt", "facts.ttl")
    assert (done.status, done.stdout) == (0, "")
    assert done.stderr == "facts.ttl was reformatted\n"
    assert path.read_text() == TIDY
    assert path.stat().st_mode & 0o777 == 0o640
    assert kzld("fmt", "facts.ttl").stderr == "1 file already formatted\n"
    assert list(tmp_path.iterdir()) == [path]


def test_fmt_keeps_a_link(kzld: Kzld, tmp_path: Path) -> None:
    (tmp_path / "facts.ttl").write_text(UNTIDY)
    (tmp_path / "link.ttl").symlink_to("facts.ttl")
    assert kzld("fmt", "link.ttl").status == 0
    assert (tmp_path / "link.ttl").is_symlink()
    assert (tmp_path / "facts.ttl").read_text() == TIDY


def test_fmt_check(kzld: Kzld, tmp_path: Path) -> None:
    path = tmp_path / "facts.ttl"
    path.write_text(UNTIDY)
    done = kzld("fmt", "--check", "facts.ttl")
    assert (done.status, done.stdout) == (1, "")
    assert done.stderr == "facts.ttl would be reformatted\n"
    assert path.read_text() == UNTIDY
    path.write_text(TIDY)
    assert kzld("fmt", "--check", "facts.ttl").status == 0


def test_fmt_standard_input(kzld: Kzld) -> None:
    assert kzld("fmt", "-", stdin=UNTIDY).data() == TIDY
    check = kzld("fmt", "-", "--check", stdin=UNTIDY)
    assert (check.status, check.stdout) == (1, "")


def test_fmt_goes_on_after_a_broken_file(kzld: Kzld, tmp_path: Path) -> None:
    (tmp_path / "a.ttl").write_text("<a:a> <a:b> .")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.ttl").write_text(UNTIDY)
    done = kzld("fmt", "a.ttl", "no.ttl", "sub")
    assert done.status == 2
    assert done.stderr.startswith("Error: a.ttl:1:13: ")
    assert "Error: no.ttl: no such file\n" in done.stderr
    assert (tmp_path / "sub" / "b.ttl").read_text() == TIDY
    assert (tmp_path / "a.ttl").read_text() == "<a:a> <a:b> ."


def test_fmt_does_nothing_if_a_path_is_unusable(kzld: Kzld, tmp_path: Path) -> None:
    (tmp_path / "facts.ttl").write_text(UNTIDY)
    assert "facts.nt: only Turtle" in kzld("fmt", "facts.ttl", "facts.nt").complaint()
    assert (tmp_path / "facts.ttl").read_text() == UNTIDY


# ---------------------------------------------------------------- export

SYNTAXES = {
    "turtle": ox.RdfFormat.TURTLE,
    "trig": ox.RdfFormat.TRIG,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "nquads": ox.RdfFormat.N_QUADS,
    "jsonld": ox.RdfFormat.JSON_LD,
    "rdfxml": ox.RdfFormat.RDF_XML,
}


EXPORTED: dict[str, str] = {}


def exported(kzld: Kzld, form: str) -> str:
    """What the command exports, which several tests look at."""
    if form not in EXPORTED:
        EXPORTED[form] = kzld("export", "-f", form).data()
    return EXPORTED[form]


@pytest.mark.whole
@pytest.mark.parametrize("form", some(SYNTAXES, ["nquads"]))
def test_export_holds_the_data_set(kzld: Kzld, kg: KnowledgeGraph, form: str) -> None:
    read = set(ox.parse(exported(kzld, form), format=SYNTAXES[form]))
    kg.dataset.need_shapes()
    expected = {quad for name in GRAPHS for quad in kg.dataset.quads(name)}
    if form in ("trig", "nquads", "jsonld"):
        assert read == expected
    else:
        assert {quad.triple for quad in read} == {quad.triple for quad in expected}


def test_export_as_csv(kzld: Kzld, kg: KnowledgeGraph) -> None:
    table = list(csv.DictReader(io.StringIO(exported(kzld, "csv"))))
    facts = kg.query("SELECT DISTINCT ?fact { ?fact a kz:Fact }")
    assert len(table) == len({row["fact"] for row in table}) == len(facts)  # type: ignore[arg-type]
    assert all(row["kind"] and row["summary"] and row["sources"] for row in table)


@pytest.mark.whole
@pytest.mark.process
@pytest.mark.parametrize("form", some([*SYNTAXES, "csv"], ["nquads"]))
def test_same_facts_same_bytes(kzld: Kzld, process: Kzld, tmp_path: Path, form: str) -> None:
    """In this process, and in one with another order of sets, in another folder and locale."""
    folders = [tmp_path / "one", tmp_path / "two" / "three"]
    for folder, run, env in zip(
        folders,
        (kzld, process),
        ({"LC_ALL": "C.UTF-8"}, {"LC_ALL": "C", "PYTHONHASHSEED": "0"}),
        strict=True,
    ):
        folder.mkdir(parents=True)
        done = run("export", "-f", form, "-o", "out.gz", cwd=folder, env=env)
        assert (done.status, done.stdout) == (0, "")
    one, two = ((folder / "out.gz").read_bytes() for folder in folders)
    assert one == two
    assert gzip.decompress(one).decode() == exported(kzld, form)


def test_export_of_some_graphs(kzld: Kzld) -> None:
    written = kzld("export", "-f", "nquads", "--graph", "catalog", "--graph", "ontology").data()
    graphs = {quad.graph_name for quad in ox.parse(written, format=ox.RdfFormat.N_QUADS)}
    assert graphs == {graph_name("catalog"), graph_name("ontology")}


def test_export_replaces_a_file_and_keeps_its_mode(kzld: Kzld, tmp_path: Path) -> None:
    path = tmp_path / "out.ttl"
    path.write_text("old")
    path.chmod(0o604)
    assert kzld("export", "-f", "turtle", "--graph", "catalog", "-o", "out.ttl").status == 0
    assert path.stat().st_mode & 0o777 == 0o604
    assert path.read_text().startswith("@prefix")
    assert list(tmp_path.iterdir()) == [path]
    assert kzld("export", "-f", "turtle", "--graph", "catalog", "-o", "-").data() == (
        path.read_text("utf-8")
    )


@pytest.mark.whole
def test_export_with_further_data(kzld: Kzld, tmp_path: Path) -> None:
    (tmp_path / "more.nt").write_text("<a:a> <a:b> <a:c> .")
    args = ("export", "-f", "ntriples", "--graph", "data", "--data", "more.nt")
    assert "<a:a> <a:b> <a:c> .\n" in kzld(*args).data()
