"""CSV: one file each for tasks, waits, locks and workers."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from poolscope.analysis.column import NEVER
from poolscope.analysis.report import facts
from poolscope.analysis.whole_file import whole_file

if TYPE_CHECKING:
    from poolscope.analysis.store import Store

Row = Sequence[Any]

# Moments the report leaves out: the anatomy of a task of a process pool.
_ANATOMY: Final = ("pickled", "sent", "received", "returned", "result_sent", "result_received")


def write_csv(store: Store, path: Path) -> list[Path]:
    """Write the tasks to ``path`` and the other tables beside it."""
    told = facts(store)
    tables = {
        path: _tasks(store, told["tasks"]),
        _sibling(path, "waits"): _waits(told["waits"]),
        _sibling(path, "locks"): _locks(told["locks"]),
        _sibling(path, "workers"): _plain(told["workers"], _WORKER),
    }
    for target, rows in tables.items():
        with whole_file(target) as file:
            text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
            csv.writer(text).writerows(rows)
            text.detach()
    return list(tables)


_TASK: Final = (
    *("id", "pool", "name", "state", "outcome", "error", "submitter", "worker", "submitted_ns"),
    *("started_ns", "finished_ns", "callbacks", "submitted_at", "submitted_in", "defined_at"),
    "pickled_for_ns",
)
_WORKER: Final = (
    *("id", "pool", "name", "pid", "tid", "born_ns", "gone_ns", "end", "exit_code", "tasks"),
    *("busy_ns", "blocked_ns"),
)
_WAIT: Final = (
    *("thread", "kind", "return_when", "timeout_ns", "futures", "begin_ns", "end_ns", "outcome"),
    *("released_by", "called_at", "called_in"),
)
_LOCK: Final = ("lock", "name", "kind", "what", "thread", "begin_ns", "end_ns", "owner")


def _sibling(path: Path, table: str) -> Path:
    return path.with_name(f"{path.stem}-{table}{path.suffix}")


def _plain(rows: Iterable[dict[str, Any]], names: Sequence[str]) -> Iterator[Row]:
    yield names
    for row in rows:
        yield [row[name] for name in names]


def _tasks(store: Store, rows: Iterable[dict[str, Any]]) -> Iterator[Row]:
    yield [*_TASK, "result", *(f"{name}_ns" for name in _ANATOMY), "settled_ns"]
    for row in rows:
        place = store.row_of_task(int(row["id"]))
        result = store.text(int(store.tasks.result[place])) if row["outcome"] == "result" else None
        # At last when the future was settled: later than the call ended, in a process pool.
        times = [int(getattr(store.tasks, name)[place]) for name in (*_ANATOMY, "finished")]
        known = [None if time == NEVER else time for time in times]
        yield [*(row[name] for name in _TASK), result, *known]


def _waits(rows: Iterable[dict[str, Any]]) -> Iterator[Row]:
    yield _WAIT
    for row in rows:
        yield [" ".join(row[name]) if name == "futures" else row[name] for name in _WAIT]


def _locks(locks: Iterable[dict[str, Any]]) -> Iterator[Row]:
    yield _LOCK
    for lock in locks:
        head = [lock["id"], lock["name"], lock["kind"]]
        for hold in lock["holds"]:
            yield [*head, "hold", hold["thread"], hold["begin_ns"], hold["end_ns"], hold["thread"]]
        for block in lock["blocks"]:
            tail = (block["thread"], block["begin_ns"], block["end_ns"], block["owner"])
            yield [*head, "block", *tail]
