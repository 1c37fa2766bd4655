"""Exports: what is written is read back by something that did not write it."""

from __future__ import annotations

import csv
import errno
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from perfetto.protos.perfetto.trace import perfetto_trace_pb2 as perfetto

from poolscope.analysis.column import NEVER
from poolscope.analysis.export import ENDINGS, ExportError, export
from poolscope.analysis.export_perfetto import states
from poolscope.analysis.lanes_text import COLUMN_NS as MS
from poolscope.analysis.slices import Slice, edges, tracks
from poolscope.analysis.store import Store
from poolscope.analysis.whole_file import whole_file
from poolscope.trace.schema import Kind, Role, WaitKind
from tests.analysis.drawing import Drawn
from tests.analysis.test_report import Story
from tests.analysis.traces import ORIGIN, Trace
from tests.gui.made_traces import every_state

PICTURE = """\
w0   |..AAAA..CC.|
w1   |.BBB##Bx...|
main |.....###...|"""


@pytest.fixture(scope="module")
def drawing() -> Drawn:
    return Drawn(PICTURE)


@pytest.fixture(scope="module")
def store(drawing: Drawn) -> Store:
    return drawing.store()


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_csv_is_four_tables(tmp_path: Path) -> None:
    story = Story()
    written = export(story.store(), tmp_path / "run.csv")
    assert sorted(written) == sorted(tmp_path.iterdir())
    assert {path.name for path in written} == {
        "run.csv",
        "run-waits.csv",
        "run-locks.csv",
        "run-workers.csv",
    }
    good, bad, *_ = table(tmp_path / "run.csv")
    assert (good["name"], good["result"], good["returned_ns"]) == ("f(0)", "42", "40")
    assert (bad["error"], bad["result"], bad["returned_ns"]) == ("BrokenProcessPool: gone", "", "")
    assert (good["finished_ns"], good["settled_ns"]) == ("40", "42")
    (wait,) = table(tmp_path / "run-waits.csv")
    assert wait["futures"].split() == [str(story.good), str(story.bad)]
    whats = [row["what"] for row in table(tmp_path / "run-locks.csv")]
    assert whats == ["hold", "block"]
    (worker,) = table(tmp_path / "run-workers.csv")
    assert (worker["end"], worker["exit_code"]) == ("crashed", "-9")


def test_json_has_each_task_begun_and_ended_on_its_lane(store: Store, tmp_path: Path) -> None:
    export(store, tmp_path / "run.json")
    events = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))["traceEvents"]
    names = {e["tid"]: e["args"]["name"] for e in events if e.get("name") == "thread_name"}
    opened: dict[str, list[tuple[str, float]]] = defaultdict(list)
    slices = set()
    for event in events:
        lane = names.get(event.get("tid"), "")
        if event["ph"] == "B":
            opened[lane].append((event["name"], event["ts"]))
        elif event["ph"] == "E":
            name, begin = opened[lane].pop()
            slices.add((lane, name, begin, event["ts"]))
    assert not any(opened.values())
    assert ("w0", "A(): finished", 2000.0, 6000.0) in slices
    assert ("w1", "B(): running", 1000.0, 7000.0) in slices
    assert ("w1", "waits for lock", 4000.0, 6000.0) in slices
    assert ("main", "wait", 5000.0, 8000.0) in slices
    flows = [event for event in events if event.get("cat") == "flow"]
    assert {e["id"] for e in flows if e["ph"] == "s"} == {e["id"] for e in flows if e["ph"] == "f"}
    assert len(flows) == 6
    depths = [e["args"]["tasks"] for e in events if e["ph"] == "C"]
    assert depths == [3, 2, 1, 0]


# -- Perfetto's format, read with Perfetto's own classes -----------------------------------


class Read:
    """A file, by the names of its tracks."""

    def __init__(self, path: Path) -> None:
        trace = perfetto.Trace()
        trace.ParseFromString(path.read_bytes())
        assert all(packet.trusted_packet_sequence_id == 1 for packet in trace.packet)
        self.tracks = {
            packet.track_descriptor.uuid: packet.track_descriptor
            for packet in trace.packet
            if packet.HasField("track_descriptor")
        }
        self.events = [packet for packet in trace.packet if packet.HasField("track_event")]

    def name(self, packet: Any) -> str:
        said = self.tracks[packet.track_event.track_uuid]
        return said.thread.thread_name or said.name

    def of(self, kind: int) -> list[Any]:
        return [packet for packet in self.events if packet.track_event.type == kind]

    def slices(self) -> set[tuple[str, str, int, int]]:
        opened: dict[str, list[tuple[str, int]]] = defaultdict(list)
        found = set()
        for packet in self.events:
            event, lane = packet.track_event, self.name(packet)
            if event.type == event.TYPE_SLICE_BEGIN:
                opened[lane].append((event.name, packet.timestamp))
            elif event.type == event.TYPE_SLICE_END:
                name, begin = opened[lane].pop()
                found.add((lane, name, begin, packet.timestamp))
        assert not any(opened.values())
        return found


@pytest.fixture(scope="module")
def read(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Read:
    path = tmp_path_factory.mktemp("perfetto") / "run.pftrace"
    export(store, path)
    return Read(path)


def test_perfetto_has_a_slice_for_each_stretch(read: Read) -> None:
    assert ("w0", "A(): finished", 2 * MS, 6 * MS) in read.slices()
    assert ("w1", "waits for lock", 4 * MS, 6 * MS) in read.slices()


def test_perfetto_has_the_queue_as_a_counter(read: Read) -> None:
    counts = [
        (read.name(each), each.timestamp, each.track_event.counter_value)
        for each in read.of(perfetto.TrackEvent.TYPE_COUNTER)
    ]
    assert counts == [("queued: pool", t * MS, n) for t, n in ((0, 3), (1, 2), (2, 1), (8, 0))]


def test_perfetto_has_one_flow_for_each_edge(read: Read) -> None:
    ends: dict[int, list[tuple[str, str, int]]] = defaultdict(list)
    for packet in read.of(perfetto.TrackEvent.TYPE_INSTANT):
        event = packet.track_event
        (flow,) = (*event.flow_ids, *event.terminating_flow_ids)
        ends[flow].append((read.name(packet), event.name, packet.timestamp))
    told = sorted(tuple(each) for each in ends.values())
    assert all(len(each) == 2 for each in told)
    begun = [each[1] for each in told if each[0][1].startswith("submit ")]
    assert sorted(begun) == [
        ("w0", "start A()", 2 * MS),
        ("w0", "start C()", 8 * MS),
        ("w1", "start B()", 1 * MS),
    ]


def test_perfetto_has_the_state_of_each_lane(read: Read) -> None:
    told = defaultdict(list)
    for packet in read.of(perfetto.TrackEvent.TYPE_STATE):
        assert read.tracks[packet.track_event.track_uuid].HasField("state")
        told[read.name(packet)].append((packet.track_event.name, packet.timestamp // MS))
    assert told["w1: state"][:4] == [
        ("RUNNING", 1),
        ("BLOCKED", 4),
        ("RUNNING", 6),
        ("IDLE", 7),
    ]


def test_who_waits_for_a_signal_does_not_run() -> None:
    run, wait = Slice(0, 10, "f()", "task", {}), Slice(2, 5, "waits for jobs", "signal", {})
    told = [(0, "RUNNING"), (2, "WAITING"), (5, "RUNNING"), (10, "IDLE"), (12, "GONE")]
    assert list(states([run, wait], 12)) == told


def test_who_is_away_with_a_future_does_not_wait() -> None:
    wait = Slice(0, 10, "as_completed", "wait", {})
    away = [Slice(2, 5, "with f()", "away", {}), Slice(5, 7, "with g()", "away", {})]
    inner = Slice(3, 4, "result", "wait", {})
    told = [(0, "WAITING"), (2, "NOT"), (3, "WAITING"), (4, "NOT"), (7, "WAITING"), (10, "NOT")]
    assert list(states([wait, *away, inner], NEVER, "NOT")) == told
    task = Slice(0, 20, "f()", "task", {})
    assert (2, "RUNNING") in list(states([task, wait, *away], NEVER))


def test_a_task_is_named_by_its_state_too() -> None:
    named = {each.name for track in tracks(every_state().take()) for each in track.slices}
    assert {"fib(31): finished", "fetch('b'): exception", "fetch('a'): running"} <= named


def test_each_absence_from_as_completed_is_a_slice() -> None:
    trace = Trace()
    main, wait, one = trace.thread("main", role=Role.MAIN), trace.id(), trace.id()
    main.emit(1, Kind.SUBMITTED, one, 0, "f()")
    main.emit(3, Kind.WAIT_BEGAN, wait, 0, 1, WaitKind.AS_COMPLETED)
    main.emit(3, Kind.WAIT_ITEM, one, 1)
    main.emit(25, Kind.WAIT_RELEASED, wait, one)
    main.emit(40, Kind.WAIT_RESUMED, wait)
    main.emit(41, Kind.WAIT_ENDED, wait, 0, 1)
    store = Store(ORIGIN)
    store.extend(trace.batches())
    (track,) = tracks(store)
    told = [(each.begin, each.end, each.name, each.category) for each in track.slices]
    assert told == [(3, 41, "as_completed", "wait"), (25, 40, "with f()", "away")]


def test_slices_are_made_to_nest() -> None:
    outer, late = Slice(0, 10, "outer", "", {}), Slice(5, 15, "late", "", {})
    inner, after = Slice(2, 4, "inner", "", {}), Slice(10, 12, "after", "", {})
    told = [(e.time, e.opens, e.slice.name) for e in edges([after, late, inner, outer])]
    assert told == [
        (0, True, "outer"),
        (2, True, "inner"),
        (4, False, "inner"),
        (5, True, "late"),
        (10, False, "late"),
        (10, False, "outer"),
        (10, True, "after"),
        (12, False, "after"),
    ]


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_empty_trace_can_be_exported(ending: str, tmp_path: Path) -> None:
    for path in export(Store(), tmp_path / f"empty{ending}"):
        assert path.exists()


@pytest.mark.parametrize("number", [8971400413987503, -1, 2**63 - 1])
@pytest.mark.parametrize("ending", ENDINGS)
def test_numbers_of_no_process_and_no_thread_can_be_exported(
    number: int, ending: str, tmp_path: Path
) -> None:
    trace = Trace()  # a damaged one
    trace.pinned().emit(0, Kind.PROCESS_STARTED, number, 0, "script")
    odd = trace.thread("odd", declare=False)
    trace.pinned().emit(0, Kind.THREAD_STARTED, odd.thread, number, "odd", Role.CALLER)
    odd.emit(1, Kind.LOCK_WANTED, trace.id(), 0, "")
    store = Store()
    store.extend(trace.batches())
    for path in export(store, tmp_path / f"odd{ending}"):
        assert path.stat().st_size


def test_another_ending_is_refused_by_name(store: Store, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"run\.xls ends in '\.xls'.*\.csv, \.json, \.pftrace"):
        export(store, tmp_path / "run.xls")


def half_written(path: Path, error: Exception) -> None:
    with whole_file(path) as file:
        file.write(b"half")
        raise error


def test_a_full_disk_is_an_error_with_a_name_and_leaves_what_was(tmp_path: Path) -> None:
    target = tmp_path / "run.json"
    target.write_text("before")
    with pytest.raises(ExportError, match=r"disk is full: .*run\.json was not written"):
        half_written(target, OSError(errno.ENOSPC, "No space left on device"))
    assert target.read_text() == "before"
    assert list(tmp_path.iterdir()) == [target]


def test_what_fails_halfway_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        half_written(tmp_path / "run.json", KeyError("a bug"))
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_named(store: Store, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"there is no folder .*nowhere"):
        export(store, tmp_path / "nowhere" / "run.json")


def test_a_file_of_ours_may_be_read_like_any_other(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("")
    with whole_file(tmp_path / "ours"):
        pass
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode
