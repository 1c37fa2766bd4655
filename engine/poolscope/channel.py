"""The channel between a process pool and its workers: its face, and which form this system has.

Two forms behind one face: ``channel_packets`` (fast; one shared queue in the kernel) where the
system has packet sockets, ``channel_pipes`` everywhere else. They are chosen here and nowhere
else; ``POOLSCOPE_CHANNEL=pipes`` or ``packets`` in the environment forces one.
"""

from __future__ import annotations

import os
import weakref
from collections import deque
from collections.abc import Callable
from typing import Any, Final, Protocol

from poolscope import channel_packets, channel_pipes, wire
from poolscope.board import Board

CHOICE: Final = "POOLSCOPE_CHANNEL"


class WorkerEnd(Protocol):
    """What a worker holds; can be pickled into the arguments of a process that starts."""

    @property
    def board(self) -> Board | None: ...
    def open(self) -> None: ...
    def receive(self) -> wire.Task | None: ...
    def send(
        self, kind: int, flags: int, worker: int, task: int, ran_ns: int, body: wire.Body
    ) -> None: ...
    def close(self) -> None: ...


class Channel(Protocol):
    """What the pool holds. See ``channel_packets.PacketChannel`` for what each means."""

    @property
    def board(self) -> Board | None: ...
    def worker_end(self, worker: int) -> WorkerEnd: ...
    def started(self, worker: int) -> None: ...
    def ready(self, worker: int) -> None: ...
    def gone(self, worker: int) -> None: ...
    def limit(self, workers: int, ahead: int) -> int: ...
    def send(self, kind: int, task: int, body: wire.Body, recording: bytes) -> bool: ...
    def flush(self) -> None: ...
    def watch(self, source: Any) -> Any: ...
    def unwatch(self, key: Any) -> None: ...
    def wait(self, timeout_ms: int | None) -> set[Any]: ...
    def receive(self) -> wire.Report | None: ...
    @property
    def lends(self) -> bool: ...
    def lend(self, packets: deque[Any]) -> None: ...
    def resume(self) -> None: ...
    def report(self, packet: Any) -> wire.Report: ...
    def finish(self) -> None: ...
    def close(self) -> None: ...
    def abandon(self) -> None: ...


FORMS: Final[dict[str, Callable[[int], Channel]]] = {
    "packets": channel_packets.PacketChannel,
    "pipes": channel_pipes.PipeChannel,
}
BEST: Final = "packets" if channel_packets.works() else "pipes"


def open_channel(workers: int) -> Channel:
    """A channel for so many workers, of the form that suits this system or that the environment
    asks for.

    Raises ``ValueError`` when it asks for one that does not exist.
    """
    form = os.environ.get(CHOICE) or BEST
    if form not in FORMS:
        known = " or ".join(FORMS)
        raise ValueError(f"{CHOICE} is {form!r}; expected {known}, or nothing for the best.")
    channel = FORMS[form](workers)
    _open.add(channel)
    return channel


_open: weakref.WeakSet[Channel] = weakref.WeakSet()


def _after_fork_in_child() -> None:
    # A child that kept a parent's end would keep that parent's workers from noticing its death.
    for channel in list(_open):
        channel.abandon()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
