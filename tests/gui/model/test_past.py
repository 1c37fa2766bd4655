"""Moves that are taken back and made again; one gesture is one move."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from poolscope_gui.model.past import GESTURE_S, MOST, Past
from poolscope_gui.model.viewport import Look


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def look(number: int) -> Look:
    return Look(float(number), 1.0, False, False)


def test_one_gesture_is_one_move() -> None:
    clock = Clock()
    past = Past(clock)
    for number in range(5):  # the turns of a wheel
        past.note(look(number), "wheel")
        clock.now += GESTURE_S / 2
    clock.now += 2 * GESTURE_S
    past.note(look(5), "wheel")  # later: another move
    for number in range(6, 9):
        past.note(look(number), "drag 1")
        clock.now += 10 * GESTURE_S  # a drag may take its time
    past.note(look(9), "drag 2")
    past.note(look(10))
    past.note(look(11))
    found = []
    now = look(12)
    while (back := past.undo(now)) is not None:
        found.append(int(back.begin))
        now = back
    assert found == [11, 10, 9, 6, 5, 0]
    again = [past.redo(look(0)) for _ in range(3)]
    assert [int(look.begin) for look in again if look is not None] == [5, 6, 9]


def test_the_past_has_an_end() -> None:
    past = Past(Clock())
    for number in range(MOST + 50):
        past.note(look(number))
    steps = 0
    while past.undo(look(0)) is not None:
        steps += 1
    assert steps == MOST


class TwoStacks(RuleBasedStateMachine):
    """Against a list of looks and a place in it."""

    def __init__(self) -> None:
        super().__init__()
        self.past = Past(Clock())
        self.looks, self.place = [look(0)], 0

    @rule(to=st.integers(1, 1000))
    def move(self, to: int) -> None:
        self.past.note(self.looks[self.place])
        self.looks[self.place + 1 :] = [look(to)]
        self.place += 1

    @rule()
    def undo(self) -> None:
        assert self.past.can_undo == (self.place > 0)
        found = self.past.undo(self.looks[self.place])
        if self.place:
            self.place -= 1
            assert found == self.looks[self.place]
        else:
            assert found is None

    @rule()
    def redo(self) -> None:
        assert self.past.can_redo == (self.place < len(self.looks) - 1)
        found = self.past.redo(self.looks[self.place])
        if self.place < len(self.looks) - 1:
            self.place += 1
            assert found == self.looks[self.place]
        else:
            assert found is None


TestTwoStacks = TwoStacks.TestCase
TestTwoStacks.settings = settings(max_examples=30, stateful_step_count=30)
