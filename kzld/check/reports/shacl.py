"""A validation report for programs: JSON, workflow annotations, SARIF, a SHACL report.

The JSON is for scripts, and stable: keys may be added, none changes its meaning.

    {
      "conforms": false,              no error, and every file could be read
      "unreadable": ["a.ttl: …"],     what is wrong with each file that could not be read
      "facts": 1, "triples": 6,       what was checked
      "findings": [{
        "file": "my-facts.ttl", "line": 12, "column": 22,    from 1; 0 where unknown
        "rule": "dangling-reference",                        for `kzld explain`
        "severity": "error",                                 or "warning", "note"
        "focus": "membership:KGZ-EAEU",                      the fact or thing at fault
        "path": "org:organization", "value": "body:EAUE",    "" where there is none
        "message": "…", "remedy": "…",
        "source": "    org:organization body:EAUE ;"         the line (its first 1,000 characters)
        "heading": ""                                        of a column: see below
      }]
    }

Findings are in order of file, line and severity. In a spreadsheet, line and column are the
row and the column that it shows, source is the cell, and heading that of its column.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import uuid
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pyoxigraph as ox

from kzld import render
from kzld.check.explain import rules
from kzld.check.validate import Finding, Report
from kzld.errors import ReadError
from kzld.rdf import positions
from kzld.rdf.documents import BASE, RDF, SH, SHAPES, XSD
from kzld.rdf.turtle import write
from kzld.shacl.engine import Rule
from kzld.text import escaped

_FIELDS: Final = (
    "file", "line", "column", "rule", "severity", "focus", "path", "value", "message", "remedy",
)  # fmt: skip
_LONG_QUOTES: Final = re.compile(r'"""(?:[^"\\]|\\.|"(?!""))*"""', re.DOTALL)
_SOURCE_SHOWN: Final = 1000
_SARIF_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_HOME: Final = "https://w3id.org/kzld"
_UNREADABLE: Final = "unreadable"
_SHACL_SEVERITY: Final = {"error": "Violation", "warning": "Warning", "note": "Info"}


# ---------------------------------------------------------------- JSON


def as_json(report: Report) -> str:
    """The report as JSON, in the form that this module's head describes."""
    return _dump(as_object(report))


def as_object(report: Report) -> dict[str, Any]:
    """The report as the objects of its JSON form."""
    return {
        "conforms": report.conforms,
        "unreadable": [str(error) for error in report.unreadable],
        "facts": report.facts,
        "triples": report.triples,
        "findings": [
            {name: getattr(finding, name) for name in _FIELDS}
            | {"source": finding.source[:_SOURCE_SHOWN], "heading": finding.heading or ""}
            for finding in report.findings
        ],
    }


def _dump(value: Any) -> str:
    return escaped(json.dumps(value, ensure_ascii=False, indent=2)) + "\n"


# ---------------------------------------------------------------- workflow annotations


def as_annotations(report: Report, *, notes: bool = False) -> str:
    """Workflow commands of GitHub Actions, one a line; notes only if asked for."""
    lines = [
        _annotation("error", error.file, error.line, error.column, 0, _UNREADABLE, error.problem)
        for error in report.unreadable
    ]
    levels = {"error": "error", "warning": "warning", "note": "notice"}
    lines += [
        _annotation(
            levels[finding.severity],
            finding.file,
            finding.file_line,
            _column(finding),
            _end_column(finding),
            finding.rule,
            _said(finding),
        )
        for finding in report.findings
        if notes or finding.severity != "note"
    ]
    return "".join(f"{line}\n" for line in lines)


def _annotation(
    level: str, file: str, line: int, column: int, end: int, title: str, text: str
) -> str:
    def escape(value: object, extra: str = "") -> str:
        shown = str(value)
        for char in "%\r\n" + extra:
            shown = shown.replace(char, f"%{ord(char):02X}")
        return render.safe(shown)

    places = {"file": file, "line": line, "col": column, "endColumn": end}
    fields = [f"{key}={escape(value, ':,')}" for key, value in places.items() if value]
    return f"::{level} {','.join([*fields, f'title={title}'])}::{escape(text)}"


def _column(finding: Finding) -> int:
    """The column at which what is at fault begins in the text; 0 where none is known."""
    return finding.column if finding.heading is None else 0


def _end_column(finding: Finding) -> int:
    """The column behind what is at fault; 0 where no column is known."""
    start = _column(finding)
    return start and start + positions.extent(finding.source, start)


def _said(finding: Finding) -> str:
    """What is at fault, wrong and to be done; of a spreadsheet also in which column."""
    about = finding.focus
    if finding.heading:
        about += f", {finding.heading}" + (f" “{finding.source}”" if finding.source else "")
    return f"{about}: {finding.message} {finding.remedy}".strip()


# ---------------------------------------------------------------- SARIF


def as_sarif(report: Report, language: str = "en") -> str:
    """The report as SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/).

    Files below the working directory are named relative to it, as `%SRCROOT%`.
    """
    known = rules()
    broken = sorted({finding.rule for finding in report.findings})
    descriptors = [_descriptor(known[name], language) for name in broken]
    if report.unreadable:
        descriptors.append(_UNREADABLE_RULE)
    places = {descriptor["id"]: index for index, descriptor in enumerate(descriptors)}
    seen: Counter[str] = Counter()
    results = [_sarif_error(error) for error in report.unreadable]
    results += [_sarif_result(finding, seen) for finding in report.findings]
    for result in results:
        result["ruleIndex"] = places[result["ruleId"]]
    run = {
        "tool": {
            "driver": {
                "name": "kzld",
                "semanticVersion": version("kzld"),
                "informationUri": _HOME,
                "rules": descriptors,
            }
        },
        "invocations": [{"executionSuccessful": not report.unreadable}],
        "originalUriBaseIds": {
            "%SRCROOT%": {"description": {"text": "The folder in which kzld was run."}}
        },
        "columnKind": "unicodeCodePoints",
        "language": language,
        "results": results,
    }
    return _dump({"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]})


_UNREADABLE_RULE: Final = {
    "id": _UNREADABLE,
    "shortDescription": {"text": "The file can be read"},
    "help": {
        "text": "Mend the syntax at the place that is named; no fact of the file was checked."
    },
    "defaultConfiguration": {"level": "error"},
}


def _descriptor(rule: Rule, language: str) -> dict[str, Any]:
    def text(texts: dict[str, str]) -> str:
        return render.safe(texts.get(language) or texts.get("en") or rule.name)

    return {
        "id": rule.name,
        "shortDescription": {"text": text(rule.title)},
        "fullDescription": {"text": text(rule.why)},
        "help": {"text": f"{text(rule.remedy)} (kzld explain {rule.name})"},
        "helpUri": rule.iri.value,
        "defaultConfiguration": {"level": rule.severity},
    }


def _sarif_result(finding: Finding, seen: Counter[str]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "level": finding.severity,
        "message": {"text": render.safe(_said(finding))},
        "partialFingerprints": {"kzldFinding/v1": _fingerprint(finding, seen)},
    }
    if finding.file:
        region: dict[str, Any] = {}
        if finding.file_line:
            region["startLine"] = finding.file_line
        if finding.file_line and (column := _column(finding)):
            region |= {"startColumn": column, "endColumn": _end_column(finding)}
        if finding.source:
            region["snippet"] = {"text": finding.source[:_SOURCE_SHOWN]}
        result["locations"] = [_location(finding.file, region)]
    return result


def _sarif_error(error: ReadError) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": _UNREADABLE,
        "level": "error",
        "message": {"text": render.safe(error.problem)},
    }
    if error.file:
        region = {"startLine": error.line} if error.line else {}
        if error.column:
            region["startColumn"] = error.column
        result["locations"] = [_location(error.file, region)]
    return result


def _location(file: str, region: dict[str, Any]) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": _artifact(file)}
    if region:
        physical["region"] = region
    return {"physicalLocation": physical}


def _artifact(file: str) -> dict[str, str]:
    """Where a file is: relative to the working directory if it is below it."""
    path = Path(os.path.normpath(Path.cwd() / file))
    if path.is_relative_to(Path.cwd()):
        relative = path.relative_to(Path.cwd()).as_posix()
        return {"uri": quote(os.fsencode(relative)), "uriBaseId": "%SRCROOT%"}
    return {"uri": "file://" + quote(os.fsencode(path.as_posix()))}


def _fingerprint(finding: Finding, seen: Counter[str]) -> str:
    """What names a finding while its file changes elsewhere: rule, what is at fault, which one."""
    parts = (finding.rule, finding.file, finding.focus, finding.path, finding.value)
    key = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:32]
    seen[key] += 1
    return f"{key}:{seen[key]}"


# ---------------------------------------------------------------- SHACL


def as_turtle(report: Report, language: str = "en") -> str:
    """The report as a `sh:ValidationReport` (https://www.w3.org/TR/shacl/#validation-report).

    Each result also has `kzs:file`, `kzs:line`, `kzs:column` and `kzs:remedy`. There are no
    blank nodes, and the same findings have the same IRIs. As SHACL asks, `sh:conforms` is true
    only where there is no result at all, not even a note.
    """
    text = write(list(_shacl_report(report, language)))
    # Else a line of a literal could pose as a command in the log of a workflow.
    text = _LONG_QUOTES.sub(lambda match: match[0].replace("\n", "\\n"), text)
    return escaped(text)


def _shacl_report(report: Report, language: str) -> Iterator[ox.Quad]:
    seen: Counter[str] = Counter()
    names = [_urn(_fingerprint(finding, seen)) for finding in report.findings]
    errors = [str(error).partition("\n")[0] for error in report.unreadable]
    whole = _urn("\n".join([name.value for name in names] + errors))
    said: list[tuple[ox.NamedNode, str, ox.NamedNode | ox.Literal]] = [
        (whole, RDF + "type", ox.NamedNode(SH + "ValidationReport")),
        (whole, SH + "conforms", ox.Literal(value=not names and not errors)),
    ]
    said += [(whole, SH + "result", name) for name in names]
    said += [(whole, SHAPES + "unreadable", ox.Literal(error)) for error in errors]
    blanks: dict[ox.BlankNode, ox.NamedNode] = {}
    for name, finding in zip(names, report.findings, strict=True):
        said += [(name, predicate, value) for predicate, value in _about(finding, language, blanks)]
    for subject, predicate, value in said:
        yield ox.Quad(subject, ox.NamedNode(predicate), value)


def _urn(key: str) -> ox.NamedNode:
    namespace = uuid.uuid5(uuid.NAMESPACE_URL, SHAPES)
    return ox.NamedNode(uuid.uuid5(namespace, key).urn)


def _about(
    finding: Finding, language: str, blanks: dict[ox.BlankNode, ox.NamedNode]
) -> Iterator[tuple[str, ox.NamedNode | ox.Literal]]:
    def lasting(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> Any:
        if isinstance(term, ox.BlankNode):
            iri = f"{BASE}.well-known/genid/{len(blanks) + 1}"
            return blanks.setdefault(term, ox.NamedNode(iri))
        return term

    result = finding.result
    yield RDF + "type", ox.NamedNode(SH + "ValidationResult")
    yield SH + "focusNode", lasting(result.focus)
    if result.path is not None:
        yield SH + "resultPath", result.path
    if result.value is not None:
        yield SH + "value", lasting(result.value)
    yield SH + "resultSeverity", ox.NamedNode(SH + _SHACL_SEVERITY[finding.severity])
    yield SH + "sourceConstraintComponent", ox.NamedNode(SH + result.component)
    yield SH + "sourceShape", ox.NamedNode(SHAPES + finding.rule)
    yield SH + "resultMessage", ox.Literal(finding.message, language=language)
    yield SHAPES + "remedy", ox.Literal(finding.remedy, language=language)
    yield SHAPES + "file", ox.Literal(finding.file)
    for name, number in (("line", finding.line), ("column", finding.column)):
        if number:
            integer = ox.NamedNode(XSD + "integer")
            yield SHAPES + name, ox.Literal(str(number), datatype=integer)
