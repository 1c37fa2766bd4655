"""How each pool does, in figures and one sentence: why its tasks wait, if they do.

All figures are of one stretch of time, by default the pool's life so far. They are sums of what
was recorded; the only guess is the replay with more workers (``simulation``), and it is given only
where the same replay with the workers that there were comes out as it really was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from poolscope.analysis import simulation
from poolscope.analysis.bits import Bits, at_once
from poolscope.analysis.health_cause import HELD_SHARE, Doctor
from poolscope.analysis.health_load import Load, load_bits
from poolscope.analysis.simulation import Replay
from poolscope.analysis.wording import plural

if TYPE_CHECKING:
    from poolscope.analysis.store import Store

_MODEL_TOLERANCE: Final = 2.0  # the replay with the real number of workers may be off by so much
_GROWTH: Final = (2, 4)  # times as many workers, for the replays
# Elsewhere more workers would have changed how long each task runs, or there were none any more;
# so it is whatever the verdict, if they waited for others much of the time.
_TO_REPLAY: Final = frozenset({"unused", "healthy", "too-small", "slow-callers"})
_LOSSY: Final = "{} of this recording could not be written: this is of the rest, and may be wrong."
_DROPPED: Final = "The quota has dropped {}: this is of what came later."


@dataclass(frozen=True, slots=True)
class Health:
    """The state of one pool over a stretch of time. ``verdict`` is one of ``VERDICTS``."""

    pool: int  # row
    load: Load
    verdict: str
    text: str
    evidence: tuple[str, ...]
    replays: tuple[Replay, ...]  # the first with the workers that it has; empty: not to be trusted


VERDICTS: Final = (
    "unused",
    "healthy",
    "too-small",
    "blocked",
    "waiting-on-itself",
    "waiting-elsewhere",
    "moving-data",
    "computing",
    "endless",
    "slow-callers",
    "broken",
    "unknown",
)


def health(
    store: Store,
    pool: int,
    begin: int | None = None,
    end: int | None = None,
    *,
    most: int = simulation.MOST_TASKS,
) -> Health:
    """What can be said of a pool (its row) between two times, ns; by default of all its life.

    Args:
        most: tasks that are replayed at most, the newest; a microsecond each, three times.
    """
    return at_once(health_bits(store, pool, begin, end, most))


def health_bits(
    store: Store, pool: int, begin: int | None, end: int | None, most: int
) -> Bits[Health]:
    """The same, in bits."""
    found = yield from load_bits(store, pool, begin, end)
    yield
    replays = () if store.lost else _replays(found, most)  # of the load as it was, or of none
    yield
    verdict, text, evidence = Doctor(store, pool, found, replays).judge()
    if store.lost:
        evidence.insert(0, _LOSSY.format(plural(store.lost, "event")))
        if verdict == "unused":
            name, lost = store.pools[pool].name, plural(store.lost, "event")
            text = f"Nothing is known of {name} here: {lost} could not be written."
    elif store.dropped:
        evidence.insert(0, _DROPPED.format(plural(store.dropped, "task")))
    if verdict not in _TO_REPLAY or found.share(found.held_up) >= HELD_SHARE:
        replays = ()
    return Health(pool, found, verdict, text, tuple(evidence), replays)


def _replays(load: Load, most: int) -> tuple[Replay, ...]:
    """The load again with as many workers, and with more; nothing where the model does not fit."""
    if not len(load.arrivals) or not load.workers:
        return ()
    arrivals, durations = load.arrivals[-most:], load.durations[-most:]
    now = simulation.replay(arrivals, durations, load.workers)
    real = load.queue_wait
    if real is None:
        return ()
    # Below a millisecond or a tenth of a run the hand-over counts, which no replay knows.
    floor = max(1_000_000, load.run.p50 // 10 if load.run else 0)
    ratio = (max(real.p95, floor)) / (max(now.wait_p95, floor))
    if not 1 / _MODEL_TOLERANCE <= ratio <= _MODEL_TOLERANCE:
        return ()
    more = (load.workers * times for times in _GROWTH)
    return now, *(simulation.replay(arrivals, durations, each) for each in more)
