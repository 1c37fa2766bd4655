"""Perfetto's format: a track a lane, a slice a stretch, a flow from each submission to its start.

Written by hand: of Perfetto's large schema a dozen fields are needed. Their numbers are those of
its public ``perfetto_trace.proto``; the tests read the file with a decoder of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from poolscope.analysis.column import NEVER
from poolscope.analysis.protobuf import fixed64, message, number, text
from poolscope.analysis.slices import Edge, Track, edges, tracks
from poolscope.analysis.whole_file import whole_file

if TYPE_CHECKING:
    from poolscope.analysis.store import Store

_PACKET: Final = 1  # of Trace
_TIMESTAMP: Final = 8  # of TracePacket
_SEQUENCE: Final = 10
_TRACK_EVENT: Final = 11
_TRACK_DESCRIPTOR: Final = 60
_UUID: Final = 1  # of TrackDescriptor
_NAME: Final = 2
_PROCESS: Final = 3
_THREAD: Final = 4
_PARENT: Final = 5
_COUNTER: Final = 8
_ANNOTATION: Final = 4  # of TrackEvent
_TYPE: Final = 9
_TRACK: Final = 11
_CATEGORY: Final = 22
_EVENT_NAME: Final = 23
_COUNT: Final = 30
_FLOW: Final = 47
_FLOW_END: Final = 48
_ANNOTATION_NAME: Final = 10  # of DebugAnnotation
_ANNOTATION_TEXT: Final = 6
_BEGINS, _ENDS, _INSTANT, _COUNTS = 1, 2, 3, 4  # TrackEvent.Type
_ONE_SEQUENCE: Final = 1

# Tracks of different sorts must not share an identity.
_PROCESS_TRACKS: Final = 1 << 32
_POOL_TRACKS: Final = 2 << 32


def write_perfetto(store: Store, path: Path) -> list[Path]:
    """Write ``path``."""
    with whole_file(path) as file:
        for body in _packets(store):
            file.write(message(_PACKET, number(_SEQUENCE, _ONE_SEQUENCE), body))
    return [path]


def _packets(store: Store) -> Iterator[bytes]:
    for process in store.processes:
        said = message(_PROCESS, number(1, process.pid), text(6, process.role or "process"))
        yield _descriptor(_PROCESS_TRACKS + process.pid, said)
    track_of_thread: dict[int, int] = {}
    started: set[int] = set()  # rows of tasks whose start is drawn: a flow must end somewhere
    for track in tracks(store):
        if track.lane.thread != NEVER:
            track_of_thread[track.lane.thread] = track.number
        started.update(each.task for each in track.slices if each.task != NEVER)
        yield _lane(store, track)
        for edge in edges(track.slices):
            yield _edge(store, track, edge)
    for row in sorted(started):
        submitter = track_of_thread.get(int(store.tasks.submitter[row]))
        if submitter is not None:
            yield _submission(store, row, submitter)
    yield from _counters(store)


def _descriptor(uuid: int, *said: bytes) -> bytes:
    return message(_TRACK_DESCRIPTOR, number(_UUID, uuid), *said)


def _lane(store: Store, track: Track) -> bytes:
    lane = track.lane
    native = store.threads[lane.thread].native_id if lane.thread != NEVER else 0
    said = [number(_PARENT, _PROCESS_TRACKS + track.pid)] if track.pid else []
    if native and track.pid:
        thread = (number(1, track.pid), number(2, native), text(5, lane.title))
        return _descriptor(track.number, *said, message(_THREAD, *thread))
    return _descriptor(track.number, *said, text(_NAME, lane.title))


def _event(time: int, *said: bytes) -> bytes:
    return number(_TIMESTAMP, time) + message(_TRACK_EVENT, *said)


def _edge(store: Store, track: Track, edge: Edge) -> bytes:
    place = number(_TRACK, track.number)
    if not edge.opens:
        return _event(edge.time, number(_TYPE, _ENDS), place)
    each = edge.slice
    said = [
        message(_ANNOTATION, text(_ANNOTATION_NAME, key), text(_ANNOTATION_TEXT, value))
        for key, value in each.details.items()
        if value
    ]
    if each.task != NEVER:
        said.append(fixed64(_FLOW_END, int(store.tasks.id[each.task])))
    named = (text(_CATEGORY, each.category), text(_EVENT_NAME, each.name))
    return _event(edge.time, number(_TYPE, _BEGINS), place, *named, *said)


def _submission(store: Store, row: int, track: int) -> bytes:
    label = store.text(int(store.tasks.label[row])) or "task"
    return _event(
        int(store.tasks.submitted[row]),
        number(_TYPE, _INSTANT),
        number(_TRACK, track),
        text(_CATEGORY, "submit"),
        text(_EVENT_NAME, f"submit {label}"),
        fixed64(_FLOW, int(store.tasks.id[row])),
    )


def _counters(store: Store) -> Iterator[bytes]:
    for row, pool in enumerate(store.pools):
        uuid = _POOL_TRACKS + row
        yield _descriptor(uuid, text(_NAME, f"queued: {pool.name}"), message(_COUNTER))
        times, counts = store.queues.of(row)
        for time, count in zip(times.tolist(), counts.tolist(), strict=True):
            said = (number(_TYPE, _COUNTS), number(_TRACK, uuid), number(_COUNT, count))
            yield _event(time, *said)
