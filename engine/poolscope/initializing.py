"""A worker whose initializer raised: what the trace is told of that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import Kind

__all__ = ["raised"]

_RAISED: Final = int(Kind.INITIALIZER_RAISED)


def raised(worker: int, initializer: Callable[..., Any], error: BaseException) -> None:
    """Record that ``initializer`` raised ``error`` in the worker ``worker``."""
    declare = _recorder.declare
    if declare is not None:
        from poolscope import naming  # late: in a worker process it may not be needed otherwise

        name, text = naming.function_name(initializer), naming.error_text(error)
        declare(_RAISED, worker, 0, f"{name}\n{text}", 0)
