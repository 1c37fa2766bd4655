"""Runs in which two threads wait for each other's locks, made by hand, for tests of the alarm."""

from __future__ import annotations

from poolscope.trace.schema import ACQUIRED_AFTER_WAIT, WANTED_WITH_TIMEOUT, GaveUp, Kind, LockKind
from tests.gui.made_traces import MS, MadeRun


class Ring(MadeRun):
    """Two workers, each with one lock of two; ``close`` has each want the other's."""

    def __init__(self) -> None:
        super().__init__()
        pinned = self.trace.pinned()
        self.locks = [self.trace.id(), self.trace.id()]
        for lock, name in zip(self.locks, ("A", "B"), strict=True):
            pinned.emit(0, Kind.LOCK_CREATED, lock, 0, name, LockKind.LOCK)
        self.tasks = [self.submit(0, "first()"), self.submit(0, "second()")]
        for number, (_, stream) in enumerate(self.workers):
            self.start(self.tasks[number], 1, number)
            stream.emit(2 * MS, Kind.LOCK_ACQUIRED, self.locks[number], 0, f"src/x.py:{number + 1}")
        self.take()

    def close(self, at: int = 5, *, timed: bool = False) -> None:
        """Each wants the other's lock; ``timed``: the second has a time-out."""
        for number, (_, stream) in enumerate(self.workers):
            owner = self.workers[1 - number][1].thread
            how = WANTED_WITH_TIMEOUT if timed and number else 0
            where = f"src/x.py:{number + 11}"
            lock = self.locks[1 - number]
            stream.emit((at + number) * MS, Kind.LOCK_WANTED, lock, owner, where, how)

    def give_up(self, at: int) -> None:
        """The second's time is up: it lets go, and the first goes on."""
        first, second = (stream for _, stream in self.workers)
        second.emit(at * MS, Kind.LOCK_GAVE_UP, self.locks[0], d=GaveUp.TIMEOUT)
        second.emit(at * MS + 1, Kind.LOCK_RELEASED, self.locks[1])
        first.emit(at * MS + 2, Kind.LOCK_ACQUIRED, self.locks[1], d=ACQUIRED_AFTER_WAIT)

    def somebody_waits_behind(self, at: int) -> None:
        """The main thread wants the first lock, too."""
        self.main.emit(at * MS, Kind.LOCK_WANTED, self.locks[0], self.workers[0][1].thread)

    def time_goes_by(self, at: int) -> None:
        """Something harmless happens: every stream has been read once more."""
        self.submit(at, "later()")
