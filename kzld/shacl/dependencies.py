"""The nodes that a SPARQL rule looks at beside its focus node, read from its text.

When triples are added, a rule has a new result only if one of its triple patterns matches a new
triple, so that one of the nodes that it looks at is the subject of a new triple. The rule is
therefore run once for each of these nodes, bound to the new subjects. This gives all new
results, and its cost does not grow with the rest of the data.

Patterns within NOT EXISTS can only remove results, unless they are within another NOT EXISTS.
When triples are removed, it is the other way round: a rule has a new result only if a pattern
within NOT EXISTS matched a removed triple. A rule that counts what it finds of its focus node may
have a new result either way, and so that nothing is left out of the count, only the focus node is
bound in it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from kzld.rdf.namespaces import RDF

_TOKEN = re.compile(
    r"(?P<string>\"(?:[^\"\\\n]|\\.)*\")|(?P<iri><[^<>\s]*>)|(?P<variable>[?$]\w+)"
    r"|(?P<word>[A-Za-z_][\w-]*(?::(?:[\w.-]*[\w-])?)?)|(?P<other>\d+|&&|\|\||!=|<=|>=|\^\^|\S)"
)
_COUNTS = re.compile(r"\bGROUP\s+BY\s+[?$]this\b", re.IGNORECASE)
_OF_KIND = ("ISBLANK", "ISIRI", "ISURI", "ISLITERAL", "LANG", "DATATYPE")
_TERMS = ("iri", "variable", "word", "string")


class _NotUnderstoodError(Exception):
    """The rule uses a part of SPARQL that this module does not support."""


@dataclass(frozen=True, slots=True)
class Look:
    """A node that a rule looks at beside its focus node.

    Attributes:
        variable: its name in the rule, without `?`.
        predicates: the properties of the node that the rule looks at; None for any.
        start: the place in the rule's text at which the node can be bound; None if it occurs
            only within EXISTS, or has no name.
        chain: triple patterns that lead from `$this` to the node.
    """

    variable: str
    predicates: frozenset[str] | None
    start: int | None
    chain: str


@dataclass(frozen=True, slots=True)
class Reach:
    """All nodes that a rule looks at.

    Attributes:
        start: the place in the rule's text at which `$this` can be bound.
        looks: the nodes beside the focus node whose new triples can add results; None if the
            rule is not understood.
        misses: the nodes beside the focus node whose removed triples can add results; None if
            the rule is not understood.
        by_form: whether the rule has results for all nodes of one form or for none. Nodes of
            one form have the same types, and in each property values of the same kinds (for
            example IRIs, or texts in French).
        iris: the variables, without `?`, that are IRIs in each result, as a filter asks for it.
    """

    start: int
    looks: tuple[Look, ...] | None
    misses: tuple[Look, ...] | None
    by_form: bool = False
    iris: frozenset[str] = frozenset()


def reach(select: str, prefixes: Mapping[str, str]) -> Reach:
    """Read the SELECT query of a SHACL-SPARQL constraint; it uses the prefixes."""
    where = re.search(r"WHERE\s*\{", select)
    start = where.end() if where else len(select)
    try:
        reader = _Reader(select, start, prefixes)
        focus = reader.start_of("this") or start
        looks, misses = tuple(reader.looks(adds=True)), tuple(reader.looks(adds=False))
        return Reach(focus, looks, misses, reader.is_by_form(), reader.iris())
    except (_NotUnderstoodError, IndexError):
        return Reach(start, None, None)


@dataclass
class _Block:
    """A group of patterns between braces.

    Attributes:
        start: the place at which its text begins.
        above: the group around it.
        adds: whether more matches give more results; None if unknown.
        seen: whether its variables are bound in the whole rule, as it is not within EXISTS.
        seeing: the subject variable and the predicate of each triple pattern; None for any.
        links: subject, path and object of each triple pattern.
        iris: the variables that a filter asks to be IRIs.
    """

    start: int
    above: _Block | None
    adds: bool | None
    seen: bool
    seeing: list[tuple[str, str | None]] = field(default_factory=list)
    links: list[tuple[str, str, str]] = field(default_factory=list)
    iris: set[str] = field(default_factory=set)

    def around(self) -> Iterator[_Block]:
        """The group and all groups around it."""
        block: _Block | None = self
        while block:
            yield block
            block = block.above


class _Reader:
    """Reads groups, triple patterns and paths; skips the rest of expressions."""

    def __init__(self, text: str, start: int, prefixes: Mapping[str, str]) -> None:
        self._prefixes = prefixes
        self._tokens = [
            (match.lastgroup or "", match[0], match.start(), match.end())
            for match in _TOKEN.finditer(text, start)
        ]
        self._place = self._hops = 0
        self._focus_as_subject = 0
        self._focus_values: list[tuple[list[list[str]], str]] = []
        self._blocks: list[_Block] = []
        counts = _COUNTS.search(text, start) is not None
        self._group(_Block(start, None, adds=None if counts else True, seen=not counts))
        if self._place < len(self._tokens) and not counts:  # GROUP BY, HAVING, VALUES …
            raise _NotUnderstoodError

    def start_of(self, variable: str) -> int | None:
        """The start of the first group that binds a variable for the whole rule."""
        for block in self._blocks:
            named = {name for name, _ in block.seeing}
            if block.seen and (
                variable in named or any(f"?{variable}" in link for link in block.links)
            ):
                return block.start
        return None

    def looks(self, *, adds: bool) -> Iterator[Look]:
        """The nodes in the patterns whose matches can add results, or can remove results."""
        predicates: dict[str, set[str | None]] = {}
        chains: dict[str, str] = {}
        for block in self._blocks:
            if block.adds is not None and block.adds is not adds:
                continue
            for name, predicate in block.seeing:
                if name != "this":
                    predicates.setdefault(name, set()).add(predicate)
                    chains.setdefault(name, self._chain(name, block))
        for name, chain in chains.items():
            only = predicates[name]
            named = None if None in only else frozenset(p for p in only if p is not None)
            yield Look(name, named, self.start_of(name), chain)

    def iris(self) -> frozenset[str]:
        """The variables that are IRIs in each result."""
        return frozenset(name for block in self._blocks if block.seen for name in block.iris)

    def is_by_form(self) -> bool:
        """Whether the rule uses only the types of the focus node and the kinds of its values.

        The focus node then occurs only as the subject of patterns. A value of it that is not
        a type occurs elsewhere only in functions that give its kind.
        """
        tokens = [token for _, token, *_ in self._tokens]
        uses = Counter(f"?{token[1:]}" for token in tokens if token[0] in "?$")
        of_kind = Counter(
            f"?{variable[1:]}"
            for function, bracket, variable in zip(tokens, tokens[1:], tokens[2:], strict=False)
            if function.upper() in _OF_KIND and bracket == "(" and variable[0] in "?$"
        )

        def tells_no_more(paths: list[list[str]], value: str) -> bool:
            if all(self._is_type(steps[0]) for steps in paths):
                return True
            one_step = all(len(steps) == 1 and steps[0] != "*" for steps in paths)
            return one_step and value.startswith("?") and uses[value] == 1 + of_kind[value]

        return uses["?this"] == self._focus_as_subject and all(
            tells_no_more(paths, value) for paths, value in self._focus_values
        )

    def _is_type(self, step: str) -> bool:
        return step[0] not in "?*" and self._iri(step) == RDF + "type"

    def _chain(self, name: str, block: _Block) -> str:
        """The shortest chain of triple patterns from `$this` to a node."""
        links = [link for around in block.around() for link in around.links]
        links += [link for other in self._blocks if other.seen for link in other.links]
        ways = {"?this": ""}
        ahead = ["?this"]
        for term in ahead:
            for link in links:
                for there in link if term in link else ():
                    if re.fullmatch(r"\?\w+", there) and there not in ways:
                        ways[there] = f"{ways[term]} {' '.join(link)} ."
                        ahead.append(there)
        if f"?{name}" not in ways:
            raise _NotUnderstoodError
        return ways[f"?{name}"]

    @property
    def _token(self) -> str:
        return self._tokens[self._place][1]

    def _next(self) -> str:
        self._place += 1
        return self._tokens[self._place - 1][1]

    def _end(self) -> int:
        """The end of the token just read."""
        return self._tokens[self._place - 1][3]

    def _take(self, token: str) -> bool:
        found = self._token.upper() == token
        self._place += found
        return found

    def _group(self, block: _Block) -> None:
        """Read up to the closing brace."""
        self._blocks.append(block)
        while not self._take("}"):
            if self._take("."):
                continue
            if self._take("{"):
                self._alternatives(block)
            elif self._take("FILTER"):
                self._filter(block)
            elif self._take("BIND"):
                self._expression(block)
            else:
                self._triples(block)

    def _alternatives(self, block: _Block) -> None:
        """Read a group, or several joined by UNION, of which none binds for the whole rule."""
        first = _Block(self._end(), block, block.adds, block.seen)
        self._group(first)
        while self._take("UNION"):
            for inner in self._blocks:
                inner.seen = inner.seen and first not in inner.around()
            if not self._take("{"):
                raise _NotUnderstoodError
            self._group(_Block(self._end(), block, block.adds, seen=False))

    def _filter(self, block: _Block) -> None:
        negated = self._take("NOT")
        if self._take("EXISTS"):
            adds = block.adds if not negated or block.adds is None else not block.adds
            self._brace(block, adds)
            return
        if self._token != "(":  # noqa: S105 (a function without brackets around it)
            self._next()
        start = self._place
        self._expression(block)
        block.iris |= _asked_iris([token for _, token, *_ in self._tokens[start : self._place]])

    def _brace(self, block: _Block, adds: bool | None) -> None:
        if not self._take("{"):
            raise _NotUnderstoodError
        self._group(_Block(self._end(), block, adds, seen=False))

    def _expression(self, block: _Block) -> None:
        """Skip an expression in brackets; a group in it may be negated or not."""
        depth = 0
        while True:
            token = self._token
            if token == "{":  # noqa: S105
                self._brace(block, None)
                continue
            self._next()
            depth += (token == "(") - (token == ")")  # noqa: S105
            if depth == 0:
                return

    def _triples(self, block: _Block) -> None:
        subject = self._term()
        self._focus_as_subject += subject == "?this"
        while True:
            start = self._place
            alternatives = self._path()
            path = " ".join(self._tokens[place][1] for place in range(start, self._place))
            while True:
                value = self._term()
                self._add_triple(block, subject, alternatives, path, value)
                if not self._take(","):
                    break
            if not self._take(";") or self._token in (".", "}"):
                return

    def _add_triple(
        self, block: _Block, subject: str, paths: list[list[str]], text: str, value: str
    ) -> None:
        block.links.append((subject, text, value))
        if subject == "?this":
            self._focus_values.append((paths, value))
        for steps in paths:
            here = subject
            for place, step in enumerate(steps):
                if block.adds is not False and (not here.startswith("?") or step == "*"):
                    raise _NotUnderstoodError
                predicate = None if step[0] in "?*" else self._iri(step)
                block.seeing.append((here[1:], predicate))
                if place + 1 < len(steps):
                    self._hops += 1
                    here = f"?hop{self._hops}"
                    block.links.append((subject, "/".join(steps[: place + 1]), here))

    def _iri(self, name: str) -> str:
        """The IRI of a name, in angle brackets or with a prefix."""
        if name.startswith("<"):
            return name[1:-1]
        prefix, _, local = name.partition(":")
        if prefix not in self._prefixes:
            raise _NotUnderstoodError
        return self._prefixes[prefix] + local

    def _term(self) -> str:
        kind, token = self._tokens[self._place][:2]
        if kind not in _TERMS or (kind == "word" and ":" not in token):
            raise _NotUnderstoodError
        self._place += 1
        return f"?{token[1:]}" if kind == "variable" else token

    def _path(self) -> list[list[str]]:
        """The alternatives of a path, each as its steps; `*` stands for a step that repeats."""
        found = self._steps()
        while self._take("|"):
            found += self._steps()
        return found

    def _steps(self) -> list[list[str]]:
        found = self._step()
        while self._take("/"):
            further = self._step()
            found = [[*first, *then] for first in found for then in further]
        return found

    def _step(self) -> list[list[str]]:
        if self._take("("):
            found = self._path()
            if not self._take(")"):
                raise _NotUnderstoodError
        elif self._take("A"):
            found = [[f"<{RDF}type>"]]
        else:
            found = [[self._term()]]
        if self._token in ("*", "+", "?"):
            self._next()
            return [["*"]]
        return found


def _asked_iris(expression: list[str]) -> set[str]:
    """The variables of which `isIRI(?variable)` is the whole of a filter, or a part joined by &&.

    Args:
        expression: the tokens, with the brackets around them.
    """
    parts: list[list[str]] = [[]]
    depth = 0
    for token in expression[1:-1]:
        if depth == 0 and token == "||":  # noqa: S105
            return set()
        depth += (token == "(") - (token == ")")  # noqa: S105
        if depth == 0 and token == "&&":  # noqa: S105
            parts.append([])
        else:
            parts[-1].append(token)
    found = set()
    for part in parts:
        match part:
            case [function, "(", variable, ")"] if function.upper() in ("ISIRI", "ISURI"):
                found.add(variable[1:])
    return found
