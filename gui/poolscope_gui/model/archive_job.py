"""Packing and unpacking on a thread of its own, with its progress and its end.

``done``, ``total`` and ``error`` are written by the job's thread and only read by others: each is
one assignment, and a look that comes between two of them is put right by the next.
"""

from __future__ import annotations

import threading
from pathlib import Path

from poolscope.trace import archive, scratch
from poolscope.trace.upgrade import TraceError


class _GivenUpError(Exception):
    """Raised inside the work to end it."""


class _Job:
    """One piece of work. Whoever started it looks at it from time to time."""

    def __init__(self, name: str) -> None:
        self.done = 0
        self.total = 0
        self.error = ""
        self.given_up = False
        self._give_up = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    def give_up(self) -> None:
        """Have it end soon; returns at once."""
        self._give_up.set()

    def cancel(self) -> None:
        """Have it end, and wait for that: it looks after each file."""
        self._give_up.set()
        self._thread.join()

    def finish(self) -> None:
        """Wait for its end."""
        self._thread.join()

    def _run(self) -> None:
        try:
            self._work()
        except _GivenUpError:
            self.given_up = True
        except (OSError, ValueError) as error:
            self.error = self._failure(error)

    def _work(self) -> None:
        raise NotImplementedError

    def _failure(self, error: Exception) -> str:
        raise NotImplementedError

    def _progress(self, done: int, total: int) -> None:
        self.done, self.total = done, total
        if self._give_up.is_set():
            raise _GivenUpError


class PackJob(_Job):
    """A trace folder into one file; given up, nothing is left where that would have been.

    The folder of a live trace stays until then, also when another trace is shown meanwhile.
    """

    def __init__(self, folder: Path, file: Path) -> None:
        self.file = file
        self._folder = folder
        self._let_go = scratch.hold(folder)
        super().__init__("packing")

    def _work(self) -> None:
        try:
            archive.pack(self._folder, self.file, self._progress)
        finally:
            self._let_go()

    def _failure(self, error: Exception) -> str:
        # What the system says, without its number and the name of the draft.
        reason = error.strerror if isinstance(error, OSError) else None
        return f"{self.file} could not be written: {reason or error}."


class UnpackJob(_Job):
    """A packed trace into a folder, bytes of it so far in ``done``."""

    def __init__(self, file: Path, folder: Path) -> None:
        self._file = file
        self._folder = folder
        super().__init__("unpacking")

    def _work(self) -> None:
        archive.unpack(self._file, self._folder, self._progress)

    def _failure(self, error: Exception) -> str:
        if isinstance(error, TraceError):
            return str(error)  # it names the file and says what to do
        return f"{self._file.name} could not be unpacked: {error}"
