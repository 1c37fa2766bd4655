"""The columns of what happened on locks."""

from __future__ import annotations

from typing import Final

import numpy as np

from poolscope.analysis.column import NEVER, Field, Table

ACQUIRED: Final = 0  # outcome of a block; the others are those of schema.GaveUp


class BlockTable(Table):
    """Stretches in which a thread waited for a lock, in order of arrival.

    ``end`` is ``NEVER`` while it lasts. ``outcome``: ``ACQUIRED``, a ``schema.GaveUp``, or
    ``NEVER``; with an end and no outcome, the thread died waiting.
    """

    lock = Field(np.int32)
    thread = Field(np.int32, NEVER)
    begin = Field(np.int64, NEVER)
    end = Field(np.int64, NEVER)
    told_owner = Field(np.int32, NEVER)  # thread row, as the record said
    outcome = Field(np.int8, NEVER)
    where = Field(np.int32)  # text
    timed = Field(np.bool_)  # it would have ended by itself


class HoldTable(Table):
    """Stretches in which a thread held a lock, in order of arrival.

    ``releaser`` is the thread that released it; with an end and no releaser, the owner died.
    Of a semaphore each row is one permit. What was released before it was acquired (a semaphore
    used as a signal) is not held at all: its end is its beginning.
    """

    lock = Field(np.int32)
    thread = Field(np.int32, NEVER)
    begin = Field(np.int64, NEVER)
    end = Field(np.int64, NEVER)
    releaser = Field(np.int32, NEVER)
    final = Field(np.int8, NEVER)  # 0 once nothing read later can change its end
    waited = Field(np.bool_)
    where = Field(np.int32)  # text


class SignalBlockTable(Table):
    """Stretches in which a thread waited for a condition, an event, a barrier or a queue.

    ``lock`` is the row of that object among the locks, ``signal`` the ``schema.Signal`` waited
    for; the rest is as in ``BlockTable``, outcome 0 being: it got the signal.
    """

    lock = Field(np.int32)
    thread = Field(np.int32, NEVER)
    begin = Field(np.int64, NEVER)
    end = Field(np.int64, NEVER)
    signal = Field(np.int8)
    outcome = Field(np.int8, NEVER)
    where = Field(np.int32)  # text
    timed = Field(np.bool_)


class SentTable(Table):
    """Signals sent, in order of arrival: notify, set, put ...; ``signal`` is a ``schema.Signal``.

    ``amount`` is how many it woke, or how many the object holds now, or -1.
    """

    lock = Field(np.int32)
    thread = Field(np.int32, NEVER)
    time = Field(np.int64)
    signal = Field(np.int8)
    amount = Field(np.int64)
    where = Field(np.int32)  # text
