"""Taking in a trace: from the reader into the store, a bounded time at once.

No Qt here: the session's timer calls ``take``.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

from poolscope import call_text
from poolscope.analysis.store import Store
from poolscope.trace.reader import Reader
from poolscope.trace.schema import META_FILE

__all__ = ["Intake"]

RECORDS_AT_ONCE: Final = 16_384  # about 2 ms of work: how far a budget can be overdrawn


class Intake:
    """One trace, that may be there only later: ``store`` is empty until ``find`` has found it."""

    def __init__(self) -> None:
        self.store = Store()
        self.folder: Path | None = None
        self._reader: Reader | None = None

    @classmethod
    def of(cls, path: str | Path) -> Intake:
        """The intake of a trace that is there. Raises ``TraceError`` when it is none."""
        intake = cls()
        intake._begin(Reader(path))
        return intake

    @classmethod
    def awaited(cls, folder: Path) -> Intake:
        """The intake of a trace that a host will begin in ``folder``."""
        intake = cls()
        intake.folder = folder
        return intake

    @property
    def found(self) -> bool:
        """Whether there is a trace yet."""
        return self._reader is not None

    def find(self) -> bool:
        """Look whether the trace has begun; True when it just has, and ``store`` is a new one.

        Raises ``TraceError`` when what is there is no trace.
        """
        if self.found or self.folder is None or not (self.folder / META_FILE).exists():
            return False
        self._begin(Reader(self.folder))
        return True

    def _begin(self, reader: Reader) -> None:
        self._reader = reader
        self.folder = reader.folder
        self.store = Store.of(reader)

    def take(self, budget_s: float) -> tuple[bool, bool]:
        """Read for about ``budget_s``; whether anything changed, and whether that was all."""
        if self._reader is None:
            return False, True
        changed = False
        end = time.perf_counter() + budget_s
        while self.store.take(self._reader, RECORDS_AT_ONCE):
            changed = True
            if time.perf_counter() > end:
                return True, False
        return changed, True

    def clock_ns(self) -> int:
        """The time now, in ns since the trace's origin: a host on this machine has our clock."""
        if self._reader is None:
            return 0
        return max(self.store.now_ns, time.perf_counter_ns() - self._reader.origin_ns)

    def named(self, text: str) -> dict[str, str]:
        """The ids of the tasks that ``text`` names as ``#7``, by the number that is shown."""
        ids = self.store.tasks.id
        return {
            str(number): str(ids[number - 1])
            for number in call_text.named_tasks(text)
            if 0 < number <= len(ids)
        }

    def close(self) -> None:
        """Close the trace's files; what was taken in stays."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None
