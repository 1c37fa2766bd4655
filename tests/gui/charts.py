"""Charts made by hand, for tests of the picture: no trace, no threads, the same every time."""

from __future__ import annotations

import numpy as np

from poolscope.analysis.rewrites import Rewrites
from poolscope_gui.model.chart import Chart, Group, Handover, Hit, Lane, LockLook, Place, Sliced
from poolscope_gui.model.ops import Font
from poolscope_gui.model.palette import CANCELLED, EXCEPTION, FINISHED, RUNNING
from poolscope_gui.model.tracks import NEVER, Track, track

MS = 1_000_000
NAMES = ("fetch(url)", "fib(31)", "parse(page)", "sort(chunk)", "hash_file(p)", "resize(img)")


def meter(text: str, font: Font) -> float:  # noqa: ARG001 - every font is as wide
    """Seven pixels a letter."""
    return 7.0 * len(text)


class HandMade(Chart):
    """A chart with words."""

    gifts: tuple[Handover, ...] = ()
    counts: Rewrites | None = None  # of the depth of the queue, if it is told what changes

    def rewrites(self, name: str) -> Rewrites | None:  # noqa: ARG002 - there is one
        return self.counts

    def task_label(self, row: int) -> str:
        return NAMES[row % len(NAMES)]

    def block_labels(self, ref: int) -> tuple[str, ...]:  # noqa: ARG002 - all the same
        return ("waits for db_lock, held by io_1", "db_lock: io_1", "db_lock")

    def signal_labels(self, ref: int) -> tuple[str, ...]:  # noqa: ARG002 - all the same
        return ("waits for ready (condition)", "ready")

    def owner_label(self, ref: int) -> str:  # noqa: ARG002 - all the same
        return "io_1"

    def wait_labels(self, ref: int) -> tuple[str, ...]:  # noqa: ARG002 - all the same
        return ("wait(24 futures, FIRST_COMPLETED)",)

    def span_label(self, ref: int) -> str:
        return ("load the page", "parse")[ref % 2]

    def handovers(self, chosen: Hit | None, begin: int, end: int, most: int) -> list[Handover]:
        if chosen is None or chosen.lock < 0:
            return []
        mine = [gift for gift in self.gifts if gift.lock == chosen.lock]
        found = [gift for gift in mine if begin <= gift.time <= end]
        return found if len(found) <= most else []

    def place(self, row: int) -> Place | None:
        for number, lane in enumerate(self.lanes):
            spans = lane.tasks.track
            for i in np.flatnonzero(spans.ref == row).tolist():
                end = int(spans.end[i])
                return Place(number, int(spans.start[i]), end if end != NEVER else self.now)
        return None


def sliced(*spans: tuple[float, float, int], first: int = 0, common: int = FINISHED) -> Sliced:
    """A track of (begin, end, kind) in ms; an end below 0 is open. Rows count from ``first``."""
    columns = np.array(spans, dtype=np.float64).reshape(-1, 3)
    ends = np.where(columns[:, 1] < 0, NEVER, columns[:, 1] * MS).astype(np.int64)
    rows = np.arange(first, first + len(columns))
    return Sliced(
        track((columns[:, 0] * MS).astype(np.int64), ends, rows, columns[:, 2], common=common)
    )


def one_lane(*spans: tuple[float, float, int], now: float = 100.0) -> HandMade:
    """One worker with these tasks."""
    lane = Lane(("worker", 1), "worker", "io_0", 0, share=0.5)
    lane.tasks = sliced(*spans)
    return HandMade(now=int(now * MS), lanes=[lane], groups=[Group("io", lanes=[0])])


def small() -> HandMade:
    """Two pools, two callers, two locks: something of everything."""
    chart = HandMade(now=1000 * MS)
    chart.locks = [LockLook("db_lock", 0), LockLook("print_lock", 1)]
    first = Lane(("worker", 1), "worker", "io_0", 0, "#4 sort(chunk)", 0.92)
    first.tasks = sliced(
        (20, 300, FINISHED), (310, 420, EXCEPTION), (430, 700, FINISHED), (720, -1, RUNNING)
    )
    first.blocks = sliced((480, 600, 0), first=0, common=0)
    first.holds = {0: sliced((600, 690, 0), common=0)}
    second = Lane(
        ("worker", 2),
        "worker",
        "io_1",
        0,
        share=0.61,
        gone=640 * MS,
        ending="crashed: killed by SIGKILL",
    )
    second.tasks = sliced((40, 380, FINISHED), (400, 640, EXCEPTION), first=4)
    second.holds = {0: sliced((420, 600, 0), common=0), 1: sliced((450, 500, 1), common=1)}
    third = Lane(("worker", 3), "worker", "cpu_0", 1, "idle", 0.4)
    third.tasks = sliced((100, 240, FINISHED), (250, 255, CANCELLED), (260, 560, FINISHED), first=6)
    third.sent = sliced((60, 100, 0), first=6, common=0)
    third.spans = [sliced((100, 555, 0), common=0), sliced((270, 480, 0), first=1, common=0)]
    main = Lane(("thread", 4), "caller", "main", 2, "waits")
    main.waits = [sliced((50, 560, 0), (700, -1, 0), common=0), sliced((200, 300, 1), common=0)]
    main.aways = [sliced((190, 320, 0), common=0)]
    chart.lanes = [first, second, third, main]
    chart.groups = [
        Group("io", "thread pool, 2 workers", 0, "broken: a worker was killed", [0, 1]),
        Group("cpu", "process pool, spawn, 1 worker", 1, lanes=[2]),
        Group("callers", "threads that submit and wait", -1, lanes=[3]),
    ]
    chart.queue_times = np.array([0, 20, 60, 100, 310, 720]) * MS
    chart.queue_depth = np.array([6, 5, 4, 3, 2, 0])
    chart.cancel_times = np.array([150, 500]) * MS
    chart.cancel_tasks = np.array([9, 10])
    chart.gifts = (Handover(600 * MS, 0, 1, 0),)
    return chart


def locked() -> HandMade:
    """Three workers, a lock that two of them wait for, and a condition that one waits for."""
    chart = HandMade(now=1000 * MS, locks=[LockLook("db_lock", 0), LockLook("ready", 1)])
    for number in range(3):
        lane = Lane(("worker", number), "worker", f"io_{number}", 0, share=0.9)
        lane.tasks = sliced((20, 900, FINISHED), first=number)
        chart.lanes.append(lane)
    first, second, third = chart.lanes
    first.blocks = sliced((200, 500, 0), common=0)
    second.holds = {0: sliced((100, 500, 0), common=0)}
    third.blocks = sliced((300, 600, 0), first=1, common=0)
    third.signals = sliced((700, 880, 1), common=1)
    lane = Lane(("lock", 9), "lock", "db_lock", 1, "free", 0.4, lock=0)
    lane.owners = [sliced((100, 500, 0), common=0)]
    lane.waiter_times = np.array([200, 300, 500, 600]) * MS
    lane.waiters = np.array([1, 2, 1, 0])
    chart.lanes.append(lane)
    chart.groups = [
        Group("io", "thread pool, 3 workers", 0, lanes=[0, 1, 2]),
        Group("locks", "who owned them, and how many waited", -1, lanes=[3]),
    ]
    chart.gifts = (Handover(500 * MS, 0, 1, 0),)
    return chart


def crowd(workers: int, each: int, seed: int = 1) -> HandMade:
    """Many bars of random lengths, one in twelve an exception."""
    random = np.random.default_rng(seed)
    chart = HandMade(now=4_000 * MS, locks=[LockLook("db_lock", 0)])
    for number in range(workers):
        cuts = np.sort(random.integers(0, chart.now, 2 * each, dtype=np.int64))
        kinds = np.where(random.random(each) < 1 / 12, EXCEPTION, FINISHED)
        lane = Lane(("worker", number), "worker", f"io_{number}", 0, share=float(random.random()))
        rows = np.arange(number * each, (number + 1) * each)
        lane.tasks = Sliced(track(cuts[0::2], cuts[1::2], rows, kinds, common=FINISHED))
        chart.lanes.append(lane)
    chart.groups = [Group("io", f"thread pool, {workers} workers", 0, lanes=list(range(workers)))]
    times = np.sort(random.integers(0, chart.now, 200, dtype=np.int64))
    chart.queue_times = times
    chart.queue_depth = np.abs(np.cumsum(random.choice([-1, 1], 200)))
    return chart


def tasks_of(chart: Chart, lane: int = 0) -> Track:
    return chart.lanes[lane].tasks.track
