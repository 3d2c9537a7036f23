"""A walk through a JSON-LD text, as a parser goes that expands it: it makes the account.

Follows expansion of JSON-LD 1.1 (https://www.w3.org/TR/json-ld11-api/), with the places of keys
and values.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from kzld.rdf import jsonld_advice as advice
from kzld.rdf.json_text import Member, Members, Value, doubled_keys, is_array, read
from kzld.rdf.jsonld_account import Account, Slip
from kzld.rdf.jsonld_advice import Advice
from kzld.rdf.jsonld_context import (
    NO_CONTEXT,
    Context,
    Term,
    is_iri,
    is_language,
    packaged_terms,
)
from kzld.rdf.namespaces import RDF

_TYPE = RDF + "type"
_SAYS_NOTHING = {"@id", "@context", "@index"}
_MAPS = {"@index", "@id", "@type"}
_Link = Callable[[str, int], None]
"""Receives the name of a node, or nothing for a literal, and the offset of a value."""
_Keyed = list[tuple[Member, str | None]]
"""The members of an object, each with the property or keyword that its key means."""


def walk(text: str, ours: Mapping[str, Any]) -> Account:
    """An account of a text that a parser has accepted as JSON-LD.

    Args:
        text: the text.
        ours: the packaged context, which its IRI stands for.

    Raises:
        TooDeepError: objects and arrays are nested too deep.
    """
    document = read(text)
    way = _Walk(ours)
    way.top(document, Context(ours))
    way.twice(document)
    way.without_context()
    way.account.slips = list(dict.fromkeys(way.account.slips))  # the top is entered twice
    return way.account


def _nowhere(_name: str, _start: int) -> None:
    """Links a value that no statement of its own has, such as a member of a list."""


class _Walk:
    """Goes through a document as a parser does that expands it."""

    def __init__(self, ours: Mapping[str, Any]) -> None:
        self.account = Account()
        self._ours = ours
        self._has_context = False
        self._unknown: list[Slip] = []  # keys without a meaning
        self._contexts: dict[tuple[int, int, bool], tuple[Context, Context, Any]] = {}
        self._subject = ""  # of the statements that the walk is at
        self._is_silent = False  # in a graph of which the parser makes nothing

    @cached_property
    def _our_terms(self) -> dict[str, str]:
        return packaged_terms(self._ours)

    def top(self, document: Value, context: Context) -> None:
        """Go through the document."""
        inside, keyed = self._enter(document, context)
        kinds = {iri for _, iri in keyed} - {"@context"}
        if kinds == {"@graph"}:
            for member, iri in keyed:
                if iri == "@graph":
                    self._free(member.value, inside)
        elif kinds or any(
            isinstance(item.data, list) for item in document.items if is_array(document)
        ):
            self._free(document, context)

    def twice(self, document: Value) -> None:
        """Report the keys that their object has already."""
        for again in doubled_keys(document):
            self._report(again.start, again.key, advice.doubled(again.key))

    def without_context(self) -> None:
        """Report keys without a meaning: in a document without a context all at once."""
        if self._unknown and not self._has_context:
            first, *more = self._unknown
            self._report(first.start, first.written, advice.no_context(len(more)))
        else:
            self.account.slips += self._unknown

    # ------------------------------------------------------------ nodes and values

    def _free(self, value: Value, context: Context) -> None:
        """Values that are those of no property: of the document, a graph or `@included`."""
        for item in value.items:
            if is_array(item):
                self._free(item, context)
            elif isinstance(item.data, Members):
                inside, keyed = self._enter(item, context)
                kinds = {iri for _, iri in keyed}
                if "@set" in kinds:
                    for member, iri in keyed:
                        if iri == "@set":
                            self._free(member.value, inside)
                elif kinds & {"@value", "@list"}:
                    self._report(item.start, "", advice.free_value())
                elif kinds <= _SAYS_NOTHING:
                    name = next((m.value.data for m, iri in keyed if iri == "@id"), "")
                    self._report(item.start, str(name), advice.only_a_name(str(name)))
                else:
                    self._node(item, inside, keyed, _nowhere)
            elif item.data is not None:
                self._report(item.start, _shown(item), advice.free_value())

    def _value(self, value: Value, context: Context, term: Term, link: _Link) -> None:
        """A value of a property; null says that there is none."""
        if is_array(value):
            for item in value.items:
                self._value(item, context, term, link)
        elif isinstance(value.data, Members):
            self._object(value, context, term, link)
        elif value.data is not None:
            inside = self._extended(context, term.context)
            if isinstance(value.data, str) and term.kind in ("@id", "@vocab"):
                as_key = term.kind == "@vocab"
                if name := self._reference(value, inside, as_key=as_key):
                    link(name, value.start)
            else:
                self._scalar(value, inside, term, link)

    def _scalar(self, value: Value, context: Context, term: Term, link: _Link) -> None:
        """A text, number or boolean with the datatype or language of its property."""
        language = context.language if term.language == "" else term.language
        is_text = isinstance(value.data, str) and (not term.kind or term.kind.startswith("@"))
        if is_text and language and not is_language(language):
            self._report(value.start, _shown(value), advice.bad_language(language))
        else:
            link("", value.start)

    def _object(
        self, value: Value, context: Context, term: Term, link: _Link, key: Value | None = None
    ) -> None:
        """An object as the value of a property: a node, a literal, a list or a set.

        Args:
            value: the object.
            context: the context around it.
            term: the meaning of the key of the property.
            link: receives what the object makes the value of the property.
            key: the key that is its name or its type, if it is in such a map.
        """
        inside, keyed = self._enter(value, context, term.context, is_in_map=key is not None)
        kinds = {iri for _, iri in keyed}
        if "@value" in kinds:
            self._literal(keyed, inside, link)
        elif "@list" in kinds or "@set" in kinds:
            if "@list" in kinds:
                link("", value.start)
            for member, iri in keyed:
                if iri in ("@list", "@set"):
                    add = link if iri == "@set" else _nowhere
                    self._value(member.value, inside, term, add)
        elif kinds and kinds <= {"@language", "@direction"}:
            self._report(value.start, "", advice.no_value())
        else:
            is_typed = key is not None and "@type" in term.containers
            self._node(value, inside, keyed, link, None if is_typed else key, is_typed=is_typed)

    def _literal(self, keyed: _Keyed, context: Context, link: _Link) -> None:
        """An object with `@value`."""
        parts = {iri: member.value for member, iri in keyed}
        value, language, kind = parts["@value"], parts.get("@language"), parts.get("@type")
        if value.data is None:
            return
        if "@direction" in parts:
            start = next(member.start for member, iri in keyed if iri == "@direction")
            self._report(start, "@direction", advice.direction())
        if language and not is_language(str(language.data)):
            self._report(language.start, _shown(language), advice.bad_language(language.data))
        else:
            if kind and isinstance(kind.data, str):
                datatype = context.expand(kind.data, as_key=True, relative=True) or ""
                self._check_prefix(kind.data, datatype, kind.start, context)
            link("", value.start)

    def _node(
        self,
        value: Value,
        context: Context,
        keyed: _Keyed,
        link: _Link,
        key: Value | None = None,
        *,
        is_typed: bool = False,
    ) -> None:
        """An object that stands for a thing or fact.

        Args:
            value: the object.
            context: the context inside it.
            keyed: its members.
            link: receives its name.
            key: the key that is its name, if it is in a map of names.
            is_typed: whether it is in a map of types, in which the parser takes no names.
        """
        ids = [member.value for member, iri in keyed if iri == "@id"] or ([key] if key else [])
        start = value.start
        if ids:
            start = ids[0].start
            is_graph = {iri for _, iri in keyed} - _SAYS_NOTHING == {"@graph"}
            name = self._reference(ids[0], context, is_graph=is_graph)
        else:
            name = f"_:kzld.{value.start}"
            comma = "," if keyed else ""
            if is_typed:
                self.account.unlabelled.add(name)
            else:
                self.account.labels[value.end] = f'{comma}"@id":"{name}"'
        if name:
            is_described = any(iri not in _SAYS_NOTHING for _, iri in keyed)
            if is_described or not ids:
                self.account.nodes.setdefault(name, start)
            link(name, start)
        self._members(keyed, context, name)

    # ------------------------------------------------------------ keys

    def _members(self, keyed: _Keyed, context: Context, subject: str) -> None:
        """The keys of a node, whose name is empty if the parser makes nothing of it."""
        outer, self._subject = self._subject, subject
        keywords = {
            "@type": self._types,
            "@graph": self._graph,
            "@included": self._included,
            "@reverse": self._reverse,
            "@nest": self._nest,
        }
        for member, iri in keyed:
            if iri in keywords:
                keywords[iri](member, context, subject)
            elif iri not in _SAYS_NOTHING:
                self._property(member, context, subject)
        self._subject = outer

    def _types(self, member: Member, context: Context, subject: str) -> None:
        for item in member.value.items:
            if name := self._reference(item, context, as_key=True):
                self._state((subject, _TYPE, name), member.start, item.start)

    def _graph(self, member: Member, context: Context, subject: str) -> None:
        was_silent, self._is_silent = self._is_silent, self._is_silent or not subject
        self._free(member.value, context)
        self._is_silent = was_silent

    def _included(self, member: Member, context: Context, _subject: str) -> None:
        self._free(member.value, context)

    def _reverse(self, member: Member, context: Context, subject: str) -> None:
        for inner in member.value.members:
            self._property(inner, context, subject, is_reverse=True)

    def _nest(self, member: Member, context: Context, subject: str) -> None:
        inside = self._extended(context, context.term(member.key).context)
        for item in member.value.items:
            self._members(self._keyed(item, inside), inside, subject)

    def _property(
        self, member: Member, context: Context, subject: str, *, is_reverse: bool = False
    ) -> None:
        """A key that should mean a property, and its values."""
        iri = context.expand(member.key, as_key=True)
        if iri is None or ":" not in iri:
            found = advice.unmapped(member.key, context, self._our_terms)
            self._unknown.append(Slip(member.start, subject, member.key, found))
            return
        if is_iri(iri) and not iri.startswith("_:"):
            self._check_prefix(member.key, iri, member.start, context)
        else:
            self._report(member.start, member.key, advice.bad_iri(iri))
            subject = ""
        term = context.term(member.key)

        def link(name: str, start: int) -> None:
            is_turned = is_reverse != term.is_reverse
            stated = (name, iri, subject) if is_turned else (subject, iri, name)
            self._state(stated, member.start, start)

        self._values(member.value, context, term, link if subject else _nowhere)

    def _values(self, value: Value, context: Context, term: Term, link: _Link) -> None:
        """The values of a property, in the form that its container gives them."""
        is_object = isinstance(value.data, Members)
        if term.kind == "@json":
            if value.data is not None:
                link("", value.start)
        elif "@language" in term.containers and is_object:
            self._by_language(value, context, link)
        elif term.containers & _MAPS and is_object:
            for member in value.members:
                self._in_map(member, context, term, link)
        elif "@graph" in term.containers:
            self._graphs(value, context, term, link)
        elif "@list" in term.containers and not self._is_list(value, context):
            if value.data is not None:
                link("", value.start)
            self._value(value, context, term, _nowhere)
        else:
            self._value(value, context, term, link)

    def _is_list(self, value: Value, context: Context) -> bool:
        return any(context.expand(m.key, as_key=True) == "@list" for m in value.members)

    def _graphs(self, value: Value, context: Context, term: Term, link: _Link) -> None:
        for item in value.items:
            if item.data is not None:
                link("", item.start)
                self._free(item, self._extended(context, term.context))

    def _by_language(self, value: Value, context: Context, link: _Link) -> None:
        """An object whose keys are languages."""
        data = {member.key: member.value.data for member in value.members}
        if "@value" in data:
            found = advice.by_language(data.get("@language"), data["@value"])
            self._report(value.start, "", found)
            return
        for member in value.members:
            self._in_language(member, context, link)

    def _in_language(self, member: Member, context: Context, link: _Link) -> None:
        """The texts in one language."""
        is_none = context.expand(member.key, as_key=True) == "@none"
        if not is_none and not is_language(member.key):
            self._report(member.start, member.key, advice.bad_language(member.key))
            return
        for item in member.value.items:
            if item.data is not None:
                link("", item.start)

    def _in_map(self, member: Member, context: Context, term: Term, link: _Link) -> None:
        """The values under a key that is their index, their name or their type."""
        is_none = context.expand(member.key, as_key=True) == "@none"
        by_index = "@index" in term.containers
        is_typed = "@type" in term.containers
        key = None if by_index or (is_none and not is_typed) else Value(member.start, member.key)
        if "@graph" in term.containers:
            self._graphs(member.value, context, term, link)
            return
        if not by_index:
            context = context.previous or context
        if is_typed:
            context = self._extended(context, context.term(member.key).context, reaches_in=False)
            found = key and not is_none and self._reference(key, context, as_key=True)
            type_link, term = link, replace(term, kind=term.kind if term.kind[1:] else "@id")

            def link(node: str, start: int) -> None:
                type_link(node, start)
                if found:
                    self._state((node, _TYPE, found), member.start, member.start)

        for item in member.value.items:
            if isinstance(item.data, Members):
                self._object(item, context, term, link, key)
            else:
                self._value(item, context, term, link)

    # ------------------------------------------------------------ contexts and names

    def _enter(
        self, value: Value, context: Context, scoped: Any = NO_CONTEXT, *, is_in_map: bool = False
    ) -> tuple[Context, _Keyed]:
        """The context inside an object, and the meanings of its keys."""
        if context.previous and not is_in_map:
            kinds = {iri for _, iri in self._keyed(value, context)}
            if "@value" not in kinds and kinds != {"@id"}:
                context = context.previous
        context = self._extended(context, scoped)
        for member in value.members:
            if member.key == "@context":
                self._has_context = True
                self._directions(member.value)
                context = context.extended(member.value.plain())
        keyed = self._keyed(value, context)
        types = [item.data for m, iri in keyed if iri == "@type" for item in m.value.items]
        inside = context
        for name in sorted(name for name in types if isinstance(name, str)):
            inside = self._extended(inside, context.term(name).context, reaches_in=False)
        return inside, keyed if inside is context else self._keyed(value, inside)

    def _directions(self, value: Value) -> None:
        """Report the directions of texts in a context, or in one of its terms."""
        for item in value.items:
            for member in item.members:
                if member.key == "@direction" and member.value.data is not None:
                    self._report(member.start, member.key, advice.direction())
                elif isinstance(member.value.data, Members) and member.key != "@context":
                    self._directions(member.value)

    @staticmethod
    def _keyed(value: Value, context: Context) -> _Keyed:
        return [(member, context.expand(member.key, as_key=True)) for member in value.members]

    def _extended(self, context: Context, local: Any, *, reaches_in: bool = True) -> Context:
        """A context after a local one; computed once, since many nodes have the same."""
        if local is NO_CONTEXT:
            return context
        key = (id(context), id(local), reaches_in)
        if key not in self._contexts:
            found = context.extended(local, reaches_in=reaches_in)
            self._contexts[key] = found, context, local  # kept, so that their ids stay theirs
        return self._contexts[key][0]

    def _reference(
        self,
        value: Value,
        context: Context,
        *,
        as_key: bool = False,
        is_graph: bool = False,
    ) -> str:
        """The IRI that a value names; empty after a slip."""
        written = str(value.data)
        name = context.expand(written, as_key=as_key, relative=True)
        if name and is_iri(name):
            if not is_graph:
                self._check_prefix(written, name, value.start, context)
            return name
        if name and ":" in name:
            found = advice.bad_iri(name)
        elif as_key:
            found = advice.unmapped_type(written, context, self._our_terms)
        else:
            found = advice.relative(written, context)
        self._report(value.start, written, found)
        return ""

    def _check_prefix(self, written: str, iri: str, start: int, context: Context) -> None:
        """Report a name whose prefix no context declares: it then stands for itself."""
        if written == iri and (found := advice.undeclared_prefix(written, context)):
            self._report(start, written, found)

    def _state(self, statement: tuple[str, str, str], key: int, value: int) -> None:
        if statement[0] and not self._is_silent:
            self.account.statements.setdefault(statement, deque()).append((key, value))

    def _report(self, start: int, written: str, found: Advice) -> None:
        self.account.slips.append(Slip(start, self._subject, written, found))


def _shown(value: Value) -> str:
    return value.data if isinstance(value.data, str) else ""
