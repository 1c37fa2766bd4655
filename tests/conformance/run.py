"""Runs CPython's own cases of futures, locks, queues and threads against the engine.

    python3.13 tests/conformance/run.py [--only WORD ...] [--json FILE] [-v]

The suite is the one installed with the interpreter that runs this; 3.11 and 3.12 on some systems
come without. ``--only`` takes words; a test runs if its id holds one of them (``ThreadPool``,
``ProcessPoolFork`` ...); ``--record`` runs it all with a recording on. What cannot pass because it
tests the standard library's private parts is
in ``expected.toml``, each id with its reason. Exit status: 0 when everything else passed and all of
those failed, 1 otherwise, 3 when the interpreter has no suite.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import tempfile
import tomllib
import unittest
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent.parent / "engine")]

import stand_in  # noqa: E402

SUITE = "test.test_concurrent_futures"
MODULES = (
    "test_as_completed",
    "test_deadlock",
    "test_future",
    "test_init",
    "test_process_pool",
    "test_shutdown",
    "test_thread_pool",
    "test_wait",
)
TRACE = "POOLSCOPE_CONFORMANCE_TRACE"  # the folder to record into, see process_cases
CASES = ("lock_cases", "process_cases")  # ours, around the suite's
NO_SUITE = 3


class Record(unittest.TextTestResult):
    """The outcome of each test by its id; a failing subtest fails its test."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.outcomes: dict[str, str] = {}

    def _note(self, test: unittest.TestCase, outcome: str) -> None:
        self.outcomes[short(test)] = outcome

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        self._note(test, "passed")

    def addFailure(self, test: Any, err: Any) -> None:
        super().addFailure(test, err)
        self._note(test, "failed")

    def addError(self, test: Any, err: Any) -> None:
        super().addError(test, err)
        self._note(test, "failed")

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._note(test, "failed")

    def addSkip(self, test: Any, reason: str) -> None:
        super().addSkip(test, reason)
        self._note(test, "skipped")


def short(test: unittest.TestCase) -> str:
    """``test_wait.ThreadPoolWaitTests.test_timeout``: the id without the package."""
    return test.id().removeprefix(SUITE + ".")


def flat(suite: unittest.TestSuite) -> Iterator[unittest.TestCase]:
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from flat(item)
        else:
            yield item


def alias_fresh_interpreters() -> None:
    """The suite's ``python -c`` scripts get our engine too."""
    from test.support import script_helper

    plain = script_helper.assert_python_ok

    def aliased(*args: str, **environment: str) -> Any:
        if args[0] == "-c":
            args = ("-c", stand_in.PRELUDE + args[1], *args[2:])
        return plain(*args, **environment)

    script_helper.assert_python_ok = aliased


def load(words: list[str]) -> unittest.TestSuite:
    chosen = unittest.TestSuite()
    for name in (*(f"{SUITE}.{name}" for name in MODULES), *CASES):
        module = importlib.import_module(name)
        for test in flat(unittest.defaultTestLoader.loadTestsFromModule(module)):
            if not words or any(word in short(test) for word in words):
                chosen.addTest(test)
    return chosen


@contextmanager
def recording() -> Iterator[None]:
    """A recording into a folder that is thrown away; no event of it may be lost."""
    from poolscope.trace import recorder

    with tempfile.TemporaryDirectory() as folder:
        recorder.start(Path(folder, "trace"), role="main")
        os.environ[TRACE] = str(recorder.folder())  # for spawned processes
        try:
            yield
        finally:
            del os.environ[TRACE]
            counts = recorder.statistics()
            recorder.stop()
            print(f"recorded {counts.events} events, {counts.lost} lost", file=sys.stderr)
            if counts.lost or not counts.events:
                raise RuntimeError("the recording is not whole")


def judge(outcomes: dict[str, str], expected: dict[str, str]) -> list[str]:
    """One sentence for each test that did not do what it should."""
    wrong = [
        f"{name} failed"
        for name, how in outcomes.items()
        if how == "failed" and name not in expected
    ]
    wrong += [
        f"{name} passed, but expected.toml says: {reason}"
        for name, reason in expected.items()
        if outcomes.get(name) == "passed"
    ]
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description="CPython's tests of futures, on our engine")
    parser.add_argument("--only", action="extend", nargs="+", default=[], metavar="WORD")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the outcomes there")
    parser.add_argument("--record", action="store_true", help="with a recording running")
    parser.add_argument("-v", action="store_true", help="print each test as it runs")
    options = parser.parse_args()
    try:
        importlib.import_module("test.support")
    except ModuleNotFoundError:
        print(f"{sys.executable} has no test.support: install Python's own tests", file=sys.stderr)
        return NO_SUITE
    stand_in.install()
    alias_fresh_interpreters()
    with (HERE / "expected.toml").open("rb") as file:
        expected: dict[str, str] = tomllib.load(file)["expected"]
    tests = load(options.only)
    with recording() if options.record else nullcontext():
        result = unittest.TextTestRunner(
            stream=sys.stderr, verbosity=2 if options.v else 1, resultclass=Record
        ).run(tests)
    assert isinstance(result, Record)
    wrong = judge(result.outcomes, expected)
    counts = {
        how: list(result.outcomes.values()).count(how) for how in ("passed", "failed", "skipped")
    }
    if options.json:
        report = {"python": sys.version, "counts": counts, "wrong": wrong}
        options.json.write_text(json.dumps({**report, "outcomes": result.outcomes}, indent=1))
    print(counts)
    for sentence in wrong:
        print(sentence)
    return 1 if wrong or not result.outcomes else 0


if __name__ == "__main__":
    sys.exit(main())
