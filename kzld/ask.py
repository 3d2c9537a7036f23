"""Named questions: SPARQL files with a typed header, answered as of a date, with sources."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cache
from typing import Final

import pyoxigraph as ox

from kzld import dates
from kzld.dataset import PACKAGE, Dataset
from kzld.errors import KzldError, QueryError, UnknownNameError
from kzld.names import resolve
from kzld.rdf import PREFIXES, XSD, Term, expand

_FOLDER: Final = PACKAGE / "questions"
_PARAMETER: Final = re.compile(
    r"# @param (?P<name>[\w-]+)(?P<mark>[?+]?) (?P<type>\S+) {2,}(?P<help>.+)"
)
_PLACE: Final = re.compile(r"^( *)# @(parameters|as-of (\w+) (\?\w+)) *$", re.MULTILINE)
_DATES: Final = {"day", "first-day", "last-day"}

Value = str | date | Sequence[str]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a question.

    Attributes:
        name: as typed after `--`; also the SPARQL variable.
        types: the classes or concept schemes (IRIs) that an entity must be of, empty for
            any; or one of `day`, `first-day`, `last-day` for a date.
        required: whether the question needs it.
        repeated: whether it is given two or more times.
        help: what it is, in a line.
    """

    name: str
    types: tuple[str, ...]
    required: bool
    repeated: bool
    help: str

    @property
    def variable(self) -> str:
        """The name of the SPARQL variable that the value is bound to."""
        return self.name.replace("-", "_")


@dataclass(frozen=True, slots=True)
class Question:
    """A named question, as its file says it.

    Attributes:
        name: as typed after `kzld ask`.
        title: what it answers, in a line.
        parameters: its own parameters; every question has `at` besides.
        example: arguments that give an answer over the packaged data.
        sparql: the query; valid as it stands, for any time and any entity.
    """

    name: str
    title: str
    parameters: tuple[Parameter, ...]
    example: str
    sparql: str


AT: Final = Parameter(
    "at", ("day",), False, False, "as things stood that day, such as 2022-06-20 or today"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows that answer a question.

    Attributes:
        question: which one.
        sparql: the query that was asked, with its values bound and prefixes declared.
        columns: the names of the columns, without `fact`.
        rows: a term, or None, for each column.
        facts: for each row the facts that it rests on.
    """

    question: Question
    sparql: str
    columns: list[str]
    rows: list[list[Term | None]]
    facts: list[list[ox.NamedNode]]


@cache
def questions() -> dict[str, Question]:
    """All named questions, by name."""
    files = sorted(_FOLDER.glob("*.rq"))
    return {path.stem: _read(path.stem, path.read_text("utf-8")) for path in files}


def _read(name: str, text: str) -> Question:
    header, _, sparql = text.partition("\n\n")
    title = header.splitlines()[0].removeprefix("# ")
    example = re.search(r"^# @example (.*)$", header, re.MULTILINE)
    parameters = tuple(
        Parameter(
            match["name"],
            tuple(_type(word) for word in match["type"].split("|") if word != "any"),
            match["mark"] != "?",
            match["mark"] == "+",
            match["help"],
        )
        for match in _PARAMETER.finditer(header)
    )
    return Question(name, title, parameters, example[1] if example else "", sparql)


def _type(word: str) -> str:
    return word if word in _DATES else expand(word) or word


def find(name: str) -> Question:
    """The question of that name.

    Raises:
        UnknownNameError: there is none; the message names the nearest.
    """
    known = questions()
    if name in known:
        return known[name]
    near = get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else "`kzld ask` lists them"
    raise UnknownNameError(f"there is no question {name!r}; {hint}", near)


def ask(
    dataset: Dataset, name: str, values: Mapping[str, Value | None], *, language: str = "en"
) -> Answer:
    """Answer a named question.

    Args:
        dataset: where to look.
        name: of the question, such as `members`.
        values: its parameters by name; entities as IRI, prefixed name, code or label,
            dates as text or `datetime.date`; a repeated parameter takes a list.
        language: of the texts in the answer, `en` or `fr`.

    Raises:
        UnknownNameError: no such question, parameter or entity.
        KzldError: a parameter is missing, or a date is impossible.
    """
    question = find(name)
    bound = {p.variable: terms for p, terms in _terms(dataset, question, values).items()}
    if re.search(r"[?$]language\b", question.sparql):
        bound["language"] = [ox.Literal(language)]
    sparql = bind(question, bound)
    try:
        solutions = dataset.store.query(sparql, default_graph=dataset.default_graphs)
    except SyntaxError as error:
        raise QueryError(f"the question {name} is broken: {error}") from error
    assert isinstance(solutions, ox.QuerySolutions)  # noqa: S101 (questions are SELECTs)
    variables = [variable.value for variable in solutions.variables]
    hidden = {"fact"} if "at" in bound else {"fact", "status"}
    columns = [variable for variable in variables if variable not in hidden]
    rows, facts = [], []
    for solution in solutions:
        rows.append([solution[column] for column in columns])
        facts.append(_facts(solution["fact"]))
    return Answer(question, sparql, columns, rows, facts)


def _facts(term: Term | None) -> list[ox.NamedNode]:
    """The facts of a row: one IRI, or several in a text where the question groups them."""
    if isinstance(term, ox.NamedNode):
        return [term]
    words = term.value.split() if isinstance(term, ox.Literal) else []
    return [ox.NamedNode(word) for word in dict.fromkeys(words)]


def _terms(
    dataset: Dataset, question: Question, values: Mapping[str, Value | None]
) -> dict[Parameter, list[Term]]:
    known = {parameter.name: parameter for parameter in (*question.parameters, AT)}
    for name in values:
        if name.replace("_", "-") not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"it takes {', '.join(known)}"
            raise UnknownNameError(f"{question.name} has no parameter {name!r}; {hint}", near)
    bound: dict[Parameter, list[Term]] = {}
    for parameter in known.values():
        given = values.get(parameter.name, values.get(parameter.variable))
        items = [given] if isinstance(given, (str, date)) else list(given or ())
        if parameter.required and len(items) < 1 + parameter.repeated:
            at_least = "at least twice " if parameter.repeated else ""
            raise KzldError(
                f"{question.name} needs --{parameter.name} {at_least}({parameter.help})"
            )
        if items:
            bound[parameter] = [_term(dataset, parameter, item) for item in items]
    return bound


def _term(dataset: Dataset, parameter: Parameter, value: str | date) -> Term:
    if _DATES.isdisjoint(parameter.types):
        return resolve(dataset, str(value), parameter.types)
    if not isinstance(value, date):
        if parameter.types == ("day",):
            value = dates.parse_day(value)
        else:
            value = dates.parse(value)[parameter.types == ("last-day",)]
    return ox.Literal(value.isoformat(), datatype=ox.NamedNode(XSD + "date"))


def bind(question: Question, values: Mapping[str, Sequence[Term]]) -> str:
    """A question's query with its variables bound, ready for any SPARQL 1.1 engine.

    Each value is written by the RDF library as a term in a VALUES block, where the file
    says `# @parameters`; `# @as-of` becomes the pattern for the date, if there is one.
    """
    block = "\n".join(
        f"VALUES ?{variable} {{ {' '.join(str(term) for term in terms)} }}"
        for variable, terms in values.items()
    )
    dated = AT.variable in values

    def fill(place: re.Match[str]) -> str:
        indent, what, kind, fact = place.groups()
        if what == "parameters":
            text = block
        else:
            text = (_FOLDER / "as-of" / f"{kind}.rq").read_text("utf-8") if dated else ""
            text = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("?fact", fact or "")
        return "\n".join(indent + line for line in text.splitlines())

    body = _PLACE.sub(fill, question.sparql)
    used = {prefix for prefix in PREFIXES if re.search(rf"(?<![\w-]){prefix}:", body)}
    declared = "".join(f"PREFIX {prefix}: <{PREFIXES[prefix]}>\n" for prefix in sorted(used))
    return declared + re.sub(r"\n\s*\n", "\n", body)
