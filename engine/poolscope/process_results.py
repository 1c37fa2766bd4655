"""What came back from a worker, turned into a result or an exception; and what a break raises.

A body that cannot be unpickled is the failure of one task: its class may raise anything at all,
``SystemExit`` too, and the pool must not notice.
"""

from __future__ import annotations

import threading
from concurrent.futures.process import BrokenProcessPool, _RemoteTraceback
from typing import Any

from poolscope import naming, wire


class TransferError(BrokenProcessPool):
    """What crossed between the processes could not be unpickled on the other side.

    It is the failure of one task; the pool works on. A ``BrokenProcessPool`` because that is
    what ``concurrent.futures`` gives here (there the pool does break). ``__cause__`` says why.
    """


def remote_traceback(text: str) -> BaseException:
    """The cause that shows a traceback of another process, as the standard library's pool does."""
    # Its stub asks for a traceback object; the class itself, in every version, for a text.
    return _RemoteTraceback(f'\n"""\n{text}"""')  # type: ignore[arg-type]


def broken_pool(reason: str, detail: str) -> BrokenProcessPool:
    """The exception of a broken pool: ``reason`` is one sentence, ``detail`` a traceback or ''."""
    error = BrokenProcessPool(
        f"{reason} The process pool is not usable any more; this task was pending or running."
    )
    if detail:
        error.__cause__ = remote_traceback(detail)
    return error


def interrupted(error: BaseException) -> bool:
    """Whether ``error`` is the user's interrupt, which no task may swallow."""
    return isinstance(error, KeyboardInterrupt) and (
        threading.get_ident() == threading.main_thread().ident
    )


def opened(report: wire.Report) -> tuple[Any, BaseException | None]:
    """The result or the exception in ``report``, as (result, exception).

    Raises ``KeyboardInterrupt`` on the main thread: then it can be called again, except for a
    body that was spilled.
    """
    if report.body is None:
        reason = "its descriptor was lost on the way: too many open files"
        return None, TransferError(f"The result did not arrive: {reason}.")
    text = ""
    try:
        if report.kind == wire.RESULT:
            return None if report.body == wire.NONE else wire.loads(report.body), None
        text, pickled = wire.split_text(report.body)
        error = wire.loads(pickled)
    except BaseException as reason:
        if interrupted(reason):
            raise
        failed = TransferError(
            f"What the task gave back could not be unpickled: {naming.error_text(reason)}"
        )
        failed.__cause__ = reason
        if report.kind != wire.RESULT:
            failed.__cause__ = remote_traceback(text)
            reason.__traceback__ = None
            failed.__cause__.__cause__ = reason
        return None, failed
    if not isinstance(error, BaseException):
        error = TransferError(f"The task's exception was unpickled as {naming.short_repr(error)}.")
    remote = remote_traceback(text)
    if report.flags & wire.UNREADABLE:
        failed = TransferError(
            f"The worker could not unpickle the task: {naming.error_text(error)}"
        )
        failed.__cause__ = error
        error.__cause__ = remote
        return None, failed
    error.__cause__ = remote
    return None, error
