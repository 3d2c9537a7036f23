"""Replacements for values at fault, computed from the data.

The remedy of a rule is general; a replacement is for one fact.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import quote

import pyoxigraph as ox

from kzld.check.letters import with_latin_letters
from kzld.check.sources import sources
from kzld.dataset.dataset import Dataset
from kzld.dataset.kinds import Kind
from kzld.rdf.date_forms import readings, span
from kzld.rdf.dates import DATATYPES, days
from kzld.rdf.namespaces import (
    KZ,
    PREFIXES,
    RDF,
    RECORD_KINDS,
    SCHEMES,
    THING_KINDS,
    XSD,
    Term,
    display,
    named,
    namespace_of,
    shorten,
    value_of,
)
from kzld.shacl.results import Result
from kzld.shacl.shapes import Rule
from kzld.spreadsheets.new_iris import Namer

_LONGEST = 300  # a longer value is no slip
_MOST_SOURCES = 3
_WIKIDATA = re.compile(r"(?:https?://www\.wikidata\.org/(?:wiki|entity)/)?(Q\d+)")
_WRITTEN_LANGUAGES = {"english": "en", "french": "fr", "russian": "ru", "kazakh": "kk"}
_NAMING = (*THING_KINDS, *RECORD_KINDS, *SCHEMES)
_CITED = (KZ + "supportedBy", KZ + "source")


def replacement(result: Result, rule: Rule, dataset: Dataset) -> str:
    """The replacement for the fault of a result, in Turtle; empty if none can be computed."""
    if len(value_of(result.value)) > _LONGEST:
        return ""
    case = _Case(result, rule, dataset)
    instead = _BY_RULE.get(rule.name, _named_thing)(case)
    return instead if instead and instead != case.written else ""


def supposition(
    result: Result, rule: Rule, dataset: Dataset, proposed: set[ox.NamedNode] | None = None
) -> list[str]:
    """The possible replacements, in Turtle, that only the source can confirm.

    Args:
        result: the result.
        rule: its rule.
        dataset: the data set with the contribution.
        proposed: the names that were proposed before; receives a name that is proposed now.
    """
    if rule.name == "blank-subject" and isinstance(result.focus, ox.BlankNode):
        name = _new_name(_Case(result, rule, dataset), set() if proposed is None else proposed)
        return [name] if name else []
    if rule.name not in _PERHAPS:
        return []
    found = _PERHAPS[rule.name](_Case(result, rule, dataset)) or []
    return [found] if isinstance(found, str) else found


class _Case:
    """A result, with the data that the replacements need."""

    def __init__(self, result: Result, rule: Rule, dataset: Dataset) -> None:
        self.rule, self.dataset, self.value, self.path = rule, dataset, result.value, result.path
        self.focus = result.focus

    @property
    def text(self) -> str:
        """The literal at fault; empty if the value is no literal."""
        return self.value.value if isinstance(self.value, ox.Literal) else ""

    @property
    def written(self) -> str:
        """The value at fault in Turtle."""
        return _turtle(self.value) if self.value is not None else ""

    def all(self, predicate: str, subject: Term | None = None) -> list[Term]:
        """The values of a property of the fact at fault, or of another subject."""
        subject = subject or self.focus
        if not isinstance(subject, ox.NamedNode | ox.BlankNode):
            return []
        return self.dataset.objects(subject, predicate)

    def one(self, predicate: str, subject: Term | None = None) -> Term | None:
        """The value of a property; None unless there is exactly one."""
        values = self.all(predicate, subject)
        return values[0] if len(values) == 1 else None

    def published(self) -> list[ox.Literal]:
        """The dates of the sources of a fact, earliest first."""
        cited: list[Term] = [*self.all(_CITED[0])]
        for passage in list(cited):
            cited += self.all(_CITED[1], passage)
        found = [date for source in cited for date in self.all(PREFIXES["dct"] + "issued", source)]
        dated = {
            span: date
            for date in found
            if isinstance(date, ox.Literal) and (span := days(date.value, date.datatype.value))
        }
        return [dated[span] for span in sorted(dated)]


def _turtle(term: Term) -> str:
    """A term as Turtle with the project's prefixes."""
    if not isinstance(term, ox.Literal):
        return display(term)
    datatype = term.datatype.value
    if term.language or datatype == XSD + "string":
        return str(term)
    name = shorten(datatype) or f"<{datatype}>"
    return f"{ox.Literal(term.value)}^^{name}"


def _typed_date(case: _Case) -> str | None:
    """`"2015"` with any datatype but the right one, `20.06.2022`, a moment, `June 2022`."""
    found = _dates(readings(case.text))
    return found[0] if len(found) == 1 else None


def _possible_dates(case: _Case) -> list[str]:
    """`05/06/2015` may be in May or in June, `c. 2015` in 2015, `Q2 2022` from April to June."""
    found = readings(case.text) or dict.fromkeys(span(case.text) or ())
    return _dates(found)


def _dates(texts: Iterable[str]) -> list[str]:
    """Dates as Turtle, each with its datatype."""
    return [
        _turtle(ox.Literal(text, datatype=ox.NamedNode(datatype)))
        for text in texts
        for datatype in DATATYPES
        if days(text, datatype)
    ]


def _day_before_month(case: _Case) -> str | None:
    """`2020-13-06` may be the thirteenth of June."""
    match = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", case.text)
    turned = f"{match[1]}-{match[3]}-{match[2]}" if match else ""
    date = ox.Literal(turned, datatype=ox.NamedNode(XSD + "date"))
    return _turtle(date) if days(turned, XSD + "date") else None


def _swap_dates(case: _Case) -> str | None:
    start, end = case.one(KZ + "from"), case.one(KZ + "until")
    if start is None or end is None:
        return None
    return f"kz:from {_turtle(end)} ; kz:until {_turtle(start)}"


def _newest_source(case: _Case) -> str | None:
    published = case.published()
    return f"kz:lastKnown {_turtle(published[-1])}" if published else None


def _last_day_of_other(case: _Case) -> str | None:
    """The newest day of the fact that shows that the one at fault still held."""
    for name in ("until", "lastKnown", "date"):
        day = case.one(KZ + name, case.value)
        if day is not None:
            return f"kz:lastKnown {_turtle(day)}"
    return None


def _earliest_source(case: _Case) -> str | None:
    published = case.published()
    return f"kz:firstKnown {_turtle(published[0])}" if published else None


def _ends_on_the_day(case: _Case) -> str | None:
    return f"kz:until {_turtle(case.value)}" if isinstance(case.value, ox.Literal) else None


def _date_property(case: _Case) -> str | None:
    """The property of the date of an act, which has neither beginning nor end."""
    periods = ("from", "until", "firstKnown", "lastKnown")
    dates = [date for name in (*periods, "date") for date in case.all(KZ + name)]
    return "kz:date" if len(dates) == 1 else None


def _with_language(case: _Case) -> str | None:
    """A text with the language that its letters and its neighbours suggest."""
    if not isinstance(case.value, ox.Literal) or case.value.language or case.path is None:
        return None
    rest = [v.language for v in case.all(case.path.value) if isinstance(v, ox.Literal)]
    language = _language_of(case.text)
    if language == "en" and "en" in rest:  # Latin letters, and there is an English text already
        language = "fr"
    return _turtle(ox.Literal(case.text, language=language)) if language not in rest else None


def _language_of(text: str) -> str:
    if re.search("[әғқңөұүһіӘҒҚҢӨҰҮҺІ]", text):
        return "kk"
    return "ru" if re.search("[а-яА-ЯёЁ]", text) else "en"


def _title(case: _Case) -> str | None:
    """A title is in the language of the source."""
    language = value_of(case.one(PREFIXES["schema"] + "inLanguage"))
    if not case.text or not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]+)*", language):
        return None
    return _turtle(ox.Literal(case.text, language=language.lower()))


def _number(case: _Case) -> str | None:
    """The one number in a literal, unless it is a bare number already."""
    if isinstance(case.value, ox.Literal) and case.value.datatype.value in _BARE_NUMBERS:
        return None
    if _SCALE.search(case.text.casefold()):
        return None
    text = re.sub(r"(?<=\d)\.(?=\d{3}.*,\d)", "", case.text)  # 1.234,5
    text = re.sub(r"(?<=\d)[,\u00a0\u202f ](?=\d{3}\b)", "", text)  # 1,234 and 1 234
    text = re.sub(r"(?<=\d),(?=\d)", ".", text)  # 1,5
    found = [number.rstrip(".") for number in re.findall(r"-?\d[\d.]*", text)]
    if len(found) != 1 or not re.fullmatch(r"-?\d+(\.\d+)?", found[0]):
        return None
    return str(found[0])


_SCALE = re.compile(r"hundred|thousand|illi(?:on|ard)|mille|dozen|\b(?:bn|mln|тыс|млн|млрд)\b")
_FLOAT = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d\d?)?")
_BARE_NUMBERS = (XSD + "integer", XSD + "decimal", XSD + "double")


def _count(case: _Case) -> str | None:
    """The one whole number in a literal, from 1 upwards: `5` for `"5"^^xsd:int` and for `5.0`."""
    number = _number(case) or (case.text if isinstance(case.value, ox.Literal) else "")
    match = re.fullmatch(r"\+?0*([1-9]\d*)(\.0+)?", number)
    return match[1] if match else None


def _decimal(number: str) -> str:
    """A number with a decimal point, and without an exponent: `51.0` for `5.1e1`."""
    return number if re.fullmatch(r"-?\d+\.\d+", number) else f"{float(number)}"


def _latitude(case: _Case) -> str | None:
    return _degrees(case, 90)


def _longitude(case: _Case) -> str | None:
    return _degrees(case, 180)


def _degrees(case: _Case, most: int) -> str | None:
    """`51°08′` in decimal degrees; None if there are too many."""
    parts = re.fullmatch(
        r"""(\d+)°\s*(\d+)[′'](?:\s*(\d+(?:\.\d+)?)[″"])?\s*([NSEW]?)""", case.text.strip()
    )
    if parts is None:
        number = _number(case) or (case.text if isinstance(case.value, ox.Literal) else "")
        return _decimal(number) if _FLOAT.fullmatch(number) and abs(float(number)) <= most else None
    value = int(parts[1]) + int(parts[2]) / 60 + float(parts[3] or 0) / 3600
    return f"{-value if parts[4] in ('S', 'W') else value:.4f}" if value <= most else None


def _address(case: _Case) -> str | None:
    """A web address with its scheme, its datatype, and without spaces."""
    text = case.text.strip()
    if not re.match(r"https?://", text):
        if not re.match(r"[\w-]+(\.[\w-]+)+(/|$)", text):
            return None
        text = f"https://{text}"
    return f'"{quote(text, safe=_IN_ADDRESSES)}"^^xsd:anyURI'


_IN_ADDRESSES = "/:?#[]@!$&'()*+,;=%~"


def _language_code(case: _Case) -> str | None:
    code = _WRITTEN_LANGUAGES.get(case.text.casefold())
    return f'"{code}"' if code else None


def _named_thing(case: _Case) -> str | None:
    """The one thing that a text names, where a thing is required: `"TASS"` is body:TASS."""
    asked = re.findall(r"(?<![\w-])([\w-]+):", case.rule.remedy.get("en", ""))
    namespaces = [PREFIXES[prefix] for prefix in asked if prefix in _NAMING]
    if isinstance(case.value, ox.NamedNode):
        return _thing_with_record(case, namespaces)
    text = case.text.strip()
    for name in (text, text.removesuffix("s")) if namespaces else ():
        index = case.dataset.names_in(namespaces)
        if found := index.find(name, namespaces=namespaces).things:
            return display(found[0]) if len(found) == 1 else None
    return None


def _thing_with_record(case: _Case, namespaces: list[str]) -> str | None:
    """The one thing whose record elsewhere is named instead: `wd:Q232` is country:KAZ."""
    match = ox.NamedNode(PREFIXES["schema"] + "sameAs")
    quads = case.dataset.store.quads_for_pattern(None, match, case.value)
    found = {display(q.subject) for q in quads if namespace_of(value_of(q.subject)) in namespaces}
    return found.pop() if len(found) == 1 else None


def _source(case: _Case) -> str | None:
    """The source that is named by its address, title or publisher instead of its name."""
    found = _sources(case)
    return display(found[0]) if len(found) == 1 else None


def _possible_sources(case: _Case) -> list[str]:
    """A few of the sources that have the title, the publisher or the site that is named."""
    return [display(source) for source in _sources(case)[:_MOST_SOURCES]]


def _sources(case: _Case) -> list[ox.NamedNode]:
    return sources(case.value, case.dataset, passages=case.rule.name != "passage-source")


def _wikidata(case: _Case) -> str | None:
    match = _WIKIDATA.fullmatch(value_of(case.value))
    return f"wd:{match[1]}" if match else None


def _successor(case: _Case) -> str | None:
    """The one term that replaces a deprecated one."""
    return display(case.one(PREFIXES["dct"] + "isReplacedBy", case.value)) or None


def _link_back(case: _Case) -> str | None:
    return f"{display(case.value)} kz:contradicts {display(case.focus)} ."


def _body_of_post(case: _Case) -> str | None:
    body = case.one(PREFIXES["org"] + "postIn", case.value)
    return f"org:organization {display(body)}" if body else None


def _slug_of_type(case: _Case) -> str | None:
    """`membership:KAZ-forum` for a membership named `membership:KAZ_forum` or `event:KAZ-forum`."""
    kind = _kind_of(case.value)
    _, _, local = value_of(case.focus).rpartition("/")
    slug = re.sub(r"[^A-Za-z0-9.]+", "-", with_latin_letters(local)).strip("-.")
    return f"{kind}:{slug}" if kind and slug else None


def _kind_of(class_: Term | None) -> str:
    """The prefix of the things of a class: `treaty-action` of kz:TreatyAction."""
    if not isinstance(class_, ox.NamedNode) or not class_.value.startswith(KZ):
        return ""
    kind = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", class_.value.removeprefix(KZ)).lower()
    return kind if kind in (*THING_KINDS, *RECORD_KINDS) else ""


def _class_of_name(case: _Case) -> str | None:
    """The class of the things whose names begin as that of a thing: `kz:Membership`."""
    namespace = namespace_of(value_of(case.focus))
    return display(case.dataset.classes_by_namespace.get(namespace)) or None


def _type(case: _Case) -> str | None:
    class_ = _class_of_name(case)
    return f"a {class_}" if class_ else None


def _new_name(case: _Case, proposed: set[ox.NamedNode]) -> str:
    """A name for a fact without one, made of its values: `membership:KAZ-EAEU`."""
    for class_ in case.all(RDF + "type"):
        if name := _kind_of(class_):
            kind = Kind(name, ox.NamedNode(value_of(class_)), PREFIXES[name], ())
            taken = _Taken(case.dataset, proposed)
            if made := Namer(taken).make(kind, lambda name: _values(case, name)):
                proposed.add(made)
                return display(made)
    return ""


def _values(case: _Case, name: str) -> Iterator[ox.NamedNode | ox.Literal]:
    """The values of a property, in the same order each time."""
    for value in sorted(case.all(named(name).value), key=str):
        if isinstance(value, ox.NamedNode | ox.Literal):
            yield value


class _Taken:
    """The names of the things in the data set and the contribution, and those proposed."""

    def __init__(self, dataset: Dataset, proposed: set[ox.NamedNode]) -> None:
        self._dataset, self._proposed = dataset, proposed

    def __contains__(self, name: object) -> bool:
        if not isinstance(name, ox.NamedNode):
            return False
        return name in self._proposed or bool(self._dataset.types(name))


def _passage_name(case: _Case) -> str | None:
    source = case.one(KZ + "source")
    if source is None:
        return None
    slug = display(source).partition(":")[2]
    place = display(case.focus).partition(":")[2].rpartition(".")[2]
    return f"passage:{slug}.{place}"


def _deprecated(case: _Case) -> str | None:
    return "kz:deprecated" if case.text.casefold() == "deprecated" else None


_Replace = Callable[[_Case], str | None]
_BY_RULE: dict[str, _Replace] = {
    "act-no-period": _date_property,
    "contradicts-both-ways": _link_back,
    "date-datatype": _typed_date,
    "deprecated-term": _successor,
    "fact-disputed-by": _source,
    "fact-evidence": _source,
    "general-class": _class_of_name,
    "iri-scheme": _slug_of_type,
    "latitude-range": _latitude,
    "longitude-range": _longitude,
    "meeting-number": _count,
    "passage-slug": _passage_name,
    "passage-source": _source,
    "rank-value": _deprecated,
    "same-as-iri": _wikidata,
    "source-language": _language_code,
    "source-read-at": _address,
    "source-title": _title,
    "source-url": _address,
    "untyped": _type,
}
"""The replacements by rule; the other rules use `_named_thing`."""
_PERHAPS: dict[str, Callable[[_Case], list[str] | str | None]] = {
    "alt-label-language": _with_language,
    "date-datatype": _possible_dates,
    "date-order": _swap_dates,
    "date-real": _day_before_month,
    "event-end": _ends_on_the_day,
    "fact-disputed-by": _possible_sources,
    "fact-evidence": _possible_sources,
    "fact-note": _with_language,
    "label-language": _with_language,
    "last-known-outdated": _last_day_of_other,
    "last-known-sourced": _newest_source,
    "observation-number": _number,
    "open-state-last-known": _newest_source,
    "passage-locator": _with_language,
    "passage-note": _with_language,
    "passage-source": _possible_sources,
    "name-text": _with_language,
    "post-of-body": _body_of_post,
    "source-note": _with_language,
    "state-start": _earliest_source,
    "statement-content": _with_language,
}
"""The possible replacements by rule: the source or the writer may have meant them."""
