"""The trace is the oracle: reads a finished recording and checks that its lives were legal.

    told = oracle.check(folder)         # AssertionError, with the lanes as text, if it is not legal
    told.of(task_id)                    # the events of one task, in their order

What is checked, by the tables of ``states.py`` and nothing else: every task lives a legal life
and is settled once; no worker has two tasks at a time; a worker is started, ready, gone, once
each and in that order; a lock has one owner at a time, a semaphore no more than its permits; a
wait ends once, and a thread waits for one signal at a time; on a stream time never goes
backwards; nothing was lost or torn.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from poolscope.states import (
    CANCELLED,
    CANCELLED_AND_NOTIFIED,
    FINISHED,
    FUTURE_LIVES,
    PENDING,
    RUNNING,
)
from poolscope.trace.reader import Reader
from poolscope.trace.schema import EVENTS, SUBMITTED_BY_MAP, GaveUp, Kind, LockKind
from poolscope.trace.values import WAIT_PLACE, WAIT_PLACED

# The state that an event takes its task to, in the process that holds the future.
_TO = {
    Kind.STARTED: RUNNING,
    Kind.SENT: RUNNING,
    Kind.FINISHED: FINISHED,
    Kind.CANCELLED: CANCELLED,
    Kind.NOTIFIED: CANCELLED_AND_NOTIFIED,
}
_SETTLED = {FINISHED, CANCELLED, CANCELLED_AND_NOTIFIED}
_SOURCES = {Kind.SUBMITTED, Kind.PICKLED, Kind.RECEIVED, Kind.RETURNED, Kind.RESULT_SENT}
_TASK_KINDS = {*_TO, *_SOURCES, Kind.RESULT_RECEIVED, Kind.CANCEL_REFUSED, Kind.TRACEBACK}
_WORKER_KINDS = (Kind.WORKER_STARTED, Kind.WORKER_READY, Kind.WORKER_GONE)
_COLUMNS = 72


class Event(NamedTuple):
    """One record; ``text`` is what ``c`` names where the schema says that it names one.

    Without the number of its place, which is ``test_numbered_places``' business.
    """

    t: int
    kind: Kind
    a: int
    b: int
    c: int
    d: int
    text: str
    thread: int
    pid: int


class Told:
    """What a trace tells, in the order of time."""

    def __init__(self, events: list[Event]) -> None:
        self.events = events
        self._lives: dict[int, list[Event]] = defaultdict(list)
        for event in events:
            if event.kind in _TASK_KINDS:
                self._lives[event.a].append(event)

    def all(self, *kinds: Kind) -> list[Event]:
        """The events of these kinds."""
        return [event for event in self.events if event.kind in kinds]

    def of(self, task: int) -> list[Event]:
        """The events of the task's life."""
        return self._lives[task]

    def kinds(self, task: int) -> list[Kind]:
        """The kinds of the events of the task's life."""
        return [event.kind for event in self.of(task)]

    @property
    def tasks(self) -> list[int]:
        """Every task there is, in the order of their first events."""
        return list(self._lives)


def read(folder: str | os.PathLike[str]) -> Told:
    """All that the recording in ``folder`` tells; nothing of it may be lost, torn or unreadable."""
    events: list[Event] = []
    with Reader(Path(folder)) as reader:
        texts: dict[int, dict[int, str]] = defaultdict(dict)
        streams: dict[int, int] = {}
        # Once more after a poll gives nothing: a folder that just changed may have more.
        empty = 0
        while empty < 3:
            batches = reader.poll()
            empty = 0 if batches else empty + 1
            for batch in batches:
                known = texts[batch.stream.index]
                known.update(batch.texts)
                for record in batch.records.tolist():
                    t, a, b, c, d, code = record
                    kind = Kind(code)
                    text = known.get(c, "") if EVENTS[kind].text else ""
                    if kind is Kind.SUBMITTED:
                        d &= SUBMITTED_BY_MAP
                    elif kind is Kind.RESULT_WANTED:
                        c = 0
                    elif kind is Kind.WAIT_BEGAN and d & WAIT_PLACED:
                        b, d = b & (1 << WAIT_PLACE) - 1, d ^ WAIT_PLACED
                    last = streams.get(batch.stream.index, 0)
                    assert t >= last, f"time goes backwards on the stream of {batch.stream.name}"
                    streams[batch.stream.index] = t
                    where = batch.stream
                    events.append(Event(t, kind, a, b, c, d, text, where.thread, where.pid))
        assert not reader.errors, reader.errors
        assert (reader.lost, reader.torn) == (0, 0)
    events.sort(key=lambda event: event.t)
    return Told(events)


def check(folder: str | os.PathLike[str], *, settled: bool = True) -> Told:
    """Read the recording and check it; ``settled``: every task must have come to its end."""
    told = read(folder)
    wrong: list[str] = []
    for task in told.tasks:
        _check_task(task, told.of(task), settled, wrong.append)
    _check_workers(told, wrong.append)
    _check_locks(told, wrong.append)
    _check_waits(told, wrong.append)
    _check_signals(told, wrong.append)
    assert not wrong, "\n".join([*wrong[:20], "", *lanes(told)])
    return told


def _check_task(task: int, events: list[Event], settled: bool, say: Callable[[str], None]) -> None:
    state = PENDING
    story = " ".join(event.kind.name for event in events)
    for event in events:
        to = _TO.get(event.kind)
        if event.kind is Kind.STARTED and any(e.kind is Kind.SENT for e in events):
            to = None  # in the child: the parent's future runs since it was sent
        if to is None:
            continue
        if to not in FUTURE_LIVES[state]:
            say(f"task {task}: {state} cannot become {to}: {story}")
        state = to
    submitted = [event for event in events if event.kind is Kind.SUBMITTED]
    if len(submitted) > 1 or (submitted and submitted[0] is not events[0]):
        say(f"task {task}: submitted once, and first: {story}")
    if settled and state not in _SETTLED:
        say(f"task {task}: is not settled: {story}")


def _check_workers(told: Told, say: Callable[[str], None]) -> None:
    lives: dict[int, list[Kind]] = defaultdict(list)
    busy: dict[int, int] = {}
    for event in told.events:
        if event.kind in _WORKER_KINDS:
            lives[event.a].append(event.kind)
        elif event.kind is Kind.STARTED and event.b:
            if event.b in busy:
                say(f"worker {event.b} begins {event.a} while it runs {busy[event.b]}")
            busy[event.b] = event.a
        elif event.kind in (Kind.FINISHED, Kind.RETURNED):
            # By whoever settled it: a future may be settled by hand while it runs.
            busy = {worker: task for worker, task in busy.items() if task != event.a}
    for worker, kinds in lives.items():
        # A worker whose initializer failed is never ready.
        if kinds not in (list(_WORKER_KINDS[: len(kinds)]), [_WORKER_KINDS[0], _WORKER_KINDS[2]]):
            say(f"worker {worker}: {[kind.name for kind in kinds]}")


def _check_locks(told: Told, say: Callable[[str], None]) -> None:
    owner: dict[int, int] = {}
    free = {
        event.a: event.b
        for event in told.all(Kind.LOCK_CREATED)
        if event.d in (LockKind.SEMAPHORE, LockKind.BOUNDED_SEMAPHORE)
    }
    for event in told.all(Kind.LOCK_ACQUIRED, Kind.LOCK_RELEASED):
        if event.a in free:
            free[event.a] += event.d + 1 if event.kind is Kind.LOCK_RELEASED else -1
            if free[event.a] < 0:
                say(f"semaphore {event.a}: a permit more than there is acquired by {event.thread}")
        elif event.kind is Kind.LOCK_RELEASED:
            owner.pop(event.a, None)
        elif event.a in owner:
            say(f"lock {event.a}: acquired by {event.thread} while {owner[event.a]} holds it")
        else:
            owner[event.a] = event.thread


def _check_signals(told: Told, say: Callable[[str], None]) -> None:
    wants: dict[int, tuple[int, int]] = {}  # by thread: the object and the Signal
    for event in told.all(Kind.SIGNAL_WANTED, Kind.SIGNAL_GOT, Kind.SIGNAL_GAVE_UP):
        what = event.a, event.d & 0xFF
        if event.kind is Kind.SIGNAL_WANTED:
            if event.thread in wants:
                say(f"thread {event.thread} wants {what} and {wants[event.thread]}")
            wants[event.thread] = what
        elif event.kind is Kind.SIGNAL_GAVE_UP and event.d >> 8 == GaveUp.WOULD_BLOCK:
            continue  # it did not wait at all
        elif wants.pop(event.thread, None) != what:
            say(f"thread {event.thread} goes on from {what}, for which it did not wait")
    if wants:
        say(f"waits for signals that never ended: {wants}")


def _check_waits(told: Told, say: Callable[[str], None]) -> None:
    began = [event.a for event in told.all(Kind.WAIT_BEGAN, Kind.RESULT_WANTED)]
    ended = [event.a for event in told.all(Kind.WAIT_ENDED)]
    if sorted(began) != sorted(ended):
        say(f"waits began {began} and ended {ended}")


def lanes(told: Told) -> Iterable[str]:
    """The workers' lanes as text: a letter for a task, ``.`` for idle."""
    started = told.all(Kind.STARTED)
    if not started:
        return
    first, last = told.events[0].t, told.events[-1].t
    scale = (_COLUMNS - 1) / max(last - first, 1)
    ends = {event.a: event.t for event in told.all(Kind.FINISHED, Kind.RETURNED)}
    rows: dict[int, list[str]] = defaultdict(lambda: ["."] * _COLUMNS)
    for number, event in enumerate(started):
        letter = chr(ord("A") + number % 26)
        left = int((event.t - first) * scale)
        right = int((ends.get(event.a, last) - first) * scale)
        for column in range(left, right + 1):
            rows[event.b][column] = letter
    for worker, row in rows.items():
        yield f"{worker:>20} |{''.join(row)}"
