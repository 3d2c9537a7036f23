"""The reading order of statements: of their predicates and of their values."""

from __future__ import annotations

import pyoxigraph as ox

from kzld.rdf.namespaces import Term, expand, language_rank

_FIRST = """
    rdf:type owl:versionIRI owl:versionInfo skos:prefLabel rdfs:label skos:altLabel
    foaf:familyName skos:notation dct:title skos:definition skos:example rdfs:comment
    rdfs:subClassOf rdfs:subPropertyOf rdfs:domain rdfs:range
    sh:targetNode sh:targetClass sh:targetSubjectsOf sh:targetObjectsOf sh:path sh:property
    sh:minCount sh:maxCount sh:hasValue sh:in sh:class sh:datatype sh:nodeKind sh:node
    sh:minInclusive sh:maxInclusive sh:pattern sh:languageIn sh:uniqueLang
    sh:sparql sh:declare sh:prefixes sh:prefix sh:namespace sh:select
    sh:severity sh:message kzs:remedy
    kz:kind org:classification org:postIn kz:country
    org:member org:organization org:role kz:post
    kz:speaker kz:onBehalfOf kz:addressee kz:occasion
    kz:agreement kz:action kz:series kz:number
    kz:party kz:depositary kz:head kz:chair
    kz:visitor kz:host kz:participant kz:vote kz:voter kz:choice kz:outcome
    kz:tallyFor kz:tallyAgainst kz:tallyAbstaining kz:tallyNotVoting
    kz:votedFor kz:votedAgainst kz:abstained kz:didNotVote dct:creator
    rdf:subject rdf:predicate rdf:object dct:source
    schema:observationAbout kz:counterpart kz:indicator kz:bound schema:value schema:maxValue
    kz:unit prov:wasAttributedTo
    kz:source kz:locator schema:name kz:topic schema:about kz:content
    schema:legislationAmends dct:replaces
    dct:isPartOf kz:place kz:date kz:from kz:firstKnown kz:until kz:lastKnown dct:valid
    schema:author dct:publisher dct:issued dct:identifier schema:translationOfWork
    schema:inLanguage schema:url kz:readAt schema:archivedAt pav:retrievedOn
""".split()
_LAST = "kz:supportedBy kz:disputedBy kz:contradicts kz:rank skos:note".split()
_OTHERS = len(_FIRST)
"""The place of all predicates that are in neither list: between the two."""
_ORDER = {expand(name): place for place, name in enumerate([*_FIRST, "", *_LAST])}


def reading_order(predicate: str) -> tuple[int, str]:
    """The sort key of a predicate (an IRI): what, who, when, according to whom."""
    return _ORDER.get(predicate, _OTHERS), predicate


def term_order(term: Term) -> tuple[int, str, str, str]:
    """The sort key of a value: IRIs first, then literals, texts by language."""
    if not isinstance(term, ox.Literal):
        return (0, term.value if isinstance(term, ox.NamedNode) else str(term), "", "")
    language = term.language or ""
    return (1, str(language_rank(language)), language, str(term))
