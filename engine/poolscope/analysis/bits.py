"""Work that can be done in bits, by whoever has a window to look after: between frames.

It is a generator that returns what it finds; what it has read of a store by then stays as it was.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

Found = TypeVar("Found")
Bits = Generator[None, None, Found]


def at_once(bits: Bits[Found]) -> Found:
    """All of it."""
    while True:
        try:
            next(bits)
        except StopIteration as over:
            found: Found = over.value
            return found
