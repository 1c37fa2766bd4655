"""The child process under the window: started, fed, heard, and ended whatever it does.

Nothing here blocks, ``close`` aside: every step is a signal of ``QProcess`` or of a timer. What
the child prints is kept until ``take_output``; a flood loses its middle, counted, not the window.
"""

from __future__ import annotations

import codecs
import os
import signal
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QThread, QTimer, Signal

__all__ = ["Child", "Printed", "ending"]

GRACE_MS: Final = 700  # between being asked to end and being killed
SWEEP_MS: Final = 400  # the host's own guard goes first; then whatever is left of the group
CLOSE_MS: Final = 500
LOOK_MS: Final = 5
MAX_HELD: Final = 262_144  # characters of output between two looks
MAX_KEPT: Final = 1_000_000  # characters in all


class Child(QObject):
    """One process that leads a process group of its own.

    Signals:
        started(pid)
        ended(code): the exit code, or minus the number of the signal that killed it
        unstartable(sentence)
        gone(): nothing is left of it or of what it started; after ``retire`` or ``close`` alone
    """

    started = Signal(int)
    ended = Signal(int)
    unstartable = Signal(str)
    gone = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.pid = 0
        self._leader = 0
        self._echo = False
        self._may_leave = False
        self._asked = False
        self._retired = False
        self._held: list[str] = []
        self._held_size = 0
        self._left_out = 0
        self._process = QProcess(self)
        self._decoders = {
            channel: codecs.getincrementaldecoder("utf-8")("replace")
            for channel in (
                QProcess.ProcessChannel.StandardOutput,
                QProcess.ProcessChannel.StandardError,
            )
        }
        self._process.started.connect(self._on_started)
        self._process.finished.connect(self._on_finished)
        self._process.errorOccurred.connect(self._on_error)
        self._process.readyReadStandardOutput.connect(self._read_all)
        self._process.readyReadStandardError.connect(self._read_all)
        self._killing = QTimer(self, singleShot=True, interval=GRACE_MS)
        self._killing.timeout.connect(self.kill)
        self._sweeping = QTimer(self, singleShot=True, interval=SWEEP_MS)
        self._sweeping.timeout.connect(self._sweep)

    def start(
        self,
        command: Sequence[str],
        environment: Mapping[str, str] | None = None,
        *,
        own_input: bool = False,
        echo: bool = False,
        may_leave: bool = False,
    ) -> None:
        """Start ``command``. ``own_input``: its standard input is ours, not what ``write`` gives;
        ``echo``: what it prints also goes to our standard output and error, byte for byte;
        ``may_leave``: what it started may go on when it has ended by itself."""
        variables = QProcessEnvironment.systemEnvironment()
        for name, value in (environment or {}).items():
            variables.insert(name, value)
        self._process.setProcessEnvironment(variables)
        if own_input:
            self._process.setInputChannelMode(QProcess.InputChannelMode.ForwardedInputChannel)
        self._echo = echo
        self._may_leave = may_leave
        self._process.start(command[0], list(command[1:]))

    @property
    def running(self) -> bool:
        """Whether the process is there, or about to be."""
        return self._process.state() != QProcess.ProcessState.NotRunning

    def write(self, line: bytes) -> None:
        """Send a line to its standard input, as soon as it takes it."""
        self._process.write(line)

    # Ending

    def stop(self) -> None:
        """Ask it to end, and kill its whole group if it does not within ``GRACE_MS``."""
        if self.running:
            self._asked = True
            self._process.terminate()
            self._killing.start()

    def retire(self) -> None:
        """End it, unheard, while others go on; it deletes itself when it is gone."""
        self._retired = True
        self.stop()
        if not self.running and not self._sweeping.isActive():
            self._sweep()

    def interrupt(self) -> None:
        """What Ctrl+C does to a program in a terminal: SIGINT to its whole group."""
        # It may be there before ``started`` has been heard, and before it leads a group.
        pid = self._process.processId()
        self._leader = self._leader or pid
        if not self._signal_group(signal.SIGINT) and pid:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT)

    def kill(self) -> None:
        """Kill it now; what it started goes when it is found to have ended."""
        self._process.kill()

    def close(self) -> None:
        """End it and wait for its end; for the window that closes."""
        self._retired = True
        if self.running:
            self._asked = True
            self._process.closeWriteChannel()
            self._process.terminate()
            if not self._process.waitForFinished(CLOSE_MS):
                self.kill()
                self._process.waitForFinished(-1)
        self._killing.stop()
        # The host's guard knows better in which order its workers are to go: let it.
        for _ in range(SWEEP_MS // LOOK_MS):
            if not self._signal_group(0):
                break
            QThread.msleep(LOOK_MS)
        self._sweep()

    def _sweep(self) -> None:
        self._sweeping.stop()
        self._signal_group(signal.SIGKILL)
        self._leader = 0  # the number of a group that has gone may be another's one day
        if self._retired:
            self.gone.emit()
            self.deleteLater()

    def _signal_group(self, number: int) -> bool:
        """Whether there was somebody to get it; 0 only asks."""
        if not self._leader:
            return False
        try:
            # It leads its group, and a group's number is not given away while one of it lives.
            os.killpg(self._leader, number)
        except (ProcessLookupError, PermissionError):
            # Nobody is left of it (macOS says the second of one that has just died), or it has
            # not become the leader of its group yet: then it is alone, and QProcess ends it.
            return False
        return True

    # Hearing

    def take_output(self) -> str:
        """What was printed since the last call."""
        text = "".join(self._held)
        if self._left_out:
            text += f"\n… {self._left_out:,} characters of output left out …\n"
        self._held.clear()
        self._held_size = self._left_out = 0
        return text

    def _read_all(self) -> None:
        # Both each time, so that a line on one comes before a later one on the other if it can.
        for channel, read, descriptor in (
            (QProcess.ProcessChannel.StandardOutput, self._process.readAllStandardOutput, 1),
            (QProcess.ProcessChannel.StandardError, self._process.readAllStandardError, 2),
        ):
            data = bytes(read().data())
            if not data:
                continue
            if self._echo:
                _write_all(descriptor, data)
            text = self._decoders[channel].decode(data)
            room = max(0, MAX_HELD - self._held_size)
            self._held.append(text[:room])
            self._held_size += len(self._held[-1])
            self._left_out += len(text) - len(self._held[-1])

    def _on_started(self) -> None:
        self.pid = self._leader = self._process.processId()
        self.started.emit(self.pid)

    def _on_finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._killing.stop()
        self._read_all()
        if self._may_leave and not self._asked:
            self._leader = 0
        self._sweeping.start()
        # Qt gives the number of the signal as the code of a process that crashed.
        self.ended.emit(code if status == QProcess.ExitStatus.NormalExit else -code)

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self.unstartable.emit(self._process.errorString())


class Printed:
    """What was printed, of which about ``MAX_KEPT`` characters are kept: the last."""

    def __init__(self) -> None:
        self._parts: deque[str] = deque()
        self._size = 0

    def add(self, text: str) -> None:
        self._parts.append(text)
        self._size += len(text)
        while self._size > MAX_KEPT and len(self._parts) > 1:
            self._size -= len(self._parts.popleft())

    @property
    def text(self) -> str:
        return "".join(self._parts)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(descriptor, view) :]
        except OSError:
            return  # whoever read us has gone; the script is none the worse for it


def ending(asked: bool, code: int) -> tuple[str, str]:
    """The session's state and the sentence for a child that is no more.

    ``asked``: it was told to end; ``code``: as ``Child.ended`` gives it.
    """
    how = f"with exit code {code}"
    if code < 0:
        try:
            how = f"by {signal.Signals(-code).name} (signal {-code})"
        except ValueError:
            how = f"by signal {-code}"
    if asked:
        return "stopped", f"Stopped {how}."
    if code < 0:
        return "failed", f"The program was killed {how}; what it recorded until then is shown."
    if code:
        return "failed", f"The program ended by itself {how}; what it recorded is shown."
    return "ended", "Ended."
