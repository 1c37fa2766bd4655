"""A trace from a stranger, or a broken one: a sentence or a count, never an exception."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from poolscope.trace import chunk, recorder, schema
from poolscope.trace.reader import Reader, TraceError
from poolscope.trace.schema import Kind
from tests.trace.everything import drain, emit, emit_text, of_kind


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small good trace; never changed, only copied."""
    folder = tmp_path_factory.mktemp("whole") / "trace"
    recorder.start(folder, role="test")
    for number in range(3_000):
        emit_text()(Kind.SUBMITTED, number, 0, f"task {number} " + "x" * (number % 90), 0)
        emit()(Kind.STARTED, number, 0, 0, 0)
    recorder.stop()
    recorder.write_exit(folder, os.getpid(), 0)
    return folder


def chunks(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.chunk"))


@settings(
    max_examples=200,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
@given(seed=st.integers(0, 1 << 64), limit=st.sampled_from([None, 1, 7, 1000]))
def test_random_damage_never_raises(
    seed: int, limit: int | None, whole: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("damaged") / "trace"
    shutil.copytree(whole, folder)
    damage(random.Random(seed), folder)
    # meta.json may be what was damaged: then there is a sentence, and nothing to read.
    with contextlib.suppress(TraceError), Reader(folder) as reader:
        rows = drain(reader, limit, polls=200)
        assert all(reader.origin_ns <= row.t < 1 << 62 for row in rows)
        assert len(rows) < 10_000
        assert all(type(count) is int for count in (reader.lost, reader.torn, reader.dropped))
    shutil.rmtree(folder)


def damage(chance: random.Random, folder: Path) -> None:
    """Several of: bits turned, bytes cut, doubled, replaced; files swapped, emptied, renamed."""
    for _ in range(chance.randrange(1, 6)):
        files = [path for path in folder.iterdir() if path.is_file()]
        path = chance.choice(files)
        data = bytearray(path.read_bytes())
        at = chance.randrange(len(data) + 1)
        if chance.random() < 0.5:
            at = min(at, chance.randrange(256))
        action = chance.randrange(8)
        if action == 0 and at < len(data):
            data[at] ^= 1 << chance.randrange(8)
        elif action == 1:
            del data[at:]
        elif action == 2:
            data[at:at] = chance.randbytes(chance.randrange(1, 200))
        elif action == 3:
            data[at : at + 64] = chance.randbytes(64)
        elif action == 4:
            data[at : at + 32] = bytes(32)
        elif action == 5:
            data[:] = chance.choice(files).read_bytes()
        elif action == 6:
            number = chance.randrange(1 << 20)
            path.rename(path.with_name(f"t-{chance.randrange(1 << 30)}-{number:x}-000000.chunk"))
            continue
        else:
            data[at : at + 32] = schema.TEXT_CELL.pack(chance.randbytes(30), chance.randrange(3))
        path.write_bytes(data)


def replace_by_link(path: Path) -> None:
    moved = path.with_name("elsewhere")
    path.rename(moved)
    path.symlink_to(moved)


def replace_by_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def replace_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def make_huge(path: Path) -> None:
    os.truncate(path, 1 << 40)


def make_foreign(path: Path) -> None:
    path.write_bytes(b"PK\3\4 this is something else" * 100)


def claim_huge_numbers(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[32 : schema.HEADER_SIZE] = b"\xff" * (schema.HEADER_SIZE - 32)
    path.write_bytes(data)


def unknown_kind(path: Path) -> None:
    data = bytearray(path.read_bytes())
    at = schema.HEADER_SIZE + schema.RECORD_SIZE * 1_000
    data[at : at + 32] = schema.RECORD.pack(1 << 50, 0, 0, 0, 0, 65_000)
    path.write_bytes(data)


def other_process(path: Path) -> None:
    header = chunk.parse_header(path.read_bytes())
    with path.open("r+b") as file:
        file.write(header._replace(pid=header.pid ^ 1).pack())


def text_without_end(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(schema.HEADER_SIZE + 320)
        file.write(schema.TEXT_CELL.pack(b"x" * 30, Kind.TEXT) * 1_500)


@pytest.mark.parametrize(
    "spoil",
    [
        replace_by_link,
        replace_by_pipe,
        replace_by_folder,
        make_huge,
        make_foreign,
        claim_huge_numbers,
        unknown_kind,
        other_process,
        text_without_end,
    ],
)
def test_a_bad_chunk_is_one_sentence_and_the_rest_is_read(
    whole: Path, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    folder = tmp_path / "t"
    shutil.copytree(whole, folder)
    (pinned, first, *_later) = chunks(folder)
    assert pinned.name.startswith("p-")
    spoil(first)
    tracemalloc.start()
    with Reader(folder) as reader:
        rows = drain(reader)
        assert len(reader.errors) == 1
        assert first.name in reader.errors[0]
        assert len(of_kind(rows, Kind.THREAD_STARTED)) == 1
        assert len(of_kind(rows, Kind.SUBMITTED)) < 3_000
        assert reader.finished
        assert drain(reader) == []
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64 << 20


def test_a_chunk_that_is_cut_while_it_is_read(whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "t"
    shutil.copytree(whole, folder)
    with Reader(folder) as reader:
        rows = reader.poll(500)
        for path in chunks(folder):
            os.truncate(path, schema.HEADER_SIZE + 1_000)  # a mapping would now be deadly
        drain(reader)
        for path in chunks(folder):
            os.truncate(path, 0)
        drain(reader)
        assert rows
        assert reader.errors == []


def test_files_of_others_do_not_disturb(whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "t"
    shutil.copytree(whole, folder)
    (folder / "notes.txt").write_text("mine")
    (folder / "t-1-xyz-1.chunk").write_text("nearly")
    (folder / "sub").mkdir()
    (folder / "exit-7.json").write_text("[1]")
    (folder / "exit-8.json").write_text('{"pid": 8, "exit_code": 3}')
    with Reader(folder) as reader:
        assert len(of_kind(drain(reader), Kind.SUBMITTED)) == 3_000
        assert reader.errors == ["exit-7.json does not say how process 7 ended"]
        assert reader.exits[8] == 3


@pytest.mark.parametrize("at", ["-1", "true", "1e300", "[]", '"9"', str(1 << 62), "9" * 5_000])
def test_a_time_of_an_end_that_is_none_is_said_and_not_used(
    whole: Path, tmp_path: Path, at: str
) -> None:
    folder = tmp_path / "t"
    shutil.copytree(whole, folder)
    (folder / "exit-7.json").write_text(f'{{"pid": 7, "exit_code": 3, "at_ns": {at}}}')
    with Reader(folder) as reader:
        drain(reader)
        assert reader.errors == ["exit-7.json does not say how process 7 ended"]
        assert 7 not in reader.exit_ns


@pytest.mark.parametrize(
    ("meta", "says"),
    [
        (None, "cannot be read"),
        ("{", "expected to hold JSON"),
        ("[" * 100_000, "expected to hold JSON"),
        ("[]", "expected to hold a JSON object"),
        ("{}", "names no trace format"),
        ('{"format": true}', "names no trace format"),
        ('{"format": 99}', "newer version"),
        ('{"format": 1, "created_ns": -4}', "'created_ns'"),
        ('{"format": 1, "created_ns": 1e3}', "'created_ns'"),
        (json.dumps({"format": 1, "created_ns": 1, "created_wall_ns": 1}), "'pid'"),
        (" " * (2 << 20), "too large"),
    ],
)
def test_what_is_no_trace_is_refused_with_its_name(
    tmp_path: Path, meta: str | None, says: str
) -> None:
    if meta is not None:
        (tmp_path / "meta.json").write_text(meta)
    with pytest.raises(TraceError, match=says) as caught:
        Reader(tmp_path)
    assert str(tmp_path) in str(caught.value)


def test_a_limit_bounds_one_poll_and_loses_nothing(whole: Path) -> None:
    with Reader(whole) as one, Reader(whole) as many:
        at_once = one.poll()
        slices = []
        while batches := many.poll(100):
            assert sum(len(batch.records) for batch in batches) <= 100
            slices += batches
        assert len(slices) > 50
        for index in {batch.stream.index for batch in at_once}:
            joined = [
                b"".join(b.records.tobytes() for b in found if b.stream.index == index)
                for found in (at_once, slices)
            ]
            assert joined[0] == joined[1]
        texts = [
            {(b.stream.index, *item) for b in found for item in b.texts.items()}
            for found in (at_once, slices)
        ]
        assert texts[0] == texts[1]


def test_a_text_longer_than_the_limit_is_not_the_end(folder: Path) -> None:
    text = "a long one " * 30
    emit_text()(Kind.SUBMITTED, 1, 2, text, 3)
    recorder.stop()
    with Reader(folder) as reader:
        assert [row.text for row in of_kind(drain(reader, limit=1), Kind.SUBMITTED)] == [text]


def test_a_read_that_meets_the_writer_in_the_middle_is_not_believed(
    whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first look may see a record's old beginning with its new end: here it always does."""
    genuine = os.pread
    begun: set[tuple[int, int]] = set()

    def pread(fd: int, length: int, offset: int) -> bytes:
        data = genuine(fd, length, offset)
        if offset < schema.HEADER_SIZE or (fd, offset) in begun:
            return data
        begun.add((fd, offset))
        half = schema.RECORD_SIZE // 2
        return bytes(half) + data[half:]

    monkeypatch.setattr(os, "pread", pread)
    with Reader(whole) as reader:
        rows = of_kind(drain(reader, limit=50), Kind.SUBMITTED)
        assert [row.a for row in rows] == list(range(3_000))
        assert all(row.text.startswith(f"task {row.a} ") for row in rows)
        assert reader.errors == []
    assert len(begun) > 100
