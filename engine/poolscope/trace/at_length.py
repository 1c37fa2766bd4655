"""Records that hold a number or a string where others have a text, written out in full.

What comes out is as if the writer had told each text: nobody behind the reader knows that there
are two ways to say it. See ``call.py`` and ``literal.py`` for the writer.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
import numpy.typing as npt

from poolscope.trace import literal, schema

Records = npt.NDArray[np.void]

_CALL_TOLD: Final = int(schema.Kind.CALL_TOLD)
_WITH_NUMBER: Final = int(schema.Kind.SUBMITTED_WITH)
_WITH_STRING: Final = int(schema.Kind.SUBMITTED_WITH_STRING)
_GAVE_NUMBER: Final = int(schema.Kind.GAVE_NUMBER)
_GAVE_STRING: Final = int(schema.Kind.GAVE_STRING)
KINDS: Final = frozenset({_CALL_TOLD, _WITH_NUMBER, _WITH_STRING, _GAVE_NUMBER, _GAVE_STRING})
_FIRST: Final = schema.MOST_TEXTS  # the texts of a stream have numbers below it, ours from it on
_LAST: Final = (1 << 32) - 1
# What a handler told lies behind what it interrupted, and has a later number or an earlier one.
_KEPT: Final = 2 * schema.STRING_AGAIN


def _among(kinds: Iterable[int]) -> npt.NDArray[np.bool_]:
    chosen = np.zeros(1 << 16, dtype=np.bool_)
    chosen[list(kinds)] = True
    return chosen


_CONCERNS: Final = _among(KINDS)
_OF_A_STRING: Final = _among({_WITH_STRING, _GAVE_STRING})


class AtLength:
    """Writes out one stream, slice by slice; remembers what its chunk tells of."""

    def __init__(self) -> None:
        self._calls: dict[int, tuple[int, str]] = {}  # by the number of its text: pool, label
        self._strings: dict[int, str] = {}  # told lately, by number
        self._latest: tuple[int, str] = (0, "")  # a text whose record may be in the next slice
        self._next = _FIRST

    def new_chunk(self) -> None:
        """A call, and a string, is told anew in each chunk."""
        self._calls.clear()
        self._strings.clear()
        self._latest = (0, "")

    def written_out(self, records: Records, texts: dict[int, str]) -> Records:
        """The records in full; their texts are put to ``texts``, and the strings taken out.

        There are fewer than there were where one is of a call, or of a string, that was not told:
        those before it.
        """
        before = self._latest
        if texts:
            self._latest = next(reversed(texts.items()))
        kinds = records["kind"]
        if not _CONCERNS[kinds].any():
            return records
        records = records.copy()
        for at in np.flatnonzero(kinds == _CALL_TOLD).tolist():
            number = int(records["c"][at])
            head = texts.get(number, before[1] if number == before[0] else "")
            self._calls[number] = int(records["a"][at]), head
        told = min(self._calls_are_told(records), self._take_strings(records, texts, before))
        records = records[:told]
        self._with_numbers(records, texts)
        self._with_strings(records, texts)
        self._gave(records, texts)
        while len(self._strings) > _KEPT:
            del self._strings[next(iter(self._strings))]
        return records

    def _calls_are_told(self, records: Records) -> int:
        """How many records there are before one of a call that was not told."""
        for kind, where in ((_WITH_NUMBER, "c"), (_WITH_STRING, "b")):
            rows = np.flatnonzero(records["kind"] == kind)
            calls = records[where][rows].tolist()
            if not self._calls.keys() >= set(calls):
                unknown = next(at for at, call in enumerate(calls) if call not in self._calls)
                records = records[: rows[unknown]]
        return len(records)

    def _take_strings(
        self, records: Records, texts: dict[int, str], before: tuple[int, str]
    ) -> int:
        """Take the strings out of the texts; how many records there are before one without."""
        rows = np.flatnonzero(_OF_A_STRING[records["kind"]])
        strings = self._strings
        for row, number in zip(rows.tolist(), records["c"][rows].tolist(), strict=True):
            string = texts.pop(number, None)
            if string is not None:
                strings[number] = string
            elif number == before[0]:
                strings[number] = before[1]
            elif number not in strings:
                return int(row)
        return len(records)

    def _with_numbers(self, records: Records, texts: dict[int, str]) -> None:
        rows = np.flatnonzero(records["kind"] == _WITH_NUMBER)
        calls = [self._calls[number] for number in records["c"][rows].tolist()]
        values = records["b"][rows].tolist()
        labels = [f"{head}{value})" for (_, head), value in zip(calls, values, strict=True)]
        records["c"][rows] = self._named(labels, texts)
        records["b"][rows] = [pool for pool, _ in calls]
        records["kind"][rows] = schema.Kind.SUBMITTED

    def _with_strings(self, records: Records, texts: dict[int, str]) -> None:
        rows = np.flatnonzero(records["kind"] == _WITH_STRING)
        said = list(zip(records["b"][rows].tolist(), records["c"][rows].tolist(), strict=True))
        once = dict.fromkeys(said)
        made = [literal.label(self._calls[call][1], self._strings[text]) for call, text in once]
        named = dict(zip(once, self._named(made, texts).tolist(), strict=True))
        records["c"][rows] = [named[each] for each in said]
        records["b"][rows] = [self._calls[call][0] for call, _ in said]
        records["kind"][rows] = schema.Kind.SUBMITTED

    def _gave(self, records: Records, texts: dict[int, str]) -> None:
        for kind in (_GAVE_NUMBER, _GAVE_STRING):
            rows = np.flatnonzero(records["kind"] == kind)
            values, which = np.unique(records["c"][rows], return_inverse=True)
            if kind == _GAVE_NUMBER:
                made = list(map(str, values.tolist()))
            else:
                made = [literal.shown(self._strings[number]) for number in values.tolist()]
            records["c"][rows] = self._named(made, texts)[which]
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
