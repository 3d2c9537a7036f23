"""The HTTP client against real servers on loopback: credentials, retries, limits."""

from __future__ import annotations

import base64
import gzip
import io
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from conftest import open_port

from kzld.errors import EndpointError
from kzld.stores.client import Client

Reply = tuple[int, dict[str, str], bytes]
Serve = Callable[[Callable[[BaseHTTPRequestHandler], Reply]], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a server whose answers a function gives; its address."""
    servers = []

    def start(answer: Callable[[BaseHTTPRequestHandler], Reply]) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                self.body = self.rfile.read(int(self.headers["Content-Length"] or 0))
                status, headers, body = answer(self)
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_PUT  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", open_port()), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(autouse=True)
def no_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("KZLD_USER", "KZLD_PASSWORD", "KZLD_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))


def get(address: str, *, retries: int = 0, timeout: float = 10, limit: int = 10**6) -> bytes:
    client = Client(address, timeout=timeout, limit=limit, retries=retries)
    with client.send("GET", address) as reply:
        return client.expect(reply, 200).body()


def echo_authorization(request: BaseHTTPRequestHandler) -> Reply:
    return 200, {}, request.headers.get("Authorization", "none").encode()


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def test_credentials_from_the_environment(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    address = serve(echo_authorization)
    assert get(address) == b"none"
    monkeypatch.setenv("KZLD_USER", "dba")
    monkeypatch.setenv("KZLD_PASSWORD", "s3:cret")
    assert get(address).decode() == basic("dba", "s3:cret")


def test_credentials_from_netrc(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login aida password cheese\n")
    address = serve(echo_authorization)
    assert get(address).decode() == basic("aida", "cheese")
    monkeypatch.setenv("KZLD_TOKEN", "t0ken")
    assert get(address) == b"Bearer t0ken"


def test_digest_where_the_server_asks_for_it(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    bodies = []

    def guarded(request: BaseHTTPRequestHandler) -> Reply:
        bodies.append(request.body)
        said = request.headers.get("Authorization", "")
        if said.startswith("Digest") and 'username="dba"' in said:
            return 200, {}, b"in"
        return 401, {"WWW-Authenticate": 'Digest realm="store", nonce="n", qop="auth"'}, b""

    monkeypatch.setenv("KZLD_USER", "dba")
    monkeypatch.setenv("KZLD_PASSWORD", "dba")
    client = Client(address := serve(guarded), timeout=10)
    for _ in range(2):
        with client.send("PUT", address, body=io.BytesIO(b"<a:a> <a:b> <a:c> .")) as reply:
            assert client.expect(reply, 200).body() == b"in"
    assert bodies[-1] == b"<a:a> <a:b> <a:c> ."


def test_no_password_in_an_address() -> None:
    with pytest.raises(EndpointError, match="no place for a password") as caught:
        Client("http://dba:s3cret@example.org/sparql")
    assert "s3cret" not in str(caught.value)


def test_what_to_do_when_not_let_in(serve: Serve) -> None:
    with pytest.raises(EndpointError, match=r"answered 401 .*KZLD_USER") as caught:
        get(serve(lambda _: (401, {}, b"")))
    assert caught.value.status == 401


@pytest.mark.servers
def test_asks_a_busy_server_again(serve: Serve) -> None:
    asked = []

    def busy_twice(_: BaseHTTPRequestHandler) -> Reply:
        asked.append(time.monotonic())
        status = {1: 429, 2: 503}.get(len(asked), 200)
        return status, {"Retry-After": "1"} if status == 429 else {}, b"done"

    assert get(serve(busy_twice), retries=3) == b"done"
    assert len(asked) == 3
    assert asked[1] - asked[0] >= 1


@pytest.mark.servers
def test_gives_up_on_a_busy_server(serve: Serve) -> None:
    asked = []

    def busy(_: BaseHTTPRequestHandler) -> Reply:
        asked.append(1)
        return 503, {}, b"later"

    with pytest.raises(EndpointError, match="answered 503 Service Unavailable: later"):
        get(serve(busy), retries=2)
    assert len(asked) == 3


@pytest.mark.servers
def test_a_busy_server_does_not_stretch_the_timeout(serve: Serve) -> None:
    start = time.monotonic()
    with pytest.raises(EndpointError, match="within 1 seconds"):
        get(serve(lambda _: (503, {"Retry-After": "30"}, b"")), retries=3, timeout=1)
    assert time.monotonic() - start < 10


@pytest.mark.servers
@pytest.mark.parametrize("packed", [False, True])
def test_an_answer_that_is_too_large(serve: Serve, packed: bool) -> None:
    body = b" " * 5_000_000
    headers = {"Content-Encoding": "gzip"} if packed else {}
    address = serve(lambda _: (200, headers, gzip.compress(body) if packed else body))
    with pytest.raises(EndpointError, match="sent more than 1,000,000 bytes"):
        get(address)


@pytest.mark.servers
def test_a_head_that_never_ends(serve: Serve) -> None:
    def drip(request: BaseHTTPRequestHandler) -> Reply:
        for _ in range(2000):
            request.wfile.write(b"X")
            request.wfile.flush()
            time.sleep(0.1)
        return 200, {}, b""

    start = time.monotonic()
    with pytest.raises(EndpointError, match=r"within 0\.5 seconds"):
        get(serve(drip), timeout=0.5)
    assert time.monotonic() - start < 60
