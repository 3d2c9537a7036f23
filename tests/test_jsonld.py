"""JSON-LD: each key and value leads to a statement or to a fault, with its place."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from conftest import Kzld
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiers import some

from kzld.dataset.package import context
from kzld.errors import ReadError
from kzld.rdf.blank_nodes import named_by_line
from kzld.rdf.documents import Document, parse_document
from kzld.rdf.jsonld_walk import walk
from kzld.rdf.namespaces import CONTEXT_IRI, KZ

A = "https://example.org/a"
OURS = f'"@context": "{CONTEXT_IRI}"'
PREFIXED = f'"@context": {{"kz": "{KZ}", "ex": "https://example.org/"}}'
NEST = '"more": "@nest"'
SCOPED = '"in": {"@id": "ex:in", "@context": {"deep": "ex:deep"}}'
KEY, VALUE, PREFIX = "lost-key", "lost-value", "undeclared-prefix"


def read(text: str) -> Document:
    return parse_document(text.encode(), "x.jsonld", ox.RdfFormat.JSON_LD, context=context())


def faults(document: Document) -> list[tuple[str, str]]:
    """The rule of each fault, and the text from its place on."""
    return [(f.rule, f.place.text[f.place.column - 1 :]) for f in document.faults]


def defined(term: str) -> str:
    """A context with the prefix `ex` and one more definition."""
    return f'"@context": {{"ex": "https://example.org/", {term}}}, "@id": "ex:a"'


# ---------------------------------------------------------------- what is lost

LOST = {
    "misspelt key": (f'{OURS}, "id": "x", "untill": "2020"', KEY, '"untill"', "mean until?"),
    "key of another case": (f'{OURS}, "id": "x", "From": "2020"', KEY, '"From"', "mean from?"),
    "misspelt key, prefixes only": (
        f'{PREFIXED}, "@id": "ex:a", "untill": "x"', KEY, '"untill"', "did you mean kz:until?",
    ),
    "key without its prefix": (
        f'"@context": {{"org": "http://www.w3.org/ns/org#"}}, "@id": "{A}", "organization": "x"',
        KEY, '"organization"', "did you mean org:organization?",
    ),
    "key for no property that we know": (
        f'{PREFIXED}, "@id": "ex:a", "zzz": "x"', KEY, '"zzz"', "map it to a property",
    ),
    "key in a nested node": (
        f'{PREFIXED}, "@id": "ex:a", "kz:x": {{"@id": "ex:b", "oops": 1}}', KEY, '"oops"', "map it",
    ),
    "key in a graph": (
        f'{PREFIXED}, "@graph": [{{"@id": "ex:a", "oops": 1}}]', KEY, '"oops"', "map it",
    ),
    "key in @included": (
        f'{PREFIXED}, "@included": [{{"@id": "ex:a", "oops": 1}}]', KEY, '"oops"', "map it",
    ),
    "key in @reverse": (
        f'{PREFIXED}, "@id": "ex:a", "@reverse": {{"oops": {{"@id": "ex:b"}}}}', KEY, '"oops"',
        "map it",
    ),
    "key in @nest": (
        f'{defined(NEST)}, "more": {{"oops": 1}}', KEY, '"oops"', "map it",
    ),
    "key of a scoped context, outside of it": (
        f'{defined(SCOPED)}, "in": {{"deep": 1}}, "deep": 2', KEY, '"deep": 2', "map it",
    ),
    "key mapped to null": (
        f'{defined(""" "note": null """)}, "note": "x"', KEY, '"note": "x"', "remove the key",
    ),
    "key mapped to no IRI": (
        f'{defined(""" "note": "nothing" """)}, "note": "x"', KEY, '"note": "x"', "to a whole IRI",
    ),
    "key like a keyword": (f'{PREFIXED}, "@id": "ex:a", "@foo": 1', KEY, '"@foo"', "remove it"),
    "misspelt keyword": (f'{PREFIXED}, "@id": "ex:a", "@typ": "x"', KEY, '"@typ"', "mean @type?"),
    "key that is no IRI": (f'{PREFIXED}, "@id": "ex:a", "ex:a b": 1', VALUE, '"ex:a b"', "%20"),
    "key of a blank node": (f'{PREFIXED}, "@id": "ex:a", "_:p": 1', VALUE, '"_:p"', "it an IRI"),
    "key twice": (
        f'{PREFIXED}, "@id": "ex:a", "kz:x": 1, "kz:x": 2', KEY, '"kz:x": 2', "in an array",
    ),
    "prefix twice": (
        '"@context": {"ex": "https://a.b/", "ex": "https://c.d/"}, "@id": "ex:a", "ex:b": 1', KEY,
        '"ex": "https://c.d/"', "in an array",
    ),
    "undeclared prefix": (f'{PREFIXED}, "@id": "ex:a", "kx:from": 1', PREFIX, '"kx:', "kz:from?"),
    "prefix of ours that is undeclared": (
        f'{PREFIXED}, "@id": "ex:a", "org:member": 1', PREFIX, '"org:member"',
        'add to the context "org": "http://www.w3.org/ns/org#"',
    ),
    "undeclared prefix of a value": (
        f'{PREFIXED}, "@id": "ex:a", "kz:x": {{"@id": "contry:KAZ"}}', PREFIX, '"contry:KAZ"',
        "did you mean country:KAZ? Then add",
    ),
    "undeclared prefix of a type": (
        f'{PREFIXED}, "@id": "ex:a", "@type": "foaf:Person"', PREFIX, '"foaf:Person"', '"foaf":',
    ),
    "property of the name of a prefix": (
        f'"@context": {{"place": "{KZ}place"}}, "@id": "{A}", "{KZ}x": {{"@id": "place:x"}}',
        PREFIX, '"place:x"',
        'write "https://w3id.org/kzld/id/place/x"',
    ),
    "prefix without an end": (
        f'"@context": {{"kz": "{KZ[:-1]}"}}, "@id": "{A}", "kz:from": 1', PREFIX, '"kz:from"',
        f'"kz": "{KZ}"',
    ),
    "relative name": ('"@id": "membership/x", "ex:p": 1, "@context": {"ex": "https://a.b/"}', VALUE,
        '"membership/x"', "https://w3id.org/kzld/id/membership/x"),
    "relative value": (
        f'{PREFIXED}, "@id": "ex:a", "kz:x": {{"@id": "KAZ"}}', VALUE, '"KAZ"', "whole IRI",
    ),
    "relative value by its key": (
        f'{defined(""" "of": {"@id": "ex:of", "@type": "@id"} """)}, "of": ["ex:b", "KAZ"]', VALUE,
        '"KAZ"', "whole IRI",
    ),
    "relative graph": (
        f'{PREFIXED}, "@id": "g", "@graph": [{{"@id": "ex:a", "kz:x": 1}}]', VALUE, '"g"', "whole",
    ),
    "type that means nothing": (
        f'{PREFIXED}, "@id": "ex:a", "@type": ["kz:Visit", "Membership"]', VALUE, '"Membership"',
        "did you mean kz:Membership?",
    ),
    "value of a vocabulary that means nothing": (
        f'{defined(""" "as": {"@id": "ex:as", "@type": "@vocab"} """)}, "as": "oops"', VALUE,
        '"oops"', "whole IRI",
    ),
    "name that is no IRI": (
        f'{PREFIXED}, "@id": "ex:a", "kz:x": {{"@id": "https://a b"}}', VALUE, '"https://a b"',
        "%20",
    ),
    "language that is none": (
        f'{PREFIXED}, "@id": "ex:a", "kz:x": {{"@value": "x", "@language": "en_GB"}}', VALUE,
        '"en_GB"', 'write "en-GB"',
    ),
    "language of a key that is none": (
        f'{defined(""" "l": {"@id": "ex:l", "@container": "@language"} """)}, "l": {{"e n": "x"}}',
        VALUE, '"e n"', "give a code",
    ),
    "language of the context that is none": (
        f'{defined(""" "@language": "e n" """)}, "ex:l": "x"', VALUE, '"x"', "give a code",
    ),
    "language without a text": (
        f'{PREFIXED}, "@id": "ex:a", "kz:x": {{"@language": "en"}}', VALUE, '{"@lang', "@value",
    ),
    "direction of a text": (
        f'{PREFIXED}, "@id": "ex:a", "kz:x": {{"@value": "x", "@direction": "rtl"}}', KEY,
        '"@direction"', "remove @direction",
    ),
    "direction of all texts": (
        f'{defined(""" "@direction": "rtl" """)}, "ex:l": "x"', KEY, '"@direction"', "remove",
    ),
    "direction of the texts of a key": (
        f'{defined(""" "l": {"@id": "ex:l", "@direction": "rtl"} """)}, "l": "x"', KEY,
        '"@direction"', "remove",
    ),
    "undeclared prefix of a datatype": (
        f'{PREFIXED}, "@id": "ex:a", "kz:x": {{"@value": "x", "@type": "xsd:date"}}', PREFIX,
        '"xsd:date"', '"xsd": "http://www.w3.org/2001/XMLSchema#"',
    ),
    "member of a list": (
        f'{PREFIXED}, "@id": "ex:a", "kz:x": {{"@list": ["x", {{"@id": "y"}}]}}', VALUE, '"y"',
        "whole IRI",
    ),
    "value of no key": (f'{PREFIXED}, "@graph": ["x"]', VALUE, '"x"', "the value of a key"),
    "only a name": (f'{PREFIXED}, "@graph": [{{"@id": "ex:a"}}]', VALUE, '{"@id"', "its type"),
    "empty node": (f'{PREFIXED}, "@graph": [{{}}]', VALUE, "{}", "fill it in"),
    "no context": ('"a": 1, "b": 2', KEY, '"a": 1', f'"@context": "{CONTEXT_IRI}"'),
}  # fmt: skip


@pytest.mark.parametrize("name", LOST)
def test_lost_key_or_value_is_a_fault_at_its_place(name: str) -> None:
    text, rule, place, remedy = LOST[name]
    document = read(f"{{{text}}}")
    [(found, at)] = faults(document)
    assert (found, at[: len(place)]) == (rule, place)
    assert remedy in document.faults[0].remedy


KEPT = {
    "null": f'{PREFIXED}, "@id": "ex:a", "kz:x": null, "kz:y": 1',
    "empty array": f'{PREFIXED}, "@id": "ex:a", "kz:x": [], "kz:y": [null, 1]',
    "other names of keywords": f'{OURS}, "id": "x", "type": "Membership"',
    "index": f'{PREFIXED}, "@id": "ex:a", "kz:x": {{"@id": "ex:b", "@index": "i"}}',
    "set": f'{PREFIXED}, "@id": "ex:a", "kz:x": {{"@set": [1, {{"@value": "y"}}]}}',
    "vocabulary": f'{defined(""" "@vocab": "https://v.org/" """)}, "what": 1, "@type": "Ever"',
    "base": f'{defined(""" "@base": "https://b.org/" """)}, "ex:of": {{"@id": "x"}}',
    "names of other schemes": f'"@id": "urn:uuid:x", "tag:x,2020:y": {{"@id": "{A}"}}',
    "context in a node": (
        f'{PREFIXED}, "@id": "ex:a", "kz:x": {{"@context": {{"deep": "ex:deep"}}, "deep": 1}}'
    ),
    "context of a type": (
        f'{defined(""" "T": {"@id": "ex:T", "@context": {"deep": "ex:deep"}} """)}, '
        '"@type": "T", "deep": 1'
    ),
    "json": f'{defined(""" "j": {"@id": "ex:j", "@type": "@json"} """)}, "j": {{"any": [null]}}',
    "languages": (
        f'{defined(""" "l": {"@id": "ex:l", "@container": "@language"} """)}, '
        '"l": {"en": ["x", "y"], "@none": "z", "fr": null}'
    ),
}


@pytest.mark.parametrize("name", KEPT)
def test_lawful_text_has_no_fault(name: str) -> None:
    document = read(f"{{{KEPT[name]}}}")
    assert faults(document) == []
    assert document.quads


def test_packaged_data_have_the_place_of_each_key_and_value(kzld: Kzld) -> None:
    text = kzld("query", "DESCRIBE membership:KAZ-EAEU", "-f", "jsonld").data()
    document = read(text)
    assert not document.faults
    for number, quad in enumerate(document.quads):
        key = document.place(number, quad.predicate)
        value = document.place(number, quad.object)
        assert key.line == value.line or "[" in key.text or "{" in key.text
        local = getattr(quad.object, "value", "").rpartition("/")[2].rpartition("#")[2]
        assert local in value.text[value.column - 1 :]


def test_what_the_parser_passes_over_against_the_standard_is_a_fault() -> None:
    """The parser forgets a scoped context inside of a node whose type has a context."""
    typed = '"T": {"@id": "ex:T", "@context": {"t": "ex:t"}}'
    text = f'{{{defined(f"{SCOPED}, {typed}")}, "@type": "T", "in": {{"ex:x": {{"deep": 1}}}}}}'
    document = read(text)
    is_read = any(quad.predicate.value.endswith("deep") for quad in document.quads)
    assert is_read or faults(document) == [(VALUE, "1}}}")]


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        ('"kz:x": {"@value": "x", "@type": "day"}', '"day"', "a relative IRI"),
        ('"kz:x": {"@value": "x", "oops": 1}', '"oops"', "objects with @value cannot"),
        ('"kz:x": 1, "@id": "ex:b"', '"@id": "ex:b"', "@id is defined twice"),
        ('"@included": "x"', '"@included"', "@included values must be node objects"),
    ],
)
def test_error_of_the_parser_has_its_place(text: str, place: str, problem: str) -> None:
    whole = f'{{{PREFIXED},\n "@id": "ex:a", {text}}}'
    with pytest.raises(ReadError) as caught:
        read(whole)
    line = whole.splitlines()[1]
    assert (caught.value.line, line[caught.value.column - 1 :][: len(place)]) == (2, place)
    assert problem in str(caught.value)


def test_too_deep_nesting_is_an_error_with_its_place() -> None:
    with pytest.raises(ReadError, match=r"x.jsonld:1:\d+: objects and arrays are nested more than"):
        read(f'{{"@id": "{A}", "{A}": ' + "[" * 200 + "1" + "]" * 200 + "}")


# ---------------------------------------------------------------- commands


def test_check_reports_each_loss_and_ends_with_1(kzld: Kzld, tmp_path: Path) -> None:
    text = f'{{\n {OURS},\n "id": "membership/x", "type": "Membership",\n "untill": "2020"\n}}'
    (tmp_path / "x.jsonld").write_text(text, "utf-8")
    done = kzld("validate", "x.jsonld", "-f", "json")
    assert done.status == 1
    findings = json.loads(done.stdout)["findings"]
    [lost] = [finding for finding in findings if finding["rule"] == KEY]
    assert (lost["line"], lost["column"], lost["value"]) == (4, 2, "untill")
    assert (lost["focus"], lost["remedy"]) == ("membership:x", "Did you mean until?")
    # Not that it has no end: the end may be in the key that says nothing.
    assert "open-state-last-known" not in {finding["rule"] for finding in findings}


@pytest.mark.parametrize(
    "command",
    ["query ASK{} --data x.jsonld", "export -f trig --data x.jsonld", "diff x.jsonld x.jsonld"],
)
def test_other_commands_name_the_first_loss(kzld: Kzld, tmp_path: Path, command: str) -> None:
    text = f'{{\n {OURS},\n "id": "x",\n "untill": "2020", "frm": 1\n}}'
    (tmp_path / "x.jsonld").write_text(text, "utf-8")
    said = kzld(*command.split(" ")).complaint()
    assert said.startswith("x.jsonld:4:2: the context does not say what the key untill means")
    assert "did you mean until? (1 more; kzld validate x.jsonld lists them all)\n" in said


def test_key_that_the_context_maps_to_null_is_left_out_on_purpose(
    kzld: Kzld, tmp_path: Path
) -> None:
    """A check reports it, but other commands take the file at its word."""
    text = f'{{{defined(""" "note": null """)}, "note": "x", "ex:b": 1}}'
    (tmp_path / "x.jsonld").write_text(text, "utf-8")
    assert kzld("validate", "x.jsonld").status == 1
    query = "ASK { <https://example.org/a> <https://example.org/b> 1 }"
    assert kzld("query", query, "--data", "x.jsonld").data() == "true\n"


# ---------------------------------------------------------------- blank nodes

BLANK = f"""
@prefix kz: <{KZ}> .
@prefix org: <http://www.w3.org/ns/org#> .

[] a kz:Membership ;
    org:member <https://w3id.org/kzld/id/country/KAZ> ;
    org:organization <https://w3id.org/kzld/id/body/EAEU> .

_:x a kz:Membership ;
    kz:supportedBy [ a kz:Source ] , [ a kz:Source ] .
"""
NAMELESS = f"""{{"@context": {{"kz": "{KZ}"}}, "@graph": [
{{"@type": "kz:Membership"}},
{{"@type": "kz:Membership", "kz:from": "2020",
  "kz:supportedBy": [{{"@type": "kz:Source"}}]}}
]}}"""


def in_syntax(syntax: ox.RdfFormat) -> str:
    triples = [quad.triple for quad in ox.parse(BLANK, format=ox.RdfFormat.TURTLE)]
    return (ox.serialize(triples, format=syntax) or b"").decode()


@pytest.mark.whole
@pytest.mark.parametrize("form", some(["sarif", "json", "turtle", "text"], ["sarif"]))
def test_two_runs_name_blank_nodes_alike(kzld: Kzld, tmp_path: Path, form: str) -> None:
    files = {
        "x.ttl": BLANK,
        "x.nt": in_syntax(ox.RdfFormat.N_TRIPLES),
        "x.rdf": in_syntax(ox.RdfFormat.RDF_XML),
        "x.jsonld": NAMELESS,
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    first, second = (kzld("validate", *files, "-f", form).stdout for _ in range(2))
    assert first == second
    assert first.count("blank-subject") >= len(files)


def test_blank_nodes_are_named_by_their_lines(kzld: Kzld, tmp_path: Path) -> None:
    (tmp_path / "x.jsonld").write_text(NAMELESS, "utf-8")
    found = json.loads(kzld("validate", "x.jsonld", "-f", "json").stdout)["findings"]
    nodes = {(f["focus"], f["line"], f["column"]) for f in found if f["rule"] == "blank-subject"}
    assert nodes == {("_:line2", 2, 1), ("_:line3", 3, 1), ("_:line4", 4, 22)}
    said = kzld("validate", "x.jsonld").stdout
    assert "  the node at line 3: This is a blank node" in said


def test_blank_nodes_of_two_files_stay_apart(kzld: Kzld, tmp_path: Path) -> None:
    """Also with the same label, or on the same line."""
    for name, thing in ("a", "KAZ"), ("b", "UZB"):
        fact = f"_:x a kz:Membership ; org:member country:{thing} ."
        prefixes = BLANK[: BLANK.index("[]")].strip().replace("\n", " ")
        country = "@prefix country: <https://w3id.org/kzld/id/country/> ."
        (tmp_path / f"{name}.ttl").write_text(f"{prefixes} {country}\n{fact}\n", "utf-8")
    found = json.loads(kzld("validate", "a.ttl", "b.ttl", "-f", "json").stdout)["findings"]
    blank = [(f["file"], f["focus"]) for f in found if f["rule"] == "blank-subject"]
    assert blank == [("a.ttl", "_:line2"), ("b.ttl", "_:line2")]
    assert not [f for f in found if f["rule"] == "membership-member"]  # one member each


def test_fingerprint_of_a_blank_node_survives_a_move(kzld: Kzld, tmp_path: Path) -> None:
    prints = []
    for text in (NAMELESS, "\n\n" + NAMELESS):
        (tmp_path / "x.jsonld").write_text(text, "utf-8")
        results = json.loads(kzld("validate", "x.jsonld", "-f", "sarif").stdout)["runs"][0]
        prints.append([result["partialFingerprints"] for result in results["results"]])
    assert prints[0] == prints[1]


def test_remedy_proposes_names_for_blank_nodes(kzld: Kzld, tmp_path: Path) -> None:
    """Each another one, and none that is taken: membership:KAZ-EAEU is."""
    fact = BLANK[BLANK.index("[]") : BLANK.index("_:x")]
    (tmp_path / "x.ttl").write_text(BLANK[: BLANK.index("[]")] + fact + fact, "utf-8")
    found = json.loads(kzld("validate", "x.ttl", "-f", "json").stdout)["findings"]
    remedies = [f["remedy"] for f in found if f["rule"] == "blank-subject"]
    names = [remedy.rpartition("Perhaps: ")[2] for remedy in remedies]
    assert names == ["membership:KAZ-EAEU-2", "membership:KAZ-EAEU-3"]


# ---------------------------------------------------------------- a second opinion

_CONTEXT: dict[str, Any] = {
    "@version": 1.1,
    "ex": "http://e.org/",
    "p": "ex:p",
    "q": {"@id": "ex:q"},
    "lang": {"@id": "ex:lang", "@container": "@language"},
    "index": {"@id": "ex:index", "@container": "@index"},
    "named": {"@id": "ex:named", "@container": "@id"},
    "list": {"@id": "ex:list", "@container": "@list"},
    "ref": {"@id": "ex:ref", "@type": "@id"},
    "voc": {"@id": "ex:voc", "@type": "@vocab"},
    "back": {"@reverse": "ex:back"},
    "null": None,
    "scoped": {"@id": "ex:scoped", "@context": {"inner": "ex:inner", "q": None}},
    "T": {"@id": "ex:T", "@context": {"typed": "ex:typed"}},
    "nest": "@nest",
    "id": "@id",
    "type": "@type",
    "dated": {"@id": "ex:dated", "@type": "ex:date"},
    "json": {"@id": "ex:json", "@type": "@json"},
}
_LOCAL = [{"lost": "ex:found"}, {"q": None}, None, {"@vocab": "http://v.org/"}, {"@language": "fr"}]
_KEYS = [*_CONTEXT, "lost", "inner", "typed", "@foo", "ex:p", "@reverse", "@included", "@graph"]
_names = st.sampled_from(["ex:a", "ex:b", "http://e.org/c", "_:x", "rel"])
_types = st.sampled_from(["T", "ex:U"])
_scalars = st.sampled_from(["x", "rel", "T", "ex:a", 1, True, None])
_literals = st.fixed_dictionaries(
    {"@value": st.sampled_from(["x", None])},
    optional={"@language": st.sampled_from(["en", "e_n"])},
)


@st.composite
def nodes(draw: st.DrawFn, depth: int = 3) -> dict[str, Any]:
    node: dict[str, Any] = {}
    if draw(st.booleans()):
        node[draw(st.sampled_from(["@id", "id"]))] = draw(_names)
    if draw(st.booleans()):
        node["@type"] = draw(_types | st.lists(_types, max_size=2))
    if draw(st.integers(0, 9)) == 0:
        node["@context"] = draw(st.sampled_from(_LOCAL))
    keys = [key for key in _KEYS if key not in ("@version", "ex", "id", "type", "T")]
    for key in draw(st.lists(st.sampled_from(keys), max_size=4, unique=True)):
        node[key] = draw(values_of(key, depth - 1))
    return node


def values_of(key: str, depth: int) -> st.SearchStrategy[Any]:
    inner: st.SearchStrategy[Any] = nodes(depth) if depth > 0 else st.just({})
    one = _scalars | _literals | inner
    forms: dict[str, st.SearchStrategy[Any]] = {
        "lang": st.dictionaries(st.sampled_from(["en", "fr", "e_n"]), st.sampled_from("xy")),
        "index": st.dictionaries(st.sampled_from("ij"), one),
        "named": st.dictionaries(_names, inner, max_size=2),
        "@reverse": st.dictionaries(st.sampled_from(["p", "ref", "never"]), inner, max_size=2),
        "nest": st.dictionaries(st.sampled_from(["p", "q", "never"]), one, max_size=2),
        "json": st.just({"lost": [None]}),
    }
    several = st.lists(inner, max_size=2)
    forms |= dict.fromkeys(("back", "@included", "@graph"), several)
    return forms.get(key, one | st.lists(one, max_size=3))


def documents() -> st.SearchStrategy[dict[str, Any]]:
    graphs = st.lists(nodes(), max_size=2).map(lambda found: {"@graph": found})
    return (nodes() | graphs).map(lambda found: found | {"@context": _CONTEXT})


@pytest.mark.engines
@settings(max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck))
@given(documents())
def test_pyld_drops_the_keys_that_are_faults_and_no_other(document: dict[str, Any]) -> None:
    from pyld import jsonld

    text = json.dumps(document)
    body = text.replace(json.dumps(_CONTEXT), "")
    # The parser and PyLD differ where a context of a type meets another scope.
    if '"T"' in body and any(f'"{scope}"' in body for scope in ("scoped", "named")):
        return
    try:
        quads = list(ox.parse(text.encode(), format=ox.RdfFormat.JSON_LD))
        dropped: list[object] = []
        jsonld.expand(document, on_property_dropped=dropped.append)
    except (SyntaxError, jsonld.JsonLdError):
        return
    account = walk(text, {})
    lost = Counter(slip.advice.rule for slip in account.slips)
    assert lost[KEY] == len(dropped)
    labelled = ox.parse(account.with_labels(text).encode(), format=ox.RdfFormat.JSON_LD)
    slips = len(account.slips)
    assert len(account.places(list(labelled))) == len(quads)
    assert len(account.slips) == slips  # the parser makes all statements that the account expects


@pytest.mark.parametrize(
    "text",
    [
        f'[{{{OURS}, "id": "country/A", "untill": 1}}, {{{OURS}, "id": "country/B", "untill": 1}}]',
        f'{{"@context": [{{}}, "{CONTEXT_IRI}"], "id": "country/A", "untill": 1}}',
    ],
)
def test_the_packaged_context_may_be_named_anywhere(text: str) -> None:
    assert {fault.remedy for fault in read(text).faults} == {"did you mean until?"}


def test_the_place_of_a_syntax_error_is_that_in_the_file() -> None:
    text = f'{{{OURS}, "id": "country/A", }}'
    with pytest.raises(ReadError) as caught:
        read(text)
    assert str(caught.value).startswith(f"x.jsonld:1:{text.index('}') + 1}: ")


@pytest.mark.parametrize("value", ['{"@id": "kz:Country"}', "null", "5"])
def test_a_type_that_is_no_text_has_its_place(value: str) -> None:
    with pytest.raises(ReadError) as caught:
        read(f'{{{OURS}, "graph": [{{"type": "Country"}},\n  {{"type": {value}}}]}}')
    assert str(caught.value).startswith("x.jsonld:2:4: @type value must be a string")


@pytest.mark.parametrize(
    ("language", "written"),
    [(', "@language": "fr"', "fr"), (', "@language": "e n"', "en"), ("", "en")],
)
def test_a_literal_in_the_place_of_texts_by_language(language: str, written: str) -> None:
    text = f'{{{OURS}, "id": "country/A", "note": {{"@value": "é"{language}}}}}'
    [fault] = [fault for fault in read(text).faults if "@value" in fault.problem]
    assert fault.remedy == f'write {{"{written}": "é"}}'


def test_a_node_without_statements_has_no_name_of_ours() -> None:
    document = named_by_line(read(f'{{{OURS}, "foo": "bar"}}'))
    assert [fault.subject for fault in document.faults] == [None]
