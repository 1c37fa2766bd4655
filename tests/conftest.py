"""What holds in every test: no display needed, nothing of the user's touched, nothing left over.

Warnings are errors (pyproject.toml), and so is a message from Qt. After each test no thread and no
process of its own may live; after a Qt test no window, no running timer and no ``QThread`` either.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

# Before anything imports Qt (pytest-qt does, early): with neither a display nor a platform named,
# Qt aborts the process. Tests of a real window start their own screen and their own process.
os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ.pop("DISPLAY", None)
os.environ.pop("WAYLAND_DISPLAY", None)
# Programs that tests start compile all of ours each time where they may not keep it: a third of
# what they cost. Where they print without a buffer it does not show what they do not flush.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
os.environ.pop("PYTHONUNBUFFERED", None)

# The settings, recordings and run-time files of whoever runs the tests are not ours to touch.
_HOME = tempfile.TemporaryDirectory(prefix="poolscope-tests-")
for _variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"):
    _folder = Path(_HOME.name, _variable.lower())
    _folder.mkdir(mode=0o700)
    os.environ[_variable] = str(_folder)

# A shell has what it starts in the background ignore SIGINT, and a child inherits that. Tests send
# it to the programs they start; those shall hear it wherever the tests run.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

import hypothesis  # noqa: E402
import psutil  # noqa: E402
import pytest  # noqa: E402

# A time-out of one example says more about the machine than about the code. Where a change is
# judged (CI is set there) the same examples are tried each time; at home, new ones.
hypothesis.settings.register_profile("home", deadline=None, print_blob=True)
hypothesis.settings.register_profile("ci", deadline=None, print_blob=True, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "home")

GRACE_S = 10.0  # to end in; a time-out that exists only to fail

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def clean_environment() -> dict[str, str]:
    """The environment for a child Python that finds our two source roots and no display."""
    environment = dict(os.environ)
    environment["PYTHONPATH"] = os.pathsep.join(str(ROOT / name) for name in ("engine", "gui"))
    return environment


def _standing_processes() -> set[int]:
    """The two servants that multiprocessing keeps for the life of a process, once it has them."""
    pids: set[int] = set()
    tracker = sys.modules.get("multiprocessing.resource_tracker")
    if tracker is not None:
        pids.add(tracker._resource_tracker._pid or 0)
    server = sys.modules.get("multiprocessing.forkserver")
    if server is not None:
        pids.add(server._forkserver._forkserver_pid or 0)
    return pids


@pytest.fixture(scope="module", autouse=True)
def _little_to_look_through() -> None:
    from tests.qt_leaks import freeze

    freeze()


@pytest.fixture(autouse=True)
def _no_key_held() -> Iterator[None]:
    """Qt takes a key of the last click for held down until the next event, in whatever test."""
    yield
    widgets = sys.modules.get("PySide6.QtWidgets")
    if widgets is None or widgets.QApplication.instance() is None:
        return
    if widgets.QApplication.keyboardModifiers().value:
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        QTest.keyRelease(widgets.QWidget(), Qt.Key.Key_Shift)


@pytest.fixture(autouse=True)
def _no_process_left() -> Iterator[None]:
    before = set(psutil.Process().children(recursive=True))
    yield
    standing = _standing_processes()
    left = [
        child
        for child in psutil.Process().children(recursive=True)
        if child not in before and child.pid not in standing
    ]
    _, alive = psutil.wait_procs(left, timeout=GRACE_S)
    described = [_describe(child) for child in alive]
    for child in alive:
        child.kill()
    psutil.wait_procs(alive, timeout=GRACE_S)
    if described:
        pytest.fail("processes left by the test:\n  " + "\n  ".join(described), pytrace=False)


def _describe(process: psutil.Process) -> str:
    try:
        return f"{process.pid} {process.status()}: {' '.join(process.cmdline())}"
    except psutil.NoSuchProcess:
        return f"{process.pid} (gone since)"


@pytest.fixture(autouse=True)
def _no_thread_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    left = [thread for thread in threading.enumerate() if thread not in before]
    for thread in left:
        # A foreign thread (Qt's, for one) that once ran Python cannot be joined, and is not ours.
        if not isinstance(thread, threading._DummyThread):
            thread.join(GRACE_S)
            if thread.is_alive():
                pytest.fail(f"thread left by the test: {thread}", pytrace=False)


@pytest.fixture(autouse=True)
def _no_qt_left(request: pytest.FixtureRequest) -> Iterator[None]:
    # pytest-qt itself closes what was given to qtbot.addWidget, before this looks.
    if not {"qtbot", "qapp"} & set(request.fixturenames):
        yield
        return
    from tests.qt_leaks import left_over, standing

    before = standing()
    yield
    found = left_over(before)
    if found:
        pytest.fail("left by the test:\n  " + "\n  ".join(found), pytrace=False)
