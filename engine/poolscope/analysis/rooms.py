"""Room for what grows with the history: in memory, and past a bound in files without a name.

A long column lies in a mapped temporary file that was removed as soon as it was made: what nobody
looks at the kernel writes out and drops, so that memory is bounded by what is looked at, not by how
long the trace is. Nothing is left behind, however the program ends.

::

    file   |#####|     |###########|  |##|           holes take no space on the disk
    column 0 ....> 1   2 ..........>  3 .>           each has room to grow without being moved

Space is taken from the disk before it is written to: a mapping of a file on a full disk kills the
process that writes there. Where there is none left, or no disk to write to (``/tmp`` may itself be
memory), columns stay in memory, and ``complaints`` says so.
"""

from __future__ import annotations

import mmap
import os
import tempfile
import weakref
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["Place", "complaints", "reserve"]

IN_MEMORY: Final = 32 << 20  # bytes of middling columns that stay there, all together
MIDDLING: Final = 256 << 10  # bytes: what is smaller always stays
LARGE: Final = 16 << 20  # bytes: what is larger never does
_FILE: Final = 2 << 30  # of which most are holes
_STEP: Final = 1 << 20  # bytes taken from the disk at once, at most
_FORGET: Final = 16 << 20  # bytes; after so many new ones the mapped pages are let go of
_IN_RAM: Final = frozenset({"tmpfs", "ramfs", "devtmpfs"})


class _File:
    """A file without a name, mapped."""

    def __init__(self, folder: str) -> None:
        with tempfile.TemporaryFile(dir=folder, buffering=0) as made:
            os.ftruncate(made.fileno(), _FILE)
            self.pages = mmap.mmap(made.fileno(), _FILE)
            self._descriptor = os.dup(made.fileno())
        weakref.finalize(self, os.close, self._descriptor)
        self.used = 0

    def take(self, begin: int, end: int) -> None:
        """Have the disk give the space; raises ``OSError`` where it has none."""
        os.posix_fallocate(self._descriptor, begin, end - begin)


class _Rooms:
    """Where columns lie, of the whole process."""

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self.memory = 0  # bytes of middling columns in memory
        self._file: weakref.ref[_File] | None = None  # kept by the columns in it alone
        self._files: weakref.WeakSet[_File] = weakref.WeakSet()
        self._new = 0
        self._folder: str | None = None

    def reserve(self, size: int) -> Place | None:
        if self.complaints or not hasattr(os, "posix_fallocate") or size > _FILE:
            return None
        try:
            if self._folder is None:
                self._folder = _folder()
            file = self._file() if self._file is not None else None
            if file is None or file.used + size > _FILE:
                file = _File(self._folder)
                self._file = weakref.ref(file)
                self._files.add(file)
        except OSError as error:
            self.complain(error)
            return None
        begin = file.used
        file.used += -(-size // mmap.PAGESIZE) * mmap.PAGESIZE
        return Place(file, begin, size)

    def grown(self, size: int) -> None:
        """So many bytes more are in use: now and then let go of what is mapped.

        It stays in the kernel's cache as long as there is memory, and is written out else.
        """
        self._new += size
        if self._new >= _FORGET and hasattr(mmap, "MADV_DONTNEED"):
            self._new = 0
            for file in self._files:
                file.pages.madvise(mmap.MADV_DONTNEED)

    def complain(self, error: OSError) -> None:
        self.complaints.append(
            f"Long columns stay in memory: {error.strerror or error}; make room in "
            f"{self._folder or tempfile.gettempdir()}, or name a folder on a disk in TMPDIR"
        )


class Place:
    """A stretch of a file; ``ready`` bytes of it may be written to."""

    def __init__(self, file: _File, begin: int, size: int) -> None:
        self._file, self._begin, self._size = file, begin, size
        self.ready = 0

    def cells(self, dtype: npt.DTypeLike) -> npt.NDArray[np.generic]:
        """All of it as an array."""
        kind = np.dtype(dtype)
        return np.frombuffer(self._file.pages, kind, self._size // kind.itemsize, self._begin)

    def prepare(self, size: int) -> bool:
        """Have ``size`` bytes ready; False where the disk is full."""
        more = max(size - self.ready, min(_STEP, self.ready // 2), 1)
        page = mmap.PAGESIZE
        end = min(-(-(self.ready + more) // page) * page, -(-self._size // page) * page)
        try:
            self._file.take(self._begin + self.ready, self._begin + end)
        except OSError as error:
            _rooms.complain(error)
            return False
        _rooms.grown(end - self.ready)
        self.ready = end
        return True


def reserve(size: int, instead_of: int = 0) -> Place | None:
    """Room for a column that may grow to ``size`` bytes; None: it is to lie in memory.

    ``instead_of``: as many bytes of it lay in memory till now.
    """
    if instead_of >= MIDDLING:
        _rooms.memory -= instead_of
    if size < MIDDLING:
        return None
    if size >= LARGE or _rooms.memory + size > IN_MEMORY:
        place = _rooms.reserve(size)
        if place is not None:
            return place
    _rooms.memory += size
    return None


def complaints() -> list[str]:
    """What is to be said about it: a sentence where a disk was full, or there was none."""
    return list(_rooms.complaints)


def _folder() -> str:
    """Where temporary files lie on a disk; raises ``OSError`` where they do not."""
    kinds = _file_systems()
    for folder in (tempfile.gettempdir(), "/var/tmp"):
        path = Path(folder).resolve()
        above = next((each for each in (path, *path.parents) if str(each) in kinds), None)
        if path.is_dir() and (above is None or kinds[str(above)] not in _IN_RAM):
            return str(path)
    raise OSError("temporary files lie in memory here")


def _file_systems() -> dict[str, str]:
    """The kind of file system by where it is mounted; empty where the system does not say."""
    try:
        lines = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return {}
    return {each[1]: each[2] for line in lines if len(each := line.split()) > 2}


_rooms = _Rooms()
