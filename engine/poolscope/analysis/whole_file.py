"""A file that is there whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


class ExportError(OSError):
    """A file could not be written; the sentence names it and says what to do."""

    def __str__(self) -> str:
        return str(self.args[-1])


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Write ``path`` beside its place and move it there at the end.

    What was there before stays until then; after an error nothing of the new file is left.

    Raises:
        ExportError: the folder is not there, may not be written, or the disk is full.
    """
    try:
        number, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    except OSError as error:
        raise _named(error, path) from error
    part = Path(name)
    try:
        with os.fdopen(number, "wb") as file:
            yield file
        os.chmod(part, 0o666 & ~_umask())  # noqa: PTH101
        part.replace(path)
    except OSError as error:
        raise _named(error, path) from error
    finally:
        part.unlink(missing_ok=True)


def _named(error: OSError, path: Path) -> ExportError:
    if isinstance(error, ExportError):
        return error
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        said = f"the disk is full: {path} was not written; make room or choose another disk"
    elif error.errno == errno.ENOENT:
        said = f"there is no folder {path.parent} to write {path.name} into; make it first"
    else:
        said = f"{path} could not be written: {error.strerror or error}"
    return ExportError(error.errno or 0, said)


def _umask() -> int:
    """What mkstemp took no notice of: a file of ours is to look like any other."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
