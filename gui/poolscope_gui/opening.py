"""Opens the window: on a fresh host, on a script, on a trace. What the command line needs of Qt."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from PySide6.QtCore import QSocketNotifier, QTimer
from PySide6.QtWidgets import QApplication

from poolscope.version import __version__

from .session import Session
from .window import MainWindow

ENDED_BY_US: Final = 128 + signal.SIGTERM  # as a shell says it


def application() -> QApplication:
    """The one application, with the names that its settings are kept under."""
    found = QApplication.instance()
    if isinstance(found, QApplication):
        return found
    made = QApplication(sys.argv[:1])
    made.setApplicationName("Poolscope")
    made.setOrganizationName("Poolscope")
    made.setApplicationVersion(__version__)
    made.setDesktopFileName("poolscope")
    return made


def host(*, demo: bool) -> int:
    """The window on a fresh host; ``demo`` runs the demo in it at once."""
    application()
    session = Session()

    def begin() -> None:
        session.start_host()
        if demo:
            session.send("demo")

    return _show(session, begin)


def trace(path: Path) -> int:
    """The window on a trace. Raises ``TraceError``, before anything is shown, if it is none."""
    application()
    session = Session()
    session.open_trace(path)
    return _show(session)


def script(path: Path, arguments: Sequence[str]) -> int:
    """The window on a script; returns the script's exit status when the window is closed."""
    application()
    session = Session()
    status = _show(session, lambda: session.start_script(path, arguments, echo=True))
    if status:
        return status
    code = session.exit_code
    if code is None:  # the window was closed on a script that still ran
        return ENDED_BY_US
    return 128 - code if code < 0 else code


def _show(session: Session, begin: Callable[[], None] = lambda: None) -> int:
    window = MainWindow(session)
    window.show()
    # After the first paint: whoever opens a window should see it before anything is started.
    QTimer.singleShot(0, window, begin)
    try:
        with _signals(lambda number: _obey(number, session, window)):
            return application().exec()
    finally:
        session.close()


def _obey(number: int, session: Session, window: MainWindow) -> None:
    """Ctrl+C is for the script, while there is one; otherwise it means: close."""
    if number == signal.SIGINT and session.live and not session.accepts:
        session.interrupt()
    else:
        window.close()


@contextmanager
def _signals(obey: Callable[[int], None]) -> Iterator[None]:
    """Have Qt's event loop hear of signals: Python's handlers do not run while it sleeps."""
    theirs, ours = socket.socketpair()
    theirs.setblocking(False)
    ours.setblocking(False)
    wakeup = signal.set_wakeup_fd(theirs.fileno())
    before = {n: signal.signal(n, lambda *_: None) for n in (signal.SIGINT, signal.SIGTERM)}
    notifier = QSocketNotifier(ours.fileno(), QSocketNotifier.Type.Read)

    def heard() -> None:
        for number in ours.recv(64):  # a byte a signal
            obey(number)

    notifier.activated.connect(heard)
    try:
        yield
    finally:
        notifier.setEnabled(False)
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(wakeup)
        theirs.close()
        ours.close()
