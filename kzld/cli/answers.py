"""Answers as text: results of queries, tables of questions, numbered citations."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import pyoxigraph as ox

from kzld.dataset.citations import Citation, Notes
from kzld.dataset.package import context
from kzld.dataset.standings import MEANINGS
from kzld.errors import KzldError
from kzld.query.ask import Answer
from kzld.query.sparql import Rows, collect, translate_errors
from kzld.rdf.jsonld import Compactor
from kzld.rdf.namespaces import display
from kzld.rdf.turtle import write
from kzld.text import as_table, delimited, fold, safe

QUERY_FORMATS = ("table", "csv", "tsv", "json", "xml", "markdown", "turtle", "ntriples", "jsonld")


def query_result(result: Any, form: str | None) -> bytes | str:
    """A raw result in the requested format, or in the default one of its kind."""
    formats = ox.QueryResultsFormat
    standard = {"csv": formats.CSV, "tsv": formats.TSV, "json": formats.JSON, "xml": formats.XML}
    is_table = isinstance(result, (ox.QuerySolutions, ox.QueryBoolean))
    form = form or ("table" if is_table else "turtle")
    if is_table != (form in QUERY_FORMATS[:6]):
        kind = "SELECT or ASK" if is_table else "CONSTRUCT or DESCRIBE"
        fitting = QUERY_FORMATS[:6] if is_table else QUERY_FORMATS[6:]
        raise KzldError(f"a {kind} query has no format {form}; use {', '.join(fitting)}")
    if not is_table:
        with translate_errors():
            return _triples(list(dict.fromkeys(result)), form)
    if isinstance(result, ox.QueryBoolean) and form in ("table", "markdown", "csv", "tsv"):
        return f"{'true' if result else 'false'}\n"
    if form in standard:
        with translate_errors():
            text: bytes = result.serialize(format=standard[form]) or b""
        return text if text.endswith(b"\n") else text + b"\n"
    rows = collect(result)
    assert isinstance(rows, Rows)  # noqa: S101 (ASK was handled above)
    shown = [[display(term) for term in row] for row in rows.rows]
    return as_table(rows.columns, shown, markdown=form == "markdown")


def _triples(triples: list[Any], form: str) -> bytes | str:
    if form == "turtle":
        return write(triples)
    if form == "jsonld":
        return Compactor(context()).document(triples)
    lines = ox.serialize(set(triples), format=ox.RdfFormat.N_TRIPLES) or b""
    return b"".join(sorted(lines.splitlines(keepends=True)))


def answer_text(answer: Answer, form: str, *, sources: bool) -> str:
    """The answer to a named question in a format, with its sources if requested."""
    if form in ("table", "markdown"):
        return _answer_table(answer, markdown=form == "markdown", sources=sources)
    records = list(answer)
    cited = answer.citations() if sources else []
    if form == "json":
        for record, row in zip(records, cited, strict=bool(cited)):
            record["sources"] = [fields(citation) for citation in row]
        return json.dumps(records, ensure_ascii=False, indent=2) + "\n"
    columns = answer.record_columns
    rows = [[_cell(record[column]) for column in columns] for record in records]
    if sources:
        columns.append("sources")
        for cells, citations in zip(rows, cited, strict=True):
            cells.append(" | ".join(_cite(c) for c in citations))
    return delimited(columns, rows, delimiter="\t" if form == "tsv" else ",")


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return " | ".join(value)
    return "" if value is None else str(value)


def _cite(citation: Citation) -> str:
    side = "" if citation.side == "for" else f"{citation.side}: "
    return f"{side}{citation} <{citation.address}>"


def _answer_table(answer: Answer, *, markdown: bool, sources: bool) -> str:
    if not len(answer):
        return ""
    columns, rows = answer.table()
    heading = fold(answer.heading) + "\n\n" if answer.heading else ""
    words = _meanings(answer, columns)
    if not sources:
        return heading + as_table(columns, rows, markdown=markdown) + words
    notes = NumberedNotes()
    for row, citations in zip(rows, answer.citations(), strict=True):
        row.append(notes.refer(citations))
    table = as_table([*columns, "sources"], rows, markdown=markdown)
    return f"{heading}{table}{words}\n{notes.text()}"


def _meanings(answer: Answer, columns: list[str]) -> str:
    """The words for the standing of rows that a table has, explained."""
    if "standing" not in columns:
        return ""
    there = {standing.word for standing in answer.standings}
    said = [f"{word}: {meaning}" for word, meaning in MEANINGS.items() if word in there]
    return "\n" + fold("; ".join(said)) + "\n"


class NumberedNotes(Notes):
    """Numbered citations below a table or card."""

    def refer(self, citations: Iterable[Citation]) -> str:
        """The numbers of citations, such as `1, 2; against: 3`; new ones get the next."""
        return "; ".join(
            ("" if side == "for" else f"{side}: ") + ", ".join(map(str, numbers))
            for side, numbers in self.numbers(citations).items()
        )

    def text(self) -> str:
        """The citations, each with its number and address, on two lines."""
        lines = []
        for number, citation in enumerate(self.citations, start=1):
            label = f"[{number}] "
            lines.append(fold(str(citation), indent=" " * len(label), first=label))
            if citation.address:
                lines.append(f"{' ' * len(label)}{safe(citation.address)}")
        return "\n".join(lines) + "\n" if lines else ""


def fields(record: Any) -> dict[str, Any]:
    """A dataclass as a dictionary, for JSON."""
    return asdict(record)


def iri_of(value: Any) -> str:
    """The IRI of a term, for which JSON has no form."""
    return str(value.value)
