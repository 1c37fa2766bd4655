"""Short tasks travel together, and none is ever stuck behind a long one."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

from poolscope import process_groups, wire
from poolscope.board import SLOT_SIZE, Board
from poolscope.future import Future
from poolscope.process_groups import Group, Groups, packed, pickled, plain
from poolscope.process_jobs import Job
from poolscope.process_pool import BrokenProcessPool
from poolscope.trace import recorder
from poolscope.trace.schema import Kind
from tests.engine.processes import tasks
from tests.engine.processes.seen import events
from tests.engine.processes.tasks import FORK_WARNS, LIMIT_S, Gate, MakePool

pytestmark = pytest.mark.filterwarnings(FORK_WARNS)
WORKER = 99


@pytest.fixture
def board() -> Iterator[Board]:
    made = Board(2)
    yield made
    made.close()


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The clock, ours to set."""
    time = [0]
    monkeypatch.setattr(process_groups.time, "perf_counter_ns", lambda: time[0])
    return time


def jobs(count: int) -> list[Job]:
    return [Job(Future(), tasks.echo, (number,), {}) for number in range(count)]


def looked(groups: Groups, now: list[int]) -> tuple[list[object], list[object]]:
    """The results and the arguments of what is taken back, one look later."""
    now[0] += process_groups.LOOK_NS
    reports, back = groups.look()
    return [wire.loads(r.body or b"") for r in reports], [job.args[0] for job in back]


class Hand:
    """A worker with a group, moved on by the test."""

    def __init__(self, board: Board, group: Group) -> None:
        self.board = board
        self.slot = group.slot
        self.at = 0
        board.take_up(self.slot, WORKER)

    def begins(self, index: int) -> bool:
        return self.board.may_begin(self.slot, index)

    def shows(self, index: int) -> None:
        self.at = self.board.show(self.slot, index, self.at, wire.dumps(index))

    def done(self, groups: Groups, begun: int) -> tuple[list[object], list[object]]:
        (task,) = groups.open
        report = wire.Report(wire.GROUP_DONE, 0, WORKER, task, 0, wire.GROUP_BEGUN.pack(begun))
        reports, left = groups.done(report)
        return [wire.loads(r.body or b"") for r in reports], [job.args[0] for job in left]


def opened(groups: Groups, count: int) -> Group:
    group = groups.open_one(jobs(count))
    assert group is not None
    return group


def test_a_group_that_goes_well(board: Board) -> None:
    groups = Groups(board)
    hand = Hand(board, opened(groups, 3))
    for index in range(3):
        assert hand.begins(index)
        hand.shows(index)
    assert hand.done(groups, 3) == ([0, 1, 2], [])
    assert groups.open == {}
    assert not groups.full


def test_the_second_task_is_long(board: Board, now: list[int]) -> None:
    """The first result is taken, the others are taken back, the long one is waited for."""
    groups = Groups(board)
    hand = Hand(board, opened(groups, 5))
    assert hand.begins(0)
    hand.shows(0)
    assert hand.begins(1)
    assert looked(groups, now) == ([], [])
    assert looked(groups, now) == ([0], [2, 3, 4])
    assert looked(groups, now) == ([], [])
    hand.shows(1)
    assert not hand.begins(2)
    assert hand.done(groups, 2) == ([1], [])


def test_the_worker_goes_on_while_it_is_limited(board: Board, now: list[int]) -> None:
    """It had looked at the limit just before: what it began is not given to another."""
    groups = Groups(board)
    group = opened(groups, 5)
    hand = Hand(board, group)
    assert hand.begins(0)
    assert looked(groups, now) == ([], [])  # the limit is 1 now
    hand.shows(0)
    # As if the worker had not yet seen the new limit.
    board.set_limit(group.slot, 5)
    assert hand.begins(1)
    assert looked(groups, now) == ([], [])  # it has begun more than the limit: a new limit, 2
    assert looked(groups, now) == ([0], [2, 3, 4])
    hand.shows(1)
    assert not hand.begins(2)
    assert hand.done(groups, 2) == ([1], [])


def test_the_worker_stops_at_the_limit_but_had_said_begun(board: Board, now: list[int]) -> None:
    """Whether it runs that task is not known until it says so; then it is sent again."""
    groups = Groups(board)
    hand = Hand(board, opened(groups, 4))
    assert hand.begins(0)
    assert looked(groups, now) == ([], [])
    hand.shows(0)
    assert not hand.begins(1)
    assert looked(groups, now)[1] == []
    assert looked(groups, now)[1] == [2, 3]
    assert hand.done(groups, 1)[1] == [1]


def test_a_group_that_nobody_has_taken_is_left_alone(board: Board, now: list[int]) -> None:
    groups = Groups(board)
    opened(groups, 4)
    for _ in range(3):
        assert looked(groups, now) == ([], [])


def test_one_that_cannot_be_unpickled_comes_back_whole(board: Board) -> None:
    groups = Groups(board)
    group = opened(groups, 3)
    task = group.jobs[0].future._id
    reports, left = groups.done(wire.Report(wire.GROUP_UNREADABLE, 0, WORKER, task, 0, b""))
    assert (reports, left) == ([], group.jobs)


def test_slots_run_out_and_come_back(board: Board) -> None:
    groups = Groups(board)
    first = opened(groups, 2)
    opened(groups, 2)
    assert groups.full
    assert groups.open_one(jobs(2)) is None
    groups.done(wire.Report(wire.GROUP_UNREADABLE, 0, WORKER, first.jobs[0].future._id, 0, b""))
    assert not groups.full


def test_the_board_refuses_what_does_not_fit(board: Board) -> None:
    board.clean(1, 2)
    assert board.has_room(1, 0, SLOT_SIZE - 100, 1)
    assert not board.has_room(1, 0, SLOT_SIZE - 16, 1)
    at = board.show(1, 0, 0, b"x" * 100)
    assert not board.has_room(1, at, SLOT_SIZE - 120, 0)
    board.show(1, 1, at, None)
    assert board.results(1, 2) == [b"x" * 100, None]


@pytest.mark.parametrize(
    ("fn", "args", "kwargs", "is_plain"),
    [
        (tasks.echo, (1, 2.0, "a", b"b", None, True), {}, True),
        (pow, (2, 3), {}, True),
        (tasks.echo, (1,), {"x": 1}, False),
        (tasks.echo, ([1],), {}, False),
        (tasks.echo, ("x" * 1000,), {}, False),
        ([].append, (1,), {}, False),
        (functools.partial(tasks.echo), (1,), {}, False),
        (tasks.Rebel, ("at", 1), {}, False),
    ],
)
def test_what_may_travel_together(
    fn: object, args: tuple[object, ...], kwargs: dict[str, object], is_plain: bool
) -> None:
    assert plain(Job(Future(), fn, args, kwargs)) is is_plain  # type: ignore[arg-type]


def test_a_function_without_a_name_spoils_no_group() -> None:
    assert pickled([Job(Future(), lambda: None, (), {})]) is None
    assert pickled([Job(Future(), tasks.echo, (10**20_000,), {})]) is None


def test_the_packet_of_a_group(board: Board) -> None:
    group = opened(Groups(board), 2)
    body = packed(group, b"calls")
    assert wire.GROUP_HEAD.unpack_from(body) == (group.slot, 2)
    assert body.endswith(b"calls")


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of the groups that were sent."""
    sizes: list[int] = []
    plain_way = Groups.open_one

    def open_one(self: Groups, chosen: list[Job]) -> Group | None:
        sizes.append(len(chosen))
        return plain_way(self, chosen)

    monkeypatch.setattr(Groups, "open_one", open_one)
    return sizes


def test_short_tasks_travel_together(make: MakePool, form: str, counted: list[int]) -> None:
    pool = make(2)
    values = [pool.submit(tasks.echo, number) for number in range(3000)]
    assert [future.result(LIMIT_S) for future in values] == list(range(3000))
    if form == "packets":
        assert max(counted) > 4
    else:
        assert counted == []


def test_outcomes_of_every_kind_in_groups(make: MakePool) -> None:
    pool = make(2)
    for _ in range(300):
        pool.submit(tasks.nothing)
    futures = []
    for number in range(400):
        kind = number % 4
        futures.append(
            pool.submit(tasks.fail, str(number))
            if kind == 0
            else pool.submit(bytes, 5_000)
            if kind == 1
            else pool.submit(tasks.make_unpicklable, number)
            if kind == 2
            else pool.submit(tasks.echo, number)
        )
    for number, future in enumerate(futures):
        kind = number % 4
        if kind == 1:
            assert future.result(LIMIT_S) == bytes(5_000)
        elif kind == 3:
            assert future.result(LIMIT_S) == number
        else:
            failure = future.exception(LIMIT_S)
            assert failure is not None
            assert failure.__cause__ is not None


def test_none_is_stuck_behind_a_long_one(make: MakePool, gate: Gate, folder: Path) -> None:
    recorder.start(folder, role="script")
    pool = make(2)
    for future in [pool.submit(tasks.nothing) for _ in range(1000)]:
        future.result(LIMIT_S)
    go, arrived = gate.paths()
    futures = [
        pool.submit(tasks.wait_if, go if number == 100 else "", arrived if number == 100 else "")
        for number in range(200)
    ]
    gate.arrived()
    # All the others end while the long one is held.
    for number, future in enumerate(futures):
        if number != 100:
            assert future.result(LIMIT_S) == 0
    assert futures[100].running()
    gate.open()
    assert futures[100].result(LIMIT_S) == 1
    pool.shutdown()
    recorder.stop()
    # Each ran once, whoever it was given to.
    started = [event.a for event in events(folder) if event.kind == Kind.STARTED]
    assert sorted(started) == sorted(set(started))
    assert {future._id for future in futures} <= set(started)


def test_a_worker_killed_in_a_group(make: MakePool) -> None:
    pool = make(2)
    for future in [pool.submit(tasks.nothing) for _ in range(1000)]:
        future.result(LIMIT_S)
    futures = []
    with contextlib.suppress(BrokenProcessPool):  # it may break while we submit
        for number in range(200):
            futures.append(pool.submit(tasks.killed if number == 50 else tasks.nothing))
    failures = [future.exception(LIMIT_S) for future in futures]
    assert isinstance(failures[50], BrokenProcessPool)
    assert {type(failure) for failure in failures} <= {type(None), BrokenProcessPool}
