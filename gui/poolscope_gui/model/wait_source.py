"""From the wait-for graph of the analysis to its diagram, and to text, DOT and JSON.

A lecture hall cannot read sixty bubbles: threads that wait for the same thing and that nobody
waits for are put together, and past a number the rest is counted.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Final, Literal

from poolscope.trace.literal import cut
from poolscope_gui.model.quantities import duration, plural
from poolscope_gui.model.ticks import moment
from poolscope_gui.model.tracks import NEVER
from poolscope_gui.model.wait_diagram import Arrow, Bubble, BubbleKind, Diagram, Ring
from poolscope_gui.model.words import kind_words, lock_name, number, thread_name

if TYPE_CHECKING:
    from poolscope.analysis.store import Store
    from poolscope.analysis.wait_nodes import Edge, Node, WaitGraph

MOST: Final = 40
LABEL: Final = 60  # letters of a call
ALONE: Final = 4  # waiters of one thing that have a bubble each
NOTHING: Final = "Nobody waits for anybody"
NOT_YET: Final = "Nobody waits yet. Threads that wait for locks, futures or each other appear here"
READING: Final = "The trace is being read. Who waits in the end is told when all of it is known"
UNREAD: Final = "Not all of the trace could be read. Who waited in the end is not known"
OVER: Final = "Nobody waited in the end. Who did before, and for what, is on the chart: hatched"

Form = Literal["text", "dot", "json"]


def diagram(store: Store, graph: WaitGraph, now: int) -> Diagram:
    """The bubbles and arrows of a graph; ``now``: until when what waits has waited, ns."""
    rings = _rings(graph)
    kept, crowds = _kept(graph, rings)
    place = {node: i for i, node in enumerate(kept)}
    bubbles = [_bubble(store, node, rings.get(node, "")) for node in kept]
    ring_edges = {(e.source, e.target): _ring(c.timed) for c in graph.cycles for e in c.edges}
    arrows = [
        Arrow(
            place[edge.source],
            place[edge.target],
            edge_words(edge, now),
            ring_edges.get((edge.source, edge.target), ""),
        )
        for edge in graph.edges
        if edge.source in place and edge.target in place
    ]
    for target, count in crowds.items():
        if target in place:
            title = plural(count, "more thread")
            bubbles.append(Bubble("thread", NEVER, title, "wait for it, too"))
            arrows.append(Arrow(len(bubbles) - 1, place[target]))
    return Diagram(
        tuple(bubbles), tuple(arrows), len(graph.nodes) - len(kept) - sum(crowds.values())
    )


def _ring(timed: bool) -> Ring:
    return "timed" if timed else "deadlock"


def _rings(graph: WaitGraph) -> dict[Node, Ring]:
    found: dict[Node, Ring] = {}
    for cycle in sorted(graph.cycles, key=lambda each: not each.timed):  # deadlocks last: they win
        for edge in cycle.edges:
            found[edge.source] = _ring(cycle.timed)
    return found


def _kept(graph: WaitGraph, rings: dict[Node, Ring]) -> tuple[list[Node], dict[Node, int]]:
    """The nodes that have a bubble, and of how many threads each has a crowd below it."""
    targets: dict[Node, list[Node]] = {}
    waited_for: Counter[Node] = Counter()
    for edge in graph.edges:
        targets.setdefault(edge.source, []).append(edge.target)
        waited_for[edge.target] += 1
    crowd: dict[Node, list[Node]] = {}
    for node in graph.nodes:
        mine = targets.get(node, [])
        if node.kind == "thread" and node not in rings and not waited_for[node] and len(mine) == 1:
            crowd.setdefault(mine[0], []).append(node)
    left_out = {
        node for nodes in crowd.values() for node in nodes[ALONE - 1 :] if len(nodes) > ALONE
    }
    crowds = {
        target: len(nodes) - ALONE + 1 for target, nodes in crowd.items() if len(nodes) > ALONE
    }
    rest = [node for node in graph.nodes if node not in left_out]
    rest.sort(key=lambda node: node not in rings)  # keeps the order among equals
    return rest[:MOST], crowds


def _bubble(store: Store, node: Node, ring: Ring) -> Bubble:
    kind: BubbleKind
    if node.kind == "thread":
        kind, detail = "thread", "thread"
    elif node.kind == "lock":
        kind, detail = "lock", kind_words(store, node.row) or "lock"
    elif node.kind == "future":
        kind, detail = "future", _label(store, node.row) or "future"
    else:
        kind, detail = "pool", plural(store.pools[node.row].max_workers, "worker")
    return Bubble(kind, node.row, node_words(store, node), detail, ring)


def _label(store: Store, row: int) -> str:
    return cut(" ".join(store.text(int(store.tasks.label[row])).split()), LABEL)


def node_words(store: Store, node: Node) -> str:
    """What a node is called: the same as on the chart."""
    if node.kind == "thread":
        return thread_name(store, node.row) or "a thread"
    if node.kind == "lock":
        return lock_name(store, node.row)
    if node.kind == "future":
        return f"future {number(node.row)}"
    return f"capacity of {store.pools[node.row].name or f'pool {node.row + 1}'}"


def edge_words(edge: Edge, now: int) -> str:
    """``waits 2.1 s``: what the arrow means, and since when."""
    since = duration(max(0, now - edge.since_ns)) if edge.since_ns >= 0 else ""
    limit = ", has a time-out" if edge.timed else ""
    if edge.source.kind != "thread":
        return edge.label
    return f"{edge.label.removesuffix(' for')} {since}{limit}".strip()


def note(graph: WaitGraph) -> str:
    """The graph in a few words."""
    waiting = sum(edge.source.kind == "thread" for edge in graph.edges)
    if not waiting:
        return ""
    words = plural(
        len({edge.source for edge in graph.edges if edge.source.kind == "thread"}), "thread"
    )
    deadlocks = sum(not cycle.timed for cycle in graph.cycles)
    rings = len(graph.cycles) - deadlocks
    parts = [f"{words} wait" + ("s" if words.startswith("1 ") else "")]
    if deadlocks:
        parts.append(plural(deadlocks, "deadlock"))
    if rings:
        parts.append(f"{plural(rings, 'ring')} with a time-out")
    return ", ".join(parts)


# -- as data --------------------------------------------------------------------------------


def exported(store: Store, graph: WaitGraph, form: Form, now: int) -> str:
    """All of the graph, nothing left out, as text, as Graphviz' DOT, or as JSON."""
    if form == "text":
        return _text(store, graph, now)
    if form == "dot":
        return _dot(store, graph, now)
    return _json(store, graph, now)


def _text(store: Store, graph: WaitGraph, now: int) -> str:
    lines = [f"Who waits for whom at {moment(now, 1000)}"]
    for cycle in graph.cycles:
        lines.append(f"{'Ring with a time-out' if cycle.timed else 'Deadlock'}: {cycle.text}.")
    for edge in graph.edges:
        where = f" ({edge.where})" if edge.where else ""
        names = (node_words(store, edge.source), node_words(store, edge.target))
        lines.append(f"{names[0]} -> {names[1]}: {edge_words(edge, now)}{where}")
    if not graph.edges:
        lines.append(f"{NOTHING}.")
    return "\n".join(lines) + "\n"


_SHAPES: Final = {"thread": "box", "lock": "box3d", "future": "ellipse", "pool": "folder"}


def _dot(store: Store, graph: WaitGraph, now: int) -> str:
    rings = _rings(graph)
    lines = ["digraph waits {", "  rankdir=BT;"]
    for node in graph.nodes:
        style = ' color="#D55E00" penwidth=2' if node in rings else ""
        label = _quoted(node_words(store, node))
        lines.append(f"  {_id(node)} [label={label} shape={_SHAPES[node.kind]}{style}];")
    for edge in graph.edges:
        label = _quoted(edge_words(edge, now))
        lines.append(f"  {_id(edge.source)} -> {_id(edge.target)} [label={label}];")
    return "\n".join([*lines, "}"]) + "\n"


def _id(node: Node) -> str:
    return f"{node.kind}{node.row}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{escaped}"'


def _json(store: Store, graph: WaitGraph, now: int) -> str:
    made = {
        "at_ns": now,
        "nodes": [
            {"id": _id(node), "kind": node.kind, "name": node_words(store, node)}
            for node in graph.nodes
        ],
        "edges": [
            {
                "source": _id(edge.source),
                "target": _id(edge.target),
                "label": edge.label,
                "since_ns": edge.since_ns,
                "where": edge.where or None,
                "timed": edge.timed,
            }
            for edge in graph.edges
        ],
        "cycles": [
            {
                "text": cycle.text,
                "timed": cycle.timed,
                "since_ns": cycle.since_ns,
                "threads": [thread_name(store, row) for row in cycle.threads],
            }
            for cycle in graph.cycles
        ],
    }
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"
