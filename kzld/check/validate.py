"""Check contributions against data, ontology and shapes, and report the problems.

A finding has the place (file, line, column), the rule, the problem in terms of labels,
and the remedy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import count, groupby
from operator import attrgetter
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from kzld.check.causes import ABOUT_TWO, asked_for, is_due_to_fault, once, unanswered
from kzld.check.edits import edits, rival_descriptions
from kzld.check.findings import SEVERITIES, Finding, Report
from kzld.check.guesses import UNKNOWN_PROPERTY, Guesses
from kzld.check.inputs import read_all
from kzld.check.letters import odd_letter
from kzld.check.recognition import Recognition, recognise
from kzld.check.remedies import replacement, supposition
from kzld.check.rules import change_of, shapes_of
from kzld.check.scope import Base, are_part, expanded, loaded, read_with
from kzld.check.sheet_findings import in_headings
from kzld.check.written import written
from kzld.dataset.dataset import Dataset
from kzld.dataset.names import kind_label
from kzld.errors import KzldError, ReadError, choose
from kzld.progress import Progress, no_progress
from kzld.rdf.blank_nodes import line_of
from kzld.rdf.documents import Document, Fault, Place
from kzld.rdf.namespaces import (
    KZ,
    PREFIXES,
    RDF_TYPE,
    REPLACED_BY,
    Term,
    display,
    in_language,
    namespace_of,
    value_of,
)
from kzld.shacl.engine import Engine
from kzld.shacl.results import Cause, Result
from kzld.shacl.shapes import Rule, Shapes
from kzld.shacl.view import View
from kzld.spreadsheets.sheet import Sheet
from kzld.text import translated, with_article

ENGINES: Final = ("fast", "pyshacl")
_MAX_COUNT: Final = "MaxCountConstraintComponent"
_LONGEST_TEXT: Final = 300
_ENDS_IN_NAME: Final = re.compile(r"([:/#<>\"]\S+|\d)\.$")
_ABOUT_PROPERTIES: Final = {*UNKNOWN_PROPERTY, "act-no-period", "property-domain"}
_ABOUT_SUBJECTS: Final = {"iri-scheme", "passage-slug"}
_FEW_SUBJECTS = 100
_REPLACED_BY = ox.NamedNode(PREFIXES["dct"] + "isReplacedBy")
"""Of so many subjects, or of one in so many statements, classes are looked up one by one."""


def validate(
    *paths: str | Path,
    engine: str = "fast",
    language: str = "en",
    base: Base | None = None,
    syntax: ox.RdfFormat | None = ox.RdfFormat.TURTLE,
    progress: Progress = no_progress,
) -> Report:
    """Check files as if merged into the packaged facts; without files, check the packaged facts.

    A thing or fact that a file describes, with its type, replaces its packaged description.
    Only problems that the files cause are reported. If a line of a file makes an existing fact
    wrong, the problem is reported at this line. If a file is a part of the facts that it would
    be merged into, all of them are checked, because nothing shows their state without it.

    Args:
        paths: RDF files, folders of them, patterns (`facts/*.ttl`), spreadsheets, or `-` for
            standard input.
        engine: `fast`, or `pyshacl` to verify its results (slow).
        language: the language of the messages, `en` or `fr`.
        base: the facts to merge the files into instead of the packaged facts: a data set that
            is loaded already (in one thread at a time), or files and folders; `()` to check
            the files alone. The ontology is always there. A data set in a triple store
            (`remote.connect`) is fetched; without files, it is itself checked.
        syntax: the syntax of standard input; None for a spreadsheet.
        progress: receives the share of the checking that is done, without the reading.

    A file that cannot be read does not hide the others: see `Report.unreadable`.

    Raises:
        KzldError: there is no such engine.
        ReadError: a file of the base cannot be read.
    """
    choose("engine", engine, ENGINES)
    if not paths and not isinstance(base, Dataset | None):
        raise KzldError("other data to check with were given, but no file to check")
    paths = tuple(expanded(paths))
    base = base if isinstance(base, Dataset | None) else list(base)
    unreadable: list[ReadError] = []
    if are_part(paths, base) or (not paths and base is None):
        dataset, own, documents = read_with(paths, base, unreadable, syntax)
        if unreadable:  # all that names the things in these files would be at fault
            return Report([], unreadable, 0, 0)
        find = _results
    else:
        dataset, own = loaded(base, paths), []
        documents = read_all(paths, unreadable, syntax, dataset)
        find = _added
    if isinstance(base, Dataset) and base.address and not paths:
        quads = list(dataset.quads("data"))
        own, find = [Document(base.address, "", quads, [0] * len(quads))], _results
    with dataset.contribution(*(document.quads for document in documents)):
        return _checked(dataset, documents, own, unreadable, engine, language, progress, find)


def report_contribution(
    dataset: Dataset,
    documents: Sequence[Document],
    unreadable: list[ReadError],
    *,
    language: str = "en",
    progress: Progress = no_progress,
) -> Report:
    """The problems that the contribution in a data set causes, at the lines of its documents.

    Args:
        dataset: a data set with an open contribution: the statements of the documents.
        documents: the documents that were read.
        unreadable: the errors of the files that could not be read.
        language: the language of the messages, `en` or `fr`.
        progress: receives the share of the checking that is done.
    """
    return _checked(dataset, documents, [], unreadable, "fast", language, progress, _added)


def _checked(
    dataset: Dataset,
    documents: Sequence[Document],
    own: Sequence[Document],
    unreadable: list[ReadError],
    engine: str,
    language: str,
    progress: Progress,
    find: Callable[[Dataset, Shapes, str, Progress], dict[Result, Cause]],
) -> Report:
    """The report of a data set with a contribution; its own documents are those that it has."""
    shapes = shapes_of(dataset)
    results = find(dataset, shapes, engine, progress)
    known = {
        document.name: recognise(document, dataset)
        for document in documents
        if not isinstance(document, Sheet)
    }
    change = change_of(dataset)
    faults = [(fault, name) for name, one in known.items() for fault in one.faults]
    faults += rival_descriptions(documents, change)
    read = [*documents, *own]
    report = _report(results, read, known, faults, unreadable, dataset, shapes, language)
    return replace(report, edits=edits(change, dataset, language))


def _results(
    dataset: Dataset, shapes: Shapes, engine: str, progress: Progress
) -> dict[Result, Cause]:
    """All problems in a data set with its contribution, and their causes."""
    view = change_of(dataset).after
    found = Engine(shapes, progress).validate(view) if engine == "fast" else set()
    if engine == "pyshacl" or shapes.uncovered:
        from kzld.shacl.pyshacl_engine import run  # imports rdflib and pySHACL

        found |= run(view, shapes, shapes.uncovered if engine == "fast" else None)
    found |= _untyped(view, view.subjects())
    return {result: Cause(result.focus) for result in found}


def _added(
    dataset: Dataset, shapes: Shapes, engine: str, progress: Progress
) -> dict[Result, Cause]:
    """The problems that the contribution adds, with their causes in it."""
    change = change_of(dataset)
    found = Engine(shapes, progress).added(change) if engine == "fast" else {}
    if engine == "pyshacl" or shapes.uncovered:
        from kzld.shacl.pyshacl_engine import added  # imports rdflib and pySHACL

        found |= added(change, shapes, shapes.uncovered if engine == "fast" else None)
    untyped = _untyped(change.after, change.added.subjects())
    return found | {result: Cause(result.focus) for result in untyped}


def _untyped(view: View, subjects: Iterable[Term]) -> set[Result]:
    """The results for subjects without a type; the shape can only name some properties of them.

    An old IRI needs none: it only says what replaces it.
    """
    named = set(subjects)
    if len(named) > _FEW_SUBJECTS:
        untyped = named - view.subjects([RDF_TYPE.value, REPLACED_BY.value])
    else:
        untyped = {
            subject
            for subject in named
            if not view.has(subject, RDF_TYPE, None) and not view.has(subject, REPLACED_BY, None)
        }
    return {
        Result("untyped", "MinCountConstraintComponent", subject, RDF_TYPE, None)
        for subject in untyped
    }


def _report(
    results: Mapping[Result, Cause],
    documents: Sequence[Document],
    known: Mapping[str, Recognition],
    faults: Iterable[tuple[Fault, str]],
    unreadable: list[ReadError],
    dataset: Dataset,
    shapes: Shapes,
    language: str,
) -> Report:
    places = _Places(documents, {cause.node for cause in results.values()})
    names = _Names(dataset, language)
    # Of the others nothing is unread, and there may be hundreds of them.
    partly = [one for one in documents if one.faults or isinstance(one, Sheet)]
    foreign = {name for name, recognition in known.items() if recognition.is_foreign}
    findings = [
        _finding(_as_of(result, results[result]), place, names, shapes.rules[result.rule])
        for result in unanswered(once(results), names.guesses, shapes.rules)
        if places.mentions(results[result].node)
        and not is_due_to_fault(result, shapes.rules[result.rule], partly, known.values())
        and (place := places.find(result, results[result]))[0].name not in foreign
    ]
    unread = [(fault, document.name) for document in documents for fault in document.faults]
    findings += [_fault(fault, name, language) for fault, name in (*unread, *faults)]
    findings = in_headings(findings, documents, dataset, language, shapes.rules, asked_for)
    findings.sort(
        key=lambda f: (
            f.file,
            f.line,
            SEVERITIES.index(f.severity),
            f.column,
            f.rule,
            f.value,
            f.focus,
        )
    )
    facts = _count_facts(places.subjects, change_of(dataset).after)
    return Report(findings, unreadable, facts, sum(len(document.quads) for document in documents))


def _count_facts(subjects: set[Term], view: View) -> int:
    """The number of facts among the nodes that the documents describe."""
    fact, things = KZ + "Fact", {s for s in subjects if isinstance(s, ox.NamedNode)}
    if len(things) > _FEW_SUBJECTS and len(things) * _FEW_SUBJECTS > len(view.store):
        return len(things & view.instances(fact))
    return sum(fact in view.classes(thing) for thing in things)


class _Places:
    """The places of the statements about some nodes in the documents.

    Attributes:
        subjects: all nodes that the documents describe.
    """

    def __init__(self, documents: Sequence[Document], nodes: set[Term]) -> None:
        self.subjects: set[Term] = set()
        self._triples: dict[tuple[Term, str, Term], tuple[Document, int]] = {}
        self._properties: dict[tuple[Term, str], tuple[Document, int]] = {}
        self._first: dict[Term, tuple[Document, int]] = {}
        for document in documents:
            numbers = count()
            for subject, quads in groupby(document.quads, attrgetter("subject")):
                self.subjects.add(subject)
                for quad, number in zip(quads, numbers, strict=False):
                    if subject in nodes:
                        statement, predicate = (document, number), quad.predicate.value
                        self._triples.setdefault((subject, predicate, quad.object), statement)
                        self._properties.setdefault((subject, predicate), statement)
                        self._first.setdefault(subject, statement)

    def mentions(self, node: Term) -> bool:
        """Whether a document describes the node."""
        return node in self._first

    def find(self, result: Result, cause: Cause) -> tuple[Document, Place]:
        """The document and place at fault, in the description of the node that causes a result."""
        node, value, path = cause.node, result.value, result.path.value if result.path else ""
        if result.rule in _ABOUT_SUBJECTS and node == result.focus:
            document, statement = self._first[node]
            return document, document.subject_place(node, statement, path)
        if value is not None and (node, path, value) in self._triples:
            document, statement = self._triples[node, path, value]
            about_property = result.path if result.rule in _ABOUT_PROPERTIES else None
            return document, document.place(statement, about_property or value)
        for name in (path, *sorted(cause.predicates or ())):
            if (node, name) in self._properties:
                document, statement = self._properties[node, name]
                return document, document.place(statement, ox.NamedNode(name))
        document, statement = self._first[node]
        return document, document.subject_place(node, statement, path)


def _as_of(result: Result, cause: Cause) -> Result:
    """A result about two alike, told of the one in the contribution."""
    if result.rule in ABOUT_TWO and result.value == cause.node:
        return replace(result, focus=cause.node, value=result.focus)
    return result


def _finding(result: Result, where: tuple[Document, Place], names: _Names, rule: Rule) -> Finding:
    document, place = where
    message, remedy = _message(result, rule, names), _remedy(result, rule, names, document)
    return _found_at(document.name, place, result, rule.severity, message, remedy)


def _fault(fault: Fault, file: str, language: str) -> Finding:
    """The finding for a part of a file that cannot be read."""
    written = fault.written or fault.place.text
    focus = fault.subject or ox.Literal(fault.place.heading or written)
    result = Result(fault.rule, "SPARQLConstraintComponent", focus, None, ox.Literal(written))
    texts = (_sentence(phrase.said_in(language)) for phrase in (fault.problem, fault.remedy))
    return _found_at(file, fault.place, result, "error", *texts)


def _found_at(
    file: str, place: Place, result: Result, severity: str, message: str, remedy: str
) -> Finding:
    return Finding(
        file=file,
        line=place.line,
        column=place.column,
        rule=result.rule,
        severity=severity,
        focus=_cut(display(result.focus)),
        path=_cut(display(result.path)),
        value="" if result.value == result.focus else _cut(display(result.value)),
        message=message,
        remedy=_to_copy(remedy) if place.heading is None else remedy,
        source=place.text,
        heading=place.heading,
        file_line=place.file_line or place.line,
        result=result,
    )


def _sentence(text: str) -> str:
    """A text with a full stop, and with a capital letter unless it begins with a name."""
    start = text if ":" in text.partition(" ")[0] else text[0].upper() + text[1:]
    return start if start.endswith((".", "?")) else f"{start}."


def _to_copy(text: str) -> str:
    """A remedy without a full stop behind a name or value, with which it would be copied."""
    return text[:-1] if _ENDS_IN_NAME.search(text) else text


def _message(result: Result, rule: Rule, names: _Names) -> str:
    """The rule's message with the value at fault, in terms of labels."""
    message = in_language(rule.message, names.language) or rule.name
    found = _found(result, names)
    return f"{message.rstrip('.')}{translated(':', names.language)} {found}." if found else message


def _found(result: Result, names: _Names) -> str:
    dataset, language = names.dataset, names.language
    value = result.path if result.rule in _ABOUT_PROPERTIES else result.value
    if value is None or value == result.focus:
        if result.component == _MAX_COUNT and result.path is not None:
            values = dataset.objects(result.focus, result.path.value)  # type: ignore[arg-type]
            return _cut(translated(" and ", language).join(sorted(names.named(v) for v in values)))
        return ""
    if result.component == "ClassConstraintComponent":
        if not isinstance(value, ox.NamedNode):
            return translated("{} is a text", language).format(names.named(value))
        if not dataset.types(value):
            return translated("nothing is called {}", language).format(_cut(display(value)))
        kind = kind_label(dataset, value, language)
        what = with_article(kind) if language == "en" else kind
        return translated("{} is {}", language).format(names.named(value), what)
    return names.named(value)


def _cut(text: str) -> str:
    """A text, shortened if it is too long for a message."""
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"


def _remedy(result: Result, rule: Rule, names: _Names, document: Document) -> str:
    """The replacement to write; if there is none, the general remedy of the rule."""
    language = names.language
    if near := names.guesses.names(result):
        listed = translated(" or ", language).join(written(name, document) for name in near)
        return translated("Did you mean {}?", language).format(listed)
    if instead := replacement(result, rule, names.dataset):
        return translated("Write {}", language).format(written(instead, document, result.value))
    general = in_language(rule.remedy, language) or ""
    if perhaps := supposition(result, rule, names.dataset, names.proposed):
        listed = ", ".join(written(text, document, result.value) for text in perhaps)
        return f"{general} {translated('Perhaps: {}', language).format(listed)}"
    return general


class _Names:
    """The names of things, and guesses for misspelt names."""

    def __init__(self, dataset: Dataset, language: str) -> None:
        self.dataset, self.language = dataset, language
        self.guesses = Guesses(dataset)
        self.proposed: set[ox.NamedNode] = set()  # as names of nodes that have none
        self._named: dict[Term, str] = {}

    def named(self, term: Term) -> str:
        """`Kazakhstan (country:KAZ)`, or a literal with its quotes."""
        if isinstance(term, ox.Literal):
            tag = f"@{term.language}" if term.language else ""
            return f'"{_cut(term.value)}"{tag}'
        if term not in self._named:
            if at := line_of(display(term)):
                return translated("the node at line {}", self.language).format(at)
            name, label = self._name(term), self.dataset.label(term, self.language)
            is_label = label not in (display(term), "")
            self._named[term] = f"{_cut(label)} ({name})" if is_label else name
        return self._named[term]

    def _name(self, term: Term) -> str:
        """The name of a thing, with what is wrong with its letters."""
        namespace = namespace_of(value_of(term))
        prefix = next((p for p, iri in PREFIXES.items() if iri == namespace), "")
        local = value_of(term).removeprefix(namespace)
        if local.isascii() or not prefix:
            return _cut(display(term))
        odd = odd_letter(local, self.language)
        return _cut(f"{prefix}:{local}") + (f" ({odd})" if odd else "")
