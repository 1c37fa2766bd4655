"""A full disk, a deleted folder, no permission: events are counted as lost, nothing breaks."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import textwrap
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from poolscope.trace import chunk, meta, recorder, stream
from poolscope.trace.reader import Reader, TraceError
from poolscope.trace.schema import Kind
from tests.trace.everything import drain, emit, emit_text, of_kind, read

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MiB."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "poolscope-test", str(place)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("a full disk cannot be tried: there is no mount command here")
    if done.returncode:
        pytest.skip(f"a full disk cannot be tried: no right to mount one ({done.stderr.strip()})")
    yield place
    recorder.stop()
    subprocess.run(["umount", str(place)], check=True)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask for a chunk again at every event."""
    monkeypatch.setattr(stream, "RETRY_NS", 0)


def fill(place: Path) -> Path:
    """Use up what is left of a small disk."""
    ballast = place / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    assert os.statvfs(place).f_bavail == 0
    return ballast


@pytest.mark.usefixtures("at_once")
def test_a_full_disk_is_a_counted_loss_and_recording_goes_on_when_there_is_room(
    small_disk: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = small_disk / "trace"
    recorder.start(folder, role="test")
    emit()(Kind.STARTED, -1, 0, 0, 0)
    ballast = fill(small_disk)
    count = 20_000  # far more than the first chunk holds
    for number in range(count):
        emit_text()(Kind.SUBMITTED, number, 0, "text", 0)
    lost = recorder.statistics().lost
    assert 0 < lost < count
    warning = capfd.readouterr().err
    assert warning.count("poolscope:") == 1
    assert str(folder) in warning
    assert "No space left on device" in warning
    assert "lost" in warning

    with Reader(folder) as reader:
        rows = of_kind(drain(reader), Kind.SUBMITTED)
        assert [row.a for row in rows] == list(range(count - lost))
        assert reader.lost == lost
        assert sum(reader.lost_of.values()) == lost
        assert len(reader.lost_of) == 1
        # What there is is whole up to there.
        assert reader.lost_since == rows[-1].t - reader.origin_ns
        ballast.unlink()
        emit_text()(Kind.SUBMITTED, count, 0, "again", 0)
        rows = of_kind(drain(reader), Kind.SUBMITTED)
        assert [(row.a, row.text) for row in rows] == [(count, "again")]
        assert reader.lost == recorder.statistics().lost == lost
        assert reader.errors == []


def test_after_a_failure_the_disk_is_not_asked_at_every_event(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(stream, "RETRY_NS", 1 << 62)
    asked = []

    def full(*arguments: object) -> None:
        asked.append(arguments)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    for number in range(100):
        emit()(Kind.STARTED, number, 0, 0, 0)
    assert len(asked) == 1
    assert recorder.statistics().lost == 100
    # The thread has no chunk whose header could tell: the loss is charged to the process.
    with Reader(folder) as reader:
        drain(reader)
        assert reader.lost == 100
    assert capfd.readouterr().err.count("poolscope:") == 1
    # No half-made file is left.
    assert all(path.stat().st_size for path in folder.iterdir())


@pytest.mark.usefixtures("at_once")
def test_a_folder_deleted_under_the_recorder(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    emit()(Kind.STARTED, 0, 0, 0, 0)
    reader = Reader(folder)
    drain(reader)
    shutil.rmtree(folder)
    for number in range(10_000):
        emit()(Kind.STARTED, number, 0, 0, 0)
    assert recorder.statistics().lost > 0
    drain(reader)
    drain(reader)
    assert len([error for error in reader.errors if str(folder) in error]) == 1
    reader.close()
    recorder.stop()
    warning = capfd.readouterr().err
    assert warning.count("poolscope:") == 1
    assert "No such file or directory" in warning


@pytest.mark.usefixtures("at_once")
def test_no_permission_is_said_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    emit()(Kind.STARTED, 0, 0, 0, 0)
    genuine = os.open

    # Refused here and not by the folder's mode: root may write where nobody may.
    def refuse(path: str, *arguments: int) -> int:
        if str(path).endswith(".chunk"):
            raise PermissionError(13, "Permission denied", path)
        return genuine(path, *arguments)

    monkeypatch.setattr(os, "open", refuse)
    for number in range(10_000):
        emit()(Kind.STARTED, number, 0, 0, 0)
    monkeypatch.undo()
    assert recorder.statistics().lost > 0
    warning = capfd.readouterr().err
    assert warning.count("poolscope:") == 1
    assert "Permission denied" in warning
    emit()(Kind.STARTED, 77, 0, 0, 0)
    assert read(folder)[-1].a == 77


def test_standard_error_that_fails_hurts_nobody(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        def write(self, _text: str) -> int:
            raise ZeroDivisionError

    monkeypatch.setattr("sys.stderr", Broken())
    shutil.rmtree(folder)
    for number in range(10_000):
        emit()(Kind.STARTED, number, 0, 0, 0)
    assert recorder.statistics().lost > 0


def test_a_trace_that_cannot_be_unpacked_for_want_of_room_is_not_called_damaged(
    small_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "big.poolscope"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("meta.json", "{}")
        packed.writestr(chunk.ChunkName(False, 1, 2, 3).file_name(), bytes(2 << 20))
    monkeypatch.setattr("tempfile.tempdir", str(small_disk))
    with pytest.raises(TraceError, match=r"cannot be unpacked into .*No space left.*TMPDIR"):
        Reader(file)
    assert list(small_disk.iterdir()) == []


def test_how_a_process_ended_is_noted_whole_or_not_at_all(small_disk: Path) -> None:
    fill(small_disk)
    with pytest.raises(OSError, match="No space left"):
        meta.write_exit(small_disk, 5, 0)
    assert [path.name for path in small_disk.iterdir()] == ["ballast"]


def recorded(trace: Path, body: str) -> subprocess.CompletedProcess[str]:
    """Run a script under ``record``, from the command line."""
    script = trace.parent.parent / "script.py"
    script.write_text(body, encoding="utf-8")
    command = [sys.executable, str(ROOT / "app.py"), "record", "-o", str(trace), str(script)]
    environment = os.environ | {"TMPDIR": str(script.parent)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


def test_a_full_disk_does_not_change_how_a_script_ends(small_disk: Path) -> None:
    body = f"""
        import contextlib, sys
        with open({str(small_disk / "ballast")!r}, "wb", buffering=0) as file:
            with contextlib.suppress(OSError):
                while True: file.write(bytes(4096))
        print("done")
        sys.exit(7)
    """
    ran = recorded(small_disk / "trace", textwrap.dedent(body))
    assert (ran.returncode, ran.stdout) == (7, "done\n")
    assert "how the script ended is not in it" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_trace_that_cannot_be_begun_is_one_sentence(small_disk: Path) -> None:
    fill(small_disk)
    ran = recorded(small_disk / "trace", "print('must not run')")
    assert (ran.returncode, ran.stdout) == (1, "")
    first, *_ = ran.stderr.splitlines()
    assert "no trace can be begun" in first
    assert "No space left on device" in first
    assert "Traceback" not in ran.stderr


def test_a_trace_that_cannot_be_packed_is_not_thrown_away(small_disk: Path) -> None:
    fill(small_disk)
    ran = recorded(small_disk / "trace.poolscope", "print('ran')")
    assert (ran.returncode, ran.stdout) == (1, "ran\n")
    (sentence,) = ran.stderr.splitlines()
    kept = Path(sentence.rpartition(" ")[2])
    with Reader(kept) as reader:
        assert [row.text for row in of_kind(drain(reader), Kind.PROCESS_STARTED)] == ["script"]
    shutil.rmtree(kept)


def test_a_picture_is_there_whole_or_not_at_all(
    small_disk: Path, tmp_path: Path, root: Path
) -> None:
    recorder.start(tmp_path / "trace", role="test")
    recorder.stop()
    fill(small_disk)
    command = [sys.executable, str(root / "app.py"), "render", str(tmp_path / "trace")]
    command += ["-o", str(small_disk / "chart.png")]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "the disk is full" in ran.stderr
    assert [path.name for path in small_disk.iterdir()] == ["ballast"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_report_into_a_full_disk_is_one_sentence(
    options: list[str], tmp_path: Path, root: Path
) -> None:
    recorder.start(tmp_path / "trace", role="test")
    recorder.stop()
    command = [sys.executable, str(root / "app.py"), "report", *options, str(tmp_path / "trace")]
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert ran.returncode == 1
    said = "the disk is full: what was printed is not all of it; make room"
    assert ran.stderr == f"poolscope: {said}\n"
