"""The recorder: what the engine calls to have an event written down.

``emit`` and its like are variables of this module, None while nothing
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
from collections.abc import Callable
from pathlib import Path
from typing import Final

from poolscope.trace import meta, recording, schema
from poolscope.trace.call import EmitCall, EmitNumber, call_for
from poolscope.trace.folder import Folder
from poolscope.trace.known import EmitLearning, EmitLetGo, EmitTaken, known_for
from poolscope.trace.literal import EmitCallString, EmitString, literal_for
from poolscope.trace.new_text import EmitText
from poolscope.trace.recording import (
    Emit,
    Recording,
    Statistics,
    emit_for,
    emit_text_for,
)
from poolscope.trace.working import (
    EmitFinished,
    EmitPacked,
    EmitSettled,
    EmitStarted,
    EmitTwice,
    WorkAs,
    packed_for,
    working_for,
)

CHILD: Final = "child"
"""The role of a process that records because the one that started it does."""

emit: Emit | None = None
"""Record (kind, a, b, c, d) on the calling thread's stream."""
emit_text: EmitText | None = None
"""Record (kind, a, b, text, d) on the calling thread's stream; ``""`` is no text."""
emit_call: EmitCall | None = None
"""Record (kind, task, value, call, d) that a call of this integer (64 bits) was submitted, with a
``call.name``. Where there is no room for that in short, it is recorded with a label, as of kind."""
emit_call_string: EmitCallString | None = None
"""The same of a call of this string, which is one of fewer than ``literal.SHORT`` characters."""
emit_started: EmitStarted | None = None
"""Record (task) that it starts, on the thread of the worker that runs it. False: nothing was
recorded, as it is not known which that is (see ``work_as``), or there is no room; use ``emit``."""
emit_finished: EmitFinished | None = None
"""Record (task, text) that it gave a result, likewise; use ``emit_text``."""
emit_number: EmitNumber | None = None
"""The same with an integer from 0 to below ``call.NUMBERS``."""
emit_string: EmitString | None = None
"""The same with a string of fewer than ``literal.SHORT`` characters, as it is."""
work_as: WorkAs | None = None
"""From now on the calling thread is (worker); 0: it sends tasks to processes, and SENT is what
``emit_started`` records."""
emit_packed: EmitPacked | None = None
"""Record (a, what ``working.pack_tail`` has made of b, c, d and the kind). False: nothing was
recorded, as there is no room; use ``emit``."""
emit_twice: EmitTwice | None = None
"""Record two of these about the same, of one moment; both or, if it says False, none."""
emit_settled: EmitSettled | None = None
"""Record (task, bytes, text, outcome) that its result has come in so many bytes and that it has
finished; likewise. Not of a text that is new."""
emit_learning: EmitLearning | None = None
"""``emit_text`` with a key before its kind, and perhaps with something that is kept for as long
as the key is known: of LOCK_ACQUIRED, with ``places.number`` as its key, for ``emit_taken``."""
emit_taken: EmitTaken | None = None
"""Record (lock, key) that this thread has got it: what ``emit_learning`` recorded under the same
key on this stream, with another lock. The thread is noted as the owner, also where nothing was
recorded, as the key is not known (any more): False; use ``emit_learning``."""
emit_let_go: EmitLetGo | None = None
"""Record (lock) that its owner lets it go, which is then noted. False: nothing was recorded."""
declare: EmitText | None = None
"""The same on the process's pinned stream, which no quota drops."""

at_start: list[Callable[[], None]] = []
"""Called after ``start``: whoever has something to declare that lives already does it there."""


_recording: Recording | None = None
_last = Statistics(0, 0, 0)


def _install(recording: Recording | None) -> None:
    """Set or clear the entries together."""
    global emit, emit_text, emit_call, emit_number, emit_started, emit_finished, work_as
    global emit_call_string, emit_string
    global emit_packed, emit_twice, emit_settled
    global emit_learning, emit_taken, emit_let_go, declare, _recording
    _recording = recording
    if recording is None:
        emit = emit_text = emit_call = emit_number = emit_started = work_as = None
        emit_call_string = emit_string = None
        emit_finished = emit_packed = emit_twice = emit_settled = None
        emit_learning = emit_taken = emit_let_go = declare = None
        return
    emit = emit_for(recording)
    emit_text = emit_text_for(recording)
    emit_call, emit_number = call_for(recording, emit_text)
    emit_call_string, emit_string = literal_for(recording, emit_text)
    emit_started, emit_finished, work_as = working_for(recording)
    emit_packed, emit_twice, emit_settled = packed_for(recording)
    emit_learning, emit_taken, emit_let_go = known_for(recording, emit, emit_text)
    declare = recording.declare


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
        FileNotFoundError, ValueError, OSError: as ``meta.create_or_join``.
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
    quota = meta.create_or_join(path, role=role, quota_bytes=quota_bytes, create=create)
    recording = Recording(Folder(path, quota), role)
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


def role() -> str:
    """What this process is in the recording, as ``start`` was told; "" when it does not record."""
    return "" if _recording is None else _recording.role


def statistics() -> Statistics:
    """What this process has recorded; after ``stop``, what it had recorded."""
    return _last if _recording is None else _recording.statistics()


def name_thread(name: str, role: schema.Role) -> None:
    """Say what the calling thread is called and what it is to the pools."""
    recording.identity.given = (name, role)
    if _recording is not None:
        _recording.name_thread(name, role)


def leave_thread() -> None:
    """The calling thread is at its end, and still has a frame.

    Without this its stream ends when its locals are freed. By then a trace function of the
    program's is called for what has no caller, which not all of them can bear.
    """
    if _recording is not None:
        _recording.leave_thread()


def write_exit(folder: str | os.PathLike[str], pid: int, exit_code: int) -> None:
    """Note how a process of the recording in ``folder`` ended; see ``meta.write_exit``."""
    meta.write_exit(Path(folder), pid, exit_code)


def _hold(held: bool) -> None:
    """The calling thread is about to fork, or has."""
    stream = None if _recording is None else _recording.local.__dict__.get("stream")
    if stream is not None:
        stream.hold(held)


def _after_fork_in_child() -> None:
    recording.identity.__dict__.clear()
    if _recording is not None:
        home = _recording.home
        _install(Recording(Folder(home.path, home.quota_bytes), CHILD))


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=lambda: _hold(True),
        after_in_parent=lambda: _hold(False),
        after_in_child=_after_fork_in_child,
    )
atexit.register(stop)
