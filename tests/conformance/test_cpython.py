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
from functools import cache
from pathlib import Path

import psutil
import pytest

HERE = Path(__file__).resolve().parent
MAX_EXPECTED_METHODS = 8
LIMIT_S = 900  # exists only to fail, as the next
GRACE_S = 10.0
# Each part is its own process, so that a hang says where it is.
PARTS = {
    "futures": ["test_future.", "test_init.ThreadPool"],
    "locks": ["lock_cases."],
    "process-locks": ["process_cases.Fork"],  # and forkserver
    "process-locks-spawn": ["process_cases.Spawn"],
    "thread-pool": ["ThreadPoolExecutorTest", "ThreadPoolShutdownTest"],
    "thread-waiting": ["ThreadPoolWaitTests", "ThreadPoolAsCompletedTest"],
    "process-fork": ["ProcessPoolFork"],  # and forkserver
    "process-spawn": ["ProcessPoolSpawn"],
}


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
    """One part of the suite, running in a process of its own."""

    def __init__(self, python: str, part: str, recording: bool, folder: Path) -> None:
        self._report = folder / f"{part}-{recording}.json"
        self._said = folder / f"{part}-{recording}.txt"
        command = [python, str(HERE / "run.py"), "--only", *PARTS[part]]
        command += ["--json", str(self._report), *(["--record"] if recording else [])]
        with self._said.open("wb") as said:
            self._process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)

    def check(self) -> None:
        status = self._process.wait(LIMIT_S)
        said = self._said.read_text(errors="replace")
        assert self._report.exists(), said
        report = json.loads(self._report.read_text())
        assert not report["wrong"], said
        assert report["counts"]["passed"] > 10
        assert status == 0, said

    def end(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


@pytest.fixture(autouse=True)
def _no_process_left() -> None:
    """Not after each test here: meanwhile the other parts run. ``runs`` looks when all are done."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[tuple[str, bool], Run]]:
    """All parts at once: what they do most is sleep."""
    python = interpreter()
    if python is None:
        reason = "no interpreter here has CPython's tests: name one in POOLSCOPE_CONFORMANCE_PYTHON"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("conformance")
    before = set(psutil.Process().children(recursive=True))
    started = {
        (part, recording): Run(python, part, recording, folder)
        for part in PARTS
        for recording in (False, True)
    }
    yield started
    for run in started.values():
        run.end()
    left = set(psutil.Process().children(recursive=True)) - before
    _, alive = psutil.wait_procs(left, timeout=GRACE_S)
    assert not alive


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
