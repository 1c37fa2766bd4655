"""What a recorded program starts, and what outlives its parent, is the system's as without us."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.harmless import runs

# A daemon says who is its parent once that has gone, and ends; it must not be there any more then.
DAEMON = """
import os, select, time
out, into = os.pipe()
if (child := os.fork()) == 0:
    os.setsid()
    first = os.getpid()
    if os.fork() == 0:
        while os.getppid() == first:
            select.select([], [], [], 0.001)
        os.write(into, b"%d %d" % (os.getpid(), os.getppid()))
    os._exit(0)
os.waitpid(child, 0)
daemon, parent = map(int, os.read(out, 100).split())
begun = time.monotonic()
gone = False
while not gone and time.monotonic() < begun + 20:
    try:
        os.kill(daemon, 0)
        select.select([], [], [], 0.001)
    except ProcessLookupError:
        gone = True
print("gone" if gone else "still there", "the system's" if parent != os.getppid() else "record's")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="there alone record adopts what is orphaned")
@pytest.mark.parametrize(
    ("options", "said"),
    [((), "gone the system's"), (("--limit", "60"), "gone record's")],
    ids=["without a limit", "with one"],
)
def test_a_daemon_that_has_ended_is_gone(
    options: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    program = tmp_path / "program.py"
    program.write_text(DAEMON)
    ran = runs.outcome([*runs.record(tmp_path / "trace", *options), str(program)])
    assert (ran.status, ran.out.decode().strip(), ran.err) == (0, said, b"")
