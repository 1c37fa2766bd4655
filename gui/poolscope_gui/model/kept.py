"""What a sheet has of one lane, and whether that will do for a view."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from poolscope_gui.model.label import Label
from poolscope_gui.model.layout import Row
from poolscope_gui.model.task_bars import Gathered
from poolscope_gui.model.tracks import NEVER, Track


class Seen(NamedTuple):
    """How far a lane's tasks were known when it was painted."""

    track: Track
    updates: int
    generation: int
    sure_ns: int  # nothing that starts before this will change; ``NEVER``: not known of any

    @classmethod
    def of(cls, track: Track) -> Seen:
        """As they are now."""
        settled = track.settled
        sure = int(track.start[settled - 1]) if settled else NEVER
        return cls(track, track.updates, track.generation, sure)

    def is_old(self, track: Track) -> bool:
        """Whether something has happened since; what nobody has looked at yet stays so."""
        return track is not self.track or track.waiting or track.updates != self.updates


@dataclass(eq=False)
class Kept:
    """What a sheet has of one lane."""

    place: int  # which row of the sheet
    seen: int = 0  # in which frame it was last
    painted: int = 0
    look: object = None
    state: object = None
    header: object = None
    words: object = None  # of the header
    told: int = -1  # in which frame they were looked at
    unit: float = 1.0  # ns to a column
    first: int = 0  # the number of the first column, counted from time 0
    width: int = 0  # columns
    known: Seen | None = None
    labels: list[Label] = field(default_factory=list)
    tasks: Gathered | None = None

    def reaches(self, begin: float, end: float) -> bool:
        """Whether all of this time is there."""
        slack, until = self.unit * 1e-3, self.first + self.width
        return self.first * self.unit <= begin + slack and end <= until * self.unit + slack

    def add_tail(self, tasks: Gathered | None, since: int) -> None:
        """What ran at or after ``since`` (ns) is this now."""
        before = self.tasks
        if tasks is None or before is None:
            self.tasks = tasks or before
            return
        old = np.flatnonzero((before.end != NEVER) & (before.end <= since))
        new = np.flatnonzero((tasks.end == NEVER) | (tasks.end > since))
        both = [
            np.concatenate((one[old], other[new]))
            for one, other in zip(before[1:5], tasks[1:5], strict=True)
        ]
        start, end, ref, kind = both
        self.tasks = tasks._replace(start=start, end=end, ref=ref, kind=kind)


class Size(NamedTuple):
    """Of a sheet, device pixels: of a row, of what it has of the header and of the lane."""

    row: int = 0
    header: int = 0
    columns: int = 0
    rows: int = 0


class Asked(NamedTuple):
    """A row that is to be painted; those with the lowest numbers first."""

    urgency: tuple[float, int]
    row: Row
    kept: Kept
    look: object
    whole: bool = True  # else what has been added will do
