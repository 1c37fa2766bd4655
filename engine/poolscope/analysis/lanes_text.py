"""Lanes as text, both ways: for tests, documents and bug reports.

::

    w0 |..AAAA..CC|    one column = 1 ms, a letter = a task, . = idle, # = blocked, x = died
    w1 |.BBB##Bx..|

A task keeps its letter while it runs; a blocked stretch inside it is ``#``. An ``x`` ends the
task and the worker. On a caller's lane ``#`` is a wait.
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from poolscope.analysis.column import NEVER
from poolscope.analysis.lanes import Lane
from poolscope.analysis.spans import SpanIndex

if TYPE_CHECKING:
    from poolscope.analysis.store import Store

IDLE: Final = "."
BLOCKED: Final = "#"
DIED: Final = "x"
COLUMN_NS: Final = 1_000_000
_LETTERS: Final = string.ascii_uppercase + string.ascii_lowercase.replace(DIED, "")
_MOST_COLUMNS: Final = 10_000


class DrawingError(ValueError):
    """A drawing that cannot be read; the sentence names the line."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """One stretch of a drawing, in columns: from ``begin`` up to, not including, ``end``."""

    lane: str
    mark: str  # the task's letter, or "#"
    begin: int
    end: int
    died: bool = False  # the task ended by its worker's death


def parse(drawing: str) -> dict[str, list[Stretch]]:
    """Read a drawing: for each lane, in its order, its stretches.

    A task blocked in the middle is one stretch of its letter and one of ``#`` inside it.

    Raises:
        DrawingError: a line is not ``name |columns|``, or a column is none of letter . # x.
    """
    lanes: dict[str, list[Stretch]] = {}
    for line in drawing.splitlines():
        if not line.strip():
            continue
        name, bar, rest = line.partition("|")
        columns, end, _ = rest.partition("|")
        name = name.strip()
        if not (name and bar and end):
            raise DrawingError(f"expected 'name |columns|', found: {line.strip()!r}")
        if name in lanes:
            raise DrawingError(f"lane {name!r} is drawn twice")
        lanes[name] = _stretches(name, columns)
    return lanes


def _stretches(lane: str, columns: str) -> list[Stretch]:
    found: list[Stretch] = []
    task, began, blocked = "", 0, NEVER
    for place, mark in enumerate(columns + IDLE):
        if mark not in _LETTERS + IDLE + BLOCKED + DIED:
            raise DrawingError(f"lane {lane!r}: {mark!r} is none of a letter, '.', '#', 'x'")
        if blocked != NEVER and mark != BLOCKED:
            found.append(Stretch(lane, BLOCKED, blocked, place))
            blocked = NEVER
        if task and mark not in (task, BLOCKED):
            found.append(Stretch(lane, task, began, place, died=mark == DIED))
            task = ""
        if mark == BLOCKED and blocked == NEVER:
            blocked = place
        elif mark in _LETTERS and not task:
            task, began = mark, place
    return sorted(found, key=lambda each: (each.begin, -each.end))


def draw(
    store: Store, *, column_ns: int = COLUMN_NS, begin_ns: int = 0, columns: int | None = None
) -> str:
    """Draw the lanes of a store, one line each.

    A task is named by a letter in the order of submission, from A on and round again. What is
    shorter than a column still shows in the one it begins in, unless something longer is there.

    Args:
        column_ns: ns a column.
        begin_ns: the time of the first column.
        columns: how many; by default up to the newest event, at most 10,000.
    """
    if columns is None:
        columns = min(_MOST_COLUMNS, max(1, -(-(store.now_ns + 1 - begin_ns) // column_ns)))
    index = SpanIndex(store)
    canvas = _Canvas(store, column_ns, begin_ns, columns)
    lanes = index.lanes()
    width = max((len(lane.title) for lane in lanes), default=0)
    lines = [f"{lane.title:<{width}} |{canvas.line(index, lane)}|" for lane in lanes]
    return "\n".join(lines)


class _Canvas:
    """Turns intervals into characters."""

    def __init__(self, store: Store, column_ns: int, begin_ns: int, columns: int) -> None:
        self._store = store
        self._column_ns = column_ns
        self._begin_ns = begin_ns
        self._columns = columns
        order = np.lexsort((store.tasks.id, store.tasks.submitted))
        self._place = np.empty(len(order), np.int64)
        self._place[order] = np.arange(len(order))

    def line(self, index: SpanIndex, lane: Lane) -> str:
        cells = [IDLE] * self._columns
        tasks = index.lane_tasks(lane)
        for start, end, row in zip(
            tasks.start.tolist(), tasks.end.tolist(), tasks.task_row.tolist(), strict=True
        ):
            letter = _LETTERS[int(self._place[row]) % len(_LETTERS)]
            self._fill(cells, start, end, letter, cover=False)
        blocked = (index.lane_blocks(lane), index.lane_signals(lane), index.lane_waits(lane))
        for segments in blocked:
            for start, end in zip(segments.start.tolist(), segments.end.tolist(), strict=True):
                self._fill(cells, start, end, BLOCKED, cover=True)
        if lane.worker != NEVER and self._died(lane):
            self._fill(cells, lane.gone, lane.gone + 1, DIED, cover=True)
        return "".join(cells)

    def _died(self, lane: Lane) -> bool:
        return self._store.workers[lane.worker].crashed and lane.gone != NEVER

    def _fill(self, cells: list[str], start: int, end: int, mark: str, *, cover: bool) -> None:
        last_ns = end if end != NEVER else self._store.now_ns + 1
        first = (start - self._begin_ns) // self._column_ns
        last = max(first + 1, (last_ns - self._begin_ns) // self._column_ns)
        for place in range(max(0, first), min(last, self._columns)):
            if cover or cells[place] == IDLE:
                cells[place] = mark
