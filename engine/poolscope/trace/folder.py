"""Where the streams of a process get their chunk files from; keeps the quota."""

from __future__ import annotations

import contextlib
import os
import sys
from _thread import RLock  # itself: the program may put others under its names
from collections.abc import Iterator
from mmap import mmap
from pathlib import Path
from typing import Final

from poolscope.trace import chunk, schema
from poolscope.trace.mapping import mapped

FIRST_CHUNK_BYTES: Final = 64 << 10
LARGEST_CHUNK_BYTES: Final = 1 << 20
_SIZE: Final = schema.RECORD_SIZE
_CLOEXEC: Final = getattr(os, "O_CLOEXEC", 0)
_NOFOLLOW: Final = getattr(os, "O_NOFOLLOW", 0)
_TURN_S: Final = 1.0  # to wait for one's turn at the quota at most: recording never gets stuck


class Folder:
    """Gives chunk files to the streams of this process and keeps the quota."""

    def __init__(self, path: Path, quota_bytes: int | None) -> None:
        self.path = path
        self.quota_bytes = quota_bytes
        self._ended: dict[str, None] = {}  # chunks of this process whose thread is gone
        self._budget = 0  # bytes that may be opened before the folder is looked at again
        self._warned = False
        # Re-entrant: a signal handler may record while its thread opens a chunk.
        self._turn = RLock()

    def _chunk_bytes(self, number: int) -> int:
        """The size of a stream's chunk: small at first, for threads that record little."""
        largest = LARGEST_CHUNK_BYTES
        if self.quota_bytes is not None:
            largest = max(FIRST_CHUNK_BYTES, min(largest, self.quota_bytes // 16))
        return min(FIRST_CHUNK_BYTES << min(number, 10), largest)

    def open_chunk(self, name: chunk.ChunkName, header: chunk.Header) -> mmap:
        """Make a chunk file, its whole space reserved, and map it.

        Raises:
            OSError: no space, no permission, no folder, no file descriptor, or the quota is
                used up by chunks that may not be dropped.
        """
        size = self._chunk_bytes(name.number)
        if self.quota_bytes is None or name.pinned:
            return self._new_file(name, header, size)
        # Two threads that both found the last room free would both take it.
        with self._one_at_a_time():
            self._make_room(size)
            return self._new_file(name, header, size)

    @contextlib.contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        got = self._turn.acquire(timeout=_TURN_S)
        try:
            yield
        finally:
            if got:
                self._turn.release()

    def _new_file(self, name: chunk.ChunkName, header: chunk.Header, size: int) -> mmap:
        file_name = str(self.path / name.file_name())
        fd = _opened(file_name)
        try:
            _reserve(fd, size)
            mapping = mapped(fd, size)
            _write_header(mapping, header)
        except BaseException:
            Path(file_name).unlink(missing_ok=True)
            raise
        finally:
            os.close(fd)
        return mapping

    def chunk_sealed(self, name: chunk.ChunkName, used: int, *, cut: bool) -> None:
        """Give back what a chunk does not use, and remember its age for the quota."""
        file_name = str(self.path / name.file_name())
        try:
            if cut:
                os.truncate(file_name, used)
                if not name.pinned and self.quota_bytes is not None:
                    self._ended[file_name] = None
            os.utime(file_name)
        except OSError as error:
            self.chunk_failed(error)

    def chunk_failed(self, error: OSError) -> None:
        """Say on standard error, once, that the recording has gaps."""
        if self._warned:
            return
        self._warned = True
        if sys.stderr is None:
            return  # closed: ``print`` would go to the program's output instead
        reason = error.strerror or str(error)
        try:
            print(
                f"poolscope: cannot write to the trace {self.path}: {reason}; the program goes "
                "on, events are lost and counted until there is room again",
                file=sys.stderr,
            )
        except Exception:  # noqa: BLE001  standard error is the host program's: it may be anything
            return

    # -- quota -----------------------------------------------------------------------------

    def _make_room(self, size: int) -> None:
        assert self.quota_bytes is not None
        if self._budget >= size:
            self._budget -= size
            return
        total, droppable = self._survey()
        # Down to seven eighths, so that not every new chunk must look at the whole folder.
        goal = self.quota_bytes - max(size, self.quota_bytes // 8)
        for _age, file_name, length, is_last in sorted(droppable):
            if total <= goal:
                break
            if is_last:
                total += _leave_count(Path(file_name))
            Path(file_name).unlink(missing_ok=True)
            self._ended.pop(file_name, None)
            total -= length
        free = self.quota_bytes - total
        if free < size:
            raise OSError(f"the quota of {self.quota_bytes} bytes is used up by living threads")
        # A quarter only: other processes of the recording do the same sum.
        self._budget = max(0, (free - size) // 4)

    def _survey(self) -> tuple[int, list[tuple[int, str, int, bool]]]:
        """Bytes in the folder, and the chunks that may go: (age, file, bytes, stream's last)."""
        total = 0
        found: list[tuple[chunk.ChunkName, str, os.stat_result]] = []
        newest: dict[int, int] = {}
        with os.scandir(self.path) as entries:
            for entry in entries:
                try:
                    status = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue  # another process of the recording dropped it
                total += status.st_size
                name = chunk.parse_name(entry.name)
                if name is not None and not name.pinned:
                    newest[name.stream] = max(newest.get(name.stream, 0), name.number)
                    if status.st_size <= schema.HEADER_SIZE:
                        continue  # only counts what was dropped before it
                    found.append((name, entry.path, status))
        living: dict[int, bool] = {}
        droppable = []
        for name, file_name, status in found:
            is_last = name.number == newest[name.stream]
            if is_last and file_name not in self._ended:
                if name.pid not in living:
                    living[name.pid] = _is_alive(name.pid)
                if living[name.pid]:
                    continue
            droppable.append((status.st_mtime_ns, file_name, status.st_size, is_last))
        return total, droppable


def _opened(file_name: str) -> int:
    """A descriptor of a new file, or of one that was made when a handler of signals raised: its
    stream, whose name nobody else takes, has not learnt of it."""
    try:
        return os.open(file_name, os.O_RDWR | os.O_CREAT | os.O_EXCL | _CLOEXEC, 0o600)
    except FileExistsError:
        # The same file, not another of its name: a reader may follow it already.
        return os.open(file_name, os.O_RDWR | _NOFOLLOW | _CLOEXEC)


def _leave_count(path: Path) -> int:
    """Put an empty chunk behind a stream's last, which is dropped, so that the loss is seen.

    Returns:
        How many bytes that took.
    """
    name = chunk.parse_name(path.name)
    assert name is not None
    try:
        data = path.read_bytes()
        header = chunk.parse_header(data)
    except (OSError, ValueError):
        return 0  # another process dropped it, or it never got a header: there is no count
    more, submitted = chunk.count_kinds(data[schema.HEADER_SIZE + chunk.KIND_OFFSET :: _SIZE])
    empty = header._replace(
        number=name.number + 1,
        records_before=header.records_before + more,
        tasks_before=header.tasks_before + submitted,
    )
    with (path.parent / name._replace(number=empty.number).file_name()).open("wb") as file:
        return file.write(empty.pack())


def _write_header(mapping: mmap, header: chunk.Header) -> None:
    # The magic last: until it is there a reader takes the file for unfinished.
    data, magic = header.pack(), len(schema.MAGIC)
    mapping[magic : len(data)] = data[magic:]
    mapping[:magic] = schema.MAGIC


def _reserve(fd: int, size: int) -> None:
    """Give a file its space now: a write to a mapping without space kills the process."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(fd, 0, size)
        return
    zeros = bytes(64 << 10)
    while size > 0:
        size -= os.write(fd, zeros[:size])


def _is_alive(pid: int) -> bool:
    if os.name != "posix":
        return True  # there, os.kill would end the process instead of asking
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
