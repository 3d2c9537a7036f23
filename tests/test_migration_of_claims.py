"""The migration of the ontology 0.4.0 turns rival facts about one happening into claims."""

from __future__ import annotations

import pyoxigraph as ox

from kzld.dataset.package import package_file
from kzld.rdf.namespaces import PREFIXES

OLD = """
event:renamed a kz:Event ; skos:prefLabel "Renamed"@en ; kz:participant body:OTS ;
  kz:date "2021-11-12"^^xsd:date ; kz:supportedBy source:a ;
  kz:contradicts event:renamed-2021-11-14 .
event:renamed-2021-11-14 a kz:Event ; skos:prefLabel "Renamed, by another date"@en ;
  kz:participant body:OTS ; kz:date "2021-11-14"^^xsd:date ; kz:supportedBy source:b ;
  kz:contradicts event:renamed ; kz:rank kz:deprecated ; skos:note "So b."@en .

observation:by-one a kz:Observation ; kz:indicator indicator:deaths ; schema:value 18 ;
  prov:wasAttributedTo body:one ; kz:supportedBy source:a ; kz:contradicts observation:by-other .
observation:by-other a kz:Observation ; kz:indicator indicator:deaths ; schema:value 16 ;
  prov:wasAttributedTo body:other ; kz:supportedBy source:b ; kz:contradicts observation:by-one ;
  kz:rank kz:deprecated .
"""
NEW = """
event:renamed a kz:Event ; skos:prefLabel "Renamed"@en ; kz:participant body:OTS ;
  kz:date "2021-11-12"^^xsd:date ; kz:supportedBy source:a .
event:renamed-2021-11-14 dct:isReplacedBy event:renamed .
claim:renamed-2021-11-14-date a kz:Claim ; rdf:subject event:renamed ; rdf:predicate kz:date ;
  rdf:object "2021-11-14"^^xsd:date ; kz:supportedBy source:b ; skos:note "So b."@en .
"""


def triples(turtle: str) -> set[ox.Triple]:
    prefixes = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
    return {quad.triple for quad in ox.parse(prefixes + turtle, format=ox.RdfFormat.TURTLE)}


def test_another_date_becomes_a_claim_and_the_figures_of_two_observers_stay() -> None:
    store = ox.Store()
    store.extend(ox.Quad(*triple) for triple in triples(OLD))
    store.update(package_file("ontology", "migrations", "0.4.0-claims.rq").read_text("utf-8"))
    two_observers = "observation:by-one" + OLD.partition("observation:by-one")[2]
    assert {quad.triple for quad in store} == triples(NEW + two_observers)
