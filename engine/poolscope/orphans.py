"""What a program that ``record`` may have to end has started, and what of that outlived its parent.

Without a limit none of it is our business: an orphan is the system's, as without us. With one,
orphans become our children, so that we find them; then it is for us to reap them as they end.
Linux alone; elsewhere a script's own workers notice its death by themselves.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

__all__ = ["adopt", "end_all", "prctl", "reap"]

_PR_SET_CHILD_SUBREAPER: Final = 36


def adopt() -> None:
    """From now on what our child started becomes our child when its parent ends."""
    if sys.platform == "linux":
        prctl()(_PR_SET_CHILD_SUBREAPER, 1)


def prctl() -> Callable[[int, int], object]:
    """The system's call, of two arguments."""
    import _ctypes  # ctypes itself is dear, and the program would find it imported

    load: Callable[[str | None, int], int] = _ctypes.dlopen  # type: ignore[assignment]
    address = _ctypes.dlsym(load(None, 0), "prctl")
    return lambda what, value: _ctypes.call_cdeclfunction(address, (what, value, 0, 0, 0))


def reap(but: int) -> None:
    """Reap what has ended of our children, ``but`` this one: a program may wait for its daemon to
    be gone, and one that ended and was not reaped is still there."""
    for pid in _children(os.getpid()):
        if pid != but:
            os.waitpid(pid, os.WNOHANG)


def end_all() -> None:
    """Kill all that is below us, until nothing of it is left."""
    # Killing one may orphan others.
    while descendants := list(_descendants(os.getpid())):
        for pid in descendants:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        try:
            while os.waitpid(-1, os.WNOHANG) != (0, 0):
                pass
        except ChildProcessError:
            continue


def _descendants(pid: int) -> Iterator[int]:
    """Every living process below ``pid``, as far as this system tells (Linux does)."""
    for child in _children(pid):
        yield child
        yield from _descendants(child)


def _children(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            yield from [int(child) for child in task.read_bytes().split()]
        except OSError:
            continue  # that thread has ended since
