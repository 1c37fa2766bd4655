"""What the chart shows, as the painter's side wants it: lanes, groups, counters, and words.

``Chart`` is plain data and can be filled by hand, which is how the tests and the benchmarks draw
ten million bars without running any. ``source.ChartSource`` fills one from a store.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np

from poolscope_gui.model.counted import Counted
from poolscope_gui.model.lod import Slicer
from poolscope_gui.model.races import Race
from poolscope_gui.model.tracks import NEVER, Times, Track

LaneKind = Literal["worker", "caller", "thread", "lock"]
_NONE: Times = np.empty(0, dtype=np.int64)

Part = Literal[
    "task", "sent", "block", "signal", "hold", "wait", "span", "lane", "queue", "cancel", "edge"
]


@dataclass(slots=True)
class Name:
    """What stands on a task's bar, and how wide it is in one font."""

    number: str
    number_width: float
    text: str = ""  # number and name; "": there never was room for it, or it is not known yet
    width: float = math.inf
    least: int = 0  # letters of it that say something, and their width
    least_width: float = math.inf


@dataclass(eq=False)
class Sliced:
    """A track and what the last picture of it found out."""

    track: Track
    slicer: Slicer = field(init=False)
    labels: dict[tuple[int, int], Name] = field(default_factory=dict)  # by task and font

    def __post_init__(self) -> None:
        self.slicer = Slicer(self.track)


def sliced(common: int = 0) -> Sliced:
    return Sliced(Track(common))


@dataclass(frozen=True)
class LaneAlarm:
    """A lane's thread waits in a ring: for ever, or (``timed``) until somebody gives up.

    ``behind``: it is not in the ring itself, it waits for one that is.
    """

    since: int
    timed: bool
    words: str
    behind: bool = False


@dataclass(eq=False)
class Lane:
    """A row of the chart. Times in ns; ``NEVER`` where they are not known."""

    key: tuple[str, int]
    kind: LaneKind
    title: str
    group: int = -1
    detail: str = ""  # what it does at the moment
    share: float | None = None  # of its life that it was busy
    born: int = 0
    gone: int = NEVER
    ending: str = ""  # why it is dead; "" while it lives, or if it ended in peace
    tasks: Sliced = field(default_factory=lambda: sliced(3))  # kind: state; FINISHED is common
    sent: Sliced = field(default_factory=sliced)
    blocks: Sliced = field(default_factory=sliced)  # kind: lock
    signals: Sliced = field(default_factory=sliced)  # kind: the condition, event, queue ...
    holds: dict[int, Sliced] = field(default_factory=dict)  # by row of stripes; kind: lock
    waits: list[Sliced] = field(default_factory=list)  # one for each depth of nesting
    # Of each depth, where the thread was away with what as_completed had handed out.
    aways: list[Sliced] = field(default_factory=list)
    spans: list[Sliced] = field(default_factory=list)  # what the user named, the same way
    alarm: LaneAlarm | None = None  # its thread waits in a ring
    # Of a lock's own lane:
    lock: int = NEVER
    owners: list[Sliced] = field(default_factory=list)  # one for each owner at a time
    waiter_times: Times = field(default_factory=lambda: _NONE)
    waiters: Times = field(default_factory=lambda: _NONE)  # how many, from each of those times on

    @property
    def dead(self) -> bool:
        return self.gone != NEVER


@dataclass
class Group:
    """A pool, or the callers: lanes that belong together."""

    title: str
    detail: str = ""
    colour: int = 0  # number in the theme's pool colours; -1: none
    alarm: str = ""  # what broke it
    lanes: list[int] = field(default_factory=list)
    key: str = ""  # what it is known by while lanes come and go

    def __post_init__(self) -> None:
        self.key = self.key or self.title


@dataclass(frozen=True)
class LockLook:
    """A lock's name and the number of its colour; ``held``: it has owners, it is no signal."""

    name: str
    colour: int
    held: bool = True


@dataclass(frozen=True)
class Place:
    """Where a task is drawn."""

    lane: int
    begin: int
    end: int


@dataclass(frozen=True)
class Hit:
    """What is under a point. ``ref`` is the row of the task, block, hold or wait."""

    part: Part
    lane: int = -1
    ref: int = -1
    time: int = 0
    lock: int = -1


@dataclass(frozen=True)
class Facts:
    """Everything known about a thing, for the tooltip: a head line and pairs of words."""

    title: str
    state: str = ""
    pairs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Handover:
    """A lock went from one lane to another: released by the one, acquired by the other."""

    time: int
    lock: int
    giver: int
    taker: int
    released: int = NEVER


class Hop(NamedTuple):
    """A future goes from a lane to another: submitted there, begun here; ended, a wait released.

    ``until`` is ``NEVER`` while it has not arrived.
    """

    origin: int
    since: int
    target: int
    until: int


@dataclass(frozen=True)
class Unblocking:
    """Where to go to see what let a blocked stretch go on; ``why_not``: it is not known."""

    lane: int = NEVER
    time: int = 0
    words: str = ""
    why_not: str = ""
    hit: Hit | None = None  # what is to be seen there


@dataclass(eq=False)
class Chart(Counted):
    """Everything the chart shows. Subclasses keep it up to date and find the words."""

    version: int = 0
    first: int = 0
    now: int = 0  # up to when it is known
    last: int = 0  # of what will be known; before now: the same
    live: bool = False
    groups: list[Group] = field(default_factory=list)
    lanes: list[Lane] = field(default_factory=list)
    locks: list[LockLook] = field(default_factory=list)
    queue_times: Times = field(default_factory=lambda: _NONE)
    queue_depth: Times = field(default_factory=lambda: _NONE)
    cancel_times: Times = field(default_factory=lambda: _NONE)  # sorted
    cancel_tasks: Times = field(default_factory=lambda: _NONE)
    race_times: Times = field(default_factory=lambda: _NONE)  # of writes over others, sorted
    wall_ns: int = 0  # what the clock on the wall said at time 0, ns since 1970; 0: not known
    edge: str = ""  # what is missing where history starts: "12 tasks dropped by the quota"
    message: str = ""  # what to do, when there is nothing to show

    def update(self) -> bool:
        """Take in what is new. Returns whether anything changed."""
        return False

    @property
    def active(self) -> bool:
        """Whether anything goes on at the moment: runs, is blocked or waits."""
        return any(
            spans.track.open
            for lane in self.lanes
            for spans in (lane.tasks, lane.blocks, lane.signals, *lane.waits)
        )

    @property
    def empty(self) -> bool:
        return not self.lanes

    def task_label(self, row: int) -> str:  # noqa: ARG002 - for subclasses
        """The call, as submitted: ``fib(31)``."""
        return ""

    def task_number(self, row: int) -> str:
        """The short name of a task, the same in the table: ``#12``."""
        return f"#{row + 1}"

    def block_labels(self, ref: int) -> tuple[str, ...]:  # noqa: ARG002 - for subclasses
        """``waits for db_lock, held by io_1``, and shorter ways to say it."""
        return ("blocked",)

    def signal_labels(self, ref: int) -> tuple[str, ...]:  # noqa: ARG002 - for subclasses
        """``waits for ready (condition)``, and shorter ways to say it."""
        return ("waits",)

    def wait_labels(self, ref: int) -> tuple[str, ...]:  # noqa: ARG002 - for subclasses
        """``wait(3 futures, FIRST_COMPLETED)``, and shorter ways to say it."""
        return ("waits",)

    def span_label(self, ref: int) -> str:  # noqa: ARG002 - for subclasses
        """What the user called a span."""
        return "span"

    def owner_label(self, ref: int) -> str:  # noqa: ARG002 - for subclasses
        """Who owned a lock: the name on a hold's bar in the lock's lane."""
        return ""

    def place(self, row: int) -> Place | None:  # noqa: ARG002 - for subclasses
        """Where a task's bar is; None if no worker has begun it."""
        return None

    def outermost(self, rows: Times) -> Times:
        """Of tasks (rows), a few among which are the first to begin and the last to end."""
        return rows

    def handovers(self, chosen: Hit | None, begin: int, end: int, most: int) -> list[Handover]:  # noqa: ARG002 - for subclasses
        """How the lock of what is ``chosen`` went from lane to lane; none if more than ``most``.

        Of a blocked stretch or a hold the one that let it begin, of a task those of its blocked
        stretches, of a lock's lane all in this time.
        """
        return []

    def anatomy(self, rows: Times) -> Times:
        """When what happened to tasks (rows) on their way to a process and back: the columns of
        ``moments.anatomy``; nothing where no task has any of it."""
        return np.empty((0, 11), dtype=np.int64)[: len(rows)]

    def hops(self, hit: Hit | None) -> tuple[Hop, ...]:  # noqa: ARG002 - for subclasses
        """Where a task came from and whom its end let go on; what let a wait go on."""
        return ()

    def races(self, begin: int, end: int, most: int) -> list[Race]:  # noqa: ARG002 - for subclasses
        """The updates that were lost in this time; none if more than ``most``."""
        return []

    def unblocking(self, chosen: Hit | None) -> Unblocking:  # noqa: ARG002 - for subclasses
        """What let a blocked stretch go on, or the last of a task's."""
        return Unblocking(why_not="Nothing is known of what unblocks what here.")

    def facts(self, hit: Hit) -> Facts:
        """All that is known about what was hit."""
        if hit.part == "task":
            return Facts(f"{self.task_number(hit.ref)} {self.task_label(hit.ref)}".strip())
        if hit.lane >= 0:
            return Facts(self.lanes[hit.lane].title)
        return Facts("")
