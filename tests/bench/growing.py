"""A trace that grows: 200,000 events a second of a pool of 64 workers, written a frame at a time.

Each stream is a file with room for the whole run, as a program that is recorded has them. They are
not mapped here, for what is mapped would count as memory of who reads them in this process.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from poolscope.trace import chunk
from poolscope.trace.cells import RECORD_DTYPE, Records
from poolscope.trace.schema import Kind, Outcome, Role
from tests.trace import large

LANES = large.WORKERS
EVENTS = 200_000  # a second
RATE = 60  # frames a second
TASKS = -(-EVENTS // (3 * RATE * LANES))  # of a lane in a frame: submitted, started, finished
FRAME_NS = 1_000_000_000 // RATE


class Stream:
    """One stream in one chunk, with room for so many cells."""

    def __init__(self, folder: Path, number: int, thread: int, name: str, room: int) -> None:
        role = Role.MAIN if thread == large.MAIN else Role.WORKER
        owner = (thread, large.PID, role, 5000 + number)
        header = chunk.Header(0, *owner, 0, 0, 0, name).pack()
        path = folder / chunk.ChunkName(False, large.PID, number, 0).file_name()
        self._file = path.open("wb", buffering=0)
        self._file.write(header)
        self._file.truncate(len(header) + room * RECORD_DTYPE.itemsize)
        self.close = self._file.close

    def add(self, cells: Records) -> None:
        self._file.write(cells.tobytes())


class Run:
    """A pool that is given as many tasks as there are events for, for so many frames."""

    def __init__(self, folder: Path, frames: int) -> None:
        large.begin(folder)
        labels = large.texts(*(f"fib({number})" for number in range(large.LABELS)))
        each = frames * TASKS
        self._main = Stream(folder, 2, large.MAIN, "main", LANES * each + len(labels))
        self._main.add(labels)
        self._crew = [
            Stream(folder, 3 + lane, 2 * lane + 4, f"w_{lane}", 2 * each) for lane in range(LANES)
        ]
        self.tasks = 0  # so far
        self._random = np.random.default_rng(5)

    def close(self) -> None:
        """Close every file."""
        for stream in (self._main, *self._crew):
            stream.close()

    def write(self, frame: int) -> None:
        """What happens in one frame."""
        begin = large.ORIGIN + (frame + 1) * FRAME_NS
        many = LANES * TASKS
        numbers = np.arange(many) + self.tasks
        self.tasks += many
        sent = np.zeros(many, RECORD_DTYPE)
        sent["t"] = np.sort(self._random.integers(0, FRAME_NS // 2, many)) + begin - FRAME_NS
        sent["a"], sent["b"], sent["kind"] = numbers + 1000, large.POOL, Kind.SUBMITTED
        sent["c"] = numbers % large.LABELS + 1
        self._main.add(sent)
        for lane, stream in enumerate(self._crew):
            stream.add(self._acts(numbers[lane::LANES] + 1000, begin, lane, frame))

    def _acts(self, keys: np.ndarray, begin: int, lane: int, frame: int) -> Records:
        """A worker starts and finishes its tasks."""
        slot = FRAME_NS // TASKS
        starts = begin + np.arange(TASKS) * slot + self._random.integers(0, slot // 4, TASKS)
        ends = starts + self._random.integers(slot // 8, slot // 2, TASKS)
        acts = np.zeros(2 * TASKS, RECORD_DTYPE)
        acts["t"] = np.stack((starts, ends), 1).ravel()
        acts["a"], acts["b"] = np.repeat(keys, 2), 2 * lane + 3
        acts["kind"] = np.tile([Kind.STARTED, Kind.FINISHED], TASKS)
        acts["d"][1::2] = Outcome.RESULT
        if frame % 10 == lane % 10:
            acts["d"][1] = Outcome.EXCEPTION
        return acts
