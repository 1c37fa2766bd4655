"""What a worker records of its tasks is what it was told, whatever happens in between."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from time import perf_counter_ns

import pytest

from poolscope.trace import call, new_text, recorder, recording, stream, working
from poolscope.trace.schema import Kind
from tests.trace.everything import Row, emit, emit_text, of_kind, read

WORKER = 7


def work() -> None:
    """This thread is a worker."""
    assert recorder.work_as is not None
    recorder.work_as(WORKER)


def in_short(task: int, text: str) -> bool:
    assert recorder.emit_finished is not None
    return recorder.emit_finished(task, text)


def finish(task: int, text: str) -> None:
    if not in_short(task, text):
        emit_text()(Kind.FINISHED, task, WORKER, text, 0)


def number_in_short(task: int, value: int) -> bool:
    assert recorder.emit_number is not None
    return recorder.emit_number(task, value)


def give(task: int, value: int) -> None:
    if not number_in_short(task, value):
        emit_text()(Kind.FINISHED, task, WORKER, str(value), 0)


def of_worker(folder: Path, kind: Kind) -> list[Row]:
    recorder.stop()
    rows = of_kind(read(folder), kind)
    assert [(row.b, row.d) for row in rows] == [(WORKER, 0)] * len(rows)
    times = [row.t for row in rows]
    assert times == sorted(times)
    return rows


def test_a_start_and_a_result_once_the_worker_is_known(folder: Path) -> None:
    assert recorder.emit_started is not None
    emit()(Kind.STARTED, 1, WORKER, 0, 0)
    assert not recorder.emit_started(2)
    assert not in_short(2, "None")
    assert not number_in_short(2, 1234)
    work()
    assert recorder.emit_started(2)
    assert in_short(2, "None")
    assert [row.a for row in of_worker(folder, Kind.STARTED)] == [1, 2]
    assert [(row.a, row.text) for row in of_worker(folder, Kind.FINISHED)] == [(2, "None")]


def test_a_thread_that_sends_tasks(folder: Path) -> None:
    assert recorder.emit_started is not None
    assert recorder.work_as is not None
    emit()(Kind.SENT, 1, 0, 0, 0)
    assert not recorder.emit_started(2)
    recorder.work_as(0)
    assert recorder.emit_started(2)
    assert not in_short(2, "None"), "it does not run them"
    recorder.stop()
    assert [(row.a, row.b) for row in of_kind(read(folder), Kind.SENT)] == [(1, 0), (2, 0)]


def test_over_many_chunks_each_start_has_its_worker(folder: Path) -> None:
    started = recorder.emit_started
    assert started is not None
    work()
    count = 30_000  # more than a chunk holds
    for task in range(count):
        if not started(task):
            emit()(Kind.STARTED, task, WORKER, 0, 0)
    assert [row.a for row in of_worker(folder, Kind.STARTED)] == list(range(count))


@pytest.mark.parametrize("texts", [["None"], ["None", "1", "long " * 20, "\udc80", "ü"], [""]])
def test_over_many_chunks_each_result_has_its_text(folder: Path, texts: list[str]) -> None:
    work()
    count = 30_000
    for task in range(count):
        finish(task, texts[task % len(texts)])
    said = [text.replace("\udc80", "\\udc80") for text in texts]
    rows = of_worker(folder, Kind.FINISHED)
    assert [(row.a, row.text) for row in rows] == [
        (task, said[task % len(said)]) for task in range(count)
    ]


def test_texts_that_come_once_and_many_times_are_all_there(folder: Path) -> None:
    work()
    count = 30_000
    for task in range(count):
        finish(task, str(task))
        finish(task, str(task % 5_000))  # more than are remembered
    assert [row.text for row in of_worker(folder, Kind.FINISHED)] == [
        text for task in range(count) for text in (str(task), str(task % 5_000))
    ]


@pytest.mark.usefixtures("folder")
def test_not_all_texts_of_a_chunk_are_remembered() -> None:
    work()
    for task in range(5_000):
        finish(task, str(task))
    assert recorder._recording is not None
    assert len(recorder._recording.local.stream.numbers) < 4_200


def test_numbers_and_texts_that_say_them_are_the_same(folder: Path) -> None:
    work()
    count = 30_000
    for task in range(count):
        give(task, task % 1_000 << 12)
        finish(task, f"{task % 7}")
        give(task, (1 << 32) - 1 - task)
    assert [row.text for row in of_worker(folder, Kind.FINISHED)] == [
        str(value)
        for task in range(count)
        for value in (task % 1_000 << 12, task % 7, (1 << 32) - 1 - task)
    ]


def test_each_thread_says_for_itself(folder: Path) -> None:
    work()
    finish(1, "None")
    there: list[bool] = []
    thread = threading.Thread(target=lambda: there.append(in_short(3, "None")))
    thread.start()
    thread.join()
    assert there == [False]
    assert len(of_worker(folder, Kind.FINISHED)) == 1


@pytest.mark.usefixtures("folder")
def test_the_next_recording_knows_nothing(tmp_path: Path) -> None:
    work()
    finish(1, "None")
    recorder.stop()
    recorder.start(tmp_path / "second", role="test")
    assert not in_short(1, "None")


@pytest.mark.parametrize("end", [lambda task: finish(task, "2"), lambda task: give(task, 2)])
def test_a_number_out_of_range_is_lost_and_nothing_with_it(
    folder: Path, end: Callable[[int], None]
) -> None:
    work()
    for task in (1, 2, 1 << 70, 3):
        end(task)
    assert recorder.statistics().lost == 1
    assert [row.a for row in of_worker(folder, Kind.FINISHED)] == [1, 2, 3]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("value", [-1, 1 << 32])
def test_a_result_for_which_there_is_no_room_is_lost(value: int) -> None:
    work()
    finish(1, "2")
    give(2, value)
    assert recorder.statistics().lost == 1


@pytest.mark.parametrize("end", [lambda task: finish(task, "4"), lambda task: give(task, 4)])
@pytest.mark.parametrize("filled", [1, 20_000])
def test_a_handler_records_in_the_middle(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, filled: int, end: Callable[[int], None]
) -> None:
    happens: list[Callable[[], None]] = []

    def clock() -> int:
        now = perf_counter_ns()
        if happens:
            happens.pop()()
        return now

    for module in (call, new_text, recording, stream, working):
        monkeypatch.setattr(module, "perf_counter_ns", clock)
    folder = tmp_path / "trace"
    recorder.start(folder, role="test")
    work()
    for task in range(3):
        end(task)
    happens.append(lambda: [emit()(Kind.SENT, n, 0, 0, 0) for n in range(filled)][:0].clear())
    end(3)
    end(4)
    rows = of_worker(folder, Kind.FINISHED)
    assert [(row.a, row.text) for row in rows] == [(n, "4") for n in range(5)]
    assert len(of_kind(read(folder), Kind.SENT)) == filled
