"""How a future came to its end, in sentences: raised, returned, cancelled, never run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from poolscope.trace.schema import Engine, PoolKind
from poolscope_gui.model.life import waiting_for
from poolscope_gui.model.moments import Moments
from poolscope_gui.model.palette import EXCEPTION, RUNNING, SENT
from poolscope_gui.model.quantities import duration
from poolscope_gui.model.raised import raised_in
from poolscope_gui.model.story import Telling, first_line
from poolscope_gui.model.story_links import when_link
from poolscope_gui.model.tracks import NEVER
from poolscope_gui.model.words import at

if TYPE_CHECKING:
    from poolscope_gui.model.source import ChartSource

__all__ = ["left_with_worker", "told_end"]


def told_end(chart: ChartSource, row: int, state: int, when: Moments, told: Telling) -> None:
    """Tell the end of a task (row), if it has one."""
    worker = int(chart.store.tasks.worker[row])
    thread = chart.store.workers[worker].thread if worker >= 0 else NEVER
    if when.cancelled != NEVER:
        told.say(f"Cancelled at {at(when.cancelled)}, before it began: it never ran.")
        _noticed(chart, row, when, told)
        return
    if when.call_end == NEVER:
        return
    end = when_link(thread, when.call_end)
    if state in (SENT, RUNNING):
        lost = left_with_worker(chart, worker, when)
        then = ", and the task with it: nobody has settled its future." if lost else ""
        then = then or "; the future is not settled yet."
        told.say(f"Its {'worker' if lost else 'call'} ended at ", end, then)
        return
    text = first_line(chart.store.text(int(chart.store.tasks.result[row])))
    if state == EXCEPTION and not text.endswith(".."):
        text = text.removesuffix(".")  # the sentence goes on
    if when.started == NEVER and _stayed(chart, row, when):
        told.say(f"It never ran, as it could not be sent to a worker: {text} (at ", end, ").")
    elif when.started == NEVER and _start_is_seen(chart, row):
        begun = "No worker has said that it began it" if when.sent != NEVER else "It never ran"
        given = text or ("an exception" if state == EXCEPTION else "a result")
        where = _raised_in(chart, row) if state == EXCEPTION else "."
        told.say(f"{begun}: it was given {given} at ", end, where)
    elif state == EXCEPTION and when.received != NEVER and left_with_worker(chart, worker, when):
        given = text or "an exception"
        told.say(f"It did not return: its future was given {given} at {at(when.finished)}.")
    elif state == EXCEPTION and chart.store.tasks.not_handed_back(np.array([row]))[0]:
        given = text or "an exception"
        told.say("Returned at ", end, f", but its result could not be handed back: {given}.")
    elif state == EXCEPTION:
        told.say("Raised ", text or "an exception", " at ", end, _raised_in(chart, row))
    else:
        told.say("Returned ", text or "a result", " at ", end, ".")


def left_with_worker(chart: ChartSource, worker: int, when: Moments) -> bool:
    """Whether its worker process went without having said that the call ended."""
    return when.returned == NEVER and worker >= 0 and chart.store.worker_gone[worker] != NEVER


def _stayed(chart: ChartSource, row: int, when: Moments) -> bool:
    """Whether it failed on its way to a worker process of a pool that was not broken."""
    store, pool = chart.store, int(chart.store.tasks.pool[row])
    if not 0 <= pool < len(store.pools) or store.pools[pool].kind != PoolKind.PROCESS:
        return False
    left = when.pickled != NEVER or when.received != NEVER
    broken = store.pools[pool].broken is not None and when.finished >= store.pools[pool].broken_at
    failed = store.tasks.state(np.array([row]))[0] == EXCEPTION
    return bool(failed and not left and not broken and not store.lost)


def _start_is_seen(chart: ChartSource, row: int) -> bool:
    """Whether its pool records every start: the processes of a pool of the library's may not."""
    pool = int(chart.store.tasks.pool[row])
    if not 0 <= pool < len(chart.store.pools):
        return False
    of = chart.store.pools[pool]
    return of.engine == Engine.POOLSCOPE or of.kind == PoolKind.THREAD


def _noticed(chart: ChartSource, row: int, when: Moments, told: Telling) -> None:
    """What is cancelled is in its queue still, and not done for those who wait."""
    counts = "wait() and as_completed() count it as done"
    if when.notified != NEVER:
        gap = duration(max(0, when.notified - when.cancelled))
        told.say(f"That was noticed {gap} later: from then on {counts}.")
    elif waiting_for(chart.store, row):
        told.say(f"Nobody has noticed that yet: only then {counts}.")


def _raised_in(chart: ChartSource, row: int) -> str:
    """The source line, from its traceback."""
    tasks, text = chart.store.tasks, chart.store.text
    where = raised_in(text(int(tasks.traceback[row])), text(int(tasks.result[row])).strip())
    return f", in {where}." if where else "."
