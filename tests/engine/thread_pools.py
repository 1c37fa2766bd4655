"""Fixtures for the tests of thread pools: every pool is traced, and its trace is checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import poolscope
from poolscope import ThreadPoolExecutor
from tests.engine import oracle

MakePool = Callable[..., ThreadPoolExecutor]


@pytest.fixture
def traced(tmp_path: Path) -> Iterator[list[oracle.Told]]:
    """Records the test; what was told comes into the list when the test is over, checked."""
    told: list[oracle.Told] = []
    with poolscope.record(tmp_path / "trace"):
        yield told
    told.append(oracle.check(tmp_path / "trace"))


@pytest.fixture
def make(traced: list[oracle.Told]) -> Iterator[MakePool]:
    """Makes pools; all are shut down, and then the trace is checked."""
    pools: list[ThreadPoolExecutor] = []

    def make(max_workers: int | None = None, **options: Any) -> ThreadPoolExecutor:
        pools.append(ThreadPoolExecutor(max_workers, **options))
        return pools[-1]

    yield make
    for pool in pools:
        pool.shutdown()
    del traced
