"""Why the host does not do what a command asks: one sentence, and where it was typed."""

from __future__ import annotations


class RefusedError(ValueError):
    """A command that cannot be obeyed.

    The sentence names the thing, what was expected and what to do. ``field`` is the field of the
    command that is wrong ("" if none is), so that a window can mark it.
    """

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field
