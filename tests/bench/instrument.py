"""What it costs a program that knows nothing of us to be recorded, and what VizTracer costs it."""

from __future__ import annotations

import functools
import importlib.util
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench.figure import Figure

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PROGRAM = str(HERE / "watched.py")
ROUNDS = 7
TASKS = 20_000
PROCESS_TASKS = 2_000
LOCKINGS = 100_000


def plainly(*arguments: str) -> list[str]:
    return [sys.executable, PROGRAM, *arguments]


def recorded(folder: Path, *arguments: str) -> list[str]:
    record = [sys.executable, str(ROOT / "app.py"), "record", "-o", str(folder / "trace")]
    return [*record, PROGRAM, *arguments]


def viztraced(folder: Path, *arguments: str) -> list[str]:
    tracer = [sys.executable, "-m", "viztracer", "--quiet", "-o", str(folder / "trace.json")]
    return [*tracer, PROGRAM, *arguments]


# As it is where a program is used: with its bytecode kept. The first round makes that.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def measured(command: list[str]) -> float:
    """The seconds that the program says it took."""
    run = subprocess.run(command, capture_output=True, text=True, check=True, env=ENVIRONMENT)
    return float(run.stdout.split()[0])


@functools.cache
def seconds(load: str, count: int, tracer: str = "") -> tuple[float, float]:
    """Without and with; medians, taken in turn, so that noise longer than a round is in both."""
    without, with_ = [], []
    for _ in range(ROUNDS if tracer != "viztracer" else 3):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            without.append(measured(plainly(load, str(count))))
            with_.append(measured((viztraced if tracer else recorded)(folder, load, str(count))))
    return statistics.median(without), statistics.median(with_)


def added(load: str, count: int, unit_s: float) -> float:
    without, with_ = seconds(load, count)
    return (with_ - without) / count / unit_s


def process_share() -> float:
    without, with_ = seconds("processes", PROCESS_TASKS)
    return 100 * (with_ / without - 1)


def against_viztracer() -> float:
    """Our cost as a share of VizTracer's, on the same program."""
    ours = seconds("threads", TASKS)
    theirs = seconds("threads", TASKS, "viztracer")
    return (ours[1] - ours[0]) / (theirs[1] - theirs[0])


def start_up() -> float:
    """Milliseconds from the command to the end of a program that does nothing, beyond its own."""
    with tempfile.TemporaryDirectory() as name:
        nothing = Path(name, "nothing.py")
        nothing.write_text("")
        took: dict[bool, list[float]] = {False: [], True: []}
        for turn in range(3 * ROUNDS):
            for watched in (False, True):
                trace = Path(name, f"trace{turn}")
                record = [str(ROOT / "app.py"), "record", "-o", str(trace)] if watched else []
                began = time.perf_counter()
                subprocess.run([sys.executable, *record, str(nothing)], check=True, env=ENVIRONMENT)
                took[watched].append(time.perf_counter() - began)
    return (statistics.median(took[True]) - statistics.median(took[False])) * 1e3


def _figures() -> list[Figure]:
    what: list[tuple[str, str, str, float, Callable[[], float]]] = [
        ("watched-task", "processor time added to a task of a standard thread pool",
         "us", 3.0, lambda: added("threads", TASKS, 1e-6)),
        ("watched-map", "the same to a task of a standard thread pool's map",
         "us", 3.0, lambda: added("map", TASKS, 1e-6)),
        ("watched-process", "added to a standard process pool's tasks of 0.5 ms",
         "%", 5.0, process_share),
        ("watched-lock", "the same to an uncontended acquire or release of a lock",
         "us", 1.0, lambda: added("locks", LOCKINGS, 1e-6) / 2),
        ("watched-start", "added to a program that does nothing",
         "ms", 60.0, start_up),
    ]  # fmt: skip
    if importlib.util.find_spec("viztracer") is not None:
        what.append(
            ("watched-viztracer", "cost to the thread pool's program : VizTracer's",
             "x", 1.0, against_viztracer)
        )  # fmt: skip
    return [Figure(name, text, unit, "<=", target, measure)
            for name, text, unit, target, measure in what]  # fmt: skip


FIGURES = _figures()
