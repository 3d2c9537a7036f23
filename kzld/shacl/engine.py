"""Our SHACL shapes, run fast: each rule once over all its targets, or over those that matter.

Covers the part of SHACL (https://www.w3.org/TR/shacl/) that the packaged shapes use:
node and property shapes with IRIs, predicate paths, the Core constraints of `_CHECKS` and
SHACL-SPARQL constraints. Any other shape is left to pySHACL, never passed over; it is also
the arbiter: tests hold both to the same results.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import pyoxigraph as ox

from kzld.dataset.dataset import Dataset
from kzld.errors import KzldError
from kzld.progress import Progress, no_progress
from kzld.rdf.namespaces import PREFIXES, RDF, RDFS, SH, SHAPES, Term
from kzld.shacl.components import CONSTRAINTS, LEXICAL_FORMS, Check, text_of
from kzld.shacl.dependencies import Look, Reach, reach
from kzld.shacl.view import _BATCH, _NO_VALUES, _SUBCLASS, View, _About

STATED: Final = ("data", "ontology")
"""The graphs that the rules are for."""
CONTRIBUTION: Final = "contribution"
"""The graph of what is checked together with them, see `Dataset.contribution`."""
_SMALL: Final = 2000
_CORE_SHARE: Final = 0.25
"""About how much of the work the Core constraints are, where all nodes are checked."""
_SEVERITIES: Final = {"Violation": "error", "Warning": "warning", "Info": "note"}
_TARGETS: Final = ("targetClass", "targetSubjectsOf", "targetObjectsOf")
_NOT_CONSTRAINTS: Final = {
    *_TARGETS, "property", "path", "message", "severity",
    "sparql", "select", "prefixes", "declare", "prefix", "namespace",
}  # fmt: skip
_PREBOUND: Final = re.compile(r"[$?](PATH|shapesGraph|currentShape)\b")
_CLASSES: Final = {RDFS + "Class", PREFIXES["owl"] + "Class"}

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


@dataclass(frozen=True, slots=True)
class Cause:
    """What a result is due to: a node, and those of its properties that matter, None for all."""

    node: Term
    predicates: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class _Select:
    """The query of a SHACL-SPARQL constraint, and what it looks at."""

    text: str
    reach: Reach


@dataclass(eq=False)
class _Shape:
    """A shape with what it applies to and what it asks."""

    rule: Rule
    targets: list[tuple[str, str]] = field(default_factory=list)
    constraints: list[tuple[str, Check]] = field(default_factory=list)
    selects: list[_Select] = field(default_factory=list)


class Shapes:
    """The packaged shapes, read from the shapes graph.

    Attributes:
        rules: all that can have results, by name.
        uncovered: the shapes that use, themselves or in a part of theirs, what this engine
            does not run, with the shapes among their parts; pySHACL has to run them.

    Raises:
        KzldError: a shape has no IRI.
    """

    def __init__(self, dataset: Dataset, progress: Progress = no_progress) -> None:
        dataset.need_shapes()
        self._progress = progress
        self._about: dict[Term, dict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
        for quad in dataset.quads("shapes"):
            self._about[quad.subject][quad.predicate.value].append(quad.object)
        self.uncovered = self._uncovered()
        self._shapes = list(self._read())
        rules = [shape.rule for shape in self._shapes if shape.constraints or shape.selects]
        rules += map(self._rule, self.uncovered)
        self.rules = {rule.name: rule for rule in sorted(rules, key=lambda rule: rule.name)}

    def _uncovered(self) -> set[Term]:
        """The shapes with a part that is not covered, and the shapes among their parts."""
        shapes = {node for node, about in self._about.items() if _is_shape(about)}
        beyond = {node for node in list(self._about) if any(self._not_covered(node))}
        parts = map(self._parts, shapes)
        return shapes & set[Term]().union(*(those for those in parts if those & beyond))

    def _parts(self, node: Term) -> set[Term]:
        """A node and all that its description refers to, near or far."""
        found, ahead = set(), [node]
        while ahead:
            at = ahead.pop()
            if at in self._about and at not in found:
                found.add(at)
                ahead += (value for values in self._about[at].values() for value in values)
        return found

    def _not_covered(self, node: Term) -> Iterator[str]:
        """The parts of SHACL in the description of a node that would else be passed over."""
        about = self._about[node]
        for predicate in about:
            name = predicate.removeprefix(SH)
            if (
                predicate.startswith(SH)
                and name not in CONSTRAINTS
                and name not in _NOT_CONSTRAINTS
            ):
                yield f"sh:{name}"
        for path in about.get(SH + "path", ()):
            if not isinstance(path, ox.NamedNode) or RDF + "first" in self._about.get(path, ()):
                yield "a path of several steps"
            if SH + "property" in about:
                yield "a property shape within a property shape"
        for datatype in about.get(SH + "datatype", ()):
            if text_of(datatype) not in LEXICAL_FORMS:
                yield f"sh:datatype {text_of(datatype)}"
        for select in about.get(SH + "select", ()):
            yield from (match[0] for match in _PREBOUND.finditer(text_of(select)))
        types = {text_of(kind) for kind in about.get(RDF + "type", ())}
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
            if not targets or node in self.uncovered:
                continue
            for member in (node, *self._about[node][SH + "property"]):
                shape = _Shape(self._rule(member), targets)
                shape.constraints = list(self._constraints(member))
                shape.selects = [
                    _Select(select.value, reach(select.value))
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

    def _constraints(self, node: Term) -> Iterator[tuple[str, Check]]:
        """The component of each constraint, and its check."""
        for predicate, values in self._about[node].items():
            name = predicate.removeprefix(SH)
            if predicate.startswith(SH) and name not in _NOT_CONSTRAINTS:
                component = f"{name[0].upper()}{name[1:]}ConstraintComponent"
                yield from ((component, CONSTRAINTS[name](value, self.list_of)) for value in values)

    def list_of(self, head: Term) -> list[Term]:
        """The members of an RDF list in the shapes graph."""
        members: list[Term] = []
        while head != ox.NamedNode(RDF + "nil"):
            members += self._about[head][RDF + "first"]
            head = self._about[head][RDF + "rest"][0]
        return members

    def validate(self, dataset: Dataset) -> set[Result]:
        """Run every rule over the data and the ontology of a data set."""
        return self._everything(View(dataset, STATED))

    def added(self, dataset: Dataset) -> dict[Result, Cause]:
        """What is wrong because of a contribution, and what of it causes that.

        These are the results for data, ontology and contribution together that are not
        there without the contribution. A small one costs what it takes to look at its
        subjects and their neighbours, however large the rest is.
        """
        contribution = View(dataset, (CONTRIBUTION,))
        together = View(dataset, (*STATED, CONTRIBUTION))
        new = contribution.subjects()
        if self._is_small(dataset) and not contribution.has(None, _SUBCLASS, None):
            found = self._near(together, contribution, new)
        else:
            found = self._everything(together)
        before = View(dataset, STATED)
        old = {result.focus for result in found if before.mentions(result.focus)}
        return self.causes(dataset, found - self._at(before, old))

    def causes(self, dataset: Dataset, results: Iterable[Result]) -> dict[Result, Cause]:
        """Results that are due to a contribution, with what of it causes each."""
        new = View(dataset, (CONTRIBUTION,)).subjects()
        together = View(dataset, (*STATED, CONTRIBUTION))
        return {result: self._cause(result, together, new) for result in results}

    def affected(self, dataset: Dataset) -> set[Term]:
        """The nodes for which a contribution may give new results, its subjects among them."""
        contribution = View(dataset, (CONTRIBUTION,))
        new = contribution.subjects()
        found = self._near(View(dataset, (*STATED, CONTRIBUTION)), contribution, new)
        return {result.focus for result in found} | new

    def _is_small(self, dataset: Dataset) -> bool:
        """Whether asking about each new node is less work than asking about all nodes."""
        size = sum(1 for _ in dataset.quads(CONTRIBUTION))
        return size < _SMALL or size < len(dataset.store) / 2

    # ------------------------------------------------------------ over all nodes

    def _everything(self, view: View) -> set[Result]:
        nodes = view.subjects()
        for predicate in self._object_targets:
            nodes |= view.objects(predicate)
        results = set(self._core(view, self._counted(nodes)))
        for shape, select in self._selects(_CORE_SHARE):
            results |= self._select_all(view, shape, select)
        return results

    def _counted(self, nodes: Collection[Term]) -> Iterator[Term]:
        """The nodes to which Core constraints are put, while progress is told."""
        for place, node in enumerate(nodes):
            if place % _BATCH == 0:
                self._progress(_CORE_SHARE * place / len(nodes))
            yield node

    def _selects(self, done: float = 0) -> Iterator[tuple[_Shape, _Select]]:
        """The SPARQL rules, while progress is told; what share of the work is done before."""
        rules = [(shape, select) for shape in self._shapes for select in shape.selects]
        for place, rule in enumerate(rules):
            self._progress(done + (1 - done) * place / len(rules))
            yield rule
        self._progress(1)

    def _select_all(self, view: View, shape: _Shape, select: _Select) -> set[Result]:
        """A SHACL-SPARQL constraint, asked once for all focus nodes instead of once for each."""
        head, where, body = re.split(r"(WHERE\s*\{)", select.text, maxsplit=1)
        results: set[Result] = set()
        for pattern in _target_patterns(view, shape):
            rows = view.query(f"{head}{where} {pattern} {body}")
            results.update(_result(shape, row) for row in rows)
        return results

    # ------------------------------------------------------------ over some nodes

    def _near(self, view: View, contribution: View, new: set[Term]) -> set[Result]:
        """The results for the new subjects, and all others in which they take part."""
        nodes = set(new)
        for predicate in self._object_targets:
            nodes |= contribution.objects(predicate)
        results = self._at(view, nodes)
        for shape, select in self._selects():
            if select.reach.looks is None:
                results |= self._select_all(view, shape, select)
            for look in select.reach.looks or ():
                results |= self._seen(view, shape, select, look, contribution)
        return results

    def _seen(
        self, view: View, shape: _Shape, select: _Select, look: Look, contribution: View
    ) -> set[Result]:
        """The results of a rule that looks at one of the new subjects from another node."""
        nodes = contribution.subjects(look.predicates)
        if not nodes:
            return set()
        if look.start is None:
            chain = f"SELECT DISTINCT $this WHERE {{ {look.chain} }}"
            seeing = {row["this"] for row in view.ask(chain, chain.index("{") + 1, look, nodes)}
            targets = [node for node in seeing if shape in self._plan_of(view, node).selecting]
            return set(self._select(view, shape, select, targets))
        rows = view.ask(select.text, look.start, look, nodes)
        return {
            _result(shape, row)
            for row in rows
            if shape in self._plan_of(view, row["this"]).selecting
        }

    def _at(self, view: View, nodes: Collection[Term]) -> set[Result]:
        """The results for some focus nodes."""
        selecting: dict[_Shape, list[Term]] = defaultdict(list)
        results = set(self._core(view, nodes, selecting))
        for shape, targets in selecting.items():
            for select in shape.selects:
                results.update(self._select(view, shape, select, targets))
        return results

    def _select(
        self, view: View, shape: _Shape, select: _Select, nodes: Collection[Term]
    ) -> Iterator[Result]:
        for row in view.ask(select.text, select.reach.start, _THIS, nodes):
            yield _result(shape, row)

    def _cause(self, result: Result, view: View, new: set[Term]) -> Cause:
        """The new subject that a result is due to, and what of it the rule looks at."""
        if result.focus in new:
            return Cause(result.focus)
        selects = [
            s for shape in self._shapes if shape.rule.name == result.rule for s in shape.selects
        ]
        for look in (look for select in selects for look in select.reach.looks or ()):
            nodes = [result.value]
            if look.variable != "value":
                way = f"SELECT DISTINCT ?{look.variable} WHERE {{ {look.chain} }}"
                rows = view.ask(way, way.index("{") + 1, _THIS, [result.focus])
                nodes = [row[look.variable] for row in rows]
            for node in nodes:
                if node is not None and node in new:
                    return Cause(node, look.predicates)
        return Cause(min(new, key=str))  # a class is now part of another, say

    # ------------------------------------------------------------ Core

    @cached_property
    def _object_targets(self) -> list[str]:
        targets = {target for shape in self._shapes for target in shape.targets}
        return [name for kind, name in sorted(targets) if kind == "targetObjectsOf"]

    def _plan_of(self, view: View, node: Term) -> _Plan:
        return self._plan(view, node, view.about(node))

    def _plan(self, view: View, node: Term, about: _About) -> _Plan:
        """What to ask about a node, by its classes and properties."""
        objects = [name for name in self._object_targets if view.has(None, name, node)]
        key = (view.classes_among(about), frozenset(about), *objects)
        plan: _Plan | None = view.plans.get(key)
        if plan is None:
            hit = {
                *(("targetClass", name) for name in view.classes_among(about)),
                *(("targetSubjectsOf", name) for name in about),
                *(("targetObjectsOf", name) for name in objects),
            }
            shapes = [shape for shape in self._shapes if not hit.isdisjoint(shape.targets)]
            plan = view.plans[key] = _Plan(
                [
                    (shape, shape.rule.path.value if shape.rule.path else None)
                    for shape in shapes
                    if shape.constraints
                ],
                [shape for shape in shapes if shape.selects],
            )
        return plan

    def _core(
        self,
        view: View,
        nodes: Iterable[Term],
        selecting: dict[_Shape, list[Term]] | None = None,
    ) -> Iterator[Result]:
        """The results of the Core constraints; `selecting` gets the nodes for each other rule."""
        for node in nodes:
            about = view.about(node)
            plan = self._plan(view, node, about)
            for shape, path in plan.checking:
                values = {node: None} if path is None else about.get(path, _NO_VALUES)
                for component, check in shape.constraints:
                    for value in check(values, view):
                        yield Result(shape.rule.name, component, node, shape.rule.path, value)
            if selecting is not None:
                for shape in plan.selecting:
                    selecting[shape].append(node)


def _target_patterns(view: View, shape: _Shape) -> Iterator[str]:
    """Patterns that between them match the focus nodes of a shape."""
    classes: set[str] = set()
    for kind, target in shape.targets:
        if kind == "targetClass":
            classes |= view.subclasses(target)
        elif kind == "targetSubjectsOf":
            yield f"$this <{target}> ?targetObject ."
        else:
            yield f"?targetSubject <{target}> $this ."
    if classes:
        # A filter, not VALUES, from which the query engine would begin its joins.
        names = ", ".join(f"<{name}>" for name in sorted(classes))
        yield f"$this a ?targetClass . FILTER(?targetClass IN ({names}))"


_THIS: Final = Look("this", None, None, "")


@dataclass(frozen=True, slots=True)
class _Plan:
    """The shapes that a node is a target of: those with Core constraints, those with queries."""

    checking: list[tuple[_Shape, str | None]]
    selecting: list[_Shape]


def _is_shape(about: Mapping[str, list[Term]]) -> bool:
    """Whether a description is that of a shape, by its type, targets or path."""
    types = {text_of(kind) for kind in about.get(RDF + "type", ())}
    return (
        not types.isdisjoint((SH + "NodeShape", SH + "PropertyShape"))
        or SH + "path" in about
        or any(predicate.startswith(SH + "target") for predicate in about)
    )


def _result(shape: _Shape, row: ox.QuerySolution) -> Result:
    """A solution of a rule's query as a result of validation."""
    path, value = _of(row, "path"), _of(row, "value")
    return Result(
        shape.rule.name,
        "SPARQLConstraintComponent",
        row["this"],
        path if isinstance(path, ox.NamedNode) else shape.rule.path,
        value if value is not None else row["this"] if shape.rule.path is None else None,
    )


def _of(row: ox.QuerySolution, name: str) -> Term | None:
    try:
        term: Term | None = row[name]
    except KeyError:  # not among the variables
        return None
    return term
