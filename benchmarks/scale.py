"""Time `kzld export` and `push` of many triples beside oxigraph and Jena, and questions.

The facts are made up (see `generate.py`). The answers must be those of the smallest size, where
they are about its first body; a difference makes the exit status 1.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Final

import generate
from prettytable import PrettyTable

import kzld

BIN: Final = Path(sys.executable).parent
SUFFIXES: Final = {"nquads": "nq", "turtle": "ttl"}
_ID: Final = "https://w3id.org/kzld/id/"
QUESTIONS: Final = {
    "members": {"organization": f"{_ID}body/g0-forum", "at": "2006-01-01"},
    "office-holders": {"post": f"{_ID}post/g0-chair", "at": "2006-01-01"},
    "timeline": {"entity": f"{_ID}body/g0-forum", "to": "2012-01-01"},
    "memberships": {"country": f"{_ID}country/ZAA", "at": "2006-01-01"},
}
ROOT: Final = Path(kzld.__file__).parent.parent
_TEN_FACTS: Final = ROOT / "tests" / "rules" / "meeting-series" / "pass.ttl"
COLD: Final = {
    "first ask": ("ask", "members", "--organization", "EAEU", "-f", "csv"),
    "ask by code": ("ask", "members", "--organization", "EAEU", "-f", "csv"),
    "by name": ("ask", "career", "--person", "Colonna", "-f", "csv"),
    "misspelt": ("search", "Tokaev"),
    "query": ("query", "SELECT ?body { country:KAZ org:memberOf ?body }", "-f", "csv"),
    "validate": ("validate", _TEN_FACTS),
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


def exports(facts: Path, jars: Path | None) -> Iterator[list[object]]:
    """A row for each format and contestant that writes the facts in it; kzld is the first."""
    for form in SUFFIXES:
        ours = 0.0
        for name, cost in _contestants(facts, form, jars):
            ours = ours or cost.seconds
            yield [form, name, f"{cost.seconds:.1f}", cost.peak, f"{cost.seconds / ours:.2f}"]


def _contestants(facts: Path, form: str, jars: Path | None) -> Iterator[tuple[str, Cost]]:
    folder, suffix = facts.parent, SUFFIXES[form]
    written = folder / f"written.{suffix}"

    (cost := Cost()).run(BIN / "kzld", "export", "--data", facts, "-f", form, "-o", written)
    yield "kzld export", cost

    with tempfile.TemporaryDirectory(dir=folder) as store:
        (cost := Cost()).run(BIN / "oxigraph", "load", "-l", store, "-f", facts)
        graph = () if form == "nquads" else ("--graph", "default")
        cost.run(BIN / "oxigraph", "dump", "-l", store, "-f", written, *graph)
    yield "oxigraph load, dump", cost

    (cost := Cost()).run(BIN / "oxigraph", "convert", "-f", facts, "-t", written)
    yield "oxigraph convert", cost

    if jars:
        style = "--output=nquads" if form == "nquads" else "--formatted=turtle"
        (cost := Cost()).run("java", "-cp", f"{jars}/*", "riotcmd.riot", style, facts,
                             output=written)  # fmt: skip
        yield f"riot {style}", cost
    written.unlink()


def loads(facts: Path, jars: Path | None) -> Iterator[list[object]]:
    """A row for each way into a store: kzld's, then those of the same statements as N-Quads."""
    with _served(facts.parent) as (address, server):
        for name in ("kzld push", "kzld push, again"):
            words = ("push", address, "--data", facts, "--timeout", "3600")
            (cost := Cost()).run(BIN / "kzld", *words)
            yield [name, f"{cost.seconds:.1f}", cost.peak, _peak(server)]
    quads = facts.with_name("written.nq")
    Cost().run(BIN / "kzld", "export", "--data", facts, "-o", quads)
    with tempfile.TemporaryDirectory(dir=facts.parent) as folder:
        (cost := Cost()).run(BIN / "oxigraph", "load", "-l", folder, "-f", quads)
        yield ["oxigraph load", f"{cost.seconds:.1f}", cost.peak, ""]
    if jars:
        with tempfile.TemporaryDirectory(dir=facts.parent) as folder:
            loader = ("java", "-cp", f"{jars}/*", "tdb2.tdbloader")
            (cost := Cost()).run(*loader, "--loc", folder, quads)
            yield ["tdb2.tdbloader", f"{cost.seconds:.1f}", cost.peak, ""]
    quads.unlink()


@contextmanager
def _served(folder: Path) -> Iterator[tuple[str, int]]:
    """An Oxigraph server with an empty store in a folder: its address and process id."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        bind = f"127.0.0.1:{free.getsockname()[1]}"
    with (
        tempfile.TemporaryDirectory(dir=folder) as store,
        subprocess.Popen(
            [BIN / "oxigraph", "serve", "-l", store, "--bind", bind], stderr=subprocess.DEVNULL
        ) as process,
    ):
        try:
            for _ in range(100):
                with suppress(OSError):
                    urllib.request.urlopen(f"http://{bind}/query").close()
                    break
                time.sleep(0.1)
            yield f"http://{bind}", process.pid
        finally:
            process.terminate()


def _peak(process: int) -> int | str:
    """The most memory that a process had so far, in MiB, where Linux tells it."""
    with suppress(OSError):
        status = Path(f"/proc/{process}/status").read_text()
        return int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) // 1024
    return "?"


def cold(facts: Path, runs: int) -> Iterator[list[object]]:
    """A row: the seconds of whole commands over a package whose data hold the facts, too."""
    with tempfile.TemporaryDirectory(dir=facts.parent) as folder:
        package = Path(folder)
        for name in ("kzld", "data", "ontology", "shapes"):
            shutil.copytree(ROOT / name, package / name)
        shutil.copy(facts, package / "data" / "facts" / "made-up.ttl")
        os.environ |= {"PYTHONPATH": folder, "KZLD_CACHE": f"{folder}/cache"}
        cells: list[object] = []
        for words in COLD.values():
            seconds = []
            for _ in range(runs if cells else 1):  # the first makes the ready store
                (cost := Cost()).run(sys.executable, "-P", "-m", "kzld", *words)
                seconds.append(cost.seconds)
            cells.append(f"{median(seconds):.2f}")
        del os.environ["PYTHONPATH"], os.environ["KZLD_CACHE"]
        yield cells


def answers(facts: Path, runs: int, first: dict[str, list[str]]) -> Iterator[list[object]]:
    """A row: the seconds in which the facts are loaded, and the time that each question takes.

    Args:
        facts: the file.
        runs: how often each question is asked.
        first: the answers of the first size, with which those of all others are compared.
    """
    # In a process of its own: the memory of this one counts as that of each it starts later.
    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as process:
        loading, asked = process.submit(_ask_all, facts, runs).result()
    cells = [f"{loading:.1f}"]
    for question, (seconds, rows) in asked.items():
        differs = question not in GROWING and first.setdefault(question, rows) != rows
        cells.append(f"{seconds * 1000:.1f} ({len(rows)}){' AMISS' * differs}")
    yield [*cells]


def _ask_all(facts: Path, runs: int) -> tuple[float, dict[str, tuple[float, list[str]]]]:
    """The seconds in which facts are loaded; those of each question (median), and its rows."""
    start = time.perf_counter()
    graph = kzld.load(facts)
    loading, asked = time.perf_counter() - start, {}
    for question, values in QUESTIONS.items():
        seconds = []
        for _ in range(runs):
            start = time.perf_counter()
            rows = list(graph.ask(question, **values))
            seconds.append(time.perf_counter() - start)
        asked[question] = median(seconds), list(map(str, rows))
    return loading, asked


def main() -> int:
    """Print the tables; 1 where an answer differs."""
    tables = {
        "export": PrettyTable(["triples", "format", "program", "s", "MiB", "s / kzld's"]),
        "push": PrettyTable(["triples", "program", "s", "MiB", "server MiB"]),
        "cold": PrettyTable(["triples", *(f"{name} s" for name in COLD)]),
        "ask": PrettyTable(["triples", "load s", *(f"{name} ms (rows)" for name in QUESTIONS)]),
    }
    parser = argparse.ArgumentParser(description=__doc__)
    known = ", ".join(generate.SIZES)
    parser.add_argument("sizes", nargs="*", default=["100k"], metavar="SIZE", help=f"of {known}")
    parser.add_argument("--only", choices=tables, action="append", help="not all of the tables")
    parser.add_argument("--jena", type=Path, metavar="DIR", help="the folder of Jena's jars")
    parser.add_argument("--runs", type=int, default=7, help="of each question (default 7)")
    options = parser.parse_args()
    if unknown := set(options.sizes) - set(generate.SIZES):
        parser.error(f"there is no size {', '.join(sorted(unknown))}; there are {known}")
    first: dict[str, list[str]] = {}
    measure = {
        "export": lambda facts: exports(facts, options.jena),
        "push": lambda facts: loads(facts, options.jena),
        "cold": lambda facts: cold(facts, options.runs),
        "ask": lambda facts: answers(facts, options.runs, first),
    }
    with tempfile.TemporaryDirectory(prefix="kzld-bench-") as folder:
        facts = Path(folder) / "facts.ttl"
        for size in options.sizes:
            with facts.open("w", encoding="utf-8") as file:
                generate.write(file, generate.SIZES[size])
            for name in options.only or tables:
                for row in measure[name](facts):
                    print(size, *row, sep="  ", file=sys.stderr)  # it may take hours
                    tables[name].add_row([size, *row])
    printed = "\n".join(str(table) for table in tables.values() if table.rows)
    print(printed)
    return 1 if "AMISS" in printed else 0


if __name__ == "__main__":
    sys.exit(main())
