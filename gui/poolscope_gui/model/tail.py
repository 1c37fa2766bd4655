"""The last spans of a lane as they nearly always are, one by one.

    |==a==| |==b==|   |===c--->      all are over and of the common kind; the last may be running

A lane that somebody looks at has one or two new spans, and to call numpy two dozen times for those
takes three times as long.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Final, NamedTuple

from poolscope.analysis.column import NEVER, Array

MOST: Final = 8  # spans for which this is quicker


class Tail(NamedTuple):
    """What there is to know of such spans."""

    sums: list[int]  # of their lengths, from the first to each; an open one counts 0
    settled: int  # how many will not change
    unsettled: bool  # the last is of the kind that may yet become another
    last: tuple[int, int, int] | None  # start, end and kind of the last settled one, if any is


def usual(columns: tuple[Array, ...], first: int, common: int, unsettled: int) -> Tail | None:
    """The spans from the ``first`` on, of which there are a few; None: they are not as usual.

    ``columns``: start, end and kind of all of them.
    """
    start, end, kind = (column[first:].tolist() for column in columns)
    spans = list(zip(start, end, kind, strict=True))
    begin, until, of = spans[-1]
    doubtful = of == unsettled
    if not (doubtful or of == common) or (until < begin and until != NEVER):
        return None
    settled = len(spans) - (doubtful or until == NEVER)
    lengths = [b - a for a, b, each in spans[:-1] if b >= a and each == common]
    if len(lengths) < len(spans) - 1:
        return None
    lengths.append(max(until - begin, 0))
    last = spans[settled - 1] if settled else None
    return Tail(list(accumulate(lengths)), settled, doubtful, last)
