"""Citations of the sources of facts, for and against."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

import pyoxigraph as ox

from kzld.dataset.dataset import Dataset
from kzld.rdf.namespaces import fact_language, value_of

_CITATIONS = """
SELECT DISTINCT ?fact ?side ?evidence ?publisher ?title ?issued ?locator ?url ?copy
  ?author ?identifier ?original ?archived ?read
WHERE {
  VALUES ?fact { %s }
  {
    ?fact kz:supportedBy ?evidence . BIND("for" AS ?side)
  } UNION {
    ?fact kz:disputedBy ?evidence . BIND("against" AS ?side)
  } UNION {
    ?fact ^rdf:subject/kz:supportedBy ?evidence . BIND("says otherwise" AS ?side)
  } UNION {
    ?fact kz:contradicts/kz:supportedBy ?evidence . BIND("says otherwise" AS ?side)
  }
  OPTIONAL { ?evidence kz:source ?whole }
  BIND(COALESCE(?whole, ?evidence) AS ?source)
  FILTER EXISTS { ?source a kz:Source }
  OPTIONAL { ?source dct:publisher/skos:prefLabel ?publisher . FILTER(LANG(?publisher) = "%s") }
  OPTIONAL { ?source dct:title ?title }
  OPTIONAL { ?source dct:issued ?issued }
  OPTIONAL { ?evidence kz:locator ?locator . FILTER(LANG(?locator) = "%s") }
  OPTIONAL { ?source schema:url ?url }
  OPTIONAL { ?source kz:readAt ?copy }
  OPTIONAL { ?source schema:author/skos:prefLabel ?author . FILTER(LANG(?author) = "%s") }
  OPTIONAL { ?source dct:identifier ?identifier }
  OPTIONAL { ?source schema:translationOfWork/dct:title ?original }
  OPTIONAL { ?source schema:archivedAt ?archived }
  OPTIONAL { ?source pav:retrievedOn ?read }
}
ORDER BY DESC(?side = "for") ?side STR(?issued) ?evidence ?author ?identifier
"""


@dataclass(frozen=True, slots=True)
class Citation:
    """A place in a source that bears on a fact.

    Attributes:
        side: `for`, `against`, or `says otherwise` where it supports a claim of another value or a
            contradicting fact.
        evidence: the IRI of the passage or source.
        publisher: the publisher of the source.
        title: the title as published.
        issued: the date of publication, as precise as known; empty if unknown.
        locator: the place in the source; empty for the whole.
        url: the publisher's address of the source; empty if unknown.
        copy: the address of the copy that was read, if it is another.
        author: who wrote or spoke the text, where that is known; several are parted by "; ".
        identifier: its identifiers in registers, such as `celex:32009D0880`; parted alike.
        original: the title of the source of which it is a translation.
        archived: the address of a copy in a web archive.
        read: the day on which it was read, where that is known.
    """

    side: str
    evidence: str
    publisher: str
    title: str
    issued: str
    locator: str
    url: str
    copy: str
    author: str = ""
    identifier: str = ""
    original: str = ""
    archived: str = ""
    read: str = ""

    @property
    def address(self) -> str:
        """The publisher's address; if unknown, that of the copy read, or of the archived one."""
        return self.url or self.copy or self.archived

    def __str__(self) -> str:
        """`Le Grand Continent, “Conseil de coopération …”, 2022-06-20, bullet 5`."""
        title = f"“{self.title}”" if self.title else ""
        original = f"translation of “{self.original}”" if self.original else ""
        read = f"read {self.read}" if self.read else ""
        author = "" if self.author == self.publisher else self.author
        parts = (author, self.publisher, title, original, self.issued, self.identifier)
        return ", ".join(part for part in (*parts, self.locator, read) if part)


def citations(
    dataset: Dataset, facts: Iterable[ox.NamedNode], *, language: str = "en"
) -> dict[ox.NamedNode, list[Citation]]:
    """The citations of each fact: those for it first, then those against.

    Args:
        dataset: the data set.
        facts: IRIs of facts.
        language: the language of publishers' names and locators, where there are any in it.
    """
    wanted, language = list(dict.fromkeys(facts)), fact_language(language)
    found: dict[ox.NamedNode, list[Citation]] = {fact: [] for fact in wanted}
    query = _CITATIONS % (" ".join(map(str, wanted)), language, language, language)
    names = [field.name for field in fields(Citation)]
    for row in dataset.select(query):
        citation = Citation(*(value_of(row[name]) for name in names))
        fact = row["fact"]
        assert isinstance(fact, ox.NamedNode)  # noqa: S101 (bound by VALUES)
        cited = found[fact]
        if cited and _place(cited[-1]) == _place(citation):
            citation = _together(cited.pop(), citation)
        cited.append(citation)
    return found


def _place(citation: Citation) -> tuple[str, str]:
    return citation.side, citation.evidence


def _together(one: Citation, other: Citation) -> Citation:
    """Two rows about one place, of which the authors or identifiers differ."""

    def joined(text: str, more: str) -> str:
        return "; ".join(dict.fromkeys(part for part in (*text.split("; "), more) if part))

    return replace(
        one,
        author=joined(one.author, other.author),
        identifier=joined(one.identifier, other.identifier),
    )


class Notes:
    """Numbers for the citations of a page, in the order of their first use."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self.citations: list[Citation] = []

    def numbers(self, citations: Iterable[Citation]) -> dict[str, list[int]]:
        """The numbers of citations by side (`for`, `against` …); new ones get the next."""
        by_side: dict[str, list[int]] = {}
        for citation in citations:
            if citation.evidence not in self._numbers:
                self.citations.append(citation)
                self._numbers[citation.evidence] = len(self.citations)
            by_side.setdefault(citation.side, []).append(self._numbers[citation.evidence])
        return by_side
