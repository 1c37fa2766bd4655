"""The report as a page for people: plain text, one screen."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

Json = dict[str, Any]

_MOST: Final = 8  # lines of one kind; the rest is counted
_WIDTH: Final = 100
_UNITS: Final = ((1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "µs"), (1, "ns"))


def summary(facts: Json) -> str:
    """Say in one screen of plain text what a ``report`` says."""
    return "\n".join(part for line in _lines(facts) for part in _folded(line))


def duration(ns: int) -> str:
    """A length of time, to three digits."""
    for unit, name in _UNITS:
        if abs(ns) >= unit:
            return f"{ns / unit:.3g} {name}"
    return "0"


def plural(count: int, thing: str) -> str:
    """``1 task``, ``2 tasks``."""
    return f"{count:,} {thing}" + ("" if count == 1 else "s")


def _lines(facts: Json) -> Iterator[str]:
    trace = facts["trace"]
    processes = plural(len(trace["processes"]), "process").replace("processs", "processes")
    lost = f", {trace['lost']:,} lost" if trace["lost"] else ""
    yield f"{duration(trace['duration_ns'])}, {plural(trace['events'], 'event')}{lost}, {processes}"
    for process in trace["processes"]:
        if process["exit_code"]:
            yield f"  process {process['pid']} ended with {process['exit_code']}"
    yield ""
    yield from _some([_pool(facts, pool) for pool in facts["pools"]], "pool", flat=True)
    yield from _locks(facts)
    yield from _waits(facts)
    yield "Findings" if facts["findings"] else "Nothing remarkable was found."
    yield from _some([[f"  {_findings_line(each)}"] for each in facts["findings"]], "finding")


def _folded(line: str) -> list[str]:
    """A line folded at the width of the page, what follows set in."""
    indent = " " * (len(line) - len(line.lstrip()))
    rest = indent + "    "
    return textwrap.wrap(line, _WIDTH, subsequent_indent=rest, break_on_hyphens=False) or [""]


def _some(entries: list[list[str]], thing: str, *, flat: bool = False) -> Iterator[str]:
    for entry in entries[:_MOST]:
        yield from entry
    if len(entries) > _MOST:
        yield f"  ... and {plural(len(entries) - _MOST, thing)} more"
    if entries and flat:
        yield ""


def _pool(facts: Json, pool: Json) -> list[str]:
    tasks = [task for task in facts["tasks"] if task["pool"] == pool["id"]]
    workers = [worker for worker in facts["workers"] if worker["pool"] == pool["id"]]
    kind = "threads" if pool["kind"] == "thread" else f"processes ({pool['start_method']})"
    if pool["engine"] != "poolscope":
        kind += f", {pool['engine']}"
    lines = [f"{pool['name']}: {len(workers)} of {pool['max_workers']} {kind}{_fate(pool)}"]
    counts = Counter(task["outcome"] or task["state"].lower() for task in tasks)
    told = ", ".join(
        f"{counts[key]:,} {name}"
        for key, name in (
            ("result", "done"),
            ("exception", "failed"),
            ("cancelled", "cancelled"),
            ("running", "running"),
            ("pending", "pending"),
        )
        if counts[key]
    )
    lines.append(f"  {plural(len(tasks), 'task')}" + (f": {told}" if told else ""))
    wait = pool["queue_wait_ns"]
    if wait:
        lines.append(
            f"  queued at most {pool['peak_queue']:,}; waited {duration(wait['p50'])} (median), "
            f"{duration(wait['p95'])} (95 %), {duration(wait['max'])} (longest)"
        )
    if pool["utilisation"] is not None:
        busy = sum(worker["busy_ns"] for worker in workers)
        blocked = sum(worker["blocked_ns"] or 0 for worker in workers)
        line = f"  workers busy {pool['utilisation']:.0%} of their lives, {duration(busy)} in all"
        lines.append(line + (f", {duration(blocked)} of it blocked" if blocked else ""))
    return lines


def _fate(pool: Json) -> str:
    if pool["broken"] is not None:
        return ", broken"
    return ", shut down" if pool["shutdown"] else ""


def _locks(facts: Json) -> Iterator[str]:
    used = [lock for lock in facts["locks"] if lock["acquisitions"] or lock["contended"]]
    used.sort(key=lambda lock: -lock["wait_ns"])
    entries = [
        [
            f"  {lock['name']}: acquired {plural(lock['acquisitions'], 'time')}, "
            f"held {duration(lock['hold_ns'])}, {lock['contended']:,} times waited for"
            + (f", {duration(lock['wait_ns'])} in all" if lock["contended"] else "")
        ]
        for lock in used
    ]
    if entries:
        yield "Locks"
    yield from _some(entries, "lock", flat=True)


def _waits(facts: Json) -> Iterator[str]:
    waits = facts["waits"]
    if not waits:
        return
    kinds = Counter(wait["kind"] for wait in waits)
    told = ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common())
    late = sum(wait["outcome"] == "timeout" for wait in waits)
    yield f"Waits: {told}" + (f"; {late:,} timed out" if late else "")
    yield ""


def _findings_line(finding: Json) -> str:
    at = finding["at_ns"]
    return f"{finding['kind']}: {finding['text']}" + (f" (at {duration(at)})" if at else "")
