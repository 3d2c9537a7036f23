"""Real triple stores on loopback, started as their pages say, each in a folder of its own.

Oxigraph is there always. Virtuoso runs where `virtuoso-t` is on the PATH (Debian's
virtuoso-opensource-7-bin); Fuseki and RDF4J where Java is, and KZLD_STORES names the folder
of the jars that Maven fetches as benchmarks/stores.pom.xml says.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from conftest import open_port

PAGES: Final = Path(__file__).parent.parent / "docs" / "stores"
OXIGRAPH: Final = Path(sys.executable).with_name("oxigraph")
_PATIENCE: Final = 90  # seconds until a server answers


def shown(name: str, language: str, nth: int = 0) -> str:
    """The nth block of a language that the page on a store shows."""
    page = (PAGES / f"{name}.md").read_text("utf-8")
    return re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)[nth]


class NotHereError(Exception):
    """A store that this machine does not have; the message says what it lacks."""


@dataclass
class Store:
    """A running server.

    Attributes:
        name: as `kzld push --store` takes it.
        version: of the server.
        address: what its user would call it.
        query: where it takes queries.
        graphs: where it takes the Graph Store Protocol.
        credentials: the environment variables with which it can be written.
        process: to be stopped.
        ready: an address that answers as soon as all does.
    """

    name: str
    version: str
    address: str
    query: str
    graphs: str
    process: subprocess.Popen[bytes]
    ready: str
    credentials: Mapping[str, str] = field(default_factory=dict)

    def wait(self) -> None:
        """Wait until it answers."""
        wait_for(self.ready)

    def stop(self) -> None:
        """End the process."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def wait_for(address: str) -> None:
    """Wait until a server answers there."""
    deadline = time.monotonic() + _PATIENCE
    while not _answers(address):
        assert time.monotonic() < deadline, f"nobody answers at {address}"
        time.sleep(0.2)


def _answers(address: str) -> bool:
    try:
        urllib.request.urlopen(address, timeout=5).close()  # noqa: S310 (our own server)
    except (urllib.error.URLError, OSError):
        return False
    return True


def _start(
    page: str, folder: Path, ports: Mapping[int, int], **env: str
) -> subprocess.Popen[bytes]:
    """Do what the page on a store says starts it, in a folder, on other ports than it shows."""
    *before, serve = on_ports(shown(page, "sh"), ports).replace("\\\n", "").splitlines()
    script = "\n".join(["set -e", *before, f"exec {serve}"])  # so that its process id is ours
    path = f"{OXIGRAPH.parent}{os.pathsep}{os.environ['PATH']}"
    with (folder / "server.log").open("wb") as log:
        return subprocess.Popen(
            ["/bin/sh", "-c", script], cwd=folder, stdout=log, stderr=log,
            env={**os.environ, "PATH": path, **env},
        )  # fmt: skip


def on_ports(text: str, ports: Mapping[int, int]) -> str:
    """A text with ports, those that a page shows, put in the place of others."""
    return re.sub(r"\b\d{4}\b", lambda port: str(ports.get(int(port[0]), port[0])), text)


def _oxigraph(folder: Path) -> Store:
    version = subprocess.run([OXIGRAPH, "--version"], capture_output=True, text=True, check=True)
    port = open_port()
    process = _start("oxigraph", folder, {7878: port})
    address = f"http://127.0.0.1:{port}"
    return Store(
        "oxigraph", version.stdout.split()[-1], address, f"{address}/query", f"{address}/store",
        process, f"{address}/query",
    )  # fmt: skip


def _bring_jars(page: str, folder: Path) -> str:
    """Have the files that a page runs in a folder, as Maven has fetched them.

    Returns:
        The version of the last one that is named.

    Raises:
        NotHereError: there is no Java, or there are no such files.
    """
    jars = os.environ.get("KZLD_STORES")
    if not jars or shutil.which("java") is None:
        raise NotHereError(
            "needs java, and in KZLD_STORES the folder of its jars (see benchmarks/stores.pom.xml)"
        )
    names = re.findall(r"[\w.-]+\.(?:jar|war)", shown(page, "sh"))
    for name in names:
        if not Path(jars, name).exists():
            raise NotHereError(f"KZLD_STORES has no {name} (see benchmarks/stores.pom.xml)")
        (folder / name).symlink_to(Path(jars, name).resolve())
    return re.findall(r"-(\d[\d.]*\d)", names[-1])[-1]


def _java(folder: Path) -> dict[str, str]:
    """What makes Java start faster, with less memory, and leave nothing behind elsewhere."""
    options = f"-Xmx1g -XX:TieredStopAtLevel=1 -Djava.io.tmpdir={folder}"
    return {"JAVA_TOOL_OPTIONS": options}


def _fuseki(folder: Path) -> Store:
    version, port = _bring_jars("fuseki", folder), open_port()
    base = str(folder / "base")
    process = _start("fuseki", folder, {3030: port}, FUSEKI_BASE=base, **_java(folder))
    address = f"http://127.0.0.1:{port}"
    data_set = f"{address}/kzld"
    return Store(
        "fuseki", version, address, f"{data_set}/sparql", f"{data_set}/data", process,
        f"{address}/$/ping",
    )  # fmt: skip


def _rdf4j(folder: Path) -> Store:
    if shutil.which("curl") is None:
        raise NotHereError("needs curl, with which its page makes a repository")
    version, port = _bring_jars("rdf4j", folder), open_port()
    process = _start("rdf4j", folder, {8080: port}, **_java(folder))
    address = f"http://127.0.0.1:{port}/rdf4j-server"
    repository = f"{address}/repositories/kzld"
    return Store(
        "rdf4j", version, address, repository, f"{repository}/rdf-graphs/service", process,
        f"{address}/protocol",
    )  # fmt: skip


def create_repository(store: Store, folder: Path) -> None:
    """Make the repository kzld in an RDF4J server, as its page says."""
    (folder / "repository.ttl").write_text(shown("rdf4j", "turtle"), "utf-8")
    port = urllib.parse.urlsplit(store.address).port or 0
    command = on_ports(shown("rdf4j", "sh", 1), {8080: port}).replace("curl", "curl -fsS", 1)
    subprocess.run(command, shell=True, cwd=folder, timeout=60, check=True)  # noqa: S602


def _virtuoso(folder: Path) -> Store:
    program = shutil.which("virtuoso-t")
    if program is None:
        raise NotHereError("needs virtuoso-t (Debian: virtuoso-opensource-7-bin)")
    port = open_port()
    ports = {1111: open_port(), 8890: port}
    (folder / "virtuoso.ini").write_text(on_ports(shown("virtuoso", "ini"), ports), "utf-8")
    process = _start("virtuoso", folder, ports)
    told = subprocess.run([program, "-?"], capture_output=True, text=True, check=False)
    version = re.search(r"Version (\d[\d.]*)", told.stdout + told.stderr)
    address = f"http://127.0.0.1:{port}/sparql"
    graphs = f"http://127.0.0.1:{port}/sparql-graph-crud-auth"
    credentials = dict(re.findall(r"(KZLD_\w+)=(\w+)", shown("virtuoso", "sh", 1)))
    return Store(
        "virtuoso", version[1] if version else "7", address, address, graphs, process, address,
        credentials,
    )  # fmt: skip


STARTERS: Final[dict[str, Callable[[Path], Store]]] = {
    "oxigraph": _oxigraph,
    "fuseki": _fuseki,
    "rdf4j": _rdf4j,
    "virtuoso": _virtuoso,
}
