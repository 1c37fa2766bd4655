"""Which of very many texts contain some characters, looked through as bytes, in bits of a few ms.

Most texts are ASCII: in lower case they are looked through together, as one long array. The others
are looked at one by one, as Python compares without regard to case.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from poolscope.analysis.texts import Raw

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Octets = NDArray[np.uint8]
AT_ONCE: Final = 1 << 18  # bytes looked through together: 2 ms
ASCII: Final = 128
_LEAST: Final = 0.25  # of what lies between some texts, they themselves: else it is passed over
_SEVERAL: Final = 1 << 12  # texts, that their ends are looked up together


class TextMatch:
    """Which texts contain a needle (already casefolded). Remembers what it has looked at."""

    def __init__(self, needle: str) -> None:
        self._needle = needle
        self._octets = np.frombuffer(needle.encode("utf-8", "surrogatepass"), np.uint8)
        self._seen = np.zeros(1, bool)
        self._hit = np.zeros(1, bool)

    def ahead(self, column: NDArray[np.integer[Any]], texts: Raw) -> Iterator[bool]:
        """Look through what is new in a column of text numbers, in bits of a few ms; it may be
        left off."""
        new = unseen(self._seen, column)
        if not len(new):
            return
        self._seen, self._hit = (with_room(each, int(new[-1])) for each in (self._seen, self._hit))
        for some in _cuts(new, texts):
            self._hit[some] = self._found(some, texts)
            self._seen[some] = True
            yield False  # it goes on at once

    def of(self, column: NDArray[np.integer[Any]], texts: Raw) -> Bools:
        """For each number of ``column`` whether its text contains the needle."""
        for _ in self.ahead(column, texts):
            pass
        if not len(column):
            return np.zeros(0, bool)
        self._hit = with_room(self._hit, int(column.max()))
        hits: Bools = self._hit[column]
        return hits

    def _found(self, numbers: Ints, texts: Raw) -> Bools:
        begins, ends, octets = gathered(numbers, texts)
        found = self._in_ascii(octets, begins, ends)
        for place in not_ascii(octets, begins, ends).tolist():
            found[place] = self._needle in texts.text(int(numbers[place])).casefold()
        return found

    def _in_ascii(self, octets: Octets, begins: Ints, ends: Ints) -> Bools:
        """Whether each stretch of the bytes contains the needle's, whatever their case."""
        found = np.zeros(len(begins), bool)
        needle, last = self._octets, len(octets) - len(self._octets) + 1
        if last <= 0 or not len(needle) or (needle >= ASCII).any():
            return found
        low = np.frombuffer(octets.tobytes().lower(), np.uint8)
        places = np.flatnonzero(low[:last] == needle[0])
        for step in range(1, len(needle)):
            places = places[low[places + step] == needle[step]]
        # All of it in one text, and in one that is asked for.
        text = np.searchsorted(ends, places, "right")
        inside = text < len(ends)
        places, text = places[inside], text[inside]
        inside = (places >= begins[text]) & (places + len(needle) <= ends[text])
        found[text[inside]] = True
        return found


def unseen(seen: Bools, column: NDArray[np.integer[Any]]) -> Ints:
    """The numbers in ``column`` that are not among the seen, rising; never 0."""
    if not len(column):
        return np.empty(0, np.int64)
    used = np.zeros(max(int(column.max()) + 1, len(seen)), bool)
    used[column] = True
    used[0] = False
    used[: len(seen)] &= ~seen
    return np.flatnonzero(used)


def with_room(marks: Bools, number: int) -> Bools:
    """The marks, with one for ``number`` as well."""
    if number < len(marks):
        return marks
    grown = np.zeros(max(number + 1, 2 * len(marks)), bool)
    grown[: len(marks)] = marks
    return grown


def _cuts(numbers: Ints, texts: Raw) -> Iterator[Ints]:
    """The numbers, some at a time, that their texts are ``AT_ONCE`` bytes long, or one text."""
    for first in range(0, len(numbers), _SEVERAL):
        some = numbers[first : first + _SEVERAL]
        sizes = np.cumsum(texts.ends[some] - texts.ends[some - 1])
        yield from np.split(some, np.flatnonzero(np.diff(sizes // AT_ONCE)) + 1)


def gathered(numbers: Ints, texts: Raw) -> tuple[Ints, Ints, Octets]:
    """Where texts (rising numbers) begin and end in some bytes, and these bytes."""
    begins, ends = texts.ends[numbers - 1], texts.ends[numbers]
    lengths = ends - begins
    first, last = int(begins[0]), int(ends[-1])
    if lengths.sum() >= _LEAST * (last - first):
        return begins - first, ends - first, texts.octets[first:last]
    over = np.cumsum(lengths)
    places = np.repeat(begins - (over - lengths), lengths) + np.arange(int(over[-1]))
    return over - lengths, over, texts.octets[places]


def not_ascii(octets: Octets, begins: Ints, ends: Ints) -> Ints:
    """The places of the stretches that have a byte of another letter."""
    high = np.flatnonzero(octets >= ASCII)
    if not len(high):
        return np.empty(0, np.int64)
    many = np.searchsorted(high, ends) > np.searchsorted(high, begins)
    return np.flatnonzero(many)
