"""The session: one host or one opened trace, and the one timer that keeps the picture current.

Commands go to the host's standard input; everything that comes back, answers too, is read from
the trace. The window asks ``store`` for what there is and redraws on ``changed``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from poolscope.analysis.store import Store
from poolscope.launch import AS_IS, How
from poolscope.trace import recorder
from poolscope.trace.reader import TraceError

from .answers import Answer, Answers
from .child import Child, Printed, ending
from .intake import BUDGET_S, OPENING_BUDGET_S, Intake
from .model.look_pace import FRAMES_MS, LOOK_MS, LookPace
from .start import HostStart, ScriptStart, Start

# The states. STOPPED: because it was told to; ENDED: by itself, well; FAILED: by itself, badly, or
# it could not be started; OPENED: there is no host, a trace was opened.
NONE, STARTING, RUNNING, STOPPING = "none", "starting", "running", "stopping"
STOPPED, ENDED, FAILED, OPENED = "stopped", "ended", "failed", "opened"


class Session(QObject):
    """One host or one opened trace.

    Signals:
        changed(): the store has more than before
        ticked(): a host is alive and time went by, that is all; what runs has grown
        replaced(): ``store`` is another one now
        output(text): the host printed
        command_done(id, answer, failed)
        host_state(state, sentence): one of the states above, and what to tell the person
    """

    changed = Signal()
    ticked = Signal()
    replaced = Signal()
    output = Signal(str)
    command_done = Signal(int, dict, bool)
    host_state = Signal(str, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state = NONE
        self.sentence = ""
        self.exit_code: int | None = None
        self._intake = Intake()
        self.attached = False  # to the program of an opened trace: it runs, and cannot be told
        self.reading = False  # an opened trace: there is more of it than was taken in
        self._child: Child | None = None
        self._retired: list[Child] = []  # that are ending
        self.last_start: Start | None = None  # what ``restart`` begins afresh
        self._answers = Answers()
        self._printed = Printed()
        self._pace = LookPace()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._tick)

    # What there is

    @property
    def store(self) -> Store:
        """The tables of what is shown."""
        return self._intake.store

    @property
    def folder(self) -> Path | None:
        """Where the trace lies; it is removed at the end unless it was opened."""
        return self._intake.folder

    @property
    def opening(self) -> bool:
        """Whether a trace is being opened, and not yet read to its end."""
        return self.reading and self.state != FAILED

    @property
    def read_bytes(self) -> tuple[int, int]:
        """How much of the trace has been read, and how much there is; 0: not known."""
        return self._intake.read_bytes

    @property
    def live(self) -> bool:
        """Whether what is shown still happens, and time goes on: a host's, or what is attached."""
        return self.attached or self.state in (STARTING, RUNNING, STOPPING)

    @property
    def accepts(self) -> bool:
        """Whether the host takes commands: not a script, and not while it is stopping."""
        start = self.last_start
        return self.state in (STARTING, RUNNING) and start is not None and start.takes_commands

    @property
    def now_ns(self) -> int:
        """The right edge, ns since the origin: now, the last event, or up to when all was read."""
        if self.reading:
            return self._intake.reached_ns
        return self._intake.clock_ns() if self.live else self.store.now_ns

    @property
    def printed(self) -> str:
        """What the host printed, its end if it is long."""
        return self._printed.text

    def start_host(self) -> None:
        """Start a fresh host, in place of whatever there is."""
        self._begin(HostStart())

    def start_script(
        self, path: str | Path, arguments: Sequence[str] = (), echo: bool = False, how: How = AS_IS
    ) -> None:
        """Run a script in place of whatever there is; see ``ScriptStart``."""
        self._begin(ScriptStart(Path(path), list(arguments), echo, how))

    def open_trace(self, path: str | Path) -> None:
        """Show a trace, finished or still growing, in place of whatever there is; a file while it
        is unpacked. Raises ``TraceError`` when it is none; then nothing has changed."""
        intake = Intake.of(path)
        self._drop()
        self._intake, self.reading = intake, True
        self.replaced.emit()
        self._say(OPENED, f"Opened {Path(path).name}.")
        self._timer.start(LOOK_MS)

    def give_up_opening(self) -> None:
        """Stop unpacking a trace, and let go of what is there of it."""
        if self.opening:
            self._drop()
            self._intake = Intake()
            self.replaced.emit()
            self._say(NONE, "Opening was given up.")

    def restart(self) -> None:
        """Begin afresh what was started last, at once; what runs is stopped meanwhile."""
        if self.last_start is not None:
            self._begin(self.last_start)

    def _begin(self, what: Start) -> None:
        self._drop()
        self.last_start = what
        self.exit_code = None
        try:
            self._intake = Intake.awaited()
        except OSError as error:
            self._say(FAILED, f"There is no place for a trace: {error}.")
            return
        self._printed = Printed()
        child = self._child = Child(self)
        child.started.connect(lambda pid: self._on_started(child, pid))
        child.ended.connect(lambda code: self._on_ended(child, code))
        child.unstartable.connect(lambda why: self._on_unstartable(child, why))
        self.replaced.emit()
        self._say(STARTING, what.sentence)
        assert self.folder is not None
        what.begin(child, self.folder)
        self._pace.changed()
        self._timer.start(LOOK_MS)

    def _drop(self) -> None:
        """Let go of the host, which goes on ending by itself, and of the trace."""
        self._timer.stop()
        if self._child is not None:
            child, self._child = self._child, None
            self._retired.append(child)
            child.gone.connect(lambda: self._retired.remove(child))
            child.retire()
        self._intake.close()
        self.attached = self.reading = False
        self._give_up("The host is another one now.")

    def send(self, do: str, **fields: Any) -> int:
        """Tell the host what to ``do``; returns the command's id, which ``command_done`` carries.

        The answer comes later, also that there is no host to tell. Tasks that ``arguments`` or
        ``iterables`` name as ``#7`` are those that are shown so.
        """
        number = self._answers.ask()
        if self.accepts and self._child is not None:
            typed = str(fields.get("arguments") or fields.get("iterables") or "")
            if named := self._intake.named(typed):
                fields["named"] = named
            line = json.dumps({"id": number, "do": do, **fields}, ensure_ascii=False)
            self._child.write(line.encode("utf-8", "replace") + b"\n")
            self._pace.changed()
            self._rest()
        else:
            why = "There is no host to tell: start one."
            QTimer.singleShot(0, self, lambda: self._report(self._answers.refused(number, why)))
        return number

    def stop(self) -> None:
        """End the host: ask it, and kill its whole group if it does not within a second."""
        if self.live and self._child is not None:
            self._say(STOPPING, "Stopping.")
            self._child.stop()

    def interrupt(self) -> None:
        """Pass Ctrl+C on to the script."""
        if self.live and self._child is not None:
            self._child.interrupt()

    def close(self) -> None:
        """End everything and remove what was not saved; no process is left."""
        self._drop()
        for child in list(self._retired):
            child.close()

    # What the child does

    def _on_started(self, child: Child, pid: int) -> None:
        if child is self._child and self.state == STARTING:
            self._say(RUNNING, f"Running (process {pid}).")

    def _on_ended(self, child: Child, code: int) -> None:
        if child is not self._child:
            return
        self.exit_code = code
        if self.folder is not None and child.pid:
            with suppress(OSError):  # the folder is gone, or full: then the trace does not say it
                recorder.write_exit(self.folder, child.pid, code)
        asked = self.state == STOPPING
        self._pace.changed()
        self._tick()
        self._say(*ending(asked, code))
        self._give_up(self.sentence)

    def _on_unstartable(self, child: Child, why: str) -> None:
        if child is self._child:
            self._say(FAILED, f"The host could not be started: {why}.")
            self._timer.stop()

    def _say(self, state: str, sentence: str) -> None:
        self.state, self.sentence = state, sentence
        self.host_state.emit(state, sentence)

    # Taking in

    def look(self) -> None:
        """A frame is about to be painted: take in what is new, if it is time."""
        if self._timer.isActive() and self._pace.due():
            self._tick(FRAMES_MS)

    def _rest(self, longer_ms: int = 0) -> None:  # longer: so that a frame comes before
        if self._timer.isActive():
            self._timer.start(self._pace.pause_ms + longer_ms)

    def _tick(self, longer_ms: int = 0) -> None:
        with self._pace.look():
            self._take_in()
        self._rest(longer_ms)

    def _take_in(self) -> None:
        if self._child is not None and (text := self._child.take_output()):
            self._printed.add(text)
            self.output.emit(text)
        try:
            if self._intake.find():
                self.replaced.emit()
            changed, whole = self._intake.take(BUDGET_S if self.live else OPENING_BUDGET_S)
        except TraceError as error:
            self._timer.stop()
            self._say(FAILED, str(error))
            return
        self._pace.behind = not whole
        changed |= whole and self.reading
        self.reading &= not whole
        if (whole or self.attached) and self.attached != self._intake.grows():
            self.attached = not self.attached
            self._say(OPENED, self.sentence)
        if remark := self._intake.remark():
            self._say(self.state, remark)
        if changed:
            self._pace.changed()
            self._report(self._answers.arrived(self.store.commands))
            self.changed.emit()
        elif self.live:
            self.ticked.emit()
        over = self.store.finished or (self.state != OPENED and self._pace.quiet)
        if whole and over and not self.live:
            # Not at once: the reader looks for new files only now and then.
            self._timer.stop()

    def _give_up(self, why: str) -> None:
        for number in self._answers.open():
            self._report(self._answers.refused(number, f"{why} There will be no answer."))

    def _report(self, answers: Iterable[Answer]) -> None:
        for answer in answers:
            self.command_done.emit(answer.number, answer.said, answer.failed)
