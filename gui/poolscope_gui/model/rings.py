"""The rings there are: what the alarm says, and which lanes it turns.

A deadlock is an alarm as long as it lasts. A ring that a time-out will break is a warning. That it
was, and how long, stays among the findings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from poolscope.analysis import wait_words
from poolscope_gui.model.chart import LaneAlarm
from poolscope_gui.model.quantities import plural
from poolscope_gui.model.words import lock_name, thread_name

if TYPE_CHECKING:
    from poolscope.analysis.store import Store
    from poolscope.analysis.wait_nodes import Cycle


@dataclass(frozen=True)
class RingWords:
    """A ring, in words. ``lines``: of each thread, where it acquired what it holds and where it
    wants the other; times in ns."""

    timed: bool
    title: str
    sentence: str
    lines: tuple[str, ...]
    since: int
    threads: tuple[int, ...]  # rows


class Rings:
    """Follows the rings of one store."""

    def __init__(self) -> None:
        self.now: list[RingWords] = []  # deadlocks before the others, the newest first
        self._alarms: dict[int, LaneAlarm] = {}

    def update(self, store: Store, cycles: Sequence[Cycle]) -> bool:
        """The rings are now these. True when they are others than before."""
        now = [_ring_words(store, cycle) for cycle in cycles]
        now.sort(key=lambda ring: (ring.timed, -ring.since))
        alarms = _alarms(cycles)
        if now == self.now and alarms == self._alarms:
            return False
        self.now, self._alarms = now, alarms
        return True

    def alarms(self) -> dict[int, LaneAlarm]:
        """For the row of a thread, how its lane turns."""
        return self._alarms


def _ring_words(store: Store, cycle: Cycle) -> RingWords:
    sentence = f"{wait_words.sentence(store, cycle.threads[0], cycle.text)}."
    if cycle.timed:
        title = "Near deadlock"
        sentence += " It is no deadlock: a time-out will break it."
    else:
        title = "Deadlock"
        behind = len(cycle.stuck) - len(cycle.threads)
        if behind > 0:
            sentence += (
                f" {plural(behind, 'more thread')} {'waits' if behind == 1 else 'wait'} behind it."
            )
    lines: dict[int, list[str]] = {}
    for spot in cycle.wheres:
        verb = "acquired" if spot.held else "wants"
        where = f" at {short_place(spot.where)}" if spot.where else ""
        lines.setdefault(spot.thread, []).append(f"{verb} {lock_name(store, spot.lock)}{where}")
    told = tuple(
        f"{thread_name(store, thread)} {', '.join(words)}" for thread, words in lines.items()
    )
    return RingWords(cycle.timed, title, sentence, told, cycle.since_ns, cycle.threads)


def short_place(where: str) -> str:
    """``kitchen.py:27``: the file's name without its folders."""
    return where.replace("\\", "/").rpartition("/")[2]


def _alarms(cycles: Sequence[Cycle]) -> dict[int, LaneAlarm]:
    made: dict[int, LaneAlarm] = {}
    for cycle in sorted(cycles, key=lambda each: not each.timed):  # deadlocks last: they win
        since, timed = cycle.since_ns, cycle.timed
        behind = "waits behind a ring" if timed else "waits behind a deadlock"
        for thread in cycle.stuck[len(cycle.threads) :]:
            if not timed or thread not in made:
                made[thread] = LaneAlarm(since, timed, behind, behind=True)
    for cycle in sorted(cycles, key=lambda each: not each.timed):
        words = "ring, until a time-out" if cycle.timed else "deadlock"
        for thread in cycle.threads:
            made[thread] = LaneAlarm(cycle.since_ns, cycle.timed, words)
    return made
