"""What things are called: moments, threads, locks, waits, deaths."""

from __future__ import annotations

import enum
import signal
from typing import TYPE_CHECKING, Final

from poolscope.analysis.lanes import thread_title, worker_title
from poolscope.analysis.spans import Lane as Source
from poolscope.trace.schema import (
    LockKind,
    PoolKind,
    ReturnWhen,
    Signal,
    WaitKind,
    WaitOutcome,
    WorkerEnd,
)
from poolscope_gui.model.quantities import duration, plural
from poolscope_gui.model.ticks import HOUR, moment
from poolscope_gui.model.tracks import NEVER

if TYPE_CHECKING:
    from poolscope.analysis.entities import Place, Worker
    from poolscope.analysis.store import Store
    from poolscope_gui.model.source import ChartSource


def at(time: int) -> str:
    """A moment, in seconds since the trace began, from an hour on in hours; "" if not known."""
    if time == NEVER:
        return ""
    if time >= HOUR:
        return moment(time, 1000).rstrip("0").removesuffix(".")
    whole, _, part = f"{time / 1e9:.6f}".partition(".")
    return f"{whole}.{part.rstrip('0') or '0'} s"


def length(begin: int, end: int, now: int, *, live: bool) -> str:
    """From ``begin`` to ``end``, or so far; of a run that is over, until when that is known."""
    if begin == NEVER:
        return ""
    if end != NEVER:
        return duration(end - begin)
    return f"{duration(max(0, now - begin))} {'so far' if live else 'that were recorded'}"


def lasting(live: str, over: str, since: int, chart: ChartSource) -> str:
    """What has not ended, in the words for a run that goes on, or for one that is over."""
    ns = duration(max(0, chart.now - since))
    return f"{live}{ns} so far." if chart.live else f"{over} to the end of the recording: {ns}."


def number(row: int) -> str:
    return f"#{row + 1}"


def thread_name(store: Store, row: int) -> str:
    if not 0 <= row < len(store.threads):
        return ""
    thread = store.threads[row]
    if 0 <= thread.worker < len(store.workers):
        return worker_title(store.workers[thread.worker])
    return thread_title(thread)


def line_words(place: Place, *, whole: bool = False) -> str:
    """``jobs.py:12 in fetch``, the file as the ``whole`` path; "" for a line not known."""
    if not place.file:
        return ""
    inside = f" in {place.function}" if place.function not in ("", "<module>") else ""
    return f"{_file(place.file, whole)}:{place.line}{inside}"


def defined_words(place: Place, *, whole: bool = False) -> str:
    """The same of where the function begins that is submitted there."""
    if not place.defined_file:
        return ""
    return f"{_file(place.defined_file, whole)}:{place.defined_line}"


def _file(path: str, whole: bool) -> str:
    return path if whole else path.replace("\\", "/").rpartition("/")[2]


def lock_name(store: Store, row: int) -> str:
    if not 0 <= row < len(store.locks):
        return "a lock"
    return store.locks[row].name or f"lock {row + 1}"


def kind_words(store: Store, row: int) -> str:
    """What a primitive is: ``condition``; "" for a plain lock, of which nobody has to be told."""
    if not 0 <= row < len(store.locks) or store.locks[row].kind in (LockKind.LOCK, LockKind.RLOCK):
        return ""
    return enum_name(LockKind, store.locks[row].kind).lower().replace("_", " ")


def is_held(store: Store, row: int) -> bool:
    """Whether it has owners: a lock or a semaphore, not what is signalled."""
    held = (LockKind.LOCK, LockKind.RLOCK, LockKind.SEMAPHORE, LockKind.BOUNDED_SEMAPHORE)
    return store.locks[row].kind in held


def primitive(store: Store, row: int) -> str:
    """Its name, and what it is: ``ready (condition)``; of a lock the name alone."""
    name, kind = lock_name(store, row), kind_words(store, row)
    return f"{name} ({kind})" if kind and kind != name else name


def ending(store: Store, source: Source) -> str:
    """Why a lane's thread is no more; "" if it lives or ended in peace."""
    if source.worker < 0 or source.gone == NEVER:
        return ""
    worker = store.workers[source.worker]
    if worker.failed is not None:
        raised = worker.failed.partition("\n")[2].partition("\n")[0]
        return f"its initializer raised {raised}"
    if worker.end in (WorkerEnd.RECYCLED, WorkerEnd.FINISHED):
        return ""  # as planned, also by a signal: leaving a multiprocessing.Pool terminates it
    if worker.end == WorkerEnd.CRASHED or (worker.exit_code or 0) != 0:
        return f"crashed: {exit_words(worker.exit_code)}" if exits(store, worker) else "crashed"
    return ""


def exits(store: Store, worker: Worker) -> bool:
    """Whether it told an exit code: a thread has none, its record says 0."""
    threads = worker.pool >= 0 and store.pools[worker.pool].kind == PoolKind.THREAD
    return bool(worker.exit_code) or (worker.exit_code is not None and not threads)


def killed_at(store: Store, thread: int) -> int:
    """When the process of a thread (row) was killed, which then had not told of its own end."""
    return store.silent_end(store.threads[thread].pid) if thread >= 0 else NEVER


def exit_words(code: int | None) -> str:
    """``exit code 3``, ``killed by SIGKILL``."""
    if code is None:
        return "exit code not known"
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"


def block_labels(lock: str, name: str, owner: str, task: str) -> tuple[str, ...]:
    """``waits for db_lock, held by io_1 (task #88)``, and shorter ways to say it.

    ``lock`` says what it is where it is no plain lock, ``name`` is its name alone.
    """
    if not owner:
        return (f"waits for {lock}", lock, name)
    held = f"waits for {lock}, held by {owner}"
    short = (held, f"{name} held by {owner}", f"{name}: {owner}", name)
    return (f"{held} ({task})", *short) if task else short


_WAITED: Final[dict[int, str]] = {
    Signal.BARRIER_WAIT: "waits at {}",
    Signal.QUEUE_GET: "waits to get from {}",
    Signal.QUEUE_PUT: "waits to put into {}",
    Signal.QUEUE_JOIN: "waits until {} is done",
}
_SENT: Final[dict[int, str]] = {
    Signal.CONDITION_NOTIFY: "notified",
    Signal.EVENT_SET: "set",
    Signal.BARRIER_TRIP: "was the last at",
    Signal.BARRIER_ABORT: "aborted",
    Signal.BARRIER_RESET: "reset",
    Signal.QUEUE_GET: "got from",
    Signal.QUEUE_PUT: "put into",
    Signal.QUEUE_TASK_DONE: "called task_done of",
}


def signal_labels(store: Store, ref: int) -> tuple[str, ...]:
    """``waits for ready (condition)``, and shorter ways to say it."""
    table = store.signals.blocks
    lock, how = int(table.lock[ref]), _WAITED.get(int(table.signal[ref]), "waits for {}")
    name = lock_name(store, lock)
    return (how.format(primitive(store, lock)), how.format(name), name)


def sent_words(store: Store, row: int) -> str:
    """``io_1 notified ready (condition)``"""
    sent = store.signals.sent
    did = _SENT.get(int(sent.signal[row]), "signalled")
    who = thread_name(store, int(sent.thread[row])) or "a thread"
    return f"{who} {did} {primitive(store, int(sent.lock[row]))}"


_STRUCK: Final = " timed out"


def wait_words(store: Store, ref: int) -> str:
    """``wait(24 futures, FIRST_COMPLETED)``, and a timeout that struck."""
    return wait_labels(store, ref)[0]


def wait_call(store: Store, ref: int) -> str:
    """The call alone, however it ended: as a noun in a sentence."""
    return wait_words(store, ref).removesuffix(_STRUCK)


def wait_labels(store: Store, ref: int) -> tuple[str, ...]:
    """As ``wait_words``, and shorter ways to say it."""
    # From the columns: a whole ``Wait`` has all that was handed out, which may be very much.
    waits = store.waits
    kind, when, futures = int(waits.kind[ref]), int(waits.return_when[ref]), waits.ranges(ref)
    name = enum_name(WaitKind, kind).lower() or "wait"
    things = "thread" if kind == WaitKind.JOIN else "future"
    # Those too of which nothing was recorded.
    total = max(int(waits.declared[ref]), sum(count for _, count in futures))
    what = plural(total, things)
    if total == 1 and futures and things == "future":
        row = store.row_of_task(futures[0][0])
        what = number(row) if row >= 0 else what
    elif total == 1 and futures:
        what = joined(store, futures[0][0]) or what
    struck = _STRUCK if waits.outcome[ref] == WaitOutcome.TIMEOUT else ""
    if not total:
        return (f"{name}(){struck}", name)
    short = (f"{name}({what}){struck}", f"{name}({what})", name)
    if kind != WaitKind.WAIT or when == ReturnWhen.NONE:
        return short
    return (f"{name}({what}, {enum_name(ReturnWhen, when)}){struck}", *short)


def joined(store: Store, key: int) -> str:
    """The name of a thread by its id; "" if it is not known."""
    return thread_name(store, store.row_of_thread(key))


def enum_name(kind: type[enum.IntEnum], value: int) -> str:
    """The name of a value read from a trace; "" for one that this version does not know."""
    try:
        return kind(value).name
    except ValueError:
        return ""
