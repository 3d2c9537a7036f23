"""Queries that users write: run offline over the data set, or asked of an endpoint."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from kzld.dataset import Dataset
from kzld.errors import KzldError, QueryError
from kzld.rdf import PREFIXES, XSD, Term

if TYPE_CHECKING:
    import pandas as pd

_TOKEN: Final = re.compile(
    r"<[^<>\"{}|^`\\\s]*>"  # IRI
    r"|\"\"\"(?:[^\\]|\\.)*?\"\"\"|'''(?:[^\\]|\\.)*?'''"
    r"|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'"
    r"|#[^\n]*"
    r"|[?$]\w+|(?P<name>[\w.-]*:[\w.:%-]*)|(?P<word>[A-Za-z]\w*)",
    re.DOTALL,
)
_REASONS: Final = re.compile(r"(?:expected one of |, |expected )(The [^,\]]+|[A-Z][a-z]+ [a-z ]+)")
_NUMBERS: Final = {
    XSD + "integer": int,
    XSD + "decimal": float,
    XSD + "double": float,
    XSD + "float": float,
}


@dataclass(frozen=True, slots=True)
class Rows:
    """The solutions of a SELECT query.

    Attributes:
        columns: the variables, in the order of the query.
        rows: a term, or None where a variable is unbound, for each column.
    """

    columns: list[str]
    rows: list[list[Term | None]]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Each row as a dictionary of Python values; unbound variables are None."""
        for row in self.rows:
            yield dict(zip(self.columns, map(python_value, row), strict=True))

    def __len__(self) -> int:
        return len(self.rows)

    def to_pandas(self) -> pd.DataFrame:
        """The rows as a DataFrame of Python values, IRIs as text.

        Raises:
            KzldError: pandas is not installed (`pip install "kzld[pandas]"`).
        """
        return data_frame(self.columns, list(self))


Answer = Rows | bool | list[ox.Triple]


def data_frame(columns: list[str], records: list[dict[str, Any]]) -> pd.DataFrame:
    """Records as a DataFrame.

    Raises:
        KzldError: pandas is not installed.
    """
    try:
        import pandas as pd  # noqa: PLC0415 (an extra)
    except ImportError:
        raise KzldError('pandas is not installed; pip install "kzld[pandas]"') from None
    return pd.DataFrame(records, columns=columns)


def python_value(term: Term | None) -> Any:
    """A term as a Python value: numbers, booleans and whole dates as such, the rest as text.

    A year or a year and month stays the text that it is: `2015`, `2015-05`.
    """
    if isinstance(term, ox.Literal):
        datatype, text = term.datatype.value, term.value
        try:
            if datatype in _NUMBERS:
                return _NUMBERS[datatype](text)
            if datatype == XSD + "date":
                from datetime import date  # noqa: PLC0415

                return date.fromisoformat(text)
        except ValueError:
            return text
        return text == "true" if datatype == XSD + "boolean" else text
    return term.value if isinstance(term, ox.NamedNode) else None if term is None else str(term)


def run(dataset: Dataset, query: str, *, allow_service: bool = False) -> ox.QuerySolutions | Any:
    """The raw result of a SPARQL 1.1 query over a data set; no network is touched.

    The project's prefixes need no declaration. Without FROM and GRAPH a query sees all
    graphs but the shapes, merged.

    Args:
        dataset: what to ask.
        query: SELECT, ASK, CONSTRUCT or DESCRIBE.
        allow_service: let SERVICE ask other servers.

    Raises:
        QueryError: the query is not SPARQL, or asks for what is not allowed.
    """
    words = {match["word"].upper() for match in _TOKEN.finditer(query) if match["word"]}
    if "SERVICE" in words and not allow_service:
        raise QueryError("SERVICE asks another server; add --allow-service if that is meant")
    graphs = None if "FROM" in words else dataset.default_graphs
    try:
        return dataset.store.query(query, prefixes=PREFIXES, default_graph=graphs)
    except SyntaxError as error:
        raise QueryError(explain_error(str(error), query)) from None
    except (OSError, ValueError, RuntimeError) as error:
        raise QueryError(f"the query failed: {error}") from None


def answer(dataset: Dataset, query: str, *, allow_service: bool = False) -> Answer:
    """The result of a query as Python objects: rows, a truth value, or triples.

    Raises:
        QueryError: as `run`.
    """
    return collect(run(dataset, query, allow_service=allow_service))


def collect(result: Any) -> Answer:
    """A raw result as rows, truth value or triples."""
    if isinstance(result, ox.QueryBoolean):
        return bool(result)
    if isinstance(result, ox.QuerySolutions):
        columns = [variable.value for variable in result.variables]
        return Rows(columns, [[solution[column] for column in columns] for solution in result])
    return list(result)


def with_prefixes(query: str) -> str:
    """The query with the declarations that it lacks, on its first line so that positions stay."""
    declared = set(re.findall(r"PREFIX\s+([\w.-]*):", query, re.IGNORECASE))
    used = {match["name"].partition(":")[0] for match in _TOKEN.finditer(query) if match["name"]}
    needed = sorted((used & PREFIXES.keys()) - declared)
    return " ".join([*(f"PREFIX {p}: <{PREFIXES[p]}>" for p in needed), query])


def explain_error(message: str, query: str) -> str:
    """`line:column: reason`, the line at fault and a mark, from the parser's message."""
    place = re.search(r"error at (\d+):(\d+)", message)
    if place is None:
        return f"this is not a SPARQL 1.1 query: {message}"
    number, column = int(place[1]), int(place[2])
    lines = query.split("\n")
    line = lines[number - 1] if number <= len(lines) else ""
    rest = "\n".join([line[column - 1 :], *lines[number:]]).strip()
    reason = _REASONS.search(message)
    if "Prefix not found" in message:
        names = [m["name"] for m in _TOKEN.finditer(line) if m["name"] and m.start() < column]
        name = (names or [rest])[-1].partition(":")[0]
        why = f"the prefix {name}: is not declared"
    elif reason and reason[1].startswith("The "):
        why = reason[1][0].lower() + reason[1][1:]
    elif not rest:
        why = "the query ends too early"
    else:
        why = f"unexpected {rest.split()[0]!r}"
    start = max(0, column - 60)
    shown, mark = line[start : start + 100], " " * (column - 1 - start) + "^"
    return f"query:{number}:{column}: {why}\n  {shown}\n  {mark}"
