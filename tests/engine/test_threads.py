"""Thread: its lane in the trace, and who joins it."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

import poolscope
from poolscope import Lock, Thread
from poolscope.trace import ident, recorder
from poolscope.trace.schema import Kind, Role, WaitKind, WaitOutcome
from tests.engine import oracle
from tests.engine.gates import LIMIT_S, Gate, join, on_thread


def told_waits(told: oracle.Told) -> list[tuple[Kind, int, int]]:
    """Of each record of a wait: its kind, its ``a`` where it is a thread, and ``d``."""
    events = told.all(Kind.WAIT_BEGAN, Kind.WAIT_ITEM, Kind.WAIT_ENDED)
    return [(e.kind, e.a if e.kind is Kind.WAIT_ITEM else 0, e.d) for e in events]


def test_a_lane_from_its_start_to_its_end(tmp_path: Path) -> None:
    with poolscope.record(tmp_path / "t"):
        thread = Thread(target=lambda: None, name="reader")
        thread.start()
        join(thread)
    told = oracle.check(tmp_path / "t")
    (started,) = (e for e in told.all(Kind.THREAD_STARTED) if e.text == "reader")
    assert (started.a, started.d) == (thread._trace_id, Role.THREAD)
    assert started.b == thread.native_id
    assert [e.a for e in told.all(Kind.THREAD_ENDED)] == [thread._trace_id]


def test_a_join_that_blocks_names_whom_it_waits_for(tmp_path: Path) -> None:
    gate = Gate()
    thread = Thread(target=gate.hold)
    with poolscope.record(tmp_path / "t"):
        thread.start()
        gate.await_arrivals()
        thread.join(0.001)
        thread.join(0)  # does not wait
        opener = on_thread(gate.open)
        thread.join()
        thread.join()  # has nothing to wait for
        join(opener)
    joined = thread._trace_id
    waits = told_waits(oracle.check(tmp_path / "t"))
    assert waits[:3] == [
        (Kind.WAIT_BEGAN, 0, WaitKind.JOIN),
        (Kind.WAIT_ITEM, joined, 0),
        (Kind.WAIT_ENDED, 0, WaitOutcome.TIMEOUT),
    ]
    # By now it may have ended already: then there is nothing to tell.
    assert waits[3:] in (
        [],
        [
            (Kind.WAIT_BEGAN, 0, WaitKind.JOIN),
            (Kind.WAIT_ITEM, joined, 0),
            (Kind.WAIT_ENDED, 0, WaitOutcome.SATISFIED),
        ],
    )


def test_an_untimed_join_ends_satisfied(tmp_path: Path) -> None:
    begun = threading.Event()
    emit = None

    def stay() -> None:
        assert begun.wait(LIMIT_S)

    with poolscope.record(tmp_path / "t"):
        emit = recorder.emit
        assert emit is not None

        def listen(kind: int, a: int, b: int, c: int, d: int) -> None:
            emit(kind, a, b, c, d)
            if kind == Kind.WAIT_ITEM:
                begun.set()

        thread = Thread(target=stay)
        thread.start()
        recorder.emit = listen
        thread.join()
    assert told_waits(oracle.check(tmp_path / "t")) == [
        (Kind.WAIT_BEGAN, 0, WaitKind.JOIN),
        (Kind.WAIT_ITEM, thread._trace_id, 0),
        (Kind.WAIT_ENDED, 0, WaitOutcome.SATISFIED),
    ]


def test_a_recording_that_begins_later_is_told_who_is_joined(tmp_path: Path) -> None:
    gate = Gate()
    thread = Thread(target=gate.hold, name="early")
    thread.start()
    gate.await_arrivals()
    with poolscope.record(tmp_path / "t"):
        thread.join(0.001)
        gate.open()
        join(thread)
    started = oracle.check(tmp_path / "t").all(Kind.THREAD_STARTED)
    assert (thread._trace_id, "early") in [(e.a, e.text) for e in started]


def test_what_is_refused_is_not_told(tmp_path: Path) -> None:
    errors: list[BaseException] = []

    def join_oneself() -> None:
        try:
            threading.current_thread().join()
        except RuntimeError as error:
            errors.append(error)

    thread = Thread(target=join_oneself)
    with poolscope.record(tmp_path / "t"):
        with pytest.raises(RuntimeError, match="before it is started"):
            thread.join()
        thread.start()
        join(thread)
    assert len(errors) == 1
    assert sum(e.kind is Kind.WAIT_BEGAN for e in oracle.check(tmp_path / "t").events) <= 1


def test_an_owner_that_died_holding_it(tmp_path: Path) -> None:
    lock = Lock("ledger")
    with poolscope.record(tmp_path / "t"):
        thread = Thread(target=lock.acquire)
        thread.start()
        join(thread)
        assert not lock.acquire(timeout=0.001)
    told = oracle.check(tmp_path / "t")
    dead = thread._trace_id
    assert [e.thread for e in told.all(Kind.LOCK_ACQUIRED)] == [dead]
    assert not told.all(Kind.LOCK_RELEASED)
    (wanted,) = told.all(Kind.LOCK_WANTED)
    (ended,) = (e for e in told.all(Kind.THREAD_ENDED) if e.a == dead)
    assert wanted.b == dead
    assert ended.t < wanted.t


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_has_ids_of_its_own() -> None:
    answers: list[int] = []

    def fork() -> None:
        pid = os.fork()
        if pid == 0:
            me = threading.current_thread()
            assert isinstance(me, Thread)
            os._exit(0 if me._trace_id == ident.thread_id() != parent else 1)
        answers.append(os.waitpid(pid, 0)[1])

    thread = Thread(target=fork)
    parent = thread._trace_id
    thread.start()
    join(thread)
    assert answers == [0]
