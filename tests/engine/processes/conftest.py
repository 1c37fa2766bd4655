"""Fixtures for the tests of process pools: every start method, both forms of the channel."""

from __future__ import annotations

import gc
import multiprocessing
import threading
from collections.abc import Iterator
from multiprocessing import forkserver, heap, resource_tracker
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Any

import psutil
import pytest

from poolscope.owner_word import OwnerWord
from poolscope.process_pool import ProcessPoolExecutor
from poolscope.trace import recorder
from tests.engine.processes.tasks import Gate, MakePool

GRACE_S = 10  # to end in; exists only to fail
METHODS = ("fork", "spawn", "forkserver")
FORMS = ("packets", "pipes")


@pytest.fixture(params=METHODS)
def context(request: pytest.FixtureRequest) -> BaseContext:
    found: BaseContext = multiprocessing.get_context(request.param)
    return found


@pytest.fixture(params=FORMS)
def form(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("POOLSCOPE_CHANNEL", request.param)
    return str(request.param)


def _processes() -> set[psutil.Process]:
    """Everything below this process: a forkserver's children are not its own."""
    return set(psutil.Process().children(recursive=True))


@pytest.fixture(autouse=True)
def no_descriptor_left() -> Iterator[None]:
    """Nothing is left of a test: no descriptor, no thread, no process."""
    # The two servants of multiprocessing stay, with a descriptor each, and so do its memory for
    # barriers and our page for the owners of locks: have them here before.
    resource_tracker.ensure_running()
    forkserver.ensure_running()
    heap.BufferWrapper(1)
    OwnerWord()
    gc.collect()
    before = psutil.Process().num_fds()
    threads, processes = set(threading.enumerate()), _processes()
    yield
    gc.collect()
    left = [thread.name for thread in threading.enumerate() if thread not in threads]
    assert left == [], "threads were left"
    # The zombie of a forkserver's child is that server's, which reaps it in its own time.
    _gone, alive = psutil.wait_procs(_processes() - processes, timeout=GRACE_S)
    assert alive == [], "processes were left"
    assert psutil.Process().num_fds() <= before, "descriptors were left open"


@pytest.fixture
def make(
    context: BaseContext,
    form: str,  # noqa: ARG001  its effect is in the environment
    no_descriptor_left: None,  # noqa: ARG001  comes before us, and ends after
) -> Iterator[MakePool]:
    """Makes pools of the start method and the form under test, and shuts them down."""
    pools: list[ProcessPoolExecutor] = []

    def make(max_workers: int = 2, **options: Any) -> ProcessPoolExecutor:
        pools.append(ProcessPoolExecutor(max_workers, context, **options))
        return pools[-1]

    yield make
    stuck = []
    while pools:
        pool = pools.pop()
        pool.shutdown(wait=False)
        keeper = pool._executor_manager_thread
        if keeper is not None:
            keeper.join(GRACE_S)
            if keeper.is_alive():
                stuck.append(repr(pool))
                pool.kill_workers()
                keeper.join(GRACE_S)
        del pool, keeper
    assert not stuck, f"had to be killed: {stuck}"


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where to record; the recording ends with the test."""
    yield tmp_path / "trace"
    recorder.stop()
