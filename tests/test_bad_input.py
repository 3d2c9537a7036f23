"""Unusable requests: one clear line that says what, where and what to do; never a traceback."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Kzld, Shell, Trap
from serving import ENDLESS

from kzld.dataset.load import load
from kzld.errors import ReadError
from kzld.rdf.streams import statements

ASK = "ASK { ?s ?p ?o }"
PATIENCE = 60  # seconds; a limit for machines that are busy, not a measurement
RDF_XML = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:x="http://x/">\n'
GZIPPED = gzip.compress(b'<http://a/> <http://b/> "c" .\n' * 500, mtime=0)
BOMB = '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(10)
)

# ---------------------------------------------------------------- files

FILES = {
    "not-utf8.ttl": (b'<a:a> <a:b>\n"caf\xe9" .', "not-utf8.ttl:2: not UTF-8 (byte 0xe9)"),
    "utf16.ttl": ("<a:a> <a:b> 'c' .".encode("utf-16"), "utf16.ttl: is UTF-16 or UTF-32"),
    "png.ttl": (b"\x89PNG\r\n\x1a\n\x00\x00", "png.ttl:3: has a null byte"),
    "notes.txt": (b"hello", "notes.txt: the suffix .txt is not an RDF one; use .ttl, .trig"),
    "noname": (b"hello", "noname: the suffix (none) is not an RDF one; use .ttl"),
    "page.ttl": (b"<!DOCTYPE html><p>x</p>", "page.ttl:1:1: invalid IRI code point"),
    "page.rdf": (b"<!DOCTYPE html><p>x</p>", "(this looks like HTML, not RDF/XML"),
    "json.ttl": (
        b'\n{"@id": "a:a"}',
        "(this looks like JSON-LD, not Turtle: is the suffix",
    ),
    "turtle.nt": (b"@prefix a: <a:> .", "(this looks like Turtle, not N-Triples"),
    "empty.ttl": (b"", "empty.ttl: is empty"),
    "empty.rdf": (b"\n", "empty.rdf: is empty"),
    "comments.ttl": (b"# nothing yet\n", "comments.ttl: contains no triples"),
    "nodes.jsonld": (b"{}", "nodes.jsonld: contains no triples"),
    "bad.ttl": (
        b"<a:a> <a:b> 1 .\n<a:a> <a:b> .",
        "bad.ttl:2:13: . is not a valid RDF object",
    ),
    "prefix.ttl": (b"<a:a> <a:b> oops:c .", "prefix.ttl:1:13: the prefix oops: has not been"),
    "iri.ttl": (b"<a:a> <a b> 1 .", "iri.ttl:1:"),
    "end.ttl": (b'<a:a> <a:b> "c', "end.ttl:1:13: the file ends too early"),
    "bad.trig": (b"<a:g> { <a:a> <a:b> }", "bad.trig:1:21: } is not a valid RDF object"),
    "bad.nt": (b"<a:a> <a:b> <a:c>", "bad.nt:1:18: triples must be followed by a dot"),
    "bad.nq": (b"\n\n<a:a> <a:b> 5 .", "bad.nq:3:13: "),
    "bad.jsonld": (b'{"a":\n [}', "bad.jsonld:2:3: unexpected closing curly bracket"),
    "bad.rdf": (f"{RDF_XML}<x:a></rdf:RDF>".encode(), "bad.rdf:2:8: mismatched tag"),
    "id.rdf": (f'{RDF_XML} <x:a rdf:ID="1 2"/></rdf:RDF>'.encode(), "id.rdf:2:2: 1 2 is not a"),
    "entities.rdf": (f"{BOMB}]>{RDF_XML}</rdf:RDF>".encode(), "remove the <!DOCTYPE …>"),
    "deep.rdf": ((RDF_XML + "<x:a><x:b>" * 99_999).encode(), "nested more than 1000 deep"),
    "deep.jsonld": (b'{"a:b":' * 99_999, "deep.jsonld:1:"),
    "long.ttl": (b'<a:a> <a:b> "' + b"x" * 5_000_000 + b'" oops', "long.ttl:1:5000016: "),
    "tags.ttl": (
        "@prefix e: <https://e/> .\n\ne:a\U000e0067 e:b 1 .".encode(),
        "tags.ttl:3:4: U+E0067, an invisible character, cannot be in an IRI",
    ),
    "other.nt.gz": (b"hello", "other.nt.gz: is not a gzip file"),
    "cut.nt.gz": (GZIPPED[:-9], "cut.nt.gz: is a gzip file that is cut short"),
    "flip.nt.gz": (GZIPPED[:10] + b"\xff\xff\xff" + GZIPPED[13:], "is a gzip file that is damaged"),
    "sum.nt.gz": (
        GZIPPED[:-6] + b"\x00" + GZIPPED[-5:],
        "sum.nt.gz: is a gzip file that is damaged",
    ),
    "bomb.nt.gz": (gzip.compress(b"#" * 50_000_000), "unpacks to more than 100 times its size"),
}
"""What is in the file, and what the message says."""


@pytest.mark.parametrize("name", FILES)
def test_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    content, message = FILES[name]
    (tmp_path / name).write_bytes(content)
    monkeypatch.chdir(tmp_path)
    start = time.process_time()
    with pytest.raises(ReadError) as fault:
        load([statements(name)], packaged=False)
    said = str(fault.value)
    assert message in said.split("\n", maxsplit=1)[0]
    assert said.startswith(name)
    assert time.process_time() - start < 5


def test_the_command_says_what_is_unreadable(kzld: Kzld, tmp_path: Path) -> None:
    for name in ("cut.nt.gz", "long.ttl", "nodes.jsonld"):
        content, message = FILES[name]
        (tmp_path / name).write_bytes(content)
        said = kzld("query", ASK, "--data", name).complaint()
        assert said.startswith(name)
        assert message in said.split("\n")[0]


def test_a_large_file_has_the_same_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kzld.rdf.streams._LARGE", 0)
    path = tmp_path / "tags.ttl"
    path.write_bytes(FILES["tags.ttl"][0])
    with pytest.raises(ReadError, match=r"tags.ttl: U\+E0067, an invisible character, cannot be"):
        load([statements(str(path))], packaged=False)


@pytest.mark.parametrize(
    "args",
    [
        ("validate", "bad.ttl"),
        ("show", "KAZ", "--data", "bad.ttl"),
        ("search", "KAZ", "--data", "bad.ttl"),
        ("ask", "members", "--organization", "EU", "--data", "bad.ttl"),
        ("export", "-f", "turtle", "--data", "bad.ttl"),
        ("query", ASK, "--timeout", "30", "--data", "bad.ttl"),
        ("fmt", "bad.ttl"),
    ],
    ids=lambda args: args[0],
)
def test_every_command_says_it_alike(kzld: Kzld, tmp_path: Path, args: tuple[str, ...]) -> None:
    content, message = FILES["bad.ttl"]
    (tmp_path / "bad.ttl").write_bytes(content)
    assert kzld(*args).complaint().startswith(message)


def test_every_unreadable_file_is_named(kzld: Kzld, tmp_path: Path) -> None:
    for name, (content, _) in FILES.items():
        (tmp_path / name).write_bytes(content)
    done = kzld("validate", *FILES)
    assert (done.status, done.stdout) == (2, "")
    said = re.findall(r"^Error: ([\w.-]+)", done.stderr, re.MULTILINE)
    assert [name.partition(":")[0] for name in said] == list(FILES)


SYNTAX_ERRORS = {name: text for name, (text, _) in FILES.items() if re.match(r"(bad|end)\.", name)}


@pytest.mark.parametrize("name", SYNTAX_ERRORS)
def test_syntax_error_shows_the_line_and_a_mark(kzld: Kzld, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(SYNTAX_ERRORS[name])
    place, shown, mark = kzld("query", ASK, "--data", name).complaint().split("\n")
    number, column = map(int, place.split(":")[1:3])
    line = SYNTAX_ERRORS[name].decode().split("\n")[number - 1]
    assert shown == f"  | {line}"
    assert mark.index("^") - 4 == column - 1 <= len(line)


def test_mark_stands_under_the_place_in_a_long_line(kzld: Kzld, tmp_path: Path) -> None:
    (tmp_path / "wide.ttl").write_text(f'<a:a> <a:b>\t"{"é" * 500}" , oops:c , 1 .', "utf-8")
    place, shown, mark = kzld("query", ASK, "--data", "wide.ttl").complaint().split("\n")
    assert place.startswith("wide.ttl:1:518: the prefix oops:")
    assert shown[mark.index("^") :].startswith("oops:c , 1")
    assert len(shown) <= 80


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["validate", "no.ttl"], "no.ttl: no such file"),
        (["query", ASK, "--data", "no.ttl"], "no.ttl: no such file"),
        (["query", "-q", "No.rq"], "No.rq: cannot be read (no such file or directory)"),
        (["fmt", "no.ttl"], "no.ttl: no such file"),
        (["query", ASK, "--data", "folder.ttl"], "folder.ttl: cannot be read (is a directory)"),
        (["query", "-q", "folder.ttl"], "folder.ttl: cannot be read (is a directory)"),
        (["export", "-f", "turtle", "-o", "folder.ttl"], "folder.ttl: is a folder; only csv"),
        (["validate", "folder.ttl"], "folder.ttl: the folder holds no file of facts (.ttl"),
        (["fmt", "folder.ttl"], "folder.ttl: the folder holds no Turtle file (.ttl)"),
        (["query", "-q", "latin.rq"], "latin.rq: not UTF-8"),
        (["fmt", "latin.rq"], "latin.rq: only Turtle files (.ttl) have a canonical style"),
        (["validate", "broken.ttl"], "broken.ttl: cannot be read (input/output error)"),
        (["validate", f"{'x' * 300}.ttl"], "file name too long"),
    ],
)
def test_no_such_file(kzld: Kzld, tmp_path: Path, args: list[str], message: str) -> None:
    (tmp_path / "folder.ttl").mkdir()
    (tmp_path / "latin.rq").write_bytes(b"ASK { ?s ?p 'caf\xe9' }")
    (tmp_path / "broken.ttl").symlink_to("/proc/self/mem")
    assert message in kzld(*args).complaint()


@pytest.mark.skipif(os.geteuid() == 0, reason="permission bits do not bind root")
def test_no_permission(kzld: Kzld, tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    (tmp_path / "secret.ttl").touch(mode=0o000)
    said = kzld("validate", "secret.ttl").complaint()
    assert said == "secret.ttl: cannot be read (permission denied)"
    said = kzld("export", "-f", "turtle", "-o", "locked/out.ttl").complaint()
    assert said.startswith("locked/out.ttl: cannot be written (permission denied)")


def test_standard_input(kzld: Kzld) -> None:
    assert kzld("validate", "-").complaint() == "<stdin>: is empty"
    assert (
        kzld("validate", "-", stdin="<a:a>")
        .complaint()
        .startswith("<stdin>:1:6: the file ends too early")
    )
    assert kzld("query", "-", stdin=b"\xff").complaint() == "standard input: not UTF-8"
    assert kzld("query", "-", stdin="ASK {").complaint().startswith("query:1:6: the query ends")


# ---------------------------------------------------------------- names and parameters

MEMBERS = ("ask", "members", "--organization")
NAMES = {
    "qurey": "there is no command 'qurey'; did you mean query?",
    "xyzzy": "there is no command 'xyzzy'; see `kzld`",
    "ask membres": "there is no question 'membres'; did you mean members",
    "ask xyzzy": "there is no question 'xyzzy'; see `kzld ask`",
    "--verison": "No such option '--verison'. (Did you mean one of: '--verbose', '--version'?)",
    "ask members --organisation EAEU": "Did you mean '--organization'? (see `kzld ask members --h",
    "ask members": "Missing option '--organization' (see `kzld ask members --help`)",
    "ask shared-memberships --country KAZ": "shared-memberships needs two different values of --c",
    "ask members --organization EAEUU": "did you mean body:EAEU (Eurasian Economic Union)",
    "ask members --organization xyzzyx": "nothing is called 'xyzzyx'; `kzld search TEXT` finds",
    "ask members --organization body:EAEUU": "nothing is called 'body:EAEUU'; did you mean body:",
    "ask members --organization KAZ": "'KAZ' is not of the kind asked for: organisation (it is: c",
    "ask members --organization CSTO --role sanctions": "not of the kind asked for",
    "ask members --organization council": "body:council-of-europe (Council of Europe)",
    "show council": "'council' could be ",
    "show Kazakstann": "country:KAZ (Kazakhstan)",
    "export -f turtel": "there is no format 'turtel'; did you mean turtle?",
    "export": "Say the format, with -f or by the name of the file",
    "export -f turtle --graph dta": "there is no graph 'dta'; did you mean data?",
    "explain membership-organisation": "did you mean membership-organization",
    "explain xyzzyx": "there is no rule 'xyzzyx'; `kzld explain` lists them",
    "query ASK{} -f xslx": "'xslx' is not one of 'table', 'csv'",
    "ask members --organization EAEU -f xml": "'xml' is not one of 'table', 'csv'",
    "validate -f xml": "'xml' is not one of 'text', 'json', 'github'",
    "show EAEU --lang de": "'de' is not one of 'en', 'fr', 'ru', 'kk'",
    "search KAZ --limit 0": "0 is not in the range x>=1",
    "show": "Missing argument 'ENTITY' (see `kzld show --help`)",
    "show KAZ RUS": "Got unexpected extra argument (RUS)",
    "fmt": "Missing argument 'PATH...'",
    "query": "give one query: as an argument, with -q FILE, or - for standard input",
    "query ASK{} -q x.rq": "give one query",
    "query ASK{} --timeout 0": "is not in the range",
    "query ASK{} --data x.ttl --endpoint http://127.0.0.1/": "--data and --endpoint exclude each",
    "query ASK{} --endpoint example.org": "is not the address of an endpoint; it begins with http",
    "query ASK{} -f turtle": "a SELECT or ASK query has no format turtle; use table, csv, tsv",
    "query DESCRIBE<a:a> -f csv": "has no format csv; use turtle, ntriples, jsonld",
}


@pytest.mark.parametrize("line", NAMES)
def test_name_that_nothing_has(kzld: Kzld, line: str) -> None:
    assert NAMES[line] in kzld(*line.split()).complaint()


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--at", "2022-02-30"), "2022-02-30 is not a date of the calendar"),
        (("--at", "2022-13"), "2022-13 is not a date of the calendar"),
        (("--at", "0000-01-01"), "0000-01-01 is not a date of the calendar"),
        (("--at", "yesterday"), "'yesterday' is not a date; write 2022-06-20, 2022-06 or 2022"),
        (("--at", "31.06.2022"), "'31.06.2022' is not a date"),
        (("--at", "2022-06-20T22:00:00Z"), "can mean 2022-06-20 or 2022-06-21; write the one"),
        (("--at", "٢٠٢٢-٠٦-٢٠"), "is not a date"),
        (("--at", ""), "'' is not a date"),
        (("--at", "2022"), "2022 is not one day; write it in full, such as 2022-01-01 or 2022-12"),
        (("--at", "2022-06"), "2022-06 is not one day; write it in full, such as 2022-06-01 or"),
    ],
)
def test_impossible_date(kzld: Kzld, args: tuple[str, ...], message: str) -> None:
    assert message in kzld(*MEMBERS, "EAEU", *args).complaint()


def test_impossible_period(kzld: Kzld) -> None:
    said = kzld("ask", "timeline", "--entity", "CSTO", "--from", "2022-13").complaint()
    assert said == "2022-13 is not a date of the calendar"


# ---------------------------------------------------------------- SPARQL

QUERIES = {
    "": "query:1:1: the query ends too early",
    "SELEC * { ?s ?p ?o }": "query:1:1: unexpected 'SELEC'",
    "SELECT * {\n  ?s ?p ?o": "query:2:11: the query ends too early",
    "SELECT ?a\nWHERE { ?a b ?c }": "query:2:12: unexpected 'b'",
    "SELECT * { ?s ?p 'Қазақстан' . OPTINAL { ?s ?p ?q } }": "query:1:32: unexpected 'OPTINAL'",
    "SELECT * { ?s ?p ?o FILTER(?o > ) }": "query:1:33: unexpected ')'",
    "SELECT * { ?s ?p ?o FILTER(FOO(?o)) }": "query:1:28: unexpected 'FOO'",
    "# all\nSELECT * { ?s a kz:Fact ; }}": "query:2:28: unexpected '}'",
    "SELECT * { ?s ?p ?o } LIMIT 5 LIMIT 6": "query:1:31: unexpected 'LIMIT'",
    "SELECT ?a { ?a foo:b ?c }": "query:1:16: the prefix foo: is not declared",
    "SELECT * { ?s <a> ?o }": "query:1:15: <a> is not an absolute IRI",
    "SELECT ?a (COUNT(*) AS ?n) { ?a ?b ?c }": "a variable that is neither in GROUP BY nor",
    "SELECT (1 AS ?x) (2 AS ?x) {}": "query:1:30: duplicated variable name in SELECT",
    "INSERT DATA { <a:a> <a:b> 1 }": "query:1:1: INSERT changes data; only queries are answered",
    "PREFIX a: <a:> DELETE WHERE { ?s ?p ?o }": "query:1:16: DELETE changes data",
}


@pytest.mark.parametrize("sparql", QUERIES)
def test_sparql_error_says_where_and_why(kzld: Kzld, sparql: str) -> None:
    said = kzld("query", "-", stdin=sparql).complaint()
    assert QUERIES[sparql] in said
    place, shown, mark = said.split("\n")
    number, column = map(int, place.split(":")[1:3])
    assert shown == f"  | {sparql.split(chr(10))[number - 1]}"
    assert mark == "  | " + " " * (column - 1) + "^"


def test_timeout_stops_a_query(kzld: Kzld) -> None:
    start = time.monotonic()
    said = kzld("query", ENDLESS, "--timeout", "1").complaint()
    assert said == "no answer within 1 seconds; the query was stopped"
    assert time.monotonic() - start < PATIENCE


def test_timeout_keeps_answer_and_errors(kzld: Kzld) -> None:
    assert kzld("query", ASK, "--timeout", "30").data() == "true\n"
    assert "unexpected 'ASKS'" in kzld("query", "ASKS", "--timeout", "30").complaint()


def test_timeout_runs_nothing_of_the_working_directory(kzld: Kzld, tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit(9)")
    assert kzld("query", ASK, "--timeout", "30").data() == "true\n"


# ---------------------------------------------------------------- no network

SERVICES = [
    "SELECT * { SERVICE <TRAP> { ?s ?p ?o } }",
    "SELECT * { service silent <TRAP> { ?s ?p ?o } }",
    "SELECT * { ?s a kz:Fact .SERVICE<TRAP>{ ?s ?p ?o } }",
    "SELECT * { BIND(<TRAP> AS ?u) SERVICE ?u { ?s ?p ?o } }",
    "ASK { { SELECT * { SERVICE <TRAP> { ?s ?p ?o } } } }",
    "CONSTRUCT { ?s ?p ?o } { SERVICE <TRAP> { ?s ?p ?o } }",
    # A tokenizer that is not the parser's own overlooks these.
    "SELECT * { # comment\rSERVICE <TRAP> { ?s ?p ?o }\n}",
    "PREFIX o: <http://www.w3.org/2002/07/owl#Ontology> SELECT * { ?s a o:.SERVICE <TRAP> {} }",
    "SELECT * { VALUES ?x { <a:\\u0041'> } SERVICE <TRAP> {} VALUES ?y { 'x' } }",
    "SELECT * { ?s ?p 1e1SERVICE <TRAP> { ?s ?p ?o } }",
]


@pytest.mark.parametrize("query", SERVICES)
def test_service_is_not_asked(kzld: Kzld, trap: Trap, query: str) -> None:
    kzld("query", "-", stdin=query.replace("TRAP", trap.url)).complaint()
    assert trap.hits == 0


@pytest.mark.parametrize("extra", [(), ("--timeout", "30")])
def test_message_names_the_option(kzld: Kzld, trap: Trap, extra: tuple[str, ...]) -> None:
    said = kzld("query", SERVICES[0].replace("TRAP", trap.url), *extra).complaint()
    assert said == "SERVICE asks another server; add --allow-service if that is meant"
    assert trap.hits == 0


@pytest.mark.parametrize("extra", [(), ("--timeout", "30")])
def test_service_is_asked_if_allowed(kzld: Kzld, trap: Trap, extra: tuple[str, ...]) -> None:
    query = SERVICES[0].replace("TRAP", trap.url)
    said = kzld("query", query, "--allow-service", *extra).complaint()
    assert said.startswith("the query failed: Error 404 Not Found returned by http://127.0.0.1")
    assert trap.hits == 1


@pytest.mark.parametrize(
    "query",
    [
        'ASK { ?s rdfs:label "secret service" } # service',
        "PREFIX service: <http://service/> ASK { ?service service:service ?o }",
    ],
)
def test_the_word_service_is_no_service(kzld: Kzld, query: str) -> None:
    assert kzld("query", query).data() == "false\n"


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM <TRAP> { ?s ?p ?o }",
        "SELECT * FROM NAMED <TRAP> { GRAPH ?g { ?s ?p ?o } }",
        "DESCRIBE <TRAP>",
        "LOAD <TRAP>",
    ],
)
def test_query_fetches_no_graph(kzld: Kzld, trap: Trap, query: str) -> None:
    done = kzld("query", query.replace("TRAP", trap.url))
    assert done.status == (2 if query.startswith("LOAD") else 0)
    assert trap.hits == 0


REMOTE = {
    "string.jsonld": '{"@context": "TRAP", "name": "x"}',
    "array.jsonld": '{"@context": [{"@vocab": "a:"}, "TRAP"], "name": "x"}',
    "import.jsonld": '{"@context": {"@version": 1.1, "@import": "TRAP"}, "name": "x"}',
    "scoped.jsonld": '{"@context": {"x": {"@id": "a:x", "@context": "TRAP"}}, "x": {"y": 1}}',
    "dtd.rdf": f'<!DOCTYPE r SYSTEM "TRAP">{RDF_XML}</rdf:RDF>',
    "entity.rdf": f'<!DOCTYPE r [<!ENTITY x SYSTEM "TRAP">]>{RDF_XML}<x:a>&x;</x:a></rdf:RDF>',
}


@pytest.mark.parametrize("name", REMOTE)
def test_no_file_makes_us_fetch_another(kzld: Kzld, trap: Trap, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(REMOTE[name].replace("TRAP", trap.url), "utf-8")
    said = kzld("query", ASK, "--data", name).complaint()
    assert said.startswith(name)
    assert trap.hits == 0


def test_imports_are_not_followed(kzld: Kzld, trap: Trap, tmp_path: Path) -> None:
    imports = f"<a:a> <http://www.w3.org/2002/07/owl#imports> <{trap.url}> ."
    (tmp_path / "imports.ttl").write_text(imports, "utf-8")
    assert kzld("validate", "imports.ttl").status in (0, 1)
    assert trap.hits == 0


@pytest.mark.process
def test_the_guard_sees_what_code_swallows(tmp_path: Path, trap: Trap) -> None:
    """A test about the tests: the network cannot be used unseen, here or in a subprocess."""
    for name in ("conftest.py", "command.py"):
        shutil.copy(Path(__file__).with_name(name), tmp_path)
    attempt = "import urllib.request\ntry: urllib.request.urlopen({url!r})\nexcept OSError: pass\n"
    source = attempt.format(url=trap.url)
    (tmp_path / "test_it.py").write_text(
        "import subprocess, sys\n"
        f"source = {source!r}\n"
        "def test_here(): exec(source)\n"
        "def test_child(): subprocess.run([sys.executable, '-c', source], check=True)\n"
        "def test_quiet(): pass\n"
    )
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rA", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert re.findall(r"^(\w+) test_it.py::(\w+)", done.stdout, re.MULTILINE) == [
        ("PASSED", "test_quiet"),
        ("FAILED", "test_here"),
        ("FAILED", "test_child"),
    ], done.stdout
    assert trap.hits == 0


# ---------------------------------------------------------------- where output goes

COMMANDS = {
    "": (),
    "help": ("--help",),
    "version": ("--version",),
    "ask": (*MEMBERS, "EAEU"),
    "show": ("show", "EAEU"),
    "query": ("query", "SELECT * { ?s ?p ?o } LIMIT 2000"),
    "query in time": ("query", "SELECT * { ?s ?p ?o } LIMIT 2000", "--timeout", "30"),
    "export": ("export", "-f", "nquads"),
    "explain": ("explain",),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_full_disk_behind_standard_output(kzld: Kzld, name: str) -> None:
    with Path("/dev/full").open("wb") as full:
        done = kzld(*COMMANDS[name], stdout=full.fileno())
    assert done.complaint() == "cannot be done: no space left on device"


@pytest.mark.parametrize("name", COMMANDS)
def test_closed_pipe_is_no_error(kzld: Kzld, name: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = kzld(*COMMANDS[name], stdout=writing)
    os.close(writing)
    assert (done.status, done.stderr) == (0, "")


@pytest.mark.process
def test_a_process_on_a_full_disk_ends_with_one_line(shell: Shell) -> None:
    said = "cannot be done: no space left on device"
    assert shell("kzld show EAEU > /dev/full").complaint() == said


@pytest.mark.process
def test_a_process_whose_reader_has_gone_ends_without_a_word(shell: Shell) -> None:
    done = shell("kzld export -f nquads --graph catalog | true")
    assert (done.status, done.stderr) == (0, "")


@pytest.mark.process
def test_reader_that_has_had_enough_is_no_error(shell: Shell) -> None:
    done = shell("kzld export -f nquads | head -1")
    assert (done.status, done.stderr, done.stdout.count("\n")) == (0, "", 1)


@pytest.mark.process
@pytest.mark.parametrize("closed", [">&-", "<&-", "2>&-", "2>/dev/full"])
def test_closed_standard_streams(shell: Shell, closed: str) -> None:
    assert shell(f"kzld show EAEU {closed}").status == 0
    done = shell(f"kzld query - {closed}")
    assert done.status == 2
    assert "Traceback" not in done.stderr


def export_to(path: str) -> tuple[str, ...]:
    return "export", "-f", "nquads", "-o", path


def test_device_that_is_full(kzld: Kzld) -> None:
    said = kzld(*export_to("/dev/full")).complaint()
    assert said.startswith("/dev/full: cannot be written (no space left on device)")


@pytest.mark.whole
@pytest.mark.process
def test_output_is_written_to_a_device_not_over_it(process: Kzld) -> None:
    assert process(*export_to("/dev/stdout")).data().startswith("<http")
    assert Path("/dev/stdout").exists()


def test_missing_folder(kzld: Kzld, tmp_path: Path) -> None:
    said = kzld(*export_to("no/out.nq")).complaint()
    assert said.startswith("no/out.nq: cannot be written (no such file or directory)")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with room for 64 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a file system can be mounted by root only")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_full_disk_leaves_the_old_file(kzld: Kzld, small_disk: Path) -> None:
    old = small_disk / "out.nq"
    old.write_text("old")
    said = kzld(*export_to("out.nq"), cwd=small_disk).complaint()
    assert said == "out.nq: cannot be written (no space left on device); nothing was changed"
    assert old.read_text() == "old"
    assert list(small_disk.iterdir()) == [old]


@pytest.mark.process
def test_file_that_may_not_grow_leaves_the_old_one(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "out.nq").write_text("old")
    said = shell("ulimit -f 8; kzld export -f nquads -o out.nq").complaint()
    assert said == "out.nq: cannot be written (file too large); nothing was changed"
    assert (tmp_path / "out.nq").read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


# ---------------------------------------------------------------- what reaches the terminal

HOSTILE = """
PREFIX kz: <https://w3id.org/kzld/ontology#>
PREFIX foaf: <http://xmlns.com/foaf/0.1/>
PREFIX org: <http://www.w3.org/ns/org#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX id: <https://w3id.org/kzld/id/>
PREFIX person: <https://w3id.org/kzld/id/person/>
PREFIX source: <https://w3id.org/kzld/id/source/>
person:mallory a foaf:Person ; skos:prefLabel "Mal\\u001B[31mlory\\u009B2J\\u0007"@en ;
    skos:altLabel "M\\u001B]0;title\\u0007"@fr ; kz:frob "\\u001B[2J\x1b[2J" .
id:membership\\/mallory a kz:Membership ; org:member person:mallory ;
    org:organization <https://w3id.org/kzld/id/body/EU> ;
    org:role <https://w3id.org/kzld/concept/role/member-state> ; kz:from "\x1b[2J" ;
    kz:supportedBy source:evil .
source:evil a kz:Source ; skos:prefLabel "So\x1b[31mso"@en ;
    <http://purl.org/dc/terms/title> "So\x1b[31mso"@en ;
    <https://schema.org/url> "http://x/\x1b[2J" .
"""
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@pytest.mark.hostile
@pytest.mark.parametrize(
    "args",
    [
        ("show", "person:mallory", "--data", "evil.ttl"),
        ("show", "person:mallory", "--lang", "fr", "--data", "evil.ttl"),
        ("search", "mal 31mlory", "--data", "evil.ttl"),
        (*MEMBERS, "EU", "--sources", "--data", "evil.ttl"),
        (*MEMBERS, "EU", "--sources", "-f", "markdown", "--data", "evil.ttl"),
        ("query", "SELECT * { person:mallory ?p ?o }", "--data", "evil.ttl"),
        ("query", "SELECT * { person:mallory ?p ?o }", "-f", "markdown", "--data", "evil.ttl"),
        ("validate", "evil.ttl", "--notes"),
        ("validate", "evil.ttl", "-f", "github"),
        ("show", "person:mal\x1b[31m"),
        ("validate", "\x1b[31m.ttl"),
        ("query", "SELECT * { \x1b[31m }"),
        ("fmt", "\x1b[31m.ttl"),
    ],
    ids=" ".join,
)
def test_no_label_commands_the_terminal(kzld: Kzld, tmp_path: Path, args: tuple[str, ...]) -> None:
    (tmp_path / "evil.ttl").write_text(HOSTILE, "utf-8")
    done = kzld(*args)
    assert not CONTROL.search(done.stdout + done.stderr)
    assert "\\x1b" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_file_name_that_is_not_utf8(kzld: Kzld) -> None:
    assert kzld("validate", os.fsdecode(b"caf\xe9.ttl")).complaint().endswith(": no such file")
