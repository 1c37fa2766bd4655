"""Wrapping a function of the standard library so that nobody notices."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final

__all__ = ["hook", "in_no_copy", "missing"]

missing: Final[list[str]] = []
"""What was to be hooked and is not there in this Python: to be said, not passed over."""


def hook(owner: Any, name: str, make: Callable[[Any], Any]) -> None:
    """Put ``make(original)`` in the place of ``owner.name``, a function, looking like it.

    ``owner`` is a class or a module. A function that is not there is noted in ``missing``.
    """
    original = vars(owner).get(name)
    if original is None:
        missing.append(f"{owner.__name__}.{name}")
        return
    plain = original.__func__ if isinstance(original, staticmethod) else original
    made = functools.update_wrapper(make(plain), plain)
    setattr(owner, name, staticmethod(made) if plain is not original else made)


def in_no_copy(self: Any, protocol: Any) -> Any:  # noqa: ARG001
    """``__reduce_ex__`` of what we keep in an object of the program's: where the program pickles
    or copies that, None, as in what is not seen."""
    return type(None), ()
