"""The health panel: what it says, of which stretch, and that it works only while it is seen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QTextBlock, QTextDocument
from pytestqt.qtbot import QtBot

from poolscope.analysis.health import health
from poolscope.analysis.store import Store
from poolscope_gui.model import health_text
from poolscope_gui.model.health_source import HealthSource
from poolscope_gui.view import bit_by_bit
from poolscope_gui.view.health_panel import HealthPanel
from tests.analysis.test_health import MS, Site, queueing
from tests.analysis.traces import ORIGIN


def store_of(site: Site) -> Store:
    store = Store(ORIGIN)
    store.extend(site.trace.batches())
    return store


def blocks(document: QTextDocument) -> Iterator[QTextBlock]:
    block = document.begin()
    while block.isValid():
        yield block
        block = block.next()


class Stage:
    """A panel on a pool with twice the load that it can bear."""

    def __init__(self, qtbot: QtBot) -> None:
        self.look: tuple[int, int, int] | None = (0, 800 * MS, 800 * MS)
        self.panel = HealthPanel()
        qtbot.addWidget(self.panel)
        self.panel.resize(412, 430)
        self.panel.source.set_store(store_of(queueing()))
        self.panel.set_look(lambda: self.look)

    @property
    def text(self) -> str:
        return " ".join(self.panel.page.toPlainText().split())


@pytest.fixture
def stage(qtbot: QtBot) -> Stage:
    stage = Stage(qtbot)
    stage.panel.show()
    qtbot.waitUntil(lambda: stage.text != "")
    return stage


def test_it_says_the_cause_the_figures_and_what_would_help(stage: Stage) -> None:
    assert "too small" in stage.text
    assert "io is too small for this load: its one worker was busy 100% of the time" in stage.text
    assert "waited (95 %) 370 ms" in stage.text
    assert "came 50 / s" in stage.text
    assert "The same load replayed, wait (95 %): 1 worker 361 ms, 2 workers 0 ns" in stage.text
    assert "io is too small" in stage.panel.page.accessibleDescription()


def test_a_pool_stands_clear_of_the_one_above(stage: Stage) -> None:
    """Qt leaves out an empty paragraph between two tables, however large its margin."""
    one = health_text.PoolHealth("io", health(store_of(queueing()), 0))
    document = stage.panel.page.document()
    document.setHtml(health_text.page([one, one], health_text.Inks("#666", "#080", "#a30")))
    layout = document.documentLayout()
    heads = [each for each in blocks(document) if each.text() == "io"]
    last = next(each for each in blocks(document) if each.text().startswith("The same load"))
    below = layout.blockBoundingRect(heads[1]).top() - layout.blockBoundingRect(last).bottom()
    assert below >= 10


def test_it_speaks_of_the_stretch_that_is_looked_at(stage: Stage) -> None:
    stage.look = (790 * MS, 2000 * MS, 2000 * MS)
    stage.panel.refresh_now()
    assert "came 0 / s" in stage.text or "No task" in stage.text


def test_unseen_it_does_nothing(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(qtbot)
    asked: list[int] = []
    monkeypatch.setattr(HealthSource, "look", lambda *_: asked.append(1) or iter(()))
    stage.panel.touch()
    stage.panel.refresh_now()
    assert not asked
    stage.panel.show()
    qtbot.waitUntil(lambda: bool(asked))


def test_both_themes_and_another_store(stage: Stage) -> None:
    before = stage.text
    light = stage.panel.page.toHtml()
    stage.panel.set_theme("dark")
    assert stage.text == before
    assert stage.panel.page.toHtml() != light
    stage.panel.source.set_store(None)
    stage.panel.begin_anew()
    assert stage.text == ""
    assert stage.panel.page.placeholderText() == health_text.NO_STORE


def test_a_name_is_no_markup(qtbot: QtBot) -> None:
    site = queueing()
    store = store_of(site)
    store.pools[0].name = "<b>io</b> & co"
    stage = Stage(qtbot)
    stage.panel.source.set_store(store)
    stage.panel.show()
    qtbot.waitUntil(lambda: "<b>io</b> & co" in stage.text)


def test_a_long_history_is_gone_through_between_frames(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a view that moves on and on does not have it begin anew, and never end."""
    monkeypatch.setattr(bit_by_bit, "_BIT_MS", 0)
    stage = Stage(qtbot)
    stage.panel.show()
    stage.panel.refresh_now()
    assert stage.text == "", "nothing half done is shown"
    stage.look = (790 * MS, 2000 * MS, 2000 * MS)
    stage.panel.refresh_now()
    qtbot.waitUntil(lambda: "too small" in stage.text)
    qtbot.waitUntil(lambda: "too small" not in stage.text)  # and then of where it is now
    assert "came 0 / s" in stage.text or "No task" in stage.text
