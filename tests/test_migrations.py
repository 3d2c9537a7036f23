"""Each query in ontology/migrations/ turns old data into new, and does nothing when run again."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from kzld.dataset.package import package_file

QUERIES = sorted(package_file("ontology", "migrations").glob("*.rq"))
EXAMPLES = Path(__file__).with_name("migrations")


def statements(store: ox.Store) -> set[ox.Triple]:
    return {quad.triple for quad in store}


def example(name: str, which: str) -> ox.Store:
    store = ox.Store()
    store.load(path=EXAMPLES / name / f"{which}.ttl", format=ox.RdfFormat.TURTLE)
    return store


def test_every_migration_has_an_example() -> None:
    assert {path.name for path in EXAMPLES.iterdir()} == {path.stem for path in QUERIES}


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_a_migration_turns_old_data_into_new(path: Path) -> None:
    store = example(path.stem, "old")
    wanted = statements(example(path.stem, "new"))
    assert statements(store) != wanted
    for _ in range(2):
        store.update(path.read_text("utf-8"))
        assert statements(store) == wanted
