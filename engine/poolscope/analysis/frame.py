"""One intake: the records of many batches, cleaned, joined and sorted by kind.

The cost of an intake is a fixed number of numpy calls plus a little for each record; nothing
is done record by record but for kinds that are rare.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

import numpy as np

from poolscope.analysis.column import Array, Bools, Ints, runs
from poolscope.trace.ident import COUNTER_BITS
from poolscope.trace.schema import EVENTS, Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from poolscope.analysis.texts import Texts
    from poolscope.trace.reader import Batch

_LATEST: Final = 1 << 62  # a time beyond is garbage; kept inside what arithmetic can carry
_KINDS: Final = 256

# Kinds whose meaning lies in their order on one stream are kept together under one key.
_TOGETHER: Final[dict[int, int]] = {
    **dict.fromkeys((Kind.CALLBACK_BEGAN, Kind.CALLBACK_ENDED), Kind.CALLBACK_BEGAN),
    **dict.fromkeys(range(Kind.WAIT_BEGAN, Kind.RESULT_WANTED + 1), Kind.WAIT_BEGAN),
    **dict.fromkeys(range(Kind.LOCK_WANTED, Kind.LOCK_GAVE_UP + 1), Kind.LOCK_WANTED),
    **dict.fromkeys(range(Kind.SIGNAL_WANTED, Kind.SIGNAL_SENT + 1), Kind.SIGNAL_WANTED),
    **dict.fromkeys((Kind.SHARED_READ, Kind.SHARED_WRITTEN), Kind.SHARED_READ),
    **dict.fromkeys((Kind.SPAN_BEGAN, Kind.SPAN_ENDED), Kind.SPAN_BEGAN),
}


def _key_table() -> Array:
    table = np.zeros(_KINDS, np.uint8)
    for kind in EVENTS:
        table[kind] = _TOGETHER.get(kind, kind)
    return table


def _text_table() -> Array:
    table = np.zeros(_KINDS, np.bool_)
    for kind, event in EVENTS.items():
        table[kind] = event.text
    return table


_KEYS: Final = _key_table()
_HAS_TEXT: Final = _text_table()


@dataclass(slots=True)
class Part:
    """Records of one kind, or of kinds that belong together, in the order of each stream.

    ``t`` is ns since the origin; ``c`` is a text of the store where the kind has a text.
    """

    key: int
    kind: Ints
    t: Ints
    a: Ints
    b: Ints
    c: Ints
    d: Ints
    thread: Ints
    pid: Ints

    def __len__(self) -> int:
        return len(self.t)

    @property
    def elsewhere(self) -> Bools:
        """Whether what ``a`` is the id of was made by another process than that which records. An
        id begins with the pid of who gave it; not those that tests and damage make up."""
        owner = self.a >> COUNTER_BITS
        return np.asarray((owner != self.pid) & (owner != 0))

    def pick(self, which: Array | slice) -> Part:
        """Some of the records: a mask, indices or a slice."""
        return Part(
            self.key,
            self.kind[which],
            self.t[which],
            self.a[which],
            self.b[which],
            self.c[which],
            self.d[which],
            self.thread[which],
            self.pid[which],
        )


class Frame:
    """The joined records of some batches."""

    def __init__(
        self,
        batches: Sequence[Batch],
        origin_ns: int,
        texts: Texts,
        thread_of_stream: Ints,
        pid_of_stream: Ints,
    ) -> None:
        lengths = [len(batch.records) for batch in batches]
        words = _words(batches)
        streams = np.repeat(np.array([batch.stream.index for batch in batches]), lengths)
        kinds = words[:, 3] >> 48 & 0xFFFF
        keys = _KEYS[np.minimum(kinds, _KINDS - 1)]
        order = np.argsort(keys, kind="stable")
        words = words[order]
        self.keys = keys[order]
        streams = streams[order]
        kinds = kinds[order]
        numbers = words[:, 3] & 0xFFFF_FFFF
        named = np.flatnonzero(_HAS_TEXT[np.minimum(kinds, _KINDS - 1)] & (numbers > 0))
        numbers[named] = texts.resolve(streams[named], numbers[named])
        self._all = Part(
            0,
            kinds,
            np.minimum(np.maximum(words[:, 0] - origin_ns, 0), _LATEST),
            words[:, 1],
            words[:, 2],
            numbers,
            words[:, 3] >> 32 & 0xFFFF,
            thread_of_stream[streams],
            pid_of_stream[streams],
        )

    @property
    def newest(self) -> int:
        """The latest time in it, ns since the origin."""
        return int(self._all.t.max())

    def parts(self) -> Iterator[Part]:
        """The records by kind, in the order of the schema; unknown kinds are left out."""
        for key, first, last in runs(self.keys):
            if key:
                part = self._all.pick(slice(first, last))
                part.key = key
                yield part


def _words(batches: Sequence[Batch]) -> Ints:
    """All records as rows of four 64-bit numbers: t, a, b and (c, d, kind)."""
    records = [np.ascontiguousarray(batch.records) for batch in batches]
    joined = b"".join(cast("list[bytes]", records))  # as quick as it gets for many short ones
    return np.frombuffer(joined, np.int64).reshape(-1, 4)
