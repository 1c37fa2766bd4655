"""The streams that keep their file open between polls: as many as are useful, and may be."""

from __future__ import annotations

import errno
from collections.abc import Iterable
from typing import Final, Protocol, TypeVar

__all__ = ["OpenFiles"]

_Read = TypeVar("_Read", covariant=True)

_MOST: Final = 256
_NO_MORE: Final = (errno.EMFILE, errno.ENFILE)  # the process's limit, the system's


class Tail(Protocol[_Read]):
    """A stream that is read."""

    @property
    def is_open(self) -> bool: ...

    def close(self) -> None: ...

    def read(self, limit: int) -> _Read: ...


class OpenFiles:
    """Reads streams, and closes the files of those that are too many."""

    def __init__(self) -> None:
        self._kept: set[Tail[object]] = set()
        self._most = _MOST

    def read(self, tail: Tail[_Read], limit: int) -> _Read:
        """``tail.read``, with room made for it if the system lets no more files be open."""
        try:
            return tail.read(limit)
        except OSError as error:
            if error.errno not in _NO_MORE or not self._make_room():
                raise
        return tail.read(limit)

    def keep(self, tail: Tail[object]) -> None:
        """``tail`` was read: leave its file open, or close it."""
        if tail.is_open and tail not in self._kept:
            if len(self._kept) < self._most:
                self._kept.add(tail)
            else:
                tail.close()

    def only(self, tails: Iterable[Tail[object]]) -> None:
        """The others are not read any more."""
        self._kept.intersection_update(tails)

    def _make_room(self) -> bool:
        """Close what is kept, and keep fewer from now on; whether there was any to close."""
        closing = [tail for tail in self._kept if tail.is_open]
        for tail in closing:
            tail.close()
        self._kept.clear()
        self._most = len(closing) // 2
        return bool(closing)
