"""What a trace folder holds beside chunks: ``meta.json`` and ``exit-<pid>.json``."""

from __future__ import annotations

import errno
import json
import os
import sys
import time
from pathlib import Path
from typing import Any, Final, NamedTuple

from poolscope import version
from poolscope.trace import chunk, cost, schema, upgrade
from poolscope.trace.upgrade import TraceError

SMALLEST_QUOTA_BYTES: Final = 1 << 20
_MAX_JSON_BYTES: Final = 1 << 20
# What a file system says that has no hard links (a USB stick's, a network's).
_NO_LINKS: Final = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)


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
        return _quota_of(path)
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
        "python": sys.version.partition(" ")[0],
        "platform": _platform(),
        "poolscope": version.__version__,
        "quota_bytes": quota_bytes,
        "event_ns": cost.event_ns(),
    }
    draft = path / f"{schema.META_FILE}.{os.getpid()}"
    try:
        draft.write_text(json.dumps(description, indent=1), encoding="utf-8")
        _put_in_place(draft, meta)
    except FileExistsError:
        return _quota_of(path)
    finally:
        draft.unlink(missing_ok=True)
    return quota_bytes


def _platform() -> str:
    # ``platform`` says it better, and takes longer than all the rest of a recording's start.
    if hasattr(os, "uname"):
        system = os.uname()
        return f"{system.sysname}-{system.release}-{system.machine}"
    return sys.platform


def _put_in_place(draft: Path, meta: Path) -> None:
    try:
        # A link, not a rename: of two processes that begin at once, the second joins the first.
        os.link(draft, meta)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        draft.replace(meta)


def _quota_of(path: Path) -> int | None:
    found = read_meta(path)
    quota = found.get("quota_bytes")
    return quota if isinstance(quota, int) and quota >= SMALLEST_QUOTA_BYTES else None


class Exit(NamedTuple):
    """How a process ended; ``at_ns`` and ``cpu_ns``: None, if it is not said."""

    code: int
    at_ns: int | None  # the clock's time at which it had ended
    cpu_ns: int | None  # what it took of processors, without its children


def write_exit(path: Path, pid: int, exit_code: int, cpu_ns: int | None = None) -> None:
    """Note how a process of the recording ended, and that it has by now; for who has reaped it.

    Args:
        exit_code: as ``subprocess`` has it, the negative signal if one killed the process.
        cpu_ns: what it took of processors, if that is known.
    """
    draft = path / f"exit-{pid}.json.{os.getpid()}"
    try:
        said = {"pid": pid, "exit_code": exit_code, "at_ns": time.perf_counter_ns()}
        if cpu_ns is not None:
            said["cpu_ns"] = cpu_ns
        draft.write_text(json.dumps(said), encoding="utf-8")
        draft.replace(path / f"exit-{pid}.json")
    finally:
        draft.unlink(missing_ok=True)


def read_exit(path: Path, pid: int) -> Exit:
    """How a process ended, as it was noted.

    Raises:
        TraceError: it is not there, or says something else.
    """
    noted = read_json(path)
    code, at_ns = noted.get("exit_code"), noted.get("at_ns", 0)
    if type(code) is not int or type(at_ns) is not int or noted.get("pid") != pid:
        raise TraceError(f"{path} does not say how process {pid} ended: the trace is damaged")
    if abs(code) >= 1 << 32 or not 0 <= at_ns < 1 << 62:
        raise TraceError(f"{path} says what cannot be of the end of process {pid}")
    cpu_ns = noted.get("cpu_ns")
    taken = cpu_ns if type(cpu_ns) is int and 0 <= cpu_ns < 1 << 62 else None
    return Exit(code, at_ns or None, taken)


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file of a bounded size.

    Raises:
        TraceError: it is not there, or no JSON object.
    """
    try:
        fd, _size = chunk.open_regular(path)
        with os.fdopen(fd, "rb") as file:
            data = file.read(_MAX_JSON_BYTES + 1)
        if len(data) > _MAX_JSON_BYTES:
            raise ValueError("it is too large")
        found = json.loads(data)
    except OSError as error:
        raise TraceError(
            f"{path} cannot be read ({error.strerror or error}): name a folder that Poolscope "
            "recorded, or a .poolscope file"
        ) from error
    except (ValueError, RecursionError) as error:
        raise TraceError(
            f"{path} was expected to hold JSON and does not ({error}): the trace is damaged"
        ) from error
    if not isinstance(found, dict):
        raise TraceError(f"{path} was expected to hold a JSON object: the trace is damaged")
    return found


def read_meta(folder: Path) -> dict[str, Any]:
    """What ``meta.json`` says, as the newest format has it, checked.

    Raises:
        TraceError: it is not there or not what we write.
    """
    path = folder / schema.META_FILE
    meta = upgrade.upgraded_meta(read_json(path), path)
    for key in ("created_ns", "created_wall_ns", "pid"):
        value = meta.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 62:
            raise TraceError(
                f"{path} was expected to hold a whole number {key!r} and has {value!r}: "
                "the trace is damaged"
            )
    return meta
