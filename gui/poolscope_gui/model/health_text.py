"""The health of pools as a page of rich text: for each its sentence, its figures, what would help.

What a script named is text, never markup.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final, NamedTuple

from poolscope.analysis.health import Health
from poolscope.analysis.health_load import Load, Spread
from poolscope.analysis.wording import figure
from poolscope_gui.model.quantities import UNKNOWN, count, duration, plural

_GAP: Final = 14  # pixels above each pool but the first
NO_STORE: Final = "No pool yet. Create one and press Submit."
# A verdict is told by its mark and its word; the colour comes on top.
_GOOD: Final = frozenset({"healthy", "unused", "slow-callers"})
_WORDS: Final = {
    "unused": "unused",
    "healthy": "healthy",
    "too-small": "too small",
    "blocked": "blocked",
    "waiting-on-itself": "waits on itself",
    "waiting-elsewhere": "waits for others",
    "moving-data": "moves data",
    "computing": "one interpreter",
    "endless": "held by endless tasks",
    "slow-callers": "not the limit",
    "broken": "broken",
    "unknown": "workers not seen",
}


class Inks(NamedTuple):
    """Colours of the page, as ``#rrggbb``."""

    muted: str
    good: str
    alarm: str


class PoolHealth(NamedTuple):
    """A pool by its name, and how it does."""

    name: str
    health: Health


def page(pools: Sequence[PoolHealth], inks: Inks) -> str:
    """The whole page as HTML of the kind that Qt reads; "" when there is nothing to say."""
    return "".join(part for n, pool in enumerate(pools) for part in _pool(pool, inks, above=n > 0))


def plain(pools: Sequence[PoolHealth]) -> str:
    """The same for a screen reader and for the clipboard."""
    lines = []
    for pool in pools:
        lines += [f"{pool.name}: {_WORDS[pool.health.verdict]}", pool.health.text]
        if pool.health.verdict != "unknown":
            lines += [f"{name}: {value}" for name, value in _figures(pool.health.load)]
        lines += [*pool.health.evidence, *_replays(pool.health), ""]
    return "\n".join(lines)


def _pool(pool: PoolHealth, inks: Inks, *, above: bool) -> Iterator[str]:
    health = pool.health
    good = health.verdict in _GOOD
    mark, ink = ("\N{CHECK MARK}", inks.good) if good else ("\N{WARNING SIGN}", inks.alarm)
    gap = f' style="margin-top:{_GAP}px"' if above else ""
    yield (
        f'<table width="100%" cellspacing="0" cellpadding="0"{gap}><tr>'
        f"<td><b>{escape(pool.name)}</b></td>"
        f'<td align="right" style="color:{ink}"><b>{mark} {_WORDS[health.verdict]}</b></td>'
        "</tr></table>"
    )
    yield f'<p style="margin-top:4px;margin-bottom:6px">{escape(health.text)}</p>'
    if health.verdict in ("unused", "unknown"):
        return
    yield '<table width="100%" cellspacing="0" cellpadding="1">'
    figures = _figures(health.load)
    for left, right in zip(figures[::2], figures[1::2], strict=True):
        cells = "".join(
            f'<td style="color:{inks.muted}">{name}</td><td><b>{value}</b></td>'
            for name, value in (left, right)
        )
        yield f"<tr>{cells}</tr>"
    yield "</table>"
    for line in (*health.evidence, *_replays(health)):
        yield f'<p style="color:{inks.muted};margin-top:3px;margin-bottom:0">{escape(line)}</p>'


def _figures(load: Load) -> list[tuple[str, str]]:
    """What is measured, in pairs: an even number."""
    busy = f"{figure(load.busy / load.length)} of {load.workers}"
    oldest = duration(load.oldest) if load.queued else UNKNOWN
    return [
        ("workers busy", busy),
        ("queued", f"{load.queued:,}"),
        ("came", _rate(load.arrival_rate)),
        ("done", _rate(load.completion_rate)),
        ("waited (median)", _spread(load.queue_wait, 0)),
        ("ran (median)", _spread(load.run, 0)),
        ("waited (95 %)", _spread(load.queue_wait, 1)),
        ("ran (95 %)", _spread(load.run, 1)),
        ("oldest waits", oldest),
        ("blocked", f"{load.share(load.blocked):.0%} of busy"),
        ("queued (mean)", figure(load.queued_mean)),
        ("by Little's law", figure(load.expected_queue)),
    ]


def _rate(per_second: float) -> str:
    if 0 < per_second < 1:
        return f"{per_second * 60:.3g} / min"
    return f"{count(per_second) if per_second >= 1000 else f'{per_second:.3g}'} / s"


def _spread(spread: Spread | None, place: int) -> str:
    return UNKNOWN if spread is None else duration(spread[place])


def _replays(health: Health) -> Iterator[str]:
    """What more workers would have done; nothing where waiting is no matter."""
    if len(health.replays) < 2 or not health.replays[0].wait_p95:
        return
    told = ", ".join(
        f"{plural(each.workers, 'worker')} {duration(each.wait_p95)}" for each in health.replays
    )
    yield f"The same load replayed, wait (95 %): {told}."
