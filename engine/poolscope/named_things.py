"""What the library's tasks share, by name: locks, and what else threads meet at.

Threads of one process share ``named_lock("A")`` or ``named("Event", "go")``. Worker processes
cannot be handed a thing later than at their start, so a process pool's workers begin with
``adopt``, which gives them the traced process locks of their pool, and there is nothing else.
Their ``A`` is not the threads' ``A``: the threads find it as ``"NAME-OF-THE-POOL A"`` (``offer``).
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Final, Protocol

from poolscope.barrier import Barrier
from poolscope.event import Event
from poolscope.locks import Lock, RLock
from poolscope.queues import Queue
from poolscope.semaphore import Semaphore
from poolscope.shared import Shared

__all__ = ["AnyLock", "adopt", "lock_kinds", "named", "named_lock", "offer"]


class AnyLock(AbstractContextManager[Any], Protocol):
    """A traced lock, of threads or of processes."""

    def acquire(self, block: bool = True, timeout: float = ...) -> bool: ...

    def release(self) -> None: ...


_KINDS: Final[dict[str, Callable[[str], Any]]] = {
    "Lock": lambda name: Lock(name=name),
    "RLock": lambda name: RLock(name=name),
}
_locks: dict[str, tuple[str, AnyLock]] = {}
# What else there is: made with its name and a number (permits, parties, room, first value).
_OTHERS: Final[dict[str, Callable[[str, int], Any]]] = {
    "Semaphore": lambda name, number: Semaphore(number, name),
    "Event": lambda name, _: Event(name),
    "Barrier": lambda name, number: Barrier(number, name=name),
    "Queue": lambda name, number: Queue(number, name),
    "Shared": lambda name, number: Shared(name, number),
}
_others: dict[tuple[str, str], tuple[int, Any]] = {}
_adopted: bool = False
_making = threading.Lock()


def named_lock(name: str, kind: str = "") -> AnyLock:
    """This process's lock called ``name``; made on first use (a ``Lock``, if no kind is said).

    Raises ``ValueError`` when it exists with another kind, ``LookupError`` in a worker process
    that was not given a lock of that name.
    """
    with _making:
        if name not in _locks:
            if _adopted:
                raise LookupError(
                    f"This worker process has no lock {name!r}: a process pool's locks are made"
                    f" before its workers, here {', '.join(map(repr, _locks)) or 'none'}."
                )
            made = kind or "Lock"
            _locks[name] = (made, _KINDS[made](name))
        has, lock = _locks[name]
    if kind and kind != has:
        raise ValueError(f"Lock {name!r} exists already, as {has}; give the {kind} another name.")
    return lock


def named(kind: str, name: str, number: int = 0) -> Any:
    """This process's ``Semaphore``, ``Event``, ``Barrier``, ``Queue`` or ``Shared`` of that name.

    Made on first use, of ``number`` permits, parties, items, or with that value. Raises
    ``ValueError`` when it exists with another number, ``LookupError`` in a worker process.
    """
    with _making:
        if _adopted:
            raise LookupError(
                f"This worker process has no {kind} {name!r}: threads share one, processes do"
                " not. Submit the task to a thread pool."
            )
        if (kind, name) not in _others:
            _others[kind, name] = number, _OTHERS[kind](name, number)
        has, thing = _others[kind, name]
    if number != has:
        raise ValueError(f"{kind} {name!r} exists already, with {has}; choose another name.")
    return thing


def offer(locks: Mapping[str, AnyLock]) -> None:
    """Have these names lead to these locks for the threads of this process; the newest counts."""
    with _making:
        _locks.update({name: ("Lock", lock) for name, lock in locks.items()})


def lock_kinds() -> tuple[str, ...]:
    """The kinds of lock that ``named_lock`` makes."""
    return tuple(_KINDS)


def adopt(
    locks: Mapping[str, AnyLock],
    initializer: Callable[[], object] | None = None,
) -> None:
    """The initializer of the host's worker processes.

    ``locks`` replace what was inherited through a fork: a thread lock that somebody held at that
    moment would never be released here. Printed lines go out at once. Then ``initializer``.
    """
    global _adopted, _making
    _making = threading.Lock()
    _adopted = True
    _locks.clear()
    _others.clear()
    _locks.update({name: ("Lock", lock) for name, lock in locks.items()})
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(line_buffering=True)
    if initializer is not None:
        initializer()
