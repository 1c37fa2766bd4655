"""Packing a trace into one file on a thread of its own, with its progress and its end."""

from __future__ import annotations

import threading
from pathlib import Path

from poolscope.trace import archive


class _GivenUpError(Exception):
    """Raised inside the packing to end it."""


class PackJob:
    """One packing. Whoever started it looks at it from time to time."""

    def __init__(self, folder: Path, file: Path) -> None:
        self.file = file
        self.done = 0
        self.total = 0
        self.error = ""
        self._folder = folder
        self._give_up = threading.Event()
        self._thread = threading.Thread(target=self._run, name="packing", daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    def cancel(self) -> None:
        """End it at the next file; nothing is left where the file would have been."""
        self._give_up.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            archive.pack(self._folder, self.file, self._progress)
        except _GivenUpError:
            self.error = "given up"
        except (OSError, ValueError) as error:
            self.error = f"{self.file.name} could not be written: {error}"

    def _progress(self, done: int, total: int) -> None:
        self.done, self.total = done, total
        if self._give_up.is_set():
            raise _GivenUpError
