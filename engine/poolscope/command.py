"""One command: a JSON object on a line, its fields checked as they are taken.

A field that is missing, of the wrong type or out of range raises ``RefusedError`` with a sentence
that names it. What a command did, its failure too, is recorded: ``began`` and ``ended`` are the
only answer there is.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, TypeVar

from poolscope.naming import cut
from poolscope.refusal import RefusedError
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import MAX_TEXT_BYTES, Kind

__all__ = ["Command", "Later", "began", "ended", "parsed"]

T = TypeVar("T")

MAX_ID: Final = 2**62
MAX_SECONDS: Final = 1_000_000.0
_BEGAN: Final = int(Kind.COMMAND_BEGAN)
_ENDED: Final = int(Kind.COMMAND_ENDED)
_REQUIRED: Final = object()


class Command(NamedTuple):
    """A verb, the number that its answer carries, and its fields."""

    id: int
    do: str
    fields: Mapping[str, Any]

    def text(self, field: str, default: str | None = None) -> str:
        """A string; without ``default`` it must be there and not be empty."""
        value = self.fields.get(field, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise RefusedError(f"{self.do}: {field} is {_shown(value)}; a text is needed.", field)
        return value

    def whole(self, field: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number from ``low`` to ``high``."""
        value = self.fields.get(field, default)
        if type(value) is not int or not low <= value <= high:
            raise RefusedError(
                f"{self.do}: {field} is {_shown(value)};"
                f" a whole number from {low:,} to {high:,} is needed.",
                field,
            )
        return value

    def optional_whole(self, field: str, low: int, high: int) -> int | None:
        """A whole number from ``low`` to ``high``, or None when it is missing or null."""
        return None if self.fields.get(field) is None else self.whole(field, low, high)

    def seconds(self, field: str) -> float | None:
        """Seconds from 0 on, or None when it is missing or null."""
        value = self.fields.get(field)
        if value is None:
            return None
        if type(value) not in (int, float) or not 0 <= value <= MAX_SECONDS or math.isnan(value):
            raise RefusedError(
                f"{self.do}: {field} is {_shown(value)}; seconds from 0 to {MAX_SECONDS:,.0f} are"
                " needed, or null for no limit.",
                field,
            )
        return float(value)

    def flag(self, field: str, default: bool) -> bool:
        """True or false."""
        value = self.fields.get(field, default)
        if type(value) is not bool:
            raise RefusedError(
                f"{self.do}: {field} is {_shown(value)}; true or false is needed.", field
            )
        return value

    def choice(self, field: str, choices: Mapping[str, T], default: str | None = None) -> T:
        """What one of the names in ``choices`` stands for."""
        value = self.fields.get(field)
        if value is None:
            value = default
        if not isinstance(value, str) or value not in choices:
            raise RefusedError(
                f"{self.do}: {field} is {_shown(value)}; expected one of {', '.join(choices)}.",
                field,
            )
        return choices[value]


class Later(NamedTuple):
    """The part of a command that may take long: ``act`` gives the answer."""

    act: Callable[[], dict[str, Any]]
    caller: bool = True  # on a caller thread, which has a lane; else on a thread of its own
    after: Callable[[], None] | None = None  # goes on, on the same thread, once that has answered


def _shown(value: object) -> str:
    return "missing" if value is None else cut(json.dumps(value, ensure_ascii=False), 60)


def parsed(line: bytes) -> Command:
    """The command that a line spells; ``RefusedError`` if it spells none."""
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        shown = cut(line.decode("utf-8", "replace").strip(), 80)
        raise RefusedError(f"A command is not JSON ({error}): {shown}") from error
    if not isinstance(fields, dict):
        raise RefusedError(f'A command is {_shown(fields)}; expected {{"id": 1, "do": "tasks"}}.')
    number, verb = fields.get("id"), fields.get("do")
    if type(number) is not int or not 0 < number < MAX_ID:
        raise RefusedError(f"A command's id is {_shown(number)}; a whole number above 0 is needed.")
    if not isinstance(verb, str):
        raise RefusedError(f"Command {number} does not say what to do: do is {_shown(verb)}.", "do")
    return Command(number, verb, fields)


def began(number: int, line: bytes) -> None:
    """Record that a command arrived."""
    emit_text = _recorder.emit_text
    if emit_text is not None:
        emit_text(_BEGAN, number, 0, line[:MAX_TEXT_BYTES].decode("utf-8", "replace").strip(), 0)


def ended(number: int, answer: Mapping[str, Any], failed: bool) -> None:
    """Record a command's answer; never more than a text of a trace can hold."""
    text = json.dumps(answer, ensure_ascii=False)
    if len(text.encode("utf-8", "replace")) > MAX_TEXT_BYTES:
        text = json.dumps({"cut": True, "error" if failed else "text": cut(text, 2_000)})
    emit_text = _recorder.emit_text
    if emit_text is not None:
        emit_text(_ENDED, number, 0, text, int(failed))
