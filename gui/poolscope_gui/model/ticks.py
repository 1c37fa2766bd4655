"""The ruler's marks: round times, and words for them that read well from ns to hours."""

from __future__ import annotations

import math
from typing import NamedTuple

SECOND = 10**9
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
_BEYOND_SECONDS = (
    *(n * 10**9 for n in (15, 30)),
    *(n * MINUTE for n in (1, 2, 5, 10, 15, 30)),
    *(n * HOUR for n in (1, 2, 3, 6, 12, 24, 48, 96, 240, 480, 960)),
)
_UNITS = ((1, "ns"), (10**3, "µs"), (10**6, "ms"), (10**9, "s"))
MAX_FRACTION = 3  # digits of a second beside minutes and hours
MAX_DIGITS = 6  # a longer number is told as a distance from a round time at the left


class Tick(NamedTuple):
    time: int
    label: str


class Ruler(NamedTuple):
    """``base`` is "" or the round time that the labels, which begin with "+", count from."""

    ticks: list[Tick]
    step: int
    base: str


def step_for(least: float) -> int:
    """The smallest round step, in ns, that is at least ``least``."""
    if least <= 1:
        return 1
    power = 10 ** math.floor(math.log10(least))
    for factor in (1, 2, 5, 10):
        step = int(factor * power)
        if step >= least and step <= 10**10:
            return step
    for step in _BEYOND_SECONDS:
        if step >= least:
            return step
    return _BEYOND_SECONDS[-1] * math.ceil(least / _BEYOND_SECONDS[-1])


def ruler(begin: float, end: float, most: int) -> Ruler:
    """At most ``most`` round times between ``begin`` and ``end``, both in ns."""
    step = step_for((end - begin) / max(1, most))
    times = range(math.ceil(begin / step) * step, math.floor(end) + 1, step)
    by_clock = by_the_clock(end, step)
    digits = digits_of(min(step, SECOND), SECOND)
    if by_clock and digits <= MAX_FRACTION:
        return Ruler([Tick(t, clock(t, digits)) for t in times], step, "")
    plain = _plain(begin, end, step)
    if plain is not None:
        return Ruler([Tick(t, _in_unit(t, step, plain)) for t in times], step, "")
    coarse = 10 ** max(3, math.ceil(math.log10(max(end - begin, 1))))
    base = math.floor(begin / coarse) * coarse
    small, small_name = unit_of(end - base)
    digits = digits_of(step, small)
    ticks = [Tick(t, f"+{(t - base) / small:.{digits}f} {small_name}") for t in times]
    return Ruler(ticks, step, words(base, coarse, by_clock=by_clock))


def _plain(begin: float, end: float, step: int) -> tuple[int, str] | None:
    """The unit, ns, and its name, in which all marks are told; None where those were too long."""
    far = max(abs(begin), abs(end))
    unit, name = unit_of(far)
    short = len(str(int(far // unit))) + digits_of(step, unit) <= MAX_DIGITS
    return (unit, name) if short and not by_the_clock(end, step) else None


def _in_unit(time: int, precision: int, unit: tuple[int, str]) -> str:
    return f"{time / unit[0]:.{digits_of(precision, unit[0])}f} {unit[1]}"


def told(time: int, precision: int, begin: float, end: float, step: int) -> str:
    """A time between the two, exact to ``precision`` ns, such as the marks of their ruler are."""
    plain = _plain(begin, end, step)
    if plain is not None:
        return _in_unit(time, precision, plain)
    return words(time, precision, by_clock=by_the_clock(end, step))


def by_the_clock(end: float, step: int) -> bool:
    """Whether times up to ``end``, ``step`` apart, are told in minutes and hours: 86,399.5 s is
    no time that anybody can place."""
    return end >= HOUR or (step >= 15 * SECOND and end >= MINUTE)


def unit_of(time: float) -> tuple[int, str]:
    """The largest unit that ``time`` is at least one of, in ns, and its name."""
    for unit, name in reversed(_UNITS):
        if time >= unit:
            return unit, name
    return _UNITS[0]


def digits_of(step: int, unit: int) -> int:
    """How many digits after the point tell multiples of ``step`` apart."""
    digits = 0
    while step % unit and digits < 9:
        digits, step = digits + 1, step * 10
    return digits


def seconds(time: int, precision: int = 1) -> str:
    """``time`` in seconds, exact to ``precision`` ns: 2.003 s."""
    return f"{time / 1e9:.{digits_of(precision, 10**9)}f} s"


def moment(time: int, precision: int = 1) -> str:
    """``time``, exact to ``precision`` ns, as a ruler that goes up to there has it."""
    return words(time, precision, by_clock=by_the_clock(time, 1))


def clock(time: int, digits: int = 0) -> str:
    """Minutes and hours, and ``digits`` of a second: 1:05, 2:03:00.25, -0:30."""
    sign, total = ("-", -time) if time < 0 else ("", time)
    whole, fraction = divmod(total, SECOND)
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    point = f".{fraction // 10 ** (9 - digits):0{digits}}" if digits else ""
    high = f"{hours}:{minutes:02}" if hours else f"{minutes}"
    return f"{sign}{high}:{secs:02}{point}"


def words(time: int, precision: int, *, by_clock: bool) -> str:
    """``time``, exact to ``precision`` ns, in seconds or in minutes and hours."""
    if not by_clock:
        return seconds(time, precision)
    return clock(time, digits_of(min(precision, SECOND), SECOND))
