"""Which hooks there are, and when each is put in place."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any, Final

from poolscope.instrument import beyond, faces, origin, threads
from poolscope.instrument.imports import when_imported
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import Kind

__all__ = ["follow_children", "install", "installed", "options"]

_options: Final[dict[str, Any]] = {}
_placed: Final[set[str]] = set()  # the modules whose hooks are in place, or will be
_IN_C: Final = (
    "What is made or waits in C is not seen: locks of _thread.allocate_lock, queue.SimpleQueue, "
    "the locks and queues of multiprocessing."
)


def installed() -> bool:
    """Whether the hooks are in place."""
    return bool(_options)


def options() -> dict[str, Any]:
    """What ``install`` was called with, for a child."""
    return _options


def install(*, all_locks: bool = False, engine: str = "stdlib", late: bool = False) -> None:
    """Put the hooks in place, once; what a module needs as soon as it is imported.

    ``all_locks``: also see the locks that the standard library makes for itself.
    ``late``: the program runs already; what it had made before is told as not seen.
    ``engine``: ``"poolscope"`` has the names of ``concurrent.futures`` lead to our pools.
    """
    if _options:
        return
    _options.update(all_locks=all_locks, engine=engine)
    if all_locks:
        origin.include_library()
    threads.install()
    beyond.tell_of_forks()
    beyond.tell_of_other_programs()
    from poolscope.instrument import conditions, locks, permits, signals

    for hooks in (locks, conditions, signals, permits):
        hooks.install()
    _place(_HOOKS)
    follow_children()
    if engine == "poolscope":
        from poolscope.instrument import engine as ours

        ours.install()
    _recorder.at_start.append(_say_what_is_unseen)
    if late:
        from poolscope.instrument import late as before

        before.rebind()
        _recorder.at_start.append(before.say)
    if _recorder.declare is not None:
        _say_what_is_unseen()


def follow_children() -> None:
    """Have the processes that ``multiprocessing`` starts record as their parent does.

    A forked child does so anyway; it says then who it is and when it ends.
    """
    _place(_PROCESSES)


def _place(hooks: dict[str, Callable[[], None]]) -> None:
    for module, act in hooks.items():
        if module not in _placed:
            _placed.add(module)
            when_imported(module, act)


def _queues() -> None:
    # These hooks are made of our queues, which are made of the library's. Whichever of the two
    # modules the program imports first, this is called after each; it is done once both are there.
    ours = sys.modules.get("poolscope.queues")
    if ours is not None and not hasattr(ours, "Queue"):
        return  # half made: it is what imports the library's
    if "poolscope.instrument.queues" in sys.modules:
        return  # half made: it is what imported ours
    from poolscope.instrument import queues

    queues.install()


def _futures() -> None:
    from poolscope.instrument import executors, futures, pools, waiting

    futures.install()
    executors.install()
    waiting.install()
    pools.forget_after_fork(os.register_at_fork)


def _executors() -> None:
    from poolscope.instrument import thread_executors

    thread_executors.install()


def _process_executors() -> None:
    from poolscope.instrument import process_executors

    process_executors.install()


def _processes() -> None:
    from poolscope.instrument import processes

    processes.install()


def _context() -> None:
    from multiprocessing import context

    from poolscope.instrument import processes

    processes.install_child(context.SpawnProcess)


def _fork() -> None:
    from multiprocessing import popen_fork

    from poolscope.instrument import processes

    processes.install_poll(popen_fork.Popen)


def _forkserver() -> None:
    from multiprocessing import popen_forkserver

    from poolscope.instrument import processes

    processes.install_poll(popen_forkserver.Popen)


def _spawn() -> None:
    from multiprocessing import spawn

    from poolscope.instrument import processes

    processes.install_spawn(spawn)


def _mp_pools() -> None:
    from poolscope.instrument import mp_pools

    mp_pools.install()


_HOOKS: Final[dict[str, Callable[[], None]]] = {
    "queue": _queues,
    "poolscope.queues": _queues,
    "concurrent.futures._base": _futures,
    "concurrent.futures.thread": _executors,
    "concurrent.futures.process": _process_executors,
    "multiprocessing.pool": _mp_pools,
    "subprocess": beyond.install,
}
_PROCESSES: Final[dict[str, Callable[[], None]]] = {
    "multiprocessing.process": _processes,
    "multiprocessing.context": _context,
    "multiprocessing.popen_fork": _fork,
    "multiprocessing.popen_forkserver": _forkserver,
    "multiprocessing.spawn": _spawn,
}


def _say_what_is_unseen() -> None:
    declare = _recorder.declare
    if declare is None:
        return
    declare(Kind.UNSEEN, 0, 0, _IN_C, 0)
    if faces.missing:
        names = ", ".join(faces.missing)
        sentence = f"This Python has no {names}: what goes through them is not seen."
        declare(Kind.UNSEEN, len(faces.missing), 0, sentence, 0)
