"""Pages for people, without scripts: cards of things, answers as tables, the first page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from itertools import islice
from typing import Any
from urllib.parse import quote, urlencode

import pyoxigraph as ox
from jinja2 import Environment, PackageLoader, StrictUndefined

from kzld.dataset import names
from kzld.dataset.citations import Citation, Notes
from kzld.dataset.dataset import Dataset
from kzld.dataset.figures import figures
from kzld.query import cards
from kzld.rdf.namespaces import (
    BASE,
    KZ,
    LANGUAGES,
    RDFS,
    SHAPES,
    SKOS,
    Term,
    display,
    expand,
    graph_name,
    in_language,
    shorten,
)
from kzld.text import translated, translations

_MOST_ROWS = 1000
_DEFINITIONS = (SKOS + "definition", RDFS + "comment")
_WORTH_A_LOOK = ("country/KAZ", "body/EAEU", "person/kassym-jomart-tokayev")
_SAFE_IN_PATH = "/#-._~:@!$&'()*+,;="
_EXAMPLES = {
    "The bodies that Kazakhstan is a member of": """\
SELECT ?body ?name {
  country:KAZ org:memberOf ?body .
  ?body skos:prefLabel ?name . FILTER(LANG(?name) = "en")
} ORDER BY ?name""",
    "Facts on which sources differ, and what contradicts them": """\
SELECT ?fact ?label ?other {
  ?fact a kz:Fact ; kz:contradicts|^rdf:subject ?other ; rdfs:label|skos:prefLabel ?label .
  FILTER(LANG(?label) = "en")
} ORDER BY ?label""",
    "All there is on one fact, as a graph": "DESCRIBE membership:KAZ-EAEU",
}


@dataclass(frozen=True, slots=True)
class View:
    """The options of a page.

    Attributes:
        language: the language of labels and texts: `en`, `fr`, `ru` or `kk`.
        at: a day, to show only facts that held or had happened by then; or empty.
        everything: show all facts, however many there are.
    """

    language: str = "en"
    at: str = ""
    everything: bool = False

    def parameters(self, **more: str) -> str:
        """The parameters of a link to a page with the same options."""
        language = "" if self.language == "en" else self.language
        known = {"lang": language, "at": self.at, **more}
        given = {name: value for name, value in known.items() if value}
        return f"?{urlencode(given)}" if given else ""


@dataclass(frozen=True, slots=True)
class Value:
    """A text with an optional link.

    Attributes:
        text: the text.
        href: the target of its link; empty for no link.
        language: the language of the text; empty for none.
    """

    text: str
    href: str = ""
    language: str = ""


class Texts:
    """The texts of a page's frame.

    Attributes:
        language: the language of the texts; English if they have no translation.
    """

    def __init__(self, language: str) -> None:
        self.language = language if language in translations() else "en"

    def __call__(self, english: str) -> str:
        """Translate an English text."""
        return translated(english, self.language)


_templates = Environment(
    loader=PackageLoader("kzld.serving"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
    auto_reload=False,
)
_templates.globals |= {"version": version("kzld"), "languages": LANGUAGES}
translations()  # loaded now, like the templates: while a query runs, no file can be opened
for _name in _templates.list_templates():
    _templates.get_template(_name)


def thing_at(dataset: Dataset, path: str) -> ox.NamedNode:
    """The thing whose IRI is the project's base and a path.

    Raises:
        UnknownNameError: there is no such thing.
    """
    return names.resolve(dataset, shorten(BASE + path) or BASE + path)


def card(dataset: Dataset, thing: ox.NamedNode, view: View) -> str:
    """The card of a thing: names, properties, facts in order of time, sources.

    Raises:
        KzldError: the day is impossible.
    """
    found = cards.card(
        dataset,
        thing.value,
        at=view.at or None,
        language=view.language,
        everything=view.everything,
    )
    newest, earlier = found.newest(everything=view.everything)
    notes, t = Notes(), Texts(view.language)
    facts = [
        {
            "when": line.when,
            "what": Value(line.what, "" if line.fact == thing else href(line.fact.value, view)),
            "marks": [mark for mark in (t(line.standing), status, line.support) if mark],
            "notes": notes.numbers(line.citations),
        }
        for line in newest
        for status in [f"{t(line.status)} {line.last_known}".strip()]
    ]
    return _render(
        "card.html",
        view=view,
        path=thing.value.removeprefix(BASE),
        iri=thing.value,
        card=found,
        properties=[
            *(
                (name, [Value(text)])
                for name, text in cards.names_in_a_row(dataset, found.dated_names, view.language)
            ),
            *(
                (name, [_value(dataset, term, view) for term in terms])
                for name, terms in cards.statements(dataset, thing, view.language)
            ),
        ],
        facts=facts,
        all=len(newest) + earlier if earlier else 0,
        sources=[_source(citation, view) for citation in notes.citations],
    )


def vocabulary(dataset: Dataset, name: str, view: View) -> str:
    """The page with all terms of the ontology, or all rules of the shapes."""
    namespace = KZ if name == "ontology" else SHAPES
    known = {quad.subject for quad in dataset.quads(name)}
    terms = sorted(
        (term for term in known if isinstance(term, ox.NamedNode) and _is_term_of(term, namespace)),
        key=lambda term: term.value.lower(),
    )
    return _render(
        "vocabulary.html",
        view=view,
        path=name,
        title="Rules" if name == "shapes" else "Ontology",
        terms=[
            {
                "anchor": term.value.removeprefix(namespace),
                "name": display(term),
                "label": dataset.label(term, view.language),
                "kind": names.kind_label(dataset, term, view.language),
                "definition": _definition(dataset, term, view.language),
            }
            for term in terms
        ],
        schemes=[_value(dataset, scheme, view) for scheme in _schemes(dataset)],
    )


def rows(query: str, result: Any) -> str:
    """The page with the solutions of a query as a table, or its truth value."""
    if isinstance(result, ox.QueryBoolean):
        return _render("answer.html", query=query, truth=bool(result))
    columns = [variable.value for variable in result.variables]
    shown = [[_value(None, row[name], View()) for name in columns] for row in _limited(result)]
    return _render(
        "answer.html",
        query=query,
        truth=None,
        columns=columns,
        rows=shown[:_MOST_ROWS],
        more=len(shown) > _MOST_ROWS,
        turtle=None,
        downloads={f: _ask(query, f) for f in ("csv", "tsv", "json", "xml")},
    )


def graph(query: str, turtle: str) -> str:
    """The page with the triples of a query."""
    return _render(
        "answer.html",
        query=query,
        truth=None,
        turtle=turtle,
        downloads={f: _ask(query, f) for f in ("turtle", "ntriples", "rdfxml", "jsonld")},
    )


def home(dataset: Dataset, view: View, endpoint: str) -> str:
    """The first page: figures of the data set, and ways to ask."""
    return _render(
        "home.html",
        view=view,
        path="",
        endpoint=endpoint,
        figures=figures(dataset, view.language),
        things=[_value(dataset, ox.NamedNode(f"{BASE}id/{name}"), view) for name in _WORTH_A_LOOK],
        examples=[(title, query, _ask(query, "html")) for title, query in _EXAMPLES.items()],
    )


def found(dataset: Dataset, text: str, view: View) -> str:
    """The page with the things whose name resembles a text."""
    matches = dataset.names.near(text, limit=20)
    return _render(
        "found.html",
        view=view,
        text=text,
        matches=[
            {
                "thing": _value(dataset, match.thing, view),
                "kind": names.kind_label(dataset, match.thing, view.language),
                "name": match.name,
            }
            for match in matches
        ],
    )


def not_found(dataset: Dataset, message: str, candidates: Iterable[str]) -> str:
    """The page for an unknown name, with the candidates."""
    things = [ox.NamedNode(iri) for name in candidates if (iri := expand(name))]
    meant = [_value(dataset, thing, View()) for thing in things]
    return _render("not_found.html", message=message, candidates=meant)


def href(iri: str, view: View) -> str:
    """The target of a link on an IRI: our own page of it, or the web; empty for neither."""
    if iri.startswith(BASE):
        path, mark, anchor = iri.removeprefix(BASE).partition("#")
        return f"/{quote(path, _SAFE_IN_PATH)}{view.parameters()}{mark}{quote(anchor)}"
    return iri if iri.startswith(("http://", "https://")) else ""


def _render(template: str, **values: Any) -> str:
    view = values.setdefault("view", View())
    known = {"path": None, "t": Texts(view.language)}
    return _templates.get_template(template).render({**known, **values})


def _limited(result: Iterable[Any]) -> Iterator[Any]:
    """As many solutions as a page shows, and one more if there are more."""
    return islice(result, _MOST_ROWS + 1)


def _ask(query: str, form: str) -> str:
    return "/sparql?" + urlencode({"query": query, "format": form})


def _value(dataset: Dataset | None, term: Term | None, view: View) -> Value:
    """A term with its label from the data set; without a data set, with its name."""
    text = dataset.label(term, view.language) if dataset else display(term)
    if isinstance(term, ox.NamedNode):
        return Value(text, href(term.value, view))
    if isinstance(term, ox.Literal):
        is_address = term.datatype.value.endswith("#anyURI")
        return Value(text, href(term.value, view) if is_address else "", term.language or "")
    return Value(text)


def _source(citation: Citation, view: View) -> dict[str, Any]:
    return {
        "text": Value(str(citation), href(citation.evidence, view)),
        "address": Value(citation.address, href(citation.address, view)),
    }


def _is_term_of(term: ox.NamedNode, namespace: str) -> bool:
    return term.value.startswith(namespace) and len(term.value) > len(namespace)


def _definition(dataset: Dataset, term: ox.NamedNode, language: str) -> Value:
    """The definition of a term, or the comment on it."""
    text = in_language(dataset.texts(term, _DEFINITIONS), language)
    return Value(text.value, language=text.language or "") if text else Value("")


def _schemes(dataset: Dataset) -> list[ox.NamedNode]:
    found = dataset.store.quads_for_pattern(
        None, None, ox.NamedNode(SKOS + "ConceptScheme"), graph_name("ontology")
    )
    schemes = (quad.subject for quad in found)
    return sorted((s for s in schemes if isinstance(s, ox.NamedNode)), key=str)
