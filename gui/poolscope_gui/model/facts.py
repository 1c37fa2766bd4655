"""Everything known about a thing, for its tooltip."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from poolscope.analysis.lanes import worker_title
from poolscope.trace.literal import cut
from poolscope.trace.schema import ReturnWhen, Role, WaitKind, WaitOutcome
from poolscope_gui.model import wait_why
from poolscope_gui.model.chart import Facts, Hit, Lane
from poolscope_gui.model.moments import Moments, call_end, phases
from poolscope_gui.model.palette import STATES
from poolscope_gui.model.quantities import duration, plural
from poolscope_gui.model.tracks import NEVER
from poolscope_gui.model.words import (
    at,
    defined_words,
    enum_name,
    kind_words,
    length,
    line_words,
    lock_name,
    number,
    thread_name,
    wait_words,
)

if TYPE_CHECKING:
    from poolscope.analysis.store import Store, Wait

Pairs = list[tuple[str, str]]
MOST_NAMED = 8


def facts(store: Store, hit: Hit, now: int, *, live: bool) -> Facts:
    """All that is known of a task, a block, a hold or a wait. ``live``: the run goes on."""
    if hit.part in ("task", "sent", "cancel"):
        return task_facts(store, hit.ref, now, live=live)
    if hit.part == "hold":
        return hold_facts(store, hit.ref, now, live=live)
    if hit.part == "wait":
        return wait_facts(store, store.waits[hit.ref], now, live=live)
    if hit.part == "span":
        return span_facts(store, hit.ref, now, live=live)
    return Facts("")


def _open(live: bool) -> str:
    """When it ended, of what has not."""
    return "not yet" if live else "not recorded"


def span_facts(store: Store, row: int, now: int, *, live: bool) -> Facts:
    """A stretch that the user named with ``poolscope.span``."""
    table = store.span_table
    begin, end = int(table.begin[row]), int(table.end[row])
    name = " ".join(store.text(int(table.name[row])).split()) or "span"
    pairs: Pairs = [
        ("thread", thread_name(store, int(table.thread[row]))),
        ("began", at(begin)),
        ("lasted", length(begin, end, now, live=live)),
        ("ended", at(end) if end != NEVER else _open(live)),
    ]
    return Facts(name, "span", tuple(pair for pair in pairs if pair[1]))


def task_facts(store: Store, row: int, now: int, *, live: bool) -> Facts:
    tasks = store.tasks
    pool, worker = int(tasks.pool[row]), int(tasks.worker[row])
    submitted, started = int(tasks.submitted[row]), int(tasks.started[row])
    finished = int(tasks.finished[row])
    cancelled = int(tasks.cancelled[row])
    end = call_end(store, row)
    left = next((t for t in (started, cancelled, finished) if t != NEVER), NEVER)
    state = STATES[int(tasks.state(np.array([row]))[0])]
    result = store.text(int(tasks.result[row]))
    by = thread_name(store, int(tasks.submitter[row]))
    how = "map" if tasks.by_map[row] else "submit"
    place = store.place(int(tasks.place[row]))
    began = f"{at(submitted)}{f' by {by}' if by else ''} ({how})" if submitted != NEVER else ""
    pairs: Pairs = [
        ("pool", store.pools[pool].name if 0 <= pool < len(store.pools) else ""),
        ("worker", worker_title(store.workers[worker]) if worker >= 0 else ""),
        ("submitted", began),
        ("from", line_words(place, whole=True)),
        ("defined", defined_words(place, whole=True)),
        ("waited", length(submitted, left, now, live=live)),
        ("sent", _anatomy(store, row)),
        ("ran", length(started, end, now, live=live)),
        *((name, duration(max(0, b - a))) for name, a, b in phases(Moments(store, row))),
        ("finished", at(finished)),
        ("cancelled", at(cancelled)),
        (
            "cancel() refused",
            plural(int(tasks.cancel_refused[row]), "time") if tasks.cancel_refused[row] else "",
        ),
        ("exception" if state == "exception" else "result", result),
        ("traceback", store.text(int(tasks.traceback[row]))),
        ("released", _released(store, row)),
    ]
    if state == "exception" and not tasks.exception_read[row]:
        gone = int(tasks.exception_dropped[row]) != NEVER
        never = "nobody: its future was collected without it"
        pairs.append(("read by", never if gone else "nobody"))
    label = " ".join(store.text(int(tasks.label[row])).split())
    return Facts(f"{number(row)} {label}", state, tuple(pair for pair in pairs if pair[1]))


def _anatomy(store: Store, row: int) -> str:
    """The way to a worker process and back."""
    tasks = store.tasks
    sent = int(tasks.sent[row])
    if sent == NEVER:
        return ""
    parts = [at(sent)]
    if tasks.pickled_bytes[row]:
        parts.append(f"{int(tasks.pickled_bytes[row]):,} bytes")
    return ", ".join(parts)


def _released(store: Store, row: int) -> str:
    """Which waits this task's end released."""
    key = store.tasks.id[row]
    waits = np.flatnonzero(store.waits.released_by == key)[:MOST_NAMED].tolist()
    timed = wait_why.let_on(store, row)[: MOST_NAMED - len(waits)]
    return "\n".join(
        f"{wait_words(store, ref)} of {thread_name(store, int(store.waits.thread[ref]))}{how}"
        for found, how in ((waits, ""), (timed, ", by the clock"))
        for ref in found
    )


def hold_facts(store: Store, ref: int, now: int, *, live: bool) -> Facts:
    table = store.lock_table.holds
    lock = int(table.lock[ref])
    begin, end = int(table.begin[ref]), int(table.end[ref])
    pairs: Pairs = [
        ("thread", thread_name(store, int(table.thread[ref]))),
        ("held", length(begin, end, now, live=live)),
        ("acquired", f"{at(begin)}{' after a wait' if table.waited[ref] else ''}"),
        ("released", at(end) or _open(live)),
        ("where", store.text(int(table.where[ref]))),
        ("kind", kind_words(store, lock)),
    ]
    pairs = [pair for pair in pairs if pair[1]]
    return Facts(f"owns {lock_name(store, lock)}", "held" if end == NEVER else "", tuple(pairs))


def wait_facts(store: Store, wait: Wait, now: int, *, live: bool) -> Facts:
    total = sum(count for _, count in wait.futures)
    ids = [first + i for first, count in wait.futures[:MOST_NAMED] for i in range(min(count, 9))]
    rows = [store.row_of_task(key) for key in ids][:MOST_NAMED]
    named = ", ".join(number(row) for row in rows if row >= 0)
    more = total - len(rows)
    still = "waits still" if live else "waited to the end of the recording"
    outcome = enum_name(WaitOutcome, wait.outcome).lower() if wait.outcome != NEVER else still
    pairs: Pairs = [
        ("thread", thread_name(store, wait.thread)),
        ("where", line_words(store.place(wait.place), whole=True)),
        ("futures", f"{named}{f' and {more:,} more' if more > 0 else ''}" if named else ""),
        ("return_when", enum_name(ReturnWhen, wait.return_when) if wait.return_when else ""),
        ("timeout", duration(wait.timeout_ns) if wait.timeout_ns is not None else ""),
        ("waited", length(wait.begin, wait.end, now, live=live)),
        ("done", plural(sum(count for _, count in wait.done), "future") if wait.done else ""),
        ("handed out", plural(len(wait.yields), "future") if wait.yields else ""),
        ("released by", _released_by(store, wait)),
    ]
    title = enum_name(WaitKind, wait.kind).lower() or "wait"
    return Facts(title, outcome, tuple(pair for pair in pairs if pair[1]))


def _released_by(store: Store, wait: Wait) -> str:
    """Which future let it go on, and why that one."""
    row = store.row_of_task(wait.released_by) if wait.released_by else NEVER
    reason, how = wait_why.why(store, wait), ""
    if row == NEVER:
        row, reason = wait_why.by_clock(store, wait)
        how = "by the clock "
    if row == NEVER:
        return ""
    name = cut(" ".join(store.text(int(store.tasks.label[row])).partition("(")[0].split()), 60)
    return ": ".join(part for part in (f"{how}{number(row)} {name}", reason) if part)


def lane_facts(store: Store, lane: Lane, now: int, time: int = 0, *, live: bool) -> Facts:
    """A worker, a thread or a lock as a whole; of a lock, how many waited for it at ``time``."""
    pairs: Pairs = []
    if lane.kind == "worker":
        worker = next((w for w in store.workers if w.id == lane.key[1]), None)
        if worker is not None:
            pool = store.pools[worker.pool].name if worker.pool >= 0 else ""
            pairs += [
                ("pool", pool),
                ("pid", str(worker.pid or "")),
                ("thread id", str(worker.native_id or "")),
            ]
        pairs.append(("tasks", f"{len(lane.tasks.track):,}"))
        if lane.share is not None:
            pairs.append(("busy", f"{lane.share:.0%} of its life"))
    elif lane.kind == "lock":
        held = sum(len(held.track) for held in lane.owners)
        pairs.append(("acquired", plural(held, "time") if held else ""))
        owned = f"{lane.share or 0:.0%} of the time since its first use"
        pairs.append(("owned", owned if held else ""))
        pairs += _waiters(lane, time)
    else:
        thread = next((t for t in store.threads if t.id == lane.key[1]), None)
        if thread is not None:
            pairs += [
                ("role", enum_name(Role, thread.role).lower()),
                ("pid", str(thread.pid or "")),
            ]
    # A recording is told of a lock when it is first used, and never of its end.
    lock = lane.kind == "lock"
    idle = lane.dead or lane.detail.startswith("pid ")  # told already, and nothing that it does
    pairs += [
        ("now", "" if idle else lane.detail),
        ("first used" if lock else "born", at(lane.born)),
        ("gone", at(lane.gone)),
        ("ending", lane.ending or ("ended" if lane.dead else "")),
        ("" if lock else "lived", length(lane.born, lane.gone, now, live=live)),
    ]
    return Facts(lane.title, "", tuple(pair for pair in pairs if all(pair)))


def _waiters(lane: Lane, time: int) -> Pairs:
    if not len(lane.waiters):
        return []
    place = int(np.searchsorted(lane.waiter_times, np.int64(time), side="right")) - 1
    there = int(lane.waiters[place]) if place >= 0 and time > 0 else 0
    return [
        (f"waited at {at(time)}" if there else "", plural(there, "thread")),
        ("waited at most", f"{plural(int(lane.waiters.max()), 'thread')} at a time"),
    ]
