"""The channel over pipes: a connection of ``multiprocessing`` for each worker.

The portable form, for systems without packet sockets. The parent chooses the worker, so it
hands a task only to one that is idle: nothing is sent ahead, and no task can be stuck behind
another. A body of any size goes through the pipe itself; a worker that is idle reads at once,
one that is still starting is given only what the pipe can hold, and one that is killed in
mid-message ends the pipe, which ends the read.

``send`` may be called by any thread; ``wait``, ``receive`` and ``flush`` by the keeper alone.
"""

from __future__ import annotations

import threading
from collections import deque
from multiprocessing import connection
from multiprocessing.connection import Connection
from typing import Any, Final

from poolscope import wire

_HELD: Final = 2048  # bytes: every system's pipes hold as much while nobody reads


class PipeWorkerEnd:
    """A worker's end; travels to the worker in the arguments of its process."""

    board = None

    def __init__(self, pipe: Connection[bytes, bytes]) -> None:
        self._pipe = pipe

    def open(self) -> None:
        """Nothing to do: the pipe is ready."""

    def receive(self) -> wire.Task | None:
        """The next task, when there is one; ``None`` when no more will come."""
        try:
            packet = memoryview(self._pipe.recv_bytes())
        except EOFError:
            return None
        kind, _flags, folder, task = wire.TASK_HEADER.unpack_from(packet)
        if kind == wire.STOP:
            return None
        start = wire.TASK_HEADER.size
        return wire.Task(
            kind, task, bytes(packet[start : start + folder]), packet[start + folder :]
        )

    def send(
        self, kind: int, flags: int, worker: int, task: int, ran_ns: int, body: wire.Body
    ) -> None:
        """Report to the parent. Raises ``OSError`` when the parent is gone."""
        header = wire.REPORT_HEADER.pack(kind, flags, worker, task, ran_ns)
        self._pipe.send_bytes(header + body)

    def close(self) -> None:
        self._pipe.close()


class PipeChannel:
    """The parent's side. ``_lock`` guards all but ``_watched`` and ``_readable``."""

    board = None  # nothing is sent ahead, so nothing in groups
    lends = False  # which pipe the report will come by is not known

    def __init__(self, workers: int) -> None:  # noqa: ARG002  the face's signature
        self._lock = threading.RLock()
        self._pipes: dict[int, Connection[bytes, bytes]] = {}
        self._theirs: dict[int, Connection[bytes, bytes]] = {}
        self._taking: set[int] = set()  # those that take tasks
        self._ready: set[int] = set()  # those that read
        self._idle: deque[int] = deque()
        self._outbox: deque[bytes] = deque()
        self._watched: list[Any] = []
        self._readable: deque[Connection[bytes, bytes]] = deque()

    def worker_end(self, worker: int) -> PipeWorkerEnd:
        """The end to pass to a new worker."""
        ours, theirs = connection.Pipe(duplex=True)
        with self._lock:
            self._pipes[worker] = ours
            self._theirs[worker] = theirs
        return PipeWorkerEnd(theirs)

    def started(self, worker: int) -> None:
        """Close our copy of the worker's end, or its death would not end the pipe."""
        with self._lock:
            theirs = self._theirs.pop(worker, None)
            self._takes(worker)
        if theirs is not None:
            theirs.close()

    def _takes(self, worker: int) -> None:
        if worker not in self._taking:
            self._taking.add(worker)
            self._idle.append(worker)

    def ready(self, worker: int) -> None:
        """``worker`` has begun to read."""
        with self._lock:
            self._takes(worker)
            self._ready.add(worker)

    def gone(self, worker: int) -> None:
        """``worker`` is no more."""
        with self._lock:
            theirs = self._theirs.pop(worker, None)
            pipe = self._pipes.pop(worker, None)
            self._leaves(worker)
        for end in (theirs, pipe):
            if end is not None:
                end.close()

    def _leaves(self, worker: int) -> None:
        self._taking.discard(worker)
        self._ready.discard(worker)
        if worker in self._idle:
            self._idle.remove(worker)

    def limit(self, workers: int, ahead: int) -> int:  # noqa: ARG002  the face's signature
        """How many tasks may be handed over and not yet come back."""
        return len(self._taking)

    def send(self, kind: int, task: int, body: wire.Body, recording: bytes) -> bool:
        """Hand a task over; ``False`` if it waits in the outbox and the keeper must be woken."""
        header = wire.TASK_HEADER.pack(kind, 0, len(recording), task)
        packet = b"".join((header, recording, body))
        with self._lock:
            self._outbox.append(packet)
        self.flush()
        return not self._outbox

    def flush(self) -> None:
        """Send what waits in the outbox to whoever is idle."""
        while True:
            with self._lock:
                chosen = self._chosen()
                if chosen is None:
                    return
                self._idle.remove(chosen)
                pipe = self._pipes[chosen]
                packet = self._outbox.popleft()
            try:
                # Blocks for a large packet, but never for long: the worker is idle and reads.
                pipe.send_bytes(packet)
            except OSError:
                # The worker is dead. Its sentinel tells the keeper, which breaks the pool.
                continue

    def _chosen(self) -> int | None:
        """Who gets the next packet, if there is one and somebody for it. Under the lock."""
        if not self._outbox:
            return None
        reads = next((worker for worker in self._idle if worker in self._ready), None)
        if reads is None and self._idle and len(self._outbox[0]) <= _HELD:
            return self._idle[0]
        return reads

    def watch(self, source: Any) -> Any:
        """Have ``wait`` return when ``source`` (a sentinel or a connection) is readable."""
        self._watched.append(source)
        return source

    def unwatch(self, key: Any) -> None:
        """Undo ``watch``; takes what it returned."""
        self._watched.remove(key)

    def wait(self, timeout_ms: int | None) -> set[Any]:
        """Sleep until a report, something watched, or time is up; what was watched."""
        with self._lock:
            pipes = list(self._pipes.values())
        found = connection.wait(
            [*self._watched, *pipes], None if timeout_ms is None else timeout_ms / 1000
        )
        self._readable = deque(pipe for pipe in pipes if pipe in found)
        return {source for source in found if source in self._watched}

    def receive(self) -> wire.Report | None:
        """The next report, ``None`` if there is none now."""
        while True:
            if not self._readable:
                with self._lock:
                    pipes = list(self._pipes.values())
                found = connection.wait(pipes, 0)
                self._readable.extend(pipe for pipe in pipes if pipe in found)
                if not self._readable:
                    return None
            pipe = self._readable.popleft()
            try:
                packet = memoryview(pipe.recv_bytes())
            except (EOFError, OSError):
                self._dropped(pipe)
                continue
            return self.report(packet)

    def lend(self, packets: deque[Any]) -> None:
        """Nothing to do: no thread but the keeper reads."""

    def resume(self) -> None:
        """Nothing to do: nothing was lent."""

    def report(self, packet: memoryview) -> wire.Report:
        """The report in ``packet``."""
        kind, flags, worker, task, ran_ns = wire.REPORT_HEADER.unpack_from(packet)
        if kind in (wire.RESULT, wire.RAISED):
            with self._lock:
                if flags & wire.LAST:
                    self._leaves(worker)
                else:
                    self._idle.append(worker)
        return wire.Report(kind, flags, worker, task, ran_ns, packet[wire.REPORT_HEADER.size :])

    def _dropped(self, pipe: Connection[bytes, bytes]) -> None:
        """A worker's end is closed: its death, which its sentinel will tell as well."""
        with self._lock:
            for worker, other in list(self._pipes.items()):
                if other is pipe:
                    del self._pipes[worker]
                    self._leaves(worker)
        pipe.close()

    def finish(self) -> None:
        """No more tasks: each worker ends after the one it has."""
        with self._lock:
            pipes = list(self._pipes.values())
        for pipe in pipes:
            try:
                pipe.send_bytes(wire.TASK_HEADER.pack(wire.STOP, 0, 0, 0))
            except OSError:
                continue  # dead already: its sentinel tells

    def close(self) -> None:
        """Let go of everything; when no worker is left."""
        for worker in list(self._pipes):
            self.gone(worker)
        for worker in list(self._theirs):
            self.gone(worker)

    def abandon(self) -> None:
        """In a forked child: close the parent's ends, or nobody would notice its death."""
        self._lock = threading.RLock()
        for pipe in self._pipes.values():
            pipe.close()
