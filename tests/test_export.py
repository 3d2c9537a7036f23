"""Exports: in bounded memory, whole or not at all, and as the person asked."""

from __future__ import annotations

import csv
import gzip
import io
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyoxigraph as ox
import pytest
from command import COMMAND
from conftest import Kzld, Shell
from graphs import canonical
from hypothesis import given
from hypothesis import strategies as st
from pyld import jsonld
from rdflib import Graph

from kzld.dataset.dataset import Dataset
from kzld.dataset.kinds import kinds
from kzld.dataset.load import load
from kzld.errors import ReadError
from kzld.knowledge_graph import KnowledgeGraph
from kzld.publish.csvw import write_kind
from kzld.publish.export import WITH_TRIPLE_TERMS, export, write
from kzld.rdf import sorting
from kzld.rdf.documents import FORMATS
from kzld.rdf.namespaces import GRAPHS, PREFIXES, graph_name
from kzld.rdf.sorting import SortedLines
from kzld.rdf.streams import statements

FACT = """
@prefix kz: <https://w3id.org/kzld/ontology#> .
@prefix membership: <https://w3id.org/kzld/id/membership/> .
membership:new a kz:Membership .
"""

# ---------------------------------------------------------------- memory


@given(st.lists(st.binary(max_size=9).map(lambda b: b.replace(b"\n", b"").replace(b"\r", b""))))
def test_lines_come_out_sorted_each_once(lines: list[bytes]) -> None:
    for size in (1, 20, 1 << 20):
        assert list(written(lines, size, [7, 1, 30])) == sorted({line + b"\n" for line in lines})


def written(lines: list[bytes], size: int, pieces: list[int]) -> SortedLines:
    """Lines written in pieces that end anywhere, with so much memory."""
    usual, sorting._IN_MEMORY = sorting._IN_MEMORY, size
    try:
        found, data = SortedLines(), b"".join(line + b"\n" for line in lines)
        while data:
            for piece in pieces:
                found.write(data[:piece])
                data = data[piece:]
        return found
    finally:
        sorting._IN_MEMORY = usual


@pytest.mark.whole
@pytest.mark.parametrize("form", sorted(FORMATS))
def test_what_does_not_fit_in_memory_is_the_same_bytes(
    kg: KnowledgeGraph, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    graphs = ["derived", "catalog"]
    whole = export(kg.dataset, form, graphs)
    monkeypatch.setattr(sorting, "_IN_MEMORY", 100_000)
    assert export(kg.dataset, form, graphs) == whole


@pytest.mark.hostile
def test_memory_does_not_grow_with_what_is_exported(tmp_path: Path) -> None:
    """Ten times the facts: what Python holds while it writes them stays what it was."""
    script = """
import io, sys, tracemalloc
from kzld.rdf import sorting
from kzld.rdf import streams
from kzld.dataset.load import load
from kzld.publish.export import write

class Nowhere(io.RawIOBase):
    def write(self, data):
        return len(data)

sorting._IN_MEMORY, streams._LARGE = 100_000, 1
tracemalloc.start()
dataset = load([streams.statements(sys.argv[1])], packaged=False)
for form in ("nquads", "turtle", "jsonld", "rdfxml"):
    write(dataset, form, Nowhere(), ["data"])
write(dataset, "csv", Nowhere())
print(tracemalloc.get_traced_memory()[1])
"""
    peaks = []
    for count in (1_000, 10_000):
        file = tmp_path / f"{count}.nt"
        make_facts(file, count)
        command = [sys.executable, "-c", script, file]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        peaks.append(int(done.stdout))
    assert peaks[1] < 1.5 * peaks[0]


def make_facts(path: Path, count: int) -> None:
    kz, fact = PREFIXES["kz"], PREFIXES["event"]
    day = '"2020-01-01"^^<http://www.w3.org/2001/XMLSchema#date>'
    kind = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
    with path.open("w") as file:
        for number in range(count):
            file.write(f"<{fact}{number}> {kind} <{kz}Event> .\n")
            file.write(f"<{fact}{number}> <{kz}date> {day} .\n")


# ---------------------------------------------------------------- large files


@pytest.fixture
def everything_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kzld.rdf.streams._LARGE", 0)
    monkeypatch.setattr("kzld.rdf.streams._LARGE_PACKED", 0)


@pytest.mark.usefixtures("everything_is_large")
@pytest.mark.parametrize("form", ["turtle", "trig", "ntriples", "nquads", "jsonld", "rdfxml"])
def test_a_large_file_says_what_a_small_one_says(
    kg: KnowledgeGraph, form: str, tmp_path: Path
) -> None:
    suffix = {"turtle": "ttl", "ntriples": "nt", "nquads": "nq", "rdfxml": "rdf"}.get(form, form)
    data = export(kg.dataset, form, ["catalog"])
    plain, packed = tmp_path / f"a.{suffix}", tmp_path / f"b.{suffix}.gz"
    plain.write_bytes(b"\xef\xbb\xbf" + data if form == "turtle" else data)
    packed.write_bytes(gzip.compress(data))
    expected = {quad.triple for quad in kg.dataset.quads("catalog")}
    for path in (plain, packed):
        assert {quad.triple for quad in statements(path)} == expected


@pytest.mark.usefixtures("everything_is_large")
@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.ttl", b"<a:b> <a:c> \n <a:d>\n", "a.ttl:3:1: "),
        ("a.nt", b"<a:b> <a:c> <a:d> .\n<a:b> <a:c> nothing .\n", "a.nt:2:"),
        ("a.ttl", b"# nothing\n", "a.ttl: contains no triples"),
        ("a.nt", b'<a:b> <a:c> "\xff" .\n', "a.nt:1:"),
        ("a.nt", b"<a:b> <a:c> <<( <a:b> <a:c> <a:d> )>> .\n", "a.nt: triple terms"),
        ("a.nt.gz", b"not packed", "a.nt.gz: is damaged"),
        (
            "a.nt.gz",
            gzip.compress(b"<a:b> <a:c> <a:d> .\n", mtime=0)[:-9],
            "a.nt.gz: is a gzip file that",
        ),
        (
            "a.nt.gz",
            gzip.compress(b"\n" * 20_000_000, mtime=0),
            "a.nt.gz: unpacks to more than 100 times",
        ),
    ],
)
def test_what_is_wrong_with_a_large_file_is_one_line(
    tmp_path: Path, name: str, data: bytes, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(data)
    with pytest.raises(ReadError) as raised:
        load([statements(name)], packaged=False)
    assert str(raised.value).startswith(said)


# ---------------------------------------------------------------- whole or not at all


@pytest.mark.whole
@pytest.mark.process
def test_a_full_disk_is_one_line_and_leaves_the_old_file(shell: Shell, tmp_path: Path) -> None:
    old = tmp_path / "kzld.nt"
    old.write_text("old")
    done = shell("ulimit -f 100; kzld export -o kzld.nt")
    assert done.stderr == (
        "Error: kzld.nt: cannot be written (file too large); nothing was changed\n"
    )
    assert (done.status, old.read_text()) == (2, "old")
    assert [f.name for f in tmp_path.iterdir()] == ["kzld.nt"]


@pytest.mark.whole
@pytest.mark.process
def test_standard_output_on_a_full_disk_is_one_line(shell: Shell) -> None:
    done = shell("kzld export -f ntriples > /dev/full")
    assert (done.status, done.stdout) == (2, "")
    assert done.stderr == "Error: cannot be done: no space left on device\n"


@pytest.mark.process
def test_no_room_for_temporary_files_is_one_line(shell: Shell) -> None:
    done = shell("ulimit -f 10; kzld export -f turtle | wc -c")
    assert "no room for temporary files" in done.stderr
    assert "TMPDIR" in done.stderr


@pytest.mark.process
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_export_that_is_killed_leaves_the_old_file(tmp_path: Path, how: signal.Signals) -> None:
    old = tmp_path / "kzld.trig"
    old.write_text("old")
    with subprocess.Popen(
        [COMMAND, "export", "-o", old],
        stderr=subprocess.PIPE,
        # What a shell starts in the background ignores Ctrl-C, and so would this process.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    ) as process:
        while process.poll() is None and len(list(tmp_path.iterdir())) == 1:
            time.sleep(0.01)
        process.send_signal(how)
    assert old.read_text() == "old"
    if how != signal.SIGKILL:  # against which nothing can be done
        assert [f.name for f in tmp_path.iterdir()] == ["kzld.trig"]


# ---------------------------------------------------------------- what is asked for


@pytest.mark.parametrize(
    ("name", "form"),
    [("a.ttl", "turtle"), ("a.nq.gz", "nquads"), ("a.TRIG", "trig")],
)
def test_the_name_of_the_file_tells_the_format(
    kzld: Kzld, kg: KnowledgeGraph, tmp_path: Path, name: str, form: str
) -> None:
    said = kzld("export", "-o", name, "--graph", "catalog")
    assert said.status == 0
    data = (tmp_path / name).read_bytes()
    assert said.stderr == f"{name}: {len(data)} bytes of {form}\n"
    if name.endswith(".gz"):
        data = gzip.decompress(data)
    assert data == export(kg.dataset, form, ["catalog"])


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ((), "Say the format, with -f or by the name of the file (-o kzld.ttl)"),
        (("-o", "kzld.txt"), "kzld.txt: the format is not told by the name; use .ttl, "),
        (("-f", "turtel"), "there is no format 'turtel'; did you mean turtle?"),
        (("-f", "turtle", "-o", "./"), "./: is a folder; only csv without --kind writes several"),
        (("-f", "turtle", "--nested"), "turtle is never nested; --nested is for jsonld"),
        (("-f", "turtle", "--kind", "vote"), "turtle has no table of a kind; --kind is for csv"),
        (("-f", "rdfxml", "--rdf12"), "rdfxml has no triple terms of RDF 1.2; these formats have"),
        (("-f", "trig", "--rdf12", "--graph", "data"), "the triple terms of RDF 1.2 are in the gr"),
        (("-f", "csv", "--graph", "data"), "csv is a table of facts, whatever the graph; leave"),
        (("--kind", "memberhsip"), "there is no kind 'memberhsip'; did you mean membership"),
        (("--previous", "x"), "--previous is for --release"),
        (("-f", "nt", "--data", "gone.nt"), "there is no format 'nt'"),
        (("-f", "turtle", "--data", "gone.nt"), "gone.nt: no such file"),
    ],
)
def test_what_cannot_be_exported_is_one_line(kzld: Kzld, args: tuple[str, ...], said: str) -> None:
    assert kzld("export", *args).complaint().startswith(said)


def test_one_table_of_a_kind_goes_to_standard_output(kzld: Kzld) -> None:
    table = kzld("export", "--kind", "Ballot").data()
    found = list(csv.DictReader(io.StringIO(table.removeprefix("\ufeff"), newline="")))
    assert found[0]["choice"]
    assert {row["id"].split("/")[-2] for row in found} == {"ballot"}


@pytest.mark.process
def test_a_reader_that_has_enough_is_no_failure(shell: Shell) -> None:
    done = shell("set +o pipefail; kzld export --kind membership | head -1")
    assert (done.status, done.stderr) == (0, "")


@pytest.mark.whole
def test_tables_replace_tables_and_nothing_else(kzld: Kzld, tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    assert kzld("export", "-f", "csv", "-o", "tables/").stderr == "tables/: 26 files\n"
    (folder / "vote.csv").write_text("old")
    kzld("export", "-f", "csv", "-o", "tables/").data()
    assert (folder / "vote.csv").read_text("utf-8-sig").startswith("id,")
    (folder / "mine.csv").write_text("mine")
    said = kzld("export", "-f", "csv", "-o", "tables/").complaint()
    assert said == "tables: holds other files (mine.csv …); name a new folder"


def test_a_text_that_a_spreadsheet_would_compute_is_kept_from_it() -> None:
    text = '=HYPERLINK("http://evil.example","open")'
    fact = ox.NamedNode(PREFIXES["name"] + "x")
    dataset = Dataset()
    for name, value in ((PREFIXES["kz"] + "number", "-5"), (PREFIXES["skos"] + "note", text)):
        literal = ox.Literal(value, language="en") if "note" in name else ox.Literal(int(value))
        dataset.store.add(ox.Quad(fact, ox.NamedNode(name), literal, graph_name("data")))
    model = load(packaged=False, derived=False)
    kind = kinds(model)["meeting"]
    type_ = ox.NamedNode(PREFIXES["rdf"] + "type")
    dataset.store.add(ox.Quad(fact, type_, kind.type, graph_name("data")))
    for quad in model.quads("ontology"):
        dataset.store.add(quad)
    file = io.BytesIO()
    write_kind(dataset, kind, file)
    [row] = csv.DictReader(io.StringIO(file.getvalue().decode("utf-8-sig"), newline=""))
    assert (row["note (en)"], row["number"]) == (f"'{text}", "-5")


# ---------------------------------------------------------------- nested JSON-LD


@pytest.fixture(scope="module")
def nested(kg: KnowledgeGraph) -> bytes:
    file = io.BytesIO()
    write(kg.dataset, "jsonld", file, GRAPHS, nested=True)
    return file.getvalue()


@pytest.mark.whole
def test_a_nested_fact_has_what_a_reader_wants_to_know(nested: bytes) -> None:
    graph = json.loads(nested)["graph"]
    [fact] = [node for node in graph if node["id"] == "membership/KAZ-EAEU"]
    assert fact["member"]["label"]["kk"] == "Қазақстан"
    assert fact["role"] == {
        "id": "concept:role/founding-member",
        "type": ["Concept", "Role"],
        "label": fact["role"]["label"],
        "summary": fact["role"]["summary"],
    }
    [passage] = [
        e for e in fact["supportedBy"] if e["id"].endswith("legrandcontinent-2022-06-20.b5")
    ]
    assert passage["locator"]["en"] == "bullet 5"
    source = passage["source"]
    assert source["title"]["fr"].startswith("Conseil de coopération")
    assert source["issued"] == "2022-06-20"
    assert source["publisher"]["label"]["en"] == "Le Grand Continent"
    assert source["url"].startswith("https://legrandcontinent.eu/")


@pytest.mark.whole
def test_facts_come_first(nested: bytes) -> None:
    nodes = json.loads(nested)["graph"]
    are_facts = ["supportedBy" in node and "Claim" not in node["type"] for node in nodes]
    assert are_facts == sorted(are_facts, reverse=True)


@pytest.mark.whole
def test_nested_says_just_what_flat_says(kg: KnowledgeGraph, nested: bytes) -> None:
    expected = {line.decode()[:-3] for line in kg.dataset.lines(GRAPHS)}
    found = {str(quad.triple) for quad in ox.parse(nested, format=ox.RdfFormat.JSON_LD)}
    assert found == expected


@pytest.mark.engines
@pytest.mark.parametrize("reader", ["rdflib", "pyld"])
def test_other_parsers_read_nested_the_same(kg: KnowledgeGraph, reader: str) -> None:
    """On a part of the data, for they take their time."""
    dataset = part(kg.dataset)
    file = io.BytesIO()
    write(dataset, "jsonld", file, ["data", "derived"], nested=True)
    if reader == "pyld":
        lines = jsonld.to_rdf(json.loads(file.getvalue()), {"format": "application/n-quads"})
    else:
        lines = Graph().parse(data=file.getvalue(), format="json-ld").serialize(format="nt")
    found = canonical(quad.triple for quad in ox.parse(lines, format=ox.RdfFormat.N_QUADS))
    assert found == canonical(q.triple for q in dataset.store)


def part(dataset: Dataset) -> Dataset:
    """The memberships of a country, with all that is said of what they name."""
    found, start = Dataset(), f"<{PREFIXES['membership']}KAZ-"
    ahead = [q.subject for q in dataset.quads("data") if str(q.subject).startswith(start)]
    seen = set()
    while ahead:
        if (node := ahead.pop()) in seen or not isinstance(node, ox.NamedNode):
            continue
        seen.add(node)
        for name in ("data", "derived"):
            for quad in dataset.store.quads_for_pattern(node, None, None, graph_name(name)):
                found.store.add(quad)
                if len(seen) < 300:
                    ahead.append(quad.object)
    return found


# ---------------------------------------------------------------- RDF 1.2


@pytest.fixture(scope="module")
def twelve(kg: KnowledgeGraph) -> dict[str, bytes]:
    found = {}
    for form in WITH_TRIPLE_TERMS:
        file = io.BytesIO()
        write(kg.dataset, form, file, ["data", "derived"], rdf12=True)
        found[form] = file.getvalue()
    return found


def reified(quads: set[ox.Quad]) -> set[ox.Triple]:
    return {q.triple for q in quads if q.predicate.value == PREFIXES["rdf"] + "reifies"}


@pytest.mark.whole
def test_each_format_reifies_the_same(twelve: dict[str, bytes]) -> None:
    read = {form: set(ox.parse(data, format=FORMATS[form])) for form, data in twelve.items()}
    found = [reified(quads) for quads in read.values()]
    assert len(found[0]) > 700
    assert all(one == found[0] for one in found)


@pytest.mark.whole
def test_without_its_triple_terms_it_is_the_usual_export(
    kg: KnowledgeGraph, twelve: dict[str, bytes]
) -> None:
    lines = [line for line in twelve["ntriples"].splitlines(keepends=True) if b"<<(" not in line]
    assert b"".join(lines) == export(kg.dataset, "ntriples", ["data", "derived"])


@pytest.mark.whole
def test_each_derived_shortcut_is_what_some_fact_is_about(
    kg: KnowledgeGraph, twelve: dict[str, bytes]
) -> None:
    """The two rules in SPARQL, of what is a member and of what is reified, agree."""
    about = {
        triple.object
        for triple in reified(set(ox.parse(twelve["nquads"], format=FORMATS["nquads"])))
    }
    org = PREFIXES["org"]
    shortcuts = {
        quad.triple
        for quad in kg.dataset.quads("derived")
        if quad.predicate.value in (org + "memberOf", org + "holds")
    }
    assert shortcuts
    assert shortcuts <= about


@pytest.mark.whole
def test_rdf_12_lets_one_ask_for_the_time_of_a_triple(twelve: dict[str, bytes]) -> None:
    store = ox.Store()
    store.load(twelve["turtle"], format=ox.RdfFormat.TURTLE)
    query = """
    SELECT (MIN(?from) AS ?since) WHERE {
      ?fact rdf:reifies <<( country:KAZ org:memberOf body:EAEU )>> ; kz:from ?from
    }
    """
    assert [row["since"].value for row in store.query(query, prefixes=PREFIXES)] == ["2015-01-01"]


def test_a_file_of_rdf_12_is_not_taken_for_data(kzld: Kzld) -> None:
    kzld("export", "--rdf12", "--graph", "derived", "-o", "new.ttl").data()
    assert "RDF 1.2" in kzld("export", "-f", "turtle", "--data", "new.ttl").complaint()
