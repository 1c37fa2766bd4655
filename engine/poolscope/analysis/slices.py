"""The trace as tracks of nested slices: the shape that trace viewers share.

Slices of a track must nest. A stretch that begins inside another and outlasts it (as the
interval of a wait can, cut by a death) is cut to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from poolscope.analysis.column import NEVER
from poolscope.analysis.lanes import Lane, thread_title
from poolscope.analysis.spans import Segments, SpanIndex, blocks
from poolscope.analysis.task_table import TaskState
from poolscope.analysis.wait_words import signal_words
from poolscope.trace.schema import WaitKind

if TYPE_CHECKING:
    from poolscope.analysis.store import Store


class Slice(NamedTuple):
    """An interval with a name. ``task`` is the row of the task it is the run of, or NEVER.

    Of category ``away`` it is what a thread does with a future that ``as_completed`` handed it:
    inside the wait, but not waiting.
    """

    begin: int
    end: int
    name: str
    category: str
    details: dict[str, str]
    task: int = NEVER


class Edge(NamedTuple):
    """The beginning or the end of a slice."""

    time: int
    opens: bool
    slice: Slice


class Track(NamedTuple):
    """A lane with its slices."""

    lane: Lane
    pid: int
    number: int  # unique among tracks, from 1
    slices: list[Slice]


def tracks(store: Store) -> Iterator[Track]:
    """The lanes of a store, each made when it is its turn."""
    index = SpanIndex(store)
    for place, lane in enumerate(index.lanes()):
        pid = store.threads[lane.thread].pid if lane.thread != NEVER else 0
        if not pid and lane.worker != NEVER:
            pid = store.workers[lane.worker].pid
        yield Track(lane, pid, place + 1, [*_slices(store, index, lane)])


def edges(slices: list[Slice]) -> Iterator[Edge]:
    """Beginnings and ends in the order of time, properly nested."""
    open_slices: list[Slice] = []
    for each in sorted(slices, key=lambda each: (each.begin, -each.end)):
        while open_slices and open_slices[-1].end <= each.begin:
            yield Edge(open_slices[-1].end, False, open_slices.pop())
        if open_slices:
            each = each._replace(end=min(each.end, open_slices[-1].end))
        open_slices.append(each)
        yield Edge(each.begin, True, each)
    while open_slices:
        yield Edge(open_slices[-1].end, False, open_slices.pop())


def _slices(store: Store, index: SpanIndex, lane: Lane) -> Iterator[Slice]:
    now = store.now_ns
    for start, end, row, state in zip(
        *(column.tolist() for column in index.lane_tasks(lane)), strict=True
    ):
        label, told = store.text(int(store.tasks.label[row])) or "task", TaskState(state).name
        place = store.place(int(store.tasks.place[row]))
        lines = {"submitted at": place.where, "defined at": place.defined}
        details = {
            "task": str(int(store.tasks.id[row])),
            "state": told,
            "result": store.text(int(store.tasks.result[row])),
            **{what: line for what, line in lines.items() if line},
        }
        # The state is in the name: a viewer shows that, and finds and colours by it.
        name = f"{label}: {told.lower()}"
        yield Slice(start, now if end == NEVER else end, name, "task", details, row)
    owners = blocks(store).owner
    table = store.lock_table.blocks
    for begin, end, row in _closed(index.lane_blocks(lane), now):
        name = f"waits for {store.locks[int(table.lock[row])].name}"
        owner = int(owners[row])
        held = {"held by": thread_title(store.threads[owner])} if owner != NEVER else {}
        where = store.text(int(table.where[row]))
        yield Slice(begin, end, name, "lock", {**held, "where": where})
    signals = store.signals.blocks
    for begin, end, row in _closed(index.lane_signals(lane), now):
        name = signal_words(store, int(signals.lock[row]))
        yield Slice(begin, end, name, "signal", {"where": store.text(int(signals.where[row]))})
    for begin, end, row in _closed(index.lane_waits(lane), now):
        kind = WaitKind(min(int(store.waits.kind[row]), max(WaitKind))).name.lower()
        count = int(store.waits.declared[row])
        where = store.place(int(store.waits.place[row])).where
        called = {"where": where} if where else {}
        yield Slice(begin, end, kind, "wait", {"futures": str(count), **called})
        for handed, key, back in store.waits[row].yields:
            task = store.row_of_task(key)
            label = store.text(int(store.tasks.label[task])) if task != NEVER else ""
            yield Slice(
                handed, end if back == NEVER else back, f"with {label or 'task'}", "away", {}
            )
    for begin, end, row in _closed(index.lane_spans(lane), now):
        yield Slice(begin, end, store.text(int(store.span_table.name[row])) or "span", "span", {})


def _closed(segments: Segments, now: int) -> Iterator[tuple[int, int, int]]:
    columns = (segments.start, segments.end, segments.ref)
    for begin, end, row in zip(*(column.tolist() for column in columns), strict=True):
        yield begin, now if end == NEVER else end, row
