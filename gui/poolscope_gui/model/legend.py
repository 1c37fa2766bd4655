"""The legend: a swatch and a word for each state, and for each lock there is."""

from __future__ import annotations

from dataclasses import dataclass

from poolscope_gui.model import palette
from poolscope_gui.model.chart import Chart
from poolscope_gui.model.ops import (
    Fill,
    Font,
    Hatch,
    Lines,
    Op,
    Outline,
    Rounded,
    Text,
    Texts,
    rects,
)
from poolscope_gui.model.palette import Theme
from poolscope_gui.model.text import Fitter

SWATCH_W = 18.0
SWATCH_H = 12.0
GAP = 6.0
MOST_LOCKS = 24
_TIPS = {
    "pending": "Submitted; waits in the queue. Shown as the queue's depth below the lanes.",
    "sent": "Handed over to a worker process that has not reported its start yet. Where there is "
    "room, narrow bars: hatched in a pipe or before it, solid pickled; below a bar on the way, "
    "above it back.",
    "running": "A worker runs it.",
    "finished": "It returned a result.",
    "exception": "It raised an exception; the exception is its result.",
    "cancelled": "Cancelled before a worker began it. Marked above the queue's depth.",
    palette.BLOCKED: "The thread waits for a lock, a signal or a queue; hatched in its colour.",
    palette.WAITING: "The thread waits for futures: wait, as_completed, result. Where its frame is "
    "empty the thread was away with a future that as_completed had handed out.",
}


@dataclass(frozen=True)
class Entry:
    """``key`` is what ``toggle_state`` takes; "" for a lock, which cannot be hidden."""

    key: str
    words: str
    tip: str
    lock: int = -1


def entries(chart: Chart | None) -> list[Entry]:
    """What the legend says for this chart."""
    words = {palette.BLOCKED: "blocked", palette.WAITING: "waits for futures"}
    out = [Entry(key, words.get(key, key), _TIPS[key]) for key in palette.TOGGLES]
    for number, lock in enumerate(chart.locks[:MOST_LOCKS] if chart else []):
        if lock.held:
            tip = f"A stripe of this colour below a lane: its thread owns {lock.name}."
            out.append(Entry("", f"owns {lock.name}", tip, number))
        else:
            tip = f"A hatch of this colour: the thread waits for {lock.name}."
            out.append(Entry("", f"waits for {lock.name}", tip, number))
    return out


def unnamed(chart: Chart | None) -> int:
    """How many locks have no entry of their own."""
    return max(0, len(chart.locks) - MOST_LOCKS) if chart else 0


def width(entry: Entry, fitter: Fitter) -> float:
    return SWATCH_W + GAP + fitter.width(entry.words, Font.SMALL) + 12


def draw(
    entry: Entry, chart: Chart | None, theme: Theme, *, shown: bool, y: float, x: float = 4.0
) -> list[Op]:
    """One entry at ``x``, ``y`` its middle."""
    out = _swatch(entry, chart, theme, x, y - SWATCH_H / 2)
    colour = theme.muted if shown else theme.dead
    out.append(Texts([Text(x + SWATCH_W + GAP, y, entry.words, Font.SMALL, colour)]))
    if not shown:
        cover = palette.with_alpha(theme.background, 0xC0)
        out.append(Fill(cover, rects((x - 1, y - SWATCH_H / 2 - 1, SWATCH_W + 2, SWATCH_H + 2))))
    return out


def _hatched(colour: int, x: float, y: float) -> list[Op]:
    edge = rects((x + 0.5, y + 0.5, SWATCH_W - 1, SWATCH_H - 1))
    box = rects((x, y, SWATCH_W, SWATCH_H))
    return [Hatch(colour, box, x), Outline(colour, edge, 1.0, 0.0)]


def _swatch(entry: Entry, chart: Chart | None, theme: Theme, x: float, y: float) -> list[Op]:
    box = rects((x, y, SWATCH_W, SWATCH_H))
    if entry.lock >= 0:
        number = chart.locks[entry.lock].colour if chart else 0
        colour = theme.locks[number % len(theme.locks)]
        if chart is not None and not chart.locks[entry.lock].held:
            return _hatched(colour, x, y)
        return [Rounded(colour, rects((x, y + 4, SWATCH_W, 4.0)), 2.0)]
    if entry.key == palette.BLOCKED:
        return _hatched(theme.locks[0], x, y)
    if entry.key == palette.WAITING:
        look = theme.waiting
    else:
        look = theme.states[palette.STATES.index(entry.key)]
    out: list[Op] = [Rounded(look.body, box, 3.0)]
    edge = rects((x + 0.5, y + 0.5, SWATCH_W - 1, SWATCH_H - 1))
    middle = y + SWATCH_H / 2
    if entry.key in ("pending", palette.WAITING):
        out.append(Outline(look.edge, edge, 1.0, 2.5))
    elif entry.key == "sent":
        out += [Hatch(look.edge, box, x), Outline(look.edge, edge, 1.0, 2.5)]
    elif entry.key == "finished":
        out = [
            Rounded(look.edge, box, 3.0),
            Rounded(look.body, rects((x, y, SWATCH_W - 3, SWATCH_H)), 3.0),
        ]
    elif entry.key == "exception":
        right = x + SWATCH_W - 6
        cross = rects(
            (right - 3, middle - 3, right + 3, middle + 3),
            (right - 3, middle + 3, right + 3, middle - 3),
        )
        out.append(Lines(look.text, cross, 1.5, dotted=False))
    elif entry.key == "cancelled":
        strike = rects((x - 2, middle, x + SWATCH_W + 2, middle))
        out.append(Lines(look.edge, strike, 1.5, dotted=False))
    return out
