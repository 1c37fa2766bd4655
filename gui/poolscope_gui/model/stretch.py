"""The stretches in which a task's thread did not go on: blocked on locks or signals, or waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np

from poolscope_gui.model.tracks import NEVER, Times, Track
from poolscope_gui.model.waited import pieces

if TYPE_CHECKING:
    from poolscope_gui.model.source import ChartSource

Part = Literal["block", "signal", "wait"]
MOST: Final = 200  # that are told one by one


class Stretch(NamedTuple):
    """One of them; ``lasted`` (ns) leaves out what it was away with futures handed out."""

    part: Part
    ref: int  # row of its table
    begin: int
    lasted: int
    open: bool


class Stretches(NamedTuple):
    """Those of one task. ``ns``: in all; what lies within another is not counted twice."""

    longest: tuple[Stretch, ...]  # at most ``MOST``, the longest first
    number: int
    ns: int


NONE: Final = Stretches((), 0, 0)


def stretches(chart: ChartSource, row: int) -> Stretches:
    """Where the thread of a task (row) was blocked or waited while it ran."""
    place = chart.place(row)
    if place is None:
        return NONE
    lane = chart.lanes[place.lane]
    tracks: list[tuple[Part, Track]] = [
        ("block", lane.blocks.track),
        ("signal", lane.signals.track),
        *(("wait", each.track) for each in lane.waits),
    ]
    found: list[Stretch] = []
    count, begins, ends = 0, [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for part, track in tracks:
        low = int(np.searchsorted(track.start, np.int64(place.begin)))
        high = int(np.searchsorted(track.start, np.int64(place.end), side="right"))
        begin, end, ref = track.start[low:high], track.end[low:high], track.ref[low:high]
        until = np.where(end == NEVER, np.int64(place.end), np.minimum(end, place.end))
        lasted = until - begin
        count += high - low
        if part == "wait":
            parts = pieces(chart.store, ref.astype(np.int64), begin, until)
            lasted = np.zeros(high - low, np.int64)
            np.add.at(lasted, parts.call, parts.end - parts.begin)
            begin, until = parts.begin, parts.end
        begins.append(begin)
        ends.append(until)
        for each in np.argsort(-lasted, kind="stable")[:MOST].tolist():
            start, still = int(track.start[low + each]), bool(end[each] == NEVER)
            found.append(Stretch(part, int(ref[each]), start, int(lasted[each]), still))
    found.sort(key=lambda one: (-one.lasted, one.begin))
    return Stretches(
        tuple(found[:MOST]), count, _covered(np.concatenate(begins), np.concatenate(ends))
    )


def _covered(begins: Times, ends: Times) -> int:
    """How many ns lie in at least one of some intervals."""
    if not len(begins):
        return 0
    order = np.argsort(begins, kind="stable")
    begins, ends = begins[order], np.maximum.accumulate(ends[order])
    before = np.concatenate((begins[:1], ends[:-1]))
    return int(np.maximum(ends - np.maximum(begins, before), 0).sum())
