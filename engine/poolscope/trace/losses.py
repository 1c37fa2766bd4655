"""Of events that could not be written: whose they were, and since when there were any."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from poolscope.trace.tail import Tail

__all__ = ["lost_of", "lost_since"]


def lost_of(tails: Collection[Tail]) -> dict[int, int]:
    """How many by thread, as far as it is known of which one's they were."""
    lossy = (tail for tail in tails if tail.lost and not tail.pinned)
    return {tail.info.thread: tail.lost for tail in lossy if tail.info is not None}


def lost_since(tails: Collection[Tail]) -> int:
    """The clock up to which nothing is missing, 0 if that is not known.

    It is known of streams alone that lost what came after all that they hold. A thread that got
    no stream at all is counted with its process's declarations, which tell no time.
    """
    return min((tail.lost_since for tail in tails if tail.lost), default=0)
