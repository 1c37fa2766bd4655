"""What a process pool's tasks spend on their way: arguments pickled, results brought back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from poolscope.analysis.column import NEVER
from poolscope.analysis.health_load import Load
from poolscope.analysis.wording import duration, size
from poolscope.trace.schema import PoolKind

if TYPE_CHECKING:
    from poolscope.analysis.store import Store

_LARGE: Final = 1 << 16  # bytes there and back: less goes through a pipe in one piece, at once


class Moving(NamedTuple):
    """Medians over the tasks of a pool that came back, ns and bytes."""

    run: int
    pickling: int  # of the arguments, in the process that submits
    back: int  # from the end of the call to the settled future
    arguments: int
    result: int

    def text(self, name: str) -> str:
        """In a sentence."""
        large = self.arguments >= self.result
        what = "arguments" if large else "results"
        return (
            f"{name} spends its time on moving {what}, {size(max(self.arguments, self.result))} a "
            f"task: to pickle the arguments took {duration(self.pickling)}, to bring the result "
            f"back {duration(self.back)}, the task itself {duration(self.run)} (medians)."
        )

    @property
    def evidence(self) -> list[str]:
        return [
            "Pickled and unpickled is in the process that submits, one task after the other: more "
            "workers do not help.",
            "Have a task load or keep the data where it runs, share it, or send less of it.",
        ]


def moving(store: Store, pool: int, load: Load) -> Moving | None:
    """If the tasks of a pool (its row) spent more on their way than in their calls."""
    tasks = store.tasks
    if store.pools[pool].kind != PoolKind.PROCESS:
        return None
    rows = np.flatnonzero((tasks.pool == pool) & (tasks.pickling != NEVER))
    rows = rows[(tasks.started[rows] != NEVER) & (tasks.returned[rows] != NEVER)]
    rows = rows[(tasks.started[rows] >= load.begin) & (tasks.finished[rows] >= 0)]
    rows = rows[tasks.finished[rows] < load.end]
    if not len(rows):
        return None
    found = Moving(
        *(
            int(np.median(each))
            for each in (
                tasks.returned[rows] - tasks.started[rows],
                tasks.pickled[rows] - tasks.pickling[rows],
                np.maximum(tasks.finished[rows] - tasks.returned[rows], 0),
                tasks.pickled_bytes[rows],
                tasks.result_bytes[rows],
            )
        )
    )
    large = found.arguments + found.result >= _LARGE
    return found if large and found.pickling + found.back >= found.run else None
