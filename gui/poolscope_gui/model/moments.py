"""When what happened to one task, and the way to a worker process and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from poolscope.analysis.spans import call_ends
from poolscope.trace.values import Engine
from poolscope_gui.model.tracks import NEVER, Times

if TYPE_CHECKING:
    from poolscope.analysis.store import Store


def call_end(store: Store, row: int) -> int:
    """When a task's call ended, by the word of who ran it, as the chart draws it
    (``spans.call_ends``). Of one that never began, when it was settled. ``NEVER``: it has not."""
    tasks = store.tasks
    if tasks.worker[row] < 0 or tasks.started[row] == NEVER:
        returned = int(tasks.returned[row])
        return returned if returned != NEVER else int(tasks.finished[row])
    return int(call_ends(store, np.array([row]))[0])


def unpickled_unseen(store: Store, row: int) -> bool:
    """Whether its pool's own code unpickles what comes, call and result, before a hook hears of it:
    that took a part of the way, nobody knows which."""
    pool = int(store.tasks.pool[row])
    return 0 <= pool < len(store.pools) and store.pools[pool].engine == Engine.STDLIB


class Moments:
    """When what happened to a task: its row of the table, as numbers."""

    def __init__(self, store: Store, row: int) -> None:
        tasks = store.tasks
        self.unpickled_unseen = unpickled_unseen(store, row)
        self.together = bool(tasks.pickled_together[row])
        self._call_end = call_end(store, row)
        for name in (
            "submitted",
            "pickling",
            "pickled",
            "sent",
            "received",
            "started",
            "returned",
            "result_sent",
            "result_received",
            "finished",
            "cancelled",
            "notified",
        ):
            setattr(self, name, int(getattr(tasks, name)[row]))
        if self.unpickled_unseen:  # two records of one moment, though not always with one time
            self.received = self.started if self.received != NEVER else NEVER
            self.result_received = self.finished if self.result_received != NEVER else NEVER

    submitted: int
    pickling: int  # when its pickling began
    pickled: int
    sent: int
    received: int
    started: int
    returned: int
    result_sent: int
    result_received: int
    finished: int
    cancelled: int
    notified: int  # when the cancelling was noticed

    @property
    def pickled_later(self) -> bool:
        """Whether it was pickled after it was sent, as the standard library does it."""
        return NEVER < self.sent <= self.pickling

    @property
    def call_end(self) -> int:
        """See ``call_end``."""
        return self._call_end


def phases(when: Moments) -> list[tuple[str, int, int]]:
    """The way to a worker process and back: what, from when, until when; what is known alone."""
    later, unseen = when.pickled_later, when.unpickled_unseen
    too = ", unpickled" if unseen else ""
    steps = (
        ("waited to be pickled", when.sent if later else NEVER, when.pickling),
        ("pickled with others" if when.together else "pickled", when.pickling, when.pickled),
        (f"on the way{too}", when.pickled if later else when.sent, when.received),
        *((("unpickled", when.received, when.started),) if not unseen else ()),
        ("result pickled", when.returned, when.result_sent),
        (f"on the way back{too}", when.result_sent, when.result_received),
        *((("settled", when.result_received, when.finished),) if not unseen else ()),
    )
    return [step for step in steps if NEVER not in step[1:]]


def anatomy(store: Store, rows: Times) -> Times:
    """The times of the way there and back, a row a task: when its pickling began and ended, it was
    sent, had waited to be pickled, went into the pipe, was received, started, returned, its result
    was sent, received, and the future settled. Where nobody saw it unpickled (``unpickled_unseen``)
    it was received when it was started, and its result when the future was settled. Of one pool.
    """
    tasks = store.tasks
    pickling, pickled, sent = tasks.pickling[rows], tasks.pickled[rows], tasks.sent[rows]
    later = (sent != NEVER) & (pickling >= sent)  # as the standard library does it
    received, started = tasks.received[rows], tasks.started[rows]
    result_received, finished = tasks.result_received[rows], tasks.finished[rows]
    if len(rows) and unpickled_unseen(store, int(rows[0])):
        received = np.where(received != NEVER, started, NEVER)
        result_received = np.where(result_received != NEVER, finished, NEVER)
    columns = (
        pickling,
        pickled,
        sent,
        np.where(later, pickling, NEVER),
        np.where(later, pickled, sent),
        received,
        started,
        tasks.returned[rows],
        tasks.result_sent[rows],
        result_received,
        finished,
    )
    return np.stack(columns, axis=1).astype(np.int64)
