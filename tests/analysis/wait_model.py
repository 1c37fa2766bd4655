"""A small abstract world of threads, locks, futures and pools, and all that may become of it.

``World`` is made up by chance; ``trace()`` is what a recording of it would say. ``never_move``
tries every continuation: whoever is not blocked may let go of a lock, end its task, or end; a
worker with nothing to do takes the next task of its queue; one that is blocked goes on once it
has what it waits for. What it says owes nothing to the analysis.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple, TypeVar

from poolscope.trace.schema import Kind, LockKind, PoolKind, ReturnWhen, Role, Signal, WaitKind
from tests.analysis.traces import Stream, Trace

T = TypeVar("T")
LOCK, ALL, ANY, JOIN, EVENT, PERMIT = "lock", "all", "any", "join", "event", "permit"


class Want(NamedTuple):
    """What a thread is blocked in: ``of`` are locks, futures or threads, by number."""

    kind: str
    of: tuple[int, ...]
    timed: bool


class State(NamedTuple):
    """All that changes: who holds each lock, which futures run where, what is queued, who ended."""

    blocked: frozenset[int]
    owners: tuple[int, ...]  # thread, -1: free
    permits: tuple[tuple[int, ...], ...]  # holders of each semaphore
    running: tuple[int, ...]  # of each thread: the future it runs, -1: none
    queues: tuple[tuple[int, ...], ...]
    done: frozenset[int]
    ended: frozenset[int]


@dataclass
class World:
    """Threads 0 to ``callers`` are callers; then come the workers of each pool."""

    chance: Random
    pool_of: list[int] = field(default_factory=list)  # of each thread, -1: a caller
    wants: dict[int, Want] = field(default_factory=dict)

    def __post_init__(self) -> None:
        chance = self.chance
        self.callers = chance.randint(1, 3)
        self.pools = [chance.randint(1, 2) for _ in range(chance.randint(0, 2))]
        self.pool_of = [-1] * self.callers
        for pool, size in enumerate(self.pools):
            self.pool_of += [pool] * size
        threads = len(self.pool_of)
        self.semaphores = [chance.randint(1, 2) for _ in range(chance.randint(0, 1))]
        running, future = [-1] * threads, 0
        for thread, pool in enumerate(self.pool_of):
            if pool >= 0 and chance.random() < 0.8:
                running[thread], future = future, future + 1
        queues: list[tuple[int, ...]] = []
        for pool in range(len(self.pools)):
            full = all(running[t] >= 0 for t, each in enumerate(self.pool_of) if each == pool)
            length = chance.randint(0, 2) if full else 0
            queues.append(tuple(range(future, future + length)))
            future += length
        self.futures = future
        acting = [t for t, pool in enumerate(self.pool_of) if pool < 0 or running[t] >= 0]
        owners = tuple(chance.choice([-1, *acting, *acting]) for _ in range(chance.randint(1, 3)))
        permits = tuple(
            tuple(chance.choice(acting) for _ in range(chance.randint(0, size)))
            for size in self.semaphores
        )
        for thread in acting:
            if chance.random() < 0.75 and (want := self._want(thread, owners, permits)):
                self.wants[thread] = want
        self.start = State(
            frozenset(self.wants), owners, permits, tuple(running), tuple(queues), frozenset(),
            frozenset(),
        )  # fmt: skip

    def _want(
        self, thread: int, owners: tuple[int, ...], permits: tuple[tuple[int, ...], ...]
    ) -> Want | None:
        chance, timed = self.chance, self.chance.random() < 0.2
        kind = chance.choice([LOCK, LOCK, LOCK, ALL, ALL, ANY, JOIN, EVENT, PERMIT])
        taken = [lock for lock, owner in enumerate(owners) if owner >= 0]
        full = [s for s, held in enumerate(permits) if len(held) == self.semaphores[s]]
        if kind == LOCK and taken:
            return Want(LOCK, (chance.choice(taken),), timed)
        if kind == PERMIT and full:
            return Want(PERMIT, (chance.choice(full),), timed)
        if kind in (ALL, ANY) and self.futures:
            some = chance.sample(range(self.futures), min(self.futures, chance.randint(1, 3)))
            return Want(kind, tuple(sorted(some)), timed)
        others = [t for t, pool in enumerate(self.pool_of) if pool < 0 and t != thread]
        if kind == JOIN and others:
            return Want(JOIN, (chance.choice(others),), timed)
        return Want(EVENT, (), timed) if kind == EVENT else None

    # -- what may become of it ------------------------------------------------------------

    def never_move(self, *, patient: bool = False, alone: bool = False) -> set[int]:
        """The blocked threads that no continuation lets go on.

        ``patient``: nobody ever gives up. ``alone``: only a thread of this world can set an
        event, or release a lock for another; else somebody unseen can.
        """
        moved: set[int] = set()
        ahead, seen = [self.start], {self.start}
        while ahead:
            state = ahead.pop()
            moved |= set(self.wants) - state.blocked
            for after in self._next(state, patient, alone):
                if after not in seen:
                    seen.add(after)
                    ahead.append(after)
        return set(self.wants) - moved

    def _next(self, state: State, patient: bool, alone: bool) -> list[State]:
        found = []
        acting = {
            t
            for t, pool in enumerate(self.pool_of)
            if t not in state.blocked and t not in state.ended
            and (pool < 0 or state.running[t] >= 0 or state.queues[pool])
        }  # fmt: skip
        for thread in state.blocked:
            want = self.wants[thread]
            if (want.timed and not patient) or self._has(state, thread, want, acting, alone):
                found.append(self._go_on(state, thread, want))
        for thread in acting:
            found += self._acts(state, thread)
        return found

    def _has(self, state: State, thread: int, want: Want, acting: set[int], alone: bool) -> bool:
        somebody = bool(acting) or not alone
        if want.kind == EVENT:
            return somebody
        if want.kind == LOCK:
            owner = state.owners[want.of[0]]
            return owner < 0 or (owner == thread and somebody)
        if want.kind == PERMIT:
            return len(state.permits[want.of[0]]) < self.semaphores[want.of[0]]
        if want.kind == JOIN:
            return want.of[0] in state.ended
        done = [each in state.done for each in want.of]
        return all(done) if want.kind == ALL else any(done)

    def _go_on(self, state: State, thread: int, want: Want) -> State:
        state = state._replace(blocked=state.blocked - {thread})
        if want.kind == LOCK and state.owners[want.of[0]] < 0:
            return state._replace(owners=_with(state.owners, want.of[0], thread))
        return state

    def _acts(self, state: State, thread: int) -> list[State]:
        mine = [lock for lock, owner in enumerate(state.owners) if owner == thread]
        found = [state._replace(owners=_with(state.owners, lock, -1)) for lock in mine]
        for place, held in enumerate(state.permits):
            if thread in held:
                rest = list(held)
                rest.remove(thread)
                mine.append(-1)
                permits = _with(state.permits, place, tuple(rest))
                found.append(state._replace(permits=permits))
        pool, task = self.pool_of[thread], state.running[thread]
        if mine:
            return found  # first it lets go of what it has
        if pool < 0:
            found.append(state._replace(ended=state.ended | {thread}))
        elif task >= 0:
            running = _with(state.running, thread, -1)
            found.append(state._replace(running=running, done=state.done | {task}))
        else:
            task, *rest = state.queues[pool]
            queues = _with(state.queues, pool, tuple(rest))
            found.append(state._replace(running=_with(state.running, thread, task), queues=queues))
        return found

    # -- the same, as a trace -------------------------------------------------------------

    def trace(self) -> Recorded:
        return Recorded(self)


def _with(cells: tuple[T, ...], place: int, value: T) -> tuple[T, ...]:
    return (*cells[:place], value, *cells[place + 1 :])


class Recorded(Trace):
    """The trace of a world: ``streams_of`` are its threads, in its order."""

    def __init__(self, world: World) -> None:
        super().__init__()
        start, pinned = world.start, self.pinned()
        self.people: list[Stream] = []
        pools = [self.id() for _ in world.pools]
        for pool, size in zip(pools, world.pools, strict=True):
            pinned.emit(0, Kind.POOL_CREATED, pool, size, f"pool {pool & 0xFF}", PoolKind.THREAD)
        self.workers: list[int] = []
        for thread, pool in enumerate(world.pool_of):
            role = Role.CALLER if pool < 0 else Role.WORKER
            stream = self.thread(f"t{thread}", role=role)
            worker = self.id() if pool >= 0 else 0
            if worker:
                pinned.emit(0, Kind.WORKER_STARTED, worker, pools[pool], f"t{thread}")
                pinned.emit(0, Kind.WORKER_READY, worker, stream.thread)
            self.people.append(stream)
            self.workers.append(worker)
        self.futures = [self.id() for _ in range(world.futures)]
        first = self.people[0]
        for thread, task in enumerate(start.running):
            if task >= 0:
                pool = pools[world.pool_of[thread]]
                first.emit(1, Kind.SUBMITTED, self.futures[task], pool, f"f({task})")
        for pool, queue in zip(pools, start.queues, strict=True):
            for task in queue:
                first.emit(2, Kind.SUBMITTED, self.futures[task], pool, f"f({task})")
        for thread, task in enumerate(start.running):
            if task >= 0:
                self.people[thread].emit(3, Kind.STARTED, self.futures[task], self.workers[thread])
        self._locks(world)
        self._wants(world)

    def _locks(self, world: World) -> None:
        pinned = self.pinned()
        self.locks = [self.id() for _ in world.start.owners]
        for place, (lock, owner) in enumerate(zip(self.locks, world.start.owners, strict=True)):
            pinned.emit(0, Kind.LOCK_CREATED, lock, 0, f"L{place}", LockKind.LOCK)
            if owner >= 0:
                self.people[owner].emit(5, Kind.LOCK_ACQUIRED, lock, 0, f"a.py:{place}")
        self.semaphores = [self.id() for _ in world.semaphores]
        held = world.start.permits
        for place, (key, size) in enumerate(zip(self.semaphores, world.semaphores, strict=True)):
            pinned.emit(0, Kind.LOCK_CREATED, key, size, f"S{place}", LockKind.SEMAPHORE)
            # It has been used as a lock is: who took a permit gave it back.
            self.people[0].emit(5, Kind.LOCK_ACQUIRED, key, 0, "b.py:1")
            self.people[0].emit(5, Kind.LOCK_RELEASED, key)
            for holder in held[place]:
                self.people[holder].emit(5, Kind.LOCK_ACQUIRED, key, 0, "b.py:2")
        self.event = self.id()
        pinned.emit(0, Kind.LOCK_CREATED, self.event, 0, "E", LockKind.EVENT)

    def _wants(self, world: World) -> None:
        for thread, (kind, of, timed) in world.wants.items():
            stream, t = self.people[thread], 10 + thread
            limit = 1_000 if timed else 0
            if kind == LOCK:
                stream.emit(t, Kind.LOCK_WANTED, self.locks[of[0]], 0, "c.py:1", int(timed))
            elif kind == PERMIT:
                stream.emit(t, Kind.LOCK_WANTED, self.semaphores[of[0]], 0, "c.py:2", int(timed))
            elif kind == EVENT:
                d = Signal.EVENT_WAIT | 256 * timed
                stream.emit(t, Kind.SIGNAL_WANTED, self.event, 0, "c.py:3", d)
            else:
                when = ReturnWhen.FIRST_COMPLETED if kind == ANY else ReturnWhen.ALL_COMPLETED
                what = WaitKind.JOIN if kind == JOIN else WaitKind.WAIT | when << 8
                ids = [self.people[of[0]].thread] if kind == JOIN else [self.futures[f] for f in of]
                stream.emit(t, Kind.WAIT_BEGAN, self.id(), limit, len(ids), what)
                for key in ids:
                    stream.emit(t, Kind.WAIT_ITEM, key, 1)
