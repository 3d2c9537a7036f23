"""Each migration turns old data into new, and leaves alone what is new already."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from kzld.dataset.package import package_file

MIGRATIONS = sorted(package_file("ontology", "migrations").glob("*.rq"))
EXAMPLES = Path(__file__).with_name("migrations")


def triples(path: Path) -> set[ox.Triple]:
    return {quad.triple for quad in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE)}


def migrated(triples: set[ox.Triple], query: str) -> set[ox.Triple]:
    store = ox.Store()
    store.extend(ox.Quad(*triple) for triple in triples)
    store.update(query)
    return {quad.triple for quad in store}


def test_every_migration_has_an_example() -> None:
    assert {path.stem for path in MIGRATIONS} == {path.name for path in EXAMPLES.iterdir()}


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: path.stem)
def test_a_migration_turns_old_data_into_new(path: Path) -> None:
    query = path.read_text("utf-8")
    old, new = (triples(EXAMPLES / path.stem / f"{name}.ttl") for name in ("old", "new"))
    assert old != new
    assert migrated(old, query) == new
    assert migrated(new, query) == new
