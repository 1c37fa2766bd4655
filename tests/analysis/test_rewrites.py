"""Who asks from when on a function has changed hears of every change, and of nothing too early."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolscope.analysis import rewrites
from poolscope.analysis.rewrites import Rewrites
from poolscope.analysis.steps import Steps


@given(st.lists(st.integers(0, 20), max_size=30), st.integers(1, 8))
def test_it_is_the_earliest_since_then(times: list[int], kept: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rewrites, "KEPT", kept)
        made = Rewrites()
        for time in times:
            made.wrote(time)
    for version in range(len(times) + 1):
        found = made.since(version)
        forgotten = found is not None and found < 0 and version < len(times)
        assert forgotten or found == min(times[version:], default=None)
    assert made.version == len(times)
    assert not times or made.since(made.version - 1) == times[-1], "the last is remembered"


@given(st.lists(st.lists(st.integers(0, 60), min_size=1, max_size=5), max_size=12))
def test_before_that_moment_a_step_function_is_what_it_was(changes: list[list[int]]) -> None:
    steps = Steps()
    known: list[tuple[int, list[int]]] = []
    for times in changes:
        steps.add(np.array(times), 1)
        counts = dict(zip(*(column.tolist() for column in steps.view()), strict=True))
        values = [counts.get(moment, 0) for moment in range(61)]
        for version, before in known:
            since = steps.rewrites.since(version)
            until = 61 if since is None else max(0, since)
            assert values[:until] == before[:until]
        known.append((steps.rewrites.version, values))
