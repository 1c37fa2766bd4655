"""Sixty frames a second where there is the time for them, and always some left for others."""

from __future__ import annotations

import pytest

from poolscope_gui.model.frame_pace import FRAME_MS, LONGEST_MS, MOST_SHARE, FramePace


class Machine:
    """Makes frames as a canvas does, on a clock of its own."""

    def __init__(self) -> None:
        self.now = self.spent = 0.0
        self.pace = FramePace(lambda: self.now, lambda: self.spent)

    def frames(self, count: int, cost_ms: float, late_ms: float = 0.0) -> float:
        """So many frames of this cost, each begun so late; ms from one to the next."""
        began = self.now
        for _ in range(count):
            self.pace.begin()
            self.now += cost_ms / 1e3
            self.spent += cost_ms / 1e3
            self.now += (self.pace.wait_ms() + late_ms) / 1e3
        return (self.now - began) * 1e3 / count


@pytest.fixture
def machine() -> Machine:
    return Machine()


def test_cheap_frames_come_sixty_times_a_second(machine: Machine) -> None:
    assert machine.frames(100, cost_ms=3) == pytest.approx(FRAME_MS, abs=0.1)


def test_what_is_late_makes_no_later_frame_late(machine: Machine) -> None:
    assert machine.frames(100, cost_ms=3, late_ms=1) == pytest.approx(FRAME_MS, abs=0.1)


def test_dear_frames_leave_some_of_the_processor(machine: Machine) -> None:
    machine.frames(100, cost_ms=15)
    apart = machine.frames(20, cost_ms=15)
    assert 15 / apart == pytest.approx(MOST_SHARE, abs=0.02)


def test_however_dear_they_are_there_are_frames(machine: Machine) -> None:
    machine.frames(100, cost_ms=35)
    assert machine.frames(20, cost_ms=35) == pytest.approx(LONGEST_MS, abs=0.1)


def test_cheap_again_they_come_often_again(machine: Machine) -> None:
    machine.frames(100, cost_ms=30)
    machine.frames(100, cost_ms=3)
    assert machine.frames(20, cost_ms=3) == pytest.approx(FRAME_MS, abs=0.1)


def test_what_was_spent_between_two_bursts_is_no_frames_cost(machine: Machine) -> None:
    machine.frames(50, cost_ms=3)
    machine.now += 10
    machine.spent += 9
    assert machine.frames(20, cost_ms=3) == pytest.approx(FRAME_MS, abs=0.1)


def test_after_a_rest_a_frame_may_begin_at_once(machine: Machine) -> None:
    machine.frames(5, cost_ms=3)
    machine.now += 1
    assert machine.pace.wait_ms() == 0
    machine.pace.begin()
    assert machine.pace.wait_ms() == pytest.approx(FRAME_MS)
    assert machine.pace.wait_ms(50) == pytest.approx(50)
