"""Forks, and processes that are killed in the middle of a record."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from mmap import mmap
from pathlib import Path

import pytest

from poolscope.trace import chunk, ident, recorder, schema
from poolscope.trace.folder import Folder
from poolscope.trace.reader import Reader
from poolscope.trace.schema import Kind
from tests.trace.everything import declare, drain, emit, emit_text, of_kind, read

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
# Python 3.12 warns of a fork beside threads: that is what is tried here.
ignore_fork_warning = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


def in_child(action: object) -> int:
    """Fork; the child runs ``action`` and ends at once, 0 if it did not raise."""
    assert callable(action)
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            action()
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(pid, 0)[1] == 0
    return pid


@ignore_fork_warning
def test_a_child_records_into_streams_of_its_own(folder: Path) -> None:
    emit_text()(Kind.SUBMITTED, 1, 0, "shared", 0)
    parent_thread = ident.thread_id()

    def child() -> None:
        emit_text()(Kind.SUBMITTED, 2, 0, "shared", 0)
        emit()(Kind.STARTED, ident.thread_id(), 0, 0, 0)

    pid = in_child(child)
    emit_text()(Kind.SUBMITTED, 3, 0, "shared", 0)
    rows = read(folder)
    submitted = of_kind(rows, Kind.SUBMITTED)
    here = os.getpid()
    assert {(r.a, r.text, r.stream.pid) for r in submitted} == {
        (1, "shared", here),
        (2, "shared", pid),
        (3, "shared", here),
    }
    (started,) = of_kind(rows, Kind.STARTED)
    assert started.a == started.stream.thread != parent_thread
    processes = {row.a: (row.b, row.text) for row in of_kind(rows, Kind.PROCESS_STARTED)}
    assert processes[pid] == (here, "child")


@ignore_fork_warning
def test_a_child_that_records_nothing_leaves_no_file_and_hurts_none(folder: Path) -> None:
    emit()(Kind.STARTED, 1, 0, 0, 0)
    arrived, gate = threading.Event(), threading.Event()

    def other() -> None:
        emit()(Kind.STARTED, 2, 0, 0, 0)
        arrived.set()
        gate.wait(60)
        emit()(Kind.STARTED, 3, 0, 0, 0)

    thread = threading.Thread(target=other)
    thread.start()
    assert arrived.wait(60)
    files = {path.name: path.stat().st_size for path in folder.iterdir()}
    # The other thread's locals are freed in the child: that must not seal the parent's stream,
    # which would cut the file under the parent's mapping.
    in_child(lambda: None)
    assert {path.name: path.stat().st_size for path in folder.iterdir()} == files
    gate.set()
    thread.join()
    rows = read(folder)
    assert {row.stream.pid for row in rows} == {os.getpid()}
    assert sorted(row.a for row in of_kind(rows, Kind.STARTED)) == [1, 2, 3]


@ignore_fork_warning
def test_a_child_names_itself_worker_without_a_second_recording(folder: Path) -> None:
    pid = in_child(lambda: recorder.start(folder, role="worker"))
    rows = of_kind(read(folder), Kind.PROCESS_STARTED)
    assert [row.text for row in rows if row.a == pid] == ["worker"]


@ignore_fork_warning
def test_a_fork_while_another_thread_opens_a_chunk(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine = Folder.open_chunk
    arrived, go = threading.Event(), threading.Event()
    parent = os.getpid()

    def open_chunk(self: Folder, name: chunk.ChunkName, header: chunk.Header) -> mmap:
        if os.getpid() == parent and threading.current_thread() is slow:
            arrived.set()
            assert go.wait(60)
        return genuine(self, name, header)

    def record() -> None:  # both the pinned stream and its own are in the middle
        declare()(Kind.POOL_ENDED, 1, 0, "", 0)
        emit()(Kind.STARTED, 1, 0, 0, 0)

    slow = threading.Thread(target=record)
    monkeypatch.setattr(Folder, "open_chunk", open_chunk)
    slow.start()
    assert arrived.wait(60)

    def child() -> None:
        declare()(Kind.POOL_ENDED, 2, 0, "", 0)
        emit()(Kind.STARTED, 2, 0, 0, 0)

    in_child(child)
    go.set()
    slow.join()
    rows = read(folder)
    for kind in (Kind.POOL_ENDED, Kind.STARTED):
        assert sorted(row.a for row in of_kind(rows, kind)) == [1, 2]


# It writes until it is killed; should nobody be left to do that, its input ends, and it with it.
WRITER = """
import os, sys, threading
threading.Thread(target=lambda: sys.stdin.read() or os._exit(1), daemon=True).start()
from poolscope.trace import recorder
recorder.start(sys.argv[1], role="victim")
number = 0
while True:
    recorder.emit_text(30, number, 0, f"task number {number} with a name of some length", 0)
    recorder.emit(34, number, 0, 0, 0)
    number += 1
    if number == 100:
        print("running", flush=True)
"""


def start_writer(folder: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "engine")}
    command = [sys.executable, "-c", WRITER, str(folder)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    return subprocess.Popen(command, env=environment, text=True, **pipes)


def test_kill_in_the_middle_costs_nothing_that_was_written(tmp_path: Path) -> None:
    folder = tmp_path / "t"
    for _ in range(5):
        with start_writer(folder) as writer:
            try:
                assert writer.stdout is not None
                writer.stdout.readline()
                reader = Reader(folder)
                rows = drain(reader, limit=2_000, polls=3)
            finally:
                writer.kill()
            writer.wait()
        recorder.write_exit(folder, writer.pid, writer.returncode)
        rows += drain(reader)
        assert reader.exits[writer.pid] == -signal.SIGKILL
        assert reader.errors == []
        assert reader.torn <= 5  # at most one a process
        mine = [row for row in rows if row.stream.pid == writer.pid]
        submitted, started = of_kind(mine, Kind.SUBMITTED), of_kind(mine, Kind.STARTED)
        assert len(submitted) >= 100
        assert [row.a for row in submitted] == list(range(len(submitted)))
        assert [row.a for row in started] == list(range(len(started)))
        assert 0 <= len(submitted) - len(started) <= 1
        for row in submitted:
            assert row.text == f"task number {row.a} with a name of some length"
        reader.close()


@pytest.mark.parametrize("written", range(1, schema.RECORD_SIZE - 1))
def test_a_record_cut_off_anywhere_is_not_there(folder: Path, written: int) -> None:
    """Byte by byte: what was written before the kill must never be taken for a record."""
    emit()(Kind.STARTED, 1, 0, 0, 0)
    record = schema.RECORD.pack(1 << 50, -1, -1, 1, 1, Kind.STARTED)
    recorder.stop()
    (file,) = (path for path in folder.iterdir() if path.name.startswith("t-"))
    with file.open("ab") as chunk_file:
        chunk_file.write(record[:written].ljust(schema.RECORD_SIZE, b"\0"))
    with Reader(folder) as reader:
        assert [row.a for row in of_kind(drain(reader), Kind.STARTED)] == [1]
        assert reader.finished
        assert reader.torn == (1 if record[:written].strip(b"\0") else 0)
        assert reader.errors == []


HANDLED = """
import os, sys
sys.path.append({engine!r})
in_child = []
os.register_at_fork(after_in_child=lambda: [act() for act in in_child])  # before ours
import poolscope
known = poolscope.Lock(name="known")
def uses():
    for number in range(40):
        with known, poolscope.Lock(name=f"a long name of the child's own, number {{number}}"):
            pass
with poolscope.record({folder!r}):
    with known: pass
    in_child.append(uses)
    pid = os.fork()
    if pid == 0: os._exit(0)
    os.waitpid(pid, 0)
    with known: pass
"""


def test_a_handler_of_the_programs_in_a_forked_child_writes_into_no_file_of_its_parents(
    tmp_path: Path,
) -> None:
    """Its records lay over the parent's, which was then said to be damaged."""
    folder = tmp_path / "trace"
    engine = str(Path(__file__).resolve().parents[2] / "engine")
    program = HANDLED.format(engine=engine, folder=str(folder))
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
    rows = read(folder)
    assert [row.text for row in of_kind(rows, Kind.LOCK_CREATED)] == ["known"]
    assert len(of_kind(rows, Kind.LOCK_ACQUIRED)) == 2


TAKES_IDS = """
import os, sys
sys.path.append({engine!r})
end, other = os.pipe()
os.register_at_fork(after_in_child=lambda: os.write(other, b"%d" % ident.next_id()))
from poolscope.trace import ident
pid = os.fork()
if pid == 0: os._exit(0)
os.waitpid(pid, 0)
assert int(os.read(end, 99)) not in {{ident.next_id() for _ in range(100)}}
"""


def test_what_such_a_handler_makes_has_an_id_of_its_own() -> None:
    program = TAKES_IDS.format(engine=str(Path(__file__).resolve().parents[2] / "engine"))
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
