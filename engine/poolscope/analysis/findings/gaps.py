"""Findings about the trace itself: what it lacks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from poolscope.analysis.column import NEVER
from poolscope.analysis.entities import Unseen
from poolscope.analysis.findings.finding import NOTE, WARNING, Case, Finding, Place
from poolscope.analysis.wait_words import thread_words
from poolscope.analysis.wording import duration

_MOST_NAMED: Final = 4


class LostEvents:
    """What the trace itself lacks."""

    kind: ClassVar[str] = "lost-events"

    def check(self, case: Case) -> Iterator[Finding]:
        store = case.store
        if store.lost:
            yield _lost(case)
        halves = store.hidden_tasks
        if store.dropped:
            said = _tasks(max(store.dropped, halves))
            text = f"{said} dropped to keep the quota: history begins later."
            yield Finding(self.kind, text, [], 0, WARNING)
        elif halves and (store.lost or store.finished):  # else they may only not be read yet
            it = "it was" if halves == 1 else "they were"
            text = f"{_tasks(halves)} left out: when {it} submitted was not recorded."
            yield Finding(self.kind, text, [], 0, WARNING)
        for sentence in store.errors:
            yield Finding(self.kind, sentence, [], 0, WARNING)


def _lost(case: Case) -> Finding:
    """How many events were lost, and whose."""
    store = case.store
    since = ""
    if store.lost_since != NEVER:
        since = f", the first of them after {duration(store.lost_since)}"
    text = f"{store.lost:,} events could not be recorded{since}: the picture has gaps."
    rows = [row for row, thread in enumerate(store.threads) if thread.id in store.lost_of]
    if rows:
        names = ", ".join(thread_words(store, row) for row in rows[:_MOST_NAMED])
        more = f" and {len(rows) - _MOST_NAMED} more" if len(rows) > _MOST_NAMED else ""
        text += f" They are of {names}{more}."
    lanes = tuple(case.lane(row) for row in rows)
    place = Place(lanes[0]) if lanes else Place()
    subjects = [str(store.threads[row].id) for row in rows]
    return Finding(
        LostEvents.kind, text, subjects, max(0, store.lost_since), WARNING, None, place, lanes
    )


def _tasks(count: int) -> str:
    return "1 task was" if count == 1 else f"{count:,} tasks were"


class NotSeen:
    """What the recording says of itself that it could not see."""

    kind: ClassVar[str] = "unseen"

    def check(self, case: Case) -> Iterator[Finding]:
        said: dict[str, list[Unseen]] = {}  # each process of a program says the same of itself
        for note in case.store.unseen:
            said.setdefault(note.text, []).append(note)
        for text, notes in said.items():
            processes = len({note.pid for note in notes})
            told = text if text.endswith(".") else f"{text}."
            if processes > 1:
                told += f" This goes for {processes} processes."
            yield Finding(self.kind, told, [], min(note.time for note in notes), NOTE)


class BreaksOff:
    """A recording of which it is not known how, and when, it ended."""

    kind: ClassVar[str] = "no-end"

    def check(self, case: Case) -> Iterator[Finding]:
        if case.store.breaks_off:
            text = (
                "Nobody noted how and when the program ended, as when it is killed together with "
                "its recorder: it may have gone on after the last event, recording nothing, as "
                "one that is stuck does."
            )
            yield Finding(self.kind, text, [], case.store.now_ns, WARNING)
