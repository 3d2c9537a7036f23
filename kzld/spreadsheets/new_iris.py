"""IRIs for new facts and things, by the conventions of the data set."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Container, Iterable

import pyoxigraph as ox

from kzld.dataset.kinds import Kind
from kzld.rdf.namespaces import BASE, PREFIXES, expand

Value = ox.NamedNode | ox.Literal
Values = Callable[[str], Iterable[Value]]
"""Gives the values of a property of a fact or thing, by the prefixed name of the property."""

_SLUG = re.compile(r"[A-Za-z0-9]+([-.][A-Za-z0-9]+)*")
_MAX_SLUG = 60
_PERSON = PREFIXES["person"]

# The properties whose values make a name, by kind: first those that are always used, then those
# that are added while the name is taken. `a|b`: a; if it has no value, b. `a?`: may be missing.
_NAMED_AFTER: dict[str, tuple[str, str]] = {
    "membership": ("org:member kz:post|org:organization", "kz:from|kz:firstKnown org:role"),
    "meeting": ("kz:series|skos:prefLabel kz:number?", "kz:date|kz:from"),
    "delegation": ("kz:occasion kz:party", ""),
    "treaty-action": ("kz:agreement kz:action", "kz:party kz:date"),
    "statement": ("kz:speaker kz:date", "kz:topic kz:kind"),
    "name": ("schema:about schema:name kz:from|kz:firstKnown", ""),
    "observation": (
        "kz:indicator schema:observationAbout kz:counterpart? kz:date|kz:from",
        "schema:value",
    ),
    "relation": ("rdf:subject rdf:predicate", "rdf:object kz:from|kz:firstKnown|kz:date"),
    "claim": ("rdf:subject rdf:object", "rdf:predicate"),
    "visit": ("kz:visitor kz:place|kz:host kz:date|kz:from", ""),
    "resolution": ("skos:notation|skos:prefLabel", "kz:topic"),
    "vote": ("schema:about kz:date", ""),
    "ballot": ("kz:vote kz:voter", ""),
    "source": ("dct:publisher dct:issued?", "dct:title"),
    "passage": ("kz:source kz:locator", ""),
    "evidence": ("schema:about rdf:predicate", ""),
}
_BY_LABEL = ("skos:prefLabel", "kz:date|kz:from")
_STARTS = ("kz:from", "kz:firstKnown")
_BY_YEAR = ("membership", "name", "relation")
_OF_A_PERSON = "membership"  # a state joins a body once, people hold posts in turns
# The order in which kinds get names: kinds that others are named after come first.
_ORDER = (
    *("country", "person", "place", "body", "post", "agreement", "initiative", "series"),
    *("resolution", "source", "passage", "event", "visit", "vote", "meeting"),
)


def naming_order(kind: Kind) -> int:
    """The place of a kind in the order of naming: things get names after those they refer to."""
    return _ORDER.index(kind.name) if kind.name in _ORDER else len(_ORDER)


class Namer:
    """Makes names that are not taken yet.

    Args:
        known: the things whose names are taken.
    """

    def __init__(self, known: Container[ox.NamedNode]) -> None:
        self._known = known
        self._last_numbers: dict[str, int] = defaultdict(lambda: 1)  # at the end of names, by stem

    def make(
        self,
        kind: Kind,
        values: Values,
        is_same: Callable[[ox.NamedNode], bool] = lambda _known: False,
    ) -> ox.NamedNode | None:
        """A name for a fact or thing of a kind.

        Args:
            kind: its kind.
            values: its values.
            is_same: tells whether a known fact or thing is the one to name.

        Returns:
            The name; None if the values do not suffice, see `needed`.
        """

        def is_taken(name: str) -> bool:
            thing = ox.NamedNode(name)
            return thing in self._known and not is_same(thing)

        first, more = _NAMED_AFTER.get(kind.name, _BY_LABEL)
        parts = [_part(kind, word.rstrip("?"), values) for word in first.split()]
        optional = (word[-1] == "?" for word in first.split())
        further = [part for word in more.split() if (part := _part(kind, word, values))]
        if kind.name == "country":
            codes = (value.value for value in values("skos:notation"))
            parts = [code for code in codes if re.fullmatch("[A-Z]{3}", code)][:1]
        elif not all(part or may_lack for part, may_lack in zip(parts, optional, strict=True)):
            return None
        if kind.name == _OF_A_PERSON and _is_of_person(values):
            parts += further[:1]
            further = further[1:]
        if not parts:
            return None
        joint = "." if kind.name == "passage" else "-"
        name = kind.namespace + joint.join(filter(None, parts))
        while is_taken(name) and further:
            name += f"-{further.pop(0)}"
        stem = name
        while is_taken(name):
            self._last_numbers[stem] += 1
            name = f"{stem}-{self._last_numbers[stem]}"
        return ox.NamedNode(name)


def needed(kind: Kind) -> list[list[str]]:
    """The properties without which no name can be made, as lists of those of which one will do."""
    words = "skos:notation" if kind.name == "country" else _NAMED_AFTER.get(kind.name, _BY_LABEL)[0]
    return [
        [expand(name) or name for name in word.split("|")]
        for word in words.split()
        if word[-1] != "?"
    ]


def _is_of_person(values: Values) -> bool:
    return any(value.value.startswith(_PERSON) for value in values("org:member"))


def _part(kind: Kind, word: str, values: Values) -> str:
    """The part of a name that comes from a property; empty if there is no value."""
    for name in word.split("|"):
        value = next(iter(values(name)), None)
        if isinstance(value, ox.NamedNode):
            return _short(value)
        if value is not None and name in _STARTS and kind.name in _BY_YEAR:
            return value.value[:4]
        if value is not None:
            return slugify(value.value, keep_case=name == "skos:notation")
    return ""


def _short(thing: ox.NamedNode) -> str:
    """The part of a name that comes from a thing: its code, or a person's surname."""
    local = re.split(r"[/#]", thing.value)[-1]
    if thing.value.startswith(_PERSON):
        return local.rpartition("-")[2]
    if not thing.value.startswith(BASE) or "#" in thing.value:  # a property: birthPlace
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", local).lower()
    return slugify(local, keep_case=True)


def slugify(text: str, *, keep_case: bool = False) -> str:
    """A text as part of a name: letters and digits joined by hyphens, shortened if long."""
    from anyascii import anyascii

    words = re.findall(r"[A-Za-z0-9]+", anyascii(text).replace("'", ""))
    slug = "-".join(words) if keep_case else "-".join(words).lower()
    if len(slug) <= _MAX_SLUG:
        return slug
    return slug[: _MAX_SLUG + 1].rpartition("-")[0] or slug[:_MAX_SLUG]


def is_slug(text: str) -> bool:
    """Whether a text can be the local name of an IRI."""
    return _SLUG.fullmatch(text) is not None
