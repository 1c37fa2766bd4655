"""A process that does with a lock what the test says, one order at a time."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from poolscope.trace import recorder
from poolscope.trace.schema import Kind
from tests.engine.processes.seen import Seen, events
from tests.engine.processes.tasks import LIMIT_S


def serve(orders: Any, primitive: Any, folder: str) -> None:
    """In the process: obey until there are no more orders."""
    recorder.start(folder, role="child", create=False)
    try:
        while (order := orders.recv()) is not None:
            method, arguments = order
            try:
                orders.send(getattr(primitive, method)(*arguments))
            except Exception as error:  # noqa: BLE001  the test judges it
                orders.send(error)
    finally:
        recorder.stop()


class Puppet:
    """The process, seen from the test. ``who`` is the id of its one thread in the trace."""

    def __init__(self, context: Any, primitive: Any, folder: Path) -> None:
        self._orders, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, primitive, str(folder)))
        self._process.start()
        theirs.close()
        self._folder = folder
        self._primitive = primitive
        self.pid: int = self._process.pid

    def begin(self, method: str, *arguments: Any) -> None:
        """Give an order that may block."""
        self._orders.send((method, arguments))

    def blocks(self, method: str, *arguments: Any) -> None:
        """Give an order that must block; returns when the trace says that it does."""
        wants = (Kind.LOCK_WANTED, Kind.SIGNAL_WANTED)

        def count() -> int:
            mine = (e for e in events(self._folder) if e.pid == self.pid)
            return sum(e.kind in wants and e.a == self._primitive._id for e in mine)

        before = count()
        self.begin(method, *arguments)
        while count() == before:
            assert self._process.is_alive()

    def result(self) -> Any:
        """What the order gave."""
        assert self._orders.poll(LIMIT_S)
        given = self._orders.recv()
        if isinstance(given, Exception):
            raise given
        return given

    def do(self, method: str, *arguments: Any) -> Any:
        """Give an order and wait until it is done."""
        self.begin(method, *arguments)
        return self.result()

    def kill(self) -> None:
        """End the process as nothing can prevent."""
        os.kill(self.pid, signal.SIGKILL)
        self._process.join(LIMIT_S)
        assert self._process.exitcode == -signal.SIGKILL

    def end(self) -> None:
        """Let the process end, if it has not; one that still blocks is killed."""
        if self._process.is_alive():
            self._orders.send(None)
            self._process.join(1)
            self._process.kill()
            self._process.join(LIMIT_S)
        self._orders.close()
        self._process.close()


@contextmanager
def puppets(context: Any, primitive: Any, folder: Path, count: int = 1) -> Iterator[list[Puppet]]:
    """So many processes that have ``primitive``."""
    made: list[Puppet] = []
    try:
        made += [Puppet(context, primitive, folder) for _ in range(count)]
        yield made
    finally:
        for puppet in made:
            puppet.end()


def of(folder: Path, *primitives: Any) -> list[Seen]:
    """What the trace tells of these, creation aside, by time; the recording ends."""
    recorder.stop()
    ids = {each._id for each in primitives}
    kinds = range(Kind.LOCK_WANTED, Kind.SIGNAL_SENT + 1)
    return [event for event in events(folder) if event.kind in kinds and event.a in ids]
