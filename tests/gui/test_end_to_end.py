"""The whole, as a person uses it: real program, real screen, real mouse, painted pixels.

Nothing of ours runs in this process. Where the controls are is asked of an observer in the program
(``tests/observed.py``), which only looks; what a person sees is read from the screen.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from poolscope_gui.model.palette import CANCELLED, FINISHED, RUNNING, THEMES
from tests.program import LIMIT_S, Program, count, until
from tests.screen import Pixels, Screen

SIZE = (1640, 940)
STATES = THEMES["light"].states
A_BAR = 400  # pixels of one colour: more than any swatch of the legend


@pytest.fixture
def screen() -> Iterator[Screen]:
    with Screen(*SIZE) as made:
        yield made


class Person:
    """What a person does at the window, and sees on it."""

    def __init__(self, screen: Screen, program: Program) -> None:
        self.screen, self.program = screen, program
        window = str(program.window())
        # As a window manager would: the whole screen, and the keyboard.
        screen.tell("windowmove", window, "0", "0", "windowsize", window, *map(str, SIZE))
        screen.tell("windowfocus", window)
        until(lambda: self.widget(kind="ChartCanvas")["box"][2] > SIZE[0] // 2, "the layout")

    def widget(self, **facts: object) -> dict[str, Any]:
        return self.program.widget(**facts)

    def click(self, label: str) -> None:
        self.program.click(label=label)

    def type_into(self, label: str, text: str) -> None:
        self.click(label)
        self.screen.tell("key", "ctrl+a", "type", text)

    def choose(self, label: str, text: str) -> None:
        """Take an entry of a closed list by typing how it begins."""
        self.program.click(label=label, kind="ElidedCombo")
        self.screen.tell("type", text)
        self.screen.tell("key", "Return")
        until(
            lambda: self.widget(label=label, kind="ElidedCombo")["text"].startswith(text),
            f"{label} = {text}",
        )

    def chart(self) -> Pixels:
        """The pixels of the chart, now."""
        x, y, width, height = self.widget(kind="ChartCanvas")["box"]
        return self.screen.shot()[y : y + height, x : x + width]

    def futures(self) -> list[dict[str, Any]]:
        """The rows of the futures table that are in view."""
        rows: list[dict[str, Any]] = self.widget(kind="FuturesTable")["rows"]
        return rows

    def answers(self) -> str:
        """What the answer panel says."""
        return str(self.widget(label="Answers"))


def test_a_person_submits_cancels_waits_and_leaves(screen: Screen) -> None:
    with Program(screen, observed=True) as program:
        person = Person(screen, program)
        assert count(person.chart(), STATES[RUNNING].body) < A_BAR

        # A pool of two, and more tasks than workers.
        person.type_into("max_workers", "2")
        person.click("Create the executor")
        person.choose("Task", "sleep")
        person.type_into("Arguments", "1.5")
        person.type_into("Count", "5")
        person.click("Submit")

        until(lambda: count(person.chart(), STATES[RUNNING].body) > A_BAR, "a bar that runs")
        assert count(person.chart(), STATES[FINISHED].body) < A_BAR

        # The newest of them is still queued: cancel it.
        pending = until(
            lambda: [row for row in person.futures() if "pending" in row["texts"]], "a queued task"
        )
        x, y, width, height = pending[0]["box"]
        chosen = pending[0]["texts"][0]
        screen.click(x + width // 2, y + height // 2)
        person.click("Cancel the selected tasks")
        until(
            lambda: any(
                row["texts"][0] == chosen and "cancelled" in row["texts"]
                for row in person.futures()
            ),
            "the task in the table as cancelled",
        )
        until(lambda: count(screen.shot(), STATES[CANCELLED].body) > 20, "the colour of cancelled")

        # Wait for whichever comes first.
        person.choose("Which futures", "all")
        person.choose("return_when", "FIRST_C")
        person.click("Wait")
        until(lambda: "not_done" in person.answers(), "what wait() returned")
        until(lambda: count(person.chart(), STATES[FINISHED].body) > A_BAR, "a bar that finished")

        family = program.family()
        assert len(family) >= 1  # the host
        assert program.close() == 0
        _, left = psutil.wait_procs(family, timeout=LIMIT_S / 10)
        assert not left
