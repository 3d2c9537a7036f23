"""The W3C's tests of RDF 1.1 syntaxes, and mutations of Turtle files.

`KZLD_W3C` names a folder with a folder for each suite: `rdf/rdf11` of the W3C's repository
rdf-tests, or `test` of the source of the library serd, which `.ci/run` gets. Without it, only
files of the project are mutated.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest
from conftest import Kzld
from graphs import canonical

from kzld.dataset.package import package_file
from kzld.errors import ReadError
from kzld.rdf.documents import Document, parse_document
from kzld.rdf.turtle import format_document

pytestmark = pytest.mark.fuzz

FOLDER = Path(os.environ.get("KZLD_W3C", "/nowhere"))
needs_suites = pytest.mark.skipif(not FOLDER.is_dir(), reason="KZLD_W3C names no folder")
FOLDERS = sorted(FOLDER.glob("rdf-*")) or sorted(FOLDER.glob("*Tests"))
ACTION = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#action"
OWN = sorted(package_file("tests", "rules").glob("*/*.ttl"))
TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|<[^>]*>|[\w:.@-]+|\s+|.', re.DOTALL)
DIVIDING = [
    *"# \\# \\' \" ' \"\"\" ''' < > <#> . ; , [ ] ( ) @en _:b []".split(),
    *"a true 1. -1.5e9 %23 \\u0023".split(),
    *[" # x\n", r"e:a\#b", r"e:a\'b", '"a#b"', "'#'", '"""#\n#"""', "^^<x#y>", "<a\u3000#b>"],
    *"\u00a0 \u2028 \ufeff \x0b \x85 \r \n \t \r\n".split(" "),
]
"""Signs that open or close something, or only seem to."""


def suite_files() -> Iterator[Path]:
    for folder in FOLDERS:
        yield from folder.glob("*.ttl")


@cache
def suites() -> dict[str, list[Path]]:
    """The files of the tests, by the type of the test."""
    found: dict[str, list[Path]] = {}
    for manifest in (folder / "manifest.ttl" for folder in FOLDERS):
        types: dict[object, str] = {}
        files: dict[object, str] = {}
        base = manifest.resolve().as_uri()
        for quad in ox.parse(path=manifest, format=ox.RdfFormat.TURTLE, base_iri=base):
            if quad.predicate.value.endswith("#type"):
                types[quad.subject] = quad.object.value.partition("#")[2]
            elif quad.predicate.value == ACTION:
                files[quad.subject] = quad.object.value.removeprefix("file://")
        for test, file in files.items():
            found.setdefault(types[test], []).append(Path(file))
    return found


def parse(text: str) -> Document:
    return parse_document(text.encode(), "x.ttl", ox.RdfFormat.TURTLE)


def check_format(text: str) -> bool:
    """Formatting keeps every statement, and changes nothing the second time; False if no Turtle."""
    try:
        document = parse(text)
    except ReadError:
        return False
    once = format_document(document)
    again = parse(once)
    assert canonical(q.triple for q in again) == canonical(q.triple for q in document), text
    assert format_document(again) == once, text
    return True


@needs_suites
def test_a_file_of_the_suites_is_refused_in_a_clear_line(kzld: Kzld) -> None:
    wrong = [path for name, paths in suites().items() if "NegativeSyntax" in name for path in paths]
    assert len(wrong) in (312, 236)  # serd has neither RDF/XML nor the newest tests
    for path in wrong:
        done = kzld("validate", "--data-only", path)
        assert done.complaint().startswith(f"{path}"), path


@needs_suites
def test_formatting_keeps_the_statements_of_the_suites() -> None:
    positive = ("TestTurtlePositiveSyntax", "TestTurtleEval", "TestNTriplesPositiveSyntax")
    for path in (path for name in positive for path in suites()[name]):
        check_format(path.read_text("utf-8"))


def mutations(texts: list[str], chance: random.Random) -> Iterator[str]:
    while True:
        tokens = TOKEN.findall(chance.choice(texts))
        for _ in range(chance.randint(1, 2)):
            at = chance.randrange(len(tokens))
            tokens[at : at + chance.randint(0, 1)] = [chance.choice([*DIVIDING, tokens[at]])]
        yield "".join(tokens)


@pytest.mark.parametrize("seed", range(4))
def test_formatting_keeps_the_statements_of_mutated_files(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    files = [*OWN, *(path for path in suite_files() if path.stat().st_size < 5000)]
    texts = [path.read_text("utf-8") for path in files]
    found = 0
    for text in mutations([text for text in texts if text], chance):
        found += check_format(text)
        if found == 2500:
            break
