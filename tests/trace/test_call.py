"""Tasks of one integer are told by their call and the integer; what is read is their labels."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from time import perf_counter_ns

import pytest

from poolscope.trace import call, new_text, recorder, recording, schema, stream
from poolscope.trace.reader import Reader
from poolscope.trace.schema import Kind
from tests.trace.everything import Row, drain, emit, emit_text, of_kind, read

POOL = 5
HEAD = "square("
LONG = "f" * 79 + "("
MOST = (1 << 63) - 1


def submit(task: int, value: int, head: str = HEAD, pool: int = POOL) -> None:
    assert recorder.emit_call is not None
    recorder.emit_call(Kind.SUBMITTED, task, value, call.name(pool, head), 7)


def submitted(folder: Path) -> list[Row]:
    recorder.stop()
    rows = of_kind(read(folder), Kind.SUBMITTED)
    assert {row.d for row in rows} <= {7}
    return rows


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("t-*.chunk"))


def test_from_a_thread_that_recorded_nothing_yet(folder: Path) -> None:
    thread = threading.Thread(target=lambda: [submit(n, 10 * n) for n in (1, 2, 3)])
    thread.start()
    thread.join()
    rows = submitted(folder)
    assert [(row.a, row.b, row.text) for row in rows] == [
        (n, POOL, f"square({10 * n})") for n in (1, 2, 3)
    ]


@pytest.mark.parametrize("value", [0, -1, MOST, -MOST - 1])
def test_any_integer_of_64_bits(folder: Path, value: int) -> None:
    for task in (1, 2):
        submit(task, value)
    assert [row.text for row in submitted(folder)] == [f"square({value})"] * 2


def test_each_call_of_each_pool_over_many_chunks(folder: Path) -> None:
    count = 60_000
    for task in range(count):
        submit(task, task, (HEAD, LONG)[task % 2], POOL + task % 3)
        if task % 5 == 0:
            emit_text()(Kind.SUBMITTED, task, POOL, f"other({task})", 7)
    expected = []
    for task in range(count):
        expected.append((task, POOL + task % 3, f"{(HEAD, LONG)[task % 2]}{task})"))
        if task % 5 == 0:
            expected.append((task, POOL, f"other({task})"))
    rows = submitted(folder)
    assert [(row.a, row.b, row.text) for row in rows] == expected
    assert {row.a for row in of_kind(read(folder), Kind.CALL_TOLD)} == {POOL, POOL + 1, POOL + 2}


def test_a_task_takes_one_cell(folder: Path) -> None:
    for task in range(20_000):
        submit(task, task)
    recorder.stop()
    assert size(folder) < 20_500 * schema.RECORD_SIZE


def test_tasks_are_counted_in_the_headers(tmp_path: Path) -> None:
    """What a quota drops is counted in tasks, whichever way they were told."""
    folder = tmp_path / "trace"
    recorder.start(folder, role="test", quota_bytes=1 << 20)
    for task in range(100_000):
        submit(task, task)
    recorder.stop()
    with Reader(folder) as reader:
        rows = of_kind(drain(reader), Kind.SUBMITTED)
        assert 0 < len(rows) < 100_000
        assert len(rows) + reader.dropped == 100_000
    assert [row.text for row in rows[-2:]] == ["square(99998)", "square(99999)"]


@pytest.mark.parametrize("limit", range(1, 9))
def test_read_in_parts_of_any_size(folder: Path, limit: int) -> None:
    """A call may be told in one part, its text in the one before, a task of it in the next."""
    for task in range(40):
        submit(task, task, (HEAD, LONG, "g(")[task % 3])
    recorder.stop()
    with Reader(folder) as reader:
        rows = of_kind(drain(reader, limit=limit), Kind.SUBMITTED)
        assert reader.errors == []
    assert [row.text for row in rows] == [
        f"{(HEAD, LONG, 'g(')[task % 3]}{task})" for task in range(40)
    ]


def test_a_number_out_of_range_is_lost_and_nothing_with_it(folder: Path) -> None:
    for task, value in [(1, 1), (2, 2), (1 << 70, 3), (3, 1 << 64), (4, 4)]:
        submit(task, value)
    assert recorder.statistics().lost == 2
    assert [row.text for row in submitted(folder)] == ["square(1)", "square(2)", "square(4)"]


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("filled", [1, 20_000])
def test_a_handler_records_in_the_middle(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, filled: int, known: bool
) -> None:
    happens: list[Callable[[], None]] = []

    def clock() -> int:
        now = perf_counter_ns()
        if happens:
            happens.pop()()
        return now

    for module in (call, new_text, recording, stream):
        monkeypatch.setattr(module, "perf_counter_ns", clock)
    folder = tmp_path / "trace"
    recorder.start(folder, role="test")
    emit()(Kind.SENT, 1, 0, 0, 0)
    for task in range(2 * known):
        submit(task, task)
    happens.append(lambda: [submit(100 + n, n) for n in range(filled)][:0].clear())
    submit(3, 3)
    submit(4, 4)
    rows = submitted(folder)
    mine = [*range(2 * known), 3, 4]
    assert [(row.a, row.text) for row in rows if row.a < 100] == [(n, f"square({n})") for n in mine]
    assert [(row.a, row.text) for row in rows if row.a >= 100] == [
        (100 + n, f"square({n})") for n in range(filled)
    ]


def test_an_interrupt_while_a_call_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What was reserved for it is void, and the next task tells of it anew."""
    raises: list[BaseException] = []

    def clock() -> int:
        if raises:
            raise raises.pop()
        return perf_counter_ns()

    monkeypatch.setattr(call, "perf_counter_ns", clock)
    folder = tmp_path / "trace"
    recorder.start(folder, role="test")
    emit()(Kind.SENT, 1, 0, 0, 0)
    raises.append(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        submit(1, 1)
    submit(2, 2)
    submit(3, 3)
    assert recorder.statistics().lost == 1
    assert [row.text for row in submitted(folder)] == ["square(2)", "square(3)"]
