"""Our SHACL shapes, run fast: each rule once over all its targets.

Covers the part of SHACL (https://www.w3.org/TR/shacl/) that the packaged shapes use:
node and property shapes with IRIs, predicate paths, the Core constraints of `_CHECKS` and
SHACL-SPARQL constraints. Any other shape is refused loudly, never passed over. pySHACL is
the arbiter: tests hold both to the same results.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

import pyoxigraph as ox

from kzld.dataset import Dataset
from kzld.errors import KzldError
from kzld.rdf import PREFIXES, RDF, RDFS, SH, SHAPES, XSD, Term, shorten

_RDF_TYPE: Final = ox.NamedNode(RDF + "type")
_SUBCLASS: Final = ox.NamedNode(RDFS + "subClassOf")
_VALIDATED: Final = ("data", "ontology")
_SEVERITIES: Final = {"Violation": "error", "Warning": "warning", "Info": "note"}
_TARGETS: Final = ("targetClass", "targetSubjectsOf", "targetObjectsOf")
_NOT_CONSTRAINTS: Final = {
    *_TARGETS, "property", "path", "message", "severity",
    "sparql", "select", "prefixes", "declare", "prefix", "namespace",
}  # fmt: skip
_PREBOUND: Final = re.compile(r"[$?](PATH|shapesGraph|currentShape)\b")
_CLASSES: Final = {RDFS + "Class", PREFIXES["owl"] + "Class"}
_ANY: Final = re.compile(r".*", re.DOTALL)
_LEXICAL: Final = {
    XSD + "integer": re.compile(r"[+-]?[0-9]+"),
    XSD + "decimal": re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)"),
    XSD + "boolean": re.compile(r"true|false|1|0"),
    XSD + "anyURI": _ANY,
    XSD + "string": _ANY,
    RDF + "langString": _ANY,
}
"""The datatypes that sh:datatype can ask for, with what their literals look like."""
_NUMERIC: Final = {XSD + name for name in ("integer", "decimal", "float", "double")}

Texts = dict[str, str]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the shapes, as people read it.

    Attributes:
        name: its short name, such as `membership-organization`.
        iri: of the shape.
        title: what it asks, in a few words, by language.
        why: why it exists.
        message: what is wrong where it is broken.
        remedy: what to do then.
        severity: `error`, `warning` or `note`.
        path: the property that it is about, for a property shape.
    """

    name: str
    iri: ox.NamedNode
    title: Texts
    why: Texts
    message: Texts
    remedy: Texts
    severity: str
    path: ox.NamedNode | None


@dataclass(frozen=True, slots=True)
class Result:
    """One result of validation, with the fields of a sh:ValidationResult."""

    rule: str
    component: str
    focus: Term
    path: ox.NamedNode | None
    value: Term | None


@dataclass
class _Shape:
    """A shape with what it applies to and what it asks."""

    rule: Rule
    targets: list[tuple[str, str]] = field(default_factory=list)
    constraints: list[tuple[str, Term]] = field(default_factory=list)
    selects: list[str] = field(default_factory=list)


class Shapes:
    """The packaged shapes, read from the shapes graph.

    Raises:
        KzldError: a shape uses a part of SHACL that this engine does not run.
    """

    def __init__(self, dataset: Dataset) -> None:
        dataset.need_shapes()
        self._about: dict[Term, dict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
        for quad in dataset.quads("shapes"):
            self._about[quad.subject][quad.predicate.value].append(quad.object)
        for node in list(self._about):
            for part in self._uncovered(node):
                name = shorten(_text(node)) or str(node)
                raise KzldError(f"the shape {name} uses {part}, which is not covered")
        self._shapes = list(self._read())
        self.rules = {
            shape.rule.name: shape.rule
            for shape in sorted(self._shapes, key=lambda shape: shape.rule.name)
            if shape.constraints or shape.selects
        }

    def _uncovered(self, node: Term) -> Iterator[str]:
        """The parts of SHACL in the description of a node that would else be passed over."""
        about = self._about[node]
        for predicate in about:
            name = predicate.removeprefix(SH)
            if predicate.startswith(SH) and name not in _CHECKS and name not in _NOT_CONSTRAINTS:
                yield f"sh:{name}"
        for path in about.get(SH + "path", ()):
            if not isinstance(path, ox.NamedNode) or RDF + "first" in self._about.get(path, ()):
                yield "a path of several steps"
            if SH + "property" in about:
                yield "a property shape within a property shape"
        for datatype in about.get(SH + "datatype", ()):
            if _text(datatype) not in _LEXICAL:
                yield f"sh:datatype {_text(datatype)}"
        for select in about.get(SH + "select", ()):
            yield from (match[0] for match in _PREBOUND.finditer(_text(select)))
        types = {_text(kind) for kind in about.get(RDF + "type", ())}
        if SH + "NodeShape" in types and not types.isdisjoint(_CLASSES):
            yield "a class that is its own target"

    def _read(self) -> Iterator[_Shape]:
        for node in list(self._about):
            targets = [
                (kind, target.value)
                for kind in _TARGETS
                for target in self._about[node][SH + kind]
                if isinstance(target, ox.NamedNode)
            ]
            if not targets:
                continue
            for member in (node, *self._about[node][SH + "property"]):
                shape = _Shape(self._rule(member), targets)
                shape.constraints = list(self._constraints(member))
                shape.selects = [
                    select.value
                    for constraint in self._about[member][SH + "sparql"]
                    for select in self._about[constraint][SH + "select"]
                    if isinstance(select, ox.Literal)
                ]
                yield shape

    def _rule(self, node: Term) -> Rule:
        if not isinstance(node, ox.NamedNode):
            raise KzldError(f"a shape without an IRI cannot be run: {node}")
        severity = next((s.value for s in self._iris(node, SH + "severity")), SH + "Violation")
        return Rule(
            name=node.value.removeprefix(SHAPES),
            iri=node,
            title=self._texts(node, RDFS + "label"),
            why=self._texts(node, RDFS + "comment"),
            message=self._texts(node, SH + "message"),
            remedy=self._texts(node, SHAPES + "remedy"),
            severity=_SEVERITIES[severity.removeprefix(SH)],
            path=next(iter(self._iris(node, SH + "path")), None),
        )

    def _iris(self, node: Term, predicate: str) -> list[ox.NamedNode]:
        return [o for o in self._about[node][predicate] if isinstance(o, ox.NamedNode)]

    def _texts(self, node: Term, predicate: str) -> Texts:
        values = (o for o in self._about[node][predicate] if isinstance(o, ox.Literal))
        return {value.language or "en": value.value for value in values}

    def _constraints(self, node: Term) -> Iterator[tuple[str, Term]]:
        for predicate, values in self._about[node].items():
            name = predicate.removeprefix(SH)
            if predicate.startswith(SH) and name not in _NOT_CONSTRAINTS:
                yield from ((name, value) for value in values)

    def list_of(self, head: Term) -> list[Term]:
        """The members of an RDF list in the shapes graph."""
        members: list[Term] = []
        while head != ox.NamedNode(RDF + "nil"):
            members += self._about[head][RDF + "first"]
            head = self._about[head][RDF + "rest"][0]
        return members

    def validate(self, dataset: Dataset) -> set[Result]:
        """Run every rule over the data and the ontology of a data set."""
        graph = _Graph(dataset, self)
        results: set[Result] = set()
        for shape in self._shapes:
            results.update(_core(shape, graph))
            for select in shape.selects:
                results.update(_sparql(shape, select, graph))
        return results


class _Graph:
    """Data and ontology by predicate, for looking up targets and values."""

    def __init__(self, dataset: Dataset, shapes: Shapes) -> None:
        self.shapes = shapes
        self.merged = ox.Store()
        self._values: dict[str, dict[Term, list[Term]]] = defaultdict(lambda: defaultdict(list))
        for name in _VALIDATED:
            quads = list(dataset.quads(name))
            self.merged.extend(ox.Quad(q.subject, q.predicate, q.object) for q in quads)
            for quad in quads:
                values = self._values[quad.predicate.value][quad.subject]
                if quad.object not in values:  # said in both graphs
                    values.append(quad.object)
        self._instances: dict[str, set[Term]] = {}

    def values(self, path: ox.NamedNode | None, focus: Term) -> list[Term]:
        """The value nodes of a focus node: itself, for a shape without a path."""
        if path is None:
            return [focus]
        return self._values[path.value].get(focus, [])

    def classes(self, name: str) -> set[str]:
        """A class and all its sub-classes."""
        found, ahead = {name}, [name]
        while ahead:
            above = ox.NamedNode(ahead.pop())
            for quad in self.merged.quads_for_pattern(None, _SUBCLASS, above):
                if isinstance(quad.subject, ox.NamedNode) and quad.subject.value not in found:
                    found.add(quad.subject.value)
                    ahead.append(quad.subject.value)
        return found

    def instances(self, name: str) -> set[Term]:
        """All nodes of a class or of a sub-class of it."""
        if name not in self._instances:
            classes: set[Term] = {ox.NamedNode(iri) for iri in self.classes(name)}
            self._instances[name] = {
                node
                for node, types in self._values[_RDF_TYPE.value].items()
                if not classes.isdisjoint(types)
            }
        return self._instances[name]

    def focus_nodes(self, kind: str, target: str) -> set[Term]:
        """The focus nodes of a target declaration."""
        if kind == "targetClass":
            return self.instances(target)
        subjects = self._values[target]
        if kind == "targetSubjectsOf":
            return set(subjects)
        return {value for values in subjects.values() for value in values}


# Core constraints: each check yields the values at fault, None where there is none to name.
_Check = Callable[[Term, list[Term], _Graph], Iterator[Term | None]]


def _min_count(limit: Term, values: list[Term], _: _Graph) -> Iterator[Term | None]:
    if len(values) < int(_text(limit)):
        yield None


def _max_count(limit: Term, values: list[Term], _: _Graph) -> Iterator[Term | None]:
    if len(values) > int(_text(limit)):
        yield None


def _class(name: Term, values: list[Term], graph: _Graph) -> Iterator[Term | None]:
    instances = graph.instances(_text(name))
    yield from (value for value in values if value not in instances)


def _datatype(datatype: Term, values: list[Term], _: _Graph) -> Iterator[Term | None]:
    for value in values:
        if not isinstance(value, ox.Literal) or value.datatype != datatype or not _fits(value):
            yield value


def _node_kind(kind: Term, values: list[Term], _: _Graph) -> Iterator[Term | None]:
    kinds = {ox.NamedNode: "IRI", ox.BlankNode: "BlankNode", ox.Literal: "Literal"}
    for value in values:
        if kinds[type(value)] not in _text(kind).removeprefix(SH).split("Or"):
            yield value


def _pattern(pattern: Term, values: list[Term], _: _Graph) -> Iterator[Term | None]:
    # In SPARQL, unlike Python, a final $ does not match before a line break.
    search = re.compile(re.sub(r"(?<!\\)\$$", r"\\Z", _text(pattern))).search
    for value in values:
        if isinstance(value, ox.BlankNode) or not search(_text(value)):
            yield value


def _language_in(head: Term, values: list[Term], graph: _Graph) -> Iterator[Term | None]:
    languages = {_text(language) for language in graph.shapes.list_of(head)}
    for value in values:
        tag = value.language if isinstance(value, ox.Literal) else None
        if not tag or not any(tag == one or tag.startswith(one + "-") for one in languages):
            yield value


def _unique_lang(_: Term, values: list[Term], __: _Graph) -> Iterator[Term | None]:
    tags = [value.language for value in values if isinstance(value, ox.Literal) and value.language]
    if len(tags) > len(set(tags)):
        yield None


def _min_inclusive(limit: Term, values: list[Term], _: _Graph) -> Iterator[Term | None]:
    yield from (v for v in values if (n := _number(v)) is None or n < float(_text(limit)))


def _max_inclusive(limit: Term, values: list[Term], _: _Graph) -> Iterator[Term | None]:
    yield from (v for v in values if (n := _number(v)) is None or n > float(_text(limit)))


def _has_value(wanted: Term, values: list[Term], _: _Graph) -> Iterator[Term | None]:
    if wanted not in values:
        yield None


_CHECKS: Final[dict[str, _Check]] = {
    "minCount": _min_count,
    "maxCount": _max_count,
    "class": _class,
    "datatype": _datatype,
    "nodeKind": _node_kind,
    "pattern": _pattern,
    "languageIn": _language_in,
    "uniqueLang": _unique_lang,
    "minInclusive": _min_inclusive,
    "maxInclusive": _max_inclusive,
    "hasValue": _has_value,
}


def _text(term: Term) -> str:
    return str(getattr(term, "value", term))


def _fits(literal: ox.Literal) -> bool:
    """Whether the text of a literal is one that its datatype has."""
    return _LEXICAL[literal.datatype.value].fullmatch(literal.value) is not None


def _number(term: Term) -> float | None:
    """The value of a numeric literal; None for any other term, which compares with none."""
    if not isinstance(term, ox.Literal) or term.datatype.value not in _NUMERIC:
        return None
    try:
        return float(term.value)
    except ValueError:
        return None


def _core(shape: _Shape, graph: _Graph) -> Iterator[Result]:
    if not shape.constraints:
        return
    for focus in {n for target in shape.targets for n in graph.focus_nodes(*target)}:
        values = graph.values(shape.rule.path, focus)
        for name, parameter in shape.constraints:
            component = f"{name[0].upper()}{name[1:]}ConstraintComponent"
            for value in _CHECKS[name](parameter, values, graph):
                yield Result(shape.rule.name, component, focus, shape.rule.path, value)


def _sparql(shape: _Shape, select: str, graph: _Graph) -> Iterator[Result]:
    """A SHACL-SPARQL constraint, asked once for all focus nodes instead of once for each."""
    for kind, target in shape.targets:
        if kind == "targetClass":
            classes = " ".join(f"<{name}>" for name in sorted(graph.classes(target)))
            pattern = f"VALUES ?targetClass {{ {classes} }} $this a ?targetClass ."
        elif kind == "targetSubjectsOf":
            pattern = f"$this <{target}> ?targetObject ."
        else:
            pattern = f"?targetSubject <{target}> $this ."
        head, where, body = re.split(r"(WHERE\s*\{)", select, maxsplit=1)
        query = f"{head}{where} {pattern} {body}"
        solutions = graph.merged.query(query, prefixes=PREFIXES)
        assert isinstance(solutions, ox.QuerySolutions)  # noqa: S101 (sh:select)
        names = {variable.value for variable in solutions.variables}
        for row in solutions:
            path = row["path"] if "path" in names else None
            value = row["value"] if "value" in names else None
            yield Result(
                shape.rule.name,
                "SPARQLConstraintComponent",
                row["this"],
                path if isinstance(path, ox.NamedNode) else shape.rule.path,
                value if value is not None else row["this"] if shape.rule.path is None else None,
            )
