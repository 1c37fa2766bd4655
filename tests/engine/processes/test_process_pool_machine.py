"""A process pool and its futures under random schedules, with workers that are killed.

Half of the machines run over packets, with workers forked at once, the others over pipes, with
workers that come as needed and are replaced after a few tasks.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import rule

from poolscope import ProcessPoolExecutor
from poolscope.channel import CHOICE
from poolscope.process_groups import LARGEST
from tests.engine.gates import LIMIT_S
from tests.engine.pool_machine import PoolMachine, Submitted, TaskError
from tests.engine.processes.tasks import FORK_WARNS


def act(folder: str, number: int, fails: bool, held: bool) -> int:
    """In a worker: leave a mark, stand before the gate if there is one."""
    with Path(folder, f"{number}.ran").open("a") as marks:
        marks.write("x")
    if held:
        with Path(folder, f"{number}.gate").open("rb", buffering=0) as gate:
            gate.read(1)
    if fails:
        raise TaskError(number)
    return number


class InProcess(Submitted):
    def __init__(
        self, pool: ProcessPoolExecutor, folder: Path, number: int, fails: bool, held: bool
    ) -> None:
        super().__init__(number, fails)
        self._marks = folder / f"{number}.ran"
        self._gate = -1
        if held:
            os.mkfifo(folder / f"{number}.gate")
            # Both ends, so that neither opening nor writing ever waits.
            self._gate = os.open(folder / f"{number}.gate", os.O_RDWR)
        self.future = pool.submit(act, str(folder), number, fails, held)

    def let_go(self) -> None:
        if self._gate >= 0:
            os.write(self._gate, b"x")

    def close(self) -> None:
        if self._gate >= 0:
            os.close(self._gate)

    @property
    def ran(self) -> int:
        return self._marks.stat().st_size if self._marks.exists() else 0


class ProcessPoolMachine(PoolMachine):
    form = "packets"
    method = "fork"
    max_tasks: int | None = None
    most_running = PoolMachine.workers + LARGEST * (PoolMachine.workers + 1)  # if they are short

    def make_pool(self) -> ProcessPoolExecutor:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(CHOICE, self.form)
            context = multiprocessing.get_context(self.method)
            pool = ProcessPoolExecutor(self.workers, context, max_tasks_per_child=self.max_tasks)
            pool._begin()  # the channel is opened while the choice is made
        return pool

    def make_task(self, number: int, fails: bool, held: bool) -> Submitted:
        return InProcess(self.pool, self.folder, number, fails, held)

    @rule(which=st.integers(0, PoolMachine.workers - 1))
    def kill_a_worker(self, which: int) -> None:
        keeper = self.pool._executor_manager_thread
        workers = list(self.pool._processes.values())
        if not self.open or which >= len(workers) or len(self.all) % 4 != 3:
            return  # seldom, or there would be little else
        os.kill(workers[which].pid, signal.SIGKILL)
        keeper.join(LIMIT_S)
        assert not keeper.is_alive()
        assert all(task.future.done() for task in self.all)
        self.open, self.broken = False, True

    def teardown(self) -> None:
        try:
            super().teardown()
        finally:
            for task in self.all:
                assert isinstance(task, InProcess)
                task.close()


class RecyclingMachine(ProcessPoolMachine):
    form = "pipes"
    method = "forkserver"
    max_tasks = 3
    most_running = PoolMachine.workers


ProcessPoolMachine.TestCase.settings = settings(
    max_examples=30, stateful_step_count=25, deadline=None
)
RecyclingMachine.TestCase.settings = settings(max_examples=8, stateful_step_count=25, deadline=None)
TestProcessPoolMachine = pytest.mark.filterwarnings(FORK_WARNS)(ProcessPoolMachine.TestCase)
TestRecyclingMachine = pytest.mark.filterwarnings(FORK_WARNS)(RecyclingMachine.TestCase)
