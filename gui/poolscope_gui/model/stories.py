"""Which story is told of what is chosen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from poolscope_gui.model import thing_story, wait_story
from poolscope_gui.model.chart import Hit
from poolscope_gui.model.life_text import task_story
from poolscope_gui.model.quantities import plural
from poolscope_gui.model.story import Goal, GoalPart, Story
from poolscope_gui.model.tracks import NEVER

if TYPE_CHECKING:
    from poolscope_gui.model.source import ChartSource

EMPTY: Final = (
    "Nothing is chosen. Click a bar, a wait, a blocked stretch or a lane's name on the chart, "
    "or a row of the table: its life is told here."
)
_TOLD: Final[dict[GoalPart, Callable[[ChartSource, int], Story]]] = {
    "task": task_story,
    "wait": wait_story.wait_story,
    "block": thing_story.block_story,
    "signal": thing_story.signal_story,
    "hold": thing_story.hold_story,
    "span": thing_story.span_story,
    "lock": thing_story.lock_story,
    "worker": thing_story.worker_story,
    "thread": thing_story.thread_story,
}


def story(chart: ChartSource, goal: Goal) -> Story:
    """What is known of a thing. Raises KeyError for a moment, of which there is no story."""
    return _TOLD[goal.part](chart, goal.ref)


def goal_of(chart: ChartSource, hit: Hit | None) -> Goal | None:
    """What is meant by a point of the chart; None where there is nothing to tell."""
    if hit is None:
        return None
    match hit.part:
        case "task" | "sent" | "cancel":
            return Goal("task", hit.ref) if hit.ref >= 0 else None
        case "block" | "signal" | "hold" | "wait" | "span":
            return Goal(hit.part, hit.ref)
        case "lane":
            return _lane(chart, hit)
        case _:
            return None


def _lane(chart: ChartSource, hit: Hit) -> Goal | None:
    if hit.lock >= 0:
        return Goal("lock", hit.lock)
    if not 0 <= hit.lane < len(chart.lanes):
        return None
    kind, key = chart.lanes[hit.lane].key
    if kind == "worker":
        found = (row for row, each in enumerate(chart.store.workers) if each.id == key)
        row = next(found, NEVER)
        return Goal("worker", row) if row != NEVER else None
    row = chart.store.row_of_thread(key)
    return Goal("thread", row) if kind == "thread" and row != NEVER else None


def several(rows: int) -> str:
    """What is said when more than one future is chosen."""
    return f"{plural(rows, 'future')} are chosen. Choose one, and its life is told here."


def place_of(chart: ChartSource, goal: Goal) -> tuple[int, int, Hit | None]:
    """Where on the chart it is: the lane (``NEVER``: it has none), the time, what to choose."""
    store, ref = chart.store, goal.ref
    if goal.part == "moment":
        return chart.lane_of_thread(ref), goal.time, None
    if goal.part == "worker":
        lane = chart.lane_of_key(("worker", store.workers[ref].id))
        return lane, NEVER, Hit("lane", lane)
    if goal.part == "thread":
        lane = chart.lane_of_thread(ref)
        return lane, NEVER, Hit("lane", lane)
    if goal.part == "lock":
        lane = chart.lane_of_key(("lock", store.locks[ref].id))
        return lane, NEVER, Hit("lane", lane, lock=ref)
    if goal.part == "task":
        place = chart.place(ref)
        where = (place.lane, place.begin) if place is not None else (NEVER, NEVER)
        return *where, Hit("task", ref=ref)
    table = {
        "wait": store.waits,
        "block": store.lock_table.blocks,
        "signal": store.signals.blocks,
        "hold": store.lock_table.holds,
        "span": store.span_table,
    }[goal.part]
    columns = table.columns
    lane = chart.lane_of_thread(int(columns["thread"].view(len(table))[ref]))
    begin = int(columns["begin"].view(len(table))[ref])
    lock = int(columns["lock"].view(len(table))[ref]) if "lock" in columns else NEVER
    return lane, begin, Hit(goal.part, lane, ref, begin, lock)
