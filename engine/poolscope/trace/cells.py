"""The cells of a stream taken apart: records, and the texts between them."""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from poolscope.trace import at_length, chunk, schema
from poolscope.trace.at_length import AtLength

# numpy's name for ``schema.RECORD``.
RECORD_DTYPE: Final = np.dtype(
    [("t", "<u8"), ("a", "<i8"), ("b", "<i8"), ("c", "<u4"), ("d", "<u2"), ("kind", "<u2")]
)
_SIZE: Final = schema.RECORD_SIZE
# The last cell of a text, as numpy has it.
_TEXT_ENDS: Final = np.dtype(
    [("text", "V25"), ("unused", "u1"), ("number", "<u4"), ("kind", "<u2")]
)
# Of records that are taken as they are.
_KINDS: Final = (
    frozenset(int(kind) for kind in schema.Kind if kind > schema.Kind.TEXT_END) - at_length.KINDS
)
_LOW: Final = bytes(_KINDS)  # none has a higher byte: that is an error here otherwise
_KNOWN: Final = np.zeros(1 << 16, dtype=np.bool_)
_KNOWN[[int(kind) for kind in schema.Kind]] = True
_LATEST: Final = 1 << 62  # later than any clock, and an int64 whatever is added
_TIME_AND_KIND: Final = struct.Struct("<Q22xH")
_FEW: Final = 32  # cells: so many are looked at one by one sooner than numpy is called
_SUBMITTED: Final = int(schema.Kind.SUBMITTED)

Records = npt.NDArray[np.void]


class Slice(NamedTuple):
    """What one read of a stream gave."""

    records: Records
    texts: dict[int, str]
    cells: int  # how many it took, those of texts included
    bad: str  # why there are no more records than these; empty if all is well
    tasks: int  # how many of the records are submissions
    last: int  # the time of the last record; 0: there is none


class Cells:
    """Decodes one stream, slice by slice; a text may begin in one and end in the next.

    Args:
        origin_ns: no record is older.
    """

    def __init__(self, origin_ns: int) -> None:
        self._origin = origin_ns
        self._partial: list[bytes] = []
        self._at_length = AtLength()

    def begin(self) -> None:
        """What comes next does not go on from what came before."""
        self._partial.clear()

    def new_chunk(self) -> None:
        """What comes next begins a chunk."""
        self.begin()
        self._at_length.new_chunk()

    def decode(self, data: bytes) -> Slice:
        """Take apart a whole number of cells, each of which has a kind.

        Raises:
            ValueError: a text in it has no end.
        """
        if not self._partial:
            found = self._few(data) if len(data) <= _FEW * _SIZE else self._plain(data)
            if found is not None:
                return found
        cells = np.frombuffer(data, dtype=RECORD_DTYPE)
        kinds = cells["kind"]
        is_text = kinds <= schema.Kind.TEXT_END
        texts: dict[int, str] = {}
        records = cells
        if is_text.any():
            texts = self._texts(data, np.flatnonzero(is_text).tolist())
            records = cells[~is_text]
        bad = ""
        times = records["t"]
        origin, latest = np.uint64(self._origin), np.uint64(_LATEST)
        good = _KNOWN[records["kind"]] & (times >= origin) & (times < latest)
        if not good.all():
            at = int(np.argmin(good))
            bad = f"it holds a record of kind {records['kind'][at]} at time {times[at]}"
            records = records[:at]
        count = len(records)
        records = self._at_length.written_out(records, texts)
        if len(records) < count:
            bad = "it holds a task of a call, or a string, of which it does not tell"
        tasks = int(np.count_nonzero(records["kind"] == _SUBMITTED))
        last = int(records["t"][-1]) if len(records) else 0
        return Slice(records, texts, len(cells), bad, tasks, last)

    def _few(self, data: bytes) -> Slice | None:
        """The same of a few cells; None when they are not records alone, or not all good."""
        origin, kinds = self._origin, _KINDS
        tasks = last = 0
        for last, kind in _TIME_AND_KIND.iter_unpack(data):
            if kind not in kinds or not origin <= last < _LATEST:
                return None
            tasks += kind == _SUBMITTED
        records = np.frombuffer(data, dtype=RECORD_DTYPE)
        return Slice(records, {}, len(records), "", tasks, last)

    def _plain(self, data: bytes) -> Slice | None:
        """The same of many: most reads of a live run. Bytes are looked at in C without numpy."""
        low, high = data[_SIZE - 2 :: _SIZE], data[_SIZE - 1 :: _SIZE]
        if low.translate(None, _LOW) or high.strip(b"\0"):
            return None
        records = np.frombuffer(data, dtype=RECORD_DTYPE)
        times = records["t"]
        if int(times.max()) >= _LATEST or int(times.min()) < self._origin:
            return None
        return Slice(records, {}, len(low), "", low.count(_SUBMITTED), int(times[-1]))

    def _texts(self, data: bytes, indices: list[int]) -> dict[int, str]:
        texts: dict[int, str] = {}
        partial = self._partial
        unpack_end = schema.TEXT_END_CELL.unpack_from
        chosen = np.frombuffer(data, _TEXT_ENDS)[indices]
        ends = chosen["kind"] == schema.Kind.TEXT_END
        columns = (ends.tolist(), chosen["unused"].tolist(), chosen["number"].tolist())
        for index, is_end, spare, named in zip(indices, *columns, strict=True):
            at = index * _SIZE
            if is_end and not partial and spare <= schema.TEXT_END_BYTES:  # most are that short
                if named:
                    end = at + schema.TEXT_END_BYTES - spare
                    texts[named] = data[at:end].decode("utf-8", "replace")
                continue
            if not is_end:
                partial.append(data[at : at + schema.TEXT_CELL_BYTES])
                if len(partial) * schema.TEXT_CELL_BYTES > 2 * schema.MAX_TEXT_BYTES:
                    raise ValueError("a text in it has no end")
                continue
            payload, unused, number, _kind = unpack_end(data, at)
            if partial:
                payload = b"".join(partial) + payload
                partial.clear()
            text = chunk.join_text(payload, unused)
            if text is not None and number:
                texts[number] = text
        return texts


def committed(data: bytes) -> int:
    """How many cells at the beginning of ``data`` have a kind."""
    whole = len(data) // _SIZE
    at = -1
    # A kind's lower byte is rarely 0: searched for in C, without numpy's calls.
    low = data[_SIZE - 2 : whole * _SIZE : _SIZE]
    while (at := low.find(0, at + 1)) >= 0 and data[at * _SIZE + _SIZE - 1]:
        pass
    return whole if at < 0 else at


def written(data: bytes) -> int:
    """How many cells at the beginning of ``data`` have none."""
    kinds = _kinds(data)
    if not kinds.any():
        return len(kinds)
    return int(np.argmax(kinds != 0))


def _kinds(data: bytes) -> npt.NDArray[np.uint16]:
    kinds: npt.NDArray[np.uint16] = np.frombuffer(
        data, dtype=RECORD_DTYPE, count=len(data) // _SIZE
    )["kind"]
    return kinds
