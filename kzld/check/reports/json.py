"""A report as JSON, for scripts. It is stable: keys may be added, but none changes its meaning.

    {
      "conforms": false,              no error, and every file could be read
      "unreadable": ["a.ttl: …"],     the error of each file that could not be read
      "facts": 1, "triples": 6,       the numbers of those that were checked
      "edits": [{                     the things and facts that are described anew
        "subject": "membership:KAZ-EAEU", "group": "fact",      or "source", "thing"
        "revisions": [{"property": "kz:until", "language": "", "before": [], "after": ["2026"]}]
      }],
      "findings": [{
        "file": "my-facts.ttl", "line": 12, "column": 22,    from 1; 0 where unknown
        "rule": "dangling-reference",                        for `kzld explain`
        "severity": "error",                                 or "warning", "note"
        "focus": "membership:KGZ-EAEU",                      the fact or thing at fault
        "path": "org:organization", "value": "body:EAUE",    "" where there is none
        "message": "…", "remedy": "…",
        "source": "    org:organization body:EAUE ;"         the line (its first 1,000 characters)
        "heading": ""                                        the heading of a column: see below
      }]
    }

Findings are in order of file, line and severity. In a spreadsheet, line and column are the
row and the column that it shows, source is the cell, and heading is the heading of its column.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from kzld.check.findings import Report
from kzld.text import escaped

_FIELDS = (
    "file", "line", "column", "rule", "severity", "focus", "path", "value", "message", "remedy",
)  # fmt: skip
SOURCE_SHOWN = 1000


def as_json(report: Report) -> str:
    """The report as JSON, in the form described at the head of this module."""
    return dump(as_object(report))


def as_object(report: Report) -> dict[str, Any]:
    """The report as the objects of its JSON form."""
    return {
        "conforms": report.conforms,
        "unreadable": [str(error) for error in report.unreadable],
        "facts": report.facts,
        "triples": report.triples,
        "edits": [
            {
                "subject": edit.subject,
                "group": edit.group,
                "revisions": [asdict(revision) for revision in edit.revisions],
            }
            for edit in report.edits
        ],
        "findings": [
            {name: getattr(finding, name) for name in _FIELDS}
            | {"source": finding.source[:SOURCE_SHOWN], "heading": finding.heading or ""}
            for finding in report.findings
        ],
    }


def dump(value: Any) -> str:
    """A value as indented JSON that is safe to show."""
    return escaped(json.dumps(value, ensure_ascii=False, indent=2)) + "\n"
