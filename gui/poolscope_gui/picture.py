"""Keeps what is shown current: the one place that reads the store for the window.

The chart is told of every change; what costs more, or is read more slowly by people, is brought up
to date a few times a second.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, QTimer, SignalInstance

from .details import Details
from .insight import Insight
from .model import status
from .model.answers import AnswerLog
from .model.quantities import plural
from .model.situation import (
    HostState,
    PoolLine,
    Situation,
    nothing_to_show,
    pool_lines,
    why_not,
)
from .model.source import ChartSource
from .on_cpu import OnCpu

if TYPE_CHECKING:
    from .window import MainWindow

_SLOW_MS: Final = 120
_HOSTS: Final[dict[str, HostState]] = {
    "none": "none",
    "stopping": "stopping",
    "stopped": "ended",
    "ended": "ended",
    "failed": "ended",
    "opened": "trace",
}


class Picture(QObject):
    """Listens to the session and refreshes the parts of the window."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._session = window.session
        self._log = AnswerLog(self._session.store)
        self._rate = status.Rate()
        self._size = status.Size()
        self._meta: dict[str, Any] = {}
        self._shown_locks: list[str] = []
        self._shown_pools: tuple[PoolLine, ...] = ()
        self._target_wanted = ""
        self._source: ChartSource | None = None
        self._situation = Situation()
        self.insight = Insight(window)
        self.details = Details(window)
        self.on_cpu = OnCpu(window)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_SLOW_MS)
        self._later.timeout.connect(self._slow)
        self._listening: list[tuple[SignalInstance, Callable[..., None]]] = [
            (self._session.changed, self._changed),
            (self._session.ticked, self._ticked),
            (self._session.replaced, self.replaced),
            (self._session.output, self._printed),
            (self._session.host_state, self._host_changed),
        ]
        for signal, slot in self._listening:
            signal.connect(slot)
        # One refresh feeds the table and the counts beside it.
        window.furniture.table.refreshed.connect(self.show_counts)
        window.furniture.table.busy_began.connect(self.show_counts)
        window.commands.created.connect(self._created)
        window.furniture.playground.task.target_changed.connect(lambda _: self.show_reasons())
        window.furniture.playground.futures.scope_changed.connect(lambda _: self.show_reasons())

    def begin(self) -> None:
        """Show what the session has already, before its next signal."""
        self.replaced()
        self._window.furniture.output.add(self._session.printed)
        self._host_changed(self._session.state, self._session.sentence)

    def end(self) -> None:
        """The window closes."""
        self._later.stop()
        self.insight.end()
        self.details.end()
        self.on_cpu.end()
        for signal, slot in self._listening:
            signal.disconnect(slot)
        self._listening.clear()

    # from the session

    def _changed(self) -> None:
        if self._window.chart is not None:
            self._window.chart.news()
        self.insight.look()
        lines = self._log.new_lines()
        if lines:
            self._window.furniture.answers.add(lines)
            self._window.furniture.messages_dock.stir(0)
        self._window.furniture.table.refresh()
        self._window.furniture.statistics.touch()
        self._window.furniture.health.touch()
        self.details.touch()
        self.on_cpu.tick()
        self._soon()

    def _ticked(self) -> None:
        self.insight.look()
        # What runs has grown: its bars paint themselves, its cells and the clock are refreshed.
        self._window.furniture.table.refresh()
        self._window.furniture.statistics.touch()
        self._window.furniture.health.touch()
        self.details.touch()
        self.on_cpu.tick()
        self._soon()

    def replaced(self) -> None:
        """The session has another store."""
        store = self._session.store
        self._window.files.replaced()
        self._log = AnswerLog(store)
        self._meta = {}
        self._window.furniture.answers.begin_anew()
        self._window.furniture.output.begin_anew()
        self._window.furniture.messages_dock.begin_anew()
        self._window.furniture.futures_dock.begin_anew()
        self._window.furniture.table.rows.set_store(store)
        self._window.furniture.table.rows.set_clock(self._clock(), self._edge)
        self._window.furniture.table.refresh_now()
        self.show_source()
        self._window.furniture.statistics.source.set_store(store)
        self._window.furniture.statistics.begin_anew()
        self._window.furniture.health.source.set_store(store)
        self._window.furniture.health.begin_anew()
        self._window.selection.clear()
        self._slow()

    def show_source(self) -> None:
        """Give the chart the store that there is now."""
        chart = self._window.chart
        if chart is not None:
            self._source = ChartSource(self._session.store, self._clock(), self._edge)
            self._show_emptiness()
            chart.set_source(self._source)
            chart.refresh()
            self.insight.follow(self._source)
            self.details.follow(self._source, chart)
            self.on_cpu.follow(self._source)

    def _printed(self, text: str) -> None:
        self._window.furniture.output.add(text)
        self._window.furniture.messages_dock.stir(1)

    def _host_changed(self, state: str, sentence: str) -> None:
        banner = self._window.banner
        if state in ("failed", "ended"):
            banner.say(sentence, calm=state == "ended", can_restart=True)
        elif state == "stopped":
            banner.say(sentence, calm=True, can_restart=True)
        elif state in ("starting", "running", "opened"):
            banner.hide()
        self._window.furniture.table.rows.set_clock(self._clock(), self._edge)
        if self._source is not None:
            self._source.set_clock(self._clock())
            if self._window.chart is not None:
                self._window.chart.refresh()  # at once: whether time goes on says more than one
            self._changed()
        self._slow()

    def _clock(self) -> Callable[[], int] | None:
        """What gives the time now, while a host is alive."""
        session = self._session
        return (lambda: session.now_ns) if session.live else None

    def _edge(self) -> int | None:
        """Up to when a trace was read that is not yet read to its end."""
        return self._session.now_ns if self._session.reading else None

    def _created(self, pool: str) -> None:
        self._target_wanted = pool
        self._slow()

    # bringing up to date

    def _soon(self) -> None:
        if not self._later.isActive():
            self._later.start()

    def _slow(self) -> None:
        self._show_pools()
        self._show_locks()
        self.show_reasons()
        self._show_emptiness()
        self._show_status()
        if self._window.chart is not None:
            self._window.unblocker.tell()

    def _show_emptiness(self) -> None:
        """What to do next, where there is no lane."""
        chart, reading = self._window.chart, self._session.reading
        if self._source is None or chart is None:
            return
        words = nothing_to_show(self.situation().host, reading=reading)
        if words != self._source.message:
            self._source.message = words
            chart.canvas.update()

    def _show_pools(self) -> None:
        lines = pool_lines(self._session.store)
        if lines == self._shown_pools and not self._target_wanted:
            return
        self._shown_pools = lines
        task = self._window.furniture.playground.task
        there = any(line.id == self._target_wanted for line in lines)
        task.set_pools(lines, choose=self._target_wanted if there else "")
        if there:
            self._target_wanted = ""

    def _show_locks(self) -> None:
        names = sorted({lock.name for lock in self._session.store.locks if lock.name})
        if names != self._shown_locks:
            self._shown_locks = names
            self._window.furniture.playground.lock.set_names(names)

    def situation(self) -> Situation:
        """The facts that decide what can be done."""
        session, panel = self._session, self._window.furniture.playground
        host: HostState = "starting" if session.state == "starting" else "running"
        host = _HOSTS.get(session.state, host if session.accepts else "script")
        return Situation(
            host="attached" if session.attached else host,
            pools=pool_lines(session.store),
            target=panel.task.target,
            tasks=len(session.store.tasks),
            selected=len(self._window.selection.rows),
            frozen=self._window.actions_["freeze"].isChecked(),
            started=session.last_start is not None,
            scope_all=panel.futures.scope_all,
        )

    def show_reasons(self) -> None:
        """Enable what can act; the rest says why not."""
        facts = self.situation()
        if facts == self._situation and self._window.editor is None:
            return
        self._situation = facts
        reasons = why_not(facts)
        self._window.furniture.apply(reasons)
        self._window.actions_.apply(reasons)
        if self._window.editor is not None:
            self._window.editor.apply(reasons["define"])

    def show_counts(self) -> None:
        """How many tasks there are, found, and selected."""
        table = self._window.furniture.table
        total, shown = table.rows.total, len(table.rows.rows)
        note = f"{shown:,} of {total:,}" if table.rows.filtered else plural(total, "task")
        if self._session.opening:
            note += " read"
        if table.busy:
            note = f"looking …  \N{MIDDLE DOT}  {note}"
        chosen = len(table.chosen)
        if chosen:
            note += f"  \N{MIDDLE DOT}  {chosen:,} selected"
            if table.chosen.hidden:
                note += f", {table.chosen.hidden:,} of them hidden"
        self._window.furniture.futures_dock.title.note.setText(note)
        self._window.furniture.states.set_counts(table.rows.counts())
        if self._window.chart is not None:
            matched = table.rows.rows if table.rows.filtered else None
            self._window.chart.canvas.set_matched(matched)

    def _show_status(self) -> None:
        session, window = self._session, self._window
        if not self._meta:
            self._meta = status.read_meta(session.folder)
        rate: float | None = self._rate.add(time.monotonic(), session.store.events)
        if not session.live:  # that of the whole recording, once it is read
            rate = None if session.reading else session.store.events * 1e9 / max(1, session.now_ns)
        frame = window.frames.ms if window.frames is not None else None
        now, whole = session.now_ns, not session.reading
        who = status.who(session.store, self._meta, now, live=session.live, whole=whole)
        window.status.say(
            who or session.sentence,
            status.pace(session.store, rate, frame, self._meta, self._size.bytes(session.folder)),
            status.losses(session.store),
        )
        name = status.title(self._meta)
        window.setWindowTitle(f"{name} – Poolscope" if name else "Poolscope")  # noqa: RUF001
