"""Where the health of pools comes from: a store, or none yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from poolscope.analysis.health import health
from poolscope_gui.model.health_text import PoolHealth

if TYPE_CHECKING:
    from poolscope.analysis.store import Store

_MOST_REPLAYED: Final = 4_000  # tasks: three replays in some 10 ms
MOST_POOLS: Final = 12  # that are told at once, the busiest


class HealthSource:
    """Holds the store, so that a view does not have to know what one is."""

    def __init__(self) -> None:
        self._store: Store | None = None

    def set_store(self, store: Store | None) -> None:
        """Tell of another store, or of none."""
        self._store = store

    def healths(self, begin: int, end: int) -> list[PoolHealth]:
        """How each pool did between two times, ns; those with something to say come first."""
        store = self._store
        if store is None:
            return []
        found = [
            PoolHealth(
                pool.name or f"pool {row + 1}",
                health(store, row, max(0, begin), end, most=_MOST_REPLAYED),
            )
            for row, pool in enumerate(
                store.pools[-MOST_POOLS:], max(0, len(store.pools) - MOST_POOLS)
            )
        ]
        return sorted(found, key=lambda each: each.health.verdict in ("unused", "healthy"))
