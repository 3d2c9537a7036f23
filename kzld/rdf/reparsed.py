"""The statements of a large text, parsed anew each time instead of kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import overload

import pyoxigraph as ox

from kzld.rdf.namespaces import Term


class Reparsed(Sequence[ox.Quad]):
    """The statements of a text, parsed anew each time that a caller goes through them.

    Kept, a million statements take 400 MB and longer than to parse them. A blank node is the
    same one each time, although the parser gives it another name.

    Args:
        text: the text, which was parsed before without an error.
        syntax: its syntax.
        count: how many statements it makes.
        blank_nodes: its blank nodes, see `blank_nodes_of`.
    """

    def __init__(
        self, text: str, syntax: ox.RdfFormat, count: int, blank_nodes: Sequence[ox.BlankNode]
    ) -> None:
        self._text, self._syntax, self._count = text, syntax, count
        self._blank_nodes = blank_nodes

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[ox.Quad]:
        names = iter(self._blank_nodes)
        known: dict[Term, ox.BlankNode] = {}
        for quad in ox.parse(self._text.encode(), format=self._syntax):
            if nodes := blank_nodes_of(quad):
                for node in nodes:
                    if node not in known:
                        known[node] = next(names)
                subject, value = (known.get(term, term) for term in (quad.subject, quad.object))
                yield ox.Quad(subject, quad.predicate, value, quad.graph_name)
            else:
                yield quad

    @overload
    def __getitem__(self, place: int) -> ox.Quad: ...
    @overload
    def __getitem__(self, place: slice) -> list[ox.Quad]: ...
    def __getitem__(self, place: int | slice) -> ox.Quad | list[ox.Quad]:
        """One or some statements; this takes as long as to go through all."""
        return list(self)[place]


def blank_nodes_of(quad: ox.Quad) -> Iterable[ox.BlankNode]:
    """The blank nodes in a statement: its subject, its value, or none."""
    subject, value = quad.subject, quad.object
    if isinstance(subject, ox.BlankNode):
        return (subject, value) if isinstance(value, ox.BlankNode) else (subject,)
    return (value,) if isinstance(value, ox.BlankNode) else ()
