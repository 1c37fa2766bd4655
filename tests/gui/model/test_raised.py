"""Where an exception was raised, read from tracebacks that Python printed."""

from __future__ import annotations

import traceback
from collections.abc import Callable

import pytest

from poolscope.naming import error_text, traceback_text
from poolscope_gui.model.raised import raised_in

FAKE = 'no\n  File "server.py", line 9, in handle\n    oops\nOSError: far away'


def plain() -> None:
    raise ValueError("no host")


def with_a_frame_in_its_message() -> None:
    raise ValueError(FAKE)


def with_a_traceback_in_its_message() -> None:
    try:
        plain()
    except ValueError:
        raise RuntimeError(traceback.format_exc()) from None


def chained() -> None:
    try:
        plain()
    except ValueError as error:
        raise KeyError("outer") from error


def group() -> None:
    try:
        plain()
    except ValueError as error:
        raise ExceptionGroup("both", [error, KeyError("k")]) from None


def syntax() -> None:
    compile("a b", "<text>", "exec")


class Local(Exception):
    """Printed with its module before its name."""


def local() -> None:
    raise Local("of a module")


@pytest.mark.parametrize(
    "call",
    [
        *(plain, with_a_frame_in_its_message, with_a_traceback_in_its_message),
        *(chained, group, syntax, local),
    ],
)
def test_it_is_the_last_frame_of_its_own(call: Callable[[], None]) -> None:
    try:
        call()
    except Exception as error:  # noqa: BLE001
        found = raised_in(traceback_text(error), error_text(error))
    name, _, line = found.rpartition(":")
    assert name == f"{call.__name__}, {__file__}"
    first = call.__code__.co_firstlineno
    assert first < int(line) <= first + 4


def test_as_a_worker_process_sends_it() -> None:
    try:
        with_a_frame_in_its_message()
    except ValueError as error:
        own, text = traceback_text(error), error_text(error)
    remote = f'concurrent.futures.process._RemoteTraceback: \n"""\n{own}"""\n\n'
    both = f"{remote}The above exception was the direct cause of the following exception:\n\n{text}"
    assert raised_in(both, text).startswith("with_a_frame_in_its_message, ")


def test_what_has_no_frames_or_no_begin() -> None:
    assert raised_in("", "ValueError") == ""
    assert raised_in("KeyError: 'k'\n", "KeyError: 'k'") == ""
    cut = '\N{HORIZONTAL ELLIPSIS}n g\n  File "a.py", line 3, in f\n    x\nValueError: no\n'
    assert raised_in(cut, "ValueError: no") == "f, a.py:3"
