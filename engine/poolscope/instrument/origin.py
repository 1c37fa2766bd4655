"""Whose code is asking: the program's, or the standard library's (or ours) for itself."""

from __future__ import annotations

from types import FrameType

from poolscope.instrument.faces import OURS
from poolscope.numbered_places import is_library

__all__ = ["include_library", "is_library", "left_out"]

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
