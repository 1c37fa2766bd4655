"""Wrapping a function of the standard library so that nobody notices."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

__all__ = ["OURS", "hide", "hook", "missing"]

OURS: Final = str(Path(__file__).parent.parent) + os.sep
"""What the names of our own files begin with."""

missing: Final[list[str]] = []
"""What was to be hooked and is not there in this Python: to be said, not passed over."""


def hook(owner: Any, name: str, make: Callable[[Any], Any]) -> None:
    """Put ``make(original)`` in the place of ``owner.name``, a function, looking like it.

    ``owner`` is a class or a module. A function that is not there is noted in ``missing``.
    """
    original = vars(owner).get(name)
    if original is None:
        missing.append(f"{owner.__name__}.{name}")
        return
    plain = original.__func__ if isinstance(original, staticmethod) else original
    made = functools.update_wrapper(make(plain), plain)
    setattr(owner, name, staticmethod(made) if plain is not original else made)


def hide(error: BaseException) -> None:
    """Take our frames, that which has just caught ``error`` first, out of its traceback.

    To be followed by a bare ``raise`` in the same frame: that adds no entry of its own, so the
    traceback reads as if the caller had called what raised.
    """
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(OURS):
        trace = trace.tb_next
    error.__traceback__ = trace
