"""What a session can start: a host that takes commands, or a person's script."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from poolscope import launch

from .child import Child

QUOTA_BYTES: Final = 1 << 30


class Start(Protocol):
    """Something to start, again and again: each time in a fresh folder."""

    @property
    def sentence(self) -> str:
        """What to say meanwhile."""
        ...

    @property
    def takes_commands(self) -> bool:
        """Whether it obeys a window."""
        ...

    def begin(self, child: Child, folder: Path) -> None:
        """Have ``child`` run it, recording into ``folder``."""
        ...


@dataclass(frozen=True, slots=True)
class HostStart:
    """A host with no pools yet."""

    sentence: str = "Starting a host."
    takes_commands: bool = True

    def begin(self, child: Child, folder: Path) -> None:
        child.start(launch.host(folder, quota_bytes=QUOTA_BYTES))


@dataclass(frozen=True, slots=True)
class ScriptStart:
    """A script. ``echo``: our standard input, output and error are its own as well."""

    path: Path
    arguments: list[str] = field(default_factory=list)
    echo: bool = False
    how: launch.How = launch.AS_IS
    takes_commands: bool = False

    @property
    def sentence(self) -> str:
        return f"Starting {self.path.name}."

    def begin(self, child: Child, folder: Path) -> None:
        options: dict[str, Any] = {"viewer": os.getpid(), "quota_bytes": QUOTA_BYTES}
        command = launch.script(
            folder, self.path, self.arguments, how=self.how, live_output=True, **options
        )
        # For the workers that the script spawns; its own output is live by the option above.
        environment = {"PYTHONUNBUFFERED": "1"}
        child.start(command, environment, own_input=self.echo, echo=self.echo, may_leave=True)
