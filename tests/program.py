"""The program, started as a user starts it, on a screen of the tests, and what it shows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import numpy as np
import psutil

from tests.screen import Pixels, Screen

ROOT = Path(__file__).resolve().parent.parent
LIMIT_S = 60.0  # to show or to end in; exists only to fail
LOOK_S = 0.002  # between two looks at the screen
T = TypeVar("T")


class Program:
    """``python app.py ARGUMENT ...`` with settings of its own, for as long as ``with`` lasts.

    ``observed``: started through ``observed.py``, so that ``widgets`` can tell what is where.

    Attributes:
        process: the program's process.
        began: ``time.perf_counter()`` just before it was started.
    """

    def __init__(
        self,
        screen: Screen,
        *arguments: str,
        settings: Path | None = None,
        observed: bool = False,
    ) -> None:
        self._screen = screen
        self._arguments = arguments
        self._home = tempfile.TemporaryDirectory(prefix="poolscope-settings-")
        self._settings = settings or Path(self._home.name)
        self._observed = observed

    def __enter__(self) -> Program:
        environment = self._screen.environment() | {"XDG_CONFIG_HOME": str(self._settings)}
        command, ends = [str(ROOT / "app.py")], ()
        if self._observed:
            asked, self._ask = os.pipe()
            self._answers, answers = os.pipe()
            ends = (asked, answers)
            command = [str(ROOT / "tests" / "observed.py"), str(asked), str(answers)]
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, *command, *self._arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            pass_fds=ends,
        )
        for end in ends:
            os.close(end)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        family = self.family()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(LIMIT_S)
        for child in family:
            if child.is_running():
                child.kill()
        self._home.cleanup()
        if self._observed:
            os.close(self._ask)
            os.close(self._answers)

    def widgets(self) -> list[dict[str, Any]]:
        """What is on the screen, as ``observed.described`` puts it."""
        os.write(self._ask, b"?\n")
        line = b""
        while not line.endswith(b"\n"):
            part = os.read(self._answers, 1 << 20)
            if not part:
                raise RuntimeError("the program ended")
            line += part
        found: list[dict[str, Any]] = json.loads(line)
        return found

    def widget(self, **facts: object) -> dict[str, Any]:
        """The one widget with these facts, once it is on the screen."""

        def fitting() -> list[dict[str, Any]]:
            return [w for w in self.widgets() if facts.items() <= {**w, "rows": None}.items()]

        found = until(fitting, f"a widget with {facts}")
        if len(found) > 1:
            raise LookupError(f"{len(found)} widgets with {facts}: {found}")
        return found[0]

    def click(self, **facts: object) -> None:
        """Click into the middle of a widget, once it is enabled, as a person would wait for."""
        x, y, width, height = self.widget(**facts, enabled=True)["box"]
        self._screen.click(x + width // 2, y + height // 2)

    def family(self) -> list[psutil.Process]:
        """Every process that the program has started, however deep."""
        try:
            return psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def window(self) -> int:
        """The main window, once it is on the screen."""
        found = until(lambda: self._screen.windows("Poolscope"), "a window titled Poolscope")
        return found[0]

    def close(self) -> int:
        """Close the window as its cross does, and give the exit status."""
        self._screen.close(self.window())
        return self.process.wait(LIMIT_S)


def until(look: Callable[[], T], what: str, limit_s: float = LIMIT_S) -> T:
    """The first true answer of ``look``; the screen has no event to wait for, so it is looked at.

    Raises:
        TimeoutError: ``what`` was not seen within the limit.
    """
    deadline = time.monotonic() + limit_s
    while not (answer := look()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"not seen within {limit_s:.0f} s: {what}")
        time.sleep(LOOK_S)  # noqa: TID251
    return answer


def colour(argb: int) -> np.ndarray:
    """A colour of the palette as the screen has it: red, green, blue."""
    return np.array([argb >> 16 & 0xFF, argb >> 8 & 0xFF, argb & 0xFF], np.uint8)


def count(pixels: Pixels, argb: int) -> int:
    """How many pixels have exactly that colour."""
    return int((pixels == colour(argb)).all(axis=2).sum())
