"""SPARQL queries of users: run over the data set; results and errors made readable."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from kzld.dataset.dataset import Dataset
from kzld.errors import KzldError, QueryError, ServiceRefusedError
from kzld.rdf.literals import is_number
from kzld.rdf.namespaces import PREFIXES, XSD, Graphs, Term
from kzld.text import pointer

if TYPE_CHECKING:
    import pandas as pd

_TOKEN = re.compile(
    r"<[^<>\"{}|^`\\\s]*>"  # IRI
    r"|\"\"\"(?:[^\\]|\\.)*?\"\"\"|'''(?:[^\\]|\\.)*?'''"
    r"|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'"
    r"|#[^\n]*"
    r"|[?$]\w+|(?P<name>[\w.-]*:[\w.:%-]*)|(?P<word>[A-Za-z]\w*)",
    re.DOTALL,
)
_REASON = re.compile(r"\b[A-Z][A-Za-z]*(?: [A-Za-z]+){3,}")
_PLAIN = {
    "The SELECT contains a variable that is unbound": (
        "SELECT names a variable that is neither in GROUP BY nor aggregated"
    )
}
_UPDATES = {
    "INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "WITH",
}  # fmt: skip
_LONGEST_KEYWORD = 20
_FRACTIONS = {XSD + "decimal", XSD + "double", XSD + "float"}
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class Rows:
    """The solutions of a SELECT query.

    Attributes:
        columns: the variables, in the order of the query.
        rows: for each column a term, or None if the variable is unbound.
    """

    columns: list[str]
    rows: list[list[Term | None]]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield each row as a dictionary of Python values; unbound variables are None."""
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


Result = Rows | bool | list[ox.Triple]


def data_frame(columns: list[str], records: list[dict[str, Any]]) -> pd.DataFrame:
    """Records as a DataFrame.

    Raises:
        KzldError: pandas is not installed.
    """
    try:
        import pandas as pd  # an extra
    except ImportError:
        raise KzldError('pandas is not installed; pip install "kzld[pandas]"') from None
    return pd.DataFrame(records, columns=columns)


def python_value(term: Term | None) -> Any:
    """A term as a Python value: numbers, booleans and whole dates, other terms as text.

    A year or a year and month stays a text: `2015`, `2015-05`.
    """
    if isinstance(term, ox.Literal):
        datatype, text = term.datatype.value, term.value
        try:
            if is_number(text, datatype):
                return float(text) if datatype in _FRACTIONS else int(text)
            if datatype == XSD + "date":
                from datetime import date

                return date.fromisoformat(text)
        except ValueError:
            return text
        return _BOOLEANS.get(text, text) if datatype == XSD + "boolean" else text
    return term.value if isinstance(term, ox.NamedNode) else None if term is None else str(term)


def run(
    dataset: Dataset,
    query: str,
    *,
    allow_service: bool = False,
    graphs: tuple[Sequence[str], Sequence[str]] | None = None,
    base: str | None = None,
) -> ox.QuerySolutions | Any:
    """The raw result of a SPARQL 1.1 query over a data set, without network access.

    The project's prefixes need no declaration. Without FROM and GRAPH a query sees all
    graphs but the shapes, merged.

    Args:
        dataset: the data set.
        query: SELECT, ASK, CONSTRUCT or DESCRIBE.
        allow_service: let SERVICE ask other servers.
        graphs: IRIs of default graphs and of named graphs; they replace the graphs that the
            query names (SPARQL 1.1 Protocol, 2.1.4).
        base: the base IRI of relative IRIs.

    Raises:
        QueryError: the query is not SPARQL, or uses SERVICE without permission.
    """
    words = _words(query)
    if not allow_service and re.search("service", query, re.IGNORECASE):
        _refuse_service(query, base)
    if graphs or not words.isdisjoint({"GRAPH", "FROM"}):
        dataset.need_shapes()
    default: Graphs | None = None if "FROM" in words else dataset.default_graphs
    named: list[ox.NamedNode | ox.BlankNode] | None = None
    try:
        with translate_errors():
            if graphs:
                default = [ox.NamedNode(iri) for iri in graphs[0]]
                named = [ox.NamedNode(iri) for iri in graphs[1]]
            return dataset.store.query(
                query, prefixes=PREFIXES, base_iri=base, default_graph=default, named_graphs=named
            )
    except SyntaxError as error:
        raise QueryError(explain_error(str(error), query, base)) from None


def names_its_graphs(query: str) -> bool:
    """Whether a query names its graphs with FROM."""
    return "FROM" in _words(query)


def gives_triples(query: str) -> bool:
    """Whether the answer to a query is a graph."""
    return not _words(query).isdisjoint({"CONSTRUCT", "DESCRIBE"})


def _words(query: str) -> set[str]:
    """The keywords of a query, in capitals."""
    return {match["word"].upper() for match in _TOKEN.finditer(query) if match["word"]}


@contextmanager
def translate_errors() -> Iterator[None]:
    """Turn errors during the (lazy) computation of a result into a clear line."""
    try:
        yield
    except (OSError, ValueError, RuntimeError) as error:
        raise QueryError(f"the query failed: {' '.join(str(error).split())}") from None


def _refuse_service(query: str, base: str | None) -> None:
    """Raise if SERVICE is a keyword of the query, not part of a text, name or comment.

    The parser decides, not a pattern that could be fooled: misspelling the word makes the
    query invalid exactly if it was a keyword.
    """
    misspelt = re.sub("(servic)e", r"\1x", query, flags=re.IGNORECASE)
    try:
        ox.Store().query(misspelt, base_iri=base, prefixes=PREFIXES)
    except SyntaxError as error:
        problem = explain_error(str(error), misspelt, base)
        if re.search("unexpected '[^']*servicx", problem, re.IGNORECASE):
            raise ServiceRefusedError from None
        raise QueryError(re.sub("(servic)x", r"\1e", problem, flags=re.IGNORECASE)) from None


def answer(dataset: Dataset, query: str, *, allow_service: bool = False) -> Result:
    """The result of a query as Python objects: rows, a truth value, or triples.

    Raises:
        QueryError: as `run`.
    """
    return collect(run(dataset, query, allow_service=allow_service))


def collect(result: Any) -> Result:
    """A raw result as rows, truth value or triples."""
    if isinstance(result, ox.QueryBoolean):
        return bool(result)
    with translate_errors():
        if isinstance(result, ox.QuerySolutions):
            columns = [variable.value for variable in result.variables]
            return Rows(columns, [[solution[column] for column in columns] for solution in result])
        return list(dict.fromkeys(result))  # a CONSTRUCT may make a triple several times


def with_prefixes(query: str) -> str:
    """The query with its missing declarations on the first line, to keep the line numbers."""
    declared = set(re.findall(r"PREFIX\s+([\w.-]*):", query, re.IGNORECASE))
    used = {match["name"].partition(":")[0] for match in _TOKEN.finditer(query) if match["name"]}
    needed = sorted((used & PREFIXES.keys()) - declared)
    return " ".join([*(f"PREFIX {p}: <{PREFIXES[p]}>" for p in needed), query])


def explain_error(message: str, query: str, base: str | None = None) -> str:
    """`query:line:column: reason`, the line at fault and a mark, from the parser's message."""
    if "error at" not in message:
        return f"this is not a SPARQL 1.1 query: {message}"
    message, start = _locate(message, query, base)
    found = _TOKEN.match(query, start)
    token = found[0] if found else query[start : start + 1].strip()
    reason = _REASON.search(message)
    if token.upper() in _UPDATES:
        why = f"{token} changes data; only queries are answered"
    elif "Prefix not found" in message and found and found["name"]:
        why = f"the prefix {found['name'].partition(':')[0]}: is not declared"
    elif "IRI parsing failed" in message and token.startswith("<"):
        why = f"{token} is not an absolute IRI"
    elif reason:
        why = _PLAIN.get(reason[0], reason[0][0].lower() + reason[0][1:])
    else:
        why = f"unexpected {token.splitlines()[0]!r}" if token else "the query ends too early"
    number, column = query.count("\n", 0, start) + 1, start - query.rfind("\n", 0, start)
    line = query.split("\n")[number - 1]
    return f"query:{number}:{column}: {why}\n{pointer(line, column)}"


def _locate(message: str, query: str, base: str | None) -> tuple[str, int]:
    """The parser's message, and the offset in the query of the token at fault.

    To match a keyword, the parser reads as many characters as the keyword has, and reports
    their end as the place. With enough space between the tokens, the token is right.
    """
    wide, starts = "", []
    for match in re.finditer(f"{_TOKEN.pattern}|[^\\s]|\n", query, _TOKEN.flags):
        starts.append((len(wide), match.start()))
        after = query[match.end() : match.end() + 1]  # empty at the end
        apart = after in " \t\r\n(){},;" or match[0] in "(){},;" or (match["word"] and after == "<")
        wide += match[0] + " " * (_LONGEST_KEYWORD if apart else 0)
    starts.append((len(wide), len(query.rstrip())))
    try:
        ox.Store().query(wide, base_iri=base, prefixes=PREFIXES)
    except SyntaxError as error:
        message = str(error)
    place = re.search(r"error at (\d+):(\d+)", message)
    number, column = (int(place[1]), int(place[2])) if place else (1, 1)
    offset = sum(len(line) + 1 for line in wide.split("\n")[: number - 1]) + column - 1
    return message, max(mine for theirs, mine in starts if theirs <= offset)
