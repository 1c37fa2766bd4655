"""A real program, run as it is and run under ``poolscope record``, and what differs."""

from __future__ import annotations

import difflib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = Path(__file__).resolve().parent / "programs"
LIMIT_S = 110.0  # exists only to fail
_ADDRESS = re.compile(rb"0x[0-9a-f]{6,}")
# Of a result that was there, and of one that had to be waited for: a race of the program's own.
_RESULT = re.compile(rb"(futures.{1,4}_base.py\", line )4\d\d, in result")

# Of Python's own warning that it forks beside running threads.
_PID = re.compile(rb"\(pid=\d+\)")


class Outcome(NamedTuple):
    """What a program printed and how it ended; addresses, which differ each time, are left out."""

    status: int
    out: bytes
    err: bytes


def environment() -> dict[str, str]:
    """As a user has it: nothing of ours on the path."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def outcome(command: list[str], **options: Any) -> Outcome:
    """Run ``command`` to its end."""
    run = subprocess.run(
        command, capture_output=True, timeout=LIMIT_S, env=environment(), check=False, **options
    )
    texts = [_RESULT.sub(rb"\1N, in result", text) for text in (run.stdout, run.stderr)]
    texts = [_PID.sub(b"(pid=N)", text) for text in texts]
    return Outcome(run.returncode, *(_ADDRESS.sub(b"0x", text) for text in texts))


def record(trace: Path, *options: str) -> list[str]:
    """The command to be put before a program's name."""
    return [sys.executable, str(ROOT / "app.py"), "record", "-o", str(trace), *options]


def both(
    tmp_path: Path, *program: str, options: tuple[str, ...] = (), **how: Any
) -> tuple[Outcome, Outcome]:
    """Without us and with us: ``program`` is what follows ``python`` or ``poolscope record``."""
    plain = outcome([sys.executable, *program], **how)
    return plain, outcome([*record(tmp_path / "trace", *options), *program], **how)


def same(
    tmp_path: Path, *program: str, options: tuple[str, ...] = (), **how: Any
) -> dict[str, Any]:
    """Assert that a program does the same with us, to the byte; gives the report of the trace."""
    plain, watched = both(tmp_path, *program, options=options, **how)
    for found in (difference(plain.out, watched.out), difference(plain.err, watched.err)):
        if found:
            raise AssertionError(found)
    # A recorder can only exit: of a signal it says what a shell says.
    assert watched.status == (plain.status if plain.status >= 0 else 128 - plain.status)
    return report(tmp_path / "trace")


def difference(without: bytes, with_us: bytes) -> str:
    """Nothing, if they are the same."""
    lines = [text.decode(errors="backslashreplace").splitlines() for text in (without, with_us)]
    found = "\n".join(difflib.unified_diff(*lines, "without", "with", lineterm="", n=1))
    return found or ("" if without == with_us else "they differ in bytes that are no text")


def report(trace: Path) -> dict[str, Any]:
    """``poolscope report --json``, checked for being whole."""
    from poolscope.analysis import report as reporting
    from poolscope.analysis.store import Store
    from poolscope.trace.reader import Reader

    reader = Reader(trace)
    try:
        store = Store.of(reader)
        while store.take(reader):
            pass
        assert not reader.errors
        facts = json.loads(json.dumps(reporting.report(store)))
    finally:
        reader.close()
    assert facts["trace"]["lost"] == 0
    return dict(facts)
