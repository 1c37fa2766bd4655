"""A chart in a window of its own, for the tests of what the mouse and the keys do to it."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from poolscope_gui.view.timeline import TimelineView
from tests.gui.charts import small


@pytest.fixture
def view(qtbot: QtBot) -> TimelineView:
    made = TimelineView()
    qtbot.addWidget(made)
    made.resize(1280, 750)
    made.set_source(small())
    with qtbot.waitExposed(made):
        made.show()
    return made
