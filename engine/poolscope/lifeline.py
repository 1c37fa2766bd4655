"""How a worker ends at once when its parent dies, even in the middle of a task.

The parent holds the writing end of a pipe into which nothing is ever written. Each worker asks
the kernel to be signalled (SIGIO) when something happens on the reading end, and the only thing
that can is that the last writing end closes. The signal's default action ends the process,
whatever it is in the middle of. No thread watches: a task must find itself in a process with
one thread.

Where the system cannot (no SIGIO, no ``/proc``), a worker still ends after its task, when there
is nobody to report to.
"""

from __future__ import annotations

import os
import signal
from multiprocessing import reduction
from typing import Any

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


class Lifeline:
    """The pipe; travels to a worker in the arguments of its process, without the writing end."""

    def __init__(self) -> None:
        self._reading, self._writing = os.pipe()

    def __getstate__(self) -> Any:
        return reduction.DupFd(self._reading)

    def __setstate__(self, passed: Any) -> None:
        self._reading = passed.detach()
        self._writing = -1

    def close(self) -> None:
        """Let go; in the parent when no worker is left."""
        reading, self._reading = self._reading, -1
        if reading >= 0:
            os.close(reading)
        self.abandon()

    def abandon(self) -> None:
        """In a forked child: only the parent may hold the writing end."""
        # Forgotten before it is closed: a fork in between, by another thread, finds nothing to
        # abandon. Its child keeps the end of a pool that has no worker any more: no harm.
        writing, self._writing = self._writing, -1
        if writing >= 0:
            os.close(writing)

    def hold_on(self) -> None:
        """In the worker, on its main thread: end when the writing end closes."""
        if fcntl is None or not hasattr(os, "O_ASYNC"):
            return
        try:
            # Opened anew: whom to signal belongs to the open file, which all workers share.
            own = os.open(f"/proc/self/fd/{self._reading}", os.O_RDONLY | os.O_NONBLOCK)
        except OSError:
            return
        os.close(self._reading)
        self._reading = own
        signal.signal(signal.SIGIO, signal.SIG_DFL)  # a handler, or being deaf, is inherited
        fcntl.fcntl(own, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(own, fcntl.F_SETFL, fcntl.fcntl(own, fcntl.F_GETFL) | os.O_ASYNC)
