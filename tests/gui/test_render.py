"""A picture shows every lane, or says what it does not show."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtGui import QImage, QPainter

import poolscope_gui.render
from poolscope.trace.schema import Kind
from poolscope_gui.model.palette import THEMES
from poolscope_gui.render import HEIGHT, WIDTH, render
from tests.analysis.drawing import drawn
from tests.gui.deadlocks import Ring
from tests.gui.made_traces import MS

MANY = "\n".join(f"w{number:02} |.AA.|" for number in range(64)) + "\nmain |....|"


@pytest.fixture(autouse=True)
def _application(qapp: object) -> None:
    """Pictures need an application, not a window."""


def size_of(picture: Path) -> tuple[int, int]:
    image = QImage(str(picture))
    return image.width(), image.height()


def test_a_picture_grows_until_every_lane_is_in_it(tmp_path: Path) -> None:
    few, many = tmp_path / "few.png", tmp_path / "many.png"
    assert render(drawn("w0 |.AA.|"), few) == ""
    assert render(drawn(MANY), many) == ""
    assert size_of(few) == (WIDTH, HEIGHT)
    assert size_of(many)[0] == WIDTH
    assert size_of(many)[1] > 64 * 24


def test_lanes_without_room_are_counted_and_the_size_that_helps_is_named(tmp_path: Path) -> None:
    picture = tmp_path / "small.png"
    said = render(drawn(MANY), picture, (800, 400))
    assert size_of(picture) == (800, 400)
    hidden, total = (int(word) for word in said.split() if word.isdigit())
    assert total == 66  # 64 workers, the caller, the lock
    assert 45 < hidden < 66
    width, height = said.rsplit(" shows", 1)[0].rsplit(" ", 1)[1].split("x")
    assert int(width) == 800
    assert render(drawn(MANY), picture, (800, int(height))) == ""
    assert render(drawn(MANY), picture, (800, int(height) - 1)) != ""


def test_the_lanes_of_a_deadlock_are_turned_as_in_the_window(tmp_path: Path) -> None:
    """Also when the program was killed: that it then ended tells less than why it did not go on."""
    run, picture = Ring(), tmp_path / "ring.svg"
    run.close()
    run.trace.pinned().emit(0, Kind.PROCESS_STARTED, 1, 0, "script")
    run.take()
    run.store.root_pid = 1
    told = {"lost": 0, "dropped": 0, "torn": 0, "errors": [], "finished": True}
    run.store.account(exits={1: -9}, exit_ns={1: 90 * MS}, **told)
    assert render(run.store, picture) == ""
    text = picture.read_text()
    assert text.count(">deadlock<") == 2
    assert f"#{THEMES['light'].alarm & 0xFFFFFF:06x}" in text


def test_an_svg_is_xml_whatever_is_in_a_name(tmp_path: Path) -> None:
    picture = tmp_path / "chart.svg"
    names = ["nul\0l", "\x1b[31mred", "b<&>b", "日\uffff"]
    assert render(drawn("\n".join(f"w{name} |.AA.|" for name in names)), picture) == ""
    said = [each.text.strip() for each in ElementTree.parse(picture).iter() if each.text]
    assert "wnul\N{REPLACEMENT CHARACTER}l" in said
    assert "w\N{REPLACEMENT CHARACTER}[31mred" in said
    assert "wb<&>b" in said


def test_a_pdf_is_one_page_of_the_size_with_its_text_as_text(tmp_path: Path) -> None:
    page, empty = tmp_path / "chart.pdf", tmp_path / "empty.pdf"
    assert render(drawn("w0 |.AA.|"), page, (960, 480)) == ""
    render(drawn("w0 |....|"), empty, (960, 480))
    data = page.read_bytes()
    assert data.startswith(b"%PDF-")
    (box,) = re.findall(rb"/MediaBox \[([0-9. ]+)\]", data)
    assert [float(side) for side in box.split()] == [0, 0, 720, 360]  # points
    assert len(re.findall(rb"/Type /Page\b", data)) == 1
    assert b"/Font" in data
    assert len(data) > len(empty.read_bytes())  # the bar and its legend are drawn


@pytest.mark.parametrize("ending", [".png", ".svg", ".pdf"])
def test_an_error_leaves_no_painter_at_work(
    ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    painters: list[QPainter] = []

    def fail(painter: QPainter, *_: object, **__: object) -> None:
        assert painter.isActive()
        painters.append(painter)
        raise ValueError("cannot be painted")

    monkeypatch.setattr(poolscope_gui.render, "_paint", fail)
    picture = tmp_path / f"picture{ending}"
    with pytest.raises(ValueError, match="cannot be painted") as failed:
        render(drawn("w0 |.AA.|"), picture)
    assert not picture.exists()
    (painter,) = painters
    if painter.isActive():
        # While the error still holds the image: else this very process would crash.
        painter.end()
        pytest.fail(f"the painter was left at work by {failed.value!r}")
