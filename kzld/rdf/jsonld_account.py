"""An account of a JSON-LD text: the place of each statement, and the parts that say nothing.

A parser of JSON-LD passes over a key that its context does not define, and over a node with a
relative IRI and no base. Here each key and value leads to a statement or to a slip.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

import pyoxigraph as ox

from kzld.rdf import jsonld_advice as advice
from kzld.rdf.jsonld_advice import Advice
from kzld.rdf.namespaces import node_name


@dataclass(frozen=True, slots=True)
class Slip:
    """A key or value that says nothing, or not what it seems to say.

    Attributes:
        start: its offset in the text.
        subject: the IRI or label of the node that it is about; empty if there is none.
        written: the key or value, as it is written.
        advice: the problem, the remedy and the rule.
    """

    start: int
    subject: str
    written: str
    advice: Advice


@dataclass(slots=True)
class Account:
    """An account of a JSON-LD text; places are offsets in the text.

    Attributes:
        statements: the places of key and value of each statement, in the order of the text, by
            subject, property and value; the value is empty unless it is a node of the text.
        nodes: the place of each node: that of its name, if it has one.
        labels: the `@id` to give to each node without a name, by the place of its last brace.
        unlabelled: the nodes without a name in places in which the parser takes no `@id`.
        slips: the keys and values that do not say what they seem to say.
    """

    statements: dict[tuple[str, str, str], deque[tuple[int, int]]] = field(default_factory=dict)
    nodes: dict[str, int] = field(default_factory=dict)
    labels: dict[int, str] = field(default_factory=dict)
    unlabelled: set[str] = field(default_factory=set)
    slips: list[Slip] = field(default_factory=list)

    def with_labels(self, text: str) -> str:
        """The text with a label for each node without a name."""
        parts, done = [], 0
        for brace in sorted(self.labels):  # not first: the parser wants types before all else
            parts += [text[done:brace], self.labels[brace]]
            done = brace
        return "".join([*parts, text[done:]])

    def places(self, quads: Iterable[ox.Quad]) -> list[tuple[int, int]]:
        """The places of key and value of each statement that a parser makes of the text.

        A value of which the parser makes no statement becomes a slip.
        """
        places, last = [], (0, 0)
        for quad in quads:
            about = node_name(quad.subject), quad.predicate.value
            waiting = self.statements.get((*about, node_name(quad.object)))
            waiting = waiting or self.statements.get((*about, ""))
            last = waiting.popleft() if waiting else last
            places.append(last)
        for (subject, _, _), waiting in self.statements.items():
            for _, start in () if subject in self.unlabelled else waiting:
                self.slips.append(Slip(start, subject, "", advice.unread()))
        self.slips.sort(key=lambda slip: slip.start)
        return places
