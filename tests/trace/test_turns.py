"""A long trace is read side by side, by time."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from poolscope.analysis.store import Store
from poolscope.trace import archive
from poolscope.trace.reader import Reader
from poolscope.trace.schema import Kind
from poolscope.trace.turns import NO_LIMIT, SHARE
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


def follow(reader: Reader, edge: int | None, known: int, share: int) -> tuple[int | None, int, int]:
    """Poll to the end of what is there; nothing of a stream that was known is from before the
    moment up to which all had been read. Returns that moment, how many streams are known, and how
    many records there were."""
    records = 0
    while batches := reader.poll(share):
        for batch in batches:
            if batch.stream.thread and len(batch.records) and batch.stream.index < known:
                first = int(batch.records["t"].min()) - reader.origin_ns
                assert edge is None or first >= edge
            known = max(known, batch.stream.index + 1)
            records += len(batch.records)
        edge = reader.reached_ns
    return edge, known, records


def test_up_to_a_moment_every_stream_has_been_read(tmp_path: Path) -> None:
    tasks = write(tmp_path / "t", 12 << 20)
    with Reader(tmp_path / "t") as reader:
        reader.poll(1)
        assert reader.reached_ns == 0
        reader.poll(tasks)  # about a third of all
        middle = reader.reached_ns
        assert middle is not None
        assert middle > 0
        edge, _, records = follow(reader, middle, WORKERS, 4 * SHARE)
        assert edge is None
        assert records > tasks
        assert reader.finished


def test_up_to_a_moment_it_has_been_while_it_is_unpacked(tmp_path: Path) -> None:
    write(tmp_path / "t", 8 << 20)
    file, place = tmp_path / "a.poolscope", tmp_path / "unpacked"
    archive.pack(tmp_path / "t", file)
    place.mkdir()
    reader = Reader(place, coming=archive.unpack_meta(file, place))
    edge: int | None = 0
    known, edges = 0, []

    def look(_done: int, _total: int) -> None:
        nonlocal edge, known
        edge, known, _ = follow(reader, edge, known, 4 * SHARE)
        edges.append(edge)

    with reader:
        archive.unpack(file, place, look)
        seen = [edge for edge in edges if edge is not None]
        assert len(set(seen)) > 2, "it moves on as files come"
        reader.arrived()
        assert follow(reader, edge, known, NO_LIMIT)[0] is None
        assert reader.finished


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
