"""How each pool does, in figures and one sentence: why its tasks wait, if they do.

All figures are of one stretch of time, by default the pool's life so far. They are sums of what
was recorded; the only guess is the replay with more workers (``simulation``), and it is given only
where the same replay with the workers that there were comes out as it really was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from poolscope.analysis import simulation
from poolscope.analysis.health_load import Load, load_of
from poolscope.analysis.simulation import Replay
from poolscope.analysis.wording import duration, figure

if TYPE_CHECKING:
    from poolscope.analysis.store import Store

# From where on a share is worth a sentence. A quarter of the workers' time is what adding a third
# more workers would give back; below, the advice costs more than it brings.
HELD_SHARE: Final = 0.25
BUSY_SHARE: Final = 0.85  # queues grow steeply from about here, in every queueing model
IDLE_SHARE: Final = 0.5
ENDLESS: Final = 20  # a task that has run this often the 95th percentile of those that ended
ENDLESS_LEAST_NS: Final = 1_000_000_000
_MODEL_TOLERANCE: Final = 2.0  # the replay with the real number of workers may be off by so much
_GROWTH: Final = (2, 4)  # times as many workers, for the replays
# Where more workers would have changed how long each task runs, or there were none any more.
_NOT_TO_REPLAY: Final = frozenset({"blocked", "waiting-on-itself", "endless", "broken"})


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
    "endless",
    "slow-callers",
    "broken",
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
    found = load_of(store, pool, begin, end)
    replays = _replays(found, most)
    verdict, text, evidence = _Doctor(store, pool, found, replays).judge()
    if verdict in _NOT_TO_REPLAY:
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


class _Doctor:
    """Finds the one sentence. The causes are tried from the surest to the most general."""

    def __init__(self, store: Store, pool: int, load: Load, replays: tuple[Replay, ...]) -> None:
        self._store = store
        self._pool = store.pools[pool]
        self._load = load
        self._replays = replays

    def judge(self) -> tuple[str, str, list[str]]:
        load, name = self._load, self._pool.name
        if self._pool.broken is not None:
            cause = self._pool.broken.rstrip(".") or "no cause was recorded"
            return "broken", f"{name} is broken: {cause}.", []
        if not load.arrived:
            return "unused", f"No task has been submitted to {name}.", []
        for check in (self._endless, self._itself, self._blocked, self._small, self._slow):
            found = check()
            if found is not None:
                return found
        if load.queue_wait is None:
            return "unused", f"No task of {name} has started here.", []
        text = f"{name} keeps up with its load: {self._waited()}."
        if load.run and load.queue_wait.p50 > max(load.run.p95, 1_000_000):
            # Queued although there was room: workers that start, or a process far away.
            text = (
                f"{name} has room for its load, and yet {self._waited()}, longer than they ran: "
                f"while tasks were queued its workers were busy {load.pressed:.0%} of the time."
            )
            told = "A worker takes none while it is only starting, or waits for the interpreter."
            return "healthy", text, [told]
        return "healthy", text, []

    # -- causes ---------------------------------------------------------------------------

    def _endless(self) -> tuple[str, str, list[str]] | None:
        load = self._load
        usual = load.run.p95 if load.run else 0
        limit = max(ENDLESS_LEAST_NS, ENDLESS * usual)
        held = [(row, age) for row, age in load.running if age >= limit]
        if not held or not load.queued or len(held) < HELD_SHARE * load.workers:
            return None
        labels = [self._label(row) for row, _ in held[:3]]
        oldest = duration(max(age for _, age in held))
        text = (
            f"{len(held)} of {load.workers} workers of {self._pool.name} are held by tasks that do "
            f"not end ({', '.join(labels)}, {oldest} so far) while {load.queued:,} wait."
        )
        told = "No task has ended yet."
        if load.run:
            told = f"Tasks that ended ran {duration(usual)} (95 %)."
        return "endless", text, [told]

    def _itself(self) -> tuple[str, str, list[str]] | None:
        load = self._load
        share = load.share(load.waiting_itself)
        if share < HELD_SHARE or not load.queued_mean:
            return None
        text = (
            f"{self._pool.name} waits on its own futures: its workers spent {share:.0%} of their "
            "busy time in tasks that wait for tasks of the same pool."
        )
        if load.queued and len(load.stuck) >= load.workers:
            all_of_them = (
                "its one worker" if load.workers == 1 else f"each of {load.workers} workers"
            )
            text = (
                f"{self._pool.name} waits on its own futures: {all_of_them} waits for tasks of "
                f"the same pool, while {load.queued:,} of its tasks wait for a worker."
            )
        return "waiting-on-itself", text, ["Wait for them outside of the pool, or in another pool."]

    def _blocked(self) -> tuple[str, str, list[str]] | None:
        load = self._load
        share = load.share(load.blocked)
        if share < HELD_SHARE or not load.blocked_by_lock:
            return None
        lock, by_lock = max(load.blocked_by_lock.items(), key=lambda each: each[1])
        holders = load.holders.get(lock, ())
        held = f", held by {len(holders)} threads in turn" if len(holders) > 1 else ""
        if len(holders) == 1:
            held = f", mostly held by {holders[0]}"
        text = (
            f"{self._pool.name} is blocked on {self._store.locks[lock].name}{held}: its workers "
            f"spent {share:.0%} of their busy time blocked, {load.share(by_lock):.0%} on it."
        )
        told = f"Blocked {duration(load.blocked)} of {duration(load.busy)} busy in all."
        return (
            "blocked",
            text,
            [told, "More workers would wait for it too: no replay tells how long."],
        )

    def _small(self) -> tuple[str, str, list[str]] | None:
        load = self._load
        wait = load.queue_wait
        run = load.run.p50 if load.run else 0
        waits_long = wait is not None and wait.p95 > max(run, 1_000_000)
        if load.pressed < BUSY_SHARE or not (waits_long or load.queued > load.workers):
            return None
        always = load.queued_time >= BUSY_SHARE * load.length
        when = "time" if always else f"{duration(load.queued_time)} in which tasks were queued"
        text = (
            f"{self._pool.name} is too small for {'this load' if always else 'its bursts'}: its "
            f"{_were(load.workers)} busy {load.pressed:.0%} of the {when}"
        )
        told = []
        if self._replays:
            now, best = self._replays[0], self._recommended()
            text += (
                f"; with {best.workers} workers the same tasks would have waited "
                f"{duration(best.wait_p95)} instead of {duration(now.wait_p95)} (95 %)"
            )
            told.append("Provided that they compete neither for the interpreter nor for a lock.")
        return "too-small", text + ".", told

    def _slow(self) -> tuple[str, str, list[str]] | None:
        load = self._load
        if load.utilisation >= IDLE_SHARE or load.arrived <= load.workers or load.queued:
            return None
        if load.queued_mean > load.workers * (1 - IDLE_SHARE):
            return None
        text = (
            f"{self._pool.name} is not the limit: its {_were(load.workers)} busy "
            f"{load.utilisation:.0%} of the time and the queue was mostly empty. Its callers "
            f"submit {rate(load.arrival_rate)}; it could run {rate(load.capacity)}."
        )
        return "slow-callers", text, []

    # -- words ----------------------------------------------------------------------------

    def _recommended(self) -> Replay:
        """The least of the larger pools whose queue is a tenth of what it was."""
        now, *more = self._replays
        good = [each for each in more if each.wait_p95 <= now.wait_p95 / 10]
        return good[0] if good else more[-1]

    def _waited(self) -> str:
        wait = self._load.queue_wait
        assert wait is not None
        return f"tasks waited {duration(wait.p50)} (median), {duration(wait.p95)} (95 %)"

    def _label(self, row: int) -> str:
        return self._store.text(int(self._store.tasks.label[row])) or "a task"


def _were(workers: int) -> str:
    return "one worker was" if workers == 1 else f"{workers} workers were"


def rate(per_second: float) -> str:
    """A rate of tasks, to three digits."""
    if 0 < per_second < 1:
        return f"{per_second * 60:.3g} tasks a minute"
    return f"{figure(per_second)} tasks a second"
