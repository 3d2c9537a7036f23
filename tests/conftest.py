"""For the whole suite: no test reaches the network; and what several test files need."""

from __future__ import annotations

import inspect
import os
import socket
import tempfile
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from command import COMMAND, Done, call, call_in_terminal, call_line, loaded, start

from kzld.knowledge_graph import KnowledgeGraph

# ---------------------------------------------------------------- no network


def forbid_network() -> None:
    """Let this process connect to the ports of KZLD_TEST_PORTS on loopback, and nowhere else.

    Each attempt raises, and is noted in the file KZLD_TEST_ATTEMPTS, because the code at
    fault may swallow the exception. Stands alone: its source also runs in subprocesses.
    """
    import os
    import sys
    from urllib.parse import urlsplit

    def target(event: str, args: tuple[Any, ...]) -> tuple[object, object] | None:
        """The host and port that an event is about; None where it is about no other host."""
        if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
            address = args[1]
            return address[:2] if isinstance(address, tuple) else None
        if event == "socket.getaddrinfo":
            return args[:2] if args[0] else None
        if event in ("socket.gethostbyname", "socket.gethostbyaddr"):
            return args[0], 0
        if event == "urllib.Request":
            try:
                url = urlsplit(args[0])
                port = url.port
            except ValueError:  # no address that one could connect to
                return None
            return url.hostname, port
        return None

    def watch(event: str, args: tuple[Any, ...]) -> None:
        if not event.startswith(("socket.", "urllib.")) or (found := target(event, args)) is None:
            return
        host, port = found
        local = host in ("127.0.0.1", "::1", "localhost", b"127.0.0.1", b"localhost")
        if local and str(port or 0) in ("0", *os.environ["KZLD_TEST_PORTS"].split()):
            return
        with open(os.environ["KZLD_TEST_ATTEMPTS"], "a", encoding="utf-8") as log:  # noqa: PTH123
            log.write(f"{event}: {host}:{port}\n")
        raise PermissionError(f"tests do not use the network: {host}:{port}")

    sys.addaudithook(watch)


def pytest_configure(config: pytest.Config) -> None:
    """Guard this process, and every Python process that a test starts."""
    folder = tempfile.TemporaryDirectory(prefix="kzld-tests-")
    config.add_cleanup(folder.cleanup)
    guard = Path(folder.name, "sitecustomize.py")
    source = inspect.getsource(forbid_network)
    head, foot = "from __future__ import annotations\n", "\nforbid_network()\n"
    guard.write_text(head + source + foot, "utf-8")
    attempts = Path(folder.name, "attempts")
    attempts.touch()
    path = os.pathsep.join(filter(None, (folder.name, os.environ.get("PYTHONPATH"))))
    os.environ |= {
        "PYTHONPATH": path,
        "KZLD_TEST_ATTEMPTS": str(attempts),
        "KZLD_TEST_PORTS": "",
    }
    if not hasattr(config, "workerinput"):  # so that all workers have the same
        os.environ["KZLD_CACHE"] = str(Path(folder.name, "cache"))
    forbid_network()


def _fail_if_connected() -> None:
    log = Path(os.environ["KZLD_TEST_ATTEMPTS"])
    if attempts := log.read_text("utf-8"):
        log.write_text("")
        pytest.fail(f"the network was used:\n{attempts}", pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Generator[None]:
    yield
    _fail_if_connected()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None]:
    yield
    _fail_if_connected()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None]:
    yield
    _fail_if_connected()


# ---------------------------------------------------------------- servers on loopback


def open_port() -> int:
    """A free port, to which tests may then connect."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    allow(port)
    return port


def allow(port: int) -> None:
    """Let tests connect to a port."""
    os.environ["KZLD_TEST_PORTS"] += f" {port}"


class Trap:
    """A server to which nothing should connect, and native code may try."""

    def __init__(self) -> None:
        self.hits = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}/"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:  # closed
                return
            with connection:
                self.hits += 1  # before the answer, for which the client waits
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

    def close(self) -> None:
        self._server.close()


@pytest.fixture
def trap() -> Iterator[Trap]:
    """A trap; that nothing was caught is for the test to say."""
    server = Trap()
    yield server
    server.close()


# ---------------------------------------------------------------- the command and the library


Kzld = Callable[..., Done]
Shell = Callable[..., Done]
Terminal = Callable[..., list[str]]


@pytest.fixture(name="kzld")
def call_kzld(tmp_path: Path) -> Kzld:
    """Call the command in this process, from the test's own folder."""

    def run(
        *args: str | Path,
        stdin: str | bytes = b"",
        env: Mapping[str, str] | None = None,
        cwd: Path = tmp_path,
        stdout: int | None = None,
    ) -> Done:
        return call(*args, stdin=stdin, cwd=cwd, env=env, stdout=stdout)

    return run


@pytest.fixture(name="process")
def start_kzld(tmp_path: Path) -> Kzld:
    """Start the installed command as a process, where that is what is tested."""

    def run(
        *args: str | Path,
        stdin: str | bytes = b"",
        env: Mapping[str, str] | None = None,
        cwd: Path = tmp_path,
        command: tuple[str | Path, ...] = (COMMAND,),
    ) -> Done:
        given = stdin.encode() if isinstance(stdin, str) else stdin
        return start([*command, *args], cwd, given, env)

    return run


@pytest.fixture
def line(tmp_path: Path) -> Shell:
    """Do what a line of our pages says, from the test's own folder; `kzld` in this process."""

    def run(text: str, cwd: Path = tmp_path) -> Done:
        return call_line(text, cwd)

    return run


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Run a line of shell, from the test's own folder, with the command on the path."""

    def run(script: str, cwd: Path = tmp_path) -> Done:
        return start(["bash", "-o", "pipefail", "-c", script], cwd)

    return run


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """Call the command with a terminal of so many columns; the lines that it shows."""

    def run(columns: int, *args: str | Path, **variables: str) -> list[str]:
        return call_in_terminal(columns, *args, cwd=tmp_path, **variables)

    return run


@pytest.fixture(scope="session")
def kg() -> KnowledgeGraph:
    """The packaged data, read once."""
    return KnowledgeGraph(loaded())
