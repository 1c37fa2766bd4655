"""``report``, ``render``, ``export``, ``open`` on a trace that ``record`` has just made."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

import poolscope
from poolscope_gui import cli

SCRIPT = """
from poolscope import ThreadPoolExecutor, wait

def fails():
    raise LookupError("nobody home")

with ThreadPoolExecutor(2, thread_name_prefix="pool") as pool:
    wait([pool.submit(pow, 2, 10), pool.submit(fails)])
"""
# The contract of `report --json`: what a script may rely on.
KEYS = {
    "trace": {"format", "duration_ns", "events", "lost", "torn", "processes"},
    "pools": {
        "id", "kind", "engine", "name", "max_workers", "start_method", "created_ns", "shutdown",
        "broken", "utilisation", "peak_queue", "queue_wait_ns", "health",
    },
    "workers": {
        "id", "pool", "name", "pid", "tid", "born_ns", "gone_ns", "end", "exit_code", "tasks",
        "busy_ns", "blocked_ns",
    },
    "tasks": {
        "id", "pool", "name", "state", "outcome", "error", "submitter", "worker", "submitted_ns",
        "started_ns", "finished_ns", "callbacks", "submitted_at", "submitted_in", "defined_at",
        "pickled_for_ns",
    },
    "waits": {
        "thread", "kind", "return_when", "timeout_ns", "futures", "begin_ns", "end_ns", "outcome",
        "released_by", "called_at", "called_in",
    },
    "locks": {
        "id", "name", "kind", "acquisitions", "contended", "wait_ns", "hold_ns", "holds", "blocks",
    },
    "shared": {"id", "name", "reads", "writes", "lost_updates"},
    "threads": {"id", "name", "pid", "tid", "role", "start_ns", "end_ns"},
    "findings": {"kind", "severity", "text", "subjects", "at_ns", "end_ns", "lines"},
}  # fmt: skip


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    folder = tmp_path_factory.mktemp("reading")
    script = folder / "script.py"
    script.write_text(SCRIPT)
    made = folder / "trace.poolscope"
    command = [sys.executable, str(root / "app.py"), "record", "-o", str(made), str(script)]
    subprocess.run(command, check=True, timeout=60)
    return made


def test_report_json_keeps_the_contract(trace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["report", "--json", str(trace)]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts.pop("schema") == 1
    assert facts.keys() == KEYS.keys()
    assert facts["trace"].keys() == KEYS["trace"]
    for table in KEYS.keys() - {"trace"}:
        for row in facts[table]:
            assert row.keys() == KEYS[table], table
    assert [pool["name"] for pool in facts["pools"]] == ["pool"]
    assert sorted(task["outcome"] for task in facts["tasks"]) == ["exception", "result"]
    assert [wait["kind"] for wait in facts["waits"]].count("wait") == 1


def test_of_a_program_that_still_runs_what_is_open_lasts_until_now(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A program that hangs records nothing more: its last event says nothing about how long."""
    go, begun = threading.Event(), threading.Event()

    def hangs() -> None:
        begun.set()
        go.wait()

    with poolscope.record(tmp_path / "t"), poolscope.ThreadPoolExecutor(1) as pool:
        pool.submit(hangs)
        begun.wait()
        seen = time.perf_counter_ns()
        while time.perf_counter_ns() < seen + 1_000_000:
            pass
        assert cli.main(["report", "--json", str(tmp_path / "t")]) == 0
        go.set()
    facts = json.loads(capsys.readouterr().out)
    (worker,) = facts["workers"]
    assert worker["busy_ns"] >= 1_000_000
    assert "no-end" not in {each["kind"] for each in facts["findings"]}
    assert facts["trace"]["duration_ns"] >= worker["born_ns"] + 1_000_000


def test_of_a_program_that_went_with_its_recorder_the_end_is_not_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trace = tmp_path / "t"
    killed = (
        "import os, signal, sys, poolscope\n"
        "with poolscope.record(sys.argv[1]), poolscope.ThreadPoolExecutor(1) as pool:\n"
        "    pool.submit(os.kill, os.getpid(), signal.SIGKILL).result()\n"
    )
    subprocess.run([sys.executable, "-c", killed, trace], check=False, timeout=60)
    assert cli.main(["report", "--json", str(trace)]) == 0
    (finding,) = (
        each for each in json.loads(capsys.readouterr().out)["findings"] if each["kind"] == "no-end"
    )
    assert finding["text"].startswith("Nobody noted how and when the program ended")


def test_report_for_people_names_what_happened(
    trace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["report", str(trace)]) == 0
    assert "pool" in capsys.readouterr().out


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_render_draws_a_picture_of_that_size(
    theme: str, trace: Path, root: Path, tmp_path: Path
) -> None:
    picture = tmp_path / "chart.png"
    command = [sys.executable, str(root / "app.py"), "render", str(trace), "-o", str(picture)]
    command += ["--size", "640x360", "--theme", theme]
    environment = {key: os.environ[key] for key in os.environ if key != "QT_QPA_PLATFORM"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    image = QImage(str(picture))
    assert (image.width(), image.height()) == (640, 360)
    corner = image.pixelColor(1, 1).lightness()
    assert corner > 200 if theme == "light" else corner < 60
    colours = {image.pixel(x, y) for x in range(0, 640, 2) for y in range(0, 360, 2)}
    assert len(colours) > 10


def test_render_writes_svg(trace: Path, root: Path, tmp_path: Path) -> None:
    picture = tmp_path / "chart.svg"
    command = [sys.executable, str(root / "app.py"), "render", str(trace), "-o", str(picture)]
    subprocess.run(command, check=True, timeout=60)
    text = picture.read_text(encoding="utf-8")
    assert "<svg" in text
    assert "pool_0" in text  # the names of lanes are text, to be searched and selected


@pytest.mark.parametrize("ending", [".json", ".csv", ".pftrace"])
def test_export_writes_something_of_each_task(ending: str, trace: Path, tmp_path: Path) -> None:
    made = tmp_path / f"out{ending}"
    assert cli.main(["export", str(trace), "-o", str(made)]) == 0
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"fails" in written


@pytest.mark.parametrize("verb", [["report"], ["export", "-o", "x.csv"], ["render", "-o", "x.png"]])
def test_what_is_no_trace_is_one_sentence(
    verb: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    bad = tmp_path / "bad.poolscope"
    bad.write_bytes(b"this is no trace")
    assert cli.main([*verb, str(bad)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "bad.poolscope" in said.err
    assert [path.name for path in tmp_path.iterdir()] == ["bad.poolscope"]


def test_a_reader_that_leaves_early_is_no_error(trace: Path, root: Path) -> None:
    report = subprocess.Popen(
        [sys.executable, str(root / "app.py"), "report", "--json", str(trace)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
    )
    assert report.stdout is not None
    report.stdout.close()
    _, complaints = report.communicate(timeout=60)
    assert complaints == b""


def test_a_trace_of_more_streams_than_files_may_be_open_is_read_whole(
    root: Path, tmp_path: Path
) -> None:
    script = tmp_path / "many.py"
    script.write_text(
        "from threading import Barrier, Thread\n"
        "meet = Barrier(80)\n"
        "threads = [Thread(target=meet.wait) for _ in range(80)]\n"
        "for thread in threads: thread.start()\n"
        "for thread in threads: thread.join()\n"
    )
    trace, app = tmp_path / "trace", str(root / "app.py")
    subprocess.run([sys.executable, app, "record", "-o", trace, script], check=True, timeout=60)
    few = ["sh", "-c", 'ulimit -n 40; exec "$@"', "sh", sys.executable, app]

    run = subprocess.run(
        [*few, "report", "--json", trace], capture_output=True, text=True, timeout=60, check=True
    )

    assert run.stderr == ""
    facts = json.loads(run.stdout)
    (barrier,) = (lock for lock in facts["locks"] if lock["kind"] == "barrier")
    assert len({block["thread"] for block in barrier["blocks"]}) == 79
    assert "lost-events" not in {each["kind"] for each in facts["findings"]}
