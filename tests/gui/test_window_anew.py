"""What the window shows at first, and when another trace takes the place of one."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from poolscope_gui.session import RUNNING, STARTING
from poolscope_gui.window import MainWindow
from tests.gui.fake_session import FakeSession
from tests.gui.made_traces import MadeRun, every_state
from tests.gui.test_window import Stage, settings


@pytest.mark.parametrize("state", [STARTING, RUNNING])
def test_an_empty_chart_tells_a_script_from_a_host_from_its_first_frame_on(
    state: str, qtbot: QtBot, tmp_path: Path
) -> None:
    session = FakeSession()
    session.interactive = False
    window = MainWindow(session, settings(tmp_path))
    qtbot.addWidget(window)
    session.be(state, "Said of it.")
    window.show()
    qtbot.waitUntil(lambda: window.chart is not None)
    assert window.chart is not None
    assert window.chart.canvas.chart.message.startswith("The script has made no pool yet")


def test_another_trace_has_nothing_new_to_look_at_yet(qtbot: QtBot, tmp_path: Path) -> None:
    stage = Stage(qtbot, tmp_path, every_state()).live()
    dock = stage.window.furniture.messages_dock
    stage.session.output.emit("printed\n")
    assert [dock.fresh(n) for n in range(3)] == [False, True, False]
    stage.session.run = MadeRun()
    stage.session.replaced.emit()
    assert not any(dock.fresh(n) for n in range(3))


def test_the_keys_are_the_charts_also_if_the_desktop_activates_the_window_late(
    qtbot: QtBot, tmp_path: Path
) -> None:
    window = MainWindow(FakeSession(), settings(tmp_path))
    qtbot.addWidget(window)
    focused: list[QWidget | None] = []

    def activate() -> None:
        # Deprecated, and the only way to have it happen at this very moment.
        with pytest.deprecated_call():
            QApplication.setActiveWindow(None)  # type: ignore[arg-type]
            QApplication.setActiveWindow(window)
        focused.append(QApplication.focusWidget())

    window.appeared.connect(activate)  # at once: before the layout has shown what it was given
    window.show()
    qtbot.waitUntil(lambda: bool(focused))
    assert window.chart is not None
    assert focused == [window.chart.canvas]
