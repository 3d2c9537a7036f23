"""The keys and values of JSON-LD that say nothing, in words: the problem and its remedy."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple

from kzld.rdf.jsonld_context import KEYWORDS, Context, is_language
from kzld.rdf.namespaces import BASE, CONTEXT_IRI, FACT_KINDS, PREFIXES, THING_KINDS

LOST_KEY, LOST_VALUE, UNDECLARED_PREFIX = "lost-key", "lost-value", "undeclared-prefix"
_PREFIXED = re.compile(r"([A-Za-z][\w.+-]*):(?!//)(.*)", re.DOTALL)
_SCHEMES = (
    "ark", "cid", "data", "did", "doi", "geo", "hdl", "info", "isbn", "issn", "lsid", "mailto",
    "mid", "news", "ni", "oid", "sms", "tag", "tel", "urn", "uuid", "xmpp",
)  # fmt: skip
"""The schemes of IRIs that go on without two slashes; others are taken for prefixes."""
_LONGEST = 60  # a longer name is no misspelling, and is cut in messages
_NEAR_ENOUGH = 0.65  # of 1: the similarity of a misspelt name
_NEAR_PREFIX = 0.5  # prefixes are short: of two letters one may be wrong


class Advice(NamedTuple):
    """A problem, its remedy, the rule, and whether statements are lacking because of it."""

    problem: str
    remedy: str
    rule: str = LOST_VALUE
    is_loss: bool = True


def unmapped(key: str, context: Context, ours: Mapping[str, str]) -> Advice:
    """The advice for a key that means no property.

    Args:
        key: the key.
        context: the context at its place.
        ours: the properties and classes of the packaged context, by their keys.
    """
    shown = _cut(key)
    if key.startswith("@"):
        near = _near(key, KEYWORDS)
        problem = f"JSON-LD ignores the key {shown}"
        problem += " here" if key in KEYWORDS else ", which only looks like one of its keywords"
        return Advice(problem, _did_you_mean(near, "remove it, or rename it"), LOST_KEY)
    if key in context.terms:
        iri = context.terms[key].iri
        if iri is None:
            problem = f"the context maps the key {shown} to null, so it says nothing"
            remedy = "remove the key, or map it to a property"
            return Advice(problem, remedy, LOST_KEY, is_loss=False)
        problem = f"the context maps the key {shown} to “{_cut(iri)}”, which is no whole IRI"
        return Advice(problem, "map it to a whole IRI, or to a name with a prefix", LOST_KEY)
    known = [name for name, term in context.terms.items() if term.iri and not term.is_prefix]
    otherwise = "map it to a property in the context, or write a property with its prefix"
    problem = f"the context does not say what the key {shown} means, so it says nothing"
    remedy = _did_you_mean(_near(key, known), "") or _of_ours(key, context, ours) or otherwise
    return Advice(problem, remedy, LOST_KEY)


def no_context(others: int) -> Advice:
    """The advice for the first of the keys without a meaning in a document without a context."""
    keys = f"this key and {others} more say" if others else "this key says"
    problem = f"the file has no @context, so {keys} nothing"
    remedy = f'add it as the first key: "@context": "{CONTEXT_IRI}"'
    return Advice(problem, remedy, LOST_KEY)


def doubled(key: str) -> Advice:
    """The advice for a key that an object has twice."""
    problem = f"the key {_cut(key)} is in this object already; most programs keep only the last"
    return Advice(problem, "give it once, with all its values in an array: [ …, … ]", LOST_KEY)


def undeclared_prefix(name: str, context: Context) -> Advice | None:
    """The advice for a name with a prefix that the context does not declare; None for an IRI."""
    match = _PREFIXED.fullmatch(name)
    if not match or match[1].lower() in _SCHEMES:
        return None
    prefix, local = match[1], match[2]
    declared = {key: term.iri or "" for key, term in context.terms.items() if term.is_prefix}
    if prefix in context.terms:
        iri = context.terms[prefix].iri or ""
        problem = f"“{prefix}” is no prefix, because its IRI does not end in # or /"
        ours = PREFIXES.get(prefix)
        meant = ours if ours and ours.rstrip("#/") == iri else f"{iri}#"
        if iri.endswith(("#", "/")):
            problem, meant = f"“{prefix}” is no prefix, because its definition is an object", iri
        remedy = f'write in the context "{prefix}": "{meant}"'
    else:
        problem = f"the context does not declare the prefix {prefix}:"
        known = sorted({**declared, **PREFIXES}, key=lambda name: name[0] != prefix[0])
        near = [] if prefix in PREFIXES else _nearest(prefix, tuple(known), _NEAR_PREFIX)
        meant = near[0] if near else prefix
        remedy = f"did you mean {meant}:{_cut(local)}?" if near else ""
        if meant in PREFIXES and meant not in declared:
            start = f"{remedy[:-1]}? Then add" if remedy else "add"
            remedy = f'{start} to the context "{meant}": "{PREFIXES[meant]}"'
        remedy = remedy or "declare it there, or write the whole IRI, with https://"
    problem = f"{problem}, so {_cut(name)} is taken for a whole IRI"
    return Advice(problem, remedy, UNDECLARED_PREFIX, is_loss=False)


def relative(name: str, context: Context) -> Advice:
    """The advice for a relative IRI without a base."""
    problem = f"“{_cut(name)}” is no whole IRI, and there is no @base, so it names nothing"
    kind, _, slug = name.lstrip("/").removeprefix("id/").partition("/")
    if slug and kind in (*THING_KINDS, *FACT_KINDS):
        return Advice(problem, f'write "{BASE}id/{kind}/{slug}"')
    if name in context.terms and (iri := context.terms[name].iri):
        return Advice(problem, f'write "{iri}"')
    example = f"{BASE}id/country/KAZ"
    return Advice(problem, f"give the whole IRI, such as {example}, or use a prefix")


def unmapped_type(name: str, context: Context, ours: Mapping[str, str]) -> Advice:
    """The advice for a type or a value that the context should define and does not."""
    shown = _cut(name)
    problem = f"the context does not say what “{shown}” means, so it says nothing"
    known = [key for key, term in context.terms.items() if term.iri and not term.is_prefix]
    otherwise = "give the whole IRI, or a name with a prefix"
    return Advice(
        problem, _did_you_mean(_near(name, known), "") or _of_ours(name, context, ours) or otherwise
    )


def bad_iri(name: str) -> Advice:
    """The advice for an IRI that is not valid."""
    if name.startswith("_:"):
        problem = f"{_cut(name)} is the name of a blank node, which is not allowed here"
        return Advice(problem, "give it an IRI")
    problem = f"“{_cut(name)}” is no valid IRI, so it says nothing"
    return Advice(problem, 'an IRI has no spaces and none of <>"{}|^`\\; write %20 for a space')


def bad_language(tag: Any) -> Advice:
    """The advice for a text whose language is not well-formed."""
    problem = f"“{_cut(str(tag))}” is no code of a language, so the text is dropped"
    code = str(tag).replace("_", "-").strip()
    fits = re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", code)
    return Advice(problem, f'write "{code}"' if fits else 'give a code, such as "en", "fr", "kk"')


def by_language(language: Any, text: Any) -> Advice:
    """The advice for an object with `@value` in the place of an object whose keys are languages."""
    problem = "this key takes texts by their languages, so @value is taken for a language"
    code = language if isinstance(language, str) and is_language(language) else "en"
    written = {code: _cut(text) if isinstance(text, str) else "…"}
    return Advice(problem, f"write {json.dumps(written, ensure_ascii=False)}")


def direction() -> Advice:
    """The advice for the direction of a text."""
    problem = "the direction of a text cannot be kept: the data set is plain RDF 1.1"
    return Advice(problem, "remove @direction", LOST_KEY)


def no_value() -> Advice:
    """The advice for an object that has a language and no text."""
    return Advice("there is a language here, but no text", 'add "@value" with the text')


def free_value() -> Advice:
    """The advice for a value that is that of no property."""
    problem = "this value belongs to no thing or fact, so it says nothing"
    return Advice(problem, "make it the value of a key, or remove it")


def only_a_name(name: str) -> Advice:
    """The advice for a node of which nothing is said."""
    if not name:
        return Advice("this object is empty, so it says nothing", "fill it in, or remove it")
    problem = "this object has only a name, so it says nothing"
    return Advice(problem, "add its type and other keys, or remove it")


def unread() -> Advice:
    """The advice for a value that the parser does not read, whatever the reason."""
    problem = "the reader of JSON-LD makes no statement of this value"
    return Advice(problem, "put it more simply: a text, or an object with @id or @value")


def _of_ours(key: str, context: Context, ours: Mapping[str, str]) -> str:
    """The property or class that the packaged context calls like a key, as one can write it."""
    near = _near(key.rpartition(":")[2], ours)
    if not near:
        return ""
    iri = ours[near[0]]
    for prefix, term in context.terms.items():
        if term.is_prefix and term.iri and iri.startswith(term.iri):
            return f"did you mean {prefix}:{iri.removeprefix(term.iri)}?"
    return f'add to the context "{near[0]}": "{iri}"' if near[0] == key else ""


def _did_you_mean(near: list[str], otherwise: str) -> str:
    return f"did you mean {near[0]}?" if near else otherwise


def _near(name: str, known: Iterable[str]) -> list[str]:
    """The known name nearest to a name; of equally near ones, the one with the same capital."""
    if len(name) > _LONGEST:
        return []
    return _nearest(name, tuple(known))


@cache
def _nearest(name: str, known: tuple[str, ...], near_enough: float = _NEAR_ENOUGH) -> list[str]:
    from rapidfuzz.distance import OSA  # seldom needed
    from rapidfuzz.process import extractOne

    is_class = name[:1].isupper()
    alike = sorted(known, key=lambda other: (other != name, other[:1].isupper() != is_class))
    found = extractOne(
        name,
        alike,
        scorer=OSA.normalized_similarity,
        processor=str.casefold,
        score_cutoff=near_enough,
    )
    return [found[0]] if found else []


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
