"""The host's process pools: they tell the stage of every future, and their workers have locks.

Apart from the thread pools, because a host that only has threads need not load multiprocessing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import poolscope
from poolscope import tasks
from poolscope.kept_pool import Kept
from poolscope.process_pool import ProcessPoolExecutor
from poolscope.refusal import RefusedError
from poolscope.stage import Stage

__all__ = ["PROCESS_LOCKS", "KeptProcessPool"]

PROCESS_LOCKS: Final = ("A", "B")  # what the tasks of a process pool can hold, by name


class KeptProcessPool(Kept, ProcessPoolExecutor):
    """A process pool of the host; its workers share the process locks called ``locks``, or
    ``PROCESS_LOCKS``, which the chart tells apart by the pool's name: so do the host's threads,
    which may take them too."""

    def __init__(
        self,
        stage: Stage,
        max_workers: int,
        name: str,
        method: str,
        initializer: Callable[[], object] | None = None,
        locks: Iterable[str] = (),
        **rest: Any,
    ) -> None:
        self.stage = stage
        context: Any = poolscope.get_context(method)  # its Lock takes a name
        shared = {label: _lock(context, label) for label in locks}
        if not shared:
            for label in PROCESS_LOCKS:
                shared[label] = shared[f"{name} {label}"] = _lock(context, f"{name} {label}")
            tasks.offer({f"{name} {label}": shared[label] for label in PROCESS_LOCKS})
        super().__init__(
            max_workers,
            mp_context=context,
            initializer=tasks.adopt,
            initargs=(shared, initializer),
            name=name,
            **rest,
        )
        stage.keep_pool(self, name)


def _lock(context: Any, name: str) -> Any:
    try:
        return context.Lock(name=name)
    except OSError as error:
        # What the system says names nothing: it is of a semaphore that has no file to see.
        raise RefusedError(
            f"The lock {name!r} between processes cannot be made ({error.strerror}): a process "
            "pool here needs /dev/shm, with room and leave to write."
        ) from error
