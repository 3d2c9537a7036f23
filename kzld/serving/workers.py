"""Worker processes for queries, so that a query that takes too long can be stopped.

A SPARQL engine in a thread cannot be interrupted, a process can. To make new processes cheap,
the data set is loaded once, in a process that only forks: each worker shares its memory and is
ready within milliseconds, and a killed worker is replaced at once.

**Long queries do not stop short ones.** Nobody knows beforehand how long a query takes, so all
queries start alike, some at a time. The kernel sends a tick whenever a worker has used another
twentieth of a second of a processor; on a busy machine, time on the clock would make any query
a long one. Each tick lowers the worker's priority a little. After ten ticks, or after the first
if another query waits to start, the query counts as heavy and leaves its place to the next. Few
heavy queries run at a time; others are suspended until it is their turn. If more than `queue`
are suspended, the next is refused.
"""

from __future__ import annotations

import asyncio
import gc
import math
import os
import pickle
import resource
import signal
import socket
import struct
import sys
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, cast

_TICK = 0.05  # seconds of processor time
_HEAVY = 10  # ticks; also the steps, of 19, by which the priority falls at most
_LENGTH = struct.Struct("!Q")
_PID = struct.Struct("!i")
_TICKED = bytes([signal.SIGPROF])
_MB = 1_000_000
_ENDING = "the server is about to end"

Answer = Callable[[Any], Any]
"""The function of a worker: from a job to a reply; both can be pickled."""


class BusyError(Exception):
    """There are more queries than can be answered now."""

    def __init__(self, message: str = "too many queries are running") -> None:
        super().__init__(message)


class OverdueError(Exception):
    """A query was stopped because its time was up."""


class WorkerLostError(Exception):
    """A worker ended in the middle of a query: out of memory, or broken by it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits on queries.

    Attributes:
        timeout: seconds for a query, including the wait for its turn.
        memory: megabytes that a worker may use beside the data set.
        starting: the number of queries that run at a time, without heavy ones.
        heavy: the number of heavy queries that run at a time.
        queue: the number of queries that wait to start, and of heavy ones that wait to go on.
    """

    timeout: float = 30.0
    memory: int = 500
    starting: int = 2 * (os.cpu_count() or 1)
    heavy: int = max(1, (os.cpu_count() or 1) - 1)
    queue: int = 64


def start(answer: Answer, limits: Limits, *, closed: socket.socket | None = None) -> socket.socket:
    """Fork the process that forks the workers; call it before the first thread starts.

    Args:
        answer: the function of the workers, with its data already loaded.
        limits: the limits on queries.
        closed: a socket that the workers must not keep.

    Returns:
        A socket by which a `Pool` requests workers. When its other end closes, all workers
        end.
    """
    ours, theirs = socket.socketpair()
    gc.collect()
    gc.freeze()  # the collector would write to, and so copy, the shared memory
    sys.stderr.flush()
    if not os.fork():
        ours.close()
        if closed is not None:
            closed.close()
        _fork_on_request(theirs, answer, limits)
    theirs.close()
    return ours


def _fork_on_request(control: socket.socket, answer: Answer, limits: Limits) -> NoReturn:
    for number in (signal.SIGINT, signal.SIGTERM):
        # A terminal or a service manager sends these to all processes; the server decides
        # when the workers end, so that running queries get a moment.
        signal.signal(number, signal.SIG_IGN)
    children: set[int] = set()
    try:
        while control.recv(1):
            with suppress(ChildProcessError):
                while ended := os.waitpid(-1, os.WNOHANG)[0]:
                    children.discard(ended)
            ours, theirs = socket.socketpair()
            if not (pid := os.fork()):
                control.close()
                ours.close()
                _work(theirs, answer, limits)
            theirs.close()
            children.add(pid)
            socket.send_fds(control, [_PID.pack(pid)], [ours.fileno()])
            ours.close()
    finally:  # the server has gone
        for pid in children:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        os._exit(0)


def _work(connection: socket.socket, answer: Answer, limits: Limits) -> NoReturn:
    """Answer one job after the other, until the connection closes."""
    try:
        os.dup2(os.open(os.devnull, os.O_RDWR), 2)  # discards messages of native code
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if size := _size():
            most = size + limits.memory * _MB
            resource.setrlimit(resource.RLIMIT_DATA, (most, most))
        # Python writes the number of a signal here at once, even while native code runs.
        connection.setblocking(False)
        signal.set_wakeup_fd(connection.fileno(), warn_on_full_buffer=False)
        connection.setblocking(True)
        signal.signal(signal.SIGPROF, lambda *_: None)
        while (job := _receive(connection)) is not None:
            _end_by_itself(limits.timeout)
            signal.setitimer(signal.ITIMER_PROF, _TICK, _TICK)
            reply = answer(job)
            signal.setitimer(signal.ITIMER_PROF, 0)
            connection.sendall(_frame(reply))
    finally:
        os._exit(0)


def _size() -> int:
    """The bytes of memory that this process has for data; 0 if the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text("ascii").split()[5]) * resource.getpagesize()
    except OSError:
        return 0


def _end_by_itself(timeout: float) -> None:
    """Let the kernel end this process some time after its query should have been stopped.

    It is a safeguard for the case that the server has died.
    """
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(time.process_time() + timeout) + 1, most))


def _frame(message: Any) -> bytes:
    data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return b"=" + _LENGTH.pack(len(data)) + data


def _receive(connection: socket.socket) -> Any:
    """The next message; None at the end."""
    head = _read(connection, 1 + _LENGTH.size)
    if not head:
        return None
    return pickle.loads(_read(connection, *_LENGTH.unpack_from(head, 1)))  # noqa: S301 (ours)


def _read(connection: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size and (part := connection.recv(size - len(data))):
        data += part
    return bytes(data)


class Worker(asyncio.Protocol):
    """A worker process as the server sees it."""

    def __init__(self, pid: int, pool: Pool) -> None:
        self.pid, self.ticks, self.alive = pid, 0, True
        self._pool = pool
        self._received = bytearray()
        self._reply: asyncio.Future[Any] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport, to write to it."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Receive ticks, and after them the reply."""
        if not self._received:
            reply = data.lstrip(_TICKED)
            for _ in range(len(data) - len(reply)):
                self.ticks += 1
                self._pool.ticked(self)
            data = reply
        self._received += data
        start = 1 + _LENGTH.size
        if len(self._received) >= start:
            (size,) = _LENGTH.unpack_from(self._received, 1)
            if len(self._received) == start + size:
                reply = pickle.loads(memoryview(self._received)[start:])  # noqa: S301 (ours)
                self._received = bytearray()
                self._settle(reply)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's)
        """Fail the caller that waits for a reply."""
        self.fail(WorkerLostError())
        self._pool.lost(self)

    async def answer(self, job: Any) -> Any:
        """The reply to a job.

        Raises:
            BusyError: its query became heavy, and there are too many heavy ones.
            WorkerLostError: the worker ended.
        """
        if not self.alive:
            raise WorkerLostError
        self._reply = asyncio.get_running_loop().create_future()
        self._transport.write(_frame(job))
        return await self._reply

    @property
    def busy(self) -> bool:
        """Whether it still owes a reply."""
        return self._reply is not None

    def _settle(self, reply: Any) -> None:
        waiting, self._reply = self._reply, None
        if waiting is not None and not waiting.done():
            waiting.set_result(reply)

    def fail(self, error: Exception) -> None:
        """End the worker; the caller that waits for its reply gets the error."""
        if self._reply is not None and not self._reply.done():
            self._reply.set_exception(error)
        self.kill()

    def kill(self) -> None:
        """Kill the process."""
        if self.alive:
            self.alive = False
            self.send(signal.SIGKILL)
            self._transport.close()

    def send(self, number: signal.Signals) -> None:
        """Send the process a signal."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def slow_down(self) -> None:
        """Lower the priority of the process, by the processor time that it has used."""
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self.pid, min(_HEAVY, self.ticks))


class Pool:
    """The workers: some idle, some starting to answer, some with heavy queries.

    Args:
        control: the socket that `start` returned.
        limits: the limits on queries.

    Attributes:
        broken: whether no new workers can start any more; the server then ends.
    """

    def __init__(self, control: socket.socket, limits: Limits) -> None:
        self.limits = limits
        self._control = control
        self._forking = 0
        self._idle: list[Worker] = []
        self._starting: set[Worker] = set()
        self._heavy: set[Worker] = set()
        self._held: deque[Worker] = deque()
        self._waiting: deque[asyncio.Future[Worker]] = deque()
        self._stopping = False
        self.broken = False

    def open(self) -> None:
        """Start the first workers; call it in the event loop."""
        self._loop = asyncio.get_running_loop()
        self._control.setblocking(False)
        self._loop.add_reader(self._control.fileno(), self._arrived)
        for _ in range(self.limits.starting):
            self._fork()

    def close(self) -> None:
        """End all workers at once; waiting callers get an error."""
        if self._stopping:
            return
        self._stopping = True
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_exception(BusyError(_ENDING))
        for worker in (*self._starting, *self._heavy, *self._held, *self._idle):
            worker.fail(BusyError(_ENDING))
        self._loop.remove_reader(self._control.fileno())
        self._control.close()

    async def run(self, job: Any) -> Any:
        """The reply of a worker to a job; cancellation stops the worker.

        Raises:
            BusyError: too many queries are running or waiting.
            OverdueError: there was no reply in time.
            WorkerLostError: the worker ended, perhaps out of memory.
        """
        worker = None
        try:
            async with asyncio.timeout(self.limits.timeout):
                worker = await self._free_worker()
                return await worker.answer(job)
        except TimeoutError:
            was_running = worker is not None and worker not in self._held
            raise (OverdueError if was_running else BusyError) from None
        finally:
            if worker is not None:
                self._take_back(worker)

    async def _free_worker(self) -> Worker:
        if self._stopping:
            raise BusyError(_ENDING)
        if self._idle:
            worker = self._idle.pop()
            self._starting.add(worker)
            return worker
        if len(self._waiting) >= self.limits.queue:
            raise BusyError
        waiting: asyncio.Future[Worker] = self._loop.create_future()
        self._waiting.append(waiting)
        self._make_room()
        try:
            return await waiting
        except asyncio.CancelledError:  # by the client's disconnection or the timeout
            if waiting.done() and not waiting.cancelled():
                self._take_back(waiting.result())
            raise

    def _fork(self) -> None:
        """Request one more worker, up to the limit."""
        known = len(self._idle) + len(self._starting) + self._forking
        if known < self.limits.starting and not self._stopping:
            self._forking += 1
            self._control.send(b"+")

    def _make_room(self) -> None:
        """If a query waits to start, count the longest-running one as heavy."""
        if len(self._waiting) > self._forking:
            longest = max(self._starting, key=lambda worker: worker.ticks, default=None)
            if longest and longest.ticks:
                self._count_as_heavy(longest)

    def _arrived(self) -> None:
        """Connect to a new worker."""
        try:
            data, [descriptor], _, _ = socket.recv_fds(self._control, _PID.size, 1)
        except (OSError, ValueError):  # the process that forks has ended
            self._loop.remove_reader(self._control.fileno())
            self.broken = True
            os.kill(os.getpid(), signal.SIGTERM)
            return
        connection = socket.socket(fileno=descriptor)
        connection.setblocking(False)
        (pid,) = _PID.unpack(data)
        connecting = self._loop.create_connection(lambda: Worker(pid, self), sock=connection)
        self._loop.create_task(connecting).add_done_callback(self._connected)

    def _connected(self, connecting: asyncio.Task[Any]) -> None:
        _, worker = connecting.result()
        self._forking -= 1
        if self._stopping:
            worker.kill()
        else:
            self._hand_out(worker)

    def _hand_out(self, worker: Worker) -> None:
        """Give a free worker to the caller that waits longest, or keep it idle."""
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                self._starting.add(worker)
                waiting.set_result(worker)
                return
        self._idle.append(worker)

    def _take_back(self, worker: Worker) -> None:
        """Free the place of a worker; reuse the worker if it has used no tick."""
        self._starting.discard(worker)
        if worker in self._held:
            self._held.remove(worker)
        if worker in self._heavy:
            self._heavy.discard(worker)
            if self._held:
                following = self._held.popleft()
                self._heavy.add(following)
                following.send(signal.SIGCONT)
        # A priority once lowered cannot be raised again, and memory once taken stays taken.
        if worker.alive and not worker.busy and not worker.ticks:
            self._hand_out(worker)
        else:
            worker.kill()
            self._fork()

    def ticked(self, worker: Worker) -> None:
        """React to another tick of a worker."""
        worker.slow_down()
        if worker in self._starting:
            if worker.ticks >= _HEAVY:
                self._count_as_heavy(worker)
            else:
                self._make_room()

    def _count_as_heavy(self, worker: Worker) -> None:
        self._starting.discard(worker)
        if len(self._heavy) < self.limits.heavy:
            self._heavy.add(worker)
        elif len(self._held) < self.limits.queue:
            self._held.append(worker)
            worker.send(signal.SIGSTOP)
        else:
            worker.fail(BusyError())
        self._fork()

    def lost(self, worker: Worker) -> None:
        """Replace a worker that has ended."""
        if worker in self._idle:
            self._idle.remove(worker)
            self._fork()
