"""The contents of a data set in figures."""

from __future__ import annotations

from dataclasses import dataclass

from kzld.dataset.dataset import Dataset

_COUNTS = """
SELECT ?kind (COUNT(?fact) AS ?count) WHERE {
  GRAPH graph:data { ?fact a ?kind }
  ?kind rdfs:subClassOf* kz:Fact .
} GROUP BY ?kind ORDER BY DESC(?count)
"""
_RANGE = """
SELECT (MIN(?first) AS ?from) (MAX(?last) AS ?to) WHERE {
  ?fact kz:fromEarliest|kz:fromLatest ?first ; kz:fromEarliest|kz:untilEarliest ?last
}
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """The contents of a data set in figures.

    Attributes:
        release: its version.
        facts: the label and number of facts of each kind, the most frequent first.
        sources: the number of sources.
        years: the first and the last year.
    """

    release: str
    facts: list[tuple[str, int]]
    sources: int
    years: tuple[str, str]


def figures(dataset: Dataset, language: str = "en") -> Figures:
    """Count the contents of a data set; kinds of facts have their labels in a language."""
    years = dataset.select(_RANGE)[0]
    stated = dataset.select("SELECT ?v WHERE { ?set a dcat:Dataset ; dcat:version ?v }")
    return Figures(
        release=dataset.label(stated[0]["v"]) if stated else "unreleased",
        facts=[
            (dataset.label(row["kind"], language), int(dataset.label(row["count"])))
            for row in dataset.select(_COUNTS)
        ],
        sources=sum(1 for _ in dataset.select("SELECT ?s WHERE { ?s a kz:Source }")),
        years=(dataset.label(years["from"])[:4], dataset.label(years["to"])[:4]),
    )
