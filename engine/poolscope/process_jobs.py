"""A job of a process pool, and the recording that it is to be seen in."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

from poolscope.future import Future
from poolscope.trace import recorder as _recorder


class Job:
    """One submitted call on its way."""

    __slots__ = ("args", "at", "fn", "future", "kwargs", "sent")

    def __init__(
        self,
        future: Future[Any],
        fn: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> None:
        self.future = future
        self.fn: Callable[..., Any] | None = fn
        self.args: tuple[Any, ...] = args
        self.kwargs: dict[str, Any] = kwargs
        self.at = time.perf_counter_ns()
        self.sent = False  # a worker has it, or it is in the channel


_folder: tuple[object, bytes] = (None, b"")


def recording_folder() -> bytes:
    """The folder this process records into, as it travels; empty for none."""
    global _folder
    if _recorder.emit is None:
        return b""
    folder = _recorder.folder()
    known, encoded = _folder
    if folder is not known:
        encoded = b"" if folder is None else os.fsencode(folder)
        _folder = (folder, encoded)
    return encoded
