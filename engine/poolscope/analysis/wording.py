"""How reports say lengths of time and counts."""

from __future__ import annotations

from typing import Final

_UNITS: Final = ((1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "µs"), (1, "ns"))
_MINUTE: Final = 60 * 1_000_000_000
_HOUR: Final = 60 * _MINUTE


def duration(ns: int) -> str:
    """A length of time, to three digits; from a minute on in minutes, from an hour on in hours."""
    if ns >= _HOUR:
        return f"{ns // _HOUR:,} h {ns % _HOUR // _MINUTE:02d} min"
    if ns >= _MINUTE:
        return f"{ns // _MINUTE} min {ns % _MINUTE // 1_000_000_000:02d} s"
    for unit, name in _UNITS:
        rounded = f"{ns / unit:.3g}"  # 999.9 µs are 1 ms, not 1e+03 µs
        if abs(float(rounded)) >= 1:
            return f"{rounded} {name}"
    return "0"


def size(count: int) -> str:
    """A number of bytes, to three digits."""
    for unit, name in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if float(f"{count / unit:.3g}") >= 1:  # 999,999 bytes are 1 MB, not 1,000 kB
            return f"{figure(count / unit)} {name}"
    return plural(count, "byte")


def plural(count: int, thing: str) -> str:
    """``1 task``, ``2 tasks``."""
    return f"{count:,} {thing}" + ("" if count == 1 else "s")


def figure(number: float) -> str:
    """A number to three digits, written out: ``0.25``, ``13.8``, ``2,650``."""
    return f"{float(f'{number:.3g}'):,.10g}"


def rate(per_second: float) -> str:
    """A rate of tasks, to three digits."""
    if 0 < per_second < 1:
        return f"{per_second * 60:.3g} tasks a minute"
    return f"{figure(per_second)} tasks a second"
