"""Shared: updates that are really lost, and versions from which one can tell which."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest

import poolscope
from poolscope import Lock, Shared
from poolscope.trace import ident
from poolscope.trace.schema import Kind
from tests.engine import oracle
from tests.engine.gates import join, on_thread

ACCESSES = Kind.SHARED_READ, Kind.SHARED_WRITTEN
ROUNDS = 300


def race(act: Callable[[], None], threads: int = 2) -> None:
    """Do ``act`` in so many threads, all from the same moment on."""
    start = threading.Barrier(threads)

    def run() -> None:
        start.wait()
        act()

    join(*(on_thread(run) for _ in range(threads)))


def count(counter: Shared[int], lock: Lock | None = None) -> None:
    for _ in range(ROUNDS):
        with lock if lock is not None else nullcontext():
            counter.value += 1


def lost(events: list[oracle.Event]) -> int:
    """Writes by others between what a thread read and what it wrote, by their versions."""
    read: dict[int, int] = {}
    found = 0
    for event in sorted(events, key=lambda e: (e.thread, e.t)):
        if event.kind is Kind.SHARED_READ:
            read[event.thread] = event.b
        else:
            found += event.b - read[event.thread] - 1
    return found


def test_two_threads_without_a_lock_lose_updates(tmp_path: Path) -> None:
    counter = Shared("counter", 0)
    with poolscope.record(tmp_path / "t"):
        race(lambda: count(counter))
    events = oracle.check(tmp_path / "t").all(*ACCESSES)
    assert counter.value < 2 * ROUNDS
    writes = [e for e in events if e.kind is Kind.SHARED_WRITTEN]
    assert len(writes) == 2 * ROUNDS
    # No more is missing than the versions say was overwritten.
    assert lost(events) >= 2 * ROUNDS - counter.value > 0


def test_with_the_lock_held_none_is_lost(tmp_path: Path) -> None:
    counter, lock = Shared("counter", 0), Lock("lock")
    with poolscope.record(tmp_path / "t"):
        race(lambda: count(counter, lock))
    events = oracle.check(tmp_path / "t").all(*ACCESSES)
    assert (counter.value, lost(events)) == (2 * ROUNDS, 0)


def test_versions_and_times_are_true(tmp_path: Path) -> None:
    """Each read gives the version, and the value, that was written last before it."""
    counter = Shared("counter", 0)
    with poolscope.record(tmp_path / "t"):
        race(lambda: count(counter), threads=4)
    version, value = 0, "0"
    for event in oracle.check(tmp_path / "t").all(*ACCESSES):
        told = event.text.partition("\n")[0]
        if event.kind is Kind.SHARED_WRITTEN:
            version, value = version + 1, told
        assert (event.b, told) == (version, value)


def test_what_is_told_of_an_access(tmp_path: Path) -> None:
    account = Shared("account", "a")
    account.value = "b"  # before the recording, and counted
    with poolscope.record(tmp_path / "t"):
        account.value += "c"
    created, read, written = oracle.check(tmp_path / "t").all(Kind.SHARED_CREATED, *ACCESSES)
    assert (created.a, created.text) == (account._id, "account")
    assert (read.a, read.b, written.a, written.b) == (account._id, 1, account._id, 2)
    values, places = zip(*(e.text.split("\n") for e in (read, written)), strict=True)
    assert values == ("'b'", "'bc'")
    assert places[0] == places[1]
    assert places[0].startswith(f"{__file__}:")


def test_without_a_recording_it_is_a_variable() -> None:
    account = Shared("account", [1])
    account.value = [*account.value, 2]
    assert account.value == [1, 2]
    assert (account.name, repr(account)) == ("account", "<poolscope.Shared 'account': [1, 2]>")


def test_what_it_held_is_let_go() -> None:
    class Thing:
        pass

    import weakref

    thing = Thing()
    alive = weakref.ref(thing)
    account: Shared[Thing | None] = Shared("account", thing)
    del thing
    assert alive() is not None
    account.value = None
    assert alive() is None


def test_a_signal_handler_may_use_it_in_the_middle(tmp_path: Path) -> None:
    counter = Shared("counter", 0, preempt=False)

    class Loud(int):
        """Its repr, which is asked for in the middle of an access, interrupts us."""

        def __repr__(self) -> str:
            signal.raise_signal(signal.SIGUSR1)
            return int.__repr__(self)

    def handle(*_: object) -> None:
        counter.value = 7

    before = signal.signal(signal.SIGUSR1, handle)
    try:
        with poolscope.record(tmp_path / "t"):
            counter.value = Loud(1)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert counter.value == 7
    versions = {e.b for e in oracle.check(tmp_path / "t").all(Kind.SHARED_WRITTEN)}
    assert versions == {1, 2}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_fork_in_the_middle_of_an_access_leaves_the_child_able() -> None:
    counter = Shared("counter", 0)
    parent = counter._id
    with counter._gate:
        pid = os.fork()
        if pid == 0:
            free: list[bool] = []
            thread = threading.Thread(target=lambda: free.append(counter._gate.acquire(False)))
            thread.start()
            thread.join()
            own = counter._id >> ident.COUNTER_BITS != parent >> ident.COUNTER_BITS
            os._exit(0 if free == [True] and own else 1)
    assert os.waitpid(pid, 0)[1] == 0
