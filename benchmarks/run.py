"""Time kzld beside what a user would pick instead: rdflib, the oxigraph command, pySHACL.

A second table has seconds of whole processes, with the most that they should be on two idle
cores: answers, ten facts checked, and the first command, which makes the ready store.

All contestants of a case run in turn (A B C A B C ...), so that a busy machine slows them
alike, and their answers are compared: rows, statements, results of validation. A difference
is printed, and makes the exit status 1.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, Final

import generate
import pyoxigraph as ox
import rdflib
from prettytable import PrettyTable

from kzld.check.rules import shapes_of, stated
from kzld.dataset.load import load
from kzld.dataset.package import context, package_file
from kzld.publish import export
from kzld.rdf.namespaces import GRAPHS, PREFIXES, SH, SHAPES, XSD
from kzld.shacl.engine import Engine

QUERY: Final = """
PREFIX kz: <https://w3id.org/kzld/ontology#>
PREFIX org: <http://www.w3.org/ns/org#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?body ?name ?known
WHERE {
  ?fact a kz:Membership ; org:member <https://w3id.org/kzld/id/country/KAZ> ;
    org:organization ?body ; kz:lastKnown ?known .
  ?body skos:prefLabel ?name .
  FILTER(LANG(?name) = "en")
}
"""
ASK: Final = ("ask", "members", "--organization", "EAEU", "--at", "2022-06-20")

# Each format's name in rdflib, whether it has named graphs, and what reads it.
FORMATS: Final = {
    "turtle": ("turtle", False, ox.RdfFormat.TURTLE),
    "ntriples": ("nt", False, ox.RdfFormat.N_TRIPLES),
    "rdfxml": ("xml", False, ox.RdfFormat.RDF_XML),
    "nquads": ("nquads", True, ox.RdfFormat.N_QUADS),
    "trig": ("trig", True, ox.RdfFormat.TRIG),
    "jsonld": ("json-ld", True, ox.RdfFormat.JSON_LD),
}

# Aims, as the least ratio (other / kzld).
THAN_RDFLIB: Final = 12.0
THAN_OXIGRAPH: Final = 1 / 0.6
THAN_LOADED_OXIGRAPH: Final = 1 / 9
THAN_PYSHACL: Final = 3.0
# Aims in seconds, for two idle cores.
AT_MOST: Final = {"answer, csv": 0.15, "table, beyond csv": 0.03, "ten facts": 0.25, "first": 1.5}

# Compiled Python is kept between the runs, as it is after an installation, but not in the tree.
_COMPILED: Final = tempfile.TemporaryDirectory(prefix="kzld-bench-pyc-")
_ENVIRONMENT: Final = {
    **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
    "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
    "PYTHONPYCACHEPREFIX": _COMPILED.name,
}

Call = Callable[[], bytes]


@dataclass(frozen=True)
class Row:
    """One line of the table: kzld and another in the same case, and the least ratio aimed at."""

    case: str
    ours: list[float]
    other: str
    theirs: list[float]
    aim: float | None = None

    def cells(self) -> list[str]:
        """The line as text."""
        ratio = median(self.theirs) / median(self.ours)
        aim = met = ""
        if self.aim is not None:
            aim, met = f"{self.aim:.2g}", "yes" if ratio >= self.aim else "NO"
        ours, theirs = _spread(self.ours), _spread(self.theirs)
        return [self.case, ours, self.other, theirs, f"{ratio:.2f}", aim, met]


@dataclass(frozen=True)
class Bound:
    """One line of the table of seconds: what kzld takes, and the most that it should."""

    case: str
    seconds: list[float]
    most: float

    def cells(self) -> list[str]:
        """The line as text."""
        met = "yes" if median(self.seconds) <= self.most else "NO"
        return [self.case, _spread(self.seconds), f"{self.most:g}", met]


class Bench:
    """The data set, the files that the others read, and the differences found."""

    def __init__(self, folder: Path, runs: int, slow_runs: int) -> None:
        self.folder, self.runs, self.slow_runs = folder, runs, slow_runs
        self.data = load(in_memory=True)
        self.differences: list[str] = []
        self.bounds: list[Bound] = []

    def file(self, name: str, form: str, graphs: tuple[str, ...] = GRAPHS) -> str:
        """An export of some graphs, made before any clock starts."""
        path = self.folder / name
        path.write_bytes(export.export(self.data, form, graphs))
        return str(path)

    def text(self, name: str, text: str) -> str:
        """A text file in the temporary folder."""
        path = self.folder / name
        path.write_text(text, "utf-8")
        return str(path)

    def expect(self, what: str, wanted: object, got: object) -> None:
        """Note a difference between kzld and another."""
        if wanted != got:
            self.differences.append(f"{what}: {wanted} expected, {got} found")

    def load(self, *files: str) -> str:
        """A fresh store of the oxigraph command with these files."""
        store = tempfile.mkdtemp(dir=self.folder)
        _run("oxigraph", "load", "-l", store, "-f", *files)
        return store


def _run(command: str, *words: str, good: tuple[int, ...] = (0,), **variables: str) -> bytes:
    """The standard output of a command of this Python's environment, else of the PATH."""
    environment = _ENVIRONMENT | variables
    done = subprocess.run([command, *words], capture_output=True, check=False, env=environment)
    if done.returncode not in good:
        sys.exit(f"{command} {words[0]} failed: {done.stderr.decode()}")
    return done.stdout


def _rdflib(*words: str) -> bytes:
    return _run(sys.executable, str(Path(__file__).with_name("rdflib_user.py")), *words)


def _oxigraph(query: str, store: str) -> bytes:
    return _run("oxigraph", "query", "-l", store, "--query-file", query, "--results-format", "csv")


def _in_turn(
    calls: Mapping[str, Call], runs: int
) -> tuple[dict[str, list[float]], dict[str, bytes]]:
    """The seconds and the last output of each call, run one after the other, `runs` times."""
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    outputs = {}
    for _ in range(runs):
        for name, call in calls.items():
            start = time.perf_counter()
            outputs[name] = call()
            seconds[name].append(time.perf_counter() - start)
    return seconds, outputs


def _warm_up(calls: Mapping[str, Call]) -> None:
    """Let Python compile what it imports, and the disk be read, before the clock starts."""
    _in_turn(calls, 1)


def _spread(seconds: list[float]) -> str:
    if len(seconds) == 1:
        return f"{seconds[0]:.3f} (1 run)"
    return f"{median(seconds):.3f} ({min(seconds):.3f}-{max(seconds):.3f})"


def _records(table: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table.decode())))


def _row_order(row: dict[str, str]) -> list[tuple[str, str]]:
    return sorted(row.items())


def _answers(
    bench: Bench, case: str, ours: tuple[str, ...], query: str, files: list[str]
) -> Iterator[Row]:
    """A command of kzld that answers, beside the same query in rdflib and oxigraph."""
    one_file = bench.text("all-files.ttl", "".join(Path(f).read_text("utf-8") for f in files))
    loaded = bench.load(one_file)
    others: dict[str, tuple[Call, float | None]] = {
        "rdflib script": (lambda: _rdflib("query", query, *files), THAN_RDFLIB),
        "oxigraph load + query": (lambda: _oxigraph(query, bench.load(*files)), THAN_OXIGRAPH),
        "the same, one file": (lambda: _oxigraph(query, bench.load(one_file)), THAN_OXIGRAPH),
        "oxigraph query, loaded": (lambda: _oxigraph(query, loaded), THAN_LOADED_OXIGRAPH),
    }
    calls: dict[str, Call] = {
        "csv": lambda: _run("kzld", *ours, "-f", "csv"),
        "table": lambda: _run("kzld", *ours),
        **{name: call for name, (call, _) in others.items()},
    }
    _warm_up(calls)
    seconds, outputs = _in_turn(calls, bench.runs)
    bench.bounds.append(Bound(f"{case}, csv", seconds["csv"], AT_MOST["answer, csv"]))
    beyond = [table - csv for table, csv in zip(seconds["table"], seconds["csv"], strict=True)]
    bench.bounds.append(Bound(f"{case}, table less csv", beyond, AT_MOST["table, beyond csv"]))
    wanted = sorted(map(_as_ids, _records(outputs["csv"])), key=_row_order)
    shown = outputs["table"].count(b"\n") - 2  # without column names and rule
    bench.expect(f"{case}, rows of the table", len(wanted), shown)
    if not wanted:
        sys.exit(f"{case}: kzld gives no rows")
    for other in others:
        rows = [{column: row[column] for column in wanted[0]} for row in _records(outputs[other])]
        bench.expect(f"{case}, {other}", wanted, sorted(rows, key=_row_order))
    for form in ("csv", "table"):
        for other, (_, aim) in others.items():
            # The others print CSV, so that is where like is compared with like.
            goal = aim if form == "csv" else None
            yield Row(f"{case}, {form}", seconds[form], other, seconds[other], goal)


def _as_ids(row: dict[str, str]) -> dict[str, str]:
    """A row of `kzld ask` as SPARQL gives it: the IRI in place of the label."""
    named = {column.removesuffix("_id") for column in row if column.endswith("_id")}
    return {
        column.removesuffix("_id"): value for column, value in row.items() if column not in named
    }


def query_cases(bench: Bench) -> Iterator[Row]:
    """A SELECT query from nothing: read the Turtle files, answer, print."""
    query = bench.text("query.rq", QUERY)
    yield from _answers(bench, "query", ("query", QUERY), query, _turtle_files())


def _turtle_files() -> list[str]:
    folders = [package_file(name) for name in ("data", "ontology")]
    return [str(path) for folder in folders for path in sorted(folder.rglob("*.ttl"))]


def ask_cases(bench: Bench) -> Iterator[Row]:
    """A named question; the others get its final query, and the derived triples ready made."""
    query = bench.text("ask.rq", _run("kzld", *ASK, "--sparql").decode())
    files = [*_turtle_files(), bench.file("derived.ttl", "turtle", ("derived",))]
    yield from _answers(bench, "ask (others: derived graph ready)", ASK, query, files)


def export_cases(bench: Bench) -> Iterator[Row]:
    """Each RDF format: from loaded graphs in this process, and as a whole process."""
    graph, quads = rdflib.Graph(), rdflib.Dataset()
    graph.parse(data=export.export(bench.data, "ntriples"), format="nt")
    quads.parse(data=export.export(bench.data, "nquads"), format="nquads")
    for prefix, namespace in PREFIXES.items():
        graph.bind(prefix, namespace)
        quads.bind(prefix, namespace)
    files = {False: bench.file("all.ttl", "turtle"), True: bench.file("all.trig", "trig")}
    context_file = str(package_file("ontology", "context.jsonld"))
    our_context = json.loads(context())["@context"]
    for form, (name, named, syntax) in FORMATS.items():
        source: rdflib.Graph = quads if named else graph
        options: dict[str, Any] = {"context": our_context} if form == "jsonld" else {}

        calls: dict[str, Call] = {
            "ours": partial(export.export, bench.data, form),
            "theirs": partial(source.serialize, format=name, encoding="utf-8", **options),
            "our process": partial(_run, "kzld", "export", "-f", form),
            "their process": partial(_rdflib, "convert", name, context_file, files[named]),
        }
        _warm_up(calls)
        seconds, outputs = _in_turn(calls, bench.runs)
        said = {who: _statements(output, syntax) for who, output in outputs.items()}
        for who, statements in said.items():
            bench.expect(f"export {form}, {who}: unlike", 0, len(statements ^ said["ours"]))
        yield Row(f"export {form}, loaded", seconds["ours"], "rdflib serialize", seconds["theirs"])
        yield Row(
            f"export {form}, whole process",
            seconds["our process"],
            f"rdflib script from {Path(files[named]).name}",
            seconds["their process"],
        )


def _statements(data: bytes, syntax: ox.RdfFormat) -> set[tuple[object, ...]]:
    """What a file says; rdflib spells the decimal 180 as 180.0, which is the same value."""
    decimal = ox.NamedNode(XSD + "decimal")
    return {
        (q.subject, q.predicate, Decimal(q.object.value), q.graph_name)
        if isinstance(q.object, ox.Literal) and q.object.datatype == decimal
        else (q.subject, q.predicate, q.object, q.graph_name)
        for q in ox.parse(data, format=syntax)
    }


def validate_cases(bench: Bench) -> Iterator[Row]:
    """The packaged data against the packaged shapes; pySHACL gets each as one Turtle file."""
    data = bench.file("validated.ttl", "turtle", ("data", "ontology"))
    shapes = bench.file("shapes.ttl", "turtle", ("shapes",))
    good = (0, 1)  # 1: there are violations
    ours: dict[str, Call] = {"kzld": partial(_run, "kzld", "validate", "-f", "json", good=good)}
    command = ("pyshacl", "-s", shapes, "-f", "turtle", data)
    both: dict[str, Call] = {**ours, "pyshacl": partial(_run, *command, good=good)}
    _warm_up({**ours, "pyshacl": partial(_run, "pyshacl", "--version")})
    seconds, outputs = _in_turn(both, bench.slow_runs)
    more, _ = _in_turn(ours, bench.runs - bench.slow_runs)
    found = Counter(
        result.rule for result in Engine(shapes_of(bench.data)).validate(stated(bench.data))
    )
    theirs = Counter(
        str(getattr(quad.object, "value", quad.object)).removeprefix(SHAPES)
        for quad in ox.parse(outputs["pyshacl"], format=ox.RdfFormat.TURTLE)
        if quad.predicate.value == SH + "sourceShape"
    )
    for rule in sorted(found | theirs):
        bench.expect(f"validate, results of {rule}", found[rule], theirs[rule])
    times = seconds["kzld"] + more["kzld"]
    yield Row("validate", times, "pyshacl", seconds["pyshacl"], THAN_PYSHACL)


def start_cases(bench: Bench) -> Iterator[Row]:
    """Seconds alone: ten facts checked, and the first command after an installation."""
    chapter = generate.Chapter(0, Random(1))  # noqa: S311 (not for secrets)
    others = {fact.name for fact in chapter.facts[10:]}
    nodes = [node for node in chapter.nodes.values() if node.name not in others]
    ten = bench.text("ten-facts.ttl", generate.prefixes() + "\n".join(map(str, nodes)))
    check = partial(_run, "kzld", "validate", ten, good=(0, 1))

    def first() -> bytes:
        with tempfile.TemporaryDirectory(dir=bench.folder) as cache:
            return _run("kzld", *ASK, KZLD_CACHE=cache)

    calls: dict[str, Call] = {"ten facts": check, "first": first}
    _warm_up(calls)
    seconds, _ = _in_turn(calls, bench.runs)
    bench.bounds.append(Bound("validate, ten facts", seconds["ten facts"], AT_MOST["ten facts"]))
    bench.bounds.append(Bound("the first ask", seconds["first"], AT_MOST["first"]))
    yield from ()


CASES: Final = {
    "query": query_cases,
    "ask": ask_cases,
    "start": start_cases,
    "export": export_cases,
    "validate": validate_cases,
}


def main() -> int:
    """Run the cases and print the table; 1 where kzld and another give different answers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"only these: {', '.join(CASES)}")
    parser.add_argument("--runs", type=int, default=7, help="of each contestant (default 7)")
    parser.add_argument(
        "--pyshacl-runs", type=int, default=1, help="of pySHACL, which takes minutes (default 1)"
    )
    options = parser.parse_args()
    if unknown := set(options.cases) - set(CASES):
        parser.error(f"there is no case {', '.join(sorted(unknown))}")
    headings = ["case", "kzld s", "other", "other s", "ratio", "aim", "met"]
    table = PrettyTable(headings, align="l")
    with tempfile.TemporaryDirectory(prefix="kzld-bench-") as folder:
        bench = Bench(Path(folder), options.runs, min(options.runs, options.pyshacl_runs))
        for case in options.cases or CASES:
            table.add_rows([row.cells() for row in CASES[case](bench)])
    print(table)
    seconds = PrettyTable(["case", "kzld s", "at most", "met"], align="l")
    seconds.add_rows([bound.cells() for bound in bench.bounds])
    print(seconds)
    for difference in bench.differences:
        print(f"DIFFERENT: {difference}")
    return 1 if bench.differences else 0


if __name__ == "__main__":
    sys.exit(main())
