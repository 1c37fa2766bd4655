"""Updates of shared variables that were lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Final

from poolscope.analysis.column import NEVER
from poolscope.analysis.findings.finding import MOST_SINGLY, WARNING, Case, Finding, Mark, Place
from poolscope.analysis.wait_words import thread_words

if TYPE_CHECKING:
    from poolscope.analysis.shared_table import LostUpdate
    from poolscope.analysis.store import Store

_SINGLY_OF_ONE: Final = 4  # updates that one write went over and that are told one by one


class LostUpdates:
    """A write over another one that its thread had never seen."""

    kind: ClassVar[str] = "lost-update"

    def __init__(self) -> None:
        self._found: list[Finding] = []
        self._of = 0  # how many stale writes they are from

    def check(self, case: Case) -> Iterator[Finding]:
        shared = case.store.shared
        stale = shared.stale
        if len(stale) != self._of and len(self._found) < MOST_SINGLY:
            # Anew while there are few: of an old one the other half may have been read by now.
            self._of = len(stale)
            updates = [
                update
                for write in stale[:MOST_SINGLY].tolist()
                for update in shared.lost_by(write, _SINGLY_OF_ONE)
            ]
            self._found = [self._finding(case, each) for each in updates[:MOST_SINGLY]]
        yield from self._found
        rest = shared.lost_count() - len(self._found)
        if len(stale) and rest > 0:
            ids = sorted({case.store.variables[row].id for row in self._variables(case)})
            at = int(shared.accesses.time[stale[-1]])
            text = f"{rest:,} more updates of shared variables were lost."
            yield Finding(self.kind, text, [str(key) for key in ids], at)

    def _variables(self, case: Case) -> list[int]:
        shared = case.store.shared
        return [int(row) for row in set(shared.accesses.variable[shared.stale].tolist())]

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
