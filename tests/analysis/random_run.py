"""A run made up by chance: legal for each thread, with all that can go wrong between them."""

from __future__ import annotations

from random import Random

from poolscope.trace.schema import (
    GaveUp,
    Kind,
    LockKind,
    Outcome,
    PoolKind,
    Role,
    Signal,
    WaitKind,
    WorkerEnd,
)
from tests.analysis.traces import Stream, Trace


class RandomRun(Trace):
    """``steps`` random acts of some callers, workers and a child process."""

    def __init__(self, chance: Random, steps: int) -> None:
        super().__init__()
        self.chance = chance
        self.now = 0
        self.queue: list[int] = []
        self.tasks: list[int] = []
        self.running: dict[int, int] = {}  # by stream index
        self.locks = [self.id() for _ in range(2)]
        self.held: dict[int, Stream] = {}
        self.wanting: dict[int, int] = {}  # stream index -> lock
        self.waits: dict[int, list[int]] = {}
        self.semaphore, self.event, self.variable = (self.id() for _ in range(3))
        self.listening: set[int] = set()
        self.version = 0
        self.spans: dict[int, list[int]] = {}
        self.dead: set[int] = set()
        self.pool, self.far_pool = self.id(), self.id()
        pinned = self.pinned()
        pinned.emit(0, Kind.POOL_CREATED, self.pool, 2, "near", PoolKind.THREAD)
        pinned.emit(0, Kind.POOL_CREATED, self.far_pool, 1, "far", PoolKind.PROCESS)
        for lock in self.locks:
            pinned.emit(0, Kind.LOCK_CREATED, lock, 0, f"lock {lock}")
        pinned.emit(0, Kind.LOCK_CREATED, self.semaphore, 2, "slots", LockKind.SEMAPHORE)
        pinned.emit(0, Kind.LOCK_CREATED, self.event, 0, "go", LockKind.EVENT)
        pinned.emit(0, Kind.SHARED_CREATED, self.variable, 0, "counter")
        pinned.emit(3, Kind.UNSEEN, 2, 0, "something")
        self.callers = [self.thread("main", role=Role.MAIN), self.thread("c", declare=False)]
        self.near = [self._worker(self.pool, 1), self._worker(self.pool, 1)]
        self.far = self._worker(self.far_pool, 2)
        self.everyone = [*self.callers, *(stream for stream, _ in self.near), self.far[0]]
        acts = [self.submit, self.submit, self.start, self.start, self.finish, self.finish]
        acts += [self.lock, self.lock, self.lock, self.release, self.release, self.wait]
        acts += [self.wait, self.span, self.callback, self.oddity, self.die]
        acts += [self.slot, self.slot, self.signal, self.share, self.share]
        for _ in range(steps):
            self.now += chance.choice((0, 1, 1, 5))
            chance.choice(acts)()

    def _worker(self, pool: int, pid: int) -> tuple[Stream, int]:
        key = self.id()
        stream = self.thread(f"w{key & 0xFF}", pid=pid, role=Role.WORKER)
        self.pinned().emit(0, Kind.WORKER_STARTED, key, pool, f"w{key & 0xFF}")
        self.pinned(pid).emit(1, Kind.WORKER_READY, key, stream.thread)
        return stream, key

    def someone(self) -> Stream | None:
        free = [
            each
            for each in self.everyone
            if each.info.index not in self.dead and each.info.index not in self.wanting
        ]
        return self.chance.choice(free) if free else None

    def submit(self) -> None:
        who = self.chance.choice(self.callers)
        far = self.chance.random() < 0.4
        for _ in range(self.chance.randint(1, 3)):
            task = self.id()
            pool = self.far_pool if far else self.pool
            who.emit(self.now, Kind.SUBMITTED, task, pool, f"f({task & 7})", int(far))
            self.tasks.append(task)
            self.queue.append(-task if far else task)

    def start(self) -> None:
        if not self.queue:
            return
        task = self.queue.pop(0)
        if self.chance.random() < 0.1:
            self.callers[1].emit(self.now, Kind.CANCELLED, abs(task))
            self.callers[0].emit(self.now + 1, Kind.NOTIFIED, abs(task))
            return
        stream, worker = self.far if task < 0 else self.chance.choice(self.near)
        index = stream.info.index
        if index in self.running or index in self.dead or index in self.wanting:
            self.queue.insert(0, task)
            return
        if task < 0:
            self.callers[0].emit(self.now, Kind.PICKLED, -task, 100)
            self.callers[0].emit(self.now, Kind.SENT, -task)
            stream.emit(self.now + 1, Kind.RECEIVED, -task, worker)
        stream.emit(self.now + 1, Kind.STARTED, abs(task), worker)
        self.running[index] = task

    def finish(self) -> None:
        for stream, worker in (*self.near, self.far):
            index = stream.info.index
            task = self.running.get(index)
            if task is None or index in self.dead or index in self.wanting:
                continue
            del self.running[index]
            outcome = self.chance.choice((Outcome.RESULT, Outcome.RESULT, Outcome.EXCEPTION))
            last = stream
            if task < 0:
                stream.emit(self.now, Kind.RETURNED, -task, worker, 0, outcome)
                last = self.callers[0]
                last.emit(self.now + 1, Kind.RESULT_RECEIVED, -task, 50)
            last.emit(self.now + 1, Kind.FINISHED, abs(task), worker, "it", outcome)
            if outcome == Outcome.EXCEPTION:
                last.emit(self.now + 1, Kind.TRACEBACK, abs(task), 0, "traceback")
            return

    def lock(self) -> None:
        if self.wanting and self.chance.random() < 0.6:
            index, lock = self.chance.choice(sorted(self.wanting.items()))
            if lock not in self.held and index not in self.dead:
                del self.wanting[index]
                self.streams[index].emit(self.now, Kind.LOCK_ACQUIRED, lock, 0, "a:2", 1)
                self.held[lock] = self.streams[index]
            elif self.chance.random() < 0.3 and index not in self.dead:
                del self.wanting[index]
                self.streams[index].emit(self.now, Kind.LOCK_GAVE_UP, lock, d=1)
            return
        who, lock = self.someone(), self.chance.choice(self.locks)
        if who is None:
            return
        if lock in self.held:
            told = self.held[lock].thread if self.chance.random() < 0.5 else 0
            who.emit(self.now, Kind.LOCK_WANTED, lock, told, "b:3")
            self.wanting[who.info.index] = lock
        else:
            who.emit(self.now, Kind.LOCK_ACQUIRED, lock, 0, "a:1")
            self.held[lock] = who

    def release(self) -> None:
        if not self.held:
            return
        self.now += 1  # another's acquire is later than this release
        lock = self.chance.choice(sorted(self.held))
        owner = self.held.pop(lock)
        who = self.someone() if self.chance.random() < 0.4 else owner
        if who is None or (who is owner and owner.info.index in self.dead):
            self.held[lock] = owner
            return
        if who is owner and owner.info.index in self.wanting:
            self.held[lock] = owner
            return
        who.emit(self.now, Kind.LOCK_RELEASED, lock, 0 if who is owner else owner.thread)
        self.now += 1

    def wait(self) -> None:
        who = self.chance.choice(self.callers)
        nest = self.waits.setdefault(who.info.index, [])
        if nest and self.chance.random() < 0.6:
            wait = nest[-1]
            if self.chance.random() < 0.5:
                who.emit(self.now, Kind.WAIT_RELEASED, wait, self.chance.choice(self.tasks))
                if self.chance.random() < 0.8:
                    who.emit(self.now + 1, Kind.WAIT_RESUMED, wait)
                return
            nest.pop()
            for _ in range(self.chance.randint(0, 2)):
                who.emit(self.now, Kind.WAIT_DONE, self.tasks[0], 1)
            who.emit(self.now, Kind.WAIT_ENDED, wait, self.tasks[0], 1)
        elif self.tasks:
            wait = self.id()
            nest.append(wait)
            ranges = [(self.chance.choice(self.tasks), self.chance.randint(1, 3))]
            ranges *= self.chance.randint(1, 3)
            count = sum(each for _, each in ranges)
            who.emit(self.now, Kind.WAIT_BEGAN, wait, 0, count, WaitKind.AS_COMPLETED)
            for first, each in ranges:
                who.emit(self.now, Kind.WAIT_ITEM, first, each)

    def span(self) -> None:
        who = self.chance.choice(self.callers)
        nest = self.spans.setdefault(who.info.index, [])
        if nest and self.chance.random() < 0.5:
            other = self.chance.choice((who, self.callers[0]))
            other.emit(self.now, Kind.SPAN_ENDED, nest.pop())
        else:
            nest.append(self.id())
            who.emit(self.now, Kind.SPAN_BEGAN, nest[-1], 0, "span")

    def callback(self) -> None:
        if self.tasks:
            who, task = self.chance.choice(self.callers), self.chance.choice(self.tasks)
            who.emit(self.now, Kind.CALLBACK_BEGAN, task, 0, "call")
            who.emit(self.now + 1, Kind.CALLBACK_ENDED, task, d=Outcome.RESULT)

    def oddity(self) -> None:
        """A future made by hand; a task whose submission is lost; a refused cancel."""
        who, which = self.callers[1], self.chance.randint(0, 3)
        if which == 0:
            by_hand = self.id()
            who.emit(self.now, Kind.STARTED, by_hand, 0)
            self.callers[0].emit(self.now + 1, Kind.FINISHED, by_hand, 0, "x")
        elif which == 1:
            who.emit(self.now, Kind.STARTED, self.id(), self.near[0][1])
        elif self.tasks:
            kinds = (Kind.EXCEPTION_READ, Kind.EXCEPTION_DROPPED)
            kind = Kind.CANCEL_REFUSED if which == 2 else self.chance.choice(kinds)
            who.emit(self.now, kind, self.chance.choice(self.tasks))

    def die(self) -> None:
        index = self.far[0].info.index
        if self.chance.random() < 0.3 and index not in self.dead:
            self.dead.add(index)
            self.pinned().emit(self.now, Kind.WORKER_GONE, self.far[1], -9, d=WorkerEnd.CRASHED)
            if self.chance.random() < 0.5:
                self.pinned().emit(self.now + 1, Kind.PROCESS_ENDED, 2, -9)

    def slot(self) -> None:
        """A permit taken, given back by its taker, or by one who has none."""
        who = self.someone()
        if who is None:
            return
        self.now += 1
        if self.chance.random() < 0.5:
            who.emit(self.now, Kind.LOCK_ACQUIRED, self.semaphore, 0, "s:1")
        else:
            more = self.chance.choice((0, 0, 1))
            who.emit(self.now, Kind.LOCK_RELEASED, self.semaphore, d=more)

    def signal(self) -> None:
        """Someone begins to wait for the event, sees it set, gives up, or sets it."""
        who = self.someone()
        if who is None:
            return
        self.now += 1
        index, what = who.info.index, Signal.EVENT_WAIT
        if index not in self.listening:
            self.listening.add(index)
            who.emit(self.now, Kind.SIGNAL_WANTED, self.event, 0, "e:1", what | 256 * (index & 1))
        elif self.chance.random() < 0.8:
            self.listening.discard(index)
            if self.chance.random() < 0.3:
                who.emit(self.now, Kind.SIGNAL_GAVE_UP, self.event, d=what | GaveUp.TIMEOUT << 8)
            else:
                other = self.chance.choice(self.callers)
                other.emit(self.now, Kind.SIGNAL_SENT, self.event, 1, "e:2", Signal.EVENT_SET)
                who.emit(self.now + 1, Kind.SIGNAL_GOT, self.event, d=what)

    def share(self) -> None:
        """A read of the variable, or a write worked out from the last one."""
        who = self.someone()
        if who is None:
            return
        self.now += 1
        if self.chance.random() < 0.5:
            who.emit(self.now, Kind.SHARED_READ, self.variable, self.version, "1\nv:1")
        else:
            self.version += 1
            who.emit(self.now, Kind.SHARED_WRITTEN, self.variable, self.version, "2\nv:2")
