"""Jena, an independent SHACL engine, finds what the fast engine finds.

It runs where the environment variable KZLD_JENA names the folder of its jars (see
benchmarks/jena.py), and java is on the PATH.
"""

from __future__ import annotations

import math
import os
import shutil
import subprocess
from itertools import chain, product
from pathlib import Path

import jena
import pyoxigraph as ox
import pytest
from graphs import RDF_TYPE, name, typed
from test_differential import DATA, FAIL, PASS, with_nodes_of_their_own, with_what_they_name

from kzld.check.rules import shapes_of, stated
from kzld.dataset.dataset import Dataset
from kzld.dataset.load import load
from kzld.rdf.documents import read_document
from kzld.rdf.namespaces import FACT_KINDS, PREFIXES
from kzld.shacl.engine import Engine
from kzld.shacl.results import Result

TEXTS = (
    "5 05 +5 -0 -1 128 300 1. .5 1.50 1E0 INF infinity nan true abc P12M 2022 2022Z 2022+00:00 "
    "2022-06-20 2022-06-20+00:00 2022-02-30 2022-06-20T24:00:00"
).split()
DATATYPES = (
    "integer int byte unsignedByte nonNegativeInteger positiveInteger long decimal double float "
    "boolean date dateTime gYear duration"
).split()
PLACES = (
    ("kz:Meeting", "kz:number", "meeting:example"),
    ("kz:Place", "wgs:lat", "place:example"),
    ("kz:Observation", "schema:value", "observation:example"),
    ("kz:Event", "kz:date", "event:example"),
)
JARS = os.environ.get("KZLD_JENA")
pytestmark = [
    pytest.mark.engines,
    pytest.mark.skipif(
        not JARS or shutil.which("java") is None,
        reason="needs java and, in KZLD_JENA, the folder of Jena's jars (see benchmarks/jena.py)",
    ),
]


@pytest.fixture(scope="module")
def packaged() -> Dataset:
    return load()


def differences(dataset: Dataset, folder: Path) -> set[Result]:
    """The results that only one of the two has."""
    shapes, data = folder / "shapes.nt", folder / "data.nt"
    jena.write_shapes(dataset, shapes)
    jena.write_data(dataset, data)
    command = jena.command(Path(JARS or ""), shapes, data)
    theirs = jena.results(subprocess.run(command, capture_output=True, check=True).stdout)
    assert theirs
    return theirs ^ jena.without_blank_nodes(Engine(shapes_of(dataset)).validate(stated(dataset)))


def test_jena_agrees_on_the_fixtures_that_keep_the_rules(packaged: Dataset, tmp_path: Path) -> None:
    quads = [quad for path in PASS for quad in read_document(path).quads]
    assert differences(with_what_they_name(quads, packaged), tmp_path) == set()


def test_jena_agrees_on_the_fixtures_that_break_the_rules(
    packaged: Dataset, tmp_path: Path
) -> None:
    quads = [quad for path in FAIL for quad in with_nodes_of_their_own(path, packaged)]
    assert differences(with_what_they_name(quads, packaged), tmp_path) == set()


def sample(packaged: Dataset, each: int) -> list[ox.Quad]:
    """What is said about up to so many facts of each kind, taken evenly."""
    names = sorted({quad.subject.value for quad in packaged.quads("data")})
    chosen: list[str] = []
    for kind in FACT_KINDS:
        facts = [fact for fact in names if fact.startswith(PREFIXES[kind])]
        assert facts, f"the data has no {kind}"
        chosen += facts[:: math.ceil(len(facts) / each)]
    about = (
        packaged.store.quads_for_pattern(ox.NamedNode(fact), None, None, DATA) for fact in chosen
    )
    return list(chain.from_iterable(about))


def test_jena_agrees_on_a_sample_of_the_packaged_data(packaged: Dataset, tmp_path: Path) -> None:
    dataset = with_what_they_name(sample(packaged, each=13), packaged)
    assert differences(dataset, tmp_path) == set()


def test_jena_agrees_on_spellings_and_on_values_outside_of_their_datatype(tmp_path: Path) -> None:
    dataset = load(packaged=False, derived=False)
    for number, (text, datatype) in enumerate(product(TEXTS, DATATYPES)):
        for kind, predicate, thing in PLACES:
            node = ox.NamedNode(f"{name(thing).value}-{number}")
            quads = [(RDF_TYPE, name(kind)), (name(predicate), typed(text, datatype))]
            dataset.store.extend(ox.Quad(node, *pair, DATA) for pair in quads)
    # Two observations of 5 and 05 are alike by value, and so for the rule; not in Jena's memory.
    assert {r for r in differences(dataset, tmp_path) if r.rule != "duplicate-fact"} == set()
