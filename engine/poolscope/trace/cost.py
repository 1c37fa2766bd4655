"""What an event costs the program that is recorded: measured here, now, and told in the trace."""

from __future__ import annotations

import os
from mmap import mmap
from pathlib import Path
from time import perf_counter_ns
from typing import Final

from poolscope.trace import chunk, schema
from poolscope.trace.folder import FIRST_CHUNK_BYTES, Folder
from poolscope.trace.recording import Recording, emit_for

_ROUNDS: Final = 5
_EVENTS: Final = 100  # a round; all of them fit into the first chunk


class _Nowhere(Folder):
    """Gives memory that no file is behind."""

    def __init__(self) -> None:
        super().__init__(Path(os.devnull), None)

    def open_chunk(self, name: chunk.ChunkName, header: chunk.Header) -> mmap:  # noqa: ARG002
        return mmap(-1, FIRST_CHUNK_BYTES)

    def chunk_sealed(self, name: chunk.ChunkName, used: int, *, cut: bool) -> None:
        """There is no file to cut."""


def event_ns() -> int:
    """What it takes to write one event down, ns: the best of some rounds; about 0.3 ms of work."""
    recording = Recording(_Nowhere(), "")
    emit, kind = emit_for(recording), int(schema.Kind.STARTED)
    emit(kind, 1, 1, 0, 0)  # opens the stream and its chunk
    best = 1 << 62
    for _ in range(_ROUNDS):
        began = perf_counter_ns()
        for _ in range(_EVENTS):
            emit(kind, 1, 1, 0, 0)
        best = min(best, perf_counter_ns() - began)
    recording.stop()
    return best // _EVENTS
