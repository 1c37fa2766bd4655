"""Temporary folders that a later start can tell from one in use, and remove.

A viewer that is killed cannot remove the folder of its live trace, and such a folder may hold a
gigabyte. Whoever makes one therefore holds a lock on it (``flock``): the kernel lets go of it
when the owner dies, in whatever way, and no number of a process has to be believed.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Final

try:
    import fcntl
except ImportError:  # Windows, where nothing is swept
    fcntl = None  # type: ignore[assignment]

__all__ = ["Scratch", "hold", "sweep"]

PREFIX: Final = "poolscope-scratch-"
_NAME: Final = re.compile(re.escape(PREFIX) + r"[a-z0-9_]{8}", re.ASCII)
_YOUNG_S: Final = 60.0  # one that was just made may not be locked yet


class Scratch:
    """A temporary folder of this process, empty at first.

    Raises:
        OSError: it cannot be made.
    """

    _made: ClassVar[dict[Path, Scratch]] = {}  # and not removed yet
    _counting = threading.Lock()  # guards that, and how many hold each

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
        self._lock = -1
        self._holders = 0
        self._unwanted = False
        self._made[self.path] = self
        # A file system without locks: then nobody can lock it to remove it either.
        with contextlib.suppress(OSError):
            self._lock = _locked(str(self.path))

    def remove(self) -> None:
        """Remove it with all that is in it, once nobody holds it; what cannot be removed stays.
        Twice is once.
        """
        with self._counting:
            self._unwanted = True
            if self._holders:
                return
            self._made.pop(self.path, None)
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _let_go(self) -> None:
        with self._counting:
            self._holders -= 1
        if self._unwanted:
            self.remove()


def hold(folder: Path) -> Callable[[], None]:
    """Have a folder stay though its owner removes it, until what is returned is called, once.

    One that is no ``Scratch`` of this process is not ours to keep.
    """
    with Scratch._counting:
        made = Scratch._made.get(folder)
        if made is None:
            return lambda: None
        made._holders += 1
    return made._let_go


def sweep() -> list[Path]:
    """Remove the folders whose owners are dead; returns them. Never raises ``OSError``."""
    removed: list[Path] = []
    if fcntl is None:
        return removed
    with contextlib.suppress(OSError), os.scandir(tempfile.gettempdir()) as entries:
        for entry in entries:
            if _NAME.fullmatch(entry.name) and _swept(entry.path):
                removed.append(Path(entry.path))
    return removed


def _swept(path: str) -> bool:
    try:
        lock = _locked(path)
    except OSError:
        return False  # it is in use, or gone, or no folder, or not ours to open
    try:
        status = os.fstat(lock)
        if status.st_uid != os.geteuid() or time.time() - status.st_ctime < _YOUNG_S:
            return False
        shutil.rmtree(path, ignore_errors=True)
        return True
    finally:
        os.close(lock)


def _locked(path: str) -> int:
    """A descriptor that holds the lock on a folder; raises ``OSError`` when another holds it."""
    if fcntl is None:
        return -1
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
