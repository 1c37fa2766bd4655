"""Why a future released a wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from poolscope.trace.schema import ReturnWhen, WaitKind, WaitOutcome
from poolscope_gui.model.palette import EXCEPTION
from poolscope_gui.model.tracks import NEVER

if TYPE_CHECKING:
    from poolscope.analysis.store import Store
    from poolscope.analysis.wait_table import Wait


def why(store: Store, wait: Wait) -> str:
    """Why the future that released a wait did so: ``the first that was done``; "" if not known."""
    row = store.row_of_task(wait.released_by) if wait.released_by else NEVER
    if row == NEVER or wait.outcome != WaitOutcome.SATISFIED:
        return ""
    total = sum(count for _, count in wait.futures)
    if wait.kind != WaitKind.WAIT:
        return "" if total == 1 else "the last that was missing"
    if wait.return_when == ReturnWhen.FIRST_COMPLETED:
        return "the first that was done"
    failed = int(store.tasks.state(np.array([row]))[0]) == EXCEPTION
    if wait.return_when == ReturnWhen.FIRST_EXCEPTION and failed:
        return "the first that raised an exception"
    return "the last that was missing"
