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
