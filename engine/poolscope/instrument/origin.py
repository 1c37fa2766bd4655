"""Whose code is asking: the program's, or the standard library's (or ours) for itself."""

from __future__ import annotations

import os
from types import FrameType
from typing import Final

from poolscope.instrument.faces import OURS

__all__ = ["include_library", "left_out"]

_LIBRARY: Final = os.path.dirname(os.__file__) + os.sep  # noqa: PTH120  as code names it
# Below the library's folder and yet not the library.
_NOT_LIBRARY: Final = tuple(
    os.path.join(_LIBRARY, name) + os.sep  # noqa: PTH118
    for name in ("site-packages", "dist-packages", "test")
)
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


def is_library(file: str) -> bool:
    """Whether the code in ``file`` is the standard library's."""
    if file.startswith("<frozen "):
        return True
    return file.startswith(_LIBRARY) and not file.startswith(_NOT_LIBRARY)
