"""What can be counted under the lanes: names, words, and what a counter's line says there."""

from __future__ import annotations

from typing import Final, NamedTuple

from poolscope_gui.model import palette


class CounterKind(NamedTuple):
    """One counter; its line has the colour of a state."""

    name: str
    title: str
    detail: str
    tip: str
    state: int  # number in the theme's states; -1: that of waits


KINDS: Final = (
    CounterKind(
        "queue",
        "queue depth",
        "waiting futures",
        "How many futures wait in the queues",
        palette.PENDING,
    ),
    CounterKind(
        "busy", "busy workers", "run a task", "How many workers run a task", palette.RUNNING
    ),
    CounterKind(
        "done",
        "completions",
        "a second",
        "How many futures were done a second, by stretches of a round length",
        palette.FINISHED,
    ),
    CounterKind(
        "oldest",
        "oldest waits",
        "its age",
        "For how long the oldest future in the queues had waited",
        -1,
    ),
)
BY_NAME: Final = {kind.name: kind for kind in KINDS}
AT_FIRST: Final = ("queue",)


def known(names: str) -> tuple[str, ...]:
    """The counters in a list with commas, as it was remembered, in the order of ``KINDS``."""
    wanted = {name.strip() for name in names.split(",")}
    return tuple(kind.name for kind in KINDS if kind.name in wanted)


def ref_of(name: str) -> int:
    """What a ``Hit`` on a counter's strip has as ``ref``: below 0, it is no row."""
    return -1 - [kind.name for kind in KINDS].index(name)


def name_of(ref: int) -> str:
    """The counter that a ``Hit`` means."""
    return KINDS[-1 - ref].name if -len(KINDS) <= ref < 0 else KINDS[0].name
