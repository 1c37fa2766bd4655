"""``poolscope record``: on a server, so with neither Qt nor numpy, and as if it were not there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from poolscope.trace.reader import Reader
from poolscope.trace.schema import Kind

ABSENT = ("PySide6", "shiboken6", "pyqtgraph", "numpy")
SCRIPT = """
import sys
from poolscope import ThreadPoolExecutor

with ThreadPoolExecutor(2) as pool:
    print(list(pool.map(str.upper, sys.argv[1:])), sys.stdin.read())
print("done", file=sys.stderr)
sys.exit(7)
"""
ENDLESS = """
import threading
from poolscope import ThreadPoolExecutor

ThreadPoolExecutor(1).submit(threading.Event().wait)
print("under way", flush=True)
"""


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """An environment in which whoever imports Qt or numpy fails, in every child as well."""
    absent = tmp_path / "absent"
    for name in ABSENT:
        (absent / name).mkdir(parents=True)
        (absent / name / "__init__.py").write_text(f"raise ImportError('no {name} here')")
    return {**os.environ, "PYTHONPATH": str(absent)}


def record(
    root: Path, environment: dict[str, str], *arguments: object, given: str = ""
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(root / "app.py"), "record", *map(str, arguments)],
        env=environment,
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
    )


def kinds(trace: Path) -> list[int]:
    reader = Reader(trace)
    try:
        return [int(kind) for batch in reader.poll() for kind in batch.records["kind"]]
    finally:
        reader.close()


@pytest.mark.parametrize("name", ["trace", "trace.poolscope"])
def test_records_with_neither_qt_nor_numpy(
    name: str, root: Path, bare: dict[str, str], tmp_path: Path
) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    trace = tmp_path / name

    run = record(root, bare, "-o", trace, script, "a", "-b", "--limit", given="hello")

    # Output, input, arguments and status are the script's own, byte for byte.
    assert run.stdout == "['A', '-B', '--LIMIT'] hello\n"
    assert run.stderr == "done\n"
    assert run.returncode == 7
    assert kinds(trace).count(Kind.FINISHED) == 3
    assert trace.is_file() == name.endswith(".poolscope")


def test_ends_the_script_at_the_limit(root: Path, bare: dict[str, str], tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(ENDLESS)
    trace = tmp_path / "trace"

    run = record(root, bare, "-o", trace, "--limit", 2, script)

    assert run.returncode == 124
    assert run.stdout == "under way\n"
    assert kinds(trace).count(Kind.STARTED) == 1  # the trace stays good


def test_overwrites_nothing(root: Path, bare: dict[str, str], tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    trace = tmp_path / "trace"
    trace.mkdir()
    (trace / "precious").write_text("")

    run = record(root, bare, "-o", trace, script)

    assert run.returncode == 2
    assert run.stderr.count("\n") == 1
    assert "not empty" in run.stderr
    assert [path.name for path in trace.iterdir()] == ["precious"]


def test_a_program_whose_output_is_closed_keeps_its_status(root: Path, tmp_path: Path) -> None:
    script = tmp_path / "service.py"
    script.write_text("import sys; print('unheard'); sys.exit(7 * (sys.stdout is None))")
    command = [sys.executable, root / "app.py", "record", "-o", tmp_path / "trace", script]
    closed = ["sh", "-c", 'exec "$@" <&- >&-', "sh", *map(str, command)]

    run = subprocess.run(closed, stderr=subprocess.PIPE, text=True, timeout=60, check=False)

    assert (run.returncode, run.stderr) == (7, "")
    assert (tmp_path / "trace" / "meta.json").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="the system does not say what a process took")
@pytest.mark.parametrize("limit", [[], ["--limit", "60"]])
def test_what_the_program_took_of_processors_is_noted_without_its_children(
    limit: list[str], root: Path, tmp_path: Path
) -> None:
    script = tmp_path / "computes.py"
    script.write_text(
        "import subprocess, sys, time\n"
        "burn = 'import time\\nwhile time.process_time() < 0.6: pass'\n"
        "if 'both' in sys.argv: subprocess.run([sys.executable, '-c', burn])\n"
        "while time.process_time() < 0.3: pass\n"
    )
    trace = tmp_path / "trace"
    run = record(root, dict(os.environ), "-o", trace, *limit, script, "both")
    assert run.returncode == 0
    with Reader(trace) as reader:
        reader.poll()
        (taken,) = reader.cpu_ns.values()
    assert 250_000_000 <= taken < 600_000_000


def test_what_is_submitted_under_a_lock_that_its_repr_takes_does_not_hang(
    root: Path, tmp_path: Path
) -> None:
    script = tmp_path / "account.py"
    script.write_text(
        "import threading\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "class Account:\n"
        "    lock = threading.Lock()\n"
        "    def __repr__(self):\n"
        "        with self.lock: return 'Account()'\n"
        "with ThreadPoolExecutor(1) as pool, Account.lock:\n"
        "    print(pool.submit(len, [Account()]).result())\n"
    )
    run = record(root, dict(os.environ), "-o", tmp_path / "trace", script)
    assert (run.returncode, run.stdout, run.stderr) == (0, "1\n", "")
