"""Records that are packed beforehand, and two that are written in one go, are as any others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import perf_counter_ns

import pytest

from poolscope.trace import recorder, working
from poolscope.trace.schema import Kind
from tests.trace.everything import emit, emit_text, of_kind, read

WORKER = 7
RECEIVED = working.pack_tail(WORKER, 0, 0, Kind.RECEIVED)
STARTED = working.pack_tail(WORKER, 0, 0, Kind.STARTED)
RETURNED = working.pack_tail(-(2**63), 2**32 - 1, 2**16 - 1, Kind.RETURNED)


def settle(task: int, size: int, text: str, outcome: int) -> bool:
    assert recorder.emit_settled is not None
    return recorder.emit_settled(task, size, text, outcome)


def test_each_is_what_it_was_told(folder: Path) -> None:
    assert recorder.emit_packed is not None
    assert recorder.emit_twice is not None
    assert not recorder.emit_packed(1, RETURNED), "there is no stream yet"
    assert not recorder.emit_twice(1, RECEIVED, STARTED)
    assert not settle(1, 2, "", 0)
    emit_text()(Kind.FINISHED, 1, 0, "known", 0)
    assert recorder.emit_twice(2**62, RECEIVED, STARTED)
    assert recorder.emit_packed(3, RETURNED)
    assert not settle(4, 5, "unknown", 0)
    assert settle(4, 2**40, "known", 1)
    recorder.stop()
    rows = [row for row in read(folder) if Kind.RECEIVED <= row.kind <= Kind.FINISHED]
    told = [(row.kind, row.a, row.b, row.d, row.text) for row in rows]
    assert told[1:] == [
        (Kind.RECEIVED, 2**62, WORKER, 0, ""),
        (Kind.STARTED, 2**62, WORKER, 0, ""),
        (Kind.RETURNED, 3, -(2**63), 2**16 - 1, ""),
        (Kind.RESULT_RECEIVED, 4, 2**40, 0, ""),
        (Kind.FINISHED, 4, 0, 1, "known"),
    ]


def test_over_many_chunks_none_is_halved_or_lost(folder: Path) -> None:
    assert recorder.emit_twice is not None
    count, halves = 20_000, 0
    for task in range(count):
        if not recorder.emit_twice(task, RECEIVED, STARTED):
            halves += 1
            emit()(Kind.RECEIVED, task, WORKER, 0, 0)
            emit()(Kind.STARTED, task, WORKER, 0, 0)
        if not settle(task, 3, "text", 0):
            emit()(Kind.RESULT_RECEIVED, task, 3, 0, 0)
            emit_text()(Kind.FINISHED, task, 0, "text", 0)
    assert 0 < halves < 100
    recorder.stop()
    rows = read(folder)
    for kind in (Kind.RECEIVED, Kind.STARTED, Kind.RESULT_RECEIVED, Kind.FINISHED):
        assert [row.a for row in of_kind(rows, kind)] == list(range(count))
    assert {row.text for row in of_kind(rows, Kind.FINISHED)} == {"text"}
    times = [row.t for row in rows if row.kind in (Kind.RECEIVED, Kind.STARTED, Kind.FINISHED)]
    assert times == sorted(times)


def test_what_does_not_fit_is_lost_alone(folder: Path) -> None:
    assert recorder.emit_packed is not None
    assert recorder.emit_twice is not None
    emit_text()(Kind.FINISHED, 1, 0, "known", 0)
    assert recorder.emit_packed(2**64, RETURNED)
    assert recorder.emit_twice(2**64, RECEIVED, STARTED)
    assert settle(5, 2**64, "known", 0)
    assert recorder.emit_packed(6, STARTED)
    assert recorder.statistics().lost == 3
    recorder.stop()
    assert [row.a for row in of_kind(read(folder), Kind.STARTED)] == [6]


def with_clock(
    monkeypatch: pytest.MonkeyPatch, clock: Callable[[], int]
) -> tuple[working.EmitPacked, working.EmitTwice, working.EmitSettled]:
    """The recording's functions, by another clock."""
    monkeypatch.setattr(working, "perf_counter_ns", clock)
    recording = recorder._recording
    assert recording is not None
    return working.packed_for(recording)


def test_an_interrupt_in_between_is_the_program_s(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    emit()(Kind.SENT, 1, 0, 0, 0)

    def interrupted() -> int:
        raise KeyboardInterrupt

    packed, twice, settled = with_clock(monkeypatch, interrupted)
    emit_text()(Kind.FINISHED, 1, 0, "known", 0)
    with pytest.raises(KeyboardInterrupt):
        packed(2, STARTED)
    with pytest.raises(KeyboardInterrupt):
        twice(2, RECEIVED, STARTED)
    with pytest.raises(KeyboardInterrupt):
        settled(2, 3, "known", 0)
    emit()(Kind.SENT, 3, 0, 0, 0)
    recorder.stop()
    assert [row.a for row in of_kind(read(folder), Kind.SENT)] == [1, 3]


def test_a_handler_in_the_middle_comes_behind(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    emit()(Kind.SENT, 1, 0, 0, 0)
    looks: list[int] = []

    def clock() -> int:
        now = perf_counter_ns()
        looks.append(now)
        emit()(Kind.SENT, 2, 0, 0, 0)
        return now

    _, twice, settled = with_clock(monkeypatch, clock)
    emit_text()(Kind.FINISHED, 1, 0, "known", 0)
    assert twice(3, RECEIVED, STARTED)
    assert settled(3, 4, "known", 0)
    recorder.stop()
    rows = [row for row in read(folder) if Kind.SENT <= row.kind <= Kind.FINISHED]
    assert [row.kind for row in rows[2:]] == [
        *(Kind.RECEIVED, Kind.STARTED, Kind.SENT),
        *(Kind.RESULT_RECEIVED, Kind.FINISHED, Kind.SENT),
    ]
    times = [row.t for row in rows]
    assert times == sorted(times)
    assert len(looks) == 2
