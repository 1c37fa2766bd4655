"""What a finding is, and what its checks are given."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final, Protocol, runtime_checkable

from poolscope.analysis.column import NEVER
from poolscope.analysis.waitgraph import Watch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolscope.analysis.spans import SpanIndex
    from poolscope.analysis.store import Store

DEADLOCK: Final = "deadlock"  # severities: nothing will ever move again
WARNING: Final = "warning"  # something is wrong, or was
NOTE: Final = "note"  # worth knowing

MOST_SINGLY: Final = 50  # findings of one kind; what is more is put together in one


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment on a lane that belongs to a finding: ``lane`` as in ``Lane.key``."""

    lane: tuple[str, int]
    ns: int
    word: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a finding is to be seen: the key of a lane, the id of a task, the id of a lock.

    What there is none of is None.
    """

    lane: tuple[str, int] | None = None
    task: int | None = None
    lock: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found.

    ``kind``: as the contract of the report names it. ``text``: a sentence. ``subjects``: ids, as
    strings, of the threads, locks, tasks, pools it is about. ``at_ns``: when, ns since the
    origin; ``end_ns``: when it was over, None: it still is so, or it was but a moment.
    ``severity``: ``"deadlock"``, ``"warning"`` or ``"note"``. ``place``: where to go. ``lanes``:
    the keys of all lanes concerned. ``lines``: source lines, each with what happened there.
    ``marks``: moments to be marked on the chart.
    """

    kind: str
    text: str
    subjects: list[str]
    at_ns: int
    severity: str = WARNING
    end_ns: int | None = None
    place: Place = Place()
    lanes: tuple[tuple[str, int], ...] = ()
    lines: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()


@dataclass(slots=True)
class Case:
    """What the checks look at. ``watch`` tells the rings that are certain.

    ``clock_ns`` may be set to the time, ns since the origin, while the program still runs: one
    that is stuck records nothing. ``told``: which thread's hold of which lock (rows) the rings
    tell of, for those who come after.
    """

    store: Store
    index: SpanIndex
    clock_ns: int = 0
    told: set[tuple[int, int]] = field(default_factory=set)
    watch: Watch = field(init=False)

    def __post_init__(self) -> None:
        self.watch = Watch(self.store, self.index)

    @property
    def now_ns(self) -> int:
        """Up to when what is still open has lasted."""
        return max(self.clock_ns, self.store.now_ns)

    @property
    def ended(self) -> bool:
        """Whether the recording is over: nothing more will be seen to happen."""
        return self.store.finished or self.store.root_pid in self.store.exits

    def lane(self, thread: int) -> tuple[str, int]:
        """The key of a thread's lane."""
        known = self.store.threads[thread]
        if known.worker != NEVER:
            return ("worker", self.store.workers[known.worker].id)
        return ("thread", known.id)


class Check(Protocol):
    """One kind of finding. It may keep what it has worked out of a store from call to call."""

    kind: ClassVar[str]

    def check(self, case: Case) -> Iterator[Finding]:
        """All findings of this kind, as things are now."""
        ...


@runtime_checkable
class InBits(Protocol):
    """A check that can do beforehand, in bits of a few ms, what it would cost a long history."""

    def ahead(self, case: Case) -> Iterator[None]:
        """Do it bit by bit. Without it, or left off anywhere, ``check`` finds the same."""
        ...
