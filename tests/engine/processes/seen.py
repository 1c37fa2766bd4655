"""A recording as a list of events, for tests to look at."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from poolscope.trace.reader import Reader
from poolscope.trace.schema import EVENTS, Kind, Role


class Seen(NamedTuple):
    kind: Kind
    t: int
    a: int
    b: int
    text: str
    d: int
    pid: int
    role: Role
    thread: str
    who: int  # the thread's id


def events(folder: Path) -> list[Seen]:
    """All that the recording in ``folder`` holds, by time."""
    reader = Reader(folder)
    texts: dict[int, dict[int, str]] = {}
    seen = []
    while batches := reader.poll():
        for stream, records, new, *_ in batches:
            known = texts.setdefault(stream.index, {0: ""})
            known.update(new)
            for t, a, b, c, d, kind in records.tolist():
                text = known[c] if EVENTS[Kind(kind)].text else ""
                seen.append(
                    Seen(
                        Kind(kind),
                        t,
                        a,
                        b,
                        text,
                        d,
                        stream.pid,
                        Role(stream.role),
                        stream.name,
                        stream.thread,
                    )
                )
    assert reader.errors == []
    reader.close()
    return sorted(seen, key=lambda event: event.t)
