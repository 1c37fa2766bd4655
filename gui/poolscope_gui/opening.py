"""Opens the window: on a fresh host, on a script, on a trace.

A person waits for it, so the window is shown first. What takes long to import (numpy, the panels,
the chart) and the host come when it has been painted.
"""

from __future__ import annotations

import functools
import gc
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSocketNotifier
from PySide6.QtWidgets import QApplication

from poolscope.launch import AS_IS, How
from poolscope.trace import scratch
from poolscope.version import __version__

from .window import MainWindow

if TYPE_CHECKING:
    from .session import Session

ENDED_BY_US: Final = 128 + signal.SIGTERM  # as a shell says it


@functools.cache  # which holds it: without a reference it is gone
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

    def begin() -> Session:
        from .session import Session

        session = Session()
        session.start_host()
        if demo:
            session.send("demo")
        return session

    return _show(begin)[0]


def trace(path: Path) -> int:
    """The window on a trace. Raises ``TraceError``, before anything is shown, if it is none."""
    from .session import Session

    application()
    session = Session()
    session.open_trace(path)
    return _show(lambda: session)[0]


def script(path: Path, arguments: Sequence[str], how: How = AS_IS) -> int:
    """The window on a program; returns the script's exit status when the window is closed."""

    def begin() -> Session:
        from .session import Session

        session = Session()
        session.start_script(path, arguments, echo=True, how=how)
        return session

    status, session = _show(begin)
    if status or session is None:
        return status
    code = session.exit_code
    if code is None:  # the window was closed on a script that still ran
        return ENDED_BY_US
    return 128 - code if code < 0 else code


def _show(begin: Callable[[], Session]) -> tuple[int, Session | None]:
    """Show the window and, once it is on the screen, what ``begin`` gives.

    Returns the application's exit status, and the session unless the window was closed before
    there was one.
    """
    app = application()
    window = MainWindow()
    sessions: list[Session] = []

    def furnish() -> None:
        sessions.append(begin())
        window.furnish(sessions[0])
        # All that is there now stays: to go through it in each full look for garbage takes as
        # long as a frame may.
        gc.freeze()
        # What viewers that were killed left; it may take long, and nobody waits for it.
        threading.Thread(target=scratch.sweep, name="sweep", daemon=True).start()

    window.appeared.connect(furnish)
    window.show()
    try:
        with _signals(lambda number: _obey(number, sessions, window)):
            return app.exec(), sessions[0] if sessions else None
    finally:
        for session in sessions:
            session.close()


def _obey(number: int, sessions: Sequence[Session], window: MainWindow) -> None:
    """Ctrl+C is for the script, while there is one; otherwise it means: close."""
    scripts = [s for s in sessions if s.live and not (s.accepts or s.attached)]
    if number == signal.SIGINT and scripts:
        scripts[0].interrupt()
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
