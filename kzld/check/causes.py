"""One finding for each cause: the results of validation that only repeat another are left out."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import pyoxigraph as ox

from kzld.check.guesses import UNKNOWN_PROPERTY, Guesses
from kzld.check.recognition import Recognition
from kzld.rdf.documents import Document
from kzld.rdf.namespaces import Term, display, expand, value_of
from kzld.shacl.results import Result
from kzld.shacl.shapes import Rule

_MAX_COUNT: Final = "MaxCountConstraintComponent"
_NAME: Final = re.compile(r"[\w-]+:\w[\w-]*")
_OVERLAPS: Final = {"membership-overlap", "term-overlap"}
ABOUT_TWO: Final = {*_OVERLAPS, "duplicate-fact"}
_COMPARING: Final = {
    *_OVERLAPS, "before-foundation", "date-future", "date-order", "last-known-order",
    "last-known-outdated", "last-known-sourced", "life-span",
}  # fmt: skip


def is_due_to_fault(
    result: Result, rule: Rule, documents: Iterable[Document], known: Iterable[Recognition]
) -> bool:
    """Whether a part that cannot be read is the cause: a fact lacks it, or it is misread."""
    asked = [iri for name in asked_for(result, rule) if (iri := expand(name))]
    names = {value_of(result.path), value_of(result.value), value_of(result.focus)}
    if isinstance(result.value, ox.Literal):
        names.add(result.value.datatype.value)
    lacks = result.value in (None, result.focus)
    alike = [t for t in (result.focus, result.value) if t and result.rule in ABOUT_TWO]
    return any(
        (lacks and document.may_have(result.focus, asked))
        or not names.isdisjoint(document.misread)
        or any(map(document.is_partial, alike))
        for document in documents
    ) or any(one.explains(names, result.focus, lacks=lacks) for one in known)


def asked_for(result: Result, rule: Rule) -> list[str]:
    """The names of the properties of which a result requires one; none if it is about a value."""
    if result.value not in (None, result.focus) or result.component == _MAX_COUNT:
        return []
    return [display(result.path)] if result.path else _NAME.findall(rule.remedy.get("en", ""))


def once(results: Iterable[Result]) -> list[Result]:
    """Report one cause once: keep the most specific result of a rule for a value.

    Drop class errors on unknown names, overlaps on duplicates, comparisons on invalid dates.
    """
    first: dict[object, Result] = {}
    for result in sorted(results, key=lambda r: (r.component, str(r.focus))):  # not by chance
        key = (result.rule, result.focus, result.path, result.value)
        if key not in first or result.component == "ClassConstraintComponent":
            first[key] = result
    dangling = {
        (r.focus, r.path, r.value) for r in first.values() if r.rule == "dangling-reference"
    }
    doubled = {frozenset((r.focus, r.value)) for r in first.values() if r.rule == "duplicate-fact"}
    copies = {fact for pair in doubled for fact in pair}
    unknown = {r.focus for r in first.values() if r.rule == "unknown-class"}
    general = {r.focus for r in first.values() if r.rule == "general-class"}
    undated = {r.focus for r in first.values() if r.rule in ("date-datatype", "date-real")}
    return [
        r
        for r in first.values()
        if not (
            (r.rule in _COMPARING and not undated.isdisjoint((r.focus, r.value)))
            or (
                r.component == "ClassConstraintComponent" and (r.focus, r.path, r.value) in dangling
            )
            or (r.rule == "general-class" and r.focus in unknown)
            or (r.rule in ("undeclared-class", "property-domain") and r.focus in general)
            or (r.rule in _OVERLAPS and frozenset((r.focus, r.value)) in doubled)
            or (r.rule == "last-known-outdated" and r.focus in copies)
        )
    ]


def unanswered(
    results: Sequence[Result], guesses: Guesses, rules: Mapping[str, Rule]
) -> list[Result]:
    """The results, except those that require a property that is there but misspelt."""
    meant: defaultdict[Term, set[str]] = defaultdict(set)
    for result in results:
        if result.rule in UNKNOWN_PROPERTY:
            meant[result.focus].update(guesses.names(result)[:1])

    def asks_for(result: Result) -> set[str]:
        return set(asked_for(result, rules[result.rule]))

    return [r for r in results if r.focus not in meant or not meant[r.focus] & asks_for(r)]
