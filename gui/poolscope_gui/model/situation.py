"""What can be done just now, and why the rest cannot: the one place that decides it.

A control that cannot act is disabled and its tooltip says why. The reasons are made here, from
plain facts, so that they can be tested without a window.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from poolscope.trace.schema import PoolKind, StartMethod

if TYPE_CHECKING:
    from poolscope.analysis.store import Store

HostState = Literal[
    "none", "starting", "running", "script", "stopping", "ended", "attached", "trace"
]

CONTROLS: Final = (
    "create",
    "define",
    "submit",
    "map",
    "cancel",
    "result",
    "wait",
    "as_completed",
    "shutdown",
    "lock",
    "demo",
    "stop",
    "restart",
    "run_script",
    "save",
    "freeze",
    "zoom_selection",
)

_NO_COMMANDS: Final[dict[HostState, str]] = {
    "none": "There is no host. Choose New host (Ctrl+N).",
    "starting": "The host is still starting.",
    "script": "A script is running: it takes no commands. New host (Ctrl+N) starts one that does.",
    "stopping": "The host is being stopped.",
    "ended": "The host has ended. Choose New host (Ctrl+N).",
    "attached": "A program is only watched: it takes no commands. New host (Ctrl+N) starts one.",
    "trace": "A finished trace is on the screen. New host (Ctrl+N) starts one.",
}
_NOTHING_TO_STOP: Final[dict[HostState, str]] = {
    "none": "Nothing is running.",
    "stopping": "It is being stopped already.",
    "ended": "It has ended already.",
    "attached": "A program is only watched. End it where it was started.",
    "trace": "A finished trace is on the screen: nothing is running.",
}
# Where the chart has no lane to show: what is the matter, and what to do next.
_EMPTY: Final[dict[HostState, str]] = {
    "none": "Nothing is running. Press Run script (Ctrl+R), or choose New host (Ctrl+N)",
    "starting": "Starting a host. Then create a pool and press Submit",
    "running": "No events yet. Create a pool and press Submit",
    "script": "The script has made no pool yet. Its lanes appear then; Stop (Ctrl+.) ends it",
    "stopping": "The host is being stopped. Restart (Ctrl+Shift+R) begins afresh",
    "ended": "It has ended and made no pool. Output has what it printed; Restart runs it again",
    "attached": "The program has made no pool yet. Its lanes appear then; Ctrl+O opens a trace",
    "trace": "No pools in this trace. Nothing in it has a lane; open another with Ctrl+O",
}
_READING: Final = "Reading the trace. Its lanes appear as they are read; Cancel below gives up"


@dataclass(frozen=True)
class PoolLine:
    """A pool as the list of targets shows it. ``closed`` says why it takes no tasks, or is ""."""

    id: str
    name: str
    title: str
    closed: str = ""


@dataclass(frozen=True)
class Situation:
    """The facts that decide what can be done."""

    host: HostState = "none"
    pools: tuple[PoolLine, ...] = ()
    target: str = ""  # the id of the chosen pool
    tasks: int = 0
    selected: int = 0
    frozen: bool = False
    started: bool = True  # something was started here: it can be begun afresh
    scope_all: bool = False  # wait for all tasks, not only for the selected ones

    def pool(self) -> PoolLine | None:
        """The chosen pool."""
        return next((pool for pool in self.pools if pool.id == self.target), None)


def nothing_to_show(host: HostState, *, reading: bool) -> str:
    """What the chart says when it has no lane. ``reading``: a trace is still being opened."""
    return _READING if reading and host == "trace" else _EMPTY[host]


def why_not(facts: Situation) -> dict[str, str]:
    """For each of CONTROLS why it cannot act now; "" when it can."""
    mute = _NO_COMMANDS.get(facts.host, "")
    target = mute or _target(facts)
    chosen = mute or ("" if facts.selected else "No task is selected. Click a bar or a row.")
    waited = mute or _waited(facts)
    one = chosen or (
        "" if facts.selected == 1 else "Several tasks are selected: result() asks one Future."
    )
    again = "" if facts.started else "Nothing was started here: press Run script (Ctrl+R)."
    no_trace = "There is nothing to save yet." if facts.host == "none" else ""
    running = facts.host in ("starting", "running", "script", "attached")
    return {
        "create": mute,
        "define": mute,
        "submit": target,
        "map": target,
        "cancel": chosen,
        "result": one,
        "wait": waited,
        "as_completed": waited,
        "shutdown": target,
        "lock": mute,
        "demo": mute,
        "stop": _NOTHING_TO_STOP.get(facts.host, ""),
        "restart": "The host is being stopped." if facts.host == "stopping" else again,
        "run_script": "The host is being stopped." if facts.host == "stopping" else "",
        "save": no_trace,
        # What is frozen can always be thawed: the host may have ended meanwhile.
        "freeze": ""
        if running or facts.frozen
        else "Nothing is running: the picture stands still by itself.",
        "zoom_selection": "" if facts.selected else "No task is selected. Click a bar or a row.",
    }


def _target(facts: Situation) -> str:
    pool = facts.pool()
    if pool is not None:
        return pool.closed
    return "Choose a pool." if facts.pools else "There is no pool. Create one first."


def _waited(facts: Situation) -> str:
    if not facts.tasks:
        return "No task has been submitted yet."
    if not facts.scope_all and not facts.selected:
        return "No task is selected. Click a bar or a row, or choose all tasks."
    return ""


def pool_lines(store: Store | None) -> tuple[PoolLine, ...]:
    """The pools of a store, the newest first, those that take tasks before those that do not."""
    if store is None:
        return ()
    lines = [PoolLine(str(pool.id), pool.name, _title(pool), _closed(pool)) for pool in store.pools]
    lines.reverse()
    return tuple(sorted(lines, key=lambda line: bool(line.closed)))


def _title(pool: _Pool) -> str:
    kind = "threads" if pool.kind == PoolKind.THREAD else "processes"
    count = f"{pool.max_workers} {kind if pool.max_workers != 1 else kind.removesuffix('s')}"
    if pool.kind == PoolKind.PROCESS and pool.max_workers == 1:
        count = "1 process"
    if pool.start_method:
        count += f", {StartMethod(pool.start_method).name.lower()}"
    closed = " · broken" if pool.broken else " · shut down" if pool.shutdown else ""
    return f"{pool.name} · {count}{closed}"


def _closed(pool: _Pool) -> str:
    if pool.broken:
        return f"Pool {pool.name} is broken ({pool.broken}). Create another."
    if pool.shutdown is not None or pool.ended >= 0:
        return f"Pool {pool.name} is shut down: it takes no tasks any more. Create another."
    return ""


if TYPE_CHECKING:
    from poolscope.analysis.entities import Pool as _Pool
