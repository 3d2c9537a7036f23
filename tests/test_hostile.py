"""Hostile and broken input: one clear error, in bounded time and memory, and no connection."""

from __future__ import annotations

import gzip
import os
import re
import resource
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from command import COMMAND, Done
from conftest import Kzld, Trap

from kzld.rdf.namespaces import PREFIXES

FOLDER = Path(__file__).with_name("hostile")
TABLE = yaml.safe_load(Path(__file__).with_name("hostile.yaml").read_text("utf-8"))
ERRORS = TABLE["files"] | TABLE["generated"]
MEMORY = 2 * 1024**3
SECONDS = 30  # of the processor; a limit on what may be lost, not a measurement
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

HEAD = "".join(f"@prefix {prefix}: <{namespace}> .\n" for prefix, namespace in PREFIXES.items())
RDF_XML = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:x="http://x/">\n'


def fact(number: int, more: str = "") -> str:
    return (
        f"membership:x{number} a kz:Membership ; org:member country:KAZ ; {more}"
        f'org:organization body:EAEU ; kz:from "20{number % 20:02}"^^xsd:gYear . '
    )


def chain(predicate: str, length: int) -> str:
    return HEAD + "".join(f"body:n{i} {predicate} body:n{i + 1} .\n" for i in range(length))


def each(count: int, line: Callable[[int], str]) -> str:
    return HEAD + "".join(line(number) for number in range(count))


MADE: dict[str, Callable[[], str | bytes]] = {
    "attributes.rdf": lambda: RDF_XML + "<x:a " + 'x:a="1" ' * 200_000 + "oops",
    "bomb.nt.gz": lambda: gzip.compress(b"#" * 50_000_000),
    "bomb-in-bomb.ttl.gz": lambda: gzip.compress(gzip.compress(bytes(100_000_000))),
    "zeros.ttl.gz": lambda: gzip.compress(bytes(300_000_000)),
    "deep.rdf": lambda: RDF_XML + "<x:a><x:b>" * 99_999,
    "deep.jsonld": lambda: '{"a:b":' * 99_999,
    "deep-arrays.jsonld": lambda: '{"@id":"a:a","a:b":' + "[" * 99_999,
    "deep.ttl": lambda: "<a:a> <a:b> " + "[ <a:b> " * 99_999,
    "deep-closed.ttl": lambda: "<a:a> <a:b> " + "[ <a:b> " * 99_999 + "1" + " ]" * 99_999 + " .",
    "deep-lists.ttl": lambda: "<a:a> <a:b> " + "( " * 99_999,
    "deep-triples.ttl": lambda: "<< " * 99_999,
    "long-line.ttl": lambda: f'<a:a> <a:b> "{"x" * 5_000_000}" oops',
    "long-iri.ttl": lambda: f"<http://x/{'x' * 5_000_000}> <a:b> oops:x .",
    "long-prefix.ttl": lambda: "x" * 1_000_000 + ":a <a:b> 1 .",
    "quotes.ttl": lambda: '"' * 1_000_001,
    "open-quotes.ttl": lambda: '<a:a> <a:b> """' + '\\"' * 1_000_000,
    "hashes.ttl": lambda: "#\n" * 1_000_000,
    "many-errors.nt": lambda: "oops\n" * 1_000_000,
    "chain.ttl": lambda: chain("org:subOrganizationOf", 100_000),
    "classes.ttl": lambda: chain("rdfs:subClassOf", 2_000),
    "cycle.ttl": lambda: HEAD + "body:a rdfs:subClassOf body:b ; a body:b . body:b a body:a .",
    "long-values.ttl": lambda: (
        HEAD + fact(1, f'kz:until "{"1" * 10**6}" ; skos:prefLabel "{"a" * 10**6}"@en ; ')
    ),
    "long-name.ttl": lambda: (
        HEAD + fact(1, f"kz:post post:{'p' * 10**6} ; kz:{'q' * 10**6} place:{'r' * 10**6} ; ")
    ),
    "labels.ttl": lambda: each(5_000, 'body:x skos:prefLabel "x{}"@en . '.format),
    "overlaps.ttl": lambda: each(300, fact),
    "unknown.ttl": lambda: each(300, lambda i: fact(i, f"kz:post post:oops{i} ; kz:oops{i} 1 ; ")),
    "one-line.ttl": lambda: each(400, fact).replace("\n", " "),
}
"""The files that are too big to keep."""


def make(name: str, folder: Path, trap: Trap) -> None:
    """Put a hostile file into a folder; an address that it names is that of the trap."""
    path = folder / name
    if (FOLDER / name).exists():
        path.write_bytes(
            (FOLDER / name).read_bytes().replace(b"http://trap.invalid/", trap.url.encode())
        )
    elif name == "folder.ttl":
        path.mkdir()
    elif name == "pipe.ttl":
        os.mkfifo(path)
    elif name == "loop.ttl":
        path.symlink_to(path)
    elif name == "device.ttl":
        path.symlink_to("/dev/zero")
    elif name == "huge.ttl":
        path.touch()
        os.truncate(path, 3 * 10**9)  # a hole, which takes no room
    else:
        content = MADE[name]()
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


@pytest.fixture
def bounded(tmp_path: Path) -> Kzld:
    """Run the command with little memory and little time."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))

    def run(*args: str) -> Done:
        done = subprocess.run(
            [COMMAND, *args],
            cwd=tmp_path,
            capture_output=True,
            check=False,
            preexec_fn=limit,
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


@pytest.mark.hostile
@pytest.mark.parametrize("name", TABLE["files"])
def test_a_kept_file_is_one_clear_error(kzld: Kzld, tmp_path: Path, trap: Trap, name: str) -> None:
    is_one_clear_error(kzld, tmp_path, trap, name)


@pytest.mark.hostile
@pytest.mark.parametrize("name", ERRORS)
def test_one_clear_error(bounded: Kzld, tmp_path: Path, trap: Trap, name: str) -> None:
    is_one_clear_error(bounded, tmp_path, trap, name)


def is_one_clear_error(run: Kzld, tmp_path: Path, trap: Trap, name: str) -> None:
    make(name, tmp_path, trap)
    said = run("validate", name).complaint()
    first = said.partition("\n")[0].removeprefix(f"{name}:").lstrip()
    expected = ERRORS[name]
    if expected.endswith("…"):
        assert first.startswith(expected[:-1])
    else:
        assert first == expected
    assert len(first) < 300
    assert not CONTROL.search(said)
    assert trap.hits == 0


@pytest.mark.hostile
@pytest.mark.parametrize("name", TABLE["accepted"])
def test_what_is_well_formed_is_checked(
    bounded: Kzld, tmp_path: Path, trap: Trap, name: str
) -> None:
    make(name, tmp_path, trap)
    done = bounded("validate", name)
    assert done.status in (0, 1), done.stderr[-1000:]
    assert re.fullmatch(r"\d+ errors?.* in \d+ facts?, \d+ triples? \(.* s\)\n", done.stderr)
    assert len(done.stdout) < 20_000_000


def test_the_corpus_is_large_and_the_table_complete() -> None:
    kept = {path.name for path in FOLDER.iterdir() if not path.name.startswith(".")}
    assert kept <= {*ERRORS, *TABLE["accepted"]}
    assert set(MADE) <= {*TABLE["generated"], *TABLE["accepted"]}
    assert len(ERRORS) >= 60


def test_none_of_them_hides_another(kzld: Kzld, tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path, dirs_exist_ok=True)
    names = list(TABLE["files"])
    done = kzld("validate", *names)
    assert (done.status, done.stdout) == (2, "")
    said = re.findall(r"^Error: ([\w.-]+)", done.stderr, re.MULTILINE)
    assert said == names
