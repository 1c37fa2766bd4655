"""How programs with process pools end: in programs of their own, that must end by themselves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.engine.processes.conftest import FORMS, METHODS
from tests.engine.processes.tasks import LIMIT_S, Gate

PRELUDE = """
import os, sys, threading
from multiprocessing import get_context
from poolscope.process_pool import ProcessPoolExecutor
from tests.engine.processes import tasks

def pool(workers=2, **options):
    return ProcessPoolExecutor(workers, get_context(sys.argv[1]), **options)

if __name__ == "__main__":
"""


@pytest.fixture(params=METHODS)
def method(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def start(
    folder: Path, body: str, method: str, form: str, environment: dict[str, str], root: Path
) -> subprocess.Popen[str]:
    script = folder / "program.py"
    lines = [f"    {line}" for line in body.strip().splitlines()]
    script.write_text(PRELUDE + "\n".join(lines) + "\n", encoding="utf-8")
    environment = {
        **environment,
        "POOLSCOPE_CHANNEL": form,
        "PYTHONPATH": os.pathsep.join([environment["PYTHONPATH"], str(root)]),
        "PYTHONWARNINGS": "error,ignore:This process:DeprecationWarning",
    }
    return subprocess.Popen(
        [sys.executable, str(script), method],
        env=environment,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


ENDINGS = {
    "tasks are queued": "p = pool(); [p.submit(tasks.append, 'out', str(n)) for n in range(30)]",
    "the pool was dropped": "[pool().submit(tasks.append, 'out', str(n)) for n in range(30)]",
    "shut down without waiting": """
p = pool()
for n in range(30):
    p.submit(tasks.append, 'out', str(n))
p.shutdown(wait=False)
""",
    "a chain of callbacks": """
p = pool(1)
def follow(future):
    n = future.result() + 1
    if n < 30:
        p.submit(tasks.echo, n).add_done_callback(follow)
    p.submit(tasks.append, 'out', str(n - 1))
done = p.submit(tasks.echo, 0)
done.add_done_callback(follow)
import time
while p.statistics().done < 60: threading.Event().wait(0.01)
""",
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("ending", ENDINGS)
def test_the_interpreter_exits_when_the_work_is_done(
    tmp_path: Path,
    root: Path,
    clean_environment: dict[str, str],
    method: str,
    form: str,
    ending: str,
) -> None:
    program = start(tmp_path, ENDINGS[ending], method, form, clean_environment, root)
    out, err = program.communicate(timeout=LIMIT_S)
    assert (program.returncode, out, err) == (0, "", "")
    assert sorted(map(int, (tmp_path / "out").read_text().split())) == list(range(30))


def test_submit_while_the_interpreter_exits(
    tmp_path: Path, root: Path, clean_environment: dict[str, str], method: str
) -> None:
    body = """
import atexit
p = pool(1)
p.submit(tasks.nothing).result()
@atexit.register
def late():
    try:
        p.submit(tasks.nothing)
    except RuntimeError as error:
        print(error)
"""
    program = start(tmp_path, body, method, "packets", clean_environment, root)
    out, err = program.communicate(timeout=LIMIT_S)
    assert err == ""
    assert out.strip() == "cannot schedule new futures after interpreter shutdown"


@pytest.mark.parametrize("form", FORMS)
def test_workers_end_when_their_parent_is_killed(
    tmp_path: Path, root: Path, clean_environment: dict[str, str], method: str, form: str
) -> None:
    gate = Gate(tmp_path)
    body = f"""
from pathlib import Path
other = pool(1)  # one forked later holds nothing of the first
p = pool(2)
p.submit(tasks.nothing).result()
other.submit(tasks.nothing).result()
gate = tasks.Gate.__new__(tasks.Gate)
gate._arrived, gate._go = Path({str(gate._arrived)!r}), Path({str(gate._go)!r})
p.submit(gate.pass_through)
p.submit(tasks.nothing).result()
print([*p._processes, *other._processes], flush=True)
threading.Event().wait()
"""
    program = start(tmp_path, body, method, form, clean_environment, root)
    assert program.stdout is not None
    busy = gate.arrived()
    workers = [psutil.Process(pid) for pid in eval(program.stdout.readline())]
    assert len(workers) >= 2
    program.kill()
    program.wait(LIMIT_S)
    idle = [worker for worker in workers if worker.pid != busy]
    _gone, alive = psutil.wait_procs(idle, timeout=LIMIT_S)
    assert alive == []
    if form == "pipes":
        # The one in a task ends with its task, as there is nobody to report it to.
        gate.open()
    _gone, alive = psutil.wait_procs(workers, timeout=LIMIT_S)
    assert alive == []
    program.communicate(timeout=LIMIT_S)


def test_a_forked_child_is_told_that_the_pool_is_not_its_own(
    tmp_path: Path, root: Path, clean_environment: dict[str, str]
) -> None:
    body = """
p = pool(1)
p.submit(tasks.nothing).result()
child = os.fork()
if child == 0:
    try:
        p.submit(tasks.nothing)
    except RuntimeError as error:
        print(error, flush=True)
    with pool(1) as own:
        print(own.submit(tasks.echo, "own").result(), flush=True)
    os._exit(0)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
print(p.submit(tasks.echo, "still").result())
"""
    program = start(tmp_path, body, "fork", "packets", clean_environment, root)
    out, err = program.communicate(timeout=LIMIT_S)
    assert err == ""
    said, own, code, still = out.splitlines()
    assert "belongs to the process that this one was forked from" in said
    assert (own, code, still) == ("own", "0", "still")


@pytest.mark.parametrize("form", FORMS)
def test_interrupt_ends_a_program_that_waits(
    tmp_path: Path, root: Path, clean_environment: dict[str, str], method: str, form: str
) -> None:
    gate = Gate(tmp_path)
    body = f"""
from pathlib import Path
gate = tasks.Gate.__new__(tasks.Gate)
gate._arrived, gate._go = Path({str(gate._arrived)!r}), Path({str(gate._go)!r})
with pool(1) as p:
    try:
        p.submit(gate.pass_through).result()
    except KeyboardInterrupt:
        p.kill_workers()
        print("interrupted")
"""
    program = start(tmp_path, body, method, form, clean_environment, root)
    gate.arrived()
    program.send_signal(signal.SIGINT)
    out, err = program.communicate(timeout=LIMIT_S)
    assert (program.returncode, out.strip(), err) == (0, "interrupted", "")
