"""Large numbers for people, with commas between their thousands."""

from __future__ import annotations

import re
from decimal import Decimal

from kzld.query.sparql import python_value
from kzld.rdf.namespaces import Term, value_of

_LARGE = 10_000  # smaller numbers are read without
_VALUES = re.compile(r"(?<=[=≈≥≤<>] )\d{5,}")


def with_separators(term: Term | None, text: str) -> str:
    """The text of a number from 10,000 on with commas; that of any other term as it is."""
    value = python_value(term)
    is_large = isinstance(value, (int, float)) and abs(value) >= _LARGE
    return f"{Decimal(value_of(term)):,}" if is_large else text


def rivals_with_separators(text: str) -> str:
    """What others say, such as `imports = 13889000000 US dollars`, with commas in its values."""
    return _VALUES.sub(lambda found: f"{int(found[0]):,}", text)
