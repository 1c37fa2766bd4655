"""Whose children end, and who hears of it: as without us."""

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


# As a service or a shell may start what ignores it.
IGNORING = (
    "import os, signal, sys; signal.signal(signal.SIGCHLD, signal.SIG_IGN);"
    "os.execv(sys.argv[1], sys.argv[1:])"
)


@pytest.mark.parametrize("options", [(), ("--python", sys.executable)], ids=["fork", "exec"])
def test_where_ends_of_children_are_ignored(options: tuple[str, ...], tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import signal; print(signal.getsignal(signal.SIGCHLD)); raise SystemExit(7)"
    )
    begin = [sys.executable, "-c", IGNORING]
    plain = runs.outcome([*begin, sys.executable, str(program)])
    recorded = [*runs.record(tmp_path / "trace", *options), str(program)]
    assert runs.outcome([*begin, *recorded]) == plain
    assert plain.status == 7
