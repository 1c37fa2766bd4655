"""The program runs in a fork of the recorder: it is none to see, however we were called."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from poolscope.started import Forked
from tests.harmless import runs

DOORS = {
    "a file": ["{root}/app.py"],
    "a module": ["-m", "poolscope"],
    "without a path of its own": ["-P", "{root}/app.py"],
}
PROGRAMS = {
    "what it finds": (
        "import sys, signal, threading\n"
        "print(sys.path, sys.argv, sys.orig_argv[1:], __name__, __file__, sys.flags)\n"
        "print([(n, signal.getsignal(n)) for n in sorted(signal.valid_signals())])\n"
        "print(signal.pthread_sigmask(signal.SIG_BLOCK, []), len(threading.enumerate()))\n"
        "print([name for name in sys.modules if name.startswith('poolscope_gui')])\n"
    ),
    "what it raises": "def inner():\n    raise ValueError('no')\ninner()\n",
    "an interrupt": "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nwhile True: pass\n",
    "no room on the stack": (
        "import os\ndef deeper(n): deeper(n + 1)\n"
        "try: deeper(0)\nexcept RecursionError as error: print(error)\nos._exit(7)\n"
    ),
    "files": "import os\nprint(sorted(os.listdir('/proc/self/fd'))[:3])\n",
}


def watched(door: list[str], program: list[str], folder: Path) -> runs.Outcome:
    start = [part.format(root=runs.ROOT) for part in door]
    return runs.outcome([sys.executable, *start, "record", "-o", str(folder / "trace"), *program])


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
@pytest.mark.parametrize("source", PROGRAMS.values(), ids=PROGRAMS)
def test_a_program_finds_what_it_would_without_us(
    door: list[str], source: str, tmp_path: Path
) -> None:
    script = tmp_path / "program.py"
    script.write_text(source)
    flags = [part for part in door if part == "-P"]
    plain = runs.outcome([sys.executable, *flags, str(script)])
    found = watched(door, [str(script)], tmp_path)
    if flags:  # they are the interpreter's in both
        plain = plain._replace(out=plain.out.replace(b"'-P', ", b""))
    status = plain.status if plain.status >= 0 else 128 - plain.status
    assert found == plain._replace(status=status)


def test_an_error_in_a_module_shows_no_frame_of_ours(tmp_path: Path) -> None:
    # runpy stands in the stack twice: once for us.
    program = ["-m", "json.tool", str(tmp_path / "nothing")]
    plain = runs.outcome([sys.executable, *program])
    assert watched(DOORS["a module"], program, tmp_path) == plain


def test_a_signal_in_between_is_for_the_program() -> None:
    code = (
        "import os, signal\n"
        "from poolscope.started import Child, Forked\n"
        "signal.signal(signal.SIGTERM, lambda *_: os._exit(3))\n"
        "def first(): os.kill(os.getpid(), signal.SIGTERM)\n"
        "try: child = Child(lambda: 1, first)\n"
        "except Forked as forked:\n"
        "    signal.signal(signal.SIGTERM, lambda *_: os._exit(5))\n"
        "    os._exit(forked.program())\n"
        "child.wait()\nprint(child.code, signal.pthread_sigmask(signal.SIG_BLOCK, []))\n"
    )
    path = str(runs.ROOT / "engine")
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=runs.environment() | {"PYTHONPATH": path},
    )
    assert run.stdout == "5 set()\n"
    assert issubclass(Forked, BaseException)
    assert not issubclass(Forked, Exception)  # nobody on the way may take it for a failure


@pytest.mark.parametrize("looks", [False, True])
def test_there_is_no_fork_where_a_profiler_would_come_with_it(looks: bool, tmp_path: Path) -> None:
    asks = tmp_path / "asks.py"
    asks.write_text(
        f"import sys; sys.path.append({str(runs.ROOT / 'engine')!r})\n"
        "from poolscope.supervisor import may_fork\n"
        "print(may_fork())\n"
    )
    profiler = ["-m", "cProfile", "-o", str(tmp_path / "profile")] if looks else []
    said = runs.outcome([sys.executable, *profiler, str(asks)])
    assert (said.status, said.out, said.err) == (0, b"False\n" if looks else b"True\n", b"")
