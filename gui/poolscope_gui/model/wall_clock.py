"""Times by the clock on the wall: where its round times are on the axis, and words for them."""

from __future__ import annotations

import math
import time as clock_time
from typing import Final, NamedTuple

from poolscope_gui.model.ticks import HOUR, MINUTE, Ruler, Tick, digits_of, step_for, unit_of

_SECOND: Final = 10**9
_DAY: Final = 24 * HOUR
_MOST_DIGITS: Final = 3  # after the seconds; finer marks count from a round time at the left


class Wall(NamedTuple):
    """``zero``: what the clock said at time 0, ns since 1970 in UTC; ``offset``: east of it, s."""

    zero: int
    offset: int

    @classmethod
    def local(cls, zero: int) -> Wall:
        """The clock of where we are, as it went at time 0."""
        return cls(zero, clock_time.localtime(zero / 1e9).tm_gmtoff)

    def at(self, time: int) -> int:
        """What it says at ``time``, ns since 1970 as if in UTC."""
        return self.zero + self.offset * _SECOND + time

    def time(self, at: int) -> int:
        """When it says that."""
        return at - self.offset * _SECOND - self.zero

    def words(self, time: int, precision: int = 1) -> str:
        """``14:03:05.250``: exact to ``precision`` ns."""
        at = round(self.at(time) / precision) * precision if precision > 1 else self.at(time)
        return _words(at, digits_of(min(precision, _SECOND), _SECOND))

    def date(self, time: int) -> str:
        """``2026-11-21 UTC+01:00``: which day it is, and by which clock."""
        hours, minutes = divmod(abs(self.offset) // 60, 60)
        zone = f"{'-' if self.offset < 0 else '+'}{hours:02}:{minutes:02}"
        day = clock_time.strftime("%Y-%m-%d", clock_time.gmtime(self.at(time) // _SECOND))
        return f"{day} UTC{zone if self.offset else ''}"


def wall_ruler(begin: float, end: float, most: int, wall: Wall) -> Ruler:
    """At most ``most`` round times of the clock between ``begin`` and ``end``, both in ns."""
    step = step_for((end - begin) / max(1, most))
    low = wall.at(math.ceil(begin))
    first = -(-low // step) * step
    found = range(first, wall.at(math.floor(end)) + 1, step)
    digits = digits_of(min(step, _SECOND), _SECOND)
    if digits <= _MOST_DIGITS:
        return Ruler([Tick(wall.time(at), _label(at, step, digits)) for at in found], step, "")
    coarse = 10 ** max(3, math.ceil(math.log10(max(end - begin, 1))))
    base = low // coarse * coarse
    unit, name = unit_of(wall.at(math.floor(end)) - base)
    fine = digits_of(step, unit)
    ticks = [Tick(wall.time(at), f"+{(at - base) / unit:.{fine}f} {name}") for at in found]
    return Ruler(ticks, step, _words(base, digits_of(min(coarse, _SECOND), _SECOND)))


def _label(at: int, step: int, digits: int) -> str:
    """At midnight the day that begins."""
    if at % _DAY == 0:
        return clock_time.strftime("%d %b", clock_time.gmtime(at // _SECOND))
    words = _words(at, digits)
    return words[:5] if step % MINUTE == 0 else words


def _words(at: int, digits: int) -> str:
    seconds, rest = divmod(at, _SECOND)
    text = clock_time.strftime("%H:%M:%S", clock_time.gmtime(seconds))
    return f"{text}.{rest // 10 ** (9 - digits):0{digits}}" if digits else text
