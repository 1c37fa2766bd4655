"""The host's thread pools: pools that tell the stage of every future they make."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import poolscope
from poolscope.future import Future
from poolscope.stage import Stage

__all__ = ["Kept", "KeptThreadPool"]

T = TypeVar("T")


class Kept:
    """Tells the stage of every future of this pool, by ``submit`` or by ``map``."""

    stage: Stage

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        return self.stage.keep(super().submit(fn, *args, **kwargs))  # type: ignore[misc]

    def _submit_for_map(self, fn: Callable[..., T], args: tuple[Any, ...], place: int) -> Future[T]:
        return self.stage.keep(super()._submit_for_map(fn, args, place))  # type: ignore[misc]


class KeptThreadPool(Kept, poolscope.ThreadPoolExecutor):
    """A thread pool of the host."""

    def __init__(self, stage: Stage, max_workers: int, name: str, **rest: Any) -> None:
        self.stage = stage
        super().__init__(max_workers, name, **rest)
        stage.keep_pool(self, name)
