"""When the pickling of a call began, from the record of its end."""

from __future__ import annotations

from poolscope.analysis.column import NEVER
from poolscope.analysis.report import report
from poolscope.analysis.store import Store
from poolscope.trace.schema import Kind
from poolscope.trace.values import PICKLED_TOGETHER
from tests.analysis.traces import ORIGIN, Trace


def test_when_it_began_is_what_it_took_before_it_was_over() -> None:
    trace, store = Trace(), Store(ORIGIN)
    main = trace.thread("MainThread")
    ids = [trace.id() for _ in range(6)]
    for task in ids:
        main.emit(1, Kind.SUBMITTED, task, 7, "f()")
    main.emit(50, Kind.PICKLED, ids[0], 9, 20)
    main.emit(51, Kind.PICKLED, ids[1], 9, 0)  # as format 2 has it
    main.emit(52, Kind.PICKLED, ids[2], 9, 21, PICKLED_TOGETHER)
    main.emit(53, Kind.PICKLED, ids[3], 9, 1 << 20)  # longer than the trace: no time below 0
    main.emit(1 << 40, Kind.PICKLED, ids[4], 9, 5, 3)
    store.extend(trace.batches())
    tasks = store.tasks
    assert tasks.pickling.tolist() == [30, NEVER, 31, 0, (1 << 40) - (3 << 32) - 5, NEVER]
    assert tasks.pickled.tolist() == [50, 51, 52, 53, 1 << 40, NEVER]
    assert tasks.pickled_together.tolist() == [False, False, True, False, False, False]
    told = [task["pickled_for_ns"] for task in report(store)["tasks"]]
    assert told == [20, None, 21, 53, (3 << 32) + 5, None]
