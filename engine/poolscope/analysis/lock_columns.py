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


class HoldTable(Table):
    """Stretches in which a thread held a lock, in order of arrival.

    ``releaser`` is the thread that released it; with an end and no releaser, the owner died.
    """

    lock = Field(np.int32)
    thread = Field(np.int32, NEVER)
    begin = Field(np.int64, NEVER)
    end = Field(np.int64, NEVER)
    releaser = Field(np.int32, NEVER)
    final = Field(np.int8, NEVER)  # 0 once nothing read later can change its end
    waited = Field(np.bool_)
    where = Field(np.int32)  # text
