"""The ready store: made once, noticed when stale or damaged, never missed when it cannot be."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pyoxigraph as ox
import pytest
from tiers import some

from kzld.check import scope
from kzld.dataset import package, ready_store
from kzld.dataset.load import load, load_for_few
from kzld.errors import ReadError
from kzld.rdf.working import claimed_folder

KZLD = Path(sys.executable).with_name("kzld")
LONG_AGO = 40 * 24 * 3600
HEAD = """
@prefix country: <https://w3id.org/kzld/id/country/> .
@prefix kz: <https://w3id.org/kzld/ontology#> .
@prefix membership: <https://w3id.org/kzld/id/membership/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
FACT = (
    f'{HEAD}membership:a a kz:Fact ; kz:from "1995"^^xsd:gYear ; kz:lastKnown "2002"^^xsd:gYear .'
)
FROM = "SELECT ?day { membership:a kz:fromEarliest ?day }"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a cache that is not there yet."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("KZLD_CACHE", str(folder))
    return folder


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path) -> Path:
    """A small checkout: one fact, and the code as it is."""
    root = tmp_path / "checkout"
    for folder in ("data", "ontology", "shapes", "kzld/dataset", "kzld/rdf"):
        (root / folder).mkdir(parents=True)
    (root / "data" / "facts.ttl").write_text(FACT)
    for module in (package, ready_store):
        monkeypatch.setattr(module, "PACKAGE", root / "kzld")
    return root


def stores(cache: Path) -> list[Path]:
    return sorted(place for place in cache.iterdir() if (place / "contents").is_file())


def start() -> str:
    """The first day that the fact can mean, as the data set says it."""
    [row] = load().select(FROM)
    return row["day"].value


def count_makings(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    made: list[Path] = []
    make = ready_store._make
    monkeypatch.setattr(
        ready_store, "_make", lambda folder, fill: (made.append(folder), make(folder, fill))
    )
    return made


def test_it_is_made_once(checkout: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = count_makings(monkeypatch)
    assert [start(), start(), start()] == ["1995-01-01"] * 3
    assert made == stores(cache)
    assert load().is_read_only


def test_it_holds_all_graphs(checkout: Path) -> None:
    graphs = {quad.graph_name.value.rpartition("/")[2] for quad in load().store}
    assert graphs == {"data", "derived", "catalog"}  # the small checkout has no others


def test_an_edit_is_noticed(checkout: Path, cache: Path) -> None:
    start()
    (checkout / "data" / "facts.ttl").write_text(FACT.replace("1995", "1993"))
    assert start() == "1993-01-01"
    (checkout / "data" / "facts.ttl").write_text(FACT)
    assert start() == "1995-01-01"
    assert len(stores(cache)) == 2


def test_an_edit_that_keeps_size_and_time_is_noticed(checkout: Path) -> None:
    file = checkout / "data" / "facts.ttl"
    old = time.time() - 3600
    os.utime(file, (old, old))
    start()
    file.write_text(FACT.replace("1995", "1993"))
    os.utime(file, (old, old))
    assert start() == "1993-01-01"


@pytest.mark.parametrize("change", ["new file", "removed file", "rule"])
def test_other_changes_are_noticed(checkout: Path, cache: Path, change: str) -> None:
    extra = checkout / "data" / "extra.ttl"
    extra.write_text(FACT.replace(":a ", ":b "))
    start()
    if change == "new file":
        (checkout / "data" / "more.ttl").write_text(FACT.replace(":a ", ":c "))
    elif change == "removed file":
        extra.unlink()
    else:
        (checkout / "kzld" / "dataset" / "rule.rq").write_text("CONSTRUCT {} {}")
    start()
    assert len(stores(cache)) == 2


def test_settled_files_are_known_by_their_times(checkout: Path, cache: Path) -> None:
    """Files that changed a moment ago are read again; those that have settled are not."""
    start()
    assert not list(cache.glob("known/*"))
    time.sleep(ready_store._TICK / 1e9 + 0.1)
    start()
    [noted] = cache.glob("known/*")
    assert noted.read_text().split()[1] == stores(cache)[0].name


@pytest.mark.parametrize(
    "damage",
    some(
        ["cut", "overwritten", "removed", "added", "no names", "no contents", "a file"],
        kept=["cut", "removed", "a file"],
    ),
)
def test_damage_is_noticed_and_mended(checkout: Path, cache: Path, damage: str) -> None:
    start()
    [folder] = stores(cache)
    largest = max((folder / "store").iterdir(), key=lambda file: file.stat().st_size)
    if damage == "cut":
        largest.write_bytes(largest.read_bytes()[:-10])
    elif damage == "overwritten":
        largest.write_bytes(bytes(largest.stat().st_size))
    elif damage == "removed":
        largest.unlink()
    elif damage == "added":
        (folder / "store" / "999999.sst").write_bytes(b"foreign")
    elif damage == "no names":
        (folder / "names").unlink()
    elif damage == "no contents":
        (folder / "contents").unlink()
    else:
        shutil.rmtree(folder)
        folder.write_text("no store")
    assert start() == "1995-01-01"
    if damage != "a file":  # which is left alone
        assert load().is_read_only


def test_a_store_that_cannot_be_opened_is_not_used(
    checkout: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Damage that keeps size and time is found by the store itself."""
    start()
    [folder] = stores(cache)
    for file in (folder / "store").iterdir():
        found = file.stat()
        file.write_bytes(bytes(found.st_size))
        os.utime(file, ns=(found.st_atime_ns, found.st_mtime_ns))
    assert start() == "1995-01-01"
    assert not load().is_read_only


@pytest.mark.parametrize("place", ["/proc/kzld", "/dev/null", "/dev/null/kzld", "{tmp}/file"])
def test_without_a_place_for_it_all_works_from_memory(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("KZLD_CACHE", place.format(tmp=tmp_path))
    assert start() == "1995-01-01"
    assert not load().is_read_only


def test_off_leaves_nothing_behind(
    checkout: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KZLD_CACHE", "off")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert start() == "1995-01-01"
    assert sorted(place.name for place in tmp_path.iterdir()) == ["checkout"]


def test_the_users_cache_folder_is_the_usual_place(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KZLD_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    start()
    assert len(stores(tmp_path / "xdg" / "kzld")) == 1


def test_a_home_that_is_not_there_is_not_made(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("KZLD_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    assert start() == "1995-01-01"
    assert not (tmp_path / "nobody").exists()


def test_a_contribution_leaves_the_store_as_it_is(checkout: Path, cache: Path) -> None:
    start()
    [folder] = stores(cache)
    before = {file: file.read_bytes() for file in (folder / "store").iterdir()}
    dataset = load_for_few()
    new = ox.Quad(ox.NamedNode("http://a"), ox.NamedNode("http://b"), ox.Literal("c"))
    with dataset.contribution([new] * 3):
        assert len(list(dataset.quads("contribution"))) == 1
    [copies] = cache.glob(".kzld-*")
    assert len(list(copies.iterdir())) == 1
    ready_store.remove_copies()
    assert not copies.exists()
    assert {file: file.read_bytes() for file in (folder / "store").iterdir()} == before
    assert ready_store._is_whole(folder)


@pytest.mark.parametrize("size", [10, 300_000])
def test_only_a_few_facts_are_checked_beside_the_store(
    checkout: Path, tmp_path: Path, size: int
) -> None:
    """Whether they are in a file or in a folder of files."""
    start()
    folder = tmp_path / "mine" / "deep"
    folder.mkdir(parents=True)
    (folder / "facts.ttl").write_text(f"{FACT} # {'x' * size}")
    for path in (folder.parent, folder / "facts.ttl", f"{folder}/*.ttl"):
        is_beside = scope.loaded(None, [path]).names_file is not None
        assert is_beside == (size < 200_000)
    assert scope.loaded(None, [tmp_path / "nothing"]).names_file is None


def test_files_of_the_user_join_the_data_in_memory(checkout: Path) -> None:
    more = ox.parse(FACT.replace(":a ", ":b "), format=ox.RdfFormat.TURTLE)
    dataset = load([more])
    assert not dataset.is_read_only
    assert len(dataset.select("SELECT ?f { ?f kz:fromEarliest ?day }")) == 2


def test_what_is_out_of_use_is_removed(checkout: Path, cache: Path) -> None:
    start()
    [used] = stores(cache)
    old, mine = cache / ("0" * 32), cache / "my-documents"
    killed = cache / ".kzld-of-a-process-that-ended"
    for place in (old, mine, killed):
        place.mkdir()
        os.utime(place, (time.time() - LONG_AGO,) * 2)
    running = claimed_folder(cache)
    (checkout / "data" / "facts.ttl").write_text(FACT + "\n")
    start()
    assert [place.exists() for place in (old, mine, killed, running, used)] == [
        False, True, False, True, True,
    ]  # fmt: skip


def test_of_many_edits_the_newest_stores_are_kept(checkout: Path, cache: Path) -> None:
    for number in range(ready_store._KEPT + 3):
        (checkout / "data" / "facts.ttl").write_text(FACT + "\n" * number)
        start()
    assert len(stores(cache)) <= ready_store._KEPT


def test_a_file_that_cannot_be_parsed_is_named(checkout: Path) -> None:
    (checkout / "data" / "facts.ttl").write_text(f"{HEAD}membership:a a kz:Fact ; .\n]")
    with pytest.raises(ReadError, match=r"facts.ttl:7:"):
        load()


@pytest.mark.whole
@pytest.mark.process
def test_two_at_once_make_one(tmp_path: Path) -> None:
    """Real processes, with the real data set and an empty cache."""
    env = {**os.environ, "KZLD_CACHE": str(tmp_path)}
    command = [KZLD, "query", "SELECT (COUNT(*) AS ?n) { ?fact a kz:Fact }", "-f", "csv"]
    running = [subprocess.Popen(command, env=env, stdout=subprocess.PIPE) for _ in range(3)]
    answers = {process.communicate(timeout=100)[0] for process in running}
    assert len(answers) == 1
    assert all(process.returncode == 0 for process in running)
    assert len(stores(tmp_path)) == 1
    assert not list(tmp_path.glob(".kzld-*"))


@pytest.mark.process
@pytest.mark.hostile
def test_a_full_disk_is_no_failure(tmp_path: Path) -> None:
    script = f"ulimit -f 100; {KZLD} query 'ASK {{ country:KAZ org:memberOf body:EAEU }}'"
    env = {**os.environ, "KZLD_CACHE": str(tmp_path)}
    done = subprocess.run(
        ["bash", "-c", script], env=env, capture_output=True, check=False, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "true\n", "")
    assert not stores(tmp_path)
