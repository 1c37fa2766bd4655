"""Lost updates, as the chart marks them: two reads, two writes, and the variable's name.

one    R v3 ........................ W v5      went over what two had written
two           R v3 ....... W v4                this update is lost
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from poolscope_gui.model.tracks import NEVER, Times

if TYPE_CHECKING:
    from poolscope.analysis.store import Store
    from poolscope_gui.model.source import ChartSource

Act = Literal["read", "write"]
PATIENCE = 50  # a long history is gathered anew when it has grown by one part in so many


@dataclass(frozen=True)
class RacePoint:
    """One read or write. ``lost``: nothing of it is left."""

    lane: int
    time: int
    act: Act
    version: int
    lost: bool = False


@dataclass(frozen=True)
class Race:
    """One lost update: what was read and written in vain, and what was read and written over it."""

    name: str
    lost: tuple[RacePoint, ...]  # its read, if that is known, and its write
    stale: tuple[RacePoint, ...]  # the same of the write that went over it


class RaceLog:
    """Follows the updates of a store that were lost, by the time of the write that lost them.

    An update that seemed lost may turn out not to be, so they are gathered anew; in a long history
    only when it has grown by a part, and once more at the end.
    """

    def __init__(self) -> None:
        self._taken = -1
        self._ended = False
        self.times: Times = np.empty(0, np.int64)
        self._found: Times = np.empty((0, 3), np.int64)  # variable, version lost, by which

    def update(self, chart: ChartSource) -> None:
        """Gather them, if there may be others."""
        store = chart.store
        size, ended = len(store.shared.accesses), has_ended(store)
        grown = size - self._taken
        if grown <= self._taken // PATIENCE and (not ended or (self._ended and not grown)):
            return
        self._taken, self._ended = size, ended
        found = [np.empty((0, 4), np.int64)]
        for variable in range(len(store.variables)):
            lost = store.shared.lost(variable, whole=ended)
            if not lost:
                continue
            gone, by = (
                np.fromiter(each, np.int64, len(lost)) for each in (lost.keys(), lost.values())
            )
            rows = store.shared.rows_of(variable, by)
            known = rows != NEVER
            times = store.shared.accesses.time[rows[known]]
            who = np.full(len(times), variable)
            found.append(np.stack((times, who, gone[known], by[known]), axis=1))
        every = np.concatenate(found)
        every = every[np.argsort(every[:, 0], kind="stable")]
        self.times, self._found = np.ascontiguousarray(every[:, 0]), every[:, 1:]

    def between(self, chart: ChartSource, begin: int, end: int, most: int) -> list[Race]:
        """The lost updates in a time, none if there are more than ``most``."""
        low, high = np.searchsorted(self.times, (np.int64(begin), np.int64(end)))
        if high - low > most:
            return []
        return [_race(chart, *each) for each in self._found[low:high].tolist()]


def has_ended(store: Store) -> bool:
    """Whether nothing more will be read."""
    return store.finished or store.root_pid in store.exits


def _race(chart: ChartSource, variable: int, lost: int, by: int) -> Race:
    store = chart.store
    name = store.variables[variable].name or f"variable {variable + 1}"
    update = store.shared.update(variable, lost, by)
    mine = _points(chart, (update.lost_read, update.lost_write), lost=True)
    over = _points(chart, (update.stale_read, update.stale_write), lost=False)
    return Race(name, mine, over)


def _points(chart: ChartSource, rows: tuple[int, int], *, lost: bool) -> tuple[RacePoint, ...]:
    table = chart.store.shared.accesses
    made = []
    for row in rows:
        lane = chart.lane_of_thread(int(table.thread[row])) if row != NEVER else NEVER
        if lane != NEVER:
            act: Act = "write" if table.wrote[row] else "read"
            time, version = int(table.time[row]), int(table.version[row])
            made.append(RacePoint(lane, time, act, version, lost and act == "write"))
    return tuple(made)
