"""A thread pool and its futures under random schedules, held against the table of lives."""

from __future__ import annotations

from hypothesis import settings

from poolscope import ThreadPoolExecutor
from tests.engine.gates import Gate
from tests.engine.pool_machine import PoolMachine, Submitted, TaskError


class OnThread(Submitted):
    def __init__(self, pool: ThreadPoolExecutor, number: int, fails: bool, held: bool) -> None:
        super().__init__(number, fails)
        self._gate = Gate()
        self._ran = 0
        if not held:
            self._gate.open()
        self.future = pool.submit(self._act)

    def _act(self) -> int:
        self._ran += 1
        self._gate.hold()
        if self.fails:
            raise TaskError(self.number)
        return self.number

    def let_go(self) -> None:
        self._gate.open()

    @property
    def ran(self) -> int:
        return self._ran


class ThreadPoolMachine(PoolMachine):
    most_running = PoolMachine.workers

    def make_pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self.workers)

    def make_task(self, number: int, fails: bool, held: bool) -> Submitted:
        return OnThread(self.pool, number, fails, held)


TestThreadPoolMachine = ThreadPoolMachine.TestCase
TestThreadPoolMachine.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
