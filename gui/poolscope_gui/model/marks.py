"""What the user puts on the time axis: a chosen range, and markers with their distances.

Both know how exactly they were put: what was caught from the end of a bar is exact, what was
put between bars is as exact as a pixel was then, and is told no more exactly than that.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

_UNITS: Final = ((10**9, "s"), (10**6, "ms"), (10**3, "µs"), (1, "ns"))
_MINUTE: Final = 60 * 10**9
MOST_MARKERS: Final = 26  # one a letter


class Moment(NamedTuple):
    """A time, ns, and to how many ns it is meant."""

    time: int
    grain: int = 1


@dataclass(frozen=True)
class TimeRange:
    """What lies between two moments, the first of them not the later one."""

    begin: Moment
    end: Moment

    @property
    def words(self) -> str:
        return distance(self.begin, self.end)


@dataclass(frozen=True)
class Marks:
    """All of them. ``markers`` are in the order of their time; ``chosen`` is one's place or -1."""

    range: TimeRange | None = None
    markers: tuple[Moment, ...] = ()
    chosen: int = -1

    @property
    def rows(self) -> int:
        """How many rows they need below the ruler."""
        return (self.range is not None) + bool(self.markers)

    def between(self, one: Moment, other: Moment) -> Marks:
        """With what lies between two moments chosen."""
        return Marks(TimeRange(*sorted((one, other))), self.markers, self.chosen)

    def without_range(self) -> Marks:
        return Marks(None, self.markers, self.chosen)

    def add(self, moment: Moment) -> Marks:
        """With one more marker, which is the chosen one; the same when there is no letter left."""
        if any(marker.time == moment.time for marker in self.markers):
            return self
        return self._with([*self.markers, moment], moment) if self.room else self

    @property
    def room(self) -> bool:
        return len(self.markers) < MOST_MARKERS

    def move(self, moment: Moment) -> Marks:
        """With the chosen marker at another moment; it may overtake others."""
        rest = [marker for n, marker in enumerate(self.markers) if n != self.chosen]
        return self._with([*rest, moment], moment) if 0 <= self.chosen < len(self.markers) else self

    def remove(self) -> Marks:
        """Without the chosen marker; the one before it is chosen then."""
        rest = tuple(marker for n, marker in enumerate(self.markers) if n != self.chosen)
        return Marks(self.range, rest, min(max(self.chosen - 1, 0), len(rest) - 1))

    def choose(self, place: int) -> Marks:
        return Marks(self.range, self.markers, place)

    def _with(self, markers: Sequence[Moment], chosen: Moment) -> Marks:
        found = tuple(sorted(markers))
        return Marks(self.range, found, found.index(chosen))


def letter(place: int) -> str:
    """What the marker at this place is called: A, B ..."""
    return chr(ord("A") + place)


def grain_of(unit: float) -> int:
    """The power of ten of ns that a pixel of ``unit`` ns can tell apart."""
    return int(10 ** max(0, math.floor(math.log10(max(unit, 1.0)))))


def distance(one: Moment, other: Moment) -> str:
    """How far two moments are apart, as exactly as they are known and no more: 12.3 ms."""
    grain = max(one.grain, other.grain)
    length = abs(other.time - one.time)
    if length >= 10 * _MINUTE and grain >= 10**6:
        minutes, seconds = divmod(round(length / 10**9), 60)
        hours, minutes = divmod(minutes, 60)
        return (
            f"{hours} h {minutes:02} min {seconds:02} s"
            if hours
            else f"{minutes} min {seconds:02} s"
        )
    unit, name = next((u for u in _UNITS if length >= u[0] and u[0] >= grain), (0, ""))
    if not unit:
        unit, name = next(u for u in reversed(_UNITS) if u[0] >= min(grain, 10**9))
    digits = max(0, round(math.log10(unit / grain))) if grain < unit else 0
    return f"{length / unit:.{digits}f} {name}"
