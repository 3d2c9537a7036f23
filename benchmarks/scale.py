"""Time `kzld export` of many triples beside oxigraph and Jena, and questions as of a day.

The facts are made up (see `generate.py`). What is written is counted, and the answers must be
those of the smallest size, where they are about its first body; a difference makes the exit
status 1.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Final

import generate
from prettytable import PrettyTable

import kzld

SUFFIXES: Final = {"nquads": "nq", "turtle": "ttl"}
_ID: Final = "https://w3id.org/kzld/id/"
QUESTIONS: Final = {
    "members": {"organization": f"{_ID}body/g0-forum", "at": "2006-01-01"},
    "office-holders": {"post": f"{_ID}post/g0-chair", "at": "2006-01-01"},
    "timeline": {"entity": f"{_ID}body/g0-forum", "to": "2012-01-01"},
    "memberships": {"country": f"{_ID}country/ZAA", "at": "2006-01-01"},
}
GROWING: Final = ("memberships",)
"""A country is in some bodies of all that are made up, so that the answer grows with the data."""


class Cost:
    """What commands took, one after the other: seconds in all, and the most memory in MiB."""

    def __init__(self) -> None:
        self.seconds, self.peak = 0.0, 0

    def run(self, *words: str | Path, output: Path | None = None) -> None:
        """Run a command, its standard output into a file where one is named."""
        with (output or Path(os.devnull)).open("wb") as file:
            start = time.perf_counter()
            process = subprocess.Popen([*map(str, words)], stdout=file, stderr=subprocess.PIPE)
            said = process.stderr.read() if process.stderr else b""
            _, status, usage = os.wait4(process.pid, 0)
        self.seconds += time.perf_counter() - start
        self.peak = max(self.peak, usage.ru_maxrss // 1024)
        if os.waitstatus_to_exitcode(status) not in (0, 1):  # 1: riot warns of spoilt dates
            sys.exit(f"failed: {' '.join(map(str, words))}\n{said.decode(errors='replace')}")


def exports(facts: Path, form: str, jars: Path | None) -> Iterator[list[object]]:
    """A row for each contestant that writes the facts in a format; kzld is the first."""
    costs = dict(_contestants(facts, form, jars))
    ours = next(iter(costs.values()))
    for name, cost in costs.items():
        ratio = f"{cost.seconds / ours.seconds:.2f}"
        yield [name, f"{cost.seconds:.1f}", cost.peak, ratio]


def _contestants(facts: Path, form: str, jars: Path | None) -> Iterator[tuple[str, Cost]]:
    bin_, folder, suffix = Path(sys.executable).parent, facts.parent, SUFFIXES[form]
    written = folder / f"written.{suffix}"

    (cost := Cost()).run(bin_ / "kzld", "export", "--data", facts, "-f", form, "-o", written)
    yield "kzld export", cost

    with tempfile.TemporaryDirectory(dir=folder) as store:
        (cost := Cost()).run(bin_ / "oxigraph", "load", "-l", store, "-f", facts)
        graph = () if form == "nquads" else ("--graph", "default")
        cost.run(bin_ / "oxigraph", "dump", "-l", store, "-f", written, *graph)
    yield "oxigraph load, dump", cost

    (cost := Cost()).run(bin_ / "oxigraph", "convert", "-f", facts, "-t", written)
    yield "oxigraph convert", cost

    if jars:
        style = "--output=nquads" if form == "nquads" else "--formatted=turtle"
        (cost := Cost()).run("java", "-cp", f"{jars}/*", "riotcmd.riot", style, facts,
                             output=written)  # fmt: skip
        yield f"riot {style}", cost
    written.unlink()


def answers(facts: Path, runs: int) -> tuple[float, dict[str, tuple[float, list[object]]]]:
    """The seconds in which the facts are loaded; of each question those it takes, and its rows."""
    start = time.perf_counter()
    graph = kzld.load(facts)
    loaded = time.perf_counter() - start
    found: dict[str, tuple[float, list[object]]] = {}
    for question, values in QUESTIONS.items():
        seconds = []
        for _ in range(runs):
            start = time.perf_counter()
            rows = list(graph.ask(question, **values))
            seconds.append(time.perf_counter() - start)
        found[question] = median(seconds), rows
    return loaded, found


def main() -> int:
    """Print both tables; 1 where an answer differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    known = ", ".join(generate.SIZES)
    parser.add_argument("sizes", nargs="*", default=["100k"], metavar="SIZE", help=f"of {known}")
    parser.add_argument("--only", choices=("export", "ask"), help="one of the two tables")
    parser.add_argument("--jena", type=Path, metavar="DIR", help="the folder of Jena's jars")
    parser.add_argument("--runs", type=int, default=7, help="of each question (default 7)")
    options = parser.parse_args()
    if unknown := set(options.sizes) - set(generate.SIZES):
        parser.error(f"there is no size {', '.join(sorted(unknown))}; there are {known}")
    written = PrettyTable(["triples", "format", "program", "s", "MiB", "s / kzld's"], align="l")
    asked = PrettyTable(["triples", "load s", *(f"{name} ms (rows)" for name in QUESTIONS)])
    first: dict[str, list[object]] = {}
    amiss = []
    with tempfile.TemporaryDirectory(prefix="kzld-bench-") as folder:
        for size in options.sizes:
            facts = Path(folder) / "facts.ttl"
            with facts.open("w", encoding="utf-8") as file:
                generate.write(file, generate.SIZES[size])
            for form in SUFFIXES if options.only != "ask" else ():
                rows = exports(facts, form, options.jena)
                written.add_rows([[size, form, *row] for row in rows])
            if options.only != "export":
                loaded, found = answers(facts, options.runs)
                cells = (f"{took * 1000:.1f} ({len(rows)})" for took, rows in found.values())
                asked.add_row([size, f"{loaded:.1f}", *cells])
                for name, (_, rows) in found.items():
                    if name not in GROWING and first.setdefault(name, rows) != rows:
                        amiss.append(f"{name}: another answer at {size}")
    for table in (written, asked):
        if table.rows:
            print(table)
    for what in amiss:
        print(f"AMISS: {what}")
    return 1 if amiss else 0


if __name__ == "__main__":
    sys.exit(main())
