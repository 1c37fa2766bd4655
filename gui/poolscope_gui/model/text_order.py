"""The alphabetical order of very many texts, worked out on bytes, on a thread of its own.

Seven bytes of each text are one number, in which a byte more says that the text goes on; texts that
are equal so far are told apart by the next seven::

    map(1)    |map(1).|            map(12)    |map(12)|.      |
    wait()    |wait()|             map(12, 3) |map(12,| 3)    |

Sorting arrays lets go of the interpreter, so that the window goes on meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from poolscope.analysis.texts import Raw
from poolscope_gui.model.text_match import Ints, not_ascii, unseen

FEW: Final = 1 << 14  # texts, that are put in order at once: 10 ms
_NEVER: Final = -1
_BYTES: Final = 7
_BITS: Final = 9
# Of each byte what it counts as: capitals as small letters, and more than the end of a text.
_LOW: Final = np.frombuffer(bytes(range(256)).lower(), np.uint8).astype(np.uint64) + np.uint64(1)


class TextOrder:
    """Alphabetical ranks of texts, capitals or not. Remembers them."""

    def __init__(self) -> None:
        self._rank = np.full(1, _NEVER, np.int64)

    def ahead(self, column: NDArray[np.integer[Any]], texts: Raw) -> Iterator[bool]:
        """Do what is long in ``rank``, on a thread, until which it yields; it may be left off."""
        numbers = self._unknown(column)
        if len(numbers) <= FEW:
            return
        job = _Job(numbers, texts)
        job.start()
        try:
            while job.is_alive():
                yield True  # there is nothing to do here but to wait
        finally:
            job.given_up = True  # by the next seven bytes it is over
        self._learn(numbers, job.ranks)

    def rank(self, column: NDArray[np.integer[Any]], texts: Raw) -> Ints:
        """The rank of each number's text; -1 for number 0, no text. Equal texts rank equal."""
        numbers = self._unknown(column)
        if len(numbers):
            self._learn(numbers, ranks(numbers, texts))
        found: Ints = self._rank[column]
        return found

    def _unknown(self, column: NDArray[np.integer[Any]]) -> Ints:
        """All numbers whose ranks are to be worked out, rising; none, if those of all are known."""
        known = self._rank != _NEVER
        if not len(unseen(known, column)):
            return np.empty(0, np.int64)
        return unseen(np.zeros(1, bool), np.concatenate((np.flatnonzero(known), column)))

    def _learn(self, numbers: Ints, ranks: Ints | None) -> None:
        if ranks is not None:
            self._rank = np.full(int(numbers[-1]) + 1, _NEVER, np.int64)
            self._rank[numbers] = ranks


class _Job(threading.Thread):
    """Works out the ranks of texts; ``ranks`` is written by it, and read when it is over."""

    def __init__(self, numbers: Ints, texts: Raw) -> None:
        super().__init__(name="order of texts", daemon=True)
        self._numbers, self._texts = numbers, texts
        self.given_up = False
        self.ranks: Ints | None = None

    def run(self) -> None:
        self.ranks = ranks(self._numbers, self._texts, lambda: self.given_up)


def ranks(numbers: Ints, texts: Raw, given_up: Callable[[], bool] = lambda: False) -> Ints | None:
    """The ranks of texts (rising numbers) among each other, from 0 on without a gap."""
    begins, ends, octets = _folded(numbers, texts)
    places = np.arange(len(numbers))  # of those that are not yet told apart, in the order so far
    group = np.zeros(len(numbers), np.int64)  # of each: how many come before all it is equal to
    found = np.zeros(len(numbers), np.int64)
    at = 0
    while len(places):
        if given_up():
            return None
        key = _words(begins[places] + at, ends[places], octets)
        order = np.lexsort((key, group))
        places, group, key = places[order], group[order], key[order]
        other = np.append(True, group[1:] != group[:-1])
        first = np.maximum.accumulate(np.where(other, np.arange(len(places)), 0))
        other[1:] |= key[1:] != key[:-1]
        mine = np.maximum.accumulate(np.where(other, np.arange(len(places)), 0))
        group = group + mine - first
        found[places] = group
        alone = other & np.append(other[1:], True)
        goes_on = ~alone & (key & np.uint64((1 << _BITS) - 1) != 0)
        places, group = places[goes_on], group[goes_on]
        at += _BYTES
    there = np.zeros(len(numbers) + 1, bool)
    there[found] = True
    return np.asarray((np.cumsum(there) - 1)[found], np.int64)


def _words(begins: Ints, ends: Ints, octets: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """The next bytes of texts as numbers in the order of the texts."""
    out = np.zeros(len(begins), np.uint64)
    last = len(octets) - 1
    for step in range(_BYTES):
        here = begins + step
        byte = _LOW[octets[np.minimum(here, last)]] if last >= 0 else np.zeros(1, np.uint64)
        out = out << np.uint64(_BITS) | np.where(here < ends, byte, np.uint64(0))
    return out


def _folded(numbers: Ints, texts: Raw) -> tuple[Ints, Ints, NDArray[np.uint8]]:
    """Where texts begin and end in bytes that are compared with no regard to capitals."""
    begins, ends, octets = texts.ends[numbers - 1], texts.ends[numbers], texts.octets
    others = not_ascii(octets, begins, ends)
    if not len(others):
        return begins, ends, octets
    folded = [
        texts.text(number).casefold().encode("utf-8", "surrogatepass")
        for number in numbers[others].tolist()
    ]
    over = len(octets) + np.cumsum([len(each) for each in folded])
    ends[others] = over
    begins[others] = over - [len(each) for each in folded]
    return begins, ends, np.concatenate((octets, np.frombuffer(b"".join(folded), np.uint8)))
