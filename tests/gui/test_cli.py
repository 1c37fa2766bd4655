"""The command line: each verb, each way to misuse it, and what it needs installed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from poolscope.version import __version__
from poolscope_gui import cli, verbs

WRONG = {
    "an unknown verb": (["frobnicate"], "frobnicate"),
    "an unknown option": (["--frobnicate"], "--frobnicate"),
    "no output": (["record", "script.py"], "-o"),
    "no script": (["record", "-o", "trace"], "SCRIPT"),
    "a script that is not there": (["record", "-o", "trace", "nowhere.py"], "nowhere.py"),
    "an interpreter that is not there": (
        ["record", "-o", "t", "--python", "nowhere-python", "-m", "json.tool"],
        "nowhere-python",
    ),
    "an interpreter that is none": (
        ["record", "-o", "t", "--python", "true", "-m", "json.tool"],
        "is not a Python",
    ),
    "an engine of nobody": (["record", "-o", "t", "--engine", "dask", "-m", "x"], "'dask'"),
    "a limit of nothing": (["record", "-o", "t", "--limit", "0", "s.py"], "'0'"),
    "a limit in words": (["record", "-o", "t", "--limit", "soon", "s.py"], "'soon'"),
    "a trace that is not there": (["report", "nowhere"], "nowhere"),
    "a trace that is not there, to open": (["open", "nowhere"], "nowhere"),
    "a picture of an unknown kind": (["render", "t", "-o", "t.gif"], ".png, .svg, .pdf"),
    "a picture with no pixels": (["render", "t", "-o", "t.png", "--size", "0x9"], "0x9"),
    "a size in words": (["render", "t", "-o", "t.png", "--size", "big"], "big"),
    "a size past all memory": (["render", "t", "-o", "t.png", "--size", "99999x99999"], "99999"),
    "a theme that is not": (["render", "t", "-o", "t.png", "--theme", "pink"], "pink"),
    "an export of an unknown kind": (["export", "t", "-o", "t.xls"], ".pftrace, .json, .csv"),
    "a lesson that is not": (["lesson", "alchemy"], "alchemy"),
}


def main(arguments: Sequence[str]) -> int:
    """``cli.main``, whether it returns its status or leaves with it as argparse does."""
    try:
        return cli.main(arguments)
    except SystemExit as left:
        return int(str(left.code))


@pytest.mark.parametrize(("arguments", "names"), WRONG.values(), ids=WRONG)
def test_wrong_use_is_one_line_that_names_it(
    arguments: list[str],
    names: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("poolscope: ")
    assert said.err.count("\n") == 1
    assert names in said.err
    assert list(tmp_path.iterdir()) == []


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"poolscope {__version__}\n"


@pytest.mark.parametrize("start", [["app.py"], ["-m", "poolscope"], ["-m", "poolscope_gui"]])
def test_every_door_leads_to_the_same_program(
    start: list[str], root: Path, clean_environment: dict[str, str]
) -> None:
    run = subprocess.run(
        [sys.executable, *start, "--version"],
        cwd=root,
        env=clean_environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (run.returncode, run.stdout) == (0, f"poolscope {__version__}\n")


def test_app_runs_from_a_bare_checkout(root: Path, tmp_path: Path) -> None:
    # -I: neither PYTHONPATH nor the folder; -S: nothing installed. Only app.py can find the roots.
    run = subprocess.run(
        [sys.executable, "-I", "-S", str(root / "app.py"), "--version"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, f"poolscope {__version__}\n", "")


@pytest.mark.parametrize("verb", ["run", "open"])
def test_a_window_with_no_display_is_refused_in_one_line(
    verb: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    there = tmp_path / "there"
    there.write_text("", encoding="utf-8")
    assert main([verb, str(there)]) == 1
    said = capsys.readouterr()
    assert "no display" in said.err
    assert said.err.count("\n") == 1


def test_lessons_are_listed_with_what_they_teach(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lesson"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines
    assert all(len(line.split(maxsplit=1)) == 2 for line in lines)


def test_what_is_not_installed_is_said_in_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def lacking(_: object) -> int:
        raise ModuleNotFoundError("No module named 'PySide6.QtCore'", name="PySide6.QtCore")

    monkeypatch.setattr(verbs, "window", lacking)
    assert cli.main([]) == verbs.FAILED
    said = capsys.readouterr().err
    assert said.startswith(f"poolscope: PySide6 is not installed for {sys.executable}: ")
    assert said.count("\n") == 1


def test_another_module_that_is_missing_is_our_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking(_: object) -> int:
        raise ModuleNotFoundError("No module named 'poolscope_gui.x'", name="poolscope_gui.x")

    monkeypatch.setattr(verbs, "window", lacking)
    with pytest.raises(ModuleNotFoundError):
        cli.main([])


def test_an_older_python_is_told_in_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(verbs, "OLDEST", (99, 1))
    assert cli.main(["lesson"]) == verbs.WRONG_USE
    ours = ".".join(map(str, sys.version_info[:2]))
    said = f"poolscope: {sys.executable!r} is Python {ours}; needed is 99.1 or newer\n"
    assert capsys.readouterr().err == said


def test_the_interpreter_of_old_is_told_by_its_version(tmp_path: Path) -> None:
    # Python 2 refuses what is new, and prints as this one does.
    old = tmp_path / "python2"
    old.write_text("#!/bin/sh\ncase \"$*\" in *-I*|*'print(*'*) exit 2;; esac\necho 2 7\n")
    old.chmod(0o755)
    with pytest.raises(verbs.Failure, match=r"is Python 2\.7; needed is"):
        verbs._interpreter(str(old))
