"""The Trace Event Format, as JSON: what Chrome, Speedscope and Perfetto open.

Times are µs there, with three decimals: no ns is lost.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from poolscope.analysis.column import NEVER
from poolscope.analysis.slices import Track, edges, tracks
from poolscope.analysis.whole_file import whole_file

if TYPE_CHECKING:
    from poolscope.analysis.store import Store

Event = dict[str, Any]


def write_json(store: Store, path: Path) -> list[Path]:
    """Write ``path``."""
    with whole_file(path) as file:
        file.write(b'{"displayTimeUnit":"ns","traceEvents":[\n')
        for place, event in enumerate(_events(store)):
            file.write(b",\n" if place else b"")
            file.write(json.dumps(event, separators=(",", ":")).encode())
        file.write(b"\n]}\n")
    return [path]


def _events(store: Store) -> Iterator[Event]:
    for process in store.processes:
        name = process.role or "process"
        yield {"ph": "M", "name": "process_name", "pid": process.pid, "args": {"name": name}}
    number_of_thread: dict[int, tuple[int, int]] = {}
    waiting: list[tuple[int, Event]] = []  # starts of tasks, whose submitter's track comes later
    for track in tracks(store):
        if track.lane.thread != NEVER:
            number_of_thread[track.lane.thread] = (track.pid, track.number)
        yield from _track(track)
        for each in track.slices:
            if each.task != NEVER:
                arrow: Event = {"ph": "f", "bp": "e", "name": "submitted", "cat": "flow"}
                waiting.append((each.task, {**arrow, **_place(track, each.begin)}))
    for task, arrow in waiting:
        submitter = number_of_thread.get(int(store.tasks.submitter[task]))
        if submitter is not None:
            key = str(int(store.tasks.id[task]))
            begin: Event = {"ph": "s", "name": "submitted", "cat": "flow", "id": key}
            begin |= {"pid": submitter[0], "tid": submitter[1]}
            yield {**begin, "ts": int(store.tasks.submitted[task]) / 1000}
            yield {**arrow, "id": key}
    for row, pool in enumerate(store.pools):
        times, counts = store.queues.of(row)
        for time, count in zip(times.tolist(), counts.tolist(), strict=True):
            head: Event = {"ph": "C", "name": f"queued: {pool.name}", "pid": 0, "ts": time / 1000}
            yield {**head, "args": {"tasks": count}}


def _place(track: Track, time: int) -> Event:
    return {"pid": track.pid, "tid": track.number, "ts": time / 1000}


def _track(track: Track) -> Iterator[Event]:
    head: Event = {"ph": "M", "pid": track.pid, "tid": track.number}
    yield {**head, "name": "thread_name", "args": {"name": track.lane.title}}
    yield {**head, "name": "thread_sort_index", "args": {"sort_index": track.number}}
    for edge in edges(track.slices):
        if edge.opens:
            each = edge.slice
            said = {"ph": "B", "name": each.name, "cat": each.category, "args": each.details}
            yield {**said, **_place(track, edge.time)}
        else:
            yield {"ph": "E", **_place(track, edge.time)}
