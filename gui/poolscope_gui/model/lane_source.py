"""One lane of a chart, kept up to date from the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from poolscope.analysis import spans
from poolscope.analysis.spans import LaneTasks
from poolscope_gui.model import words
from poolscope_gui.model.chart import Lane, Sliced
from poolscope_gui.model.palette import FINISHED, RUNNING
from poolscope_gui.model.split import Depths, Slots, Split
from poolscope_gui.model.tracks import NEVER, Grown, Rows, Times, Track

if TYPE_CHECKING:
    from poolscope_gui.model.source import ChartSource


class LaneSource:
    """Keeps one lane up to date."""

    def __init__(self, chart: ChartSource, lane: spans.Lane) -> None:
        self._chart = chart
        self._source = lane
        self.lane = Lane(lane.key, "worker" if lane.kind == "worker" else "caller", lane.title)
        self.lane.tasks = Sliced(Track(FINISHED, unsettled=RUNNING))
        self._sent = (Grown(), Grown(), Grown(), Grown())
        self._sent_taken = 0
        self._blocks = Split(lambda start, *_: np.zeros(len(start) - _[-1], np.int64), self._lock)
        self._signals = Split(lambda start, *_: np.zeros(len(start) - _[-1], np.int64), self._sign)
        self._holds = Split(Slots(), self._held)
        self._waits = Split(Depths(), self._wait_outcome)
        self._spans = Split(Depths(), lambda ref: np.zeros(len(ref), np.int64))

    def _lock(self, ref: Rows) -> Times:
        return self._chart.store.lock_table.blocks.lock[ref].astype(np.int64)

    def _sign(self, ref: Rows) -> Times:
        return self._chart.store.signals.blocks.lock[ref].astype(np.int64)

    def _held(self, ref: Rows) -> Times:
        return self._chart.store.lock_table.holds.lock[ref].astype(np.int64)

    def _wait_outcome(self, ref: Rows) -> Times:
        return np.maximum(self._chart.store.waits.outcome[ref], 0).astype(np.int64)

    def update(self, source: spans.Lane) -> None:
        """Take in what the index has got."""
        self._source = source
        index, lane, store = self._chart.index, self.lane, self._chart.store
        locks = store.lock_table
        lane.title, lane.born, lane.gone = source.title, max(source.born, 0), source.gone
        lane.ending = words.ending(self._chart.store, source)
        silent = words.killed_at(store, source.thread) if lane.gone == NEVER else NEVER
        if silent != NEVER:
            lane.gone = silent
        if source.worker >= 0:
            lane.tasks.track.update(*_closed(index.lane_tasks(source), silent))
            self._update_sent(source)
        if len(locks.blocks) and self._blocks.update(*index.lane_blocks(source)):
            lane.blocks = _kept(lane.blocks, self._blocks.tracks[0])
        if len(store.signals.blocks) and self._signals.update(*index.lane_signals(source)):
            lane.signals = _kept(lane.signals, self._signals.tracks[0])
        if len(locks.holds) and self._holds.update(*index.lane_holds(source)):
            lane.holds = {
                slot: _kept(lane.holds.get(slot), track)
                for slot, track in self._holds.tracks.items()
            }
        if len(store.waits) and self._waits.update(*index.lane_waits(source)):
            lane.waits = _levels(lane.waits, self._waits)
        if len(store.span_table) and self._spans.update(*index.lane_spans(source)):
            lane.spans = _levels(lane.spans, self._spans)

    def _update_sent(self, source: spans.Lane) -> None:
        """Where a task had been handed over and its worker did nothing else: sent, not running."""
        track, taken = self.lane.tasks.track, self._sent_taken
        if len(track) <= taken:
            return
        self._sent_taken = len(track)
        sent = self._chart.index.lane_sent(source, taken)
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
        thread, store = self._source.thread, chart.store
        if thread != NEVER and store.threads[thread].pid in store.exits:
            return "its process has ended"  # and cannot have said what its threads did last
        if lane.blocks.track.open:
            return chart.block_labels(int(lane.blocks.track.ref[-1]))[0]
        if lane.signals.track.open:
            return chart.signal_labels(int(lane.signals.track.ref[-1]))[0]
        if lane.busy:
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
