"""From the store of a trace to a chart: the adapter between the analysis and the picture.

Guarantees: ``update`` costs by what is new; lanes keep their identity (and with it what is known
of their pixels) as long as the store names them; nothing here touches Qt or a file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from poolscope.analysis import spans
from poolscope_gui.model import facts, groups, quantities, words
from poolscope_gui.model.chart import Chart, Facts, Handover, Hit, LockLook, Place
from poolscope_gui.model.lane_source import LaneSource
from poolscope_gui.model.lock_lanes import LockLanes
from poolscope_gui.model.open_tasks import OpenTasks
from poolscope_gui.model.tracks import NEVER

if TYPE_CHECKING:
    from poolscope.analysis.store import Store

EMPTY_LIVE = "No events yet. Create a pool and press Submit"
EMPTY_DONE = "No pools in this trace. Nothing that was recorded has a lane"


class ChartSource(Chart):
    """A chart that follows a store.

    ``clock`` gives the present time (ns since the trace's origin) while the trace is being
    written; without it the trace is finished, or is treated so, and now is its last event.
    """

    def __init__(self, store: Store, clock: Callable[[], int] | None = None) -> None:
        super().__init__(message=EMPTY_LIVE if clock else EMPTY_DONE)
        self.store = store
        self._clock = clock
        self.index = spans.SpanIndex(store)
        self._known: dict[tuple[str, int], LaneSource] = {}
        self._locks = LockLanes()
        self._open = OpenTasks()
        self._of_thread: dict[int, int] = {}
        self._of_worker: dict[int, int] = {}
        self._givers: dict[int, int] = {}  # block: the lane that had held the lock before
        self._seen = NEVER
        self.update()

    def set_clock(self, clock: Callable[[], int] | None) -> None:
        """Give a live trace its clock, or take it when the host has ended."""
        self._clock = clock
        self.message = EMPTY_LIVE if clock else EMPTY_DONE

    def update(self) -> bool:
        """Take in what the store has got since. Returns whether anything but now changed."""
        store = self.store
        changed = self._seen != store.version
        if changed:
            self._seen = store.version
            self.version = store.version
            self.index.refresh()
            self._update_counters()
            self._update_lanes()
        self.live = self._clock is not None
        self.now = max(store.now_ns, self._clock() if self._clock else 0)
        for lane in self._known.values():
            lane.tell(self.now)
        self._locks.tell(self.now)
        return changed

    def _update_lanes(self) -> None:
        store = self.store
        self.locks = [
            LockLook(lock.name or f"lock {row + 1}", row) for row, lock in enumerate(store.locks)
        ]
        found = self.index.lanes()
        self.lanes = []
        for each in found:
            source = self._known.get(each.key)
            if source is None:
                source = self._known[each.key] = LaneSource(self, each)
            source.update(each)
            self.lanes.append(source.lane)
        self._of_thread = {each.thread: i for i, each in enumerate(found) if each.thread >= 0}
        self._of_worker = {each.worker: i for i, each in enumerate(found) if each.worker >= 0}
        self.groups = groups.arranged(store, found, self.lanes, self._open.sent)
        self._locks.update(store)
        if self._locks.lanes:
            self.groups.append(self._locks.group(len(self.lanes)))
            for lane in self._locks.lanes:
                lane.group = len(self.groups) - 1
            self.lanes += self._locks.lanes

    def _update_counters(self) -> None:
        store = self.store
        self.queue_times, self.queue_depth = spans.queue_depth(store)
        self._open.update(store)
        self.cancel_times, self.cancel_tasks = self._open.cancel_times, self._open.cancel_tasks
        self.edge = self._missing()
        self.first = max(self._open.first, 0) if self.edge else 0

    def _missing(self) -> str:
        store = self.store
        parts = []
        if store.dropped:
            parts.append(f"{quantities.plural(store.dropped, 'task')} dropped by the quota")
        if store.lost:
            parts.append(f"{quantities.plural(store.lost, 'event')} lost")
        return ", ".join(parts)

    # -- words --------------------------------------------------------------------------

    def task_label(self, row: int) -> str:
        label = self.store.text(int(self.store.tasks.label[row]))
        return " ".join(label[:200].split())

    def block_labels(self, ref: int) -> tuple[str, ...]:
        return words.block_labels(self.store, ref)

    def wait_labels(self, ref: int) -> tuple[str, ...]:
        return words.wait_labels(self.store, ref)

    def span_label(self, ref: int) -> str:
        return " ".join(self.store.text(int(self.store.span_table.name[ref]))[:200].split())

    def owner_label(self, ref: int) -> str:
        return words.thread_name(self.store, int(self.store.lock_table.holds.thread[ref]))

    def facts(self, hit: Hit) -> Facts:
        if hit.part == "queue":
            return facts.queue_facts(self, hit.time)
        if hit.lane >= 0 and hit.part == "lane":
            lane = self.lanes[hit.lane]
            return facts.lane_facts(self.store, lane, self.now)
        return facts.facts(self.store, hit, self.now)

    def place(self, row: int) -> Place | None:
        tasks = self.store.tasks
        if not 0 <= row < len(tasks) or tasks.started[row] == NEVER:
            return None
        lane = self._of_worker.get(int(tasks.worker[row]), NEVER)
        if lane == NEVER:
            return None
        begin = int(tasks.started[row])
        track = self.lanes[lane].tasks.track
        number = track.at(begin)
        if number < 0:
            return None
        end = int(track.end[number])
        return Place(lane, begin, end if end != NEVER else max(self.now, begin))

    def handovers(self, begin: int, end: int, most: int) -> list[Handover]:
        found: list[Handover] = []
        for number, lane in enumerate(self.lanes):
            track = lane.blocks.track
            low = max(0, int(np.searchsorted(track.start, np.int64(begin))) - 1)
            high = int(np.searchsorted(track.start, np.int64(end)))
            if len(found) + high - low > most:
                return []
            for i in range(low, high):
                until = int(track.end[i])
                if begin <= until <= end:
                    giver = self._giver(int(track.ref[i]), int(track.kind[i]), until)
                    if giver >= 0:
                        found.append(Handover(until, int(track.kind[i]), giver, number))
        return found

    def _giver(self, block: int, lock: int, time: int) -> int:
        """The lane whose hold of the lock ended last before ``time``."""
        if self.store.lock_table.blocks.outcome[block] != 0:
            return NEVER
        known = self._givers.get(block)
        if known is not None:
            return known
        best, latest, certain = NEVER, NEVER, True
        for number, lane in enumerate(self.lanes):
            held = lane.holds.get(lock) if lane.kind != "lock" else None
            if held is None:
                continue
            i = int(np.searchsorted(held.track.start, np.int64(time))) - 1
            if i >= 0 and latest < held.track.end[i] <= time:
                best, latest = number, int(held.track.end[i])
            # A release that has not been read yet may be the one.
            certain = certain and (i < 0 or held.track.end[i] != NEVER)
        if certain:
            self._givers[block] = best
        return best
