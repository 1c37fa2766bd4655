"""The condition of a watched future, made with less, does what the library's own does."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from poolscope.instrument.conditions import Unseen, of_future
from poolscope.trace.schema import Kind
from poolscope.traced import plain
from tests.harmless import runs
from tests.trace.everything import of_kind, read

MAKERS = [threading.Condition, Unseen, of_future]


@pytest.mark.parametrize("make", MAKERS)
def test_the_same_refusals_and_the_same_lock(make: Any) -> None:
    condition = make()
    for refused in (condition.notify, condition.notify_all, condition.wait):
        with pytest.raises(RuntimeError, match="un-acquired lock"):
            refused()
    with condition as got, condition:
        assert got is True
        assert condition._is_owned()
        condition.notify_all()
    assert not condition._is_owned()
    assert condition.acquire(blocking=False)
    condition.release()
    with pytest.raises(RuntimeError):
        condition.release()
    assert isinstance(condition, threading.Condition)
    assert repr(condition).startswith("<Condition(<unlocked _thread.RLock object")


@pytest.mark.parametrize("make", MAKERS)
def test_who_waits_lets_all_of_the_lock_go_and_gets_it_back(make: Any) -> None:
    condition, told = make(), []

    def tell() -> None:
        with condition:
            told.append(True)
            condition.notify_all()

    thread = threading.Thread(target=tell)
    with condition, condition:
        thread.start()
        assert condition.wait_for(lambda: told, timeout=30)
        assert condition._is_owned()
        assert not condition.wait(timeout=0)
    thread.join()


@pytest.mark.parametrize("make", MAKERS)
def test_an_error_inside_comes_out(make: Any) -> None:
    condition = make()
    with pytest.raises(KeyError), condition:
        raise KeyError
    assert not condition._is_owned()


def test_what_a_condition_has_is_all_there() -> None:
    whole: Any = threading.Condition.__new__(threading.Condition)
    plain(threading.Condition.__init__)(whole)
    assert all(hasattr(of_future(), name) for name in vars(whole))


MAPS = """
from concurrent.futures import ThreadPoolExecutor
class Keeps(ThreadPoolExecutor):
    kept = []
    def submit(self, *args):
        self.kept.append(super().submit(*args))
        return self.kept[-1]
with ThreadPoolExecutor(1) as pool:
    def numbers():
        for n in range(2):
            inner = pool.submit(abs, n)
            inner.result()
            inner.cancel()
            list(pool.map(abs, [n]))
            yield n
    list(pool.map(str, numbers()))
with Keeps(1) as pool:
    list(pool.map(abs, range(3)))
    for future in pool.kept:
        future.cancel()
"""


def test_a_cancel_that_is_refused_is_told_but_for_those_of_map(tmp_path: Path) -> None:
    script = tmp_path / "maps.py"
    script.write_text(MAPS)
    run = runs.outcome([*runs.record(tmp_path / "trace"), str(script)])
    assert (run.status, run.err) == (0, b"")
    assert len(of_kind(read(tmp_path / "trace"), Kind.CANCEL_REFUSED)) == 2 + 3
