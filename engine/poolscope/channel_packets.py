"""The channel over packet sockets: one socket for all tasks, one for all reports.

Whichever worker is idle receives the next task, so none waits behind a busy worker. A packet
is taken and put whole by the kernel: a worker killed at any moment holds no lock and leaves no
half of a message. The parent never blocks on a full socket (what does not fit waits in an
outbox for the keeper); workers may, as the parent always drains.

``send`` and ``lend`` may be called by any thread; ``wait``, ``receive`` and ``flush`` by the
keeper alone.
"""

from __future__ import annotations

import os
import select
import socket
from collections import deque
from operator import itemgetter
from typing import Any, Final

from poolscope import wire
from poolscope.board import Board
from poolscope.channel_packets_worker import BUFFER, LARGEST_FOLDER, PacketWorkerEnd
from poolscope.lifeline import Lifeline
from poolscope.packet_socket import (
    ANCILLARY,
    FLAGS,
    Socket,
    descriptor,
    limit_waiting,
    pair,
    received,
    send,
    works,
)

__all__ = ["PacketChannel", "works"]

LEASE_S: Final = 0.01  # the longest that ``lend`` blocks


_WHOLE: Final = itemgetter(0)  # the bytes of a packet that ``recvmsg`` gave
_READABLE: Final = 1  # the same for poll and epoll
_WRITABLE: Final = 4


def _close(fd: int | None) -> None:
    if fd is not None:
        os.close(fd)


def _board(workers: int) -> Board | None:
    try:
        return Board(workers + 2)
    except OSError:
        return None  # no room: then every task travels by itself


class PacketChannel:
    """The parent's side."""

    def __init__(self, workers: int) -> None:
        self._lifeline = Lifeline()
        self.board = _board(workers)
        tasks, self._worker_tasks = pair()
        reports, self._worker_reports = pair()
        self._tasks: Socket | None = tasks
        self._reports: Socket | None = reports
        # A packet must fit the buffer with room for others, whatever the system's limits.
        smallest = min(
            tasks.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF),
            self._worker_reports.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF),
        )
        self._inline = min(wire.INLINE_LIMIT, smallest // 3)
        self._outbox: deque[tuple[bytes, int | None]] = deque()
        self._buffer = bytearray(BUFFER)
        self._view = memoryview(self._buffer)
        # An epoll, if there is one: in it the watch of a socket can be suspended while another
        # thread waits.
        self._epoll = select.epoll() if hasattr(select, "epoll") else None
        self._poll: Any = self._epoll or select.poll()
        self._poll.register(reports, _READABLE)
        self.lends = self._epoll is not None and limit_waiting(reports, LEASE_S)
        self._watched: set[int] = set()
        self._waiting_for_room = False

    def worker_end(self, worker: int) -> PacketWorkerEnd:  # noqa: ARG002  the face's signature
        """The end to pass to a new worker."""
        return PacketWorkerEnd(
            self._worker_tasks, self._worker_reports, self._inline, self.board, self._lifeline
        )

    def started(self, worker: int) -> None:
        """Nothing to do: our copies of the workers' ends are for the workers to come."""

    def ready(self, worker: int) -> None:
        """Nothing to do: who is idle shows by receiving."""

    def gone(self, worker: int) -> None:
        """Nothing to do: no descriptor belongs to one worker alone."""

    def limit(self, workers: int, ahead: int) -> int:
        """How many tasks may be handed over and not yet come back."""
        return workers + ahead

    def send(self, kind: int, task: int, body: wire.Body, recording: bytes) -> bool:
        """Hand a task over; ``False`` if it waits in the outbox and the keeper must be woken.

        Raises ``OSError`` when the system has no room for it, now or at all.
        """
        flags, fd = 0, None
        if len(body) > self._inline:
            flags, fd = wire.SPILLED, wire.spill(body)
            body = b""
        recording = recording if len(recording) <= LARGEST_FOLDER else b""
        header = wire.TASK_HEADER.pack(kind, flags, len(recording), task)
        packet = b"".join((header, recording, body))
        if self._outbox:
            self._outbox.append((packet, fd))
            return False
        if self._put(packet, fd):
            return True
        self._outbox.append((packet, fd))
        return False

    def _put(self, packet: bytes, fd: int | None) -> bool:
        tasks = self._tasks
        try:
            if tasks is not None:
                send(tasks, packet, fd, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            _close(fd)
            raise
        _close(fd)
        return True

    def flush(self) -> None:
        """Send what waits in the outbox, as far as it fits."""
        while self._outbox:
            if not self._put(*self._outbox[0]):
                return
            self._outbox.popleft()

    def watch(self, source: Any) -> int:
        """Have ``wait`` return when ``source`` (a descriptor or its owner) is readable."""
        fd = source if isinstance(source, int) else int(source.fileno())
        self._poll.register(fd, _READABLE)
        self._watched.add(fd)
        return fd

    def unwatch(self, fd: int) -> None:
        """Undo ``watch``; takes what it returned."""
        self._poll.unregister(fd)
        self._watched.discard(fd)

    def wait(self, timeout_ms: int | None) -> set[Any]:
        """Sleep until a report, room for the outbox, something watched, or time is up; what
        was watched.
        """
        tasks = self._tasks
        if tasks is not None and bool(self._outbox) != self._waiting_for_room:
            self._waiting_for_room = not self._waiting_for_room
            if self._waiting_for_room:
                self._poll.register(tasks, _WRITABLE)
            else:
                self._poll.unregister(tasks)
        if timeout_ms is not None and self._epoll is not None:
            found = self._epoll.poll(timeout_ms / 1000)
        else:
            found = self._poll.poll(timeout_ms)
        return {fd for fd, _events in found if fd in self._watched}

    def receive(self) -> wire.Report | None:
        """The next report, ``None`` if there is none now."""
        if self._reports is None:
            return None
        try:
            length, fd = received(self._reports, self._buffer, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return None
        kind, flags, worker, task, ran_ns = wire.REPORT_HEADER.unpack_from(self._buffer)
        body: wire.Body | None
        if flags & wire.SPILLED:
            body = None if fd is None else wire.mapped(fd)
        else:
            body = bytes(self._view[wire.REPORT_HEADER.size : length])
        return wire.Report(kind, flags, worker, task, ran_ns, body)

    def lend(self, packets: deque[Any]) -> None:
        """Wait for a report on the calling thread, in place of the keeper; ``LEASE_S`` at the
        most. It is put into ``packets`` as ``report`` takes it, in one step with its receipt: no
        exception that strikes the thread can come between.
        """
        epoll, reports = self._epoll, self._reports
        if epoll is None or reports is None:
            return
        fd = reports.fileno()
        try:
            epoll.modify(fd, 0)
            # An empty one is the end: the pool broke meanwhile, and its channel was closed.
            packets.extend(filter(_WHOLE, map(reports.recvmsg, (BUFFER,), (ANCILLARY,), (FLAGS,))))
        except BlockingIOError:
            return  # the lease is over
        finally:
            epoll.modify(fd, _READABLE)

    def resume(self) -> None:
        """Have ``wait`` watch the reports again, should a thread in ``lend`` not have done so."""
        if self._epoll is not None and self._reports is not None:
            self._epoll.modify(self._reports, _READABLE)

    def report(self, packet: Any) -> wire.Report:
        """The report in a packet that ``lend`` took; once, as a descriptor may come along."""
        whole, ancillary = packet[:2]
        kind, flags, worker, task, ran_ns = wire.REPORT_HEADER.unpack_from(whole)
        body: wire.Body | None
        if flags & wire.SPILLED:
            fd = descriptor(ancillary)
            body = None if fd is None else wire.mapped(fd)
        else:
            body = memoryview(whole)[wire.REPORT_HEADER.size :]
        return wire.Report(kind, flags, worker, task, ran_ns, body)

    def finish(self) -> None:
        """No more tasks: each worker ends once those handed over are taken."""
        if self._tasks is not None:
            self._tasks.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Let go of everything; when no worker is left."""
        while self._outbox:
            _packet, fd = self._outbox.popleft()
            _close(fd)
        self._tasks = self._reports = self._epoll = self._poll = None
        self._worker_tasks.close()
        self._worker_reports.close()
        self._lifeline.close()
        if self.board is not None:
            self.board.close()

    def abandon(self) -> None:
        """In a forked child: close the parent's ends, or nobody would notice its death."""
        for ours in (self._tasks, self._reports):
            if ours is not None:
                ours.close()
        if self._epoll is not None:
            self._epoll.close()
        self._lifeline.abandon()
