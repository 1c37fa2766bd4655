"""Blocked stretches by lock and owner: cut to the range, summed, the longest first."""

from __future__ import annotations

from dataclasses import replace

from poolscope.trace.schema import Kind, LockKind
from poolscope_gui.model import statistics_text as text
from poolscope_gui.model.lock_figures import LockWait, lock_waits
from poolscope_gui.model.statistics import figures
from tests.gui.made_traces import MS, MadeRun


def blocked_run() -> MadeRun:
    """``db`` is held by io_0 from 10 to 60 ms and then by io_1; main waits from 20 to 60 ms and
    from 70 ms on."""
    run = MadeRun()
    (_, first), (_, second) = run.workers
    lock = run.trace.id()
    run.trace.pinned().emit(0, Kind.LOCK_CREATED, lock, 0, "db", LockKind.LOCK)
    first.emit(10 * MS, Kind.LOCK_ACQUIRED, lock)
    run.main.emit(20 * MS, Kind.LOCK_WANTED, lock, first.thread)
    first.emit(60 * MS, Kind.LOCK_RELEASED, lock)
    run.main.emit(60 * MS, Kind.LOCK_ACQUIRED, lock, d=1)
    run.main.emit(62 * MS, Kind.LOCK_RELEASED, lock)
    second.emit(65 * MS, Kind.LOCK_ACQUIRED, lock)
    run.main.emit(70 * MS, Kind.LOCK_WANTED, lock, second.thread)
    run.take()
    return run


def test_waits_are_summed_by_lock_and_owner() -> None:
    store = blocked_run().store
    assert lock_waits(store, 0, 100 * MS, 100 * MS) == (
        LockWait("db", "io_0", 1, 40 * MS, 40 * MS),
        LockWait("db", "io_1", 1, 30 * MS, 30 * MS),
    )
    assert lock_waits(store, 50 * MS, 65 * MS, 100 * MS) == (
        LockWait("db", "io_0", 1, 10 * MS, 10 * MS),
    )
    assert lock_waits(store, 0, 20 * MS, 100 * MS) == ()


def test_each_owner_of_one_blocked_stretch_is_charged_for_its_part() -> None:
    run = MadeRun()
    (_, first), (_, second) = run.workers
    lock = run.trace.id()
    run.trace.pinned().emit(0, Kind.LOCK_CREATED, lock, 0, "db", LockKind.LOCK)
    run.main.emit(0, Kind.LOCK_WANTED, lock)  # while nobody held it yet
    for begin in (10, 40):
        first.emit(begin * MS, Kind.LOCK_ACQUIRED, lock)
        first.emit((begin + 10) * MS, Kind.LOCK_RELEASED, lock)
    second.emit(20 * MS, Kind.LOCK_ACQUIRED, lock)
    second.emit(40 * MS, Kind.LOCK_RELEASED, lock)
    run.take()
    assert lock_waits(run.store, 0, 60 * MS, 60 * MS) == (
        LockWait("db", "", 1, 20 * MS, 20 * MS),
        LockWait("db", "io_0", 1, 20 * MS, 20 * MS),
        LockWait("db", "io_1", 1, 20 * MS, 20 * MS),
    )


def test_they_are_in_the_table_and_in_the_csv() -> None:
    found = figures(blocked_run().store, 0, 100 * MS, 100 * MS)
    assert not found.empty
    rows = {row.name: [cell.value for cell in row.cells] for row in text.rows(found)}
    assert rows["db: io_0"] == ["40.0 ms", "1", "40.0 ms"]
    csv = text.csv_text(found, "All pools").splitlines()
    end = found.end
    assert f'blocked on a lock,"db, held by io_1",0,{end},{30 * MS},ns' in csv
    handed_over = replace(found, blocked=(LockWait("db", "", 1, 20 * MS, 20 * MS),))
    assert '"db, held by nobody"' in text.csv_text(handed_over, "All pools")
