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
from poolscope_gui.model.chart import Chart, Facts, Handover, Hit, Lane, LockLook, Place, Sliced
from poolscope_gui.model.palette import CANCELLED, FINISHED, RUNNING
from poolscope_gui.model.split import Depths, Split
from poolscope_gui.model.tracks import NEVER, Grown, Rows, Times, Track

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
        self._index = spans.SpanIndex(store)
        self._known: dict[tuple[str, int], _LaneSource] = {}
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
            self._index.refresh()
            self._update_lanes()
            self._update_counters()
        self.live = self._clock is not None
        self.now = max(store.now_ns, self._clock() if self._clock else 0)
        for lane in self._known.values():
            lane.tell(self.now)
        return changed

    def _update_lanes(self) -> None:
        store = self.store
        self.locks = [
            LockLook(lock.name or f"lock {row + 1}", row) for row, lock in enumerate(store.locks)
        ]
        found = self._index.lanes()
        self.lanes = []
        for each in found:
            source = self._known.get(each.key)
            if source is None:
                source = self._known[each.key] = _LaneSource(self, each)
            source.update(each)
            self.lanes.append(source.lane)
        self._of_thread = {each.thread: i for i, each in enumerate(found) if each.thread >= 0}
        self._of_worker = {each.worker: i for i, each in enumerate(found) if each.worker >= 0}
        self.groups = groups.arranged(store, found, self.lanes)

    def _update_counters(self) -> None:
        store = self.store
        self.queue_times, self.queue_depth = spans.queue_depth(store)
        rows = np.flatnonzero(store.tasks.state() == CANCELLED)
        times = store.tasks.cancelled[rows]
        order = np.argsort(times, kind="stable")
        self.cancel_times, self.cancel_tasks = times[order].astype(np.int64), rows[order]
        self.edge = self._missing()
        self.first = self._first_time() if self.edge else 0

    def _missing(self) -> str:
        store = self.store
        parts = []
        if store.dropped:
            number = store.hidden_tasks or store.dropped
            word = "task" if store.hidden_tasks else "chunk"
            parts.append(f"{quantities.plural(number, word)} dropped by the quota")
        if store.lost:
            parts.append(f"{quantities.plural(store.lost, 'event')} lost")
        return ", ".join(parts)

    def _first_time(self) -> int:
        """Where what is known begins: the earliest submission or start."""
        tasks = self.store.tasks
        times = [column[column != NEVER] for column in (tasks.submitted, tasks.started)]
        return min((int(each.min()) for each in times if len(each)), default=0)

    # -- words --------------------------------------------------------------------------

    def task_label(self, row: int) -> str:
        label = self.store.text(int(self.store.tasks.label[row]))
        return " ".join(label[:200].split())

    def block_labels(self, ref: int) -> tuple[str, ...]:
        return words.block_labels(self.store, ref)

    def wait_labels(self, ref: int) -> tuple[str, ...]:
        full = words.wait_words(self.store, ref)
        return (full, full.replace("COMPLETED", "…"), full.partition("(")[0])

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
        best, latest = NEVER, NEVER
        for number, lane in enumerate(self.lanes):
            held = lane.holds.get(lock)
            if held is None:
                continue
            i = int(np.searchsorted(held.track.start, np.int64(time))) - 1
            if i >= 0 and latest < held.track.end[i] <= time:
                best, latest = number, int(held.track.end[i])
        self._givers[block] = best
        return best


class _LaneSource:
    """Keeps one lane up to date."""

    def __init__(self, chart: ChartSource, lane: spans.Lane) -> None:
        self._chart = chart
        self._source = lane
        self.lane = Lane(lane.key, "worker" if lane.kind == "worker" else "caller", lane.title)
        self.lane.tasks = Sliced(Track(FINISHED, unsettled=RUNNING))
        self._sent = (Grown(), Grown(), Grown(), Grown())
        self._sent_taken = 0
        self._blocks = Split(lambda start, *_: np.zeros(len(start) - _[-1], np.int64), self._lock)
        self._holds = Split(self._by_lock, lambda ref: np.zeros(len(ref), np.int64))
        self._waits = Split(Depths(), self._wait_outcome)

    def _lock(self, ref: Rows) -> Times:
        return self._chart.store.lock_table.blocks.lock[ref].astype(np.int64)

    def _by_lock(self, start: Times, end: Times, ref: Rows, begin: int) -> Times:  # noqa: ARG002
        return self._chart.store.lock_table.holds.lock[ref[begin:]].astype(np.int64)

    def _wait_outcome(self, ref: Rows) -> Times:
        return np.maximum(self._chart.store.waits.outcome[ref], 0).astype(np.int64)

    def update(self, source: spans.Lane) -> None:
        """Take in what the index has got."""
        self._source = source
        index, lane = self._chart._index, self.lane
        lane.title, lane.born, lane.gone = source.title, max(source.born, 0), source.gone
        lane.ending = words.ending(self._chart.store, source)
        if source.worker >= 0:
            lane.tasks.track.update(*index.lane_tasks(source))
            self._update_sent(source)
        if self._blocks.update(*index.lane_blocks(source)):
            lane.blocks = _kept(lane.blocks, self._blocks.tracks[0])
        if self._holds.update(*index.lane_holds(source)):
            lane.holds = {
                lock: _kept(lane.holds.get(lock), track)
                for lock, track in self._holds.tracks.items()
            }
        if self._waits.update(*index.lane_waits(source)):
            old = dict(enumerate(lane.waits))
            lane.waits = [
                _kept(old.get(depth), track) for depth, track in sorted(self._waits.tracks.items())
            ]

    def _update_sent(self, source: spans.Lane) -> None:
        """Where a task had been handed over and its worker did nothing else: sent, not running."""
        track, taken = self.lane.tasks.track, self._sent_taken
        if len(track) <= taken:
            return
        self._sent_taken = len(track)
        sent = self._chart._index.lane_sent(source, taken)
        if (sent == NEVER).all():
            return
        before = np.concatenate((track.end[max(taken - 1, 0) : taken], track.end[taken:-1]))
        if taken == 0:
            before = np.concatenate((np.zeros(1, np.int64), before))
        start = track.start[taken:]
        begin = np.where(before == NEVER, start, np.maximum(sent, before))
        some = np.flatnonzero((sent != NEVER) & (begin < start))
        values = (begin[some], start[some], track.ref[taken:][some], np.zeros(len(some)))
        for column, value in zip(self._sent, values, strict=True):
            column.extend(np.asarray(value, dtype=np.int64))
        self.lane.sent.track.update(*(column.view() for column in self._sent))

    def tell(self, now: int) -> None:
        """Words and figures of the lane's header."""
        lane, chart = self.lane, self._chart
        track = lane.tasks.track
        lane.busy = track.open and not lane.dead
        end = lane.gone if lane.dead else now
        if lane.kind == "worker":
            life = max(1, end - lane.born)
            lane.share = min(1.0, track.busy_between(lane.born, end, now) / life)
        lane.detail = self._doing(chart, track)

    def _doing(self, chart: ChartSource, track: Track) -> str:
        lane = self.lane
        if lane.blocks.track.open:
            return words.block_words(chart.store, int(lane.blocks.track.ref[-1]))
        if lane.busy:
            row = int(track.ref[-1])
            return f"{chart.task_number(row)} {chart.task_label(row)}"
        waiting = [wait.track for wait in lane.waits if wait.track.open]
        if waiting:
            return words.wait_words(chart.store, int(waiting[-1].ref[-1]))
        return "idle" if lane.kind == "worker" else self._source.subtitle


def _kept(known: Sliced | None, track: Track) -> Sliced:
    return known if known is not None and known.track is track else Sliced(track)
