"""Durations, sources, what a program prints, and the words of the status bar."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolscope.trace.schema import Kind
from poolscope_gui.model import finding_rows, quantities, status
from poolscope_gui.model.archive_job import PackJob
from poolscope_gui.model.library import functions, merged
from poolscope_gui.model.plain_text import PlainText
from poolscope_gui.model.source_check import Mark, check_source, mark_of
from poolscope_gui.model.ticks import moment
from poolscope_gui.model.words import at
from tests.analysis.test_locks import Quarrel, hold
from tests.gui.made_traces import every_state


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (-1, "–"),  # noqa: RUF001
        (0, "0 ns"),
        (999, "999 ns"),
        (1_500, "1.50 µs"),
        (99_960, "100 µs"),
        (999_499, "999 µs"),
        (999_500, "1.00 ms"),
        (31_000_000, "31.0 ms"),
        (999_600_000, "1.00 s"),
        (61 * 10**9, "1 min 01 s"),
        (3_725 * 10**9, "1 h 02 min"),
    ],
)
def test_durations(ns: int, text: str) -> None:
    assert quantities.duration(ns) == text


@given(st.integers(0, 10**18))
def test_a_duration_is_short(ns: int) -> None:
    assert len(quantities.duration(ns)) <= 16


def test_seconds() -> None:
    assert quantities.seconds(" 2.5 s ") == 2.5
    assert quantities.seconds("") is None
    for wrong in ("x", "-1", "nan", "inf"):
        with pytest.raises(ValueError, match="number of seconds"):
            quantities.seconds(wrong)


def test_a_moment_far_on_is_told_as_the_ruler_tells_it() -> None:
    hour = 3_600 * 10**9
    assert (at(1_500_000), at(hour - 10**9)) == ("0.0015 s", "3599.0 s")
    assert (at(hour), at(7 * hour - 200_000_000)) == ("1:00:00", "6:59:59.8")
    row = finding_rows.FindingRow("convoy", "warning", "c", 25 * hour, 25 * hour + 2 * 10**9)
    assert row.when == "25:00:00.000, lasted 2.00 s"
    assert moment(12_340_000_000, 10**7) == "12.34 s"


def test_counts() -> None:
    assert [quantities.count(n) for n in (0, 999, 1_400, 192_000, 1_400_000)] == [
        "0", "999", "1.4 k", "192 k", "1.4 M",
    ]  # fmt: skip


PRINTED = "\x1b[31mred\x1b[0m\r\n\x1b]0;title\x07plain\x07\x1b[2K\rover\n\x1b(Bend"


@given(st.lists(st.integers(0, len(PRINTED)), max_size=6))
def test_escapes_go_wherever_the_stream_is_cut(cuts: list[int]) -> None:
    edges = sorted({0, *cuts, len(PRINTED)})
    plain = PlainText()
    pieces = [plain.feed(PRINTED[a:b]) for a, b in pairwise(edges)]
    assert "".join(pieces) == "red\nplain\nover\nend"


def test_a_source_is_marked_at_its_line() -> None:
    assert check_source("def f(n):\n    return n\n") is None
    mark = check_source("def f(n):\n    return n +\n")
    assert mark is not None
    assert mark.line == 2
    assert check_source("x = 1") == Mark(1, "nothing to submit: it must define a function with def")
    assert check_source("  ") is not None


def test_the_hosts_refusal_points_into_the_source() -> None:
    assert mark_of("Line 3: invalid syntax: )", lines=9).line == 3
    assert mark_of("The code raised X at line 12, before", lines=9).line == 9
    assert mark_of("no line", lines=9).line == 0


def test_a_library_is_what_is_well_formed_in_an_answer() -> None:
    listed = [{"name": "f", "signature": "(n)", "arguments": "3"}, {"name": 3}, "g", {"doc": "x"}]
    (only,) = functions({"functions": listed})
    assert (only.example, only.summary) == ("3", "f(n)")
    assert functions({"functions": None}) == []
    again = merged([only], functions({"functions": [{"name": "f", "signature": "()"}]}))
    assert [function.signature for function in again] == ["()"]


def test_the_words_of_the_status_bar() -> None:
    store = every_state().store
    meta = {"pid": 48, "argv": ["host.py", "--trace", "x", "--script", "/a/demo.py", "1"]}
    assert status.who(store, meta, 4_060_000_000, live=True) == (
        "demo.py  ·  pid 48  ·  2 workers  ·  running 4.06 s"
    )
    # Killed with its recorder: the trace does not say so, and yet nothing runs.
    assert not store.finished
    assert status.who(store, meta, 4_060_000_000, live=False) == (
        "demo.py  ·  pid 48  ·  2 workers  ·  ran 4.06 s  ·  its end was not recorded"
    )
    still_read = status.who(store, meta, 4_060_000_000, live=False, whole=False)
    known = quantities.duration(store.now_ns)
    assert still_read.endswith(f"read up to 4.06 s of at least {known}")
    for code, told in ((-9, "killed by SIGKILL"), (3, "exit code 3"), (0, "ran 4.06 s")):
        store.exits = {48: code}
        for live in (True, False):
            assert status.who(store, meta, 4_060_000_000, live=live).endswith(told)
    said = "192 k events/s  ·  480 ns each  ·  1.2 MB  ·  4 spans  ·  chart frame 2.1 ms"
    assert status.pace(store, 192_000, 2.14, {"event_ns": 480}, 1_200_000) == said
    assert status.pace(store, 3, None, {"event_ns": "?"}, 0) == "3 events/s  ·  4 spans"
    alone = Quarrel()
    hold(alone.one, alone.lock, 10, 30)
    assert status.pace(alone.store(), 3, None, {}, 0) == "3 events/s  ·  1 span"
    assert status.losses(store) == ""
    store.lost = 3
    assert status.losses(store) == "3 events lost: they could not be written"
    assert status.read_meta(None) == {}


def test_the_size_is_that_of_the_files(tmp_path: Path) -> None:
    (tmp_path / "a.chunk").write_bytes(bytes(700))
    (tmp_path / "meta.json").write_bytes(bytes(34))
    size = status.Size()
    assert size.bytes(tmp_path) == 734
    assert size.bytes(None) == 0
    assert status.folder_bytes(tmp_path / "none") == 0


def test_a_rate_forgets_and_begins_anew() -> None:
    rate = status.Rate()
    assert rate.add(0.0, 0) == 0
    assert rate.add(1.0, 500) == 500
    assert rate.add(10.0, 500) == pytest.approx(0, abs=60)
    assert rate.add(11.0, 20) == 0  # another trace


def test_saving_what_is_no_trace_says_so(tmp_path: Path) -> None:
    job = PackJob(tmp_path, tmp_path / "x.poolscope")
    job._thread.join()
    assert "x.poolscope could not be written" in job.error
    assert not (tmp_path / "x.poolscope").exists()
    (tmp_path / "meta.json").write_text("{}")
    job = PackJob(tmp_path, tmp_path / "none" / "x.poolscope")
    job.finish()
    assert job.error == f"{job.file} could not be written: No such file or directory."


def test_what_lies_on_a_lane_is_a_span_a_lock_that_is_held_too() -> None:
    quarrel = Quarrel()
    hold(quarrel.one, quarrel.lock, 10, 30)
    quarrel.two.emit(15, Kind.LOCK_WANTED, quarrel.lock)
    store = quarrel.store()
    assert (len(store.lock_table.holds), len(store.lock_table.blocks)) == (1, 1)
    assert status.pace(store, 3, None, {}, 0).endswith("  2 spans")
