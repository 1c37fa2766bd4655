"""A pool and its futures under random schedules, held against the table of lives.

The body of the machine; what it drives is up to its subclasses: ``test_thread_pool_machine``,
``processes/test_process_pool_machine``.
"""

from __future__ import annotations

import tempfile
from abc import abstractmethod
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule

from poolscope import (
    ALL_COMPLETED,
    FIRST_COMPLETED,
    FIRST_EXCEPTION,
    BrokenExecutor,
    Future,
    as_completed,
    wait,
)
from poolscope.executor import Executor
from poolscope.states import FUTURE_LIVES, NOTIFIED
from poolscope.trace import recorder
from tests.engine import oracle
from tests.engine.gates import LIMIT_S


def reachable(state: str) -> set[str]:
    """The states that a future seen in ``state`` may be in later."""
    found = {state}
    for following in FUTURE_LIVES[state]:
        found |= reachable(following)
    return found


class TaskError(Exception):
    """What a task raises."""


class Submitted:
    """One task, and what we know of it."""

    future: Future[int]

    def __init__(self, number: int, fails: bool) -> None:
        self.number = number
        self.fails = fails
        self.called_back = 0
        self.callbacks = 0
        self.cancelled = False
        self.seen = "PENDING"

    @abstractmethod
    def let_go(self) -> None:
        """Open the gate that it stands before, or will; may be called again."""

    @property
    @abstractmethod
    def ran(self) -> int:
        """How often it was begun."""

    def add_callback(self) -> None:
        self.callbacks += 1
        self.future.add_done_callback(self._note)

    def _note(self, future: Any) -> None:
        assert future is self.future
        self.called_back += 1

    def check_end(self, broken: bool) -> None:
        """It is settled as it should be; in a pool that was ``broken`` it may have failed."""
        assert self.called_back == self.callbacks
        assert self.future._state in NOTIFIED
        assert self.future.cancelled() == self.cancelled
        if self.cancelled:
            assert self.ran == 0
            with pytest.raises(CancelledError):
                self.future.result(0)
            return
        if broken and isinstance(self.future.exception(0), BrokenExecutor):
            assert self.ran <= 1
            return
        assert self.ran == 1
        if self.fails:
            assert isinstance(self.future.exception(0), TaskError)
        else:
            assert self.future.result(0) == self.number


class PoolMachine(RuleBasedStateMachine):
    """Subclasses say what pool it is, and how a task is made that can be held."""

    tasks = Bundle("tasks")
    workers = 2
    most_running: ClassVar[int]  # tasks at a time, those sent ahead too

    def __init__(self) -> None:
        super().__init__()
        self._home = tempfile.TemporaryDirectory()
        self._trace = Path(self._home.name, "trace")
        recorder.start(self._trace, role="main")
        self.folder = Path(self._home.name)
        self.pool: Any = self.make_pool()
        self.all: list[Submitted] = []
        self.open = True
        self.broken = False

    @abstractmethod
    def make_pool(self) -> Executor:
        """A pool of ``workers``."""

    @abstractmethod
    def make_task(self, number: int, fails: bool, held: bool) -> Submitted:
        """Submit a task that gives its ``number`` or raises ``TaskError``."""

    @rule(target=tasks, fails=st.booleans(), held=st.booleans())
    def submit(self, fails: bool, held: bool) -> Any:
        if not self.open:
            with pytest.raises(BrokenExecutor if self.broken else RuntimeError):
                self.pool.submit(int)
            return multiple()
        self.all.append(self.make_task(len(self.all), fails, held))
        return self.all[-1]

    @rule(task=tasks)
    def cancel(self, task: Submitted) -> None:
        if task.future.cancel():
            task.cancelled = True
            assert task.future.cancelled()
        else:
            assert not task.cancelled
            assert task.future.running() or task.future.done()

    @rule(task=tasks)
    def let_go(self, task: Submitted) -> None:
        task.let_go()

    @rule(task=tasks)
    def add_callback(self, task: Submitted) -> None:
        task.add_callback()

    @rule(
        chosen=st.lists(tasks),
        when=st.sampled_from([ALL_COMPLETED, FIRST_COMPLETED, FIRST_EXCEPTION]),
    )
    def wait(self, chosen: list[Submitted], when: str) -> None:
        futures = {task.future for task in chosen}
        done, not_done = wait(futures, 0, when)
        assert done | not_done == futures
        assert not done & not_done
        assert all(future._state in NOTIFIED for future in done)

    @rule(chosen=st.lists(tasks))
    def as_completed(self, chosen: list[Submitted]) -> None:
        futures = {task.future for task in chosen}
        came: list[Any] = []
        try:
            came.extend(as_completed(futures, 0))
        except TimeoutError:
            assert set(came) < futures
        else:
            assert set(came) == futures
        assert len(set(came)) == len(came)

    @rule(chosen=st.lists(tasks, min_size=1))
    def wait_for_what_can_be_done(self, chosen: list[Submitted]) -> None:
        for task in self.all:
            task.let_go()
        assert wait([task.future for task in chosen], LIMIT_S).not_done == set()

    @rule(cancel=st.booleans())
    def shutdown(self, cancel: bool) -> None:
        self.pool.shutdown(wait=False, cancel_futures=cancel)
        self.open = False
        if cancel:
            for task in self.all:
                task.cancelled = task.cancelled or task.future.cancelled()

    @rule()
    def statistics(self) -> None:
        now = self.pool.statistics()
        assert now.running <= self.most_running
        assert now.workers["STARTING"] + now.workers["IDLE"] + now.workers["BUSY"] <= self.workers
        assert now.queued + now.done + now.cancelled <= len(self.all)
        assert (now.oldest_queued_ns is None) == (now.queued == 0)

    @invariant()
    def every_life_is_legal(self) -> None:
        for task in self.all:
            state = task.future._state
            assert state in reachable(task.seen), f"{task.seen} became {state}"
            task.seen = state

    def teardown(self) -> None:
        try:
            for task in self.all:
                task.let_go()
            self.pool.shutdown()
            for task in self.all:
                task.check_end(self.broken)
            end = self.pool.statistics()
            assert end.done + end.cancelled == len(self.all)
            if not self.broken:
                assert end.done == sum(task.ran for task in self.all)
        finally:
            recorder.stop()
        told = oracle.check(self._trace)
        assert set(told.tasks) == {task.future._id for task in self.all}
        self._home.cleanup()
