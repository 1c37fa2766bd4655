"""Why a pool's tasks wait, if they do: one cause, in a sentence, with its evidence."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Final

import numpy as np

from poolscope.analysis.column import NEVER
from poolscope.analysis.health_delay import Delay, holders
from poolscope.analysis.health_load import Load, ended, none_started, usual_run
from poolscope.analysis.health_moving import moving
from poolscope.analysis.health_size import gain_words, want_of_workers
from poolscope.analysis.interpreter import computed
from poolscope.analysis.simulation import Replay
from poolscope.analysis.wording import duration, plural, rate
from poolscope.analysis.worker_end import why_broken
from poolscope.trace.schema import PoolKind

if TYPE_CHECKING:
    from poolscope.analysis.store import Store

# From where on a share is worth a sentence. A quarter of the workers' time is what adding a third
# more workers would give back; below, the advice costs more than it brings.
HELD_SHARE: Final = 0.25
BUSY_SHARE: Final = 0.85  # queues grow steeply from about here, in every queueing model
IDLE_SHARE: Final = 0.5
ENDLESS: Final = 20  # a task that has run this often the 95th percentile of those that ended
ENDLESS_LEAST_NS: Final = 1_000_000_000
_NONE_ENDED_NS: Final = 30_000_000_000  # where none has ended, what is usual is not known yet

# What the replay takes for granted; by whether the workers are processes.
_PROVISOS: Final = (
    "Provided that they compete neither for the interpreter nor for a processor or a lock.",
    "Provided that there are processors for so many, and that they compete for nothing else.",
)
_STARTING: Final = "A worker takes none while it is only starting, or waits for the interpreter."


class Doctor:
    """Finds the one sentence. The causes are tried from the surest to the most general."""

    def __init__(self, store: Store, pool: int, load: Load, replays: tuple[Replay, ...]) -> None:
        self._store = store
        self._row = pool
        self._pool = store.pools[pool]
        self._load = load
        self._replays = replays

    def judge(self) -> tuple[str, str, list[str]]:
        load, name = self._load, self._pool.name
        if self._pool.broken is not None:
            return "broken", f"{name} is broken: {why_broken(self._store, self._pool)}.", []
        if not load.seen:
            if (self._store.tasks.pool == self._row).any():
                return "unused", f"{name} had nothing to do here.", []
            return "unused", f"No task has been submitted to {name}.", []
        if load.unplaced and load.unplaced == load.completed:
            # As with gevent, whose greenlets are no threads: no figure of busy workers is one.
            return "unknown", f"Which workers ran the tasks of {name} was not seen.", []
        causes = (self._endless, self._itself, self._blocked, self._elsewhere, self._small)
        for check in (*causes, self._slow):
            found = check()
            if found is not None:
                return found
        if load.queue_wait is None:
            return none_started(name, load)
        # Half of the tasks waited so, or a few for most of the time.
        few = self._queued_mostly() and load.pressed < IDLE_SHARE
        waited = load.queue_wait.p95 if few else load.queue_wait.p50
        if load.run and waited > max(load.run.p95, 1_000_000):
            return self._roomy()
        text = f"{name} keeps up with its load: {self._waited()}."
        return "healthy", text, self._idly()

    def _roomy(self) -> tuple[str, str, list[str]]:
        """Queued although there was room: data to be moved, workers that start."""
        load, name = self._load, self._pool.name
        found = moving(self._store, self._row, load)
        if found is not None:
            return "moving-data", found.text(name), found.evidence
        if want_of_workers(load, self._replays):
            verdict, text, told = self._too_small()
            return verdict, text, [*told, _STARTING]
        text = (
            f"{name} has room for its load, and yet {self._waited()}, longer than they ran: "
            f"while tasks were queued its workers were busy {load.pressed:.0%} of the time."
        )
        return "healthy", text, [_STARTING]

    def _idly(self) -> list[str]:
        """That busy workers wait most of the time, though no task waits for them."""
        where, ns = max(self._load.elsewhere.items(), key=itemgetter(1), default=(None, 0))
        share = self._load.share(ns)
        if where is None or share < IDLE_SHARE:
            return []
        return [
            f"Its workers spent {share:.0%} of their busy time waiting for {self._words(where)}."
        ]

    # -- causes ---------------------------------------------------------------------------

    def _endless(self) -> tuple[str, str, list[str]] | None:
        load, store = self._load, self._store
        if load.oldest < ENDLESS_LEAST_NS:
            return None
        long = [(row, age) for row, age in load.running if age >= ENDLESS_LEAST_NS]
        # What ended later did end; and what waits for others is told of by the next two.
        late = ended(store, np.array([row for row, _ in long], np.int64)).tolist()
        held_up = {*load.stuck, *load.blocked_now, *self._signalled()}
        usual = usual_run(store, self._row) if long else None
        limit = max(ENDLESS_LEAST_NS, self._unusual(usual))
        held = [
            (row, age)
            for (row, age), over in zip(long, late, strict=True)
            if age >= limit and not over and int(store.tasks.worker[row]) not in held_up
        ]
        if not held or len(held) < HELD_SHARE * load.workers:
            return None
        labels = [self._label(row) for row, _ in held[:3]]
        longest = duration(max(age for _, age in held))
        text = (
            f"{self._of_workers(len(held), f' of {self._pool.name}')} held by tasks that do not "
            f"end ({', '.join(labels)}, {longest} so far) while {self._queue()}."
        )
        told = "No task has ended yet."
        if usual is not None:
            told = f"Tasks that ended ran {duration(usual)} (95 %)."
        return "endless", text, [told]

    def _signalled(self) -> dict[int, int]:
        """Workers that wait for a signal, and not as a consumer does now and then; for which."""
        waited = self._load.signalled_now.items()
        return {row: lock for row, (lock, age) in waited if age >= ENDLESS_LEAST_NS}

    def _unusual(self, usual: int | None) -> int:
        """From how many ns on a task takes longer than tasks do; ``usual``: if any has ended."""
        if usual is not None:
            return ENDLESS * usual
        store = self._store
        over = store.finished or store.root_pid in store.exits
        return 0 if over else _NONE_ENDED_NS

    def _itself(self) -> tuple[str, str, list[str]] | None:
        load = self._load
        share = load.share(load.waiting_itself)
        all_stuck = load.queued > 0 and len(load.stuck) >= load.workers
        since = load.oldest >= ENDLESS_LEAST_NS
        # Who waits for its own pool harms nobody as long as there is a worker for each task.
        if not (all_stuck and since) and (share < HELD_SHARE or not self._kept_waiting(10)):
            return None
        text = (
            f"{self._pool.name} waits on its own futures: its workers spent {share:.0%} of their "
            "busy time in tasks that wait for tasks of the same pool."
        )
        if all_stuck:
            all_of_them = (
                "its one worker" if load.workers == 1 else f"each of {load.workers} workers"
            )
            text = (
                f"{self._pool.name} waits on its own futures: {all_of_them} waits for tasks of "
                f"the same pool, while {load.queued:,} of its tasks "
                f"{'waits' if load.queued == 1 else 'wait'} for a worker."
            )
        return "waiting-on-itself", text, ["Wait for them outside of the pool, or in another pool."]

    def _blocked(self) -> tuple[str, str, list[str]] | None:
        load = self._load
        share = load.share(load.blocked)
        stuck = [lock for lock, age in load.blocked_now.values() if age >= ENDLESS_LEAST_NS]
        many = load.oldest >= ENDLESS_LEAST_NS and len(stuck) >= HELD_SHARE * load.workers
        if not load.blocked_by_lock or (share < HELD_SHARE and not (stuck and many)):
            return None
        by_lock = load.blocked_by_lock
        lock = max(by_lock, key=by_lock.__getitem__) if share >= HELD_SHARE else stuck[0]
        whose = holders(self._store, self._row, load, lock)
        held = f", held by {len(whose)} threads in turn" if len(whose) > 1 else ""
        if len(whose) == 1:
            held = f", mostly held by {whose[0]}"
        text = f"{self._pool.name} is blocked on {self._store.locks[lock].name}{held}: "
        if share >= HELD_SHARE:
            text += (
                f"its workers spent {share:.0%} of their busy time blocked, "
                f"{load.share(by_lock[lock]):.0%} on it."
            )
        else:
            text += f"{self._of_workers(len(stuck))} blocked while {self._queue()}."
        told = f"Blocked {duration(load.blocked)} of {duration(load.busy)} busy in all."
        return (
            "blocked",
            text,
            [told, "More workers would wait for it too: no replay tells how long."],
        )

    def _elsewhere(self) -> tuple[str, str, list[str]] | None:
        load, now = self._load, self._signalled()
        told = ["More workers would wait too: no replay tells how long."]
        if now and load.oldest >= ENDLESS_LEAST_NS and len(now) >= HELD_SHARE * load.workers:
            text = (
                f"{self._pool.name} waits for {self._store.locks[next(iter(now.values()))].name}: "
                f"{self._of_workers(len(now))} held up by it while {self._queue()}."
            )
            return "waiting-elsewhere", text, told
        if not load.elsewhere or not self._kept_waiting(1):
            return None
        # Of waits that lie in each other the one for futures says more than how it waited.
        where, ns = max(load.elsewhere.items(), key=lambda each: (each[1], each[0].kind == "pool"))
        if load.share(ns) < HELD_SHARE:
            return None
        text = (
            f"{self._pool.name} waits for {self._words(where)}: that took {load.share(ns):.0%} of "
            "its workers' busy time."
        )
        return "waiting-elsewhere", text, told

    def _small(self) -> tuple[str, str, list[str]] | None:
        return self._too_small() if self._kept_waiting(1) else None

    def _too_small(self) -> tuple[str, str, list[str]]:
        load = self._load
        always = load.queued_time >= BUSY_SHARE * load.length
        when = "time" if always else f"{duration(load.queued_time)} in which tasks were queued"
        busy = f"{self._were()} busy {load.pressed:.0%} of the {when}"
        if (share := computed(self._store, self._row)) is not None:
            text = f"{self._pool.name} has more to compute than one interpreter can: {busy}, and "
            text += f"the program computed in {share:.0%} of all its time."
            return "computing", text, ["Python computes in one thread at a time: processes help."]
        text = f"{self._pool.name} is too small for {'this load' if always else 'its bursts'}: "
        text += busy
        told = []
        if self._replays:
            text += f"; {gain_words(self._replays)}"
            told.append(_PROVISOS[self._pool.kind == PoolKind.PROCESS])
        return "too-small", text + ".", told

    def _slow(self) -> tuple[str, str, list[str]] | None:
        load = self._load
        if load.utilisation >= IDLE_SHARE or load.arrived <= load.workers or load.queued:
            return None
        if load.queued_mean > load.workers * (1 - IDLE_SHARE) or self._queued_mostly():
            return None
        text = (
            f"{self._pool.name} is not the limit: {self._were()} busy "
            f"{load.utilisation:.0%} of the time and the queue was mostly empty. Its callers "
            f"submit {rate(load.arrival_rate)}"
        )
        found = moving(self._store, self._row, load)
        if found is not None:  # how many it could run is not told by how long they ran
            return "slow-callers", f"{text}.", [found.text(self._pool.name), *found.evidence]
        return "slow-callers", f"{text}; it could run {rate(load.capacity)}.", []

    def _queued_mostly(self) -> bool:
        """Whether there was a task in the queue for more than half of the time."""
        return self._load.queued_time > self._load.length / 2

    def _kept_waiting(self, part: int) -> bool:
        """Whether tasks waited because no worker was free, for longer than a part of a run.

        Below a millisecond it is the hand-over that takes time.
        """
        load, wait = self._load, self._load.queue_wait
        least = max(1_000_000, (load.run.p50 if load.run else 0) // part)
        waited = (wait is not None and wait.p95 > least) or load.oldest > least
        return load.pressed >= BUSY_SHARE and waited

    # -- words ----------------------------------------------------------------------------

    def _words(self, where: Delay) -> str:
        if where.kind == "pool":
            pools = self._store.pools
            return f"tasks of {pools[where.row].name}" if where.row != NEVER else "other futures"
        return "threads to end" if where.kind == "threads" else self._store.locks[where.row].name

    def _waited(self) -> str:
        wait = self._load.queue_wait
        assert wait is not None
        return f"tasks waited {duration(wait.p50)} (median), {duration(wait.p95)} (95 %)"

    def _were(self) -> str:
        workers = self._load.workers
        if workers == 1:
            return "its one worker was"
        if len(self._pool.workers) < workers:  # threads are started as they are needed
            return f"the {workers} workers that it may have were"
        return f"its {workers} workers were"

    def _of_workers(self, some: int, whose: str = "") -> str:
        verb = "is" if some == 1 else "are"
        return f"{some} of {plural(self._load.workers, 'worker')}{whose} {verb}"

    def _queue(self) -> str:
        queued = self._load.queued
        return f"{queued:,} {'waits' if queued == 1 else 'wait'}"

    def _label(self, row: int) -> str:
        return self._store.text(int(self._store.tasks.label[row])) or "a task"
