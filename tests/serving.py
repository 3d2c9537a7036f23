"""A server of ours for tests, and a client that says everything as it wants it."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from conftest import open_port

ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a a kz:Fact . ?b a kz:Fact . ?c a kz:Fact }"
LIGHT = "ASK { country:KAZ org:memberOf body:EAEU }"


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def kind(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0]

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass(frozen=True)
class Server:
    """A running server."""

    port: int
    process: subprocess.Popen[str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def send(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        timeout: float = 60,
        **headers: str,
    ) -> Answer:
        """One request; `content_type="…"` is the header Content-Type."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, target, body, named)
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, found, response.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self.send("GET", path, **headers)

    def query(self, text: str, timeout: float = 60, **headers: str) -> Answer:
        headers["content_type"] = "application/sparql-query"
        return self.send("POST", "/sparql", text.encode(), timeout, **headers)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> str:
        """End the server in good order; what it had written to standard error."""
        self.process.send_signal(number)
        _, said = self.process.communicate(timeout=30)
        assert self.process.returncode == 0, said
        return said


def target(*parameters: tuple[str, str], path: str = "/sparql") -> str:
    return f"{path}?{urlencode(parameters)}"


@contextmanager
def serving(*options: str | Path) -> Iterator[Server]:
    """A server with options, until the end of the block; ended it says nothing more."""
    port = open_port()
    command = [sys.executable, "-m", "kzld", "serve", "--port", str(port), *options]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    server = Server(port, process)
    try:
        assert process.stderr is not None
        first = [process.stderr.readline(), process.stderr.readline()]
        assert first[0].startswith(f"Serving at http://127.0.0.1:{port}/"), first
        yield server
        if process.poll() is None:
            assert server.stop() == ""
    finally:
        process.kill()
        process.wait()


# ---------------------------------------------------------------- its processes


@dataclass(frozen=True)
class Process:
    """What /proc says of a process."""

    pid: int
    state: str
    seconds: float


def below(pid: int) -> list[Process]:
    """The processes that a process started, and those that they did."""
    children: dict[int, list[Process]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            head, _, rest = path.read_text("utf-8").rpartition(") ")
        except OSError:  # it has just ended
            continue
        fields = rest.split()
        seconds = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        found = Process(int(re.findall(r"\d+", head)[0]), fields[0], seconds)
        children.setdefault(int(fields[1]), []).append(found)
    known = []
    todo = [pid]
    while todo:
        new = children.get(todo.pop(), [])
        known += new
        todo += [process.pid for process in new]
    return known


def at_rest(server: Server) -> bool:
    """Whether no process of a server runs or is held with a query."""
    return all(process.state in "SZ" for process in below(server.process.pid))


def wait_until(holds, seconds: float = 20) -> None:
    """Wait until something holds; fail if it takes far too long."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "this took too long"
        time.sleep(0.05)


class Asked(threading.Thread):
    """A query that is asked beside the test."""

    def __init__(self, server: Server, query: str) -> None:
        super().__init__(daemon=True)
        self.server, self.query = server, query
        self.answer: Answer | None = None
        self.start()

    def run(self) -> None:
        with suppress(ConnectionError):  # where the server is killed
            self.answer = self.server.query(self.query)

    def result(self) -> Answer:
        self.join(60)
        assert self.answer is not None
        return self.answer
