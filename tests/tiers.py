"""Parameters of which only some run by default; pyproject.toml says what the markers mean."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import pytest


def some(values: Iterable[Any], kept: Collection[Any]) -> list[Any]:
    """The values as parameters; those that are not kept run with `-m whole` only."""
    return [value if value in kept else _whole(value) for value in values]


def every(step: int, values: Iterable[Any]) -> list[Any]:
    """The values as parameters; one in so many runs by default."""
    found = list(values)
    return some(found, found[::step])


def _whole(value: Any) -> Any:
    parts = value if isinstance(value, tuple) else (value,)
    return pytest.param(*parts, marks=pytest.mark.whole)
