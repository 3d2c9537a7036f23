"""kzld: dated, sourced facts about Kazakhstan's external relations as RDF.

    >>> import kzld
    >>> kg = kzld.load()
    >>> kg.ask("members", organization="EAEU", at="2022-06-20").to_pandas()

Everything works offline. Imports are light: rdflib and pySHACL are loaded where a call
needs them.
"""

from __future__ import annotations

from kzld.api import Answer, KnowledgeGraph, load
from kzld.errors import KzldError, QueryError, ReadError, UnknownNameError
from kzld.validate import Finding, Report, validate

__version__ = "0.1.0"
__all__ = [
    "Answer",
    "Finding",
    "KnowledgeGraph",
    "KzldError",
    "QueryError",
    "ReadError",
    "Report",
    "UnknownNameError",
    "load",
    "validate",
]
