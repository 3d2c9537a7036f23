"""The columns that an export adds for people: labels beside IRIs, citations, computed values.

They say nothing of their own. A cell that was changed there is a fault, so that no change is lost.
"""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox

from kzld.dataset.citations import Citation, citations
from kzld.dataset.dataset import Dataset
from kzld.rdf.namespaces import KZ, RDFS, Term, value_of

IRI, ADDRESS, LANGUAGE = "iri", "web address", "language"
"""What an export shows of values in a column of its own: `member (IRI)`, `title (language)`."""
COMPUTED = frozenset({RDFS + "label", KZ + "support"})
"""The properties of facts that are computed, and that an export shows."""
_SIDES = {KZ + "supportedBy": "for", KZ + "disputedBy": "against"}
_TEXTS, _SOURCES, _LIST = "; ", " | ", " "
_BATCH = 200  # facts whose sources are looked up together


class Echoes:
    """What an export writes into the columns that it adds.

    Args:
        dataset: the data set with the labels and citations.
        facts: the facts in the spreadsheet.
    """

    def __init__(self, dataset: Dataset, facts: Iterable[ox.NamedNode]) -> None:
        self._dataset = dataset
        self._cited: dict[ox.NamedNode, list[Citation]] = {}
        known = [fact for fact in facts if dataset.types(fact)]
        for start in range(0, len(known), _BATCH):
            self._cited |= citations(dataset, known[start : start + _BATCH])

    def computed(self, fact: ox.NamedNode, property_: str, language: str, form: str) -> str | None:
        """The label or support of a fact; None if it is not known, empty if not computed yet."""
        if fact not in self._cited:
            return None
        if property_ == RDFS + "label":
            return self._dataset.label(fact, language or "en")
        found = self._dataset.objects(fact, property_)
        shown = (value_of(v) if form == IRI else self._dataset.label(v) for v in found)
        return _TEXTS.join(shown)

    def is_cited(self, property_: ox.NamedNode) -> bool:
        """Whether an export writes citations beside the IRIs of a property, not labels."""
        return property_.value in _SIDES

    def beside(
        self, fact: ox.NamedNode, property_: ox.NamedNode, form: str, values: Iterable[Term]
    ) -> str | None:
        """The text beside the IRIs of a property: their labels, or the citations of a fact.

        Args:
            fact: the fact or thing.
            property_: the property.
            form: `ADDRESS` for the web addresses of sources, else empty.
            values: the things that the IRIs name.

        Returns:
            The text; None for the citations of a fact that is not known here.
        """
        if not self.is_cited(property_):
            return _TEXTS.join(map(self._dataset.label, values))
        if fact not in self._cited:
            return None
        side = _SIDES[property_.value]
        cited = [citation for citation in self._cited[fact] if citation.side == side]
        if form == ADDRESS:
            return _LIST.join(dict.fromkeys(c.address for c in cited if c.address))
        return _SOURCES.join(str(c).replace(_SOURCES, " / ") for c in cited)
