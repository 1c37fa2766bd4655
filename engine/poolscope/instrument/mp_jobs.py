"""What ``multiprocessing.Pool`` was asked for in one call, its *job*: the tasks, and who of them is
not done.

A result object knows its job's number and nothing of its tasks, which another thread makes and a
third sees done. All steps here are single operations on a dictionary: none takes a lock.
"""

from __future__ import annotations

from typing import Any, Final

from poolscope.trace import ident

__all__ = ["Job", "forget", "job_of", "known"]

_NAMED: Final = 8  # of the tasks that a wait is for any of: naming each costs the wait 2 µs


class Job:
    """The tasks of one call.

    Attributes:
        numbers: of the tasks that are not done, by index; of the next one too, if it is waited for.
        made: how many tasks there have been.
        last: the number of the last one that was done.
        from_process: whether their results come from another process.
    """

    __slots__ = ("_first", "from_process", "last", "made", "numbers")

    def __init__(self) -> None:
        self.from_process = False
        self.numbers: dict[int, int] = {}
        self.made = 0
        self.last = 0
        self._first = 0  # all before it are done

    def make(self, index: int) -> int:
        """The number of the task ``index``, which is handed out next."""
        number = self.numbers.setdefault(index, ident.next_id())
        self.made = index + 1
        return number

    def done(self, index: int) -> int:
        """The task ``index`` is done; its number, 0 if it has none."""
        number = self.numbers.pop(index, 0)
        if number:
            self.last = number
        return number

    def expect(self, index: int) -> int:
        """The number of the task ``index``, also before it is made; 0 if it is done."""
        if index < self.made:
            return self.numbers.get(index, 0)
        new = ident.next_id()
        number = self.numbers.setdefault(index, new)
        if number == new and index < self.made:  # made and done in between
            self.numbers.pop(index, None)
            return 0
        return number

    def some(self, results: int) -> list[int]:
        """The numbers of the oldest tasks that are not done, when ``results`` have arrived: of
        the next one if all are. None if one has just been done, and its result is about to come.
        """
        while self._first < self.made and self._first not in self.numbers:
            self._first += 1
        places = range(self._first, min(self.made, self._first + _NAMED))
        found = [number for place in places if (number := self.numbers.get(place, 0))]
        if not found and self.made == results:
            found = [number for number in (self.expect(results),) if number]
        return found


_jobs: Final[dict[int, Job]] = {}
"""By a pool's number for it, which a result object has as ``_job``."""


def job_of(number: int) -> Job:
    """The job that a pool calls so; a new one if it is not known."""
    return _jobs.get(number) or _jobs.setdefault(number, Job())


def known(result: Any) -> Job | None:
    """The job of a result object, if one is known."""
    return _jobs.get(result._job)


def forget(result: Any) -> None:
    """Nothing more comes of this job."""
    _jobs.pop(result._job, None)
