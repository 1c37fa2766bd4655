"""The demo where there is no display: the same window, painted into memory."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import (
    QEventLoop,
    QMessageLogContext,
    QSettings,
    QTimer,
    QtMsgType,
    qInstallMessageHandler,
)

from poolscope.analysis import report

from . import display, page, verbs

LIMIT_MS: Final = 60_000
SETTLES_MS: Final = 400  # the slowest panel is brought up to date three times in that
SIZE: Final = (1640, 940)
BESIDE: Final = (40, 40)  # of the mouse, which is in the corner: no button is to be lit by it


def demo(picture: Path) -> int:
    """Run the demo, write a picture of the whole window to ``picture`` and print what happened.

    Raises ``verbs.Failure`` when the demo fails, or has not ended within ``LIMIT_MS``.
    """
    display.go_without()
    from .opening import application

    qInstallMessageHandler(_hear)
    application()
    # Settings of its own: what a person has set must neither show here nor be written over.
    with tempfile.TemporaryDirectory(prefix="poolscope-") as folder:
        file = str(Path(folder) / "window.ini")
        return _demo(picture, QSettings(file, QSettings.Format.IniFormat))


def _demo(picture: Path, store: QSettings) -> int:
    from .session import Session
    from .settings import Settings
    from .window import MainWindow

    session = Session()
    window = MainWindow(session, Settings(store))
    window.resize(*SIZE)
    window.move(*BESIDE)
    window.show()
    try:
        answer = _played(session)
        window.actions_["fit"].trigger()
        _pass(SETTLES_MS)
        if not window.grab().save(str(picture)):
            raise verbs.Failure(f"{picture} could not be written")
        page.write(report.facts(session.store), sys.stdout)
    finally:
        session.close()
        window.close()
    print(f"The demo ran {answer['tasks']} tasks; the window is in {picture}.")
    return 0


def _hear(_kind: QtMsgType, _where: QMessageLogContext, text: str) -> None:
    """Pass Qt's messages on, but for one that the offscreen platform has for every window."""
    if "propagateSizeHints" not in text:
        print(text, file=sys.stderr)


def _pass(milliseconds: int) -> None:
    """Let the window live for a while."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop, loop.quit)
    loop.exec()


def _played(session: Any) -> dict[str, Any]:
    """Start a host, have it play the demo to its end, and give its answer."""
    loop = QEventLoop()
    answers: list[tuple[dict[str, Any], bool]] = []
    failures: list[str] = []

    def done(number: int, answer: dict[str, Any], failed: bool) -> None:
        if number == asked:
            answers.append((answer, failed))
            loop.quit()

    def state(name: str, sentence: str) -> None:
        if name in ("failed", "ended"):
            failures.append(sentence)
            loop.quit()

    session.command_done.connect(done)
    session.host_state.connect(state)
    session.start_host()
    asked = session.send("demo")
    QTimer.singleShot(LIMIT_MS, loop, loop.quit)
    loop.exec()
    if not answers:
        raise verbs.Failure(failures[0] if failures else "the demo did not end in time")
    answer, failed = answers[0]
    if failed:
        raise verbs.Failure(f"the demo failed: {answer.get('error', answer)}")
    return answer
