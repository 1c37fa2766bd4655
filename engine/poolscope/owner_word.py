"""Who holds a lock between processes: a word of memory beside it that all of them see.

Each lock has one word of its own, the number of the thread that holds it, 0 if nobody is known
to. Only who holds the lock writes it: its number when it has just got the lock, 0 before it lets
go. Others read it as a hint, at the moment when they begin to wait, or release for the owner. It
is one aligned store, so it is never seen half written; and a holder that is killed leaves its
number there, which is the truth: the lock is still its own.

The words lie in pages of nameless files. A page goes by fork, or by its descriptor while a
process is spawned, as the lock's semaphore does. A word is never given out twice: a child may go
on with a lock long after its parent let go of it.
"""

from __future__ import annotations

import mmap
import os
import sys
import threading
from typing import Any, Final

__all__ = ["OwnerWord"]

_SIZE: Final = mmap.PAGESIZE
_WORD: Final = 8


class _Page:
    """A page of words, of this process and of those it started."""

    def __init__(self) -> None:
        from poolscope import wire  # its spills need the same files

        self.fd = wire.nameless_file()
        try:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(
                    self.fd, 0, _SIZE
                )  # no room is an error here, not a signal later
            else:
                os.ftruncate(self.fd, _SIZE)
            self.words = memoryview(mmap.mmap(self.fd, _SIZE)).cast("q")
        except BaseException:
            self.__del__()
            raise

    def __getstate__(self) -> Any:
        from multiprocessing import reduction

        return reduction.DupFd(self.fd)

    def __setstate__(self, passed: Any) -> None:
        # The descriptor stays open: this process may start others.
        self.fd = passed.detach()
        self.words = memoryview(mmap.mmap(self.fd, _SIZE)).cast("q")

    def __del__(self) -> None:
        fd, self.fd = getattr(self, "fd", -1), -1
        if fd >= 0:
            os.close(fd)


class OwnerWord:
    """One word: ``words[slot]``, which is a plain attribute and index for the sake of speed.

    Where the system gives no memory for it, it is this process's alone and stays 0.
    """

    __slots__ = ("_page", "slot", "words")

    words: memoryview[int] | _Nothing

    def __init__(self) -> None:
        self._page, self.slot = _take()
        self.words = _Nothing() if self._page is None else self._page.words

    def __getstate__(self) -> tuple[_Page | None, int]:
        return self._page, self.slot

    def __setstate__(self, state: tuple[_Page | None, int]) -> None:
        self._page, self.slot = state
        self.words = _Nothing() if self._page is None else self._page.words


class _Nothing(list[int]):
    """In place of a page: reads 0, forgets what is written."""

    def __getitem__(self, at: Any) -> Any:
        return 0

    def __setitem__(self, at: Any, value: Any) -> None:
        pass


_lock = threading.Lock()
_page: _Page | None = None
_used = 0


def _take() -> tuple[_Page | None, int]:
    """A page, and the number of a word in it that nobody has had; the word is 0."""
    global _page, _used
    if sys.platform == "win32":
        return None, 0
    with _lock:
        if _page is None or _used == _SIZE // _WORD:
            try:
                _page, _used = _Page(), 0
            except OSError:
                return None, 0  # out of memory or descriptors: the lock works without
        _used += 1
        return _page, _used - 1


def _after_fork_in_child() -> None:
    global _lock, _page
    _lock = threading.Lock()
    _page = None  # the rest of it is the parent's to give out


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
