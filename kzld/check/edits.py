"""The things that a contribution describes anew, with the values that change."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import pyoxigraph as ox

from kzld.dataset.dataset import Dataset
from kzld.rdf.documents import Document, Fault
from kzld.rdf.namespaces import KZ, RDF_TYPE, Term, display
from kzld.rdf.order import reading_order, term_order
from kzld.rdf.turtle import literal
from kzld.shacl.view import Change, View
from kzld.text import Phrase, counted, translated

Group = Literal["fact", "source", "thing"]
_CLASSES: dict[str, Group] = {
    KZ + "Fact": "fact", KZ + "Source": "source", KZ + "Passage": "source",
}  # fmt: skip
_UNTIL = KZ + "until"
_LONG = 60  # characters; a longer text is not shown


@dataclass(frozen=True, slots=True)
class Revision:
    """A property of a thing or fact that changes.

    Attributes:
        property: its prefixed name or IRI.
        language: the language of its texts; empty for other values.
        before: the values that are removed, as labels or texts.
        after: the values that are added.
    """

    property: str
    language: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Edit:
    """A thing or fact that changes.

    Attributes:
        subject: its prefixed name or IRI.
        group: `fact`, `source` (also for passages) or `thing`.
        revisions: the properties that change, in the order of reading.
        text: the changes in words: `until 2026-11-01 (was open)`.
    """

    subject: str
    group: Group
    revisions: tuple[Revision, ...]
    text: str


def edits(change: Change, dataset: Dataset, language: str) -> list[Edit]:
    """The edits of the things and facts that were there before, in the order of their names."""
    changed = (node for node in change.subjects() if isinstance(node, ox.NamedNode))
    known = sorted(
        (node for node in changed if change.before.has(node, None, None)), key=lambda n: n.value
    )
    return [_edit(node, change, dataset, language) for node in known]


def rival_descriptions(
    documents: Iterable[Document], change: Change
) -> Iterator[tuple[Fault, str]]:
    """The faults of documents that describe a thing or fact of the data twice, in different ways.

    Both descriptions hold then, so that a value which only one of them leaves out stays.

    Yields:
        the fault of the last description, and the name of its document.
    """
    read = list(documents)
    typed: defaultdict[ox.Triple, list[tuple[Document, int]]] = defaultdict(list)
    for document in read:
        for number, quad in enumerate(document.quads):
            if quad.predicate == RDF_TYPE:
                typed[quad.triple].append((document, number))
    several = {
        triple.subject: places
        for triple, places in typed.items()
        if len(places) > 1 and isinstance(triple.subject, ox.NamedNode)
        if change.before.has(triple.subject, None, None)
    }
    told: defaultdict[Term, Counter[ox.Triple]] = defaultdict(Counter)
    for document in read if several else ():
        for quad in document:
            if quad.subject in several:
                told[quad.subject][quad.triple] += 1
    for node, ((first, start), *_, (last, number)) in several.items():
        if len(set(told[node].values())) > 1:
            other = f"{first.name}:{first.subject_place(node, start, '').line}"
            problem = Phrase(
                "{} describes it in another way; both hold, so values that one leaves out stay",
                other,
            )
            remedy = Phrase("put all changes into one of the descriptions, and remove the other")
            place = last.subject_place(node, number, "")
            yield Fault(place, node, problem, remedy, "described-twice", is_loss=False), last.name


def _edit(node: ox.NamedNode, change: Change, dataset: Dataset, language: str) -> Edit:
    values: dict[tuple[str, str], tuple[list[Term], list[Term]]] = defaultdict(lambda: ([], []))
    for place, view in enumerate((change.removed, change.added)):
        for predicate, terms in view.about(node).items():
            for term in terms:
                values[predicate, getattr(term, "language", None) or ""][place].append(term)
    revisions, texts = [], []
    for predicate, tag in sorted(values, key=lambda key: (reading_order(key[0]), key[1])):
        before, after = (_labels(terms, dataset, language) for terms in values[predicate, tag])
        if not set(before).isdisjoint(after):  # they differ in their datatypes
            before, after = (tuple(map(literal, terms)) for terms in values[predicate, tag])
        name = ox.NamedNode(predicate)
        revisions.append(Revision(display(name), tag, before, after))
        label = dataset.label(name, language) + (f" ({tag})" if tag else "")
        texts.append(_in_words(label, revisions[-1], language))
    return Edit(display(node), _group(node, change.after), tuple(revisions), "; ".join(texts))


def _labels(terms: list[Term], dataset: Dataset, language: str) -> tuple[str, ...]:
    return tuple(
        dataset.label(term, language) if isinstance(term, ox.NamedNode) else display(term)
        for term in sorted(terms, key=term_order)
    )


def _group(node: ox.NamedNode, view: View) -> Group:
    classes = view.classes(node)
    return next((group for name, group in _CLASSES.items() if name in classes), "thing")


def _in_words(label: str, revision: Revision, language: str) -> str:
    """`until 2026-11-01 (was open)`, `note (en) reworded`."""
    is_long = any(len(text) > _LONG for text in (*revision.before, *revision.after))
    before, after = ", ".join(revision.before), ", ".join(revision.after)
    if is_long:
        pattern = "{} reworded" if before and after else "{} added" if after else "{} removed"
        return translated(pattern, language).format(label)
    if not after:
        return translated("{} {} removed", language).format(label, before)
    if before:
        return translated("{} {} (was {})", language).format(label, after, before)
    if revision.property == display(ox.NamedNode(_UNTIL)):
        return translated("{} {} (was open)", language).format(label, after)
    return translated("{} {} added", language).format(label, after)


def in_lines(found: Iterable[Edit], language: str = "en") -> list[str]:
    """The edits for people: a line for one edit, otherwise a heading and a line for each."""
    changed = list(found)
    if not changed:
        return []
    heading = translated("changes {}", language).format(
        translated(" and ", language).join(_counts(changed, language))
    )
    colon = translated(":", language)
    if len(changed) == 1:
        return [f"{heading}{colon} {changed[0].text}"]
    return [f"{heading}{colon}", *(f"  {edit.subject}{colon} {edit.text}" for edit in changed)]


def _counts(changed: list[Edit], language: str) -> Iterator[str]:
    for group in ("fact", "source", "thing"):
        if count := sum(edit.group == group for edit in changed):
            yield counted(count, translated(group, language))
