"""Colours that can be read, and marks that are no colours."""

from __future__ import annotations

from itertools import combinations

import pytest
from coloraide import Color

from poolscope_gui.model.palette import (
    SENT,
    STATES,
    THEMES,
    WAITING,
    Theme,
    contrast,
    mix,
    readable_on,
    with_alpha,
)

BOTH = pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES.keys())


def test_contrast_of_black_and_white() -> None:
    assert contrast(0xFF000000, 0xFFFFFFFF) == pytest.approx(21)
    assert contrast(0xFF123456, 0xFF123456) == 1


@BOTH
def test_text_can_be_read(theme: Theme) -> None:
    for ground in (theme.background, theme.panel, theme.lane, theme.lane_other, theme.group):
        assert contrast(theme.text, ground) >= 7
        assert contrast(theme.muted, ground) >= 4.5
        assert contrast(theme.alarm, ground) >= 4.5


@BOTH
def test_labels_on_bars_stand_out(theme: Theme) -> None:
    """Large bold shapes need 3 to 1; the states' text has at least that."""
    for look in (*theme.states, theme.waiting):
        assert contrast(look.text, look.body) >= 3


@BOTH
def test_bars_and_locks_stand_out_from_the_lane(theme: Theme) -> None:
    for name, look in zip(STATES, theme.states, strict=True):
        assert contrast(look.edge, theme.lane) >= 1.9, name
    for colour in theme.locks:
        assert contrast(colour, theme.lane) >= 2.0


def seen(value: int, sight: str) -> Color:
    plain = Color(f"#{value & 0xFFFFFF:06x}")
    return plain if sight == "normal" else plain.filter(sight)


@BOTH
@pytest.mark.parametrize("sight", ["normal", "deutan", "protan"])
def test_any_two_states_can_be_told_apart_by_everybody(theme: Theme, sight: str) -> None:
    """CIEDE2000 between the bodies; 10 is a clear difference, 2 is just noticed."""

    looks = dict(zip((*STATES, WAITING), (*theme.states, theme.waiting), strict=True))
    for (one, a), (other, b) in combinations(looks.items(), 2):
        assert seen(a.body, sight).delta_e(seen(b.body, sight), method="2000") >= 10, (one, other)


@BOTH
@pytest.mark.parametrize("sight", ["normal", "deutan", "protan"])
def test_any_two_locks_can_be_told_apart_and_from_what_was_sent(theme: Theme, sight: str) -> None:
    """Who is blocked is hatched in the colour of the lock, and so is what was sent, in its own."""

    colours = [*theme.locks, theme.states[SENT].edge]
    for one, other in combinations(colours, 2):
        apart = seen(one, sight).delta_e(seen(other, sight), method="2000")
        assert apart >= 10, (f"{one:08x}", f"{other:08x}")


def test_mix_and_alpha() -> None:
    assert mix(0xFFFFFFFF, 0xFF000000, 0.5) == 0xFF808080
    assert with_alpha(0xFF123456, 0x80) == 0x80123456
    assert readable_on(0xFFFFFFFF) == 0xFF10151C
    assert readable_on(0xFF004F80) == 0xFFFFFFFF
