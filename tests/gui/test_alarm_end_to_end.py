"""A real deadlock, as a person sees it: real program, real screen, real mouse."""

from __future__ import annotations

from pathlib import Path

from poolscope_gui.model.palette import THEMES
from tests.program import Program, count, until
from tests.screen import Screen

SIZE = (1640, 940)
TURNED = 400  # pixels of the alarm's colour on the chart: two frames and two bars in the header

SCRIPT = """
import threading
from poolscope import Lock, ThreadPoolExecutor

bread, butter = Lock(name="bread"), Lock(name="butter")
met = threading.Barrier(2)

def take(first, second):
    with first:
        met.wait()
        with second:
            pass

pool = ThreadPoolExecutor(2, thread_name_prefix="cook")
pool.submit(take, bread, butter)
pool.submit(take, butter, bread)
"""


def test_a_deadlock_is_told_while_it_lasts(tmp_path: Path) -> None:
    script = tmp_path / "breakfast.py"
    script.write_text(SCRIPT, encoding="utf-8")
    with Screen(*SIZE) as screen, Program(screen, "run", str(script), observed=True) as program:
        window = str(program.window())
        screen.tell("windowmove", window, "0", "0", "windowsize", window, *map(str, SIZE))
        program.widget(name="alarmTitle", text="Deadlock")
        (sentence,) = [w["label"] for w in program.widgets() if w["kind"] == "AlarmBanner"]
        for thread, held, wanted in (("0", "bread", "butter"), ("1", "butter", "bread")):
            one = f"worker cook_{thread} holds {held} and waits for {wanted}"
            other = f"worker cook_{thread} holds {wanted} and waits for {held}"
            assert one in sentence.lower() or other in sentence.lower()
        lines = program.widget(name="alarmLines")["text"]
        assert lines.count("breakfast.py:9, wants") + lines.count("breakfast.py:11") >= 2, lines

        def turned() -> bool:
            x, y, width, height = program.widget(kind="ChartCanvas")["box"]
            return count(screen.live[y : y + height, x : x + width], THEMES["light"].alarm) > TURNED

        until(turned, "the lanes of the two")
        program.click(label="Show the ring on the chart and as a graph")
        program.widget(kind="GraphCanvas")
        program.click(label="Show Findings")

        def found() -> bool:  # what was not seen may have been listed before
            rows = program.widget(name="findings")["rows"]
            return bool(rows) and rows[0]["texts"][0].startswith("Deadlock: worker cook_")

        until(found, "the finding, above all others")
        program.click(label="Stop")
        until(lambda: not program.family(), "the end of the host")
        program.close()
