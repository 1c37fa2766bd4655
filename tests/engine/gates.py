"""What the tests of threads arrange things with, in place of waiting for time to pass."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from poolscope.trace import recorder
from poolscope.trace.schema import Kind

LIMIT_S = 30.0  # exists only to fail


class Gate:
    """A task stands here until it is let go: ``pool.submit(gate.hold, value)``."""

    def __init__(self) -> None:
        self._arrived = threading.Semaphore(0)
        self._go = threading.Event()

    def hold(self, value: Any = None) -> Any:
        """Say that a task has arrived, stand until ``open``, give ``value`` back."""
        self._arrived.release()
        if not self._go.wait(LIMIT_S):
            raise TimeoutError("nobody opened the gate")
        return value

    def await_arrivals(self, count: int = 1) -> None:
        """Return when so many more tasks stand in front of the gate."""
        for _ in range(count):
            assert self._arrived.acquire(timeout=LIMIT_S), "nobody came to the gate"

    def open(self) -> None:
        """Let all go, now and later."""
        self._go.set()


def on_thread(act: Callable[[], object]) -> threading.Thread:
    """Start ``act`` on a thread of its own; the test joins it."""
    thread = threading.Thread(target=act)
    thread.start()
    return thread


def join(*threads: threading.Thread) -> None:
    """Join them; a thread that does not end fails the test."""
    for thread in threads:
        thread.join(LIMIT_S)
        assert not thread.is_alive(), f"{thread.name} hangs"


def when_told(kind: Kind) -> Callable[[], None]:
    """Listen to the recording, until its end: each call returns when one more ``kind`` was told.

    Of kinds that have a text.
    """
    heard = threading.Semaphore(0)
    emit_text = recorder.emit_text
    assert emit_text is not None

    def listen(told: int, a: int, b: int, text: str, d: int) -> None:
        emit_text(told, a, b, text, d)
        if told == kind:
            heard.release()

    recorder.emit_text = listen

    def wait() -> None:
        assert heard.acquire(timeout=LIMIT_S), f"{kind.name} was not told"

    return wait
