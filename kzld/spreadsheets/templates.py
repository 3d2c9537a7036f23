"""What a newcomer starts from: for each kind a commented Turtle template or a spreadsheet.

The values come from `templates.ttl`; what is said of them, from the ontology and the shapes.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import Final

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
    display,
    in_language,
    shorten,
)
from kzld.spreadsheets.cells import Names
from kzld.spreadsheets.csv_file import REQUIRED
from kzld.spreadsheets.headings import ID, TYPE
from kzld.spreadsheets.rows import row_of
from kzld.text import as_table, delimited, fold, translated

_WIDTH: Final = 96
_SELDOM: Final = {  # left out of a new template, which says where to find them
    SKOS + "altLabel",
    *(KZ + name for name in ("rank", "contradicts", "disputedBy")),
}
_SHOWN_CODES: Final = 6
_DATES: Final = ('"2015-05-29"^^xsd:date', '"2015-05"^^xsd:gYearMonth', '"2015"^^xsd:gYear')
_PLACEHOLDERS: Final = {  # and the prefix that each needs
    "date": ('"2015"^^xsd:gYear', "xsd"),
    "address": ('"https://…"^^xsd:anyURI', "xsd"),
    "number": ("1", "xsd"),
    "code": ('"…"', "xsd"),
    "link": ("wd:Q…", "wd"),
}


_DELIMITERS: Final = {"en": ",", "fr": ";"}  # as spreadsheet programs of the language expect
_TAKES: Final = {
    "date": "2015-05-29, 2015-05 or 2015",
    "text": "a text",
    "number": "a number, such as 3000 or 0.5",
    "address": "a web address, https://…",
    "code": "a code",
    "object": "whatever has a name, or a date",
    "property": "a property, such as “capital” or “born in”",
    "link": "the same thing in another data set, wd:Q232 or https://…",
}
_PURPOSES: Final = {  # of the kinds whose class a standard defines
    "person": "A human being, living or dead, of whom there are facts.",
    "body": "An organisation, ministry, company or other group that acts under a name.",
    "post": "A post that one person at a time holds, such as the presidency of a state.",
}
_MADE_UP: Final = (
    "An example, made up: replace the values and the name “{}”, take away what you "
    "do not need. * must be given."
)
_THEN: Final = (
    "Then: kzld validate FILE.ttl. Codes and names: kzld search TEXT. "
    "Rarer properties, whole lists: kzld new {} --columns"
)
_TYPE_MEANING: Final = "what the row is; not needed where all rows are of one kind that shows"
_ID_MEANING: Final = "its own code; leave it empty and one is made"


class Templates:
    """Templates of every kind.

    Args:
        dataset: the packaged data set.
        language: of all that is said, `en` or `fr`.
    """

    def __init__(self, dataset: Dataset, language: str = "en") -> None:
        self._dataset, self._language = dataset, language
        self.kinds = kinds(dataset)

    def list_kinds(self) -> str:
        """A table of the kinds: name, label, definition."""
        rows = [
            [kind.name, self._label(kind.type), _first_sentence(self._purpose(kind))]
            for kind in self.kinds.values()
        ]
        return as_table(self._say("kind|called|meaning").split("|"), rows)

    def spreadsheet(self, kind: Kind) -> str:
        """A header with human names and one example row, as CSV; required columns have a *."""
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
        """What each column of a kind takes and means, and the codes of the lists that it uses."""
        rows = [
            [TYPE, "", f"{kind.name}, …", self._say(_TYPE_MEANING)],
            [ID, "", self._say(_TAKES["code"]), self._say(_ID_MEANING)],
        ]
        rows += [
            [self._heading(c), self._need(c), self._takes_in_cell(c), self._meaning(c)]
            for c in kind.columns
        ]
        parts = [as_table(self._say("column|required|takes|meaning").split("|"), rows)]
        for scheme in dict.fromkeys(name for c in kind.columns for name in c.classes):
            if codes := self._codes(scheme):
                shown = ", ".join(iri.rpartition("/")[2] for iri in codes)
                label = self._label(ox.NamedNode(scheme))
                parts.append(fold(f"{label}: {shown}", indent="    ", first="") + "\n")
        return "\n".join(parts)

    def turtle(self, kind: Kind) -> str:
        """A fact or thing in Turtle, with comments on each property."""
        quads = _example(kind)
        used: set[str] = set()
        (block,) = turtle.blocks(quads, used, {})
        name = shorten(quads[0].subject.value)  # type: ignore[union-attr]
        head = [f"{self._label(kind.type)}{self._say(':')} {self._purpose(kind)}"]
        head += [self._say(_MADE_UP).format(name), self._say(_THEN).format(kind.name)]
        body = self._commented(kind, block) + self._optional(kind, quads, used)
        top = "\n#\n".join(_comment(text) for text in head)
        # The full stop stands alone, so that any line may be taken away or added.
        return f"{top}\n\n{turtle.prefix_lines(used)}\n{body}    .\n"

    # ------------------------------------------------------------ texts

    def _say(self, english: str) -> str:
        return translated(english, self._language)

    def _label(self, thing: ox.NamedNode) -> str:
        label = self._dataset.label(thing, self._language)
        return re.split(r"\s?: ", label)[-1]  # agent: a person, body or country

    def _purpose(self, kind: Kind) -> str:
        """The definition of a kind, or where a standard defines its class, words of ours."""
        return self._definition(kind.type) or self._say(_PURPOSES[kind.name])

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
            return self._say("yes")
        others = [self._label(iri) for iri in column.alternatives if iri != column.property]
        return self._say("or else {}").format(", ".join(others)) if others else ""

    def _takes(self, column: Column) -> str:
        if column.takes != "thing":
            return self._say(_TAKES[column.takes])
        labels = [self._label(ox.NamedNode(name)) for name in column.classes]
        if any(self._codes(name) for name in column.classes):
            return f"{self._say('from the list of')} {labels[0]}"
        return self._say(" or ").join(labels) or self._say("whatever has a name")

    def _takes_in_cell(self, column: Column) -> str:
        source = self._say(", also by web address") if KZ + "Source" in column.classes else ""
        many = self._say("; several are parted by ;") if column.many else ""
        return self._takes(column) + source + many

    def _meaning(self, column: Column) -> str:
        """What a property is for: its definition, else why there is a rule about it."""
        rule = ox.NamedNode(SHAPES + column.rule)
        texts = (self._definition(column.property), self._text(rule, RDFS + "comment"))
        return _first_sentence(next(filter(None, texts), ""))

    def _codes(self, scheme: str) -> list[str]:
        """The concepts of a scheme; none where it is a class."""
        in_scheme = ox.NamedNode(SKOS + "inScheme")
        found = self._dataset.store.quads_for_pattern(None, in_scheme, ox.NamedNode(scheme))
        return sorted({quad.subject.value for quad in found})  # type: ignore[union-attr]

    # ------------------------------------------------------------ Turtle

    def _commented(self, kind: Kind, block: str) -> str:
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
            takes = self._say(" or ").join((", ".join(_DATES[:2]), _DATES[2]))
        if codes := [code for name in column.classes for code in self._codes(name)]:
            shown = [display(ox.NamedNode(iri)) for iri in codes[:_SHOWN_CODES]]
            more = ", …" if len(codes) > _SHOWN_CODES else ""
            takes += f"{self._say(':')} {', '.join(shown)}{more}"
        label = self._label(column.property)
        text = f"{label}{mark}{self._say(':')} {takes}. {self._meaning(column)}"
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
        hint = self._say("As far as it fits (take away the first # of a line):")
        head = f"{_comment(hint, indent='    ')}\n" if lines else ""
        return head + "".join(lines)

    def _placeholder(self, column: Column) -> tuple[str, str]:
        """What may stand as the value of a property, to be filled in, and a prefix in it."""
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
