"""Large numbers for people, with commas between their thousands."""

from __future__ import annotations

import re
from decimal import Decimal

from kzld.query.sparql import python_value
from kzld.rdf.namespaces import Term

# From 10,000 on; smaller numbers are read without.
_LARGE = re.compile(r"-?[1-9]\d{4,}(\.\d+)?")
_VALUES = re.compile(rf"(?<=[=≈≥≤<>] ){_LARGE.pattern}")


def with_separators(term: Term | None, text: str) -> str:
    """The text of a number from 10,000 on with commas; that of any other term as it is."""
    is_large = isinstance(python_value(term), (int, float)) and _LARGE.fullmatch(text)
    return f"{Decimal(text):,}" if is_large else text


def rivals_with_separators(text: str) -> str:
    """What others say, such as `imports = 13889000000 US dollars`, with commas in its values."""
    return _VALUES.sub(lambda found: f"{Decimal(found[0]):,}", text)
