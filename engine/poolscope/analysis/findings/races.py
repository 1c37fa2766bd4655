"""Updates of shared variables that were lost."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Final

from poolscope.analysis.column import NEVER
from poolscope.analysis.findings.finding import MOST_SINGLY, WARNING, Case, Finding, Mark, Place
from poolscope.analysis.wait_words import thread_words

if TYPE_CHECKING:
    from poolscope.analysis.shared_table import LostUpdate
    from poolscope.analysis.store import Store


_AT_ONCE: Final = 10  # findings made in a few ms


class LostUpdates:
    """A write over another one that its thread had never seen."""

    kind: ClassVar[str] = "lost-update"

    def __init__(self) -> None:
        self._told: dict[tuple[object, ...], Finding] = {}  # by all that a finding is made of

    def ahead(self, case: Case) -> Iterator[None]:
        shared = case.store.shared
        for row in range(len(case.store.variables)):
            while shared.follow(row, whole=case.ended, asked=False):
                yield
        lost = {row: shared.worked_out(row) for row in range(len(case.store.variables))}
        for number, (made_of, finding) in enumerate(self._telling(case, lost), 1):
            self._told[made_of] = finding
            if not number % _AT_ONCE:
                yield

    def check(self, case: Case) -> Iterator[Finding]:
        store, shared = case.store, case.store.shared
        lost = {row: shared.lost(row, whole=case.ended) for row in range(len(store.variables))}
        count = sum(map(len, lost.values()))
        self._told = dict(self._telling(case, lost))
        yield from self._told.values()
        rest = count - len(self._told)
        if rest > 0:
            ids = [str(store.variables[row].id) for row, pairs in lost.items() if pairs]
            at = max(each.at_ns for each in self._told.values())
            yield Finding(
                self.kind, f"{rest:,} more updates of shared variables were lost.", ids, at
            )

    def _telling(
        self, case: Case, lost: dict[int, dict[int, int]]
    ) -> Iterator[tuple[tuple[object, ...], Finding]]:
        """The first findings; those that would be as they were are not made again."""
        pairs = ((row, *pair) for row, pairs in lost.items() for pair in pairs.items())
        for each in list(itertools.islice(pairs, MOST_SINGLY)):  # they may change between bits
            update = case.store.shared.update(*each)
            made_of = (*each, update, *_actors(case.store, update))
            yield made_of, self._told.get(made_of) or self._finding(case, update)

    def _finding(self, case: Case, update: LostUpdate) -> Finding:
        store, table = case.store, case.store.shared.accesses
        name = store.variables[update.variable].name or "a shared variable"
        late, early = (
            thread_words(store, int(table.thread[row])) if row != NEVER else "a thread not seen"
            for row in (update.stale_write, update.lost_write)
        )
        _, lost = _value(store, update.lost_write)
        _, read = _value(store, update.stale_read)
        _, wrote = _value(store, update.stale_write)
        text = (
            f"An update of {name} was lost: {late} read {read} and wrote {wrote} over the {lost} "
            f"that {early} had written in between."
        )
        rows = [
            (update.stale_read, f"reads {read}"),
            (update.lost_read, f"reads {_value(store, update.lost_read)[1]}"),
            (update.lost_write, f"writes {lost}"),
            (update.stale_write, f"writes {wrote}"),
        ]
        known = [(row, word) for row, word in rows if row != NEVER]
        marks = tuple(
            Mark(
                case.lane(int(table.thread[row])), int(table.time[row]), word, _value(store, row)[0]
            )
            for row, word in known
        )
        threads = dict.fromkeys(int(table.thread[row]) for row, _ in known)
        subjects = [str(store.variables[update.variable].id)]
        return Finding(
            self.kind,
            text,
            subjects + [str(store.threads[row].id) for row in threads],
            max((int(table.time[row]) for row, _ in known), default=0),
            WARNING,
            None,
            Place(marks[-1].lane if marks else None),
            tuple(case.lane(row) for row in threads),
            tuple(f"{mark.word} at {mark.where}" for mark in marks if mark.where),
            marks,
        )


def _actors(store: Store, update: LostUpdate) -> Iterator[tuple[str, int]]:
    """What may yet be learned of a variable and of the threads that lost an update of it."""
    yield store.variables[update.variable].name, NEVER
    for row in update[1:]:
        if row != NEVER:
            thread = store.threads[int(store.shared.accesses.thread[row])]
            yield thread_words(store, int(store.shared.accesses.thread[row])), thread.worker


def _value(store: Store, row: int) -> tuple[str, str]:
    """Where an access was made, and the value as it was recorded."""
    if row == NEVER:
        return "", "?"
    value, _, where = store.text(int(store.shared.accesses.text[row])).partition("\n")
    return where, value or "?"
