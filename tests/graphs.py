"""Graphs for tests that hold for any graph: how they are drawn, and when two are equal."""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox
from hypothesis import settings
from hypothesis import strategies as st

from kzld.rdf.namespaces import PREFIXES, RDF, XSD

settings.register_profile("kzld", deadline=None)  # machines of CI pause now and then
settings.load_profile("kzld")

# ---------------------------------------------------------------- terms of any kind

any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
awkward_text = st.lists(
    st.sampled_from(
        ['"', '""', '"""', "'", "\\", "\n", "\r", "\t", "\0", "\x7f", "#", " ", "a", "é", "Қ", "🇰🇿"]
    ),
    max_size=8,
).map("".join)
texts = any_text | awkward_text

LANGUAGES = ["en", "fr", "ru", "kk", "kk-cyrl", "zh-hant-tw"]
DATATYPES = ["integer", "decimal", "boolean", "double", "date", "gYear", "gYearMonth", "anyURI"]
FORMS = [
    *("1", "01", "+5", "-0", "1.", ".5", "1.50", "1e3", "9" * 24, "true", "1 ", "abc", ""),
    *("2022", "2022-06", "2022-06-20", "2022-06-20Z", "2022-13", "2022-06-00", "http://e/"),
]


def typed(value: str, name: str) -> ox.Literal:
    return ox.Literal(value, datatype=ox.NamedNode(XSD + name))


def tagged(value: str, language: str) -> ox.Literal:
    return ox.Literal(value, language=language)


def literals(
    values: st.SearchStrategy[str] = texts,
    *,
    forms: list[str] = FORMS,
    datatypes: list[str] = DATATYPES,
) -> st.SearchStrategy[ox.Literal]:
    return st.one_of(
        st.builds(ox.Literal, values),
        st.builds(tagged, values, st.sampled_from(LANGUAGES)),
        st.builds(typed, st.sampled_from(forms), st.sampled_from(datatypes)),
    )


blank_nodes = st.sampled_from("abc").map(ox.BlankNode)

# ---------------------------------------------------------------- graphs in our vocabulary


def name(prefixed: str) -> ox.NamedNode:
    prefix, _, local = prefixed.partition(":")
    return ox.NamedNode(PREFIXES[prefix] + local)


def names(*prefixed: str) -> list[ox.NamedNode]:
    return [name(one) for one in " ".join(prefixed).split()]


CLASSES = names(
    "kz:Country foaf:Person kz:Place org:Organization org:Post kz:Agreement kz:Source kz:Passage",
    "kz:Fact kz:Membership kz:Event kz:Meeting kz:Delegation kz:TreatyAction kz:Statement",
    "kz:Name kz:Observation kz:Relation skos:Concept kz:Unknown schema:Thing",
)
PROPERTIES = names(
    "skos:prefLabel skos:altLabel skos:notation schema:sameAs skos:note rdfs:label dct:title",
    "dct:issued dct:publisher schema:inLanguage schema:url schema:name schema:value schema:about",
    "kz:from kz:until kz:date kz:firstKnown kz:lastKnown kz:supportedBy kz:disputedBy kz:rank",
    "kz:contradicts kz:kind kz:source kz:locator kz:country kz:place kz:number kz:series",
    "kz:participant kz:chair kz:topic kz:party kz:head kz:agreement kz:action",
    "kz:speaker kz:addressee kz:occasion kz:content kz:indicator kz:unit kz:post kz:unknown",
    "org:member org:organization org:role org:postIn org:classification wgs:lat wgs:long",
    "rdf:subject rdf:predicate rdf:object schema:observationAbout dct:isPartOf",
)
THINGS = names(
    "country:KAZ country:kaz person:example place:example body:EXAMPLE post:example",
    "agreement:example source:example-2022 passage:example-2022.p1 passage:other",
    "membership:example membership:example-2 event:example meeting:example delegation:example",
    "treaty-action:example statement:example name:example observation:example",
    "relation:example relation:example-2 role:member topic:security source-kind:official",
    "unit:person body-kind:ministry kz:deprecated schema:birthDate kz:capital",
)
RDF_TYPE = ox.NamedNode(RDF + "type")


def graphs(
    subjects: st.SearchStrategy[ox.NamedNode | ox.BlankNode],
    predicates: st.SearchStrategy[ox.NamedNode],
    objects: st.SearchStrategy[ox.NamedNode | ox.BlankNode | ox.Literal],
    sizes: tuple[int, int],
) -> st.SearchStrategy[list[ox.Triple]]:
    triples = st.builds(ox.Triple, subjects, predicates, objects)
    return st.lists(triples, min_size=sizes[0], max_size=sizes[1])


# ---------------------------------------------------------------- equality


def canonical(statements: Iterable[ox.Triple | ox.Quad]) -> set[str]:
    """What equal graphs (or sets of them) share, whatever their blank nodes are called."""
    dataset = ox.Dataset(s if isinstance(s, ox.Quad) else ox.Quad(*s) for s in statements)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return {str(quad) for quad in dataset}
