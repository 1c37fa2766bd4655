"""``map`` submits by ``submit``: also by one that a subclass has put in its place."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable
from typing import Any

import pytest

import poolscope

POOLS = [
    concurrent.futures.ThreadPoolExecutor,
    poolscope.ThreadPoolExecutor,
    poolscope.ProcessPoolExecutor,
]


@pytest.mark.parametrize("kind", POOLS, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
@pytest.mark.parametrize("options", [{}, {"chunksize": 2}], ids=["single", "chunks"])
def test_a_subclass_sees_each_submit_of_a_map(kind: Any, options: dict[str, int]) -> None:
    seen: list[Callable[..., Any]] = []

    class Counting(kind):  # type: ignore[misc]
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
            seen.append(fn)
            return super().submit(fn, *args, **kwargs)

    with Counting(1) as pool:
        assert list(pool.map(abs, [-1, 2, -3], **options)) == [1, 2, 3]
    chunks = options and "Process" in kind.__name__
    assert len(seen) == (2 if chunks else 3)


def test_one_that_is_put_into_the_pool_is_seen_and_with_a_buffer_too() -> None:
    seen: list[int] = []
    with poolscope.ThreadPoolExecutor(1) as pool:
        submit = pool.submit

        def count(fn: Any, /, *args: Any) -> Any:
            seen.append(args[0])
            return submit(fn, *args)

        pool.submit = count  # type: ignore[method-assign,assignment]
        assert list(pool.map(abs, [-1, 2, -3], buffersize=2)) == [1, 2, 3]
    assert seen == [-1, 2, -3]
