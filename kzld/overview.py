"""What `kzld` alone prints: what is here, and what to try."""

from __future__ import annotations

from importlib.metadata import version

from kzld import render
from kzld.dataset import Dataset

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


def overview(dataset: Dataset) -> str:
    """Versions, counts, date range and fingerprint of a data set, and first commands."""
    counts = [
        (dataset.label(row["kind"]), int(dataset.label(row["count"])))
        for row in dataset.select(_COUNTS)
    ]
    kinds = ", ".join(f"{count} {name}{'' if count == 1 else 's'}" for name, count in counts)
    years = dataset.select(_RANGE)[0]
    first, last = (dataset.label(years[name])[:4] for name in ("from", "to"))
    sources = sum(1 for _ in dataset.select("SELECT ?s WHERE { ?s a kz:Source }"))
    stated = dataset.select("SELECT ?v WHERE { ?set a dcat:Dataset ; dcat:version ?v }")
    release = dataset.label(stated[0]["v"]) if stated else "unreleased"
    return (
        f"kzld {version('kzld')}, data {release}\n\n"
        f"{sum(count for _, count in counts)} facts from {sources} sources, {first} to {last}:\n"
        f"{render.fold(kinds)}\n"
        f"fingerprint sha256:{dataset.fingerprint}\n{_TRY}"
    )
