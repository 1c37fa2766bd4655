"""From where tasks are submitted and where threads wait, from records to what is told of them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from poolscope.analysis.column import NEVER
from poolscope.analysis.export import export
from poolscope.analysis.report import report
from poolscope.analysis.store import Store
from poolscope.trace.schema import Kind, ReturnWhen, Role, WaitKind, WaitOutcome
from poolscope.trace.values import MOST_PLACES, SUBMITTED_BY_MAP, WAIT_PLACED
from tests.analysis.traces import ORIGIN, Trace

JOBS = "/srv/jobs.py"


class Run:
    """Two processes that number their places alike; each submits and waits."""

    def __init__(self) -> None:
        self.trace = Trace()
        self.pool = self.trace.id()
        self.threads = [self.trace.thread(f"main {pid}", pid=pid, role=Role.MAIN) for pid in (1, 2)]

    def declare(self) -> None:
        emit = self.trace.pinned(1).emit
        emit(0, Kind.PLACE_NUMBERED, 1, 12 | 3 << 32, f"{JOBS}\nload\n/srv/work.py")
        emit(0, Kind.PLACE_NUMBERED, 2, 30, f"{JOBS}\n<module>")
        self.trace.pinned(2).emit(0, Kind.PLACE_NUMBERED, 1, 7, "other.py\nrun")
        self.trace.pinned(2).emit(0, Kind.PLACE_NUMBERED, 2, 9 << 32, "\n\nwork.py")

    def submit(self, pid: int, place: int, flags: int = 0) -> int:
        task = self.trace.id(pid)
        self.threads[pid - 1].emit(10, Kind.SUBMITTED, task, self.pool, "f()", place << 1 | flags)
        return task

    def store(self) -> Store:
        store = Store(ORIGIN)
        store.extend(self.trace.batches())
        return store


def told(store: Store) -> list[tuple[str, str, str]]:
    found = [store.place(int(row)) for row in store.tasks.place]
    return [(place.where, place.function, place.defined) for place in found]


@pytest.mark.parametrize("first", [True, False], ids=["declared before", "declared after"])
def test_a_process_has_numbers_of_its_own(first: bool) -> None:
    run = Run()
    if first:
        run.declare()
    run.submit(1, 1)
    run.submit(1, 0)
    run.submit(1, 2, SUBMITTED_BY_MAP)
    run.submit(2, 1)
    run.submit(2, 2)
    if not first:
        run.declare()
    store = run.store()
    assert told(store) == [
        (f"{JOBS}:12", "load", "/srv/work.py:3"),
        ("", "", ""),
        (f"{JOBS}:30", "<module>", ""),
        ("other.py:7", "run", ""),
        ("", "", "work.py:9"),
    ]
    assert store.tasks.by_map.tolist() == [False, False, True, False, False]


def test_a_number_that_was_never_declared_is_nowhere() -> None:
    run = Run()
    run.submit(1, 77)
    pinned = run.trace.pinned(1)
    pinned.emit(0, Kind.PLACE_NUMBERED, MOST_PLACES + 1, 1, "far.py\nf")
    pinned.emit(0, Kind.PLACE_NUMBERED, -3, 1, "below.py\nf")
    pinned.emit(0, Kind.PLACE_NUMBERED, 3, -1, "line.py\nf")
    pinned.emit(0, Kind.PLACE_NUMBERED, 4, 1, "")
    run.submit(1, 3)
    run.submit(1, 4)
    run.threads[0].emit(20, Kind.RESULT_WANTED, run.trace.id(), run.trace.id(), 2**31, 2)
    store = run.store()
    assert told(store) == [("", "", "")] * 3
    assert store.waits[0].place == NEVER


def test_a_wait_has_its_place_beside_its_time_out() -> None:
    run = Run()
    run.declare()
    task, main = run.submit(1, 1), run.threads[0]
    kinds = WaitKind.WAIT | ReturnWhen.FIRST_COMPLETED << 8
    waits = [run.trace.id() for _ in range(4)]
    main.emit(20, Kind.WAIT_BEGAN, waits[0], 2 << 48 | 6, 1, kinds | WAIT_PLACED)
    main.emit(20, Kind.WAIT_ITEM, task, 1)
    main.emit(30, Kind.WAIT_ENDED, waits[0], task, 1, WaitOutcome.SATISFIED)
    main.emit(40, Kind.WAIT_BEGAN, waits[1], 1 << 48, 0, WaitKind.SHUTDOWN | WAIT_PLACED)
    main.emit(41, Kind.WAIT_BEGAN, waits[2], 5 << 48, 1, kinds)  # a time-out of weeks
    main.emit(42, Kind.RESULT_WANTED, waits[3], task, 2, WaitKind.RESULT)
    store = run.store()
    found = [
        (wait.kind, wait.return_when, wait.timeout_ns, store.place(wait.place).where)
        for wait in store.waits
    ]
    first = ReturnWhen.FIRST_COMPLETED
    assert found == [
        (WaitKind.WAIT, first, 5, f"{JOBS}:30"),
        (WaitKind.SHUTDOWN, 0, None, f"{JOBS}:12"),
        (WaitKind.WAIT, first, (5 << 48) - 1, ""),
        (WaitKind.RESULT, 0, None, f"{JOBS}:30"),
    ]
    assert store.waits[3].future_ids() == [task]


def test_report_and_tables_tell_of_them(tmp_path: Path) -> None:
    run = Run()
    run.declare()
    run.submit(1, 1)
    run.submit(1, 0)
    run.threads[0].emit(40, Kind.RESULT_WANTED, run.trace.id(), run.trace.id(), 2, 2)
    store = run.store()
    facts = report(store)
    names = ("submitted_at", "submitted_in", "defined_at")
    told = [[task[name] for name in names] for task in facts["tasks"]]
    assert told == [[f"{JOBS}:12", "load", "/srv/work.py:3"], [None] * 3]
    (wait,) = facts["waits"]
    assert (wait["called_at"], wait["called_in"]) == (f"{JOBS}:30", "<module>")
    export(store, tmp_path / "run.csv")
    with (tmp_path / "run.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [[row[name] for name in names] for row in rows] == [told[0], [""] * 3]
    with (tmp_path / "run-waits.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["called_at"], row["called_in"]) == (f"{JOBS}:30", "<module>")
