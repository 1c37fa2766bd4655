"""record and span."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import poolscope
from poolscope.trace import recorder
from poolscope.trace.schema import Kind
from tests.engine import oracle
from tests.engine.gates import join, on_thread


def test_record_gives_the_folder_and_ends_with_the_block(tmp_path: Path) -> None:
    with poolscope.record(tmp_path / "t") as folder:
        assert folder == tmp_path / "t"
        assert recorder.emit is not None
        poolscope.Future().set_result(1)
    assert recorder.emit is None
    assert oracle.check(folder).all(Kind.RECORDING_ENDED)


def test_it_ends_with_an_exception_too(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), poolscope.record(tmp_path / "t"):
        raise ZeroDivisionError
    assert recorder.emit is None


def test_there_is_one_recording_at_a_time(tmp_path: Path) -> None:
    with poolscope.record(tmp_path / "one"):
        with pytest.raises(RuntimeError), poolscope.record(tmp_path / "two"):
            pass
        assert recorder.folder() == tmp_path / "one"


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError), poolscope.record(tmp_path / "file" / "t"):
        pass
    assert recorder.emit is None


def take(lock: Any) -> None:
    with lock:
        poolscope.Future().set_result(1)


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_children_are_recorded_however_they_are_started(tmp_path: Path, method: str) -> None:
    context = poolscope.get_context(method)
    with poolscope.record(tmp_path / "t") as folder:
        lock = context.Lock(name="L")
        process = context.Process(target=take, args=(lock,), name="Taker")
        process.start()
        process.join()
    assert process.exitcode == 0
    told = oracle.check(folder)
    assert [event.text for event in told.all(Kind.PROCESS_STARTED)] == ["main", "child"]
    assert len(told.all(Kind.LOCK_ACQUIRED)) == 1
    assert len(told.all(Kind.RECORDING_ENDED)) == 2
    assert "Taker" in [event.text for event in told.all(Kind.THREAD_STARTED)]


def test_says_that_the_library_is_not_watched(tmp_path: Path) -> None:
    with poolscope.record(tmp_path / "t") as folder:
        pass
    (said,) = oracle.check(folder).all(Kind.UNSEEN)
    assert "are not watched in this recording" in said.text


class TestSpan:
    def test_in_and_in_one_another(self, tmp_path: Path) -> None:
        with poolscope.record(tmp_path / "t"), poolscope.span("outer"), poolscope.span("inner"):
            pass
        told = oracle.check(tmp_path / "t").all(Kind.SPAN_BEGAN, Kind.SPAN_ENDED)
        assert [event.text for event in told] == ["outer", "inner", "", ""]
        outer, inner, first, second = told
        assert (first.a, second.a) == (inner.a, outer.a)

    def test_around_a_function_on_many_threads(self, tmp_path: Path) -> None:
        @poolscope.span("work")
        def work(depth: int) -> int:
            return depth if depth == 0 else work(depth - 1)

        with poolscope.record(tmp_path / "t"):
            join(*[on_thread(lambda: work(2)) for _ in range(3)])
        told = oracle.check(tmp_path / "t")
        began, ended = told.all(Kind.SPAN_BEGAN), told.all(Kind.SPAN_ENDED)
        assert [event.text for event in began] == ["work"] * 9
        assert len({event.a for event in began}) == 9
        assert {event.a for event in ended} == {event.a for event in began}

    def test_begun_before_the_recording_it_is_not_told(self, tmp_path: Path) -> None:
        with poolscope.span("before"), poolscope.record(tmp_path / "t"):
            pass
        span = poolscope.span("across")
        with span, poolscope.record(tmp_path / "u"):
            pass
        for name in ("t", "u"):
            assert oracle.check(tmp_path / name).all(Kind.SPAN_BEGAN, Kind.SPAN_ENDED) == []

    def test_what_it_is_around_may_raise(self, tmp_path: Path) -> None:
        with (
            poolscope.record(tmp_path / "t"),
            pytest.raises(ZeroDivisionError),
            poolscope.span("bad"),
        ):
            raise ZeroDivisionError
        assert len(oracle.check(tmp_path / "t").all(Kind.SPAN_ENDED)) == 1
