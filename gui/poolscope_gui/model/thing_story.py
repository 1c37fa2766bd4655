"""Blocked stretches, holds, spans, locks, workers and threads in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from poolscope.trace.schema import GaveUp, LockKind, Role, WorkerEnd
from poolscope_gui.model import words
from poolscope_gui.model.chart import Hit, Lane
from poolscope_gui.model.quantities import duration, plural
from poolscope_gui.model.story import Goal, Link, Story, Telling, first_line
from poolscope_gui.model.story_links import task_link, thread_link, when_link
from poolscope_gui.model.tracks import NEVER
from poolscope_gui.model.words import at, enum_name, lasting, length, primitive, thread_name

if TYPE_CHECKING:
    from poolscope.analysis.lock_columns import BlockTable, SignalBlockTable
    from poolscope_gui.model.source import ChartSource

MOST_NAMED: Final = 12


def block_story(chart: ChartSource, ref: int) -> Story:
    """A stretch in which a thread was blocked on a lock."""
    told, table = Telling(), chart.store.lock_table.blocks
    lock = int(table.lock[ref])
    what = Link(primitive(chart.store, lock), Goal("lock", lock))
    begun = when_link(int(table.thread[ref]), int(table.begin[ref]))
    told.say(
        thread_link(chart, int(table.thread[ref])), " waits for ", what, " from ", begun, " on."
    )
    owners = chart.owners(ref)
    for thread, since in owners[:MOST_NAMED]:
        task = chart.doing_at(thread, max(since, int(table.begin[ref])))
        held = f" ({task})" if task else ""
        told.say("It was held by ", thread_link(chart, thread), f"{held} since {at(since)}.")
    if len(owners) > MOST_NAMED:
        told.say(f"And by {len(owners) - MOST_NAMED:,} more after them.")
    if not owners:
        told.say("Who held it is not known.")
    title = f"waits for {primitive(chart.store, lock)}"
    return _blocked(chart, table, Hit("block", ref=ref), "Acquired", told).done(title, "blocked")


def signal_story(chart: ChartSource, ref: int) -> Story:
    """A stretch in which a thread waited for a condition, an event, a barrier or a queue."""
    told, table = Telling(), chart.store.signals.blocks
    begun = when_link(int(table.thread[ref]), int(table.begin[ref]))
    title = chart.signal_labels(ref)[0]
    goal = Goal("lock", int(table.lock[ref]))
    told.say(
        thread_link(chart, int(table.thread[ref])), " ", Link(title, goal), " from ", begun, " on."
    )
    return _blocked(chart, table, Hit("signal", ref=ref), "It went on", told).done(title, "blocked")


def _blocked(
    chart: ChartSource, table: BlockTable | SignalBlockTable, hit: Hit, got: str, told: Telling
) -> Telling:
    ref = hit.ref
    begin, end, outcome = int(table.begin[ref]), int(table.end[ref]), int(table.outcome[ref])
    ended = when_link(int(table.thread[ref]), end)
    if end == NEVER:
        told.say(lasting("Blocked still: ", "Blocked", begin, chart))
    elif outcome == 0:
        told.say(f"{got} after {duration(end - begin)}, at ", ended, ".")
    else:
        how = enum_name(GaveUp, outcome).lower().replace("_", " ") or "its thread ended"
        told.say(f"Gave up ({how}) after {duration(end - begin)}, at ", ended, ".")
    found = chart.unblocking(hit)
    if found.words:
        by = found.hit
        goal = Goal("hold", by.ref) if by is not None and by.part == "hold" else None
        told.say("Let go on: ", Link(found.words, goal) if goal else found.words, ".")
    elif end != NEVER:
        told.say(f"{found.why_not}.")
    if table.timed[ref]:
        told.say("It has a time-out.")
    thread = chart.doing_at(int(table.thread[ref]), begin)
    if thread:
        row = int(thread.rpartition("#")[2]) - 1
        told.say("It was doing ", task_link(chart, row), ".")
    where = chart.store.text(int(table.where[ref]))
    told.passage("Where", where, code=True)
    told.figure("blocked", length(begin, end, chart.now, live=chart.live))
    return told


def hold_story(chart: ChartSource, ref: int) -> Story:
    """A stretch in which a thread held a lock."""
    told, table = Telling(), chart.store.lock_table.holds
    lock, thread = int(table.lock[ref]), int(table.thread[ref])
    begin, end, releaser = int(table.begin[ref]), int(table.end[ref]), int(table.releaser[ref])
    what = Link(primitive(chart.store, lock), Goal("lock", lock))
    how = ", after a wait" if table.waited[ref] else ", at once"
    told.say(
        thread_link(chart, thread), " acquired ", what, " at ", when_link(thread, begin), how, "."
    )
    if end == NEVER:
        told.say(lasting("Holds it still: ", "Held it", begin, chart))
    elif releaser == NEVER:
        told.say("Its thread ended holding it, at ", when_link(thread, end), ".")
    else:
        other = () if releaser == thread else (" by ", thread_link(chart, releaser))
        held = duration(end - begin)
        told.say(f"Released after {held}, at ", when_link(releaser, end), *other, ".")
    task = chart.doing_at(thread, begin)
    if task:
        told.say("It was doing ", task_link(chart, int(task.rpartition("#")[2]) - 1), ".")
    told.figure("held", length(begin, end, chart.now, live=chart.live))
    told.passage("Where", chart.store.text(int(table.where[ref])), code=True)
    return told.done(f"owns {words.lock_name(chart.store, lock)}", "held" if end == NEVER else "")


def span_story(chart: ChartSource, ref: int) -> Story:
    """A stretch that the user named with ``poolscope.span``."""
    told, table = Telling(), chart.store.span_table
    thread, begin, end = int(table.thread[ref]), int(table.begin[ref]), int(table.end[ref])
    told.say("Named by ", thread_link(chart, thread), " at ", when_link(thread, begin), ".")
    if end == NEVER:
        told.say(lasting("It lasts still: ", "It lasted", begin, chart))
    else:
        told.say(f"It ended at {at(end)}.")
    told.figure("lasted", length(begin, end, chart.now, live=chart.live))
    return told.done(chart.span_label(ref) or "span", "span")


def lock_story(chart: ChartSource, row: int) -> Story:
    """A lock or another primitive as a whole: who has it, who waits, what it cost."""
    store, told = chart.store, Telling()
    lock = store.locks[row]
    kind = enum_name(LockKind, lock.kind).lower().replace("_", " ") or "lock"
    # A recording is told of it when it is first used, which may be long after it was made.
    used = f", first used at {at(lock.created)}" if lock.created != NEVER else ""
    told.say(f"{'An' if kind in ('event', 'rlock') else 'A'} {kind}{used}.")
    for thread in list(dict.fromkeys(lock.holders))[:MOST_NAMED]:
        task = chart.doing_at(thread, chart.now)
        tail = f" ({task})" if task else ""
        if store.death_of_thread(thread) != NEVER:
            tail = ", which has ended"
        told.say("Held by ", thread_link(chart, thread), f"{tail}.")
    if not lock.holders and kind in ("lock", "rlock"):
        told.say("Nobody holds it now.")
    waiters = _waiters(chart, row)
    for thread, ref in waiters[:MOST_NAMED]:
        since = duration(max(0, chart.now - int(store.lock_table.blocks.begin[ref])))
        told.say(
            thread_link(chart, thread), " waits for it: ", Link(since, Goal("block", ref)), "."
        )
    if len(waiters) > MOST_NAMED:
        told.say(f"And {len(waiters) - MOST_NAMED:,} more wait for it.")
    _owned(chart, lock.id, told)
    return told.done(words.lock_name(store, row), kind)


def _owned(chart: ChartSource, key: int, told: Telling) -> None:
    """What its lane shows: how often and for how long it was owned, and by how many waited for."""
    number = chart.lane_of_key(("lock", key))
    if number == NEVER:
        return
    lane = chart.lanes[number]
    held = sum(len(each.track) for each in lane.owners)
    told.figure("acquired", plural(held, "time") if held else "")
    told.figure("owned", f"{lane.share or 0:.0%} of the time since" if held else "")
    if len(lane.waiters):
        told.figure("waited for at most by", plural(int(lane.waiters.max()), "thread"))


def _waiters(chart: ChartSource, lock: int) -> list[tuple[int, int]]:
    """Threads that wait for it now, each with its blocked stretch."""
    table = chart.store.lock_table.blocks
    return [
        (int(table.thread[ref]), ref)
        for ref in chart.store.lock_table.open_blocks.tolist()
        if table.lock[ref] == lock and table.end[ref] == NEVER
    ]


def worker_story(chart: ChartSource, row: int) -> Story:
    """A worker: its life, what it does, how much of it."""
    store, told = chart.store, Telling()
    worker = store.workers[row]
    pool = store.pools[worker.pool].name if worker.pool >= 0 else ""
    told.say(f"A worker of the pool {pool}, born at {at(worker.born) or 'a time not known'}.")
    killed = words.killed_at(store, worker.thread)
    if killed != NEVER:
        code = words.exit_words(store.exits[worker.pid])
        told.say(f"It ended at {at(killed)} with its process: {code}.")
    elif worker.gone == NEVER and not _gone(chart, row):
        told.say("It lives." if chart.live else "Its end was not recorded.")
    else:
        end = at(worker.gone if worker.gone != NEVER else int(store.worker_gone[row]))
        how = enum_name(WorkerEnd, worker.end).lower() or "gone with its process"
        code = f", {words.exit_words(worker.exit_code)}" if words.exits(store, worker) else ""
        told.say(f"It ended at {end}: {how}{code}.")
    if worker.failed is not None:
        name, _, raised = worker.failed.partition("\n")
        told.say(f"Its initializer {name} raised {first_line(raised)}.")
    _lane(chart, ("worker", worker.id), told)
    told.figure("pid", str(worker.pid or ""))
    told.figure("thread id", str(worker.native_id or ""))
    title = worker.name or f"worker {worker.id}"
    return told.done(title, "crashed" if worker.crashed else "worker", alarm=worker.crashed)


def _gone(chart: ChartSource, row: int) -> bool:
    gone = chart.store.worker_gone
    return row < len(gone) and int(gone[row]) != NEVER


def thread_story(chart: ChartSource, row: int) -> Story:
    """A thread that is no worker; of a worker's thread, the worker."""
    store, told = chart.store, Telling()
    thread = store.threads[row]
    if 0 <= thread.worker < len(store.workers):
        return worker_story(chart, thread.worker)
    role = enum_name(Role, thread.role).lower() or "thread"
    began = f", begun at {at(thread.started)}" if thread.started != NEVER else ""
    ended = store.death_of_thread(row)
    over = f", ended at {at(ended)}" if ended != NEVER else ""
    told.say(f"A thread ({role}){began}{over}.")
    _lane(chart, ("thread", thread.id), told)
    told.figure("pid", str(thread.pid or ""))
    told.figure("thread id", str(thread.native_id or ""))
    return told.done(thread_name(store, row) or "a thread", role)


def _lane(chart: ChartSource, key: tuple[str, int], told: Telling) -> None:
    """What its lane shows."""
    number = chart.lane_of_key(key)
    if number == NEVER:
        return
    lane = chart.lanes[number]
    if not lane.dead and lane.detail:
        told.say(f"{'Now' if chart.live else 'In the end'}: {lane.detail}.")
    track = lane.tasks.track
    if lane.kind == "worker":
        told.figure("tasks", f"{len(track):,}")
        if lane.share is not None:
            told.figure("busy", f"{lane.share:.0%} of its life")
        if len(track):
            told.say("Its last task: ", task_link(chart, int(track.ref[-1])), ".")
    for name, each in (("blocked on locks", lane.blocks), ("waited for signals", lane.signals)):
        count = len(each.track)
        if count:
            lasted = duration(round(each.track.busy_between(0, chart.now, chart.now)))
            told.figure(name, f"{plural(count, 'time')}, {lasted}")
    if waited := _waited(chart, lane):
        told.figure("waited for futures", duration(waited))
    end = lane.gone if lane.dead else chart.now
    told.figure("on a processor", chart.cpu_words(key, max(0, lane.born), end))
    told.figure("lived", length(lane.born, lane.gone, chart.now, live=chart.live))


def _waited(chart: ChartSource, lane: Lane) -> int:
    """How many ns its thread waited for futures: while it was away with one it did not."""
    waits, now = chart.store.waits, chart.now
    total = 0
    for each in lane.waits:
        refs = each.track.ref
        total += round(each.track.busy_between(0, now, now)) - int(waits.yielded[refs].sum())
        if each.track.open and waits.away(int(refs[-1])):
            total -= max(0, now - waits.yields.of(int(refs[-1]))[-1][0])
    return max(0, total)
