"""A lane of its own for each lock: who owned it, when, one bar an owner.

The same holds that are stripes under their threads' lanes, sorted by lock instead of by thread.
A lock has one owner at a time, so its bars do not overlap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from poolscope.analysis.lane_log import Intervals, LaneLog
from poolscope_gui.model.chart import Group, Lane, Sliced
from poolscope_gui.model.quantities import plural
from poolscope_gui.model.tracks import NEVER, Track
from poolscope_gui.model.words import lock_name, thread_name

if TYPE_CHECKING:
    from poolscope.analysis.store import Store

MOST = 8  # lanes; a program with more locks has them in the table of the report


class LockLanes:
    """Follows the store's holds."""

    def __init__(self) -> None:
        self.lanes: list[Lane] = []
        self._log = LaneLog()
        self._taken = 0
        self._known: dict[int, Lane] = {}

    def update(self, store: Store) -> None:
        """Take in the holds that are new, and the ends of those that were open."""
        table = store.lock_table.holds
        final = table.releaser != NEVER
        open_ones = self._log.open_ref
        if len(open_ones):
            marks = np.zeros(len(open_ones), np.uint8)
            self._log.update(table.end[open_ones], marks, ~final[open_ones])
        new = slice(self._taken, len(table))
        self._taken = len(table)
        size = new.stop - new.start
        self._log.append(
            Intervals(
                table.lock[new],
                table.begin[new],
                table.end[new],
                np.arange(new.start, new.stop),
                np.zeros(size, np.uint8),
                ~final[new],
            )
        )
        self.lanes = [self._lane(store, lock) for lock in sorted(self._log.lanes())[:MOST]]

    def _lane(self, store: Store, lock: int) -> Lane:
        lane = self._known.get(lock)
        if lane is None:
            created = store.locks[lock].created
            key = ("lock", store.locks[lock].id)
            lane = self._known[lock] = Lane(key, "lock", "", born=max(created, 0))
            lane.holds = {lock: Sliced(Track())}
        lane.title = lock_name(store, lock)
        owner = store.locks[lock].owner
        lane.detail = f"held by {thread_name(store, owner)}" if owner != NEVER else "free"
        rows = self._log.of(lock)
        lane.holds[lock].track.update(rows.start, rows.end, rows.ref, rows.mark)
        return lane

    def tell(self, now: int) -> None:
        """How much of its life each lock was owned."""
        for lane in self.lanes:
            (held,) = lane.holds.values()
            life = max(1, now - lane.born)
            lane.share = min(1.0, held.track.busy_between(lane.born, now, now) / life)

    def group(self, first: int) -> Group:
        """Their group, when they are the lanes from number ``first`` on."""
        numbers = list(range(first, first + len(self.lanes)))
        rest = len(self._log.lanes()) - len(self.lanes)
        detail = "who owned them" + (f"  ·  {plural(rest, 'lock')} more not shown" if rest else "")
        return Group("locks", detail, -1, lanes=numbers)
