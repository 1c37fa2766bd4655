"""Tools that people use, run as they use them: the same output, and their pools in the report."""

from __future__ import annotations

import compileall
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.harmless import runs

FILES = 8


def pools(report: dict[str, Any]) -> dict[str, list[str]]:
    """The outcomes of each pool's tasks, by its kind and name."""
    return {
        f"{pool['kind']} {pool['name']}": [
            task["outcome"] for task in report["tasks"] if task["pool"] == pool["id"]
        ]
        for pool in report["pools"]
    }


def test_compileall_on_processes(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    for number in range(6):
        (tree / f"module{number}.py").write_text(f"x = {number}\n")
    (tree / "wrong.py").write_text("x = (\n")
    runs.same(tmp_path, "-m", "compileall", "-j", "2", "-f", "-q", str(tree))
    (found,) = pools(runs.report(tmp_path / "trace")).items()
    assert found[0].startswith("process")
    # From Python 3.13 on four files are one task.
    assert found[1] == ["result"] * (2 if sys.version_info >= (3, 13) else 7)
    assert compileall.compile_dir(tree, quiet=2) == 0  # the wrong one is still wrong


def test_black_on_a_tree(tmp_path: Path) -> None:
    pytest.importorskip("black")
    for copy in ("plain", "watched"):
        (tmp_path / copy).mkdir()
        for number in range(FILES):
            text = "x = {  'a':1 }\n" * 20 if number else "x = (\n"
            (tmp_path / copy / f"module{number}.py").write_text(text)
    arguments = ["-m", "black", "--workers", "2", "--quiet", "."]
    home = {"cwd": tmp_path / "plain"}
    plain = runs.outcome([sys.executable, *arguments], **home)
    command = [*runs.record(tmp_path / "trace"), *arguments]
    watched = runs.outcome(command, cwd=tmp_path / "watched")
    assert runs.difference(plain.err, watched.err.replace(b"/watched/", b"/plain/")) == ""
    assert (watched.status, watched.out) == (plain.status, plain.out) == (123, b"")
    for path in (tmp_path / "plain").glob("*.py"):
        assert path.read_bytes() == (tmp_path / "watched" / path.name).read_bytes()
    found = pools(runs.report(tmp_path / "trace"))
    assert [name.partition(" ")[0] for name in found] == ["process"]
    assert sorted(next(iter(found.values()))) == ["exception"] + ["result"] * (FILES - 1)


@pytest.mark.parametrize(
    ("program", "needs", "kinds"),
    [
        ("fan_out.py", "", ["thread"]),
        ("progress.py", "tqdm", ["thread", "process"]),
        ("upload.py", "boto3", ["thread"] * 2),
        ("fetch.py", "requests_futures", ["thread"]),
    ],
)
def test_a_program(program: str, needs: str, kinds: list[str], tmp_path: Path) -> None:
    if needs:
        pytest.importorskip(needs)
    report = runs.same(tmp_path, str(runs.PROGRAMS / program))
    found = [pool["kind"] for pool in report["pools"] if pools_tasks(report, pool)]
    assert set(found) == set(kinds)
    assert {pool["engine"] for pool in report["pools"]} == {"stdlib"}
    workers = {worker["id"] for worker in report["workers"]}
    done = [task for task in report["tasks"] if task["outcome"] == "result"]
    assert len(done) >= 6
    assert {task["worker"] for task in done} <= workers


def pools_tasks(report: dict[str, Any], pool: dict[str, Any]) -> list[Any]:
    return [task for task in report["tasks"] if task["pool"] == pool["id"]]


def test_a_tool_that_fails_fails_the_same(tmp_path: Path) -> None:
    pytest.importorskip("tqdm")
    program = str(runs.PROGRAMS / "progress.py")
    runs.same(tmp_path, program, "fail")
    shutil.rmtree(tmp_path / "trace")
