"""Recognise what a file says about this data set, and names that only look like its names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from itertools import islice

import pyoxigraph as ox

from kzld.dataset.dataset import Dataset
from kzld.rdf.documents import Document, Fault, Place
from kzld.rdf.namespaces import BASE, KZ, PREFIXES, RDF_TYPE, XSD, Term, namespace_of, value_of
from kzld.text import Phrase

_ELSEWHERE = ("concept", "graph", "kzs", "wd")  # prefixes for which lookalikes are no slips
_RIGHT = frozenset(PREFIXES.values())
_LOOKED_AT = 20_000  # statements; a larger file repeats its namespaces
_NEAR = 0.75  # likeness of the last parts of two namespaces, 0 to 1
_SIMPLE_TYPES = frozenset(
    "string boolean decimal integer double float date time dateTime duration anyURI gYear "
    "gYearMonth gMonth gDay gMonthDay int long short byte hexBinary base64Binary".split()
)


@dataclass
class Recognition:
    """The parts of a document that are not of this data set.

    Attributes:
        faults: the faults to report.
        namespaces: the namespaces that stand for one of ours, or of a vocabulary that we use.
        subjects: the subjects of statements with a name in one of these namespaces.
        is_foreign: whether nothing in the document is of this data set.
    """

    faults: list[Fault] = field(default_factory=list)
    namespaces: dict[str, str] = field(default_factory=dict)
    subjects: set[Term] = field(default_factory=set)
    is_foreign: bool = False

    def explains(self, names: Iterable[str], focus: Term, *, lacks: bool) -> bool:
        """Whether a wrong namespace is the cause of a result.

        Args:
            names: the IRIs in the result.
            focus: the focus node of the result.
            lacks: whether the focus node lacks something.
        """
        if lacks and focus in self.subjects:
            return True
        misnamed = [name for name in names if namespace_of(name) not in _RIGHT]
        return any(name.startswith(wrong) for name in misnamed for wrong in self.namespaces)


def recognise(document: Document, dataset: Dataset) -> Recognition:
    """Look for statements about this data set, and for misspelt namespaces."""
    found = Recognition()
    is_ours = False
    for place, quad in enumerate(islice(document.quads, _LOOKED_AT)):
        is_ours = is_ours or _is_about_ours(quad, dataset)
        for term, iri in _names(quad):
            wrong, right = _meant(iri, document, dataset)
            if not right or not _is_slip(quad, term, wrong, right, dataset):
                continue
            found.subjects.add(quad.subject)
            if wrong not in found.namespaces:
                found.namespaces[wrong] = right
                where = _place_of(wrong, iri, document) or document.place(place, term)
                found.faults.append(_misnamed(wrong, right, where))
    if not is_ours and not found.faults and not document.faults:
        found.is_foreign = True
        found.faults.append(_foreign(document))
    return found


def _names(quad: ox.Quad) -> Iterator[tuple[Term, str]]:
    """The terms of a statement, each with its IRI or that of its datatype."""
    for term in (quad.predicate, quad.subject, quad.object):
        if isinstance(term, ox.NamedNode):
            yield term, term.value
        elif isinstance(term, ox.Literal):
            yield term, term.datatype.value


def _is_slip(quad: ox.Quad, term: Term, wrong: str, right: str, dataset: Dataset) -> bool:
    """Whether a name was meant to be in a namespace; an IRI as a value may be any address."""
    if term != quad.object or quad.predicate == RDF_TYPE or isinstance(term, ox.Literal):
        return True
    name = value_of(term).removeprefix(wrong).lstrip("#/")
    return right.startswith(BASE) and _is_name_in(right, name, dataset)


def _is_about_ours(quad: ox.Quad, dataset: Dataset) -> bool:
    """Whether a statement is about a thing of ours, or uses a property or class of ours."""
    subject = getattr(quad.subject, "value", "")
    if subject.startswith(BASE) or quad.predicate.value.startswith(KZ):
        return True
    return (
        quad.predicate == RDF_TYPE
        and isinstance(quad.object, ox.NamedNode)
        and (quad.object.value.startswith(KZ) or _is_described(quad.object, dataset))
    )


def _is_described(term: ox.NamedNode, dataset: Dataset) -> bool:
    return next(dataset.store.quads_for_pattern(term, None, None), None) is not None


def _meant(iri: str, document: Document, dataset: Dataset) -> tuple[str, str]:
    """The wrong namespace of an IRI, and the right one; empty if it is not wrong."""
    namespace = namespace_of(iri)
    if namespace in _RIGHT:
        return "", ""
    declared = [declared for declared in document.prefixes.values() if iri.startswith(declared)]
    namespace = max(declared, key=len, default=namespace)
    key = _key(namespace)
    if namespace == document.prefixes.get("kz"):
        return namespace, KZ
    if (
        right := _known().get(key)
        or _near_ours(key)
        or _around(key, iri[len(namespace) :], dataset)
    ):
        return namespace, right
    for known, right in _known().items():  # the character between namespace and name is missing
        rest = iri[len(iri) - len(_bare(iri)) + len(known) :]
        if _bare(iri).lower().startswith(known) and _is_name_in(right, rest, dataset):
            return iri.removesuffix(rest), right
    return "", ""


def _near_ours(key: str) -> str | None:
    """The namespace of ours that a misspelt one stands for, by its last part."""
    if "kzld" not in key and not key.startswith("w3id.org/k"):
        return None
    if any(known.startswith(f"{key}/") for known in _known()):  # it is around several of ours
        return None
    ours = {
        known.rpartition("/")[2]: right
        for known, right in _known().items()
        if right.startswith(BASE)
    }
    near = get_close_matches(key.rpartition("/")[2], ours, 1, _NEAR)
    return ours[near[0]] if near else None


def _around(key: str, name: str, dataset: Dataset) -> str | None:
    """The only namespace of ours that has a name, if a namespace is around several of ours."""
    around = [right for known, right in _known().items() if known.startswith(f"{key}/")]
    found = [right for right in around if _is_name_in(right, name, dataset)]
    return found[0] if len(found) == 1 else None


def _is_name_in(namespace: str, name: str, dataset: Dataset) -> bool:
    """Whether a namespace has a term or thing of a name; IRIs with other letters have none."""
    if namespace == XSD:
        return name in _SIMPLE_TYPES
    return bool(re.fullmatch(r"[\w-]+", name)) and _is_described(
        ox.NamedNode(namespace + name), dataset
    )


def _bare(iri: str) -> str:
    """An IRI without its scheme and `www.`."""
    return re.sub(r"^https?://(www\.)?", "", iri, flags=re.IGNORECASE)


def _key(namespace: str) -> str:
    """The part of a namespace that counts: no scheme, `www.`, capital letters, or end."""
    return _bare(namespace).lower().rstrip("#/")


@cache
def _known() -> dict[str, str]:
    """Our namespaces and those of the vocabularies that we use, by their parts that count."""
    return {
        _key(namespace): namespace
        for prefix, namespace in PREFIXES.items()
        if prefix not in _ELSEWHERE
    }


def _place_of(namespace: str, iri: str, document: Document) -> Place | None:
    """The place that declares a namespace, else that of an IRI; escapes are not resolved."""
    declared = re.search(rf"""[<"']({re.escape(namespace)})[>"']""", document.text)
    start = declared.start(1) if declared else document.text.find(iri)
    if start < 0:
        return None
    line = document.text.count("\n", 0, start) + 1
    column = start - document.text.rfind("\n", 0, start)
    return Place(line, column, document.line(line))


def _misnamed(wrong: str, right: str, place: Place) -> Fault:
    prefix = next(name for name, namespace in PREFIXES.items() if namespace == right)
    problem = Phrase("this is not the namespace that {} stands for", f"{prefix}:")
    remedy = Phrase("write {} instead of {}", right, wrong)
    return Fault(place, None, problem, remedy, "namespace", wrong, is_loss=False)


def _foreign(document: Document) -> Fault:
    problem = Phrase("nothing in this file is of this data set")
    remedy = Phrase(
        "name things and facts by IRIs such as {}, with classes and properties of kz:; "
        "kzld new membership shows an example",
        f"{BASE}id/membership/KAZ-EAEU",
    )
    line = document.lines[0] if len(document.lines) else 1
    place = Place(max(1, line), 1, document.line(max(1, line)))
    return Fault(place, None, problem, remedy, "foreign-file", document.name)
