"""Time `kzld validate` beside Jena and pySHACL, and against itself on a larger base.

The facts are made up, with known faults (see `generate.py`): the faults found, missed and
false are counted, and all results are compared with the other engine's. A fault missed, a
false one or a difference makes the exit status 1.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median
from typing import Final

import generate
import jena
from prettytable import PrettyTable

from kzld.check.rules import shapes_of, stated
from kzld.check.validate import validate
from kzld.dataset.dataset import Dataset
from kzld.dataset.load import load
from kzld.rdf.documents import read_document
from kzld.rdf.namespaces import expand
from kzld.shacl.engine import Engine
from kzld.shacl.results import Result

SMALL, LARGE = 1_500, 1_500_000

# Aims, as the least ratio (other / kzld).
LARGE_BASE: Final = 0.5
THAN_JENA: Final = 10.0
THAN_PYSHACL: Final = 20.0


@dataclass
class Cost:
    """What runs of one contestant took: wall and processor seconds, and the most memory."""

    wall: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    peak: int = 0

    def cells(self) -> list[str]:
        """Medians and the peak in MiB, as text."""
        return [f"{median(self.wall):.2f}", f"{median(self.processor):.2f}", f"{self.peak}"]


@dataclass(frozen=True)
class Row:
    """One line of the table: two contestants in the same case, and the least ratio aimed at."""

    case: str
    ours: Cost
    other: str
    theirs: Cost
    aim: float

    def cells(self) -> list[str]:
        """The line as text."""
        ratio = median(self.theirs.wall) / median(self.ours.wall)
        by_processor = median(self.theirs.processor) / median(self.ours.processor)
        met = "yes" if ratio >= self.aim else "NO"
        ratios = [f"{ratio:.2f}", f"{by_processor:.2f}", f"{self.aim:g}", met]
        return [self.case, *self.ours.cells(), self.other, *self.theirs.cells(), *ratios]


class Bench:
    """A folder for files, how often to run what, and what was found amiss."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self.folder, self.options = folder, options
        self.amiss: list[str] = []

    def generated(self, triples: int) -> tuple[Path, list[generate.Fault]]:
        """A file of made-up facts, and the faults in it."""
        path = self.folder / f"{triples}.ttl"
        with path.open("w", encoding="utf-8") as file:
            return path, generate.write(file, triples)

    def run(self, command: list[str], cost: Cost) -> bytes:
        """The standard output of a process, whose cost is added."""
        with tempfile.TemporaryFile(dir=self.folder) as output:
            start = time.perf_counter()
            process = subprocess.Popen(command, stdout=output, stderr=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            cost.wall.append(time.perf_counter() - start)
            cost.processor.append(usage.ru_utime + usage.ru_stime)
            cost.peak = max(cost.peak, usage.ru_maxrss // 1024)
            if os.waitstatus_to_exitcode(status) not in (0, 1):  # 1: there are errors
                sys.exit(f"failed: {' '.join(command)}")
            output.seek(0)
            return output.read()

    def count(self, case: str, report: bytes, faults: list[generate.Fault]) -> None:
        """Print how many of the faults a report finds, and how many others."""
        found = {(f["rule"], expand(f["focus"])) for f in json.loads(report)["findings"]}
        sown = {one for fault in faults for one in fault.found}
        # What else a fault breaks may be left unsaid: a misspelt name is no body, either.
        missed = [fault.kind for fault in faults if fault.found[0] not in found]
        false = found - sown
        print(f"{case}: {len(faults)} faults sown, {len(faults) - len(missed)} found, ", end="")
        print(f"{len(missed)} missed, {len(false)} false")
        self.amiss += [f"{case}: missed: {kind}" for kind in missed]
        self.amiss += [f"{case}: false: {one}" for one in sorted(map(str, false))]

    def compare(self, case: str, ours: set[Result], theirs: set[Result]) -> None:
        """Note the results that only one of two engines has."""
        print(f"{case}: {len(ours)} results, {len(theirs)} of the other engine")
        self.amiss += [f"{case}: only kzld: {one}" for one in ours - theirs]
        self.amiss += [f"{case}: only the other: {one}" for one in theirs - ours]


def _in_turn(runs: int, *calls: Callable[[], object]) -> None:
    """Run the calls one after the other, that many times: a busy machine slows them alike."""
    for _ in range(runs):
        for call in calls:
            call()


def _kzld(path: Path) -> list[str]:
    command = str(Path(sys.executable).with_name("kzld"))
    return [command, "validate", "--data-only", "-f", "json", str(path)]


def _loaded(path: Path) -> Dataset:
    return load([read_document(path)], packaged=False, derived=False)


# ---------------------------------------------------------------- cases


def base_case(bench: Bench) -> Iterator[Row]:
    """Ten facts against a small base and against a large one, both loaded."""
    chapter = generate.Chapter(0, Random(1))  # noqa: S311 (not for secrets)
    facts = [
        fact.copy(f"{fact.name}-new", date=f'"{2000 + place}"^^xsd:gYear')
        for place, fact in enumerate(chapter.facts[:10])
    ]
    path = bench.folder / "ten-facts.ttl"
    path.write_text(generate.prefixes() + "\n".join(map(str, facts)), "utf-8")
    costs: dict[int, Cost] = {size: Cost() for size in (SMALL, LARGE)}
    bases = {size: _loaded(bench.generated(size)[0]) for size in costs}
    found = {size: validate(path, base=bases[size]).findings for size in costs}  # warms up, too
    print(f"base: {len(found[SMALL])} findings in ten facts")
    if found[SMALL] != found[LARGE]:
        bench.amiss.append("base: the findings depend on the size of the base")

    def check(size: int) -> None:
        cost, wall, processor = costs[size], time.perf_counter(), time.process_time()
        validate(path, base=bases[size])
        cost.wall.append(time.perf_counter() - wall)
        cost.processor.append(time.process_time() - processor)

    _in_turn(bench.options.runs * 3, lambda: check(LARGE), lambda: check(SMALL))
    case = f"ten facts, base of {LARGE:,} triples"
    yield Row(case, costs[LARGE], f"base of {SMALL:,}", costs[SMALL], LARGE_BASE)


def jena_case(bench: Bench) -> Iterator[Row]:
    """A large file of facts with faults, beside Jena."""
    if bench.options.jena is None:
        print("jena: left out; --jena DIR names the folder of its jars (see jena.py)")
        return
    path, faults = bench.generated(bench.options.triples)
    shapes, data = bench.folder / "shapes.nt", bench.folder / "all.nt"
    dataset = _loaded(path)
    jena.write_shapes(dataset, shapes)
    jena.write_data(dataset, data)
    wanted = jena.without_blank_nodes(Engine(shapes_of(dataset)).validate(stated(dataset)))
    del dataset
    command, ours, theirs = jena.command(bench.options.jena, shapes, data), Cost(), Cost()
    outputs: dict[str, bytes] = {}
    _in_turn(
        bench.options.slow_runs,
        lambda: outputs.update(ours=bench.run(_kzld(path), ours)),
        lambda: outputs.update(theirs=bench.run(command, theirs)),
    )
    bench.count("jena", outputs["ours"], faults)
    bench.compare("jena", wanted, jena.results(outputs["theirs"]))
    yield Row(f"{bench.options.triples:,} triples", ours, "Jena", theirs, THAN_JENA)


def pyshacl_case(bench: Bench) -> Iterator[Row]:
    """Ten thousand triples with faults, beside pySHACL."""
    path, faults = bench.generated(10_000)
    shapes, data = bench.folder / "shapes.nt", bench.folder / "all.nt"
    dataset = _loaded(path)
    jena.write_shapes(dataset, shapes)
    jena.write_data(dataset, data)
    ours, theirs = Cost(), Cost()
    outputs: dict[str, bytes] = {}
    command = [str(Path(sys.executable).with_name("pyshacl")), "-s", str(shapes), "-f", "turtle"]
    _in_turn(1, lambda: outputs.update(theirs=bench.run([*command, str(data)], theirs)))
    _in_turn(bench.options.runs, lambda: outputs.update(ours=bench.run(_kzld(path), ours)))
    bench.count("pyshacl", outputs["ours"], faults)
    wanted = jena.without_blank_nodes(Engine(shapes_of(dataset)).validate(stated(dataset)))
    bench.compare("pyshacl", wanted, jena.results(outputs["theirs"]))
    yield Row("10,000 triples", ours, "pySHACL", theirs, THAN_PYSHACL)


CASES: Final = {"base": base_case, "jena": jena_case, "pyshacl": pyshacl_case}


def main() -> int:
    """Run the cases and print the table; 1 where something is missed, false or different."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"only these: {', '.join(CASES)}")
    parser.add_argument("--jena", type=Path, metavar="DIR", help="the folder of Jena's jars")
    parser.add_argument("--triples", type=int, default=1_000_000, help="of the case with Jena")
    parser.add_argument("--runs", type=int, default=7, help="of what is quick (default 7)")
    parser.add_argument("--slow-runs", type=int, default=1, help="beside Jena (default 1)")
    options = parser.parse_args()
    if unknown := set(options.cases) - set(CASES):
        parser.error(f"there is no case {', '.join(sorted(unknown))}")
    cost = ("wall s", "processor s", "MiB")
    headings = ["case", *cost, "other", *(f"its {name}" for name in cost)]
    table = PrettyTable([*headings, "ratio", "by processor", "aim", "met"], align="l")
    with tempfile.TemporaryDirectory(prefix="kzld-bench-") as folder:
        bench = Bench(Path(folder), options)
        for case in options.cases or CASES:
            table.add_rows([row.cells() for row in CASES[case](bench)])
    print(table)
    for what in bench.amiss:
        print(f"AMISS: {what}")
    return 1 if bench.amiss else 0


if __name__ == "__main__":
    sys.exit(main())
