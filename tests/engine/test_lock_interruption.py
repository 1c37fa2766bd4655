"""An exception of a handler of signals in the midst of an acquire or a release spoils no lock."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import poolscope
from poolscope import lock_notes
from poolscope.instrument import locks as watched
from poolscope.trace import recorder
from tests.trace.test_interrupted import InterruptError


@pytest.fixture(autouse=True)
def _recording(tmp_path: Path) -> Iterator[None]:
    with poolscope.record(tmp_path / "trace"):
        yield


@pytest.fixture(params=["Lock", "RLock", "watched Lock", "watched RLock"])
def lock(request: pytest.FixtureRequest) -> Any:
    made: dict[str, Callable[[], Any]] = {
        "Lock": poolscope.Lock,
        "RLock": poolscope.RLock,
        "watched Lock": watched.lock,
        "watched RLock": watched.RLock,
    }
    found = made[request.param]()
    with found:  # it is known now
        pass
    return found


def interrupt(*_arguments: object, **_named: object) -> None:
    raise InterruptError


def free(lock: Any) -> bool:
    """Whether another thread can have it."""
    got: list[bool] = []

    def ask() -> None:
        got.append(lock.acquire(blocking=False))
        if got[0]:
            lock.release()

    asker = threading.Thread(target=ask)
    asker.start()
    asker.join()
    return got[0]


def take(lock: Any, how: str) -> None:
    if how == "with":
        with lock:
            pytest.fail("there was no interrupt")
    else:
        lock.acquire()


@pytest.mark.parametrize("how", ["with", "acquire"])
def test_what_was_not_told_as_got_is_free(
    lock: Any, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "emit_taken", interrupt)
    with pytest.raises(InterruptError):
        take(lock, how)
    monkeypatch.undo()
    assert free(lock)
    with lock:
        assert lock.locked() if hasattr(lock, "locked") else lock._is_owned()


@pytest.mark.parametrize("how", ["with", "acquire"])
def test_what_was_not_told_as_got_after_a_wait_is_free(
    lock: Any, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock_notes, "acquired", interrupt)
    held, go = threading.Event(), threading.Event()

    def hold() -> None:
        with lock:
            held.set()
            go.wait()

    def let_go(*_arguments: object, **_named: object) -> None:
        go.set()

    monkeypatch.setattr(lock_notes, "wanted", let_go)
    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    with pytest.raises(InterruptError):
        take(lock, how)
    holder.join()
    monkeypatch.undo()
    assert free(lock)


@pytest.mark.parametrize("how", ["with", "release"])
def test_what_was_to_be_let_go_is_free(
    lock: Any, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leave() -> None:
        if how == "with":
            with lock:
                monkeypatch.setattr(recorder, "emit_let_go", interrupt)
        else:
            lock.acquire()
            monkeypatch.setattr(recorder, "emit_let_go", interrupt)
            lock.release()

    with pytest.raises(InterruptError):
        leave()
    monkeypatch.undo()
    assert free(lock)
    with lock:
        pass
    assert free(lock)
