"""Long columns lie in a file without a name, hold what they held in memory, and leave nothing."""

from __future__ import annotations

import errno
import gc
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

import numpy as np
import pytest

from poolscope.analysis import rooms
from poolscope.analysis.column import Field, Table
from poolscope.analysis.spans import SpanIndex
from poolscope.analysis.store import Store
from poolscope_gui.intake import Intake
from poolscope_gui.model.grown import Grown
from tests.analysis.canonical import canonical, lane_state
from tests.analysis.random_run import RandomRun
from tests.analysis.test_order import polls
from tests.analysis.traces import ORIGIN

pytestmark = pytest.mark.skipif(
    not hasattr(os, "posix_fallocate") or rooms._file_systems() == {},
    reason="columns stay in memory here",
)


class Pair(Table):
    often = Field(np.int64)
    small = Field(np.uint8, 7)


@pytest.fixture
def filed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[rooms._Rooms]:
    """Every column of more than a page lies in a file."""
    made = rooms._Rooms()
    monkeypatch.setattr(rooms, "_rooms", made)
    monkeypatch.setattr(rooms, "MIDDLING", 4096)
    monkeypatch.setattr(rooms, "IN_MEMORY", 0)
    monkeypatch.setattr(rooms, "_FORGET", 64 << 10)  # let go of all that is mapped all the time
    monkeypatch.setattr(rooms, "_folder", lambda: str(tmp_path))
    yield made
    gc.collect()
    assert not list(tmp_path.iterdir())
    assert not made._files


def in_files(made: rooms._Rooms) -> int:
    """Bytes."""
    return sum(file.used for file in made._files)


def test_a_column_in_a_file_holds_what_one_in_memory_does(filed: rooms._Rooms) -> None:
    table, views, expected = Pair(), [], np.empty(0, np.int64)
    chance = np.random.default_rng(1)
    for size in (3, 1_000, 50_000, 400_000, 1, 700_000):
        values = chance.integers(0, 1 << 60, size)
        table.append(size, often=values)
        expected = np.concatenate((expected, values))
        views.append(table.often)
    table.put("small", 11, 9)
    table.put("often", slice(5, 500_000), 3)
    expected[5:500_000] = 3
    assert np.array_equal(table.often, expected)
    assert (table.small[11], int(table.small.sum())) == (9, 7 * len(expected) + 2)
    assert len(views[0]) == 3
    assert in_files(filed) > len(expected) * 9
    assert not filed.complaints


def test_a_store_in_files_is_the_same(filed: rooms._Rooms) -> None:
    run = RandomRun(Random(5), 1_500)
    whole, parts = Store(ORIGIN), Store(ORIGIN)
    whole.extend(run.batches())
    index = SpanIndex(parts)
    for batches in polls(run, Random(6)):
        parts.extend(batches)
        index.refresh()
    assert in_files(filed) > 100_000
    found = canonical(parts), lane_state(parts, index)
    filed.complaints.append("from now on in memory")
    plain = Store(ORIGIN)
    plain.extend(run.batches())
    assert found == (canonical(plain), lane_state(plain, SpanIndex(plain)))


def test_what_grows_and_is_cut_lies_there_too(filed: rooms._Rooms) -> None:
    grown = Grown()
    for _ in range(6):
        grown.extend(np.arange(10_000))
        grown.cut(grown.size - 100)
    assert grown.view().tolist() == [*range(9_900)] * 6
    assert in_files(filed)


def test_a_full_disk_leaves_columns_in_memory_and_is_said(
    filed: rooms._Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = Pair()
    table.append(5_000, often=np.arange(5_000))
    taken = in_files(filed)

    def full(*_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)
    table.append(300_000, often=np.arange(5_000, 305_000))
    assert np.array_equal(table.often, np.arange(305_000))
    later = Pair()
    later.append(300_000, often=4)
    assert int(later.often.sum()) == 1_200_000
    assert in_files(filed) <= taken
    assert len(filed.complaints) == 1
    intake = Intake()
    said = intake.remark()
    assert said.startswith("Long columns stay in memory: No space left on device; make room in ")
    assert not intake.remark(), "once is enough"


def test_where_temporary_files_are_memory_another_folder_is_looked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(rooms, "_file_systems", lambda: {"/": "ext4"})
    assert rooms._folder() == str(tmp_path)
    monkeypatch.setattr(rooms, "_file_systems", lambda: {"/": "ext4", str(tmp_path): "tmpfs"})
    assert rooms._folder() == str(Path("/var/tmp").resolve())
    monkeypatch.setattr(rooms, "_file_systems", lambda: {"/": "tmpfs"})
    with pytest.raises(OSError, match="in memory"):
        rooms._folder()
