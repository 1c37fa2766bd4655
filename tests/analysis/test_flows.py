"""Edges between lanes: what let what happen, and nothing that did not."""

from __future__ import annotations

from poolscope.analysis.flows import Flow, flows
from poolscope.analysis.store import Store
from poolscope.trace.schema import GaveUp, Kind, LockKind, Outcome, Role, WaitKind
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


def test_nothing_gives_no_edges() -> None:
    assert list[Flow](flows(Store())) == []
