"""Made-up facts in the style of the data set, as Turtle, with known faults sown among them.

The text is made chapter by chapter and never held whole. A chapter is a small world of its
own: a body with its posts and people, their terms, meetings, votes, statements, figures and
the source for it all. One fact in two hundred is spoilt, each in one of the ways of `FAULTS`
in turn, and the list of faults says which rules must find it where. Same arguments, same text.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final, TextIO

from kzld.rdf.namespaces import PREFIXES, expand

SIZES: Final = {
    "10k": 10_000, "100k": 100_000, "500k": 500_000, "1M": 1_000_000, "5M": 5_000_000,
    "10M": 10_000_000,
}  # fmt: skip
SHARE: Final = 0.005
"""How many of the facts are spoilt."""

_USED: Final = (
    "kz", "org", "foaf", "rdf", "schema", "skos", "dct", "xsd", "wd",
    "country", "person", "place", "body", "post", "agreement", "series", "source", "passage",
    "membership", "event", "meeting", "delegation", "treaty-action", "statement", "observation",
    "relation", "vote", "ballot", "role", "topic", "statement-kind", "action", "source-kind",
    "body-kind", "indicator", "unit", "choice", "outcome",
)  # fmt: skip
_COUNTRIES: Final = [f"country:Z{a}{b}" for a in "ABCDE" for b in "ABCDEFGHIJ"]
_TOPICS: Final = ("topic:energy", "topic:economy-and-trade", "topic:human-rights")
_STATEMENTS: Final = ("statement-kind:assessment", "statement-kind:call", "statement-kind:position")


@dataclass
class Node:
    """A thing or fact with its properties, in the order in which they are written."""

    name: str
    properties: dict[str, list[str]] = field(default_factory=dict)

    def __str__(self) -> str:
        pairs = (f"{name} {' , '.join(values)}" for name, values in self.properties.items())
        return f"{self.name} {' ;{}'.join(pairs)} .\n".replace("{}", "\n    ")

    @property
    def size(self) -> int:
        """How many triples it takes."""
        return sum(map(len, self.properties.values()))

    def copy(self, name: str, **changes: str) -> Node:
        """The same under another name; properties of kz: can be changed."""
        changed = {f"kz:{key}": [value] for key, value in changes.items()}
        return Node(name, {**self.properties, **changed})


@dataclass(frozen=True)
class Fault:
    """A fault that was sown: what was done, which rule must find it where, and others that may."""

    kind: str
    found: list[tuple[str, str]]


def _date(text: str) -> str:
    kind = {4: "gYear", 7: "gYearMonth"}.get(len(text), "date")
    return f'"{text}"^^xsd:{kind}'


def _texts(english: str, *others: str) -> list[str]:
    languages = ("en", "fr", "ru", "kk")
    return [f'"{text}"@{lang}' for lang, text in zip(languages, (english, *others), strict=False)]


class Chapter:
    """A small world: nodes by a short name, facts among them."""

    def __init__(self, number: int, random: Random) -> None:
        self.number, self.random = number, random
        self.nodes: dict[str, Node] = {}
        self.facts: list[Node] = []
        self._things()
        self._source()
        self._facts()

    def _thing(self, kind: str, slug: str, **properties: str | list[str]) -> str:
        name = f"{kind}:g{self.number}-{slug}"
        values = {
            key.replace("__", ":").replace("_", "-"): [v] if isinstance(v, str) else v
            for key, v in properties.items()
        }
        self.nodes[f"{kind} {slug}"] = Node(name, values)
        return name

    def _fact(self, kind: str, slug: str, **properties: str | list[str]) -> str:
        support = self.random.sample(self.passages, self.random.randint(1, 2))
        name = self._thing(kind, slug, **properties, kz__supportedBy=support)
        self.facts.append(self.nodes[f"{kind} {slug}"])
        return name

    def labels(self, what: str, languages: int = 4) -> list[str]:
        """A label that no other chapter has, in some languages."""
        words = (f"{what} {self.number}", f"{what} n° {self.number}")
        others = (f"{what} № {self.number}", f"{what} {self.number} нөмірлі")
        return _texts(*(*words, *others)[:languages])

    def _things(self) -> None:
        self.body = self._thing(
            "body",
            "forum",
            a="org:Organization",
            skos__prefLabel=self.labels("Forum"),
            org__classification="body-kind:authority",
            kz__country=self.random.choice(_COUNTRIES),
        )
        self.post = self._thing(
            "post",
            "chair",
            a="org:Post",
            skos__prefLabel=self.labels("Chair of forum"),
            org__postIn=self.body,
        )
        self.people = [
            self._thing(
                "person",
                f"p{place}",
                a="foaf:Person",
                skos__prefLabel=self.labels(f"Person {place} of"),
                schema__sameAs=f"wd:Q9{self.number:06}{place}",
            )
            for place in range(4)
        ]
        self.place = self._thing("place", "town", a="kz:Place", skos__prefLabel=self.labels("Town"))
        self.series = self._thing(
            "series", "talks", a="kz:MeetingSeries", skos__prefLabel=self.labels("Talks")
        )
        self.agreement = self._thing(
            "agreement", "treaty", a="kz:Agreement", skos__prefLabel=self.labels("Treaty")
        )

    def _source(self) -> None:
        source = self._thing(
            "source",
            "paper",
            a="kz:Source",
            dct__title=self.labels("Report on forum", 1),
            dct__publisher=self.body,
            dct__issued=_date("2024-05-01"),
            schema__inLanguage='"en"',
            kz__kind="source-kind:official",
            schema__url=f'"https://example.org/papers/{self.number}"^^xsd:anyURI',
        )
        self.passages = []
        for place in range(6):
            name = f"{source}.p{place}".removeprefix("source:")
            node = Node(
                f"passage:{name}",
                {
                    "a": ["kz:Passage"],
                    "kz:source": [source],
                    "kz:locator": _texts(f"paragraph {place}", f"paragraphe {place}"),
                },
            )
            self.nodes[node.name] = node
            self.passages.append(node.name)

    def _facts(self) -> None:
        number, random = self.number, self.random
        for place, country in enumerate(random.sample(_COUNTRIES, 4)):
            self._fact(
                "membership",
                f"m{place}",
                a="kz:Membership",
                org__member=country,
                org__organization=self.body,
                org__role="role:member",
                kz__from=_date(f"200{place}-0{place + 1}"),
                kz__lastKnown=_date("2024-05-01"),
            )
        for place, person in enumerate(self.people[:3]):
            start = 2005 + 4 * place
            self._fact(
                "membership",
                f"term{place}",
                a="kz:Membership",
                org__member=person,
                org__organization=self.body,
                org__role="role:holder",
                kz__post=self.post,
                kz__from=_date(f"{start}-03-01"),
                kz__until=_date(f"{start + 4}-03-01"),
            )
            self._fact(
                "relation",
                f"birth{place}",
                a="kz:Relation",
                rdf__subject=person,
                rdf__predicate="schema:birthDate",
                rdf__object=_date(str(1950 + place)),
            )
        self._fact(
            "relation",
            "founding",
            a="kz:Relation",
            rdf__subject=self.body,
            rdf__predicate="schema:foundingDate",
            rdf__object=_date("1999-11"),
        )
        for place in range(3):
            meeting = self._fact(
                "meeting",
                f"t{place}",
                a="kz:Meeting",
                skos__prefLabel=self.labels(f"Round {place} of talks", 2),
                kz__series=self.series,
                kz__number=str(place + 1),
                kz__chair=self.people[place],
                kz__participant=[self.body, *self.people[:2]],
                kz__topic=random.choice(_TOPICS),
                kz__place=self.place,
                kz__date=_date(f"20{10 + place}-09-1{place}"),
            )
            self._fact(
                "delegation",
                f"d{place}",
                a="kz:Delegation",
                kz__meeting=meeting,
                kz__party=self.body,
                kz__head=self.people[place],
                kz__date=_date(f"20{10 + place}-09-1{place}"),
            )
            self._fact(
                "statement",
                f"s{place}",
                a="kz:Statement",
                kz__kind=_STATEMENTS[place],
                kz__speaker=self.people[place],
                kz__onBehalfOf=self.body,
                kz__topic=random.choice(_TOPICS),
                kz__content=_texts(
                    f"The forum {number} speaks for the {place + 1}. time.",
                    f"Le forum {number} parle pour la {place + 1}e fois.",
                ),
                kz__occasion=meeting,
                kz__date=_date(f"20{10 + place}-09-2{place}"),
            )
            self._fact(
                "observation",
                f"o{place}",
                a="kz:Observation",
                schema__observationAbout=self.body,
                kz__indicator="indicator:member-states",
                schema__value=str(10 * number + place),
                kz__unit="unit:state",
                kz__date=_date(f"20{10 + place}"),
            )
        vote = self._fact(
            "vote",
            "v",
            a="kz:Vote",
            skos__prefLabel=self.labels("Vote of forum", 2),
            kz__host=self.body,
            kz__outcome="outcome:adopted",
            schema__about=self.agreement,
            kz__date=_date("2015-06-20"),
        )
        for place, country in enumerate(random.sample(_COUNTRIES, 3)):
            self._fact(
                "ballot",
                f"b{place}",
                a="kz:Ballot",
                kz__vote=vote,
                kz__voter=country,
                kz__choice=("choice:yes", "choice:no", "choice:abstained")[place],
                kz__date=_date("2015-06-20"),
            )
        self._fact(
            "treaty-action",
            "signed",
            a="kz:TreatyAction",
            kz__agreement=self.agreement,
            kz__action="action:initialled",
            kz__party=self.body,
            kz__date=_date("2016-01-02"),
        )

    def lose(self, node: str, name: str) -> str:
        """Take a property away."""
        del self.nodes[node].properties[name]
        return self.nodes[node].name

    def put(self, node: str, name: str, *values: str) -> str:
        """Give a property these values."""
        self.nodes[node].properties[name] = list(values)
        return self.nodes[node].name

    def double(self, node: str, slug: str, **changes: str) -> str:
        """Add the same fact again, some of it changed; the name of the copy."""
        first = self.nodes[node]
        copy = first.copy(f"{first.name}-{slug}", **changes)
        self.nodes[copy.name] = copy
        return copy.name


def _term_overlap(c: Chapter) -> list[tuple[str, str]]:
    c.put("membership term0", "kz:until", _date("2010-01-01"))
    return [("term-overlap", c.nodes["membership term1"].name)]


def _before_foundation(c: Chapter) -> list[tuple[str, str]]:
    c.put("relation founding", "rdf:object", _date("2000-06"))
    return [("before-foundation", c.nodes["membership m0"].name)]


def _one_sided(c: Chapter) -> list[tuple[str, str]]:
    other = c.nodes["observation o1"].name
    return [("contradicts-both-ways", c.put("observation o0", "kz:contradicts", other))]


def _found(rule: str, node: str, *others: str) -> list[tuple[str, str]]:
    return [(rule, node), *((other, node) for other in others)]


FAULTS: Final[dict[str, Callable[[Chapter], list[tuple[str, str]]]]] = {
    "organisation left out": lambda c: _found(
        "membership-organization", c.lose("membership m0", "org:organization")
    ),
    "organisation misspelt": lambda c: _found(
        "dangling-reference",
        c.put("membership m1", "org:organization", f"body:g{c.number}-frum"),
        "membership-organization",
    ),
    "role of another list": lambda c: _found(
        "membership-role", c.put("membership m0", "org:role", "topic:energy")
    ),
    "end before start": lambda c: _found(
        "date-order", c.put("membership term2", "kz:until", _date("2001"))
    ),
    "no end": lambda c: _found("open-state-last-known", c.lose("membership m2", "kz:lastKnown")),
    "no start": lambda c: _found("state-start", c.lose("membership m3", "kz:from")),
    "end and still known": lambda c: _found(
        "until-and-last-known", c.put("membership m0", "kz:until", _date("2024-04"))
    ),
    "no such day": lambda c: _found(
        "date-real", c.put("statement s0", "kz:date", _date("2011-02-30"))
    ),
    "date as text": lambda c: _found(
        "date-datatype", c.put("statement s1", "kz:date", '"2011-03-01"')
    ),
    "date to come": lambda c: _found(
        "date-future", c.put("statement s2", "kz:date", _date("2999-01-01"))
    ),
    "misspelt property": lambda c: _found(
        "unknown-property", c.put("ballot b0", "kz:choise", "choice:yes")
    ),
    "borrowed property": lambda c: _found(
        "undeclared-property", c.put("ballot b1", "schema:knows", "choice:yes")
    ),
    "no source": lambda c: _found(
        "fact-supported", c.lose("treaty-action signed", "kz:supportedBy")
    ),
    "a person as source": lambda c: _found(
        "fact-evidence", c.put("observation o0", "kz:supportedBy", c.people[0])
    ),
    "terms overlap": _term_overlap,
    "membership twice": lambda c: _found(
        "membership-overlap", c.double("membership m0", "again", **{"from": _date("2010")})
    ),
    "statement twice": lambda c: _found("duplicate-fact", c.double("statement s0", "again")),
    "contradiction one way": _one_sided,
    "value as text": lambda c: _found(
        "observation-number", c.put("observation o1", "schema:value", '"ten"')
    ),
    "no unit": lambda c: _found("observation-unit", c.lose("observation o2", "kz:unit")),
    "one language": lambda c: _found(
        "statement-content", c.put("statement s1", "kz:content", '"In English only."@en')
    ),
    "misspelt class": lambda c: _found("unknown-class", c.put("statement s2", "a", "kz:Statment")),
    "ballot twice": lambda c: _found(
        "ballot-once", c.double("ballot b0", "again", choice="choice:no")
    ),
    "number twice": lambda c: _found("meeting-number-once", c.put("meeting t1", "kz:number", "1")),
    "label of another": lambda c: _found(
        "duplicate-label", c.put("person p1", "skos:prefLabel", *c.labels("Person 0 of"))
    ),
    "speaks before birth": lambda c: _found(
        "life-span", c.put("statement s1", "kz:date", _date("1949-09-01"))
    ),
    "member before foundation": _before_foundation,
    "property of another kind": lambda c: _found(
        "property-domain", c.put("membership m1", "kz:speaker", c.people[0])
    ),
    "label in no language of ours": lambda c: _found(
        "label-language",
        c.put("place town", "skos:prefLabel", *c.labels("Town"), f'"Stadt {c.number}"@de'),
    ),
    "blank node": lambda c: _found("blank-object", c.put("delegation d2", "schema:about", "[]")),
    "two dates": lambda c: _found(
        "date-once",
        c.put("ballot b2", "kz:date", _date("2015-06-20"), _date("2015-06-21")),
    ),
    "address that is none": lambda c: _found(
        "source-url",
        c.put("source paper", "schema:url", f'"www.example.org/{c.number}"^^xsd:anyURI'),
    ),
}


def chapters(triples: int, seed: int = 1) -> Iterator[tuple[Chapter, list[Fault]]]:
    """The chapters of a text of about so many triples, with the faults sown in each."""
    random = Random(seed)  # noqa: S311 (not for secrets)
    written = facts = sown = number = 0
    kinds = list(FAULTS)
    while written < triples:
        chapter = Chapter(number, random)
        facts += len(chapter.facts)
        faults = []
        # At most one in a chapter, lest one hide another; small texts have each kind once.
        wanted = max(facts * SHARE, len(kinds) * written / triples)
        if sown < wanted:
            kind = kinds[sown % len(kinds)]
            faults.append(Fault(kind, FAULTS[kind](chapter)))
            sown += 1
        written += sum(node.size for node in chapter.nodes.values())
        number += 1
        yield chapter, faults


def prefixes() -> str:
    """The declarations of the prefixes that the text uses."""
    return "".join(f"@prefix {prefix}: <{PREFIXES[prefix]}> .\n" for prefix in _USED)


def write(file: TextIO, triples: int, seed: int = 1) -> list[Fault]:
    """Write a text of about so many triples; the faults in it."""
    file.write(prefixes())
    for country in _COUNTRIES:
        labels = _texts(*(f"{word} {country[-2:]}" for word in ("Land", "Pays", "Край", "Ел")))
        file.write(f"{Node(country, {'a': ['kz:Country'], 'skos:prefLabel': labels})}")
    sown = []
    for chapter, faults in chapters(triples, seed):
        file.writelines(f"{node}\n" for node in chapter.nodes.values())
        sown += faults
    return [
        Fault(fault.kind, [(rule, expand(node) or node) for rule, node in fault.found])
        for fault in sown
    ]


def main() -> None:
    """Write FILE, and beside it the list of its faults as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("triples", help=f"how many: a number, or {', '.join(SIZES)}")
    parser.add_argument("file", type=Path, help="the Turtle file to write")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    triples = SIZES.get(options.triples) or int(options.triples)
    with options.file.open("w", encoding="utf-8") as file:
        faults = write(file, triples, options.seed)
    listed = [{"kind": fault.kind, "found": fault.found} for fault in faults]
    options.file.with_suffix(".faults.json").write_text(json.dumps(listed, indent=1), "utf-8")
    print(f"{options.file}: {len(faults)} faults", file=sys.stderr)


if __name__ == "__main__":
    main()
