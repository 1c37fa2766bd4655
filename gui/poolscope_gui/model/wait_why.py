"""Why a future released a wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from poolscope.trace.schema import ReturnWhen, WaitKind, WaitOutcome
from poolscope_gui.model.palette import EXCEPTION
from poolscope_gui.model.tracks import NEVER

if TYPE_CHECKING:
    from poolscope.analysis.store import Store
    from poolscope.analysis.wait_table import Wait

MOST_COUNTED: Final = 100_000  # futures of one wait whose times are looked at
_LATER: Final = np.iinfo(np.int64).max
_RAISED: Final = "the first that raised an exception"
_MISSING: Final = "the last that was missing"


def why(store: Store, wait: Wait) -> str:
    """Why the future that released a wait did so: ``the first that was done``; "" if not known."""
    row = store.row_of_task(wait.released_by) if wait.released_by else NEVER
    if row == NEVER or wait.outcome != WaitOutcome.SATISFIED:
        return ""
    total = sum(count for _, count in wait.futures)
    if wait.kind != WaitKind.WAIT:
        return "" if total == 1 else _MISSING
    if wait.return_when == ReturnWhen.FIRST_COMPLETED:
        return "the first that was done"
    failed = int(store.tasks.state(np.array([row]))[0]) == EXCEPTION
    if wait.return_when == ReturnWhen.FIRST_EXCEPTION and failed:
        return _RAISED
    return _MISSING


def by_clock(store: Store, wait: Wait) -> tuple[int, str]:
    """Why a ``wait`` went on whose record names no future: which one (row) the times say did it,
    and the reason. ``NEVER``: it had not to wait; and "": that is not known.
    """
    keys = wait.future_ids() if _countable(store, wait) else []
    rows = store.rows_of_tasks(np.array(keys, np.int64))
    if not len(rows) or (rows == NEVER).any():
        return NEVER, ""
    tasks = store.tasks
    ends = np.maximum(tasks.finished[rows], tasks.notified[rows])
    ends = np.where(ends == NEVER, _LATER, ends)
    failed = tasks.state(rows) == EXCEPTION
    first = wait.return_when == ReturnWhen.FIRST_COMPLETED
    raising = wait.return_when == ReturnWhen.FIRST_EXCEPTION and bool(failed.any())
    last = int(ends.argmin() if first else ends.argmax())
    if raising:
        last = int(np.where(failed, ends, _LATER).argmin())
    if ends[last] > wait.end:
        return NEVER, ""
    if ends[last] <= wait.begin:
        if raising:
            return NEVER, "one of its futures had raised already"
        return NEVER, f"{'at least one' if first else 'all'} of its futures had been done already"
    if first:
        return int(rows[last]), "the first that was done"
    return int(rows[last]), _RAISED if raising else _MISSING


def let_on(store: Store, row: int) -> list[int]:
    """The waits (rows) whose record names no future, and that by the clock this task's end let go
    on: of a watched program every ``wait``."""
    tasks, waits = store.tasks, store.waits
    end, key = max(int(tasks.finished[row]), int(tasks.notified[row])), int(tasks.id[row])
    if end == NEVER:
        return []
    lasted = np.flatnonzero((waits.begin < end) & (waits.end >= end))  # few: a thread waits once
    return [
        wait
        for wait in lasted[waits.released_by[lasted] == 0].tolist()
        if any(first <= key < first + count for first, count in waits.ranges(wait))
        and by_clock(store, waits[wait])[0] == row
    ]


def _countable(store: Store, wait: Wait) -> bool:
    """Whether it waited for few enough futures, and all are known."""
    known = sum(count for _, count in wait.futures)
    declared = int(store.waits.declared[store.waits.row_of(wait.id)])
    sets = wait.kind == WaitKind.WAIT or wait.return_when == ReturnWhen.FIRST_COMPLETED
    satisfied = sets and wait.outcome == WaitOutcome.SATISFIED
    return satisfied and known == declared <= MOST_COUNTED
