"""Canonical Turtle: it says the same, in one way only, and keeps every comment."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from textwrap import dedent

import pyoxigraph as ox
import pytest
from graphs import blank_nodes, canonical, graphs, literals
from hypothesis import given
from hypothesis import strategies as st

from kzld.dataset.package import package_file
from kzld.errors import ReadError
from kzld.rdf import turtle
from kzld.rdf.documents import Document, parse_document, read_document
from kzld.rdf.namespaces import PREFIXES

TURTLE = ox.RdfFormat.TURTLE
Triples = list[ox.Triple]

# ---------------------------------------------------------------- graphs of any kind

forbidden_in_iris = '<>"{}|^`\\'
iri_characters = st.characters(min_codepoint=0x21, exclude_categories=["C", "Z"]).filter(
    lambda c: c not in forbidden_in_iris
)
local_names = st.text(iri_characters, max_size=8) | st.sampled_from(
    ["", "a", "a.", ".a", "a.b", "-a", "a-", "a/b", "a%20b", "a'b", "a,b", "a;b", "a(b)", "é", "2"]
)


def is_iri(text: str) -> bool:
    try:
        ox.NamedNode(text)
    except ValueError:
        return False
    return True


iris = (
    st.builds("{}{}".format, st.sampled_from([*PREFIXES.values(), "urn:x:"]), local_names)
    .filter(is_iri)
    .map(ox.NamedNode)
)
all_graphs = graphs(iris | blank_nodes, iris, iris | blank_nodes | literals(), sizes=(1, 8))


def read(document: str) -> Triples:
    return [quad.triple for quad in parse_document(document.encode(), "x.ttl", TURTLE).quads]


@given(all_graphs)
def test_what_is_written_reads_as_the_same_graph(graph: Triples) -> None:
    assert canonical(read(turtle.write(graph))) == canonical(graph)


@given(all_graphs)
def test_formatting_again_changes_nothing(graph: Triples) -> None:
    once = turtle.write(graph)
    document = parse_document(once.encode(), "x.ttl", TURTLE)
    assert turtle.format_document(document) == once


@given(
    all_graphs.flatmap(lambda graph: st.tuples(st.just(graph), st.permutations(graph + graph[:2])))
)
def test_the_order_of_the_input_does_not_matter(graphs: tuple[Triples, Triples]) -> None:
    first, second = graphs
    assert turtle.write(first) == turtle.write(second)


@given(all_graphs)
def test_every_declared_prefix_is_one_of_ours_and_needed(graph: Triples) -> None:
    lines = turtle.write(graph).split("\n")
    head = list(takewhile(lambda line: line.startswith("@prefix "), lines))
    names = [line.split()[1].removesuffix(":") for line in head]
    assert names == sorted(names)
    for place, name in enumerate(names):
        assert head[place] == f"@prefix {name}: <{PREFIXES[name]}> ."
        with pytest.raises(ReadError, match="prefix"):
            read("\n".join(lines[:place] + lines[place + 1 :]))


# ---------------------------------------------------------------- documents as people type them

PLAIN_STRINGS = ['"x"', "'#x'", r'"a \" # b"', '"""a\n# no comment\n"b" c"""', "'''a\n\n'''"]
OBJECTS = [
    "k:b",
    r"k:b\#c",
    r"k:it\'s",
    "<#b>",
    "<http://e/\u00a0#b>",
    "<http://e/\u2028'#b>",
    r"<http://e/\u00e9#b>",
    "12",
    "-1.5",
    "true",
    '"x"@fr',
    '"""a\n\nb"""@en',
    '"2022"^^k:year',
    *PLAIN_STRINGS,
]
gaps = st.sampled_from([" ", " ", "\n", "\r\n", "\n\n\t"])
notes = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=6)


@dataclass
class Typed:
    """A document; of each object the line where it ends, and the last one to name for it."""

    text: str = ""
    lines: list[tuple[int, int]] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)


@st.composite
def token_lists(draw: st.DrawFn) -> list[str]:
    tokens = ["@base", "<http://e/d>", ".", "@prefix", "k:", "<http://e/>", "."]
    for subject in draw(st.lists(st.sampled_from(["k:s", "k:t", "<u>"]), min_size=1, max_size=3)):
        objects = draw(st.lists(st.sampled_from(OBJECTS), min_size=1, max_size=4))
        joints = st.sampled_from([[","], [";", "k:q"], [";", ";", "k:r"]])
        tokens += [subject, "k:p", objects[0]]
        for value in objects[1:]:
            tokens += [*draw(joints), value]
        tokens.append(".")
    return tokens


@st.composite
def documents(draw: st.DrawFn) -> Typed:
    document = Typed()
    before = ""
    for token in draw(token_lists()):
        document.text += token
        line = document.text.count("\n") + 1
        if before in PLAIN_STRINGS:  # a language tag might have followed
            document.lines[-1] = (document.lines[-1][0], line)
        if token in OBJECTS:
            document.lines.append((line, line))
        gap = draw(gaps)
        if draw(st.booleans()):
            comment = f"# {len(document.comments)} {draw(notes)}".rstrip()
            document.comments.append(comment)
            gap = f" {comment}\n"
        document.text += gap
        before = token
    return document


def parse(text: str) -> Document:
    return parse_document(text.encode(), "x.ttl", TURTLE)


@given(documents())
def test_each_triple_has_the_line_on_which_its_object_ends(typed: Typed) -> None:
    found = parse(typed.text).lines
    assert len(found) == len(typed.lines)
    for line, (first, last) in zip(found, typed.lines, strict=True):
        assert line in (first, last)


@given(documents())
def test_every_comment_stays_once_and_no_fact_changes(typed: Typed) -> None:
    formatted = turtle.format_document(parse(typed.text))
    lines = formatted.split("\n")
    assert [lines.count(comment) for comment in typed.comments] == [1] * len(typed.comments)
    assert canonical(read(formatted)) == canonical(read(typed.text))


@given(documents())
def test_formatting_a_commented_document_again_changes_nothing(typed: Typed) -> None:
    once = turtle.format_document(parse(typed.text))
    assert turtle.format_document(parse(once)) == once


def test_a_comment_stands_above_the_block_that_it_was_in_or_before() -> None:
    typed = """\
        # about the file
        @prefix kz: <https://w3id.org/kzld/ontology#> .
        # before b
        kz:b a kz:Place ; # in b
          # also in b
          kz:number 2 .
        kz:a a kz:Place . # behind a
        # at the end
        """
    assert turtle.format_document(parse(dedent(typed))) == dedent(
        """\
        # about the file

        @prefix kz: <https://w3id.org/kzld/ontology#> .

        # behind a
        kz:a a kz:Place .

        # before b
        # in b
        # also in b
        kz:b a kz:Place ;
            kz:number 2 .

        # at the end
        """
    )


@pytest.mark.parametrize(
    "text",
    [
        "[] <p:p> 1 . # c",
        "<s:s> <p:p> [ <p:q> 1 # c\n ] .",
        "# c\n( 1 ) <p:p> 2 .",
        "_:a <p:p> 1 .# c",
    ],
)
def test_a_comment_beside_blank_nodes_stays(text: str) -> None:
    once = turtle.format_document(parse(text))
    assert once.split("\n").count("# c") == 1
    assert turtle.format_document(parse(once)) == once


@pytest.mark.parametrize("space", ["\u00a0", "\u1680", "\u2003", "\u2028", "\u3000", r"\u00A0"])
def test_a_number_sign_in_an_iri_begins_no_comment(space: str) -> None:
    once = turtle.format_document(parse(f'<http://e/a{space}b#c> <http://e/p> "x" .\n'))
    assert not once.startswith("#")
    assert turtle.format_document(parse(once)) == once


# ---------------------------------------------------------------- the packaged files

FILES = sorted(
    path
    for folder in ("data", "ontology", "shapes")
    for path in package_file(folder).rglob("*.ttl")
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name + "/" + path.name)
def test_the_packaged_files_are_formatted(path: Path) -> None:
    assert turtle.format_document(read_document(path)) == path.read_text("utf-8")
