"""Who waits for whom, and what is wrong: the alarm at once, the graph and the findings after it.

The alarm is asked at every tick, which costs what is blocked just now. The graph is drawn a few
times a second, and only while it is looked at. The findings are worked out about once a second, one
check at a time between the frames, and never for more than a part of the time.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QElapsedTimer, QObject, QTimer

from .furniture import FINDINGS, WAITS
from .model import finding_rows, wait_source
from .model.chart import Hit
from .model.finding_rows import FindingRow
from .model.findings_source import FindingsSource
from .model.rings import Rings
from .model.tracks import NEVER
from .model.wait_diagram import Diagram

if TYPE_CHECKING:
    from poolscope.analysis.wait_nodes import WaitGraph

    from .model.source import ChartSource
    from .window import MainWindow

_GRAPH_MS: Final = 200
_FINDINGS_MS: Final = 1_000
_CHEAP_MS: Final = 2.0  # a look for rings that takes less is taken at every tick
_RING_SHARE: Final = 4  # one that takes more, at most this part of the time
_RING_LATEST_MS: Final = 120  # but soon enough to be in time
_COST_SHARE: Final = 20  # findings take at most this part of the time
_RING_SHOWN_NS: Final = 5_000_000_000
_RING_ROOM_NS: Final = 3_000_000_000
_RING_LEAST_NS: Final = 20_000_000


class Insight(QObject):
    """Follows the chart's source. Nothing here waits for anything."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._source: ChartSource | None = None
        self._found: FindingsSource | None = None
        self.rings = Rings()
        self.findings_ms = 0.0  # what the last round of findings took
        self.rings_ms = 0.0  # what the last look for rings took
        self._graph_later = self._once(_GRAPH_MS, self.show_graph)
        self._findings_later = self._once(_FINDINGS_MS, self._begin_findings)
        self._step_later = self._once(0, self._step_findings)
        self._ask_later = self._once(0, self._ask)
        self._asked = QElapsedTimer()
        furniture = window.furniture
        furniture.graph.shown.connect(self.show_graph)
        furniture.graph.node_chosen.connect(self.choose_node)
        furniture.graph.data_wanted.connect(self._copy)
        furniture.findings.wanted.connect(self.go)
        window.alarm.show_wanted.connect(self.show_ring)

    def _once(self, ms: int, act: Callable[[], None]) -> QTimer:
        made = QTimer(self)
        made.setSingleShot(True)
        made.setInterval(ms)
        made.timeout.connect(act)
        return made

    def follow(self, source: ChartSource) -> None:
        """Another trace."""
        self._source = source
        self._found = FindingsSource(source)
        self.rings = Rings()
        self._window.alarm.show_rings([])
        self._show_findings()
        self.show_graph()
        self.look()

    def end(self) -> None:
        """The window closes."""
        self._source = self._found = None
        for timer in (self._graph_later, self._findings_later, self._step_later, self._ask_later):
            timer.stop()

    def look(self) -> None:
        """Time went by, or there is something new."""
        if self._source is None or self._found is None:
            return
        session = self._window.session
        if session.reading:  # what is not read may contradict all that it would say
            if not session.opening:  # nor will be
                self._show_findings()
                self.show_graph()
            return
        self._ask()
        if not self._graph_later.isActive() and self._window.furniture.graph.isVisible():
            self._graph_later.start()
        if not self._findings_later.isActive() and not self._found.busy:
            pause = max(_FINDINGS_MS, round(_COST_SHARE * self.findings_ms))
            self._findings_later.start(pause if self._found.rows or self.findings_ms else 0)

    def _ask(self) -> None:
        """Look for rings now, or, if that takes long, as soon as it is again worth its time."""
        source, found = self._source, self._found
        if source is None or found is None or self._ask_later.isActive():
            return
        pause = min(_RING_SHARE * self.rings_ms, _RING_LATEST_MS) - self._asked.elapsed()
        if self._asked.isValid() and self.rings_ms > _CHEAP_MS and pause > 0:
            self._ask_later.start(round(pause) + 1)
            return
        self._asked.start()
        self._alarm(source, found)
        self.rings_ms = self._asked.nsecsElapsed() / 1e6
        self._asked.start()

    def _alarm(self, source: ChartSource, found: FindingsSource) -> None:
        """Raise it, change it, or take it away."""
        source.index.refresh()
        if not self.rings.update(source.store, found.watch.cycles()):
            return
        source.set_alarms(self.rings.alarms())
        self._window.alarm.show_rings(self.rings.now)
        if self._window.chart is not None:
            self._window.chart.news()
        self.show_graph()

    # -- the graph ----------------------------------------------------------------------

    def _graph(self) -> WaitGraph | None:
        if self._source is None or self._found is None:
            return None
        self._source.index.refresh()
        if self._window.chart is not None and self._window.chart.frozen:
            return self._found.watch.graph_at(self._source.now)  # beside the chart of that moment
        return self._found.watch.graph()

    def show_graph(self) -> None:
        """Bring the graph up to date, if it is looked at."""
        panel, source = self._window.furniture.graph, self._source
        if source is None or not panel.isVisible():
            return
        if self._window.session.reading:
            coming = self._window.session.opening
            empty = wait_source.READING if coming else wait_source.UNREAD
            panel.show_diagram(Diagram(), {}, "", empty=empty)
            return
        graph = self._graph()
        if graph is None:
            return
        colours = {row: look.colour for row, look in enumerate(source.locks)}
        diagram = wait_source.diagram(source.store, graph, source.now)
        note = wait_source.note(graph)
        empty = wait_source.NOT_YET if source.live else wait_source.OVER
        panel.show_diagram(diagram, colours, note, empty=empty)

    def _copy(self, form: wait_source.Form) -> None:
        graph = self._graph()
        if graph is not None and self._source is not None:
            text = wait_source.exported(self._source.store, graph, form, self._source.now)
            self._window.furniture.graph.copy_text(text)

    def choose_node(self, kind: str, row: int) -> None:
        """Show a node of the graph on the chart."""
        source, chart = self._source, self._window.chart
        if source is None or chart is None:
            return
        if kind == "future":
            self._window.selection.choose(row)
        elif kind == "thread":
            self._choose_lane(source.lane_of_thread(row), NEVER)
        elif kind == "lock":
            key = ("lock", source.store.locks[row].id)
            self._choose_lane(source.lane_of_key(key), row)
        elif source.store.pools[row].workers:
            worker = source.store.workers[source.store.pools[row].workers[0]]
            self._choose_lane(source.lane_of_key(("worker", worker.id)), NEVER)

    def _choose_lane(self, lane: int, lock: int) -> None:
        chart = self._window.chart
        if chart is None or (lane == NEVER and lock == NEVER):
            return
        if lane != NEVER:
            chart.canvas.choose_lane(lane)
        chart.canvas.pick(Hit("lane", lane, lock=lock))

    def show_ring(self) -> None:
        """The ring of the alarm: its lanes on the chart, and the graph."""
        furniture, chart, source = self._window.furniture, self._window.chart, self._source
        furniture.futures_dock.show()
        furniture.futures_dock.show_page(WAITS)
        if not self.rings.now or chart is None or source is None:
            return
        ring = self.rings.now[0]
        # While it lasts there is room to see that it does.
        least = _RING_ROOM_NS if source.live else _RING_LEAST_NS
        length = min(max(source.now - ring.since, least), _RING_SHOWN_NS)
        chart.zoom_to(round(ring.since - length * 0.3), round(ring.since + length * 1.1))
        for thread in reversed(ring.threads):
            lane = source.lane_of_thread(thread)
            if lane != NEVER:
                chart.canvas.choose_lane(lane)

    # -- the findings -------------------------------------------------------------------

    def _begin_findings(self) -> None:
        if self._found is not None and self._found.begin():
            self.findings_ms = 0.0
            self._step_later.start()

    def _step_findings(self) -> None:
        if self._found is None:
            return
        began = time.perf_counter()
        more = self._found.step()
        self.findings_ms += (time.perf_counter() - began) * 1e3
        if more:
            self._step_later.start()
        else:
            self._show_findings()

    def _show_findings(self) -> None:
        furniture, found = self._window.furniture, self._found
        if found is None:
            return
        message = finding_rows.NONE if found.ended else finding_rows.NONE_YET
        if self._window.session.reading:
            coming = self._window.session.opening
            message = finding_rows.READING if coming else finding_rows.UNREAD
        before = finding_rows.bad(furniture.findings.model.rows)
        furniture.findings.show_rows(found.rows, message)
        if finding_rows.bad(found.rows) > before:
            furniture.messages_dock.stir(FINDINGS)

    def go(self, row: FindingRow) -> None:
        """Show a finding on the chart: its time, its lane, its task or its lock."""
        source, chart = self._source, self._window.chart
        if source is None or chart is None:
            return
        begin, end = row.stretch(source.now)
        chart.zoom_to(round(begin), round(end))
        lane = source.lane_of_key(row.lane) if row.lane is not None else NEVER
        if row.task != NEVER:
            self._window.selection.choose(row.task)
            chart.zoom_to(round(begin), round(end))
        if lane != NEVER:
            chart.canvas.choose_lane(lane)
        if row.lock != NEVER:
            chart.canvas.pick(Hit("lane", lane, lock=row.lock))
