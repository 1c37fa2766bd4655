"""The lock of a future: made when somebody needs one, stood in for by a worker's loan until then.

Most futures are started and settled by one worker with nobody looking. A lock for each would be
one more object for the garbage collector to go through, and to acquire twice. So a worker that
changes the state of a future without a lock puts its *loan* in the lock's place, and takes it
out again when it is through::

    worker:  put the loan there if there is nothing; change the state; take it out; wake who waits
    others:  find nothing: make the lock, which stays
             find a loan: join those who wait for it, look again, sleep; then all over again

Why that is safe:

- The look at ``_lock`` and the store are one line without a call: CPython lets neither another
  thread nor a signal handler nor the garbage collector in between. So only one of them gets
  its own in. Nobody but the lender takes a loan out. (A test looks at the bytecode. A build
  without the interpreter lock keeps no such promise: Poolscope is not made for one.)
- Who waits joins first and looks afterwards, the lender takes the loan out first and looks for
  those who wait afterwards: one of them sees the other.
- A signal handler or a ``__del__`` *on the lender's own thread*, in the middle of the change,
  cannot wait for it: it makes the lock that stays, locked once for the lender.
- A fork leaves the lenders in the parent: their loans are void in the child (``forfeit``).
"""

from __future__ import annotations

from _thread import RLock, allocate_lock, get_ident
from typing import Any, Final, Protocol


class Loan:
    """What a worker puts in the place of the locks of the futures it runs; one a thread."""

    __slots__ = ("thread", "waiting")

    def __init__(self) -> None:
        self.thread = 0  # get_ident() of the lender
        self.waiting: list[Any] = []  # the gates of those who sleep until it is taken out

    def forfeit(self) -> None:
        """The lender is no thread of this process: nobody will take it out."""
        if self.thread != get_ident():
            self.thread = _NOBODY


_NOBODY: Final = -1


class _Future(Protocol):
    _lock: Any

    def _guard(self) -> Any: ...


def own_lock(future: _Future) -> Any:
    """The lock that ``future`` keeps; made if there is none."""
    made = RLock()
    while True:
        lock = future._lock = made if future._lock is None else future._lock
        if type(lock) is not Loan:
            return lock
        if lock.thread == get_ident():
            made.acquire()
            future._lock = made
            return made
        if lock.thread == _NOBODY:
            # Only the thread that forked is here; whoever comes second finds the first one's.
            future._lock = made if future._lock is lock else future._lock
            continue
        gate = allocate_lock()
        gate.acquire()
        lock.waiting.append(gate)
        if future._lock is lock:
            gate.acquire()


def hold(future: _Future) -> Any:
    """Acquire the lock that the future keeps; returns what ``let_go`` takes."""
    lock = future._guard()
    lock.acquire()
    return lock


def let_go(future: _Future, held: Any) -> None:
    """Release the lock, or take the loan out."""
    if type(held) is not Loan:
        held.release()
        return
    if future._lock is held:
        future._lock = None
    else:
        future._lock.release()  # somebody on this thread made the one that stays
    while held.waiting:
        held.waiting.pop().release()
