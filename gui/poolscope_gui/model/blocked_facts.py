"""Everything known about a blocked stretch, for its tooltip: on what, who held it, its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolscope.trace.schema import GaveUp
from poolscope_gui.model.chart import Facts, Hit
from poolscope_gui.model.tracks import NEVER
from poolscope_gui.model.words import at, enum_name, length, primitive, thread_name

if TYPE_CHECKING:
    from poolscope.analysis.lock_columns import BlockTable, SignalBlockTable
    from poolscope_gui.model.source import ChartSource

MOST_NAMED = 8


def block_facts(chart: ChartSource, ref: int) -> Facts:
    """A stretch in which a thread waited for a lock, and who held that meanwhile."""
    table = chart.store.lock_table.blocks
    title = f"waits for {primitive(chart.store, int(table.lock[ref]))}"
    held = ("held by", _owners(chart, ref))
    return _facts(chart, table, Hit("block", ref=ref), title, held, got="acquired")


def signal_facts(chart: ChartSource, ref: int) -> Facts:
    """A stretch in which a thread waited for a condition, an event, a barrier or a queue."""
    title = chart.signal_labels(ref)[0]
    table = chart.store.signals.blocks
    return _facts(chart, table, Hit("signal", ref=ref), title, ("", ""), got="went on")


def _facts(
    chart: ChartSource,
    table: BlockTable | SignalBlockTable,
    hit: Hit,
    title: str,
    held: tuple[str, str],
    got: str,
) -> Facts:
    store, ref = chart.store, hit.ref
    begin, end, outcome = int(table.begin[ref]), int(table.end[ref]), int(table.outcome[ref])
    if end == NEVER:
        ended = "still blocked" if chart.live else "blocked to the end of the recording"
    elif outcome == 0:
        ended = f"{got} at {at(end)}"
    else:
        ended = f"gave up ({enum_name(GaveUp, outcome).lower() or 'its thread ended'}) at {at(end)}"
    pairs = [
        ("thread", thread_name(store, int(table.thread[ref]))),
        held,
        ("blocked", length(begin, end, chart.now, live=chart.live)),
        ("since", at(begin)),
        ("time-out", "it has one" if table.timed[ref] else ""),
        ("then", ended),
        ("let go on by", chart.unblocking(hit).words),
        ("where", store.text(int(table.where[ref]))),
    ]
    return Facts(title, "blocked", tuple(pair for pair in pairs if pair[1]))


def _owners(chart: ChartSource, ref: int) -> str:
    """Who held the lock during a blocked stretch, one after the other."""
    lines, begin = [], int(chart.store.lock_table.blocks.begin[ref])
    owners = chart.owners(ref)
    for thread, since in owners[:MOST_NAMED]:
        task = chart.doing_at(thread, max(since, begin))
        name = thread_name(chart.store, thread)
        lines.append(f"{name} ({task})" if task else name)
    return "\n".join(lines)
