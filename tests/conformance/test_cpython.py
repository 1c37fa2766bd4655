"""CPython's own tests of futures, locks, queues and threads pass on our engine.

They come with an interpreter: the one that runs this, the one that ``POOLSCOPE_CONFORMANCE_PYTHON``
names, or a ``python3.13`` that is found. Where there is none the tests are skipped, and fail
if ``CI`` is set: there the suite must be installed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from pathlib import Path

import pytest

from tests.some_at_a_time import some_at_a_time

HERE = Path(__file__).resolve().parent
MAX_EXPECTED_METHODS = 8
LIMIT_S = 900  # exists only to fail, as the next
# Each part is its own process, so that a hang says where it is; those that take longest come first.
PARTS = {
    "process-fork": ["ProcessPoolFork"],  # and forkserver
    "process-spawn": ["ProcessPoolSpawn"],
    "process-locks-spawn": ["process_cases.Spawn"],
    "process-locks": ["process_cases.Fork"],  # and forkserver
    "locks": ["lock_cases."],
    "thread-waiting": ["ThreadPoolWaitTests", "ThreadPoolAsCompletedTest"],
    "thread-pool": ["ThreadPoolExecutorTest", "ThreadPoolShutdownTest"],
    "futures": ["test_future.", "test_init.ThreadPool"],
}
# They sleep half of their time. With all sixteen at once two processors are too few for time-outs
# of the suite's own: five seconds for a spawned worker to come.
AT_A_TIME = 8


def candidates() -> Iterator[str]:
    yield sys.executable
    if named := os.environ.get("POOLSCOPE_CONFORMANCE_PYTHON"):
        yield named
    for name in ("python3.13", "python3.14", "python3.12"):
        if found := shutil.which(name):
            yield found
    for root in (os.environ.get("PYENV_ROOT", ""), "~/.pyenv"):
        versions = Path(root).expanduser() / "versions"
        if root and versions.is_dir():
            yield from (str(path) for path in sorted(versions.glob("3.1[3-9]*/bin/python")))


@cache
def interpreter() -> str | None:
    """One that has the suite."""
    asking = "import test.lock_tests, test.test_queue, test.test_concurrent_futures.util"
    for python in candidates():
        if subprocess.run([python, "-c", asking], capture_output=True, check=False).returncode == 0:
            return python
    return None


class Run:
    """One part of the suite, in a process of its own."""

    def __init__(self, python: str, part: str, recording: bool, folder: Path) -> None:
        self._report = folder / f"{part}-{recording}.json"
        self._said = folder / f"{part}-{recording}.txt"
        self._command = [python, str(HERE / "run.py"), "--only", *PARTS[part]]
        self._command += ["--json", str(self._report), *(["--record"] if recording else [])]
        self._process: subprocess.Popen[bytes] | None = None
        self._ended: Future[int] = Future()

    def start(self, pool: ThreadPoolExecutor) -> None:
        self._ended = pool.submit(self._run)

    def _run(self) -> int:
        with (
            self._said.open("wb") as said,
            subprocess.Popen(self._command, stdout=said, stderr=subprocess.STDOUT) as self._process,
        ):
            return self._process.wait()

    def check(self) -> None:
        status = self._ended.result(LIMIT_S)
        said = self._said.read_text(errors="replace")
        assert self._report.exists(), said
        report = json.loads(self._report.read_text())
        assert not report["wrong"], said
        assert report["counts"]["passed"] > 10
        assert status == 0, said

    def end(self) -> None:
        if not self._ended.cancel() and self._process is not None:
            self._process.kill()


@pytest.fixture(autouse=True)
def _no_process_left() -> None:
    """Not after each test here: meanwhile the other parts run. ``runs`` looks when all are done."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[tuple[str, bool], Run]]:
    """All parts, some at a time."""
    python = interpreter()
    if python is None:
        reason = "no interpreter here has CPython's tests: name one in POOLSCOPE_CONFORMANCE_PYTHON"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("conformance")
    started = {
        (part, recording): Run(python, part, recording, folder)
        for part in PARTS
        for recording in (False, True)
    }
    with some_at_a_time(AT_A_TIME) as pool:
        for run in started.values():
            run.start(pool)
        yield started
        for run in started.values():
            run.end()


@pytest.mark.timeout(LIMIT_S)
@pytest.mark.parametrize("recording", [False, True], ids=["quiet", "recording"])
@pytest.mark.parametrize("part", PARTS)
def test_the_suite_passes(part: str, recording: bool, runs: dict[tuple[str, bool], Run]) -> None:
    runs[part, recording].check()


def test_what_is_expected_to_fail_is_little_and_has_its_reason() -> None:
    with (HERE / "expected.toml").open("rb") as file:
        expected: dict[str, str] = tomllib.load(file)["expected"]
    assert len({name.rpartition(".")[2] for name in expected}) <= MAX_EXPECTED_METHODS
    for name, reason in expected.items():
        assert reason.endswith("."), f"{name}: one sentence of reason"
