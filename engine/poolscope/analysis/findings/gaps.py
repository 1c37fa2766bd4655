"""Findings about the trace itself: what it lacks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from poolscope.analysis.entities import Unseen
from poolscope.analysis.findings.finding import NOTE, WARNING, Case, Finding


class LostEvents:
    """What the trace itself lacks."""

    kind: ClassVar[str] = "lost-events"

    def check(self, case: Case) -> Iterator[Finding]:
        store = case.store
        if store.lost:
            text = f"{store.lost:,} events could not be recorded: the picture has gaps."
            yield Finding(self.kind, text, [], 0, WARNING)
        if store.dropped or store.hidden_tasks:
            count = max(store.dropped, store.hidden_tasks)
            text = f"{count} tasks were dropped to keep the quota: history begins later."
            yield Finding(self.kind, text, [], 0, WARNING)
        for sentence in store.errors:
            yield Finding(self.kind, sentence, [], 0, WARNING)


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
