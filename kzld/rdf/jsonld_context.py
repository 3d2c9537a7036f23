"""Contexts of JSON-LD: the meaning of a key, and the IRI that a name stands for.

Follows context processing and IRI expansion of JSON-LD 1.1
(https://www.w3.org/TR/json-ld11-api/), for documents that a parser has accepted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any
from urllib.parse import urljoin

import pyoxigraph as ox

from kzld.rdf.namespaces import CONTEXT_IRI

KEYWORDS = (
    "@base", "@container", "@context", "@direction", "@graph", "@id", "@import", "@included",
    "@index", "@json", "@language", "@list", "@nest", "@none", "@prefix", "@propagate",
    "@protected", "@reverse", "@set", "@type", "@value", "@version", "@vocab",
)  # fmt: skip
_LIKE_A_KEYWORD = re.compile("@[A-Za-z]+")
_ENDS_OF_PREFIXES = tuple(":/?#[]@")


@dataclass(frozen=True, slots=True)
class Term:
    """The meaning of a key in a context.

    Attributes:
        iri: the property or keyword; None if the context maps the key to null.
        kind: `@id`, `@vocab`, `@json`, `@none`, or the IRI of the datatype of its values.
        containers: the form of its values, such as `@list` or `@language`.
        language: the language of its texts; empty for that of the context.
        is_reverse: whether its values are the subjects.
        is_prefix: whether it can be the prefix of a name.
        context: the context inside its values; `NO_CONTEXT` if there is none.
    """

    iri: str | None
    kind: str = ""
    containers: frozenset[str] = frozenset()
    language: str | None = ""
    is_reverse: bool = False
    is_prefix: bool = False
    context: Any = ...


NO_CONTEXT = ...
NO_TERM = Term(None)


@dataclass(frozen=True, slots=True)
class Context:
    """The meaning of keys and names at a place of a document.

    Attributes:
        ours: the packaged context, which its IRI stands for.
        terms: the keys that it defines.
        vocabulary: the beginning of the IRIs of other keys; None if they have no meaning.
        base: the base of relative IRIs.
        language: the language of texts.
        previous: the context outside of the node, if this one does not reach into its values.
    """

    ours: Mapping[str, Any] = field(default_factory=dict)
    terms: Mapping[str, Term] = field(default_factory=dict)
    vocabulary: str | None = None
    base: str | None = None
    language: str | None = None
    previous: Context | None = None

    def extended(self, local: Any, *, reaches_in: bool = True) -> Context:
        """The context after the value of an `@context`.

        Args:
            local: the value: an object, null, the IRI of the packaged context, or an array.
            reaches_in: whether it holds inside the values of its node, unless it says so.
        """
        context = self
        if isinstance(local, dict):
            reaches_in = local.get("@propagate", reaches_in)
        for part in local if isinstance(local, list) else [local]:
            if part is None:
                context = Context(self.ours)
                continue
            found = self.ours if part == CONTEXT_IRI else part
            if isinstance(found, dict):
                context = _Definitions(context, found).context()
        if reaches_in or context.previous:
            return context
        return replace(context, previous=self)

    def term(self, key: str) -> Term:
        """The meaning of a key; that of `NO_TERM` if the context does not define it."""
        return self.terms.get(key, NO_TERM)

    def expand(self, name: str, *, as_key: bool = False, relative: bool = False) -> str | None:
        """The IRI or keyword that a name stands for; None for one that stands for nothing.

        Without a vocabulary or base, the name itself may remain.

        Args:
            name: a key, a value of `@id` or `@type`.
            as_key: whether terms and the vocabulary apply to it.
            relative: whether it may be relative to the base.
        """
        if name in KEYWORDS:
            return name
        if _LIKE_A_KEYWORD.fullmatch(name):
            return None
        term = self.terms.get(name)
        if term and (as_key or (term.iri or "").startswith("@")):
            return term.iri
        prefix, colon, local = name.partition(":")
        if colon and prefix:
            return self._expand_prefix(prefix, local) or name
        if as_key and self.vocabulary is not None:
            return self.vocabulary + name
        return resolve(name, self.base) if relative else name

    def _expand_prefix(self, prefix: str, local: str) -> str | None:
        term = self.terms.get(prefix)
        if prefix == "_" or local.startswith("//") or not term or not term.is_prefix:
            return None
        return f"{term.iri}{local}" if term.iri else None


class _Definitions:
    """The definitions of a context, which may refer to each other in any order."""

    def __init__(self, outer: Context, local: Mapping[str, Any]) -> None:
        self._local, self._terms = local, dict(outer.terms)
        self._open = {key for key in local if not key.startswith("@") or key == "@type"}
        base = local.get("@base", ...)
        vocabulary = local.get("@vocab", ...)
        self._context = replace(
            outer,
            terms=self._terms,
            base=outer.base if base is ... else base and resolve(base, outer.base),
            language=local.get("@language", outer.language),
        )
        if vocabulary is not ...:
            found = vocabulary
            if vocabulary is not None:
                self._define_name(vocabulary)
                found = self._context.expand(vocabulary, as_key=True, relative=True)
            self._context = replace(self._context, vocabulary=found)

    def context(self) -> Context:
        """The context with all its terms."""
        while self._open:
            self._define(next(iter(self._open)))
        return self._context

    def _expand(self, name: str) -> str | None:
        self._define_name(name)
        return self._context.expand(name, as_key=True)

    def _define_name(self, name: str) -> None:
        """Define the terms that a name uses."""
        for part in (name, name.partition(":")[0]):
            if part in self._open:
                self._define(part)

    def _define(self, key: str) -> None:
        self._open.remove(key)
        given = self._local[key]
        self._terms.pop(key, None)
        definition = given if isinstance(given, dict) else {"@id": given}
        source = definition.get("@reverse", definition.get("@id", key))
        kind = definition.get("@type")
        containers = definition.get("@container") or []
        iri = self._iri(key, source)
        self._terms[key] = Term(
            iri,
            kind=(self._expand(kind) or "") if kind else "",
            containers=frozenset([containers] if isinstance(containers, str) else containers),
            language=definition.get("@language", ""),
            is_reverse="@reverse" in definition,
            is_prefix=definition.get("@prefix", self._can_be_prefix(given, key, iri)),
            context=definition.get("@context", NO_CONTEXT),
        )

    def _iri(self, key: str, source: str | None) -> str | None:
        if source is None or key == "@type":
            return source
        if source != key:
            return self._expand(source)
        self._define_name(key)
        return self._context.expand(key, as_key=True)

    @staticmethod
    def _can_be_prefix(given: Any, key: str, iri: str | None) -> bool:
        is_simple = isinstance(given, str) and not set(":/") & set(key)
        return is_simple and bool(iri) and str(iri).endswith(_ENDS_OF_PREFIXES)


def packaged(text: str | None) -> dict[str, Any]:
    """The definitions of a context document; none without a document."""
    definitions: dict[str, Any] = json.loads(text)["@context"] if text else {}
    return definitions


def packaged_terms(ours: Mapping[str, Any]) -> dict[str, str]:
    """The IRIs of the properties and classes that the packaged context defines, by their keys."""
    terms = Context(ours).extended(CONTEXT_IRI).terms
    return {
        key: term.iri
        for key, term in terms.items()
        if term.iri and not term.is_prefix and not term.iri.startswith("@")
    }


@cache
def resolve(name: str, base: str | None) -> str:
    """The IRI for a relative IRI; the same without a base, or if it is no IRI."""
    if not base:
        return name
    try:
        if base.startswith("http"):
            return urljoin(base, name)
        line = f"<{name}> a <x:x> ."
        [quad] = ox.parse(line.encode(), format=ox.RdfFormat.TURTLE, base_iri=base)
    except (ValueError, SyntaxError):
        return name
    return getattr(quad.subject, "value", name)


@cache
def is_iri(name: str) -> bool:
    """Whether a name is a whole IRI or the name of a blank node."""
    try:
        if name.startswith("_:"):
            ox.BlankNode(name[2:])
        else:
            ox.NamedNode(name)
    except ValueError:
        return False
    return True


@cache
def is_language(tag: str) -> bool:
    """Whether a text is well-formed as the name of a language."""
    try:
        ox.Literal("", language=tag)
    except ValueError:
        return False
    return True
