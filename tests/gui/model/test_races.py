"""Lost updates on the chart: two reads, two writes, and the variable's name."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from poolscope.trace.schema import Kind
from poolscope_gui.model.compose import compose
from poolscope_gui.model.finding_rows import sound
from poolscope_gui.model.ops import Lines
from poolscope_gui.model.source import ChartSource
from poolscope_gui.model.viewport import Viewport
from tests.gui.charts import meter
from tests.gui.made_traces import MS, MadeRun
from tests.gui.model.test_compose import LIGHT, scene, texts, words


class Racing(MadeRun):
    """Two workers count: ``lose`` has the second write over what the first has written."""

    def __init__(self) -> None:
        super().__init__()
        self.counter = self.trace.id()
        self.trace.pinned().emit(0, Kind.SHARED_CREATED, self.counter, 0, "counter")
        for worker in (0, 1):
            self.start(self.submit(0, "count()"), 1, worker)

    def read(self, worker: int, at: float, version: int) -> None:
        text = f"{version}\nx.py:1"
        time = round(at * MS)
        self.workers[worker][1].emit(time, Kind.SHARED_READ, self.counter, version, text)

    def write(self, worker: int, at: float, version: int) -> None:
        text = f"{version}\nx.py:1"
        time = round(at * MS)
        self.workers[worker][1].emit(time, Kind.SHARED_WRITTEN, self.counter, version, text)

    def lose(self, at: float, version: int = 0, apart: float = 10) -> None:
        self.read(1, at, version)
        self.read(0, at + apart, version)
        self.write(0, at + 2 * apart, version + 1)
        self.write(1, at + 3 * apart, version + 2)


def test_a_lost_update_has_its_two_reads_and_two_writes_marked() -> None:
    run = Racing()
    run.lose(20)
    run.submit(100)
    chart = ChartSource(run.take())
    (race,) = chart.races(0, chart.now, 10)
    assert race.name == "counter"
    assert [(p.lane, p.act, p.time // MS, p.lost) for p in race.lost] == [
        (0, "read", 30, False),
        (0, "write", 40, True),
    ]
    assert [(p.lane, p.act, p.time // MS, p.lost) for p in race.stale] == [
        (1, "read", 20, False),
        (1, "write", 50, False),
    ]
    shown = scene(chart)
    frame = compose(shown)
    marks = [item for item in texts(frame) if item.text in ("R", "W")]
    assert sorted(item.text for item in marks) == ["R", "R", "W", "W"]
    assert "counter: an update is lost" in words(frame)
    links = [op for op in frame if isinstance(op, Lines) and op.colour == LIGHT.alarm]
    xs = [round(x) for op in links for x in op.segments[:, [0, 2]].ravel()]
    for ms in (20, 30, 40, 50):
        assert any(abs(x - shown.x(ms * MS)) <= 2 for x in xs), ms


def test_what_is_written_in_turn_is_not_marked_and_that_is_told() -> None:
    run = Racing()
    for number in range(4):
        run.read(number % 2, 10 * number + 10, number)
        run.write(number % 2, 10 * number + 15, number + 1)
    chart = ChartSource(run.take())
    assert not len(chart.race_times)
    assert chart.races(0, chart.now, 10) == []
    (row,) = sound(chart.store)
    assert (row.severity, row.text) == ("good", "counter: 4 writes by 2 threads, none lost.")
    chart.store.account(lost=1, dropped=0, torn=0, exits={}, errors=[], finished=False)
    assert sound(chart.store) == [], "what was lost may be an update over another"


def test_where_they_are_too_many_they_are_counted_until_one_zooms_in() -> None:
    run = Racing()
    for number in range(40):
        run.lose(10 + number, 2 * number, 0.1)
    run.submit(100)
    chart = ChartSource(run.take())
    shown = scene(chart)
    assert "40 updates are lost here: zoom in" in words(compose(shown))
    (told,) = [text for text in texts(compose(shown)) if "lost here" in text.text]
    assert told.x > shown.layout.left + shown.layout.chart_width / 2, "it covers what the pool is"
    near = Viewport(9.8 * MS, 0.8 * MS, shown.view.width).snapped()
    closer = compose(replace(shown, view=near))
    assert "counter: an update is lost" in words(closer)
    assert sound(chart.store) == [], "nothing is well with that one"


@pytest.mark.parametrize("height", [190, 230, 300, 720])
def test_the_names_of_lost_updates_lie_on_no_marks_and_on_no_words(height: int) -> None:
    """In low lanes they lay on the marks of the lane above, on its caption, on one another."""
    run = Racing()
    run.lose(20)
    run.lose(130, 2)
    run.submit(300)
    chart = ChartSource(run.take())
    chart.groups[0].detail = "thread pool \N{MIDDLE DOT} shut down(wait=True, cancel_futures=False)"
    found = texts(compose(scene(chart, (1280, height))))
    names = [each for each in found if each.text.endswith("an update is lost")]
    assert names
    others = [each for each in found if each.text in ("R", "W") or each.text.startswith("thread")]
    for name in names:
        for other in (*others, *(each for each in names if each is not name)):
            apart = abs(name.y - other.y) >= 12
            before = other.x + meter(other.text, other.font) <= name.x
            after = other.x >= name.x + meter(name.text, name.font)
            assert apart or before or after, (name, other)


@pytest.mark.parametrize("width", [1280, 800, 700, 560, 480, 400])
def test_the_note_on_lost_updates_lies_on_no_words(width: int) -> None:
    """On the caption of a pool that told much neither could be read."""
    run = Racing()
    for number in range(40):
        run.lose(10 + number, 2 * number, 0.1)
    run.submit(100)
    chart = ChartSource(run.take())
    chart.groups[0].detail = "thread pool \N{MIDDLE DOT} shut down(wait=True)"
    found = texts(compose(scene(chart, (width, 720))))
    (pool,) = [each for each in found if each.text.startswith("thread pool")]
    notes = [each for each in found if re.search("lost update|updates are lost", each.text)]
    assert len(notes) == (width > 480), "as much of it as there is room for"
    assert width > 700 or not any("lost here" in note.text for note in notes)
    assert all(note.x > pool.x + meter(pool.text, pool.font) for note in notes)


def test_they_are_taken_in_as_they_come() -> None:
    run = Racing()
    chart = ChartSource(run.take())
    for number in range(3):
        run.lose(10 + 100 * number, 2 * number)
        run.take()
        chart.update()
    assert len(chart.races(0, 400 * MS, 10)) == 3
    assert len(chart.races(105 * MS, 200 * MS, 10)) == 1
    assert (chart.race_times[1:] > chart.race_times[:-1]).all()
