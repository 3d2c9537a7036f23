"""A fast SHACL engine: it runs each rule once over all its targets, or over those affected.

Covers a part of SHACL (https://www.w3.org/TR/shacl/): node and property shapes with IRIs,
predicate paths, the Core constraints of `components.CONSTRAINTS` and SHACL-SPARQL constraints.
Any other shape is left to pySHACL, never skipped; see `Shapes.uncovered`. Tests compare the
results with those of pySHACL, pyrudof and Jena.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

import pyoxigraph as ox

from kzld.progress import Progress, no_progress
from kzld.rdf.namespaces import RDF, Term
from kzld.shacl.beside import beside, can_fork
from kzld.shacl.dependencies import Look
from kzld.shacl.results import Cause, Result
from kzld.shacl.shapes import Constraint, Select, Shape, Shapes
from kzld.shacl.view import NO_VALUES, About, Change, View

_RDF_TYPE = RDF + "type"
_SOME_PREDICATES = re.compile(
    r"\s*[$?]this\s+\?(\w+)\s+\?\w+\s*\.\s*FILTER\(\?\1 IN \(([^()\"]*)\)\)"
)
_SMALL = 2000
_LARGE = 100_000
"""Of so many new statements the checking pays the start of a second process."""
_BATCH = 500
_CORE_SHARE = 0.25
"""The rough share of the Core constraints in the work, if all nodes are checked."""


@dataclass(frozen=True, eq=False)
class _Plan:
    """The checks for nodes of one form: the same classes, properties and kinds of values.

    Attributes:
        checking: Core constraints, with the path of each.
        selecting: shapes with queries.
    """

    checking: list[tuple[Shape, str | None, Constraint]]
    selecting: list[Shape]


class Engine:
    """Runs the shapes that the engine covers.

    Args:
        shapes: the shapes.
        progress: receives the share of the work that is done.
    """

    def __init__(self, shapes: Shapes, progress: Progress = no_progress) -> None:
        self._shapes = shapes.covered
        self._progress = progress
        self._plans: dict[tuple[object, ...], _Plan] = {}
        targets = {target for shape in self._shapes for target in shape.targets}
        self._object_targets = [name for kind, name in sorted(targets) if kind == "targetObjectsOf"]

    def validate(self, view: View) -> set[Result]:
        """Run every rule over some graphs."""
        return self._everything(view)

    def added(self, change: Change) -> dict[Result, Cause]:
        """The results that a change adds, each with its cause in the change.

        These are the results after the change that are missing before it. The cost of a small
        change depends on its subjects and their neighbours, not on the size of the rest.
        """
        size = change.added.size() + change.removed.size()
        if _is_small(size, change.after) and not change.changes_classes():
            found = self._near(change)
        else:
            found = self._everything(change.after, forking=size > _LARGE and can_fork())
        old = {result.focus for result in found if change.before.mentions(result.focus)}
        return self.causes(found - self._at(change.before, old), change)

    def causes(self, results: Iterable[Result], change: Change) -> dict[Result, Cause]:
        """Results that are due to a change, each with its cause in it."""
        return {result: self._cause(result, change) for result in results}

    def affected(self, change: Change) -> set[Term]:
        """The nodes that may have new results because of a change, with its subjects."""
        return {result.focus for result in self._near(change)} | change.subjects()

    def _everything(self, view: View, *, forking: bool = False) -> set[Result]:
        """The results for all nodes; a forked process can find a half of them."""
        if not forking:
            return self._by_form(view) | self._by_query(view)

        def silently() -> set[Result]:
            self._progress = no_progress
            return self._by_query(view)

        with beside(silently) as others:
            found = self._by_form(view) | others()
        self._progress(1)
        return found

    def _by_form(self, view: View) -> set[Result]:
        """The results of Core constraints, and of SPARQL rules that ask about nodes by form.

        Many rules give the same answer for all nodes of one form. Such a rule is run for one
        node of each form, and for the others only if it has a result for this one.
        """
        view.read_classes()
        alike: dict[_Plan, list[Term]] = defaultdict(list)
        results = set(self._core(view, self._told(self._descriptions(view), view.size()), alike))
        for shape, select in self._selects(by_form=True):
            forms = [nodes for plan, nodes in alike.items() if shape in plan.selecting]
            results |= self._select_alike(view, shape, select, forms)
        return results

    def _by_query(self, view: View) -> set[Result]:
        """The results of the other SPARQL rules, while progress is told."""
        results: set[Result] = set()
        for shape, select in self._with_progress(self._selects(by_form=False), _CORE_SHARE):
            results |= self._select_all(view, shape, select)
        return results

    def _descriptions(self, view: View) -> Iterator[tuple[Term, About]]:
        """All nodes that can be targets, with their descriptions."""
        yield from view.descriptions()
        for node in set[Term]().union(*map(view.objects, self._object_targets)):
            if not view.has(node, None, None):
                yield node, {}

    def _told(
        self, nodes: Iterable[tuple[Term, About]], statements: int
    ) -> Iterator[tuple[Term, About]]:
        """Pass the nodes on to the Core constraints, and report progress."""
        done = 0
        for place, (node, about) in enumerate(nodes):
            if place % _BATCH == 0:
                self._progress(_CORE_SHARE * min(1, done / statements))
            done += sum(map(len, about.values()))
            yield node, about

    def _select_alike(
        self, view: View, shape: Shape, select: Select, forms: Iterable[list[Term]]
    ) -> set[Result]:
        """The results of a SHACL-SPARQL constraint that treats all nodes of a form alike."""
        by_first = {nodes[0]: nodes for nodes in forms}
        at_fault = {result.focus for result in self._select(view, shape, select, list(by_first))}
        nodes = [node for first in at_fault for node in by_first[first]]
        return set(self._select(view, shape, select, nodes))

    def _selects(self, *, by_form: bool | None = None) -> list[tuple[Shape, Select]]:
        """The SPARQL rules: those that ask about nodes by form, the others, or all."""
        return [
            (shape, select)
            for shape in self._shapes
            for select in shape.selects
            if by_form in (None, select.reach.by_form)
        ]

    def _with_progress(
        self, rules: Collection[tuple[Shape, Select]], done: float
    ) -> Iterator[tuple[Shape, Select]]:
        """The rules, one by one, with progress from the share of the work that is done before."""
        for place, rule in enumerate(rules):
            self._progress(done + (1 - done) * place / len(rules))
            yield rule
        self._progress(1)

    def _select_all(self, view: View, shape: Shape, select: Select) -> set[Result]:
        """The results of a SHACL-SPARQL constraint, run once for all focus nodes together."""
        head, where, body = re.split(r"(WHERE\s*\{)", select.text, maxsplit=1)
        body = _values_of_predicate(body) + body
        results: set[Result] = set()
        for pattern in _target_patterns(view, shape):
            rows = view.query(f"{head}{where} {pattern} {body}", select.prefixes)
            results.update(_results(view, shape, rows))
        return results

    def _near(self, change: Change) -> set[Result]:
        """The results for the changed subjects, and all other results that involve them."""
        nodes = change.subjects()
        for predicate in self._object_targets:
            nodes |= change.added.objects(predicate)
        for node in change.lost_classes():
            nodes |= change.after.referring_to(node)
        results = self._at(change.after, nodes)
        for shape, select in self._with_progress(self._selects(), 0):
            if select.reach.looks is None or select.reach.misses is None:
                results |= self._select_all(change.after, shape, select)
                continue
            for look in select.reach.looks:
                changed = change.added.subjects(look.predicates)
                results |= self._seen(change.after, shape, select, look, changed, change.after)
            for look in select.reach.misses:
                changed = change.removed.subjects(look.predicates)
                results |= self._seen(change.after, shape, select, look, changed, change.before)
        return results

    def _seen(
        self,
        view: View,
        shape: Shape,
        select: Select,
        look: Look,
        nodes: Collection[Term],
        links: View,
    ) -> set[Result]:
        """The results of a rule that looks from another node at one of some nodes.

        Args:
            view: the statements to check.
            shape: the shape of the rule.
            select: the rule.
            look: the way in which it looks at the nodes.
            nodes: the nodes.
            links: the statements that lead from the focus node to the nodes.
        """
        nodes = _possible(select, look.variable, nodes)
        if not nodes:
            return set()
        if look.start is None:
            chain = f"SELECT DISTINCT $this WHERE {{ {look.chain} }}"
            seeing = {
                row["this"]
                for row in links.ask(
                    chain, select.prefixes, chain.index("{") + 1, look.variable, nodes
                )
            }
            targets = [node for node in seeing if shape in self._plan_of(view, node).selecting]
            return set(self._select(view, shape, select, targets))
        rows = view.ask(select.text, select.prefixes, look.start, look.variable, nodes)
        hits = (row for row in rows if shape in self._plan_of(view, row["this"]).selecting)
        return set(_results(view, shape, hits))

    def _at(self, view: View, nodes: Collection[Term]) -> set[Result]:
        """The results for some focus nodes."""
        alike: dict[_Plan, list[Term]] = defaultdict(list)
        results = set(self._core(view, ((node, view.about(node)) for node in nodes), alike))
        targets: dict[Shape, list[Term]] = defaultdict(list)
        for plan, those in alike.items():
            for shape in plan.selecting:
                targets[shape] += those
        for shape, those in targets.items():
            for select in shape.selects:
                results.update(self._select(view, shape, select, those))
        return results

    def _select(
        self, view: View, shape: Shape, select: Select, nodes: Collection[Term]
    ) -> Iterator[Result]:
        nodes = _possible(select, "this", nodes)
        rows = view.ask(select.text, select.prefixes, select.reach.start, "this", nodes)
        return _results(view, shape, rows)

    def _cause(self, result: Result, change: Change) -> Cause:
        """The changed subject that causes a result, and the properties that the rule looks at."""
        if change.concerns(result.focus):
            return Cause(result.focus)
        selects = [
            s for shape in self._shapes if shape.rule.name == result.rule for s in shape.selects
        ]
        looks = [(s, look) for s in selects for look in s.reach.looks or ()]
        misses = [(s, look) for s in selects for look in s.reach.misses or ()]
        for view, ways in ((change.after, looks), (change.before, misses)):
            for select, look in ways:
                for node in _looked_at(result, select, look, view):
                    if node is not None and change.concerns(node):
                        return Cause(node, look.predicates)
        if result.value is not None and change.concerns(result.value):  # it has another class
            return Cause(result.value)
        # For example, a class now has another superclass.
        return Cause(min(change.subjects(), key=str))

    def _plan_of(self, view: View, node: Term) -> _Plan:
        return self._plan(view, node, view.about(node))

    def _plan(self, view: View, node: Term, about: About) -> _Plan:
        """The checks for a node, by its form."""
        classes = view.classes_among(about)
        objects = [name for name in self._object_targets if view.has(None, name, node)]
        form = (classes, type(node), _form(about), *objects)
        plan = self._plans.get(form)
        if plan is None:
            hit = {
                *(("targetClass", name) for name in classes),
                *(("targetSubjectsOf", name) for name in about),
                *(("targetObjectsOf", name) for name in objects),
            }
            shapes = [shape for shape in self._shapes if not hit.isdisjoint(shape.targets)]
            plan = self._plans[form] = _Plan(
                list(_checks(shapes, node, about, view)),
                [shape for shape in shapes if shape.selects],
            )
        return plan

    def _core(
        self,
        view: View,
        nodes: Iterable[tuple[Term, About]],
        alike: dict[_Plan, list[Term]],
    ) -> Iterator[Result]:
        """The results of the Core constraints; adds the nodes to `alike` by their form."""
        for node, about in nodes:
            plan = self._plan(view, node, about)
            for shape, path, constraint in plan.checking:
                for value in constraint.check(_values(node, about, path), view):
                    yield Result(
                        shape.rule.name, constraint.component, node, shape.rule.path, value
                    )
            alike[plan].append(node)


def _checks(
    shapes: Iterable[Shape], node: Term, about: About, view: View
) -> Iterator[tuple[Shape, str | None, Constraint]]:
    """The Core constraints to check, with their paths, for all nodes of a node's form.

    A constraint that depends only on the form is left out if it holds for this node.
    """
    for shape in shapes:
        path = shape.rule.path.value if shape.rule.path else None
        for constraint in shape.constraints:
            values = _values(node, about, path)
            if not constraint.by_form or any(True for _ in constraint.check(values, view)):
                yield shape, path, constraint


def _values(node: Term, about: About, path: str | None) -> dict[Term, None]:
    """The value nodes of a shape: the values of its path; without a path, the focus node."""
    return {node: None} if path is None else about.get(path, NO_VALUES)


def _form(about: About) -> tuple[object, ...]:
    """The types of a node, and its properties with the kinds of their values."""
    types = frozenset(about.get(_RDF_TYPE, NO_VALUES))
    return (types, *((name, *map(_kind, values)) for name, values in about.items()))


def _kind(value: Term) -> object:
    """The kind of a value: the language or datatype of a literal, the class of another term."""
    if isinstance(value, ox.Literal):
        return f"@{value.language}" if value.language else value.datatype.value
    return type(value)


def _possible(select: Select, variable: str, nodes: Collection[Term]) -> Collection[Term]:
    """The nodes that a variable of a rule can be: no blank ones, if a filter asks for an IRI."""
    if variable not in select.reach.iris:
        return nodes
    return [node for node in nodes if isinstance(node, ox.NamedNode)]


def _looked_at(result: Result, select: Select, look: Look, view: View) -> list[Term | None]:
    """The nodes that a rule looks at from the focus node of a result."""
    if look.variable == "value":
        return [result.value]
    way = f"SELECT DISTINCT ?{look.variable} WHERE {{ {look.chain} }}"
    start = way.index("{") + 1
    rows = view.ask(way, select.prefixes, start, "this", [result.focus])
    return [row[look.variable] for row in rows]


def _is_small(size: int, together: View) -> bool:
    """Whether it is less work to check each new node than to check all nodes."""
    return size < _SMALL or size < len(together.store) / 2


def _target_patterns(view: View, shape: Shape) -> Iterator[str]:
    """Patterns that together match the focus nodes of a shape."""
    classes: set[str] = set()
    for kind, target in shape.targets:
        if kind == "targetClass":
            classes |= view.subclasses(target)
        elif kind == "targetSubjectsOf":
            yield f"$this <{target}> ?targetObject ."
        else:
            yield f"?targetSubject <{target}> $this ."
    if classes:
        # A filter, not VALUES: the query engine would begin its joins at VALUES.
        names = ", ".join(f"<{name}>" for name in sorted(classes))
        yield f"$this a ?targetClass . FILTER(?targetClass IN ({names}))"


def _values_of_predicate(body: str) -> str:
    """VALUES for the variable predicate of a rule's first pattern, if a filter lists them.

    The query engine does not use filters when it plans: it would read all statements about
    the focus nodes and drop most of them.
    """
    named = _SOME_PREDICATES.match(body)
    return f" VALUES ?{named[1]} {{ {named[2].replace(',', ' ')} }}" if named else ""


def _results(view: View, shape: Shape, rows: Iterable[ox.QuerySolution]) -> Iterator[Result]:
    """The solutions of a rule's query as results of validation, with values as written."""
    rule = shape.rule
    for row in rows:
        focus, path, value = row["this"], _of(row, "path"), _of(row, "value")
        path = path if isinstance(path, ox.NamedNode) else rule.path
        values: list[Term | None] = [focus if rule.path is None else None]
        if value is not None:
            values = [*view.spellings(focus, path, value)]
        for term in values:
            yield Result(rule.name, "SPARQLConstraintComponent", focus, path, term)


def _of(row: ox.QuerySolution, name: str) -> Term | None:
    try:
        term: Term | None = row[name]
    except KeyError:  # not among the variables
        return None
    return term
