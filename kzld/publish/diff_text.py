"""A difference between two states of the data, in words: text, Markdown, JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

from kzld.publish.diff import Change, Difference, Item
from kzld.text import fold, one_line

_SHORT = 60  # characters; a longer value gets a line of its own
_SIGNS = {"added": "+", "removed": "-"}
_SAME = "No difference in facts, things or sources."


def summary(difference: Difference) -> list[str]:
    """`facts: 3 added, 1 ended`, a line for each group."""
    return [
        f"{group}: {', '.join(f'{len(found)} {kind}' for kind, found in items.items())}"
        for group, items in difference.items.items()
    ]


def as_text(difference: Difference) -> str:
    """The difference for a terminal: a summary, then each item with its changes."""
    lines = [fold(f"{difference.old} → {difference.new}", indent="  ", first="")]
    lines += summary(difference) or [_SAME]
    for group, items in difference.items.items():
        for kind, found in items.items():
            lines += ["", f"{group} {kind}"]
            for item in found:
                lines += _text_item(item, _SIGNS.get(kind, "*"))
    return "\n".join(lines) + "\n"


def _text_item(item: Item, sign: str) -> Iterator[str]:
    yield fold(f"{sign} {item.name}  {item.label}", indent="    ", first="")
    for change in item.changes:
        yield from (fold(line, indent="        ", first="    ") for line in _change_lines(change))


def _change_lines(change: Change) -> Iterator[str]:
    """`until: 2024 → 2024-05`, or a line for each value that was removed or added."""
    values = (*change.before, *change.after)
    if len(change.before) == len(change.after) == 1 and max(map(len, values)) <= _SHORT:
        yield f"{change.property}: {change.before[0]} → {change.after[0]}"
        return
    yield from (f"- {change.property}: {value}" for value in change.before)
    yield from (f"+ {change.property}: {value}" for value in change.after)


def as_markdown(difference: Difference) -> str:
    """The difference for release notes."""
    parts = [f"# What changed: {_escaped(difference.old)} to {_escaped(difference.new)}\n"]
    parts.append("".join(f"- {line}\n" for line in summary(difference)) or f"{_SAME}\n")
    for group, items in difference.items.items():
        for kind, found in items.items():
            parts.append(f"## {group.capitalize()} {kind}\n")
            parts.append("".join(f"{line}\n" for item in found for line in _markdown_item(item)))
    return "\n".join(parts)


def _markdown_item(item: Item) -> Iterator[str]:
    yield f"- {_escaped(item.label)} (`{item.name}`)"
    for change in item.changes:
        for line in _change_lines(change):
            sign, text = (line[0], line[2:]) if line[:2] in ("- ", "+ ") else ("", line)
            name, _, value = text.partition(": ")
            what = {"-": "no longer ", "+": "now "}.get(sign, "")
            yield f"  - {_escaped(name)}: {what}{_escaped(value)}"


def _escaped(text: str) -> str:
    """A text on one line, with the signs of Markdown escaped."""
    return "".join(f"\\{c}" if c in "\\`*_[]<>#|" else c for c in one_line(text))


def as_json(difference: Difference) -> str:
    """The difference for programs: the states' names, and the items by group and kind."""
    return json.dumps(asdict(difference), ensure_ascii=False, indent=2) + "\n"
