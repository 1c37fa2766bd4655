"""What the trace is told of conditions, events, barriers and queues."""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import poolscope
from poolscope import Barrier, Condition, Event, Lock, PriorityQueue, Queue, RLock
from poolscope.trace import ident
from poolscope.trace.schema import SIGNAL_TIMED, GaveUp, Kind, LockKind, Signal
from tests.engine import oracle
from tests.engine.gates import LIMIT_S, join, on_thread, when_told

Step = tuple[str, Kind, int, int]
CREATED, WANTED, GOT, SENT = (
    Kind.LOCK_CREATED,
    Kind.SIGNAL_WANTED,
    Kind.SIGNAL_GOT,
    Kind.SIGNAL_SENT,
)
GAVE_UP = Kind.SIGNAL_GAVE_UP
ACQUIRED, RELEASED = Kind.LOCK_ACQUIRED, Kind.LOCK_RELEASED


def steps(folder: Path, *objects: Any) -> list[Step]:
    """What is told of ``objects``: by this thread (me) or another, what, ``b`` and ``d``."""
    told = oracle.check(folder)
    ids = {each._id for each in objects}
    found = []
    for event in told.events:
        if event.a in ids and event.kind is not CREATED:
            who = "me" if event.thread == ident.thread_id() else "other"
            found.append((who, event.kind, event.b, event.d))
            if event.kind in (WANTED, SENT):
                assert event.text.startswith(f"{__file__}:"), event.text
    return found


def created(folder: Path, one: Any) -> tuple[str, int, int]:
    """Name, size and kind, of which a recording is told once."""
    (event,) = (e for e in oracle.read(folder).all(CREATED) if e.a == one._id)
    return event.text, event.b, event.d


def given_up(signal: Signal, why: GaveUp) -> int:
    return signal | why << 8


class TestCondition:
    @pytest.mark.parametrize("make", [Lock, RLock])
    def test_waiting_and_being_notified(
        self, make: Callable[[], Lock | RLock], tmp_path: Path
    ) -> None:
        lock = make()
        ready = Condition(lock, "ready")

        def wait() -> None:
            with ready:
                assert ready.wait()

        with poolscope.record(tmp_path / "t"):
            blocked = when_told(WANTED)
            thread = on_thread(wait)
            blocked()
            with ready:
                ready.notify()
            join(thread)
        wait_, notify = Signal.CONDITION_WAIT, Signal.CONDITION_NOTIFY
        told = steps(tmp_path / "t", ready, lock)
        # Who waits may have to wait for the lock too, once woken: it is still the notifier's.
        told = [(*step[:3], 0) if step[1] is ACQUIRED else step for step in told]
        told = [step for step in told if step[1] is not Kind.LOCK_WANTED]
        assert told[:5] == [
            ("other", ACQUIRED, 0, 0),
            ("other", RELEASED, 0, 0),
            ("other", WANTED, 0, wait_),
            ("me", ACQUIRED, 0, 0),
            ("me", SENT, 1, notify),
        ]
        # The waiter is awake before or after the lock is free, and has the lock only then.
        assert sorted(told[5:7]) == [("me", RELEASED, 0, 0), ("other", GOT, 0, wait_)]
        assert told[7:] == [("other", ACQUIRED, 0, 0), ("other", RELEASED, 0, 0)]
        assert created(tmp_path / "t", ready) == ("ready", lock._id, LockKind.CONDITION)

    def test_time_up_and_nobody_there(self, tmp_path: Path) -> None:
        ready = Condition()
        with poolscope.record(tmp_path / "t"), ready:
            assert not ready.wait(0.001)
            assert not ready.wait(0)
            ready.notify_all()
        wait = Signal.CONDITION_WAIT
        assert steps(tmp_path / "t", ready) == [
            ("me", WANTED, 0, wait | SIGNAL_TIMED),
            ("me", GAVE_UP, 0, given_up(wait, GaveUp.TIMEOUT)),
            ("me", GAVE_UP, 0, given_up(wait, GaveUp.WOULD_BLOCK)),
            ("me", SENT, 0, Signal.CONDITION_NOTIFY),
        ]
        name, lock, _ = created(tmp_path / "t", ready)
        assert name.startswith(f"ready ({Path(__file__).name}:")
        assert (lock, ready._lock.name) == (ready._lock._id, f"RLock of {name}")

    def test_over_another_kind_of_lock(self, tmp_path: Path) -> None:
        ready = Condition(threading.Lock())
        with poolscope.record(tmp_path / "t"), ready:
            assert not ready.wait_for(lambda: False, 0.001)
        assert {step[1] for step in steps(tmp_path / "t", ready)} == {WANTED, GAVE_UP}
        assert created(tmp_path / "t", ready)[1] == 0

    def test_an_rlock_taken_twice_is_let_go_once(self, tmp_path: Path) -> None:
        ready = Condition()
        with poolscope.record(tmp_path / "t"), ready, ready:
            ready.wait(0.001)
            assert ready._lock._recursion_count() == 2
        told = [step[1] for step in steps(tmp_path / "t", ready, ready._lock)]
        assert told == [ACQUIRED, RELEASED, WANTED, GAVE_UP, ACQUIRED, RELEASED]

    def test_what_is_not_held_is_refused_and_not_told(self, tmp_path: Path) -> None:
        ready = Condition()
        with poolscope.record(tmp_path / "t"):
            for act in (ready.wait, ready.notify):
                with pytest.raises(RuntimeError, match="un-acquired"):
                    act()
        assert not oracle.read(tmp_path / "t").all(WANTED, GAVE_UP, SENT)


class TestEvent:
    def test_waiting_and_being_set(self, tmp_path: Path) -> None:
        start = Event()
        with poolscope.record(tmp_path / "t"):
            blocked = when_told(WANTED)
            threads = [on_thread(lambda: start.wait()) for _ in range(2)]
            blocked()
            blocked()
            start.set()
            join(*threads)
            assert start.wait()  # with nothing to wait for
            start.clear()
        told = steps(tmp_path / "t", start)
        assert told == [
            ("other", WANTED, 0, Signal.EVENT_WAIT),
            ("other", WANTED, 0, Signal.EVENT_WAIT),
            ("me", SENT, 2, Signal.EVENT_SET),
            ("other", GOT, 0, Signal.EVENT_WAIT),
            ("other", GOT, 0, Signal.EVENT_WAIT),
            ("me", SENT, 0, Signal.EVENT_CLEAR),
        ]
        name, size, kind = created(tmp_path / "t", start)
        assert name.startswith("start (")
        assert (size, kind) == (0, LockKind.EVENT)

    def test_time_up(self, tmp_path: Path) -> None:
        start = Event("start")
        with poolscope.record(tmp_path / "t"):
            assert not start.wait(0.001)
            assert not start.wait(timeout=0)
        assert steps(tmp_path / "t", start) == [
            ("me", WANTED, 0, Signal.EVENT_WAIT | SIGNAL_TIMED),
            ("me", GAVE_UP, 0, given_up(Signal.EVENT_WAIT, GaveUp.TIMEOUT)),
            ("me", GAVE_UP, 0, given_up(Signal.EVENT_WAIT, GaveUp.WOULD_BLOCK)),
        ]


class TestBarrier:
    def test_tripped_by_the_last(self, tmp_path: Path) -> None:
        meeting = Barrier(2)
        with poolscope.record(tmp_path / "t"):
            blocked = when_told(WANTED)
            thread = on_thread(lambda: meeting.wait())
            blocked()
            assert meeting.wait() == 1
            join(thread)
        assert steps(tmp_path / "t", meeting) == [
            ("other", WANTED, 0, Signal.BARRIER_WAIT),
            ("me", SENT, 1, Signal.BARRIER_TRIP),
            ("other", GOT, 0, Signal.BARRIER_WAIT),
        ]
        name, size, kind = created(tmp_path / "t", meeting)
        assert name.startswith("meeting (")
        assert (size, kind) == (2, LockKind.BARRIER)

    def test_time_up_breaks_it(self, tmp_path: Path) -> None:
        meeting = Barrier(2, timeout=0.001)
        with poolscope.record(tmp_path / "t"):
            for _ in range(2):
                with pytest.raises(threading.BrokenBarrierError):
                    meeting.wait()
        assert steps(tmp_path / "t", meeting) == [
            ("me", WANTED, 0, Signal.BARRIER_WAIT | SIGNAL_TIMED),
            ("me", GAVE_UP, 0, given_up(Signal.BARRIER_WAIT, GaveUp.TIMEOUT)),
            ("me", SENT, 0, Signal.BARRIER_ABORT),
        ]

    @pytest.mark.parametrize("act", ["abort", "reset"])
    def test_broken_by_another(self, act: str, tmp_path: Path) -> None:
        meeting = Barrier(2, name="meeting")
        errors: list[BaseException] = []

        def meet() -> None:
            try:
                meeting.wait()
            except threading.BrokenBarrierError as error:
                errors.append(error)

        with poolscope.record(tmp_path / "t"):
            blocked = when_told(WANTED)
            thread = on_thread(meet)
            blocked()
            getattr(meeting, act)()
            join(thread)
        assert len(errors) == 1
        sent = Signal.BARRIER_ABORT if act == "abort" else Signal.BARRIER_RESET
        assert steps(tmp_path / "t", meeting) == [
            ("other", WANTED, 0, Signal.BARRIER_WAIT),
            ("me", SENT, 1, sent),
            ("other", GAVE_UP, 0, given_up(Signal.BARRIER_WAIT, GaveUp.ERROR)),
        ]


SHUT_DOWN = pytest.mark.skipif(
    sys.version_info < (3, 13), reason="queues can be shut down from 3.13 on"
)


class TestQueue:
    def test_a_getter_waits_for_a_put(self, tmp_path: Path) -> None:
        jobs: Queue[int] = Queue(3)
        taken: list[int] = []
        with poolscope.record(tmp_path / "t"):
            blocked = when_told(WANTED)
            thread = on_thread(lambda: taken.append(jobs.get()))
            blocked()
            jobs.put(7)
            join(thread)
        assert taken == [7]
        assert steps(tmp_path / "t", jobs) == [
            ("other", WANTED, 0, Signal.QUEUE_GET),
            ("me", SENT, 1, Signal.QUEUE_PUT),
            ("other", GOT, 0, Signal.QUEUE_GET),
            ("other", SENT, 0, Signal.QUEUE_GET),
        ]
        name, size, kind = created(tmp_path / "t", jobs)
        assert name.startswith("jobs (")
        assert (size, kind) == (3, LockKind.QUEUE)

    def test_a_putter_waits_for_a_get(self, tmp_path: Path) -> None:
        jobs: Queue[int] = PriorityQueue(1)
        with poolscope.record(tmp_path / "t"):
            blocked = when_told(WANTED)
            jobs.put(1)
            thread = on_thread(lambda: jobs.put(2))
            blocked()
            assert jobs.get() == 1
            join(thread)
        assert steps(tmp_path / "t", jobs) == [
            ("me", SENT, 1, Signal.QUEUE_PUT),
            ("other", WANTED, 0, Signal.QUEUE_PUT),
            ("me", SENT, 0, Signal.QUEUE_GET),
            ("other", GOT, 0, Signal.QUEUE_PUT),
            ("other", SENT, 1, Signal.QUEUE_PUT),
        ]

    def test_join_waits_for_the_last_task_done(self, tmp_path: Path) -> None:
        jobs: Queue[int] = Queue()
        for number in range(2):
            jobs.put(number)
        with poolscope.record(tmp_path / "t"):
            blocked = when_told(WANTED)
            thread = on_thread(lambda: jobs.join())
            blocked()
            jobs.task_done()
            jobs.task_done()
            join(thread)
        assert steps(tmp_path / "t", jobs) == [
            ("other", WANTED, 0, Signal.QUEUE_JOIN),
            ("me", SENT, 0, Signal.QUEUE_TASK_DONE),
            ("other", GOT, 0, Signal.QUEUE_JOIN),
        ]

    def test_giving_up(self, tmp_path: Path) -> None:
        jobs: Queue[int] = Queue(1)
        with poolscope.record(tmp_path / "t"):
            with pytest.raises(queue.Empty):
                jobs.get_nowait()
            with pytest.raises(queue.Empty):
                jobs.get(timeout=0.001)
            jobs.put(1)
            with pytest.raises(queue.Full):
                jobs.put(2, timeout=0.001)
        get, put = Signal.QUEUE_GET, Signal.QUEUE_PUT
        assert steps(tmp_path / "t", jobs) == [
            ("me", GAVE_UP, 0, given_up(get, GaveUp.WOULD_BLOCK)),
            ("me", WANTED, 0, get | SIGNAL_TIMED),
            ("me", GAVE_UP, 0, given_up(get, GaveUp.TIMEOUT)),
            ("me", SENT, 1, put),
            ("me", WANTED, 0, put | SIGNAL_TIMED),
            ("me", GAVE_UP, 0, given_up(put, GaveUp.TIMEOUT)),
        ]

    def test_who_finds_the_item_gone_still_waits(self, tmp_path: Path) -> None:
        jobs: Queue[int] = Queue()
        taken: list[int] = []
        with poolscope.record(tmp_path / "t"):
            blocked = when_told(WANTED)
            thread = on_thread(lambda: taken.append(jobs.get(timeout=LIMIT_S)))
            blocked()
            with jobs.mutex:  # woken, with nothing there: as when another was quicker
                threading.Condition.notify(jobs.not_empty)
            jobs.put(1)
            join(thread)
        told = [step[:2] for step in steps(tmp_path / "t", jobs)]
        assert told == [("other", WANTED), ("me", SENT), ("other", GOT), ("other", SENT)]

    @SHUT_DOWN
    def test_a_shutdown_is_no_signal(self, tmp_path: Path) -> None:
        jobs: Queue[int] = Queue()
        errors: list[BaseException] = []

        def get() -> None:
            try:
                jobs.get()
            except queue.ShutDown as error:  # type: ignore[attr-defined]
                errors.append(error)

        with poolscope.record(tmp_path / "t"):
            blocked = when_told(WANTED)
            thread = on_thread(get)
            blocked()
            jobs.shutdown()  # type: ignore[attr-defined]
            join(thread)
        assert len(errors) == 1
        assert steps(tmp_path / "t", jobs) == [
            ("other", WANTED, 0, Signal.QUEUE_GET),
            ("other", GAVE_UP, 0, given_up(Signal.QUEUE_GET, GaveUp.ERROR)),
        ]

    @SHUT_DOWN
    def test_a_shutdown_makes_no_room(self, tmp_path: Path) -> None:
        jobs: Queue[int] = Queue(1)
        jobs.put(1)
        errors: list[BaseException] = []

        def put() -> None:
            try:
                jobs.put(2)
            except queue.ShutDown as error:  # type: ignore[attr-defined]
                errors.append(error)

        with poolscope.record(tmp_path / "t"):
            blocked = when_told(WANTED)
            thread = on_thread(put)
            blocked()
            jobs.shutdown(immediate=True)  # type: ignore[attr-defined]
            join(thread)
        assert len(errors) == 1
        assert steps(tmp_path / "t", jobs) == [
            ("other", WANTED, 0, Signal.QUEUE_PUT),
            ("other", GAVE_UP, 0, given_up(Signal.QUEUE_PUT, GaveUp.ERROR)),
        ]

    @SHUT_DOWN
    @pytest.mark.parametrize("at_work", [True, False])
    def test_what_a_shutdown_throws_away_is_done(self, at_work: bool, tmp_path: Path) -> None:
        jobs: Queue[int] = Queue()
        jobs.put(1)
        if at_work:
            jobs.put(2)
            jobs.get()
        with poolscope.record(tmp_path / "t"):
            blocked = when_told(WANTED)
            thread = on_thread(lambda: jobs.join())
            blocked()
            jobs.shutdown(immediate=True)  # type: ignore[attr-defined]
            if at_work:
                assert thread.is_alive()
                jobs.task_done()
            join(thread)
        # One signal, and not by a shutdown that leaves something to be done.
        told = [
            ("other", WANTED, 0, Signal.QUEUE_JOIN),
            ("me", SENT, 0, Signal.QUEUE_TASK_DONE),
            ("other", GOT, 0, Signal.QUEUE_JOIN),
        ]
        assert steps(tmp_path / "t", jobs) == told


STUCK = """
import sys, threading
import poolscope

ready, start = poolscope.Condition(name="ready"), poolscope.Event("start")
jobs, meeting = poolscope.Queue(name="jobs"), poolscope.Barrier(2, name="meeting")
slots = poolscope.Semaphore(0, "slots")


def await_notify():
    with ready:
        ready.wait()


with poolscope.record(sys.argv[1]):
    acts = [await_notify, start.wait, jobs.get, meeting.wait, slots.acquire]
    for act in acts:
        poolscope.Thread(target=act, daemon=True).start()
    inner = [ready, start._cond, jobs.not_empty, meeting._cond, slots._cond]
    while not all(condition._waiters for condition in inner):
        pass
    print("stuck", flush=True)
    sys.stdin.read()
"""


def test_who_is_stuck_is_seen_when_the_process_is_killed(
    tmp_path: Path, clean_environment: dict[str, str]
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STUCK, str(tmp_path / "t")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=clean_environment,
    ) as child:
        assert child.stdout is not None
        try:
            assert child.stdout.readline() == "stuck\n"
        finally:
            child.kill()
    told = oracle.read(tmp_path / "t")
    names = {event.a: event.text for event in told.all(CREATED)}
    wanted = [names[event.a] for event in told.all(WANTED, Kind.LOCK_WANTED)]
    assert sorted(wanted) == ["jobs", "meeting", "ready", "slots", "start"]
    assert not told.all(GOT, GAVE_UP, Kind.LOCK_GAVE_UP)


def test_what_is_not_recorded_is_not_told(tmp_path: Path) -> None:
    """A wait that began before the recording, and ends in it, has no beginning: nothing is said."""
    start, jobs = Event(), Queue[int]()
    waiting = threading.Barrier(3)
    threads = [
        on_thread(lambda: (waiting.wait(), start.wait())),
        on_thread(lambda: (waiting.wait(), jobs.get())),
    ]
    waiting.wait()
    while not (start._cond._waiters and jobs.not_empty._waiters):  # type: ignore[attr-defined]
        pass
    with poolscope.record(tmp_path / "t"):
        start.set()
        jobs.put(1)
        join(*threads)
    told = [step[1:] for step in steps(tmp_path / "t", start, jobs)]
    assert (SENT, 1, Signal.EVENT_SET) in told
    assert all(kind is SENT for kind, _, _ in told)
