"""A report as a SHACL report (https://www.w3.org/TR/shacl/#validation-report), in Turtle."""

from __future__ import annotations

import os
import re
import uuid
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pyoxigraph as ox

from kzld.check.findings import Finding, Report, fingerprint
from kzld.rdf.namespaces import BASE, RDF, SH, SHAPES, typed
from kzld.rdf.turtle import write
from kzld.text import escaped

_LONG_QUOTES = re.compile(r'"""(?:[^"\\]|\\.|"(?!""))*"""', re.DOTALL)
_SHACL_SEVERITY = {"error": "Violation", "warning": "Warning", "note": "Info"}


def as_turtle(report: Report, language: str = "en") -> str:
    """The report as a `sh:ValidationReport` (https://www.w3.org/TR/shacl/#validation-report).

    Each result also has `kzs:file`, `kzs:line`, `kzs:column` and `kzs:remedy`. There are no
    blank nodes, and the same findings have the same IRIs. As SHACL requires, `sh:conforms` is
    true only if there is no result at all, not even a note.
    """
    text = write(list(_shacl_report(report, language)))
    # Otherwise a line of a literal could pose as a command in the log of a workflow.
    text = _LONG_QUOTES.sub(lambda match: match[0].replace("\n", "\\n"), text)
    return escaped(text)


def _shacl_report(report: Report, language: str) -> Iterator[ox.Quad]:
    seen: Counter[str] = Counter()
    names = [_urn(fingerprint(finding, seen)) for finding in report.findings]
    errors = [str(error).partition("\n")[0] for error in report.unreadable]
    whole = _urn("\n".join([name.value for name in names] + errors))
    triples: list[tuple[ox.NamedNode, str, ox.NamedNode | ox.Literal]] = [
        (whole, RDF + "type", ox.NamedNode(SH + "ValidationReport")),
        (whole, SH + "conforms", ox.Literal(value=not names and not errors)),
    ]
    triples += [(whole, SH + "result", name) for name in names]
    triples += [(whole, SHAPES + "unreadable", ox.Literal(error)) for error in errors]
    blanks: dict[ox.BlankNode, ox.NamedNode] = {}
    for name, finding in zip(names, report.findings, strict=True):
        about = _about(finding, language, blanks)
        triples += [(name, predicate, value) for predicate, value in about]
    for subject, predicate, value in triples:
        yield ox.Quad(subject, ox.NamedNode(predicate), value)


def _urn(key: str) -> ox.NamedNode:
    namespace = uuid.uuid5(uuid.NAMESPACE_URL, SHAPES)
    return ox.NamedNode(uuid.uuid5(namespace, key).urn)


def _about(
    finding: Finding, language: str, blanks: dict[ox.BlankNode, ox.NamedNode]
) -> Iterator[tuple[str, ox.NamedNode | ox.Literal]]:
    def without_blank(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> Any:
        if isinstance(term, ox.BlankNode):
            iri = f"{BASE}.well-known/genid/{len(blanks) + 1}"
            return blanks.setdefault(term, ox.NamedNode(iri))
        return term

    result = finding.result
    yield RDF + "type", ox.NamedNode(SH + "ValidationResult")
    yield SH + "focusNode", without_blank(result.focus)
    if result.path is not None:
        yield SH + "resultPath", result.path
    if result.value is not None:
        yield SH + "value", without_blank(result.value)
    yield SH + "resultSeverity", ox.NamedNode(SH + _SHACL_SEVERITY[finding.severity])
    yield SH + "sourceConstraintComponent", ox.NamedNode(SH + result.component)
    yield SH + "sourceShape", ox.NamedNode(SHAPES + finding.rule)
    yield SH + "resultMessage", ox.Literal(finding.message, language=language)
    yield SHAPES + "remedy", ox.Literal(finding.remedy, language=language)
    # Bytes of the name that are not UTF-8 are escaped: a literal cannot contain them.
    file = os.fsencode(finding.file).decode("utf-8", "backslashreplace")
    yield SHAPES + "file", ox.Literal(file)
    for name, number in (("line", finding.line), ("column", finding.column)):
        if number:
            yield SHAPES + name, typed(str(number), "integer")
