"""Everything that a trace holds, as plain rows, for tests that look at single records."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from poolscope.trace import recorder, schema
from poolscope.trace.reader import Reader, StreamInfo


class Row(NamedTuple):
    stream: StreamInfo
    t: int
    kind: int
    a: int
    b: int
    c: int
    d: int
    text: str  # what c refers to, where the kind has a text


def drain(reader: Reader, limit: int | None = None, polls: int = 1 << 30) -> list[Row]:
    """Poll until there is nothing more, or so often."""
    rows: list[Row] = []
    texts: dict[tuple[int, int], str] = getattr(reader, "_test_texts", {})
    vars(reader)["_test_texts"] = texts
    while polls and (batches := reader.poll(limit)):
        polls -= 1
        for stream, records, new in batches:
            texts.update({(stream.index, number): text for number, text in new.items()})
            for t, a, b, c, d, kind in records.tolist():
                event = schema.EVENTS.get(schema.Kind(kind))
                text = texts.get((stream.index, c), "missing") if event and event.text and c else ""
                rows.append(Row(stream, t, kind, a, b, c, d, text))
    return rows


def read(folder: Path) -> list[Row]:
    """All records of a trace, which must be without fault."""
    with Reader(folder) as reader:
        rows = drain(reader)
        assert reader.errors == []
        return rows


def of_kind(rows: list[Row], kind: schema.Kind) -> list[Row]:
    return [row for row in rows if row.kind == kind]


def emit() -> Callable[[int, int, int, int, int], None]:
    assert recorder.emit is not None
    return recorder.emit


def emit_text() -> Callable[[int, int, int, str, int], None]:
    assert recorder.emit_text is not None
    return recorder.emit_text


def declare() -> Callable[[int, int, int, str, int], None]:
    assert recorder.declare is not None
    return recorder.declare
