"""Follow the remedies of findings as a person would who does what they say, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from kzld.check.findings import Finding
from kzld.rdf.positions import extent

_COMPUTED = re.compile(
    r"^(?:Write|Écrivez) (?P<write>.+)$"
    r"|^(?:Did you mean|Vouliez-vous dire) (?P<mean>.+?) ?\?(?: Then (?P<then>add .+))?$"
    r"|^(?P<add>Add to the context .+)$"
    r"|(?:Perhaps|Peut-être) ?: (?P<perhaps>.+)$"
)
_TERM = r'(?:"(?:\\.|[^"\\])*"(?:@[\w-]+|\^\^\S+)?|<[^>]*>|[^\s;,"]+)'
_MEMBER = r'"[^"]+": '


def is_computed(remedy: str) -> bool:
    """Whether a remedy says what to write, and not only what to look at."""
    return _COMPUTED.search(remedy) is not None


def mend(path: Path, finding: Finding) -> None:
    """Do in a file what the remedy of a finding says; of several possibilities, the first."""
    match = _COMPUTED.search(finding.remedy)
    assert match is not None, finding
    text = path.read_text("utf-8")
    both = re.split(" instead of | au lieu de ", match["write"] or "")
    if len(both) > 1:
        text = _with_namespace(text, finding, *both)
    elif match["write"]:
        text = _written(text, finding, match["write"])
    elif match["mean"]:
        text = _over_mark(text, finding, match["mean"].split(" or ")[0])
    elif match["perhaps"]:
        text = _written(text, finding, _first(match["perhaps"]))
    if instruction := match["then"] or match["add"]:
        text = _in_context(text, instruction.partition(" to the context ")[2])
    path.write_text(text, "utf-8")


def follow(path: Path, check: Callable[[Path], Sequence[Finding]], most: int = 3) -> list[Finding]:
    """Follow the remedies of a file, one after the other, and check it again.

    Returns:
        The findings that are left, of which none says what to write.
    """
    for _ in range(most):
        findings = check(path)
        followed = [finding for finding in findings if is_computed(finding.remedy)]
        if not followed:
            return list(findings)
        # From the end of the file, so that the places of the others stay right.
        for finding in sorted(followed, key=lambda f: (f.line, f.column), reverse=True):
            mend(path, finding)
    findings = check(path)
    left = [(f.rule, f.message, f.remedy) for f in findings if is_computed(f.remedy)]
    assert not left, (left, path.read_text("utf-8"))
    return list(findings)


def _first(alternatives: str) -> str:
    """The first of some names or literals."""
    match = re.match(rf"({_TERM}), (?={_TERM}(?:, |$))", alternatives)
    return match[1] if match and "{" not in alternatives else alternatives


def _written(text: str, finding: Finding, what: str) -> str:
    if what.endswith(" ."):
        return f"{text}\n{what}\n"
    if re.match(_MEMBER, what):
        return _with_member(text, finding, what)
    statements = re.findall(rf"({_TERM}) ({_TERM})(?: ; |$)", what)
    if not statements:
        return _over_mark(text, finding, what)
    for predicate, value in statements:
        text = _with_statement(text, finding, predicate, value)
    return text


def _over_mark(text: str, finding: Finding, what: str) -> str:
    """Write something over what is marked, between its quotes if it has some."""
    lines = text.split("\n")
    line, start = lines[finding.line - 1], finding.column - 1
    end = start + extent(line, finding.column)
    marked = line[start:end]
    if marked.startswith("[") and finding.rule == "blank-subject":
        return _named(text, "\n".join(lines[: finding.line - 1]), line, start, what)
    if what.startswith("{") and '"@value":' in line[:start]:  # a part of the value
        start, end = line.rindex("{", 0, start), line.index("}", end) + 1
    elif marked.startswith('"') and re.match(r"[^\"{\d-]", what):
        what = f'"{what}"' if not re.search(r'"(@|\^\^)', marked) and _is_json(text) else what
    lines[finding.line - 1] = line[:start] + what + line[end:]
    mended = "\n".join(lines)
    if marked.startswith("_:"):
        mended = re.sub(rf"{re.escape(marked)}\b", what, mended)
    return mended


def _is_json(text: str) -> bool:
    return text.lstrip().startswith(("{", "["))


def _named(text: str, before: str, line: str, start: int, name: str) -> str:
    """`[ a kz:Visit ; … ] .` with a name instead of its brackets."""
    at = len(before) + bool(before) + start
    depth = 0
    for place in range(at, len(text)):
        depth += {"[": 1, "]": -1}.get(text[place], 0)
        if depth == 0:
            return f"{text[:at]}{name} {text[at + 1 : place]}{text[place + 1 :]}"
    raise AssertionError(line)


def _with_statement(text: str, finding: Finding, predicate: str, value: str) -> str:
    """The text with a statement about the thing at fault, instead of one with this property."""
    start = re.search(rf"^{re.escape(finding.focus)}(?=\s)", text, re.MULTILINE)
    assert start, (finding, text)
    end = re.compile(r"\.\s*$", re.MULTILINE).search(text, start.end())
    block = text[start.end() : end.start() if end else len(text)]
    stated = re.search(rf"(?<=\s){re.escape(predicate)}\s+{_TERM}(?=\s*(;|$))", block)
    if stated:
        block = block[: stated.start()] + f"{predicate} {value}" + block[stated.end() :]
    else:
        block = f" {predicate} {value} ;{block}"
    return text[: start.end()] + block + (text[end.start() :] if end else "")


def _with_member(text: str, finding: Finding, member: str) -> str:
    """The text with a key and its value in the object that is marked, or whose name is."""
    lines = text.split("\n")
    line, end = lines[finding.line - 1], finding.column - 1 + extent(finding.source, finding.column)
    key = re.escape(member[: member.index('": ')])
    stated = re.compile(rf'{key}":\s*(\{{[^{{}}]*\}}|"[^"]*")')
    if stated.search(line):
        lines[finding.line - 1] = stated.sub(lambda _: member, line)
        return "\n".join(lines)
    put = f" {member}, " if line[finding.column - 1] == "{" else f", {member}"
    lines[finding.line - 1] = line[:end] + put + line[end:]
    return "\n".join(lines)


def _in_context(text: str, entry: str) -> str:
    if entry in text:
        return text
    return re.sub(r'("@context":\s*\{)', rf"\1{entry}, ", text, count=1)


def _with_namespace(text: str, finding: Finding, right: str, wrong: str) -> str:
    """The text with a namespace where it is declared, or at the beginning of each IRI."""
    lines = text.split("\n")
    line, start = lines[finding.line - 1], finding.column - 1
    if line[start + len(wrong)] in ">\"'":
        lines[finding.line - 1] = line[:start] + right + line[start + len(wrong) :]
        return "\n".join(lines)
    return text.replace(f"<{wrong}", f"<{right}").replace(f'"{wrong}', f'"{right}')
