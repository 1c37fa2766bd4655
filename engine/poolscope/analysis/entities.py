"""What a trace names: processes, threads, pools, workers, locks, commands.

There are few of them, so they are objects, updated in place as facts arrive. Where one refers
to another it holds its *row*, the place in the store's list. Times are ns since the origin of
the trace, ``NEVER`` if it has not happened or is not known.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from poolscope.analysis.column import NEVER
from poolscope.trace.schema import LockKind, WorkerEnd


@dataclass(slots=True)
class Process:
    """A process that recorded; ``role`` is its own word (``host``, ``worker`` ...)."""

    pid: int
    parent: int = 0
    role: str = ""
    started: int = NEVER
    ended: int = NEVER
    exit_code: int | None = None  # -signal if it was killed
    recording_ended: int = NEVER


@dataclass(slots=True)
class Thread:
    """A thread that recorded, or that a record names. ``role`` is a ``schema.Role``."""

    id: int
    name: str = ""
    pid: int = 0
    native_id: int = 0
    role: int = 0
    started: int = NEVER
    ended: int = NEVER
    stream: int = NEVER
    worker: int = NEVER  # the row of the pool worker this thread is
    named_at: int = NEVER  # when the name was given; a later one replaces it


@dataclass(slots=True)
class Pool:
    """An executor. ``kind``, ``engine`` and ``start_method`` are the enums of the schema."""

    id: int
    name: str = ""
    kind: int = 0
    engine: int = 0
    start_method: int = 0
    max_workers: int = 0
    created: int = NEVER
    shutdown: tuple[bool, bool] | None = None  # (wait, cancel_futures) of the last call
    shutdown_at: int = NEVER
    broken: str | None = None
    broken_at: int = NEVER
    ended: int = NEVER
    workers: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Worker:
    """A pool's thread or process.

    ``born`` is when it was asked for, ``ready`` when it ran; ``end`` is a ``schema.WorkerEnd``.
    ``failed``: its initializer raised: which, a line feed, what; at ``failed_at``.
    """

    id: int
    pool: int = NEVER
    name: str = ""
    pid: int = 0
    native_id: int = 0
    thread: int = NEVER
    born: int = NEVER
    ready: int = NEVER
    gone: int = NEVER
    end: int = NEVER
    exit_code: int | None = None
    failed: str | None = None
    failed_at: int = NEVER

    @property
    def crashed(self) -> bool:
        """Whether it died of something that was not planned."""
        return self.end == WorkerEnd.CRASHED


@dataclass(slots=True)
class Lock:
    """A lock, or another primitive that threads wait for. ``kind`` is a ``schema.LockKind``.

    ``owner`` is the thread that holds it now, of a semaphore's holders the latest; ``holders`` are
    all of them, one entry a permit. ``permits`` is what a semaphore began with, the parties of a
    barrier, the size of a queue; ``guard`` a condition's own lock (row).
    """

    id: int
    name: str = ""
    kind: int = 0
    created: int = NEVER
    owner: int = NEVER
    holders: list[int] = field(default_factory=list)
    permits: int = 0
    guard: int = NEVER
    handed: bool = False  # a thread was seen to release it that had not acquired it
    returned: bool = False  # a semaphore that its holder was seen to release

    @property
    def counted(self) -> bool:
        """Whether it may have several holders at once."""
        return self.kind in (LockKind.SEMAPHORE, LockKind.BOUNDED_SEMAPHORE)


@dataclass(slots=True)
class Variable:
    """A ``Shared``: a variable whose reads and writes are recorded."""

    id: int
    name: str = ""
    created: int = NEVER


@dataclass(slots=True)
class Place:
    """A line of the program's: where it submits, or waits; and where what is submitted is defined.

    A line of 0 is not known, nor is a file of "".
    """

    file: str = ""
    line: int = 0
    function: str = ""  # that the line is in
    defined_file: str = ""
    defined_line: int = 0

    @property
    def where(self) -> str:
        """``file:line`` of the line; "" if nobody's line is known."""
        return f"{self.file}:{self.line}" if self.file else ""

    @property
    def defined(self) -> str:
        """``file:line`` where the submitted function begins; "" if it is not known."""
        return f"{self.defined_file}:{self.defined_line}" if self.defined_file else ""


NOWHERE: Final = Place()


@dataclass(frozen=True, slots=True)
class Unseen:
    """Something that could not be recorded, and why; ``count`` 0: not known how often."""

    time: int
    pid: int
    count: int
    text: str


@dataclass(slots=True)
class Command:
    """What the host was told to do, and what it answered (JSON)."""

    id: int
    text: str = ""
    begin: int = NEVER
    end: int = NEVER
    failed: bool = False
    answer: str = ""
