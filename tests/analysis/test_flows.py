"""Edges between lanes: what let what happen, and nothing that did not."""

from __future__ import annotations

from poolscope.analysis.flows import Flow, flows
from poolscope.analysis.store import Store
from poolscope.trace.schema import GaveUp, Kind, LockKind, Outcome, Role, Signal, WaitKind
from tests.analysis.traces import ORIGIN, Trace


class Scene(Trace):
    """A caller, a worker of a pool, and a lock."""

    def __init__(self) -> None:
        super().__init__()
        self.main = self.thread("main", role=Role.MAIN)
        self.hand = self.thread("io_0", role=Role.WORKER)
        self.pool, self.worker, self.lock = self.id(), self.id(), self.id()
        self.pinned().emit(0, Kind.POOL_CREATED, self.pool, 1, "io", 0)
        self.pinned().emit(0, Kind.WORKER_STARTED, self.worker, self.pool, "io_0")
        self.pinned().emit(0, Kind.WORKER_READY, self.worker, self.hand.thread)
        self.pinned().emit(0, Kind.LOCK_CREATED, self.lock, 0, "db", LockKind.LOCK)

    def task(self, submitted: int, began: int, ended: int | None) -> int:
        key = self.id()
        self.main.emit(submitted, Kind.SUBMITTED, key, self.pool, "f()")
        self.hand.emit(began, Kind.STARTED, key, self.worker)
        if ended is not None:
            self.hand.emit(ended, Kind.FINISHED, key, self.worker, "1", Outcome.RESULT)
        return key

    def told(self, kind: str) -> list[tuple[str, int, str, int, str, str]]:
        store = Store(ORIGIN)
        store.extend(self.batches())
        found = list(flows(store))
        assert len({flow.id for flow in found}) == len(found)
        name = [thread.name for thread in store.threads]
        return [
            (name[f.source], f.begin, name[f.target], f.end, f.cause, f.effect)
            for f in found
            if f.kind == kind
        ]


def test_a_submission_leads_to_its_start() -> None:
    scene = Scene()
    scene.task(5, 9, 20)
    assert scene.told("submit") == [("main", 5, "io_0", 9, "submit f()", "start f()")]


def test_the_end_of_a_task_leads_to_the_wait_it_released() -> None:
    scene = Scene()
    task, wait = scene.task(1, 2, 20), scene.id()
    scene.main.emit(3, Kind.WAIT_BEGAN, wait, 0, 1, WaitKind.RESULT)
    scene.main.emit(3, Kind.WAIT_ITEM, task, 1)
    scene.main.emit(25, Kind.WAIT_ENDED, wait, task, 1)
    assert scene.told("result") == [("io_0", 20, "main", 25, "end f()", "got f()")]


def test_a_task_that_still_runs_released_nobody() -> None:
    scene = Scene()
    task, wait = scene.task(1, 2, None), scene.id()
    scene.main.emit(3, Kind.WAIT_BEGAN, wait, 0, 1, WaitKind.RESULT)
    scene.main.emit(25, Kind.WAIT_ENDED, wait, task, 0)
    assert scene.told("result") == []


def test_a_release_leads_to_the_acquire_that_it_let_through() -> None:
    scene = Scene()
    scene.main.emit(1, Kind.LOCK_ACQUIRED, scene.lock)
    scene.hand.emit(4, Kind.LOCK_WANTED, scene.lock, scene.main.thread)
    scene.main.emit(8, Kind.LOCK_RELEASED, scene.lock)
    scene.hand.emit(9, Kind.LOCK_ACQUIRED, scene.lock, d=1)
    scene.hand.emit(12, Kind.LOCK_RELEASED, scene.lock)
    assert scene.told("lock") == [("main", 8, "io_0", 9, "release db", "acquire db")]


def test_of_several_releases_it_is_the_last_before_it() -> None:
    scene = Scene()
    other = scene.thread("other")
    scene.main.emit(1, Kind.LOCK_ACQUIRED, scene.lock)
    scene.hand.emit(4, Kind.LOCK_WANTED, scene.lock)
    scene.main.emit(8, Kind.LOCK_RELEASED, scene.lock)
    other.emit(9, Kind.LOCK_ACQUIRED, scene.lock)  # it was quicker
    other.emit(15, Kind.LOCK_RELEASED, scene.lock)
    scene.hand.emit(16, Kind.LOCK_ACQUIRED, scene.lock, d=1)
    assert [each[:4] for each in scene.told("lock")] == [("other", 15, "io_0", 16)]


def test_who_gave_up_was_let_through_by_nobody() -> None:
    scene = Scene()
    scene.main.emit(1, Kind.LOCK_ACQUIRED, scene.lock)
    scene.hand.emit(4, Kind.LOCK_WANTED, scene.lock, d=1)
    scene.main.emit(8, Kind.LOCK_RELEASED, scene.lock)
    scene.hand.emit(9, Kind.LOCK_GAVE_UP, scene.lock, d=GaveUp.TIMEOUT)
    assert scene.told("lock") == []


def test_as_completed_got_what_ended_while_it_waited() -> None:
    scene = Scene()
    one, two, wait = scene.task(1, 2, 20), scene.task(1, 21, 30), scene.id()
    three = scene.task(1, 31, 60)
    scene.main.emit(3, Kind.WAIT_BEGAN, wait, 0, 3, WaitKind.AS_COMPLETED)
    scene.main.emit(3, Kind.WAIT_ITEM, one, 3)
    scene.main.emit(25, Kind.WAIT_RELEASED, wait, one)
    scene.main.emit(40, Kind.WAIT_RELEASED, wait, two)  # done before it came back for it
    scene.main.emit(45, Kind.WAIT_RESUMED, wait)
    scene.main.emit(61, Kind.WAIT_RELEASED, wait, three)
    scene.main.emit(62, Kind.WAIT_ENDED, wait, 0, 3)
    assert scene.told("result") == [
        ("io_0", 20, "main", 25, "end f()", "got f()"),
        ("io_0", 60, "main", 61, "end f()", "got f()"),
    ]


def test_a_signal_leads_to_who_had_waited_for_it() -> None:
    scene = Scene()
    jobs = scene.id()
    scene.pinned().emit(0, Kind.LOCK_CREATED, jobs, 0, "jobs", LockKind.QUEUE)
    scene.hand.emit(5, Kind.SIGNAL_WANTED, jobs, d=Signal.QUEUE_GET)
    scene.main.emit(9, Kind.SIGNAL_SENT, jobs, 1, d=Signal.QUEUE_PUT)
    scene.hand.emit(10, Kind.SIGNAL_GOT, jobs, d=Signal.QUEUE_GET)
    scene.hand.emit(15, Kind.SIGNAL_WANTED, jobs, d=Signal.QUEUE_GET)
    scene.hand.emit(20, Kind.SIGNAL_GAVE_UP, jobs, d=Signal.QUEUE_GET | GaveUp.TIMEOUT << 8)
    assert scene.told("signal") == [("main", 9, "io_0", 10, "put jobs", "woken by jobs")]


def test_the_end_of_a_thread_leads_to_its_join() -> None:
    scene = Scene()
    other, wait = scene.thread("other"), scene.id()
    other.emit(1, Kind.SPAN_BEGAN, scene.id(), 0, "work")
    scene.main.emit(3, Kind.WAIT_BEGAN, wait, 0, 1, WaitKind.JOIN)
    scene.main.emit(3, Kind.WAIT_ITEM, other.thread, 1)
    scene.pinned().emit(30, Kind.THREAD_ENDED, other.thread)
    scene.main.emit(31, Kind.WAIT_ENDED, wait, 0, 1)
    assert scene.told("join") == [("other", 30, "main", 31, "end other", "joined other")]


def test_nothing_gives_no_edges() -> None:
    assert list[Flow](flows(Store())) == []
