"""What the window asks of the host, and what it does with the answers that it must act on.

The sentences of the answer panel come from the trace, for every command; here are only those that
change a control: the library of tasks, a definition, a field that was refused.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Signal

from .model.library import Function, functions, merged
from .session import Session


class Commands(QObject):
    """Sends commands and remembers what each was."""

    library_changed = Signal(list, str)  # the functions, and the one to choose ("": keep)
    defined = Signal(list)  # names
    define_refused = Signal(str)
    refused = Signal(str, str, str)  # verb, field, sentence
    created = Signal(str)  # the id of the new pool

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._asked: dict[int, str] = {}
        self._library: list[Function] = []
        session.command_done.connect(self._done)
        session.host_state.connect(self._host_changed)

    def send(self, verb: str, fields: dict[str, Any]) -> int:
        """Send one command; fields that are None are left out."""
        said = {name: value for name, value in fields.items() if value is not None}
        number = self._session.send(verb, **said)
        self._asked[number] = verb
        return number

    def _host_changed(self, state: str, _sentence: str) -> None:
        if state == "starting":
            self._asked.clear()
        if state == "running" and self._session.accepts:
            self.send("tasks", {})

    def _done(self, number: int, answer: dict[str, Any], failed: bool) -> None:
        verb = self._asked.pop(number, "")
        if failed:
            self._failed(verb, answer)
        elif verb == "tasks":
            self._library = functions(answer)
            self.library_changed.emit(self._library, "")
        elif verb == "define":
            new = functions(answer)
            self._library = merged(self._library, new)
            self.library_changed.emit(self._library, new[-1].name if new else "")
            self.defined.emit([function.name for function in new])
        elif verb == "create" and isinstance(answer.get("pool"), str):
            self.created.emit(answer["pool"])

    def _failed(self, verb: str, answer: dict[str, Any]) -> None:
        sentence = str(answer.get("error", ""))
        if verb == "define":
            self.define_refused.emit(sentence)
        elif verb and answer.get("field"):
            self.refused.emit(verb, str(answer["field"]), sentence)
