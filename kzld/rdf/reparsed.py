"""The statements of a large text, parsed anew each time instead of kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import overload

import pyoxigraph as ox

from kzld.rdf.namespaces import Term
from kzld.rdf.store import Store


class Reparsed(Sequence[ox.Quad]):
    """The statements of a text, parsed anew each time that a caller goes through them.

    Kept, a million statements take 400 MB and longer than to parse them. A blank node is the
    same one each time, although the parser gives it another name.

    Args:
        text: the text, which was parsed before without an error.
        syntax: its syntax.
        count: how many statements it makes.
        blank: those of its statements that have blank nodes, in order, by their numbers from 0.
        is_rewritten: whether a store would rewrite any of its literals.

    Attributes:
        blank: the same.
    """

    def __init__(
        self,
        text: str,
        syntax: ox.RdfFormat,
        count: int,
        blank: Mapping[int, ox.Quad],
        *,
        is_rewritten: bool,
    ) -> None:
        self._text, self._syntax, self._count, self.blank = text, syntax, count, blank
        self._is_rewritten = is_rewritten

    def renamed(self, name: Callable[[Term], Term]) -> Reparsed:
        """The same statements, with other names for their blank nodes."""
        blank = {
            number: ox.Quad(name(q.subject), q.predicate, name(q.object), q.graph_name)  # type: ignore[arg-type]
            for number, q in self.blank.items()
        }
        return Reparsed(
            self._text, self._syntax, self._count, blank, is_rewritten=self._is_rewritten
        )

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[ox.Quad]:
        parsed = ox.parse(self._text.encode(), format=self._syntax)
        start = 0
        for number, quad in self.blank.items():
            yield from islice(parsed, number - start)
            next(parsed)  # the same statement, with another name
            yield quad
            start = number + 1
        yield from parsed

    @overload
    def __getitem__(self, place: int) -> ox.Quad: ...
    @overload
    def __getitem__(self, place: slice) -> list[ox.Quad]: ...
    def __getitem__(self, place: int | slice) -> ox.Quad | list[ox.Quad]:
        """One or some statements; this takes as long as to go through all."""
        return list(self)[place]

    def load(self, store: Store, graph: ox.NamedNode) -> None:
        """Load the statements without blank nodes into a graph of a store.

        The store parses the text itself, which takes half as long as to hand it statements.
        Its own names for the blank nodes are removed again.
        """
        if self._is_rewritten or self._syntax.supports_datasets:
            some = (quad for quad in self if not has_blank_node(quad))
            store.bulk_extend(ox.Quad(q.subject, q.predicate, q.object, graph) for q in some)
            return
        store.bulk_load(self._text.encode(), self._syntax, graph)
        for predicate in {quad.predicate for quad in self.blank.values()}:
            found = store.quads_for_pattern(None, predicate, None, graph)
            for quad in [quad for quad in found if has_blank_node(quad)]:
                store.remove(quad)


def has_blank_node(quad: ox.Quad) -> bool:
    """Whether the subject or the value of a statement is a blank node."""
    return isinstance(quad.subject, ox.BlankNode) or isinstance(quad.object, ox.BlankNode)
