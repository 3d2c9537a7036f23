"""Named questions: SPARQL files with a typed header, answered as of a date, with sources."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from kzld.dataset.citations import Citation, citations
from kzld.dataset.dataset import Dataset
from kzld.dataset.names import resolve
from kzld.dataset.standings import Standing, for_row, standings, together
from kzld.errors import KzldError, QueryError, UnknownNameError, choose, did_you_mean, nearest
from kzld.query.numbers import rivals_with_separators, with_separators
from kzld.query.sparql import data_frame, python_value
from kzld.rdf import dates
from kzld.rdf.namespaces import (
    PREFIXES,
    Term,
    expand,
    fact_language,
    in_language,
    named,
    typed,
    value_of,
)

if TYPE_CHECKING:
    import pandas as pd

_FOLDER = Path(__file__).with_name("questions")
_PARAMETER = re.compile(r"# @param (?P<name>[\w-]+)(?P<mark>[?+*]?) (?P<type>\S+) {2,}(?P<help>.+)")
_PLACE = re.compile(r"^( *)# @(parameters|as-of (\w+) (\?\w+)(?: (\?\w+))?) *$", re.MULTILINE)
_DATES = {"day", "first-day", "last-day"}

_SEPARATOR = "; "
# The kinds of facts whose labels consist of those of the things that they name.
_MADE_OF_LABELS = tuple(
    PREFIXES[kind] for kind in ("membership", "treaty-action", "observation", "relation")
)

Value = str | date | Sequence[str]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a question.

    Attributes:
        name: the name to type after `--`; also the SPARQL variable.
        types: the classes or concept schemes (IRIs) of the entity, empty for any; or one of
            `day`, `first-day`, `last-day` for a date.
        required: whether the question needs it.
        repeated: whether it may be given several times; if also required, at least twice.
        help: its description, in a line.
    """

    name: str
    types: tuple[str, ...]
    required: bool
    repeated: bool
    help: str

    @property
    def variable(self) -> str:
        """The SPARQL variable of the value."""
        return self.name.replace("-", "_")


@dataclass(frozen=True, slots=True)
class Question:
    """A named question, read from its file.

    Attributes:
        name: the name to type after `kzld ask`.
        title: the question itself, in a line.
        parameters: its own parameters; every question also has `at`.
        things: the columns whose values are things, concepts or facts, not texts.
        lists: the columns that hold several texts, separated by semicolons.
        sparse: the columns that a table for people leaves out while they are empty.
        todays: the columns whose things keep today's names, whatever the day.
        rivals: the columns that show what other sources say; of other questions, tables show it.
        example: arguments with which the packaged data give an answer.
        sparql: the query, valid SPARQL; `bind` inserts the values.
    """

    name: str
    title: str
    parameters: tuple[Parameter, ...]
    things: tuple[str, ...]
    lists: tuple[str, ...]
    sparse: tuple[str, ...]
    todays: tuple[str, ...]
    rivals: tuple[str, ...]
    example: str
    sparql: str


AT = Parameter(
    "at", ("day",), False, False, "as things stood that day, such as 2022-06-20 or today"
)


@dataclass(frozen=True)
class Answer:
    """The answer to a named question: rows of labels, with the IRIs and sources behind them.

    Attributes:
        dataset: the data set that answered.
        question: the question.
        language: the language of labels and texts.
        sparql: the query, with its values bound and its prefixes declared.
        columns: the names of the columns, without those for IRIs.
        rows: for each column a term, or None.
        facts: for each row the facts that it rests on.
        evidence: for each row the one source or passage that it is about, or None.
        at: the day for which things are named; empty for their names of today.
        about: the things that the question names.
    """

    dataset: Dataset
    question: Question
    language: str
    sparql: str
    columns: list[str]
    rows: list[list[Term | None]]
    facts: list[list[ox.NamedNode]]
    evidence: list[Term | None]
    at: str = ""
    about: tuple[Term, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield each row as a dictionary.

        A thing has two entries: its label under the name of the column, its IRI under
        `NAME_id`. Dates stay texts with the precision of the source, numbers are numbers;
        `standing` says whether sources contest the row, `otherwise` what they say instead;
        `fact` holds the IRI of the fact, or several IRIs separated by spaces.
        """
        self._prefetch_things()
        for row, facts, standing in zip(self.rows, self.facts, self.standings, strict=True):
            record: dict[str, Any] = {}
            for column, term in zip(self.columns, row, strict=True):
                if column in self.question.things:
                    record[column] = self._label(column, term) if term else None
                    record[column + "_id"] = term.value if isinstance(term, ox.NamedNode) else None
                else:
                    value = python_value(term)
                    record[column] = value.isoformat() if isinstance(value, date) else value
            record["standing"] = standing.word
            record["otherwise"] = list(map(str, standing.rivals))
            yield {**record, "fact": " ".join(fact.value for fact in facts)}

    @property
    def record_columns(self) -> list[str]:
        """The keys of each record, in order."""
        things = self.question.things
        names = [(c, c + "_id") if c in things else (c,) for c in self.columns]
        return [*(name for group in names for name in group), "standing", "otherwise", "fact"]

    def labels(self) -> list[list[str]]:
        """The rows with labels and plain texts instead of terms."""
        self._prefetch_things()
        return [
            [self._label(column, term) for column, term in zip(self.columns, row, strict=True)]
            for row in self.rows
        ]

    @property
    def heading(self) -> str:
        """What the things that the question names were called on its day, if by other names."""
        shown = []
        for thing in () if self.question.todays else self.about:
            then, now = self.names.label(thing), self.dataset.label(thing, self.language)
            if then != now:
                shown.append(f"{then} (now {now})")
        return f"{self.at}: {', '.join(shown)}" if shown else ""

    @cached_property
    def names(self) -> Names:
        """The names of things on the day of the answer."""
        return names_on(self.dataset, self.at, self.language)

    def _label(self, column: str, term: Term | None) -> str:
        if column in self.question.todays:
            return self.dataset.label(term, self.language)
        return self.names.label(term)

    @cached_property
    def standings(self) -> list[Standing]:
        """How each row stands: as the worst of its facts, with the rivals of all."""
        asked = (fact for facts in self.facts for fact in facts)
        found = standings(self.dataset, asked, language=self.language)
        return [
            together(for_row(fact, found[fact], row) for fact in facts)
            for row, facts in zip(self.rows, self.facts, strict=True)
        ]

    def table(self) -> tuple[list[str], list[list[str]]]:
        """The columns and rows of a table for people.

        Without sparse columns that are empty; with the standing of the rows where some are
        contested, unless the question shows it itself. Large numbers have separators.
        """
        columns = list(self.columns)
        cells = zip(self.rows, self.labels(), strict=True)
        rows = [list(map(with_separators, terms, texts)) for terms, texts in cells]
        if not self.question.rivals and any(one.word != "stands" for one in self.standings):
            columns += ["standing", "others say"]
            for row, one in zip(rows, self.standings, strict=True):
                row += [one.word, rivals_with_separators("; ".join(map(str, one.rivals)))]
        kept = [
            index
            for index, column in enumerate(columns)
            if column not in self.question.sparse or any(row[index] for row in rows)
        ]
        return [columns[i] for i in kept], [[row[i] for i in kept] for row in rows]

    def _prefetch_things(self) -> None:
        self.dataset.prefetch(term for row in self.rows for term in row)

    def citations(self) -> list[list[Citation]]:
        """The sources of each row, for and against."""
        facts = [fact for row in self.facts for fact in row]
        cited = citations(self.dataset, facts, language=self.language)
        return [
            [
                citation
                for citation in dict.fromkeys(c for fact in row for c in cited[fact])
                if evidence is None or evidence == ox.NamedNode(citation.evidence)
            ]
            for row, evidence in zip(self.facts, self.evidence, strict=True)
        ]

    def to_pandas(self) -> pd.DataFrame:
        """The rows as a DataFrame, with the columns of `__iter__`.

        Raises:
            KzldError: pandas is not installed (`pip install "kzld[pandas]"`).
        """
        return data_frame(self.record_columns, list(self))


@dataclass(frozen=True, slots=True)
class Names:
    """The names of things on a day.

    Attributes:
        dataset: the data set.
        language: the language of the names.
        borne: for each thing with a dated name on that day, the name.
    """

    dataset: Dataset
    language: str
    borne: Mapping[Term, str]

    def label(self, term: Term | None) -> str:
        """The name of a thing on that day, or its label; so, too, within the label of a fact."""
        if term is not None and term in self.borne:
            return self.borne[term]
        label = self.dataset.label(term, self.language)
        if self.borne and isinstance(term, ox.NamedNode) and term.value.startswith(_MADE_OF_LABELS):
            spoken = fact_language(self.language)
            named = {
                self.dataset.label(quad.object, spoken): self.borne[quad.object]
                for quad in self.dataset.store.quads_for_pattern(term, None, None)
                if quad.object in self.borne
            }
            # The label of a post may contain that of its body.
            for now in sorted(named, key=len, reverse=True):
                label = label.replace(now, named[now])
        return label


def names_on(dataset: Dataset, day: str, language: str = "en") -> Names:
    """The names that things bore on a day; their labels on no day.

    Args:
        dataset: the data set.
        day: the day, such as `2022-06-20`; empty for today's labels.
        language: the language of the names, or the next best one.
    """
    found: dict[Term, dict[str, ox.Literal]] = {}
    facts: dict[Term, Term] = {}
    if day:
        text = (_FOLDER / "as-of" / "names.rq").read_text("utf-8")
        query = _read("names", text)
        for row in dataset.select(bind(query, {AT.variable: [typed(day, "date")]})):
            thing, name = row["thing"], row["name"]
            if isinstance(name, ox.Literal) and facts.setdefault(thing, row["fact"]) == row["fact"]:
                found.setdefault(thing, {})[name.language or ""] = name
    borne = {thing: in_language(names, language) for thing, names in found.items()}
    return Names(dataset, language, {thing: name.value for thing, name in borne.items() if name})


@cache
def questions() -> dict[str, Question]:
    """All named questions, by name."""
    files = sorted(_FOLDER.glob("*.rq"))
    return {path.stem: _read(path.stem, path.read_text("utf-8")) for path in files}


def _read(name: str, text: str) -> Question:
    header, _, sparql = text.partition("\n\n")
    title = header.splitlines()[0].removeprefix("# ")
    marks = dict(
        re.findall(r"^# @(example|things|lists|sparse|todays|rivals) (.*)$", header, re.MULTILINE)
    )
    parameters = tuple(
        Parameter(
            match["name"],
            tuple(_type(word) for word in match["type"].split("|") if word != "any"),
            match["mark"] not in ("?", "*"),
            match["mark"] in ("+", "*"),
            match["help"],
        )
        for match in _PARAMETER.finditer(header)
    )
    return Question(
        name,
        title,
        parameters,
        tuple(marks.get("things", "").split()),
        tuple(marks.get("lists", "").split()),
        tuple(marks.get("sparse", "").split()),
        tuple(marks.get("todays", "").split()),
        tuple(marks.get("rivals", "").split()),
        marks.get("example", ""),
        sparql,
    )


def _type(word: str) -> str:
    return word if word in _DATES else expand(word) or word


def find(name: str) -> Question:
    """The question with that name.

    Raises:
        UnknownNameError: there is none; the message suggests the nearest names.
    """
    return questions()[choose("question", name, questions(), "`kzld ask` lists them")]


def ask(
    dataset: Dataset, name: str, values: Mapping[str, Value | None], *, language: str = "en"
) -> Answer:
    """Answer a named question.

    Args:
        dataset: the data set.
        name: the name of the question, such as `members`.
        values: its parameters by name; entities as IRI, prefixed name, code or label,
            dates as text or `datetime.date`; a repeated parameter takes a list.
        language: the language of labels and texts: `en`, `fr`, `ru` or `kk`, or the next
            best one for texts without it.

    Raises:
        UnknownNameError: no such question, parameter or entity.
        KzldError: a parameter is missing, or a date is impossible.
    """
    question = find(name)
    bound = {p.variable: terms for p, terms in _terms(dataset, question, values).items()}
    if re.search(r"[?$]language\b", question.sparql):
        bound["language"] = [ox.Literal(fact_language(language))]
    sparql = bind(question, bound)
    try:
        solutions = dataset.query(sparql)
    except SyntaxError as error:
        raise QueryError(f"the question {name} is broken: {error}") from error
    assert isinstance(solutions, ox.QuerySolutions)  # noqa: S101 (questions are SELECTs)
    variables = [variable.value for variable in solutions.variables]
    hidden = {"fact", "evidence"} if "at" in bound else {"fact", "evidence", "status"}
    columns = [variable for variable in variables if variable not in hidden]
    rows, facts, evidence = [], [], []
    for solution in solutions:
        rows.append(
            [_in_order(solution[c]) if c in question.lists else solution[c] for c in columns]
        )
        facts.append(_facts(solution["fact"]))
        evidence.append(solution["evidence"] if "evidence" in variables else None)
    at = value_of(bound["at"][0]) if "at" in bound else ""
    given = (terms for name, terms in bound.items() if name not in ("at", "language"))
    about = tuple(term for terms in given for term in terms if isinstance(term, ox.NamedNode))
    return Answer(dataset, question, language, sparql, columns, rows, facts, evidence, at, about)


def _in_order(term: Term | None) -> Term | None:
    """The parts of a list sorted: SPARQL engines concatenate them in any order."""
    if not isinstance(term, ox.Literal):
        return term
    return ox.Literal(_SEPARATOR.join(sorted(term.value.split(_SEPARATOR))))


def _facts(term: Term | None) -> list[ox.NamedNode]:
    """The facts of a row: one IRI, or several in a text if the question groups them."""
    if isinstance(term, ox.NamedNode):
        return [term]
    words = term.value.split() if isinstance(term, ox.Literal) else []
    return [ox.NamedNode(word) for word in sorted(set(words))]


def _terms(
    dataset: Dataset, question: Question, values: Mapping[str, Value | None]
) -> dict[Parameter, list[Term]]:
    known = {parameter.name: parameter for parameter in (*question.parameters, AT)}
    for name in values:
        if name.replace("_", "-") not in known:
            near = nearest(name, known, limit=1)
            hint = did_you_mean(near, f"it takes {', '.join(known)}")
            raise UnknownNameError(f"{question.name} has no parameter {name!r}; {hint}", near)
    bound: dict[Parameter, list[Term]] = {}
    for parameter in known.values():
        given = values.get(parameter.name, values.get(parameter.variable))
        items = [given] if isinstance(given, (str, date)) else list(given or ())
        terms = list(dict.fromkeys(_term(dataset, parameter, item) for item in items))
        if any(type_.startswith(PREFIXES["concept"]) for type_ in parameter.types):
            terms = _with_narrower(dataset, terms)
        if parameter.required and len(terms) < 1 + parameter.repeated:
            different = "two different values of " if parameter.repeated else ""
            raise KzldError(
                f"{question.name} needs {different}--{parameter.name} ({parameter.help})"
            )
        if terms:
            bound[parameter] = terms
    _check_period(bound)
    return bound


def _with_narrower(dataset: Dataset, concepts: list[Term]) -> list[Term]:
    """Concepts, and the narrower ones: who asks for members means founding members, too."""
    found = list(concepts)
    for concept in found:  # it grows meanwhile
        quads = dataset.store.quads_for_pattern(None, named("skos:broader"), concept)
        narrower = sorted((quad.subject for quad in quads), key=str)
        found += [term for term in narrower if term not in found]
    return found


def _check_period(bound: Mapping[Parameter, Sequence[Term]]) -> None:
    days = {kind: terms[0] for p, terms in bound.items() for kind in p.types if kind in _DATES}
    first, last = days.get("first-day"), days.get("last-day")
    if isinstance(first, ox.Literal) and isinstance(last, ox.Literal) and first.value > last.value:
        raise KzldError(f"--from ({first.value}) is after --to ({last.value})")


def _term(dataset: Dataset, parameter: Parameter, value: str | date) -> Term:
    if _DATES.isdisjoint(parameter.types):
        return resolve(dataset, str(value), parameter.types)
    if not isinstance(value, date):
        if parameter.types == ("day",):
            value = dates.parse_day(value)
        else:
            value = dates.parse(value)[parameter.types == ("last-day",)]
    return typed(value.isoformat(), "date")


def _values(values: Mapping[str, Sequence[Term]]) -> str:
    """One VALUES block for all values: rdflib propagates bindings through only one join."""
    names = " ".join(f"?{variable}" for variable in values)
    rows = " ".join(f"({' '.join(map(str, row))})" for row in product(*values.values()))
    return f"VALUES ({names}) {{ {rows} }}"


def bind(question: Question, values: Mapping[str, Sequence[Term]]) -> str:
    """A question's query with its variables bound, for any SPARQL 1.1 engine.

    `# @parameters` in the file becomes a VALUES block, in which the RDF library writes the
    terms; `# @as-of` becomes the pattern for the date, if there is one.
    """
    block = _values(values) if values else ""
    dated = AT.variable in values

    def fill(place: re.Match[str]) -> str:
        indent, what, kind, fact, status = place.groups()
        if what == "parameters":
            text = block
        else:
            text = (_FOLDER / "as-of" / f"{kind}.rq").read_text("utf-8") if dated else ""
            text = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("?fact", fact or "")
            text = text.replace("?status", status or "?status")
        return "\n".join(indent + line for line in text.splitlines())

    body = _PLACE.sub(fill, question.sparql)
    used = {prefix for prefix in PREFIXES if re.search(rf"(?<![\w-]){prefix}:", body)}
    declared = "".join(f"PREFIX {prefix}: <{PREFIXES[prefix]}>\n" for prefix in sorted(used))
    return declared + re.sub(r"\n\s*\n", "\n", body)
