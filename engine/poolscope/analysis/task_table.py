"""The table of tasks: one row a future, one column a fact."""

from __future__ import annotations

import enum

import numpy as np

from poolscope.analysis.column import NEVER, Array, Bools, Field, Table
from poolscope.trace.schema import Outcome


class TaskState(enum.IntEnum):
    """What a task is; a higher state is never left for a lower one.

    ``SENT``: handed to a worker process that has not yet reported the start. The standard
    library's ``Future`` says RUNNING from then on, the picture does not.
    """

    PENDING = 0
    SENT = 1
    RUNNING = 2
    FINISHED = 3
    EXCEPTION = 4
    CANCELLED = 5


SETTLED = TaskState.FINISHED  # this state and all above it are final


class Tasks(Table):
    """Every task whose submission was seen, and futures made by hand, in order of arrival.

    Times are ns since the origin, ``NEVER`` if not (yet) known. Rows never move.
    """

    id = Field(np.int64)
    pool = Field(np.int32, NEVER)  # row, NEVER: a future made by hand
    label = Field(np.int32)  # text: name(arguments)
    submitter = Field(np.int32, NEVER)  # thread row
    by_map = Field(np.bool_)
    place = Field(np.int32, NEVER)  # row: from where it was submitted
    submitted = Field(np.int64, NEVER)
    pickling = Field(np.int64, NEVER)  # when its pickling began
    pickled = Field(np.int64, NEVER)
    sent = Field(np.int64, NEVER)
    received = Field(np.int64, NEVER)
    started = Field(np.int64, NEVER)
    returned = Field(np.int64, NEVER)
    raised = Field(np.bool_)  # whether its call did, as its worker process says
    result_sent = Field(np.int64, NEVER)
    result_received = Field(np.int64, NEVER)
    finished = Field(np.int64, NEVER)
    cancelled = Field(np.int64, NEVER)
    notified = Field(np.int64, NEVER)
    dequeued = Field(np.int64, NEVER)  # when it left the queue: sent, started or settled
    worker = Field(np.int32, NEVER)  # row
    outcome = Field(np.int8, NEVER)  # schema.Outcome
    result = Field(np.int32)  # text: repr of the result, or type: message
    traceback = Field(np.int32)  # text
    cancel_refused = Field(np.int32)  # how often cancel() returned False
    exception_read = Field(np.bool_)
    exception_dropped = Field(np.int64, NEVER)  # when it was collected, and nobody had read it
    pickled_bytes = Field(np.int64)
    pickled_together = Field(np.bool_)  # with others, in one pickle
    result_bytes = Field(np.int64)
    codes = Field(np.uint8)

    def state(self, rows: Array | slice | None = None) -> Array:
        """The ``TaskState`` of all tasks, or of some rows, as ``uint8``."""
        codes = self.codes
        return codes if rows is None else codes[rows]

    def not_handed_back(self, rows: Array) -> Array:
        """Whether a call gave a result, as its worker says, and yet its future an exception."""
        gave: Array = (self.returned[rows] != NEVER) & ~self.raised[rows]
        gave &= self.state(rows) == TaskState.EXCEPTION
        return gave

    def given_up(self, rows: Array) -> Bools:
        """Whether the parent settled tasks, its pool having broken, while their workers still ran
        them: nothing came back."""
        if not self.columns["received"].written:
            return np.zeros(len(rows), np.bool_)
        given: Bools = (self.received[rows] != NEVER) & (self.returned[rows] == NEVER)
        given &= (self.result_received[rows] == NEVER) & (self.outcome[rows] == Outcome.EXCEPTION)
        return given

    def raise_state(self, rows: Array, state: int | Array) -> None:
        """Move rows up to a state; those already above stay. Makes order irrelevant."""
        codes = self.columns["codes"].writable(len(self))
        codes[rows] = np.maximum(codes[rows], state)
