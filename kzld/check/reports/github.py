"""A report as workflow commands of GitHub Actions."""

from __future__ import annotations

from kzld.check.findings import UNREADABLE, Report, end_column, sentence, start_column
from kzld.text import safe


def as_annotations(report: Report, *, notes: bool = False) -> str:
    """The report as workflow commands of GitHub Actions, one a line; notes only on request."""
    lines = [
        _annotation("error", error.file, error.line, error.column, 0, UNREADABLE, error.problem)
        for error in report.unreadable
    ]
    levels = {"error": "error", "warning": "warning", "note": "notice"}
    lines += [
        _annotation(
            levels[finding.severity],
            finding.file,
            finding.file_line,
            start_column(finding),
            end_column(finding),
            finding.rule,
            sentence(finding),
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
        return safe(shown)

    places = {"file": file, "line": line, "col": column, "endColumn": end}
    fields = [f"{key}={escape(value, ':,')}" for key, value in places.items() if value]
    return f"::{level} {','.join([*fields, f'title={title}'])}::{escape(text)}"
