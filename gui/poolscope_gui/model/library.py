"""The tasks that the host offers, out of its answers to ``tasks`` and ``define``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Function:
    """A function that can be submitted by its name."""

    name: str
    signature: str = "()"
    doc: str = ""
    example: str = ""  # arguments to begin with
    typed: bool = False  # the user's own

    @property
    def summary(self) -> str:
        """The first line of its docstring; for one without, its signature."""
        first = self.doc.strip().partition("\n")[0]
        return first or f"{self.name}{self.signature}"


def functions(answer: Mapping[str, Any]) -> list[Function]:
    """The functions that an answer lists; what is malformed is left out."""
    listed = answer.get("functions")
    if not isinstance(listed, list):
        return []
    return [
        Function(
            name=item["name"],
            signature=str(item.get("signature") or "()"),
            doc=str(item.get("doc") or ""),
            example=str(item.get("arguments") or ""),
            typed=item.get("typed") is True,
        )
        for item in listed
        if isinstance(item, dict) and isinstance(item.get("name"), str) and item["name"]
    ]


def merged(known: Iterable[Function], new: Iterable[Function]) -> list[Function]:
    """``known`` with ``new`` added, or put in the place of those of the same name."""
    by_name = {function.name: function for function in known}
    by_name.update((function.name, function) for function in new)
    return list(by_name.values())
