"""Our own frames, taken out of tracebacks: an error reads as if nobody stood in between."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

__all__ = ["OURS", "hide"]

OURS: Final = str(Path(__file__).parent) + os.sep
"""What the names of our own files begin with."""


def hide(error: BaseException) -> None:
    """Take our frames, that which has just caught ``error`` first, out of its traceback.

    To be followed by a bare ``raise`` in the same frame: that adds no entry of its own, so the
    traceback reads as if the caller had called what raised.
    """
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(OURS):
        trace = trace.tb_next
    error.__traceback__ = trace
