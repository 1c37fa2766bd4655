"""All texts of a trace: their bytes one after the other, so that millions of them cost what they
are long. A text that comes again soon has the number that it had; one that comes again after very
many others gets another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from poolscope.analysis.column import Array, Column, Ints
from poolscope.analysis.idmap import IdMap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from poolscope.trace.reader import Batch

_REMEMBERED: Final = 1 << 15  # new texts, and as many before them
_STREAM_SHIFT: Final = 32
_ENCODING: Final = ("utf-8", "surrogatepass")


class Raw(NamedTuple):
    """Text ``n`` is ``octets[ends[n - 1] : ends[n]]``, in UTF-8. Stays as it is."""

    ends: Ints
    octets: Array

    def text(self, number: int) -> str:
        """One text; number 0 is the empty one."""
        return _text(self.ends, self.octets, number)


def _text(ends: Ints, octets: Array, number: int) -> str:
    if not number:
        return ""
    begin, end = ends[number - 1 : number + 1].tolist()
    return str(octets[begin:end].tobytes(), *_ENCODING)


class Texts:
    """Text number 0 is the empty one."""

    def __init__(self) -> None:
        self._bytes = Column(np.uint8, 0, 1 << 12)
        self._ends = Column(np.int64, 0, 256)  # where text ``n`` ends and the next one begins
        self._ends.writable(1)
        self._count = 1
        self._size = 0
        self._recent: dict[str, int] = {"": 0}
        self._before: dict[str, int] = {}
        self._local = IdMap()

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: int) -> str:
        if not 0 < number < self._count:
            if number == 0:
                return ""
            raise IndexError(f"there are {self._count} texts, none of number {number}")
        return _text(self._ends.view(self._count), self._bytes.view(self._size), number)

    @property
    def raw(self) -> Raw:
        """All texts there are now, to be looked at together."""
        return Raw(self._ends.view(self._count), self._bytes.view(self._size))

    def define(self, batches: Sequence[Batch]) -> bool:
        """Learn what the numbers of streams stand for; True when there was anything to learn."""
        keys: list[int] = []
        mine: list[int] = []
        fresh: list[bytes] = []
        for batch in batches:
            if not batch.texts:
                continue
            base = batch.stream.index << _STREAM_SHIFT
            keys += [base | local for local in batch.texts]
            mine += [self._number(text, fresh) for text in batch.texts.values()]
        self._append(fresh)
        self._local.put_many(np.array(keys, np.int64), np.array(mine, np.int32))
        return bool(keys)

    def _number(self, text: str, fresh: list[bytes]) -> int:
        """The number of a text; one that is not known, or was forgotten, is among the fresh."""
        number = self._recent.get(text)
        if number is None:
            number = self._before.get(text)
            if number is None:
                number = self._count + len(fresh)
                fresh.append(text.encode(*_ENCODING))
            if len(self._recent) >= _REMEMBERED:
                self._recent, self._before = {"": 0}, self._recent
            self._recent[text] = number
        return number

    def _append(self, fresh: list[bytes]) -> None:
        if not fresh:
            return
        joined = np.frombuffer(b"".join(fresh), np.uint8)
        ends = self._size + np.cumsum(np.fromiter(map(len, fresh), np.int64, len(fresh)))
        count, size = self._count + len(fresh), self._size + len(joined)
        if len(joined):
            self._bytes.room(self._size, size)[self._size : size] = joined
        self._ends.room(self._count, count)[self._count : count] = ends
        self._count, self._size = count, size

    def resolve(self, streams: Ints, numbers: Ints) -> Ints:
        """The store's texts for the streams' numbers; 0 for one never defined."""
        return np.maximum(self._local.find(streams << _STREAM_SHIFT | numbers), 0)
