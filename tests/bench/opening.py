"""Opening a trace of 1 GB, a folder or a packed file: when there is a picture, what it takes.

In a process of its own, as the window does it: a bounded time of reading, then a picture of all
lanes, again and again until the trace is whole. Memory is the kernel's count: anonymous is what
cannot be dropped; of what is mapped from files (``file``) the kernel may drop what nobody looks at.
"""

from __future__ import annotations

import functools
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from poolscope.trace import archive
from tests.bench.apart import apart
from tests.bench.figure import Figure
from tests.trace.large import write

SIZE = 1 << 30
BUDGET_S = 0.012  # as the session's


class Opened(NamedTuple):
    """What one process that opened a trace found."""

    first_s: float  # to the first picture with tasks in it
    whole_s: float
    tasks: int
    anonymous: int  # bytes, the most that it grew by
    resident: int  # the most that the process held, with what is mapped of files and there then


@functools.cache
def opened(kind: str) -> Opened:
    """Open a trace of a ``kind``: a folder, a folder in which every label is another, a file."""
    with tempfile.TemporaryDirectory() as home:
        path = Path(home, "t")
        write(path, SIZE, distinct=kind == "distinct")
        if kind == "packed":
            archive.pack(path, path.with_suffix(archive.SUFFIX))
            path = path.with_suffix(archive.SUFFIX)
        return Opened(*apart(__name__, path))


def memory() -> tuple[int, int]:
    """Anonymous and resident bytes of this process."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    found = dict(line.split(":", 1) for line in lines)
    kilobytes = [int(found[name].split()[0]) for name in ("RssAnon", "VmRSS")]
    return kilobytes[0] << 10, kilobytes[1] << 10


def follow(path: Path) -> Opened:
    """Open a trace here, and paint it until it is whole."""
    from poolscope_gui.intake import Intake
    from poolscope_gui.model.source import ChartSource
    from tests.bench.painting import Stand

    before = memory()
    began = time.perf_counter()
    intake = Intake.of(path)
    whole = False
    chart = ChartSource(intake.store, edge=lambda: None if whole else intake.reached_ns)
    stand = Stand(chart)
    first, lanes, most = 0.0, 0, before
    changed = True
    while changed or not intake.store.finished:
        changed, whole = intake.take(BUDGET_S)
        chart.update()
        if len(chart.lanes) != lanes:
            lanes = len(chart.lanes)
            stand.lay()
        stand.view.advance(chart.first, chart.last)
        stand.view.fit()
        stand.frame()
        if not first and len(intake.store.tasks) and chart.now > 0:
            first = time.perf_counter() - began
        now = memory()
        most = max(most[0], now[0]), max(most[1], now[1])
    took = time.perf_counter() - began
    intake.close()
    return Opened(first, took, len(intake.store.tasks), most[0] - before[0], most[1])


def _allowed(found: Opened) -> float:
    """Resident memory of the whole process, against 32 bytes a bar and 100 MB."""
    return found.resident / (100e6 + 32 * found.tasks)


FIGURES = [
    Figure("open-first-picture", "a folder of 1 GB, from opening it to its first picture",
           "s", "<=", 2, lambda: opened("folder").first_s),
    Figure("open-first-packed", "the same packed into one file",
           "s", "<=", 2, lambda: opened("packed").first_s),
    Figure("open-memory", "anonymous memory it takes, at most",
           "MB", "<=", 150, lambda: opened("folder").anonymous / 1e6),
    Figure("open-memory-labels", "the same where each task has a label of its own",
           "MB", "<=", 150, lambda: opened("distinct").anonymous / 1e6),
    Figure("open-resident", "all the process holds, against 32 bytes a bar and 100 MB",
           "x", "<=", 1, lambda: _allowed(opened("folder"))),
    Figure("open-whole", "until all of it has been read, painted all the while",
           "s", "<=", 30, lambda: opened("folder").whole_s),
]  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(follow(Path(sys.argv[1]))))
