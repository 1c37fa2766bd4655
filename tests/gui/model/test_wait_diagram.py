"""The wait-for graph as a picture and as data."""

from __future__ import annotations

import json
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolscope.trace.schema import Kind, LockKind, WaitKind
from poolscope_gui.model import wait_source
from poolscope_gui.model.findings_source import FindingsSource
from poolscope_gui.model.ops import Lines, Op, Rounded, Texts
from poolscope_gui.model.palette import THEMES
from poolscope_gui.model.source import ChartSource
from poolscope_gui.model.text import Fitter
from poolscope_gui.model.wait_diagram import HEIGHT, Arrow, Bubble, Diagram, Placed, place
from poolscope_gui.model.wait_picture import Look, compose
from tests.gui.charts import meter
from tests.gui.deadlocks import Ring
from tests.gui.made_traces import MS, MadeRun

LIGHT = THEMES["light"]
FITTER = Fitter(meter)


def seen(run: MadeRun) -> tuple[ChartSource, FindingsSource]:
    chart = ChartSource(run.take())
    found = FindingsSource(chart)
    found.watch.cycles()
    run.submit(60, "later()")
    run.take()
    chart.update()
    return chart, found


def diagram_of(run: MadeRun) -> Diagram:
    chart, found = seen(run)
    return wait_source.diagram(chart.store, found.watch.graph(), chart.now)


def overlapping(placed: Placed) -> list[tuple[int, int]]:
    found = []
    for one, other in combinations(range(len(placed.centres)), 2):
        (x1, y1), (x2, y2) = placed.centres[one], placed.centres[other]
        near = (placed.widths[one] + placed.widths[other]) / 2
        if abs(x1 - x2) < near and abs(y1 - y2) < HEIGHT:
            found.append((one, other))
    return found


def ring(count: int) -> Diagram:
    bubbles = tuple(
        Bubble("thread" if i % 2 == 0 else "lock", i, f"name {i}", "", "deadlock")
        for i in range(count)
    )
    arrows = tuple(Arrow(i, (i + 1) % count, "", "deadlock") for i in range(count))
    return Diagram(bubbles, arrows)


@pytest.mark.parametrize("width", [200.0, 400.0, 900.0])
@pytest.mark.parametrize("count", [1, 2, 3, 4, 6, 10, 24])
def test_a_ring_of_any_size_has_room(count: int, width: float) -> None:
    placed = place(ring(count), width, FITTER)
    assert not overlapping(placed)
    for (x, y), size in zip(placed.centres, placed.widths, strict=True):
        assert x - size / 2 >= 0
        assert x + size / 2 <= placed.width
        assert HEIGHT / 2 <= y <= placed.height - HEIGHT / 2


def test_a_ring_is_laid_in_its_order() -> None:
    placed = place(ring(8), 900.0, FITTER)
    middle = (max(x for x, _ in placed.centres) + min(x for x, _ in placed.centres)) / 2
    height = sum(y for _, y in placed.centres) / 8
    turns = [
        (x1 - middle) * (y2 - height) - (x2 - middle) * (y1 - height)
        for (x1, y1), (x2, y2) in pairwise([*placed.centres, placed.centres[0]])
    ]
    assert len({turn > 0 for turn in turns}) == 1, "each arrow goes on round the middle"


def test_waiters_stand_below_what_they_wait_for() -> None:
    chain = Diagram(
        tuple(Bubble("thread", i, f"t{i}") for i in range(4)),
        (Arrow(0, 1), Arrow(1, 2), Arrow(3, 2)),
    )
    placed = place(chain, 400.0, FITTER)
    y = [at for _, at in placed.centres]
    assert y[2] < y[1] < y[0]
    assert y[3] == y[1]
    assert not overlapping(placed)


def behind(diagram: Diagram, placed: Placed) -> list[tuple[int, int]]:
    """Which arrows pass behind which bubbles that are none of their ends, by small steps."""
    found = []
    for number, (arrow, way) in enumerate(zip(diagram.arrows, placed.routes, strict=True)):
        steps = [
            (x1 + (x2 - x1) * part / 200, y1 + (y2 - y1) * part / 200)
            for (x1, y1), (x2, y2) in pairwise(way)
            for part in range(201)
        ]
        met = {placed.at(x, y) for x, y in steps} - {-1, arrow.source, arrow.target}
        found += [(number, bubble) for bubble in met]
    return found


def test_an_arrow_goes_round_a_bubble_that_is_in_its_way() -> None:
    """In a column of four, the last waits for the first as well."""
    column = Diagram(
        tuple(Bubble("thread", i, f"t{i}") for i in range(4)),
        (Arrow(1, 0), Arrow(2, 1), Arrow(3, 2), Arrow(3, 0)),
    )
    placed = place(column, 400.0, FITTER)
    assert [len(way) for way in placed.routes[:3]] == [2, 2, 2], "the others are straight"
    assert not behind(column, placed)
    frame = compose(column, placed, Look(LIGHT, FITTER))
    shafts = [op.segments for op in frame if isinstance(op, Lines)][::2]
    assert [len(shaft) for shaft in shafts] == [1, 1, 1, len(placed.routes[3]) - 1]


@given(
    st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), min_size=1, max_size=20),
    st.sampled_from([300.0, 420.0, 900.0]),
)
def test_no_arrow_of_any_graph_passes_behind_a_bubble(
    links: list[tuple[int, int]], width: float
) -> None:
    arrows = tuple(Arrow(max(link), min(link)) for link in dict.fromkeys(links) if len({*link}) > 1)
    made = Diagram(tuple(Bubble("thread", i, f"thread {i}") for i in range(12)), arrows)
    assert not behind(made, place(made, width, FITTER))


def test_no_words_of_an_arrow_stand_behind_a_bubble_or_on_others() -> None:
    """A waiter behind a ring of two threads and two locks: its arrow goes round one of those."""
    bubbles = [
        *(
            Bubble("lock" if i % 2 == 0 else "thread", i, f"name_{i}", "", "deadlock")
            for i in range(4)
        ),
        *(Bubble("thread", i, f"name_{i}") for i in range(4, 9)),
    ]
    in_ring = [Arrow(i, (i + 1) % 4, "waits 2.99 s", "deadlock") for i in range(4)]
    links = ((4, 3), (5, 0), (6, 1), (7, 5), (8, 4), (8, 6), (8, 7))
    made = Diagram(tuple(bubbles), (*in_ring, *(Arrow(*link, "waits 2.69 s") for link in links)))
    for width in (300.0, 380.0, 434.0, 600.0):
        placed = place(made, width, FITTER)
        assert max(map(len, placed.routes)) > 2
        frame = compose(made, placed, Look(LIGHT, FITTER))
        plates = next(op.rects for op in frame if isinstance(op, Rounded)).tolist()
        assert len(plates) == len(made.arrows)
        boxes = [
            (x - wide / 2, y - HEIGHT / 2, wide, HEIGHT)
            for (x, y), wide in zip(placed.centres, placed.widths, strict=True)
        ]
        for number, (x, y, w, h) in enumerate(plates):
            others = plates[:number] if width > 300.0 else []  # there they have no room
            for left, top, wide, high in (*boxes, *others):
                apart = left >= x + w or left + wide <= x or top >= y + h or top + high <= y
                assert apart, (width, number)


def test_the_graph_of_a_deadlock() -> None:
    run = Ring()
    run.somebody_waits_behind(4)
    run.close()
    made = diagram_of(run)
    names = {bubble.title: bubble.ring for bubble in made.bubbles}
    assert names == {
        "io_0": "deadlock",
        "io_1": "deadlock",
        "A": "deadlock",
        "B": "deadlock",
        "MainThread": "",
    }
    titles = [bubble.title for bubble in made.bubbles]
    inside = {(titles[a.source], titles[a.target]) for a in made.arrows if a.ring}
    assert inside == {("io_0", "B"), ("B", "io_1"), ("io_1", "A"), ("A", "io_0")}
    placed = place(made, 400.0, FITTER)
    assert not overlapping(placed)
    frame: list[Op] = compose(made, placed, Look(LIGHT, FITTER))
    alarm = [op for op in frame if isinstance(op, Lines) and op.colour == LIGHT.alarm]
    assert len(alarm) == 8, "a shaft and a head for each arrow of the ring"
    assert {op.width for op in alarm} == {2.5}, "and they are thicker"
    texts = {item.text for op in frame if isinstance(op, Texts) for item in op.items}
    assert {"io_0", "A", "thread", "lock", "held by"} <= texts
    (x, y), size = placed.centres[0], placed.widths[0]
    assert placed.at(x + size / 2 - 1, y) == 0
    assert placed.at(x + size / 2 + 3, y) == -1


def test_the_waits_of_who_has_a_time_out_say_so() -> None:
    run = Ring()
    run.close(timed=True)
    made = diagram_of(run)
    assert {bubble.ring for bubble in made.bubbles} == {"timed"}
    assert any("has a time-out" in arrow.label for arrow in made.arrows)


def test_a_crowd_of_waiters_is_put_together() -> None:
    run = MadeRun()
    lock = run.trace.id()
    run.trace.pinned().emit(0, Kind.LOCK_CREATED, lock, 0, "db_lock", LockKind.LOCK)
    run.main.emit(1 * MS, Kind.LOCK_ACQUIRED, lock)
    for number in range(64):
        stream = run.trace.thread(f"t{number}")
        stream.emit(2 * MS, Kind.LOCK_WANTED, lock, run.main.thread)
    made = diagram_of(run)
    titles = [bubble.title for bubble in made.bubbles]
    assert "61 more threads" in titles
    assert len(titles) == 6, "the lock, its owner, three waiters and the rest of them"
    assert made.more == 0
    assert not overlapping(place(made, 300.0, FITTER))


def test_a_long_call_is_cut_at_its_end_and_says_so() -> None:
    """It had been cut in the midst of a word, and that word's end was shown as the call's."""
    run = MadeRun()
    task = run.submit(1, f"take({', '.join('<unlocked lock>' for _ in range(9))})")
    run.start(task, 2)
    run.main.emit(3 * MS, Kind.WAIT_BEGAN, run.trace.id(), 0, 1, WaitKind.RESULT)
    run.main.emit(3 * MS, Kind.WAIT_ITEM, task, 1)
    made = diagram_of(run)
    bubble = next(bubble for bubble in made.bubbles if bubble.kind == "future")
    assert bubble.detail == "take(<unlocked lock>, <unlocked lock>, <unlocked lock>, <un…"
    frame: list[Op] = compose(made, place(made, 400.0, FITTER), Look(LIGHT, FITTER))
    texts = [item.text for op in frame if isinstance(op, Texts) for item in op.items]
    said = next(text for text in texts if text.startswith("take("))
    assert bubble.detail.startswith(said.removesuffix("…")), "no word of its end"


def test_as_text_dot_and_json() -> None:
    run = Ring()
    run.close()
    chart, found = seen(run)
    graph = found.watch.graph()
    text = wait_source.exported(chart.store, graph, "text", chart.now)
    assert "Deadlock: worker io_0 holds A and waits for B" in text
    assert "io_0 -> B: waits 55.0 ms (src/x.py:11)" in text
    made = json.loads(wait_source.exported(chart.store, graph, "json", chart.now))
    ids = {node["id"]: node["name"] for node in made["nodes"]}
    edges = {(ids[e["source"]], ids[e["target"]]) for e in made["edges"]}
    assert ("io_0", "B") in edges
    assert ("B", "io_1") in edges
    assert made["cycles"][0]["threads"] == ["io_0", "io_1"]
    assert made["cycles"][0]["since_ns"] == 6 * MS
    dot = wait_source.exported(chart.store, graph, "dot", chart.now)
    assert dot.startswith("digraph waits {")
    assert dot.count("->") == len(made["edges"])
    assert dot.rstrip().endswith("}")


def test_when_nobody_waits_it_says_so() -> None:
    chart, found = seen(MadeRun())
    graph = found.watch.graph()
    assert wait_source.diagram(chart.store, graph, 0) == Diagram()
    assert wait_source.NOTHING in wait_source.exported(chart.store, graph, "text", 0)
    assert wait_source.note(graph) == ""
