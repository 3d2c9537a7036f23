"""Checking contributions: read, check against data, ontology and shapes, say what is wrong.

A finding says where (file, line, column), which rule, what is wrong in terms of labels,
and what to do about it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from kzld.dataset import CATALOG_FILES, Dataset, context, load, package_file
from kzld.errors import KzldError, ReadError
from kzld.names import kind_label
from kzld.rdf import (
    BASE,
    KZ,
    SUFFIXES,
    Document,
    Term,
    display,
    read_bytes,
    read_document,
    shorten,
)
from kzld.shacl import Result, Rule, Shapes
from kzld.sheets import Fault, Sheet, is_sheet, parse_sheet, shown

SEVERITIES: Final = ("error", "warning", "note")
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
        source: the text of the line; of a spreadsheet, of the cell.
        heading: of a spreadsheet, that of the column; line and column are those it shows.
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
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """The findings of a run, by file and line.

    Attributes:
        findings: in order of file, line and severity.
        unreadable: what is wrong with each file that could not be read, a line each.
        facts: how many facts were checked.
        triples: how many statements they are made of.
    """

    findings: list[Finding]
    unreadable: list[str]
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
    *paths: str | Path, engine: str = "fast", language: str = "en", base: Dataset | None = None
) -> Report:
    """Check files against the packaged data, ontology and shapes; without files, those themselves.

    Args:
        paths: RDF files, folders of them, spreadsheets as CSV, or `-` for Turtle on standard
            input.
        engine: `fast`, or `pyshacl` for the arbiter (slow).
        language: of the messages, `en` or `fr`.
        base: the packaged data set, where it is loaded already.

    A file that cannot be read does not hide the others: see `Report.unreadable`.

    Raises:
        KzldError: no such engine, or a folder without RDF files.
    """
    unreadable: list[str] = []
    known: set[Result] = set()
    if paths:
        files = list(_expand(paths))
        base = base or load()
        documents = list(_read((f for f in files if not is_sheet(f)), unreadable))
        _read_sheets(filter(is_sheet, files), base, documents, unreadable)
        dataset = load(documents)
        known = _known_results(documents, base, engine)
    else:
        documents = list(_read(_packaged_files(), unreadable))
        dataset = base or load()
    results = _run(dataset, engine) - known
    shapes = Shapes(dataset)
    places = _Places(documents)
    findings = [
        _finding(result, shapes.rules[result.rule], dataset, places, language)
        for result in _once(results)
        if places.mentions(result) and not places.follows_from_fault(result)
    ]
    findings += [_fault(f, d.name) for d in documents if isinstance(d, Sheet) for f in d.faults]
    findings.sort(
        key=lambda f: (f.file, f.line, SEVERITIES.index(f.severity), f.column, f.rule, f.value)
    )
    subjects = {quad.subject for document in documents for quad in document.quads}
    facts = [s for s in subjects if isinstance(s, ox.NamedNode) and KZ + "Fact" in dataset.types(s)]
    return Report(
        findings, unreadable, len(facts), sum(len(document.quads) for document in documents)
    )


def _read(paths: Iterable[str | Path], unreadable: list[str]) -> Iterator[Document]:
    for path in paths:
        try:
            yield read_document(path, context=context())
        except ReadError as error:
            unreadable.append(str(error))


def _read_sheets(
    paths: Iterable[str | Path], base: Dataset, documents: list[Document], unreadable: list[str]
) -> None:
    """Add spreadsheets to the documents, whose names they may use."""
    for path in paths:
        try:
            documents.append(parse_sheet(read_bytes(path), str(path), base, documents=documents))
        except ReadError as error:
            unreadable.append(str(error))


def _packaged_files() -> list[Path]:
    files = _files_in(package_file("data")) + _files_in(package_file("ontology"))
    return [path for path in files if path.name not in CATALOG_FILES]


def _files_in(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.suffix in SUFFIXES and p.suffix != ".jsonld")


def _expand(paths: Iterable[str | Path]) -> Iterator[str | Path]:
    for path in paths:
        if not Path(path).is_dir():
            yield path
            continue
        found = _files_in(Path(path))
        if not found:
            raise KzldError(f"{path}: the folder holds no RDF file ({', '.join(SUFFIXES)})")
        yield from found


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
            lines = document.lines or [0] * len(document.quads)
            for quad, line in zip(document.quads, lines, strict=True):
                place, predicate = (document, line), quad.predicate.value
                self._triples.setdefault((quad.subject, predicate, quad.object), place)
                self._properties.setdefault((quad.subject, predicate), place)
                self._subjects.setdefault(quad.subject, place)

    def mentions(self, result: Result) -> bool:
        """Whether a document describes the focus node, or the other node of the result."""
        other = result.value is not None and result.value in self._subjects
        return result.focus in self._subjects or other

    def follows_from_fault(self, result: Result) -> bool:
        """Whether a spreadsheet only seems to lack something: in that row, a cell is unreadable."""
        if result.focus not in self._subjects or (result.value or result.focus) != result.focus:
            return False
        document = self._subjects[result.focus][0]
        return isinstance(document, Sheet) and document.is_faulty(result.focus)

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
        return *self._subjects[focus], focus


def _finding(
    result: Result, rule: Rule, dataset: Dataset, places: _Places, language: str
) -> Finding:
    document, line, term = places.find(result)
    text = document.line(line) if line else ""
    column, heading = _column(text, term), ""
    if isinstance(document, Sheet):
        line, column = document.place(result.focus, result.path, result.value)
        heading, text = document.cell(line, column)
    return Finding(
        file=document.name,
        line=line,
        column=column,
        rule=rule.name,
        severity=rule.severity,
        focus=display(result.focus),
        path=display(result.path),
        value="" if result.value == result.focus else display(result.value),
        message=_message(result, rule, dataset, language),
        remedy=_remedy(result, rule, dataset, language),
        source=text,
        heading=heading,
    )


def _fault(fault: Fault, file: str) -> Finding:
    """What is wrong with a cell of a spreadsheet, as a finding."""
    return Finding(
        file=file,
        line=fault.row,
        column=fault.column,
        rule=fault.rule,
        severity="error",
        focus=display(fault.subject) if fault.subject else shown(fault.cell),
        path="",
        value=fault.cell,
        message=_sentence(fault.problem),
        remedy=_sentence(fault.remedy),
        source=shown(fault.cell),
        heading=fault.heading,
    )


def _sentence(text: str) -> str:
    """A text with a capital letter, unless it begins with a name, and a full stop."""
    start = text if ":" in text.partition(" ")[0] else text[0].upper() + text[1:]
    return start if start.endswith((".", "?")) else f"{start}."


def _column(text: str, term: Term | None) -> int:
    """Where a term stands on a line; else where the line's text begins."""
    if not text:
        return 0
    spellings = [term.value, display(term)] if isinstance(term, ox.NamedNode) else []
    if isinstance(term, ox.Literal):
        spellings = [f'"{term.value}"', term.value]
    places = [text.find(spelling) for spelling in spellings if spelling in text]
    return min(places, default=len(text) - len(text.lstrip())) + 1


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
            return " and ".join(sorted(_named(dataset, v) for v in values))
        return ""
    if result.component == "ClassConstraintComponent":
        if not isinstance(value, ox.NamedNode):
            return f"{_named(dataset, value)} is a text"
        if not dataset.types(value):
            return f"nothing is called {display(value)}"
        return f"{_named(dataset, value)} is a {kind_label(dataset, value)}"
    return _named(dataset, value)


def _named(dataset: Dataset, term: Term) -> str:
    """`Kazakhstan (country:KAZ)`, or a literal with its quotes."""
    if isinstance(term, ox.Literal):
        tag = f"@{term.language}" if term.language else ""
        return f'"{term.value}"{tag}'
    name, label = display(term), dataset.label(term)
    return name if label in (name, "") else f"{label} ({name})"


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
