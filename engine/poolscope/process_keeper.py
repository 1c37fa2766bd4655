"""The keeper: the thread of a process pool that watches reports, workers and wake-ups.

It refers to the executor weakly: a pool that is dropped without ``shutdown`` does what is
queued and ends, and the interpreter, before it joins threads, tells every keeper to do so.
"""

from __future__ import annotations

import os
import threading
import traceback
import weakref
from multiprocessing import connection
from typing import Any, Final

from poolscope import wire
from poolscope.process_crew import Crew
from poolscope.process_jobs import recording_folder
from poolscope.process_workers import Staff
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import Kind, WorkerEnd

_POOL_BROKEN: Final = int(Kind.POOL_BROKEN)
_POOL_ENDED: Final = int(Kind.POOL_ENDED)
_RESULT_RECEIVED: Final = int(Kind.RESULT_RECEIVED)

_WORDS: Final = frozenset({wire.READY, wire.NOT_STARTED, wire.BYE})  # about the worker itself
_OUTCOMES: Final = frozenset({wire.RESULT, wire.RAISED})

MOST_AT_ONCE: Final = 64  # reports; between batches the next tasks are handed over

_keepers: weakref.WeakSet[Keeper] = weakref.WeakSet()
_exiting = False


class Wakeup:
    """What interrupts the keeper's wait. At most one byte is ever under way: it cannot fill."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._reader, self._writer = connection.Pipe(duplex=False)
        self._called = False
        self._closed = False

    def wakeup(self) -> None:
        """Have the keeper look around; from any thread, a finalizer too."""
        with self._lock:
            if not self._called and not self._closed:
                self._called = True
                self._writer.send_bytes(b"")

    def clear(self) -> None:
        """Take the call; by the keeper, before it looks around."""
        if not self._called:
            return  # one that is being made just now wakes the next wait
        with self._lock:
            if self._called and not self._closed:
                self._called = False
                self._reader.recv_bytes()

    def close(self) -> None:
        """Let go of the pipe; later calls are for nobody."""
        with self._lock:
            if not self._closed:
                self._closed = True  # first: see abandon
                self._reader.close()
                self._writer.close()

    def abandon(self) -> None:
        """In a forked child: the keeper is not here."""
        self._lock = threading.RLock()
        if self._closed:
            # Forked in the middle of close, maybe: a number that is closed already may be
            # another's descriptor by now, and must not be closed again, by __del__ neither.
            for end in (self._reader, self._writer):
                end._handle = None  # type: ignore[attr-defined]
        else:
            self.close()


class Keeper(threading.Thread):
    """See the module."""

    def __init__(
        self,
        executor: Any,
        crew: Crew,
        staff: Staff,
        wakeup: Wakeup,
    ) -> None:
        super().__init__(name=f"{staff.name}-keeper")
        self.crew = crew
        self.staff = staff
        self.wakeup = wakeup
        self._executor = weakref.ref(executor, lambda _ref: wakeup.wakeup())

    def run(self) -> None:
        """Keep the pool until nothing is left of it."""
        self.crew.loan.thread = threading.get_ident()
        try:
            while self._turn():
                pass
        except BaseException:  # noqa: BLE001  whatever it is, no caller may be left waiting
            self._break("The thread that keeps the pool failed.", traceback.format_exc())
        finally:
            self._leave()

    def _turn(self) -> bool:
        """Look around once; whether there is more to keep."""
        crew, staff = self.crew, self.staff
        # Short from one sleep to the next: whoever was just given a result waits for us to sleep.
        if staff.unwatched:
            staff.watch_new()
        crew.channel.flush()
        if crew.queue:
            crew.hand_over()
        if not crew.finishing and self._nothing_to_do():
            crew.channel.finish()
        if crew.finishing and not staff.anyone:
            return False
        found = crew.channel.wait(crew.patience_ms)
        # Always: the byte, if there is one, is taken before what it announces is looked at.
        self.wakeup.clear()
        crew.look_at_leader()
        self._take_reports()
        crew.look_at_groups()
        ended = staff.among(found)
        if ended:
            # What they said last may have come after our look, or be in a leader's hands.
            crew.await_leader()
            self._take_reports()
        for worker in ended:
            code = staff.reap(worker, WorkerEnd.CRASHED)
            if worker.end is None and not crew.finishing:
                self._break(worker.reason or worker.describe(code), worker.detail)
                return False
        return True

    def _nothing_to_do(self) -> bool:
        """Whether no task is there and none can come: shut down, dropped, or Python exits."""
        crew = self.crew
        if not (crew.closing or _exiting or self._executor() is None):
            return False
        # Under the lock, as submit checks and queues: what it let through is seen here.
        with crew.lock:
            crew.finishing = not crew.queue and not crew.out and not crew.hiring
            return crew.finishing

    def _take_reports(self) -> None:
        """Take all that is there, many at a time: then those who wait are woken less often."""
        while batch := self._next_reports():
            self.crew.take_reports(batch)
            for report in batch:
                if report.flags & wire.LAST:
                    self._replace()
            if len(batch) < MOST_AT_ONCE:
                return  # no more were there

    def _next_reports(self) -> list[wire.Report]:
        receive = self.crew.next_report
        batch: list[wire.Report] = []
        while len(batch) < MOST_AT_ONCE:
            report = receive()
            if report is None:
                break
            if report.kind in _WORDS:
                self._take_word(report)
                continue
            emit = _recorder.emit
            if emit is not None and report.kind in _OUTCOMES:
                emit(_RESULT_RECEIVED, report.task, wire.size_of(report.body), 0, 0)
            if report.flags & wire.LAST:
                self._left(report.worker, WorkerEnd.RECYCLED)
            batch.append(report)
        return batch

    def _take_word(self, report: wire.Report) -> None:
        """What a worker says about itself."""
        if report.kind == wire.BYE:
            self._left(report.worker, WorkerEnd.FINISHED)
            return
        worker = self.staff.present.get(report.worker)
        if worker is None:
            return
        if report.kind == wire.READY:
            worker.ready = True
            self.crew.channel.ready(report.worker)
        elif report.kind == wire.NOT_STARTED:
            worker.detail = bytes(report.body or b"").decode("utf-8", "replace")
            last_line = worker.detail.strip().rpartition("\n")[2]
            worker.reason = f"The initializer of worker {worker.name} raised {last_line}."

    def _left(self, worker: int, end: WorkerEnd) -> None:
        self.staff.leaves(worker, end)
        self.crew.worker_left(len(self.staff.present))

    def _replace(self) -> None:
        if self.crew.lacks_worker():
            start_worker(self.crew, self.staff)

    def _break(self, reason: str, detail: str) -> None:
        """Fail everything and end everybody: a worker is gone with we do not know what."""
        crew = self.crew
        with crew.lock:
            crew.broken = crew.ended_by or reason
            crew.shut = True
            reason = crew.broken
        declare = _recorder.declare
        if declare is not None:
            declare(_POOL_BROKEN, crew.pool, 0, reason, 0)
        self.staff.terminate_all()
        crew.fail_all(reason, detail)
        with crew.lock:
            crew.hired.wait_for(lambda: not crew.hiring)
        self.staff.terminate_all()
        self.staff.reap_all()

    def clear_away(self) -> None:
        """End what was started; for a pool whose start failed half way, instead of ``run``."""
        self.staff.terminate_all()
        self.staff.reap_all()
        self._leave()

    def _leave(self) -> None:
        self.staff.forget()
        self.crew.channel.close()
        self.wakeup.close()
        declare = _recorder.declare
        if declare is not None:
            declare(_POOL_ENDED, self.crew.pool, 0, "", 0)


def start_worker(crew: Crew, staff: Staff) -> None:
    """Start the worker that ``crew`` has claimed; raises what the start raises."""
    try:
        staff.start_one(recording_folder())
    finally:
        crew.worker_claimed(len(staff.present))


def start_keeper(keeper: Keeper) -> None:
    """Start ``keeper``; it will be told when the interpreter exits."""
    keeper.crew.channel.watch(keeper.wakeup._reader)
    keeper.start()
    _keepers.add(keeper)


def exiting() -> bool:
    """Whether the interpreter has begun to exit."""
    return _exiting


def _at_exit() -> None:
    global _exiting
    _exiting = True
    keepers = list(_keepers)
    for keeper in keepers:
        with keeper.crew.lock:
            keeper.crew.shut = True
        keeper.wakeup.wakeup()
    for keeper in keepers:
        keeper.join()


def _after_fork_in_child() -> None:
    for keeper in list(_keepers):
        keeper.wakeup.abandon()
    _keepers.clear()


# Not atexit: it must come before Python joins the threads that are not daemons, or the pools
# would never hear that they may end. The standard library's pools hook in at the same place.
threading._register_atexit(_at_exit)  # type: ignore[attr-defined]
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
