"""Updates of shared variables that were lost."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from poolscope.analysis.column import NEVER
from poolscope.analysis.findings.finding import MOST_SINGLY, WARNING, Case, Finding, Mark, Place
from poolscope.analysis.wait_words import thread_words

if TYPE_CHECKING:
    from poolscope.analysis.shared_table import LostUpdate
    from poolscope.analysis.store import Store


class LostUpdates:
    """A write over another one that its thread had never seen."""

    kind: ClassVar[str] = "lost-update"

    def __init__(self) -> None:
        self._found: list[Finding] = []
        self._of: tuple[int, int] = (0, 0)

    def check(self, case: Case) -> Iterator[Finding]:
        store, shared = case.store, case.store.shared
        lost = {row: shared.lost(row, whole=case.ended) for row in range(len(store.variables))}
        count = sum(map(len, lost.values()))
        seen = (count, len(shared.accesses))
        if seen != self._of:
            self._of = seen
            pairs = ((row, *pair) for row, pairs in lost.items() for pair in pairs.items())
            updates = [shared.update(*each) for each in itertools.islice(pairs, MOST_SINGLY)]
            self._found = [self._finding(case, each) for each in updates]
        yield from self._found
        rest = count - len(self._found)
        if rest > 0:
            ids = [str(store.variables[row].id) for row, pairs in lost.items() if pairs]
            at = max(each.at_ns for each in self._found)
            yield Finding(
                self.kind, f"{rest:,} more updates of shared variables were lost.", ids, at
            )

    def _finding(self, case: Case, update: LostUpdate) -> Finding:
        store, table = case.store, case.store.shared.accesses
        name = store.variables[update.variable].name or "a shared variable"
        late, early = (
            thread_words(store, int(table.thread[row]))
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
            int(table.time[update.stale_write]),
            WARNING,
            None,
            Place(marks[-1].lane),
            tuple(case.lane(row) for row in threads),
            tuple(f"{mark.word} at {mark.where}" for mark in marks if mark.where),
            marks,
        )


def _value(store: Store, row: int) -> tuple[str, str]:
    """Where an access was made, and the value as it was recorded."""
    if row == NEVER:
        return "", "?"
    value, _, where = store.text(int(store.shared.accesses.text[row])).partition("\n")
    return where, value or "?"
