"""A handler or a collector that records in the middle of a record spoils nothing."""

from __future__ import annotations

import gc
import itertools
import signal
import threading
from collections.abc import Callable
from mmap import mmap
from pathlib import Path
from time import perf_counter_ns

import pytest

from poolscope.trace import chunk, new_text, recorder, recording, schema, stream
from poolscope.trace.folder import Folder
from poolscope.trace.reader import Reader
from poolscope.trace.schema import Kind
from tests.trace.everything import Row, declare, drain, emit, emit_text, of_kind, read


class Interruption:
    """A clock in the middle of whose reading something happens, once: where a handler would run."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        self.happens: Callable[[], None] | None = None
        monkeypatch.setattr(recording, "perf_counter_ns", self)
        monkeypatch.setattr(stream, "perf_counter_ns", self)
        monkeypatch.setattr(new_text, "perf_counter_ns", self)
        self.folder = tmp_path / "interrupted"
        recorder.start(self.folder, role="test")
        emit()(Kind.SENT, 0, 0, 0, 0)  # the stream has a chunk

    def __call__(self) -> int:
        now = perf_counter_ns()
        happens, self.happens = self.happens, None
        if happens is not None:
            happens()
        return now

    def rows(self) -> list[Row]:
        recorder.stop()
        rows = read(self.folder)
        for index in {row.stream.index for row in rows}:
            times = [row.t for row in rows if row.stream.index == index]
            assert times == sorted(times)
        return [row for row in rows if row.kind in (Kind.STARTED, Kind.SUBMITTED)]


@pytest.fixture
def interruption(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Interruption:
    return Interruption(monkeypatch, tmp_path)


def outer(text: str) -> None:
    if text:
        emit_text()(Kind.SUBMITTED, 1, 0, text, 0)
    else:
        emit()(Kind.STARTED, 1, 0, 0, 0)


@pytest.mark.parametrize("text", ["", "short", "long " * 100])
@pytest.mark.parametrize("inner", ["", "short", "other " * 100])
@pytest.mark.parametrize("known", [False, True])
def test_a_handler_records_in_the_middle_of_a_record(
    interruption: Interruption, text: str, inner: str, known: bool
) -> None:
    if known:
        outer(text)
    interruption.happens = lambda: emit_text()(Kind.SUBMITTED, 2, 0, inner, 0)
    outer(text)
    rows = interruption.rows()
    assert [(row.a, row.text) for row in rows][known:] == [(1, text), (2, inner)]


@pytest.mark.parametrize("text", ["", "short", "long " * 100])
def test_a_handler_changes_the_chunk_in_the_middle_of_a_record(
    interruption: Interruption, text: str
) -> None:
    def fill() -> None:
        for number in range(5_000):
            emit_text()(Kind.SUBMITTED, 2 + number, 0, text, 0)

    interruption.happens = fill
    outer(text)
    outer(text)
    rows = interruption.rows()
    assert [(row.a, row.text) for row in rows] == [
        (1, text),
        *((2 + number, text) for number in range(5_000)),
        (1, text),
    ]


def test_two_that_change_places_on_the_way_to_the_queue_keep_the_order_of_times(
    interruption: Interruption,
) -> None:
    interruption.happens = lambda: declare()(Kind.STARTED, 2, 0, "", 0)
    declare()(Kind.STARTED, 1, 0, "", 0)
    assert [row.a for row in interruption.rows()] == [2, 1]  # rows() looks at the times


def test_a_chunk_that_changes_while_a_text_is_looked_up_gets_the_text(folder: Path) -> None:
    class Slow(str):
        """A text in whose look-up something else happens."""

        __slots__ = ()

        def __hash__(self) -> int:
            for number in range(3_000):
                emit()(Kind.STARTED, number, 0, 0, 0)
            return super().__hash__()

    emit_text()(Kind.SUBMITTED, 1, 0, "known", 0)
    emit_text()(Kind.SUBMITTED, 2, 0, Slow("known"), 0)
    emit_text()(Kind.SUBMITTED, 3, 0, Slow("new"), 0)
    recorder.stop()
    submitted = 0
    for path in sorted(folder.glob("t-*.chunk")):
        numbers = set()
        data = path.read_bytes()[schema.HEADER_SIZE :]
        for at in range(0, len(data), schema.RECORD_SIZE):
            kind = int.from_bytes(data[at + 30 : at + 32], "little")
            if kind == Kind.TEXT_END:
                numbers.add(schema.TEXT_END_CELL.unpack_from(data, at)[2])
            elif kind == Kind.SUBMITTED:
                submitted += 1
                assert schema.RECORD.unpack_from(data, at)[3] in numbers
    assert submitted == 3
    assert [row.text for row in of_kind(read(folder), Kind.SUBMITTED)] == ["known", "known", "new"]


@pytest.mark.parametrize("text", ["", "short", "long " * 100])
def test_what_a_handler_raises_comes_out_and_leaves_no_hole(
    interruption: Interruption, text: str
) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    interruption.happens = interrupt
    with pytest.raises(KeyboardInterrupt):
        outer(text)
    assert recorder.statistics().lost == 1
    with Reader(interruption.folder) as reader:  # live: nothing tells that the chunk is over
        emit_text()(Kind.SUBMITTED, 3, 0, text, 0)
        rows = drain(reader)
        assert [(row.a, row.text) for row in of_kind(rows, Kind.SUBMITTED)] == [(3, text)]
        assert (reader.lost, reader.torn) == (1, 0)
    interruption.rows()


def test_a_handler_records_while_a_chunk_is_opened(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine = Folder.open_chunk

    def open_chunk(self: Folder, name: chunk.ChunkName, header: chunk.Header) -> mmap:
        emit_text()(Kind.SUBMITTED, -1, 0, "before", 0)
        declare()(Kind.POOL_ENDED, -1, 0, "", 0)
        mapping = genuine(self, name, header)
        emit()(Kind.SENT, -2, 0, 0, 0)
        return mapping

    monkeypatch.setattr(Folder, "open_chunk", open_chunk)
    for number in range(10_000):
        emit()(Kind.STARTED, number, 0, 0, 0)
    rows = read(folder)
    assert [row.a for row in of_kind(rows, Kind.STARTED)] == list(range(10_000))
    chunks = len([path for path in folder.iterdir() if path.name.startswith("t-")])
    assert chunks > 2
    assert len(of_kind(rows, Kind.SUBMITTED)) == len(of_kind(rows, Kind.SENT)) == chunks
    assert {row.text for row in of_kind(rows, Kind.SUBMITTED)} == {"before"}
    times = [row.t for row in rows if row.stream.thread]
    assert times == sorted(times)


def test_while_one_thread_opens_a_chunk_others_record_and_do_not_wait(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine = Folder.open_chunk
    declared = itertools.count()
    arrived, go = threading.Event(), threading.Event()

    def open_chunk(self: Folder, name: chunk.ChunkName, header: chunk.Header) -> mmap:
        arrived.set()
        assert go.wait(60)
        return genuine(self, name, header)

    def declare_many() -> None:
        # How much room the present chunk has depends on what was told at the recording's start.
        while not arrived.is_set():
            declare()(Kind.POOL_ENDED, next(declared), 0, "", 0)

    monkeypatch.setattr(Folder, "open_chunk", open_chunk)
    slow = threading.Thread(target=declare_many)
    slow.start()
    assert arrived.wait(60)
    for number in range(100):  # would hang here if it waited for a lock
        declare()(Kind.LOCK_CREATED, number, 0, "mine", 0)
    go.set()
    slow.join()
    rows = read(folder)
    assert [row.a for row in of_kind(rows, Kind.POOL_ENDED)] == list(range(next(declared)))
    assert [(r.a, r.text) for r in of_kind(rows, Kind.LOCK_CREATED)] == [
        (number, "mine") for number in range(100)
    ]


def test_real_signals_and_a_real_collector(folder: Path) -> None:
    handled = collected = 0
    numbers = itertools.count()

    class Cycle:
        def __init__(self) -> None:
            self.itself = self

        def __del__(self) -> None:
            nonlocal collected
            emit_text()(Kind.SUBMITTED, collected, 0, f"collected {collected}", 0)
            collected += 1

    def handler(_number: int, _frame: object) -> None:
        nonlocal handled
        number = next(numbers)  # a handler may be interrupted by the next
        emit_text()(Kind.CALLBACK_BEGAN, number, 0, f"handled {number}", 0)
        declare()(Kind.POOL_ENDED, number, 0, "", 0)
        handled += 1

    previous = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
    count = 0
    try:
        while handled < 200 or count < 50_000:
            emit()(Kind.STARTED, count, 0, 0, 0)
            emit_text()(Kind.RETURNED, count, 0, f"text {count}", 0)
            Cycle()
            count += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    gc.collect()
    assert recorder.statistics().lost == 0
    rows = read(folder)
    for kind, expected in [
        (Kind.STARTED, count),
        (Kind.RETURNED, count),
        (Kind.CALLBACK_BEGAN, handled),
        (Kind.POOL_ENDED, handled),
        (Kind.SUBMITTED, collected),
    ]:
        assert sorted(row.a for row in of_kind(rows, kind)) == list(range(expected))
    assert all(row.text == f"handled {row.a}" for row in of_kind(rows, Kind.CALLBACK_BEGAN))
    assert all(row.text == f"collected {row.a}" for row in of_kind(rows, Kind.SUBMITTED))
    times = [row.t for row in rows if row.stream.thread]
    assert times == sorted(times)


class InterruptError(Exception):
    """What a handler of signals raises."""


def test_an_interrupt_when_a_chunk_is_made_does_not_end_the_recording(
    interruption: Interruption, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine = Folder.open_chunk
    before: list[int] = []

    def interrupted(self: Folder, name: chunk.ChunkName, header: chunk.Header) -> mmap:
        genuine(self, name, header)
        monkeypatch.setattr(Folder, "open_chunk", genuine)
        raise InterruptError

    def fill() -> None:
        while True:
            before.append(len(before))
            emit()(Kind.STARTED, before[-1], 0, 0, 0)

    monkeypatch.setattr(Folder, "open_chunk", interrupted)
    with pytest.raises(InterruptError):
        fill()
    after = [-1, -2, -3]
    for number in after:
        emit()(Kind.STARTED, number, 0, 0, 0)
    assert recorder.statistics().lost == 1  # the one in whose midst it came
    assert [row.a for row in interruption.rows()] == [*before[:-1], *after]
