"""A worker's end of the channel over packet sockets (``channel_packets``)."""

from __future__ import annotations

import os
import socket
from typing import Any, Final

from poolscope import wire
from poolscope.board import Board
from poolscope.lifeline import Lifeline
from poolscope.packet_socket import received, send

LARGEST_FOLDER: Final = 4096  # bytes of the name of a recording that a task carries along
BUFFER: Final = wire.INLINE_LIMIT + LARGEST_FOLDER + 64  # bytes: any packet fits


class PacketWorkerEnd:
    """A worker's end; travels to the worker in the arguments of its process."""

    def __init__(
        self,
        tasks: socket.socket,
        reports: socket.socket,
        inline: int,
        board: Board | None,
        lifeline: Lifeline,
    ) -> None:
        self._tasks = tasks
        self._reports = reports
        self._inline = inline
        self.board = board
        self._lifeline = lifeline
        self._buffer = bytearray()
        self._view = memoryview(self._buffer)

    def __reduce__(self) -> tuple[Any, ...]:
        parts = (self._tasks, self._reports, self._inline, self.board, self._lifeline)
        return PacketWorkerEnd, parts

    def open(self) -> None:
        """Get ready to receive; in the worker, before anything else."""
        # A default timeout set by the main module would make a received socket time out.
        self._tasks.setblocking(True)
        self._reports.setblocking(True)
        self._lifeline.hold_on()
        self._buffer = bytearray(BUFFER)
        self._view = memoryview(self._buffer)

    def receive(self) -> wire.Task | None:
        """The next task, when there is one; ``None`` when no more will come."""
        length, fd = received(self._tasks, self._buffer)
        if not length:
            return None
        kind, flags, folder, task = wire.TASK_HEADER.unpack_from(self._buffer)
        start = wire.TASK_HEADER.size
        recording = bytes(self._view[start : start + folder]) if folder else b""
        body: wire.Body | None = self._view[start + folder : length]
        if flags & wire.SPILLED:
            body = None if fd is None else wire.mapped(fd)
        return wire.Task(kind, task, recording, body)

    def send(
        self, kind: int, flags: int, worker: int, task: int, ran_ns: int, body: wire.Body
    ) -> None:
        """Report to the parent. Raises ``OSError`` when the parent is gone or memory is."""
        if len(body) <= self._inline:
            header = wire.REPORT_HEADER.pack(kind, flags, worker, task, ran_ns)
            self._reports.send(header + body)
            return
        header = wire.REPORT_HEADER.pack(kind, flags | wire.SPILLED, worker, task, ran_ns)
        fd = wire.spill(body)
        try:
            send(self._reports, header, fd)
        finally:
            os.close(fd)

    def close(self) -> None:
        self._tasks.close()
        self._reports.close()
        self._lifeline.close()
