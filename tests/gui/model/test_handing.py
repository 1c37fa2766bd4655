"""What let a blocked stretch go on: found where the trace says it, and not made up where not."""

from __future__ import annotations

import pytest

from poolscope.analysis.store import Store
from poolscope.trace.schema import (
    ACQUIRED_AFTER_WAIT,
    SIGNAL_TIMED,
    GaveUp,
    Kind,
    LockKind,
    Role,
    Signal,
    WaitKind,
    WaitOutcome,
)
from poolscope_gui.model import handing
from poolscope_gui.model.chart import Hit
from poolscope_gui.model.source import ChartSource
from tests.analysis.traces import ORIGIN, Stream, Trace
from tests.gui.made_traces import MadeRun

MS = 1_000_000


class Meeting(Trace):
    """Two threads and one thing that they meet at."""

    def __init__(self, kind: LockKind, name: str) -> None:
        super().__init__()
        self.thing = self.id()
        self.pinned().emit(0, Kind.LOCK_CREATED, self.thing, 0, name, kind)
        self.one, self.other = self.thread("one"), self.thread("other")

    def chart(self) -> ChartSource:
        store = Store(ORIGIN)
        store.extend(self.batches())
        return ChartSource(store)

    def waits(self, stream: Stream, signal: Signal, begin: int, end: int) -> None:
        stream.emit(begin * MS, Kind.SIGNAL_WANTED, self.thing, 0, "w.py:7", signal)
        stream.emit(end * MS, Kind.SIGNAL_GOT, self.thing, d=signal)

    def sends(self, stream: Stream, signal: Signal, at: int) -> None:
        stream.emit(at * MS, Kind.SIGNAL_SENT, self.thing, 1, "w.py:9", signal)


@pytest.mark.parametrize(
    ("kind", "waited", "sent", "label", "did"),
    [
        (LockKind.CONDITION, Signal.CONDITION_WAIT, Signal.CONDITION_NOTIFY,
         "waits for x (condition)", "other notified x (condition)"),
        (LockKind.EVENT, Signal.EVENT_WAIT, Signal.EVENT_SET,
         "waits for x (event)", "other set x (event)"),
        (LockKind.BARRIER, Signal.BARRIER_WAIT, Signal.BARRIER_TRIP,
         "waits at x (barrier)", "other was the last at x (barrier)"),
        (LockKind.QUEUE, Signal.QUEUE_GET, Signal.QUEUE_PUT,
         "waits to get from x (queue)", "other put into x (queue)"),
        (LockKind.QUEUE, Signal.QUEUE_PUT, Signal.QUEUE_GET,
         "waits to put into x (queue)", "other got from x (queue)"),
        (LockKind.QUEUE, Signal.QUEUE_JOIN, Signal.QUEUE_TASK_DONE,
         "waits until x (queue) is done", "other called task_done of x (queue)"),
    ],
)  # fmt: skip
def test_a_wait_for_a_signal_is_named_and_its_signal_found(
    kind: LockKind, waited: Signal, sent: Signal, label: str, did: str
) -> None:
    trace = Meeting(kind, "x")
    trace.waits(trace.one, waited, 1, 6)
    trace.sends(trace.other, sent, 2)
    trace.sends(trace.other, sent, 5)
    trace.sends(trace.other, sent, 8)
    chart = trace.chart()
    one = next(lane for lane in chart.lanes if lane.title == "one")
    assert one.signals.track.kind.tolist() == [0]
    assert chart.signal_labels(0)[0] == label
    hit = Hit("signal", 0, 0, lock=0)
    found = chart.unblocking(hit)
    assert (found.words, found.time, found.why_not) == (did, 5 * MS, "")
    assert chart.lanes[found.lane].title == "other"
    (line,) = chart.handovers(hit, 0, 9 * MS, 10)
    assert (line.released, line.time) == (5 * MS, 6 * MS)
    facts = chart.facts(hit)
    assert facts.title == label
    assert dict(facts.pairs)["let go on by"] == did
    lane = next(lane for lane in chart.lanes if lane.kind == "lock")
    assert (lane.waiter_times // MS).tolist() == [1, 6]
    assert lane.waiters.tolist() == [1, 0]


def test_what_nothing_let_go_on_is_said_so() -> None:
    trace = Meeting(LockKind.EVENT, "never")
    trace.one.emit(MS, Kind.SIGNAL_WANTED, trace.thing, d=Signal.EVENT_WAIT | SIGNAL_TIMED)
    trace.other.emit(MS, Kind.SIGNAL_WANTED, trace.thing, d=Signal.EVENT_WAIT)
    gave_up = Signal.EVENT_WAIT | GaveUp.TIMEOUT << 8
    trace.one.emit(3 * MS, Kind.SIGNAL_GAVE_UP, trace.thing, d=gave_up)
    chart = trace.chart()
    assert "gave up (timeout)" in chart.unblocking(Hit("signal", ref=0)).why_not
    assert chart.unblocking(Hit("signal", ref=1)).why_not == handing.STILL
    assert chart.unblocking(None).why_not == handing.NOTHING_CHOSEN
    assert chart.unblocking(Hit("queue")).why_not == handing.NOTHING_CHOSEN


def test_a_lock_released_by_another_thread_was_let_go_by_that_one() -> None:
    trace = Meeting(LockKind.LOCK, "db_lock")
    third = trace.thread("third")
    trace.one.emit(1 * MS, Kind.LOCK_ACQUIRED, trace.thing)
    trace.other.emit(2 * MS, Kind.LOCK_WANTED, trace.thing, trace.one.thread)
    third.emit(4 * MS, Kind.LOCK_RELEASED, trace.thing, trace.one.thread)
    trace.other.emit(5 * MS, Kind.LOCK_ACQUIRED, trace.thing, d=ACQUIRED_AFTER_WAIT)
    chart = trace.chart()
    found = chart.unblocking(Hit("block", ref=0, lock=0))
    assert (found.words, found.time) == ("third released db_lock", 4 * MS)
    assert chart.unblocking(Hit("hold", ref=1, lock=0)) == found, "the hold that it had waited for"
    assert chart.unblocking(Hit("hold", ref=0, lock=0)).why_not == handing.NEVER_BLOCKED


def test_the_label_names_the_task_that_holds_the_lock() -> None:
    run = MadeRun()
    lock = run.trace.id()
    run.trace.pinned().emit(0, Kind.LOCK_CREATED, lock, 0, "db_lock", LockKind.LOCK)
    for worker in (0, 1):
        run.start(run.submit(0), 1, worker)
    holder, waiter = (stream for _, stream in run.workers)
    holder.emit(2 * MS, Kind.LOCK_ACQUIRED, lock)
    waiter.emit(3 * MS, Kind.LOCK_WANTED, lock, holder.thread)
    chart = ChartSource(run.take())
    assert chart.block_labels(0)[0] == "waits for db_lock, held by io_0 (task #1)"
    assert chart.lanes[1].detail == chart.block_labels(0)[0]
    assert chart.unblocking(Hit("task", 1, 1)).why_not == handing.STILL, "the task's last stretch"
    # It changes hands while it is waited for: an open stretch says who holds it now.
    run.main.emit(6 * MS, Kind.LOCK_ACQUIRED, lock)
    holder.emit(5 * MS, Kind.LOCK_RELEASED, lock)
    run.take()
    chart.update()
    assert chart.block_labels(0)[0] == "waits for db_lock, held by MainThread"
    owners = dict(chart.facts(Hit("block", 1, 0, lock=0)).pairs)["held by"]
    assert owners.splitlines() == ["io_0 (task #1)", "MainThread"]


def test_a_wait_was_let_go_by_the_end_of_a_task_or_of_a_thread() -> None:
    run = MadeRun()
    task, wait, join = run.submit(0), run.trace.id(), run.trace.id()
    run.start(task, 1)
    run.main.emit(2 * MS, Kind.RESULT_WANTED, wait, task, d=WaitKind.RESULT)
    run.finish(task, 5)
    run.main.emit(6 * MS, Kind.WAIT_ENDED, wait, task, 1, WaitOutcome.SATISFIED)
    helper = run.trace.thread("helper", role=Role.CALLER)
    helper.emit(6 * MS, Kind.SUBMITTED, run.trace.id(), run.pool, "f()")
    run.main.emit(7 * MS, Kind.WAIT_BEGAN, join, 0, 1, WaitKind.JOIN)
    run.main.emit(7 * MS, Kind.WAIT_ITEM, helper.thread, 1)
    run.trace.pinned().emit(9 * MS, Kind.THREAD_ENDED, helper.thread)
    run.main.emit(10 * MS, Kind.WAIT_ENDED, join, 0, 1, WaitOutcome.SATISFIED)
    chart = ChartSource(run.take())
    assert chart.wait_labels(1)[0] == "join(helper)"
    found = chart.unblocking(Hit("wait", ref=0))
    assert (found.words, found.time, found.hit) == (
        "task #1 ended",
        5 * MS,
        Hit("task", 0, 0, 5 * MS),
    )
    found = chart.unblocking(Hit("wait", ref=1))
    assert (found.words, found.time) == ("helper ended", 9 * MS)
