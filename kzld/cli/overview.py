"""What `kzld` alone prints: what is here, and what to try."""

from __future__ import annotations

from importlib.metadata import version

from kzld.dataset.dataset import Dataset
from kzld.dataset.figures import figures
from kzld.text import counted, fold

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
    found = figures(dataset)
    kinds = ", ".join(counted(count, name) for name, count in found.facts)
    first, last = found.years
    return (
        f"kzld {version('kzld')}, data {found.release}\n\n"
        f"{sum(count for _, count in found.facts)} facts from {found.sources} sources, "
        f"{first} to {last}:\n"
        f"{fold(kinds)}\n"
        f"fingerprint sha256:{dataset.fingerprint}\n{_TRY}"
    )
