"""From a point back to the span that was painted there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from poolscope_gui.model.chart import Hit
from poolscope_gui.model.compose import compose
from poolscope_gui.model.hit import hit_at
from poolscope_gui.model.layout import bands
from poolscope_gui.model.ops import Strip
from poolscope_gui.model.palette import EXCEPTION, FINISHED
from poolscope_gui.model.scene import Ops, Scene
from tests.gui.charts import MS, crowd, one_lane, small
from tests.gui.model.test_compose import rects_of, scene


def middle(shown: Scene, lane: int) -> float:
    row = shown.layout.row_of(lane)
    assert row is not None
    band = bands(row.height)
    return shown.layout.y(row) + band.bar_y + band.bar_h / 2


def at(shown: Scene, lane: int, ms: float, y: float | None = None) -> Hit | None:
    return hit_at(shown, shown.x(ms * MS), middle(shown, lane) if y is None else y)


def stripe_y(shown: Scene, lane: int) -> float:
    row = shown.layout.row_of(lane)
    assert row is not None
    band = bands(row.height)
    return shown.layout.y(row) + band.stripe_y + band.stripe_h / 2


def part(hit: Hit | None) -> tuple[str, int] | None:
    return (hit.part, hit.ref) if hit else None


def rows_of(frame: Ops, colour: int) -> Iterator[tuple[float, float, float, float]]:
    """The bars that are painted as rows of pixels: x, y, width, height."""
    for op in frame:
        if isinstance(op, Strip) and len(op.pixels) == 1:
            here = np.concatenate(([0], (op.pixels[0] == colour).astype(np.int8), [0]))
            edges = np.flatnonzero(np.diff(here))
            for first, until in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
                yield op.x + first, op.y, until - first, op.h


def test_every_painted_bar_can_be_hit() -> None:
    shown = scene(crowd(8, 300))
    frame = compose(shown)
    found = set()
    for state in (FINISHED, EXCEPTION):
        look = shown.theme.states[state]
        for x, y, w, h in [*rects_of(frame, look.body).tolist(), *rows_of(frame, look.body)]:
            hit = hit_at(shown, x + w / 2, y + h / 2)
            assert hit is not None
            assert hit.part == "task"
            track = shown.chart.lanes[hit.lane].tasks.track
            number = int(np.flatnonzero(track.ref == hit.ref)[0])
            assert track.kind[number] == state
            assert shown.x(int(track.start[number])) - 1 <= x + w / 2
            found.add(hit.ref)
    assert len(found) > 100


def test_a_bar_of_one_pixel_can_be_hit_from_beside_it() -> None:
    shown = scene(one_lane((50, 50.01, FINISHED)))
    x = shown.x(50 * MS)
    assert part(hit_at(shown, x + 2, middle(shown, 0))) == ("task", 0)
    assert part(hit_at(shown, x + 9, middle(shown, 0))) == ("lane", -1)


def test_what_lies_on_top_is_hit() -> None:
    shown = scene(small())
    assert part(at(shown, 0, 540)) == ("block", 0)
    assert part(at(shown, 0, 650)) == ("task", 2)
    assert part(at(replace(shown, hidden=frozenset({"blocked"})), 0, 540)) == ("task", 2)
    assert part(at(shown, 3, 250)) == ("wait", 0)
    assert part(at(shown, 3, 620)) == ("lane", -1)
    assert part(at(shown, 2, 80)) == ("sent", 6)


def test_stripes_headers_and_the_queue() -> None:
    shown = scene(small())
    hit = at(shown, 0, 650, stripe_y(shown, 0))
    assert hit is not None
    assert (hit.part, hit.ref, hit.lock) == ("hold", 0, 0)
    assert part(hit_at(shown, 10, middle(shown, 1))) == ("lane", -1)
    queue = shown.layout.bottom
    assert part(hit_at(shown, shown.x(300 * MS), queue + 40)) == ("queue", -1)
    assert part(hit_at(shown, shown.x(150 * MS), queue + 8)) == ("cancel", 9)
    assert hit_at(shown, 10, shown.layout.height - 2) is None


@pytest.mark.parametrize("state", ["finished", "exception"])
def test_what_is_hidden_is_not_hit(state: str) -> None:
    kind = {"finished": FINISHED, "exception": EXCEPTION}[state]
    shown = replace(scene(one_lane((20, 60, kind))), hidden=frozenset({state}))
    assert part(at(shown, 0, 40)) == ("lane", -1)
