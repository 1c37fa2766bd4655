"""The quota: the oldest goes, what is declared stays, and what went is counted."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from mmap import mmap
from pathlib import Path

import pytest

from poolscope.trace import chunk, recorder
from poolscope.trace.folder import FIRST_CHUNK_BYTES, Folder
from poolscope.trace.reader import Reader
from poolscope.trace.schema import Kind
from tests.trace.everything import declare, drain, emit, emit_text, of_kind

QUOTA = 2 << 20


@pytest.fixture
def bounded(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "trace"
    recorder.start(path, role="test", quota_bytes=QUOTA)
    yield path
    recorder.stop()


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def test_the_folder_never_passes_its_quota_and_the_newest_is_kept(bounded: Path) -> None:
    declare()(Kind.POOL_CREATED, 1, 1, "the pool", 0)
    count = 150_000
    largest = 0
    for number in range(count):
        emit_text()(Kind.SUBMITTED, number, 0, "task", 0)
        emit()(Kind.STARTED, number, 0, 0, 0)
        if number % 1000 == 0:
            largest = max(largest, size(bounded))
    assert QUOTA // 2 < largest <= QUOTA
    with Reader(bounded) as reader:
        rows = drain(reader)
        submitted = of_kind(rows, Kind.SUBMITTED)
        assert [row.a for row in submitted] == list(range(reader.dropped, count))
        assert {row.text for row in submitted} == {"task"}
        assert reader.dropped > 0
        assert len(of_kind(rows, Kind.STARTED)) + len(submitted) + reader.dropped_records == (
            2 * count
        )
        assert [row.text for row in of_kind(rows, Kind.POOL_CREATED)] == ["the pool"]
        assert (reader.lost, reader.errors) == (0, [])


def test_a_reader_that_follows_counts_only_what_it_missed(bounded: Path) -> None:
    reader = Reader(bounded)
    rows = []
    for number in range(150_000):
        emit()(Kind.SUBMITTED, number, 0, 0, 0)
        if number % 5_000 == 0 and not 50_000 < number < 140_000:
            rows += drain(reader)
    rows += drain(reader)
    assert 0 < reader.dropped < 90_000
    assert len(of_kind(rows, Kind.SUBMITTED)) + reader.dropped == 150_000
    assert reader.errors == []
    reader.close()


def test_threads_that_ended_make_room(bounded: Path) -> None:
    for number in range(12):
        thread = threading.Thread(
            target=lambda: [emit()(Kind.SUBMITTED, i, 0, 0, 0) for i in range(10_000)],
            name=f"thread {number}",
        )
        thread.start()
        thread.join()
    assert size(bounded) <= QUOTA
    with Reader(bounded) as reader:
        found = of_kind(drain(reader), Kind.SUBMITTED)
        names = {row.stream.name for row in found}
        assert "thread 11" in names
        assert "thread 0" not in names
        assert (recorder.statistics().lost, reader.errors) == (0, [])
        # Also those whose stream went as a whole.
        assert reader.dropped == 120_000 - len(found) > 10_000


def test_living_threads_that_fill_it_lose_and_say_so(
    bounded: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    gate = threading.Event()
    begun = threading.Barrier(41)

    def live() -> None:
        emit()(Kind.STARTED, 1, 0, 0, 0)
        begun.wait(60)
        gate.wait(60)

    threads = [threading.Thread(target=live) for _ in range(40)]
    for thread in threads:
        thread.start()
    begun.wait(60)
    largest, lost = size(bounded), recorder.statistics().lost
    gate.set()
    for thread in threads:
        thread.join()
    assert largest <= QUOTA
    assert lost > 0
    assert "used up by living threads" in capfd.readouterr().err
    with Reader(bounded) as reader:
        assert len(of_kind(drain(reader), Kind.STARTED)) == 40 - lost
        assert reader.lost == lost


def test_the_last_room_is_given_away_once(bounded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # All that fits but for one chunk, in chunks that may not be dropped.
    home = Folder(bounded, QUOTA)
    rest = QUOTA - size(bounded) - FIRST_CHUNK_BYTES
    (bounded / "ballast").write_bytes(bytes(rest))
    both_looked = threading.Barrier(2)
    genuine = Folder._survey

    def survey(self: Folder) -> tuple[int, list[tuple[int, str, int, bool]]]:
        found = genuine(self)
        with contextlib.suppress(threading.BrokenBarrierError):
            both_looked.wait(0.2)  # the second may not even look before the first is done
        return found

    monkeypatch.setattr(Folder, "_survey", survey)
    given: list[mmap] = []
    refused: list[OSError] = []

    def take(stream: int) -> None:
        name = chunk.ChunkName(False, os.getpid(), stream, 0)
        header = chunk.Header(0, stream, os.getpid(), 0, 0, 0, 0, 0, "")
        try:
            given.append(home.open_chunk(name, header))
        except OSError as error:
            refused.append(error)

    threads = [threading.Thread(target=take, args=(stream,)) for stream in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(given), len(refused)) == (1, 1)
    assert size(bounded) <= QUOTA
    given[0].close()


def test_chunks_of_dead_processes_make_room_and_those_of_living_do_not(bounded: Path) -> None:
    pid = os.fork()
    if pid == 0:
        emit()(Kind.STARTED, 1, 0, 0, 0)
        os._exit(0)
    os.waitpid(pid, 0)
    (dead,) = (path for path in bounded.iterdir() if path.name.startswith(f"t-{pid}-"))
    mine = threading.Event(), threading.Event()

    def live() -> None:
        emit()(Kind.SENT, 1, 0, 0, 0)
        mine[0].set()
        mine[1].wait(60)

    thread = threading.Thread(target=live)
    thread.start()
    assert mine[0].wait(60)
    for number in range(150_000):
        emit()(Kind.STARTED, number, 0, 0, 0)
    assert not dead.exists()
    with Reader(bounded) as reader:
        assert len(of_kind(drain(reader), Kind.SENT)) == 1
    mine[1].set()
    thread.join()
