"""The classic programs of concurrency, healthy and not: what is found in each, and about whom.

Each program runs as a user would run it, ``poolscope record --limit``, in a process of its own;
those that hang are ended by the limit.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from poolscope_gui import cli

HERE = Path(__file__).resolve().parent
APP = HERE.parents[1] / "app.py"
ENDED_BY_LIMIT = 124
HANGS_S = 8  # a program that hangs: time enough to come to it, however busy the machine
GRACE_S = 60  # one that does not; exists only to fail

Found = tuple[str, set[str]]

# program and arguments: the kind of the one finding, and all its subjects
UNHEALTHY: dict[str, Found] = {
    "philosophers deadlock": (
        "deadlock",
        {f"{what} {number}" for what in ("philosopher", "fork") for number in range(5)},
    ),
    "two_locks deadlock": ("deadlock", {"teller_0", "teller_1", "checking", "savings"}),
    "two_processes deadlock fork": ("deadlock", {"north", "south", "ledger", "stamp"}),
    "two_processes deadlock forkserver": ("deadlock", {"north", "south", "ledger", "stamp"}),
    "two_processes deadlock spawn": ("deadlock", {"north", "south", "ledger", "stamp"}),
    "nested_submit 1": ("self-starvation", {"kitchen_0", "chop('leek')", "kitchen"}),
    "futures_in_a_ring ring": ("deadlock", {"market_0", "market_1", "buyer()", "seller()"}),
    "readers_writer upgrade": ("deadlock", {"upgrade", "page"}),
    "producer_consumer alone": ("no-signal", {"both 0", "MainThread", "belt"}),
}
HEALTHY = (
    "philosophers ordered",
    "two_locks ordered",
    "two_processes ordered fork",
    "two_processes ordered spawn",
    "left_locked released fork",
    "nested_submit 2",
    "futures_in_a_ring line",
    "readers_writer exclusive",
    "producer_consumer flowing",
)
LEFT_LOCKED = ("left_locked killed fork", "left_locked killed spawn")
PATIENT = "two_locks patient"  # no deadlock: it would have been one without its time-out
Report = dict[str, Any]


class Run:
    """A program that was recorded."""

    def __init__(self, line: str, home: Path, limit: int) -> None:
        program, *arguments = line.split()
        self.trace = home / line.replace(" ", "-")
        command = [sys.executable, str(APP), "record", "-o", str(self.trace)]
        command += ["--limit", str(limit), str(HERE / "programs" / f"{program}.py"), *arguments]
        # Not the tests' own: the program is to find poolscope by itself.
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=2 * GRACE_S,
            check=False,
            env=environment,
        )
        self.status, self.said = done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[Run]]]:
    """All programs. Those that hang run at once: they do nothing but wait."""
    home = tmp_path_factory.mktemp("classics")
    hang = (*UNHEALTHY, *LEFT_LOCKED)
    with ThreadPoolExecutor(len(hang)) as waiting, ThreadPoolExecutor(2) as busy:
        started = {line: waiting.submit(Run, line, home, HANGS_S) for line in hang}
        for line in (*HEALTHY, PATIENT):
            started[line] = busy.submit(Run, line, home, GRACE_S)
        yield started


@pytest.fixture(autouse=True)
def _no_process_left() -> None:
    """Not after each test here: meanwhile the other programs run."""


@pytest.fixture
def report(
    runs: dict[str, Future[Run]], capsys: pytest.CaptureFixture[str]
) -> Callable[[str, int], Report]:
    """What ``report --json`` says of a program that ended with that status."""

    def report(line: str, status: int) -> Report:
        run = runs[line].result(3 * GRACE_S)
        assert run.status == status, run.said
        assert cli.main(["report", str(run.trace), "--json"]) == 0
        found: Report = json.loads(capsys.readouterr().out)
        assert (found["trace"]["lost"], found["trace"]["torn"]) == (0, 0)
        return found

    return report


def findings(report: Report) -> list[dict[str, Any]]:
    """All but the notice of what no recording ever sees."""
    return [each for each in report["findings"] if each["kind"] != "unseen"]


def names(report: Report, ids: list[str]) -> set[str]:
    """What the subjects of a finding are called."""
    things = (each for part in ("threads", "locks", "tasks", "pools") for each in report[part])
    called = {each["id"]: each["name"] for each in things}
    return {called[key] for key in ids}


@pytest.mark.parametrize("line", UNHEALTHY)
def test_what_is_wrong_is_found(line: str, report: Callable[[str, int], Report]) -> None:
    kind, subjects = UNHEALTHY[line]
    whole = report(line, ENDED_BY_LIMIT)
    (found,) = findings(whole)
    assert found["kind"] == kind, found["text"]
    assert names(whole, found["subjects"]) == subjects, found["text"]
    assert 0 < found["at_ns"] <= whole["trace"]["duration_ns"]
    locks = {lock["name"] for lock in whole["locks"]}
    assert all(name in found["text"] for name in subjects & locks)


@pytest.mark.parametrize("line", HEALTHY)
def test_a_healthy_program_has_no_findings(line: str, report: Callable[[str, int], Report]) -> None:
    assert findings(report(line, 0)) == []


def test_a_ring_that_ends_by_itself_is_no_deadlock(report: Callable[[str, int], Report]) -> None:
    (found,) = findings(report(PATIENT, 0))
    assert found["kind"] == "near-deadlock"
    assert "gave up after" in found["text"]


@pytest.mark.parametrize("line", LEFT_LOCKED)
def test_an_owner_that_was_killed_is_found(line: str, report: Callable[[str, int], Report]) -> None:
    whole = report(line, ENDED_BY_LIMIT)
    found = {each["kind"]: each for each in findings(whole)}
    assert found.keys() == {"owner-died"}
    died = found["owner-died"]
    assert names(whole, died["subjects"]) == {"till", "clerk", "MainThread"}
    threads = {thread["name"]: thread["id"] for thread in whole["threads"]}
    (till,) = whole["locks"]
    (hold,), (block,) = till["holds"], till["blocks"]
    assert (hold["thread"], hold["released_by"]) == (threads["clerk"], None)
    assert (block["thread"], block["owner"]) == (threads["MainThread"], threads["clerk"])
    assert block["end_ns"] is None
    assert -9 in [process["exit_code"] for process in whole["trace"]["processes"]]
