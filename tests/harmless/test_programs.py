"""A program under ``poolscope record`` does what it does without, to the byte."""

from __future__ import annotations

import os
import py_compile
import shutil
import subprocess
import sys
import zipapp
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.test_cpython import interpreter
from tests.harmless import runs

METHODS = ["fork", "spawn", "forkserver"]
ENDINGS = [
    "exits",
    "raises",
    "chained",
    "hooked",
    "thread_raises",
    "at_exit",
    "forks",
    "leaves",
    "crashes",
    "terminated",
    "interrupted",
    "interrupted_result",
]


def states(report: dict[str, Any], pool: dict[str, Any]) -> list[str]:
    return [task["outcome"] for task in report["tasks"] if task["pool"] == pool["id"]]


@pytest.mark.parametrize("kind", ["threads", *METHODS])
def test_pools(kind: str, tmp_path: Path) -> None:
    report = runs.same(tmp_path, str(runs.PROGRAMS / "pools.py"), kind, "an argument")
    assert {pool["engine"] for pool in report["pools"]} == {"stdlib"}
    assert report["tasks"]
    assert all(task["state"] != "PENDING" for task in report["tasks"])


def test_where_each_warning_is_an_error_there_is_none_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As those have it who look for files that are opened without an encoding.
    monkeypatch.setenv("PYTHONWARNDEFAULTENCODING", "1")
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    program = str(runs.PROGRAMS / "pools.py")
    runs.same(tmp_path, program, "spawn", options=("--python", sys.executable, "--limit", "60"))


@pytest.mark.parametrize("method", METHODS)
def test_multiprocessing(method: str, tmp_path: Path) -> None:
    report = runs.same(tmp_path, str(runs.PROGRAMS / "multi.py"), method)
    first, second = report["pools"]
    assert (first["kind"], first["start_method"], second["kind"]) == ("process", method, "thread")
    assert states(report, first).count("exception") == states(report, second).count("exception")
    named = {thread["name"] for thread in report["threads"]}
    assert {"mine-0", "mine-1", "mine-2"} <= named


def test_who_was_given_the_error_of_a_pools_task_has_looked_at_it(tmp_path: Path) -> None:
    report = runs.same(tmp_path, str(runs.PROGRAMS / "failures.py"))
    assert [task["outcome"] for task in report["tasks"]] == ["exception"] * 16
    told = [found["text"] for found in report["findings"] if found["kind"] == "unread-exception"]
    assert len(told) == 2  # one of each pool
    assert all("fails('unseen') failed" in sentence for sentence in told)


@pytest.mark.parametrize("options", [(), ("--all-locks",)], ids=["own-locks", "all-locks"])
def test_primitives(options: tuple[str, ...], tmp_path: Path) -> None:
    program = str(runs.PROGRAMS / "primitives.py")
    report = runs.same(tmp_path, program, options=options)
    names = {lock["name"].partition(" (")[0] for lock in report["locks"]}
    own = {"lock", "rlock", "condition", "event", "semaphore", "bounded", "barrier", "items"}
    assert own <= names
    assert any("threading.py" in lock["name"] for lock in report["locks"]) == bool(options)


@pytest.mark.parametrize("ending", ENDINGS)
def test_endings(ending: str, tmp_path: Path) -> None:
    report = runs.same(tmp_path, str(runs.PROGRAMS / "endings.py"), ending)
    # What it did until then is in the trace, also after a crash.
    assert report["tasks"][0]["name"] == "task()"
    assert report["tasks"][0]["outcome"] == "result"


def test_files_of_a_program_that_closes_all_stay_open(tmp_path: Path) -> None:
    report = runs.same(tmp_path, str(runs.PROGRAMS / "closes.py"))
    assert [task["outcome"] for task in report["tasks"]] == ["result"] * 4


CLOSED = """
import os, sys
from concurrent.futures import ThreadPoolExecutor
with open(sys.argv[1], "w") as said, ThreadPoolExecutor(1) as pool:
    print(sys.stdin, sys.stdout, sys.stderr, pool.submit(abs, -1).result(), file=said)
    for number in (1, 2):
        try: print(number, os.write(number, b"to nobody"), file=said)
        except OSError as error: print(number, error.strerror, file=said)
"""


def test_standard_files_that_are_closed_lead_nowhere(tmp_path: Path) -> None:
    """As a daemon's may be; what takes the next number must be none of ours."""
    program = tmp_path / "program.py"
    program.write_text(CLOSED)
    said = []
    for number, command in enumerate(([sys.executable], runs.record(tmp_path / "trace"))):
        texts = tmp_path / str(number)
        closing = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh"]
        assert runs.outcome([*closing, *command, str(program), str(texts)]).status == 0
        said.append(texts.read_text())
    assert said[1] == said[0]
    assert [task["outcome"] for task in runs.report(tmp_path / "trace")["tasks"]] == ["result"]


def test_other_classes_under_the_names_of_threading(tmp_path: Path) -> None:
    report = runs.same(tmp_path, str(runs.PROGRAMS / "replaces.py"))
    assert [task["name"] for task in report["tasks"]] == ["abs(0)", "abs(1)", "abs(2)"]
    unseen = [found["text"] for found in report["findings"] if found["kind"] == "unseen"]
    assert any("not the system's (gevent, eventlet)" in sentence for sentence in unseen)


def test_what_has_been_used_is_gone(tmp_path: Path) -> None:
    report = runs.same(tmp_path, str(runs.PROGRAMS / "lifetimes.py"))
    assert len(report["pools"]) == 2


def test_locks_where_the_stack_ends(tmp_path: Path) -> None:
    # What was got is held, what was let go is free, though the stack ends in the midst of it.
    report = runs.same(tmp_path, str(runs.PROGRAMS / "deep.py"))
    assert {lock["name"].partition(" (")[0] for lock in report["locks"]} == {"lock", "rlock"}


def test_futures_made_in_the_middle_of_a_submit(tmp_path: Path) -> None:
    report = runs.same(tmp_path, str(runs.PROGRAMS / "interrupts.py"))
    assert not [found for found in report["findings"] if found["kind"] == "lost-events"]
    by_hand = [task for task in report["tasks"] if task["pool"] is None]
    assert len(by_hand) == 4  # the last one in the shutdown
    names = [
        [task["name"] for task in report["tasks"] if task["pool"] == pool["id"]]
        for pool in report["pools"]
    ]
    assert sorted(names) == [["abs(0)", "abs(-1)", "abs(-2)"], ["len('inner')"] * 4]


def test_a_wait_and_an_apply_in_the_middle_of_others(tmp_path: Path) -> None:
    report = runs.same(tmp_path, str(runs.PROGRAMS / "in_between.py"))
    waits = [wait["outcome"] for lock in report["locks"] for wait in lock["blocks"]]
    assert waits == ["timeout", "timeout"]
    assert {task["name"] for task in report["tasks"]} == {"len('inner')", "abs(-2)"}


def test_a_module_as_python_m_runs_it(tmp_path: Path) -> None:
    package = tmp_path / "mine"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "__main__.py").write_text(
        "import sys\n"
        "print(__name__, __package__, __spec__.name, __file__, sys.argv, sys.path)\n"
        "print(sys.orig_argv[1:])\n"
        "raise KeyError('as it is')\n"
    )
    runs.same(tmp_path, "-m", "mine", "--flag", "x", cwd=tmp_path)
    shutil.rmtree(tmp_path / "trace")
    runs_none = runs.both(tmp_path, "-m", "mine.nothing", cwd=tmp_path)
    assert runs_none[0] == runs_none[1]


RUN_AS_MAIN = """
import multiprocessing, sys
from concurrent.futures import ProcessPoolExecutor
from beside import double
if __name__ == "__main__":
    print(__file__, __package__, __spec__, type(__loader__).__name__, sys.argv, sys.path)
    for method in ("fork", "spawn"):
        with ProcessPoolExecutor(1, multiprocessing.get_context(method)) as pool:
            print(list(pool.map(double, range(3))))
    raise KeyError("as it is")
"""


@pytest.mark.parametrize("kind", ["folder", "zip", "pyc", "of another version", "nothing in it"])
def test_what_else_python_runs(kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "program"
    folder.mkdir()
    (folder / "beside.py").write_text("def double(number): return 2 * number\n")
    main = folder / "__main__.py"
    program = folder
    if kind != "nothing in it":
        main.write_text(RUN_AS_MAIN)
    if kind == "zip":
        program = tmp_path / "program.pyz"
        zipapp.create_archive(folder, program)
    elif kind in ("pyc", "of another version"):
        program = folder / "program.pyc"
        py_compile.compile(str(main), cfile=str(program))
        if kind != "pyc":
            program.write_bytes(b"\0\0\r\n" + program.read_bytes()[4:])
    report = runs.same(tmp_path, str(program), "an argument")
    works = kind in ("folder", "zip", "pyc")
    assert [task["outcome"] for task in report["tasks"]] == ["result"] * (6 if works else 0)


def other_python() -> str | None:
    """Another interpreter than ours, in which Poolscope is not installed."""
    asking = "import sys; sys.exit(sys.version_info < (3, 11) or bool(__import__('importlib.util')"
    asking += ".util.find_spec('poolscope')))"
    base = Path(sys.base_prefix) / "bin" / "python3"
    for python in (os.environ.get("POOLSCOPE_CONFORMANCE_PYTHON"), "python3.13", str(base)):
        found = shutil.which(python) if python else None
        if found and not subprocess.run([found, "-c", asking], check=False).returncode:
            return found
    return None


def test_another_interpreter_and_modules_of_our_names(tmp_path: Path) -> None:
    python = other_python()
    if python is None:
        pytest.skip("there is no other interpreter of Python 3.11 or newer here")
    names = ("engine", "gui", "app", "trace", "record", "instrument", "script", "launch", "locks")
    for name in names:
        (tmp_path / f"{name}.py").write_text("WHOSE = 'mine'\n")
    program = tmp_path / "program.py"
    program.write_text(
        "import importlib.util, multiprocessing, sys\n"
        f"import {', '.join(names)}\n"
        "from concurrent.futures import ProcessPoolExecutor\n"
        "def whose(name): return sys.modules[name].WHOSE, sys.path\n"
        "if __name__ == '__main__':\n"
        "    print(sys.executable, sys.path, importlib.util.find_spec('numpy'))\n"
        "    with ProcessPoolExecutor(1, multiprocessing.get_context('spawn')) as pool:\n"
        f"        print(list(pool.map(whose, {names!r})))\n"
    )
    plain = runs.outcome([python, str(program)])
    command = [*runs.record(tmp_path / "trace", "--python", python), str(program)]
    assert runs.outcome(command) == plain
    report = runs.report(tmp_path / "trace")
    assert [task["outcome"] for task in report["tasks"]] == ["result"] * len(names)
    assert report["workers"][0]["tasks"] == len(names)


def test_code_made_of_a_string_has_no_lines_of_ours(tmp_path: Path) -> None:
    python = interpreter() or other_python()  # where there is one, of the newest version
    if python is None:
        pytest.skip("there is no other interpreter of Python 3.11 or newer here")
    program = tmp_path / "program.py"
    program.write_text(
        "import warnings\nexec('import warnings; warnings.warn(str(1))')\nexec('\\n1 / 0')\n"
    )
    plain = runs.outcome([python, str(program)])
    command = [*runs.record(tmp_path / "trace", "--python", python), str(program)]
    assert runs.outcome(command) == plain


LIKE_THE_LIBRARYS = """
import json, mmap, queue, subprocess, glob, threading
print([module.WHO for module in (json, queue, subprocess, glob)], mmap.ACCESS_READ)
from json import other
print(other.WHO, len(threading.enumerate()))
"""


@pytest.mark.parametrize("start", ["script", "module", "folder", "elsewhere"])
def test_modules_of_a_program_that_are_called_like_the_librarys(start: str, tmp_path: Path) -> None:
    """Those that we have imported already, and those that are hooked once they are."""
    folder = tmp_path / "program"
    for name in ("json", "glob", "mmap"):
        (folder / name).mkdir(parents=True)
    for name in ("json/__init__", "json/other", "queue", "subprocess", "glob/__init__"):
        (folder / f"{name}.py").write_text(f"WHO = 'mine'; print({name!r})\n")
    for name in ("__main__.py", "begin.py"):
        (folder / name).write_text(LIKE_THE_LIBRARYS)
    others = {"module": ["-m", "begin"], "script": [str(folder / "begin.py")]}
    program = others.get(start, [str(folder)])
    python = other_python() if start == "elsewhere" else sys.executable
    if python is None:
        pytest.skip("there is no other interpreter of Python 3.11 or newer here")
    plain = runs.outcome([python, *program], cwd=folder)
    options = ["--python", python] if start == "elsewhere" else []
    assert runs.outcome([*runs.record(tmp_path / "trace", *options), *program], cwd=folder) == plain
    assert plain.status == 0


def test_an_error_while_what_is_hooked_is_imported(tmp_path: Path) -> None:
    (tmp_path / "logging.py").write_text("1 / 0\n")
    program = tmp_path / "program.py"
    program.write_text("import concurrent.futures.thread\n")
    runs.same(tmp_path, str(program))


LOOKS = """
import sys, threading
print(sys.argv, threading.current_thread() is threading.main_thread())
with threading.Lock(): pass
"""


def test_a_program_that_lies_where_the_library_does(tmp_path: Path) -> None:
    """What we have imported is what it would import: it stays the same module, hooks and all."""
    folder = tmp_path / "library"
    folder.mkdir()
    program = folder / "program.py"
    program.write_text(LOOKS)
    for module in Path(os.__file__).parent.iterdir():
        if module.name not in ("site-packages", "sitecustomize.py"):
            (folder / module.name).symlink_to(module)
    runs.same(tmp_path, str(program))
    assert len(runs.report(tmp_path / "trace")["locks"]) == 1
