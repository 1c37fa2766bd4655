"""The findings of a store that grows, a check at a time, so that no frame waits for them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from poolscope.analysis.findings import CHECKS, made
from poolscope.analysis.findings.finding import Case, InBits
from poolscope_gui.model import finding_rows
from poolscope_gui.model.finding_rows import FindingRow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolscope.analysis.findings.finding import Check, Finding
    from poolscope.analysis.waitgraph import Watch
    from poolscope_gui.model.source import ChartSource

Seen = tuple[int, int, bool, int]
DEAR_S: Final = 0.030  # a check that takes longer, on a very long history,
RARELY: Final = 100  # is made again when so many times its cost have gone by
_AGES_NS = 5_000_000_000  # so often what lasts is judged anew, even if nothing is recorded


@dataclass
class _Paced:
    """A check, what it found, and what that took, in seconds."""

    check: Check
    found: list[Finding] = field(default_factory=list)
    cost: float = 0.0
    done_at: float = 0.0

    def due(self, now: float, *, ended: bool) -> bool:
        """Whether it is worth its time again. What would be felt as a jerk is so only rarely."""
        return ended or self.cost < DEAR_S or now - self.done_at > RARELY * self.cost


class FindingsSource:
    """``begin`` a round when there is something new, ``step`` until it is over, read ``rows``."""

    def __init__(self, chart: ChartSource, clock: Callable[[], float] = time.perf_counter) -> None:
        """``clock``: seconds, to know what a check costs."""
        self._chart = chart
        self._clock = clock
        self._case = Case(chart.store, chart.index)
        self._checks = [_Paced(make()) for make in CHECKS]
        self._seen: Seen | None = None
        self._round: Iterator[None] | None = None
        self.rows: list[FindingRow] = []

    @property
    def watch(self) -> Watch:
        """What tells the rings that are certain."""
        return self._case.watch

    @property
    def ended(self) -> bool:
        """Whether the recording is over."""
        return self._case.ended

    @property
    def busy(self) -> bool:
        """Whether a round is under way."""
        return self._round is not None

    def begin(self) -> bool:
        """Begin a round; False when nothing has changed since the last."""
        store = self._chart.store
        self._case.clock_ns = self._chart.now
        seen = (store.version, store.settled_ns, self._case.ended, self._chart.now // _AGES_NS)
        if self._round is not None or seen == self._seen:
            return self._round is not None
        self._seen = seen
        self._round = self._look()
        return True

    def step(self) -> bool:
        """One check more; False when the round is over, and ``rows`` are those of it."""
        if self._round is None:
            return False
        if next(self._round, self) is self:
            self._round = None
        return self._round is not None

    def _look(self) -> Iterator[None]:
        found: list[Finding] = []
        for check in self._checks:
            if check.due(self._clock(), ended=self._case.ended):
                check.cost = 0.0
                for _ in self._in_bits(check):
                    yield  # between two frames
            found += check.found
        found_rows = finding_rows.rows(self._chart.store, found)
        self.rows = [*found_rows, *finding_rows.sound(self._chart.store)]

    def _in_bits(self, paced: _Paced) -> Iterator[None]:
        """Make a check, in bits if it can be. What counts is the dearest: it is one frame's."""
        check = paced.check
        self._chart.index.refresh()
        bits = check.ahead(self._case) if isinstance(check, InBits) else iter(())
        over = False
        while not over:
            self._chart.index.refresh()
            began = self._clock()
            over = next(bits, self) is self
            if over:
                paced.found = made(check, self._case)
            paced.done_at = self._clock()
            paced.cost = max(paced.cost, paced.done_at - began)
            yield
