"""Hooks on ``multiprocessing``: its processes, and how a child comes up recording.

A forked child has the hooks and the recording already. A child of ``spawn`` and ``forkserver`` is
a new Python: it is told by one entry more in the preparation data that ``multiprocessing`` sends it
first (``child.py``). Nothing is set in the environment, in ``sys.path`` or in ``sys.argv``.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from multiprocessing import process
from signal import SIGTERM
from typing import Any, Final

from poolscope import wait_notes
from poolscope.instrument import beyond, child, me, origin
from poolscope.instrument.faces import hook
from poolscope.instrument.initializer import with_initializer
from poolscope.instrument.pools import Pool, Worker, pool_of
from poolscope.own_frames import hide
from poolscope.trace import ident
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import Kind, Role, WorkerEnd

__all__ = ["install", "install_child", "install_poll", "install_spawn", "notice_ends"]

_LAST: Final = -1000  # the priority of what is to be done last at a process's end
_DYING_S: Final = 0.1  # as long as a process may take at most to be gone
_hired: Final[dict[int, Worker]] = {}  # the parent's, by the thread that the worker will be


def install() -> None:
    """Put the hooks in place that ``multiprocessing.process`` takes."""
    base = process.BaseProcess
    base._poolscope = None  # type: ignore[attr-defined]
    hook(base, "__init__", _init)
    hook(base, "join", _join)
    install_child(base)


def install_child(kind: Any) -> None:
    """The hook on the first step of a child, which ``spawn`` has a form of its own of."""
    hook(kind, "_after_fork", _after_fork)


def install_poll(popen: Any) -> None:
    """The hook on a start method's ``Popen``, which learns of a child's end."""
    hook(popen, "poll", _poll)


def install_spawn(spawn: Any) -> None:
    """The hook on ``multiprocessing.spawn``, for both start methods that use it."""
    hook(spawn, "get_preparation_data", _get_preparation_data)


# The parent. What it knows of a child lies in the process object as ``_poolscope``: the number
# of its worker or 0, and of its main thread. Plain numbers: they go to the child with it.


def _init(original: Any) -> Any:
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        try:
            original(self, *args, **kwargs)
        except BaseException as error:
            hide(error)
            raise
        if _recorder.emit is None or _ours(self._target):
            return
        beyond.starts_in_its_own_way(self)
        pool = pool_of(self._target, self._args)
        thread = ident.next_id()
        number = 0
        if pool is not None:
            in_pool = self._target.__name__ == "worker"  # multiprocessing.Pool renames it so, next
            worker = Worker(
                pool, self._name.replace("Process", "PoolWorker" if in_pool else "Process")
            )
            _hired[thread] = worker
            number = worker.id
        self._poolscope = number, thread

    return __init__


def _ours(target: Any) -> bool:
    return str(getattr(target, "__module__", "")).partition(".")[0] == "poolscope"


def _join(original: Any) -> Any:
    def join(self: Any, timeout: float | None = None) -> None:
        note = 0
        try:
            known = self._poolscope
            if (
                known is not None
                and _recorder.emit is not None
                and not origin.left_out(sys._getframe(1))
                and self.is_alive()
            ):
                note = wait_notes.began(wait_notes.JOIN, timeout, (known[1],), 1)
            original(self, timeout)
        except BaseException as error:
            wait_notes.ended(note, wait_notes.ERROR, 0)
            hide(error)
            raise
        if note:
            ended = self.exitcode is not None
            outcome = wait_notes.SATISFIED if ended else wait_notes.TIMEOUT
            wait_notes.ended(note, outcome, int(ended))

    return join


def _poll(original: Any) -> Any:
    def poll(self: Any, *args: Any, **kwargs: Any) -> Any:
        before = self.returncode
        try:
            code = original(self, *args, **kwargs)
        except BaseException as error:
            hide(error)
            raise
        if before is None and code is not None:
            _ended(self, code)
        return code

    return poll


def _ended(popen: Any, code: int) -> None:
    """A child has been reaped: record how it ended."""
    declare = _recorder.declare
    for child_process in list(process._children):  # type: ignore[attr-defined]
        if child_process._popen is popen and child_process._poolscope is not None:
            if declare is not None:
                declare(Kind.PROCESS_ENDED, popen.pid, code, "", 0)
            worker = _hired.pop(child_process._poolscope[1], None)
            if worker is not None:
                worker.gone(_end(worker.pool, code), code)
            return


def notice_ends(children: list[Any]) -> None:
    """Record the ends of those that have ended by now: the others are about to be ended."""
    from multiprocessing.connection import wait

    popens = {child._popen.sentinel: child._popen for child in children if child._popen is not None}
    for sentinel in wait(list(popens), 0):
        popen = popens[sentinel]
        if popen.poll() is None and hasattr(os, "pidfd_open"):
            # It lets go of its files a moment before it can be waited for.
            with suppress(OSError):
                pidfd = os.pidfd_open(popen.pid)
                try:
                    wait([pidfd], _DYING_S)
                finally:
                    os.close(pidfd)
            popen.poll()


def _end(pool: Pool, code: int) -> WorkerEnd:
    if code == 0:
        return WorkerEnd.RECYCLED if pool.recycles and not pool.shut else WorkerEnd.FINISHED
    # A terminate() is no crash, whatever the program makes of the signal once the pool is broken.
    ordered = code == -SIGTERM or code > 0 if pool.broke else pool.terminates and code < 0
    return WorkerEnd.FINISHED if ordered else WorkerEnd.CRASHED


def _get_preparation_data(original: Any) -> Any:
    def get_preparation_data(name: str) -> Any:
        try:
            data = original(name)
        except BaseException as error:
            hide(error)
            raise
        folder = _recorder.folder()
        if folder is not None:
            data["poolscope"] = child.Start(str(folder))
        return data

    return get_preparation_data


# The child


def _after_fork(original: Any) -> Any:
    def _after_fork() -> None:
        original()
        # Static, and called so too: ``multiprocessing.Process`` calls that of its start method.
        self: Any = process.current_process()
        known = self._poolscope
        _hired.clear()
        if known is None or _recorder.emit is None:
            return
        number, thread = known
        ident.be_thread(thread)
        _recorder.name_thread(self._name, Role.WORKER if number else Role.MAIN)
        if number:
            me.begin(number)
            self._args = with_initializer(self._args, number)
        from multiprocessing import util

        # A child leaves without atexit; this is how multiprocessing has its own things done.
        util.Finalize(None, _recorder.stop, exitpriority=_LAST)

    return _after_fork
