"""Where the health of pools comes from: a store, or none yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from poolscope.analysis.bits import Bits
from poolscope.analysis.health import health_bits
from poolscope_gui.model.health_text import PoolHealth

if TYPE_CHECKING:
    from poolscope.analysis.store import Store

_MOST_REPLAYED: Final = 4_000  # tasks: three replays in some 10 ms
MOST_POOLS: Final = 12  # that are told at once, the busiest


class HealthSource:
    """Holds the store, so that a view does not have to know what one is."""

    def __init__(self) -> None:
        self._store: Store | None = None
        self.found: list[PoolHealth] = []

    def set_store(self, store: Store | None) -> None:
        """Tell of another store, or of none."""
        self._store, self.found = store, []

    def look(self, begin: int, end: int) -> Bits[None]:
        """Find out, in bits, how each pool did between two times, ns; then ``found`` says it, those
        first with something to say."""
        store, found = self._store, []
        if store is not None:
            first = max(0, len(store.pools) - MOST_POOLS)
            for row, pool in enumerate(store.pools[first:], first):
                health = yield from health_bits(store, row, max(0, begin), end, _MOST_REPLAYED)
                found.append(PoolHealth(pool.name or f"pool {row + 1}", health))
        self.found = sorted(found, key=lambda each: each.health.verdict in ("unused", "healthy"))
