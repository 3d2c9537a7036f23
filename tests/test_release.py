"""A release: whole, reproducible, described, and read by parsers that others wrote."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import os
import re
import shutil
import subprocess
import warnings
import zipfile
from pathlib import Path

import pyoxigraph as ox
import pytest
from command import COMMAND
from conftest import Kzld, Shell
from csvw import CSVW

from kzld.dataset.package import package_file
from kzld.knowledge_graph import KnowledgeGraph
from kzld.rdf.documents import SUFFIXES
from kzld.rdf.namespaces import BASE, GRAPHS, PREFIXES, RECORD_KINDS, THING_KINDS

pytestmark = pytest.mark.package

JARS = os.environ.get("KZLD_JENA")
SYNTAXES = {
    ".ttl": "turtle",
    ".trig": "trig",
    ".nt": "ntriples",
    ".nq": "nquads",
    ".rdf": "rdfxml",
}
"""The names that rapper has for the syntaxes; it reads no JSON-LD."""
OLD = """
@prefix kz: <https://w3id.org/kzld/ontology#> .
@prefix membership: <https://w3id.org/kzld/id/membership/> .
membership:KAZ-EAEU a kz:Membership ; kz:rank kz:deprecated .
membership:KAZ-gone a kz:Membership .
"""


def make(folder: Path, seed: str, **variables: str) -> Path:
    """A release made by a process of its own."""
    previous = folder / "previous.ttl"
    previous.write_text(OLD, "utf-8")
    command = [COMMAND, "export", "--release", folder / "release", "--previous", previous]
    env = {**os.environ, "PYTHONHASHSEED": seed, **variables}
    subprocess.run(command, env=env, check=True, capture_output=True)
    return folder / "release"


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("first"), "1")


@pytest.fixture(scope="session")
def version(kg: KnowledgeGraph) -> str:
    [row] = kg.query("SELECT ?v { ?set a dcat:Dataset ; dcat:version ?v }")
    return row["v"]


def unpacked(file: Path) -> bytes:
    return gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()


def rdf_files(folder: Path) -> list[Path]:
    return [
        file
        for file in sorted(folder.iterdir())
        if Path(file.name.removesuffix(".gz")).suffix in SUFFIXES
    ]


def statements(file: Path) -> list[ox.Quad]:
    suffix = Path(file.name.removesuffix(".gz")).suffix
    return list(ox.parse(unpacked(file), format=SUFFIXES[suffix]))


# ---------------------------------------------------------------- what is there


def test_a_release_has_each_format_once(release: Path, version: str) -> None:
    stem = f"kzld-{version}"
    formats = (".ttl", ".trig", ".nt.gz", ".nq.gz", ".jsonld", ".rdf", "-csv.zip")
    others = {"catalog.ttl", "CHANGES.md", "SHA256SUMS"}
    assert {f.name for f in release.iterdir()} == {stem + suffix for suffix in formats} | others


def test_sha256sum_finds_every_file_as_it_was(release: Path, shell: Shell) -> None:
    said = shell(f"cd {release} && sha256sum --strict -c SHA256SUMS").data().splitlines()
    files = {f.name for f in release.iterdir()} - {"SHA256SUMS"}
    assert set(said) == {f"{name}: OK" for name in files}


def test_the_same_data_are_the_same_bytes_whatever_the_machine_does(
    release: Path, tmp_path: Path
) -> None:
    """Another hash seed, time zone and language; the order of sets must not show."""
    again = make(tmp_path, "2", TZ="Asia/Almaty", LC_ALL="C", SOURCE_DATE_EPOCH="1")
    sums = [
        {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in folder.iterdir()}
        for folder in (release, again)
    ]
    assert sums[0] == sums[1]


def test_the_files_are_what_export_writes(release: Path, version: str, kzld: Kzld) -> None:
    turtle = (release / f"kzld-{version}.ttl").read_text("utf-8")
    assert kzld("export", "-f", "turtle").data() == turtle


def test_packed_files_tell_neither_name_nor_time(release: Path) -> None:
    for file in release.glob("*.gz"):
        header = file.read_bytes()[:10]
        assert (header[3], header[4:8]) == (0, bytes(4))  # flags, time
    for file in release.glob("*.zip"):
        with zipfile.ZipFile(file) as package:
            assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_changes_tell_what_became_of_the_facts(release: Path) -> None:
    text = (release / "CHANGES.md").read_text("utf-8")
    assert text.startswith("# What changed: previous.ttl to ")
    assert "`membership:KAZ-gone`" in text.partition("## Facts removed")[2].partition("##")[0]
    corrected = text.partition("## Facts corrected")[2].partition("\n## ")[0]
    assert "(`membership:KAZ-EAEU`)\n  - member: now Kazakhstan\n" in corrected
    assert "  - rank: no longer deprecated\n" in corrected


# ---------------------------------------------------------------- the catalogue

DCAT, SPDX, DCT = PREFIXES["dcat"], PREFIXES["spdx"], PREFIXES["dct"]


def test_the_catalogue_describes_just_the_files_of_the_data(release: Path, version: str) -> None:
    store = ox.Store()
    store.load(path=str(release / "catalog.ttl"), format=ox.RdfFormat.TURTLE)
    rows = store.query(
        """SELECT ?url ?size ?hash ?type ?format ?licence ?title {
             <https://w3id.org/kzld/dataset> dcat:distribution ?file .
             ?file a dcat:Distribution ; dcat:downloadURL ?url ; dcat:accessURL ?url ;
               dcat:byteSize ?size ; dcat:mediaType ?type ; dct:format ?format ;
               dct:license ?licence ; dct:title ?title ;
               spdx:checksum [ spdx:checksumValue ?hash ] }""",
        prefixes=PREFIXES,
    )
    found = {
        row["url"].value.rpartition("/")[2]: (int(row["size"].value), row["hash"].value)
        for row in rows
    }
    files = [f for f in release.iterdir() if f.name.startswith("kzld-")]
    assert found == {
        f.name: (f.stat().st_size, hashlib.sha256(f.read_bytes()).hexdigest()) for f in files
    }
    address = ox.NamedNode(f"{BASE}release/{version}/kzld-{version}.ttl")
    assert any(quad.object == address for quad in store)


def test_the_redirects_know_where_a_release_is(version: str) -> None:
    rules = (package_file("w3id") / ".htaccess").read_text("utf-8")
    patterns = re.findall(r"^RewriteRule (\S+)", rules, re.MULTILINE)
    address = f"release/{version}/kzld-{version}.nq.gz"
    assert any(re.match(pattern, address) for pattern in patterns)


# ---------------------------------------------------------------- foreign parsers


@pytest.mark.engines
@pytest.mark.skipif(shutil.which("rapper") is None, reason="needs rapper (raptor2-utils)")
def test_rapper_reads_every_file_without_a_word(release: Path, tmp_path: Path) -> None:
    for file in rdf_files(release):
        if file.suffix == ".jsonld":
            continue
        plain = tmp_path / file.name.removesuffix(".gz")
        plain.write_bytes(unpacked(file))
        command = ["rapper", "-c", "-i", SYNTAXES[plain.suffix], plain]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        said = done.stderr.splitlines()
        count = f"rapper: Parsing returned {len(statements(file))} triples"
        assert (done.returncode, len(said), said[-1]) == (0, 2, count), done.stderr


@pytest.mark.engines
@pytest.mark.skipif(
    not JARS or shutil.which("java") is None,
    reason="needs java and, in KZLD_JENA, the folder of Jena's jars (see benchmarks/jena.py)",
)
def test_jena_reads_every_file_without_a_word(release: Path, tmp_path: Path, kzld: Kzld) -> None:
    nested, twelve = tmp_path / "nested.jsonld", tmp_path / "rdf12.ttl"
    kzld("export", "--nested", "-o", nested).data()
    kzld("export", "--rdf12", "-o", twelve).data()
    files = [*rdf_files(release), nested, twelve]
    command = ["java", "-cp", f"{JARS}/*", "riotcmd.riot", "--strict", "--count", *files]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    said = [line for line in done.stderr.splitlines() if not line.startswith("SLF4J")]
    assert not [line for line in said if "WARN" in line or "ERROR" in line]
    counts = dict(re.findall(r"^(/\S+) *: (?:Triples|Quads) = ([\d,]+)", done.stderr, re.MULTILINE))
    assert {name: int(count.replace(",", "")) for name, count in counts.items()} == {
        str(file): len(set(statements(file))) for file in files
    }


# ---------------------------------------------------------------- the tables


@pytest.fixture(scope="session")
def tables(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tables")
    [package] = release.glob("*.zip")
    with zipfile.ZipFile(package) as opened:
        opened.extractall(folder)
    return folder


def rows(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file.read_text("utf-8-sig"), newline="")))


def test_there_is_a_table_for_each_kind(tables: Path) -> None:
    kinds = (*RECORD_KINDS, *THING_KINDS)
    names = {f.name for f in tables.iterdir()}
    assert names == {*(f"{kind}.csv" for kind in kinds), "csv-metadata.json"}


@pytest.mark.engines
def test_a_csvw_validator_finds_nothing(tables: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        described = CSVW(str(tables / "csv-metadata.json"), validate=True)
        assert described.is_valid
        assert not described.warnings


def test_each_fact_is_in_the_table_of_its_kind(tables: Path, kg: KnowledgeGraph) -> None:
    facts = kg.query("SELECT ?f { GRAPH graph:data { ?f a ?k ; kz:supportedBy ?e } }")
    found = [row["id"] for kind in RECORD_KINDS for row in rows(tables / f"{kind}.csv")]
    assert sorted(found) == sorted({row["f"] for row in facts})


def test_a_row_has_labels_dates_sources_and_their_addresses(tables: Path) -> None:
    [row] = [r for r in rows(tables / "membership.csv") if r["id"].endswith("/KAZ-EAEU")]
    assert row["label (fr)"].startswith("Kazakhstan : membre fondateur")
    assert (row["member"], row["member (IRI)"]) == ("Kazakhstan", f"{BASE}id/country/KAZ")
    assert row["from"] == "2015-01-01"
    assert "Le Grand Continent, “Conseil de coopération entre l'Union" in row["supported by"]
    assert row["supported by (web address)"].count("https://") >= 4
    assert row["how well sourced"] == "two independent sources"
    assert row["note (en)"]


def test_tables_are_rfc_4180_in_utf_8_with_the_mark_that_excel_needs(tables: Path) -> None:
    data = (tables / "statement.csv").read_bytes()
    assert data.startswith("\ufeffid,".encode())
    assert data.endswith(b"\r\n")


# ---------------------------------------------------------------- what goes wrong


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path, kzld: Kzld) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    said = kzld("export", "--release", "mine").complaint()
    assert said == "mine: holds other files (notes.txt …); name a new folder"
    assert [f.name for f in tmp_path.rglob("*")] == ["mine", "notes.txt"]


def test_a_previous_release_that_cannot_be_read_is_said_first(tmp_path: Path, kzld: Kzld) -> None:
    said = kzld("export", "--release", "new", "--previous", "gone").complaint()
    assert said == "gone: no such file or folder"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.hostile
def test_a_release_on_a_full_disk_leaves_nothing(tmp_path: Path, shell: Shell) -> None:
    done = shell("ulimit -f 5000; kzld export --release new")
    # Temporary files are full first, or the release, as large as the data are.
    assert (done.status, done.stdout) == (2, "")
    assert re.fullmatch(r"Error: .*\(file too large\);.*\n", done.stderr)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("options", [("-f", "turtle"), ("-o", "x.ttl"), ("--graph", "data")])
def test_a_release_takes_no_other_options(kzld: Kzld, options: tuple[str, str]) -> None:
    said = kzld("export", "--release", "new", *options).complaint()
    assert said.startswith("A release has its own formats; give --release alone")


def test_the_graphs_of_a_release_are_those_of_the_data_set(release: Path) -> None:
    [file] = release.glob("*.nq.gz")
    graphs = {quad.graph_name.value for quad in statements(file)}
    assert graphs == {PREFIXES["graph"] + name for name in GRAPHS}
