"""What is kept while the view scrolls and the history grows, against brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolscope_gui.model import lod, slab
from poolscope_gui.model.columns import LEVELS, Painted, painted
from poolscope_gui.model.lod import WIDE, Columns
from poolscope_gui.model.palette import EXCEPTION, FINISHED, RUNNING
from poolscope_gui.model.slab import Slab
from poolscope_gui.model.tracks import NEVER, Track
from poolscope_gui.model.viewport import Viewport
from tests.gui.model.test_lod import brute, tracks, views

NOW = 4000
LOOKS = {EXCEPTION: 0xFF_D55E00, FINISHED: 0xFF_009E73, RUNNING: 0xFF_0072B2}
moves = st.lists(st.tuples(st.integers(-40, 40), st.integers(0, 20)), max_size=6)


def at(spans: Track, size: int, now: int) -> tuple[Track, int]:
    """The track when only the first spans were known, the last of them still running."""
    seen = Track(FINISHED, unsettled=RUNNING)
    end, kind = spans.end[:size].copy(), spans.kind[:size].copy()
    if size and size < len(spans):
        now = int(spans.start[size - 1]) + now % 60
        end[-1], kind[-1] = NEVER, RUNNING
    seen.update(spans.start[:size], end, spans.ref[:size], kind)
    return seen, now


def check(found: Columns, spans: Track, view: Viewport, now: int) -> None:
    wide, columns = brute(spans, view, now)
    end = np.where(spans.end == NEVER, now, spans.end)
    assert set(wide) <= set(found.wide.tolist())
    assert (end - spans.start)[found.wide].min(initial=1 << 40) >= WIDE * view.unit
    assert (np.diff(found.wide) > 0).all()
    seen = found.part(view.first, view.first + view.width)
    assert seen.count.tolist() == [len(kinds) for kinds in columns]
    for kind in (EXCEPTION, RUNNING):
        rare = seen.rare.get(kind, np.zeros(view.width, np.int64))
        assert rare.tolist() == [kinds.count(kind) for kinds in columns]
    assert [k != -1 for k in seen.kind.tolist()] == [n > 0 for n in map(len, columns)]


@given(tracks(), views(), moves, st.integers(2, 30))
@pytest.mark.parametrize("few", [0, 10_000], ids=["by columns", "by spans"])
def test_what_is_kept_is_what_brute_force_finds(
    few: int, spans: Track, view: Viewport, moves: list[tuple[int, int]], step: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lod, "FEW", few)
        patch.setattr(slab, "STEP", step)
        track, size = Track(FINISHED, unsettled=RUNNING), 0
        kept = Slab(track)
        pixels: Painted | None = None
        for move, more in [(0, 10), *moves]:
            size = min(size + more, len(spans))
            known, now = at(spans, size, NOW)
            track.update(known.start, known.end, known.ref, known.kind)
            view = view.stretch(view.first + move, view.first + move + view.width)
            found = kept.columns(view, now)
            check(found, known, view, now)
            # And what is painted of it is what would be painted had nothing been kept.
            pixels = painted(found, LOOKS, FINISHED, 0xFF_FFFFFF, pixels)
            fresh = painted(found, LOOKS, FINISHED, 0xFF_FFFFFF, None)
            assert _whole(pixels) == _whole(fresh)


def _whole(made: Painted) -> list[list[int]]:
    """The pixels of all columns; transparent where there are none."""
    whole = np.zeros((LEVELS, len(made.columns.count)), dtype=np.uint32)
    if made.pixels is not None:
        first, pixels = made.first, made.pixels
        whole[:, first : first + pixels.shape[1]] = pixels
    rows: list[list[int]] = whole.tolist()
    return rows


def test_scrolling_looks_for_nothing_that_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    starts = np.arange(100_000, dtype=np.int64) * 100
    track = Track(FINISHED)
    track.update(starts, starts + 90, starts, np.full(len(starts), FINISHED))
    kept = Slab(track)
    view = Viewport(0.0, 2e6, 1000).snapped()
    asked: list[int] = []
    real = lod.Slicer.columns

    def counting(self: lod.Slicer, view: Viewport, now: float) -> Columns:
        asked.append(view.width)
        return real(self, view, now)

    monkeypatch.setattr(lod.Slicer, "columns", counting)
    for first in range(1000, 3000, 10):
        kept.columns(view.stretch(first, first + 1000), 1e7)
    assert sum(asked) < 1000 + 2000 + 3 * slab.STEP
    assert len(asked) < 12
