"""Where the statistics come from: a store, or none yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolscope_gui.model.statistics import Figures, figures

if TYPE_CHECKING:
    from poolscope.analysis.store import Store


class StatisticsSource:
    """Holds the store, so that a view does not have to know what one is."""

    def __init__(self) -> None:
        self._store: Store | None = None

    def set_store(self, store: Store | None) -> None:
        """Tell of another store, or of none."""
        self._store = store

    @property
    def total(self) -> int:
        """How many tasks there are."""
        return len(self._store.tasks) if self._store is not None else 0

    @property
    def pools(self) -> list[str]:
        """What each pool is called, by row."""
        if self._store is None:
            return []
        return [pool.name or f"pool {row + 1}" for row, pool in enumerate(self._store.pools)]

    def figures(self, begin: int, end: int, now: int, pool: int | None) -> Figures | None:
        """``model.statistics.figures`` of what there is; None without a store."""
        if self._store is None:
            return None
        return figures(self._store, begin, end, now, pool)
