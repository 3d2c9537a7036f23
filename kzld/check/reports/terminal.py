"""A validation report for people, in the style of a good compiler."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kzld.check.findings import Finding, Report
from kzld.rdf import positions
from kzld.rdf.blank_nodes import line_of
from kzld.text import counted, excerpt, fold, one_line, translated

Style = Callable[[str, str], str]
"""Styles a text as a part of the report: `error`, `warning`, `note`, `help`, `rule`, `frame`."""

_LOOKS: Mapping[str, Mapping[str, str | bool]] = {
    "error": {"fg": "red", "bold": True},
    "warning": {"fg": "yellow", "bold": True},
    "note": {"fg": "cyan", "bold": True},
    "help": {"fg": "green", "bold": True},
    "rule": {"bold": True},
    "frame": {"fg": "blue"},
}


def plain(text: str, _part: str) -> str:
    """A text without colours, for output that is not a terminal."""
    return text


def coloured(text: str, part: str) -> str:
    """A text in the colours of a part of the report."""
    import click

    return click.style(text, **_LOOKS[part])  # type: ignore[arg-type]


def as_text(finding: Finding, style: Style = plain, language: str = "en") -> str:
    """A finding: its place, the problem, the line with a mark, the remedy."""
    place = one_line(":".join(str(p) for p in (finding.file, finding.line, finding.column) if p))
    severity = style(translated(finding.severity, language), finding.severity)
    lines = [f"{place}: {severity} {style(finding.rule, 'rule')}"]
    about = finding.focus
    if at := line_of(about):
        about = translated("the node at line {}", language).format(at)
    lines.append(fold(f"{about}: {finding.message}", indent="  "))
    if finding.source or finding.heading:
        number = str(finding.line)
        shown, mark = excerpt(*_part_to_mark(finding))
        bar = style("|", "frame")
        lines.append(f"  {style(number, 'frame')} {bar} {shown}")
        lines.append(f"  {' ' * len(number)} {bar} {style(mark, finding.severity)}")
    if finding.remedy:
        word, colon = translated("help", language), translated(":", language)
        remedy = fold(f"{word}{colon} {finding.remedy}", indent="  ")
        lines.append(remedy.replace(word, style(word, "help"), 1))
    return "\n".join(lines) + "\n\n"


def _part_to_mark(finding: Finding) -> tuple[str, int, int]:
    """The line at fault, and the column and length of the part to mark.

    For a spreadsheet, the line is the heading and the cell; the cell is marked.
    """
    if finding.heading is None:
        length = positions.extent(finding.source, finding.column)
        return finding.source, finding.column, length
    start = f"{finding.heading}: "
    return start + finding.source, len(start) + 1, len(finding.source)


def summary(report: Report, *, notes: bool, seconds: float, language: str = "en") -> str:
    """`2 errors, 3 notes (--notes lists them) in 1 fact, 6 triples (0.31 s)`."""
    counts = [
        counted(count, translated(severity, language))
        for severity in ("error", "warning", "note")
        if (count := report.count(severity)) or severity == "error"
    ]
    if report.count("note") and not notes:
        counts[-1] += f" ({translated('--notes lists them', language)})"
    checked = [
        counted(count, translated(noun, language))
        for count, noun in ((report.facts, "fact"), (report.triples, "triple"))
    ]
    if report.unreadable:
        files = counted(len(report.unreadable), translated("file", language))
        checked.append(f"{files} {translated('unreadable', language)}")
    return translated("{found} in {checked} ({seconds} s)", language).format(
        found=", ".join(counts), checked=", ".join(checked), seconds=f"{seconds:.2f}"
    )
