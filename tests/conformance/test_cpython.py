"""CPython's own tests of futures and locks pass on our engine.

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

import pytest

HERE = Path(__file__).resolve().parent
MAX_EXPECTED_METHODS = 8
LIMIT_S = 900  # exists only to fail
# Each part is its own process, so that a hang says where it is.
PARTS = {
    "futures": ["test_future.", "test_init.ThreadPool"],
    "locks": ["lock_cases."],
    "thread-pool": ["ThreadPoolExecutorTest", "ThreadPoolShutdownTest"],
    "thread-waiting": ["ThreadPoolWaitTests", "ThreadPoolAsCompletedTest"],
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
    asking = "import test.support, test.lock_tests, test.test_concurrent_futures.util"
    for python in candidates():
        if subprocess.run([python, "-c", asking], capture_output=True, check=False).returncode == 0:
            return python
    return None


@pytest.mark.timeout(LIMIT_S)
@pytest.mark.parametrize("recording", [False, True], ids=["quiet", "recording"])
@pytest.mark.parametrize("part", PARTS)
def test_the_suite_passes(part: str, recording: bool, tmp_path: Path) -> None:
    python = interpreter()
    if python is None:
        reason = "no interpreter here has CPython's tests: name one in POOLSCOPE_CONFORMANCE_PYTHON"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    report = tmp_path / "report.json"
    command = [python, str(HERE / "run.py"), "--only", *PARTS[part], "--json", str(report)]
    if recording:
        command.append("--record")
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LIMIT_S)
    assert report.exists(), ran.stderr
    found = json.loads(report.read_text())
    assert not found["wrong"], ran.stderr
    assert found["counts"]["passed"] > 10
    assert ran.returncode == 0, ran.stderr


def test_what_is_expected_to_fail_is_little_and_has_its_reason() -> None:
    with (HERE / "expected.toml").open("rb") as file:
        expected: dict[str, str] = tomllib.load(file)["expected"]
    assert len({name.rpartition(".")[2] for name in expected}) <= MAX_EXPECTED_METHODS
    for name, reason in expected.items():
        assert reason.endswith("."), f"{name}: one sentence of reason"
