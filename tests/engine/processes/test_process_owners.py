"""Who holds a lock or a permit, across processes: told to those who wait, and at a release."""

from __future__ import annotations

import errno
import os
import weakref
from pathlib import Path
from typing import Any

import pytest

from poolscope import owner_word, wire
from poolscope.owner_word import OwnerWord
from poolscope.process_context import get_context
from poolscope.trace import ident, recorder
from poolscope.trace.schema import WANTED_WITH_TIMEOUT, GaveUp, Kind, LockKind
from tests.engine.processes.conftest import METHODS
from tests.engine.processes.puppet import of, puppets
from tests.engine.processes.seen import events
from tests.engine.processes.tasks import FORK_WARNS

pytestmark = pytest.mark.filterwarnings(FORK_WARNS)
ME = os.getpid()


@pytest.fixture(params=METHODS)
def traced(request: pytest.FixtureRequest, folder: Path) -> Any:
    recorder.start(folder, role="script")
    return get_context(request.param)


@pytest.mark.parametrize("kind", ["Lock", "RLock"])
def test_one_who_waits_names_the_owner(traced: Any, kind: str, folder: Path) -> None:
    lock = getattr(traced, kind)(name="ledger")
    me = ident.thread_id()
    with puppets(traced, lock, folder, 2) as (left, right):
        left.do("acquire")
        assert left.do("acquire", False) is (kind == "RLock")
        if kind == "RLock":
            left.do("release")
        assert right.do("acquire", False) is False
        assert right.do("acquire", True, 0.01) is False
        right.blocks("acquire")
        left.do("release")
        assert right.result() is True
        assert not lock.acquire(timeout=0.01)
        right.do("release")
    told = of(folder, lock)
    first = next(e.who for e in told if e.pid == left.pid)
    second = next(e.who for e in told if e.pid == right.pid)
    again = [] if kind == "RLock" else [(Kind.LOCK_GAVE_UP, first, 0, GaveUp.WOULD_BLOCK)]
    assert [(e.kind, e.who, e.b, e.d) for e in told] == [
        (Kind.LOCK_ACQUIRED, first, 0, 0),
        *again,
        (Kind.LOCK_GAVE_UP, second, 0, GaveUp.WOULD_BLOCK),
        (Kind.LOCK_WANTED, second, first, WANTED_WITH_TIMEOUT),
        (Kind.LOCK_GAVE_UP, second, 0, GaveUp.TIMEOUT),
        (Kind.LOCK_WANTED, second, first, 0),
        (Kind.LOCK_RELEASED, first, 0, 0),
        (Kind.LOCK_ACQUIRED, second, 0, 1),
        (Kind.LOCK_WANTED, me, second, WANTED_WITH_TIMEOUT),
        (Kind.LOCK_GAVE_UP, me, 0, GaveUp.TIMEOUT),
        (Kind.LOCK_RELEASED, second, 0, 0),
    ]
    assert "puppet.py:" in told[0].text
    assert "test_process_owners.py:" in told[-3].text


def test_released_by_another_process(traced: Any, folder: Path) -> None:
    lock = traced.Lock()
    with puppets(traced, lock, folder) as (other,):
        other.do("acquire")
        lock.release()
        with pytest.raises(ValueError, match="too many times"):
            other.do("release")
        assert lock.acquire(False)
        lock.release()
        with pytest.raises(ValueError, match="too many times"):
            lock.release()
    told = of(folder, lock)
    assert [(e.kind, e.pid, e.b) for e in told] == [
        (Kind.LOCK_ACQUIRED, other.pid, 0),
        (Kind.LOCK_RELEASED, ME, told[0].who),
        (Kind.LOCK_ACQUIRED, ME, 0),
        (Kind.LOCK_RELEASED, ME, 0),
    ]


def test_a_killed_owner_is_still_named(traced: Any, folder: Path) -> None:
    lock = traced.Lock()
    with puppets(traced, lock, folder, 2) as (dead, waiting):
        dead.do("acquire")
        dead.kill()
        waiting.blocks("acquire")
        waiting.kill()
    told = of(folder, lock)
    # Nobody released it, and the one that waited was killed too: its wait is told all the same.
    assert [(e.kind, e.pid, e.b) for e in told] == [
        (Kind.LOCK_ACQUIRED, dead.pid, 0),
        (Kind.LOCK_WANTED, waiting.pid, told[0].who),
    ]


@pytest.mark.parametrize("kind", ["Semaphore", "BoundedSemaphore"])
def test_permits(traced: Any, kind: str, folder: Path) -> None:
    permits = getattr(traced, kind)(2)
    with puppets(traced, permits, folder, 2) as (left, right):
        left.do("acquire")
        assert permits.acquire()
        right.do("acquire", False)
        right.blocks("acquire", True, 60)
        left.do("release")
        assert right.result() is True
        permits.release()
        right.do("release")
        assert permits.get_value() == 2
        if kind == "BoundedSemaphore":
            with pytest.raises(ValueError, match="too many times"):
                permits.release()
    (made,) = [e for e in events(folder) if e.kind is Kind.LOCK_CREATED]
    expected = LockKind.SEMAPHORE if kind == "Semaphore" else LockKind.BOUNDED_SEMAPHORE
    assert (made.b, made.d) == (2, expected)
    assert made.text.startswith("permits (test_process_owners.py:")
    assert [(e.kind, e.pid, e.b, e.d) for e in of(folder, permits)] == [
        (Kind.LOCK_ACQUIRED, left.pid, 0, 0),
        (Kind.LOCK_ACQUIRED, ME, 0, 0),
        (Kind.LOCK_GAVE_UP, right.pid, 0, GaveUp.WOULD_BLOCK),
        (Kind.LOCK_WANTED, right.pid, 0, WANTED_WITH_TIMEOUT),
        (Kind.LOCK_RELEASED, left.pid, 0, 0),
        (Kind.LOCK_ACQUIRED, right.pid, 0, 1),
        (Kind.LOCK_RELEASED, ME, 0, 0),
        (Kind.LOCK_RELEASED, right.pid, 0, 0),
    ]


# The word itself.


@pytest.mark.parametrize("kind", ["Lock", "RLock"])
def test_no_owner_is_left_behind_when_a_recording_ends(kind: str, folder: Path) -> None:
    lock = getattr(get_context("fork"), kind)()
    recorder.start(folder, role="script")
    assert lock.acquire()
    recorder.stop()
    lock.release()
    assert lock.acquire()  # now by somebody who says nothing
    recorder.start(folder.with_name("second"), role="script")
    with puppets(get_context("fork"), lock, folder.with_name("second")) as (other,):
        other.do("acquire", True, 0.01)
    assert [e.b for e in of(folder.with_name("second"), lock)] == [0, 0]


def test_a_word_is_given_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner_word, "_page", None)
    words = [OwnerWord() for _ in range(owner_word._SIZE // owner_word._WORD + 1)]
    for number, word in enumerate(words, 1):
        assert word.words[word.slot] == 0
        word.words[word.slot] = number
    assert [word.words[word.slot] for word in words] == list(range(1, len(words) + 1))
    # A page goes with the last of its words, its descriptors with it.
    page = weakref.ref(words[0]._page)
    word = None
    words.pop()
    words.clear()
    assert page() is None


def test_a_forked_child_does_not_give_out_its_parents_words() -> None:
    OwnerWord()
    child = os.fork()
    if child == 0:
        theirs = OwnerWord()
        theirs.words[theirs.slot] = 99
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    ours = OwnerWord()
    assert ours.words[ours.slot] == 0


def test_without_memory_a_lock_works_and_its_owner_is_not_told(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    def no_room() -> int:
        raise OSError(errno.EMFILE, "no descriptor left")

    monkeypatch.setattr(owner_word, "_page", None)
    monkeypatch.setattr(wire, "nameless_file", no_room)
    recorder.start(folder, role="script")
    lock = get_context("spawn").Lock()
    monkeypatch.undo()
    with puppets(get_context("spawn"), lock, folder) as (other,), lock:
        other.do("acquire", True, 0.01)
    kinds = [(e.kind, e.b) for e in of(folder, lock)]
    assert kinds == [
        (Kind.LOCK_ACQUIRED, 0),
        (Kind.LOCK_WANTED, 0),
        (Kind.LOCK_GAVE_UP, 0),
        (Kind.LOCK_RELEASED, 0),
    ]
