"""The library as people use it: one object with the data set and its questions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kzld import ask as _ask
from kzld import dataset as _dataset
from kzld import sparql as _sparql
from kzld.rdf import read_document
from kzld.sources import Citation, citations

if TYPE_CHECKING:
    import pandas as pd
    from rdflib import Graph

    from kzld.names import Match
    from kzld.show import Card


@dataclass(frozen=True)
class Answer:
    """The answer to a named question: rows of labels, with the IRIs and sources behind them.

    Attributes:
        columns: what each row tells.
        sparql: the query that was asked, complete, for any SPARQL 1.1 engine.
    """

    dataset: _dataset.Dataset
    answer: _ask.Answer
    language: str = "en"

    @property
    def columns(self) -> list[str]:
        """The names of the columns, without those for IRIs."""
        return self.answer.columns

    @property
    def sparql(self) -> str:
        """The query that was asked, with prefixes and values, for any SPARQL 1.1 engine."""
        return self.answer.sparql

    def __len__(self) -> int:
        return len(self.answer.rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Each row as a dictionary.

        A thing has two entries: its label under the name of the column, its IRI under
        `NAME_id`. Dates stay text at the precision of the source, numbers are numbers;
        `fact` holds the IRI of the fact, or the IRIs parted by spaces.
        """
        for row, facts in zip(self.answer.rows, self.answer.facts, strict=True):
            record: dict[str, Any] = {}
            for column, term in zip(self.columns, row, strict=True):
                if column in self.things:
                    record[column] = self.dataset.label(term, self.language) if term else None
                    record[column + "_id"] = getattr(term, "value", None)
                else:
                    value = _sparql.python_value(term)
                    record[column] = value.isoformat() if isinstance(value, date) else value
            record["fact"] = " ".join(fact.value for fact in facts)
            yield record

    @cached_property
    def things(self) -> set[str]:
        """The columns whose values are things, concepts or facts, not texts."""
        return {
            column
            for index, column in enumerate(self.columns)
            if any(type(row[index]).__name__ == "NamedNode" for row in self.answer.rows)
        }

    def labels(self) -> list[list[str]]:
        """The rows as people read them: labels and plain texts."""
        return [
            [self.dataset.label(term, self.language) for term in row] for row in self.answer.rows
        ]

    def citations(self) -> list[list[Citation]]:
        """The sources of each row, for and against."""
        facts = [fact for row in self.answer.facts for fact in row]
        language = "fr" if self.language == "fr" else "en"
        said = citations(self.dataset, facts, language=language)
        return [
            list(dict.fromkeys(c for fact in row for c in said[fact])) for row in self.answer.facts
        ]

    def to_pandas(self) -> pd.DataFrame:
        """The rows as a DataFrame, with the columns of `__iter__`.

        Raises:
            KzldError: pandas is not installed (`pip install "kzld[pandas]"`).
        """
        records = list(self)
        return _sparql.data_frame(list(records[0]) if records else self.columns, records)


class KnowledgeGraph:
    """The data set, ready to be asked. Made by `load`."""

    def __init__(self, dataset: _dataset.Dataset) -> None:
        self.dataset = dataset

    def query(self, sparql: str, *, allow_service: bool = False) -> _sparql.Answer:
        """Answer a SPARQL 1.1 query; the project's prefixes need no declaration.

        Args:
            sparql: SELECT gives rows, ASK a truth value, CONSTRUCT and DESCRIBE triples.
            allow_service: let SERVICE ask other servers.

        Raises:
            QueryError: the query is not SPARQL, or asks for what is not allowed.
        """
        return _sparql.answer(self.dataset, sparql, allow_service=allow_service)

    def ask(
        self, question: str, *, language: str = "en", **values: str | date | Sequence[str] | None
    ) -> Answer:
        """Answer a named question, such as `members` or `career` (`kzld ask` lists them).

        Args:
            question: its name.
            language: of labels and texts: `en`, `fr`, `ru` or `kk`.
            values: its parameters: entities by IRI, prefixed name, code or label; dates as
                `datetime.date` or text. `at` asks for the state of a day.

        Raises:
            UnknownNameError: no such question, parameter or entity.
            KzldError: a parameter is missing, or a date is impossible.
        """
        fact_language = "fr" if language == "fr" else "en"
        found = _ask.ask(self.dataset, question, values, language=fact_language)
        return Answer(self.dataset, found, language)

    def show(self, entity: str, *, at: str | date | None = None, language: str = "en") -> Card:
        """The card of a thing or fact: names, properties, facts in order of time, sources.

        Raises:
            UnknownNameError: nothing, or more than one thing, is called that.
        """
        from kzld.show import card  # noqa: PLC0415

        return card(self.dataset, entity, at=at, language=language)

    def search(self, text: str, *, limit: int = 10) -> list[Match]:
        """Things and concepts by name, in any language, forgiving of script and spelling."""
        from kzld.names import search  # noqa: PLC0415

        return search(self.dataset, text, limit=limit)

    @cached_property
    def graph(self) -> Graph:
        """An rdflib Graph of what queries see: all graphs but the shapes, merged."""
        import pyoxigraph as ox  # noqa: PLC0415
        from rdflib import Graph  # noqa: PLC0415

        from kzld.rdf import PREFIXES  # noqa: PLC0415

        merged = Graph(bind_namespaces="none")
        for prefix, namespace in PREFIXES.items():
            merged.bind(prefix, namespace)
        names = [name for name in _dataset.GRAPHS if name != "shapes"]
        triples = (
            ox.Triple(q.subject, q.predicate, q.object)
            for name in names
            for q in self.dataset.quads(name)
        )
        merged.parse(data=ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b"", format="nt")
        return merged

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the canonical N-Quads of the data graph, in hexadecimal."""
        return self.dataset.fingerprint

    def __repr__(self) -> str:
        facts = sum(1 for _ in self.dataset.select("SELECT ?f WHERE { ?f a kz:Fact }"))
        return f"<kzld.KnowledgeGraph: {facts} facts>"


def load(*files: str | Path) -> KnowledgeGraph:
    """The packaged data set, with further RDF files as part of its data.

    Args:
        files: paths of RDF files; the suffix says the syntax.

    Raises:
        ReadError: a file cannot be read.
    """
    documents: Iterable[Any] = [read_document(f, context=_dataset.context()) for f in files]
    return KnowledgeGraph(_dataset.load(documents))
