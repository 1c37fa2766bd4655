"""Records that hold a number where others have a text, written out in full.

What comes out is as if the writer had told each text: nobody behind the reader knows that there
are two ways to say it. See ``call.py`` for the writer.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from poolscope.trace import schema

Records = npt.NDArray[np.void]

_CALL_TOLD: Final = int(schema.Kind.CALL_TOLD)
_SUBMITTED_WITH: Final = int(schema.Kind.SUBMITTED_WITH)
_GAVE_NUMBER: Final = int(schema.Kind.GAVE_NUMBER)
KINDS: Final = frozenset({_CALL_TOLD, _SUBMITTED_WITH, _GAVE_NUMBER})
_CONCERNS: Final = np.zeros(1 << 16, dtype=np.bool_)
_CONCERNS[list(KINDS)] = True
_FIRST: Final = schema.MOST_TEXTS  # the texts of a stream have numbers below it, ours from it on
_LAST: Final = (1 << 32) - 1


class AtLength:
    """Writes out one stream, slice by slice; remembers the calls that its chunk tells of."""

    def __init__(self) -> None:
        self._calls: dict[int, tuple[int, str]] = {}  # by the number of its text: pool, label
        self._latest: tuple[int, str] = (0, "")  # a text whose record may be in the next slice
        self._next = _FIRST

    def new_chunk(self) -> None:
        """A call is told anew in each chunk."""
        self._calls.clear()

    def written_out(self, records: Records, texts: dict[int, str]) -> Records:
        """The records in full; their texts are put to ``texts``.

        There are fewer than there were where one is of a call that was not told: those before it.
        """
        latest = self._latest
        if texts:
            self._latest = next(reversed(texts.items()))
        if not _CONCERNS[records["kind"]].any():
            return records
        records = records.copy()
        for at in np.flatnonzero(records["kind"] == _CALL_TOLD).tolist():
            number = int(records["c"][at])
            head = texts.get(number, latest[1] if number == latest[0] else "")
            self._calls[number] = int(records["a"][at]), head
        records = self._submitted(records, texts)
        self._gave(records, texts)
        return records

    def _submitted(self, records: Records, texts: dict[int, str]) -> Records:
        rows = np.flatnonzero(records["kind"] == _SUBMITTED_WITH)
        pools: list[int] = []
        labels: list[str] = []
        told = zip(records["c"][rows].tolist(), records["b"][rows].tolist(), strict=True)
        for number, value in told:
            if number not in self._calls:
                records = records[: rows[len(labels)]]
                rows = rows[: len(labels)]
                break
            pool, head = self._calls[number]
            pools.append(pool)
            labels.append(f"{head}{value})")
        records["c"][rows] = self._named(labels, texts)
        records["b"][rows] = pools
        records["kind"][rows] = schema.Kind.SUBMITTED
        return records

    def _gave(self, records: Records, texts: dict[int, str]) -> None:
        rows = np.flatnonzero(records["kind"] == _GAVE_NUMBER)
        values, which = np.unique(records["c"][rows], return_inverse=True)
        records["c"][rows] = self._named(list(map(str, values.tolist())), texts)[which]
        records["d"][rows] = schema.Outcome.RESULT
        records["kind"][rows] = schema.Kind.FINISHED

    def _named(self, made: list[str], texts: dict[int, str]) -> npt.NDArray[np.int64]:
        """Put texts to the others; the numbers that they get."""
        first = self._next
        if first + len(made) > _LAST:  # of the oldest nobody has the numbers any more
            first = _FIRST
        self._next = first + len(made)
        numbers = range(first, self._next)
        texts.update(zip(numbers, made, strict=True))
        return np.arange(first, self._next)
