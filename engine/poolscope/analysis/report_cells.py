"""How the report writes a time, a word and an order."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from poolscope.analysis.column import NEVER


def known(time: int) -> int | None:
    """A time, or None for one that is ``NEVER``."""
    return None if time == NEVER else int(time)


def word(kind: type[IntEnum], value: int) -> str | None:
    """The word of the contract for a value of an enum of the schema; None when it is none."""
    try:
        return kind(value).name.lower()
    except ValueError:
        return None


def by_time(entities: list[Any], time: str) -> list[int]:
    """Rows by a time; those without it last."""
    rows = range(len(entities))
    return sorted(
        rows, key=lambda row: (getattr(entities[row], time) == NEVER, getattr(entities[row], time))
    )
