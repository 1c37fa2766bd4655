"""What the hooks tell each other of the thread that they run in."""

from __future__ import annotations

import threading
from typing import Any, Final

__all__ = ["HANDS_OVER", "Call", "call", "workers"]

HANDS_OVER: Final = -1
"""In ``workers``: this thread hands tasks over to processes."""

workers: Final[dict[int, int]] = {}
"""By ``threading.get_ident()``: the worker that the thread is; negative: minus the number of one
that has not been declared ready."""


class Call(threading.local):
    """What the library has been asked for further up in this thread.

    Attributes:
        pending: of the submit that is about to make a future: pool and label, or argument and
            ``call.name``; ``SUBMITTED.d``, which of the recorder's functions is to record it, and
            whether ``map`` alone has the future.
        by_map: the ``SUBMITTED.d`` of a submit now.
        alone: what the ``map`` that is the only one to have its futures submits.
        received: bytes of the last thing that arrived from another process.
        task: the task that this worker of another process runs.
        item: of multiprocessing.Pool: the job and index of that task.
        processes: how many workers the pool that is being made was asked for.
        applies: pool, label and ``SUBMITTED.d`` of the apply that is about to queue its task.
        mapped: the function of the map that is about to queue its tasks.
        waiting: what to record when the wait for a condition has let its lock go.
    """

    pending: tuple[int, str, int, Any, bool] | None = None
    by_map: int = 0
    alone: Any = None
    received: int = 0
    task: int = 0
    item: tuple[int, int] = (-1, -1)
    processes: int | None = None
    applies: tuple[Any, str, int] | None = None
    mapped: Any = None
    waiting: tuple[int, int, str, bool] | None = None


call: Final = Call()
