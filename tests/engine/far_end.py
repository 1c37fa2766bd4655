"""The viewer's side of a host, without a viewer: sends commands, reads answers from the trace."""

from __future__ import annotations

import json
import os
import select
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from poolscope import launch
from poolscope.analysis.store import Command, Store
from poolscope.trace.reader import Reader

DEADLINE_S = 30.0  # exists only to fail


def until(condition: Callable[[], Any], what: str, limit_s: float = DEADLINE_S) -> Any:
    """What ``condition`` gives, as soon as that is true."""
    end = time.monotonic() + limit_s
    while not (found := condition()):
        assert time.monotonic() < end, f"in vain: {what}"
        select.select([], [], [], 0.005)
    return found


def group(leader: int) -> list[psutil.Process]:
    """The living processes of a group; the dead that nobody has reaped do not count."""
    found = []
    for process in psutil.process_iter():
        try:
            if os.getpgid(process.pid) == leader and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (ProcessLookupError, psutil.NoSuchProcess):
            continue
    return found


class FarEnd:
    """A host and the pipe to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._out = folder.with_name("printed")
        with self._out.open("wb") as out:
            self.process = subprocess.Popen(
                launch.host(folder), stdin=subprocess.PIPE, stdout=out, stderr=out
            )
        self._reader: Reader | None = None
        self._store = Store()
        self._next = 0

    @property
    def store(self) -> Store:
        """All that the trace says by now."""
        if self._reader is None:
            if not (self.folder / "meta.json").exists():
                return self._store
            self._reader = Reader(self.folder)
            self._store = Store.of(self._reader)
        while self._store.take(self._reader):
            pass
        return self._store

    @property
    def printed(self) -> str:
        return self._out.read_text(encoding="utf-8")

    def send(self, do: str, **fields: Any) -> int:
        """Send a command; its id."""
        self._next += 1
        self.line(json.dumps({"id": self._next, "do": do, **fields}))
        return self._next

    def line(self, text: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(text.encode() + b"\n")
        self.process.stdin.flush()

    def ended(self, number: int) -> Command | None:
        """The command, if it has been answered."""
        for command in self.store.commands:
            if command.id == number and command.end >= 0:
                return command
        return None

    def answer(self, number: int, limit_s: float = DEADLINE_S) -> tuple[dict[str, Any], bool]:
        """What the command was answered, and whether it failed."""
        command = until(lambda: self.ended(number), f"an answer to command {number}", limit_s)
        return json.loads(command.answer), command.failed

    def ask(self, do: str, *, limit_s: float = DEADLINE_S, **fields: Any) -> dict[str, Any]:
        """Send a command that must succeed; its answer."""
        answer, failed = self.answer(self.send(do, **fields), limit_s)
        assert not failed, answer
        return answer

    def refused(self, do: str, **fields: Any) -> dict[str, Any]:
        """Send a command that must fail; its answer."""
        answer, failed = self.answer(self.send(do, **fields))
        assert failed, answer
        return answer

    def hang_up(self) -> int:
        """Close the pipe, as a viewer that has gone; the host's exit code."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(DEADLINE_S)

    def close(self) -> None:
        """Leave nothing, whatever the test did."""
        if self._reader is not None:
            self._reader.close()
        try:
            self.hang_up()
        except BrokenPipeError:
            pass  # it had ended with a command unread
        finally:
            until(lambda: not group(self.process.pid), "the end of the host's group")
