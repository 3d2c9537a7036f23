"""Literals as files write them, and the form in which Oxigraph's store gives them back.

The store keeps the value of a literal: `"05"^^xsd:int` comes back as `"5"^^xsd:integer`, and
`1.50` as `1.5`. Its parsers and serializers keep literals as they are.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from math import inf
from typing import TypeGuard

import pyoxigraph as ox

from kzld.rdf.namespaces import XSD, Term

_NONE = re.compile(r"(?!)")
_KNOWN = 1 << 14
# The common forms that the store keeps, so that it need not be asked about each literal. A text
# that is no value of its datatype is always kept: there is no harm in a pattern that allows it.
_KEPT = {
    "boolean": r"true|false",
    "integer": r"0|-?[1-9]\d{0,17}",
    "decimal": r"0|-?[1-9]\d{0,11}|-?(0|[1-9]\d{0,11})\.\d{0,11}[1-9]",
    "double": r"0|-?[1-9]\d{0,6}|-?(0|[1-9]\d{0,6})\.\d{0,6}[1-9]",
    "date": r"\d{4}-\d\d-\d\d",
    "dateTime": r"\d{4}-\d\d-\d\dT([01]\d|2[0-3]):\d\d:\d\dZ?",
    "gYear": r"\d{4}",
    "gYearMonth": r"\d{4}-\d\d",
}
_BITS = {"byte": 8, "short": 16, "int": 32, "long": 64}
_ALWAYS_ASKED = (
    "float", "time", "gMonth", "gMonthDay", "gDay", "dateTimeStamp", "duration",
    "dayTimeDuration", "yearMonthDuration",
)  # fmt: skip
_DERIVED_INTEGERS: dict[str, tuple[float, float]] = {
    XSD + name: limits
    for name, limits in (
        ("nonNegativeInteger", (0, inf)),
        ("positiveInteger", (1, inf)),
        ("nonPositiveInteger", (-inf, 0)),
        ("negativeInteger", (-inf, -1)),
        *((name, (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)) for name, bits in _BITS.items()),
        *((f"unsigned{name.title()}", (0, 2**bits - 1)) for name, bits in _BITS.items()),
    )
}
"""The datatypes that XML Schema derives from integer, with the least and the greatest value."""
_REAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]?INF|NaN")
_INTEGER = re.compile(r"[+-]?[0-9]+")
NUMBERS = {
    XSD + "integer": _INTEGER,
    XSD + "decimal": re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)"),
    XSD + "double": _REAL,
    XSD + "float": _REAL,
    **dict.fromkeys(_DERIVED_INTEGERS, _INTEGER),
}
"""The numeric datatypes of XML Schema, with the pattern of their literals."""
_STRICTER = {
    **NUMBERS,
    XSD + "dateTimeStamp": re.compile(r".*(Z|[+-]\d\d:\d\d)"),
    XSD + "duration": re.compile(r".*[^T]"),
    XSD + "dayTimeDuration": re.compile(r".*[^T]"),
}
"""Patterns that forbid what Oxigraph reads beyond XML Schema."""
_NO_VALUE = "?no-value"
_REWRITTEN = {
    **{XSD + name: re.compile(form, re.ASCII).fullmatch for name, form in _KEPT.items()},
    **{XSD + name: _NONE.fullmatch for name in _ALWAYS_ASKED},
    **dict.fromkeys(_DERIVED_INTEGERS, _NONE.fullmatch),
}


def is_rewritten(term: Term | None) -> TypeGuard[ox.Literal]:
    """Whether Oxigraph's store would give a term back in another form."""
    if not isinstance(term, ox.Literal):
        return False
    is_kept = _REWRITTEN.get(term.datatype.value)
    return is_kept is not None and is_kept(term.value) is None and rewritten(term) != term


@lru_cache(_KNOWN)
def rewritten(literal: ox.Literal) -> ox.Literal:
    """A literal in Oxigraph's form."""
    store, node = ox.Store(), ox.BlankNode()
    store.add(ox.Quad(node, ox.NamedNode(XSD), literal))
    found = next(iter(store)).object
    assert isinstance(found, ox.Literal)  # noqa: S101 (a store changes no kinds of terms)
    return found


def stored_form(literal: ox.Literal) -> ox.Literal:
    """The form in which our store hands a literal to Oxigraph, and gets it back.

    Oxigraph takes `"300"^^xsd:byte` for the number 300. It is no number, so Oxigraph gets it
    with a datatype that it does not know.
    """
    datatype = literal.datatype.value
    if _is_value(literal.value, datatype):
        return rewritten(literal)
    return ox.Literal(literal.value, datatype=ox.NamedNode(datatype + _NO_VALUE))


def without_mark(term: Term) -> Term:
    """A term with its own datatype, for a literal that is no value of it."""
    if not isinstance(term, ox.Literal) or not term.datatype.value.endswith(_NO_VALUE):
        return term
    datatype = term.datatype.value.removesuffix(_NO_VALUE)
    return ox.Literal(term.value, datatype=ox.NamedNode(datatype))


def is_number(text: str, datatype: str) -> bool:
    """Whether a text is a value of a numeric datatype."""
    return datatype in NUMBERS and _is_value(text, datatype)


def _is_value(text: str, datatype: str) -> bool:
    """Whether a text that Oxigraph takes for a value of a datatype is one in XML Schema."""
    form = _STRICTER.get(datatype)
    if form and not form.fullmatch(text):
        return False
    if datatype not in _DERIVED_INTEGERS:
        return True
    least, most = _DERIVED_INTEGERS[datatype]
    return least <= Decimal(text) <= most  # an int of Python has no more than 4300 digits
