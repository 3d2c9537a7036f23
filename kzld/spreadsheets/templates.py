"""Templates for newcomers: for each kind, Turtle with comments, or a spreadsheet.

The values come from `templates.ttl`, the comments from the ontology and the shapes.
"""

from __future__ import annotations

import re
import textwrap
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox

from kzld.dataset.dataset import Dataset
from kzld.dataset.kinds import Column, Kind, kinds
from kzld.rdf import turtle
from kzld.rdf.documents import read_document
from kzld.rdf.namespaces import (
    BASE,
    KZ,
    RDF_TYPE,
    RDFS,
    SHAPES,
    SKOS,
    Term,
    display,
    in_language,
    named,
    shorten,
)
from kzld.spreadsheets.cells import Names
from kzld.spreadsheets.headings import ID, TYPE
from kzld.spreadsheets.table import REQUIRED
from kzld.text import as_table, delimited, fold, translated

_WIDTH = 96
_SELDOM = {  # not in a new template; it says where to find them
    SKOS + "altLabel",
    *(KZ + name for name in ("rank", "contradicts", "disputedBy")),
}
_SHOWN_CODES = 6
_DATES = ('"2015-05-29"^^xsd:date', '"2015-05"^^xsd:gYearMonth', '"2015"^^xsd:gYear')
_PLACEHOLDERS = {  # each with the prefix that it needs
    "date": ('"2015"^^xsd:gYear', "xsd"),
    "address": ('"https://…"^^xsd:anyURI', "xsd"),
    "number": ("1", "xsd"),
    "code": ('"…"', "xsd"),
    "link": ("wd:Q…", "wd"),
}


_DELIMITERS = {"en": ",", "fr": ";"}  # as spreadsheet programs in the language expect
_TAKES = {
    "date": "2015-05-29, 2015-05 or 2015",
    "text": "a text",
    "number": "a number, such as 3000 or 0.5",
    "address": "a web address, https://…",
    "code": "a code",
    "object": "whatever has a name, a date or a number",
    "property": "a property, such as “capital” or “born in”",
    "link": "the same thing in another data set, wd:Q232 or https://…",
}
_PURPOSES = {  # for the kinds whose class a standard defines
    "person": "A human being, living or dead, of whom there are facts.",
    "body": "An organisation, ministry, company or other group that acts under a name.",
    "post": "A post that one person at a time holds, such as the presidency of a state.",
}
_MADE_UP = (
    "An example, made up: replace the values and the name “{}”, take away what you "
    "do not need. * must be given."
)
_THEN = (
    "Then: kzld validate FILE.ttl. Codes and names: kzld search TEXT. "
    "Rarer properties, whole lists: kzld new {} --columns"
)
_TYPE_MEANING = "what the row is; not needed where all rows are of one kind that shows"
_ID_MEANING = "its own code; leave it empty and one is made"


class Templates:
    """Templates of every kind.

    Args:
        dataset: the packaged data set.
        language: the language of the templates, `en` or `fr`.
    """

    def __init__(self, dataset: Dataset, language: str = "en") -> None:
        self._dataset, self._language = dataset, language
        self.kinds = kinds(dataset)

    def list_kinds(self) -> str:
        """A table of the kinds: name, label, first sentence of the definition."""
        rows = [
            [kind.name, self._label(kind.type), _first_sentence(self._purpose(kind))]
            for kind in self.kinds.values()
        ]
        return as_table(self._translate("kind|called|meaning").split("|"), rows)

    def spreadsheet(self, kind: Kind) -> str:
        """A header with labels and one example row, as CSV; required columns have a *."""
        cells = row_of(Names(self._dataset), kind, _example(kind))
        columns = [c for c in kind.columns if c.property.value not in _SELDOM]
        texts = {
            column: text
            for column in columns
            for given, text in cells.items()
            if given.property == column.property and column.language in ("*", given.language)
        }
        header = [TYPE, ID, *map(self._heading, columns)]
        row = [kind.name, "", *(texts.get(column, "") for column in columns)]
        return delimited(header, [row], delimiter=_DELIMITERS[self._language])

    def columns(self, kind: Kind) -> str:
        """The values and the meaning of each column of a kind, and the codes in its lists."""
        rows = [
            [TYPE, "", f"{kind.name}, …", self._translate(_TYPE_MEANING)],
            [ID, "", self._translate(_TAKES["code"]), self._translate(_ID_MEANING)],
        ]
        rows += [
            [self._heading(c), self._need(c), self._takes_in_cell(c), self._meaning(c)]
            for c in kind.columns
        ]
        parts = [as_table(self._translate("column|required|takes|meaning").split("|"), rows)]
        for scheme in dict.fromkeys(name for c in kind.columns for name in c.classes):
            if codes := self._codes(scheme):
                shown = ", ".join(iri.rpartition("/")[2] for iri in codes)
                label = self._label(ox.NamedNode(scheme))
                parts.append(fold(f"{label}: {shown}", indent="    ", first="") + "\n")
        return "\n".join(parts)

    def turtle(self, kind: Kind) -> str:
        """An example of a kind in Turtle, with a comment on each property."""
        quads = _example(kind)
        used: set[str] = set()
        (block,) = turtle.blocks(quads, used, {})
        name = shorten(quads[0].subject.value)  # type: ignore[union-attr]
        head = [f"{self._label(kind.type)}{self._translate(':')} {self._purpose(kind)}"]
        head += [self._translate(_MADE_UP).format(name), self._translate(_THEN).format(kind.name)]
        body = self._with_comments(kind, block) + self._optional(kind, quads, used)
        top = "\n#\n".join(_comment(text) for text in head)
        # The full stop has its own line, so that any other line may be removed or added.
        return f"{top}\n\n{turtle.prefix_lines(used)}\n{body}    .\n"

    def _translate(self, english: str) -> str:
        return translated(english, self._language)

    def _label(self, thing: ox.NamedNode) -> str:
        label = self._dataset.label(thing, self._language)
        return re.split(r"\s?: ", label)[-1]  # agent: a person, body or country

    def _purpose(self, kind: Kind) -> str:
        """The definition of a kind; our own words if a standard defines its class."""
        return self._definition(kind.type) or self._translate(_PURPOSES[kind.name])

    def _definition(self, thing: ox.NamedNode) -> str:
        return self._text(thing, SKOS + "definition")

    def _text(self, thing: ox.NamedNode, predicate: str) -> str:
        text = in_language(self._dataset.texts(thing, [predicate]), self._language)
        return text.value if text else ""

    def _heading(self, column: Column) -> str:
        heading = column.heading(self._dataset, self._language)
        return f"{heading} {REQUIRED}" if column.required else heading

    def _need(self, column: Column) -> str:
        if column.required:
            return self._translate("yes")
        others = [self._label(iri) for iri in column.alternatives if iri != column.property]
        return self._translate("or else {}").format(", ".join(others)) if others else ""

    def _takes(self, column: Column) -> str:
        if column.takes != "thing":
            return self._translate(_TAKES[column.takes])
        labels = [self._label(ox.NamedNode(name)) for name in column.classes]
        if any(self._codes(name) for name in column.classes):
            return f"{self._translate('from the list of')} {labels[0]}"
        return self._translate(" or ").join(labels) or self._translate("whatever has a name")

    def _takes_in_cell(self, column: Column) -> str:
        source = self._translate(", also by web address") if KZ + "Source" in column.classes else ""
        many = self._translate("; several are parted by ;") if column.many else ""
        return self._takes(column) + source + many

    def _meaning(self, column: Column) -> str:
        """The definition of a property; without one, the reason for the rule about it."""
        rule = ox.NamedNode(SHAPES + column.rule)
        texts = (self._definition(column.property), self._text(rule, RDFS + "comment"))
        return _first_sentence(next(filter(None, texts), ""))

    def _codes(self, scheme: str) -> list[str]:
        """The concepts of a scheme, without those that others replace; a class has none."""
        in_scheme, replaced = ox.NamedNode(SKOS + "inScheme"), named("dct:isReplacedBy")
        match = self._dataset.store.quads_for_pattern
        found = {quad.subject for quad in match(None, in_scheme, ox.NamedNode(scheme))}
        return sorted(c.value for c in found if not any(match(c, replaced, None)))  # type: ignore[union-attr]

    def _with_comments(self, kind: Kind, block: str) -> str:
        """The block without its full stop, each property below a comment."""
        first, *parts = re.split(r"\n(?=    \S)", block.rstrip(" .\n") + " ;")
        about = {display(column.property): column for column in reversed(kind.columns)}
        commented = [f"{self._hint(about[part.split()[0]])}{part}\n" for part in parts]
        return f"{first}\n{''.join(commented)}"

    def _hint(self, column: Column) -> str:
        need = self._need(column)
        mark = f" {REQUIRED}" if column.required else f" ({need})" if need else ""
        takes = self._takes(column)
        if column.takes == "date":
            takes = self._translate(" or ").join((", ".join(_DATES[:2]), _DATES[2]))
        if codes := [code for name in column.classes for code in self._codes(name)]:
            shown = [display(ox.NamedNode(iri)) for iri in codes[:_SHOWN_CODES]]
            more = ", …" if len(codes) > _SHOWN_CODES else ""
            takes += f"{self._translate(':')} {', '.join(shown)}{more}"
        label = self._label(column.property)
        text = f"{label}{mark}{self._translate(':')} {takes}. {self._meaning(column)}"
        return f"{_comment(text, indent='    ')}\n"

    def _optional(self, kind: Kind, quads: Iterable[ox.Quad], used: set[str]) -> str:
        """The properties that the example does not have, as comments."""
        given = {quad.predicate for quad in quads}
        lines = []
        for column in kind.columns:
            if column.property in given or column.property.value in _SELDOM:
                continue
            given.add(column.property)
            value, prefix = self._placeholder(column)
            used |= {prefix, display(column.property).partition(":")[0]}
            lines.append(f"{self._hint(column)}    # {display(column.property)} {value} ;\n")
        hint = self._translate("As far as it fits (take away the first # of a line):")
        head = f"{_comment(hint, indent='    ')}\n" if lines else ""
        return head + "".join(lines)

    def _placeholder(self, column: Column) -> tuple[str, str]:
        """A value to be filled in for a property, and a prefix in it."""
        if column.takes == "text":
            return f'"…"@{column.language}', "xsd"
        if column.takes in _PLACEHOLDERS:
            return _PLACEHOLDERS[column.takes]
        names = [self._prefix(name) for name in column.classes]
        prefix = next(filter(None, names), "country")
        return f"{prefix}:…", prefix

    def _prefix(self, class_: str) -> str:
        """The prefix of the codes of a list or class."""
        if class_.startswith(BASE + "concept/"):
            return class_.rpartition("/")[2]
        by_class = {kind.type.value: kind.name for kind in self.kinds.values()}
        return by_class.get(class_, "")


def row_of(names: Names, kind: Kind, quads: Iterable[ox.Quad]) -> dict[Column, str]:
    """The cells of a fact or thing: `parse_sheets` reads exactly these statements from them.

    Args:
        names: the names of things.
        kind: the kind of the fact or thing.
        quads: the statements about it.
    """
    stated: dict[str, list[Term]] = defaultdict(list)
    for quad in quads:
        stated[quad.predicate.value].append(quad.object)
    cells: dict[Column, list[str]] = {}
    for column in kind.columns:
        for value in stated[column.property.value]:
            if isinstance(value, ox.NamedNode):
                text = (
                    display(value) if column.takes == "link" else names.code(value, column.classes)
                )
                cells.setdefault(column, []).append(text)
            elif isinstance(value, ox.Literal):
                language = value.language or ""
                if column.language in (language, "*"):
                    cells.setdefault(replace(column, language=language), []).append(value.value)
    return {column: "; ".join(sorted(values)) for column, values in cells.items()}


def _example(kind: Kind) -> list[ox.Quad]:
    document = read_document(Path(__file__).with_name("templates.ttl")).quads
    subject = next(q.subject for q in document if q.predicate == RDF_TYPE and q.object == kind.type)
    return [quad for quad in document if quad.subject == subject]


def _first_sentence(text: str) -> str:
    match = re.match(r".*?[.!?](?=\s|$)", text)
    return match[0] if match else text


def _comment(text: str, indent: str = "") -> str:
    return "\n".join(
        f"{indent}# {line}"
        for line in textwrap.wrap(
            text, _WIDTH - len(indent), break_long_words=False, break_on_hyphens=False
        )
    )
