"""What a ``functools.partial`` stands for: the call that a reader knows, past what wraps it."""

from __future__ import annotations

import contextvars
import functools
from collections.abc import Callable, Mapping, Sequence
from types import BuiltinMethodType, FunctionType
from typing import Any

__all__ = ["Call", "called", "in_library"]

Call = tuple[Callable[..., Any], Sequence[Any], Mapping[str, Any] | None]
"""A function, its positional arguments and those by name."""


def called(
    partial: functools.partial[Any], args: Sequence[Any], kwargs: Mapping[str, Any] | None
) -> Call:
    """What ``partial(*args, **kwargs)`` calls; runs nothing of the user's.

    Of what the standard library wraps a call in (``asyncio.to_thread``, a chunk of a ``map``)
    that call, a chunk as its arguments one after the other.
    """
    fn, own = partial.func, partial.args
    if in_library(partial):
        if type(fn) is FunctionType and len(args) == 1:
            chunk = args[0]
            if type(chunk) is tuple and all(len(call) == 1 for call in chunk):
                chunk = [call[0] for call in chunk]
            return own[0], (*chunk,), None
        fn, own = own[0], own[1:]
    return fn, (*own, *args), {**partial.keywords, **(kwargs or {})}


def in_library(partial: functools.partial[Any]) -> bool:
    """Whether the standard library made it, to call its first argument in another way."""
    inner = partial.func
    if not partial.args:
        return False
    if type(inner) is BuiltinMethodType:
        return type(inner.__self__) is contextvars.Context
    return type(inner) is FunctionType and inner.__name__ == "_process_chunk"
