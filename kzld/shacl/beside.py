"""Work done beside this process, in a fork of it that shares what is in memory."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

_T = TypeVar("_T")


def can_fork() -> bool:
    """Whether a fork of this process is safe, and has a processor core to itself."""
    return (
        sys.platform.startswith("linux")
        and len(os.sched_getaffinity(0)) > 1
        and threading.active_count() == 1
    )


@contextmanager
def beside(work: Callable[[], _T]) -> Iterator[Callable[[], _T]]:
    """Do some work in a forked process; its result is there to be asked for."""
    import multiprocessing  # slow to import, and seldom needed

    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)

    def send() -> None:
        with suppress(BaseException):  # this process does the work again, and shows the error
            sender.send(work())

    def result() -> _T:
        try:
            found: _T = receiver.recv()
        except EOFError:  # the fork failed, or was killed for want of memory
            return work()
        return found

    process = context.Process(target=send, daemon=True)
    process.start()
    sender.close()
    try:
        yield result
    finally:
        process.kill()
        process.join()
        receiver.close()
