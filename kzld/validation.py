"""Checking contributions: read, check against data, ontology and shapes, say what is wrong.

A finding says where (file, line, column), which rule, what is wrong in terms of labels,
and what to do about it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from kzld.dataset import CATALOG_FILES, Dataset, load, package_file
from kzld.errors import KzldError, ReadError
from kzld.inputs import read_all
from kzld.names import kind_label
from kzld.rdf import BASE, KZ, Document, Term, display, shorten
from kzld.shacl import Result, Rule, Shapes

SEVERITIES: Final = ("error", "warning", "note")
_LONGEST_TEXT: Final = 300
_ABOUT_PROPERTIES: Final = {"unknown-property", "undeclared-property", "property-domain"}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a rule found wrong.

    Attributes:
        file: the file, as named by the user; empty where no file says it.
        line: of the triple at fault, or of its subject; 0 where the syntax has no lines.
        column: where the value or subject begins on that line, from 1; 0 if unknown.
        rule: the short name of the rule, for `kzld explain`.
        severity: `error`, `warning` or `note`.
        focus: the fact or thing at fault, as prefixed name or IRI.
        path: the property at fault; empty if it is none.
        value: the value at fault; empty if it is none.
        message: what is wrong.
        remedy: what to do.
        source: the text of the line.
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


def validate(
    *paths: str | Path,
    engine: str = "fast",
    language: str = "en",
    base: Dataset | None = None,
    syntax: ox.RdfFormat = ox.RdfFormat.TURTLE,
) -> Report:
    """Check files against the packaged data, ontology and shapes; without files, those themselves.

    Args:
        paths: RDF files, folders of them, patterns (`facts/*.ttl`), or `-` for standard input.
        engine: `fast`, or `pyshacl` for the arbiter (slow).
        language: of the messages, `en` or `fr`.
        base: the packaged data set, where it is loaded already.
        syntax: of standard input.

    A file that cannot be read does not hide the others: see `Report.unreadable`.

    Raises:
        KzldError: there is no such engine.
    """
    unreadable: list[ReadError] = []
    known: set[Result] = set()
    if paths:
        documents = list(read_all(paths, unreadable, syntax))
        dataset = load(documents)
        known = _known_results(documents, base or load(), engine)
    else:
        documents = list(read_all(_packaged_files(), unreadable))
        dataset = base or load()
    results = _run(dataset, engine) - known
    shapes = Shapes(dataset)
    places = _Places(documents)
    findings = [
        _finding(result, shapes.rules[result.rule], dataset, places, language)
        for result in _once(results)
        if places.mentions(result)
    ]
    findings.sort(key=lambda f: (f.file, f.line, SEVERITIES.index(f.severity), f.rule, f.value))
    subjects = {quad.subject for document in documents for quad in document.quads}
    facts = [s for s in subjects if isinstance(s, ox.NamedNode) and KZ + "Fact" in dataset.types(s)]
    return Report(
        findings, unreadable, len(facts), sum(len(document.quads) for document in documents)
    )


def _packaged_files() -> list[Path]:
    folders = package_file("data"), package_file("ontology")
    files = [path for folder in folders for path in sorted(folder.rglob("*.ttl"))]
    return [path for path in files if path.name not in CATALOG_FILES]


def _run(dataset: Dataset, engine: str) -> set[Result]:
    if engine == "fast":
        return Shapes(dataset).validate(dataset)
    if engine == "pyshacl":
        from kzld.arbiter import run  # imports rdflib and pySHACL

        return run(dataset)
    raise KzldError(f"there is no engine {engine!r}; there are fast and pyshacl")


def _known_results(documents: Sequence[Document], base: Dataset, engine: str) -> set[Result]:
    """What was wrong before; asked only if a contribution speaks of what is there already."""
    old = any(
        next(base.store.quads_for_pattern(quad.subject, None, None), None) is not None
        for document in documents
        for quad in document.quads
    )
    return _run(base, engine) if old else set()


def _once(results: Iterable[Result]) -> list[Result]:
    """Results without those that another says better: an unknown name has no class, either."""
    everything = list(results)
    dangling = {(r.focus, r.path, r.value) for r in everything if r.rule == "dangling-reference"}
    return [
        result
        for result in everything
        if result.component != "ClassConstraintComponent"
        or (result.focus, result.path, result.value) not in dangling
    ]


class _Places:
    """Where the contributed documents say what."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._triples: dict[tuple[Term, str, Term], tuple[Document, int]] = {}
        self._properties: dict[tuple[Term, str], tuple[Document, int]] = {}
        self._subjects: dict[Term, tuple[Document, int]] = {}
        for document in documents:
            for quad, line in zip(document.quads, document.lines, strict=True):
                place, predicate = (document, line), quad.predicate.value
                self._triples.setdefault((quad.subject, predicate, quad.object), place)
                self._properties.setdefault((quad.subject, predicate), place)
                self._subjects.setdefault(quad.subject, place)

    def mentions(self, result: Result) -> bool:
        """Whether a document describes the focus node, or the other node of the result."""
        other = result.value is not None and result.value in self._subjects
        return result.focus in self._subjects or other

    def find(self, result: Result) -> tuple[Document, int, Term | None]:
        """The document and line at fault, and the term to point at on that line."""
        value, path = result.value, result.path.value if result.path else ""
        # The other node of a pair is named where the focus node is of the data set.
        focus = value if value is not None and result.focus not in self._subjects else result.focus
        if value is not None and (focus, path, value) in self._triples:
            at_property = result.rule in _ABOUT_PROPERTIES
            return *self._triples[focus, path, value], result.path if at_property else value
        if (focus, path) in self._properties:
            return *self._properties[focus, path], result.path
        document, line = self._subjects[focus]
        return document, document.line_above(line, focus), focus


def _finding(
    result: Result, rule: Rule, dataset: Dataset, places: _Places, language: str
) -> Finding:
    document, line, term = places.find(result)
    text = document.line(line) if line else ""
    return Finding(
        file=document.name,
        line=line,
        column=document.column(text, term) if text else 0,
        rule=rule.name,
        severity=rule.severity,
        focus=_cut(display(result.focus)),
        path=_cut(display(result.path)),
        value="" if result.value == result.focus else _cut(display(result.value)),
        message=_message(result, rule, dataset, language),
        remedy=_remedy(result, rule, dataset, language),
        source=text,
        result=result,
    )


def _message(result: Result, rule: Rule, dataset: Dataset, language: str) -> str:
    """The rule's message with what was found, in terms of labels."""
    message = rule.message.get(language) or rule.message.get("en", rule.name)
    found = _found(result, dataset)
    colon = " :" if language == "fr" else ":"
    return f"{message.rstrip('.')}{colon} {found}." if found else message


def _found(result: Result, dataset: Dataset) -> str:
    value = result.path if result.rule in _ABOUT_PROPERTIES else result.value
    if value is None or value == result.focus:
        if result.component == "MaxCountConstraintComponent" and result.path is not None:
            values = dataset.objects(result.focus, result.path.value)  # type: ignore[arg-type]
            return _cut(" and ".join(sorted(_named(dataset, v) for v in values)))
        return ""
    if result.component == "ClassConstraintComponent":
        if not isinstance(value, ox.NamedNode):
            return f"{_named(dataset, value)} is a text"
        if not dataset.types(value):
            return f"nothing is called {_cut(display(value))}"
        return f"{_named(dataset, value)} is a {kind_label(dataset, value)}"
    return _named(dataset, value)


def _named(dataset: Dataset, term: Term) -> str:
    """`Kazakhstan (country:KAZ)`, or a literal with its quotes."""
    if isinstance(term, ox.Literal):
        tag = f"@{term.language}" if term.language else ""
        return f'"{_cut(term.value)}"{tag}'
    name, label = _cut(display(term)), _cut(dataset.label(term))
    return name if label in (name, "") else f"{label} ({name})"


def _cut(text: str) -> str:
    """A text that a message can bear: of one that is longer, its beginning."""
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"


def _remedy(result: Result, rule: Rule, dataset: Dataset, language: str) -> str:
    near = _nearest(result, dataset)
    if near:
        asks = {"fr": "Vouliez-vous dire", "en": "Did you mean"}[language]
        return f"{asks} {near}{' ?' if language == 'fr' else '?'}"
    return rule.remedy.get(language) or rule.remedy.get("en", "")


def _nearest(result: Result, dataset: Dataset) -> str | None:
    """The name that an unknown one most resembles, for rules about unknown names."""
    unknown = result.path if result.rule == "unknown-property" else result.value
    if not isinstance(unknown, ox.NamedNode) or not unknown.value.startswith(BASE):
        return None
    if dataset.types(unknown):
        return None
    if len(unknown.value) > _LONGEST_TEXT:  # no slip of the pen, and slow to compare
        return None
    namespace = re.sub(r"[^/#]*$", "", unknown.value)
    known = {
        quad.subject.value
        for graph in ("data", "ontology")
        for quad in dataset.quads(graph)
        if isinstance(quad.subject, ox.NamedNode) and quad.subject.value.startswith(namespace)
    } - {unknown.value, getattr(result.focus, "value", "")}
    near = get_close_matches(unknown.value, known, n=1, cutoff=0.6)
    local = unknown.value.removeprefix(namespace)
    if near and get_close_matches(local, [near[0].removeprefix(namespace)], cutoff=0.6):
        return shorten(near[0])
    return None
