"""What every traced primitive has: an identity, a name, and how a recording gets to know it.

A recording is told of a primitive when it is first used while it runs; each recording anew. A
forked child's copy is another primitive: it gets an id of its own when it is first used there.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from types import FrameType
from typing import Any, Final, TypeVar

from poolscope import lock_notes, places
from poolscope.trace import ident
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import LockKind

__all__ = ["Traced", "plain"]

F = TypeVar("F", bound=Callable[..., Any])
_PID_MASK: Final = (1 << 22) - 1


def plain(function: F) -> F:
    """A function of the standard library as it was, below what was hooked onto it.

    Ours build on these: what they record must not be recorded once more by a hook.
    """
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return function


class Traced:
    """Identity and name. Subclasses say their ``_kind`` and call ``_begin``."""

    __slots__ = ("_given", "_id", "_known", "_made")
    _kind: LockKind
    _given: str
    _id: int
    _made: places.Birthplace | places.Part
    _known: object  # the recording that was told of it

    def _begin(self, name: str, frame: FrameType) -> None:
        """``frame`` is where the constructor was called."""
        self._id = ident.next_id()
        self._given = name
        self._made = places.Birthplace(places.maker(frame, self))
        self._known = None

    @property
    def name(self) -> str:
        """The name given; or the variable's, with the line where it was made."""
        if self._given:
            return self._given
        return self._made.name(type(self).__name__)

    @name.setter
    def name(self, name: str) -> None:
        self._given = name
        self._known = None  # told once more, with the new name

    def _tell(self) -> None:
        """See that the recording, if there is one, knows this."""
        emit = _recorder.emit
        if emit is not None and emit is not self._known:
            self._introduce(emit)

    def _introduce(self, emit: object) -> None:
        """Tell the recording, once, that this exists. Before the first record that names it."""
        if self._id >> ident.COUNTER_BITS != os.getpid() & _PID_MASK:
            self._id = ident.next_id()
            self._forget()
        self._known = emit
        lock_notes.created(self._id, self.name, int(self._kind), self._size())

    def _forget(self) -> None:
        """In a forked child: nobody here holds or awaits what was the parent's."""

    def _size(self) -> int:
        """Permits, parties or maxsize; of a condition the id of its lock."""
        return 0
