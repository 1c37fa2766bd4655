"""Whose code is asking: the program's, or the standard library's (or ours) for itself."""

from __future__ import annotations

from types import CodeType, FrameType
from typing import Final

from poolscope import places
from poolscope.instrument.faces import OURS
from poolscope.numbered_places import is_library

__all__ = ["in_submit", "include_library", "is_library", "left_out", "submits"]

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


def in_submit(frame: FrameType, future: object) -> bool:
    """Whether a standard pool's submit makes ``future``, whose constructor ``frame`` has called."""
    # Past the constructors of a subclass, should one be in the place of the standard future.
    return frame.f_code in submits or places.maker(frame, future).f_code in submits
