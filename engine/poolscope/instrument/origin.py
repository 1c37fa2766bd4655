"""Whose code is asking: the program's, or the standard library's (or ours) for itself."""

from __future__ import annotations

import sys
from types import CodeType, FrameType
from typing import Final

from poolscope import places
from poolscope.numbered_places import is_library
from poolscope.own_frames import OURS

__all__ = ["by_way_of", "include_library", "is_library", "left_out", "submits"]

submits: Final[list[CodeType]] = []
"""The code of the standard pools' own ``submit``."""

_known: dict[str, bool] = {}
_all = False


def include_library() -> None:
    """From now on only our own code is left out."""
    global _all
    _all = True
    _known.clear()


def left_out(frame: FrameType) -> bool:
    """Whether what the code of ``frame`` makes is its own business, and in no picture."""
    name = frame.f_code.co_filename
    found = _known.get(name)
    if found is None:
        found = _known[name] = name.startswith(OURS) or (not _all and is_library(name))
    return found


def by_way_of(future: object) -> bool:
    """Whether a standard pool's submit makes ``future``, whose constructor asks, by way of those
    of a subclass that is in the place of the standard future."""
    return places.maker(sys._getframe(2), future).f_code in submits
