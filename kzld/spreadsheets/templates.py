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
from kzld.spreadsheets.rows import ID, TYPE, row_of
from kzld.text import as_table, delimited, fold

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
_WORDS: Final[dict[str, dict[str, str]]] = {
    "en": {
        "delimiter": ",",
        "colon": ":",
        "date": "2015-05-29, 2015-05 or 2015",
        "text": "a text",
        "number": "a number, such as 3000 or 0.5",
        "address": "a web address, https://…",
        "code": "a code",
        "object": "whatever has a name, or a date",
        "property": "a property, such as “capital” or “born in”",
        "link": "the same thing in another data set, wd:Q232 or https://…",
        "any": "whatever has a name",
        "list": "from the list of",
        "or": " or ",
        "many": "; several are parted by ;",
        "source": ", also by web address",
        "columns": "column|required|takes|meaning",
        "yes": "yes",
        "either": "or else {}",
        "type": "what the row is; not needed where all rows are of one kind that shows",
        "id": "its own code; leave it empty and one is made",
        "kinds": "kind|called|meaning",
        "made-up": "An example, made up: replace the values and the name “{}”, take away what you "
        "do not need. * must be given.",
        "check": "Then: kzld validate FILE.ttl. Codes and names: kzld search TEXT. "
        "Rarer properties, whole lists: kzld new {} --columns",
        "person": "A human being, living or dead, of whom there are facts.",
        "body": "An organisation, ministry, company or other group that acts under a name.",
        "post": "A post that one person at a time holds, such as the presidency of a state.",
        "optional": "As far as it fits (take away the first # of a line):",
    },
    "fr": {
        "delimiter": ";",
        "colon": " :",
        "date": "2015-05-29, 2015-05 ou 2015",
        "text": "un texte",
        "number": "un nombre, par exemple 3000 ou 0.5",
        "address": "une adresse web, https://…",
        "code": "un code",
        "object": "ce qui a un nom, ou une date",
        "property": "une propriété, par exemple « capitale » ou « né à »",
        "link": "la même chose dans un autre jeu de données, wd:Q232 ou https://…",
        "any": "ce qui a un nom",
        "list": "de la liste des",
        "or": " ou ",
        "many": " ; plusieurs se séparent par ;",
        "source": ", aussi par l’adresse web",
        "columns": "colonne|obligatoire|contient|sens",
        "yes": "oui",
        "either": "ou bien {}",
        "type": "ce qu’est la ligne ; inutile si toutes les lignes sont visiblement d’un genre",
        "id": "son propre code ; laissé vide, il se fait tout seul",
        "kinds": "genre|nom|sens",
        "made-up": "Un exemple inventé : remplacez les valeurs et le nom « {} », ôtez ce qui est "
        "inutile. * est obligatoire.",
        "check": "Puis : kzld validate FICHIER.ttl. Codes et noms : kzld search TEXTE. "
        "Propriétés plus rares, listes entières : kzld new {} --columns --lang fr",
        "person": "Un être humain, vivant ou mort, sur qui il y a des faits.",
        "body": "Une organisation, un ministère, une entreprise ou un autre groupe qui agit sous "
        "un nom.",
        "post": "Un poste que tient une personne à la fois, comme la présidence d’un État.",
        "optional": "S’il y a lieu (ôtez le premier # d’une ligne) :",
    },
}


class Templates:
    """Templates of every kind.

    Args:
        dataset: the packaged data set.
        language: of all that is said, `en` or `fr`.
    """

    def __init__(self, dataset: Dataset, language: str = "en") -> None:
        self._dataset, self._language = dataset, language
        self._words = _WORDS[language]
        self.kinds = kinds(dataset)

    def list_kinds(self) -> str:
        """A table of the kinds: name, label, definition."""
        rows = [
            [kind.name, self._label(kind.type), _first_sentence(self._purpose(kind))]
            for kind in self.kinds.values()
        ]
        return as_table(self._words["kinds"].split("|"), rows)

    def spreadsheet(self, kind: Kind) -> str:
        """A header with human names and one example row, as CSV; required columns have a *.

        In French the delimiter is what spreadsheet programs set to French expect.
        """
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
        return delimited(header, [row], delimiter=self._words["delimiter"])

    def columns(self, kind: Kind) -> str:
        """What each column of a kind takes and means, and the codes of the lists that it uses."""
        words = self._words
        rows = [[TYPE, "", f"{kind.name}, …", words["type"]], [ID, "", words["code"], words["id"]]]
        rows += [
            [self._heading(c), self._need(c), self._takes_in_cell(c), self._meaning(c)]
            for c in kind.columns
        ]
        parts = [as_table(words["columns"].split("|"), rows)]
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
        head = [f"{self._label(kind.type)}{self._words['colon']} {self._purpose(kind)}"]
        head += [self._words["made-up"].format(name), self._words["check"].format(kind.name)]
        body = self._commented(kind, block) + self._optional(kind, quads, used)
        top = "\n#\n".join(_comment(text) for text in head)
        # The full stop stands alone, so that any line may be taken away or added.
        return f"{top}\n\n{turtle.prefix_lines(used)}\n{body}    .\n"

    # ------------------------------------------------------------ texts

    def _label(self, thing: ox.NamedNode) -> str:
        label = self._dataset.label(thing, self._language)
        return re.split(r"\s?: ", label)[-1]  # agent: a person, body or country

    def _purpose(self, kind: Kind) -> str:
        """What a kind is for: its definition, or where a standard has it, words of ours."""
        return self._definition(kind.type) or self._words[kind.name]

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
            return self._words["yes"]
        others = [self._label(iri) for iri in column.alternatives if iri != column.property]
        return self._words["either"].format(", ".join(others)) if others else ""

    def _takes(self, column: Column) -> str:
        words = self._words
        if column.takes != "thing":
            return words[column.takes]
        labels = [self._label(ox.NamedNode(name)) for name in column.classes]
        if any(self._codes(name) for name in column.classes):
            return f"{words['list']} {labels[0]}"
        return words["or"].join(labels) or words["any"]

    def _takes_in_cell(self, column: Column) -> str:
        source = self._words["source"] if KZ + "Source" in column.classes else ""
        many = self._words["many"] if column.many else ""
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
            takes = self._words["or"].join((", ".join(_DATES[:2]), _DATES[2]))
        if codes := [code for name in column.classes for code in self._codes(name)]:
            shown = [display(ox.NamedNode(iri)) for iri in codes[:_SHOWN_CODES]]
            more = ", …" if len(codes) > _SHOWN_CODES else ""
            takes += f"{self._words['colon']} {', '.join(shown)}{more}"
        label = self._label(column.property)
        text = f"{label}{mark}{self._words['colon']} {takes}. {self._meaning(column)}"
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
        head = f"{_comment(self._words['optional'], indent='    ')}\n" if lines else ""
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
    document: list[ox.Quad] = read_document(Path(__file__).with_name("templates.ttl")).quads
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
