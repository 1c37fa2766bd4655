"""From a store to a chart: drawn traces in, lanes and words out."""

from __future__ import annotations

import pytest

from poolscope.analysis.store import Store
from poolscope.trace.schema import (
    ACQUIRED_AFTER_WAIT,
    Kind,
    LockKind,
    Outcome,
    PoolKind,
    ReturnWhen,
    Role,
    StartMethod,
    WaitKind,
    WorkerEnd,
)
from poolscope_gui.model.chart import Hit
from poolscope_gui.model.palette import EXCEPTION, FINISHED, RUNNING
from poolscope_gui.model.source import ChartSource
from poolscope_gui.model.tracks import NEVER
from tests.analysis.drawing import Drawn
from tests.analysis.traces import ORIGIN, Trace
from tests.gui.made_traces import every_state

MS = 1_000_000
DRAWING = """
    w0   |..AAAA..CC|
    w1   |.BBB##Bx..|
    w2   |..........|
    main |.....###..|
"""


def pairs(chart: ChartSource, hit: Hit) -> dict[str, str]:
    return dict(chart.facts(hit).pairs)


def test_lanes_of_a_drawing() -> None:
    chart = ChartSource(Drawn(DRAWING).store())
    assert [(lane.kind, lane.title) for lane in chart.lanes] == [
        ("worker", "w0"),
        ("worker", "w1"),
        ("worker", "w2"),
        ("caller", "main"),
        ("lock", "lock"),
    ]
    assert [group.lanes for group in chart.groups] == [[0, 1, 2], [3], [4]]
    first, second, third, main, _ = chart.lanes
    assert (first.tasks.track.start // MS).tolist() == [2, 8]
    assert first.tasks.track.end.tolist() == [6 * MS, NEVER]
    assert first.tasks.track.kind.tolist() == [FINISHED, RUNNING]
    assert first.detail.startswith("#3 C()")
    assert second.ending == "crashed: killed by SIGKILL"
    assert (second.dead, third.dead) == (True, False)
    assert (third.detail, third.share, len(third.tasks.track)) == ("idle", 0.0, 0)
    assert (len(second.blocks.track), len(main.waits[0].track)) == (1, 1)
    assert list(main.holds) == [0]


def test_the_same_whether_followed_or_read_at_once() -> None:
    drawn = Drawn(DRAWING)
    batches = drawn.batches()
    store = Store(ORIGIN)
    chart = ChartSource(store)
    for batch in batches:
        store.extend([batch])
        chart.update()
    whole = ChartSource(drawn.store())
    for one, other in zip(
        sorted(chart.lanes, key=lambda lane: lane.title),
        sorted(whole.lanes, key=lambda lane: lane.title),
        strict=True,
    ):
        assert one.title == other.title
        for a, b in ((one.tasks, other.tasks), (one.blocks, other.blocks)):
            assert a.track.start.tolist() == b.track.start.tolist()
            assert a.track.end.tolist() == b.track.end.tolist()
            assert a.track.busy.tolist() == b.track.busy.tolist()
    assert chart.queue_depth.tolist() == whole.queue_depth.tolist()


def test_lanes_keep_their_identity() -> None:
    drawn = Drawn(DRAWING)
    store = Store(ORIGIN)
    chart = ChartSource(store)
    store.extend(drawn.batches()[:1])
    chart.update()
    before = {lane.key: lane for lane in chart.lanes}
    store.extend(drawn.batches()[1:])
    assert chart.update()
    assert not chart.update(), "nothing is new"
    assert all(lane is before.get(lane.key, lane) for lane in chart.lanes)


def test_now_is_the_clock_while_it_is_live() -> None:
    times = iter((50 * MS, 60 * MS, 70 * MS))
    chart = ChartSource(Drawn(DRAWING).store(), lambda: next(times))
    assert (chart.live, chart.now) == (True, 50 * MS)
    chart.update()
    assert chart.now == 60 * MS
    chart.set_clock(None)
    chart.update()
    assert not chart.live
    assert chart.now == chart.store.now_ns


def test_facts_of_a_task() -> None:
    chart = ChartSource(Drawn(DRAWING).store())
    facts = chart.facts(Hit("task", 0, 0))
    known = dict(facts.pairs)
    assert (facts.title, facts.state) == ("#1 A()", "finished")
    assert known["worker"] == "w0"
    assert known["submitted"] == "0.0 s by main (submit)"
    assert (known["waited"], known["ran"]) == ("2.00 ms", "4.00 ms")


def test_facts_of_a_block_a_hold_and_a_wait() -> None:
    store = Drawn(DRAWING).store()
    chart = ChartSource(store, lambda: store.now_ns)
    chart.update()
    assert chart.facts(Hit("block", 1, 0)).title == "waits for lock"
    block = pairs(chart, Hit("block", 1, 0))
    assert (block["held by"], block["blocked"], block["where"]) == ("main", "2.00 ms", "w.py:1")
    assert pairs(chart, Hit("hold", 3, 0))["released"] == "not yet"
    wait = pairs(chart, Hit("wait", 3, 0))
    assert wait["return_when"] == "ALL_COMPLETED"
    assert wait["futures"].startswith("#1, #2")
    assert pairs(chart, Hit("lane", 1))["ending"] == "crashed: killed by SIGKILL"
    assert chart.facts(Hit("queue", time=1)).title == "3 futures waiting"


def test_labels_of_blocks_get_shorter() -> None:
    chart = ChartSource(Drawn(DRAWING).store())
    assert chart.block_labels(0) == (
        "waits for lock, held by main",
        "lock held by main",
        "lock: main",
        "lock",
    )


class Processes(Trace):
    """A process pool of one worker: two tasks sent ahead, the second raises, a third cancelled."""

    def __init__(self) -> None:
        super().__init__()
        main, pinned = self.thread("main", role=Role.MAIN), self.pinned()
        self.pool, self.worker = self.id(), self.id()
        kind = PoolKind.PROCESS | StartMethod.SPAWN << 8
        pinned.emit(0, Kind.POOL_CREATED, self.pool, 1, "cpu", kind)
        pinned.emit(1, Kind.WORKER_STARTED, self.worker, self.pool, "cpu_0")
        child = self.thread("cpu_0", role=Role.WORKER)
        pinned.emit(2, Kind.WORKER_READY, self.worker, child.thread)
        self.tasks = [self.id() for _ in range(3)]
        for task in self.tasks:
            main.emit(MS, Kind.SUBMITTED, task, self.pool, "work()")
        for task, sent, start, end in zip(self.tasks, (2, 3), (4, 11), (10, 15), strict=False):
            main.emit(sent * MS, Kind.SENT, task)
            child.emit(start * MS, Kind.STARTED, task, self.worker)
            child.emit(end * MS, Kind.RETURNED, task, self.worker)
        main.emit(5 * MS, Kind.CANCELLED, self.tasks[2])
        main.emit(12 * MS, Kind.FINISHED, self.tasks[0], self.worker, "1", Outcome.RESULT)
        main.emit(
            16 * MS, Kind.FINISHED, self.tasks[1], self.worker, "ValueError: no", Outcome.EXCEPTION
        )
        pinned.emit(20 * MS, Kind.WORKER_GONE, self.worker, 3, d=WorkerEnd.CRASHED)


def stored(trace: Trace) -> Store:
    store = Store(ORIGIN)
    store.extend(trace.batches())
    return store


def test_sent_is_what_the_worker_was_idle_for() -> None:
    lane = ChartSource(stored(Processes())).lanes[0]
    assert lane.tasks.track.kind.tolist() == [FINISHED, EXCEPTION]
    sent = lane.sent.track
    # The second was sent at 3 ms, but until 10 ms its worker ran the first.
    assert (sent.start // MS).tolist() == [2, 10]
    assert (sent.end // MS).tolist() == [4, 11]
    assert lane.ending == "crashed: exit code 3"


def test_a_pool_is_told_in_one_line() -> None:
    chart = ChartSource(stored(Processes()))
    assert chart.groups[0].title == "cpu"
    assert chart.groups[0].detail == "process pool, spawn  ·  0 of 1 worker alive"


def test_cancelled_ones_are_marked() -> None:
    chart = ChartSource(stored(Processes()))
    assert (chart.cancel_times // MS).tolist() == [5]
    assert chart.facts(Hit("cancel", ref=int(chart.cancel_tasks[0]))).state == "cancelled"


def test_places_of_tasks() -> None:
    chart = ChartSource(stored(Processes()))
    place = chart.place(1)
    assert place is not None
    assert (place.lane, place.begin // MS, place.end // MS) == (0, 11, 15)
    assert chart.place(2) is None, "no worker had it"
    assert chart.place(99) is None


class Locking(Trace):
    """Two threads hand a lock over."""

    def __init__(self) -> None:
        super().__init__()
        lock = self.id()
        self.pinned().emit(0, Kind.LOCK_CREATED, lock, 0, "db_lock", LockKind.LOCK)
        first, second = self.thread("first"), self.thread("second")
        first.emit(1 * MS, Kind.LOCK_ACQUIRED, lock)
        second.emit(2 * MS, Kind.LOCK_WANTED, lock, first.thread)
        first.emit(5 * MS, Kind.LOCK_RELEASED, lock)
        second.emit(6 * MS, Kind.LOCK_ACQUIRED, lock, d=ACQUIRED_AFTER_WAIT)
        second.emit(9 * MS, Kind.LOCK_RELEASED, lock)


def test_a_handover_goes_from_who_released_to_who_waited() -> None:
    chart = ChartSource(stored(Locking()))
    lock = chart.lanes[-1]
    chosen = Hit("lane", len(chart.lanes) - 1, lock=lock.lock)
    found = chart.handovers(chosen, 0, 10 * MS, 10)
    titles = [chart.lanes[each.giver].title for each in found]
    assert titles == ["first"]
    assert chart.lanes[found[0].taker].title == "second"
    assert (found[0].released, found[0].time) == (5 * MS, 6 * MS)
    assert chart.handovers(chosen, 0, 10 * MS, 0) == [], "too many to be told apart"
    assert chart.handovers(None, 0, 10 * MS, 10) == [], "of what is chosen alone"
    assert chart.handovers(Hit("block", ref=0, lock=0), 0, 10 * MS, 10) == found
    assert chart.handovers(Hit("hold", ref=1, lock=0), 0, 10 * MS, 10) == found
    assert chart.handovers(Hit("hold", ref=0, lock=0), 0, 10 * MS, 10) == [], "it had not to wait"


def test_a_lock_has_a_lane_with_its_owners() -> None:
    chart = ChartSource(stored(Locking()))
    lane = next(lane for lane in chart.lanes if lane.kind == "lock")
    spans = lane.owners[0].track
    assert lane.title == "db_lock"
    assert (spans.start // MS).tolist() == [1, 6]
    assert (spans.end // MS).tolist() == [5, 9]
    assert [chart.owner_label(int(ref)) for ref in spans.ref] == ["first", "second"]
    assert lane.detail == "free"
    assert pairs(chart, Hit("lane", chart.lanes.index(lane)))["acquired"] == "2 times"


def test_a_lock_still_held_goes_on() -> None:
    lane = ChartSource(Drawn(DRAWING).store()).lanes[-1]
    assert lane.owners[0].track.open
    assert lane.detail == "held by main"
    assert lane.share == pytest.approx(1.0)


def test_what_was_dropped_is_told() -> None:
    store = stored(Processes())
    store.account(lost=2, dropped=3, torn=0, exits={}, errors=[], finished=True)
    chart = ChartSource(store)
    assert chart.edge == "3 tasks dropped by the quota, 2 events lost"
    assert chart.first == MS


def test_a_worker_was_not_idle_while_what_it_did_was_dropped() -> None:
    trace = Trace()
    pool, worker, task, stream = trace.id(), trace.id(), trace.id(), trace.thread("w")
    trace.pinned().emit(0, Kind.POOL_CREATED, pool, 1, "p")
    trace.pinned().emit(0, Kind.WORKER_STARTED, worker, pool, "w")
    trace.pinned().emit(0, Kind.WORKER_READY, worker, stream.thread)
    trace.thread("main").emit(80 * MS, Kind.SUBMITTED, task, pool, "f()")
    stream.emit(90 * MS, Kind.STARTED, task, worker)
    stream.emit(100 * MS, Kind.FINISHED, task, worker, "1")
    for dropped, share in ((0, 0.1), (3, 0.5)):
        store = stored(trace)
        store.account(lost=0, dropped=dropped, torn=0, exits={}, errors=[], finished=False)
        (lane,) = [each for each in ChartSource(store).lanes if each.kind == "worker"]
        assert lane.share == pytest.approx(share)


@pytest.mark.parametrize(
    ("kind", "how", "expected"),
    [
        (WaitKind.WAIT, ReturnWhen.FIRST_COMPLETED, "wait(2 futures, FIRST_COMPLETED)"),
        (WaitKind.AS_COMPLETED, ReturnWhen.NONE, "as_completed(2 futures)"),
    ],
)
def test_words_of_a_wait(kind: WaitKind, how: ReturnWhen, expected: str) -> None:
    trace = Trace()
    main, wait, task = trace.thread("main", role=Role.MAIN), trace.id(), trace.id()
    main.emit(MS, Kind.WAIT_BEGAN, wait, 0, 2, kind | how << 8)
    main.emit(MS, Kind.WAIT_ITEM, task, 2)
    chart = ChartSource(stored(trace))
    assert chart.wait_labels(0)[0] == expected
    assert chart.lanes[0].detail == expected


def test_the_workers_of_a_killed_process_are_not_idle() -> None:
    run = every_state()
    source = ChartSource(run.store)
    source.update()
    workers = [lane for lane in source.lanes if lane.kind == "worker"]
    assert workers[1].detail == "idle"
    told = {"lost": 0, "dropped": 0, "torn": 0, "errors": [], "finished": True}
    run.store.account(exits={1: -9}, **told)
    source.update()
    assert {lane.detail for lane in workers} == {"its process has ended"}
    assert "0 of 2 workers alive" in source.groups[0].detail


def test_what_a_killed_process_ran_it_ran_until_then() -> None:
    """Its task is never settled: it would be drawn as running to the end of the trace."""
    run = every_state()
    source = ChartSource(run.store)
    lane = source.lanes[0]
    assert lane.tasks.track.open
    run.trace.pinned().emit(0, Kind.PROCESS_STARTED, 1, 0, "script")
    run.take()
    told = {"lost": 0, "dropped": 0, "torn": 0, "errors": [], "finished": False}
    run.store.account(exits={1: -9}, exit_ns={1: 70 * MS}, **told)
    source.update()
    assert lane.tasks.track.end.tolist() == [30 * MS, 36 * MS, 70 * MS]
    assert [each.gone for each in source.lanes if each.lock < 0] == [70 * MS] * 3
    place = source.place(2)
    assert place is not None
    assert place.end == 70 * MS


def test_a_lock_that_somebody_waited_for_has_a_lane_however_late_it_comes() -> None:
    trace = Trace()
    pinned, one, other = trace.pinned(), trace.thread("one"), trace.thread("other")
    locks = [trace.id() for _ in range(14)]
    for number, lock in enumerate(locks):
        pinned.emit(number, Kind.LOCK_CREATED, lock, 0, f"lock {number}", LockKind.LOCK)
        one.emit(100 + 10 * number, Kind.LOCK_ACQUIRED, lock)
        if number == 11:
            other.emit(100 + 10 * number + 2, Kind.LOCK_WANTED, lock, one.thread)
            other.emit(100 + 10 * number + 6, Kind.LOCK_ACQUIRED, lock, d=1)
        one.emit(100 + 10 * number + 5, Kind.LOCK_RELEASED, lock)
    chart = ChartSource(stored(trace))
    shown = [lane.title for lane in chart.lanes if lane.lock >= 0]
    assert shown == [*(f"lock {number}" for number in range(8)), "lock 11"]
    assert "5 locks more not shown" in chart.groups[-1].detail


@pytest.mark.parametrize(
    ("end", "words"),
    [
        (WorkerEnd.FINISHED, ""),
        (WorkerEnd.CRASHED, "crashed: killed by SIGTERM"),
    ],
)
def test_a_worker_that_its_pool_terminated_did_not_crash(end: WorkerEnd, words: str) -> None:
    """As leaving ``with multiprocessing.Pool():`` does."""
    run = every_state()
    run.trace.pinned().emit(99 * MS, Kind.WORKER_GONE, run.workers[0][0], -15, d=end)
    chart = ChartSource(run.take())
    assert chart.lanes[0].gone == 99 * MS
    assert chart.lanes[0].ending == words


def test_a_lane_of_which_events_were_lost_says_so_and_not_that_it_is_idle() -> None:
    store = every_state().store
    chart = ChartSource(store)
    lane = next(lane for lane in chart.lanes if lane.kind == "worker" and lane.detail == "idle")
    worker = next(worker for worker in store.workers if worker.id == lane.key[1])
    store.lost_of = {store.threads[worker.thread].id: 1_200}
    store.version += 1
    chart.update()
    assert chart.lanes[chart.lane_of_key(lane.key)].detail == "1,200 events lost"
