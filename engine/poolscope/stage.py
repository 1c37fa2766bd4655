"""What commands talk about: the host's pools, its futures, its functions, its locks.

Everything is found by what a person would call it, and what is not found is refused with a
sentence that says what there is. Futures are numbered from 1 in the order they were submitted, so
that ``#7`` names one; a task's id names it as well.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from pathlib import Path
from typing import Any, Final, TypeVar

from poolscope import tasks
from poolscope.future import Future
from poolscope.naming import cut
from poolscope.refusal import RefusedError
from poolscope.typed_code import TypedCode

__all__ = ["Stage", "ids"]

T = TypeVar("T")

REMEMBERED: Final = 200_000  # futures; older ones that are done are forgotten


class Stage:
    """The cast. Safe from any thread."""

    def __init__(self, folder: Path) -> None:
        self.typed = TypedCode(folder / "code")
        self.typed_functions: dict[str, Callable[..., Any]] = {}
        self._pools: dict[int, Executor] = {}
        self._pool_names: dict[str, int] = {}
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._numbered: dict[int, Future[Any]] = {}
        self._futures: dict[int, Future[Any]] = {}
        self._first = 1

    # Pools

    def keep_pool(self, pool: Any, name: str) -> None:
        """Know ``pool`` from now on, by its id and its name."""
        with self._lock:
            self._pools[pool._id] = pool
            self._pool_names[name] = pool._id

    def free_name(self, stem: str) -> str:
        """A name for a pool that none has yet."""
        with self._lock:
            names = (stem if number == 1 else f"{stem}-{number}" for number in itertools.count(1))
            return next(name for name in names if name not in self._pool_names)

    def pool(self, called: str) -> Any:
        """The pool of that id, or of that name."""
        with self._lock:
            known = int(called) if called.isdecimal() else self._pool_names.get(called, 0)
            if known in self._pools:
                return self._pools[known]
            names = ", ".join(self._pool_names) or "none yet: create one"
        raise RefusedError(f"There is no pool {called!r}; there are: {names}.", "pool")

    # Futures

    def keep(self, future: Future[T]) -> Future[T]:
        """Know ``future`` from now on, by its id and the next number."""
        with self._lock:
            self._numbered[next(self._numbers)] = future
            self._futures[future._id] = future
            # A few at a time, from the oldest on: one that is not done is never forgotten.
            while len(self._numbered) > REMEMBERED and self._numbered[self._first].done():
                gone = self._numbered.pop(self._first)
                del self._futures[gone._id]
                self._first += 1
        return future

    def future(self, number: int, shown: int | None = None) -> Future[Any]:
        """The future of that number or that id, which the person knows as ``shown``."""
        with self._lock:
            future = self._numbered.get(number) or self._futures.get(number)
            newest = self._first + len(self._numbered) - 1
        if future is None:
            there = f"#{self._first} to #{newest}" if newest >= self._first else "none yet"
            known_as = number if shown is None else shown
            raise RefusedError(f"There is no task #{known_as}; there are: {there}.", "tasks")
        return future

    def chosen(self, tasks: object) -> list[Future[Any]]:
        """The futures that a command's ``tasks`` names: a list of ids, or "all"."""
        if tasks == "all":
            with self._lock:
                return list(self._numbered.values())
        if not isinstance(tasks, list) or not tasks:
            raise RefusedError('No task is chosen: tasks must be a list of ids, or "all".', "tasks")
        return [self.future(_number(task)) for task in tasks]

    # Functions and locks

    def functions(self) -> dict[str, Callable[..., Any]]:
        """Everything that can be submitted; what the user typed hides a task of the library."""
        return {**tasks.LIBRARY, **self.typed_functions}

    def function(self, name: str, field: str = "task") -> Callable[..., Any]:
        """The task of that name."""
        known = self.functions()
        if name not in known:
            raise RefusedError(
                f"There is no task called {cut(name, 60)!r}; there are: {', '.join(known)}.", field
            )
        return known[name]

    def lock(self, name: str, kind: str = "") -> tasks.AnyLock:
        """The host's lock of that name, made if there is none."""
        try:
            return tasks.named_lock(name, kind)
        except ValueError as error:
            raise RefusedError(str(error), "kind") from error


def _number(task: object) -> int:
    if isinstance(task, str) and task.lstrip("#").isdecimal() and len(task) < 30:
        return int(task.lstrip("#"))
    raise RefusedError(
        f'A task is named {cut(repr(task), 60)}; write its id in quotes, as in "17".', "tasks"
    )


def ids(futures: Iterable[Future[Any]]) -> list[str]:
    """The ids of ``futures`` as JSON has them: decimal strings."""
    return [str(future._id) for future in futures]
