"""Taking in a trace: from the reader into the store, a bounded time at once.

No Qt here: the session's timer calls ``take``.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

from poolscope import call_text
from poolscope.analysis import rooms
from poolscope.analysis.store import Store
from poolscope.trace import archive
from poolscope.trace.reader import Reader, TraceError
from poolscope.trace.schema import META_FILE, RECORD_SIZE
from poolscope.trace.scratch import Scratch

from .model.archive_job import UnpackJob
from .model.status import Size
from .program import Program

__all__ = ["BUDGET_S", "OPENING_BUDGET_S", "Intake"]

BUDGET_S: Final = 0.006  # of a look, for taking in what is new
OPENING_BUDGET_S: Final = 0.012  # the same while a finished trace is read
RECORDS_AT_ONCE: Final = 16_384  # about 2 ms of work: how far a budget can be overdrawn


class Intake:
    """One trace, that may be there only later: ``store`` is empty until ``find`` has found it."""

    def __init__(self) -> None:
        self.store = Store()
        self.folder: Path | None = None
        self._reader: Reader | None = None
        self._job: UnpackJob | None = None
        self._scratch: Scratch | None = None  # where it unpacks to, or a host records
        self._program: Program | None = None  # of a folder that was opened
        self._reached_ns = 0
        self._told = 0  # complaints about where the tables lie
        self._cells = 0  # of the trace, read so far
        self._size = Size()

    @classmethod
    def of(cls, path: str | Path) -> Intake:
        """The intake of a trace that is there; a file is unpacked meanwhile.

        Raises ``TraceError`` when it is none.
        """
        intake = cls()
        if Path(path).is_file():
            intake._unpack(Path(path))
        else:
            intake._begin(Reader(path))
            assert intake._reader is not None
            intake._program = Program(intake._reader.meta)
        return intake

    def _unpack(self, file: Path) -> None:
        try:
            self._scratch = Scratch()
        except OSError as error:
            raise TraceError(f"{file} cannot be unpacked: {error}; make room there") from error
        try:
            coming = archive.unpack_meta(file, self._scratch.path)
            self._begin(Reader(self._scratch.path, coming=coming))
        except BaseException:
            self._scratch.remove()
            raise
        self._job = UnpackJob(file, self._scratch.path)

    @property
    def reached_ns(self) -> int:
        """Up to when all streams have been read, while there is more: see ``Reader``."""
        found = None if self._reader is None else self._reader.reached_ns
        if found is not None:
            self._reached_ns = min(found, self.store.now_ns)
        return self._reached_ns

    @property
    def read_bytes(self) -> tuple[int, int]:
        """How much of the trace has been read, and how much there is; 0: not known (yet).

        By bytes, for until all streams are read to their end nobody knows when that is.
        """
        total = self._size.bytes(self.folder) if self._job is None else self._job.total
        return min(self._cells * RECORD_SIZE, total), total

    @classmethod
    def awaited(cls) -> Intake:
        """The intake of a trace that a host will begin in ``folder``, which is ours to remove.

        Raises ``OSError`` when there is no place for it.
        """
        intake = cls()
        intake._scratch = Scratch()
        intake.folder = intake._scratch.path
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
        """Read for about ``budget_s``; whether anything changed, and whether that was all.

        Raises ``TraceError`` when the file could not be unpacked to its end; what came before
        stays.
        """
        if self._reader is None:
            return False, True
        over = self._job is not None and not self._job.running  # looked at before what it brought
        changed = False
        end = time.perf_counter() + budget_s
        while self.store.take(self._reader, RECORDS_AT_ONCE):
            changed = True
            self._cells += self._reader.read_cells
            if self._job is None and self._reader.read_cells < RECORDS_AT_ONCE:
                break  # all there was; to be told so would cost as much as to read it
            if time.perf_counter() > end:
                return True, False
        if over:
            self._finish(self._reader)
            return True, False
        return changed, self._job is None

    def _finish(self, reader: Reader) -> None:
        job, self._job = self._job, None
        if job is not None and job.error:
            raise TraceError(job.error)
        reader.arrived()

    def grows(self) -> bool:
        """Look whether the program of a trace that was opened still runs, and records; where it
        no longer does and nothing says since when, the trace lasts as long as it was seen to."""
        store, program = self.store, self._program
        if program is None or store.finished or store.root_pid in store.exits:
            return False
        store.breaks_off = not program.runs()
        if not store.breaks_off:
            return True
        if program.seen_ns - store.origin_ns > store.now_ns:
            store.now_ns = program.seen_ns - store.origin_ns
            store.version += 1
        return False

    def remark(self) -> str:
        """A sentence, once, when the tables cannot lie where they should; else nothing."""
        complaints, told = rooms.complaints(), self._told
        self._told = len(complaints)
        return f"{complaints[-1]}." if self._told > told else ""

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
        if self._job is not None:
            self._job.cancel()
            self._job = None
        if self._reader is not None:
            self._reader.close()
            self._reader = None
        if self._scratch is not None:
            self._scratch.remove()
            self._scratch = None
