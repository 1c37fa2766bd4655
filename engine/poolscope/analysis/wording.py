"""How reports say lengths of time and counts."""

from __future__ import annotations

from typing import Final

_UNITS: Final = ((1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "µs"), (1, "ns"))


def duration(ns: int) -> str:
    """A length of time, to three digits."""
    for unit, name in _UNITS:
        if abs(ns) >= unit:
            return f"{ns / unit:.3g} {name}"
    return "0"


def plural(count: int, thing: str) -> str:
    """``1 task``, ``2 tasks``."""
    return f"{count:,} {thing}" + ("" if count == 1 else "s")


def figure(number: float) -> str:
    """A number to three digits, written out: ``0.25``, ``13.8``, ``2,650``."""
    return f"{float(f'{number:.3g}'):,.10g}"
