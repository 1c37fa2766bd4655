"""record and span: have a stretch of a program recorded, and mark stretches within it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ContextDecorator, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final

from poolscope.trace import ident
from poolscope.trace import recorder as _recorder
from poolscope.trace.recorder import CHILD
from poolscope.trace.schema import Kind

__all__ = ["record", "span"]

_BEGAN: Final = int(Kind.SPAN_BEGAN)
_ENDED: Final = int(Kind.SPAN_ENDED)
_NOT_WATCHED: Final = (
    "The standard library's own pools, threads and locks are not watched in this recording: "
    "poolscope.record(folder, watch=True) does that, too."
)


@contextmanager
def record(
    folder: str | os.PathLike[str], *, quota_bytes: int | None = None, watch: bool = False
) -> Iterator[Path]:
    """Record into ``folder`` what Poolscope's pools, futures and locks do inside the block.

    Gives the folder. What ``multiprocessing`` starts meanwhile is recorded too, until it ends.
    Under ``poolscope run`` or ``record``, after ``watch()``, and in a child of a process that is
    recorded, there is a recording already: the block joins that, and gives its folder.

    Args:
        folder: made if it is not there.
        quota_bytes: bounds the folder: past it the oldest is dropped, and counted.
        watch: also look on at the standard library's pools, threads and locks, as ``watch()``
            does, but with no window. The hooks stay after the block, and cost next to nothing then.

    Raises:
        RuntimeError: this process is otherwise recording already.
        OSError, ValueError: no trace can be begun in ``folder``.
    """
    from poolscope import instrument  # late: for who asks for a ``span`` alone

    outer = _recorder.folder()
    if outer is not None and (instrument.installed() or _recorder.role() == CHILD):
        yield outer
        return
    path = Path(folder)
    if watch:
        instrument.install(late=True)
    else:
        instrument.follow_children()
    _recorder.start(path, role="main", quota_bytes=quota_bytes)
    if not instrument.installed():
        _say_what_is_not_watched()
    try:
        yield path
    finally:
        _recorder.stop()


def _say_what_is_not_watched() -> None:
    declare = _recorder.declare
    if declare is not None:
        declare(Kind.UNSEEN, 0, 0, _NOT_WATCHED, 0)


class span(ContextDecorator):  # noqa: N801  a verb of the public face, used like a function
    """Mark a stretch of this thread's time in the trace: ``with span("parse"):`` or ``@span(...)``.

    Costs one test of a variable when nothing records.
    """

    __slots__ = ("_ids", "_name")

    def __init__(self, name: str) -> None:
        self._name = name
        self._ids: list[int] = []  # of the stretches begun and not ended; 0: not recorded

    def _recreate_cm(self) -> span:
        # A decorated function may run in many threads at once: each call has its own.
        return type(self)(self._name)

    def __enter__(self) -> span:
        emit_text = _recorder.emit_text
        number = 0
        if emit_text is not None:
            number = ident.next_id()
            emit_text(_BEGAN, number, 0, self._name, 0)
        self._ids.append(number)
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        number = self._ids.pop()
        emit = _recorder.emit
        if emit is not None and number:
            emit(_ENDED, number, 0, 0, 0)
