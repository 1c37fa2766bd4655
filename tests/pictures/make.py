"""Makes the pictures of the README, from real runs of the real window: ``make pictures``.

The program is started as a user starts it, on a screen of its own; the demo runs; what is on the
screen a little later is the picture. Nothing is touched up.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PySide6.QtGui import QImage

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "engine"), str(ROOT / "gui")]

from poolscope_gui.model.palette import RUNNING, THEMES  # noqa: E402
from tests.program import Program, count, until  # noqa: E402
from tests.screen import Pixels, Screen  # noqa: E402

SIZE = (1640, 940)
PLAYED_S = 6.5  # of the demo: every kind of thing has happened, and much is still under way
LASTED_S = 2.5  # of a deadlock: that it lasts is to be seen
PICTURES = ROOT / "resources" / "pictures"


def window(theme: str) -> Pixels:
    """The window in the middle of the demo."""
    with tempfile.TemporaryDirectory(prefix="poolscope-pictures-") as home, Screen(*SIZE) as screen:
        settings = Path(home, "Poolscope", "window.ini")
        settings.parent.mkdir()
        settings.write_text(f"[General]\ntheme={theme}\n", encoding="utf-8")
        with Program(screen, "--demo", settings=Path(home)) as program:
            number = str(program.window())
            # There is no window manager here that would make it fill the screen.
            screen.tell("windowmove", number, "0", "0", "windowsize", number, *map(str, SIZE))
            screen.tell("mousemove", *map(str, SIZE))  # out of the picture
            running = THEMES[theme].states[RUNNING].body
            until(lambda: count(screen.live, running) > 1_000, "running bars")
            time.sleep(PLAYED_S)  # noqa: TID251 - the run goes on, and we look at it later
            picture = screen.shot()
            program.close()
    return picture


def deadlock(theme: str) -> Pixels:
    """The window on a deadlock, when somebody has pressed *Show*."""
    script = str(Path(__file__).with_name("two_locks.py"))
    with tempfile.TemporaryDirectory(prefix="poolscope-pictures-") as home, Screen(*SIZE) as screen:
        settings = Path(home, "Poolscope", "window.ini")
        settings.parent.mkdir()
        settings.write_text(f"[General]\ntheme={theme}\n", encoding="utf-8")
        with Program(screen, "run", script, settings=Path(home), observed=True) as program:
            number = str(program.window())
            screen.tell("windowmove", number, "0", "0", "windowsize", number, *map(str, SIZE))
            program.widget(name="alarmTitle")
            program.click(label="Show the ring on the chart and as a graph")
            program.click(label="Show Findings")
            screen.tell("mousemove", *map(str, SIZE))  # out of the picture
            time.sleep(LASTED_S)  # noqa: TID251 - it lasts, and we look at it later
            picture = screen.shot()
            program.click(label="Stop")
            program.close()
    return picture


def save(picture: Pixels, name: str) -> None:
    PICTURES.mkdir(exist_ok=True)
    height, width, _ = picture.shape
    image = QImage(picture.tobytes(), width, height, width * 3, QImage.Format.Format_RGB888)
    if not image.save(str(PICTURES / name)):
        raise OSError(f"{PICTURES / name} could not be written")
    print(f"resources/pictures/{name}")


def lesson_chart(name: str) -> None:
    """The chart of one lesson, by the verbs `record` and `render`."""
    with tempfile.TemporaryDirectory(prefix="poolscope-pictures-") as home:
        trace = str(Path(home, "trace"))
        lesson = str(ROOT / "resources" / "lessons" / f"{name}.py")
        app = [sys.executable, str(ROOT / "app.py")]
        subprocess.run([*app, "record", "-o", trace, lesson], check=True, stdout=subprocess.DEVNULL)
        picture = PICTURES / f"lesson-{name}.png"
        drawn = ["render", trace, "-o", str(picture), "--size", "1200x520"]
        subprocess.run([*app, *drawn], check=True)
        print(f"resources/pictures/{picture.name}")


def main() -> None:
    for theme in ("light", "dark"):
        save(window(theme), f"window-{theme}.png")
        save(deadlock(theme), f"deadlock-{theme}.png")
    lesson_chart("lock")


if __name__ == "__main__":
    main()
