"""Results of validation, and their causes."""

from __future__ import annotations

from dataclasses import dataclass

import pyoxigraph as ox

from kzld.rdf.namespaces import Term


@dataclass(frozen=True, slots=True)
class Result:
    """One result of validation, with the fields of a sh:ValidationResult.

    Attributes:
        rule: the name of the source shape, see `Rule`.
        component: the constraint component, without its namespace.
        focus: the focus node.
        path: the result path, if it is a property.
        value: the value node.
    """

    rule: str
    component: str
    focus: Term
    path: ox.NamedNode | None
    value: Term | None


@dataclass(frozen=True, slots=True)
class Cause:
    """The cause of a result: a node, and the properties of it that matter; None for all."""

    node: Term
    predicates: frozenset[str] | None = None
