"""What a check finds: each finding with its place, its rule and its remedy."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass

from kzld.errors import ReadError
from kzld.rdf import positions
from kzld.shacl.results import Result

SEVERITIES = ("error", "warning", "note")
UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a rule found wrong.

    Attributes:
        file: the file, as named by the user; empty where no file says it.
        line: of the triple at fault, or of its subject; 0 where the syntax has no lines.
        column: where the value or subject begins on that line, from 1; 0 if unknown. Of a
            spreadsheet, line and column are the row and the column that it shows.
        rule: the short name of the rule, for `kzld explain`.
        severity: `error`, `warning` or `note`.
        focus: the fact or thing at fault, as prefixed name or IRI.
        path: the property at fault; empty if it is none.
        value: the value at fault; empty if it is none.
        message: what is wrong.
        remedy: what to do.
        source: the text of the line, or of the cell of a spreadsheet.
        heading: of the cell of a spreadsheet; None where the file is none.
        file_line: where a text editor shows it; another line than `line` only in a
            spreadsheet whose cells have line breaks.
        result: the result of validation that this is about.
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
        findings: in order of file, line and severity.
        unreadable: what is wrong with each file that could not be read.
        facts: how many facts were checked.
        triples: how many statements they are made of.
    """

    findings: list[Finding]
    unreadable: list[ReadError]
    facts: int
    triples: int

    @property
    def conforms(self) -> bool:
        """Whether every file could be read without an error; warnings and notes do not count."""
        return not self.unreadable and not any(
            finding.severity == "error" for finding in self.findings
        )

    def count(self, severity: str) -> int:
        """How many findings are of a severity."""
        return sum(finding.severity == severity for finding in self.findings)


def start_column(finding: Finding) -> int:
    """The column at which what is at fault begins in the text; 0 where none is known."""
    return finding.column if finding.heading is None else 0


def end_column(finding: Finding) -> int:
    """The column behind what is at fault; 0 where no column is known."""
    start = start_column(finding)
    return start and start + positions.extent(finding.source, start)


def sentence(finding: Finding) -> str:
    """What is at fault, wrong and to be done; of a spreadsheet also in which column."""
    about = finding.focus
    if finding.heading:
        about += f", {finding.heading}" + (f" “{finding.source}”" if finding.source else "")
    return f"{about}: {finding.message} {finding.remedy}".strip()


def fingerprint(finding: Finding, seen: Counter[str]) -> str:
    """What names a finding while its file changes elsewhere: rule, what is at fault, which one."""
    parts = (finding.rule, finding.file, finding.focus, finding.path, finding.value)
    key = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:32]
    seen[key] += 1
    return f"{key}:{seen[key]}"
