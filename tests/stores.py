"""Real triple stores on loopback, each with an empty data folder of its own.

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
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from conftest import open_port

PAGES: Final = Path(__file__).parent.parent / "docs" / "stores"
OXIGRAPH: Final = Path(sys.executable).with_name("oxigraph")
_PATIENCE: Final = 90  # seconds until a server answers
_JAVA: Final = ["java", "-Xmx1g", "-XX:TieredStopAtLevel=1"]


def shown(name: str, language: str) -> str:
    """The block of a language that the page on a store shows."""
    page = (PAGES / f"{name}.md").read_text("utf-8")
    return re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)[0]


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


def _start(command: list[str | Path], folder: Path, **env: str) -> subprocess.Popen[bytes]:
    with (folder / "server.log").open("wb") as log:
        return subprocess.Popen(
            command, cwd=folder, stdout=log, stderr=log, env={**os.environ, **env}
        )


def _oxigraph(folder: Path) -> Store:
    version = subprocess.run([OXIGRAPH, "--version"], capture_output=True, text=True, check=True)
    bind = f"127.0.0.1:{open_port()}"
    process = _start([OXIGRAPH, "serve", "--location", folder / "data", "--bind", bind], folder)
    address = f"http://{bind}"
    return Store(
        "oxigraph", version.stdout.split()[-1], address, f"{address}/query", f"{address}/store",
        process, f"{address}/query",
    )  # fmt: skip


def _jar(pattern: str) -> Path:
    """A file that Maven has fetched."""
    folder = os.environ.get("KZLD_STORES")
    if not folder or shutil.which("java") is None:
        raise NotHereError(
            "needs java, and in KZLD_STORES the folder of its jars (see benchmarks/stores.pom.xml)"
        )
    found = sorted(Path(folder).glob(pattern))
    if not found:
        raise NotHereError(f"KZLD_STORES has no {pattern} (see benchmarks/stores.pom.xml)")
    return found[-1]


def _version(jar: Path) -> str:
    return re.findall(r"-(\d[\d.]*\d)", jar.stem)[-1]


def _fuseki(folder: Path) -> Store:
    jar, port = _jar("jena-fuseki-server-*.jar"), open_port()
    (folder / "data").mkdir()
    command = [*_JAVA, "-jar", jar, "--localhost", "--port", str(port)]
    command += ["--tdb2", "--loc", "data", "--update", "/kzld"]
    process = _start(command, folder, FUSEKI_BASE=str(folder / "base"))
    address = f"http://127.0.0.1:{port}"
    data_set = f"{address}/kzld"
    return Store(
        "fuseki", _version(jar), address, f"{data_set}/sparql", f"{data_set}/data", process,
        f"{address}/$/ping",
    )  # fmt: skip


def _rdf4j(folder: Path) -> Store:
    war, runner, port = _jar("rdf4j-http-server-*.war"), _jar("jetty-runner-*.jar"), open_port()
    command = [
        *_JAVA,
        f"-Dorg.eclipse.rdf4j.appdata.basedir={folder}",
        f"-Djava.io.tmpdir={folder}",
    ]
    command += ["-jar", runner, "--host", "127.0.0.1", "--port", str(port)]
    process = _start([*command, "--path", "/rdf4j-server", war], folder)
    address = f"http://127.0.0.1:{port}/rdf4j-server"
    repository = f"{address}/repositories/kzld"
    return Store(
        "rdf4j", _version(war), address, repository, f"{repository}/rdf-graphs/service", process,
        f"{address}/protocol",
    )  # fmt: skip


def create_repository(address: str) -> None:
    """Make the repository kzld in an RDF4J server."""
    body, kind = shown("rdf4j", "turtle").encode(), {"Content-Type": "text/turtle"}
    request = urllib.request.Request(  # noqa: S310 (our own server)
        f"{address}/repositories/kzld", body, kind, method="PUT"
    )
    urllib.request.urlopen(request, timeout=60).close()  # noqa: S310


def _virtuoso(folder: Path) -> Store:
    program = shutil.which("virtuoso-t")
    if program is None:
        raise NotHereError("needs virtuoso-t (Debian: virtuoso-opensource-7-bin)")
    port = open_port()
    settings = (
        shown("virtuoso", "ini").replace(":1111", f":{open_port()}").replace(":8890", f":{port}")
    )
    (folder / "virtuoso.ini").write_text(settings, "utf-8")
    process = _start([program, "+foreground", "+configfile", "virtuoso.ini"], folder)
    told = subprocess.run([program, "-?"], capture_output=True, text=True, check=False)
    version = re.search(r"Version (\d[\d.]*)", told.stdout + told.stderr)
    address = f"http://127.0.0.1:{port}/sparql"
    graphs = f"http://127.0.0.1:{port}/sparql-graph-crud-auth"
    return Store(
        "virtuoso", version[1] if version else "7", address, address, graphs, process, address,
        {"KZLD_USER": "dba", "KZLD_PASSWORD": "dba"},
    )  # fmt: skip


STARTERS: Final[dict[str, Callable[[Path], Store]]] = {
    "oxigraph": _oxigraph,
    "fuseki": _fuseki,
    "rdf4j": _rdf4j,
    "virtuoso": _virtuoso,
}
