"""Level of detail against brute force: nothing vanishes, whatever the view."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poolscope_gui.model import lod
from poolscope_gui.model.columns import narrow_pixels
from poolscope_gui.model.lod import WIDE, Columns, Slicer
from poolscope_gui.model.palette import EXCEPTION, FINISHED, RUNNING
from poolscope_gui.model.tracks import NEVER, Track, track
from poolscope_gui.model.viewport import Viewport

NOW = 4000


@st.composite
def tracks(draw: st.DrawFn) -> Track:
    """Spans with and without gaps, of length 0 too, the last sometimes open."""
    steps = draw(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 60)), max_size=60))
    kinds = draw(
        st.lists(
            st.sampled_from((FINISHED, FINISHED, EXCEPTION)),
            min_size=len(steps),
            max_size=len(steps),
        )
    )
    starts, ends, at = [], [], 0
    for gap, length in steps:
        starts.append(at + gap + 1)
        at = starts[-1] + length
        ends.append(at)
    if ends and draw(st.booleans()):
        ends[-1], kinds[-1] = NEVER, RUNNING
    return track(
        np.array(starts, np.int64), np.array(ends, np.int64), None, np.array(kinds), common=FINISHED
    )


@st.composite
def views(draw: st.DrawFn) -> Viewport:
    begin = draw(st.floats(-500, 3000))
    return Viewport(begin, draw(st.floats(20, 5000)), draw(st.integers(1, 90))).snapped()


def brute(spans: Track, view: Viewport, now: int) -> tuple[list[int], list[list[int]]]:
    """The wide spans in view, and the kinds of the narrow ones in each column, one by one."""
    edges = view.edges().tolist()
    wide, columns = [], [[] for _ in range(view.width)]
    for i, (start, end) in enumerate(zip(spans.start.tolist(), spans.end.tolist(), strict=True)):
        end = now if end == NEVER else end
        inside = [
            c
            for c in range(view.width)
            if edges[c] <= start < edges[c + 1] or (start < edges[c] < end)
        ]
        if end - start >= WIDE * view.unit:
            if inside:
                wide.append(i)
        else:
            for c in inside:
                columns[c].append(int(spans.kind[i]))
    return wide, columns


def check(found: Columns, spans: Track, view: Viewport, now: int) -> None:
    wide, columns = brute(spans, view, now)
    # A wide one that touches no more than the last edge may be given too: it paints nothing.
    assert set(wide) <= set(found.wide.tolist())
    counts = [len(kinds) for kinds in columns]
    assert found.count.tolist() == counts
    exceptions = found.rare.get(EXCEPTION, np.zeros(view.width, np.int64))
    assert exceptions.tolist() == [kinds.count(EXCEPTION) for kinds in columns]
    assert [k != -1 for k in found.kind.tolist()] == [n > 0 for n in counts]


@given(tracks(), views())
@pytest.mark.parametrize("few", [0, 10_000], ids=["by columns", "by spans"])
def test_columns_hold_what_brute_force_finds(few: int, spans: Track, view: Viewport) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lod, "FEW", few)
        check(Slicer(spans).columns(view, NOW), spans, view, NOW)


@given(tracks(), views(), st.lists(st.integers(-30, 30), max_size=4))
def test_what_is_kept_between_frames_is_right(
    spans: Track, view: Viewport, moves: list[int]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lod, "FEW", 0)
        slicer = Slicer(spans)
        slicer.columns(view, NOW)
        for move in moves:
            view = Viewport((view.first + move) * view.unit, view.span, view.width).snapped()
            check(slicer.columns(view, NOW), spans, view, NOW)


@given(tracks(), views(), st.integers(0, 60))
def test_spans_added_at_the_end_are_seen(spans: Track, view: Viewport, size: int) -> None:
    grown = Track(FINISHED, unsettled=RUNNING)
    parts = (spans.start, spans.end, spans.ref, spans.kind)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lod, "FEW", 0)
        slicer = Slicer(grown)
        grown.update(*(part[:size] for part in parts))
        slicer.columns(view, NOW)
        grown.update(*parts)
        check(slicer.columns(view, NOW), spans, view, NOW)


@given(tracks(), views())
@settings(max_examples=60)
def test_each_column_with_an_exception_shows_its_colour(spans: Track, view: Viewport) -> None:
    _, columns = brute(spans, view, NOW)
    looks = {EXCEPTION: 0xFF_D55E00, FINISHED: 0xFF_009E73, RUNNING: 0xFF_0072B2}
    (pixels,) = narrow_pixels([Slicer(spans).columns(view, NOW)], looks, FINISHED, 0xFF_FFFFFF)
    if pixels is None:
        assert not any(columns)
        return
    first, image = pixels
    for c, kinds in enumerate(columns):
        painted = image[:, c - first] if 0 <= c - first < image.shape[1] else np.zeros(1)
        assert bool((painted != 0).all()) == bool(kinds)
        assert bool((painted == looks[EXCEPTION]).any()) == (EXCEPTION in kinds)


def test_frame_does_not_look_at_every_span(monkeypatch: pytest.MonkeyPatch) -> None:
    """The searches are in pixels: a million spans make as many as ten thousand do."""
    asked: list[int] = []
    real = np.searchsorted

    def counting(array: object, values: object, *args: object, **named: object) -> object:
        asked.append(np.size(values))  # type: ignore[call-overload]
        return real(array, values, *args, **named)  # type: ignore[call-overload]

    monkeypatch.setattr(np, "searchsorted", counting)
    figures = []
    for size in (10_000, 1_000_000):
        starts = np.arange(size, dtype=np.int64) * 100
        asked.clear()
        spans = track(starts, starts + 90, common=0)
        Slicer(spans).columns(Viewport(0.0, size * 100.0, 1000).snapped(), size * 100.0)
        figures.append(sum(asked))
    assert figures[0] == figures[1] < 5000
