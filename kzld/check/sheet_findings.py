"""The findings in spreadsheets, in terms of headings and cells instead of Turtle."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import pyoxigraph as ox

from kzld.check.findings import Finding
from kzld.dataset.dataset import Dataset
from kzld.dataset.name_index import PROPERTY_KINDS
from kzld.rdf.documents import Document, Place
from kzld.rdf.namespaces import BASE, PREFIXES, RDF, display, expand
from kzld.shacl.results import Result
from kzld.shacl.shapes import Rule
from kzld.spreadsheets.sheet import Sheet
from kzld.text import translated, with_article

_PREFIX = "(?:" + "|".join(sorted(PREFIXES, key=len, reverse=True)) + ")"
_NAME = rf"(?<![\w:/-]){_PREFIX}:[A-Za-z][\w-]*"
_IN_LANGUAGES = re.compile(
    rf'({_NAME}) ((?:"[^"]*"@[a-z]+|twice|deux fois|with @|avec @)[^.;]*@[a-z]+|"[^"]*"@[a-z]+)'
)
_LITERAL = re.compile(rf'"((?:[^"\\]|\\.)*)"\^\^{_PREFIX}:\w+')
_VALUE = re.compile(rf"({_NAME}) ({_PREFIX}:[\w.-]+)")
_ANY_NAME = re.compile(_NAME)
_KIND = re.compile(rf"(?<!the )(\b(?:an?|une?|one) )?(?<![\w:/-])({_PREFIX}):(?![\w/…])")
_LIST = re.compile(r"(?:a concept of |un concept de )?(?<![\w:/-])concept:([\w-]+)")
_FEMININE = re.compile(r"(?:ion|nne|rce|ance|site|ative)$|^série")  # of the labels of classes
_TAG = re.compile(r" ?@([a-z]{2,3})\b")
_FILL_IN = {
    "en": (re.compile(r"\b(?:Add|Give(?: one)?) (?=“)"), "Fill in ", "Add a column "),
    "fr": (
        re.compile(r"\b(?:Ajoutez|Donnez(?: une?(?: seule?)?)?) (?=«)"),
        "Remplissez ",
        "Ajoutez une colonne ",
    ),
}


def in_headings(
    findings: Iterable[Finding],
    documents: Iterable[Document],
    dataset: Dataset,
    language: str,
    rules: Mapping[str, Rule],
    asked: Callable[[Result, Rule], list[str]],
) -> list[Finding]:
    """The findings, those in spreadsheets in terms of headings.

    Args:
        findings: the findings in all documents.
        documents: the documents.
        dataset: the data set with the labels of properties and classes.
        language: the language of the findings.
        rules: the rules by their short names.
        asked: gives the names of the properties of which a result requires one.
    """
    sheets = (document for document in documents if isinstance(document, Sheet))
    wordings = {sheet.name: SheetWording(sheet, dataset, language) for sheet in sheets}

    def reword(finding: Finding) -> Finding:
        rule = rules.get(finding.rule)
        lacking = asked(finding.result, rule) if rule else []
        wording = wordings.get(finding.file)
        return wording.reword(finding, lacking) if wording else finding

    return list(map(reword, findings))


class SheetWording:
    """Words the findings in a spreadsheet.

    Args:
        sheet: the spreadsheet.
        dataset: the data set with the labels of properties and classes.
        language: the language of the findings.
    """

    def __init__(self, sheet: Sheet, dataset: Dataset, language: str) -> None:
        self._sheet, self._dataset, self._language = sheet, dataset, language

    def reword(self, finding: Finding, lacking: list[str]) -> Finding:
        """The finding in terms of headings, at the cell to fill in.

        Args:
            finding: a finding in the spreadsheet.
            lacking: the properties of which one is missing, by prefixed name.
        """
        place = self._place(finding, [iri for name in lacking if (iri := expand(name))])
        return replace(
            finding,
            focus=self._without_row_names(finding.focus),
            message=self._text(finding.message),
            remedy=self._filled_in(self._text(finding.remedy)),
            column=place.column,
            source=place.text,
            heading=place.heading,
        )

    def _place(self, finding: Finding, lacking: list[str]) -> Place:
        """The cell to fill in, by its property and language; else that of the finding."""
        codes = re.findall(r"@([a-z]+)", finding.remedy)
        columns = [self._sheet.texts.get((iri, code), 0) for iri in lacking for code in codes]
        columns = [c for c in columns if c and not self._sheet.table.cell(finding.line, c)]
        known = [self._sheet.headings[iri] for iri in lacking if iri in self._sheet.headings]
        if not columns and finding.column not in known:
            columns = known
        return self._sheet.table.place(finding.line, *columns[:1] or [finding.column])

    def _text(self, text: str) -> str:
        """A text with headings and labels instead of names and literals in Turtle."""
        text = _IN_LANGUAGES.sub(self._in_languages, text)
        text = _LITERAL.sub(r"\1", text)
        text = _VALUE.sub(lambda m: f"{self._named(m[1])} {m[2].partition(':')[2]}", text)
        text = _LIST.sub(self._list, text)
        text = _KIND.sub(self._kind, text)
        text = _ANY_NAME.sub(lambda m: self._named(m[0]), text)
        text = _TAG.sub(r" (\1)", text)
        return self._without_row_names(text)

    def _in_languages(self, match: re.Match[str]) -> str:
        """`“label (en)” and “label (fr)”` for texts in several languages."""
        iri = expand(match[1]) or ""
        joint = translated(" or " if "," in match[2] else " and ", self._language)
        codes = dict.fromkeys(re.findall(r"@([a-z]+)", match[2]))
        return joint.join(self._quoted(self._heading(iri, code)) for code in codes)

    def _list(self, match: re.Match[str]) -> str:
        """`a code from the list “units”`."""
        label = self._quoted(self._label(f"{BASE}concept/{match[1]}"))
        return f"{translated('a code from the list', self._language)} {label}"

    def _kind(self, match: re.Match[str]) -> str:
        """`an organisation` for `a body:`."""
        class_ = self._dataset.classes_by_namespace.get(PREFIXES[match[2]])
        if class_ is None:
            return match[0]
        label = self._label(class_.value)
        article = (match[1] or "").strip()
        if article in ("a", "an"):
            return with_article(label)
        if article == "un" and _FEMININE.search(label):
            article = "une"
        return f"{article} {label}".strip()

    def _named(self, name: str) -> str:
        """A heading for a property, a label for a class, a code for a concept, else the name."""
        iri = expand(name) or ""
        if iri.startswith(BASE + "concept/"):
            return name.partition(":")[2]
        if iri.startswith(BASE + "id/"):
            return name
        kinds = set(self._dataset.types(ox.NamedNode(iri)))
        if kinds.isdisjoint(PROPERTY_KINDS) and not iri.startswith(RDF):  # its own have no type
            return self._label(iri) if kinds else name
        return self._quoted(self._heading(iri))

    def _heading(self, iri: str, language: str = "") -> str:
        """The heading in the spreadsheet or, if it has none, that of a template."""
        column = self._sheet.texts.get((iri, language)) or (
            None if language else self._sheet.headings.get(iri)
        )
        if column:
            return self._sheet.table.heading(column)
        label = self._dataset.label(ox.NamedNode(iri), self._sheet.language)
        return f"{label} ({language})" if language else label

    def _label(self, iri: str) -> str:
        return self._dataset.label(ox.NamedNode(iri), self._language)

    def _quoted(self, text: str) -> str:
        return f"« {text} »" if self._language == "fr" else f"“{text}”"

    def _filled_in(self, remedy: str) -> str:
        """`Fill in “until”`, or `Add a column “until”` if there is none."""
        pattern, fill, add = _FILL_IN[self._language]

        def verb(match: re.Match[str]) -> str:
            quoted = re.findall(r"[“«]\s?(.*?)\s?[”»]", remedy[match.end() :].partition(".")[0])
            known = {
                self._sheet.table.heading(c) for c in range(1, len(self._sheet.table.rows[1]) + 1)
            }
            return fill if known.intersection(quoted) else add

        return pattern.sub(verb, remedy)

    def _without_row_names(self, text: str) -> str:
        """`row 2` instead of the provisional names of rows for which none could be made."""
        for subject in self._sheet.unnamed:
            name = display(subject)
            if name in text:
                row = translated("row {}", self._language).format(self._sheet.rows[subject])
                text = re.sub(rf"{re.escape(name)}(?![\w-])", row, text)
        return text
