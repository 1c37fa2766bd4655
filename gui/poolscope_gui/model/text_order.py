"""Sorting and searching a column of text numbers without touching every text each time.

A column holds the numbers of texts in the store's table, which only grows. Both classes remember
what they have seen, so that a refresh costs by what is new.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

TextOf = Callable[[int], str]
_NEVER = -1


class TextOrder:
    """Alphabetical ranks of texts.

    The sorted list is kept; new texts are sorted into it with Python's sort, which is nearly
    linear on a list that is sorted but for its end.
    """

    def __init__(self) -> None:
        self._order: list[int] = []
        self._keys: dict[int, str] = {}
        self._seen = np.zeros(1, bool)
        self._rank = np.full(1, _NEVER, np.int64)

    def rank(self, column: NDArray[np.integer[Any]], text: TextOf) -> NDArray[np.int64]:
        """The rank of each number's text; -1 for number 0, no text. Equal texts rank equal."""
        new = _unseen(self, column)
        if len(new):
            for number in new.tolist():
                self._keys[number] = text(number).casefold()
            self._order.extend(new.tolist())
            self._order.sort(key=self._keys.__getitem__)
            self._rank = np.full(len(self._seen), _NEVER, np.int64)
            self._rank[self._order] = self._equal_ranks()
        ranks: NDArray[np.int64] = self._rank[column]
        return ranks

    def _equal_ranks(self) -> NDArray[np.int64]:
        """0, 1, 1, 2: the same text may have several numbers, one for each stream it came in."""
        keys = [self._keys[number] for number in self._order]
        steps = np.fromiter(
            (left != right for left, right in pairwise(keys)),
            np.int64,
            len(keys) - 1,
        )
        return np.concatenate((np.zeros(1, np.int64), np.cumsum(steps)))


class TextMatch:
    """Which texts contain a needle (already casefolded)."""

    def __init__(self, needle: str) -> None:
        self._needle = needle
        self._seen = np.zeros(1, bool)
        self._hit = np.zeros(1, bool)

    def of(self, column: NDArray[np.integer[Any]], text: TextOf) -> NDArray[np.bool_]:
        """For each number of ``column`` whether its text contains the needle."""
        new = _unseen(self, column)
        if len(self._hit) < len(self._seen):
            self._hit = np.concatenate(
                (self._hit, np.zeros(len(self._seen) - len(self._hit), bool))
            )
        for number in new.tolist():
            self._hit[number] = self._needle in text(number).casefold()
        hits: NDArray[np.bool_] = self._hit[column]
        return hits


def _unseen(memory: TextOrder | TextMatch, column: NDArray[np.integer[Any]]) -> NDArray[np.intp]:
    """The numbers in ``column`` that are new to ``memory``, which then knows them; never 0."""
    if not len(column):
        return np.empty(0, np.intp)
    size = int(column.max()) + 1
    if size > len(memory._seen):
        grown = np.zeros(max(size, 2 * len(memory._seen)), bool)
        grown[: len(memory._seen)] = memory._seen
        memory._seen = grown
    used = np.zeros(len(memory._seen), bool)
    used[column] = True
    used[0] = False
    new = np.flatnonzero(used & ~memory._seen)
    memory._seen |= used
    return new
