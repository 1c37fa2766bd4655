"""What is recorded is read again, unchanged and in order; threads that die leave nothing open."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import struct
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from poolscope.trace import chunk, ident, meta, recorder, schema
from poolscope.trace.reader import Reader
from poolscope.trace.schema import Kind, Role
from tests.trace.everything import declare, drain, emit, emit_text, of_kind, read

ROOM = 256_000_000  # bytes; ten thousand files of a page each, and as much again
I64 = st.integers(-(1 << 63), (1 << 63) - 1)
RECORDS = st.lists(
    st.tuples(
        st.sampled_from([Kind.STARTED, Kind.SENT, Kind.RETURNED, Kind.WAIT_ITEM]),
        I64,
        I64,
        st.integers(0, (1 << 32) - 1),
        st.integers(0, (1 << 16) - 1),
    ),
    max_size=300,
)
several = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)


def test_off_is_none_and_on_is_three_functions(tmp_path: Path) -> None:
    assert (recorder.emit, recorder.emit_text, recorder.declare) == (None, None, None)
    assert recorder.folder() is None
    recorder.start(tmp_path / "a", role="test")
    try:
        assert None not in (recorder.emit, recorder.emit_text, recorder.declare)
        assert recorder.folder() == tmp_path / "a"
    finally:
        recorder.stop()
    assert (recorder.emit, recorder.emit_text, recorder.declare) == (None, None, None)


@several
@given(records=RECORDS)
def test_written_read_written_is_byte_equal(
    records: list[tuple[int, int, int, int, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("bytes") / "trace"
    recorder.start(folder, role="test")
    for record in records:
        emit()(*record)
    recorder.stop()
    rows = [row for row in read(folder) if row.stream.thread]
    assert [(row.kind, row.a, row.b, row.c, row.d) for row in rows] == records
    files = [path for path in folder.iterdir() if path.name.startswith("t-")]
    written = b"".join(path.read_bytes()[schema.HEADER_SIZE :] for path in files)
    packed = [schema.RECORD.pack(r.t, r.a, r.b, r.c, r.d, r.kind) for r in rows]
    assert b"".join(packed) == written


@several
@given(texts=st.lists(st.text(st.characters(exclude_categories=[]), max_size=200), max_size=40))
def test_any_text_comes_back(texts: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("texts") / "trace"
    recorder.start(folder, role="test")
    for number, text in enumerate(texts):
        emit_text()(Kind.SUBMITTED, number, 0, text, 0)
        declare()(Kind.LOCK_CREATED, number, 0, text, 0)
    recorder.stop()
    expected = [text.encode("utf-8", "backslashreplace").decode() for text in texts]
    rows = read(folder)
    assert [row.text for row in of_kind(rows, Kind.SUBMITTED)] == expected
    assert [row.text for row in of_kind(rows, Kind.LOCK_CREATED)] == expected


@pytest.mark.parametrize("length", [0, 1, 24, 25, 26, 29, 30, 31, 54, 55, 56, 60, 85, 16_384])
def test_texts_at_the_borders_of_cells(folder: Path, length: int) -> None:
    emit_text()(Kind.SUBMITTED, 1, 2, "x" * length, 3)
    (row,) = of_kind(read(folder), Kind.SUBMITTED)
    assert row[2:6:1] == (Kind.SUBMITTED, 1, 2, row.c)
    assert row.text == "x" * length
    assert (row.c == 0) == (length == 0)


@pytest.mark.parametrize("letter", ["x", "é", "€", "𝄞", "\udc80", "\0"])
def test_a_very_long_text_is_cut_between_characters(letter: str) -> None:
    limit = schema.MAX_TEXT_BYTES
    data = chunk.cut_utf8(letter * 10_000_000, limit)
    text = data.decode()
    assert limit - 6 <= len(data) <= limit
    assert text.endswith("…")
    whole = letter.encode("utf-8", "backslashreplace").decode()
    assert (whole * limit).startswith(text[:-1])


def test_a_text_is_written_once_a_chunk_and_each_chunk_stands_alone(folder: Path) -> None:
    count = 3 * schema.HEADER_SIZE * 100
    for number in range(count):
        emit_text()(Kind.SUBMITTED, number, 0, "the same", 0)
    recorder.stop()
    files = sorted(path for path in folder.iterdir() if path.name.startswith("t-"))
    assert len(files) > 3
    for path in files:
        cells = list(struct.iter_unpack("<30sH", path.read_bytes()[schema.HEADER_SIZE :]))
        assert [kind for _, kind in cells].count(Kind.TEXT_END) == 1
    # Whatever chunks are missing at the front, what is left can be read.
    for path in files[:2]:
        path.unlink()
    with Reader(folder) as reader:
        rows = of_kind(drain(reader), Kind.SUBMITTED)
        assert {row.text for row in rows} == {"the same"}
        assert [row.a for row in rows] == list(range(count - len(rows), count))
        assert reader.dropped == reader.dropped_records == count - len(rows) > 0


def test_times_never_go_backwards_in_a_stream(folder: Path) -> None:
    for number in range(5_000):
        emit()(Kind.STARTED, number, 0, 0, 0)
        emit_text()(Kind.SUBMITTED, number, 0, str(number), 0)
        declare()(Kind.POOL_ENDED, number, 0, "", 0)
    rows = read(folder)
    for pinned in (False, True):
        times = [row.t for row in rows if (row.stream.thread == 0) == pinned]
        assert len(times) > 5_000
        assert times == sorted(times)


def test_a_number_that_does_not_fit_is_a_loss_and_no_error(folder: Path) -> None:
    for bad in [(Kind.STARTED, 1 << 63, 0, 0, 0), (Kind.STARTED, 0, 0, -1, 0)]:
        emit()(*bad)
        emit_text()(bad[0], bad[1], 0, "t", 1 << 16)
        declare()(bad[0], bad[1], 0, "t", 1 << 16)
    emit_text()(Kind.SUBMITTED, 7, 0, "t", 0)
    with Reader(folder) as reader:
        rows = drain(reader)
        assert [(row.a, row.text) for row in of_kind(rows, Kind.SUBMITTED)] == [(7, "t")]
        assert not of_kind(rows, Kind.STARTED)
        assert reader.lost == recorder.statistics().lost == 6
        assert reader.torn == 0


def test_statistics_count_records_and_not_texts(folder: Path) -> None:
    before = recorder.statistics().events
    for number in range(10_000):
        emit_text()(Kind.SUBMITTED, number, 0, f"{number}", 0)
    after = recorder.statistics()
    assert after.events - before == 10_000 + 1  # and the thread's THREAD_STARTED
    assert after.bytes > 10_000 * 2 * schema.RECORD_SIZE
    recorder.stop()
    assert recorder.statistics().events == after.events + 1
    assert len(read(folder)) == after.events + 1


def test_threads_say_who_they_are(folder: Path) -> None:
    def named() -> None:
        recorder.name_thread("caller-1", Role.CALLER)
        emit()(Kind.STARTED, ident.thread_id(), 0, 0, 0)

    emit()(Kind.STARTED, ident.thread_id(), 0, 0, 0)
    for target in (named, lambda: emit()(Kind.STARTED, ident.thread_id(), 0, 0, 0)):
        thread = threading.Thread(target=target, name="as Python calls it")
        thread.start()
        thread.join()
    rows = read(folder)
    started = {row.a: (row.text, row.d) for row in of_kind(rows, Kind.THREAD_STARTED)}
    streams = [row.stream for row in of_kind(rows, Kind.STARTED)]
    expected = [("MainThread", 1), ("caller-1", 2), ("as Python calls it", 0)]
    assert sorted(started.values()) == sorted(expected)
    assert sorted((stream.name, stream.role) for stream in streams) == sorted(expected)
    assert all(row.a == row.stream.thread for row in of_kind(rows, Kind.STARTED))
    ended = {row.a for row in of_kind(rows, Kind.THREAD_ENDED)}
    assert ended == set(started) - {ident.thread_id()}


@pytest.mark.parametrize("length", [24, 30, 32, 48, 300])
def test_however_long_a_threads_name_is_what_it_records_is_read(folder: Path, length: int) -> None:
    # The name is in the chunk's header, right before the first record.
    before = time.perf_counter_ns()

    def record() -> None:
        emit_text()(Kind.SUBMITTED, 1, 0, "one", 0)
        emit()(Kind.STARTED, 2, 0, 0, 0)

    thread = threading.Thread(target=record, name="n" * length)
    thread.start()
    thread.join()
    recorder.stop()
    rows = [row for row in read(folder) if row.stream.thread]
    assert [(row.kind, row.a) for row in rows] == [(Kind.SUBMITTED, 1), (Kind.STARTED, 2)]
    assert all(before < row.t < time.perf_counter_ns() for row in rows)


@pytest.fixture
def roomy_folder(tmp_path: Path) -> Iterator[Path]:
    """As ``folder``, for thousands of files: in memory, if it holds them; a disk is slow with
    them."""
    memory = Path("/dev/shm")
    holds = memory.is_dir() and shutil.disk_usage(memory).free >= ROOM
    with tempfile.TemporaryDirectory(dir=memory if holds else tmp_path) as home:
        recorder.start(Path(home, "trace"), role="test")
        yield Path(home, "trace")
        recorder.stop()


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="/proc tells what is mapped")
def test_ten_thousand_short_threads_leave_nothing_mapped_or_open(roomy_folder: Path) -> None:
    folder = roomy_folder
    emit()(Kind.STARTED, 0, 0, 0, 0)

    def mapped() -> int:
        return Path("/proc/self/maps").read_text().count(str(folder))

    def opened() -> tuple[int, set[tuple[str, str]]]:
        """How many files of the trace, and what else, by number and by what it leads to."""
        listing = Path("/proc/self/fd")
        there = [path for path in list(listing.iterdir()) if path.is_symlink()]  # but the listing's
        found = {(path.name, str(path.readlink())) for path in there}
        others = {each for each in found if not each[1].startswith(str(folder))}
        return len(found) - len(others), others

    before, (ours, others) = mapped(), opened()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for number in range(10_000):
        thread = threading.Thread(target=emit(), args=(Kind.STARTED, number, 0, 0, 0))
        thread.start()
        thread.join()
    assert mapped() == before
    still_ours, still_others = opened()
    assert still_ours == ours
    assert still_others <= others, "others may close what they left open, nobody opens anything"
    # Nor does each keep the space of a whole chunk: a header and a record.
    sizes = {path.stat().st_size for path in folder.iterdir() if path.name.startswith("t-")}
    assert sizes == {schema.HEADER_SIZE + schema.RECORD_SIZE, 65_536}
    with Reader(folder) as reader:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 512), hard))
        try:
            rows = drain(reader)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert reader.errors == []
        assert len(of_kind(rows, Kind.THREAD_ENDED)) == 10_000
        assert sorted(row.a for row in of_kind(rows, Kind.STARTED))[1:] == list(range(10_000))
        drain(reader)
        assert len(reader._active) == 2  # dead threads cost a poll nothing


def test_start_says_clearly_what_is_wrong(folder: Path, tmp_path: Path) -> None:
    recorder.start(folder, role="test")  # the same again is nothing new
    with pytest.raises(RuntimeError, match="stop that recording before"):
        recorder.start(tmp_path / "other", role="test")
    recorder.stop()
    with pytest.raises(FileNotFoundError, match="not a trace folder"):
        recorder.start(tmp_path / "other", role="test", create=False)
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(ValueError, match="neither empty nor a trace"):
        recorder.start(tmp_path, role="test")
    with pytest.raises(ValueError, match="too small"):
        recorder.start(tmp_path / "other", role="test", quota_bytes=10)
    assert recorder.emit is None


def test_a_recording_that_is_joined_again_keeps_both_parts(folder: Path) -> None:
    emit()(Kind.STARTED, 1, 0, 0, 0)
    recorder.stop()
    reader = Reader(folder)
    rows = drain(reader)
    assert reader.finished
    recorder.start(folder, role="again")
    emit()(Kind.STARTED, 2, 0, 0, 0)
    rows += drain(reader)
    assert not reader.finished
    assert [row.a for row in of_kind(rows, Kind.STARTED)] == [1, 2]
    assert [row.text for row in of_kind(rows, Kind.PROCESS_STARTED)] == ["test", "again"]


def test_living_things_are_declared_at_every_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        recorder, "at_start", [lambda: declare()(Kind.POOL_CREATED, 5, 1, "living", 0)]
    )
    recorder.start(tmp_path / "t", role="test")
    recorder.stop()
    assert [row.text for row in of_kind(read(tmp_path / "t"), Kind.POOL_CREATED)] == ["living"]


def test_nothing_of_numpy_is_loaded_by_recording(tmp_path: Path) -> None:
    code = (
        "import sys; from poolscope.trace import recorder as r; r.start(sys.argv[1], role='x');"
        "r.emit(34, 1, 2, 0, 0); r.stop(); sys.exit('numpy' in sys.modules)"
    )
    arguments = [sys.executable, "-c", code, str(tmp_path / "t")]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "engine")}
    assert os.spawnve(os.P_WAIT, sys.executable, arguments, environment) == 0
    assert len(of_kind(read(tmp_path / "t"), Kind.STARTED)) == 1


def test_a_file_system_without_links_takes_a_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    meta.create_or_join(tmp_path / "t", role="test", quota_bytes=None, create=True)
    assert [path.name for path in (tmp_path / "t").iterdir()] == ["meta.json"]
    assert meta.read_meta(tmp_path / "t")["role"] == "test"
