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
from poolscope.trace.schema import Kind

__all__ = ["record", "span"]

_BEGAN: Final = int(Kind.SPAN_BEGAN)
_ENDED: Final = int(Kind.SPAN_ENDED)


@contextmanager
def record(folder: str | os.PathLike[str], *, quota_bytes: int | None = None) -> Iterator[Path]:
    """Record into ``folder`` what pools, futures and locks do inside the ``with`` block.

    ``quota_bytes`` bounds the folder: past it the oldest is dropped, and counted. Gives the
    folder. Under ``poolscope run`` or ``record``, or after ``watch()``, the program is recorded
    as a whole already: the block joins that, and gives its folder. Raises ``RuntimeError`` when
    this process is otherwise recording already and ``OSError`` when the folder cannot be made or
    written.
    """
    outer = _recorder.folder()
    if outer is not None and _watched():
        yield outer
        return
    path = Path(folder)
    _recorder.start(path, role="main", quota_bytes=quota_bytes)
    try:
        yield path
    finally:
        _recorder.stop()


def _watched() -> bool:
    from poolscope import instrument  # late: most programs that record are not watched

    return instrument.installed()


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
