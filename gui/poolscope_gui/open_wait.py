"""Who still waits for what as a recording ends, in words: the first question about what is stuck.

Made of the data of ``report --json`` alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from poolscope.analysis.wording import duration

Json = dict[str, Any]

_SIGNALS: Final = {
    "condition_wait": "to be notified on",
    "event_wait": "for the event",
    "barrier_wait": "at the barrier",
    "queue_get": "to get from the queue",
    "queue_put": "to put into the queue",
    "queue_join": "for all that is in the queue",
}


def open_waits(facts: Json) -> list[str]:
    """A sentence for each wait that had not ended, the longest first."""
    now = facts["trace"]["duration_ns"]
    names = {each["id"]: each["name"] or "a thread" for each in facts["threads"]}
    found = [*_futures(facts, names), *_locks(facts["locks"], names)]
    return [
        f"{names.get(wait['thread'], 'a thread')} has waited {duration(now - wait['begin_ns'])} "
        f"{what}{_patience(wait)}{_place(wait)}"
        for wait, what in sorted(found, key=lambda each: each[0]["begin_ns"])
    ]


def _futures(facts: Json, names: dict[str, str]) -> Iterator[tuple[Json, str]]:
    still = [wait for wait in facts["waits"] if wait["end_ns"] is None]
    wanted = {key for wait in still for key in wait["futures"][:1]}
    named = facts["tasks"] if wanted else ()
    tasks = {each["id"]: each["name"] for each in named if each["id"] in wanted}
    for wait in still:
        known = [names.get(key) or tasks.get(key) or "a future" for key in wait["futures"][:1]]
        more = len(wait["futures"]) - 1
        of = f" of {known[0]}" if known else ""
        if more > 0:
            of += f" and {more:,} more"
        yield wait, f"in {wait['kind']}(){of}"


def _locks(locks: list[Json], names: dict[str, str]) -> Iterator[tuple[Json, str]]:
    for lock in locks:
        for block in lock["blocks"]:
            if block["end_ns"] is None:
                how = _SIGNALS.get(block.get("signal"), "for")
                owner = names.get(block["owner"])
                yield block, f"{how} {lock['name']}" + (f", which {owner} holds" if owner else "")


def _patience(wait: Json) -> str:
    timed = wait.get("timed") or wait.get("timeout_ns") is not None
    return ", with a time-out" if timed else ""


def _place(wait: Json) -> str:
    where = wait.get("called_at") or wait.get("where")
    return f", at {where}" if where else ""
