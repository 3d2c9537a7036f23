"""Start and stop the server."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Callable
from types import FrameType

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from kzld.dataset.dataset import Dataset
from kzld.errors import KzldError
from kzld.serving.answers import Answering
from kzld.serving.protocol import Sizes, application
from kzld.serving.workers import Limits, Pool, start

_GRACE = 5.0  # seconds that running queries get when the server stops
_CONNECTIONS = 500
_HEAD_SIZE = 65_536
_HEAD_TIME = 10.0
_IDLE_TIME = 30


def listen(host: str, port: int) -> socket.socket:
    """A socket at an address.

    Raises:
        KzldError: this machine does not have the address, or another program has the port.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=1024)
    except (OSError, OverflowError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower().partition(" (while")[0]
        raise KzldError(f"cannot listen at {host} port {port}: {reason}; try --port") from None


def serve(
    listener: socket.socket,
    dataset: Dataset,
    limits: Limits,
    sizes: Sizes,
    *,
    log: bool = False,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Answer requests until SIGINT or SIGTERM.

    Call it before the first thread starts, because it forks.

    Args:
        listener: the socket for requests.
        dataset: the data set to serve.
        limits: the limits on queries.
        sizes: the largest sizes of queries and answers.
        log: whether to write a line for each request to standard error.
        ready: called when the server is ready for requests.

    Raises:
        KzldError: the process that starts the workers was killed.
    """
    control = start(Answering(dataset, most=sizes.answer), limits, closed=listener)
    with asyncio.Runner(loop_factory=_event_loop()) as runner:
        runner.run(_serve(listener, control, limits, sizes, log=log, ready=ready))


def _event_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


async def _serve(
    listener: socket.socket,
    control: socket.socket,
    limits: Limits,
    sizes: Sizes,
    *,
    log: bool,
    ready: Callable[[], None],
) -> None:
    pool = Pool(control, limits)
    pool.open()
    _set_up_log(wanted=log)
    config = uvicorn.Config(
        application(pool, sizes),
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=log,
        server_header=False,
        limit_concurrency=_CONNECTIONS,
        timeout_keep_alive=_IDLE_TIME,
        timeout_graceful_shutdown=round(_GRACE) + 2,
    )
    try:
        await _Server(config, pool, ready).serve([listener])
    finally:
        pool.close()
    if pool.broken:
        raise KzldError("the process that starts the workers was ended; start the server again")


def _set_up_log(*, wanted: bool) -> None:
    """Log a line for each request if wanted; otherwise nothing, whatever clients do."""
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING if wanted else logging.CRITICAL + 1)
    if wanted:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
        logging.getLogger().addHandler(handler)
        logging.getLogger("uvicorn.access").setLevel(logging.INFO)


class _Server(uvicorn.Server):
    """A server that, after a signal, gives running queries a while and then stops them."""

    def __init__(self, config: uvicorn.Config, pool: Pool, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._pool, self._ready = pool, ready
        self._loop = asyncio.get_running_loop()
        # uvicorn also does so, and at its end raises the signals again that it received.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.handle_exit)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then call `ready`."""
        await super().startup(sockets)
        self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop, and limit the time of running queries."""
        if not self.should_exit:
            self._loop.call_soon_threadsafe(self._loop.call_later, _GRACE, self._pool.close)
        super().handle_exit(sig, frame)


class _Protocol(HttpToolsProtocol):
    """HTTP with limits on the time and size of a request's head, which uvicorn lacks."""

    _head = 0
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._late = self.loop.call_later(_HEAD_TIME, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        self._head = 0
        if self._late is None:
            self._late = self.loop.call_later(_HEAD_TIME, self.transport.close)
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._count_head(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count_head(name + value)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._stop_timer()
        super().on_headers_complete()

    def _count_head(self, part: bytes) -> None:
        self._head += len(part)
        if self._head > _HEAD_SIZE:
            raise ValueError  # the parser turns it into an answer 400

    def _stop_timer(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None
