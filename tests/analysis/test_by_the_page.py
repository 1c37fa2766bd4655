"""A trace that another program writes by FORMAT.md alone is told of as it was written.

Nothing of ours is used to write it; the numbers of the events are those of the page's table.
"""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path
from typing import Any

from poolscope.analysis.report import report
from poolscope.analysis.store import Store
from poolscope.trace.reader import Reader

PAGE = Path(__file__).resolve().parents[2] / "resources" / "FORMAT.md"
EVENTS = {
    name: int(kind)
    for kind, name in re.findall(r"^\| (\d+) \| `(\w+)` \|", PAGE.read_text("utf-8"), re.MULTILINE)
}
MS, T0 = 1_000_000, 5_000_000_000
PID, POOL, DISK = 77, 10, 30
MAIN, ONE, TWO = 1, 2, 3  # threads; the workers of the last two are 20 and 21


class Stream:
    """One chunk of one stream."""

    def __init__(self, name: str, thread: int = 0, role: int = 0) -> None:
        head = (b"POOLSCPE", 5, 128, 0, thread, PID, role, 0, 0, 0, 0, 0, name.encode())
        self.cells = bytearray(struct.pack("<8sHHIqIIQQQQQ48s", *head).ljust(128, b"\0"))
        self._texts = 0

    def text(self, said: str) -> int:
        raw = said.encode()
        full = max(0, -(-(len(raw) - 25) // 30))
        unused = 30 * full + 25 - len(raw)
        raw += bytes(unused)
        self._texts += 1
        for at in range(0, 30 * full, 30):
            self.cells += raw[at : at + 30] + struct.pack("<H", 1)
        self.cells += raw[30 * full :] + struct.pack("<BIH", unused, self._texts, 2)
        return self._texts

    def put(self, ms: float, event: str, *fields: int | str) -> None:
        a, b, c, d = (*fields, *[0] * (4 - len(fields)))
        c = self.text(c) if isinstance(c, str) else c
        record = (T0 + int(ms * MS), a, b, c, d, EVENTS[event])
        self.cells += struct.pack("<QqqIHH", *record)


def written(folder: Path) -> dict[str, Any]:
    """What is told of two workers that ran four tasks, one of them blocked by the other."""
    pinned, main = Stream(""), Stream("main", MAIN, 1)
    crew = [Stream("one", ONE, 3), Stream("two", TWO, 3)]
    declare(pinned)
    submit(main)
    first, second = crew
    run(first, second)
    folder.mkdir()
    meta = {"format": 5, "created_ns": T0, "created_wall_ns": 1, "pid": PID, "role": "other"}
    (folder / "meta.json").write_text(json.dumps({**meta, "quota_bytes": None}), encoding="utf-8")
    for number, stream in enumerate((pinned, main, *crew)):
        name = f"{'t' if number else 'p'}-{PID}-{number + 1:x}-000000.chunk"
        (folder / name).write_bytes(bytes(stream.cells) + bytes(64))
    store = Store(T0)
    with Reader(folder) as reader:
        while store.take(reader):
            pass
        assert (reader.errors, reader.torn, reader.finished) == ([], 0, True)
    return report(store)


def declare(pinned: Stream) -> None:
    pinned.put(0, "PROCESS_STARTED", PID, 1, "other")
    pinned.put(0, "THREAD_STARTED", MAIN, 0, "main", 1)
    pinned.put(0, "POOL_CREATED", POOL, 2, "a pool whose name takes more than one cell", 0)
    pinned.put(0, "PLACE_NUMBERED", 1, 12 | 40 << 32, "/a.py\nmain\n/b.py")
    pinned.put(0, "LOCK_CREATED", DISK, 0, "disk", 0)
    for worker, thread, name in ((20, ONE, "one"), (21, TWO, "two")):
        pinned.put(1, "WORKER_STARTED", worker, POOL, name)
        pinned.put(1, "THREAD_STARTED", thread, 0, name, 3)
        pinned.put(1, "WORKER_READY", worker, thread)
    pinned.put(90, "RECORDING_ENDED", PID)


def submit(main: Stream) -> None:
    main.put(2, "SUBMITTED", 101, POOL, "paint(x=1)", 1 << 1)
    call = main.text("square(")
    main.put(2, "CALL_TOLD", POOL, 0, call)
    main.put(2, "SUBMITTED_WITH", 102, -12, call, 1 << 1)
    call = main.text("load(")
    main.put(2, "CALL_TOLD", POOL, 0, call)
    main.put(2, "SUBMITTED_WITH_STRING", 103, call, "it's")
    main.put(2, "SUBMITTED", 104, POOL, "bad()")
    main.put(2, "SUBMITTED", 105, POOL, "late()")
    main.put(3, "CANCELLED", 105)
    main.put(4, "WAIT_BEGAN", 50, 9 * MS + 1, 4, 0 | 1 << 8)
    main.put(4, "WAIT_ITEM", 101, 4)
    main.put(13, "WAIT_DONE", 102, 1)
    main.put(13, "WAIT_ENDED", 50, 0, 1, 1)
    main.put(14, "RESULT_WANTED", 51, 104, 1, 2)
    main.put(70, "WAIT_ENDED", 51, 104, 1)
    main.put(70, "EXCEPTION_READ", 104)


def run(first: Stream, second: Stream) -> None:
    first.put(3, "STARTED", 101, 20)
    first.put(5, "LOCK_ACQUIRED", DISK, 0, "/b.py:41")
    first.put(40, "LOCK_RELEASED", DISK)
    first.put(50, "FINISHED", 101, 20, "'a picture'")
    second.put(3, "STARTED", 102, 21)
    second.put(10, "GAVE_NUMBER", 102, 21, 144)
    second.put(11, "STARTED", 103, 21)
    second.put(12, "LOCK_WANTED", DISK, ONE, "/b.py:44")
    second.put(41, "LOCK_ACQUIRED", DISK, 0, "/b.py:44", 1)
    second.put(45, "LOCK_RELEASED", DISK)
    second.put(55, "GAVE_STRING", 103, 21, "two\nlines")
    first.put(56, "STARTED", 104, 20)
    first.put(70, "TRACEBACK", 104, 0, "Traceback ...\nValueError: no")
    first.put(70, "FINISHED", 104, 20, "ValueError: no", 1)


def test_its_tasks_waits_and_locks_are_told_as_it_wrote_them(tmp_path: Path) -> None:
    told = written(tmp_path / "t")
    names = ("name", "outcome", "worker", "started_ns", "finished_ns")
    assert [tuple(task[name] for name in names) for task in told["tasks"]] == [
        ("paint(x=1)", "result", "20", 3 * MS, 50 * MS),
        ("square(-12)", "result", "21", 3 * MS, 10 * MS),
        ('load("it\'s")', "result", "21", 11 * MS, 55 * MS),
        ("bad()", "exception", "20", 56 * MS, 70 * MS),
        ("late()", "cancelled", None, None, 3 * MS),
    ]
    assert told["tasks"][0]["submitted_at"] == "/a.py:12"
    assert told["tasks"][0]["defined_at"] == "/b.py:40"
    several, one = told["waits"]
    assert (several["kind"], several["outcome"], several["timeout_ns"]) == (
        "wait",
        "timeout",
        9 * MS,
    )
    assert several["futures"] == ["101", "102", "103", "104"]
    assert (one["futures"], one["released_by"], one["end_ns"]) == (["104"], "104", 70 * MS)
    (lock,) = told["locks"]
    (block,) = lock["blocks"]
    assert (block["thread"], block["owner"], block["begin_ns"]) == (str(TWO), str(ONE), 12 * MS)
    assert block["released_by"]["thread"] == str(ONE)
    assert [hold["end_ns"] for hold in lock["holds"]] == [40 * MS, 45 * MS]
    assert told["pools"][0]["name"] == "a pool whose name takes more than one cell"
    assert [worker["blocked_ns"] for worker in told["workers"]] == [0, 29 * MS]
    assert told["findings"] == []
