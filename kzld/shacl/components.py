"""The constraint components of SHACL Core that the engine runs."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable

import pyoxigraph as ox

from kzld.rdf.literals import NUMBERS, is_number
from kzld.rdf.namespaces import RDF, SH, XSD, Term
from kzld.shacl.view import View

_ANY = re.compile(r".*", re.DOTALL)
LEXICAL_FORMS = {
    XSD + "integer": NUMBERS[XSD + "integer"],
    XSD + "decimal": NUMBERS[XSD + "decimal"],
    XSD + "boolean": re.compile(r"true|false|1|0"),
    XSD + "anyURI": _ANY,
    XSD + "string": _ANY,
    RDF + "langString": _ANY,
}
"""The datatypes that sh:datatype may name, with the pattern of their literals."""
ListOf = Callable[[Term], list[Term]]
"""Gives the members of an RDF list, the parameter of some constraints."""
Check = Callable[[Collection[Term], View], Iterable[Term | None]]
"""Yields the values at fault; None if the fault is not in a single value."""


def _min_count(limit: Term, _list_of: ListOf) -> Check:
    least, fault = int(text_of(limit)), (None,)
    return lambda values, _view: fault if len(values) < least else ()


def _max_count(limit: Term, _list_of: ListOf) -> Check:
    most, fault = int(text_of(limit)), (None,)
    return lambda values, _view: fault if len(values) > most else ()


def _has_value(wanted: Term, _list_of: ListOf) -> Check:
    return lambda values, _view: () if wanted in values else (None,)


def _unique_lang(wanted: Term, _list_of: ListOf) -> Check:
    if text_of(wanted) not in ("true", "1"):  # sh:uniqueLang false requires nothing
        return lambda _values, _view: ()

    def check(values: Collection[Term], _view: View) -> Iterable[Term | None]:
        tags = [v.language for v in values if isinstance(v, ox.Literal) and v.language]
        return (None,) if len(tags) > len(set(tags)) else ()

    return check


def _class(name: Term, _list_of: ListOf) -> Check:
    wanted = text_of(name)
    return lambda values, view: [v for v in values if wanted not in view.classes(v)]


def _datatype(datatype: Term, _list_of: ListOf) -> Check:
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


def _node_kind(kind: Term, _list_of: ListOf) -> Check:
    names = {"IRI": ox.NamedNode, "BlankNode": ox.BlankNode, "Literal": ox.Literal}
    parts = text_of(kind).removeprefix(SH).split("Or")
    if not names.keys() >= set(parts):
        raise ValueError(f"not a kind of nodes: {kind}")
    kinds = tuple(names[name] for name in parts)
    return _each(lambda value: not isinstance(value, kinds))


def _pattern(pattern: Term, _list_of: ListOf) -> Check:
    # In SPARQL, unlike Python, a final $ does not match before a line break.
    try:
        search = re.compile(re.sub(r"(?<!\\)\$$", r"\\Z", text_of(pattern))).search
    except re.error as error:  # SPARQL has regular expressions that Python lacks
        raise ValueError(f"not a regular expression of Python: {pattern}") from error
    return _each(lambda value: isinstance(value, ox.BlankNode) or not search(text_of(value)))


def _language_in(head: Term, list_of: ListOf) -> Check:
    languages = [text_of(language) for language in list_of(head)]
    good = (*languages, *(f"{language}-" for language in languages))

    def at_fault(value: Term) -> bool:
        tag = value.language if isinstance(value, ox.Literal) else None
        return tag not in languages and not (tag and tag.startswith(good[len(languages) :]))

    return _each(at_fault)


def _min_inclusive(limit: Term, _list_of: ListOf) -> Check:
    least = _limit(limit)
    return _each(lambda value: (number := _number(value)) is None or not number >= least)


def _max_inclusive(limit: Term, _list_of: ListOf) -> Check:
    most = _limit(limit)
    return _each(lambda value: (number := _number(value)) is None or not number <= most)


def _each(at_fault: Callable[[Term], bool]) -> Check:
    """The check of a constraint on single values."""
    return lambda values, _view: [value for value in values if at_fault(value)]


def text_of(term: Term) -> str:
    """The IRI of a term, or its text."""
    return str(getattr(term, "value", term))


def _limit(term: Term) -> float:
    """The number to compare values with; dates, for example, have an order of their own."""
    number = _number(term)
    if number is None:
        raise ValueError(f"not a number: {term}")
    return number


def _number(term: Term) -> float | None:
    """The value of a numeric literal; None for any other term: it cannot be compared."""
    if isinstance(term, ox.Literal) and is_number(term.value, term.datatype.value):
        return float(term.value)
    return None


BY_FORM = ("minCount", "maxCount", "nodeKind", "languageIn", "uniqueLang")
"""The constraints that depend only on the number of values of each kind."""
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
"""Each makes a check from the value of a constraint's parameter, or raises a ValueError."""
