"""Checking contributions: read, check against data, ontology and shapes, say what is wrong.

A finding says where (file, line, column), which rule, what is wrong in terms of labels,
and what to do about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from kzld.dataset import (
    CATALOG_FILES,
    Dataset,
    by_namespace,
    context,
    load,
    namespace_of,
    package_file,
)
from kzld.errors import KzldError, ReadError
from kzld.names import kind_label
from kzld.rdf import (
    BASE,
    KZ,
    SUFFIXES,
    Document,
    Term,
    display,
    read_document,
    shorten,
)
from kzld.shacl import CONTRIBUTION, STATED, Cause, Result, Rule, Shapes, View

SEVERITIES: Final = ("error", "warning", "note")
ENGINES: Final = ("fast", "pyshacl")
_MAX_GUESSES: Final = 200
"""Of so many misspelt names a run says what was meant; a whole wrong namespace is one mistake."""
_Place = tuple[Document, int, Term | None]
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


Base = Dataset | Iterable[str | Path]


def validate(
    *paths: str | Path, engine: str = "fast", language: str = "en", base: Base | None = None
) -> Report:
    """Check files as if merged into the packaged facts; without files, those themselves.

    Only what the files cause is reported. An existing fact that they make wrong is reported
    at the line that does it.

    Args:
        paths: RDF files, folders of them, or `-` for Turtle on standard input.
        engine: `fast`, or `pyshacl` for the arbiter (slow).
        language: of the messages, `en` or `fr`.
        base: what the files are checked with instead of the packaged facts: a data set that
            is loaded already (in one thread at a time), or files and folders; none at all,
            `()`, to check the files alone. The ontology is always there.

    A file that cannot be read does not hide the others: see `Report.unreadable`.

    Raises:
        KzldError: no such engine, or a folder without RDF files.
        ReadError: a file of the base cannot be read.
    """
    if engine not in ENGINES:
        raise KzldError(f"there is no engine {engine!r}; there are {' and '.join(ENGINES)}")
    if not paths and not isinstance(base, Dataset | None):
        raise KzldError("other data to check with were given, but no file to check")
    unreadable: list[str] = []
    documents = list(_read(_expand(paths) if paths else _packaged_files(), unreadable))
    dataset = _loaded(base)
    shapes = Shapes(dataset)
    if not paths:
        results = _results(dataset, shapes, engine)
        return _report(results, documents, unreadable, dataset, shapes, language)
    with dataset.contribution(quad for document in documents for quad in document.quads):
        results = _added(dataset, shapes, engine)
        return _report(results, documents, unreadable, dataset, shapes, language)


def _loaded(base: Base | None) -> Dataset:
    if base is None:
        return load(derived=False)
    if isinstance(base, Dataset):
        return base
    documents = (read_document(path, context=context()) for path in _expand(base))
    return load(documents, packaged=False, derived=False)


def _results(dataset: Dataset, shapes: Shapes, engine: str) -> dict[Result, Cause]:
    """All that is wrong in a data set, with where it is."""
    found = shapes.validate(dataset) if engine == "fast" else set()
    if engine == "pyshacl" or shapes.uncovered:
        from kzld.arbiter import run  # imports rdflib and pySHACL

        found |= run(dataset, shapes.uncovered if engine == "fast" else None)
    return {result: Cause(result.focus) for result in found}


def _added(dataset: Dataset, shapes: Shapes, engine: str) -> dict[Result, Cause]:
    """What is wrong because of the contribution, with what of it causes that."""
    found = shapes.added(dataset) if engine == "fast" else {}
    if engine == "pyshacl" or shapes.uncovered:
        from kzld.arbiter import added  # imports rdflib and pySHACL

        found |= added(dataset, shapes, shapes.uncovered if engine == "fast" else None)
    return found


def _report(
    results: Mapping[Result, Cause],
    documents: Sequence[Document],
    unreadable: list[str],
    dataset: Dataset,
    shapes: Shapes,
    language: str,
) -> Report:
    places = _Places(documents, {cause.node for cause in results.values()})
    names = _Names(dataset)
    findings = [
        _finding(result, places.find(result, results[result]), names, shapes, dataset, language)
        for result in _once(results)
        if places.mentions(results[result].node)
    ]
    findings.sort(key=lambda f: (f.file, f.line, SEVERITIES.index(f.severity), f.rule, f.value))
    subjects = {quad.subject for document in documents for quad in document.quads}
    checked = View(dataset, (*STATED, CONTRIBUTION))
    facts = sum(isinstance(s, ox.NamedNode) and KZ + "Fact" in checked.classes(s) for s in subjects)
    return Report(findings, unreadable, facts, sum(len(document.quads) for document in documents))


def _read(paths: Iterable[str | Path], unreadable: list[str]) -> Iterator[Document]:
    for path in paths:
        try:
            yield read_document(path, context=context())
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
    """Where the documents say what about some nodes."""

    def __init__(self, documents: Sequence[Document], nodes: set[Term]) -> None:
        self._triples: dict[tuple[Term, str, Term], tuple[Document, int]] = {}
        self._properties: dict[tuple[Term, str], tuple[Document, int]] = {}
        self._subjects: dict[Term, tuple[Document, int]] = {}
        for document in documents:
            for quad, line in zip(document.quads, document.lines or repeat(0), strict=False):
                if quad.subject in nodes:
                    place, predicate = (document, line), quad.predicate.value
                    self._triples.setdefault((quad.subject, predicate, quad.object), place)
                    self._properties.setdefault((quad.subject, predicate), place)
                    self._subjects.setdefault(quad.subject, place)

    def mentions(self, node: Term) -> bool:
        """Whether a document describes the node."""
        return node in self._subjects

    def find(self, result: Result, cause: Cause) -> _Place:
        """The place at fault, in the description of the node that causes the result."""
        node, value, path = cause.node, result.value, result.path.value if result.path else ""
        if value is not None and (node, path, value) in self._triples:
            term = result.path if result.rule in _ABOUT_PROPERTIES else value
            return *self._triples[node, path, value], term
        for name in (path, *sorted(cause.predicates or ())):
            if (node, name) in self._properties:
                return *self._properties[node, name], ox.NamedNode(name)
        return *self._subjects[node], node


def _finding(
    result: Result, place: _Place, names: _Names, shapes: Shapes, dataset: Dataset, language: str
) -> Finding:
    rule = shapes.rules[result.rule]
    document, line, term = place
    text = document.line(line) if line else ""
    return Finding(
        file=document.name,
        line=line,
        column=_column(text, term),
        rule=rule.name,
        severity=rule.severity,
        focus=display(result.focus),
        path=display(result.path),
        value="" if result.value == result.focus else display(result.value),
        message=_message(result, rule, dataset, language),
        remedy=_remedy(result, rule, names, language),
        source=text,
    )


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


def _remedy(result: Result, rule: Rule, names: _Names, language: str) -> str:
    near = names.nearest(result)
    if near:
        asks = {"fr": "Vouliez-vous dire", "en": "Did you mean"}[language]
        return f"{asks} {near}{' ?' if language == 'fr' else '?'}"
    return rule.remedy.get(language) or rule.remedy.get("en", "")


class _Names:
    """What is described, by namespace: for guessing what a misspelt name was meant to be."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._guesses: dict[str, str | None] = {}
        self._sorted: dict[str, list[str]] = {}

    @cached_property
    def _contributed(self) -> dict[str, list[str]]:
        return by_namespace(self._dataset.quads(CONTRIBUTION))

    def nearest(self, result: Result) -> str | None:
        """The name that an unknown one most resembles, for rules about unknown names."""
        unknown = result.path if result.rule == "unknown-property" else result.value
        if not isinstance(unknown, ox.NamedNode) or not unknown.value.startswith(BASE):
            return None
        if self._dataset.types(unknown):
            return None
        name = unknown.value
        if name not in self._guesses and len(self._guesses) < _MAX_GUESSES:
            self._guesses[name] = self._guess(name, getattr(result.focus, "value", ""))
        return self._guesses.get(name)

    def _guess(self, name: str, focus: str) -> str | None:
        from rapidfuzz import fuzz, process  # seldom needed

        namespace = namespace_of(name)
        local = name.removeprefix(namespace)
        near = process.extract(
            local, self._known(namespace), scorer=fuzz.ratio, score_cutoff=60, limit=3
        )
        others = (n for n, *_ in near if n not in (local, focus.removeprefix(namespace)))
        found = next(others, None)
        return shorten(namespace + found) if found else None

    def _known(self, namespace: str) -> list[str]:
        """The local names that are described, in order."""
        if namespace not in self._sorted:
            described = self._dataset.names.get(namespace, ()), self._contributed.get(namespace, ())
            self._sorted[namespace] = sorted({name for names in described for name in names})
        return self._sorted[namespace]
