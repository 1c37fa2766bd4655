"""The reader: follows a trace folder while it grows, or reads one that is finished.

It never blocks, believes nothing it has not checked, and raises only when it is made: what is
wrong later is counted and said in a sentence in ``errors``.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NamedTuple

from poolscope.trace import archive, chunk, losses, meta
from poolscope.trace.cells import RECORD_DTYPE, Records
from poolscope.trace.ends import Ends
from poolscope.trace.open_files import OpenFiles
from poolscope.trace.tail import BadChunkError, StreamInfo, Tail
from poolscope.trace.turns import NO_LIMIT, Turns
from poolscope.trace.upgrade import TraceError

__all__ = ["RECORD_DTYPE", "Batch", "Reader", "StreamInfo", "TraceError"]

_EXIT: Final = re.compile(r"exit-([0-9]{1,10})\.json", re.ASCII)
_MAX_ERRORS: Final = 100
# A folder's time of change has the grain of the kernel's tick: one that changed just now may
# change again with no sign of it.
_GRAIN_NS: Final = 50_000_000
_GONE: Final = -2


class Batch(NamedTuple):
    """Records of one stream, in their order."""

    stream: StreamInfo
    records: Records  # RECORD_DTYPE, cells of texts removed; the reader's buffer is not behind it
    texts: dict[int, str]  # those that this batch defines, by number; 0 is never one


class Reader:
    """Reads a trace.

    Args:
        path: a trace folder, or a file packed from one (``.poolscope``).

    Raises:
        TraceError: there is no trace; the sentence names the file and says what to do.

    Attributes:
        meta: what ``meta.json`` says, checked.
        origin_ns: ``perf_counter_ns`` when the recording began: no record is older.
        errors: one sentence for each thing that could not be read.
        exits: exit code by process, as its supervisor noted it.
        read_cells: by the last poll, those of texts included.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, coming: Iterable[str] | None = None
    ) -> None:
        """``coming``: the names of all files, if there are more to come (``arrived``)."""
        self._stack = contextlib.ExitStack()
        try:
            self.folder = self._stack.enter_context(archive.opened(Path(path)))
            self.meta: dict[str, Any] = meta.read_meta(self.folder)
        except BaseException:
            self._stack.close()
            raise
        self.origin_ns: int = self.meta["created_ns"]
        self.errors: list[str] = []
        self.exits: dict[int, int] = {}
        self.exit_ns: dict[int, int] = {}  # by when they had ended, since the origin, if it is said
        self.cpu_ns: dict[int, int] = {}  # what they took of processors, if it is said
        self._tails: dict[int, Tail] = {}
        self._active: list[Tail] = []
        self._files = OpenFiles()
        self._turns = Turns()
        self._streams = 0
        self._ends = Ends(coming)
        self._stale = True  # the folder may hold what we have not seen
        self._changed_ns = -1
        self._scan_not_before = 0
        self._quiet = False
        self.read_cells = 0

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every file."""
        for tail in self._tails.values():
            tail.close()
        self._active.clear()
        self._stack.close()

    # -- counts ----------------------------------------------------------------------------

    @property
    def lost(self) -> int:
        """Events that could not be written (disk full, quota), as far as it is known."""
        return sum(tail.lost for tail in self._tails.values())

    @property
    def lost_of(self) -> dict[int, int]:
        """The same by thread, as far as it is known of which one's they were."""
        return losses.lost_of(self._tails.values())

    @property
    def lost_since(self) -> int:
        """Up to when nothing is missing, ns since the origin; -1 if that is not known."""
        return max(-1, losses.lost_since(self._tails.values()) - self.origin_ns)

    @property
    def dropped(self) -> int:
        """Tasks whose submission was dropped to keep the quota."""
        return sum(tail.dropped for tail in self._tails.values())

    @property
    def dropped_records(self) -> int:
        """Records dropped to keep the quota."""
        return sum(tail.dropped_records for tail in self._tails.values())

    @property
    def torn(self) -> int:
        """Records that were begun and never completed, their writer being killed."""
        return sum(tail.torn for tail in self._tails.values())

    @property
    def finished(self) -> bool:
        """The recording's first process has ended and all that is there has been read."""
        root: int = self.meta["pid"]
        if not self._quiet or self._ends.arriving:
            return False
        if root in self._ends.pids:
            return True
        pinned = [tail.uid for tail in self._tails.values() if tail.pinned and tail.pid == root]
        return bool(pinned) and self._ends.recordings.issuperset(pinned)

    @property
    def reached_ns(self) -> int | None:
        """Up to when, ns since the origin, every stream that is there has been read; None: as far
        as there is anything. Of a time after it, what one stream tells others may contradict."""
        left = [
            tail.reached
            for tail in self._active
            if not tail.pinned and (not tail.drained or self._ends.waits(tail))
        ]
        return max(0, min(left) - self.origin_ns) if left else None

    # -- polling ---------------------------------------------------------------------------

    def poll(self, limit: int | None = None) -> list[Batch]:
        """What is new. An empty list: all that was written before the call has been returned.

        Args:
            limit: read about so many records at most; the rest comes with the next call. None:
                everything that is there.
        """
        self.read_cells = 0
        budget = NO_LIMIT if limit is None else max(1, limit)
        looked = self._look_at_folder(spare=True)
        batches = self._drain_all(budget)
        if not batches and self._stale and not looked:
            self._look_at_folder(spare=False)
            batches = self._drain_all(budget)
        self._quiet = not batches
        return batches

    def _drain_all(self, budget: int) -> list[Batch]:
        """Read on by the budget; and by more of them while they end within a text that is longer,
        as an empty list says that there is nothing more."""
        while True:
            before = self.read_cells
            batches = self._drain(budget)
            if batches or self.read_cells == before:
                return batches

    def _drain(self, budget: int) -> list[Batch]:
        batches: list[Batch] = []
        for tail in [tail for tail in self._active if tail.pinned]:
            while budget > 0 and (read := self._read(tail, budget, batches)):
                budget -= read
        others = [tail for tail in self._active if not tail.pinned]
        self._turns.read(others, budget, lambda tail, limit: self._read(tail, limit, batches))
        if any(tail.done for tail in self._active):
            self._active = [tail for tail in self._active if not tail.done]
            self._files.only(self._active)
        return batches

    def _read(self, tail: Tail, limit: int, batches: list[Batch]) -> int:
        """Read on in a stream; returns how many cells there were."""
        read = 0
        try:
            found = self._files.read(tail, limit)
            if found is not None:
                read = found.cells
                self.read_cells += read
                if tail.info is None:
                    self._meet(tail)
                assert tail.info is not None
                if tail.pinned and self._ends.note(tail, found.records):
                    self._stale = True
                if len(found.records) or found.texts:
                    batches.append(Batch(tail.info, found.records, found.texts))
        except BadChunkError as error:
            self._complain(str(error))
            tail.give_up()
        except OSError as error:
            self._complain(f"{tail.file_name} cannot be read: {error.strerror or error}")
            tail.give_up()
        self._files.keep(tail)
        return read

    def _meet(self, tail: Tail) -> None:
        header = tail.header
        tail.info = StreamInfo(
            self._streams, header.thread, header.pid, header.native_id, header.role, header.name
        )
        self._streams += 1

    def _complain(self, sentence: str) -> None:
        if len(self.errors) < _MAX_ERRORS:
            self.errors.append(sentence)

    # -- the folder ------------------------------------------------------------------------

    def _look_at_folder(self, *, spare: bool) -> bool:
        """Find new chunks, if there may be any; whether the folder was looked at.

        Args:
            spare: not too often, when the folder is large.
        """
        try:
            changed = self.folder.stat().st_mtime_ns
            if changed == self._changed_ns and not self._stale and not self._ends.arriving:
                return False
            began = time.perf_counter_ns()
            if spare and began < self._scan_not_before:
                self._stale = True
                return False
            self._stale = time.time_ns() - changed < _GRAIN_NS
            self._scan()
        except OSError as error:
            if self._changed_ns != _GONE:
                self._complain(f"{self.folder} cannot be read: {error.strerror or error}")
            self._changed_ns = _GONE
            self._stale = False
            return False
        self._changed_ns = changed
        # A look at thousands of files may take a tenth of the time.
        ended = time.perf_counter_ns()
        self._scan_not_before = ended + 10 * (ended - began)
        return True

    def _scan(self) -> None:
        with os.scandir(self.folder) as entries:
            names = [entry.name for entry in entries]
        for file_name in names:
            name = chunk.parse_name(file_name)
            if name is not None:
                tail = self._tails.get(name.stream)
                if tail is None:
                    tail = Tail(self.folder, name, self.origin_ns)
                    self._tails[name.stream] = tail
                    self._active.append(tail)
                tail.numbers.add(name.number)
            else:
                match = _EXIT.fullmatch(file_name)
                if match is not None and int(match[1]) not in self.exits:
                    self._read_exit(int(match[1]), file_name)
        self._ends.mark(self._tails.values(), self._active)

    def _read_exit(self, pid: int, file_name: str) -> None:
        self.exits[pid] = 0
        try:
            self.exits[pid], at_ns, cpu_ns = meta.read_exit(self.folder / file_name, pid)
            if cpu_ns is not None:
                self.cpu_ns[pid] = cpu_ns
            if at_ns is not None:
                self.exit_ns[pid] = max(0, at_ns - self.origin_ns)
        except TraceError:
            self._complain(f"{file_name} does not say how process {pid} ended")
        self._ends.pids.add(pid)

    def arrived(self) -> None:
        """All files are there: what is missing now is missing."""
        self._ends.arrived()
        self._stale = True
