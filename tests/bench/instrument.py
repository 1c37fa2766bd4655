"""What it costs a program that knows nothing of us to be recorded, and what VizTracer costs it.

The program runs with and without, both at once, and each does a short round of its work when it is
told, in turn: both see the same moments of the machine. Counted is the time of the processor, of a
process pool that of the workers too, and of the rounds of each the least, as ``timeit`` does: what
is above it is other programs, and threads that met in another order. Where there are fewer cores
than a program could use, what is added to the time by the clock is the same share; where there are
more, it is less.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from tests.bench.figure import Figure

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PROGRAM = str(HERE / "watched.py")
ROUNDS = 120
TASKS = 2_000
PROCESS_TASKS = 100
LOCKINGS = 10_000
STARTS = 30
# As it is where a program is used: with its bytecode kept. The first round makes that.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def plainly(_folder: Path) -> list[str]:
    return [sys.executable]


def recorded(folder: Path) -> list[str]:
    return [sys.executable, str(ROOT / "app.py"), "record", "-o", str(folder / "trace")]


def viztraced(folder: Path) -> list[str]:
    return [sys.executable, "-m", "viztracer", "--quiet", "-o", str(folder / "trace.json")]


Watcher = Callable[[Path], list[str]]


class Running:
    """The program, which has warmed up and does a round of its work whenever it is asked."""

    def __init__(self, command: list[str]) -> None:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, text=True, env=ENVIRONMENT
        )

    def __enter__(self) -> Running:
        return self

    def seconds(self) -> float:
        """What it says a round took."""
        told, says = self._process.stdin, self._process.stdout
        assert told is not None
        assert says is not None
        told.write("\n")
        told.flush()
        return float(says.readline())

    def __exit__(self, *_error: object) -> None:
        self._process.communicate()


@functools.cache
def rounds(load: str, count: int, watcher: Watcher = recorded) -> list[tuple[float, float]]:
    """Neighbouring rounds of ``count``, without and with; which of them is first alternates."""
    found = []
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        run = [
            stack.enter_context(Running([*watched(Path(name)), PROGRAM, load, str(count)]))
            for watched in (plainly, watcher)
        ]
        for program in run:
            program.seconds()
        for turn in range(ROUNDS):
            took = {program: program.seconds() for program in (run if turn % 2 else run[::-1])}
            found.append((took[run[0]], took[run[1]]))
    return found


def least(load: str, count: int, watcher: Watcher = recorded) -> tuple[float, float]:
    """Seconds of the least round without and with."""
    without, with_ = zip(*rounds(load, count, watcher), strict=True)
    return min(without), min(with_)


def added(load: str, count: int, times: int = 1) -> float:
    """Microseconds to each of what is done ``times`` in each of ``count``."""
    without, with_ = least(load, count)
    return (with_ - without) / count / times * 1e6


def process_share() -> float:
    without, with_ = least("processes", PROCESS_TASKS)
    return 100 * (with_ / without - 1)


def against_viztracer() -> float:
    """Our cost as a share of VizTracer's, on the same program."""
    ours = least("threads", TASKS)
    theirs = least("threads", TASKS, viztraced)
    return (ours[1] - ours[0]) / (theirs[1] - theirs[0])


def start_up() -> float:
    """Milliseconds from the command to the end of a program that does nothing, beyond its own.

    By the clock, the least of many of each.
    """
    with tempfile.TemporaryDirectory() as name:
        nothing = Path(name, "nothing.py")
        nothing.write_text("")
        took: dict[bool, list[float]] = {False: [], True: []}
        for turn in range(STARTS):
            for watched in (turn % 2 == 0, turn % 2 == 1):
                watcher = recorded(Path(name, str(turn))) if watched else [sys.executable]
                began = time.perf_counter()
                subprocess.run([*watcher, str(nothing)], check=True, env=ENVIRONMENT)
                took[watched].append(time.perf_counter() - began)
    return (min(took[True]) - min(took[False])) * 1e3


def _figures() -> list[Figure]:
    what: list[tuple[str, str, str, float, Callable[[], float]]] = [
        ("watched-task", "processor time added to a task of a standard thread pool",
         "us", 3.0, lambda: added("threads", TASKS)),
        ("watched-map", "the same to a task of a standard thread pool's map",
         "us", 3.0, lambda: added("map", TASKS)),
        ("watched-string", "the same to one with a string, which is its result, too",
         "us", 3.0, lambda: added("strings", TASKS)),
        ("watched-method", "the same to one that is a method, with a number",
         "us", 3.0, lambda: added("methods", TASKS)),
        ("watched-process", "processor time added to a process pool's tasks of 0.5 ms",
         "%", 5.0, process_share),
        ("watched-lock", "the same to an uncontended acquire or release of a lock",
         "us", 1.0, lambda: added("locks", LOCKINGS, 2)),
        ("watched-with", "the same, by way of a with statement",
         "us", 1.0, lambda: added("with", LOCKINGS, 2)),
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
