"""From the store of a trace to a chart: the adapter between the analysis and the picture.

Guarantees: ``update`` costs by what is new; lanes keep their identity (and with it what is known
of their pixels) as long as the store names them; nothing here touches Qt or a file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from poolscope.analysis import spans
from poolscope_gui.model import (
    blocked_facts,
    counter_facts,
    facts,
    groups,
    handing,
    moments,
    words,
)
from poolscope_gui.model.chart import (
    Facts,
    Handover,
    Hit,
    Hop,
    LaneAlarm,
    LockLook,
    Place,
    Unblocking,
)
from poolscope_gui.model.lane_source import LaneSource
from poolscope_gui.model.life_lines import LifeLines
from poolscope_gui.model.lock_lanes import LockLanes
from poolscope_gui.model.open_tasks import OpenTasks
from poolscope_gui.model.races import Race, RaceLog
from poolscope_gui.model.source_counts import SourceCounts
from poolscope_gui.model.tracks import NEVER, Times

if TYPE_CHECKING:
    from poolscope.analysis.store import Store

SETTLED = -2
SETTLED_NS = 2_000_000_000
MOST_LABELS = 8192
EMPTY_LIVE = "No events yet. Create a pool and press Submit"
EMPTY_DONE = "No pools in this trace. Nothing that was recorded has a lane"


class ChartSource(SourceCounts):
    """A chart that follows a store.

    ``clock`` gives the present time (ns since the trace's origin) while the trace is being
    written; without it the trace is finished, or is treated so, and now is its last event.
    ``edge`` says up to when a trace was read of which there is more: that is its now meanwhile.
    """

    def __init__(
        self,
        store: Store,
        clock: Callable[[], int] | None = None,
        edge: Callable[[], int | None] = lambda: None,
    ) -> None:
        super().__init__(store, EMPTY_LIVE if clock else EMPTY_DONE)
        self.wall_ns = store.origin_wall_ns
        self._clock, self._edge = clock, edge
        self._known: dict[tuple[str, int], LaneSource] = {}
        self._shown: list[LaneSource] = []
        self._named = NEVER  # the store's version of names that the lanes are named by
        self._arranged: object = None  # what the groups are made of
        self._locks = LockLanes()
        self._open = OpenTasks()
        self._of_thread: dict[int, int] = {}
        self._of_worker: dict[int, int] = {}
        self._races = RaceLog()
        self._labels: dict[int, tuple[int, tuple[str, ...]]] = {}  # of blocks, with the version
        self._life_lines = LifeLines()
        self._alarms: dict[int, LaneAlarm] = {}
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
        self._races.update(self)
        self.race_times = self._races.times
        self.live = self._clock is not None
        self.last = max(store.now_ns, self._clock() if self._clock else 0)
        self.now = self.last if (edge := self._edge()) is None else min(edge, self.last)
        for lane in self._shown:
            lane.lane.ask()
        self._locks.tell(self.now)
        return changed

    def set_alarms(self, alarms: dict[int, LaneAlarm]) -> None:
        """Turn the lanes of these threads (rows), and no others."""
        self._alarms = alarms
        for thread, lane in self._of_thread.items():
            self.lanes[lane].alarm = alarms.get(thread)

    def _update_lanes(self) -> None:
        if self._named != self.store.names_version:
            self._named = self.store.names_version
            self._name_lanes()
        rest = self.index.version_of_rest
        for lane in self._shown:
            lane.update(rest)
        self._locks.update(self.store)
        arranged = (self._named, self._open.sent, self._locks.lanes, self._locks.rest)
        if arranged != self._arranged:
            self._arranged = arranged
            self._arrange()

    def _name_lanes(self) -> None:
        """Take over what the store knows of locks, threads and workers."""
        store = self.store
        self.locks = [
            LockLook(words.lock_name(store, row), row, words.is_held(store, row))
            for row in range(len(store.locks))
        ]
        found = self.index.lanes()
        self._shown = []
        for each in found:
            source = self._known.get(each.key)
            if source is None:
                source = self._known[each.key] = LaneSource(self, each)
            source.name(each)
            self._shown.append(source)
        self._of_thread = {each.thread: i for i, each in enumerate(found) if each.thread >= 0}
        self.name_threads(found)
        self._of_worker = {each.worker: i for i, each in enumerate(found) if each.worker >= 0}

    def _arrange(self) -> None:
        """Put the lanes one below the other, in their groups."""
        self.lanes = [source.lane for source in self._shown]
        self.set_alarms(self._alarms)
        self.groups = groups.arranged(self.store, self.index.lanes(), self.lanes, self._open.sent)
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
        self.edge = self.missing()
        self.first = max(self._open.first, 0) if self.edge else 0

    # -- words --------------------------------------------------------------------------

    def task_label(self, row: int) -> str:
        label = self.store.text(int(self.store.tasks.label[row]))
        return " ".join(label[:200].split())

    def block_labels(self, ref: int) -> tuple[str, ...]:
        version, known = self._labels.get(ref, (NEVER, ()))
        if version in (self.store.version, SETTLED):
            return known
        end = int(self.store.lock_table.blocks.end[ref])
        # What is over stays as it is, once all streams have had the time to be read.
        over = end != NEVER and self.now - end > SETTLED_NS
        if len(self._labels) >= MOST_LABELS:
            self._labels.clear()
        found = self._block_labels(ref)
        self._labels[ref] = (SETTLED if over else self.store.version, found)
        return found

    def _block_labels(self, ref: int) -> tuple[str, ...]:
        table = self.store.lock_table.blocks
        owners = self.owners(ref)
        # What is over is named by whom it met, what lasts by whom it waits for now.
        one = owners[-1 if table.end[ref] == NEVER else 0] if owners else (NEVER, 0)
        name = words.thread_name(self.store, one[0])
        task = self.doing_at(one[0], max(one[1], int(table.begin[ref])))
        lock = int(table.lock[ref])
        what, called = words.primitive(self.store, lock), words.lock_name(self.store, lock)
        return words.block_labels(what, called, name, task)

    def signal_labels(self, ref: int) -> tuple[str, ...]:
        return words.signal_labels(self.store, ref)

    def wait_labels(self, ref: int) -> tuple[str, ...]:
        return words.wait_labels(self.store, ref)

    def span_label(self, ref: int) -> str:
        return " ".join(self.store.text(int(self.store.span_table.name[ref]))[:200].split())

    def owner_label(self, ref: int) -> str:
        return words.thread_name(self.store, int(self.store.lock_table.holds.thread[ref]))

    def facts(self, hit: Hit) -> Facts:
        if hit.part == "queue":
            return counter_facts.counter_facts(self, hit)
        if hit.lane >= 0 and hit.part == "lane":
            lane = self.lanes[hit.lane]
            found = facts.lane_facts(self.store, lane, self.now, hit.time, live=self.live)
            if lane.lock >= 0:
                return found
            end = lane.gone if lane.dead else self.now
            share = ("on a processor", self.cpu_words(lane.key, max(0, lane.born), end))
            return Facts(found.title, found.state, (*found.pairs, share))
        if hit.part == "block":
            return blocked_facts.block_facts(self, hit.ref)
        if hit.part == "signal":
            return blocked_facts.signal_facts(self, hit.ref)
        return facts.facts(self.store, hit, self.now, live=self.live)

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

    def handovers(self, chosen: Hit | None, begin: int, end: int, most: int) -> list[Handover]:
        return handing.handovers(self, chosen, begin, end, most)

    def anatomy(self, rows: Times) -> Times:
        return moments.anatomy(self.store, rows)

    def hops(self, hit: Hit | None) -> tuple[Hop, ...]:
        return self._life_lines.of(self, hit)

    def races(self, begin: int, end: int, most: int) -> list[Race]:
        return self._races.between(self, begin, end, most)

    def unblocking(self, chosen: Hit | None) -> Unblocking:
        return handing.unblocking(self, chosen)

    # -- who, when ----------------------------------------------------------------------

    def lane_of_thread(self, thread: int) -> int:
        """The number of a thread's lane; ``NEVER`` if it has none."""
        return self._of_thread.get(thread, NEVER)

    def lane_of_key(self, key: tuple[str, int]) -> int:
        """The number of the lane of this key; ``NEVER`` if there is none."""
        return next((i for i, lane in enumerate(self.lanes) if lane.key == key), NEVER)

    def hold_before(self, lock: int, time: int) -> int:
        """The hold of a lock that ended last before ``time``; ``NEVER``: there is none."""
        return self._locks.hold_before(lock, time)

    def waiting(self, lock: int, time: int) -> int:
        """How many threads waited for a lock at this time."""
        return self._locks.waiting(lock, time)

    def owners(self, ref: int) -> list[tuple[int, int]]:
        """Which threads held the lock during a blocked stretch, and from when on, in order."""
        locks = self.store.lock_table
        table, holds = locks.blocks, locks.holds
        cells = table.lock, table.begin, table.end, table.thread
        lock, begin, end, thread = (int(column[ref]) for column in cells)
        rows = self._locks.holds_during(lock, begin, end if end != NEVER else self.now + 1)
        others = ((int(holds.thread[row]), int(holds.begin[row])) for row in rows)
        if found := [each for each in others if each[0] != thread]:
            return found  # to be told is to look through all holds
        told = int(locks.block_owners()[ref])
        return [(told, begin)] if told not in (NEVER, thread) else []

    def doing_at(self, thread: int, time: int) -> str:
        """The number of the task that a thread ran at this time: ``task #88``; "" if none."""
        lane = self._of_thread.get(thread, NEVER)
        if not 0 <= lane < len(self.lanes):
            return ""
        track = self.lanes[lane].tasks.track
        place = track.at(time)
        return f"task {self.task_number(int(track.ref[place]))}" if place >= 0 else ""
