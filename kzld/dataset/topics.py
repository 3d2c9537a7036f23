"""The topic of a fact or thing of a large kind: that of the ones most like it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import pyoxigraph as ox

from kzld.rdf.namespaces import Term, display, named
from kzld.text import translated

About = AbstractSet[ox.Triple]
"""The statements about one subject."""
_RANGE = re.compile("[a-z]-[a-z]")
_OTHER = "other"  # the topic of facts that are like no others
_MEMBER, _POST, _ROLE = named("org:member"), named("kz:post"), named("org:role")
_ORGANIZATION = named("org:organization")
_MEMBERS = {"country:…": "of a country", "person:…": "of a person", "body:…": "of a body"}
_HEADS_OF_MISSIONS = {"role:head-of-mission", "role:charge-d-affaires"}
_INDICATOR, _SUBJECT = named("kz:indicator"), named("schema:observationAbout")
_COUNTERPART = named("kz:counterpart")
_DATES = named("kz:date"), named("kz:from")
_ABOUT, _NOTATION = named("schema:about"), named("skos:notation")


@dataclass(frozen=True, slots=True)
class _Likeness:
    """A way in which facts are alike: they have a mark in common.

    Attributes:
        words: the likeness in words, with a place for each part of a mark.
        marks: gives the marks of a fact.
        must_agree: whether it counts only if all facts that are alike have the same topic.
    """

    words: str
    marks: Callable[[About], Iterable[tuple[str, ...]]]
    must_agree: bool = False


def _values(about: About, predicate: ox.NamedNode) -> list[Term]:
    return sorted((t.object for t in about if t.predicate == predicate), key=str)


def _kind(thing: Term) -> str:
    """`country:…`, for all countries."""
    return f"{display(thing).partition(':')[0]}:…"


def _of_membership(about: About) -> Iterable[tuple[str, ...]]:
    """States in organisations, people in offices, and other stages of people's lives."""
    return [
        (_MEMBERS.get(_kind(member), _kind(member)), _in_a_post(about))
        for member in _values(about, _MEMBER)
    ]


def _in_a_post(about: About) -> str:
    return "in a post" if _values(about, _POST) else "without a post"


def _of_organization(about: About) -> Iterable[tuple[str, ...]]:
    """The organisation that a country or another body belongs to."""
    return [
        (display(organization),)
        for organization in _values(about, _ORGANIZATION)
        for member in _values(about, _MEMBER)
        if _kind(member) != "person:…" and not _values(about, _POST)
    ]


def _of_mission(about: About) -> Iterable[tuple[str, ...]]:
    """Heads of missions, of whatever country, in a post."""
    heads = [role for role in _values(about, _ROLE) if display(role) in _HEADS_OF_MISSIONS]
    return [("at the head of a mission",) for _ in heads if _values(about, _POST)]


def _of_post(about: About) -> Iterable[tuple[str, ...]]:
    """`post:kaz-…`, for all posts of Kazakhstan: their names begin with its code."""
    return [(f"{display(post).partition('-')[0]}-…",) for post in _values(about, _POST)]


def _of_indicator(about: About, of_subject: Callable[[Term], str]) -> Iterable[tuple[str, ...]]:
    return [
        (display(indicator), of_subject(subject))
        for indicator in _values(about, _INDICATOR)
        for subject in _values(about, _SUBJECT)
    ]


def _pair(about: About) -> Iterable[tuple[str, ...]]:
    """The two that a figure is about, in either order."""
    return [
        tuple(sorted((display(one), display(other))))
        for one in _values(about, _SUBJECT)
        for other in _values(about, _COUNTERPART)
    ]


def _of_pair(about: About) -> Iterable[tuple[str, ...]]:
    """The figures between two, such as the trade of a country with a partner."""
    return [
        (display(indicator), *pair)
        for indicator in _values(about, _INDICATOR)
        for pair in _pair(about)
    ]


def _of_one(about: About) -> Iterable[tuple[str, ...]]:
    """The figures of one alone, such as all exports of a country."""
    return [] if _values(about, _COUNTERPART) else _of_indicator(about, display)


def _years(about: About) -> list[str]:
    return sorted({display(value)[:4] for date in _DATES for value in _values(about, date)})


def _of_year(about: About) -> Iterable[tuple[str, ...]]:
    return [(year,) for year in _years(about)]


def _of_decade(about: About) -> Iterable[tuple[str, ...]]:
    """The first and the last year of the decade."""
    return [(f"{year[:3]}0", f"{year[:3]}9") for year in _years(about)]


def _of_five_years(about: About) -> Iterable[tuple[str, ...]]:
    """The first and the last year of the half of the decade."""
    halves = {(year[:3], year[3:] >= "5") for year in _years(about)}
    return [(f"{decade}{5 * late}", f"{decade}{4 + 5 * late}") for decade, late in sorted(halves)]


def _of_vote(about: About) -> Iterable[tuple[str, ...]]:
    """The year, and the beginning of the name of what was put to the vote: A, for A-RES-68-262."""
    names = [display(put).rpartition(":")[2] for put in _values(about, _ABOUT)]
    return [(year, name.partition("-")[0]) for year in _years(about) for name in names]


def _of_symbol(about: About) -> Iterable[tuple[str, ...]]:
    """The symbol without the number: A/RES/68, for A/RES/68/262."""
    symbols = (str(getattr(symbol, "value", "")) for symbol in _values(about, _NOTATION))
    return [(symbol.rpartition("/")[0],) for symbol in symbols if "/" in symbol]


_BY_DATE = (_Likeness("of {}", _of_year), _Likeness("from {} to {}", _of_decade))

# By kind of fact or thing, the likenesses in the order in which they count.
_LIKENESSES: dict[str, tuple[_Likeness, ...]] = {
    "event": _BY_DATE,
    "meeting": _BY_DATE,
    "membership": (
        _Likeness("of {}", _of_organization),
        _Likeness("{}", _of_mission),
        _Likeness("in posts such as {}", _of_post),
        _Likeness("{} {}", _of_membership),
    ),
    "observation": (
        _Likeness("with {} about {} and {}", _of_pair),
        _Likeness("about {} and {}", _pair),
        _Likeness("with {} about {}", _of_one),
        _Likeness("with {} about {}", lambda about: _of_indicator(about, display)),
        _Likeness("with {} about {}", lambda about: _of_indicator(about, _kind)),
        _Likeness("with {}", lambda about: _of_indicator(about, lambda _: "")),
        _Likeness(
            "about {}", lambda about: [(display(one),) for one in _values(about, _SUBJECT)],
            must_agree=True,
        ),
    ),
    "resolution": (_Likeness("of {}", _of_symbol),),
    "statement": _BY_DATE,
    "treaty-action": _BY_DATE,
    "visit": _BY_DATE,
    "vote": (
        _Likeness("of {} on texts {}…", _of_vote),
        _Likeness("of {}", _of_year),
        _Likeness("from {} to {}", _of_five_years),
    ),
}  # fmt: skip


class Topics:
    """The topics of the facts or things of one kind.

    Args:
        kind: the kind of them, such as `membership`.
        facts: those of each topic.
    """

    def __init__(self, kind: str, facts: Mapping[str, Iterable[About]]) -> None:
        self._facts = {topic: list(facts[topic]) for topic in sorted(facts)}
        self._counted = [
            (likeness, self._count(likeness)) for likeness in _LIKENESSES.get(kind, ())
        ]

    def _count(self, likeness: _Likeness) -> dict[tuple[str, ...], Counter[str]]:
        """How many facts of each topic have a mark."""
        counts: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
        for topic, facts in self._facts.items():
            counts_of_topic = Counter(mark for fact in facts for mark in set(likeness.marks(fact)))
            for mark, count in counts_of_topic.items():
                counts[mark][topic] = count
        return counts

    @property
    def are_alphabetical(self) -> bool:
        """Whether the topics are ranges of first letters, such as `a-c`."""
        return all(_RANGE.fullmatch(topic) for topic in self._facts)

    def of_letter(self, name: str) -> str:
        """The range that has the first letter of a name; digits are in the first one."""
        ranges = list(self._facts)
        begun = [letters for letters in ranges if letters[0] <= name[:1].lower()]
        return begun[-1] if begun else ranges[0]

    def choose(self, about: About, language: str) -> tuple[str, str]:
        """The topic for a new fact, and the reason in words."""
        for likeness, counts in self._counted:
            for mark in likeness.marks(about):
                found = counts.get(mark, Counter())
                agree = len(found) == 1
                if found and (agree or not likeness.must_agree):
                    [(topic, count)] = found.most_common(1)
                    parts = (translated(part, language) for part in mark)
                    words = translated(likeness.words, language).format(*parts)
                    pattern = "like all {1} others {2}" if agree else "like {0} of {1} others {2}"
                    reason = translated(pattern, language)
                    return topic, reason.format(count, found.total(), words).rstrip()
        largest = max(self._facts, key=lambda topic: len(self._facts[topic]))
        usual = _OTHER if _OTHER in self._facts else largest
        return usual, translated("no other fact is like it", language)
