"""One lane of a chart, kept up to date from the store."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from poolscope.analysis import spans
from poolscope.analysis.spans import LaneTasks
from poolscope_gui.model import words
from poolscope_gui.model.chart import Lane, LaneKind, Sliced
from poolscope_gui.model.grown import Grown
from poolscope_gui.model.palette import FINISHED, RUNNING
from poolscope_gui.model.quantities import plural
from poolscope_gui.model.split import Depths, OneTrack, Slots, Split
from poolscope_gui.model.tracks import NEVER, Rows, Times, Track

if TYPE_CHECKING:
    from poolscope_gui.model.source import ChartSource


class SourceLane(Lane):
    """A lane whose header is worded once somebody looks at it."""

    words: Callable[[SourceLane], None] | None = None  # writes what is below
    _told = True

    def ask(self) -> None:
        """The header's words are old."""
        self._told = False

    def _look(self) -> None:
        if not self._told and self.words is not None:
            self._told = True
            self.words(self)

    @property
    def detail(self) -> str:
        self._look()
        return self._detail

    @detail.setter
    def detail(self, words: str) -> None:
        self._detail = words

    @property
    def share(self) -> float | None:
        self._look()
        return self._share

    @share.setter
    def share(self, share: float | None) -> None:
        self._share = share


class LaneSource:
    """Keeps one lane up to date."""

    def __init__(self, chart: ChartSource, lane: spans.Lane) -> None:
        self._chart = chart
        self._source = lane
        kind: LaneKind = "worker" if lane.kind == "worker" else "caller"
        self.lane = SourceLane(lane.key, kind, lane.title)
        self.lane.words = self._words
        self.lane.tasks = Sliced(Track(FINISHED, unsettled=RUNNING))
        self._tasks = self._rest = 0  # versions of the index that were taken in
        self._versions: tuple[int, ...] = (0, 0, 0, 0, 0, 0)
        self._silent = NEVER  # when its process was killed, if nobody said so
        self._sent = (Grown(), Grown(), Grown(), Grown())
        self._sent_taken = 0
        self._blocks = Split(OneTrack(), self._lock)
        self._signals = Split(OneTrack(), self._sign)
        self._holds = Split(Slots(), self._held)
        self._waits = Split(Depths(), self._wait_outcome)
        self._aways = Split(Depths(), lambda ref: np.zeros(len(ref), np.int64))
        self._spans = Split(Depths(), lambda ref: np.zeros(len(ref), np.int64))

    def _lock(self, ref: Rows) -> Times:
        return self._chart.store.lock_table.blocks.lock[ref].astype(np.int64)

    def _sign(self, ref: Rows) -> Times:
        return self._chart.store.signals.blocks.lock[ref].astype(np.int64)

    def _held(self, ref: Rows) -> Times:
        return self._chart.store.lock_table.holds.lock[ref].astype(np.int64)

    def _wait_outcome(self, ref: Rows) -> Times:
        return np.maximum(self._chart.store.waits.outcome[ref], 0).astype(np.int64)

    def name(self, source: spans.Lane) -> None:
        """Take over what the store knows of the thread, or the worker, that it is the lane of."""
        if source.thread != self._source.thread:
            self._rest, self._versions = NEVER, (NEVER,) * len(self._versions)
        self._source = source
        lane = self.lane
        lane.title, lane.born, lane.gone = source.title, max(source.born, 0), source.gone
        lane.ending = words.ending(self._chart.store, source)
        silent = words.killed_at(self._chart.store, source.thread) if lane.gone == NEVER else NEVER
        if silent != NEVER:
            lane.gone = silent
        if silent != self._silent:
            self._silent, self._tasks = silent, NEVER

    def update(self, rest: int) -> None:
        """Take in what the index has got; what ran on a worker, once somebody looks at it.

        ``rest``: the version of all but tasks, on all lanes.
        """
        index, source = self._chart.index, self._source
        if source.worker >= 0:
            tasks = index.version_of_tasks(source)
            if tasks != self._tasks:
                self._tasks = tasks
                self.lane.tasks.track.defer(self._bring_tasks)
                if index.any_sent:
                    self.lane.sent.track.defer(self._bring_sent)
        if rest != self._rest:
            self._rest = rest
            self._update_rest()

    def _update_rest(self) -> None:
        index, lane, source = self._chart.index, self.lane, self._source
        versions, before = index.versions(source), self._versions
        if versions == before:
            return
        self._versions = versions
        blocks, holds, signals, waits, aways, named = (
            now != then for now, then in zip(versions, before, strict=True)
        )
        if blocks and self._blocks.update(*index.lane_blocks(source)):
            lane.blocks = _kept(lane.blocks, self._blocks.tracks[0])
        if signals and self._signals.update(*index.lane_signals(source)):
            lane.signals = _kept(lane.signals, self._signals.tracks[0])
        if holds and self._holds.update(*index.lane_holds(source)):
            lane.holds = {
                slot: _kept(lane.holds.get(slot), track)
                for slot, track in self._holds.tracks.items()
            }
        if waits and self._waits.update(*index.lane_waits(source)):
            lane.waits = _levels(lane.waits, self._waits)
        if aways and self._aways.update(*index.lane_aways(source)):
            lane.aways = _levels(lane.aways, self._aways)
        if named and self._spans.update(*index.lane_spans(source)):
            lane.spans = _levels(lane.spans, self._spans)

    def _bring_tasks(self) -> None:
        tasks = self._chart.index.lane_tasks(self._source)
        self.lane.tasks.track.take(*_closed(tasks, self._silent))

    def _bring_sent(self) -> None:
        """Where a task had been handed over and its worker did nothing else: sent, not running."""
        track, taken = self.lane.tasks.track, self._sent_taken
        if len(track) <= taken:
            return
        self._sent_taken = len(track)
        sent = self._chart.index.lane_sent(self._source, taken)
        if not (sent != NEVER).any():
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

    def _words(self, lane: SourceLane) -> None:
        """Words and figures of the lane's header."""
        chart, track = self._chart, lane.tasks.track
        now = chart.now
        end = max(lane.born, min(lane.gone, now) if lane.dead else now)
        if lane.kind == "worker":
            since = lane.born
            if chart.store.dropped:  # nobody knows what it did before
                since = min(max(since, chart.first), end)
            lane.share = min(1.0, track.busy_between(since, end, now) / max(1, end - since))
        lane.detail = self._doing(chart, track)

    def _doing(self, chart: ChartSource, track: Track) -> str:
        lane = self.lane
        thread, store = self._source.thread, chart.store
        if thread != NEVER and store.exits and store.threads[thread].pid in store.exits:
            return "its process has ended"  # and cannot have said what its threads did last
        if (
            store.lost_of
            and thread != NEVER
            and (lost := store.lost_of.get(store.threads[thread].id))
        ):
            return f"{plural(lost, 'event')} lost"  # what it does is not known
        if lane.blocks.track.open:
            return chart.block_labels(int(lane.blocks.track.ref[-1]))[0]
        if lane.signals.track.open:
            return chart.signal_labels(int(lane.signals.track.ref[-1]))[0]
        if track.open and not lane.dead:
            row = int(track.ref[-1])
            return f"{chart.task_number(row)} {chart.task_label(row)}"
        waiting = [wait.track for wait in lane.waits if wait.track.open]
        if waiting:
            return words.wait_words(chart.store, int(waiting[-1].ref[-1]))
        return "idle" if lane.kind == "worker" else self._source.subtitle


def _closed(tasks: LaneTasks, silent: int) -> LaneTasks:
    """What a process ran when it was killed it ran until then."""
    if silent == NEVER or not (tasks.end == NEVER).any():
        return tasks
    return tasks._replace(end=np.where(tasks.end == NEVER, np.int64(silent), tasks.end))


def _kept(known: Sliced | None, track: Track) -> Sliced:
    return known if known is not None and known.track is track else Sliced(track)


def _levels(known: list[Sliced], split: Split) -> list[Sliced]:
    """One for each depth of nesting, those that there were already among them."""
    old = dict(enumerate(known))
    return [_kept(old.get(depth), track) for depth, track in sorted(split.tracks.items())]
