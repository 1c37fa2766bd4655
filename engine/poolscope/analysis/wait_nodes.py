"""What the wait-for graph is made of."""

from __future__ import annotations

from typing import Final, NamedTuple

THREAD: Final = "thread"
LOCK: Final = "lock"
FUTURE: Final = "future"
POOL: Final = "pool"


class Node(NamedTuple):
    """A thread, a lock (of any kind), a future or a pool's capacity.

    ``kind`` is ``"thread"``, ``"lock"``, ``"future"`` or ``"pool"``; ``row`` its row in the
    store's threads, locks, tasks or pools.
    """

    kind: str
    row: int


class Edge(NamedTuple):
    """``source`` cannot go on before ``target`` does.

    ``since_ns``: when that began, ns since the origin. ``where``: the source line, ``""`` if not
    known: of the acquire wanted (thread to lock), of the acquire held (lock to thread).
    ``timed``: it ends by itself. ``label``: a word or two for the picture.
    """

    source: Node
    target: Node
    since_ns: int
    where: str
    timed: bool
    label: str


class Spot(NamedTuple):
    """A source line of a ring: where a thread acquired what it holds, or wants what it has not.

    ``thread`` and ``lock`` are rows.
    """

    thread: int
    lock: int
    held: bool
    where: str


class Cycle(NamedTuple):
    """Threads of which none can go on before the others do.

    ``edges`` are in order, each beginning where the one before ends, the last ending where the
    first begins. ``threads`` (rows) are theirs, and of a full pool on the way all its workers.
    ``timed``: one of them will give up, so it is no deadlock. ``since_ns``: when it closed.
    ``text``: one sentence, without the full stop. ``stuck``: ``threads``, and after them all
    that wait for one of them.
    """

    edges: tuple[Edge, ...]
    threads: tuple[int, ...]
    since_ns: int
    timed: bool
    text: str
    wheres: tuple[Spot, ...]
    stuck: tuple[int, ...]


class WaitGraph(NamedTuple):
    """Who waits for whom at one moment.

    ``stuck``: threads (rows) that can never go on. ``silent``: threads that wait for a signal
    which no thread that was seen can send, since all of them wait, too, or are idle or gone: an
    unseen one still could. ``at_ns``: the moment.
    """

    at_ns: int
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    cycles: tuple[Cycle, ...]
    stuck: tuple[int, ...]
    silent: tuple[int, ...]
