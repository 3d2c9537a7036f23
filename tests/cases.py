"""The expected answers of the named questions, written by hand from reading the data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import yaml

import kzld
from kzld.dataset.load import load
from kzld.rdf.documents import parse_document
from kzld.rdf.namespaces import PREFIXES

FOLDER = Path(__file__).with_name("answers")


@dataclass(frozen=True)
class Case:
    name: str
    question: str
    values: dict[str, Any]
    language: str
    columns: list[str]
    rows: list[list[str]]


def _read(path: Path) -> Case:
    found = yaml.safe_load(path.read_text("utf-8"))
    return Case(
        name=f"{path.parent.name}/{path.stem}",
        question=path.parent.name,
        values={name: _typed(value) for name, value in found["values"].items()},
        language=found.get("language", "en"),
        columns=found["columns"],
        rows=[[str(cell) for cell in row] for row in found["rows"]],
    )


def _typed(value: Any) -> Any:
    """What a user types at a prompt is text; a repeated parameter is a list of texts."""
    return [str(item) for item in value] if isinstance(value, list) else str(value)


CASES = [_read(path) for path in sorted(FOLDER.glob("*/*.yaml"))]


@cache
def graph_of_turtle(turtle: str) -> kzld.KnowledgeGraph:
    """A data set of these facts only, with the ontology and the concepts; made once."""
    prefixes = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
    document = parse_document((prefixes + turtle).encode(), "test", ox.RdfFormat.TURTLE)
    return kzld.KnowledgeGraph(load([document], packaged=False))
