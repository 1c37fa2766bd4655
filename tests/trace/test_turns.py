"""A long trace is read side by side, by time."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from poolscope.analysis.store import Store
from poolscope.trace.reader import Reader
from poolscope.trace.schema import Kind
from poolscope.trace.turns import SHARE
from tests.trace.everything import drain, emit
from tests.trace.large import WORKERS, write


def test_streams_are_read_side_by_side(tmp_path: Path) -> None:
    """Else the records of most tasks would have to wait for their submissions."""
    tasks = write(tmp_path / "t", 12 << 20)
    assert tasks >= 2 * WORKERS * SHARE
    halves, gaps, started = [], [], 0
    with Reader(tmp_path / "t") as reader:
        store = Store.of(reader)
        while store.take(reader, 16 * SHARE):
            halves.append(store.hidden_tasks)  # known by halves: their submission was not read
            done = len(store.started_order)
            gaps.append(len(store.tasks) - done)
            assert done >= started
            started = done
    assert (len(store.tasks), started, store.hidden_tasks) == (tasks, tasks, 0)
    assert not store.errors
    assert max(halves[10:]) <= 2 * SHARE
    assert max(gaps[10:]) <= WORKERS * SHARE


def test_where_there_is_no_limit_one_poll_gives_all(tmp_path: Path) -> None:
    tasks = write(tmp_path / "t", 1 << 18)
    with Reader(tmp_path / "t") as reader:
        store = Store.of(reader)
        assert store.take(reader)
        assert len(store.started_order) == tasks


def test_what_was_read_to_its_end_is_not_asked_again_in_the_same_poll(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With sixty-four streams and sixty polls a second that would be a second in four."""
    genuine = os.pread
    reads: Counter[int] = Counter()

    def pread(fd: int, length: int, offset: int) -> bytes:
        reads[fd] += 1
        return genuine(fd, length, offset)

    emit()(Kind.STARTED, 1, 2, 0, 0)
    with Reader(folder) as reader:
        drain(reader)
        emit()(Kind.RETURNED, 1, 2, 0, 0)
        monkeypatch.setattr(os, "pread", pread)
        rows = [record for batch in reader.poll() for record in batch.records]
        assert [row["kind"] for row in rows] == [Kind.RETURNED]
        assert sorted(reads.values()) == [1, 2], "once for what is pinned; once more to believe it"


def test_what_submits_is_asked_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it has submitted meanwhile may have been started, and read so in another stream."""
    genuine = os.pread
    late = iter([2])

    def pread(fd: int, length: int, offset: int) -> bytes:
        data = genuine(fd, length, offset)
        if data.strip(b"\0") and (number := next(late, None)):
            emit()(Kind.SUBMITTED, number, 0, 0, 0)
        return data

    emit()(Kind.SUBMITTED, 0, 0, 0, 0)
    with Reader(folder) as reader:
        drain(reader)
        emit()(Kind.SUBMITTED, 1, 0, 0, 0)
        monkeypatch.setattr(os, "pread", pread)
        rows = [record for batch in reader.poll() for record in batch.records]
    assert [row["a"] for row in rows] == [1, 2]


def test_every_task_may_have_a_label_of_its_own(tmp_path: Path) -> None:
    tasks = write(tmp_path / "t", 1 << 18, distinct=True)
    with Reader(tmp_path / "t") as reader:
        store = Store.of(reader)
        while store.take(reader, 1000):
            pass
    labels = [store.text(number) for number in store.tasks.label.tolist()]
    assert len(set(labels)) == tasks
    assert sorted(labels)[7] == f"fib({7:016})"
