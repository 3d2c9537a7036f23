"""kzld: dated, sourced facts about Kazakhstan's external relations as RDF.

    >>> import kzld
    >>> kg = kzld.load()
    >>> kg.ask("members", organization="EAEU", at="2022-06-20").to_pandas()

Everything works offline. Imports are light: a module is loaded when it is first used,
and rdflib and pySHACL only by the calls that need them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kzld.check.findings import Finding, Report
    from kzld.check.validate import validate
    from kzld.errors import EndpointError, KzldError, QueryError, ReadError, UnknownNameError
    from kzld.knowledge_graph import KnowledgeGraph, connect, load
    from kzld.query.ask import Answer

__version__ = "0.3.0"
__all__ = [
    "Answer",
    "EndpointError",
    "Finding",
    "KnowledgeGraph",
    "KzldError",
    "QueryError",
    "ReadError",
    "Report",
    "UnknownNameError",
    "connect",
    "load",
    "validate",
]
_HOMES = {
    "kzld.knowledge_graph": ("KnowledgeGraph", "connect", "load"),
    "kzld.query.ask": ("Answer",),
    "kzld.errors": ("EndpointError", "KzldError", "QueryError", "ReadError", "UnknownNameError"),
    "kzld.check.validate": ("Finding", "Report", "validate"),
}


def __getattr__(name: str) -> Any:
    """Load a public name from its module when it is first used (PEP 562)."""
    for home, names in _HOMES.items():
        if name in names:
            value = getattr(import_module(home), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module 'kzld' has no attribute {name!r}")
