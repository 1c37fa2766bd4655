"""Taking in: one poll for what little is new, as many as there is time for when it is much."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from poolscope.trace import recorder
from poolscope.trace.reader import Batch, Reader
from poolscope.trace.schema import Kind
from poolscope_gui import intake
from poolscope_gui.intake import Intake
from tests.trace.everything import emit
from tests.trace.large import write


@pytest.fixture
def polls(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many cells each poll has read."""
    seen: list[int] = []
    poll = Reader.poll

    def spy(reader: Reader, limit: int | None = None) -> list[Batch]:
        found = poll(reader, limit)
        seen.append(reader.read_cells)
        return found

    monkeypatch.setattr(Reader, "poll", spy)
    return seen


@pytest.fixture
def following(tmp_path: Path) -> Iterator[Intake]:
    """Of a recording of ours, up to date."""
    recorder.start(tmp_path / "t", role="test")
    made = Intake.of(tmp_path / "t")
    while made.take(10.0)[0]:
        pass
    yield made
    made.close()
    recorder.stop()


def test_for_what_little_is_new_one_poll_is_enough(following: Intake, polls: list[int]) -> None:
    polls.clear()
    emit()(Kind.STARTED, 1, 2, 0, 0)
    assert following.take(10.0) == (True, True)
    assert len(polls) == 1
    assert following.store.events > 0


def test_much_is_read_to_its_end_if_there_is_the_time(
    tmp_path: Path, polls: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "RECORDS_AT_ONCE", 1000)
    tasks = write(tmp_path / "t", 1 << 18)
    made = Intake.of(tmp_path / "t")
    assert made.take(0.0) == (True, False)
    assert len(polls) == 1
    assert made.take(1e3)[0]
    assert len(made.store.tasks) == tasks
    made.close()


def test_one_that_was_killed_with_its_recorder_lasted_as_long_as_it_was_seen(
    following: Intake,
) -> None:
    """It may have hung and recorded nothing for long."""
    assert following.grows()
    store, program = following.store, following._program
    assert program is not None
    seen = program.seen_ns - store.origin_ns
    assert seen > store.now_ns, "it is there, and does nothing"
    program._runs = program._possible = False  # as after kill -9
    version = store.version
    assert not following.grows()
    assert (store.now_ns, store.version) == (seen, version + 1)
    assert not following.grows()
    assert store.version == version + 1
