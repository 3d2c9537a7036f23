"""The findings of a check, each with its place, rule and remedy."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field

from kzld.check.edits import Edit
from kzld.errors import ReadError
from kzld.rdf import positions
from kzld.rdf.blank_nodes import line_of
from kzld.shacl.results import Result

SEVERITIES = ("error", "warning", "note")
UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem that a rule found.

    Attributes:
        file: the file, as named by the user; empty if no file contains the triple.
        line: the line of the triple at fault, or of its subject; 0 if the syntax has no lines.
        column: the column of the value or subject on that line, from 1; 0 if unknown. In a
            spreadsheet, line and column are the row and the column that it shows.
        rule: the short name of the rule, for `kzld explain`.
        severity: `error`, `warning` or `note`.
        focus: the fact or thing at fault, as prefixed name or IRI; `_:line3` for a node without
            an IRI.
        path: the property at fault; empty if there is none.
        value: the value at fault; empty if there is none.
        message: the problem.
        remedy: the way to solve it.
        source: the text of the line, or of the cell of a spreadsheet.
        heading: the heading of the cell of a spreadsheet; None for other files.
        file_line: the line in a text editor; it differs from `line` only in a spreadsheet
            whose cells have line breaks.
        result: the result of validation behind the finding.
    """

    file: str
    line: int
    column: int
    rule: str
    severity: str
    focus: str
    path: str
    value: str
    message: str
    remedy: str
    source: str
    heading: str | None
    file_line: int
    result: Result


@dataclass(frozen=True, slots=True)
class Report:
    """The findings of a run, by file and line.

    Attributes:
        findings: the findings, in order of file, line and severity.
        unreadable: the error of each file that could not be read.
        facts: the number of facts that were checked.
        triples: the number of statements that were checked.
        edits: the things and facts that the files describe anew.
    """

    findings: list[Finding]
    unreadable: list[ReadError]
    facts: int
    triples: int
    edits: list[Edit] = field(default_factory=list)

    @property
    def conforms(self) -> bool:
        """Whether every file could be read and has no error; warnings and notes do not count."""
        return not self.unreadable and not any(
            finding.severity == "error" for finding in self.findings
        )

    def count(self, severity: str) -> int:
        """The number of findings of a severity."""
        return sum(finding.severity == severity for finding in self.findings)


def start_column(finding: Finding) -> int:
    """The column in the text at which the fault begins; 0 if unknown."""
    return finding.column if finding.heading is None else 0


def end_column(finding: Finding) -> int:
    """The column behind the fault; 0 if unknown."""
    start = start_column(finding)
    return start and start + positions.extent(finding.source, start)


def sentence(finding: Finding) -> str:
    """The thing at fault, the problem and the remedy; in a spreadsheet also the column."""
    about = finding.focus
    if finding.heading:
        about += f", {finding.heading}" + (f" “{finding.source}”" if finding.source else "")
    return f"{about}: {finding.message} {finding.remedy}".strip()


def fingerprint(finding: Finding, seen: Counter[str]) -> str:
    """A key that a finding keeps while other lines of its file change."""
    # A blank node is named by its line, which changes: its findings are told apart by their order.
    focus, value = ("_:" if line_of(name) else name for name in (finding.focus, finding.value))
    parts = (finding.rule, finding.file, focus, finding.path, value)
    key = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:32]
    seen[key] += 1
    return f"{key}:{seen[key]}"
