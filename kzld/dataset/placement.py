"""The file of a checkout in which each fact, claim, thing, source and concept belongs.

- `data/facts/KIND.ttl`, for large kinds `data/facts/KIND/TOPIC.ttl`; things alike in `data/things/`
- `data/claims/KIND.ttl`, by the kind of the fact that a claim is about
- `data/things/KIND.ttl`, for large kinds `data/things/KIND/a-c.ttl` by first letter;
  `data/things/publisher/` for bodies that only publish sources
- `data/sources/LETTER.ttl`, for a source and its passages; where a file has the beginning of its
  name, such as `data/sources/astanatimes.ttl`, that file
- `ontology/concepts/LIST.ttl`
- `data/replaced.ttl`, for old IRIs, with what replaces them
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pyoxigraph as ox

from kzld.dataset.package import CATALOG_FILES
from kzld.dataset.topics import About, Topics
from kzld.errors import KzldError
from kzld.rdf.namespaces import (
    CLAIM_KIND,
    FACT_KINDS,
    REPLACED_BY,
    SCHEMES,
    THING_KINDS,
    Term,
    display,
    named,
)

_FOLDERS = ("data", "ontology")
_PUBLISHERS, _SOURCES = "data/things/publisher", "data/sources/"
_OLD_IRIS = "data/replaced.ttl"
_PUBLISHING = {named("dct:publisher"), named("prov:wasAttributedTo")}
_PART_OF, _SOURCE = named("org:subOrganizationOf"), named("kz:source")
_SUBJECT = named("rdf:subject")


@dataclass(frozen=True, slots=True)
class Home:
    """The file in which something belongs.

    Attributes:
        file: the file, from the folder of the checkout on, with slashes.
        reason: why it is this one of several topics; empty if there was no choice.
    """

    file: str
    reason: str = ""


@dataclass(frozen=True)
class Shelves:
    """The present files of a checkout by the subjects that they describe.

    Attributes:
        about: the statements about each subject.
        files: the files that describe each subject; as a rule one.
    """

    about: dict[Term, set[ox.Triple]] = field(default_factory=dict)
    files: dict[Term, list[str]] = field(default_factory=dict)

    def add(self, file: str, quads: Iterable[ox.Quad]) -> None:
        """Add the statements of a file."""
        for quad in quads:
            self.about.setdefault(quad.subject, set()).add(quad.triple)
            files = self.files.setdefault(quad.subject, [])
            if file not in files:
                files.append(file)


def read_shelves(root: Path) -> Shelves:
    """Read the Turtle files of a checkout's data and ontology, without the catalogue."""
    shelves = Shelves()
    for folder in _FOLDERS:
        for path in sorted((root / folder).rglob("*.ttl")):
            if path.name not in CATALOG_FILES:
                quads = ox.parse(path=str(path), format=ox.RdfFormat.TURTLE)
                shelves.add(path.relative_to(root).as_posix(), quads)
    return shelves


def homes(
    contribution: Mapping[ox.NamedNode, About], shelves: Shelves, language: str = "en"
) -> dict[Term, Home]:
    """The home of each subject: the file that describes it, or in which a new one belongs.

    Args:
        contribution: the statements about each subject.
        shelves: the present files.
        language: the language of the reasons.

    Raises:
        KzldError: there is no file for such things, or several files describe one.
    """
    return _Placer(contribution, shelves, language).homes()


class _Placer:
    def __init__(
        self, contribution: Mapping[ox.NamedNode, About], shelves: Shelves, language: str
    ) -> None:
        self._new: dict[Term, About] = dict(contribution.items())
        self._shelves, self._language = shelves, language
        self._topics: dict[str, Topics | None] = {}

    def homes(self) -> dict[Term, Home]:
        return {subject: self._home(subject) for subject in self._new}

    @cached_property
    def _uses(self) -> Mapping[Term, set[tuple[Term, ox.NamedNode]]]:
        """The things that name each subject of the contribution, with the property."""
        uses: dict[Term, set[tuple[Term, ox.NamedNode]]] = defaultdict(set)
        for about in (*self._shelves.about.values(), *self._new.values()):
            for triple in about:
                if triple.object in self._new:
                    uses[triple.object].add((triple.subject, triple.predicate))
        return uses

    def _home(self, subject: Term) -> Home:
        present = self._shelves.files.get(subject, [])
        if len(present) > 1:
            problem = f"is described in {' and '.join(present)}; put it into one of them first"
            raise KzldError(f"{display(subject)}: {problem}")
        if all(triple.predicate == REPLACED_BY for triple in self._new[subject]):
            present = present or [_OLD_IRIS]
        if present:
            return Home(present[0])
        kind, _, name = display(subject).partition(":")
        if kind in ("source", "passage"):
            return Home(f"{_SOURCES}{self._beginning(subject, name)}.ttl")
        if kind == "body" and self._is_publisher(subject):
            return self._home_in(_PUBLISHERS, "publisher", name, self._new[subject])
        if kind in FACT_KINDS:
            return self._home_in(f"data/facts/{kind}", kind, name, self._new[subject])
        if kind in THING_KINDS:
            return self._home_in(f"data/things/{kind}", kind, name, self._new[subject])
        folders = (
            ((CLAIM_KIND,), f"data/claims/{self._claimed_about(subject)}.ttl"),
            (SCHEMES, f"ontology/concepts/{kind}.ttl"),
        )
        for kinds, file in folders:
            if kind in kinds:
                return Home(file)
        problem = (
            "no file is for it; there are files for facts, claims, things, sources and concepts"
        )
        raise KzldError(f"{display(subject)}: {problem} of the project")

    @cached_property
    def _beginnings(self) -> set[str]:
        """The names of the present files of sources."""
        files = {file for files in self._shelves.files.values() for file in files}
        return {
            file.removeprefix(_SOURCES).removesuffix(".ttl")
            for file in files
            if file.startswith(_SOURCES)
        }

    def _beginning(self, subject: Term, name: str) -> str:
        """The longest beginning of a source's name that is a file, or its first letter.

        A passage goes with its source.
        """
        for triple in self._new[subject]:
            if triple.predicate == _SOURCE:
                name = display(triple.object).partition(":")[2]
        letter = "0-9" if name[:1].isdigit() else name[:1].lower()
        longer = (one for one in self._beginnings if len(one) > 1 and name.startswith(f"{one}-"))
        return max(longer, key=len, default=letter)

    def _claimed_about(self, claim: Term) -> str:
        """The kind of the fact that a claim is about."""
        about = (t.object for t in self._new[claim] if t.predicate == _SUBJECT)
        return next((display(fact).partition(":")[0] for fact in about), "fact")

    def _is_publisher(self, body: Term, parts: frozenset[Term] = frozenset()) -> bool:
        """Whether sources name a body, or parts that only publish, and nothing else does."""
        if present := self._shelves.files.get(body):
            return present[0].startswith((f"{_PUBLISHERS}.", f"{_PUBLISHERS}/"))
        uses = self._uses[body]
        return bool(uses) and all(
            (predicate in _PUBLISHING and display(user).startswith("source:"))
            or (
                predicate == _PART_OF
                and user not in parts  # two bodies may be parts of each other, by mistake
                and self._is_publisher(user, parts | {body})
            )
            for user, predicate in uses
        )

    def _home_in(self, path: str, kind: str, name: str, about: About) -> Home:
        if kind not in self._topics:
            self._topics[kind] = self._topics_of(path, kind)
        topics = self._topics[kind]
        if topics is None:
            return Home(f"{path}.ttl")
        if topics.are_alphabetical:
            return Home(f"{path}/{topics.of_letter(name)}.ttl")
        topic, reason = topics.choose(about, self._language)
        return Home(f"{path}/{topic}.ttl", reason)

    def _topics_of(self, path: str, kind: str) -> Topics | None:
        """The topics of a large kind; None for a kind with all that is of it in one file."""
        folder, facts = f"{path}/", defaultdict(list)
        for subject, (file, *_) in self._shelves.files.items():
            if file.startswith(folder):
                facts[file.removeprefix(folder).removesuffix(".ttl")].append(
                    self._shelves.about[subject]
                )
        return Topics(kind, facts) if facts else None
