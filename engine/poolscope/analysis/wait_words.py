"""A ring of the wait-for graph in one sentence of plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from poolscope.analysis.column import NEVER
from poolscope.analysis.lanes import thread_title
from poolscope.analysis.wait_nodes import FUTURE, LOCK, POOL, THREAD, Edge, Node
from poolscope.trace.schema import LockKind, PoolKind, Signal

if TYPE_CHECKING:
    from poolscope.analysis.store import Store
    from poolscope.analysis.wait_world import World

_MOST_WORKERS: Final = 6  # of a full pool that are told one by one


def thread_words(store: Store, row: int) -> str:
    """A thread by its name; a worker as such."""
    thread = store.threads[row]
    title = thread_title(thread)
    return f"worker {title}" if thread.worker != NEVER and "worker" not in title else title


def sentence(store: Store, row: int, words: str) -> str:
    """``words``, which begin with a thread's, as a sentence begins; its name stays as it is."""
    name = store.threads[row].name
    return words if name and words.startswith(name) else words[:1].upper() + words[1:]


def lock_words(store: Store, row: int) -> str:
    """A lock, or another primitive, by its name."""
    return store.locks[row].name or f"lock {row + 1}"


def task_words(store: Store, row: int) -> str:
    """A task by its call."""
    label = store.text(int(store.tasks.label[row]))
    return label or f"future {int(store.tasks.id[row]) & 0xFFFF_FFFF}"


def pool_words(store: Store, row: int) -> str:
    """A pool by its name."""
    pool = store.pools[row]
    kind = "process pool" if pool.kind == PoolKind.PROCESS else "thread pool"
    return f"{kind} {pool.name}" if pool.name else f"{kind} {row + 1}"


def ring_words(world: World, ring: Sequence[Edge], needs: Mapping[Node, Edge]) -> str:
    """One clause for each thread of a ring of edges, in its order.

    ``needs``: for a blocked thread's node, the edge to what it waits for.
    """
    starts = [place for place, edge in enumerate(ring) if edge.source.kind == THREAD]
    ends = [*starts[1:], len(ring)]
    return "; ".join(
        _clause(world, ring[start - 1], ring[start:end], needs)
        for start, end in zip(starts, ends, strict=True)
    )


def _clause(world: World, before: Edge, way: Sequence[Edge], needs: Mapping[Node, Edge]) -> str:
    """What a thread has that the one before waits for, and what it waits for itself."""
    store, thread, wanted = world.store, way[0].source, way[0].target
    said = [thread_words(store, thread.row)]
    if before.source.kind == LOCK:
        said.append(f"holds {lock_words(store, before.source.row)} and")
    elif before.source.kind == FUTURE:
        said.append(f"runs {task_words(store, before.source.row)} and")
    elif before.source.kind == POOL:
        task = world.running(store.threads[thread.row].worker)
        said.append(f"runs {task_words(store, task)} and" if task != NEVER else "")
    said.append(waits_words(store, wanted))
    for edge in way[1:]:
        if edge.target.kind == POOL:
            said[-1] += ", which is queued in " + _full(store, edge.target.row, needs)
    return " ".join(filter(None, said))


def waits_words(store: Store, wanted: Node) -> str:
    """``waits for`` and what."""
    if wanted.kind == LOCK:
        lock = store.locks[wanted.row]
        permit = "a permit of " if lock.counted else ""
        return f"waits for {permit}{lock_words(store, wanted.row)}"
    if wanted.kind == FUTURE:
        return f"waits for {task_words(store, wanted.row)}"
    if wanted.kind == POOL:
        return f"waits for {pool_words(store, wanted.row)}"
    return f"waits for the end of {thread_words(store, wanted.row)}"


def _full(store: Store, pool: int, needs: Mapping[Node, Edge]) -> str:
    """A pool whose workers all wait, and for what."""
    name = pool_words(store, pool)
    threads = [store.workers[row].thread for row in store.pools[pool].workers]
    waiting = [row for row in threads if row != NEVER and Node(THREAD, row) in needs]
    if len(waiting) == 1:
        return f"{name}, whose only worker is {thread_title(store.threads[waiting[0]])}"
    told = [
        f"{thread_title(store.threads[row])} for {_short(store, needs[Node(THREAD, row)].target)}"
        for row in waiting[:_MOST_WORKERS]
    ]
    more = f" and {len(waiting) - _MOST_WORKERS} more" if len(waiting) > _MOST_WORKERS else ""
    return f"{name}, all of whose {len(waiting)} workers wait: {', '.join(told)}{more}"


def _short(store: Store, node: Node) -> str:
    if node.kind == LOCK:
        return lock_words(store, node.row)
    if node.kind == FUTURE:
        return task_words(store, node.row)
    return waits_words(store, node).removeprefix("waits for ")


_UNTIL: Final = {
    LockKind.CONDITION: "to be notified on",
    LockKind.EVENT: "for the event",
    LockKind.BARRIER: "at the barrier",
    LockKind.QUEUE: "for the queue",
}


_QUEUES: Final = {
    Signal.QUEUE_GET: "to get from the queue",
    Signal.QUEUE_PUT: "to put into the queue",
    Signal.QUEUE_JOIN: "for all that is in the queue",
}


def signal_words(store: Store, lock: int, signal: int = 0) -> str:
    """What a thread waits for that somebody has to signal; ``signal``: a ``Signal``, if known."""
    kind, name = store.locks[lock].kind, lock_words(store, lock)
    for asked, words in _QUEUES.items():
        if signal == asked:
            return f"waits {words} {name}"
    for each, words in _UNTIL.items():
        if kind == each:
            return f"waits {words} {name}"
    return waits_words(store, Node(LOCK, lock))
