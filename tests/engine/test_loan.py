"""The lock of a future: lent by a worker, made by others, and the two at once."""

from __future__ import annotations

import dis
import os
import threading
from _thread import RLock, get_ident
from itertools import groupby
from typing import Any

import pytest

from poolscope import Future, ThreadPoolExecutor
from poolscope.future_fields import Fields
from poolscope.loan import Loan, hold, let_go, own_lock
from poolscope.sleeping import await_done
from poolscope.states import PENDING, RUNNING
from poolscope.trace import recorder
from tests.engine.gates import LIMIT_S, Gate, join, on_thread


@pytest.fixture
def loan() -> Loan:
    """This thread is the worker."""
    made = Loan()
    made.thread = get_ident()
    return made


def test_a_worker_leaves_no_lock_behind(loan: Loan) -> None:
    future: Future[int] = Future()
    assert future._start(1, 0, loan)
    future._settle(5, None, 1, "5", "", loan)
    assert future._lock is None
    assert future.result() == 5


def line_of(instruction: dis.Instruction) -> int | None:
    return instruction.positions.lineno if instruction.positions else None


@pytest.mark.parametrize(
    ("function", "attribute", "count"),
    [
        (own_lock, "_lock", 2),
        (Future._start, "_lock", 1),
        (Future._settle, "_lock", 1),
        (await_done, "_sleepers", 1),
        (Fields.__dict__["_condition"].fget, "_sleepers", 1),
    ],
)
def test_python_switches_threads_nowhere_between_the_look_and_the_store(
    function: Any, attribute: str, count: int
) -> None:
    # Every Python since 3.11 does so, and calls signal handlers, at calls, at jumps back and where
    # a frame begins or goes on. There it collects garbage; before 3.12 where something is made.
    harmless = ("LOAD_FAST", "STORE_FAST", "LOAD_ATTR", "STORE_ATTR", "COPY", "SWAP", "IS_OP")
    jumps = ("JUMP_FORWARD", "POP_JUMP_IF", "POP_JUMP_FORWARD_IF", "CACHE", "EXTENDED_ARG", "NOP")
    found = 0
    for _, line in groupby(dis.get_instructions(function), line_of):
        steps = [(step.opname, step.argval) for step in line]
        looks, stores = (
            steps.count(("LOAD_ATTR", attribute)),
            steps.count(("STORE_ATTR", attribute)),
        )
        if looks and stores:
            found += 1
            first = steps.index(("LOAD_ATTR", attribute))
            between = [name for name, _ in steps[first : steps.index(("STORE_ATTR", attribute))]]
            assert [name for name in between if not name.startswith(harmless + jumps)] == []
    assert found == count


def test_everybody_gets_the_same_lock() -> None:
    for _ in range(200):
        future: Future[int] = Future()
        start, came = threading.Barrier(4), list[Any]()

        def act(future: Future[int] = future, start: Any = start, came: Any = came) -> None:
            start.wait(LIMIT_S)
            came.append(future._guard())

        join(*[on_thread(act) for _ in range(4)])
        assert {id(lock) for lock in came} == {id(future._lock)}


def test_who_needs_the_lock_waits_until_the_loan_is_taken_out(loan: Loan) -> None:
    future: Future[int] = Future()
    future._lock = loan  # in the middle of a change
    came: list[bool] = []
    thread = on_thread(lambda: came.append(future.cancel()))
    while not loan.waiting:
        assert thread.is_alive()
    assert came == []
    future._state = RUNNING  # the change
    let_go(future, loan)
    join(thread)
    assert came == [False]
    assert type(future._lock) is type(RLock())


def test_a_loan_taken_out_between_the_two_looks_is_not_waited_for(loan: Loan) -> None:
    future: Future[int] = Future()
    future._lock = loan

    class Leaving(list[Any]):
        def append(self, gate: Any) -> None:
            future._lock = None  # the lender was through just before
            super().append(gate)

    loan.waiting = Leaving()
    came: list[object] = []
    join(on_thread(lambda: came.append(own_lock(future))))
    assert came == [future._lock]


def test_the_lenders_own_thread_gets_a_lock_in_the_middle_of_its_change(
    loan: Loan, monkeypatch: pytest.MonkeyPatch
) -> None:
    future: Future[int] = Future()
    seen: list[object] = []

    def interrupted(*_event: object) -> None:  # as by a signal handler or a __del__
        with future._condition:
            seen.append(future._state)

    monkeypatch.setattr(recorder, "emit", interrupted)
    assert future._start(1, 0, loan)
    assert seen == [PENDING]
    assert future._state == RUNNING
    # The condition's lock is the one that stayed, and nobody holds it.
    lock = future._lock
    join(on_thread(lambda: seen.append(lock.acquire(blocking=False) and lock.release() is None)))
    assert seen == [PENDING, True]
    future._settle(1, None, 1, "", "", loan)
    assert future._lock is lock


def test_a_lock_that_is_there_is_used(loan: Loan) -> None:
    future: Future[int] = Future()
    held = hold(future)
    threads = [on_thread(lambda: future._start(1, 0, loan))]
    assert future._state == PENDING
    let_go(future, held)
    join(*threads)
    assert future._state == RUNNING


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_child_forked_in_the_middle_of_a_change_does_not_wait_for_its_parents_worker() -> None:
    gate = Gate()
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(gate.hold)
        gate.await_arrivals()
        (worker,) = pool._crew.workers
        queued = pool.submit(int)
        queued._lock = worker.loan
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                status = 0 if queued.cancel() and queued._lock is queued._guard() else 2
            finally:
                os._exit(status)
        let_go(queued, worker.loan)
        gate.open()
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        assert future.result(LIMIT_S) is None
