"""A recorded script behaves as one that is not, to the byte; and ``record`` ends what must end."""

from __future__ import annotations

import io
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest

from poolscope.analysis.store import Store
from poolscope.trace.reader import Reader
from tests.engine.far_end import until
from tests.engine.gates import LIMIT_S

ROOT = Path(__file__).resolve().parents[2]
# As the command line does, with nothing else of ours on the path.
RECORD = (
    f"import sys; sys.path.append({str(ROOT / 'engine')!r}); from pathlib import Path;"
    " from poolscope.supervisor import record;"
    " limit = float(sys.argv[2]) or None;"
    " sys.exit(record(Path(sys.argv[1]), Path(sys.argv[3]), sys.argv[4:], limit_s=limit))"
)


def command(trace: Path, script: Path, *arguments: str, limit: float = 0) -> list[str]:
    return [sys.executable, "-c", RECORD, str(trace), str(limit), str(script), *arguments]


def run(argv: Sequence[str], **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, capture_output=True, text=True, timeout=60, **options)


def loaded(trace: Path) -> Store:
    with Reader(trace) as reader:
        store = Store.of(reader)
        until(lambda: not store.take(reader) and store.finished, "the end of the trace")
    return store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def written(folder: Path, source: str, name: str = "script.py") -> Path:
    path = folder / name
    path.write_text(source, encoding="utf-8")
    return path


SCRIPTS = {
    "what it sees of itself": """
        import sys, os
        print(__name__, __file__, sys.argv, sys.path[0], __doc__, __package__, __spec__)
        print(sorted(vars()), sys.modules["__main__"].__dict__ is globals(), sys.flags)
        print(len(sys.path), [type(p) for p in sys.path][:1], os.getcwd())
    """,
    "input and output": """
        import sys
        print(input(), input())
        sys.stdout.buffer.write(bytes(range(256)))
        print("to stderr", file=sys.stderr)
    """,
    "an exit status": "import sys; sys.exit(3)",
    "an exit sentence": "import sys; sys.exit('a sentence')",
    "os._exit": "import os; print('x', flush=True); os._exit(9)",
    "an exception": """
        def inner(): raise ValueError("no")
        try:
            inner()
        except ValueError as error:
            raise RuntimeError("chained") from error
    """,
    "a syntax error": "def f(:\n    pass",
    "an exception group": "raise ExceptionGroup('many', [ValueError(1), KeyError(2)])",
    "its own excepthook": """
        import sys, traceback
        sys.excepthook = lambda *a: print("mine", a[0], len(traceback.extract_tb(a[2])))
        1 / 0
    """,
    "KeyboardInterrupt": "raise KeyboardInterrupt",
    "at exit": """
        import atexit, threading
        atexit.register(print, "at exit")
        threading.Thread(target=print, args=("from a thread",)).start()
        1 / 0
    """,
    "a neighbour called as one of ours": """
        import trace, engine
        print(engine.__file__, trace.mine)
    """,
    "processes": """
        import concurrent.futures, multiprocessing
        def double(n): return 2 * n
        if __name__ == "__main__":
            for method in multiprocessing.get_all_start_methods():
                context = multiprocessing.get_context(method)
                with concurrent.futures.ProcessPoolExecutor(1, context) as pool:
                    print(method, list(pool.map(double, [1, 2])))
    """,
    "a file that is not there": None,
}


@pytest.mark.parametrize("source", SCRIPTS.values(), ids=SCRIPTS)
def test_a_script_behaves_as_without_us(folder: Path, source: str | None) -> None:
    written(folder, "", "engine.py")
    written(folder, "mine = 1", "trace.py")
    script = folder / "script.py"
    if source is not None:
        lines = [line.removeprefix("        ") for line in source.splitlines()]
        written(folder, "\n".join(lines).strip() + "\n")
    (folder / "elsewhere").mkdir()
    options: dict[str, Any] = {"cwd": folder / "elsewhere", "input": "one\ntwo\n"}
    if source is not None and "range(256)" in source:
        options["errors"] = "surrogateescape"
    arguments = ["--flag", "a b"]
    plain = run([sys.executable, str(script), *arguments], **options)
    ours = run(command(folder / "trace", script, *arguments), **options)

    if "sys.flags" in str(source):
        # One thing may differ: the engine's own place, last on the path unless it was there.
        first, second, third = plain.stdout.splitlines()
        mine = ours.stdout.splitlines()
        assert [first, second] == mine[:2]
        assert int(mine[2].split()[0]) - int(third.split()[0]) in (0, 1)
        assert mine[2].split()[1:] == third.split()[1:]
    else:
        assert ours.stdout == plain.stdout
    assert ours.stderr == plain.stderr
    expected = plain.returncode if plain.returncode >= 0 else 128 - plain.returncode
    assert ours.returncode == expected
    if source is not None:
        assert set(loaded(folder / "trace").exits.values()) == {plain.returncode}


def test_what_a_script_does_is_recorded(folder: Path) -> None:
    script = written(
        folder,
        "import multiprocessing, poolscope, sys\n"
        "def double(n): return 2 * n\n"
        "if __name__ == '__main__':\n"
        "    for method in sys.argv[1:]:\n"
        "        context = multiprocessing.get_context(method)\n"
        "        with poolscope.ProcessPoolExecutor(1, context) as pool:\n"
        "            print(list(pool.map(double, [1, 2])))\n",
    )
    methods = ["fork", "spawn", "forkserver"]
    ran = run(command(folder / "trace.poolscope", script, *methods))
    assert (ran.stdout, ran.stderr, ran.returncode) == ("[2, 4]\n" * 3, "", 0)
    store = loaded(folder / "trace.poolscope")
    assert len(store.tasks) == 6
    assert not store.errors


ORPHAN_S = 90  # what never ends ends then, should the test be killed before it ends it
BUSY = f"import signal; signal.alarm({ORPHAN_S})\nwhile True: pass\n"
ENDLESS = f"""
import os, signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", {BUSY!r}], start_new_session=True)
print(child.pid, os.getpid(), flush=True)
{BUSY}"""


def test_the_limit_ends_the_script_and_all_that_it_started(folder: Path) -> None:
    script = written(folder, ENDLESS)
    ran = run(command(folder / "trace", script, limit=1.0))
    assert ran.returncode == 124
    pids = [int(word) for word in ran.stdout.split()]
    assert len(pids) == 2
    assert not [pid for pid in pids if psutil.pid_exists(pid)]
    assert set(loaded(folder / "trace").exits.values()) == {-signal.SIGKILL}


def test_a_limit_that_is_not_reached_changes_nothing(folder: Path) -> None:
    began = time.monotonic()
    ran = run(command(folder / "trace", written(folder, "print('done')"), limit=50))
    assert (ran.stdout, ran.returncode) == ("done\n", 0)
    assert time.monotonic() - began < 40


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGUSR1])
def test_signals_reach_the_script(folder: Path, number: signal.Signals) -> None:
    script = written(
        folder,
        "import os, signal, sys\n"
        f"signal.alarm({ORPHAN_S})\n"
        "def heard(number, frame):\n"
        "    os.write(1, b'heard %d\\n' % number)\n"  # print may be what it interrupts
        "    sys.exit(40)\n"
        f"signal.signal({int(number)}, heard)\n"
        "print('up', flush=True)\n"
        "while True: signal.pause()\n",
    )
    with subprocess.Popen(
        command(folder / "trace", script), stdout=subprocess.PIPE, text=True
    ) as recording:
        try:
            assert recording.stdout is not None
            assert recording.stdout.readline() == "up\n"
            recording.send_signal(number)
            assert recording.stdout.readline() == f"heard {int(number)}\n"
            assert recording.wait(20) == 40
        finally:
            recording.kill()


def test_a_script_that_is_killed_gives_the_status_of_a_shell(folder: Path) -> None:
    script = written(folder, "import os; os.kill(os.getpid(), 9)")
    assert run(command(folder / "trace", script)).returncode == 128 + 9
    store = loaded(folder / "trace")
    assert set(store.exits.values()) == {-9}


def test_how_long_a_killed_script_was_silent_is_known(folder: Path) -> None:
    text = """
import os, threading, time
import poolscope
poolscope.ThreadPoolExecutor(1).submit(int)
silent = time.perf_counter()
while time.perf_counter() < silent + 0.25: pass
print(time.perf_counter_ns(), flush=True)
os.kill(os.getpid(), 9)
"""
    said = run(command(folder / "trace", written(folder, text)))
    store = loaded(folder / "trace")
    assert store.origin_ns + store.now_ns > int(said.stdout)
    # One that ends by itself says so, and nothing is to be told of what comes after.
    ended = run(command(folder / "ended", written(folder, text.replace("os.kill", "max"))))
    assert ended.returncode == 0
    store = loaded(folder / "ended")
    assert store.now_ns == max(process.recording_ended for process in store.processes)


def test_a_folder_that_is_used_is_left_alone(folder: Path) -> None:
    from poolscope import supervisor

    script = written(folder, "print('must not run')")
    with pytest.raises(ValueError, match="not empty"):
        supervisor.record(folder, script, [])
    assert sorted(folder.iterdir()) == [script]


def test_ctrl_c_in_a_terminal_reaches_the_script_once(folder: Path) -> None:
    script = written(
        folder,
        "import sys\n"
        "try:\n"
        "    print('up', sys.stdin.isatty(), flush=True)\n"
        "    input()\n"
        "except KeyboardInterrupt:\n"
        "    print('interrupted', flush=True)\n"
        "print('heard', input(), flush=True)\n",
    )
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", TERMINAL, os.ttyname(theirs), *command(folder / "trace", script)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as recording:
        try:
            os.close(theirs)
            with os.fdopen(ours, "r+b", buffering=0) as terminal:
                read_until(terminal, b"up True")
                terminal.write(b"\x03")
                read_until(terminal, b"interrupted")
                terminal.write(b"line\n")
                read_until(terminal, b"heard line")
                assert recording.wait(20) == 0
        finally:
            recording.kill()


# Makes the terminal the one that controls the new session, as a shell's is, and goes on as record.
TERMINAL = (
    "import fcntl, os, sys, termios;"
    "fcntl.ioctl(os.open(sys.argv[1], os.O_RDWR), termios.TIOCSCTTY, 0);"
    "os.execv(sys.argv[2], sys.argv[2:])"
)


def read_until(terminal: io.FileIO, text: bytes) -> None:
    seen = b""
    while text not in seen:
        seen += terminal.read(1024) or b""


@pytest.mark.skipif(sys.platform != "linux", reason="there alone a child hears of it")
def test_a_script_whose_recorder_is_killed_is_asked_to_end(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import os, signal, sys\n"
        "def asked(number, frame):\n"
        "    os.write(1, b'asked')\n"
        "    sys.exit()\n"
        "signal.signal(signal.SIGTERM, asked)\n"
        "os.write(1, b'%d\\n' % os.getpid())\n"
        "while True: signal.pause()\n"
    )
    with subprocess.Popen(command(tmp_path / "trace", script), stdout=subprocess.PIPE) as recorder:
        assert recorder.stdout is not None
        end = os.pidfd_open(int(recorder.stdout.readline()))
        recorder.kill()
        assert recorder.stdout.read() == b"asked"
    # Its standard output closes a moment before it has ended.
    try:
        assert select.select([end], [], [], LIMIT_S)[0]
    finally:
        os.close(end)
