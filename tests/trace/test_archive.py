"""One file from a folder and a folder from the file; strangers' files do no harm."""

from __future__ import annotations

import struct
import threading
import zipfile
from pathlib import Path

import pytest

from poolscope.trace import archive, recorder
from poolscope.trace.reader import Reader, TraceError
from poolscope.trace.schema import Kind
from tests.trace.everything import Row, drain, emit_text, read


def contents(rows: list[Row]) -> list[tuple[object, ...]]:
    return sorted((row.stream.thread, *row[1:]) for row in rows)


def test_packed_and_opened_is_the_same_trace(folder: Path, tmp_path: Path) -> None:
    for number in range(5_000):
        emit_text()(Kind.SUBMITTED, number, 0, f"task {number}", 0)
    recorder.stop()
    file = tmp_path / "a.poolscope"
    steps: list[tuple[int, int]] = []
    archive.pack(folder, file, lambda done, total: steps.append((done, total)))
    assert steps[0][0] == 0
    assert steps[-1] == (len(list(folder.iterdir())),) * 2
    with Reader(file) as reader:
        unpacked = reader.folder
        assert contents(drain(reader)) == contents(read(folder))
    assert not unpacked.exists()
    assert file.stat().st_size < sum(path.stat().st_size for path in folder.iterdir()) / 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.poolscope", "trace"]


def test_a_packed_trace_may_be_read_like_any_other_file(folder: Path, tmp_path: Path) -> None:
    recorder.stop()
    (tmp_path / "plain").write_text("")
    archive.pack(folder, tmp_path / "a.poolscope")
    assert (tmp_path / "a.poolscope").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_packing_that_is_stopped_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.poolscope"
    file.write_text("the old one")

    def stop(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        archive.pack(folder, file, stop)
    assert file.read_text() == "the old one"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.poolscope", "trace"]


def test_only_a_traces_own_names_come_out(folder: Path, tmp_path: Path) -> None:
    recorder.stop()
    file = tmp_path / "evil.poolscope"
    archive.pack(folder, file)
    with zipfile.ZipFile(file, "a") as packed:
        for name in ["../out.json", "/tmp/poolscope-out.json", "sub/meta.json", "a.py", "C:\\x"]:
            packed.writestr(name, "harm")
        packed.writestr("../meta.json", "harm")
        packed.writestr("exit-5.json", '{"pid": 5, "exit_code": 1}')
    with archive.opened(file) as opened:
        names = {path.name for path in opened.rglob("*")}
        assert names == {path.name for path in folder.iterdir()} | {"exit-5.json"}
        assert not (opened.parent / "out.json").exists()
        assert not (opened.parent / "meta.json").exists()
    assert not Path("/tmp/poolscope-out.json").exists()


def test_a_file_with_no_trace_in_it_is_named_itself(tmp_path: Path) -> None:
    file = tmp_path / "other.poolscope"
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("letter.txt", "no trace")
    with pytest.raises(TraceError, match=r"other\.poolscope holds no meta\.json"):
        Reader(file)


def test_a_description_that_is_none_is_named_by_the_file_that_holds_it(tmp_path: Path) -> None:
    file = tmp_path / "other.poolscope"
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("meta.json", "{")
    with pytest.raises(TraceError) as refused:
        Reader(file)
    assert str(refused.value).startswith(f"{file}/meta.json was expected to hold JSON")
    with pytest.raises(TraceError, match=r"other\.poolscope/meta\.json"):
        archive.unpack_meta(file, tmp_path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name_are_refused(folder: Path, tmp_path: Path) -> None:
    """A reader that follows would show the first, and one that comes later the second."""
    emit_text()(Kind.SUBMITTED, 1, 0, "task", 0)
    recorder.stop()
    file = tmp_path / "a.poolscope"
    archive.pack(folder, file)
    (name,) = [path.name for path in folder.glob("t-*")]
    with zipfile.ZipFile(file, "a") as packed:
        packed.writestr(name, b"another")
    with pytest.raises(TraceError, match=rf"a\.poolscope holds {name} twice"):
        Reader(file)


def test_a_bomb_is_refused_before_it_fills_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "_FREE_BYTES", 1 << 20)
    file = tmp_path / "bomb.poolscope"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("meta.json", "{}")
        for number in range(3):
            packed.writestr(f"t-1-1-{number:06d}.chunk", bytes(10 << 20))
    with pytest.raises(TraceError, match="more than a trace of its size"), archive.opened(file):
        pass
    # A size that is lied about is not believed either.
    data = bytearray(file.read_bytes())
    while (at := data.find(struct.pack("<I", 10 << 20))) >= 0:
        data[at : at + 4] = struct.pack("<I", 1)
    file.write_bytes(data)
    with pytest.raises(TraceError), archive.opened(file):
        pass


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x05\x06" + bytes(18), b"PK\3\4" * 99])
def test_what_is_no_archive_is_refused_with_its_name(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "x.poolscope"
    file.write_bytes(content)
    with pytest.raises(TraceError):
        Reader(file)
    with pytest.raises(TraceError, match="does not exist"):
        Reader(tmp_path / "missing.poolscope")
    with pytest.raises(TraceError, match=r"has no meta\.json"):
        archive.pack(tmp_path, tmp_path / "y.poolscope")


def test_a_damaged_archive_is_one_sentence(folder: Path, tmp_path: Path) -> None:
    recorder.stop()
    file = tmp_path / "a.poolscope"
    archive.pack(folder, file)
    whole = file.read_bytes()
    for at in range(0, len(whole), 7):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        try:
            with Reader(file) as reader:
                drain(reader)
        except TraceError:
            continue


def test_a_reader_can_follow_an_unpacking_from_its_first_file(folder: Path, tmp_path: Path) -> None:
    def fill(first: int) -> None:
        for number in range(first, first + 6_000):
            emit_text()(Kind.SUBMITTED, number, 0, f"task {number}", 0)

    other = threading.Thread(target=fill, args=(100_000,))
    other.start()
    fill(0)
    other.join()
    recorder.stop()
    file, place = tmp_path / "a.poolscope", tmp_path / "unpacked"
    archive.pack(folder, file)
    place.mkdir()
    coming = [path.name for path in folder.iterdir()]
    readers: list[Reader] = []
    rows: list[Row] = []
    seen: list[int] = []

    def look(done: int, total: int) -> None:
        assert 0 <= done <= total
        if (place / "meta.json").exists():
            if not readers:
                readers.append(Reader(place, coming=coming))
            rows.extend(drain(readers[0]))
            seen.append(len(rows))
            assert not readers[0].finished

    archive.unpack(file, place, look)
    (reader,) = readers
    reader.arrived()
    rows.extend(drain(reader))
    assert reader.finished
    assert (reader.errors, reader.dropped, reader.torn) == ([], 0, 0)
    assert seen[-1] > seen[len(seen) // 2] > 0  # it was read while it came
    assert contents(rows) == contents(read(folder))
    reader.close()


def test_an_unpacking_can_be_ended(folder: Path, tmp_path: Path) -> None:
    emit_text()(Kind.SUBMITTED, 1, 0, "task", 0)
    recorder.stop()
    file, place = tmp_path / "a.poolscope", tmp_path / "unpacked"
    archive.pack(folder, file)
    place.mkdir()

    def stop(done: int, _total: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        archive.unpack(file, place, stop)
    assert (place / "meta.json").exists()
    assert len(list(place.iterdir())) < len(list(folder.iterdir()))
