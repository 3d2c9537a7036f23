"""Shapes read from a shapes graph: rules for people, constraints for the engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyoxigraph as ox

from kzld.errors import KzldError
from kzld.rdf.namespaces import RDFS, SH, Term
from kzld.shacl.components import BY_FORM, CONSTRAINTS, Check
from kzld.shacl.coverage import NOT_CONSTRAINTS, TARGETS, uncovered
from kzld.shacl.dependencies import Reach, reach
from kzld.shacl.shapes_graph import ShapesGraph

_SEVERITIES = {SH + "Violation": "error", SH + "Warning": "warning", SH + "Info": "note"}
Texts = dict[str, str]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the shapes, as people read it.

    Attributes:
        name: the short name, such as `membership-organization`.
        iri: the IRI of the shape.
        title: the requirement in a few words, by language.
        why: the reason for the rule.
        message: the problem if the rule is broken.
        remedy: the way to solve the problem.
        severity: `error`, `warning` or `note`; a severity that SHACL does not define is an error.
        path: the property of a property shape.
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
class Select:
    """The query of a SHACL-SPARQL constraint, its prefixes, and the nodes that it looks at."""

    text: str
    prefixes: dict[str, str]
    reach: Reach


@dataclass(frozen=True, slots=True)
class Constraint:
    """A Core constraint.

    Attributes:
        component: the constraint component, without its namespace.
        check: yields the values at fault; None if the fault is not in a single value.
        by_form: whether it depends only on the number of values of each kind.
    """

    component: str
    check: Check
    by_form: bool


@dataclass(frozen=True, eq=False)
class Shape:
    """A shape with its targets and its constraints.

    Attributes:
        rule: the shape as people read it.
        targets: the kind of each target (`targetClass`) and its class or property.
        constraints: the Core constraints.
        selects: the queries of the SHACL-SPARQL constraints.
    """

    rule: Rule
    targets: list[tuple[str, str]]
    constraints: list[Constraint]
    selects: list[Select]


class Shapes:
    """The shapes of a shapes graph.

    Attributes:
        graph: the shapes graph.
        namespace: the beginning of the IRIs of the shapes; the rest is the name of the rule.
        covered: the shapes that the engine runs.
        uncovered: the shapes that use a feature that the engine does not support, themselves
            or in one of their parts, and the shapes in their parts; pySHACL runs them.
        rules: the rules that can have results, by name, and those that others check.

    Args:
        quads: the statements of the shapes graph.
        namespace: see above.
        remedy: the IRI of the property that has the remedies of rules.

    Raises:
        KzldError: a shape has no IRI.
    """

    def __init__(self, quads: Iterable[ox.Quad], namespace: str, remedy: str) -> None:
        self.graph = ShapesGraph(quads)
        self.namespace, self._remedy = namespace, remedy
        self.uncovered = uncovered(self.graph)
        self.covered = list(self._read())
        rules = [shape.rule for shape in self.covered if shape.constraints or shape.selects]
        rules += map(self._rule, self.uncovered)
        # A rule about files has no target: whoever reads a file checks it.
        rules += [self._rule(n) for n in self.graph.nodes() if self.graph.objects(n, remedy)]
        self.rules = {rule.name: rule for rule in sorted(rules, key=lambda rule: rule.name)}

    def _read(self) -> Iterator[Shape]:
        for node in self.graph.nodes():
            targets = [
                (kind, target.value)
                for kind in TARGETS
                for target in self.graph.iris(node, SH + kind)
            ]
            if targets and node not in self.uncovered:
                for member in (node, *self.graph.objects(node, SH + "property")):
                    yield Shape(
                        self._rule(member),
                        targets,
                        list(self._constraints(member)),
                        list(self._selects(member)),
                    )

    def _rule(self, node: Term) -> Rule:
        if not isinstance(node, ox.NamedNode):
            raise KzldError(f"a shape without an IRI cannot be run: {node}")
        severities = [severity.value for severity in self.graph.iris(node, SH + "severity")]
        return Rule(
            name=node.value.removeprefix(self.namespace),
            iri=node,
            title=self.graph.texts(node, RDFS + "label"),
            why=self.graph.texts(node, RDFS + "comment"),
            message=self.graph.texts(node, SH + "message"),
            remedy=self.graph.texts(node, self._remedy),
            severity=_SEVERITIES.get(severities[0], "error") if severities else "error",
            path=next(iter(self.graph.iris(node, SH + "path")), None),
        )

    def _constraints(self, node: Term) -> Iterator[Constraint]:
        """The Core constraints of a shape."""
        for predicate, values in self.graph.about(node).items():
            name = predicate.removeprefix(SH)
            if predicate.startswith(SH) and name not in NOT_CONSTRAINTS:
                component = f"{name[0].upper()}{name[1:]}ConstraintComponent"
                for value in values:
                    check = CONSTRAINTS[name](value, self.graph.list_of)
                    yield Constraint(component, check, by_form=name in BY_FORM)

    def _selects(self, node: Term) -> Iterator[Select]:
        """The queries of the SHACL-SPARQL constraints of a shape."""
        for constraint in self.graph.objects(node, SH + "sparql"):
            prefixes = self.graph.prefixes(constraint)
            for select in self.graph.objects(constraint, SH + "select"):
                if isinstance(select, ox.Literal):
                    yield Select(select.value, prefixes, reach(select.value, prefixes))
