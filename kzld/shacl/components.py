"""The constraint components of SHACL Core that the engine runs."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable

import pyoxigraph as ox

from kzld.rdf.namespaces import RDF, SH, XSD, Term
from kzld.shacl.view import View

_ANY = re.compile(r".*", re.DOTALL)
LEXICAL_FORMS = {
    XSD + "integer": re.compile(r"[+-]?[0-9]+"),
    XSD + "decimal": re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)"),
    XSD + "boolean": re.compile(r"true|false|1|0"),
    XSD + "anyURI": _ANY,
    XSD + "string": _ANY,
    RDF + "langString": _ANY,
}
"""The datatypes that sh:datatype can ask for, with what their literals look like."""
_NUMERIC = {XSD + name for name in ("integer", "decimal", "float", "double")}
# Core constraints: each check yields the values at fault, None where there is none to name.
ListOf = Callable[[Term], list[Term]]
"""Gives the members of an RDF list, which some constraints have as their parameter."""
Check = Callable[[Collection[Term], View], Iterable[Term | None]]


def _min_count(limit: Term, _: ListOf) -> Check:
    least, fault = int(text_of(limit)), (None,)
    return lambda values, _: fault if len(values) < least else ()


def _max_count(limit: Term, _: ListOf) -> Check:
    most, fault = int(text_of(limit)), (None,)
    return lambda values, _: fault if len(values) > most else ()


def _has_value(wanted: Term, _: ListOf) -> Check:
    return lambda values, _: () if wanted in values else (None,)


def _unique_lang(wanted: Term, _: ListOf) -> Check:
    if text_of(wanted) not in ("true", "1"):  # sh:uniqueLang false asks for nothing
        return lambda *_: ()

    def check(values: Collection[Term], _: View) -> Iterable[Term | None]:
        tags = [v.language for v in values if isinstance(v, ox.Literal) and v.language]
        return (None,) if len(tags) > len(set(tags)) else ()

    return check


def _class(name: Term, _: ListOf) -> Check:
    wanted = text_of(name)
    return lambda values, view: [v for v in values if wanted not in view.classes(v)]


def _datatype(datatype: Term, _: ListOf) -> Check:
    form = LEXICAL_FORMS.get(text_of(datatype))
    if form is None:
        raise ValueError(f"a datatype that is not known here: {datatype}")
    fits = form.fullmatch

    def at_fault(value: Term) -> bool:
        return (
            not isinstance(value, ox.Literal)
            or value.datatype != datatype
            or fits(value.value) is None
        )

    return _each(at_fault)


def _node_kind(kind: Term, _: ListOf) -> Check:
    names = {"IRI": ox.NamedNode, "BlankNode": ox.BlankNode, "Literal": ox.Literal}
    parts = text_of(kind).removeprefix(SH).split("Or")
    if not names.keys() >= set(parts):
        raise ValueError(f"not a kind of nodes: {kind}")
    kinds = tuple(names[name] for name in parts)
    return _each(lambda value: not isinstance(value, kinds))


def _pattern(pattern: Term, _: ListOf) -> Check:
    # In SPARQL, unlike Python, a final $ does not match before a line break.
    try:
        search = re.compile(re.sub(r"(?<!\\)\$$", r"\\Z", text_of(pattern))).search
    except re.error as error:  # SPARQL has expressions that Python does not know
        raise ValueError(f"not a regular expression of Python: {pattern}") from error
    return _each(lambda value: isinstance(value, ox.BlankNode) or not search(text_of(value)))


def _language_in(head: Term, list_of: ListOf) -> Check:
    languages = [text_of(language) for language in list_of(head)]
    good = (*languages, *(f"{language}-" for language in languages))

    def at_fault(value: Term) -> bool:
        tag = value.language if isinstance(value, ox.Literal) else None
        return tag not in languages and not (tag and tag.startswith(good[len(languages) :]))

    return _each(at_fault)


def _min_inclusive(limit: Term, _: ListOf) -> Check:
    least = _limit(limit)
    return _each(lambda value: (number := _number(value)) is None or number < least)


def _max_inclusive(limit: Term, _: ListOf) -> Check:
    most = _limit(limit)
    return _each(lambda value: (number := _number(value)) is None or number > most)


def _each(at_fault: Callable[[Term], bool]) -> Check:
    """A constraint on each value by itself."""
    return lambda values, _: [value for value in values if at_fault(value)]


def text_of(term: Term) -> str:
    """The IRI or the text of a term."""
    return str(getattr(term, "value", term))


def _limit(term: Term) -> float:
    """The number that values are compared with; dates, say, have an order of their own."""
    number = _number(term)
    if number is None:
        raise ValueError(f"not a number: {term}")
    return number


def _number(term: Term) -> float | None:
    """The value of a numeric literal; None for any other term, which compares with none."""
    if not isinstance(term, ox.Literal) or term.datatype.value not in _NUMERIC:
        return None
    try:
        return float(term.value)
    except ValueError:
        return None


BY_FORM = ("minCount", "maxCount", "nodeKind", "languageIn", "uniqueLang")
"""The constraints that look at nothing of values but how many there are of which kind."""
# Each makes the check of a constraint from its parameter's value, or raises a ValueError where
# it cannot.
CONSTRAINTS: dict[str, Callable[[Term, ListOf], Check]] = {
    "minCount": _min_count,
    "maxCount": _max_count,
    "class": _class,
    "datatype": _datatype,
    "nodeKind": _node_kind,
    "pattern": _pattern,
    "languageIn": _language_in,
    "uniqueLang": _unique_lang,
    "minInclusive": _min_inclusive,
    "maxInclusive": _max_inclusive,
    "hasValue": _has_value,
}
