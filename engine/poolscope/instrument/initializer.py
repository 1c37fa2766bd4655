"""A watched pool's initializer: who waits for it, and what is told when it raises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from poolscope.initializing import raised
from poolscope.own_frames import hide

__all__ = ["Initializer", "with_initializer"]

_PLACE: Final = 2  # after the queues of tasks and of results


class Initializer:
    """Stands in the place of a worker's initializer; ``then`` is called when that has returned."""

    __slots__ = ("_function", "_then", "_worker")

    def __init__(self, function: Any, worker: int, then: Callable[[], None] | None = None) -> None:
        self._function = function
        self._worker = worker
        self._then = then

    def __call__(self, *args: Any) -> None:
        try:
            self._function(*args)
        except BaseException as error:
            raised(self._worker, self._function, error)
            hide(error)
            raise
        if self._then is not None:
            self._then()


def with_initializer(arguments: Any, worker: int) -> Any:
    """The arguments of a worker of a process pool, or of ``multiprocessing``'s pool of threads."""
    if len(arguments) <= _PLACE or arguments[_PLACE] is None:
        return arguments
    made = Initializer(arguments[_PLACE], worker)
    return (*arguments[:_PLACE], made, *arguments[_PLACE + 1 :])
