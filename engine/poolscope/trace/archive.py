"""One file from a trace folder, and a folder again from the file: ``.poolscope``, a zip.

A file may come from a stranger: only names that a trace has are taken out of it, each into one
fresh folder, and never more bytes than bounds that a real trace keeps.
"""

from __future__ import annotations

import contextlib
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final

from poolscope.trace import chunk, meta, schema
from poolscope.trace.scratch import Scratch
from poolscope.trace.upgrade import TraceError

SUFFIX: Final = ".poolscope"
MAX_FILES: Final = 1_000_000
MAX_TOTAL_BYTES: Final = 64 << 30
# Chunks compress well (unused space is zeros), but not a thousandfold on the whole.
_MAX_RATIO: Final = 500
_FREE_BYTES: Final = 64 << 20  # below this no ratio is looked at
_BLOCK: Final = 1 << 20
_OTHER: Final = re.compile(r"meta\.json|exit-[0-9]{1,10}\.json", re.ASCII)

# What zipfile raises on a damaged or an encrypted archive.
_DAMAGE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)


class _NoRoomError(Exception):
    """A file could not be written where an archive is unpacked."""


def _belongs(name: str) -> bool:
    return chunk.parse_name(name) is not None or _OTHER.fullmatch(name) is not None


def pack(
    folder: str | os.PathLike[str],
    file: str | os.PathLike[str],
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Pack a trace folder into one file, which appears whole or not at all.

    Args:
        folder: the trace; may still grow, what is there now is packed.
        file: replaced if it exists.
        progress: called with (files done, files in all); what it raises ends the packing.

    Raises:
        TraceError: the folder is not a trace.
        OSError: a file cannot be read or written.
    """
    source, target = Path(folder), Path(file)
    if not (source / schema.META_FILE).is_file():
        raise TraceError(
            f"{source} has no {schema.META_FILE}: name a folder that Poolscope recorded"
        )
    names = sorted(
        entry.name
        for entry in source.iterdir()
        if _belongs(entry.name) and entry.is_file() and not entry.is_symlink()
    )
    draft = target.with_name(f"{target.name}.{os.urandom(4).hex()}.part")
    # Not by ``tempfile``, whose files none but their owner may read: this one is to be sent on.
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        with (
            os.fdopen(handle, "wb") as raw,
            zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed,
        ):
            for done, name in enumerate(names):
                if progress is not None:
                    progress(done, len(names))
                # A chunk may be dropped by its quota while we look.
                with contextlib.suppress(FileNotFoundError):
                    packed.write(source / name, name)
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    if progress is not None:
        progress(len(names), len(names))


@contextlib.contextmanager
def opened(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A folder with the trace in ``path``: itself if it is one, else a temporary one.

    Raises:
        TraceError: it is neither a folder nor a packed trace.
    """
    source = Path(path)
    if source.is_dir():
        yield source
        return
    if not source.is_file():
        why = "is neither a folder nor a file" if source.exists() else "does not exist"
        raise TraceError(f"{source} {why}: name a trace folder or a {SUFFIX} file")
    made = Scratch()
    try:
        unpack(source, made.path)
        yield made.path
    finally:
        made.remove()


def unpack(
    file: str | os.PathLike[str],
    folder: Path,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Unpack a file into a folder, in an order in which a reader can follow.

    ``meta.json`` comes first, then what names things, then the chunks of all streams by their
    number; each file appears whole.

    Args:
        folder: there, and empty.
        progress: called with (bytes done, bytes in all as the file claims); what it raises ends
            the unpacking.

    Raises:
        TraceError: it is no packed trace, or there is no room.
    """
    _careful(Path(file), folder, progress or _unheard, only_meta=False)


def unpack_meta(file: str | os.PathLike[str], folder: Path) -> list[str]:
    """Unpack ``meta.json`` alone: a quick look whether it is a trace, and which.

    Returns:
        The names of all its files.

    Raises:
        TraceError: as ``unpack``.
    """
    return _careful(Path(file), folder, _unheard, only_meta=True)


def _careful(
    source: Path, folder: Path, progress: Callable[[int, int], None], *, only_meta: bool
) -> list[str]:
    """Unpack; what goes wrong becomes a sentence."""
    try:
        names = _unpack(source, folder, progress, only_meta=only_meta)
        meta.read_meta(folder)
        return names
    except TraceError as error:
        # Of what was unpacked the folder says nothing to who named the file.
        raise TraceError(str(error).replace(str(folder), str(source))) from error
    except _NoRoomError as error:
        raise TraceError(
            f"{source} cannot be unpacked into {folder.parent} ({error}): make room there, or "
            "name another folder in TMPDIR"
        ) from error
    except _DAMAGE as error:
        raise TraceError(
            f"{source} was expected to be a {SUFFIX} file and cannot be unpacked ({error}): "
            "pack the trace folder again"
        ) from error


def _unheard(_done: int, _total: int) -> None:
    """Nobody asked how far it is."""


def _place(name: str) -> tuple[int, int, str]:
    """What sorts the files of a trace into the order in which they are unpacked."""
    if name == schema.META_FILE:
        return 0, 0, name
    parsed = chunk.parse_name(name)
    if parsed is None:
        return 3, 0, name  # how a process ended: after all that it wrote
    return (1 if parsed.pinned else 2), parsed.number, name


def _unpack(
    source: Path, folder: Path, progress: Callable[[int, int], None], *, only_meta: bool
) -> list[str]:
    with zipfile.ZipFile(source) as packed:
        members = packed.infolist()
        if len(members) > MAX_FILES:
            raise TraceError(f"{source} holds {len(members)} files: no trace has so many")
        # Only plain names of our own: one with a folder in it is none of them.
        members = [member for member in members if _belongs(member.filename)]
        members.sort(key=lambda member: _place(member.filename))
        if not members or members[0].filename != schema.META_FILE:
            raise TraceError(
                f"{source} holds no {schema.META_FILE}: it is not a packed trace, name another file"
            )
        names = [member.filename for member in members]
        if len(set(names)) < len(names):
            twice = next(name for name, after in pairwise(names) if name == after)
            raise TraceError(
                f"{source} holds {twice} twice, and which of them is the trace's nobody can tell: "
                "pack the trace folder again"
            )
        allowed = limit = min(MAX_TOTAL_BYTES, max(_FREE_BYTES, source.stat().st_size * _MAX_RATIO))
        total = min(limit, sum(member.file_size for member in members))
        for member in members[:1] if only_meta else members:
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise ValueError(f"{member.filename} is packed in another way than ours")
            progress(limit - allowed, total)
            part = folder / ".part"
            with packed.open(member) as data, part.open("wb", buffering=0) as out:
                allowed = _copy(data.read, out.write, allowed, source)
            part.replace(folder / member.filename)
        progress(total, total)
        return names


def _copy(
    read: Callable[[int], bytes], write: Callable[[bytes], int], allowed: int, source: Path
) -> int:
    written = 0
    while block := read(_BLOCK):
        written += len(block)
        # What the archive claims about its sizes is not believed: the bytes are counted.
        if written > min(allowed, chunk.MAX_CHUNK_BYTES):
            raise TraceError(f"{source} unpacks to more than a trace of its size can hold")
        try:
            while block:
                block = block[write(block) :]
        except OSError as error:
            raise _NoRoomError(error.strerror or str(error)) from error
    return allowed - written
