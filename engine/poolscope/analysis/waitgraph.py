"""The wait-for graph: threads, locks, futures and the capacity of pools, and who waits for whom.

``waitgraph`` gives it for the newest moment, or for any moment of the past. ``Watch`` is asked
again and again while a store grows and costs what is blocked now.

A *deadlock* is a ring of threads none of which can ever move: a wait for any of several futures
is stuck only if all of them are, a task in a queue only if all workers of its pool are, the one
that waits for it among them. Nothing is called a deadlock that an acquire's or a wait's time-out
will end (such a ring is ``timed``), nor what some thread could still signal, release or settle.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from poolscope.analysis.wait_nodes import (
    FUTURE,
    LOCK,
    POOL,
    THREAD,
    Cycle,
    Edge,
    Node,
    Spot,
    WaitGraph,
)
from poolscope.analysis.wait_reduction import FREE, NEVER_MOVES, Rule, movable, rings
from poolscope.analysis.wait_rules import Rules
from poolscope.analysis.wait_words import ring_words
from poolscope.analysis.wait_world import Remembered, World

if TYPE_CHECKING:
    from poolscope.analysis.spans import SpanIndex
    from poolscope.analysis.store import Store

__all__ = [
    "FUTURE",
    "LOCK",
    "POOL",
    "THREAD",
    "Cycle",
    "Edge",
    "Node",
    "Spot",
    "WaitGraph",
    "Watch",
    "waitgraph",
]


def waitgraph(store: Store, index: SpanIndex, at_ns: int | None = None) -> WaitGraph:
    """Who waits for whom.

    Args:
        index: a ``SpanIndex`` of the store, refreshed since it last grew.
        at_ns: the moment, ns since the origin; None: the newest.
    """
    return _graph(World(store, index, at_ns))


def rings_at(store: Store, index: SpanIndex, at_ns: int) -> tuple[Cycle, ...]:
    """The rings of ``waitgraph``: cheaper where there are none."""
    return _rings(World(store, index, at_ns))


class Watch:
    """Follows a store that grows; cheap enough to be asked at every tick.

    The streams of threads are read one after another, so what was read first may be older than
    what was read last, and a ring may be seen that never was. So a ring counts once every stream
    has been read from a moment after it closed: at the next poll, even if that brings nothing.
    """

    def __init__(self, store: Store, index: SpanIndex) -> None:
        self._store = store
        self._index = index
        self._remembered: Remembered = {}
        self._version = -1
        self._graph: WaitGraph | None = None
        self._past: tuple[int, WaitGraph] | None = None

    def cycles(self) -> tuple[Cycle, ...]:
        """The rings that there are now, timed ones too. Refresh the index before."""
        if self._version != self._store.version:
            world = self._world()
            if not _rings(world, sure=False):
                return ()
            self._look(world)
        return self._certain(self._graph)

    def graph(self) -> WaitGraph:
        """Who waits for whom now, with the rings that ``cycles`` gives."""
        if self._version != self._store.version or self._graph is None:
            self._look(self._world())
        assert self._graph is not None
        return self._graph._replace(cycles=self._certain(self._graph))

    def graph_at(self, at_ns: int) -> WaitGraph:
        """The same of an earlier moment, ns since the origin: worked out once, for as long as that
        one is asked for. Refresh the index before."""
        if self._past is not None and self._past[0] == at_ns:
            return self._past[1]
        found = waitgraph(self._store, self._index, at_ns)
        graph = found._replace(cycles=self._certain(found))
        if self._store.settled_ns > at_ns:  # all of it has been read
            self._past = at_ns, graph
        return graph

    def _look(self, world: World) -> None:
        self._version = self._store.version
        self._graph = _graph(world)

    def _world(self) -> World:
        if self._remembered:
            still = set(self._store.waits.open_rows.tolist())
            for wait in [each for each in self._remembered if each not in still]:
                del self._remembered[wait]
        return World(self._store, self._index, remembered=self._remembered)

    def _certain(self, graph: WaitGraph | None) -> tuple[Cycle, ...]:
        store = self._store
        if graph is None or store.lost:  # a release may be among what is lost
            return ()
        if store.finished or store.root_pid in store.exits:
            return graph.cycles
        return tuple(cycle for cycle in graph.cycles if cycle.since_ns <= store.settled_ns)


def _rings(world: World, *, sure: bool = True) -> tuple[Cycle, ...]:
    """The rings; not ``sure``: only whether to look at all who wait, too."""
    start = world.waited_for() if world.blocked else []
    found = _graph(world, start).cycles if start else ()
    return _graph(world).cycles if found and sure else found


def _graph(world: World, start: Iterable[int] | None = None) -> WaitGraph:
    rules = Rules(world, world.blocked if start is None else start)
    firm = {**rules.by_node, **dict.fromkeys(rules.timed, FREE)}
    stuck = firm.keys() - movable(firm)
    patient = rules.by_node.keys() - movable(rules.by_node) - stuck if rules.timed else set()
    strict = _strict(world, rules, firm) - stuck if rules.soft else set()
    cycles: list[Cycle] = []
    for inside, timed in ((stuck, False), (strict, False), (patient, True)):
        if inside:
            cycles += _cycles(world, rules.edges, inside, timed=timed)
    told = {thread for cycle in cycles if not cycle.timed for thread in cycle.stuck}
    never = {node.row for node in stuck if node.kind == THREAD and node.row in world.blocked}
    silent = {node.row for node in strict if node.kind == THREAD and node.row in world.blocked}
    nodes = dict.fromkeys(node for edge in rules.edges for node in (edge.source, edge.target))
    return WaitGraph(
        world.at,
        tuple(nodes),
        tuple(rules.edges),
        tuple(cycles),
        tuple(sorted(never | told)),
        tuple(sorted(silent - told)),
    )


def _strict(world: World, rules: Rules, firm: Mapping[Node, Rule]) -> set[Node]:
    """What is stuck because no thread that was seen is left to act; nothing if one is."""
    if rules.timed or world.somebody_acts():
        return set()
    strict = {**firm, **rules.soft}
    for node in strict:  # idle workers, and threads that are gone
        if node.kind == THREAD and node.row not in world.blocked:
            strict[node] = NEVER_MOVES
    can = movable(strict)
    if any(node.kind == THREAD for node in can):
        return set()
    return strict.keys() - can


def _cycles(world: World, edges: Sequence[Edge], inside: set[Node], *, timed: bool) -> list[Cycle]:
    ahead: defaultdict[Node, dict[Node, Edge]] = defaultdict(dict)
    back: defaultdict[Node, list[Node]] = defaultdict(list)
    for edge in edges:
        if edge.source in inside and edge.target in inside:
            ahead[edge.source].setdefault(edge.target, edge)
            back[edge.target].append(edge.source)
    needs = {edge.source: edge for edge in edges if edge.source.kind == THREAD}
    return [_cycle(world, ring, ahead, back, needs, timed=timed) for ring in rings(ahead)]


def _cycle(
    world: World,
    ring: list[Node],
    ahead: Mapping[Node, Mapping[Node, Edge]],
    back: Mapping[Node, Sequence[Node]],
    needs: Mapping[Node, Edge],
    *,
    timed: bool,
) -> Cycle:
    place = next(place for place, node in enumerate(ring) if node.kind == THREAD)
    ring = ring[place:] + ring[:place]
    edges = tuple(ahead[node][after] for node, after in zip(ring, ring[1:] + ring[:1], strict=True))
    behind, stuck = list(ring), set(ring)
    while behind:
        for node in back[behind.pop()]:
            if node not in stuck:
                stuck.add(node)
                behind.append(node)
    full = {edge.target for edge in edges if edge.target.kind == POOL}
    crew = sorted({after for pool in full for after in ahead[pool]} - set(ring))
    threads = tuple(node.row for node in ring + crew if node.kind == THREAD)
    waiting = sorted(node.row for node in stuck if node.kind == THREAD and node in needs)
    others = tuple(row for row in waiting if row not in threads)
    closing = [needs[Node(THREAD, row)] for row in threads if Node(THREAD, row) in needs]
    return Cycle(
        edges,
        threads,
        max(edge.since_ns for edge in closing),
        timed,
        ring_words(world, edges, needs),
        tuple(_spots(edges)),
        threads + others,
    )


def _spots(edges: tuple[Edge, ...]) -> list[Spot]:
    """Of each thread of a ring: where it acquired what it holds, where it wants what it wants."""
    found = []
    for before, edge in zip(edges[-1:] + edges[:-1], edges, strict=True):
        if edge.source.kind != THREAD:
            continue
        if before.source.kind == LOCK:
            found.append(Spot(edge.source.row, before.source.row, True, before.where))
        if edge.target.kind == LOCK:
            found.append(Spot(edge.source.row, edge.target.row, False, edge.where))
    return found
