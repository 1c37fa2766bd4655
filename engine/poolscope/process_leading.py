"""Leading: a thread that waits for the one task that is out reads its report itself.

Whoever submits a task and waits for it would be woken by the keeper, which was woken by the
report: two threads for one answer, and that costs more than both hops between the processes. So
while tasks come one at a time, the waiting thread *leads*: the keeper's watch of the reports is
suspended, and the waiter receives.

What is promised nevertheless:

- A packet is in ``led`` from the moment the system gives it until it is dealt with, whatever
  exception strikes the thread meanwhile (an interrupt may, anywhere). What is not the answer that
  was waited for, or is anything but simple, is the keeper's: it is woken, and finds it there.
- Nobody leads for longer than ``LEASE_S``; after that, and before, the waiter sleeps as others do.
- Nobody leads unless the keeper is *watchful*: awake every ``WATCH_S``, to resume its watch and
  take what is there if a leader was struck down. It stays so only while somebody leads.

Each attribute is changed in one step of the interpreter; two leaders at once would do no harm.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import Any, Final

from poolscope import wire
from poolscope.channel_packets import LEASE_S
from poolscope.future import Future
from poolscope.process_jobs import Job
from poolscope.process_results import opened
from poolscope.process_sending import Sending
from poolscope.states import DONE
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import Kind

WATCH_S: Final = 0.05
_SHORT_NS: Final = int(LEASE_S * 1e9) // 4  # of a task for which leading is worth while
_RESULT_RECEIVED: Final = int(Kind.RESULT_RECEIVED)
_OUTCOMES: Final = frozenset({wire.RESULT, wire.RAISED})
_KEEPERS: Final = wire.LAST | wire.SPILLED


class Leading(Sending):
    """Who reads what comes back."""

    def __init__(self, pool: int, max_workers: int) -> None:
        super().__init__(pool, max_workers)
        self.led: deque[Any] = deque()  # packets that a leader received
        self.watchful = False  # the keeper does not sleep for long
        self._leader = 0  # the task that its waiter leads for
        self._leads = 0  # how often there was a leader
        self._seen = 0  # the same, at the keeper's last look
        self._looked = 0.0
        self._relieved = threading.Condition(self.lock)  # ``_leader`` has become 0
        self._awaited = False

    def lead(self, future: Future[Any], timeout: float | None) -> bool:
        """Wait for the answer to ``future`` on this thread, for a moment; whether it is done.

        To be called by a thread that is about to sleep until ``future`` is done.
        """
        if (
            not self.watchful
            or self._leader
            or self.led  # what another left, for the keeper, comes first
            or len(self.out) != 1
            or future._id not in self.out
            or self._recent_ns > _SHORT_NS
            or (timeout is not None and timeout < 2 * LEASE_S)
        ):
            return False
        try:
            self._leader = future._id
            self._leads += 1
            # Once more: the keeper that went to sleep meanwhile has not seen that somebody leads.
            if self.watchful:
                self.channel.lend(self.led)
                if self.led:
                    self._take_led(future)
        finally:
            self._leader = 0
            if self.led:
                self.wake()
            if self._awaited:
                with self.lock:
                    self._relieved.notify_all()
        return future._state in DONE

    def _take_led(self, future: Future[Any]) -> None:
        """Settle ``future`` if the packet is its simple answer; if not it stays for the keeper."""
        packet = self.led[0]
        whole = packet[0]
        kind, flags, worker, task, ran_ns = wire.REPORT_HEADER.unpack_from(whole)
        if task != future._id or kind not in _OUTCOMES or flags & _KEEPERS or future._callbacks:
            return
        body = memoryview(whole)[wire.REPORT_HEADER.size :]
        emit = _recorder.emit
        if emit is not None:
            emit(_RESULT_RECEIVED, task, len(body), 0, 0)
        self._pace(ran_ns)
        result, error = opened(wire.Report(kind, flags, worker, task, ran_ns, body))
        # Settled before it is forgotten: whatever interrupts us, the keeper can do it again.
        self.settle(future, result, error, worker)
        with self.lock:
            if self.out.pop(task, None) is not None and self.workers < self.max_workers:
                self._count_idle()
        if self.led and self.led[0] is packet:
            self.led.popleft()
        if self.queue:
            self.wake()

    # -- the keeper -----------------------------------------------------------------------

    def next_report(self) -> wire.Report | None:
        """The next report that is there, of those a leader left too."""
        led = self.led
        if led and not self._leader:
            return self.channel.report(led.popleft())
        return self.channel.receive()

    def note_lone(self, job: Job) -> None:
        """``job``, of which somebody may be waiting, was the only one: others like it may come."""
        if job.future._sleepers and not self.watchful and self.channel.lends:
            self._looked = time.monotonic()
            self._seen = self._leads
            self.watchful = True

    def look_at_leader(self) -> None:
        """Once in a while see whether there is still anybody who leads, and is alive."""
        if not self.watchful:
            return
        now = time.monotonic()
        if now - self._looked < WATCH_S:
            return
        self._looked = now
        if self._seen == self._leads:
            self._leader = 0  # whoever it is has not come to an end in all that time
            self.watchful = False
        if self._seen != self._leads:
            self._seen = self._leads
            self.watchful = True
        self.channel.resume()

    def await_leader(self) -> None:
        """Return when nobody leads, so that all that was received can be seen."""
        with self.lock:
            self._awaited = True
            self._relieved.wait_for(lambda: not self._leader, WATCH_S)
            self._awaited = False
