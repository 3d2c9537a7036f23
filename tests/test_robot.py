"""ROBOT, the checker of OWL ontologies, finds no error in the ontology as it is published.

It runs where the environment variable KZLD_ROBOT names the folder of its jars (see
benchmarks/robot.pom.xml), and java is on the PATH.
"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from kzld.dataset.load import load
from kzld.rdf.turtle import write

JARS = os.environ.get("KZLD_ROBOT", "")
pytestmark = [
    pytest.mark.engines,
    pytest.mark.skipif(not JARS, reason="KZLD_ROBOT is the folder of ROBOT's jars"),
    pytest.mark.skipif(not shutil.which("java"), reason="ROBOT needs java"),
]


@pytest.fixture(scope="module")
def ontology(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("robot") / "ontology.ttl"
    path.write_text(write(quad.triple for quad in load().quads("ontology")), "utf-8")
    return path


def robot(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    main = "org.obolibrary.robot.CommandLineInterface"
    command = ["java", "-cp", f"{JARS}/*", main, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def report(ontology: Path) -> list[dict[str, str]]:
    table = ontology.with_name("report.tsv")
    done = robot("report", "--input", ontology, "--fail-on", "none", "--output", table)
    assert done.returncode == 0, done.stdout + done.stderr
    with table.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def test_the_report_has_no_error(ontology: Path) -> None:
    assert [row for row in report(ontology) if row["Level"] == "ERROR"] == []


def test_an_error_would_be_found(ontology: Path) -> None:
    broken = ontology.with_name("broken.ttl")
    text = ontology.read_text("utf-8")
    broken.write_text(text.replace('rdfs:label "statement"@en', 'rdfs:label "fact"@en'), "utf-8")
    assert {row["Rule Name"] for row in report(broken) if row["Level"] == "ERROR"}


@pytest.mark.parametrize("profile", ["DL", "RL"])
def test_nothing_but_dates_is_outside_of_the_profile(ontology: Path, profile: str) -> None:
    """OWL 2 has no xsd:date among its datatypes; every store and reasoner has."""
    found = ontology.with_name(f"{profile}.txt")
    robot("validate-profile", "--profile", profile, "--input", ontology, "--output", found)
    lines = found.read_text("utf-8").splitlines()[1:]
    assert lines
    assert [line for line in lines if ": xsd:date [" not in line] == []
