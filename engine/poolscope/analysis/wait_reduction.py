"""Who can still move: the reduction of a graph in which some wait for all, some for any.

Whoever waits for nothing moves, in time lets go of what others wait for, and is taken out; so
are those who can move then, and so on. What is left never moves (R. C. Holt, "Some Deadlock
Properties of Computer Systems", 1972; E. Knapp, "Deadlock Detection in Distributed Databases",
1987: the AND-OR model).
"""

from __future__ import annotations

import enum
from collections import defaultdict, deque
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from poolscope.analysis.wait_nodes import Node


class Mode(enum.Enum):
    """When a node can move."""

    FREE = enum.auto()  # always
    NEVER = enum.auto()
    ALL = enum.auto()  # once all of its parts have
    ANY = enum.auto()  # once one of them has


class Rule(NamedTuple):
    """What a node needs to move. ``ALL`` of nothing is free, ``ANY`` of nothing never."""

    mode: Mode
    parts: tuple[Node, ...] = ()


FREE = Rule(Mode.FREE)
NEVER_MOVES = Rule(Mode.NEVER)


def movable(rules: Mapping[Node, Rule]) -> set[Node]:
    """The nodes that can move in the end. A part without a rule can."""
    users: defaultdict[Node, list[Node]] = defaultdict(list)
    missing: dict[Node, int] = {}
    ready: deque[Node] = deque()
    for node, (mode, parts) in rules.items():
        kept = {part for part in parts if part in rules}
        if mode is Mode.FREE or (mode is Mode.ANY and len(kept) < len(set(parts))):
            ready.append(node)
            continue
        if mode is Mode.NEVER:
            continue
        missing[node] = len(kept) if mode is Mode.ALL else 1
        if not missing[node]:
            ready.append(node)
        for part in kept:
            users[part].append(node)
    found: set[Node] = set()
    while ready:
        node = ready.popleft()
        if node in found:
            continue
        found.add(node)
        for user in users[node]:
            missing[user] -= 1
            if missing[user] == 0:
                ready.append(user)
    return found


# A shortest ring is looked for from so many nodes of a knot; in a larger one it is a short one.
_MOST_STARTS = 64


def rings(edges: Mapping[Node, Collection[Node]]) -> Iterator[list[Node]]:
    """Of each knot of nodes that reach each other, a shortest ring, in order."""
    for knot in _knots(edges):
        inside = {node: [each for each in edges[node] if each in knot] for node in knot}
        starts = sorted(node for node in knot if inside[node])
        if all(len(inside[node]) == 1 for node in starts):
            del starts[1:]  # one ring and nothing else: the same from wherever it is begun
        yield min((_ring(node, inside) for node in starts[:_MOST_STARTS]), key=len)


def _ring(start: Node, edges: Mapping[Node, Collection[Node]]) -> list[Node]:
    """A shortest way from a node back to itself; there is one."""
    came: dict[Node, Node] = {}
    ahead = deque([start])
    while start not in came:
        node = ahead.popleft()
        for after in sorted(edges[node]):
            if after not in came:
                came[after] = node
                ahead.append(after)
    ring = [came[start]]
    while ring[-1] != start:
        ring.append(came[ring[-1]])
    return ring[::-1]


def _knots(edges: Mapping[Node, Collection[Node]]) -> Iterator[set[Node]]:
    """Strongly connected components with a ring in them (Kosaraju's two passes)."""
    order: list[Node] = []
    seen: set[Node] = set()
    back: defaultdict[Node, list[Node]] = defaultdict(list)
    for root in sorted(edges):
        stack = [(root, False)]
        while stack:
            node, done = stack.pop()
            if done:
                order.append(node)
            elif node not in seen:
                seen.add(node)
                stack.append((node, True))
                for after in edges.get(node, ()):
                    back[after].append(node)
                    stack.append((after, False))
    taken: set[Node] = set()
    for root in reversed(order):
        if root in taken:
            continue
        knot, ahead = {root}, [root]
        taken.add(root)
        while ahead:
            for before in back[ahead.pop()]:
                if before not in taken:
                    taken.add(before)
                    knot.add(before)
                    ahead.append(before)
        if len(knot) > 1 or root in edges.get(root, ()):
            yield knot
