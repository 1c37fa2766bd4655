"""What every thread, future and pool needs to move, by the state of the world.

What may be done by anybody (a signal, a permit of a semaphore, the result of a future made by
hand) proves nothing while a thread is left that could do it, so it counts as free. Only the
*strict* view asks who could: it holds once no thread that was seen is left to act.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np

from poolscope.analysis.column import NEVER, Ints
from poolscope.analysis.wait_nodes import FUTURE, LOCK, POOL, THREAD, Edge, Node
from poolscope.analysis.wait_reduction import FREE, NEVER_MOVES, Mode, Rule
from poolscope.analysis.wait_world import ACQUIRE, SIGNAL, Blocked, World
from poolscope.trace.schema import LockKind, ReturnWhen, Signal, WaitKind

_SHOWN: Final = 24  # futures of one wait in the picture, beside those that count

_SIGNAL_WORDS: Final[dict[int, str]] = {  # by Signal; of a damaged trace it may be any
    Signal.CONDITION_WAIT: "waits to be notified",
    Signal.EVENT_WAIT: "waits for it to be set",
    Signal.BARRIER_WAIT: "waits for the others",
    Signal.QUEUE_GET: "waits for an item",
    Signal.QUEUE_PUT: "waits for room",
    Signal.QUEUE_JOIN: "waits until all is done",
}
_ANY_OF: Final = (ReturnWhen.FIRST_COMPLETED, ReturnWhen.FIRST_EXCEPTION)


class Rules:
    """Rules and edges for some blocked threads of a world and all that they wait for.

    ``by_node``: the rule of each node. A node in ``soft`` is free as long as anybody may act;
    in the strict view it has the rule given there. ``timed``: threads that give up by
    themselves; their rule is what they would need if they did not.
    """

    def __init__(self, world: World, start: Iterable[int]) -> None:
        self._world = world
        self._store = world.store
        self.by_node: dict[Node, Rule] = {}
        self.soft: dict[Node, Rule] = {}
        self.timed: set[Node] = set()
        self.edges: list[Edge] = []
        self._ahead = list(start)
        self._threads_seen = set(self._ahead)
        while self._ahead:
            self._thread(self._ahead.pop())

    # -- threads --------------------------------------------------------------------------

    def _thread(self, thread: int) -> None:
        node = Node(THREAD, thread)
        blocked = self._world.blocked.get(thread)
        if blocked is None:
            self.by_node[node] = NEVER_MOVES if self._world.dead(thread) else FREE
            return
        if blocked.timed:
            self.timed.add(node)
        if blocked.kind == ACQUIRE:
            self._acquire(node, blocked)
        elif blocked.kind == SIGNAL:
            self._signal(node, blocked)
        else:
            self._wait(node, blocked)

    def _see(self, thread: int) -> Node:
        if thread not in self._threads_seen:
            self._threads_seen.add(thread)
            self._ahead.append(thread)
        return Node(THREAD, thread)

    def _edge(self, source: Node, target: Node, blocked: Blocked, label: str) -> None:
        where = self._store.text(blocked.where)
        self.edges.append(Edge(source, target, blocked.since, where, blocked.timed, label))

    # -- locks ----------------------------------------------------------------------------

    def _acquire(self, node: Node, blocked: Blocked) -> None:
        lock = int(self._store.lock_table.blocks.lock[blocked.ref])
        target = Node(LOCK, lock)
        self._edge(node, target, blocked, "waits for")
        if target not in self.by_node:
            self._lock(target)
        self.by_node[node] = Rule(Mode.ALL, (target,))
        if self._is_its_own_last(lock, node.row):
            # Not re-entrant: only another thread's release could help.
            self.by_node[node], self.soft[node] = FREE, Rule(Mode.ALL, (target,))

    def _is_its_own_last(self, lock: int, thread: int) -> bool:
        holds, kind = self._world.holds(lock), self._store.locks[lock].kind
        table = self._store.lock_table.holds
        return kind == LockKind.LOCK and bool(holds) and int(table.thread[holds[-1]]) == thread

    def _lock(self, node: Node) -> None:
        lock, table = self._store.locks[node.row], self._store.lock_table.holds
        rows = self._world.holds(node.row)
        parts = []
        alive = []
        for row in rows:
            holder = int(table.thread[row])
            if holder == NEVER:
                continue
            target = self._see(holder)
            parts.append(target)
            where = self._store.text(int(table.where[row]))
            self.edges.append(Edge(node, target, int(table.begin[row]), where, False, "held by"))
            if not self._world.dead(holder):
                alive.append(target)
        if not parts or (lock.counted and len(parts) < lock.permits):
            self.by_node[node] = FREE
            return
        rule = Rule(Mode.ANY, tuple(parts))
        orphan = not alive and lock.kind != LockKind.RLOCK
        proven = not lock.counted or (lock.returned and lock.permits > 0)
        if lock.handed or orphan:
            self.by_node[node], self.soft[node] = FREE, NEVER_MOVES
        elif proven:
            self.by_node[node] = rule
        else:
            self.by_node[node], self.soft[node] = FREE, rule

    # -- signals --------------------------------------------------------------------------

    def _signal(self, node: Node, blocked: Blocked) -> None:
        signals = self._store.signals
        lock, signal = (
            int(signals.blocks.lock[blocked.ref]),
            int(signals.blocks.signal[blocked.ref]),
        )
        target = Node(LOCK, lock)
        self._edge(node, target, blocked, _SIGNAL_WORDS.get(signal, "waits for a signal"))
        # Whether it was sent meanwhile and only has not been taken up is for each waiter alone.
        sent = signals.sent_since(lock, signal, blocked.since, self._world.at)
        self.by_node[target] = FREE
        self.by_node[node] = FREE
        if not len(sent):
            self.soft[node] = NEVER_MOVES

    # -- waits ----------------------------------------------------------------------------

    def _wait(self, node: Node, blocked: Blocked) -> None:
        waits = self._store.waits
        if waits.kind[blocked.ref] == WaitKind.JOIN:
            self._join(node, blocked)
            return
        undone = self._world.undone(blocked.ref)
        any_of = bool(waits.return_when[blocked.ref] in _ANY_OF) or (
            waits.kind[blocked.ref] == WaitKind.AS_COMPLETED
        )
        parts = [self._future(row) for row in self._telling(undone.rows)]
        for part in parts:
            self._edge(node, part, blocked, "waits for")
        if undone.unknown and any_of and waits.kind[blocked.ref] == WaitKind.RESULT:
            # For the next of imap_unordered, also of tasks to come: those need the same pool.
            pools = np.unique(self._store.tasks.pool[undone.rows])
            parts += [self._room(int(pool)) for pool in pools[pools != NEVER]]
            undone = undone._replace(unknown=not parts)
        if undone.satisfied or (undone.unknown and (any_of or not parts)):
            self.by_node[node] = FREE
        else:
            self.by_node[node] = Rule(Mode.ANY if any_of else Mode.ALL, tuple(parts))

    def _telling(self, rows: Ints) -> list[int]:
        """Of the futures of a wait those that decide: all that run, one of each pool's queue."""
        if len(rows) <= _SHOWN:
            return [int(row) for row in rows]
        tasks, at = self._store.tasks, self._world.at
        begun = np.maximum(tasks.started[rows], tasks.received[rows])
        queued = (begun == NEVER) | (begun > at)
        _, first = np.unique(tasks.pool[rows[queued]], return_index=True)
        some = np.union1d(rows[queued][first], rows[queued][:_SHOWN])
        return [int(row) for row in np.union1d(some, rows[~queued])]

    def _join(self, node: Node, blocked: Blocked) -> None:
        parts = []
        for key in self._store.waits[blocked.ref].future_ids():
            thread = self._store.row_of_thread(key)
            if thread != NEVER and not self._world.dead(thread):
                parts.append(self._see(thread))
                self._edge(node, parts[-1], blocked, "joins")
        self.by_node[node] = Rule(Mode.ALL, tuple(parts))

    # -- futures and pools ----------------------------------------------------------------

    def _future(self, task: int) -> Node:
        node = Node(FUTURE, task)
        if node in self.by_node:
            return node
        tasks, store = self._store.tasks, self._store
        pool, worker = int(tasks.pool[task]), int(tasks.worker[task])
        begun = self._world.started(task)
        if pool == NEVER or (begun and worker == NEVER):  # made by hand: anybody may settle it
            self.by_node[node], self.soft[node] = FREE, NEVER_MOVES
        elif worker != NEVER and (begun or self._world.received(task)):
            thread = store.workers[worker].thread
            if thread == NEVER or self._world.dead(thread):
                self.by_node[node] = FREE  # its pool breaks, and settles it
            else:
                target = self._see(thread)
                self.by_node[node] = Rule(Mode.ALL, (target,))
                since = max(int(tasks.started[task]), int(tasks.received[task]))
                label = "runs on" if begun else "sent to"
                self.edges.append(Edge(node, target, since, "", False, label))
        else:
            target = self._room(pool)
            self.by_node[node] = Rule(Mode.ALL, (target,))
            since = int(tasks.submitted[task])
            self.edges.append(Edge(node, target, since, "", False, "queued in"))
        return node

    def _room(self, pool: int) -> Node:
        node = Node(POOL, pool)
        if node not in self.by_node:
            self._pool(node)
        return node

    def _pool(self, node: Node) -> None:
        """Room in a pool: any worker may make it, and any that could still be started."""
        pool, world, at = self._store.pools[node.row], self._world, self._world.at
        workers = [self._store.workers[row] for row in pool.workers]
        gone = self._store.worker_gone
        here = [
            (row, worker)
            for row, worker in zip(pool.workers, workers, strict=True)
            if worker.born <= at and (gone[row] == NEVER or (gone[row] > at and not world.live))
        ]
        over = (pool.broken_at, pool.ended)
        free = len(here) < pool.max_workers or not pool.max_workers
        free = free or any(time != NEVER and time <= at for time in over)
        parts = []
        for row, worker in here:
            if worker.thread == NEVER or worker.ready == NEVER:
                free = True
                continue
            target = self._see(worker.thread)
            parts.append(target)
            task = world.running(row)
            since = int(self._store.tasks.started[task]) if task != NEVER else worker.ready
            self.edges.append(Edge(node, target, since, "", False, "worker"))
        self.by_node[node] = FREE if free else Rule(Mode.ANY, tuple(parts))
