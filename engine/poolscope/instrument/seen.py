"""An object of the standard library that is in the picture: who it is, and how it is called.

It lies in the object as ``_poolscope``; None, which the class has, is one that is left out: the
library's own, or one that was made before the hooks.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, Final

from poolscope import places
from poolscope.instrument import origin
from poolscope.instrument.faces import hook, in_no_copy
from poolscope.own_frames import hide
from poolscope.trace import ident
from poolscope.trace.schema import LockKind
from poolscope.traced import Traced

__all__ = ["Seen", "maker", "never_seen", "see"]

_HERE: Final = str(Path(__file__).parent)
_WITH_SUBCLASSES: Final = frozenset(
    {
        threading.__file__,
        __file__,
        *(os.path.join(_HERE, name) for name in ("queues.py", "signals.py")),  # noqa: PTH118
    }
)
never_seen: Final[set[str]] = set()
"""Files of code of which ``maker`` has found that whatever they make is left out."""


class Seen(Traced):
    """Identity and name of ``thing``. ``number``: its permits, parties or maxsize."""

    __slots__ = ("_kind", "_number", "_word")

    def __init__(self, thing: Any, kind: LockKind, frame: FrameType, number: int = 0) -> None:
        self._id = ident.next_id()
        self._given = ""
        self._made = places.Birthplace(frame)
        self._known = None
        self._kind = kind
        self._number = number
        self._word = type(thing).__name__

    @property  # type: ignore[misc]
    def name(self) -> str:
        """The variable and the line where it was made."""
        return self._made.name(self._word)

    def _size(self) -> int:
        return self._number

    __reduce_ex__ = in_no_copy


def maker(thing: Any, frame: FrameType) -> FrameType | None:
    """Who had ``thing`` made, past the constructors of its subclasses; None: it is left out."""
    # Asked for every future's condition: looking at a frame's variables is dear, so only there
    # where constructors of subclasses are.
    if origin.left_out(frame) and frame.f_code.co_filename not in _WITH_SUBCLASSES:
        never_seen.add(frame.f_code.co_filename)
        return None
    found = places.maker(frame, thing)
    return None if origin.left_out(found) else found


def see(owner: Any, kind: LockKind, number: Callable[[Any], int] | None = None) -> None:
    """Hook the constructor of ``owner``: what the program makes has a ``Seen``."""
    owner._poolscope = None

    def make(original: Any) -> Any:
        def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
            try:
                original(self, *args, **kwargs)
            except BaseException as error:
                hide(error)
                raise
            frame = maker(self, sys._getframe(1))
            if frame is not None:
                self._poolscope = Seen(self, kind, frame, number(self) if number else 0)

        return __init__

    hook(owner, "__init__", make)
