"""A figure: what is promised, and how it is measured."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Figure:
    """One promise in numbers.

    ``measure`` returns the value in ``unit``; a RuntimeError or OSError from it is a measurement
    that could not be made, which is neither met nor missed.
    """

    name: str
    what: str
    unit: str
    sense: Literal["<=", ">="]
    target: float
    measure: Callable[[], float]

    def met_by(self, value: float) -> bool:
        return value <= self.target if self.sense == "<=" else value >= self.target


def seconds(work: Callable[[], object]) -> float:
    """How long ``work`` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def clock_ns() -> float:
    """What reading the clock takes now: says how quick the machine is while something is measured.

    Most of what we promise is clocks, calls and memory, so it scales about as this does.
    """
    read = time.perf_counter_ns
    turns = range(1_000)
    least = min(_loop(read, turns) - _loop(None, turns) for _ in range(5))
    return max(least, 0) / len(turns)


def _loop(read: Callable[[], int] | None, turns: range) -> int:
    began = time.perf_counter_ns()
    if read is None:
        for _ in turns:
            pass
    else:
        for _ in turns:
            read()
    return time.perf_counter_ns() - began


def ratio(
    numerator: Callable[[], float], denominator: Callable[[], float], rounds: int = 5
) -> float:
    """The median of ``numerator() / denominator()``, taken in turn and in both orders.

    Each round is a ratio within one moment of the machine: noise that lasts longer than a round
    cancels out, and so does whatever the first of the two leaves behind for the second.
    """
    numerator()  # warm: imports, caches, the allocator
    denominator()
    found = []
    for turn in range(rounds):
        if turn % 2:
            below = denominator()
            above = numerator()
        else:
            above = numerator()
            below = denominator()
        found.append(above / below)
    return statistics.median(found)
