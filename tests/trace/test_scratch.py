"""Temporary folders: the living are left alone, and those of the dead go."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from poolscope.trace import scratch
from poolscope.trace.scratch import PREFIX, Scratch, sweep

pytestmark = pytest.mark.skipif(scratch.fcntl is None, reason="nothing is swept here")

OWNER = """
import sys
from poolscope.trace.scratch import Scratch
made = Scratch()
(made.path / "sub").mkdir()
(made.path / "sub" / "file").write_text("much")
print(made.path, flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(scratch, "_YOUNG_S", 0.0)
    return tmp_path


def test_a_folder_goes_when_its_owner_was_killed_and_not_before(
    place: Path, clean_environment: dict[str, str]
) -> None:
    mine = Scratch()
    with subprocess.Popen(
        [sys.executable, "-c", OWNER],
        env=clean_environment | {"TMPDIR": str(place)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as owner:
        try:
            assert owner.stdout is not None
            theirs = Path(owner.stdout.readline().strip())
            assert theirs.parent == place
            assert sweep() == []
            assert (theirs / "sub" / "file").exists()
        finally:
            owner.send_signal(signal.SIGKILL)
    assert sweep() == [theirs]
    assert not theirs.exists()
    assert mine.path.is_dir()
    mine.remove()
    mine.remove()
    assert list(place.iterdir()) == []


def test_what_is_not_a_scratch_folder_is_left_alone(place: Path) -> None:
    outside = place / "important"
    outside.mkdir()
    (outside / "file").write_text("keep")
    (place / f"{PREFIX}abcdefgh").symlink_to(outside)
    (place / f"{PREFIX}abcdefgi").write_text("a file")
    for name in ("poolscope-mine", f"{PREFIX}abc", f"{PREFIX}abcdefgh.old"):
        (place / name).mkdir()
    before = sorted(place.rglob("*"))
    assert sweep() == []
    assert sorted(place.rglob("*")) == before


def test_one_that_was_just_made_is_left_alone(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch, "_YOUNG_S", 60.0)
    new = place / f"{PREFIX}abcdefgh"
    new.mkdir()
    assert sweep() == []
    assert new.exists()


def test_a_folder_of_another_user_is_left_alone(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = place / f"{PREFIX}abcdefgh"
    theirs.mkdir()
    me = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: me + 1)
    assert sweep() == []
    monkeypatch.undo()
    assert theirs.exists()


def test_a_folder_that_is_held_stays_until_the_last_has_let_go(place: Path) -> None:
    made = Scratch()
    first, second = scratch.hold(made.path), scratch.hold(made.path)
    made.remove()
    first()
    assert made.path.is_dir()
    second()
    assert list(place.iterdir()) == []
    again = Scratch()
    scratch.hold(again.path)()
    assert again.path.is_dir(), "nobody wanted it removed"
    again.remove()
    scratch.hold(place)()
    assert place.is_dir()
