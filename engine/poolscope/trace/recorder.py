"""The recorder: what the engine calls to have an event written down.

``emit``, ``emit_text`` and ``declare`` are variables of this module, None while nothing
records; look them up through the module each time::

    emit = recorder.emit
    if emit is not None:
        emit(Kind.STARTED, task, worker, 0, 0)

They never raise and never wait for a lock; they may be called from any thread, after a fork,
from ``__del__`` and from signal handlers. Why that is safe is said in ``stream.py``.

Each thread has a stream of its own, found through a ``threading.local``: measured against a
dictionary by thread number and against a closure a thread, it is the fastest, and the only one
of them that cannot take a new thread for a dead one whose number it got. When a thread ends,
its locals are freed, and with them the stream: the file is cut to what it holds and unmapped.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter_ns

from poolscope.trace import folder as _folder
from poolscope.trace import ident, schema
from poolscope.trace.folder import Folder
from poolscope.trace.stream import CALLERS_MISTAKE, Owner, Stream

Emit = Callable[[int, int, int, int, int], None]
EmitText = Callable[[int, int, int, str, int], None]

emit: Emit | None = None
"""Record (kind, a, b, c, d) on the calling thread's stream."""
emit_text: EmitText | None = None
"""Record (kind, a, b, text, d) on the calling thread's stream; ``""`` is no text."""
declare: EmitText | None = None
"""The same on the process's pinned stream, which no quota drops."""

at_start: list[Callable[[], None]] = []
"""Called after ``start``: whoever has something to declare that lives already does it there."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """What this process has recorded since ``start``."""

    events: int
    bytes: int
    lost: int


class _Identity(threading.local):
    """What ``name_thread`` said of the calling thread; outlives a recording."""

    given: tuple[str, schema.Role] | None = None


_identity = _Identity()


class _Tenure:
    """Lives in a thread's locals: when the thread ends, so does this, and seals its stream."""

    __slots__ = ("recording", "stream")

    def __init__(self, recording: _Recording, stream: Stream) -> None:
        self.recording = recording
        self.stream = stream

    def __del__(self) -> None:
        self.recording.thread_ended(self.stream)


class _Recording:
    """This process's part in the recording in a folder."""

    def __init__(self, home: Folder, role: str) -> None:
        self.home = home
        self.role = role
        self.pid = os.getpid()
        self.stopped = False
        self.local = threading.local()
        self.announced = False
        self.live: dict[int, Stream] = {}
        self.past = Statistics(0, 0, 0)
        self.pinned = Stream(home, ident.next_id(), Owner(0, self.pid, 0, 0, role))

    def declare(self, kind: int, a: int, b: int, text: str, d: int) -> None:
        """Record on the pinned stream."""
        if not self.announced:
            self.announce()
        self.pinned.write_text(kind, a, b, text, d)

    def announce(self) -> None:
        """Say which process this is. Done late after a fork, which may record nothing at all."""
        self.announced = True
        kind = schema.Kind.PROCESS_STARTED
        self.pinned.write_text(kind, self.pid, os.getppid(), self.role, 0)

    def open_stream(self) -> Stream:
        """The calling thread's stream; made, with no file yet, on first use."""
        thread = ident.thread_id()
        name, role = _identity.given or _own_name()
        owner = Owner(thread, self.pid, threading.get_native_id(), role, name)
        uid = ident.next_id()
        made = Stream(self.home, uid, owner)
        # A signal handler may have made one since: one of the two must win, at once.
        stream: Stream = self.local.__dict__.setdefault("stream", made)
        if stream is made:
            self.live[thread] = stream
            self.local.tenure = _Tenure(self, stream)
            self.declare(schema.Kind.THREAD_STARTED, thread, owner.native_id, name, role)
        return stream

    def thread_ended(self, stream: Stream) -> None:
        """Seal the stream of a thread that is gone."""
        # In a forked child the parent's threads are gone as well, but the files are not ours.
        if self.stopped or self.pid != os.getpid():
            return
        thread = stream.owner.thread
        self.declare(schema.Kind.THREAD_ENDED, thread, 0, "", 0)
        stream.close(ended=True)
        self.past = _sum(self.past, stream)
        self.live.pop(thread, None)

    def statistics(self) -> Statistics:
        """The sum over all streams."""
        total = self.past
        for stream in [self.pinned, *self.live.values()]:
            total = _sum(total, stream)
        return total

    def stop(self) -> None:
        """Write the last record and close every stream."""
        self.declare(schema.Kind.RECORDING_ENDED, self.pid, 0, "", 0)
        self.stopped = True
        own = self.local.__dict__.get("stream")
        for stream in [*self.live.values(), self.pinned]:
            stream.close(ended=stream is own)


def _sum(total: Statistics, stream: Stream) -> Statistics:
    records, _tasks = stream.counted()
    return Statistics(
        total.events + records, total.bytes + records * schema.RECORD_SIZE, total.lost + stream.lost
    )


def _own_name() -> tuple[str, schema.Role]:
    if threading.get_ident() == threading.main_thread().ident:
        return threading.main_thread().name, schema.Role.MAIN
    # current_thread() would register a thread that Python did not start as a "Dummy" for ever
    # after: the host program would see it in threading.enumerate().
    known = getattr(threading, "_active", {}).get(threading.get_ident())
    name = f"thread {threading.get_native_id()}" if known is None else str(known.name)
    return name, schema.Role.THREAD


_recording: _Recording | None = None
_last = Statistics(0, 0, 0)


def _install(recording: _Recording | None) -> None:
    """Set or clear the three entries together."""
    global emit, emit_text, declare, _recording
    _recording = recording
    if recording is None:
        emit = emit_text = declare = None
        return
    emit, emit_text = _entries(recording)
    declare = recording.declare


def _entries(recording: _Recording) -> tuple[Emit, EmitText]:
    local = recording.local
    open_stream = recording.open_stream
    pack = schema.RECORD.pack_into
    clock = perf_counter_ns
    size = schema.RECORD_SIZE
    mistake = CALLERS_MISTAKE

    def emit(kind: int, a: int, b: int, c: int, d: int) -> None:
        try:
            stream = local.stream
        except AttributeError:
            stream = open_stream()
        # From here to the clock there is no point at which anything else can run.
        at = stream.offset
        if at < stream.end:
            stream.offset = at + size
            mm = stream.mm
            try:
                pack(mm, at, clock(), a, b, c, d, kind)
            except BaseException as error:
                stream.failed(mm, at, 1)
                if not isinstance(error, mistake):
                    raise
        else:
            stream.queue(kind, a, b, c, d)

    def emit_text(kind: int, a: int, b: int, text: str, d: int) -> None:
        try:
            stream = local.stream
        except AttributeError:
            stream = open_stream()
        stream.write_text(kind, a, b, text, d)

    return emit, emit_text


def start(
    folder: str | os.PathLike[str],
    *,
    role: str,
    quota_bytes: int | None = None,
    create: bool = True,
) -> None:
    """Record this process from now on; begin a recording in ``folder``, or join the one there.

    Args:
        folder: made if it is not there.
        role: what this process is: ``"host"``, ``"script"``, ``"worker"``.
        quota_bytes: the oldest chunks of the folder are dropped beyond it. A recording that is
            joined keeps its own.
        create: False: only join.

    Raises:
        RuntimeError: this process records into another folder.
        FileNotFoundError, ValueError, OSError: as ``folder.create_or_join``.
    """
    path = Path(folder).absolute()
    current = _recording
    if current is not None:
        if current.home.path != path:
            raise RuntimeError(
                f"this process records into {current.home.path} already: "
                f"stop that recording before starting one in {path}"
            )
        if current.role != role:
            current.role = role
            current.announce()
        return
    quota = _folder.create_or_join(path, role=role, quota_bytes=quota_bytes, create=create)
    recording = _Recording(Folder(path, quota), role)
    recording.announce()
    _install(recording)
    for declare_living in list(at_start):
        declare_living()


def stop() -> None:
    """End this process's part in the recording; nothing happens when there is none."""
    global _last
    recording = _recording
    if recording is None:
        return
    _install(None)
    recording.stop()
    _last = recording.statistics()


def folder() -> Path | None:
    """The folder that this process records into; None when it does not."""
    return None if _recording is None else _recording.home.path


def statistics() -> Statistics:
    """What this process has recorded; after ``stop``, what it had recorded."""
    return _last if _recording is None else _recording.statistics()


def name_thread(name: str, role: schema.Role) -> None:
    """Say what the calling thread is called and what it is to the pools."""
    _identity.given = (name, role)
    recording = _recording
    if recording is None:
        return
    if "stream" not in recording.local.__dict__:
        recording.open_stream()
        return
    stream: Stream = recording.local.stream
    owner = stream.owner._replace(name=name, role=role)
    stream.owner = owner
    recording.declare(schema.Kind.THREAD_STARTED, owner.thread, owner.native_id, name, role)


def write_exit(folder: str | os.PathLike[str], pid: int, exit_code: int) -> None:
    """Note how a process of the recording in ``folder`` ended; see ``folder.write_exit``."""
    _folder.write_exit(Path(folder), pid, exit_code)


def _after_fork_in_child() -> None:
    global _identity
    _identity = _Identity()
    if _recording is not None:
        home = _recording.home
        _install(_Recording(Folder(home.path, home.quota_bytes), "child"))


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
atexit.register(stop)
