"""The part of a chart on a store that counts: for the counters and for the strips of lanes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from poolscope.analysis import spans
from poolscope.analysis.rewrites import Rewrites
from poolscope_gui.model.chart import Chart, Lane
from poolscope_gui.model.cpu import CpuLog, ThreadKey
from poolscope_gui.model.progress import Progress
from poolscope_gui.model.quantities import duration, plural
from poolscope_gui.model.tracks import NEVER, Times

if TYPE_CHECKING:
    from poolscope.analysis.store import Store


NOT_SAMPLED: Final = "not sampled: only what runs under the window is"
NOT_THEN: Final = "not sampled at that time"
_ALL_OF_IT: Final = 0.95  # of a stretch; the first and the last tenth of a second may be missing


class SourceCounts(Chart):
    """Worked out once it is asked for; then it costs what is new."""

    def __init__(self, store: Store, message: str) -> None:
        super().__init__(message=message)
        self.store = store
        self.index = spans.SpanIndex(store)
        self.progress = Progress()
        self.cpu: CpuLog | None = None  # what is known of the threads' time on processors
        self._cpu_keys: dict[tuple[str, int], ThreadKey] = {}
        self._cpu_named = 0  # how often those have changed

    def name_threads(self, lanes: Iterable[spans.Lane]) -> None:
        """These lanes there are."""
        keys = ((lane.key, thread_key(self.store, lane)) for lane in lanes)
        named = {lane: key for lane, key in keys if key is not None}
        if named != self._cpu_keys:
            self._cpu_keys, self._cpu_named = named, self._cpu_named + 1

    def outermost(self, rows: Times) -> Times:
        tasks = self.store.tasks
        rows = rows[rows < len(tasks)]
        rows = rows[(tasks.started[rows] != NEVER) & (tasks.worker[rows] != NEVER)]
        if not len(rows):
            return rows
        # A worker runs one task after the other: its last to begin is its last to end.
        worker, started = tasks.worker[rows], tasks.started[rows]
        last = np.full(len(self.store.workers), NEVER, np.int64)
        np.maximum.at(last, worker, started)
        return np.append(rows[started == last[worker]], rows[np.argmin(started)])

    def missing(self) -> str:
        """What of the recording is not there, in words; nothing if all is."""
        store = self.store
        parts = []
        if store.dropped:
            parts.append(f"{plural(store.dropped, 'task')} dropped by the quota")
        if store.lost:
            parts.append(f"{plural(store.lost, 'event')} lost")
        return ", ".join(parts)

    def busy_counts(self) -> tuple[Times, Times]:
        return self.index.busy()

    def peaks(self, name: str) -> Times:
        return self.store.queues.peaks(None) if name == "queue" else self.index.busy_peaks()

    def rewrites(self, name: str) -> Rewrites:
        queues = self.store.queues
        return queues.rewrites(None) if name == "queue" else self.index.busy_rewrites()

    def on_cpu(
        self, lanes: Sequence[Lane], edges: Times
    ) -> tuple[list[int], NDArray[np.float64]] | None:
        cpu = self.cpu
        if cpu is None:
            return None
        found = [(number, self._cpu_keys.get(lane.key)) for number, lane in enumerate(lanes)]
        known = [(number, key) for number, key in found if key is not None and cpu.knows(key)]
        if not known:
            return None
        return [number for number, _ in known], cpu.used_at([key for _, key in known], edges)

    def cpu_known(self) -> tuple[object, int] | None:
        cpu = self.cpu
        if cpu is None or not cpu.read:
            return None
        return (self, cpu, cpu.read, self._cpu_named), cpu.until

    def cpu_words(self, lane: tuple[str, int], begin: int, end: int) -> str:
        """The share of a stretch that the thread of the lane of this key was on a processor."""
        key, cpu = self._cpu_keys.get(lane), self.cpu
        if key is None or cpu is None or not cpu.read:
            return NOT_SAMPLED
        known, found = cpu.sampled(key, begin, end), cpu.share(key, begin, end)
        if known is None or found is None:
            return NOT_THEN
        length = known[1] - known[0]
        if length < _ALL_OF_IT * (end - begin):
            return f"{found:.0%} of the {duration(length)} that were sampled"
        return f"{found:.0%} of the time"

    def living_threads(self) -> list[ThreadKey]:
        """The threads of all lanes that have not ended."""
        keys = self._cpu_keys
        return [keys[lane.key] for lane in self.lanes if lane.key in keys and not lane.dead]

    def done_times(self) -> Times:
        return self.progress.completions(self.store).times

    def oldest_ages(self, edges: Times) -> Times:
        return self.progress.oldest(self.store).ages(edges)


def thread_key(store: Store, lane: spans.Lane) -> ThreadKey | None:
    """A lane's thread as the operating system knows it; None: the trace does not say."""
    thread = store.threads[lane.thread] if lane.thread >= 0 else None
    if thread is not None and thread.pid and thread.native_id:
        return thread.pid, thread.native_id
    worker = store.workers[lane.worker] if lane.worker >= 0 else None
    if worker is not None and worker.pid and worker.native_id:
        return worker.pid, worker.native_id
    return None
