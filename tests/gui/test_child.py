"""The child process under the window, where the session's tests do not reach."""

from __future__ import annotations

import signal
import sys

from pytestqt.qtbot import QtBot

from poolscope_gui.child import Child


def test_an_interrupt_before_the_start_was_heard_is_not_lost(qtbot: QtBot) -> None:
    child = Child()
    with qtbot.waitSignal(child.ended, timeout=30_000) as ended:
        # It leads no group, as a script in the moment before it makes its own.
        child.start([sys.executable, "-c", "import signal; signal.alarm(60); signal.pause()"])
        assert child.pid == 0
        child.interrupt()
    # By the signal, or by Python's own way of ending on it.
    assert ended.args in ([-signal.SIGINT], [1], [130])
    child.close()
