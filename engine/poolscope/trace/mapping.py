"""A chunk's file as memory, at whose end no file of the program's is closed.

Before Python 3.13 an ``mmap`` keeps a descriptor, and at its end closes whatever has its number by
then. That is the program's own file, once a program has closed all that were open, as one does
that becomes a daemon, and has opened others.
"""

from __future__ import annotations

import os
import sys
from mmap import mmap
from typing import Final

__all__ = ["mapped"]

_STANDARD: Final = 2  # input, output and error are numbered from 0 to this
_TRIES: Final = 4  # another thread may open a file in the middle of one

if sys.version_info >= (3, 13):

    def mapped(fd: int, size: int) -> mmap:
        """The first ``size`` bytes of the file ``fd``."""
        return mmap(fd, size, trackfd=False)

else:
    _kept: Final[list[mmap]] = []

    class _Mapping(mmap):
        _number = -1  # of its descriptor; -1: not known
        _file: os.stat_result

        def has(self, number: int, file: os.stat_result) -> bool:
            """Note that ``number`` is its descriptor's, if ``file`` is open there."""
            self._file = file
            if not self._is_at(number):
                return False
            self._number = number
            return True

        def _is_at(self, number: int) -> bool:
            try:
                return os.path.samestat(os.fstat(number), self._file)
            except OSError:
                return False

        def __del__(self) -> None:
            # Closed by the program: the number is its own again. Who is kept closes nothing.
            if self._number >= 0 and not self._is_at(self._number):
                _kept.append(self)

    def mapped(fd: int, size: int) -> mmap:
        """The first ``size`` bytes of the file ``fd``."""
        for _ in range(_TRIES):
            standard: list[int] = []
            try:
                # Where they are closed, who writes to standard output must not write to the trace.
                while (number := os.dup(fd)) <= _STANDARD:
                    standard.append(number)
                os.close(number)
                made = _Mapping(fd, size)  # with a duplicate of its own, which has that number now
            finally:
                for low in standard:
                    os.close(low)
            if made.has(number, os.fstat(fd)):
                break
        return made
