"""Traces of any size, written by the format with numpy, as a pool of 64 workers leaves them.

A task is submitted, starts and finishes: three records. Its label is one of a few, or, where they
are ``distinct``, one of its own, which takes a fourth cell.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from poolscope.trace import chunk, schema
from poolscope.trace.cells import RECORD_DTYPE
from poolscope.trace.schema import Kind, Outcome, Role

WORKERS = 64
PID = 4242
ORIGIN = 1_000_000
EVERY_NS = 1_000  # a task so often
TASKS_AT_ONCE = 1 << 16
CHUNK_CELLS = ((1 << 20) - schema.HEADER_SIZE) // schema.RECORD_SIZE
LABELS = 16
MAIN, POOL = 1, 2  # ids; then the workers', then the tasks'


@dataclass
class _Stream:
    """One stream: cells are gathered until they fill a chunk."""

    folder: Path
    number: int
    thread: int
    role: int
    name: str
    before: int = 0  # records in earlier chunks
    tasks_before: int = 0
    chunks: int = 0
    size: int = 0
    parts: list[np.ndarray] = field(default_factory=list)
    opening: np.ndarray = field(default_factory=lambda: np.zeros(0, RECORD_DTYPE))  # of each chunk

    def add(self, cells: np.ndarray) -> None:
        while len(cells):
            if not self.size:
                self.parts, self.size = [self.opening], len(self.opening)
            room = CHUNK_CELLS - self.size
            self.parts.append(cells[:room])
            self.size += len(cells[:room])
            cells = cells[room:]
            if self.size == CHUNK_CELLS:
                self.flush()

    def flush(self) -> None:
        """Write what is there as a chunk."""
        if not self.size:
            return
        cells = np.concatenate(self.parts)
        name = chunk.ChunkName(self.thread == 0, PID, self.number, self.chunks)
        header = chunk.Header(
            *(self.chunks, self.thread, PID, self.role, 5000 + self.number),
            *(self.before, 0, self.tasks_before, self.name),
        )
        (self.folder / name.file_name()).write_bytes(header.pack() + cells.tobytes())
        self.before += int(np.count_nonzero(cells["kind"] > Kind.TEXT_END))
        self.tasks_before += int(np.count_nonzero(cells["kind"] == Kind.SUBMITTED))
        self.chunks += 1
        self.size = 0


def texts(*said: str) -> np.ndarray:
    """The cells of some texts, numbered from 1."""
    ends = [
        schema.TEXT_END_CELL.pack(text.encode(), 25 - len(text), number + 1, Kind.TEXT_END)
        for number, text in enumerate(said)
    ]
    return np.frombuffer(b"".join(ends), RECORD_DTYPE)


def record(t: int, kind: Kind, a: int = 0, b: int = 0, c: int = 0, d: int = 0) -> np.ndarray:
    return np.array([(ORIGIN + t, a, b, c, d, kind)], RECORD_DTYPE)


def _declarations(folder: Path) -> None:
    pinned = _Stream(folder, 1, 0, Role.THREAD, "")
    names = [f"w_{number}" for number in range(WORKERS)]
    pinned.add(texts("host", "main", "p", *names))
    pinned.add(record(0, Kind.PROCESS_STARTED, PID, 0, 1))
    pinned.add(record(0, Kind.THREAD_STARTED, MAIN, 5000, 2, Role.MAIN))
    pinned.add(record(0, Kind.POOL_CREATED, POOL, WORKERS, 3))
    for number in range(WORKERS):
        worker, thread = 2 * number + 3, 2 * number + 4
        pinned.add(record(0, Kind.WORKER_STARTED, worker, POOL, number + 4))
        pinned.add(record(0, Kind.THREAD_STARTED, thread, 6000, number + 4, Role.WORKER))
        pinned.add(record(0, Kind.WORKER_READY, worker, thread))
    pinned.flush()


def begin(folder: Path) -> None:
    """What there is before the first task."""
    folder.mkdir()
    meta = {"format": schema.FORMAT_VERSION, "created_ns": ORIGIN, "created_wall_ns": 1, "pid": PID}
    more = {"role": "host", "argv": [], "python": "3.11", "platform": "made", "poolscope": "0"}
    rest = {"quota_bytes": None, "event_ns": 400}
    (folder / schema.META_FILE).write_text(json.dumps({**meta, **more, **rest}), encoding="utf-8")
    _declarations(folder)


def write(folder: Path, size: int, *, distinct: bool = False) -> int:
    """A trace of about ``size`` bytes; returns how many tasks are in it."""
    begin(folder)
    main = _Stream(folder, 2, MAIN, Role.MAIN, "main")
    if not distinct:
        main.opening = texts(*(f"fib({number})" for number in range(LABELS)))
    crew = [
        _Stream(folder, 3 + number, 2 * number + 4, Role.WORKER, f"w_{number}")
        for number in range(WORKERS)
    ]
    done, tasks = 0, size // schema.RECORD_SIZE // (4 if distinct else 3)
    while done < tasks:
        count = min(TASKS_AT_ONCE, tasks - done)
        _some(main, crew, np.arange(done, done + count), distinct=distinct)
        done += count
    for stream in (main, *crew):
        stream.flush()
    exits = {"pid": PID, "exit_code": 0, "at_ns": ORIGIN + tasks * EVERY_NS + 10**9}
    (folder / f"exit-{PID}.json").write_text(json.dumps(exits), encoding="utf-8")
    return tasks


def _some(main: _Stream, crew: list[_Stream], numbers: np.ndarray, *, distinct: bool) -> None:
    """The records of some tasks, each worker running every sixty-fourth."""
    keys = numbers + 1000
    submitted = np.zeros(len(numbers), RECORD_DTYPE)
    submitted["t"], submitted["a"], submitted["b"] = ORIGIN + numbers * EVERY_NS, keys, POOL
    submitted["kind"] = Kind.SUBMITTED
    if distinct:
        cells = np.zeros((len(numbers), 2), RECORD_DTYPE)
        cells[:, 0] = np.frombuffer(
            b"".join(
                schema.TEXT_END_CELL.pack(f"fib({number:016})".encode(), 4, number + 1, 2)
                for number in numbers.tolist()
            ),
            RECORD_DTYPE,
        )
        submitted["c"] = numbers + 1
        cells[:, 1] = submitted
        submitted = cells.ravel()
    else:
        submitted["c"] = numbers % LABELS + 1
    main.add(submitted)
    for number, stream in enumerate(crew):
        mine = numbers % WORKERS == number
        acts = np.zeros((int(mine.sum()), 2), RECORD_DTYPE)
        acts["a"], acts["b"] = keys[mine][:, None], 2 * number + 3
        begun = ORIGIN + numbers[mine] * EVERY_NS + 2 * EVERY_NS
        acts["t"][:, 0], acts["t"][:, 1] = begun, begun + (WORKERS - 4) * EVERY_NS
        acts["kind"] = Kind.STARTED, Kind.FINISHED
        acts["d"][:, 1] = Outcome.RESULT
        acts["d"][::500, 1] = Outcome.EXCEPTION
        stream.add(acts.ravel())
