"""Tables for spreadsheets: one of all facts, or one for each kind with a CSVW description.

The columns of a kind come from the ontology and the shapes (`kzld.dataset.kinds`), like those
of the spreadsheets to fill in. The metadata follow "Metadata Vocabulary for Tabular Data"
(https://www.w3.org/TR/tabular-metadata/).
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import islice
from typing import IO, Any

import pyoxigraph as ox

from kzld.dataset.citations import Citation, citations
from kzld.dataset.dataset import Dataset
from kzld.dataset.kinds import Column, Kind, kinds
from kzld.progress import Progress, no_progress
from kzld.rdf.namespaces import (
    BASE,
    FACT_KINDS,
    KZ,
    RDF,
    RDFS,
    RECORD_KINDS,
    SKOS,
    Term,
    graph_name,
    value_of,
)
from kzld.rdf.order import reading_order, term_order

METADATA = "csv-metadata.json"
"""The file in which CSVW looks for the description of a folder's tables."""
_BOM = "\ufeff"  # without it Excel takes the file for Windows-1252
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a text that begins so is computed as a formula
_LIST, _TEXTS, _SOURCES = " ", "; ", " | "
_BATCH = 200  # facts whose sources are looked up together
_SIDES = {KZ + "supportedBy": "for", KZ + "disputedBy": "against"}
_DERIVED = frozenset({RDFS + "label", KZ + "support"})  # properties that have columns nonetheless
_DATE = {"base": "string", "format": "[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?"}
_ALL_FACTS = """
SELECT ?fact ?kind ?summary ?date ?from ?until ?last_known ?rank
  (GROUP_CONCAT(DISTINCT STR(?address); separator=" ") AS ?sources)
WHERE {
  GRAPH graph:data { ?fact kz:supportedBy ?evidence ; a ?kind }
  FILTER(?kind != kz:Claim)
  ?evidence kz:source? ?source . ?source a kz:Source .
  OPTIONAL { ?source schema:url ?published }
  OPTIONAL { ?source kz:readAt ?copy }
  BIND(COALESCE(?published, ?copy) AS ?address)
  OPTIONAL { ?fact rdfs:label|skos:prefLabel ?label . FILTER(LANG(?label) = "en") }
  OPTIONAL {
    ?fact schema:about ?resolution . ?resolution a kz:Resolution ; skos:prefLabel ?title .
    FILTER(LANG(?title) = "en")
  }
  BIND(COALESCE(?label, ?title) AS ?summary)
  OPTIONAL { ?fact kz:date ?date }
  OPTIONAL { ?fact kz:from ?from }
  OPTIONAL { ?fact kz:until ?until }
  OPTIONAL { ?fact kz:lastKnown ?last_known }
  OPTIONAL { ?fact kz:rank ?rank }
}
GROUP BY ?fact ?kind ?summary ?date ?from ?until ?last_known ?rank
ORDER BY ?fact
"""
_DESCRIPTION = f"""
SELECT ?t ?v ?l WHERE {{
  <{BASE}dataset> dct:title ?t ; dcat:version ?v ; dct:license ?l . FILTER(LANG(?t) = "en")
}}
"""
_OF_CLASS = "SELECT ?fact WHERE { GRAPH graph:data { ?fact a %s } } ORDER BY ?fact"
_COUNT = "SELECT (COUNT(*) AS ?n) WHERE { GRAPH graph:data { ?fact a %s } }"


@dataclass(frozen=True, slots=True)
class _TextWriter:
    """Write text to a binary file; unlike `TextIOWrapper`, it never closes the file."""

    file: IO[bytes]

    def write(self, text: str) -> int:
        return self.file.write(text.encode())


def write_all_facts(dataset: Dataset, file: IO[bytes]) -> None:
    """Write a row for each fact of any kind: its summary, dates, and sources' addresses."""
    writer = csv.writer(_TextWriter(file), lineterminator="\n")
    columns = ("fact", "kind", "summary", "date", "from", "until", "last_known", "rank", "sources")
    writer.writerow(columns)
    label = lru_cache(1000)(dataset.label)
    for row in dataset.rows(_ALL_FACTS):
        fact, kind, *rest = (row[column] for column in columns)
        addresses = " ".join(sorted(value_of(rest.pop()).split()))
        writer.writerow([value_of(fact), label(kind), *map(label, rest), addresses])


def files(dataset: Dataset) -> Iterator[tuple[str, Callable[[IO[bytes]], None]]]:
    """The files of the tables: one for each kind of fact and thing, and their description.

    Returns:
        For each file its name and a function that writes it.
    """
    known = kinds(dataset)
    for kind in known.values():
        yield f"{kind.name}.csv", partial(write_kind, dataset, kind)
    described = metadata(dataset, known.values()).encode()

    def write_description(file: IO[bytes]) -> None:
        file.write(described)

    yield METADATA, write_description


@dataclass(frozen=True, slots=True)
class _Cell:
    """One column of a table; a property may have several, such as label and IRI.

    Attributes:
        name: the name in the metadata.
        title: the heading.
        source: the column of the kind that it shows.
        shows: `label`, `iri`, `text`, `language`, `date`, `number`, `citation` or `url`.
    """

    name: str
    title: str
    source: Column
    shows: str

    @property
    def separator(self) -> str | None:
        """The separator of several values; None if there is never more than one."""
        if not self.source.many:
            return None
        parts = {"iri": _LIST, "url": _LIST, "citation": _SOURCES}
        return parts.get(self.shows, _TEXTS)


def write_kind(
    dataset: Dataset, kind: Kind, file: IO[bytes], progress: Progress = no_progress
) -> None:
    """Write the table of one kind of fact or thing: RFC 4180, in UTF-8, rows sorted by IRI.

    The IRI of a thing follows its label. Semicolons separate several values, spaces IRIs,
    bars sources. The file begins with a byte-order mark; a text that a spreadsheet would
    take for a formula begins with an apostrophe.

    Args:
        dataset: the data set with the facts.
        kind: the kind of fact or thing.
        file: the file to write to.
        progress: receives the share of the rows that is written.
    """
    text = _TextWriter(file)
    text.write(_BOM)
    writer = csv.writer(text)
    cells = list(_cells(dataset, kind))
    writer.writerow(["id", *(cell.title for cell in cells)])
    [counted] = dataset.rows(_COUNT % kind.type)
    total, label = int(value_of(counted["n"])), lru_cache(100_000)(dataset.label)
    for place, (fact, cited) in enumerate(_facts_with_citations(dataset, kind)):
        values = _values(dataset, fact)
        shown = (_cell_text(cell, values, cited, label) for cell in cells)
        writer.writerow([fact.value, *shown])
        progress(place / total)


def _facts_with_citations(
    dataset: Dataset, kind: Kind
) -> Iterator[tuple[ox.NamedNode, list[Citation]]]:
    rows = dataset.rows(_OF_CLASS % kind.type)
    facts = (row["fact"] for row in rows)
    named = (fact for fact in facts if isinstance(fact, ox.NamedNode))
    while batch := list(islice(named, _BATCH)):
        found = citations(dataset, batch) if kind.name in RECORD_KINDS else {}
        for fact in batch:
            yield fact, found.get(fact, [])


def _values(dataset: Dataset, fact: ox.NamedNode) -> dict[str, list[Term]]:
    """The values of a fact, by the IRI of the property, in order.

    Of the derived ones only those that have a column, so that what was stated comes back.
    """
    found: dict[str, set[Term]] = {}
    for name in ("data", "derived"):
        for quad in dataset.store.quads_for_pattern(fact, None, None, graph_name(name)):
            if name == "data" or quad.predicate.value in _DERIVED:
                found.setdefault(quad.predicate.value, set()).add(quad.object)
    return {name: sorted(values, key=term_order) for name, values in found.items()}


def _cells(dataset: Dataset, kind: Kind) -> Iterator[_Cell]:
    for column in _columns(kind):
        name = column.property.value.replace("#", "/").rpartition("/")[2]
        title = column.heading(dataset)
        if column.property.value in _SIDES:
            yield _Cell(name, title, column, "citation")
            yield _Cell(f"{name}_iri", f"{title} (IRI)", column, "iri")
            yield _Cell(f"{name}_url", f"{title} (web address)", column, "url")
        elif column.takes in ("thing", "object", "property"):
            yield _Cell(name, title, column, "label")
            yield _Cell(f"{name}_iri", f"{title} (IRI)", column, "iri")
        elif column.takes == "link":
            yield _Cell(name, title, column, "iri")
        elif column.takes in ("date", "number"):
            yield _Cell(name, title, column, column.takes)
        else:
            language = f"_{column.language}" if column.language not in ("", "*") else ""
            yield _Cell(name + language, title, column, "text")
            if column.language == "*":  # it need not be the language of the source
                yield _Cell(f"{name}_language", f"{title} (language)", column, "language")


def _columns(kind: Kind) -> list[Column]:
    """The columns of a kind and the derived ones: labels, and for facts support."""
    columns = list(kind.columns)
    if kind.name in RECORD_KINDS:
        has_label = any(column.property.value == SKOS + "prefLabel" for column in columns)
        languages = () if has_label else ("en", "fr")
        columns += [_derived_column(RDFS + "label", "text", language) for language in languages]
    if kind.name in FACT_KINDS:
        columns.append(_derived_column(KZ + "support", "thing"))
    return sorted(columns, key=lambda column: reading_order(column.property.value))


def _derived_column(property_: str, takes: Any, language: str = "") -> Column:
    return Column(
        property=ox.NamedNode(property_),
        language=language,
        required=False,
        alternatives=(),
        many=False,
        takes=takes,
        classes=(),
        rule="",
    )


def _cell_text(
    cell: _Cell, values: dict[str, list[Term]], cited: Iterable[Citation], label: Any
) -> str:
    column = cell.source
    if cell.shows in ("citation", "url"):
        side = [c for c in cited if c.side == _SIDES[column.property.value]]
        if cell.shows == "url":
            return _LIST.join(dict.fromkeys(c.address for c in side if c.address))
        return _not_a_formula(_SOURCES.join(str(c).replace(_SOURCES, " / ") for c in side))
    found = values.get(column.property.value, [])
    if cell.shows == "iri":
        return _LIST.join(value.value for value in found if isinstance(value, ox.NamedNode))
    if cell.shows == "label":
        return _not_a_formula(_TEXTS.join(label(value) for value in found))
    literals = [value for value in found if isinstance(value, ox.Literal)]
    if column.language not in ("", "*"):
        literals = [value for value in literals if value.language == column.language]
    if cell.shows == "language":
        return _TEXTS.join(value.language or "" for value in literals)
    joined = _TEXTS.join(value.value for value in literals)
    return joined if cell.shows == "number" else _not_a_formula(joined)


def _not_a_formula(text: str) -> str:
    """The text in a form that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def metadata(dataset: Dataset, kinds_: Iterable[Kind]) -> str:
    """The CSVW description of the tables of these kinds, each in the file `KIND.csv`."""
    described = list(kinds_)
    of_class = {kind.type.value: kind.name for kind in described}
    group = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        **_dataset_description(dataset),
        "tables": [_table_description(dataset, kind, of_class) for kind in described],
    }
    return json.dumps(group, ensure_ascii=False, indent=2) + "\n"


def _dataset_description(dataset: Dataset) -> dict[str, Any]:
    [row] = dataset.rows(_DESCRIPTION)
    title, version, licence = (value_of(row[name]) for name in ("t", "v", "l"))
    return {"dc:title": title, "schema:version": version, "dc:license": {"@id": licence}}


def _table_description(dataset: Dataset, kind: Kind, of_class: dict[str, str]) -> dict[str, Any]:
    cells = list(_cells(dataset, kind))
    keys = [
        {
            "columnReference": cell.name,
            "reference": {"resource": f"{of_class[only]}.csv", "columnReference": "id"},
        }
        for cell in cells
        if cell.shows == "iri" and cell.source.required and not cell.source.many
        for only in cell.source.classes
        if len(cell.source.classes) == 1 and only in of_class
    ]
    schema = {
        "columns": [
            {"name": "id", "titles": "id", "datatype": "anyURI", "required": True,
             "suppressOutput": True},
            *map(_column_description, cells),
            {"name": "type", "virtual": True, "propertyUrl": RDF + "type",
             "valueUrl": kind.type.value},
        ],
        "primaryKey": "id",
        "aboutUrl": "{+id}",
    }  # fmt: skip
    if keys:
        schema["foreignKeys"] = keys
    return {
        "url": f"{kind.name}.csv",
        "dc:title": dataset.label(kind.type),
        "tableSchema": schema,
    }


def _column_description(cell: _Cell) -> dict[str, Any]:
    column, many = cell.source, cell.separator
    found: dict[str, Any] = {"name": cell.name, "titles": cell.title}
    if cell.shows not in ("label", "citation", "url", "language"):
        found["propertyUrl"] = column.property.value
    match cell.shows:
        case "iri":
            found |= {"datatype": "anyURI", "valueUrl": f"{{+{cell.name}}}"}
        case "date":
            found |= {"datatype": _DATE}
        case "number":
            found |= {"datatype": "decimal"}
        case "url":
            found |= {"datatype": "anyURI"}
        case _:
            found |= {"datatype": "anyURI" if column.takes == "address" else "string"}
            if column.language not in ("", "*"):
                found["lang"] = column.language
    if many:
        found["separator"] = many
    if cell.shows in ("label", "citation", "url", "language", "date"):
        found["suppressOutput"] = True  # the column of IRIs gives the same statements
    return found
