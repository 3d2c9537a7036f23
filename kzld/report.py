"""A validation report as people and programs read it: text, JSON, workflow annotations."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from kzld import render
from kzld.rdf import pointer
from kzld.validation import Finding, Report


def as_object(report: Report) -> dict[str, Any]:
    """The report as `kzld validate -f json` writes it."""
    return {
        "conforms": report.conforms,
        "unreadable": report.unreadable,
        "facts": report.facts,
        "triples": report.triples,
        "findings": [asdict(finding) for finding in report.findings],
    }


def as_text(finding: Finding) -> str:
    """The place, what is wrong, the line with a mark, what to do."""
    place = ":".join(str(p) for p in (finding.file, finding.line, finding.column) if p)
    lines = [render.fold(f"{place}: {finding.severity} {finding.rule}", indent="")]
    lines.append(render.fold(f"{finding.focus}: {finding.message}", indent="  "))
    if finding.heading:
        lines.append(
            render.fold(f"{finding.heading}: {finding.source or '(empty)'}", indent="    ")
        )
    elif finding.source:
        lines += map(
            render.safe, pointer(finding.source, finding.column, indent="    ").split("\n")
        )
    if finding.remedy:
        lines.append(render.fold(finding.remedy, indent="  "))
    return "\n".join(lines) + "\n\n"


def as_annotation(finding: Finding) -> str:
    """A workflow command of GitHub Actions."""

    def escape(text: str, extra: str = "") -> str:
        for char in "%\r\n" + extra:
            text = text.replace(char, f"%{ord(char):02X}")
        return text

    level = {"error": "error", "warning": "warning", "note": "notice"}[finding.severity]
    places = {"file": finding.file, "line": finding.line, "col": finding.column}
    where = ",".join(f"{k}={escape(str(v), ':,')}" for k, v in places.items() if v)
    text = f"{finding.focus}: {finding.message} {finding.remedy}"
    return f"::{level} {where},title={escape(finding.rule, ':,')}::{escape(render.safe(text))}\n"


def summary(report: Report, *, notes: bool) -> str:
    """`2 errors, 3 notes (--notes lists them) in 1 fact, 6 triples`."""
    counts = [
        render.counted(count, severity)
        for severity in ("error", "warning", "note")
        if (count := report.count(severity)) or severity == "error"
    ]
    hidden = " (--notes lists them)" if report.count("note") and not notes else ""
    checked = f"{render.counted(report.facts, 'fact')}, {render.counted(report.triples, 'triple')}"
    return f"{', '.join(counts)}{hidden} in {checked}"
