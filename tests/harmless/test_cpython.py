"""CPython's own tests of threading, queue and concurrent.futures have the same outcome under us.

They come with an interpreter: ours, the one that ``POOLSCOPE_CONFORMANCE_PYTHON`` names, or a
``python3.13`` that is found. Each commit runs the two short suites whole, and of the third what
takes little time; all of it (some five minutes) runs when ``POOLSCOPE_LONG`` is set, but for what
hangs without us, too (``programs/futures_suite.py``)::

    POOLSCOPE_LONG=1 python -m pytest tests/harmless/test_cpython.py
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conformance.test_cpython import interpreter
from tests.harmless import runs
from tests.some_at_a_time import some_at_a_time

MOST_EXPECTED = 5
LIMIT_S = 900  # exists only to fail
AT_A_TIME = 4
LONG = bool(os.environ.get("POOLSCOPE_LONG"))
FUTURES = "test.test_concurrent_futures"
# By suite: the words that choose what each commit runs; none: all of it. What is left out is nearly
# all waiting.
QUICK = {
    "test.test_threading": [],
    "test.test_queue": [],
    FUTURES: [
        "FutureTests", "ThreadPoolExecutorTest.test_[df]", "ThreadPoolExecutorTest.test_map_e",
        "ThreadPoolExecutorTest.test_submit",
        "ThreadPoolAsCompletedTests.test_[fd]", "ProcessPoolForkProcessPoolExecutorTest.test_map",
        "ProcessPoolForkProcessPoolExecutorTest.test_traceback",
        "ProcessPoolSpawnProcessPoolExecutorTest.test_ress", "ProcessPoolForkWaitTest.test_all",
    ],
}  # fmt: skip
Said = tuple[Future[str], Future[str]]
_COUNT = re.compile(r"^Ran (\d+) tests? in", re.MULTILINE)


class Outcome(NamedTuple):
    """How a run of a suite ended: how many ran, the last line, and what did not pass."""

    ran: int
    verdict: str
    wrong: frozenset[str]

    @classmethod
    def of(cls, said: str) -> Outcome:
        (ran,) = _COUNT.findall(said)
        wrong = re.findall(r"^(?:FAIL|ERROR): \S+ \((?:test\.)?([\w.]+)\)", said, re.MULTILINE)
        return cls(int(ran), said.strip().splitlines()[-1], frozenset(wrong))


@pytest.fixture(scope="module")
def runs_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[Path, Said]]]:
    """Of each suite the trace, and what it said without us and with us. They do little but wait."""
    python = interpreter()
    if python is None:
        pytest.skip("no interpreter here has CPython's tests")
    started: dict[str, tuple[Path, Said]] = {}
    with some_at_a_time(AT_A_TIME) as pool:
        for suite, chosen in QUICK.items():
            folder = tmp_path_factory.mktemp(suite)
            words = [] if LONG else [part for word in chosen for part in ("-k", f"*{word}*")]
            if LONG and suite == FUTURES:
                shutil.copy(runs.PROGRAMS / "futures_suite.py", folder)
            name = "futures_suite" if LONG and suite == FUTURES else suite
            program = ["-m", "unittest", "-v", *words, name]
            trace = folder / "trace"
            plain = pool.submit(said_by, [python, *program], folder)
            recorded = [*runs.record(trace, "--python", python), *program]
            started[suite] = trace, (plain, pool.submit(said_by, recorded, folder))
        yield started


def said_by(command: list[str], folder: Path) -> str:
    return subprocess.run(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        env=runs.environment(), cwd=folder, timeout=LIMIT_S, check=False,
    ).stderr  # fmt: skip


@pytest.fixture(autouse=True)
def _no_process_left() -> None:
    """Not after each test here: meanwhile other suites run. ``runs_of`` looks when all are done."""


@pytest.mark.timeout(2 * LIMIT_S)
@pytest.mark.parametrize("suite", QUICK)
def test_the_same_outcome(suite: str, runs_of: dict[str, tuple[Path, Said]]) -> None:
    trace, ends = runs_of[suite]
    said = [end.result() for end in ends]
    plain, watched = (Outcome.of(text) for text in said)
    assert plain.ran > 20, said[0]
    with Path(__file__).with_name("expected.toml").open("rb") as file:
        expected = frozenset(tomllib.load(file)["expected"])
    assert watched.ran == plain.ran
    assert watched.wrong <= plain.wrong | expected, said[1]
    if not expected & watched.wrong:
        assert watched.verdict == plain.verdict
    assert runs.report(trace)["trace"]["events"] > 100


def test_what_is_expected_to_change_is_little_and_has_its_reason() -> None:
    with Path(__file__).with_name("expected.toml").open("rb") as file:
        expected: dict[str, str] = tomllib.load(file)["expected"]
    assert len(expected) <= MOST_EXPECTED
    assert all(reason.endswith(".") for reason in expected.values())
