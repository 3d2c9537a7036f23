"""Literals as files write them, and the form in which Oxigraph's store gives them back.

The store keeps the value of a literal: `"05"^^xsd:int` comes back as `"5"^^xsd:integer`, and
`1.50` as `1.5`. Its parsers and serializers keep literals as they are.
"""

from __future__ import annotations

import re
from functools import lru_cache
from math import inf

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
_INTEGER = re.compile(r"[+-]?[0-9]+")
_REWRITTEN = {
    **{XSD + name: re.compile(form, re.ASCII).fullmatch for name, form in _KEPT.items()},
    **{XSD + name: _NONE.fullmatch for name in _ALWAYS_ASKED},
    **dict.fromkeys(_DERIVED_INTEGERS, _NONE.fullmatch),
}


def is_rewritten(term: Term) -> bool:
    """Whether a store would give a term back in another form."""
    if not isinstance(term, ox.Literal):
        return False
    is_kept = _REWRITTEN.get(term.datatype.value)
    return is_kept is not None and is_kept(term.value) is None and stored_form(term) != term


@lru_cache(_KNOWN)
def stored_form(literal: ox.Literal) -> Term:
    """A literal in the form in which a store gives it back."""
    store, node = ox.Store(), ox.BlankNode()
    store.add(ox.Quad(node, ox.NamedNode(XSD), literal))
    found: Term = next(iter(store)).object
    return found


def is_derived_integer(text: str, datatype: str) -> bool:
    """Whether a text is a value of a datatype that XML Schema derives from integer."""
    if datatype not in _DERIVED_INTEGERS or not _INTEGER.fullmatch(text):
        return False
    least, most = _DERIVED_INTEGERS[datatype]
    return least <= int(text) <= most
