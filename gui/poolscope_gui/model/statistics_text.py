"""The words of the statistics: the cells of their table, the marks of their axes, and the CSV."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from poolscope_gui.model import quantities
from poolscope_gui.model.statistics import Figures, Histogram, Spread
from poolscope_gui.model.ticks import ruler, step_for, told

_SEPARATOR: Final = "  \N{MIDDLE DOT}  "
_DECADES: Final = (
    *(10**power for power in range(11)),
    *(minutes * 60 * 10**9 for minutes in (1, 10)),
    *(10**power * 3600 * 10**9 for power in range(7)),
)
SHORT: Final = 50  # a stretch that is this many times shorter than the time before its end
NO_STORE: Final = "No figures yet. Create a pool and press Submit."
NO_TASKS: Final = "No task here. Choose another pool, or submit something to this one."
NO_RANGE: Final = "Nothing happened in this stretch of time. Press Fit to see the whole run."


class Cell(NamedTuple):
    """A figure, and the word that says of what."""

    value: str = ""
    word: str = ""


class Row(NamedTuple):
    """A row of the table: its name, three cells, and how full its bar is (None: no bar)."""

    name: str
    cells: tuple[Cell, Cell, Cell]
    tip: str
    share: float | None = None


class Mark(NamedTuple):
    """A mark of an axis: where it stands in the plot's own units, and what it says."""

    at: float
    label: str


def lacking(found: Figures | None, *, total: int) -> str:
    """Why there is nothing to show and what to do; "" when there is something."""
    if found is None or not total:
        return NO_STORE
    if not found.tasks:
        return NO_TASKS
    return NO_RANGE if found.empty else ""


def stretch(found: Figures) -> str:
    """``1.00 s to 4.06 s · 3.06 s · from 1 task in 12``"""
    span = found.end - found.begin
    begin = quantities.duration(found.begin) if found.begin else "0 s"
    end = quantities.duration(found.end)
    if span * SHORT < found.end:  # three digits would tell both ends alike
        step = step_for(span / 100)
        begin, end = (
            told(time, step, found.begin, found.end, step) for time in (found.begin, found.end)
        )
    parts = [f"{begin} to {end}", f"{quantities.duration(span)} long"]
    if found.every > 1:
        parts.append(f"estimated from 1 task in {found.every:,}")
    return _SEPARATOR.join(parts)


def rows(found: Figures) -> list[Row]:
    """The whole table."""

    def count(number: int, word: str) -> Cell:
        return Cell(f"{number:,}" if found.every == 1 else f"≈ {quantities.count(number)}", word)

    alive = sum(each.alive_ns for each in found.workers)
    busy = sum(each.busy_ns for each in found.workers)
    used = Cell(f"{min(1.0, busy / alive):.0%}", "busy") if alive else Cell()
    lost = count(found.lost, "lost") if found.lost else Cell()
    ended = (
        count(found.finished, "finished"),
        count(found.raised, "raised"),
        count(found.cancelled, "cancelled"),
    )
    still = (count(found.running, "running"), count(found.waiting, "waiting"), lost)
    pace = (Cell(rate(found.a_second), "a second"), Cell(), used)
    return [
        Row("ended", ended, "How many tasks settled in this stretch of time"),
        Row("open", still, "What had not settled at its end; lost: its worker had gone"),
        Row("completed", pace, "Tasks finished or raised a second, and how busy the workers were"),
        Row("queue wait", _spread(found.wait), "From submit() to the start, of what started here"),
        Row(
            "run time",
            _spread(found.ran),
            "From the start to the end, of what finished or raised here; what runs is not in it",
        ),
        *_workers(found),
        *_blocked(found),
    ]


def said(spread: Spread | None) -> str:
    """``72 ms median, 140 ms 95th, 364 ms longest``"""
    return ", ".join(" ".join(cell) for cell in _spread(spread) if cell.value)


def _spread(spread: Spread | None) -> tuple[Cell, Cell, Cell]:
    if spread is None:
        return Cell(quantities.UNKNOWN, "median"), Cell(), Cell()
    text = quantities.duration
    return (
        Cell(text(spread.median), "median"),
        Cell(text(spread.p95), "95th"),
        Cell(text(spread.longest), "longest"),
    )


def _workers(found: Figures) -> Iterator[Row]:
    for each in found.workers:
        busy, share = quantities.duration(each.busy_ns), each.utilisation
        settled = each.settled
        tasks = f"{settled:,}" if found.every == 1 else f"≈ {quantities.count(settled)}"
        cells = (Cell(f"{share:.0%}", "busy"), Cell(tasks, "task" if settled == 1 else "tasks"))
        tip = f"{each.name} ran tasks for {busy} of the {quantities.duration(each.alive_ns)}"
        yield Row(each.name, (*cells, Cell()), f"{tip} that it lived here", share)


def _blocked(found: Figures) -> Iterator[Row]:
    for each in found.blocked:
        text = quantities.duration
        by = f"held by {each.owner}" if each.owner else "held by nobody at that moment"
        cells = (
            Cell(text(each.total_ns), "blocked"),
            Cell(f"{each.times:,}", "time" if each.times == 1 else "times"),
            Cell(text(each.longest_ns), "longest"),
        )
        name = f"{each.lock}: {each.owner}" if each.owner else each.lock
        tip = f"Threads were blocked on {each.lock}, {by}, for {cells[0].value} together"
        yield Row(name, cells, f"{tip}; all pools")


def rate(a_second: float) -> str:
    """Three figures: 0.25, 24.6, 351, 12 k."""
    if a_second >= 1000:
        return quantities.count(a_second)
    return f"{a_second:.0f}" if a_second >= 99.5 else f"{a_second:.3g}"


def time_marks(bins: Histogram, most: int) -> list[Mark]:
    """At most ``most`` round durations on a logarithmic axis; ``at`` is the power of ten."""
    first, last = int(bins.edges[0]), int(bins.edges[-1])
    seen = [(place, ns) for place, ns in enumerate(_DECADES) if first <= ns <= last]
    step = max(1, math.ceil(len(seen) / max(1, most)))
    # By place, so that 1 ns, 1 µs, 1 ms and 1 s are those that stay.
    return [Mark(math.log10(ns), quantities.whole(ns)) for place, ns in seen if not place % step]


def range_marks(found: Figures, most: int) -> list[Mark]:
    """Round times on the axis of the stretch; ``at`` is in buckets from its begin."""
    end = max(found.end, found.begin + 1)
    marks = ruler(found.begin, end, most)
    return [Mark((t - found.begin) / found.bucket_ns, label) for t, label in marks.ticks]


def peak(found: Figures) -> float:
    """The most completions a second of any bucket."""
    return float(found.done.max()) * 1e9 / found.bucket_ns if len(found.done) else 0.0


def bin_text(bins: Histogram, x: float) -> str:
    """What a bar of a histogram says; "" beside them. ``x`` is the power of ten of a duration."""
    ns = 10.0**x if x < 19 else math.inf
    for number, count in enumerate(bins.counts.tolist()):
        low, high = int(bins.edges[number]), int(bins.edges[number + 1])
        if low <= ns < high:
            text = quantities.duration
            return f"{quantities.plural(count, 'task')}: {text(low)} to {text(high)}"
    return ""


def bucket_text(found: Figures, x: float) -> str:
    """What a bar of the completions says; "" beside them. ``x`` counts buckets."""
    if not 0 <= x < len(found.done):
        return ""
    place = int(x)
    begin = quantities.duration(found.begin + place * found.bucket_ns)
    done, failed = int(found.done[place]), int(found.failed[place])
    pace = rate(done * 1e9 / found.bucket_ns)
    return f"at {begin}: {done - failed:,} finished, {failed:,} raised ({pace} a second)"


def csv_text(found: Figures, pool: str) -> str:
    """All figures as CSV, one a line: ``figure, of, from_ns, to_ns, value, unit``.

    ``from_ns`` and ``to_ns`` are the stretch of time, of a histogram the bounds of its bin.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("figure", "of", "from_ns", "to_ns", "value", "unit"))
    writer.writerows(_csv_rows(found, pool))
    return out.getvalue()


_CsvRow = tuple[str, str, int, int, int | float, str]


def _csv_rows(found: Figures, pool: str) -> Iterator[_CsvRow]:
    begin, end = found.begin, found.end
    for name in ("finished", "raised", "cancelled", "running", "waiting", "lost"):
        yield name, pool, begin, end, int(getattr(found, name)), "tasks"
    yield "completions", pool, begin, end, round(found.a_second, 6), "1/s"
    yield "each task looked at stands for", pool, begin, end, found.every, "tasks"
    spreads: Sequence[tuple[str, Spread | None, Histogram]] = (
        ("queue wait", found.wait, found.wait_bins),
        ("run time", found.ran, found.ran_bins),
    )
    for name, spread, _ in spreads:
        if spread is not None:
            yield f"{name}, median", pool, begin, end, spread.median, "ns"
            yield f"{name}, 95th percentile", pool, begin, end, spread.p95, "ns"
            yield f"{name}, longest", pool, begin, end, spread.longest, "ns"
    for each in found.workers:
        yield "utilisation", each.name, begin, end, round(each.utilisation, 6), "share"
        yield "settled", each.name, begin, end, each.settled, "tasks"
    for wait in found.blocked:
        of = f"{wait.lock}, held by {wait.owner or 'nobody'}"
        yield "blocked on a lock", of, begin, end, wait.total_ns, "ns"
        yield "blocked on a lock, longest", of, begin, end, wait.longest_ns, "ns"
        yield "blocked on a lock, times", of, begin, end, wait.times, "times"
    for name, _, bins in spreads:
        for number, count in enumerate(bins.counts.tolist()):
            low, high = int(bins.edges[number]), int(bins.edges[number + 1])
            yield f"{name}, histogram", pool, low, high, count, "tasks"
    for number, count in enumerate(found.done.tolist()):
        low = begin + number * found.bucket_ns
        if low < end:
            yield "completed", pool, low, min(low + found.bucket_ns, end), count, "tasks"
