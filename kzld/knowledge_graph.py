"""The public interface: one object with the data set and its questions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kzld.dataset.dataset import Dataset
from kzld.dataset.load import load as _load
from kzld.dataset.package import context
from kzld.query import ask as _ask
from kzld.query import sparql as _sparql
from kzld.rdf.namespaces import GRAPHS, MERGED
from kzld.rdf.streams import statements

if TYPE_CHECKING:
    from rdflib import Graph

    from kzld.dataset.name_index import Match
    from kzld.query.cards import Card
    from kzld.stores.push import Pushed


class KnowledgeGraph:
    """The data set and the questions that it answers. Use `load` or `connect` to create one."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset

    def query(self, sparql: str, *, allow_service: bool = False) -> _sparql.Result:
        """Answer a SPARQL 1.1 query; the project's prefixes need no declaration.

        Comparisons are by value. A literal of the data is spelt as there; if the data spell it
        in several ways, in a standard form, with a `SpellingWarning`.

        Args:
            sparql: SELECT gives rows, ASK a truth value, CONSTRUCT and DESCRIBE triples.
            allow_service: let SERVICE ask other servers.

        Raises:
            QueryError: the query is not SPARQL, or uses SERVICE without permission.
        """
        if self.dataset.address:
            return _sparql.collect(self.dataset.run_user_query(sparql))
        return _sparql.answer(self.dataset, sparql, allow_service=allow_service)

    def ask(
        self, question: str, *, language: str = "en", **values: str | date | Sequence[str] | None
    ) -> _ask.Answer:
        """Answer a named question, such as `members` or `career` (`kzld ask` lists them).

        Args:
            question: the name of the question.
            language: the language of labels and texts: `en`, `fr`, `ru` or `kk`.
            values: the parameters: entities by IRI, prefixed name, code or label; dates as
                `datetime.date` or text. `at` asks for the state on a day.

        Raises:
            UnknownNameError: no such question, parameter or entity.
            KzldError: a parameter is missing, or a date is impossible.
        """
        return _ask.ask(self.dataset, question, values, language=language)

    def show(
        self,
        entity: str,
        *,
        at: str | date | None = None,
        language: str = "en",
        everything: bool = True,
    ) -> Card:
        """Return the card of a thing or fact: names, properties, dated facts, sources.

        Of the facts about a thing that many name, `everything=False` leaves only the newest.

        Raises:
            UnknownNameError: nothing, or more than one thing, has that name.
        """
        from kzld.query.cards import card

        return card(self.dataset, entity, at=at, language=language, everything=everything)

    def search(self, text: str, *, limit: int = 10) -> list[Match]:
        """Find things and concepts by name, in any language, script or approximate spelling."""
        return self.dataset.names.near(text, limit=limit)

    def push(
        self,
        endpoint: str,
        *,
        graphs: Iterable[str] = GRAPHS,
        store: str | None = None,
        force: bool = False,
        timeout: float = 600.0,
    ) -> list[Pushed]:
        """Load the data set into a triple store, each graph whole or not at all.

        Follows the SPARQL 1.1 Graph Store HTTP Protocol, and SPARQL 1.1 Update where a store
        lacks it. A graph that is already up to date is not written; a written graph is read
        back and compared.

        Args:
            endpoint: any address of the store: of the server, of its queries, of a data set
                or repository.
            graphs: the names of the graphs; by default all of them.
            store: `oxigraph`, `fuseki`, `rdf4j`, `virtuoso` or `generic`; by default the
                store itself is asked.
            force: replace a graph even if the store holds other data in it.
            timeout: seconds to wait for each answer.

        Raises:
            KzldError: no such graph or kind of store; or a graph holds other data, and
                nothing was written.
            EndpointError: the store cannot be reached, refuses, or has not kept a graph as
                it was sent.
        """
        from kzld.stores.push import open_store, push

        opened = open_store(endpoint, store=store, timeout=timeout)
        return list(push(self.dataset, opened, graphs, force=force))

    @cached_property
    def graph(self) -> Graph:
        """An rdflib Graph of the graphs that queries see: all but the shapes, merged."""
        from rdflib import Graph

        from kzld.rdf.namespaces import PREFIXES

        merged = Graph(bind_namespaces="none")
        for prefix, namespace in PREFIXES.items():
            merged.bind(prefix, namespace)
        merged.parse(data=self.dataset.ntriples(MERGED), format="nt")
        return merged

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the canonical N-Quads of the data graph, in hexadecimal."""
        return self.dataset.fingerprint

    def __repr__(self) -> str:
        facts = sum(1 for _ in self.dataset.select("SELECT ?f WHERE { ?f a kz:Fact }"))
        return f"<kzld.KnowledgeGraph: {facts} facts>"


def load(*files: str | Path) -> KnowledgeGraph:
    """Load the packaged data set, with further RDF files as part of its data.

    Args:
        files: paths of RDF files; the suffix tells the syntax.

    Raises:
        ReadError: a file cannot be read.
    """
    read = [statements(file, context=context()) for file in files]
    return KnowledgeGraph(_load(read))


def connect(endpoint: str, *, timeout: float = 60.0) -> KnowledgeGraph:
    """Connect to a triple store that `push` has loaded; it will answer the questions.

    Args:
        endpoint: the address of its SPARQL endpoint, `http://…` or `https://…`.
        timeout: seconds to wait for each answer.

    Raises:
        EndpointError: the store cannot be reached, or holds no kzld data.
    """
    from kzld.stores import remote  # slow to import, and seldom needed

    return KnowledgeGraph(remote.connect(endpoint, timeout=timeout))
