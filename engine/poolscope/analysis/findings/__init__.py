"""What is wrong or remarkable in a trace, each said in one sentence.

A finding is made by a small class with a ``kind`` and a ``check``. It says only what is certain:
where records may be missing, it is silent. Thresholds are constants beside the class that uses
them, each with its reason.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from poolscope.analysis.findings.broken import BrokenPool, FailingWorkers
from poolscope.analysis.findings.convoy import Convoy
from poolscope.analysis.findings.endings import NoSignal, OwnerDied
from poolscope.analysis.findings.finding import (
    DEADLOCK,
    NOTE,
    WARNING,
    Case,
    Check,
    Finding,
    Mark,
    Place,
)
from poolscope.analysis.findings.forked import ForkedLock
from poolscope.analysis.findings.gaps import BreaksOff, LostEvents, NotSeen
from poolscope.analysis.findings.leaked_pool import LeakedPools
from poolscope.analysis.findings.lost import LostTask
from poolscope.analysis.findings.pools import IdleWorkers, UnreadException
from poolscope.analysis.findings.races import LostUpdates
from poolscope.analysis.findings.saturation import Saturation
from poolscope.analysis.findings.starvation import Starvation
from poolscope.analysis.findings.stuck import Deadlock
from poolscope.analysis.spans import SpanIndex
from poolscope.analysis.worker_end import exit_words

if TYPE_CHECKING:
    from poolscope.analysis.store import Store

__all__ = [
    "DEADLOCK",
    "NOTE",
    "WARNING",
    "Finding",
    "Findings",
    "Mark",
    "Place",
    "exit_words",
    "findings",
    "made",
]

CHECKS: Final[tuple[Callable[[], Check], ...]] = (
    BrokenPool,
    FailingWorkers,
    LostTask,
    Deadlock,
    NoSignal,
    OwnerDied,
    ForkedLock,
    Starvation,
    Saturation,
    Convoy,
    LostUpdates,
    UnreadException,
    LeakedPools,
    IdleWorkers,
    NotSeen,
    LostEvents,
    BreaksOff,
)
# What these say of is recorded itself. All others conclude from what was not: that nothing was
# released, began or ended; and that may be what was lost.
_WHATEVER_IS_LOST: Final = (BrokenPool, UnreadException, NotSeen, LostEvents)


def made(check: Check, case: Case) -> list[Finding]:
    """What a check finds; nothing where it may be wrong because events were lost."""
    if case.store.lost and not isinstance(check, _WHATEVER_IS_LOST):
        return []
    return list(check.check(case))


class Findings:
    """The findings of one store, again and again while it grows."""

    def __init__(self, store: Store, index: SpanIndex) -> None:
        self.index = index
        self._case = Case(store, index)
        self._checks = [make() for make in CHECKS]
        self._seen: tuple[int, int, bool, bool, int] | None = None
        self._found: list[Finding] = []

    def look(self, now_ns: int = 0) -> list[Finding]:
        """All findings as things are now, by time. Costs nothing while nothing has changed."""
        case = self._case
        store = case.store
        seen = (store.version, store.settled_ns, store.breaks_off, case.ended, now_ns)
        if seen != self._seen:
            self._seen = seen
            case.clock_ns = now_ns
            case.index.refresh()
            found = [each for check in self._checks for each in made(check, case)]
            self._found = sorted(found, key=lambda each: each.at_ns)
        return list(self._found)


def findings(store: Store, index: SpanIndex | None = None, now_ns: int = 0) -> list[Finding]:
    """All findings, by time.

    Args:
        index: a ``SpanIndex`` of the store, if there is one; it is refreshed. What was worked
            out of a store is kept as long as the store, so that asking again costs what is new.
        now_ns: the time, ns since the origin, if it is later than the newest event: a program
            that is stuck records nothing.
    """
    kept = store.attached.get(Findings)
    if not isinstance(kept, Findings) or (index is not None and kept.index is not index):
        kept = store.attached[Findings] = Findings(store, index or SpanIndex(store))
    return kept.look(now_ns)
