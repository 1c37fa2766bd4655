"""Thread: ``threading``'s, with a lane from its start, and a trace of who joins it.

Its id in the trace is allotted before it starts, so that whoever joins it can name it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from poolscope import wait_notes
from poolscope.trace import ident
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import Kind, Role
from poolscope.traced import plain

__all__ = ["Thread"]


class Thread(threading.Thread):
    """``threading.Thread``, traced; ``name`` is what it is called in the trace too."""

    start = plain(threading.Thread.start)
    _plain_join = plain(threading.Thread.join)

    def __init__(
        self,
        group: None = None,
        target: Callable[..., object] | None = None,
        name: str | None = None,
        args: Iterable[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        *,
        daemon: bool | None = None,
    ) -> None:
        super().__init__(group, target, name, args, kwargs, daemon=daemon)
        self._trace_id = ident.next_id()
        self._lane: object = None  # the recording that was told of the thread

    def _bootstrap(self) -> None:
        # The first that runs in the new thread, before anything can ask for its id.
        ident.be_thread(self._trace_id)
        self._lane = _recorder.emit
        if self._lane is not None:
            _recorder.name_thread(self.name, Role.THREAD)
        super()._bootstrap()  # type: ignore[misc]

    def join(self, timeout: float | None = None) -> None:
        """Wait until the thread has ended, or for ``timeout`` seconds; as ``threading``'s."""
        if _recorder.emit is None or not self._blocks(timeout):
            self._plain_join(timeout)
            return
        self._tell()
        wait = wait_notes.began(wait_notes.JOIN, timeout, (self._trace_id,), 1)
        outcome = wait_notes.ERROR
        try:
            self._plain_join(timeout)
            outcome = wait_notes.TIMEOUT if self.is_alive() else wait_notes.SATISFIED
        finally:
            wait_notes.ended(wait, outcome, outcome == wait_notes.SATISFIED)

    def _blocks(self, timeout: float | None) -> bool:
        """Whether a ``join`` now is one that waits, and not one that is refused."""
        if timeout is not None and timeout <= 0:
            return False
        return self.is_alive() and self is not threading.current_thread()

    def _tell(self) -> None:
        """See that a recording that began after the thread knows whom its id means."""
        emit, declare = _recorder.emit, _recorder.declare
        if emit is not self._lane and declare is not None:
            self._lane = emit
            native = self.native_id or 0
            declare(Kind.THREAD_STARTED, self._trace_id, native, self.name, Role.THREAD)


def _after_fork_in_child() -> None:
    # Of the parent's threads only this one is left, and it has another id here.
    current = threading.current_thread()
    if isinstance(current, Thread):
        current._trace_id = ident.thread_id()
        current._lane = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
