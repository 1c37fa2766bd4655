"""What a trace folder holds beside chunks: ``meta.json`` and ``exit-<pid>.json``."""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from pathlib import Path
from typing import Final

from poolscope import version
from poolscope.trace import schema

SMALLEST_QUOTA_BYTES: Final = 1 << 20


def create_or_join(path: Path, *, role: str, quota_bytes: int | None, create: bool) -> int | None:
    """Make a trace folder, or find one that is there.

    Returns:
        The quota in bytes of the recording in it; None when it has none.

    Raises:
        FileNotFoundError: there is none, and ``create`` is false.
        ValueError: what is there is not a trace we can add to.
        OSError: the folder cannot be made or written.
    """
    meta = path / schema.META_FILE
    if meta.exists():
        return _quota_of(meta)
    if not create:
        raise FileNotFoundError(f"{path} is not a trace folder: it has no {schema.META_FILE}")
    if quota_bytes is not None and quota_bytes < SMALLEST_QUOTA_BYTES:
        raise ValueError(
            f"a quota of {quota_bytes} bytes is too small for a trace: "
            f"give at least {SMALLEST_QUOTA_BYTES}, or none"
        )
    path.mkdir(parents=True, exist_ok=True)
    if any(path.iterdir()) and not meta.exists():
        raise ValueError(f"{path} is neither empty nor a trace: name a new folder")
    began = {"created_ns": time.perf_counter_ns(), "created_wall_ns": time.time_ns()}
    description = {
        "format": schema.FORMAT_VERSION,
        **began,
        "pid": os.getpid(),
        "role": role,
        "argv": list(sys.argv),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "poolscope": version.__version__,
        "quota_bytes": quota_bytes,
    }
    draft = path / f"{schema.META_FILE}.{os.getpid()}"
    draft.write_text(json.dumps(description, indent=1), encoding="utf-8")
    # A link, not a rename: of two processes that begin at once, the second joins the first.
    try:
        os.link(draft, meta)
    except FileExistsError:
        return _quota_of(meta)
    finally:
        draft.unlink()
    return quota_bytes


def _quota_of(meta: Path) -> int | None:
    try:
        description = json.loads(meta.read_text(encoding="utf-8"))
        found = description["format"]
        quota = description["quota_bytes"]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{meta} does not describe a trace: name another folder") from error
    if found != schema.FORMAT_VERSION:
        raise ValueError(
            f"{meta.parent} is a trace of format {found}, this version of Poolscope writes "
            f"format {schema.FORMAT_VERSION}: name another folder"
        )
    return quota if isinstance(quota, int) and quota >= SMALLEST_QUOTA_BYTES else None


def write_exit(path: Path, pid: int, exit_code: int) -> None:
    """Note how a process of the recording ended; for the one who has reaped it.

    Args:
        exit_code: as ``subprocess`` has it, the negative signal if one killed the process.
    """
    draft = path / f"exit-{pid}.json.{os.getpid()}"
    draft.write_text(json.dumps({"pid": pid, "exit_code": exit_code}), encoding="utf-8")
    draft.replace(path / f"exit-{pid}.json")
