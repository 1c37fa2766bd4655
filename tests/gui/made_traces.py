"""Stores for the tests of the window, made by hand: a pool and tasks in every state."""

from __future__ import annotations

from poolscope.analysis.store import Store
from poolscope.trace.schema import Kind, Outcome, PoolKind, Role
from tests.analysis.traces import ORIGIN, Stream, Trace

MS = 1_000_000


class MadeRun:
    """A pool with two workers; ``submit`` and its like add what happens, ``store`` takes it in."""

    def __init__(self) -> None:
        self.trace = Trace()
        self.store = Store(ORIGIN)
        self.main = self.trace.thread("MainThread", role=Role.MAIN)
        self.pool = self.trace.id()
        pinned = self.trace.pinned()
        pinned.emit(0, Kind.POOL_CREATED, self.pool, 2, "io", PoolKind.THREAD)
        self.workers: list[tuple[int, Stream]] = []
        for number in (0, 1):
            worker = self.trace.id()
            stream = self.trace.thread(f"io_{number}", role=Role.WORKER)
            pinned.emit(0, Kind.WORKER_STARTED, worker, self.pool, f"io_{number}")
            pinned.emit(0, Kind.WORKER_READY, worker, stream.thread)
            self.workers.append((worker, stream))
        self._given = [0] * 3

    def submit(self, at: int, label: str = "sleep(1)") -> int:
        task = self.trace.id()
        self.main.emit(at * MS, Kind.SUBMITTED, task, self.pool, label)
        return task

    def start(self, task: int, at: int, worker: int = 0) -> None:
        key, stream = self.workers[worker]
        stream.emit(at * MS, Kind.STARTED, task, key)

    def finish(
        self, task: int, at: int, worker: int = 0, result: str = "None", *, failed: bool = False
    ) -> None:
        key, stream = self.workers[worker]
        outcome = Outcome.EXCEPTION if failed else Outcome.RESULT
        stream.emit(at * MS, Kind.FINISHED, task, key, result, outcome)

    def cancel(self, task: int, at: int) -> None:
        self.main.emit(at * MS, Kind.CANCELLED, task)

    def command(self, number: int, at: int, text: str, answer: str = "", failed: int = 0) -> None:
        """A command that began; ended as well when it has an answer."""
        self.main.emit(at * MS, Kind.COMMAND_BEGAN, number, 0, text)
        if answer:
            self.answer(number, at, answer, failed)

    def answer(self, number: int, at: int, answer: str, failed: int = 0) -> None:
        self.main.emit(at * MS, Kind.COMMAND_ENDED, number, 0, answer, failed)

    def shut_down(self, at: int) -> None:
        self.trace.pinned().emit(at * MS, Kind.POOL_SHUTDOWN, self.pool, d=1)

    def take(self) -> Store:
        """Give the store what is new."""
        streams = self.trace.streams
        self._given += [0] * (len(streams) - len(self._given))
        batches = [
            stream.batch(given)
            for stream, given in zip(streams, self._given, strict=True)
            if len(stream.rows) > given
        ]
        self._given = [len(stream.rows) for stream in streams]
        self.store.extend(batches)
        return self.store


def every_state() -> MadeRun:
    """Six tasks: pending, running, finished, an exception, cancelled, finished late.

    In the order of their rows: ``#1 fib(31)`` finished in 20 ms, ``#2 fetch('b')`` raised,
    ``#3 fetch('a')`` running since 40 ms, ``#4 sleep(9)`` cancelled, ``#5 fib(2)`` pending,
    ``#6 sleep(1)`` finished after 5 ms.
    """
    run = MadeRun()
    tasks = [
        run.submit(at, label)
        for at, label in enumerate(
            ("fib(31)", "fetch('b')", "fetch('a')", "sleep(9)", "fib(2)", "sleep(1)")
        )
    ]
    run.start(tasks[0], 10)
    run.finish(tasks[0], 30, result="1346269")
    run.start(tasks[1], 12, worker=1)
    run.finish(tasks[1], 20, worker=1, result="ValueError: no host b", failed=True)
    run.start(tasks[5], 31)
    run.finish(tasks[5], 36, result="'slept'")
    run.start(tasks[2], 40)
    run.cancel(tasks[3], 50)
    run.main.emit(100 * MS, Kind.CANCEL_REFUSED, tasks[2])
    run.take()
    return run
