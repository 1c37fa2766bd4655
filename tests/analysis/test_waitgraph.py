"""The wait-for graph: what it calls a deadlock is one, and it misses none."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poolscope.analysis.spans import SpanIndex
from poolscope.analysis.store import Store
from poolscope.analysis.waitgraph import Node, WaitGraph, Watch, waitgraph
from poolscope.trace.schema import Kind, LockKind, ReturnWhen, Role, Signal, WaitKind
from tests.analysis.traces import ORIGIN, Stream, Trace
from tests.analysis.wait_model import World

SEEDS = st.integers(0, 1 << 32)


def store_of(trace: Trace) -> Store:
    store = Store(ORIGIN)
    store.extend(trace.batches())
    return store


def graph_of(trace: Trace, at_ns: int | None = None) -> WaitGraph:
    store = store_of(trace)
    return waitgraph(store, SpanIndex(store), at_ns)


@settings(deadline=None, max_examples=250)
@given(SEEDS)
def test_what_is_stuck_is_what_no_continuation_frees(seed: int) -> None:
    world = World(Random(seed))
    trace = world.trace()
    store = store_of(trace)
    graph = waitgraph(store, SpanIndex(store))
    place = {store.row_of_thread(each.thread): n for n, each in enumerate(trace.people)}
    stuck = {place[row] for row in graph.stuck}
    certain, seen = world.never_move(), world.never_move(alone=True)
    assert certain <= stuck, "missed"
    assert stuck <= seen, "false alarm"
    assert {place[row] for row in graph.silent} <= seen - stuck
    rings = [{place[row] for row in cycle.threads} for cycle in graph.cycles if not cycle.timed]
    assert all(ring <= stuck for ring in rings)
    assert bool(rings) == bool(stuck)
    assert {place[row] for c in graph.cycles if not c.timed for row in c.stuck} == stuck


@settings(deadline=None, max_examples=100)
@given(SEEDS)
def test_a_timed_ring_is_one_only_as_long_as_nobody_gives_up(seed: int) -> None:
    world = World(Random(seed))
    trace = world.trace()
    store = store_of(trace)
    place = {store.row_of_thread(each.thread): n for n, each in enumerate(trace.people)}
    patient, certain = world.never_move(patient=True), world.never_move()
    for cycle in waitgraph(store, SpanIndex(store)).cycles:
        threads = {place[row] for row in cycle.threads}
        if cycle.timed:
            assert threads <= patient - certain


@settings(deadline=None, max_examples=60)
@given(SEEDS)
def test_rings_are_closed_and_the_past_is_as_the_present_was(seed: int) -> None:
    trace = World(Random(seed)).trace()
    store = store_of(trace)
    index = SpanIndex(store)
    graph = waitgraph(store, index)
    for cycle in graph.cycles:
        for before, after in zip(cycle.edges, cycle.edges[1:] + cycle.edges[:1], strict=True):
            assert before.target == after.source
        assert set(cycle.edges) <= set(graph.edges)
        assert cycle.edges[0].source == Node("thread", cycle.threads[0])
    past = waitgraph(store, index, store.now_ns)
    assert (past.stuck, past.silent) == (graph.stuck, graph.silent)
    assert set(past.edges) == set(graph.edges)
    assert [cycle.text for cycle in past.cycles] == [cycle.text for cycle in graph.cycles]
    assert waitgraph(store, index, 9).edges == ()  # nobody had begun to wait
    watch = Watch(store, index)
    assert watch.cycles() == ()  # every stream has to be read from after it closed
    store.extend([])
    assert set(watch.cycles()) == set(graph.cycles)
    assert watch.graph().stuck == graph.stuck


class Scene(Trace):
    """Threads by name, locks by name."""

    def __init__(self, *names: str) -> None:
        super().__init__()
        self.of = {name: self.thread(name) for name in names}

    def lock(self, name: str, kind: LockKind = LockKind.LOCK, permits: int = 0) -> int:
        key = self.id()
        self.pinned().emit(0, Kind.LOCK_CREATED, key, permits, name, kind)
        return key

    def pool(self, name: str, size: int) -> tuple[int, list[tuple[Stream, int]]]:
        pool, pinned = self.id(), self.pinned()
        pinned.emit(0, Kind.POOL_CREATED, pool, size, name)
        crew = []
        for number in range(size):
            worker, stream = self.id(), self.thread(f"{name}_{number}", role=Role.WORKER)
            pinned.emit(0, Kind.WORKER_STARTED, worker, pool, f"{name}_{number}")
            pinned.emit(0, Kind.WORKER_READY, worker, stream.thread)
            crew.append((stream, worker))
        return pool, crew

    def wait(
        self, who: Stream, t: int, ids: list[int], what: int = WaitKind.RESULT, limit: int = 0
    ) -> None:
        who.emit(t, Kind.WAIT_BEGAN, self.id(), limit, len(ids), what)
        for key in ids:
            who.emit(t, Kind.WAIT_ITEM, key, 1)


def nested(size: int) -> Scene:
    """Each worker of a pool runs a task that waits for one it submitted to the same pool."""
    scene = Scene("main")
    pool, crew = scene.pool("p", size)
    for number, (stream, worker) in enumerate(crew):
        outer, inner = scene.id(), scene.id()
        scene.of["main"].emit(5, Kind.SUBMITTED, outer, pool, f"outer({number})")
        stream.emit(6, Kind.STARTED, outer, worker)
        stream.emit(7, Kind.SUBMITTED, inner, pool, f"inner({number})")
        stream.emit(8 + number, Kind.RESULT_WANTED, scene.id(), inner, d=WaitKind.RESULT)
    return scene


def chain(count: int) -> Scene:
    """Each of some threads holds a lock and wants the next one's."""
    names = [f"t{number}" for number in range(count)]
    scene = Scene(*names)
    locks = [scene.lock(chr(ord("A") + number)) for number in range(count)]
    for number, name in enumerate(names):
        scene.of[name].emit(10, Kind.LOCK_ACQUIRED, locks[number], 0, f"x.py:{number}")
    for number, name in enumerate(names):
        wanted = locks[(number + 1) % count]
        scene.of[name].emit(20 + number, Kind.LOCK_WANTED, wanted, 0, f"y.py:{number}")
    return scene


def test_two_and_three_are_told_in_order_with_the_lines_of_both_acquires() -> None:
    (two,) = graph_of(chain(2)).cycles
    assert two.text == "t0 holds A and waits for B; t1 holds B and waits for A"
    assert [(spot.held, spot.where) for spot in two.wheres] == [
        (True, "x.py:0"), (False, "y.py:0"), (True, "x.py:1"), (False, "y.py:1"),
    ]  # fmt: skip
    (three,) = graph_of(chain(3)).cycles
    assert three.text == (
        "t0 holds A and waits for B; t1 holds B and waits for C; t2 holds C and waits for A"
    )
    assert three.since_ns == 22


def test_a_task_that_waits_behind_itself_waits_for_every_worker_of_its_pool() -> None:
    (one,) = graph_of(nested(1)).cycles
    assert one.text == (
        "worker p_0 runs outer(0) and waits for inner(0), which is queued in thread pool p, "
        "whose only worker is p_0"
    )
    graph = graph_of(nested(2))
    (two,) = graph.cycles
    assert two.text == (
        "worker p_0 runs outer(0) and waits for inner(0), which is queued in thread pool p, "
        "all of whose 2 workers wait: p_0 for inner(0), p_1 for inner(1)"
    )
    assert (len(two.threads), two.since_ns) == (2, 9)
    capacity = [edge for edge in graph.edges if edge.source.kind == "pool"]
    assert [edge.target.row for edge in capacity] == sorted(two.threads)


def test_with_one_worker_left_nobody_starves() -> None:
    scene = nested(2)
    scene.streams[-1].rows.pop()  # the second does not wait
    graph = graph_of(scene)
    assert (graph.cycles, graph.stuck) == ((), ())


def test_a_join_that_waits_for_one_that_waits_for_it() -> None:
    scene = Scene("main", "helper")
    main, helper, lock = scene.of["main"], scene.of["helper"], scene.lock("A")
    main.emit(10, Kind.LOCK_ACQUIRED, lock)
    helper.emit(11, Kind.LOCK_WANTED, lock)
    scene.wait(main, 12, [helper.thread], WaitKind.JOIN)
    (cycle,) = graph_of(scene).cycles
    assert cycle.text == "main holds A and waits for the end of helper; helper waits for A"


def test_two_tasks_that_wait_for_each_others_results() -> None:
    scene = Scene("main")
    pool, crew = scene.pool("p", 2)
    tasks = [scene.id(), scene.id()]
    for task, (stream, worker), name in zip(tasks, crew, "ab", strict=True):
        scene.of["main"].emit(1, Kind.SUBMITTED, task, pool, f"{name}()")
        stream.emit(2, Kind.STARTED, task, worker)
    scene.wait(crew[0][0], 3, [tasks[1]])
    scene.wait(crew[1][0], 4, [tasks[0]])
    scene.wait(scene.of["main"], 5, tasks, WaitKind.WAIT | ReturnWhen.ALL_COMPLETED << 8)
    (cycle,) = graph_of(scene).cycles
    assert cycle.text == (
        "worker p_0 runs a() and waits for b(); worker p_1 runs b() and waits for a()"
    )
    assert len(cycle.stuck) == 3  # main waits behind them


@pytest.mark.parametrize("when", [ReturnWhen.FIRST_COMPLETED, ReturnWhen.FIRST_EXCEPTION])
def test_who_waits_for_any_is_not_stuck_while_one_can_come(when: ReturnWhen) -> None:
    scene = nested(1)
    pool, crew = scene.pool("q", 1)
    free, main = scene.id(), scene.of["main"]
    starved = scene.streams[-2].rows[1][1]  # inner(0)
    main.emit(10, Kind.SUBMITTED, free, pool, "free()")
    crew[0][0].emit(11, Kind.STARTED, free, crew[0][1])
    scene.wait(main, 12, [starved, free], WaitKind.WAIT | when << 8)
    graph = graph_of(scene)
    assert [graph.stuck] == [cycle.threads for cycle in graph.cycles]
    assert 0 not in graph.stuck


def test_a_lock_that_another_thread_was_seen_to_release_proves_nothing() -> None:
    scene = chain(2)
    lock, other = scene.of["t0"].rows[0][1], scene.thread("other")
    scene.of["t0"].rows.insert(0, (ORIGIN + 2, lock, 0, 0, 0, Kind.LOCK_ACQUIRED))
    other.emit(3, Kind.LOCK_RELEASED, lock, scene.of["t0"].thread)
    assert graph_of(scene).cycles == ()


def test_a_buffer_that_is_full_waits_for_its_consumer() -> None:
    # The producer holds all permits itself; whoever takes an item gives them back.
    scene = Scene("producer", "consumer")
    empty = scene.lock("empty", LockKind.SEMAPHORE, 2)
    scene.of["consumer"].emit(1, Kind.SPAN_BEGAN, scene.id(), 0, "asleep")
    for t in (2, 3):
        scene.of["producer"].emit(t, Kind.LOCK_ACQUIRED, empty)
    scene.of["producer"].emit(4, Kind.LOCK_WANTED, empty)
    graph = graph_of(scene)
    assert (graph.cycles, graph.stuck, graph.silent) == ((), (), ())


def test_forks_that_are_semaphores() -> None:
    scene = Scene("plato", "kant")
    forks = [scene.lock(name, LockKind.SEMAPHORE, 1) for name in ("left", "right")]
    for who, fork in zip(scene.of.values(), forks, strict=True):
        for kind in (Kind.LOCK_ACQUIRED, Kind.LOCK_RELEASED, Kind.LOCK_ACQUIRED):
            who.emit(10, kind, fork)
    for who, fork in zip(scene.of.values(), reversed(forks), strict=True):
        who.emit(20, Kind.LOCK_WANTED, fork)
    (cycle,) = graph_of(scene).cycles
    assert cycle.text == (
        "plato holds left and waits for a permit of right; "
        "kant holds right and waits for a permit of left"
    )


def test_a_signal_is_no_ring_but_it_is_said_when_nobody_is_left_to_send_it() -> None:
    scene = Scene("main", "other")
    event = scene.lock("E", LockKind.EVENT)
    for who in scene.of.values():
        who.emit(10, Kind.SIGNAL_WANTED, event, 0, "e.py:1", Signal.EVENT_WAIT)
    graph = graph_of(scene)
    assert (graph.cycles, graph.stuck, graph.silent) == ((), (), (0, 1))
    scene.of["other"].emit(11, Kind.SIGNAL_GOT, event, d=Signal.EVENT_WAIT)
    assert graph_of(scene).silent == ()
    # Set, but not yet taken up: main is about to go on.
    scene.of["other"].emit(12, Kind.SIGNAL_SENT, event, 1, "e.py:2", Signal.EVENT_SET)
    scene.wait(scene.of["other"], 13, [scene.of["main"].thread], WaitKind.JOIN)
    assert graph_of(scene).silent == ()


def test_a_reentrant_lock_whose_owner_ended_is_never_free_again() -> None:
    scene = Scene("main", "gone")
    lock = scene.lock("R", LockKind.RLOCK)
    scene.of["gone"].emit(10, Kind.LOCK_ACQUIRED, lock)
    scene.pinned().emit(11, Kind.THREAD_ENDED, scene.of["gone"].thread)
    scene.of["main"].emit(12, Kind.LOCK_WANTED, lock)
    graph = graph_of(scene)
    assert (graph.stuck, graph.cycles) == ((0,), ())


@pytest.mark.parametrize("idle", [True, False])
def test_what_is_to_come_needs_the_pool_of_what_has_come(idle: bool) -> None:
    """Who asks imap_unordered waits for any task, also of those that are not submitted yet."""
    scene = Scene("main")
    main, lock = scene.of["main"], scene.lock("L")
    pool, crew = scene.pool("p", 2)
    main.emit(10, Kind.LOCK_ACQUIRED, lock)
    tasks = [scene.id() for _ in crew]
    for task, (stream, worker) in list(zip(tasks, crew, strict=True))[: 1 if idle else 2]:
        main.emit(11, Kind.SUBMITTED, task, pool, f"f({task})")
        stream.emit(12, Kind.STARTED, task, worker)
        stream.emit(13, Kind.LOCK_WANTED, lock)
    wait, how = scene.id(), WaitKind.RESULT | ReturnWhen.FIRST_COMPLETED << 8
    main.emit(20, Kind.WAIT_BEGAN, wait, 0, 2, how)
    main.emit(20, Kind.WAIT_ITEM, tasks[0], 1)
    graph = graph_of(scene)
    assert len(graph.stuck) == (0 if idle else 3)
    assert len(graph.cycles) == (0 if idle else 1)


def test_a_wait_for_no_signal_that_there_is() -> None:
    trace = Trace()  # a damaged one
    waiter, event = trace.thread("waiter"), trace.id()
    trace.pinned().emit(1, Kind.LOCK_CREATED, event, 0, "event", LockKind.EVENT)
    waiter.emit(10, Kind.SIGNAL_WANTED, event, 0, "", 0)
    graph = graph_of(trace)
    assert [edge.label for edge in graph.edges] == ["waits for a signal"]
