"""What a text names, and what a misspelling is taken for, is the same wherever it is asked."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

import kzld
from kzld.check.validate import validate
from kzld.dataset.dataset import Dataset
from kzld.dataset.load import load
from kzld.dataset.name_index import NameIndex
from kzld.dataset.name_table import fold
from kzld.dataset.names import list_things, resolve
from kzld.errors import CellError, UnknownNameError
from kzld.rdf.namespaces import BASE, KZ, PREFIXES, SKOS, display, expand
from kzld.spreadsheets.cells import Names

KINDS = {
    "country": KZ + "Country",
    "person": PREFIXES["foaf"] + "Person",
    "body": PREFIXES["org"] + "Organization",
    "role": BASE + "concept/role",
    "topic": BASE + "concept/topic",
}
MISSPELT = {
    "country:Kazakstan": "country:KAZ",
    "country:KAX": "country:KAZ",
    "country:Kirgystan": "country:KGZ",
    "person:Mirzijoyev": "person:shavkat-mirziyoyev",
    "person:kasym-jomart-tokaev": "person:kassym-jomart-tokayev",
    "body:EAUE": "body:EAEU",
    "body:EAEUU": "body:EAEU",
    "role:foundng-member": "role:founding-member",
    "role:observr": "role:observer",
    "topic:sanctons": "topic:sanctions",
}
ADDRESS = (
    "https://legrandcontinent.eu/fr/2022/06/20/"
    "conseil-de-cooperation-entre-lunion-et-le-kazakhstan/"
)
MEMBERSHIP = """{prefixes}
membership:test a kz:Membership ;
    org:member country:KAZ ;
    org:organization body:EAEU ;
    org:role role:member ;
    kz:note "A test."@en ;
    dct:subject {name} ;
    kz:from "2015-01-01"^^xsd:date ;
    kz:lastKnown "2025-12-21"^^xsd:date ;
    kz:supportedBy source:baq-2025-12-21 .
"""


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return load(derived=False)


def in_command(text: str, kind: str, dataset: Dataset) -> str:
    with pytest.raises(UnknownNameError) as raised:
        resolve(dataset, text, [kind])
    return str(raised.value).partition("did you mean ")[2]


def in_cell(text: str, kind: str, dataset: Dataset) -> str:
    with pytest.raises(CellError) as raised:
        Names(dataset).find(text, (kind,))
    return raised.value.remedy.partition("did you mean ")[2]


def in_turtle(name: str, dataset: Dataset, tmp_path: Path) -> str:
    prefixes = "".join(f"@prefix {p}: <{iri}> .\n" for p, iri in PREFIXES.items())
    file = tmp_path / "x.ttl"
    file.write_text(MEMBERSHIP.format(prefixes=prefixes, name=name), "utf-8")
    [remedy] = [
        finding.remedy
        for finding in validate(file, base=dataset).findings
        if finding.rule == "dangling-reference"
    ]
    return remedy.partition("Did you mean ")[2].removesuffix("?")


@pytest.mark.parametrize("name", MISSPELT)
def test_a_misspelling_is_taken_for_the_same_everywhere(
    name: str, dataset: Dataset, tmp_path: Path
) -> None:
    prefix, _, text = name.partition(":")
    for written in (text, name):
        said = in_command(written, KINDS[prefix], dataset)
        assert said == in_cell(written, KINDS[prefix], dataset)
        assert said.startswith(f"{MISSPELT[name]} (")
    assert in_turtle(name, dataset, tmp_path) == MISSPELT[name]
    with pytest.raises(UnknownNameError) as shown:  # `kzld show` asks for no kind
        kzld.KnowledgeGraph(dataset).show(name)
    assert shown.value.candidates[0] == MISSPELT[name]


@pytest.fixture(scope="module")
def indexes(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> list[NameIndex]:
    """In memory, filled on demand, in memory, whole, and in a file."""
    path = tmp_path_factory.mktemp("names") / "names.db"
    return [
        NameIndex(dataset=dataset),
        NameIndex.build(dataset),
        NameIndex.build(dataset, path),
    ]


@pytest.mark.whole
@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("country:KAZ", "country:KAZ"),
        ("KAZ", "country:KAZ"),
        ("Kaz", "country:KAZ"),
        ("kz", "country:KAZ"),
        ("republique du kazakhstan", "country:KAZ"),
        ("Қазақстан", "country:KAZ"),
        ("membership:KAZ-EAEU", "membership:KAZ-EAEU"),
        ("Тоқаев", "person:kassym-jomart-tokayev"),
        (
            ADDRESS.removesuffix("/").replace("https://", "http://www."),
            "source:legrandcontinent-2022-06-20",
        ),
    ],
)
def test_an_index_in_a_file_finds_the_same(indexes: list[NameIndex], text: str, name: str) -> None:
    for index in indexes:
        assert index.find(text, by_words=True).things == [ox.NamedNode(expand(name) or "")]
        assert (index.near(text), index.suggest(text)) == (
            indexes[0].near(text),
            indexes[0].suggest(text),
        )


def test_an_index_in_a_file_is_only_read(indexes: list[NameIndex], dataset: Dataset) -> None:
    index, thing = indexes[-1], ox.NamedNode(PREFIXES["body"] + "EAEU")
    name = ox.Quad(thing, ox.NamedNode(SKOS + "altLabel"), ox.Literal("Quuxunion", language="en"))
    beside = index.beside([name])
    assert beside.find("quuxunion", [KINDS["body"]]).things == [thing]
    assert beside.suggest("quuxunon", [KINDS["body"]])[0] == thing
    assert thing in beside
    assert not index.find("quuxunion").things
    assert list_things(dataset, [thing], names=beside) == "body:EAEU (Eurasian Economic Union)"


def test_a_contribution_is_suggested_from_while_it_is_there(dataset: Dataset) -> None:
    thing = ox.NamedNode(PREFIXES["body"] + "quuxunion")
    type_ = ox.NamedNode(PREFIXES["rdf"] + "type")
    said = ox.Quad(thing, type_, ox.NamedNode(KINDS["body"]))
    with dataset.contribution([said]):
        assert dataset.names.suggest("body:quuxunon") == [thing]
    assert dataset.names.suggest("body:quuxunon") != [thing]


@pytest.mark.parametrize("text", ["https:", "http:", "urn:x", "mailto:nobody"])
def test_an_iri_in_no_namespace_is_told_from_names(dataset: Dataset, text: str) -> None:
    with pytest.raises(UnknownNameError, match=f"nothing is called '{text}'"):
        resolve(dataset, text)


def test_cyrillic_letters_never_spell_a_latin_code(dataset: Dataset) -> None:
    for text in ("ЕС", "КАЗ", "ЕСП"):
        assert fold(text).isascii()
        found = dataset.names.find(text, by_words=True).things + dataset.names.suggest(text)
        latin = {display(thing).partition(":")[2].casefold() for thing in found}
        assert fold(text) not in latin


def test_an_ascii_text_is_folded_without_tables() -> None:
    assert fold("  Nur-Sultan, KZ_1 ") == "nur sultan kz 1"


@pytest.mark.parametrize("text", ["Colonna", "KAZ", "catherine-colonna"])
def test_a_subclass_will_do_whatever_is_loaded_yet(text: str, dataset: Dataset) -> None:
    agent = PREFIXES["foaf"] + "Agent"
    kinds = [KINDS["country"], agent]
    assert len(NameIndex(dataset=dataset).find(text, kinds, by_words=True).things) == 1
