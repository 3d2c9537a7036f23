"""Namespaces, prefixes and names: of terms, kinds, graphs and languages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar

import pyoxigraph as ox

BASE = "https://w3id.org/kzld/"
KZ = BASE + "ontology#"
SHAPES = BASE + "shapes#"
XSD = "http://www.w3.org/2001/XMLSchema#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
SH = "http://www.w3.org/ns/shacl#"
RDF_TYPE = ox.NamedNode(RDF + "type")
CONTEXT_IRI = BASE + "context.jsonld"
THING_KINDS = (
    "country", "person", "place", "body", "post", "agreement", "initiative", "series",
    "resolution", "source", "passage", "evidence",
)  # fmt: skip
FACT_KINDS = (
    "membership", "event", "meeting", "delegation", "treaty-action", "statement",
    "name", "observation", "relation", "visit", "vote", "ballot",
)  # fmt: skip
OLD_KINDS = ("place-name",)
"""Kinds that are no more, of which IRIs are still around; each of these says what replaces it."""
CLAIM_KIND = "claim"
"""The kind of claims: the rival values of facts, which are no facts of their own."""
RECORD_KINDS = (*FACT_KINDS, CLAIM_KIND)
"""The kinds that have sources."""
SCHEMES = (
    "role", "topic", "statement-kind", "action", "source-kind", "body-kind", "indicator", "unit",
    "bound", "visit-kind", "choice", "outcome", "support", "agreement-kind",
)  # fmt: skip
PREFIXES: dict[str, str] = {
    "kz": KZ,
    "kzs": SHAPES,
    "concept": BASE + "concept/",
    "graph": BASE + "graph/",
    **{scheme: f"{BASE}concept/{scheme}/" for scheme in SCHEMES},
    **{kind: f"{BASE}id/{kind}/" for kind in (*THING_KINDS, *RECORD_KINDS, *OLD_KINDS)},
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "pav": "http://purl.org/pav/",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": RDF,
    "rdfs": RDFS,
    "schema": "https://schema.org/",
    "sh": SH,
    "skos": SKOS,
    "spdx": "http://spdx.org/rdf/terms#",
    "vann": "http://purl.org/vocab/vann/",
    "void": "http://rdfs.org/ns/void#",
    "wd": "http://www.wikidata.org/entity/",
    "wgs": "http://www.w3.org/2003/01/geo/wgs84_pos#",
    "xsd": XSD,
}
"""The project's prefixes, which every query and every export uses."""
REPLACED_BY = ox.NamedNode(PREFIXES["dct"] + "isReplacedBy")
"""Says of an old IRI which one stands for it now."""
_BY_NAMESPACE = {namespace: prefix for prefix, namespace in PREFIXES.items()}
_FILE_OF_NODE = re.compile(r"f[0-9a-f]{12}\.(?=line\d)")  # see rdf/blank_nodes
_LOCAL_NAME = re.compile(r"\w(?:[\w.-]*[\w-])?", re.ASCII)
Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
GRAPHS = ("data", "ontology", "shapes", "derived", "catalog")
MERGED = ("data", "ontology", "derived", "catalog")
"""The graphs that a query without GRAPH sees: all but the shapes."""
LANGUAGES = ("en", "fr", "ru", "kk")
"""The languages of labels, in the order of preference."""
Graphs = list[ox.NamedNode | ox.BlankNode | ox.DefaultGraph]
_Text = TypeVar("_Text")


def shorten(iri: str) -> str | None:
    """The prefixed name of an IRI (`country:KAZ`), or None if none of our prefixes fits."""
    start = max(iri.rfind("/"), iri.rfind("#")) + 1  # all our namespaces end in / or #
    prefix = _BY_NAMESPACE.get(iri[:start])
    if prefix and _LOCAL_NAME.fullmatch(iri, start):
        return f"{prefix}:{iri[start:]}"
    return None


def expand(name: str) -> str | None:
    """The IRI of a prefixed name, or of an IRI with or without angle brackets, or None."""
    name = name.removeprefix("<").removesuffix(">")
    prefix, colon, local = name.partition(":")
    iri = PREFIXES[prefix] + local if colon and prefix in PREFIXES else name
    if not re.match(r"https?:|urn:", iri):
        return None
    try:
        return ox.NamedNode(iri).value
    except ValueError:  # white space, control characters …
        return None


def named(name: str) -> ox.NamedNode:
    """The IRI of a prefixed name with one of our prefixes, such as `dct:title`."""
    prefix, _, local = name.partition(":")
    return ox.NamedNode(PREFIXES[prefix] + local)


def typed(text: str, datatype: str) -> ox.Literal:
    """A literal with a datatype of XML Schema, such as `integer`."""
    return ox.Literal(text, datatype=ox.NamedNode(XSD + datatype))


def value_of(term: Term | ox.DefaultGraph | None) -> str:
    """The IRI or text of a term, or the label of a blank node; empty for None."""
    return getattr(term, "value", "")


def node_name(subject: Term) -> str:
    """The IRI of a node, or the label of a blank node with its `_:`."""
    return subject.value if isinstance(subject, ox.NamedNode) else str(subject)


def display(term: Term | None) -> str:
    """The readable form of a term: a prefixed name, or the text of a literal.

    The name of a blank node is shown without the part that tells its file.
    """
    if term is None:
        return ""
    if isinstance(term, ox.NamedNode):
        return shorten(term.value) or term.value
    if isinstance(term, ox.BlankNode):
        return f"_:{_FILE_OF_NODE.sub('', term.value)}"
    return term.value if isinstance(term, ox.Literal) else str(term)


def graph_name(name: str) -> ox.NamedNode:
    """The IRI of one of the data set's graphs: data, ontology, shapes, derived, catalog."""
    return ox.NamedNode(PREFIXES["graph"] + name)


def language_rank(language: str) -> int:
    """The place of a language in `LANGUAGES`; other languages come after them."""
    return LANGUAGES.index(language) if language in LANGUAGES else len(LANGUAGES)


def in_language(texts: Mapping[str, _Text], language: str) -> _Text | None:
    """The text in a language, or in the next best one; None if there is no text.

    The next best are English, French, Russian and Kazakh, then a text without a language
    (its tag is empty), then the other languages by their tags.
    """
    for tag in (language, *LANGUAGES, *sorted(texts)):
        if tag in texts:
            return texts[tag]
    return None


def fact_language(language: str) -> str:
    """The language to use for the texts of facts, which are in English and French."""
    return "fr" if language == "fr" else "en"


def namespace_of(iri: str) -> str:
    """An IRI up to its last `/` or `#`."""
    return iri[: max(iri.rfind("/"), iri.rfind("#")) + 1]
