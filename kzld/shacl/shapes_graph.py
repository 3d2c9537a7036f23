"""The shapes graph, as descriptions of nodes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import pyoxigraph as ox

from kzld.rdf.namespaces import RDF, SH, Term

_NIL = ox.NamedNode(RDF + "nil")
_NO_VALUES: list[Term] = []


class ShapesGraph:
    """The shapes graph, by subject and predicate.

    Attributes:
        quads: the statements.
    """

    def __init__(self, quads: Iterable[ox.Quad]) -> None:
        self.quads = list(quads)
        self._about: dict[Term, dict[str, list[Term]]] = {}
        for quad in self.quads:
            about = self._about.setdefault(quad.subject, defaultdict(list))
            about[quad.predicate.value].append(quad.object)

    def nodes(self) -> Iterable[Term]:
        """All subjects."""
        return self._about.keys()

    def about(self, node: Term) -> Mapping[str, list[Term]]:
        """The values of each property of a node."""
        return self._about.get(node, {})

    def objects(self, node: Term, predicate: str) -> list[Term]:
        """The values of a property."""
        return self.about(node).get(predicate, _NO_VALUES)

    def iris(self, node: Term, predicate: str) -> list[ox.NamedNode]:
        """The IRIs among the values of a property."""
        return [o for o in self.objects(node, predicate) if isinstance(o, ox.NamedNode)]

    def texts(self, node: Term, predicate: str) -> dict[str, str]:
        """The texts of a property by language; a text without a language counts as English."""
        values = (o for o in self.objects(node, predicate) if isinstance(o, ox.Literal))
        return {value.language or "en": value.value for value in values}

    def list_of(self, head: Term) -> list[Term]:
        """The members of an RDF list.

        Raises:
            ValueError: the list is not well formed.
        """
        members: list[Term] = []
        seen: set[Term] = set()
        while head != _NIL:
            first, rest = self.objects(head, RDF + "first"), self.objects(head, RDF + "rest")
            if len(first) != 1 or len(rest) != 1 or head in seen:
                raise ValueError(f"not a list: {head}")
            seen.add(head)
            members += first
            head = rest[0]
        return members

    def prefixes(self, node: Term) -> dict[str, str]:
        """The prefixes that a SHACL-SPARQL constraint names with sh:prefixes."""
        return {
            prefix: namespace
            for declaring in self.objects(node, SH + "prefixes")
            for declared in self.objects(declaring, SH + "declare")
            for prefix in self.texts(declared, SH + "prefix").values()
            for namespace in self.texts(declared, SH + "namespace").values()
        }

    def parts(self, node: Term) -> set[Term]:
        """A node, and all nodes that its description refers to, directly or indirectly."""
        found: set[Term] = set()
        ahead = [node]
        while ahead:
            at = ahead.pop()
            if at in self._about and at not in found:
                found.add(at)
                ahead += (value for values in self._about[at].values() for value in values)
        return found
