"""What every traced primitive between processes has: one identity and one name in all of them.

The process that made it declares it, when it is made or when a recording begins; it is pickled
with its number, so what each process records of it is about the same thing.
"""

from __future__ import annotations

import os
import weakref
from types import FrameType
from typing import Any, ClassVar

from poolscope import lock_notes, places
from poolscope.trace import ident
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import LockKind

__all__ = ["ProcessTraced"]


class ProcessTraced:
    """Identity and name. Subclasses say their ``_kind``, and call ``_begin`` when all is set."""

    _kind: ClassVar[LockKind]
    _id: int
    _name: str

    def _begin(self, name: str) -> None:
        self._id = ident.next_id()
        self._name = name
        _made_here.add(self)
        self._declare()

    @classmethod
    def _called(cls, name: str, made: FrameType) -> str:
        """``name``, or the variable and line where the call in ``made`` puts it.

        Looked up at once: the frame stays in this process, the name goes with the object.
        """
        return name or places.Birthplace(made).name(cls._word())

    @classmethod
    def _word(cls) -> str:
        return cls.__name__.removeprefix("Process")

    @property
    def name(self) -> str:
        """The name given, or the variable and line where this was made."""
        return self._name

    def _size(self) -> int:
        """Permits or parties; of a condition the number of its lock."""
        return 0

    def _declare(self) -> None:
        if _recorder.declare is not None:
            lock_notes.created(self._id, self._name, int(self._kind), self._size())

    def _identity(self) -> tuple[int, str]:
        return self._id, self._name

    def _identify(self, identity: tuple[Any, ...]) -> None:
        self._id, self._name = identity

    def __repr__(self) -> str:
        # The standard ones, under their standard names.
        return super().__repr__().replace(type(self).__name__, self._word(), 1)


_made_here: weakref.WeakSet[ProcessTraced] = weakref.WeakSet()


def _declare_all() -> None:
    for made in list(_made_here):
        made._declare()


def _after_fork_in_child() -> None:
    _made_here.clear()


_recorder.at_start.append(_declare_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
