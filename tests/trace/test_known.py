"""What is recorded by a key is what was recorded under it, whatever happens in between."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from time import perf_counter_ns

import pytest

from poolscope.trace import known, recorder, recording, stream
from poolscope.trace.known import EmitKnown, EmitLearning
from poolscope.trace.schema import Kind
from tests.trace.everything import Row, emit, emit_text, of_kind, read


def functions() -> tuple[EmitKnown, EmitLearning]:
    assert recorder.emit_known is not None
    assert recorder.emit_learning is not None
    return recorder.emit_known, recorder.emit_learning


def finish(task: int, text: str) -> None:
    emit_known, emit_learning = functions()
    if not emit_known(text, task):
        emit_learning(text, Kind.FINISHED, task, 7, text, 1)


def finished(folder: Path) -> list[Row]:
    recorder.stop()
    rows = of_kind(read(folder), Kind.FINISHED)
    assert [(row.b, row.d) for row in rows] == [(7, 1)] * len(rows)
    times = [row.t for row in rows]
    assert times == sorted(times)
    return rows


def test_what_comes_a_third_time_is_known(folder: Path) -> None:
    emit_known, emit_learning = functions()
    seen = []
    for task in (1, 2, 3):
        seen.append(emit_known("None", task))
        if not seen[-1]:
            emit_learning("None", Kind.FINISHED, task, 7, "None", 1)
    assert seen == [False, False, True]
    assert [(row.a, row.text) for row in finished(folder)] == [(n, "None") for n in (1, 2, 3)]


@pytest.mark.parametrize("texts", [["None"], ["None", "1", "long " * 20], [""]])
def test_over_many_chunks_each_record_has_its_text(folder: Path, texts: list[str]) -> None:
    count = 30_000  # more than a chunk holds
    for task in range(count):
        finish(task, texts[task % len(texts)])
    rows = finished(folder)
    assert [(row.a, row.text) for row in rows] == [
        (task, texts[task % len(texts)]) for task in range(count)
    ]


def test_each_thread_learns_for_itself(folder: Path) -> None:
    for task in range(3):
        finish(task, "None")
    emit_known, _ = functions()
    there: list[bool] = []
    thread = threading.Thread(target=lambda: there.append(emit_known("None", 3)))
    thread.start()
    thread.join()
    assert there == [False]
    assert len(finished(folder)) == 3


@pytest.mark.usefixtures("folder")
def test_the_next_recording_knows_nothing(tmp_path: Path) -> None:
    for task in range(3):
        finish(task, "None")
    recorder.stop()
    recorder.start(tmp_path / "second", role="test")
    assert not functions()[0]("None", 1)


def test_a_number_out_of_range_is_lost_and_nothing_with_it(folder: Path) -> None:
    for task in (1, 2, 1 << 70, 3):
        finish(task, "None")
    assert recorder.statistics().lost == 1
    assert [row.a for row in finished(folder)] == [1, 2, 3]


@pytest.mark.parametrize("filled", [1, 20_000])
def test_a_handler_records_in_the_middle(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, filled: int
) -> None:
    happens: list[Callable[[], None]] = []

    def clock() -> int:
        now = perf_counter_ns()
        if happens:
            happens.pop()()
        return now

    for module in (known, recording, stream):
        monkeypatch.setattr(module, "perf_counter_ns", clock)
    folder = tmp_path / "trace"
    recorder.start(folder, role="test")
    for task in range(3):
        finish(task, "None")
    happens.append(lambda: [emit()(Kind.SENT, n, 0, 0, 0) for n in range(filled)][:0].clear())
    finish(3, "None")
    finish(4, "None")
    assert [(row.a, row.text) for row in finished(folder)] == [(n, "None") for n in range(5)]
    assert len(of_kind(read(folder), Kind.SENT)) == filled


class _Lock:
    _id = 5
    _owner = 0


def test_a_lock_that_is_taken_and_let_go(folder: Path) -> None:
    taken, let_go, (_, emit_learning) = recorder.emit_taken, recorder.emit_let_go, functions()
    assert taken is not None
    assert let_go is not None
    lock = _Lock()
    emit_text()(Kind.LOCK_WANTED, 5, 0, "here:1", 0)
    assert not taken(lock, 99)
    assert lock._owner  # also where nothing was recorded
    emit_learning(99, Kind.LOCK_ACQUIRED, 5, 0, "here:1", 0)
    assert let_go(lock)
    assert lock._owner == 0
    assert not let_go(lock)  # whose it is is not known
    assert taken(lock, 99)
    recorder.stop()
    rows = read(folder)
    assert [(row.a, row.text) for row in of_kind(rows, Kind.LOCK_ACQUIRED)] == [(5, "here:1")] * 2
    assert [(row.a, row.b) for row in of_kind(rows, Kind.LOCK_RELEASED)] == [(5, 0)]


@pytest.mark.usefixtures("folder")
def test_the_lock_of_another_thread_is_not_let_go() -> None:
    let_go = recorder.emit_let_go
    assert let_go is not None
    emit()(Kind.SENT, 1, 0, 0, 0)
    lock = _Lock()
    lock._owner = 12345
    assert not let_go(lock)
    assert lock._owner == 12345
