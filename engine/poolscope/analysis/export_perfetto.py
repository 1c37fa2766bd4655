"""Perfetto's format: a track a lane, a slice a stretch, its state beside it, a flow an edge.

Written with Perfetto's own message classes. Which edges are flows: see ``flows``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import Trace, TracePacket, TrackEvent

from poolscope.analysis.column import NEVER
from poolscope.analysis.flows import Flow, flows
from poolscope.analysis.slices import Edge, Slice, Track, edges, tracks
from poolscope.analysis.whole_file import whole_file

if TYPE_CHECKING:
    from poolscope.analysis.store import Store

_ONE_SEQUENCE: Final = 1
_TOGETHER: Final = 4096  # packets that are put into bytes at once
# Tracks of different sorts must not share an identity.
_PROCESS_TRACKS: Final = 1 << 32
_POOL_TRACKS: Final = 2 << 32
_STATE_TRACKS: Final = 3 << 32
_AWAY: Final = "away"
_STATE_OF: Final = {
    "task": "RUNNING",
    "lock": "BLOCKED",
    "wait": "WAITING",
    "signal": "WAITING",
    _AWAY: "",  # as before the wait that it lies in
}


def write_perfetto(store: Store, path: Path) -> list[Path]:
    """Write ``path``."""
    with whole_file(path) as file:
        _Writer(store, file).write()
    return [path]


def _number(said: int) -> int:
    """A process's or thread's number as Perfetto takes it: one that is damaged may be any."""
    return said & 0x7FFFFFFF


class _Writer:
    """Makes the packets of a store, some thousand at a time."""

    def __init__(self, store: Store, file: BinaryIO) -> None:
        self._store = store
        self._file = file
        self._trace = Trace()
        self._track_of_thread: dict[int, int] = {}

    def write(self) -> None:
        """Write the whole file."""
        for process in self._store.processes:
            pid = _number(process.pid)
            said = self._descriptor(_PROCESS_TRACKS + pid).process
            said.pid, said.process_name = pid, process.role or "process"
        for track in tracks(self._store):
            if track.lane.thread != NEVER:
                self._track_of_thread[track.lane.thread] = track.number
            self._lane(track)
            for edge in edges(track.slices):
                self._edge(track, edge)
            self._states(track)
        for flow in flows(self._store):
            self._flow(flow)
        self._counters()
        self._flush()

    # -- packets --------------------------------------------------------------------------

    def _packet(self) -> TracePacket:
        if len(self._trace.packet) >= _TOGETHER:
            self._flush()
        packet = self._trace.packet.add()
        packet.trusted_packet_sequence_id = _ONE_SEQUENCE
        return packet

    def _flush(self) -> None:
        # A trace is its packets one after the other: parts written one after the other are one.
        self._file.write(self._trace.SerializeToString())
        self._trace = Trace()

    def _descriptor(self, uuid: int) -> TracePacket:
        said = self._packet().track_descriptor
        said.uuid = uuid
        return said

    def _event(self, time: int, track: int, kind: int, name: str = "") -> TrackEvent:
        packet = self._packet()
        packet.timestamp = time
        event = packet.track_event
        event.type, event.track_uuid = kind, track
        if name:
            event.name = name
        return event

    # -- what they say --------------------------------------------------------------------

    def _lane(self, track: Track) -> None:
        lane, said = track.lane, self._descriptor(track.number)
        native = self._store.threads[lane.thread].native_id if lane.thread != NEVER else 0
        if track.pid:
            said.parent_uuid = _PROCESS_TRACKS + _number(track.pid)
        if native and track.pid:
            said.thread.pid, said.thread.tid = _number(track.pid), _number(native)
            said.thread.thread_name = lane.title
        else:
            said.name = lane.title

    def _edge(self, track: Track, edge: Edge) -> None:
        if not edge.opens:
            self._event(edge.time, track.number, TrackEvent.TYPE_SLICE_END)
            return
        each = edge.slice
        event = self._event(edge.time, track.number, TrackEvent.TYPE_SLICE_BEGIN, each.name)
        event.categories.append(each.category)
        for key, value in each.details.items():
            if value:
                note = event.debug_annotations.add()
                note.name, note.string_value = key, value

    def _states(self, track: Track) -> None:
        """Beside its slices, in which one state the lane is at each moment."""
        uuid = _STATE_TRACKS + track.number
        said = self._descriptor(uuid)
        said.parent_uuid, said.name = track.number, f"{track.lane.title}: state"
        said.state.SetInParent()
        # What a thread of the program's own does between its waits is not seen.
        otherwise = "IDLE" if track.lane.worker != NEVER else "NOT WAITING"
        for time, state in states(track.slices, track.lane.gone, otherwise):
            self._event(time, uuid, TrackEvent.TYPE_STATE, state)

    def _flow(self, flow: Flow) -> None:
        """Two moments with one arrow between them, where both lanes are drawn."""
        source = self._track_of_thread.get(flow.source)
        target = self._track_of_thread.get(flow.target)
        if source is None or target is None:
            return
        event = self._event(flow.begin, source, TrackEvent.TYPE_INSTANT, flow.cause)
        event.categories.append(flow.kind)
        event.flow_ids.append(flow.id)
        event = self._event(flow.end, target, TrackEvent.TYPE_INSTANT, flow.effect)
        event.categories.append(flow.kind)
        event.terminating_flow_ids.append(flow.id)

    def _counters(self) -> None:
        for row, pool in enumerate(self._store.pools):
            uuid = _POOL_TRACKS + row
            said = self._descriptor(uuid)
            said.name = f"queued: {pool.name}"
            said.counter.SetInParent()
            times, counts = self._store.queues.of(row)
            for time, count in zip(times.tolist(), counts.tolist(), strict=True):
                self._event(time, uuid, TrackEvent.TYPE_COUNTER).counter_value = count


def states(slices: list[Slice], gone: int, otherwise: str = "IDLE") -> Iterator[tuple[int, str]]:
    """In which state a lane is from each of its turning points on; the innermost slice decides.

    Times rise; a state is never followed by itself. After ``gone`` (NEVER: it lives) comes GONE.
    """
    told, now, at, open_slices = "", "", 0, [otherwise]
    for edge in edges([each for each in slices if each.category in _STATE_OF]):
        if edge.time > at and now != told:
            told = now
            yield at, now
        if not edge.opens:
            open_slices.pop()
        elif edge.slice.category == _AWAY:
            open_slices.append(open_slices[max(0, len(open_slices) - 2)])
        else:
            open_slices.append(_STATE_OF[edge.slice.category])
        now, at = open_slices[-1], edge.time
    if now != told:
        yield at, now
    if gone != NEVER:
        yield gone, "GONE"
