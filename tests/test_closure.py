"""What OWL 2 RL entails together with the vocabularies that the ontology builds on is true.

The vocabularies are those of npm's @zazuko/rdf-vocabularies; `.ci/run` fetches them.
"""

from __future__ import annotations

import os
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib

from kzld.dataset.load import load
from kzld.rdf.namespaces import BASE, KZ, PREFIXES, shorten

reasonable = pytest.importorskip("reasonable", reason="pip install reasonable brings the reasoner")
FOLDER = os.environ.get("KZLD_VOCABULARIES", "")
pytestmark = [
    pytest.mark.engines,
    pytest.mark.skipif(not FOLDER, reason="KZLD_VOCABULARIES is the folder of the vocabularies"),
]
VOCABULARIES = ("dcat", "dcterms", "foaf", "org", "prov", "skos", "void")
HAPPENINGS = ("Event", "Meeting", "Visit", "Vote", "TreatyAction")


def vocabulary(name: str) -> set[ox.Triple]:
    """A vocabulary, without its blank nodes: ORG has 13 that contradict ORG's own axioms."""
    quads = ox.parse(path=str(Path(FOLDER) / f"{name}.nq"), format=ox.RdfFormat.N_QUADS)
    return {q.triple for q in quads if not any(isinstance(n, ox.BlankNode) for n in q.triple)}


def closure(triples: set[ox.Triple], folder: Path) -> ox.Store:
    source = folder / "stated.ttl"
    source.write_bytes(ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b"")
    reasoner = reasonable.PyReasoner()
    reasoner.load_file(str(source))
    inferred = rdflib.Graph()
    for triple in reasoner.reason():
        inferred.add(triple)
    store = ox.Store()
    text = inferred.serialize(format="nt", encoding="utf-8")
    store.bulk_load(input=text, format=ox.RdfFormat.N_TRIPLES)
    return store


@pytest.fixture(scope="module")
def stated() -> set[ox.Triple]:
    dataset = load()
    graphs = ("data", "ontology", "derived", "catalog")
    ours = {quad.triple for name in graphs for quad in dataset.quads(name)}
    return ours.union(*map(vocabulary, VOCABULARIES))


@pytest.fixture(scope="module")
def entailed(stated: set[ox.Triple], tmp_path_factory: pytest.TempPathFactory) -> ox.Store:
    return closure(stated, tmp_path_factory.mktemp("closure"))


def found(store: ox.Store, pattern: str) -> set[str]:
    query = f"SELECT DISTINCT ?node WHERE {{ {pattern} }}"
    return {row["node"].value for row in store.query(query, prefixes=PREFIXES)}


def test_more_is_entailed_than_is_stated(entailed: ox.Store, stated: set[ox.Triple]) -> None:
    """The reasoner has read what we gave it: a source is an entity of PROV, a role a concept."""
    assert len(entailed) > 1.5 * len(stated)
    assert PREFIXES["country"] + "KAZ" in found(entailed, "?node a foaf:Agent")
    assert found(entailed, "?node a kz:Membership") <= found(
        entailed, "?node prov:wasDerivedFrom ?s"
    )


@pytest.mark.parametrize(
    "pattern",
    [
        "?node prov:hadPrimarySource ?source",
        "?node prov:wasInfluencedBy ?s ; kz:disputedBy ?s MINUS { ?node kz:supportedBy ?s }",
        f"?node a skos:Concept FILTER(STRSTARTS(STR(?node), '{BASE}id/'))",
        "?thing schema:sameAs ?node . ?node a skos:Concept",
        "?node a void:Dataset , owl:Class",
        "?node a foaf:Agent , foaf:Document",
        "?node a schema:Action",
        "?node a kz:Fact , prov:Activity",
    ],
)
def test_nothing_false_is_entailed(entailed: ox.Store, pattern: str) -> None:
    assert found(entailed, pattern) == set()


def test_the_ontology_makes_no_entity_of_a_happening(entailed: ox.Store) -> None:
    """PROV has for an entity whatever is derived from something: that alone makes it one."""
    above = found(
        entailed,
        f"VALUES ?of {{ {' '.join(f'kz:{name}' for name in HAPPENINGS)} }}"
        " ?of rdfs:subClassOf ?node",
    )
    assert KZ + "Fact" in above
    assert PREFIXES["prov"] + "Entity" not in above


def test_no_two_disjoint_classes_share_a_thing_of_ours(entailed: ox.Store) -> None:
    clashes = "?node a ?one , ?other . ?one owl:disjointWith ?other"
    ours = f"FILTER(STRSTARTS(STR(?node), '{BASE}'))"
    assert found(entailed, f"{clashes} {ours}") == set()
    assert found(entailed, "?one owl:disjointWith ?node"), "the vocabularies have such classes"


def test_no_two_disjoint_properties_join_the_same(entailed: ox.Store) -> None:
    assert (
        found(entailed, "?one owl:propertyDisjointWith ?other . ?node ?one ?thing ; ?other ?thing")
        == set()
    )


def test_a_clash_would_be_found(stated: set[ox.Triple], tmp_path: Path) -> None:
    kazakhstan, type_ = (
        ox.NamedNode(PREFIXES["country"] + "KAZ"),
        ox.NamedNode(PREFIXES["rdf"] + "type"),
    )
    document = ox.NamedNode(PREFIXES["foaf"] + "Document")
    few = {
        t for t in stated if t.subject == kazakhstan or not t.subject.value.startswith(BASE + "id/")
    }
    store = closure({*few, ox.Triple(kazakhstan, type_, document)}, tmp_path)
    assert kazakhstan.value in found(store, "?node a foaf:Agent , foaf:Document")


def test_foreign_terms_exist_and_are_of_the_kind_that_their_vocabularies_say() -> None:
    """OWL needs to know more than rdf:Property or rdfs:Class; nothing else may differ."""
    loose = {"rdf:Property", "rdfs:Class"}
    known = {t for name in (*VOCABULARIES, "vann", "wgs") for t in vocabulary(name)}
    theirs: dict[str, set[str]] = {}
    for t in known:
        if shorten(t.predicate.value) == "rdf:type" and isinstance(t.object, ox.NamedNode):
            theirs.setdefault(t.subject.value, set()).add(shorten(t.object.value) or "")
    for quad in load().quads("ontology"):
        term, kind = quad.subject.value, shorten(getattr(quad.object, "value", ""))
        # npm has an old schema.org and no PAV.
        apart = term.startswith((BASE, PREFIXES["schema"], PREFIXES["pav"]))
        if quad.predicate.value != PREFIXES["rdf"] + "type" or apart:
            continue
        owl = {name for name in theirs[term] if (name or "").startswith("owl:")}
        owl -= {"owl:FunctionalProperty", "owl:InverseFunctionalProperty", "owl:SymmetricProperty"}
        owl -= {"owl:TransitiveProperty", "owl:DeprecatedProperty"}
        assert kind in owl or not owl, (term, kind, theirs[term])
        assert owl or theirs[term] & loose, (term, theirs[term])
