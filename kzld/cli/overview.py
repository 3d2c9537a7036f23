"""The output of `kzld` alone: the data set in figures, and commands to try."""

from __future__ import annotations

import platform
from importlib.metadata import version

from kzld.dataset import ready_store
from kzld.dataset.dataset import Dataset
from kzld.dataset.figures import figures
from kzld.dataset.package import package_file
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


def surroundings() -> str:
    """The versions of Python and the main libraries, and the folders in use."""
    folder = ready_store.place()
    ready = (
        "off" if folder is None else f"{folder}{'' if folder.exists() else ' (not created yet)'}"
    )
    return (
        f"Python       {platform.python_version()}\n"
        f"pyoxigraph   {version('pyoxigraph')}\n"
        f"rdflib       {version('rdflib')}\n"
        f"pySHACL      {version('pyshacl')}\n"
        f"data         {package_file('data')}\n"
        f"ready store  {ready}\n"
    )


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
