"""The report as a page for people, in a terminal or a file: one screen, by ``rich``.

It says what the data of ``report --json`` says and nothing else. In a terminal it is as wide as
that and coloured; anywhere else ``WIDTH`` columns of plain text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import IO, Any, Final

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from poolscope.analysis.column import NEVER
from poolscope.analysis.crew import most_at_once
from poolscope.analysis.wording import duration, figure, plural
from poolscope_gui.model.words import exit_words
from poolscope_gui.open_wait import open_waits

Json = dict[str, Any]
Ends = Counter[tuple[str | None, str | None]]  # tasks by pool (None: of none) and outcome

WIDTH: Final = 100  # columns, where there is no terminal to ask
_NAME: Final = 28  # columns of a name, at the most
_MOST: Final = 8  # rows of one kind; the rest is counted
_OF_KIND: Final = 3  # findings of one kind: many failures must not hide what else there is
_FIRST: Final = ("deadlock", "warning", "note")  # findings: the worst first, each by time
_WELL: Final = ("healthy", "unused")
# A verdict is told by its words; the colour is only for those who see it.
_STYLES: Final = {"healthy": "green", "unused": "dim", "slow-callers": "cyan", "broken": "red"}


def write(facts: Json, file: IO[str]) -> None:
    """Write the page of a ``report`` to an open text file."""
    terminal = bool(file.isatty())
    console = Console(
        file=file, width=None if terminal else WIDTH, highlight=False, soft_wrap=False, emoji=False
    )
    with console.capture() as page:
        for part in _parts(facts, console.width):
            console.print(part)
    file.write(_encodable(page.get(), getattr(file, "encoding", None)))
    file.flush()


def _encodable(said: str, encoding: str | None) -> str:
    """In characters that ``encoding`` has: there are locales with ASCII alone."""
    try:
        said.encode(encoding or "utf-8")
    except UnicodeEncodeError as error:
        known = said.replace("µ", "u").encode(error.encoding, "backslashreplace")
        return known.decode(error.encoding)
    return said


def _text(said: str, style: str = "") -> Text:
    """Words of the trace's among them: what would move a terminal's cursor is written out."""
    if not said.isprintable():
        said = "".join(
            each if each.isprintable() or each == "\n" else ascii(each)[1:-1] for each in said
        )
    return Text(said, style)


def _parts(facts: Json, width: int) -> Iterator[RenderableType]:
    yield from _head(facts["trace"])
    yield ""
    pools = facts["pools"]
    if len(pools) > _MOST:  # not all are told: those that are well may stay out
        pools = sorted(pools, key=lambda pool: pool["health"]["verdict"] in _WELL)
    # Looked through once: there may be millions.
    ends = Counter((task["pool"], task["outcome"]) for task in facts["tasks"])
    if pools:
        yield _pools(facts, pools, ends, width)
        yield from _healths(pools)
        yield ""
    yield from _futures(ends)
    yield from _locks(facts["locks"], width)
    yield from _waits(facts["waits"])
    yield from _still_waiting(facts)
    yield from _findings(facts["findings"])


def _head(trace: Json) -> Iterator[RenderableType]:
    count = len(trace["processes"])
    processes = "1 process" if count == 1 else f"{count} processes"
    lost = f", {trace['lost']:,} lost" if trace["lost"] else ""
    said = f"{duration(trace['duration_ns'])}, {plural(trace['events'], 'event')}{lost}"
    yield _text(f"{said}, {processes}", style="bold")
    failed = [process for process in trace["processes"] if process["exit_code"]]
    for process in failed[:_MOST]:
        yield _text(f"  process {process['pid']}: {exit_words(process['exit_code'])}")
    if len(failed) > _MOST:
        yield _text(f"  and {len(failed) - _MOST} more that failed", style="dim")


def _table(title: str, first: str, numbers: Iterable[str], width: int, named: list[Json]) -> Table:
    """A table of names, of what ``first`` heads, and of figures, in ``width`` columns."""
    longest = max((len(each["name"]) for each in named), default=0)
    table = Table(box=None, padding=(0, 2, 0, 0), title=None, header_style="dim")
    # These two fold when it is narrow, and lose nothing: figures and headings are never cut.
    least = min(_NAME, longest) if width >= WIDTH else None
    table.add_column(_text(title, style="bold"), overflow="fold", min_width=least, max_width=_NAME)
    table.add_column(first, overflow="fold")
    for name in numbers:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _rest(table: Table, count: int, thing: str) -> Table:
    if count > _MOST:
        table.add_row(_text(f"... and {plural(count - _MOST, thing)} more", style="dim"))
    return table


def _pools(facts: Json, pools: list[Json], ends: Ends, width: int) -> Table:
    figures = ("tasks", "failed", "queued", "median\nwait", "95 %", "longest", "busy")
    table = _table("Pools", "workers", figures, width, pools[:_MOST])
    tasks: Counter[str | None] = Counter()
    for (of, _), count in ends.items():
        tasks[of] += count
    workers = _crews(facts["workers"])
    for pool in pools[:_MOST]:
        wait, busy = pool["queue_wait_ns"], pool["utilisation"]
        if busy is not None:  # else no worker was seen; as the sentence below the table has it
            busy = pool["health"]["capacity_used"]
        table.add_row(
            _text(pool["name"]),
            _kind(pool, workers.get(pool["id"], [])),
            f"{tasks[pool['id']]:,}",
            f"{ends[pool['id'], 'exception']:,}",
            f"{pool['peak_queue']:,}",
            *(duration(wait[key]) if wait else "" for key in ("p50", "p95", "max")),
            "" if busy is None else f"{busy:.0%}",
        )
    return _rest(table, len(pools), "pool")


def _crews(workers: list[Json]) -> dict[str, list[Json]]:
    """The workers of each pool."""
    found: dict[str, list[Json]] = {}
    for worker in workers:
        found.setdefault(worker["pool"], []).append(worker)
    return found


def _kind(pool: Json, crew: list[Json]) -> Text:
    born, gone = (
        [NEVER if worker[time] is None else worker[time] for worker in crew]
        for time in ("born_ns", "gone_ns")
    )
    workers = most_at_once(born, gone, pool["max_workers"] or 0)
    kind = "threads" if pool["kind"] == "thread" else "processes"
    if pool["start_method"] is not None:
        kind += f" ({pool['start_method']})"
    said = _text(f"{workers} of {pool['max_workers']} {kind}")
    if len(crew) > workers:
        said.append(f", {len(crew):,} in turn")
    if pool["engine"] != "poolscope":
        said.append(f", {pool['engine']}")
    if pool["broken"] is not None:
        said.append(", broken", style="red")
    elif pool["shutdown"]:
        said.append(", shut down", style="dim")
    return said


def _healths(pools: list[Json]) -> Iterator[RenderableType]:
    for pool in pools[:_MOST]:
        health = pool["health"]
        if health["verdict"] == "unused":
            continue
        yield ""
        yield _text(health["text"], style=_STYLES.get(health["verdict"], "yellow"))
        for line in (*health["evidence"], *_replays(health["replays"]), *_rates(health)):
            yield _indented(line, 4, "dim")


def _replays(replays: list[Json]) -> Iterator[str]:
    if len(replays) > 1 and replays[0]["queue_wait_ns"]["p95"] > 0:
        told = (
            f"{plural(each['workers'], 'worker')} {duration(each['queue_wait_ns']['p95'])}"
            for each in replays
        )
        yield f"The same load replayed, wait (95 %): {', '.join(told)}."


def _rates(health: Json) -> Iterator[str]:
    came, done, ran = health["arrivals_per_s"], health["completions_per_s"], health["run_ns"]
    rates = f"{figure(came)} tasks a second came, {figure(done)} were done"
    if ran:
        rates += f"; they ran {duration(ran['p50'])} (median), {duration(ran['p95'])} (95 %)"
    yield f"{rates}."
    mean, law = health["queued_mean"], health["expected_by_littles_law"]
    queue = f"{figure(mean)} were queued on average (by Little's law {figure(law)})"
    if health["queued"]:
        left = f"{health['queued']:,} at the end, the oldest for"
        queue += f", {left} {duration(health['oldest_queued_ns'])}"
    yield f"{queue}."


def _futures(every: Ends) -> Iterator[RenderableType]:
    """Those of no pool: a page without pools must not read as if there had been nothing."""
    ends = Counter({end or "open": count for (pool, end), count in every.items() if pool is None})
    if ends:
        words = {"result": "with a result", "exception": "failed"}
        told = ", ".join(f"{count:,} {words.get(end, end)}" for end, count in ends.most_common())
        whose = "made by hand, or by a pool that is not seen"
        yield Text.assemble(("Futures", "bold"), f"  {ends.total():,} {whose}: {told}")
        yield ""


def _locks(locks: list[Json], width: int) -> Iterator[RenderableType]:
    used = [lock for lock in locks if lock["acquisitions"] or lock["contended"]]
    used.sort(key=lambda lock: -lock["wait_ns"])
    if not used:
        return
    figures = ("acquired", "held", "waited for", "in all")
    table = _table("Locks", "kind", figures, width, used[:_MOST])
    for lock in used[:_MOST]:
        times = f"{lock['contended']:,} x" if lock["contended"] else ""
        waited = duration(lock["wait_ns"]) if lock["contended"] else ""
        held = duration(lock["hold_ns"])
        name = _text(lock["name"])
        table.add_row(name, lock["kind"] or "", f"{lock['acquisitions']:,}", held, times, waited)
    yield _rest(table, len(used), "lock")
    yield ""


def _waits(waits: Iterable[Json]) -> Iterator[RenderableType]:
    kinds: Counter[str] = Counter()
    late = 0
    for wait in waits:
        kinds[wait["kind"]] += 1
        late += wait["outcome"] == "timeout"
    if not kinds:
        return
    told = ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common())
    yield Text.assemble(("Waits", "bold"), f"  {told}" + (f"; {late:,} timed out" if late else ""))
    yield ""


def _still_waiting(facts: Json) -> Iterator[RenderableType]:
    told = open_waits(facts)
    if told:
        yield _text("Still waiting", "bold")
        yield from (_indented(line) for line in told[:_MOST])
        if len(told) > _MOST:
            yield _text(f"  ... and {len(told) - _MOST:,} more", style="dim")
        yield ""


def _findings(findings: list[Json]) -> Iterator[RenderableType]:
    if not findings:
        yield _text("Nothing remarkable was found.", style="green")
        return
    yield _text("Findings", style="bold")
    worst = sorted(findings, key=lambda each: _FIRST.index(each["severity"]))
    told: Counter[str] = Counter()
    shown = 0
    for each in worst:
        told[each["kind"]] += 1
        if shown == _MOST or told[each["kind"]] > _OF_KIND:
            continue
        shown += 1
        at = f" (at {duration(each['at_ns'])})" if each["at_ns"] else ""
        said = _text(each["kind"], "bold yellow") + _text(f": {each['text']}{at}")
        yield Padding(said, (0, 0, 0, 2), expand=False)
        yield from (_indented(line, 4, "dim") for line in each["lines"][:_MOST])
    if len(findings) > shown:
        kinds = ", ".join(f"{kind} {count:,} x" for kind, count in told.items() if count > _OF_KIND)
        more = f"  ... and {plural(len(findings) - shown, 'finding')} more"
        yield _text(more + (f": in all {kinds}" if kinds else ""), style="dim")


def _indented(line: str, columns: int = 2, style: str = "") -> Padding:
    return Padding(_text(line, style), (0, 0, 0, columns), expand=False)
