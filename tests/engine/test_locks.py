"""Locks: the semantics of threading's, and what the trace is told."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import poolscope
from poolscope import Lock, RLock
from tests.engine import oracle
from tests.engine.gates import LIMIT_S, join, on_thread

AnyLock = Lock | RLock


@pytest.fixture(params=[Lock, RLock])
def kind(request: pytest.FixtureRequest) -> Callable[..., AnyLock]:
    found: Callable[..., AnyLock] = request.param
    return found


@pytest.fixture(params=["quiet", "recording"], autouse=True)
def mode(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Every test here runs without and with a recording."""
    if request.param == "quiet":
        yield request.param
        return
    with poolscope.record(tmp_path / "mode"):
        yield request.param
    oracle.check(tmp_path / "mode")


def test_taken_and_let_go(kind: Callable[..., AnyLock]) -> None:
    lock = kind()
    assert not lock.locked()
    assert lock.acquire()
    assert lock.locked()
    lock.release()
    assert not lock.locked()
    with lock as got:
        assert got is True
        assert lock.locked()
    assert not lock.locked()


def test_an_exception_lets_it_go(kind: Callable[..., AnyLock]) -> None:
    lock = kind()
    with pytest.raises(ZeroDivisionError), lock:
        raise ZeroDivisionError
    assert not lock.locked()


def test_another_thread_has_to_wait(kind: Callable[..., AnyLock]) -> None:
    lock = kind()
    found: list[bool] = []

    def ask() -> None:
        found.append(lock.acquire(False))
        found.append(lock.acquire(blocking=True, timeout=0.001))
        found.append(lock.acquire(timeout=0))

    with lock:
        join(on_thread(ask))
    assert found == [False] * 3


def test_letting_go_of_what_nobody_holds(kind: Callable[..., AnyLock]) -> None:
    lock = kind()
    for _ in range(2):
        with pytest.raises(RuntimeError):
            lock.release()


@pytest.mark.parametrize(
    "arguments", [(False, 1), (True, -2), (True, 1e100), (True, threading.TIMEOUT_MAX * 2)]
)
def test_wrong_arguments_are_refused_in_the_interpreters_words(
    kind: Callable[..., AnyLock], arguments: tuple[bool, float]
) -> None:
    lock = kind()
    said = []
    for one in (threading.Lock(), lock):
        with pytest.raises((ValueError, OverflowError)) as caught:
            one.acquire(*arguments)
        said.append((caught.type, str(caught.value)))
    assert said[0] == said[1]
    assert not lock.locked()


def test_an_rlock_counts() -> None:
    lock = RLock()
    with lock, lock:
        assert lock._recursion_count() == 2
        assert lock._is_owned()
        with pytest.raises(RuntimeError):
            raised_by_another(lock.release)
    assert (lock._recursion_count(), lock.locked()) == (0, False)


def raised_by_another(act: Callable[[], object]) -> None:
    errors: list[BaseException] = []

    def catch() -> None:
        try:
            act()
        except RuntimeError as error:
            errors.append(error)

    join(on_thread(catch))
    raise errors[0]


def test_a_lock_may_be_let_go_by_another_thread() -> None:
    lock = Lock()
    lock.acquire()
    join(on_thread(lock.release))
    assert not lock.locked()


@pytest.mark.parametrize("depth", [1, 3])
def test_a_condition_over_it(kind: Callable[..., AnyLock], depth: int) -> None:
    lock = kind()
    if isinstance(lock, Lock) and depth > 1:
        pytest.skip("a Lock is taken once")
    condition = threading.Condition(lock)  # type: ignore[arg-type]
    said: list[str] = []

    def wait() -> None:
        for _ in range(depth):
            lock.acquire()
        said.append("waiting")
        assert condition.wait_for(lambda: "go" in said, LIMIT_S)
        for _ in range(depth):
            lock.release()

    thread = on_thread(wait)
    while "waiting" not in said:
        pass
    with condition:
        said.append("go")
        condition.notify()
    join(thread)
    assert not lock.locked()


def test_a_fork_frees_it(kind: Callable[..., AnyLock]) -> None:
    lock = kind()
    lock.acquire()
    lock._at_fork_reinit()
    assert not lock.locked()
    with lock:
        pass


def test_it_can_be_referred_to_weakly(kind: Callable[..., AnyLock]) -> None:
    lock = kind()
    alive = weakref.ref(lock)
    del lock
    assert alive() is None


class TestName:
    def test_given(self, kind: Callable[..., AnyLock]) -> None:
        assert kind("db").name == "db"
        assert "'db'" in repr(kind(name="db"))

    def test_of_the_variable(self) -> None:
        db_lock = Lock()
        first, _second = [Lock() for _ in range(2)]
        here: dict[str, RLock] = {}
        here["a"] = RLock()
        one = Lock()
        other = poolscope.RLock()
        annotated: Lock = Lock()
        left, right = Lock(), Lock()
        place = Path(__file__).name
        assert db_lock.name.startswith(f"db_lock ({place}:")
        assert first.name.startswith(f"first, _second ({place}:")
        assert here["a"].name.startswith('here["a"] (')
        assert one.name.startswith("one (")
        assert other.name.startswith("other (")
        assert annotated.name.startswith("annotated (")
        assert left.name.startswith("left ("), "not called after the other"
        assert right.name.startswith("right (")

    def test_of_several_made_by_one_call(self) -> None:
        """A deadlock between two of one name could not be told from the words."""
        forks = [Lock() for _ in range(3)]
        beginning, _, ending = forks[0].name.rpartition(" #")
        assert beginning.startswith("forks (")
        assert [fork.name for fork in forks] == [
            f"{beginning} #{int(ending) + n}" for n in range(3)
        ]

    def test_of_several_in_a_list(self) -> None:
        pair = [Lock(), Lock()]
        named = {"in": RLock(), "out": RLock()}
        assert [lock.name.partition(" (")[0] for lock in pair] == ["pair[0]", "pair[1]"]
        assert named["out"].name.startswith("named['out'] (")

    def test_of_every_kind(self) -> None:
        ready = poolscope.Condition()
        slots = poolscope.BoundedSemaphore(2)
        start = poolscope.Event()
        jobs: poolscope.Queue[int] = poolscope.PriorityQueue()
        meeting = poolscope.Barrier(2)
        for variable, made in (
            ("ready", ready),
            ("slots", slots),
            ("start", start),
            ("jobs", jobs),
            ("meeting", meeting),
        ):
            assert made.name.startswith(f"{variable} ({Path(__file__).name}:")
        start.name = "go"
        assert start.name == "go"

    def test_of_a_subclass(self) -> None:
        class Jobs(poolscope.Queue[int]):
            def __init__(self, size: int) -> None:
                super().__init__(size)

        inbox = Jobs(3)
        assert inbox.name.startswith("inbox (")

    def test_of_an_attribute(self) -> None:
        class Store:
            def __init__(self) -> None:
                self.guard = RLock()

        assert Store().guard.name.startswith("guard (")

    def test_without_a_source(self) -> None:
        scope: dict[str, Any] = {"Lock": Lock}
        exec("nameless = Lock()", scope)
        assert scope["nameless"].name == "Lock (<string>:1)"
