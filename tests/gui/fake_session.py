"""A session without a host: it notes what it is told, and says what a test has it say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from poolscope.analysis.store import Store
from poolscope_gui import session as real
from poolscope_gui.start import HostStart
from tests.gui.made_traces import MadeRun


class FakeSession(real.Session):
    """``sent`` holds the commands; ``answer`` and ``be`` play the host's part."""

    def __init__(self, run: MadeRun | None = None) -> None:
        super().__init__()
        self.run = run or MadeRun()
        self.sent: list[tuple[int, str, dict[str, Any]]] = []
        self.told: list[str] = []
        self.interactive = True

    @property
    def store(self) -> Store:
        return self.run.store

    @property
    def accepts(self) -> bool:
        return self.state in (real.STARTING, real.RUNNING) and self.interactive

    @property
    def now_ns(self) -> int:
        return self.run.store.now_ns

    def start_host(self) -> None:
        self.told.append("start_host")
        self.last_start = HostStart()
        self.be(real.STARTING, "Starting a host.")
        self.be(real.RUNNING, "Running.")

    def start_script(
        self,
        path: str | Path,
        arguments: Sequence[str] = (),
        echo: bool = False,  # noqa: ARG002  the face of the real one
    ) -> None:
        self.told.append(f"start_script {Path(path).name} {list(arguments)}")

    def send(self, do: str, **fields: Any) -> int:
        number = len(self.sent) + 1
        self.sent.append((number, do, fields))
        return number

    def stop(self) -> None:
        self.told.append("stop")

    def restart(self) -> None:
        self.told.append("restart")

    def close(self) -> None:
        self.told.append("close")
        super().close()

    # the host's part

    def be(self, state: str, sentence: str = "") -> None:
        self.state, self.sentence = state, sentence
        self.host_state.emit(state, sentence)

    def grow(self) -> None:
        """The trace has what the run has."""
        self.run.take()
        self.changed.emit()

    def answer(self, do: str, answer: dict[str, Any], *, failed: bool = False) -> None:
        """Answer the last command of this verb."""
        number = max(number for number, verb, _ in self.sent if verb == do)
        self.command_done.emit(number, answer, failed)

    def asked(self, do: str) -> list[dict[str, Any]]:
        """The fields of every command of this verb."""
        return [fields for _, verb, fields in self.sent if verb == do]
