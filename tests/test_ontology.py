"""The ontology is small, complete, used, within OWL 2 RL, and at one with the data."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict

import owlrl
import pyoxigraph as ox
import pytest
import rdflib
from rdflib.namespace import OWL, RDFS
from rdflib.namespace import RDF as TYPES
from tiers import some

from kzld.dataset.dataset import Dataset
from kzld.dataset.load import load
from kzld.dataset.package import PACKAGE, context, package_file
from kzld.rdf import turtle
from kzld.rdf.documents import parse_document
from kzld.rdf.jsonld import Compactor
from kzld.rdf.namespaces import (
    BASE,
    GRAPHS,
    KZ,
    PREFIXES,
    RDF,
    SHAPES,
    SKOS,
    XSD,
    display,
    shorten,
)

# No form in Kazakh that its speakers use and we could find; `kzld validate --notes` lists them too.
UNTRANSLATED = package_file("tests", "data", "untranslated.txt").read_text("utf-8").split()
KINDS_OF_PROPERTIES = ("ObjectProperty", "DatatypeProperty", "AnnotationProperty")
# Concepts that no fact uses yet, and without which their scheme would have a gap.
BASE_CONCEPTS = {
    *(f"action/{name}" for name in ("accepted", "reserved")),
    "indicator/states-not-voting",
    "outcome/adopted-without-vote",
    "outcome/rejected",
}


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    dataset = load()
    dataset.need_shapes()
    return dataset


def triples(dataset: Dataset, *names: str) -> set[ox.Triple]:
    return {quad.triple for name in names for quad in dataset.quads(name)}


def texts(dataset: Dataset, predicate: str) -> dict[str, Counter[str]]:
    """How many texts each node has in each language."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for name in ("data", "ontology"):
        for quad in dataset.quads(name):
            if quad.predicate.value == predicate:
                found[quad.subject.value][quad.object.language or ""] += 1
    return found


def described(dataset: Dataset, prefix: str) -> set[str]:
    return {
        quad.subject.value
        for quad in dataset.quads("ontology")
        if quad.subject.value.startswith(prefix)
    }


def deprecated(dataset: Dataset) -> set[str]:
    """The terms and concepts that others replace."""
    return {
        t.subject.value
        for t in triples(dataset, "ontology")
        if t.predicate.value == PREFIXES["owl"] + "deprecated"
    }


def own_terms(dataset: Dataset) -> set[str]:
    """Those in force."""
    return described(dataset, KZ) - deprecated(dataset)


def concepts(dataset: Dataset) -> set[str]:
    return {iri for iri in described(dataset, PREFIXES["concept"]) if "/" in local(iri)}


def local(iri: str) -> str:
    return iri.removeprefix(PREFIXES["concept"])


# ---------------------------------------------------------------- every term is described


def test_the_ontology_is_small(dataset: Dataset) -> None:
    """Few enough to learn."""
    own = own_terms(dataset)
    kinds = {
        kind: {
            t.subject.value
            for t in triples(dataset, "ontology")
            if t.predicate.value == RDF + "type"
            and t.subject.value in own
            and t.object.value in {PREFIXES["owl"] + name for name in names}
        }
        for kind, names in {"class": {"Class"}, "property": KINDS_OF_PROPERTIES}.items()
    }
    assert len(kinds["class"]) <= 24
    assert len(kinds["property"]) <= 56


def test_every_own_term_is_labelled_in_four_languages_or_known_not_to_be(dataset: Dataset) -> None:
    labels = texts(dataset, SKOS + "prefLabel")
    terms = own_terms(dataset) | described(dataset, PREFIXES["concept"])
    for term in terms:
        assert {"en", "fr", "ru"} <= set(labels[term]), term
    assert sorted(shorten(t) or t for t in terms if not labels[t]["kk"]) == UNTRANSLATED


def test_every_standard_term_is_labelled_in_english_and_french(dataset: Dataset) -> None:
    labels = texts(dataset, SKOS + "prefLabel")
    ontologies = {BASE + "ontology"}
    for term in {quad.subject.value for quad in dataset.quads("ontology")} - ontologies:
        assert {"en", "fr"} <= set(labels[term]), term


def test_every_own_term_and_concept_is_defined_in_english_and_french(dataset: Dataset) -> None:
    definitions = texts(dataset, SKOS + "definition")
    for term in own_terms(dataset) | described(dataset, PREFIXES["concept"]):
        assert {"en": 1, "fr": 1}.items() <= definitions[term].items(), term


def test_no_label_is_given_twice_in_a_language(dataset: Dataset) -> None:
    twice = [
        (node, language)
        for node, languages in texts(dataset, SKOS + "prefLabel").items()
        for language, count in languages.items()
        if count > 1 or not language
    ]
    assert twice == []


def test_every_example_is_turtle_that_uses_the_term_on_known_things(dataset: Dataset) -> None:
    head = turtle.prefix_lines(PREFIXES)
    known = {t.subject.value for t in triples(dataset, "data", "ontology")}
    examples = {
        t.subject.value: t.object.value
        for t in triples(dataset, "ontology")
        if t.predicate.value == SKOS + "example"
    }
    assert set(examples) == own_terms(dataset) - {KZ + "deprecated"}  # shown with kz:rank
    for term, text in examples.items():
        quads = parse_document((head + text).encode(), term, ox.RdfFormat.TURTLE).quads
        used = {n.value for q in quads for n in q.triple if isinstance(n, ox.NamedNode)}
        assert term in used or term == KZ + "Fact"  # by one of its sub-classes
        assert {iri for iri in used if iri.startswith(BASE)} <= known, term


def test_labels_and_definitions_are_there_for_tools_that_read_rdfs(dataset: Dataset) -> None:
    """One English label of each term that no other has; and all definitions."""
    found: dict[str, list[tuple[ox.NamedNode, ox.Literal]]] = defaultdict(list)
    for t in triples(dataset, "ontology"):
        found[shorten(t.predicate.value) or ""].append((t.subject, t.object))
    assert set(found["rdfs:comment"]) == set(found["skos:definition"])
    plain = {(s, o.value) for s, o in found["skos:prefLabel"] if o.language == "en"}
    labels = [(s, o.value.removesuffix(f" ({display(s)})")) for s, o in found["rdfs:label"]]
    assert sorted(labels, key=str) == sorted(plain, key=str)
    assert len({o for _, o in found["rdfs:label"]}) == len(labels)


def test_deprecated_terms_are_replaced_and_tell_how_to_migrate(dataset: Dataset) -> None:
    known = described(dataset, "http")
    migrations = {path.name for path in package_file("ontology", "migrations").iterdir()}
    for term in deprecated(dataset):
        about = [t for t in triples(dataset, "ontology") if t.subject.value == term]
        successors = {
            t.object.value for t in about if shorten(t.predicate.value) == "dct:isReplacedBy"
        }
        assert successors
        assert successors <= known - deprecated(dataset)
        notes = [t.object.value for t in about if t.predicate.value == SKOS + "changeNote"]
        assert {o for note in notes for o in re.findall(r"[0-9.]+-[a-z-]+\.rq", note)} <= migrations
        assert len(notes) == 2


def test_the_version_iri_ends_in_the_version(dataset: Dataset) -> None:
    about = {
        t.predicate.value: t.object.value
        for t in triples(dataset, "ontology")
        if t.subject.value == BASE + "ontology"
    }
    version = about[PREFIXES["owl"] + "versionInfo"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    assert about[PREFIXES["owl"] + "versionIRI"] == f"{BASE}ontology/{version}"
    conforms = {
        t.object.value
        for t in triples(dataset, "catalog")
        if t.predicate.value == PREFIXES["dct"] + "conformsTo"
    }
    assert f"{BASE}ontology/{version}" in conforms


# ---------------------------------------------------------------- every term is used


@pytest.mark.whole
def test_every_own_term_is_used_by_a_fact_a_shape_or_a_question(dataset: Dataset) -> None:
    used = {
        node.value
        for t in triples(dataset, "data", "shapes", "derived")
        for node in t
        if isinstance(node, ox.NamedNode)
    }
    words = "".join(
        path.read_text("utf-8")
        for folder in (
            package_file("shapes"),
            PACKAGE / "query" / "questions",
            PACKAGE / "dataset" / "rules",
        )
        for path in folder.rglob("*")
        if path.is_file()
    )
    used |= {KZ + name for name in re.findall(r"\bkz:(\w+)", words)}
    assert own_terms(dataset) - used == set()


@pytest.mark.whole
def test_every_concept_in_use_is_defined_and_every_defined_one_is_in_use(dataset: Dataset) -> None:
    used = {
        t.object.value
        for t in triples(dataset, "data")
        if isinstance(t.object, ox.NamedNode) and t.object.value.startswith(PREFIXES["concept"])
    }
    assert used - concepts(dataset) == set()
    idle = {local(iri) for iri in concepts(dataset) - used}
    computed = {name for name in idle if name.startswith("support/")}
    replaced = {local(iri) for iri in deprecated(dataset) & concepts(dataset)}
    assert idle - computed - replaced == BASE_CONCEPTS
    assert replaced <= idle


@pytest.mark.whole
def test_what_is_deprecated_names_what_replaces_it_and_says_how(dataset: Dataset) -> None:
    replaced_by = {
        t.subject.value: t.object.value
        for t in triples(dataset, "ontology")
        if t.predicate.value == PREFIXES["dct"] + "isReplacedBy"
    }
    notes = texts(dataset, SKOS + "changeNote")
    for term in deprecated(dataset):
        assert replaced_by[term] not in deprecated(dataset)
        assert notes[term] == {"en": 1, "fr": 1}


def test_every_concept_is_in_the_scheme_of_its_iri(dataset: Dataset) -> None:
    schemes = {
        t.subject.value: t.object.value
        for t in triples(dataset, "ontology")
        if t.predicate.value == SKOS + "inScheme"
    }
    for concept in concepts(dataset):
        assert schemes[concept] == concept.rpartition("/")[0]


def test_broader_concepts_are_of_the_same_scheme_and_the_others_on_top(dataset: Dataset) -> None:
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for t in triples(dataset, "ontology"):
        if (name := shorten(t.predicate.value)) in ("skos:broader", "skos:topConceptOf"):
            found[name][t.subject.value] = t.object.value
    broader, top = found["skos:broader"], found["skos:topConceptOf"]
    assert broader
    in_force = concepts(dataset) - deprecated(dataset)
    assert (broader.keys() | top.keys()) - deprecated(dataset) == in_force | {KZ + "deprecated"}
    assert broader.keys() & top.keys() == set()
    for narrow, wide in broader.items():
        assert narrow.rpartition("/")[0] == wide.rpartition("/")[0]
        assert wide in top or broader[wide] in top, "no cycle, and at most three levels"


@pytest.mark.whole
def test_every_class_of_things_says_where_their_iris_are(dataset: Dataset) -> None:
    spaces = {
        t.subject.value: t.object.value
        for t in triples(dataset, "ontology")
        if t.predicate.value == SHAPES + "iriPrefix"
    }
    assert set(spaces.values()) <= set(PREFIXES.values())
    for t in triples(dataset, "data"):
        if t.predicate.value == RDF + "type":
            assert t.subject.value.startswith(spaces[t.object.value])


@pytest.mark.parametrize("graph", some(GRAPHS, {"ontology", "shapes", "catalog"}))
def test_there_are_no_blank_nodes(dataset: Dataset, graph: str) -> None:
    found = triples(dataset, graph)
    assert found
    assert not any(isinstance(node, ox.BlankNode) for t in found for node in t)


# ---------------------------------------------------------------- JSON-LD


@pytest.mark.whole
def test_the_context_has_a_term_for_everything_that_the_data_say(dataset: Dataset) -> None:
    """Where it had none, the property would be a compact IRI, with a colon."""
    document = Compactor(context()).document(quad.triple for quad in dataset.quads("data"))
    # An old IRI has no type: it only says what replaces it.
    nodes = [node for node in json.loads(document)["graph"] if "isReplacedBy" not in node]
    keys = {key for node in nodes for key in node}
    classes = {name for node in nodes for name in [node.get("type")] if name}
    assert {key for key in keys if ":" in key} == set()
    assert {name for name in classes if ":" in name} == set()


@pytest.mark.whole
def test_each_key_has_one_value_or_always_a_list(dataset: Dataset) -> None:
    """A client of JSON-LD can rely on what it reads; only `type` is a list where there are more."""
    facts = (quad.triple for name in ("data", "derived") for quad in dataset.quads(name))
    kinds: dict[str, set[type]] = defaultdict(set)
    for node in json.loads(Compactor(context()).document(facts))["graph"]:
        for key, value in node.items():
            kinds[key].add(type(value))
    assert {key for key, found in kinds.items() if list in found and len(found) > 1} == {"type"}
    for key in ("place", "head", "isPartOf", "chair", "speaker", "onBehalfOf", "sameAs"):
        assert kinds[key] == {list}


def test_the_prefixes_of_the_context_are_those_of_the_project() -> None:
    prefixes = {
        (name, iri)
        for name, iri in json.loads(context())["@context"].items()
        if isinstance(iri, str) and iri.startswith("http") and name[0] != "@"
    }
    assert prefixes - set(PREFIXES.items()) == {("geonames", "https://sws.geonames.org/")}


def test_the_prefixes_of_the_shapes_are_those_of_the_project(dataset: Dataset) -> None:
    """The fast engine binds ours, pySHACL those that the shapes declare."""
    about: dict[str, dict[str, str]] = defaultdict(dict)
    for t in triples(dataset, "shapes"):
        about[t.subject.value][shorten(t.predicate.value) or ""] = getattr(t.object, "value", "")
    declared = {
        node["sh:prefix"]: node["sh:namespace"] for node in about.values() if "sh:prefix" in node
    }
    assert declared.items() <= PREFIXES.items()
    selects = "".join(node.get("sh:select", "") for node in about.values())
    assert set(re.findall(r"(?<![\w\"<:/])([a-z]+):[A-Za-z]", selects)) <= set(declared)


# ---------------------------------------------------------------- OWL 2 RL

KINDS = {"owl:ObjectProperty", "owl:DatatypeProperty", "owl:AnnotationProperty"}
CONSTRUCTS = {
    *("rdf:type", "rdfs:subClassOf", "rdfs:subPropertyOf", "rdfs:domain", "rdfs:range"),
    *("owl:versionIRI", "owl:versionInfo", "owl:priorVersion", "owl:deprecated"),
    *("rdfs:label", "rdfs:comment", "rdfs:isDefinedBy"),
}
"""The parts of the RDF, RDFS and OWL vocabularies in use: named classes and properties alone."""
# OWL 2 has no xsd:date among its datatypes; every store and reasoner has.
DATATYPES = {XSD + name for name in ("integer", "decimal", "string", "anyURI", "date")}


def types(dataset: Dataset) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for t in triples(dataset, "ontology"):
        if t.predicate.value == RDF + "type":
            found[t.subject.value].add(shorten(t.object.value) or t.object.value)
    return found


def test_only_constructs_of_owl_2_rl_are_used(dataset: Dataset) -> None:
    vocabularies = ("rdf", "rdfs", "owl")
    used = {
        name
        for t in triples(dataset, "ontology")
        if (name := shorten(t.predicate.value) or "").split(":")[0] in vocabularies
    }
    assert used <= CONSTRUCTS
    classes = {*KINDS, "owl:Class", "owl:Ontology", "owl:SymmetricProperty"}
    concepts = {"skos:Concept", "skos:ConceptScheme", "org:Role"}
    assert set().union(*types(dataset).values()) == classes | concepts


def test_every_property_is_of_one_kind_and_no_class(dataset: Dataset) -> None:
    for term, kinds in types(dataset).items():
        assert len(kinds & {*KINDS, "owl:Class"}) <= 1, term


def test_axioms_join_what_can_be_joined(dataset: Dataset) -> None:
    known = types(dataset)
    for subject, predicate, value in triples(dataset, "ontology"):
        kinds = known[subject.value]
        match shorten(predicate.value):
            case "rdfs:subPropertyOf":
                assert known[value.value] & KINDS == kinds & KINDS, subject
            case "rdfs:domain" | "rdfs:subClassOf":
                assert not known[value.value] & KINDS, subject
            case "rdfs:range" if "owl:DatatypeProperty" in kinds:
                assert value.value in DATATYPES, subject
            case "rdfs:range":
                assert not value.value.startswith(XSD), subject


ERROR = rdflib.URIRef("http://www.daml.org/2002/03/agents/agent-ont#error")


def rdflib_graph(dataset: Dataset, *names: str) -> rdflib.Graph:
    lines = ox.serialize(triples(dataset, *names), format=ox.RdfFormat.N_TRIPLES) or b""
    return rdflib.Graph().parse(data=lines, format="nt")


def closure(graph: rdflib.Graph) -> rdflib.Graph:
    everything = rdflib.Graph()
    for triple in graph:
        everything.add(triple)
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(everything)
    return everything


def one_of_each_kind(graph: rdflib.Graph) -> set[tuple[rdflib.term.Node, ...]]:
    """For each predicate one statement between things of the same classes, and their classes.

    What domains, ranges and classes let infer depends on nothing else, and a closure over
    everything takes hours.
    """
    classes = defaultdict(frozenset)
    for node in set(graph.subjects()):
        classes[node] = frozenset(graph.objects(node, TYPES.type))
    kinds = {
        (classes[s], p, classes[o] or getattr(o, "datatype", None)): (s, p, o)
        for s, p, o in sorted(graph)
        if p != TYPES.type
    }
    nodes = {node for s, _, o in kinds.values() for node in (s, o)}
    types = {(node, TYPES.type, kind) for node in nodes for kind in classes[node]}
    return set(kinds.values()) | types


@pytest.mark.engines
def test_inference_finds_no_contradiction_and_nothing_new_about_things(dataset: Dataset) -> None:
    """No domain or range makes a thing something that the data do not say it is."""
    stated = rdflib_graph(dataset, "ontology")
    for triple in one_of_each_kind(rdflib_graph(dataset, "data")):
        stated.add(triple)
    inferred = closure(stated)
    assert list(inferred.objects(None, ERROR)) == []
    for node in {s for s, _, _ in stated if s.startswith(BASE + "id/")}:
        expected = {
            above
            for stated_class in stated.objects(node, TYPES.type)
            for above in stated.transitive_objects(stated_class, RDFS.subClassOf)
        }
        assert set(inferred.objects(node, TYPES.type)) - expected <= {OWL.Thing}, node


@pytest.mark.engines
def test_a_contradiction_would_be_found(dataset: Dataset) -> None:
    graph = rdflib_graph(dataset, "ontology")
    country, place = (rdflib.URIRef(KZ + name) for name in ("Country", "Place"))
    graph.add((country, OWL.disjointWith, place))
    graph.add((rdflib.URIRef("urn:x"), TYPES.type, country))
    graph.add((rdflib.URIRef("urn:x"), TYPES.type, place))
    assert list(closure(graph).objects(None, ERROR))
