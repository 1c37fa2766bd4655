"""The words of the status bar: who runs, how long, how fast."""

from __future__ import annotations

import json
import os
import time
from collections import deque
from collections.abc import Mapping
from itertools import islice
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Final

from poolscope.trace.schema import META_FILE
from poolscope_gui.model.groups import lives
from poolscope_gui.model.quantities import count, duration, plural
from poolscope_gui.model.words import exit_words

if TYPE_CHECKING:
    from poolscope.analysis.store import Store

_SEPARATOR: Final = "  \N{MIDDLE DOT}  "
_MOST_FILES: Final = 2_000  # a look at more would be seen in the picture's pace
_LOOK_S: Final = 1.0
_SPAN_S: Final = 1.5  # of time over which a rate is taken


def read_meta(folder: Path | None) -> dict[str, Any]:
    """What a recording says of itself; {} when it does not, or not yet."""
    if folder is None:
        return {}
    try:
        found = json.loads((folder / META_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def title(meta: Mapping[str, Any]) -> str:
    """What ran: the script's name, or ``host``; "" when it is not known."""
    argv = meta.get("argv")
    words = [word for word in argv if isinstance(word, str)] if isinstance(argv, list) else []
    if "--script" in words and words.index("--script") + 1 < len(words):
        return PurePath(words[words.index("--script") + 1]).name
    if meta.get("role") == "host":
        return "host"
    return PurePath(words[0]).name if words and words[0] else str(meta.get("role", ""))


class Rate:
    """Events a second, over the last second and a half."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def add(self, now_s: float, events: int) -> float:
        """The rate at ``now_s``, when ``events`` have been seen in all."""
        if self._seen and events < self._seen[-1][1]:
            self._seen.clear()  # another trace
        self._seen.append((now_s, events))
        while len(self._seen) > 2 and now_s - self._seen[1][0] > _SPAN_S:
            self._seen.popleft()
        first_s, first = self._seen[0]
        return (events - first) / (now_s - first_s) if now_s > first_s else 0.0


def who(
    store: Store, meta: Mapping[str, Any], now_ns: int, *, live: bool, whole: bool = True
) -> str:
    """``demo.py · pid 48213 · 8 workers · running 4.06 s``; without ``live`` it is over, also where
    the trace does not say so, as that of a program that was killed with its recorder.

    ``whole``: all that there is has been read; else ``now_ns`` is up to when it has.
    """
    pid = meta.get("pid")
    if not isinstance(pid, int):
        return ""
    alive = sum(lives(store, worker) for worker in store.workers)
    total = len(store.workers)
    over = store.finished or not live
    crowd = plural(total if over else alive, "worker")
    if not over and total > alive:
        crowd += f" ({total - alive} gone)"
    ended = over or pid in store.exits
    ran = f"{'ran' if ended else 'running'} {duration(now_ns)}"
    end = ""
    if not whole:
        ran = f"read up to {duration(now_ns)}"
        if over and store.now_ns:  # some streams are read further; how far all go nobody knows
            ran += f" of at least {duration(store.now_ns)}"
    elif store.exits.get(pid):
        end = exit_words(store.exits[pid])
    elif over and not store.finished and pid not in store.exits:
        end = "its end was not recorded"
    return _SEPARATOR.join(part for part in (title(meta), f"pid {pid}", crowd, ran, end) if part)


class Size:
    """What a recording takes on the disk; looked at once a second."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._bytes = 0
        self._not_before = 0.0

    def bytes(self, folder: Path | None) -> int:
        """The size when it was looked at last."""
        now = time.monotonic()
        if folder != self._folder or now >= self._not_before:
            self._folder, self._bytes = folder, folder_bytes(folder)
            self._not_before = now + _LOOK_S
        return self._bytes


def folder_bytes(folder: Path | None) -> int:
    """What a recording takes on the disk so far; 0: it is not there, or has too many files."""
    if folder is None:
        return 0
    try:
        with os.scandir(folder) as entries:
            files = list(islice(entries, _MOST_FILES + 1))
            return sum(each.stat().st_size for each in files) if len(files) <= _MOST_FILES else 0
    except OSError:
        return 0


def pace(
    store: Store, rate: float | None, frame_ms: float | None, meta: Mapping[str, Any], size: int
) -> str:
    """``192 k events/s · 480 ns each · 37 MB · 1.4 M spans · chart frame 2.1 ms``

    ``rate``: None while it cannot be known, as that of a part that was read of some streams.
    """
    locks = store.lock_table
    tables = (store.waits, locks.holds, locks.blocks, store.signals.blocks, store.span_table)
    spans = len(store.started_order) + sum(map(len, tables))
    cost = meta.get("event_ns")
    parts = [] if rate is None else [f"{count(rate)} events/s"]
    if isinstance(cost, int) and 0 < cost < 10**6:
        parts.append(f"{cost} ns each")
    if size:
        parts.append(f"{count(size)}B")
    parts.append("1 span" if spans == 1 else f"{count(spans)} spans")
    if frame_ms is not None:
        parts.append(f"chart frame {frame_ms:.1f} ms")
    return _SEPARATOR.join(parts)


def losses(store: Store) -> str:
    """What is missing from the picture, in words; "" when nothing is."""
    parts = []
    if store.lost:
        parts.append(f"{plural(store.lost, 'event')} lost: they could not be written")
    if store.dropped:
        parts.append(f"{plural(store.dropped, 'task')} dropped by the quota")
    if store.torn:
        parts.append(f"{plural(store.torn, 'record')} torn")
    return ", ".join(parts)
