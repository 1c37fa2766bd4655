"""Links to futures, threads and moments, for the sentences of stories."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolscope_gui.model import words
from poolscope_gui.model.story import Goal, Link
from poolscope_gui.model.tracks import NEVER
from poolscope_gui.model.words import at, thread_name

if TYPE_CHECKING:
    from poolscope_gui.model.source import ChartSource


def task_link(chart: ChartSource, row: int) -> Link:
    """``#12 fetch('a')``, which leads to it."""
    name = chart.task_label(row).partition("(")[0]
    return Link(f"{words.number(row)} {name}".strip(), Goal("task", row))


def thread_link(chart: ChartSource, thread: int) -> Link | str:
    name = thread_name(chart.store, thread)
    return Link(name, Goal("thread", thread)) if name else "a thread"


def when_link(thread: int, time: int) -> Link | str:
    """A moment, which leads there if it is known on whose lane."""
    return Link(at(time), Goal("moment", thread, time)) if thread != NEVER else at(time)
