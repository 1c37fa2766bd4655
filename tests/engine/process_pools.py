"""Fixtures for the tests of process pools: every start method, both forms of the channel."""

from __future__ import annotations

import gc
import multiprocessing
from collections.abc import Callable, Iterator
from multiprocessing import forkserver, resource_tracker
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Any

import psutil
import pytest

from poolscope.process_pool import ProcessPoolExecutor
from tests.engine.process_tasks import Gate

LIMIT_S = 60  # for a result; exists only to fail
METHODS = ("fork", "spawn", "forkserver")
FORMS = ("packets", "pipes")
MakePool = Callable[..., ProcessPoolExecutor]

# From Python 3.12 on, fork beside the threads of pytest-timeout warns; that is not ours.
FORK_WARNS = "ignore:This process .* is multi-threaded:DeprecationWarning"


@pytest.fixture(params=METHODS)
def context(request: pytest.FixtureRequest) -> BaseContext:
    found: BaseContext = multiprocessing.get_context(request.param)
    return found


@pytest.fixture(params=FORMS)
def form(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("POOLSCOPE_CHANNEL", request.param)
    return str(request.param)


@pytest.fixture(autouse=True)
def _no_descriptor_left() -> Iterator[None]:
    # The two servants of multiprocessing stay, with a descriptor each: have them here before.
    resource_tracker.ensure_running()
    forkserver.ensure_running()
    gc.collect()
    before = psutil.Process().num_fds()
    yield
    gc.collect()
    assert psutil.Process().num_fds() <= before, "descriptors were left open"


@pytest.fixture
def make(context: BaseContext, form: str) -> Iterator[MakePool]:
    """Makes pools of the start method and the form under test, and shuts them down."""
    pools: list[ProcessPoolExecutor] = []

    def make(max_workers: int = 2, **options: Any) -> ProcessPoolExecutor:
        pools.append(ProcessPoolExecutor(max_workers, context, **options))
        return pools[-1]

    yield make
    for pool in pools:
        pool.shutdown()
    pools.clear()


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path)
