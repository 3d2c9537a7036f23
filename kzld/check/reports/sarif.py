"""A report as SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/)."""

from __future__ import annotations

import os
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from kzld.check.explain import rules
from kzld.check.findings import (
    UNREADABLE,
    Finding,
    Report,
    end_column,
    fingerprint,
    sentence,
    start_column,
)
from kzld.check.reports.json import SOURCE_SHOWN, dump
from kzld.errors import ReadError
from kzld.rdf.namespaces import in_language
from kzld.shacl.shapes import Rule, Texts
from kzld.text import safe

_SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_HOME = "https://w3id.org/kzld"
_UNREADABLE_RULE = {
    "id": UNREADABLE,
    "shortDescription": {"text": "The file can be read"},
    "help": {
        "text": "Mend the syntax at the place that is named; no fact of the file was checked."
    },
    "defaultConfiguration": {"level": "error"},
}


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
    return dump({"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]})


def _descriptor(rule: Rule, language: str) -> dict[str, Any]:
    def text(texts: Texts) -> str:
        return safe(in_language(texts, language) or rule.name)

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
        "message": {"text": safe(sentence(finding))},
        "partialFingerprints": {"kzldFinding/v1": fingerprint(finding, seen)},
    }
    if finding.file:
        region: dict[str, Any] = {}
        if finding.file_line:
            region["startLine"] = finding.file_line
        if finding.file_line and (column := start_column(finding)):
            region |= {"startColumn": column, "endColumn": end_column(finding)}
        if finding.source:
            region["snippet"] = {"text": finding.source[:SOURCE_SHOWN]}
        result["locations"] = [_location(finding.file, region)]
    return result


def _sarif_error(error: ReadError) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": UNREADABLE,
        "level": "error",
        "message": {"text": safe(error.problem)},
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
    """The location of a file: relative to the working directory if the file is below it."""
    path = Path(os.path.normpath(Path.cwd() / file))
    if path.is_relative_to(Path.cwd()):
        relative = path.relative_to(Path.cwd()).as_posix()
        return {"uri": quote(os.fsencode(relative)), "uriBaseId": "%SRCROOT%"}
    return {"uri": "file://" + quote(os.fsencode(path.as_posix()))}
