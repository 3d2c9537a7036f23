"""JSON read with the place of each key and value, and with all keys of an object."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any, cast

_SPACE = re.compile(r"[ \t\r\n]*")
_LITERAL = re.compile(r"(true|false|null)|[-+.\deE]+")
_NAMED = (r"'([^']+)'", r"(\S+) found", r"@\w+")
"""The words of a parser's message that stand in the file, first those that say most."""
_NOT_A_TEXT = re.compile(r"(@id|@type) value must be a string")
_WORDS = {"true": True, "false": False, "null": None}
DEEPEST = 100
"""Objects and arrays are nested no deeper; who writes facts needs about six."""


class TooDeepError(Exception):
    """Objects and arrays are nested more than `DEEPEST` deep.

    Attributes:
        start: the offset of the first that is too deep.
    """

    def __init__(self, start: int) -> None:
        super().__init__(start)
        self.start = start


@dataclass(slots=True)
class Value:
    """A value of JSON.

    Attributes:
        start: the offset of its first character in the text.
        data: a text, number, boolean or None; for an array its values, for an object its members.
        end: the offset of the bracket that ends an array or object; 0 for other values.
    """

    start: int
    data: str | float | bool | list[Value] | Members | None
    end: int = 0

    @property
    def members(self) -> Members:
        """The members of an object; none of any other value."""
        return self.data if isinstance(self.data, Members) else Members()

    @property
    def items(self) -> list[Value]:
        """The values of an array; any other value is its own only one."""
        return self.data if is_array(self) else [self]  # type: ignore[return-value]

    def plain(self) -> Any:
        """The value as `json.loads` gives it."""
        if isinstance(self.data, Members):
            return {member.key: member.value.plain() for member in self.data}
        return [item.plain() for item in self.items] if is_array(self) else self.data


@dataclass(slots=True)
class Member:
    """A key of an object, the offset of its first character, and its value."""

    key: str
    start: int
    value: Value


class Members(list[Member]):
    """The members of an object in their order; a key may be there more than once."""


def is_array(value: Value) -> bool:
    """Whether a value is an array."""
    return isinstance(value.data, list) and not isinstance(value.data, Members)


def read(text: str) -> Value:
    """The value of a text, which another parser has found to be JSON.

    Raises:
        TooDeepError: it is nested too deep.
    """
    value, _ = _value(text, _skip(text, 0), 0)
    return value


def place_of(reason: str, text: str) -> int | None:
    """The offset of the key or text that a reason without a place names.

    It is the only one that is written so, or a key that its object has already; else None.

    Args:
        reason: the parser's words, such as `@type value 'date' must be an IRI`.
        text: the JSON.
    """
    words = [word for pattern in _NAMED for word in re.findall(pattern, reason)]
    for word in words:
        quoted = json.dumps(word, ensure_ascii=False)
        if (start := text.find(quoted)) >= 0 and text.find(quoted, start + 1) < 0:
            return start
    with suppress(TooDeepError):
        document = read(text)
        if match := _NOT_A_TEXT.match(reason):
            keys = {match[1], match[1][1:]}  # our context has id for @id, type for @type
            wrong = [
                member.start
                for member in _members(document)
                if member.key in keys
                and not all(isinstance(item.data, str) for item in member.value.items)
            ]
            return wrong[0] if wrong else None
        doubled = [again.start for again in doubled_keys(document) if again.key in words]
        return doubled[0] if doubled else None
    return None


def _members(value: Value) -> Iterator[Member]:
    """The members of all objects in a value, without those of contexts."""
    for member in value.members:
        yield member
        if member.key != "@context":
            yield from _members(member.value)
    for item in value.items if is_array(value) else ():
        yield from _members(item)


def doubled_keys(value: Value) -> Iterator[Member]:
    """The members of all objects in a value whose key is that of an earlier member."""
    members = value.members
    if len({member.key for member in members}) < len(members):
        seen: set[str] = set()
        for member in members:
            if member.key in seen:
                yield member
            seen.add(member.key)
    for part in value.items if is_array(value) else [member.value for member in members]:
        if isinstance(part.data, list):
            yield from doubled_keys(part)


def _skip(text: str, at: int) -> int:
    return cast(re.Match[str], _SPACE.match(text, at)).end()


def _value(text: str, start: int, depth: int) -> tuple[Value, int]:
    """The value at an offset, and the offset behind it."""
    character = text[start]
    if character == '"':
        found, end = scanstring(text, start + 1, False)
        return Value(start, found), end
    if character not in "{[":
        word = cast(re.Match[str], _LITERAL.match(text, start))
        return Value(start, _WORDS[word[1]] if word[1] else float(word[0])), word.end()
    if depth == DEEPEST:
        raise TooDeepError(start)
    items: list[Value] = []
    members = Members()
    at = _skip(text, start + 1)
    while text[at] not in "]}":
        key, place = "", at
        if character == "{":
            key, at = scanstring(text, at + 1, False)
            at = _skip(text, _skip(text, at) + 1)  # behind the colon
        value, at = _value(text, at, depth + 1)
        items.append(value)
        if character == "{":
            members.append(Member(key, place, value))
        at = _skip(text, at)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return Value(start, members if character == "{" else items, at), at + 1
