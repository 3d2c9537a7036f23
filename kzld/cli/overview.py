"""What `kzld` alone prints: what is here, and what to try."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version

from kzld import render
from kzld.dataset.dataset import Dataset

_COUNTS = """
SELECT ?kind (COUNT(?fact) AS ?count) WHERE {
  GRAPH graph:data { ?fact a ?kind }
  ?kind rdfs:subClassOf* kz:Fact .
} GROUP BY ?kind ORDER BY DESC(?count)
"""
_RANGE = """
SELECT (MIN(?first) AS ?from) (MAX(?last) AS ?to) WHERE {
  ?fact kz:fromEarliest ?first ; kz:untilEarliest ?last
}
"""
_TRY = """
Try
  kzld ask members --organization EAEU --at 2022-06-20 --sources
  kzld show Tokayev --at 2022-06-20
  kzld ask indicator --indicator deaths --of january-2022-events
  kzld ask votes --voter KAZ --topic war-in-ukraine
  kzld query "SELECT ?body { country:KAZ org:memberOf ?body }"
  kzld --help
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """What is in a data set.

    Attributes:
        release: its version.
        facts: how many there are of each kind, the most frequent first.
        sources: how many there are.
        years: the first and the last.
    """

    release: str
    facts: list[tuple[str, int]]
    sources: int
    years: tuple[str, str]


def figures(dataset: Dataset, language: str = "en") -> Figures:
    """Count what is in a data set; kinds of facts by their labels in a language."""
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


def overview(dataset: Dataset) -> str:
    """Versions, counts, date range and fingerprint of a data set, and first commands."""
    found = figures(dataset)
    kinds = ", ".join(render.counted(count, name) for name, count in found.facts)
    first, last = found.years
    return (
        f"kzld {version('kzld')}, data {found.release}\n\n"
        f"{sum(count for _, count in found.facts)} facts from {found.sources} sources, "
        f"{first} to {last}:\n"
        f"{render.fold(kinds)}\n"
        f"fingerprint sha256:{dataset.fingerprint}\n{_TRY}"
    )
