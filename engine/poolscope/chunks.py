"""``map`` with a ``chunksize``: several calls of one function as one task, and back again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, TypeVar

T = TypeVar("T")


class Chunk:
    """Calls a function once for each of the arguments it is given."""

    def __init__(self, fn: Callable[..., Any]) -> None:
        self.fn = fn
        # What the task is called in a trace.
        self.__qualname__ = getattr(fn, "__qualname__", type(fn).__name__)

    def __call__(self, calls: list[tuple[Any, ...]]) -> list[Any]:
        return [self.fn(*args) for args in calls]

    def __reduce__(self) -> tuple[Any, ...]:
        return Chunk, (self.fn,)


def chunked(calls: Iterator[tuple[Any, ...]], size: int) -> Iterator[tuple[Any, ...]]:
    """The argument (one: a list) of each task that ``calls`` become."""
    while chunk := list(islice(calls, size)):
        yield (chunk,)


def flattened(lists: Iterator[list[T]]) -> Iterator[T]:
    """The results of all tasks in a row."""
    for results in lists:
        results.reverse()
        # Popped: nothing here may refer to a result that was handed out.
        while results:
            yield results.pop()
