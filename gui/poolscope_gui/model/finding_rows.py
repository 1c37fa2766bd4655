"""What the analysis found, as the panel lists it: severity, words, time, and where to go."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from poolscope_gui.model.quantities import duration, plural
from poolscope_gui.model.races import has_ended
from poolscope_gui.model.ticks import moment
from poolscope_gui.model.tracks import NEVER

if TYPE_CHECKING:
    from poolscope.analysis.findings.finding import Finding
    from poolscope.analysis.store import Store

NONE_YET: Final = "No findings so far: nobody waits in a ring, no pool is broken, no update is lost"
READING: Final = "The trace is being read. What is wrong is told when all of it is known"
UNREAD: Final = "Not all of the trace could be read: nothing is concluded from the rest"
NONE: Final = "No findings: nobody waited in a ring, no pool broke, no update was lost"
_ORDER: Final = {"deadlock": 0, "warning": 1, "note": 2}
_WORDS: Final = {"good": "all is well"}  # of a severity, where it is not its own name
_TITLES: Final = {"unseen": "not seen"}
MOST_OF_KIND: Final = 6  # findings of one kind that have a line each
MOST_SOUND: Final = 6  # variables that are told one by one
ROOM: Final = 0.25  # on both sides of what is shown, as a share of its length
LEAST_NS: Final = 2_000_000
POINT_NS: Final = 50_000_000  # around a finding that is but a moment
MOST_NS: Final = 10_000_000_000  # of what lasts


@dataclass(frozen=True)
class FindingRow:
    """One line of the list. ``end`` is ``NEVER`` for what lasts, or was but a moment.

    ``task`` and ``lock`` are rows of the store's tables, ``lane`` and ``lanes`` the keys of lanes.
    """

    kind: str
    severity: str
    text: str
    at: int
    end: int
    lines: tuple[str, ...] = ()
    lane: tuple[str, int] | None = None
    lanes: tuple[tuple[str, int], ...] = ()
    task: int = NEVER
    lock: int = NEVER
    marked: tuple[int, int] | None = None  # the first and the last moment that is marked

    @property
    def title(self) -> str:
        """``lost update``"""
        return _TITLES.get(self.kind, self.kind.replace("-", " "))

    @property
    def severity_words(self) -> str:
        return _WORDS.get(self.severity, self.severity)

    @property
    def when(self) -> str:
        """When it was, and how long it lasted."""
        at = moment(max(self.at, 0), 10**6)
        lasted = duration(self.end - self.at) if self.end > self.at else ""
        return f"{at}, lasted {lasted}" if lasted else at

    def stretch(self, now: int) -> tuple[float, float]:
        """The time to look at, from and to, ns."""
        if self.marked is not None:
            begin, end = self.marked
            room = max((end - begin) * ROOM, LEAST_NS / 100)
            return begin - room, end + room
        end = self.end
        if end == NEVER:
            end = self.at + POINT_NS if self.severity != "deadlock" else now
        end = min(max(end, self.at + LEAST_NS), self.at + MOST_NS)
        room = (end - self.at) * ROOM
        return self.at - room, end + room


def rows(store: Store, found: Iterable[Finding]) -> list[FindingRow]:
    """The findings as rows: what is worst and newest first."""
    locks = {lock.id: row for row, lock in enumerate(store.locks)}
    made = []
    for each in found:
        place = each.place
        made.append(
            FindingRow(
                each.kind,
                each.severity,
                each.text,
                each.at_ns,
                each.end_ns if each.end_ns is not None else NEVER,
                tuple(_short(line) for line in each.lines),
                place.lane,
                each.lanes,
                store.row_of_task(place.task) if place.task is not None else NEVER,
                locks.get(place.lock, NEVER) if place.lock is not None else NEVER,
                (min(m.ns for m in each.marks), max(m.ns for m in each.marks))
                if each.marks
                else None,
            )
        )
    over = has_ended(store)  # and so is all that was wrong: no note is above it for that
    made.sort(key=lambda row: _rank(row, over))
    return _gathered(made)


def _rank(row: FindingRow, over: bool) -> tuple[bool, bool, int, int]:
    order = _ORDER.get(row.severity, 1)
    return over and order == _ORDER["note"], row.end != NEVER, order, -row.at


def _gathered(made: list[FindingRow]) -> list[FindingRow]:
    """The first few of each kind; how many more there are of it is one line, after them."""
    of_kind: dict[str, list[FindingRow]] = {}
    for row in made:
        of_kind.setdefault(row.kind, []).append(row)
    out: list[FindingRow] = []
    for row in made:
        mine = of_kind[row.kind]
        place = mine.index(row)
        if place < MOST_OF_KIND or len(mine) == MOST_OF_KIND + 1:
            out.append(row)
        elif place == MOST_OF_KIND:
            rest = len(mine) - MOST_OF_KIND
            text = f"{rest} more findings of this kind: the first is here."
            first = min(mine[MOST_OF_KIND:], key=lambda each: each.at)
            out.append(replace(first, text=text, lines=(), end=NEVER))
    return out


def _short(line: str) -> str:
    """A source line without the folders of its file."""
    return re.sub(r"(?<= at )\S*[/\\]", "", line)


def sound(store: Store) -> list[FindingRow]:
    """Shared variables that were written and of which no update was lost: that is worth a line."""
    table = store.shared.accesses
    if not len(table) or store.lost:  # an access may be among it
        return []
    ended = has_ended(store)
    made = []
    for row, variable in enumerate(store.variables[:MOST_SOUND]):
        mine = np.flatnonzero(table.wrote & (table.variable == row))
        if not len(mine) or store.shared.lost(row, whole=ended):
            continue
        threads = len(set(table.thread[mine].tolist()))
        text = f"{variable.name or 'A variable'}: {plural(len(mine), 'write')} by "
        text += f"{plural(threads, 'thread')}, none lost."
        times = table.time[mine]
        first, last = int(times.min()), int(times.max())
        made.append(FindingRow("no-lost-update", "good", text, first, last))
    return made


def bad(found: list[FindingRow]) -> int:
    """How many of them are worse than a note."""
    return sum(row.severity in ("deadlock", "warning") for row in found)
