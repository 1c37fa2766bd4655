"""Whether a program computed as much as one interpreter can: then more threads do not help it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from poolscope.trace.schema import PoolKind

if TYPE_CHECKING:
    from poolscope.analysis.store import Store

_FULL: Final = 0.85  # of one processor: what is left goes into changing from thread to thread
# More than one, beyond what clocks differ by: threads do compute side by side, in C.
_BESIDE: Final = 1.1


def computed(store: Store, pool: int) -> float | None:
    """The share of the time in which the one process of a program computed, if threads of a pool
    (its row) competed for the interpreter by that; None: they did not, or it is not known."""
    taken = store.cpu_ns.get(store.root_pid)
    pools = store.pools[pool]
    if taken is None or pools.kind != PoolKind.THREAD or len(pools.workers) < 2:
        return None
    if len(store.processes) != 1:  # the pool may be another's
        return None
    share = taken / max(1, store.now_ns)
    return min(1.0, share) if _FULL <= share <= _BESIDE else None
