"""A difference between two states of the data, in words: text, Markdown, JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

from kzld.publish.diff import Change, Difference, Item
from kzld.text import fold, one_line

_SHORT = 60  # characters that a value may have to stand on one line with another
_SIGNS = {"added": "+", "removed": "-"}
_SAME = "No difference in facts, things or sources."


def summary(difference: Difference) -> list[str]:
    """`facts: 3 added, 1 ended`, a line for each group."""
    return [
        f"{group}: {', '.join(f'{len(found)} {kind}' for kind, found in items.items())}"
        for group, items in difference.items.items()
    ]


def as_text(difference: Difference) -> str:
    """For a terminal: a summary, then each item with what changed in it."""
    lines = [fold(f"{difference.old} → {difference.new}", indent="  ", first="")]
    lines += summary(difference) or [_SAME]
    for group, items in difference.items.items():
        for kind, found in items.items():
            lines += ["", f"{group} {kind}"]
            for item in found:
                lines += _item(item, _SIGNS.get(kind, "*"))
    return "\n".join(lines) + "\n"


def _item(item: Item, sign: str) -> Iterator[str]:
    yield fold(f"{sign} {item.name}  {item.label}", indent="    ", first="")
    for change in item.changes:
        yield from (fold(line, indent="        ", first="    ") for line in _said(change))


def _said(change: Change) -> Iterator[str]:
    """`until: 2024 → 2024-05`, or a line for each value that is lost or won."""
    values = (*change.before, *change.after)
    if len(change.before) == len(change.after) == 1 and max(map(len, values)) <= _SHORT:
        yield f"{change.property}: {change.before[0]} → {change.after[0]}"
        return
    yield from (f"- {change.property}: {value}" for value in change.before)
    yield from (f"+ {change.property}: {value}" for value in change.after)


def as_markdown(difference: Difference) -> str:
    """For release notes."""
    parts = [f"# What changed: {_marked(difference.old)} to {_marked(difference.new)}\n"]
    parts.append("".join(f"- {line}\n" for line in summary(difference)) or f"{_SAME}\n")
    for group, items in difference.items.items():
        for kind, found in items.items():
            parts.append(f"## {group.capitalize()} {kind}\n")
            parts.append("".join(f"{line}\n" for item in found for line in _in_markdown(item)))
    return "\n".join(parts)


def _in_markdown(item: Item) -> Iterator[str]:
    yield f"- {_marked(item.label)} (`{item.name}`)"
    for change in item.changes:
        for line in _said(change):
            sign, text = (line[0], line[2:]) if line[:2] in ("- ", "+ ") else ("", line)
            name, _, value = text.partition(": ")
            what = {"-": "no longer ", "+": "now "}.get(sign, "")
            yield f"  - {_marked(name)}: {what}{_marked(value)}"


def _marked(text: str) -> str:
    """A text on one line, in which nothing counts as Markdown."""
    return "".join(f"\\{c}" if c in "\\`*_[]<>#|" else c for c in one_line(text))


def as_json(difference: Difference) -> str:
    """For programs: the names of the states; by group and kind the items with their changes."""
    return json.dumps(asdict(difference), ensure_ascii=False, indent=2) + "\n"
