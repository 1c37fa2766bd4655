"""Lanes as text: what is parsed is what is drawn."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolscope.analysis.lanes_text import DrawingError, Stretch, draw, parse
from tests.analysis.drawing import drawn

PICTURE = """\
w0   |..AAAA..CC|
w1   |.BBB##Bx..|
main |.....###..|"""


def test_a_drawing_comes_back_as_it_was() -> None:
    assert draw(drawn(PICTURE)) == PICTURE


def test_a_drawing_is_read_as_stretches() -> None:
    assert parse("w1 |.BBB##Bx..|") == {
        "w1": [Stretch("w1", "B", 1, 7, died=True), Stretch("w1", "#", 4, 6)]
    }


@pytest.mark.parametrize(
    ("drawing", "complaint"),
    [
        ("w0 ..AA", "expected 'name"),
        ("w0 |..AA", "expected 'name"),
        ("w0 |.?A|", "'?' is none of"),
        ("w0 |.A|\nw0 |.A|", "drawn twice"),
    ],
)
def test_a_wrong_drawing_is_refused_by_name(drawing: str, complaint: str) -> None:
    with pytest.raises(DrawingError, match=complaint.replace("?", r"\?")):
        parse(drawing)


@given(st.lists(st.text("AB.", min_size=6, max_size=12).filter(lambda s: s[-1] == "."), max_size=1))
def test_any_lane_is_drawn_as_parsed(lanes: list[str]) -> None:
    # A letter stands for one task, so it may come in one stretch only.
    for lane in lanes:
        if any(len([s for s in parse(f"w |{lane}|")["w"] if s.mark == m]) > 1 for m in "AB"):
            continue
        if "B" in lane and "A" not in lane:
            continue  # letters are given by order of submission
        assert draw(drawn(f"w0 |{lane}|\nmain |{'.' * len(lane)}|")).splitlines()[0] == (
            f"w0   |{lane}|"
        )
