"""Groups: very short tasks that travel together.

A hop between processes costs tens of times what an empty task does. So where tasks have been
measured to be far shorter than a hop, up to ``LARGEST`` of them go in one packet to one worker,
and its word that it is done comes back once; the results stand on the ``board``.

What is promised nevertheless: *no short task is stuck behind a long one.* The measure may be
wrong for the next task. The keeper looks at every group that is not done after ``LOOK_NS``: it
takes the results that are there, and takes back what the worker has not begun and gives it to
whoever is idle. Taking back is sure without a lock: the limit is lowered first, and what is above
it is ours only if, at the next look, the worker still has not said that it begins it (see
``board``; it says so before it reads the limit).

Only what is pickled without running anybody's code goes into a group (functions by name, plain
numbers and short texts), so it may be pickled once more when it is taken back.
"""

from __future__ import annotations

import array
import pickle
import time
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Final

from poolscope import wire
from poolscope.board import Board
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import Kind

if TYPE_CHECKING:
    from poolscope.process_jobs import Job

LARGEST: Final = 64  # tasks
LARGEST_PICKLE: Final = 8192  # bytes
LOOK_NS: Final = 2_000_000
LONGEST_TEXT: Final = 200  # characters or bytes of an argument
_RESULT_RECEIVED: Final = int(Kind.RESULT_RECEIVED)
_PLAIN: Final = frozenset({int, float, bool, type(None), complex})
_TEXTS: Final = frozenset({str, bytes})


class Group:
    """One group on its way."""

    __slots__ = ("count", "jobs", "limit", "looked", "seen", "slot", "taken")

    def __init__(self, slot: int, jobs: list[Job]) -> None:
        self.slot = slot
        self.jobs = jobs
        self.count = len(jobs)  # those that are still the worker's
        self.taken = 0  # results taken off the board
        self.looked = time.perf_counter_ns()
        self.seen = 0  # results that were shown at the last look
        self.limit = -1  # what the worker was limited to at the last look


def plain(job: Job) -> bool:
    """Whether ``job`` is pickled without running anybody's code, and small."""
    if job.kwargs:
        return False
    fn: Any = job.fn
    kind = type(fn)
    if kind is not FunctionType and not (
        kind is BuiltinFunctionType and type(fn.__self__) is ModuleType
    ):
        return False
    for value in job.args:
        kind = type(value)
        if kind not in _PLAIN and (kind not in _TEXTS or len(value) > LONGEST_TEXT):
            return False
    return True


class Groups:
    """The groups of one pool that are on their way.

    ``open_one`` is for any thread (its two steps are atomic each), the rest for the keeper.
    """

    def __init__(self, board: Board) -> None:
        self.board = board
        self.open: dict[int, Group] = {}  # by the id of the first task
        self._free = list(range(board.slots))

    @property
    def full(self) -> bool:
        """Whether there is no slot for one more."""
        return not self._free

    def open_one(self, jobs: list[Job]) -> Group | None:
        """A group of ``jobs`` with a slot of its own; ``None`` if all slots are taken."""
        try:
            slot = self._free.pop()
        except IndexError:
            return None
        self.board.clean(slot, len(jobs))
        group = Group(slot, jobs)
        self.open[jobs[0].future._id] = group
        return group

    def forget(self, first: int) -> None:
        """The group that begins with the task ``first`` is over, or was not sent."""
        self._free.append(self.open.pop(first).slot)

    def done(self, report: wire.Report) -> tuple[list[wire.Report], list[Job]]:
        """The worker is done with its group: the results, and the jobs it has not begun."""
        group = self.open.get(report.task)
        if group is None:
            return [], []
        begun = 0
        if report.kind == wire.GROUP_DONE:
            (begun,) = wire.GROUP_BEGUN.unpack(report.body or b"\0")
        results = self._take(group, begun, report.worker) if begun else []
        left = group.jobs[begun : group.count]
        self.forget(report.task)
        return results, left

    def _take(self, group: Group, until: int, worker: int) -> list[wire.Report]:
        """The results up to ``until`` that were not taken before."""
        emit = _recorder.emit
        reports = []
        bodies = self.board.results(group.slot, until)
        for index in range(group.taken, until):
            body = bodies[index]
            if body is None:
                continue
            task = group.jobs[index].future._id
            if emit is not None:
                emit(_RESULT_RECEIVED, task, len(body), 0, 0)
            reports.append(wire.Report(wire.RESULT, 0, worker, task, 0, body))
        group.taken = until
        return reports

    def look(self) -> tuple[list[wire.Report], list[Job]]:
        """Look at the groups that take long: results to take, and jobs taken back."""
        reports: list[wire.Report] = []
        back: list[Job] = []
        now = time.perf_counter_ns()
        for group in list(self.open.values()):
            if now - group.looked < LOOK_NS:
                continue
            group.looked = now
            begun, shown = self.board.seen(group.slot)
            # What was shown at the last look can be read by now, whatever the processor does.
            reports += self._take(group, group.seen, self.board.worker(group.slot))
            group.seen = shown
            if not begun or begun >= group.count:
                continue  # in no worker's hands yet; or at its last task
            if group.limit >= 0 and begun <= group.limit:
                back += group.jobs[group.limit : group.count]
                group.count = group.limit
            else:
                group.limit = begun
                self.board.set_limit(group.slot, begun)
        return reports, back


def packed(group: Group, calls: bytes) -> bytes:
    """The body of the group's packet."""
    ids = array.array("Q", [job.future._id for job in group.jobs])
    return b"".join((wire.GROUP_HEAD.pack(group.slot, group.count), ids, calls))


def pickled(jobs: list[Job]) -> bytes | None:
    """The calls of ``jobs`` as one pickle; ``None`` if one cannot be, or all are too much."""
    try:
        calls = pickle.dumps([(job.fn, job.args) for job in jobs], wire.PROTOCOL)
    except (pickle.PicklingError, AttributeError, ImportError):
        return None  # each by itself will show whose fault it is
    return calls if len(calls) <= LARGEST_PICKLE else None
