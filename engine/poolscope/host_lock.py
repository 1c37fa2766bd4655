"""The verb ``lock``: locks by name, taken and released by caller threads.

The same locks that the tasks ``hold_lock`` and ``hold_two`` take in a thread pool; those that they
take in a process pool called ``p`` are ``p A`` and ``p B`` here, as on the chart. A caller that
acquires stands there, holding it, until a ``release`` of that name, or for as long as it was told
to: an RLock can only be released by the thread that took it.
"""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from contextlib import suppress
from typing import Any

from poolscope.command import Command, Later
from poolscope.refusal import RefusedError
from poolscope.stage import Stage
from poolscope.tasks import AnyLock, lock_kinds

__all__ = ["Holders"]

Answer = dict[str, Any]


class Holders:
    """Who stands there holding a lock, by the lock's name, the first one first."""

    def __init__(self) -> None:
        self._waiting: defaultdict[str, deque[threading.Event]] = defaultdict(deque)

    def obey(self, stage: Stage, command: Command) -> Answer | Later:
        """Carry out a ``lock`` command."""
        name = command.text("name").strip()
        action = command.choice("action", {word: word for word in ("create", "acquire", "release")})
        if action == "release":
            return self._release(name)
        kinds = {kind: kind for kind in lock_kinds()}
        kind = "" if command.fields.get("kind") is None else command.choice("kind", kinds)
        lock = stage.lock(name, kind)
        if action == "create":
            return {"lock": name}
        return self._acquire(name, lock, command.seconds("for_s"), command.seconds("timeout"))

    def _release(self, name: str) -> Answer:
        waiting = self._waiting[name]
        if not waiting:
            raise RefusedError(
                f"lock: no caller holds {name!r}; a lock that a task holds is released by the"
                " task. Acquire it first.",
                "name",
            )
        waiting.popleft().set()
        return {"lock": name, "released": True}

    def _acquire(
        self, name: str, lock: AnyLock, for_s: float | None, timeout: float | None
    ) -> Later:
        enough = threading.Event()

        def acquire() -> Answer:
            if not (lock.acquire() if timeout is None else lock.acquire(True, timeout)):
                raise RefusedError(f"lock: {name!r} was not free within {timeout:g} s.", "timeout")
            self._waiting[name].append(enough)
            return {"lock": name, "acquired": True}

        def hold() -> None:
            if not enough.wait(for_s):
                with suppress(ValueError):  # a release has come this moment: it took it out
                    self._waiting[name].remove(enough)
            lock.release()

        return Later(acquire, after=hold)
