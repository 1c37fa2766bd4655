"""When what happened to one task, and the way to a worker process and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from poolscope_gui.model.tracks import NEVER, Times

if TYPE_CHECKING:
    from poolscope.analysis.store import Store


class Moments:
    """When what happened to a task: its row of the table, as numbers."""

    def __init__(self, store: Store, row: int) -> None:
        tasks = store.tasks
        for name in (
            "submitted",
            "pickled",
            "sent",
            "received",
            "started",
            "returned",
            "result_sent",
            "result_received",
            "finished",
            "cancelled",
        ):
            setattr(self, name, int(getattr(tasks, name)[row]))

    submitted: int
    pickled: int
    sent: int
    received: int
    started: int
    returned: int
    result_sent: int
    result_received: int
    finished: int
    cancelled: int

    @property
    def call_end(self) -> int:
        """When its call ended, by the word of who ran it."""
        return self.returned if self.returned != NEVER else self.finished


def phases(when: Moments) -> list[tuple[str, int, int]]:
    """The way to a worker process and back: what, from when, until when; what is known alone."""
    steps = (
        ("on the way", when.sent, when.received),
        ("unpickled", when.received, when.started),
        ("result pickled", when.returned, when.result_sent),
        ("on the way back", when.result_sent, when.result_received),
        ("settled", when.result_received, when.finished),
    )
    return [step for step in steps if NEVER not in step[1:]]


def anatomy(store: Store, rows: Times) -> Times:
    """The seven times of the way there and back, a row a task: from sent to finished."""
    tasks = store.tasks
    columns = (
        tasks.sent,
        tasks.received,
        tasks.started,
        tasks.returned,
        tasks.result_sent,
        tasks.result_received,
        tasks.finished,
    )
    return np.stack([column[rows] for column in columns], axis=1).astype(np.int64)
