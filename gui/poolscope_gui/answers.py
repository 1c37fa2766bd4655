"""Which commands are still to be answered, and the answers that the trace has brought. No Qt."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from poolscope.analysis.store import Command

__all__ = ["Answer", "Answers"]


class Answer(NamedTuple):
    """What became of one command."""

    number: int
    said: dict[str, Any]
    failed: bool


class Answers:
    """Numbers commands, never twice, and matches answers to them."""

    def __init__(self) -> None:
        self._next = 1
        self._asked: set[int] = set()

    def ask(self) -> int:
        """The number of a new command."""
        number = self._next
        self._next += 1
        self._asked.add(number)
        return number

    def refused(self, number: int, why: str) -> Iterator[Answer]:
        """The answer to a command that nobody will give, unless it has one."""
        if number in self._asked:
            self._asked.remove(number)
            yield Answer(number, {"error": why, "field": ""}, True)

    def arrived(self, commands: Sequence[Command]) -> Iterator[Answer]:
        """The answers that are new among a store's commands."""
        if not self._asked:
            return
        for command in commands:
            if command.end >= 0 and command.id in self._asked:
                self._asked.remove(command.id)
                yield Answer(command.id, _object(command.answer), command.failed)

    def open(self) -> list[int]:
        """The commands without an answer."""
        return sorted(self._asked)


def _object(text: str) -> dict[str, Any]:
    try:
        answer = json.loads(text)
    except ValueError:
        return {"text": text}  # cut somewhere on its way: what is there is shown
    return answer if isinstance(answer, dict) else {"text": text}
