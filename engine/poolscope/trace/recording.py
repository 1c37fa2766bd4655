"""One process's part in a recording: a stream for each thread, and the pinned one."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from threading import get_ident, get_native_id, main_thread
from time import perf_counter_ns
from typing import Final, NamedTuple

from poolscope.trace import ident, schema
from poolscope.trace.chunk import Counts, Owner
from poolscope.trace.folder import Folder
from poolscope.trace.new_text import EmitText, write_new_text
from poolscope.trace.stream import CALLERS_MISTAKE, Stream

Emit = Callable[[int, int, int, int, int], None]


class Statistics(NamedTuple):
    """What this process has recorded since ``start``.

    Attributes:
        events: records written; texts are none.
        bytes: of the chunks they fill, headers and texts included.
        lost: events that could not be written.
    """

    events: int
    bytes: int
    lost: int


# Itself, as the functions above: the program may put others under these names.
_Locals: Final = threading.local


class _Identity(threading.local):
    """What ``name_thread`` said of the calling thread; outlives a recording."""

    given: tuple[str, schema.Role] | None = None


identity = _Identity()


class _Tenure:
    """Lives in a thread's locals: when the thread ends, so does this, and seals its stream."""

    __slots__ = ("recording", "stream")

    def __init__(self, recording: Recording, stream: Stream) -> None:
        self.recording = recording
        self.stream = stream

    def __del__(self) -> None:
        self.recording.thread_ended(self.stream)


class Recording:
    """This process's part in the recording in a folder."""

    def __init__(self, home: Folder, role: str) -> None:
        self.home = home
        self.role = role
        self._pid = os.getpid()
        self._stopped = False
        self._announced = False
        self.local = _Locals()
        self._live: dict[int, Stream] = {}  # by thread
        self._past: list[Counts] = []  # of threads that ended; summed up now and then
        self._pinned = Stream(home, ident.next_id(), Owner(0, self._pid, 0, 0, role))

    def declare(self, kind: int, a: int, b: int, text: str, d: int) -> None:
        """Record on the pinned stream."""
        if not self._announced:
            self.announce()
        self._pinned.queue(kind, a, b, 0, d, text)

    # -- processes and threads ---------------------------------------------------------------

    def announce(self) -> None:
        """Say which process this is. Done late after a fork, which may record nothing at all."""
        self._announced = True
        kind = schema.Kind.PROCESS_STARTED
        self._pinned.queue(kind, self._pid, os.getppid(), 0, 0, self.role)

    def open_stream(self) -> Stream:
        """The calling thread's stream; made, with no file yet, on first use."""
        thread = ident.thread_id()
        name, role = identity.given or _own_name()
        owner = Owner(thread, self._pid, get_native_id(), role, name)
        own = self.local.__dict__
        made = Stream(self.home, ident.next_id(), owner, self._pinned)
        # A signal handler may have been here since: the first to get its stream in has won.
        # The other's tenure dies unseen, it was never in _live.
        tenure: _Tenure = own.setdefault("tenure", _Tenure(self, made))
        stream = tenure.stream
        self._live[thread] = stream
        if "stream" not in own:
            self.declare(schema.Kind.THREAD_STARTED, thread, owner.native_id, name, role)
        own["stream"] = stream
        return stream

    def name_thread(self, name: str, role: schema.Role) -> None:
        """Record the calling thread's name and role."""
        stream: Stream | None = self.local.__dict__.get("stream")
        if stream is None:
            self.open_stream()
            return
        owner = stream.owner._replace(name=name, role=role)
        stream.owner = owner
        self.declare(schema.Kind.THREAD_STARTED, owner.thread, owner.native_id, name, role)

    def leave_thread(self) -> None:
        """End the calling thread's stream, if it has one; it gets another if it still records."""
        own = self.local.__dict__
        own.pop("stream", None)
        own.pop("tenure", None)

    def thread_ended(self, stream: Stream) -> None:
        """Seal the stream of a thread that is gone."""
        # In a forked child the parent's threads are gone as well, but the files are not ours.
        if self._stopped or self._pid != os.getpid():
            return
        thread = stream.owner.thread
        if self._live.get(thread) is not stream:
            return
        stream.close(cut=True)
        self.declare(schema.Kind.THREAD_ENDED, thread, 0, "", 0)
        self._past.append(stream.counts())
        del self._live[thread]
        if len(self._past) > 1000:
            self._past[:] = [_sum(self._past)]

    # -- counting and the end ----------------------------------------------------------------

    def statistics(self) -> Statistics:
        """The sum over all streams."""
        living = [stream.counts() for stream in [self._pinned, *self._live.values()]]
        records, _tasks, used, lost = _sum([*self._past, *living])
        return Statistics(records, used, lost)

    def stop(self) -> None:
        """Close every stream; the last record says so."""
        self._stopped = True
        own: Stream | None = self.local.__dict__.get("stream")
        for stream in list(self._live.values()):
            stream.close(cut=stream is own)
        if self._announced:  # else a forked child that recorded nothing: it has no file
            self.declare(schema.Kind.RECORDING_ENDED, self._pid, 0, "", 0)
        # Another thread may be writing a declaration: the file keeps its size.
        self._pinned.close(cut=False)


def _sum(counts: list[Counts]) -> Counts:
    return Counts(*(sum(column) for column in zip(*counts, strict=True)))


def _own_name() -> tuple[str, schema.Role]:
    """The calling thread's name and role, when nobody has named it."""
    main = main_thread()
    if get_ident() == main.ident:
        return main.name, schema.Role.MAIN
    # current_thread() would register a thread that Python did not start as a "Dummy" for ever
    # after: the host program would see it in threading.enumerate().
    known = getattr(threading, "_active", {}).get(get_ident())
    name = f"thread {get_native_id()}" if known is None else str(known.name)
    return name, schema.Role.THREAD


# Closures, as looking up ``self`` each time costs a tenth more.


def emit_for(recording: Recording) -> Emit:
    """``emit`` for a recording."""
    local, open_stream = recording.local, recording.open_stream
    pack, clock, size = schema.RECORD.pack_into, perf_counter_ns, schema.RECORD_SIZE
    mistake = CALLERS_MISTAKE

    def emit(kind: int, a: int, b: int, c: int, d: int) -> None:
        try:
            stream = local.stream
        except AttributeError:
            stream = open_stream()
        # From here to the clock nothing else can run: see stream.py.
        at = stream.offset
        if at < stream.end:
            stream.offset = at + size
            mm = stream.mm
            try:
                pack(mm, at, clock(), a, b, c, d, kind)
            except BaseException as error:
                stream.failed(mm, at, size)
                if not isinstance(error, mistake):
                    raise
        else:
            stream.queue(kind, a, b, c, d)

    return emit


def emit_text_for(recording: Recording) -> EmitText:
    """``emit_text`` for a recording."""
    local, open_stream = recording.local, recording.open_stream
    pack, clock, size = schema.RECORD.pack_into, perf_counter_ns, schema.RECORD_SIZE
    mistake = CALLERS_MISTAKE

    def emit_text(kind: int, a: int, b: int, text: str, d: int) -> None:
        try:
            stream = local.stream
        except AttributeError:
            stream = open_stream()
        numbers = stream.numbers
        number = numbers.get(text)
        if number is None:
            write_new_text(stream, kind, a, b, text, d)
            return
        at = stream.offset
        # Looking the text up was a call: the chunk may be another now, without the text.
        if at < stream.end and stream.numbers is numbers:
            stream.offset = at + size
            mm = stream.mm
            try:
                pack(mm, at, clock(), a, b, number, d, kind)
            except BaseException as error:
                stream.failed(mm, at, size)
                if not isinstance(error, mistake):
                    raise
        else:
            stream.queue(kind, a, b, 0, d, text)

    return emit_text
