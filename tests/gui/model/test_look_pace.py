"""A look with each frame while looks are cheap, with every second one when they are dear."""

from __future__ import annotations

import pytest

from poolscope_gui.model.look_pace import (
    BEHIND_MS,
    DEAR_MS,
    LOOK_MS,
    QUIET_AFTER_S,
    QUIET_MS,
    LookPace,
)

FRAME_S = 0.016


class Watch:
    """Looks when a frame is made and it is time, on a clock of its own."""

    def __init__(self) -> None:
        self.now, self.spent, self.frame_s = 100.0, 0.0, FRAME_S
        self.pace = LookPace(lambda: self.now, lambda: self.spent)

    def frames(self, count: int, cost_ms: float) -> int:
        """How many looks there were in so many frames."""
        looks = 0
        for _ in range(count):
            if self.pace.due():
                with self.pace.look():
                    self.spent += cost_ms / 1e3
                self.pace.changed()
                looks += 1
            self.now += self.frame_s
        return looks


@pytest.fixture
def watch() -> Watch:
    return Watch()


def test_cheap_looks_come_with_every_frame(watch: Watch) -> None:
    assert watch.frames(50, cost_ms=0.5) == 50


@pytest.mark.parametrize("frame_s", [FRAME_S, 0.02, 0.04])
def test_dear_ones_with_every_second(watch: Watch, frame_s: float) -> None:
    watch.frame_s = frame_s
    watch.frames(50, cost_ms=6)
    assert watch.frames(50, cost_ms=6) == 25
    assert watch.pace.pause_ms == DEAR_MS


def test_a_tenth_of_a_frame_is_dear_as_it_leads_to_much_more(watch: Watch) -> None:
    watch.frames(50, cost_ms=1.7)
    assert watch.frames(50, cost_ms=1.7) == 25


def test_cheap_again_they_come_often_again(watch: Watch) -> None:
    watch.frames(50, cost_ms=6)
    watch.frames(50, cost_ms=0.5)
    assert watch.pace.pause_ms == LOOK_MS


def test_what_is_behind_is_caught_up_with(watch: Watch) -> None:
    watch.frames(50, cost_ms=6)
    watch.pace.behind = True
    assert watch.pace.pause_ms == BEHIND_MS
    assert watch.frames(50, cost_ms=6) == 50


def test_where_nothing_changes_looks_are_rare_until_something_does(watch: Watch) -> None:
    watch.pace.changed()
    watch.now += QUIET_AFTER_S + 1
    assert watch.pace.quiet
    assert watch.pace.pause_ms == QUIET_MS
    watch.pace.changed()
    assert not watch.pace.quiet
    assert watch.pace.pause_ms == LOOK_MS
