"""Names for new facts and things, made of what is said of them by the conventions of the data."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from typing import Final

import pyoxigraph as ox

from kzld.kinds import Kind
from kzld.rdf import BASE, PREFIXES

SLUG: Final = re.compile(r"[A-Za-z0-9]+([-.][A-Za-z0-9]+)*")
NAMING_ORDER: Final = (
    *("country", "person", "place", "body", "post", "agreement", "initiative", "series"),
    *("source", "passage", "event", "visit", "vote", "meeting"),
)
"""The kinds in the order in which names are made: what others are named after comes first."""

Value = ox.NamedNode | ox.Literal
Values = Callable[[str], list[Value]]
"""What is said with a property, such as `kz:from`."""

# What the name of each kind is made of: first what it always says, then what is added while
# that name is taken. `a|b`: a, or else b.
_NAMED_AFTER: Final[dict[str, tuple[str, str]]] = {
    "membership": ("org:member kz:post|org:organization", "kz:from|kz:firstKnown org:role"),
    "meeting": ("kz:series|skos:prefLabel kz:number", "kz:date|kz:from"),
    "delegation": ("kz:meeting kz:party", ""),
    "treaty-action": ("kz:agreement kz:action", "kz:party kz:date"),
    "statement": ("kz:speaker kz:date", "kz:topic kz:kind"),
    "place-name": ("kz:place schema:name kz:from|kz:firstKnown", ""),
    "observation": ("kz:indicator schema:observationAbout kz:date|kz:from", "schema:value"),
    "relation": ("rdf:subject rdf:predicate", "rdf:object kz:from|kz:firstKnown|kz:date"),
    "visit": ("kz:visitor kz:place|kz:host kz:date|kz:from", ""),
    "vote": ("skos:notation|skos:prefLabel", "kz:date"),
    "ballot": ("kz:vote kz:voter", ""),
    "source": ("dct:publisher dct:issued", "dct:title"),
    "passage": ("kz:source kz:locator", ""),
}
_BY_LABEL: Final = ("skos:prefLabel", "kz:date|kz:from")
_STARTS: Final = ("kz:from", "kz:firstKnown")
_BY_YEAR: Final = ("membership", "place-name", "relation")
_PERSON: Final = PREFIXES["person"]
_MAX_LENGTH: Final = 60


class Slugs:
    """Makes names that nothing bears yet.

    Args:
        is_taken: whether something bears an IRI.
    """

    def __init__(self, is_taken: Callable[[ox.NamedNode], bool]) -> None:
        self._is_taken = is_taken
        self._bearers: dict[str, int] = defaultdict(lambda: 1)  # of a name and its numbered kin

    def make(self, kind: Kind, values: Values) -> ox.NamedNode | None:
        """The IRI for a fact or thing of a kind; None where nothing is said to name it after."""
        first, more = _NAMED_AFTER.get(kind.name, _BY_LABEL)
        parts = [_part(kind, values, word) for word in first.split()]
        further = [part for word in more.split() if (part := _part(kind, values, word))]
        if kind.name == "country":
            codes = (value.value for value in values("skos:notation"))
            parts = [code for code in codes if re.fullmatch("[A-Z]{3}", code)][:1]
        if kind.name == "membership" and _is_person(values("org:member")):
            # A state joins a body once, people hold posts in turns.
            parts, further = parts + further[:1], further[1:]
        if not parts or not parts[0]:
            return None
        slug = ("." if kind.name == "passage" else "-").join(filter(None, parts))
        while self._is_taken(ox.NamedNode(kind.namespace + slug)) and further:
            slug += f"-{further.pop(0)}"
        made = kind.namespace + slug
        while self._is_taken(ox.NamedNode(made)):
            self._bearers[slug] += 1
            made = f"{kind.namespace}{slug}-{self._bearers[slug]}"
        return ox.NamedNode(made)


def slugify(text: str, *, keep_case: bool = False) -> str:
    """A text as part of a name: letters and digits joined by hyphens, no longer than need be."""
    from anyascii import anyascii  # slow to import, and seldom needed

    words = re.findall(r"[A-Za-z0-9]+", anyascii(text).replace("'", ""))
    slug = "-".join(words) if keep_case else "-".join(words).lower()
    if len(slug) <= _MAX_LENGTH:
        return slug
    return slug[: _MAX_LENGTH + 1].rpartition("-")[0] or slug[:_MAX_LENGTH]


def _part(kind: Kind, values: Values, word: str) -> str:
    """What a property contributes to a name; empty if nothing is said with it."""
    for name in word.split("|"):
        for value in values(name)[:1]:
            if isinstance(value, ox.NamedNode):
                return _short(value)
            if name in _STARTS and kind.name in _BY_YEAR:
                return value.value[:4]
            return slugify(value.value, keep_case=name == "skos:notation")
    return ""


def _is_person(values: list[Value]) -> bool:
    return bool(values) and values[0].value.startswith(_PERSON)


def _short(thing: ox.NamedNode) -> str:
    """What a thing contributes to the name of a fact: its code, a person's surname."""
    local = re.split(r"[/#]", thing.value)[-1]
    if thing.value.startswith(_PERSON):
        return local.rpartition("-")[2]
    if not thing.value.startswith(BASE) or "#" in thing.value:  # a property: birthPlace
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", local).lower()
    return slugify(local, keep_case=True)
