"""Times and counts as people read them: three figures, one unit, always the same width class."""

from __future__ import annotations

from typing import Final

_MINUTE: Final = 60 * 10**9
_HOUR: Final = 60 * _MINUTE
UNKNOWN: Final = "–"  # noqa: RUF001  an en dash is what a table shows for "not yet"


def duration(ns: int) -> str:
    """``ns`` nanoseconds in three figures with a unit; a negative duration is not known."""
    if ns < 0:
        return UNKNOWN
    if ns < 1_000:
        return f"{ns} ns"
    if ns < 999_500:
        return f"{_three(ns / 1e3)} µs"
    if ns < 999_500_000:
        return f"{_three(ns / 1e6)} ms"
    if ns < _MINUTE:
        return f"{_three(ns / 1e9)} s"
    if ns < _HOUR:
        return f"{ns // _MINUTE} min {ns % _MINUTE // 10**9:02d} s"
    return f"{ns // _HOUR} h {ns % _HOUR // _MINUTE:02d} min"


def whole(ns: int) -> str:
    """A round duration in the largest unit of which it is a whole number: 100 µs, 1 s, 10 h."""
    for size, unit in ((_HOUR, "h"), (_MINUTE, "min"), (10**9, "s"), (10**6, "ms"), (10**3, "µs")):
        if ns and ns % size == 0:
            return f"{ns // size} {unit}"
    return f"{ns} ns"


def seconds(text: str) -> float | None:
    """The number of seconds in ``text``; None for an empty text (no limit).

    Raises ValueError with a sentence when it is not a number from 0 on.
    """
    text = text.strip().removesuffix("s").strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e9:
        raise ValueError(f"{text!r} is not a number of seconds: write 2.5, or nothing for no limit")
    return value


def count(number: float) -> str:
    """``number`` with k, M or G: 192 k, 1.4 M."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= size:
            value = number / size
            return f"{value:.1f} {unit}" if value < 9.95 else f"{value:.0f} {unit}"
    return f"{number:.0f}"


def plural(number: int, word: str) -> str:
    """``1 worker``, ``2 workers``, ``12,000 workers``."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def _three(value: float) -> str:
    if value < 9.995:
        return f"{value:.2f}"
    if value < 99.95:
        return f"{value:.1f}"
    return f"{value:.0f}"
