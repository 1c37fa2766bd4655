"""The life of a future in sentences and figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from poolscope.analysis.lanes import worker_title
from poolscope.trace.schema import Outcome, WaitOutcome
from poolscope_gui.model import words
from poolscope_gui.model.end_text import left_with_worker, told_end
from poolscope_gui.model.life import MOST, Life, life
from poolscope_gui.model.moments import Moments, phases
from poolscope_gui.model.palette import CANCELLED, EXCEPTION, RUNNING, STATES
from poolscope_gui.model.quantities import duration, plural
from poolscope_gui.model.story import LONGEST, Goal, Link, Story, Telling
from poolscope_gui.model.story_links import thread_link, when_link
from poolscope_gui.model.stretch import Stretch
from poolscope_gui.model.tracks import NEVER
from poolscope_gui.model.way_text import way_back, way_there
from poolscope_gui.model.words import lasting, length

if TYPE_CHECKING:
    from poolscope_gui.model.source import ChartSource

MOST_POINTS: Final = 12
SAMPLED_FROM_NS: Final = 250_000_000  # a shorter run has too few samples to tell of


def task_story(chart: ChartSource, row: int) -> Story:
    """All that is known of one future."""
    store, told = chart.store, Telling()
    when = Moments(store, row)
    state = int(store.tasks.state(np.array([row]))[0])
    met = life(chart, row)
    _submitted(chart, row, when, told)
    way_there(chart, row, when, told)
    _ran(chart, row, when, told)
    _stretches(chart, met, when, told)
    told_end(chart, row, state, when, told)
    way_back(chart, row, when, told)
    _released(chart, when, met, told)
    _called_back(chart, met, told)
    _refused(chart, row, state, told)
    _figures(chart, row, when, met, told)
    _texts(chart, row, state, told)
    label = " ".join(store.text(int(store.tasks.label[row])).split())[:LONGEST]
    title = f"{words.number(row)} {label}".strip()
    lost = state == RUNNING and left_with_worker(chart, int(store.tasks.worker[row]), when)
    return told.done(title, "lost" if lost else STATES[state], alarm=lost or state == EXCEPTION)


def _submitted(chart: ChartSource, row: int, when: Moments, told: Telling) -> None:
    store, tasks = chart.store, chart.store.tasks
    pool, thread = int(tasks.pool[row]), int(tasks.submitter[row])
    if when.submitted == NEVER:
        told.say("A future made by hand: no pool has it in a queue.")
        return
    name = store.pools[pool].name if 0 <= pool < len(store.pools) else ""
    how = "by map " if tasks.by_map[row] else ""
    to = f", to the pool {name}." if name else "."
    place = store.place(int(tasks.place[row]))
    line = words.line_words(place)
    to = f" from {line}{to}" if line else to
    if thread == NEVER:
        told.say(f"Submitted {how}at ", when_link(thread, when.submitted), to)
    else:
        by = thread_link(chart, thread)
        told.say(f"Submitted {how}by ", by, " at ", when_link(thread, when.submitted), to)
    if defined := words.defined_words(place):
        told.say(f"Its function is defined at {defined}.")
    left = next((t for t in (when.sent, when.started, when.cancelled) if t != NEVER), NEVER)
    left = left if left != NEVER else when.finished
    if left == NEVER:
        told.say(lasting("Waits in the queue, ", "Waited in the queue", when.submitted, chart))
    else:
        told.say(f"Waited in the queue for {duration(left - when.submitted)}.")


def _ran(chart: ChartSource, row: int, when: Moments, told: Telling) -> None:
    worker = int(chart.store.tasks.worker[row])
    if when.started == NEVER:
        return
    thread = NEVER
    who: Link | str = "its maker"
    if worker >= 0:
        one = chart.store.workers[worker]
        who, thread = Link(worker_title(one), Goal("worker", worker)), one.thread
    end, killed = when.call_end, words.killed_at(chart.store, thread)
    until = end if end != NEVER else killed
    if until == NEVER:
        lasts = lasting(" and runs it: ", " and ran it", when.started, chart)
    else:
        gone = ", until its process ended" if end == NEVER else ""
        lasts = f" and ran it for {duration(until - when.started)}{gone}."
    told.say("Started by ", who, " at ", when_link(thread, when.started), lasts)


def _stretches(chart: ChartSource, met: Life, when: Moments, told: Telling) -> None:
    """What it was blocked on and waited for."""
    longest, count, blocked = met.stretches
    if not count:
        return
    end = when.call_end if when.call_end != NEVER else chart.now
    share = blocked / max(1, end - when.started)
    told.say(
        f"Blocked {plural(count, 'time')}, {duration(blocked)} in all: {share:.0%} of its run."
    )
    for each in longest[:MOST_POINTS]:
        told.point(*_stretch(chart, each))
    if count > MOST_POINTS:
        rest = plural(count - MOST_POINTS, "shorter one")
        told.point(f"and {rest}")


def _stretch(chart: ChartSource, one: Stretch) -> tuple[Link | str, ...]:
    store = chart.store
    lasts = (" so far" if chart.live else ", to the end of the recording,") if one.open else ""
    goal = Link(f"{duration(one.lasted)}{lasts}", Goal(one.part, one.ref))
    if one.part == "wait":
        struck = store.waits.outcome[one.ref] == WaitOutcome.TIMEOUT
        how = ", which timed out" if struck else ""
        return goal, " in ", words.wait_call(store, one.ref), _line(chart, one.ref), how
    if one.part == "signal":
        return goal, f": {chart.signal_labels(one.ref)[0]}"
    lock = int(store.lock_table.blocks.lock[one.ref])
    name = Link(words.primitive(store, lock), Goal("lock", lock))
    owners = chart.owners(one.ref)
    if not owners:
        return goal, " for ", name
    thread, since = owners[-1 if one.open else 0]
    task = chart.doing_at(thread, max(since, one.begin))
    held = f" ({task})" if task else ""
    if others := {each for each, _ in owners} - {thread}:
        held += f", {'before' if one.open else 'then'} by {plural(len(others), 'other')}"
    return goal, " for ", name, ", held by ", thread_link(chart, thread), held


def _line(chart: ChartSource, wait: int) -> str:
    """Where a wait was called: `` at jobs.py:12 in main``."""
    line = words.line_words(chart.store.place(int(chart.store.waits.place[wait])))
    return f" at {line}" if line else ""


def _released(chart: ChartSource, when: Moments, met: Life, told: Telling) -> None:
    store = chart.store
    end = max(when.finished, when.cancelled)
    for each in met.releases[:MOST_POINTS]:
        call = Link(words.wait_call(store, each.wait), Goal("wait", each.wait))
        who = thread_link(chart, each.thread)
        gap = duration(max(0, each.time - end)) if end != NEVER else ""
        if each.handed:
            told.say("Handed out by ", call, " to ", who, f" {gap} after its end." if gap else ".")
        elif each.found:
            told.say("Was done already when ", who, " called ", call, ".")
        else:
            line = _line(chart, each.wait)
            later = f", {gap} later." if gap else "."
            its = "By the clock, its" if each.by_clock else "Its"
            told.say(f"{its} end released ", call, " of ", who, line, later)
    if len(met.releases) > MOST_POINTS:
        told.say(f"And {_more(len(met.releases))} more waits were released.")
    for wait in met.waiting[:MOST_POINTS]:
        call = Link(words.wait_words(store, wait), Goal("wait", wait))
        since = duration(max(0, chart.now - int(store.waits.begin[wait])))
        who = thread_link(chart, int(store.waits.thread[wait]))
        waits = "waits for it" if chart.live else "waited for it to the end"
        told.say(who, f" {waits}, {since}: ", call, _line(chart, wait))


def _called_back(chart: ChartSource, met: Life, told: Telling) -> None:
    for each in met.callbacks[:MOST_POINTS]:
        ran = length(each.begin, each.end, chart.now, live=chart.live)
        raised = " and raised" if each.outcome == Outcome.EXCEPTION else ""
        who = thread_link(chart, each.thread)
        told.say(f"Its callback {each.name} ran for {ran} on ", who, f"{raised}.")
    if len(met.callbacks) > MOST_POINTS:
        told.say(f"And {_more(len(met.callbacks))} more callbacks.")


def _more(found: int) -> str:
    """How many are not told; of very many not all were looked for."""
    return f"{found - MOST_POINTS:,}{' or' if found >= MOST else ''}"


def _refused(chart: ChartSource, row: int, state: int, told: Telling) -> None:
    tasks = chart.store.tasks
    refused = int(tasks.cancel_refused[row])
    if refused:
        told.say(f"cancel() was refused {plural(refused, 'time')}: it had begun, or was done.")
    if state == EXCEPTION:
        read = bool(tasks.exception_read[row])
        gone = int(tasks.exception_dropped[row]) != NEVER
        never = "Its future was collected, and nobody had read its exception."
        so_far = (
            "Nobody has read its exception yet." if chart.live else "Nobody read its exception."
        )
        unread = never if gone else so_far
        told.say("Its exception was read." if read else unread)


def _figures(chart: ChartSource, row: int, when: Moments, met: Life, told: Telling) -> None:
    now = chart.now
    left = next(
        (t for t in (when.sent, when.started, when.cancelled, when.finished) if t != NEVER), NEVER
    )
    told.figure("in the queue", length(when.submitted, left, now, live=chart.live))
    way = phases(when)
    there = [step for step in way if step[2] <= when.started or when.started == NEVER]
    for name, begin, end in there:
        queued = "of that " if end <= left else ""  # pickled before it was sent: in the queue still
        told.figure(f"{queued}{name}", duration(max(0, end - begin)))
    told.figure("ran", length(when.started, when.call_end, now, live=chart.live))
    place = chart.place(row)
    if place is not None and place.end - place.begin >= SAMPLED_FROM_NS:
        key = chart.lanes[place.lane].key
        told.figure("on a processor", chart.cpu_words(key, place.begin, place.end))
    if blocked := met.stretches.ns:
        told.figure("of that blocked", duration(blocked))
        end = when.call_end if when.call_end != NEVER else now
        told.figure("not blocked", duration(max(0, end - when.started - blocked)))
    for name, begin, end in way[len(there) :]:
        told.figure(name, duration(max(0, end - begin)))
    settled = max(when.finished, when.cancelled)
    told.figure("in all", length(when.submitted, settled, now, live=chart.live))


def _texts(chart: ChartSource, row: int, state: int, told: Telling) -> None:
    tasks, text = chart.store.tasks, chart.store.text
    label = text(int(tasks.label[row])).strip()
    name, bracket, arguments = label.partition("(")
    if bracket and arguments not in ("", ")"):
        told.passage(f"Arguments of {name}", arguments.removesuffix(")"))
    result = text(int(tasks.result[row]))
    if state not in (EXCEPTION, CANCELLED):
        told.passage("Result", result)
    else:
        told.passage("Exception", result)
    told.passage("Traceback", text(int(tasks.traceback[row])).rstrip(), code=True)
    place = chart.store.place(int(tasks.place[row]))
    lines = (
        ("submitted", words.line_words(place, whole=True)),
        ("defined", words.defined_words(place, whole=True)),
    )
    told.passage("Source lines", "\n".join(f"{what}: {line}" for what, line in lines if line))
