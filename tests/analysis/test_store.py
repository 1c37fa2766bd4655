"""The store: what each record does to the tables, and what it must never do."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from poolscope.analysis.spans import SpanIndex, queue_depth
from poolscope.analysis.store import NEVER, Store, TaskState
from poolscope.trace.reader import Batch
from poolscope.trace.schema import Kind, Outcome, PoolKind, Role, WorkerEnd
from tests.analysis.canonical import canonical
from tests.analysis.traces import DTYPE, ORIGIN, Trace


class Scene(Trace):
    """A main thread, a pool and one worker, in this process or in one of its own (pid 2)."""

    def __init__(self, kind: PoolKind = PoolKind.THREAD) -> None:
        super().__init__()
        pid = 2 if kind == PoolKind.PROCESS else 1
        self.main = self.thread("main", role=Role.MAIN)
        self.work = self.thread("w0", pid=pid, role=Role.WORKER)
        self.pool, self.worker = self.id(), self.id()
        self.pinned().emit(1, Kind.POOL_CREATED, self.pool, 1, "pool", kind)
        self.pinned().emit(2, Kind.WORKER_STARTED, self.worker, self.pool, "w0")
        self.pinned(pid).emit(3, Kind.WORKER_READY, self.worker, self.work.thread)

    def store(self) -> Store:
        store = Store(ORIGIN)
        store.extend(self.batches())
        return store

    def submitted(self, t: int = 10) -> int:
        task = self.id()
        self.main.emit(t, Kind.SUBMITTED, task, self.pool, "f()")
        return task


def test_nothing_is_no_change() -> None:
    store = Store(ORIGIN)
    assert not store.extend([])
    assert not store.extend([Trace().pinned().batch()])
    assert store.version == 0


def test_a_bite_of_nothing_but_texts_is_not_the_end() -> None:
    main = Trace().thread("main")
    main.emit(10, Kind.SUBMITTED, 77, 0, "a long text")
    store = Store(ORIGIN)
    whole = main.batch()
    assert store.extend([Batch(whole.stream, whole.records[:0], whole.texts)])
    assert store.extend([Batch(whole.stream, whole.records, {})])
    assert store.text(int(store.tasks.label[0])) == "a long text"


def test_each_moment_of_a_task_of_a_process_pool_has_its_column() -> None:
    scene = Scene(PoolKind.PROCESS)
    task = scene.submitted(10)
    scene.main.emit(11, Kind.PICKLED, task, 123)
    scene.main.emit(12, Kind.SENT, task)
    scene.work.emit(13, Kind.RECEIVED, task, scene.worker)
    scene.work.emit(14, Kind.STARTED, task, scene.worker)
    scene.work.emit(15, Kind.RETURNED, task, scene.worker, d=Outcome.RESULT)
    scene.work.emit(16, Kind.RESULT_SENT, task, 45)
    scene.main.emit(17, Kind.RESULT_RECEIVED, task, 45)
    scene.main.emit(18, Kind.FINISHED, task, scene.worker, "42", Outcome.RESULT)
    tasks = scene.store().tasks
    moments = ["submitted", "pickled", "sent", "received", "started", "returned"]
    moments += ["result_sent", "result_received", "finished"]
    assert [getattr(tasks, name)[0] for name in moments] == list(range(10, 19))
    assert (tasks.cancelled[0], tasks.notified[0]) == (NEVER, NEVER)
    assert (tasks.pickled_bytes[0], tasks.result_bytes[0]) == (123, 45)
    assert tasks.state()[0] == TaskState.FINISHED


def test_states_follow_the_records_one_by_one() -> None:
    scene = Scene(PoolKind.PROCESS)
    task = scene.submitted()
    scene.main.emit(12, Kind.SENT, task)
    scene.work.emit(13, Kind.STARTED, task, scene.worker)
    scene.main.emit(14, Kind.FINISHED, task, scene.worker, "x", Outcome.EXCEPTION)
    store, seen = Store(ORIGIN), []
    store.extend([stream.batch() for stream in scene.streams if not stream.thread])
    for stream, row in ((scene.main, 0), (scene.main, 1), (scene.work, 0), (scene.main, 2)):
        store.extend([stream.batch(row, row + 1)])
        seen.append(TaskState(store.tasks.state()[0]).name)
    assert seen == ["PENDING", "SENT", "RUNNING", "EXCEPTION"]


def test_what_was_started_before_its_submission_was_read_is_not_lost() -> None:
    scene = Scene()
    task = scene.submitted(10)
    scene.work.emit(20, Kind.STARTED, task, scene.worker)
    store = Store(ORIGIN)
    store.extend([scene.work.batch()])
    assert (len(store.tasks), store.hidden_tasks) == (0, 1)
    store.extend([scene.main.batch()])
    assert (len(store.tasks), store.hidden_tasks) == (1, 0)
    assert (store.tasks.submitted[0], store.tasks.started[0]) == (10, 20)


def test_a_task_cut_off_by_the_quota_is_counted_and_not_shown() -> None:
    scene = Scene()
    cut_off, whole = scene.id(), scene.submitted(30)
    scene.work.emit(20, Kind.STARTED, cut_off, scene.worker)
    scene.work.emit(25, Kind.FINISHED, cut_off, scene.worker, "None")
    scene.main.emit(26, Kind.FINISHED, scene.id(), 0, "BrokenProcessPool: it broke", 1)
    store = Store(ORIGIN)
    store.account(lost=0, dropped=2, torn=0, exits={}, errors=[], finished=False)
    store.extend(scene.batches())
    assert store.tasks.id.tolist() == [whole]
    assert store.hidden_tasks == 2
    assert len(SpanIndex(store).lane_tasks(SpanIndex(store).lanes()[0]).start) == 0


def test_what_ends_with_no_submission_is_no_future_made_by_hand_where_events_were_lost() -> None:
    scene = Scene(PoolKind.PROCESS)
    scene.main.emit(26, Kind.FINISHED, scene.id(), 0, "16")
    store = Store(ORIGIN)
    store.account(lost=3, dropped=0, torn=0, exits={}, errors=[], finished=False)
    store.extend(scene.batches())
    assert (len(store.tasks), store.hidden_tasks) == (0, 1)


def test_futures_made_by_hand_are_tasks_of_no_pool() -> None:
    trace = Trace()
    main = trace.thread("main", role=Role.MAIN)
    by_hand, set_only, cancelled = trace.id(), trace.id(), trace.id()
    main.emit(10, Kind.STARTED, by_hand, 0)
    main.emit(11, Kind.FINISHED, by_hand, 0, "1")
    main.emit(12, Kind.FINISHED, set_only, 0, "2")
    main.emit(13, Kind.CANCELLED, cancelled)
    store = Store(ORIGIN)
    store.extend(trace.batches())
    assert store.tasks.pool.tolist() == [NEVER] * 3
    states = {TaskState(code).name for code in store.tasks.state()}
    assert states == {"FINISHED", "CANCELLED"}
    assert store.hidden_tasks == 0


def test_refusals_are_counted_and_a_look_at_the_exception_is_noted() -> None:
    scene = Scene()
    task, other = scene.submitted(10), scene.submitted(11)
    for t in (12, 13, 14):
        scene.main.emit(t, Kind.CANCEL_REFUSED, task)
    scene.main.emit(15, Kind.EXCEPTION_READ, task)
    store = scene.store()
    row, untouched = store.row_of_task(task), store.row_of_task(other)
    assert store.tasks.cancel_refused[[row, untouched]].tolist() == [3, 0]
    assert store.tasks.exception_read[[row, untouched]].tolist() == [True, False]


def test_a_view_taken_before_stays_what_it_was() -> None:
    scene = Scene()
    for t in range(10, 60):
        scene.submitted(t)
    store = Store(ORIGIN)
    store.extend([scene.main.batch(0, 1)])
    before = store.tasks.submitted
    store.extend([scene.main.batch(1)])
    assert before.tolist() == [10]
    assert not before.flags.writeable
    assert not store.tasks.pickled.flags.writeable


def test_a_worker_knows_its_process_and_its_end() -> None:
    scene = Scene(PoolKind.PROCESS)
    scene.pinned().emit(50, Kind.WORKER_GONE, scene.worker, -9, d=WorkerEnd.CRASHED)
    store = scene.store()
    (worker,) = store.workers
    assert (worker.name, worker.pid, worker.born, worker.ready) == ("w0", 2, 2, 3)
    assert (worker.gone, worker.exit_code, worker.crashed) == (50, -9, True)
    assert worker.native_id == scene.work.info.native_id
    assert store.death_of_thread(worker.thread) == 50
    assert [each.exit_code for each in store.processes if each.pid == 2] == [-9]


def test_a_later_name_of_a_thread_replaces_the_first() -> None:
    trace = Trace()
    caller = trace.thread("Thread-1")
    caller.emit(7, Kind.CANCELLED, trace.id())
    trace.pinned().emit(5, Kind.THREAD_STARTED, caller.thread, 77, "caller-1", Role.CALLER)
    store = Store(ORIGIN)
    store.extend(trace.batches())
    (thread,) = store.threads
    assert (thread.name, thread.role, thread.native_id) == ("caller-1", Role.CALLER, 77)
    assert thread.started == 0


def test_the_queue_is_a_step_function_of_what_is_pending() -> None:
    scene = Scene()
    tasks = [scene.submitted(t) for t in (10, 10, 20)]
    scene.work.emit(15, Kind.STARTED, tasks[0], scene.worker)
    scene.main.emit(18, Kind.CANCELLED, tasks[1])
    scene.work.emit(20, Kind.STARTED, tasks[2], scene.worker)
    times, counts = queue_depth(scene.store(), 0)
    assert (times.tolist(), counts.tolist()) == ([10, 15, 18], [2, 1, 0])


def test_a_command_and_its_answer_are_one() -> None:
    trace = Trace()
    main = trace.thread("main")
    main.emit(1, Kind.COMMAND_BEGAN, 7, 0, "create")
    main.emit(2, Kind.COMMAND_BEGAN, 8, 0, "quit")
    main.emit(4, Kind.COMMAND_ENDED, 7, 0, '{"error": "no"}', 1)
    store = Store(ORIGIN)
    store.extend(trace.batches())
    first, second = store.commands
    assert (first.text, first.begin, first.end, first.failed) == ("create", 1, 4, True)
    assert (second.end, second.answer) == (NEVER, "")


def test_a_callback_that_ends_in_no_way_there_is_is_taken_for_one() -> None:
    """A number too large for its column ended the reading of the whole trace."""
    trace = Trace()
    main = trace.thread("main")
    for at in (1, 11):
        main.emit(at, Kind.CALLBACK_BEGAN, 7, 0, "done")
        main.emit(at + 1, Kind.CALLBACK_ENDED, 7, d=257)
    store = Store(ORIGIN)
    first, *rest = main.rows
    for part in ([first], rest):
        store.extend([Batch(main.info, np.array(part, DTYPE), {1: "done"})])
    assert store.callback_table.end.tolist() == [2, 12]
    assert store.callback_table.outcome.tolist() == [Outcome.CANCELLED] * 2


NUMBERS = st.sampled_from([0, 1, 2, 3, (1 << 40) + 1, 1 << 62, (1 << 63) - 1, -1, -(1 << 63)])
RECORD = st.tuples(
    st.one_of(st.integers(ORIGIN, ORIGIN + 50), st.integers(0, (1 << 64) - 1)),
    NUMBERS,
    NUMBERS,
    st.sampled_from([0, 1, 5, (1 << 32) - 1]),
    st.sampled_from([0, 1, 2, 0x101, 0xFFFF]),
    st.one_of(st.sampled_from([int(kind) for kind in Kind]), st.integers(0, 65535)),
)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.lists(RECORD, min_size=1, max_size=30), min_size=1, max_size=4))
def test_garbage_changes_nothing_but_itself(streams: list[list[tuple[int, ...]]]) -> None:
    trace = Trace()
    main = trace.thread("main", role=Role.MAIN)
    task = trace.id()
    main.emit(1, Kind.SUBMITTED, task, 99, "good()")
    store = Store(ORIGIN)
    store.extend(trace.batches())
    index = SpanIndex(store)
    for number, rows in enumerate(streams):
        info = trace.thread(f"bad {number}").info
        for part in (rows[:7], rows[7:]):
            store.extend([Batch(info, np.array(part, DTYPE), {1: "text"})])
            index.refresh()
    canonical(store)
    assert store.text(int(store.tasks.label[store.row_of_task(task)])) == "good()"
